#include "paint.h"
const struct scene 
pot_scenes[]={{NULL,NULL}}, tile_scenes[]={{NULL,NULL}}, plant_scenes[]={{NULL,NULL}}, ink_scenes[]={{NULL,NULL}};
