#include "paint.h"
const struct scene 
tile_scenes[]={{NULL,NULL}}, plant_scenes[]={{NULL,NULL}}, ink_scenes[]={{NULL,NULL}};
