/* Landscapes laid in flat layers, far to near, each a little less veiled by air than
 * the one behind: ranges, lakes, forests in fog, hills and fields. */
#include <stdlib.h>

#include "paint.h"

/* Height of a range's crest at x, 0..1. */
static float crest(float x, float rough, uint32_t seed)
{
  float big = ridged2(x * 1.1f, 0.5f, 2, seed);
  float small = fbm2(x * 3.1f, 7.5f, 6, seed + 11);

  return clampf(0.15f + 0.75f * big + rough * 0.55f * small, 0, 1.4f);
}

static float rolling(float x, uint32_t seed)
{
  return clampf(0.5f + 0.9f * fbm2(x * 0.9f, 2.5f, 3, seed), 0, 1.2f);
}

struct range {
  float base, height; /* pixels: where its foot lies, how high crests stand */
  float scale, shift, rough;
  bool hills;
  uint32_t seed;
};

static float range_top(const struct range *r, float x, int w)
{
  float u = x / (float)w * r->scale + r->shift;

  return r->base
         - r->height * (r->hills ? rolling(u, r->seed) : crest(u, r->rough, r->seed));
}

/* One layer: from its crest's colour to a paler foot where mist gathers. */
static void lay_range(struct canvas *c, const struct range *r, struct rgb body,
                      struct rgb mist, float fog, struct rgb snow, float snowline)
{
  int x, y;

  for (x = 0; x < c->w; x++) {
    float top = range_top(r, (float)x + 0.5f, c->w);
    int y0 = (int)clampf(floorf(top), 0, (float)c->h);

    for (y = y0; y < c->h; y++) {
      float cover = clampf((float)y + 1 - top, 0, 1),
            depth = ((float)y - top) / r->height;
      float wave
        = 0.25f * fbm2((float)x / (float)c->w * 3, (float)y * 0.012f, 3, r->seed + 5);
      struct rgb p
        = lerp(body, mist, clampf(fog * smooth(0.1f, 1.15f, depth + wave), 0, 1));

      if (snowline > 0) {
        float u = (float)x / (float)c->w * r->scale + r->shift;
        float n = ridged2(u * 7 + depth * 2.2f, depth * 2.6f + u, 4, r->seed + 21);
        float white = smooth(0.28f, 0.46f, n - depth * 0.75f / snowline + 0.25f);
        float relief
          = ridged2(u * 3.1f + 0.02f, depth * 1.3f - 0.03f, 3, r->seed + 22)
            - ridged2(u * 3.1f - 0.02f, depth * 1.3f + 0.03f, 3, r->seed + 22);
        float lit = clampf(0.6f + relief * 3.5f, 0.15f, 1);

        p = lerp(p, blend(body, snow, lit), white * (1 - 0.6f * fog * depth));
      }
      *at(c, x, y) = lerp(*at(c, x, y), p, cover);
    }
  }
}

static void firs_along(struct canvas *c, const struct range *r, struct rgb colour,
                       float height, float density, struct rng *rng)
{
  struct mask m = mask_new(c->w, c->h);
  float x = -height * 0.3f;

  while (x < (float)c->w + height * 0.3f) {
    float clump = fbm2(x * 0.008f, 3.3f, 2, r->seed + 70);
    float h = height * span(rng, 0.55f, 1.1f) * (0.75f + clump);

    if (clump > -0.28f && h > 4)
      fir(&m, x, range_top(r, x, c->w) + h * 0.12f, h, rng);
    x += height * span(rng, 0.1f, 0.3f) / density;
  }
  lay(c, &m, colour, 1);
  mask_free(&m);
}

void ridge(struct canvas *c, float base, float height, struct rgb colour, float trees,
           bool hills, uint32_t seed)
{
  struct rng rng = rng_from(seed);
  struct range r
    = { base,  height, 1.7f * (float)c->w / (float)c->h, span(&rng, 0, 60), 0.5f,
        hills, seed };

  lay_range(c, &r, colour, colour, 0, colour, 0);
  if (trees > 0)
    firs_along(c, &r, colour, trees, 1, &rng);
}

static void birds(struct canvas *c, int n, float y, struct rgb colour, struct rng *rng,
                  float time)
{
  struct mask m = mask_new(c->w, c->h);
  float x = (float)c->w * span(rng, 0.25f, 0.7f), k = (float)c->w / 640;
  int i;

  for (i = 0; i < n; i++) {
    float size = k * span(rng, 4, 9), phase = rnd(rng) * 6;
    float bx = x + span(rng, -90, 90) * k + time * 22 * k,
          by = y + span(rng, -40, 40) * k;

    bird(&m, bx, by, size, 0.35f + 0.3f * sinf(time * 9 + phase));
  }
  lay(c, &m, colour, 0.85f);
  mask_free(&m);
}

void last_touch(struct canvas *c, const struct job *job, float bright)
{
  bloom(c, 0.75f, (float)c->w * 0.03f, 0.35f * bright);
  vignette(c, 0.22f);
  if (!job->seconds)
    grain(c, 0.035f, job->seed);
}

/* Ranges: layers=, snow=, trees=, mist=, rough=, birds=, lake=. */
static void ranges(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct palette pal = palette_of(job, "rose");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  int layers = (int)job_number(job, "layers", 5), i;
  float lake = job_number(job, "lake", 0) * (float)c->h, foot = (float)c->h;
  float snow = job_number(job, "snow", 0), rough = job_number(job, "rough", 0.5f);
  float fog = job_number(job, "mist", 0.7f), trees = job_number(job, "trees", 0.5f);
  bool hills = job_has(job, "hills");

  if (lake > 0)
    foot = lake;
  sky_paint(c, &sky);
  if (job_has(job, "birds"))
    birds(c, (int)job_number(job, "birds", 5), sky.horizon * 0.45f, pal.near, &rng,
          job->time);
  for (i = 0; i < layers; i++) {
    float t = layers > 1 ? (float)i / (float)(layers - 1) : 1;
    float near_by = powf(t, 1.35f);
    struct range r;
    struct rgb body, mist;

    r.base = mixf(sky.horizon * 1.05f, foot * (lake > 0 ? 1.0f : 1.06f), powf(t, 1.1f));
    r.height = (float)c->h * mixf(0.34f, 0.2f, t) * span(&rng, 0.75f, 1.15f)
               * job_number(job, "tall", 1) * (lake > 0 && i == layers - 1 ? 0.35f : 1);
    r.scale = mixf(1.0f, 1.9f, t) * (float)c->w / (float)c->h * 1.2f;
    r.shift = span(&rng, 0, 50) + job->time * 0.012f * t;
    r.rough = rough * mixf(0.75f, 1.0f, t);
    r.hills = hills;
    r.seed = job->seed * 17 + (uint32_t)i * 101;
    body = blend(blend(pal.far, pal.low, 0.35f * (1 - t)), pal.near, near_by);
    mist = blend(pal.low, pal.far, 0.2f + 0.55f * t);
    lay_range(c, &r, body, mist, fog * (1 - 0.55f * near_by),
              blend(pal.light, pal.low, 0.3f),
              i < layers - 1 && i < 3 ? snow * (1 - 0.25f * (float)i) : 0);
    if (trees > 0 && t > 0.45f)
      firs_along(c, &r, blend(body, pal.near, 0.45f + 0.4f * t),
                 (float)c->h * (0.02f + 0.1f * trees * t * t * t), 1, &rng);
  }
  if (lake > 0)
    mirror(c, (int)lake, job_number(job, "ripple", 0.35f),
           blend(pal.near, pal.far, 0.45f), 0.5f, job->seed, job->time);
  last_touch(c, job, 1);
}

static void trunks(struct canvas *c, struct rgb colour, float width, int n,
                   float ground, struct rng *rng)
{
  struct mask m = mask_new(c->w, c->h);
  int i, k;

  for (i = 0; i < n; i++) {
    float x = span(rng, -0.05f, 1.05f) * (float)c->w, lean = span(rng, -0.03f, 0.03f);
    float half = width * span(rng, 0.55f, 1.2f), y = ground + span(rng, -8, 14);
    struct point foot = { x, y }, top = { x + lean * (float)c->h, -10 };

    stroke(&m, foot, top, half, half * 0.7f);
    for (k = 0; k < 7; k++) {
      float t = span(rng, 0.3f, 1), side = rnd(rng) < 0.5f ? -1 : 1;
      struct point a = { mixf(foot.x, top.x, t), mixf(foot.y, top.y, t) };
      struct point b
        = { a.x + side * half * span(rng, 5, 16), a.y + half * span(rng, -2, 7) };

      stroke(&m, a, b, half * 0.22f, 0.3f);
    }
  }
  lay(c, &m, colour, 1);
  mask_free(&m);
}

static void shafts(struct canvas *c, struct point from, struct rgb colour, float k,
                   uint32_t seed, float time)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float dx = (float)x - from.x, dy = (float)y - from.y, a = atan2f(dx, dy + 1);
      float d = hypotf(dx, dy) / (float)c->h;
      float beam
        = smooth(0.05f, 0.6f, fbm2(a * 7 + time * 0.1f, 0.7f, 3, seed) + 0.15f);
      float fade = expf(-d * 1.5f) * smooth(0.0f, 0.25f, d);

      *at(c, x, y) = add(*at(c, x, y), scale(colour, k * beam * fade));
    }
  }
}

static void ground_fill(struct canvas *c, float y, float rough, struct rgb top,
                        struct rgb bottom, uint32_t seed)
{
  int x, j;

  for (x = 0; x < c->w; x++) {
    float edge = y + rough * fbm2((float)x / (float)c->w * 5, 0.3f, 5, seed);

    for (j = (int)clampf(edge, 0, (float)c->h); j < c->h; j++) {
      float t = ((float)j - edge) / ((float)c->h - edge + 1);

      *at(c, x, j)
        = lerp(*at(c, x, j), blend(top, bottom, t), clampf((float)j + 1 - edge, 0, 1));
    }
  }
}

/* Forest: rows of firs or trunks swallowed by fog. kind=fir|trunk, shafts=. */
static void forest(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct palette pal = palette_of(job, "teal");
  bool tall = *job_text(job, "kind", "fir") == 't';
  int layers = (int)job_number(job, "layers", 6), i;
  struct sky sky = sky_of(job, pal, c->w, c->h);
  struct point sun;

  sky.clouds = 0;
  sky.sun_size *= 0.9f;
  sky.sun_y = (float)c->h * job_number(job, "suny", 0.25f);
  sky.horizon = (float)c->h * 0.8f;
  sky_paint(c, &sky);
  for (i = 0; i < layers; i++) {
    float t = (float)(i + 1) / (float)layers;
    struct rgb body = blend(blend(pal.low, pal.far, 0.55f), pal.near, powf(t, 1.5f));
    struct rgb mist = blend(pal.low, pal.far, 0.1f + 0.3f * t);
    float base = (float)c->h * mixf(0.52f, 0.98f, t);

    if (tall) {
      ground_fill(c, base, 18, blend(mist, body, 0.5f), blend(mist, body, 0.8f),
                  job->seed + (uint32_t)i);
      trunks(c, body, (float)c->w * 0.004f * expf(t * 2.2f),
             (int)(26 * (1.15f - t)) + 3, base + 6, &rng);
    } else {
      struct range r = { base, (float)c->h * 0.1f,         2, span(&rng, 0, 40), 0.2f,
                         true, job->seed + (uint32_t)i * 7 };

      lay_range(c, &r, body, mist, 0.8f * (1 - 0.6f * t), body, 0);
      firs_along(c, &r, body, (float)c->h * mixf(0.13f, 0.5f, t * t), 1, &rng);
    }
    if (i < layers - 1) {
      int x, y;

      for (y = 0; y < c->h; y++)
        for (x = 0; x < c->w; x++) {
          float n = 0.5f
                    + fbm2((float)x / (float)c->w * 2.5f + job->time * 0.05f + (float)i,
                           (float)y / (float)c->h * 5, 4, job->seed + 9 + (uint32_t)i);

          *at(c, x, y) = lerp(*at(c, x, y), mist,
                              clampf(0.42f * n * (1.1f - t), 0, 1)
                                * smooth(0, (float)c->h * 0.7f, (float)y));
        }
    }
  }
  sun.x = sky.sun_x;
  sun.y = sky.sun_y;
  shafts(c, sun, pal.light, job_number(job, "shafts", 0.13f), job->seed + 3, job->time);
  last_touch(c, job, 1);
}

const struct scene land_scenes[] = {
  { "ranges", ranges },
  { "forest", forest },
  { NULL, NULL },
};
