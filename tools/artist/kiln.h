/* Turned things on a table: every object is a profile spun round its axis. Shared by
 * the rooms that throw, glaze and photograph pots. Knows paint.h only. */
#ifndef KILN_H
#define KILN_H

#include "paint.h"

enum { GRID_W = 72, GRID_H = 144, OBJECTS = 24 };

enum glaze {
  SATIN,
  DIPPED,
  BANDS,
  DRIP,
  COBALT,
  SGRAFFITO,
  CELADON,
  NERIKOMI,
  DOTS,
  FLUTED,
  RAW,
  LEMON,
  ORANGE,
  PEAR,
  FIG,
  LEAFY,
  GLAZES
};

struct pot {
  float d[GRID_W * GRID_H]; /* distance to the wall, over (radius, height) */
  float wide, tall; /* what the grid covers */
  struct vec at; /* where its foot stands */
  float lean, turn; /* tilt, and the way it is turned */
  float bound; /* radius of a ball around its middle that holds it all */
  float handle; /* size of a handle, 0: none */
  float rim; /* height of its lip */
  float spin; /* turned by so much more: wheel and turntable */
  enum glaze glaze;
  struct rgb one, two, clay;
  float gloss;
  uint32_t seed;
};

struct kiln {
  struct pot *pot;
  int count;
  struct vec eye, ahead, right, up, light;
  float zoom, wall; /* the wall stands at z = wall */
  struct rgb wall_colour, table_colour, sun, fill;
  float cloth; /* how much weave the table shows */
  char gobo; /* what stands in the window: 0, 'w' bars, 'l' leaves, 's' slats */
  float drift; /* moves what stands in the window */
  uint32_t seed;
};

struct meeting {
  float t;
  int what;
  bool inside;
  struct vec at, normal;
};

/* what in a meeting: an index into pot, or */
enum { TABLE = -1, WALL = -2, NOTHING = -3 };

/* Turns a profile (radius, height pairs from the foot's middle to the lip) into a pot.
 */
void pot_turn(struct pot *p, const struct point *profile, int n, float thick);
/* A form by name: "vase", "bottle", "bowl", "cup", "plate", "jar", "moon", "cylinder",
 * "pitcher", "lemon", "orange", "pear", "fig". Size 1 is about a hand. */
void pot_form(struct pot *p, const char *form, float size, struct rng *rng);
float kiln_distance(const struct kiln *k, struct vec p, int *which);
struct meeting kiln_meet(const struct kiln *k, struct vec from, struct vec dir);
float kiln_shadow(const struct kiln *k, struct vec from, struct vec dir);
float kiln_open(const struct kiln *k, struct vec p, struct vec n);
/* A place in the pot's own frame: x, z around the axis, y up. */
struct vec pot_local(const struct pot *p, struct vec q);
/* Wall, table, window and light, by the job's `room` and `window`. */
void kiln_furnish(struct kiln *k, const struct job *job, struct rng *rng);
void kiln_look(struct kiln *k, struct vec eye, struct vec to, float zoom);
/* Takes the picture; `skin` becomes 1 where the outside of a pot is seen. */
void kiln_shoot(struct canvas *c, const struct kiln *k, struct mask *skin);
/* Colour of a pot's skin; may bend the normal. Sets how much it shines. */
struct rgb glaze_at(const struct pot *p, struct vec local, bool inside,
                    struct vec *normal, float *gloss);
/* Flowers and twigs of `kind` standing in the mouth of a pot, drawn on the picture;
 * `skin` says for each pixel whether an outer wall is there, which hides them. */
void bouquet(struct canvas *c, const struct mask *skin, const char *kind,
             struct point mouth, float size, float spread, uint32_t seed);
struct point kiln_project(const struct kiln *k, const struct canvas *c, struct vec p);

#endif
