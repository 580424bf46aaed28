/* What rooms that work with tiles share: five colours that go together. */
#ifndef TILES_H
#define TILES_H

#include "paint.h"

struct wall {
  struct rgb c[5];
  uint32_t seed;
  float n, time;
};

/* The colours that the job's `set` names. */
struct wall wall_of(const struct job *job);

#endif
