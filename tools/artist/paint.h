/* The painter's box: colours, canvas, noise, shapes, skies; and the list of what it can
 * paint. Light is linear and unbounded until it leaves as bytes. Knows libc and libjpeg
 * only. */
#ifndef PAINT_H
#define PAINT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PI 3.14159265358979f

/* ---- colours (linear light) ---- */

struct rgb {
  float r, g, b;
};
struct vec {
  float x, y, z;
};

struct rgb rgb(float r, float g, float b);
/* 0xRRGGBB as a painter writes it (sRGB). */
struct rgb hex(uint32_t srgb);
struct rgb add(struct rgb a, struct rgb b);
struct rgb mul(struct rgb a, struct rgb b);
struct rgb scale(struct rgb a, float k);
struct rgb lerp(struct rgb a, struct rgb b, float t);
/* As lerp, but through OKLab: no mud between two hues. */
struct rgb blend(struct rgb a, struct rgb b, float t);
/* Colour at t in 0..1 along n evenly spaced stops. */
struct rgb ramp(const struct rgb *stops, int n, float t);
/* Turns the hue (radians), scales the chroma, adds to the lightness. */
struct rgb tint(struct rgb c, float hue, float chroma, float light);
float luma(struct rgb c);

/* ---- numbers ---- */

float clampf(float x, float low, float high);
float mixf(float a, float b, float t);
float smooth(float edge0, float edge1, float x);
struct vec vec(float x, float y, float z);
struct vec vadd(struct vec a, struct vec b);
struct vec vsub(struct vec a, struct vec b);
struct vec vmul(struct vec a, float k);
float vdot(struct vec a, struct vec b);
struct vec vcross(struct vec a, struct vec b);
struct vec vnorm(struct vec a);

struct rng {
  uint64_t state;
};
struct rng rng_from(uint32_t seed);
float rnd(struct rng *rng); /* 0 <= x < 1 */
float span(struct rng *rng, float low, float high);
int below(struct rng *rng, int n);
float gauss(struct rng *rng); /* mean 0, deviation 1 */

uint32_t hash2(int x, int y, uint32_t seed);
float hash1(int x, int y, uint32_t seed); /* 0..1, per lattice point */
float noise2(float x, float y, uint32_t seed); /* -1..1, gradient noise */
float noise3(float x, float y, float z, uint32_t seed);
float fbm2(float x, float y, int octaves, uint32_t seed);
float fbm3(float x, float y, float z, int octaves, uint32_t seed);
float ridged2(float x, float y, int octaves, uint32_t seed); /* 0..1, sharp crests */
/* Distances to the nearest and second nearest of jittered cell centres; id of the
 * nearest. */
void cells2(float x, float y, uint32_t seed, float *f1, float *f2, uint32_t *id);

/* ---- what is to be painted ---- */

struct job {
  char scene[32], out[256];
  uint32_t seed;
  int width, height;
  int quality, limit; /* JPEG: the best quality up to this; bytes aimed at (0: none) */
  float seconds, rate; /* film, when seconds > 0 */
  float time; /* of this frame, 0 for a picture */
  char names[24][16], values[24][24];
  int count;
  void *cache; /* a scene may keep heavy things between frames (malloc) */
};

float job_number(const struct job *job, const char *name, float otherwise);
const char *job_text(const struct job *job, const char *name, const char *otherwise);
bool job_has(const struct job *job, const char *name);

/* ---- canvas ---- */

struct canvas {
  int w, h;
  struct rgb *px;
};
struct mask {
  int w, h;
  float *a;
};

void *need(size_t bytes); /* zeroed memory, or the end of the program */
struct canvas canvas_new(int w, int h);
void canvas_free(struct canvas *c);
struct rgb *at(struct canvas *c, int x, int y); /* clamped to the edges */
struct rgb sample(const struct canvas *c, float x, float y); /* bilinear, in pixels */
void blur(struct canvas *c, float radius);
/* Adds `amount` of what is brighter than `threshold`, blurred. */
void bloom(struct canvas *c, float threshold, float radius, float amount);
void vignette(struct canvas *c, float amount);
void grain(struct canvas *c, float amount, uint32_t seed);
/* Paper: a fine uneven texture multiplied in. */
void paper(struct canvas *c, float amount, uint32_t seed);
/* Half size, box filtered; for scenes that draw at twice the size. */
struct canvas halve(const struct canvas *c);
/* 8-bit sRGB; rows of 3*w bytes. Dithers, so that skies do not band. */
void canvas_bytes(const struct canvas *c, unsigned char *rgb8, uint32_t seed);
/* Writes a JFIF without metadata; lowers the quality until `limit` holds. Bytes, or 0.
 */
size_t canvas_jpeg(const struct canvas *c, const struct job *job);

/* ---- masks and shapes: coverage 0..1, anti-aliased ---- */

struct point {
  float x, y;
};

struct mask mask_new(int w, int h);
void mask_free(struct mask *m);
void mask_blur(struct mask *m, float radius);
/* Adds a closed polygon (even-odd), at most `level` opaque. */
void fill(struct mask *m, const struct point *p, int n, float level);
/* A line from a to b, ra and rb half as wide at its ends, with round ends. */
void stroke(struct mask *m, struct point a, struct point b, float ra, float rb);
/* A closed smooth curve through n points, filled. */
void blob(struct mask *m, const struct point *p, int n, float level);
void disc(struct mask *m, float x, float y, float r);
/* A leaf from a to b, `width` at its widest, belly at 0..1 along. */
void leaf(struct mask *m, struct point a, struct point b, float width, float belly,
          float bend);
void lay(struct canvas *c, const struct mask *m, struct rgb colour, float alpha);
void lay_multiply(struct canvas *c, const struct mask *m, struct rgb colour,
                  float alpha);
/* The same straight onto the canvas, when a mask of its own is too much. */
void put_disc(struct canvas *c, float x, float y, float r, struct rgb colour,
              float alpha);
void put_line(struct canvas *c, struct point a, struct point b, float r,
              struct rgb colour, float alpha);
void put_polygon(struct canvas *c, const struct point *p, int n, struct rgb colour,
                 float alpha);
void put_rect(struct canvas *c, float x0, float y0, float x1, float y1,
              struct rgb colour, float alpha);
/* Soft light around a point. */
void glow(struct canvas *c, float x, float y, float radius, struct rgb colour, float k);

/* ---- palettes and skies ---- */

struct palette {
  const char *name;
  struct rgb top, middle, low, far, near, light;
};
struct palette palette_named(const char *name);
struct palette palette_of(const struct job *job, const char *otherwise);

struct sky {
  struct palette pal;
  float horizon; /* in pixels from the top */
  float sun_x, sun_y; /* in pixels; sun_size 0: no disc */
  float sun_size, glow;
  float clouds; /* 0..1 */
  float stars; /* 0..1 */
  float milky; /* 0..1 */
  float drift; /* how far clouds have moved */
  uint32_t seed;
};
struct sky sky_of(const struct job *job, struct palette pal, int w, int h);
struct rgb sky_colour(const struct sky *s, float x, float y, int w);
void sky_paint(struct canvas *c, const struct sky *s);
void star_field(struct canvas *c, float horizon, float density, uint32_t seed,
                float turn);
void milky_way(struct canvas *c, float horizon, float amount, uint32_t seed);
/* A fir; top at (x, y - height). */
void fir(struct mask *m, float x, float y, float height, struct rng *rng);
void broadleaf(struct mask *m, float x, float y, float height, struct rng *rng);
void bird(struct mask *m, float x, float y, float size, float flap);
/* Mirrors what is above row y downwards with ripples; darkens by `tone`. */
void mirror(struct canvas *c, int y, float ripple, struct rgb tone, float amount,
            uint32_t seed, float time);

/* One ridge across the picture, its foot at `base`, crests up to `height` above it,
 * firs of `trees` pixels along it (0: none). */
void ridge(struct canvas *c, float base, float height, struct rgb colour, float trees,
           bool hills, uint32_t seed);
/* What most landscapes end with: a breath of bloom, darker corners, grain. */
void last_touch(struct canvas *c, const struct job *job, float bright);

/* ---- scenes ---- */

typedef void scene_fn(struct canvas *c, struct job *job);
struct scene {
  const char *name;
  scene_fn *paint;
};
extern const struct scene land_scenes[], relief_scenes[], sea_scenes[], town_scenes[],
  night_scenes[], field_scenes[], pot_scenes[], tile_scenes[], plate_scenes[],
  plant_scenes[], ink_scenes[];

#endif
