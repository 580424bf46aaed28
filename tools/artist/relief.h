/* A height map with weather on it: raised from noise, worn by rain, lit by a sun.
 * Shared by the rooms that walk rays over land. Knows paint.h only. */
#ifndef RELIEF_H
#define RELIEF_H

#include "paint.h"

enum { RELIEF_N = 1024 }; /* texels a side; the map is 1 wide and mirrors beyond */

struct relief {
  float *height, *shade, *hollow; /* height; sunlight 0..1; ambient light 0..1 */
  float tall; /* world height of 1.0 in `height` */
};

/* kind: "alps", "dunes", "mesa", "hills", "isles". Lives until relief_free. */
struct relief relief_raise(const char *kind, uint32_t seed, float tall);
void relief_light(struct relief *r, struct vec sun);
void relief_free(struct relief *r);
float relief_at(const struct relief *r, float x, float z);
float relief_map(const float *map, float x, float z); /* bilinear, mirrored */
struct vec relief_normal(const struct relief *r, float x, float z, float eps);
/* Distance to the ground along the ray, or a negative number. */
float relief_hit(const struct relief *r, struct vec from, struct vec dir, float reach);

#endif
