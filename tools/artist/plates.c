/* Seen from above, on cloth: test tiles in rows, painted plates. Knows tiles.h. */
#include <stdlib.h>

#include "tiles.h"

static void cloth(struct canvas *c, struct rgb colour, uint32_t seed)
{
  int x, y;
  float k = 1280.0f / (float)c->w;

  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++) {
      float weave
        = 0.04f
          * sinf((float)x * k * 1.25f
                 + 0.6f * noise2((float)y * k * 0.05f, (float)x * 0.01f, seed))
          * sinf((float)y * k * 1.25f);
      float fold = 0.07f * fbm2((float)x * k / 420, (float)y * k / 420, 4, seed + 4);

      *at(c, x, y)
        = scale(colour,
                0.98f + weave + fold
                  - 0.12f * ((float)x / (float)c->w + (float)y / (float)c->h - 1));
    }
}

static void tests(struct canvas *c, struct job *job)
{
  struct wall w = wall_of(job);
  struct rng rng = rng_from(job->seed);
  int cols = (int)job_number(job, "n", 5), rows, i, j, x, y;
  float step = (float)c->w / ((float)cols + 0.6f), size = step * 0.4f,
        round = step * 0.07f;

  rows = (int)((float)c->h / step);
  cloth(c, blend(hex(0xe2d6c2), w.c[0], 0.4f), job->seed);
  for (j = 0; j < rows; j++) {
    for (i = 0; i < cols; i++) {
      float cx = ((float)c->w - step * (float)(cols - 1)) / 2 + step * (float)i
                 + span(&rng, -2, 2);
      float cy = ((float)c->h - step * (float)(rows - 1)) / 2 + step * (float)j
                 + span(&rng, -2, 2);
      struct rgb a = w.c[below(&rng, 5)], b = w.c[below(&rng, 5)], clay = hex(0xc7a27d);
      float turn = span(&rng, -0.03f, 0.03f), line = span(&rng, 0.2f, 0.45f);
      uint32_t seed = (uint32_t)below(&rng, 9999);

      for (y = (int)(cy - size - 14); y < (int)(cy + size + 16); y++) {
        for (x = (int)(cx - size - 14); x < (int)(cx + size + 16); x++) {
          float px = ((float)x - cx) * cosf(turn) + ((float)y - cy) * sinf(turn);
          float py = ((float)y - cy) * cosf(turn) - ((float)x - cx) * sinf(turn);
          float d = hypotf(fmaxf(fabsf(px) - size + round, 0),
                           fmaxf(fabsf(py) - size + round, 0))
                    - round;
          float s = hypotf(fmaxf(fabsf(px - 6) - size + round, 0),
                           fmaxf(fabsf(py - 7) - size + round, 0))
                    - round;
          float u = px / size, v = py / size, dip,
                hole = hypotf(px, py + size * 0.75f) - size * 0.1f, g;
          struct rgb p;

          if (x < 0 || y < 0 || x >= c->w || y >= c->h)
            continue;
          *at(c, x, y) = scale(*at(c, x, y), 1 - 0.45f * smooth(11, -4, s));
          if (d > 0.5f)
            continue;
          dip = -v + 0.16f * fbm2(u * 2, 0.5f, 3, seed) + line;
          g = fbm2(u * 1.6f + (float)(seed & 31), v * 1.2f, 4, seed);
          p = blend(a, b, smooth(-0.35f, 0.45f, g + v * 0.4f));
          p = scale(p, 1 + 0.1f * fbm2(u * 14, v * 14, 3, seed + 1));
          p = dip > 1.25f ? clay : lerp(p, scale(p, 0.7f), smooth(1.12f, 1.25f, dip));
          p = scale(p, 1 + 0.3f * smooth(-7, 0, d) * (-u - v) * 0.5f);
          p = add(p, scale(rgb(1, 1, 1),
                           dip > 1.25f
                             ? 0
                             : 0.28f * smooth(0.5f, 0, hypotf(u + 0.45f, v + 0.3f))));
          if (hole < 0.5f)
            p = scale(blend(hex(0xe2d6c2), w.c[0], 0.4f), 0.4f + 0.2f * (u + v));
          *at(c, x, y) = lerp(*at(c, x, y), p, clampf(0.5f - d, 0, 1));
        }
      }
    }
  }
  vignette(c, 0.15f);
  grain(c, 0.025f, job->seed);
}

/* One ring of a plate's decoration: t across it 0..1, a around. An index into the
 * colours, or -1 for the bare glaze. */
static int ring_of(uint32_t kind, float t, float a, float n)
{
  float k = a / (2 * PI) * n + 100, u = fabsf(k - floorf(k) - 0.5f) * 2,
        s = k - floorf(k) - 0.5f;

  switch (kind % 7) {
  case 0:
    return hypotf((t - 0.5f) / 0.5f, u / 0.75f) < 0.55f ? 2
           : hypotf((t - 0.5f) / 0.5f, u / 0.75f) < 1   ? 1
                                                        : -1;
  case 1: return u < 1 - t ? (u < 0.55f - t ? 4 : 3) : -1;
  case 2: return hypotf(s * 1.5f, (t - 0.5f) * 1.1f) < 0.3f ? 4 : -1;
  case 3:
    return fabsf(t - 0.5f - 0.3f * cosf(a * n)) < 0.09f   ? 1
           : fabsf(t - 0.5f + 0.3f * cosf(a * n)) < 0.05f ? 2
                                                          : -1;
  case 4: return ((int)floorf(k * 2) + (int)floorf(t * 3)) & 1 ? 1 : -1;
  case 5:
    return hypotf((s + (t - 0.5f) * 0.5f) / 0.2f, (t - 0.5f) / 0.46f) < 1 ? 3 : -1;
  default: return fabsf(t - 0.3f) < 0.06f || fabsf(t - 0.55f) < 0.1f ? 1 : -1;
  }
}

/* What is painted on a plate at (r 0..1, angle). */
static struct rgb plate_paint(const struct wall *w, float r, float a, uint32_t kind)
{
  uint32_t h = hash2((int)kind, 77, 3);
  float n = 8 + (float)(h % 3) * 4;
  int colour = -1;

  if (r < 0.17f)
    colour = r < 0.06f ? 4 : r < 0.1f ? 0 : r < 0.14f ? 3 : 0;
  else if (r < 0.56f)
    colour = ring_of(h >> 3, (r - 0.17f) / 0.39f, a, n);
  else if (fabsf(r - 0.61f) < 0.009f || fabsf(r - 0.645f) < 0.004f)
    colour = 1;
  else if (r > 0.68f && r < 0.91f)
    colour = ring_of(h >> 9, (r - 0.68f) / 0.23f, a, n * 2);
  else if (fabsf(r - 0.955f) < 0.012f)
    colour = 3;
  return w->c[colour < 0 ? 0 : colour];
}

static void plate_at(struct canvas *c, const struct wall *w, float cx, float cy,
                     float size, uint32_t kind, float spin)
{
  int x, y;

  for (y = (int)(cy - size * 1.2f); y < (int)(cy + size * 1.25f); y++) {
    for (x = (int)(cx - size * 1.2f); x < (int)(cx + size * 1.25f); x++) {
      float u = ((float)x + 0.5f - cx) / size, v = ((float)y + 0.5f - cy) / size,
            r = hypotf(u, v);
      float shade = smooth(1.16f, 0.9f, hypotf(u - 0.06f, v - 0.08f)), slope, lit, spot,
            fill_in;
      struct rgb p;

      if (x < 0 || y < 0 || x >= c->w || y >= c->h)
        continue;
      *at(c, x, y) = scale(*at(c, x, y), 1 - 0.5f * shade);
      if (r > 1.01f)
        continue;
      slope = 0.55f * smooth(0.55f, 0.66f, r) * smooth(0.78f, 0.68f, r) + 0.12f
              - 0.9f * smooth(0.96f, 1.0f, r);
      lit = 0.92f + slope * (u * 0.5f + v * 0.6f) / fmaxf(r, 0.02f) * 0.55f;
      p = scale(plate_paint(w, r, atan2f(v, u) + spin, kind), lit);
      fill_in = fbm2(u * 4 + (float)(kind & 7), v * 4, 4, kind);
      p = scale(p, 1 + 0.08f * fill_in);
      spot = smooth(0.35f, 0.05f, hypotf(u + 0.43f, (v + 0.5f) * 1.3f)) * 0.22f;
      p = add(p, rgb(spot, spot, spot * 0.95f));
      *at(c, x, y) = lerp(*at(c, x, y), p, clampf((1 - r) * size + 0.5f, 0, 1));
    }
  }
}

static void plates(struct canvas *c, struct job *job)
{
  struct wall w = wall_of(job);
  int n = (int)job_number(job, "n", 1);
  float s = (float)c->w, cy = (float)c->h * 0.5f;

  cloth(c, hex((uint32_t)strtoul(job_text(job, "cloth", "cdbda3"), NULL, 16)),
        job->seed);
  if (n == 1) {
    plate_at(c, &w, s * 0.5f, cy, s * 0.4f, job->seed,
             job->time * job_number(job, "spin", 0));
  } else {
    plate_at(c, &w, s * 0.33f, cy - s * 0.17f, s * 0.3f, job->seed, 0);
    plate_at(c, &w, s * 0.76f, cy + s * 0.02f, s * 0.2f, job->seed + 1, 0);
    plate_at(c, &w, s * 0.4f, cy + s * 0.32f, s * 0.17f, job->seed + 2, 0);
  }
  vignette(c, 0.15f);
  if (!job->seconds)
    grain(c, 0.025f, job->seed);
}

const struct scene plate_scenes[] = {
  { "tests", tests },
  { "plates", plates },
  { NULL, NULL },
};
