/* Farmed land and what floats over it: rows of lavender or wheat, cypresses, a lone
 * tree, balloons, blossom against a moon, a train on a viaduct. */
#include <stdlib.h>
#include <string.h>

#include "paint.h"

/* Rows that meet at the horizon, with a noise of tufts along them. */
static void rows(struct canvas *c, float horizon, float vx, struct rgb crop,
                 struct rgb soil, struct rgb light, uint32_t seed, float count)
{
  int x, y;

  for (y = (int)horizon; y < c->h; y++) {
    float depth = ((float)y - horizon + 1) / ((float)c->h - horizon),
          z = 1 / (depth + 0.02f);

    for (x = 0; x < c->w; x++) {
      float u = ((float)x / (float)c->w - vx) * z, tuft, row, lit;
      struct rgb p;

      u += 0.05f * fbm2(z * 0.5f, 0.5f, 2, seed);
      tuft = fbm2(u * count * 1.3f, z * 14, 4, seed + 1);
      row = 0.5f + 0.5f * cosf(u * count * 2 * PI + tuft * 1.4f);
      lit = smooth(0.2f, 0.95f, row + tuft * 0.4f);
      p = blend(soil, crop, lit);
      p = blend(p, light,
                clampf(0.25f * smooth(0.3f, 0.9f, row * (0.6f + tuft)), 0, 1));
      p = blend(p, blend(crop, soil, 0.35f), smooth(0.10f, 0, depth));
      *at(c, x, y) = blend(p, light, 0.42f * expf(-depth * 7));
    }
  }
}

static void cypress(struct mask *m, float x, float y, float h, struct rng *rng)
{
  struct point p[12];
  int i;

  for (i = 0; i < 6; i++) {
    float t = (float)i / 5,
          half = h * 0.085f * sinf(PI * powf(1 - t, 0.65f) * 0.93f + 0.12f);

    p[i].x = x - half * span(rng, 0.85f, 1.15f);
    p[i].y = y - h * t;
    p[11 - i].x = x + half * span(rng, 0.85f, 1.15f);
    p[11 - i].y = y - h * t;
  }
  blob(m, p, 12, 1);
}

static void farmhouse(struct canvas *c, float x, float y, float s, struct rgb wall,
                      struct rgb roof)
{
  struct point r1[4] = { { x - s, y - s * 0.6f },
                         { x - s * 0.85f, y - s * 0.95f },
                         { x + s * 0.65f, y - s * 0.95f },
                         { x + s * 0.8f, y - s * 0.6f } };

  put_rect(c, x - s * 0.9f, y - s * 0.62f, x + s * 0.7f, y, wall, 1);
  put_rect(c, x + s * 0.25f, y - s * 0.62f, x + s * 0.7f, y, scale(wall, 0.7f), 0.6f);
  put_polygon(c, r1, 4, roof, 1);
  put_rect(c, x - s * 0.6f, y - s * 0.4f, x - s * 0.45f, y - s * 0.2f,
           scale(roof, 0.5f), 1);
  put_rect(c, x - s * 0.15f, y - s * 0.4f, x, y - s * 0.2f, scale(roof, 0.5f), 1);
}

static void crops(const char *name, struct rgb *crop, struct rgb *soil)
{
  *crop = hex(0x7d5bb0);
  *soil = hex(0x3d2a50);
  if (strcmp(name, "wheat") == 0) {
    *crop = hex(0xe0b354);
    *soil = hex(0x9b6d2e);
  } else if (strcmp(name, "vine") == 0) {
    *crop = hex(0x6d8a3c);
    *soil = hex(0x8a6a45);
  } else if (strcmp(name, "tulip") == 0) {
    *crop = hex(0xd8466a);
    *soil = hex(0x2f5a35);
  } else if (strcmp(name, "tea") == 0) {
    *crop = hex(0x4f8a4a);
    *soil = hex(0x1f4230);
  }
}

static void field(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct sky sky = sky_of(job, palette_of(job, "peach"), c->w, c->h);
  struct mask m = mask_new(c->w, c->h);
  struct rgb crop, soil, dark = blend(sky.pal.near, hex(0x22331f), 0.6f);
  float ground = (float)c->h * job_number(job, "ground", 0.62f), x;
  int i, trees = (int)job_number(job, "cypress", 5);

  crops(job_text(job, "crop", "lavender"), &crop, &soil);
  sky.horizon = ground * 0.98f;
  sky_paint(c, &sky);
  ridge(c, ground, (float)c->h * 0.16f, blend(sky.pal.far, sky.pal.low, 0.35f), 0, true,
        job->seed + 1);
  ridge(c, ground + 4, (float)c->h * 0.07f,
        blend(blend(sky.pal.far, dark, 0.45f), crop, 0.15f), 0, true, job->seed + 2);
  rows(c, ground, span(&rng, 0.3f, 0.7f), blend(crop, sky.pal.light, 0.08f),
       blend(soil, sky.pal.near, 0.25f), sky.pal.low, job->seed, 5);
  x = (float)c->w * span(&rng, 0.15f, 0.55f);
  if (job_has(job, "house"))
    farmhouse(c, x, ground + 4, (float)c->w * 0.045f,
              blend(hex(0xe8c9a0), sky.pal.far, 0.25f),
              blend(hex(0xa5533a), sky.pal.near, 0.2f));
  for (i = 0; i < trees; i++)
    cypress(&m, x + (float)c->w * (0.07f + 0.045f * (float)i), ground + 5 + (float)i,
            (float)c->h * span(&rng, 0.09f, 0.16f), &rng);
  if (job_has(job, "tree"))
    broadleaf(&m, (float)c->w * span(&rng, 0.25f, 0.75f), ground + 6,
              (float)c->h * job_number(job, "tree", 0.3f), &rng);
  lay(c, &m, dark, 0.97f);
  mask_free(&m);
  last_touch(c, job, 1);
}

/* ---- balloons ---- */

static void balloon(struct canvas *c, float x, float y, float r, struct rgb a,
                    struct rgb b, struct rgb haze, float far, float flame)
{
  int i, j, x0 = (int)(x - r - 2), x1 = (int)(x + r + 2), y0 = (int)(y - r - 2),
            y1 = (int)(y + r * 1.7f);
  struct point l = { x - r * 0.14f, y + r * 1.28f },
               k = { x - r * 0.12f, y + r * 1.5f };

  for (j = y0; j <= y1; j++) {
    float v = ((float)j + 0.5f - y) / r, half;

    half = v < 0      ? sqrtf(fmaxf(0, 1 - v * v))
           : v < 1.3f ? 1 - 0.53f * v * v + 0.03f * v
                      : 0;
    for (i = x0; i <= x1 && half > 0.02f; i++) {
      float u = ((float)i + 0.5f - x) / (r * half),
            in = clampf((1 - fabsf(u)) * r * half + 0.5f, 0, 1);
      float lon = asinf(clampf(u, -1, 1)),
            stripe = sinf(lon * 5 + (v < -0.2f ? 0.6f : 0));
      struct rgb p = stripe > 0 ? a : b;

      if (in <= 0 || i < 0 || j < 0 || i >= c->w || j >= c->h)
        continue;
      p = scale(p, 0.55f + 0.55f * sqrtf(fmaxf(0, 1 - (u + 0.4f) * (u + 0.4f) * 0.5f))
                     - 0.1f * v);
      p = add(p, scale(hex(0xffa040), flame * smooth(-0.2f, 1.2f, v)));
      *at(c, i, j) = lerp(*at(c, i, j), blend(p, haze, far), in);
    }
  }
  put_line(c, l, k, 0.5f, blend(a, haze, far), 0.8f);
  l.x = x + r * 0.14f;
  k.x = x + r * 0.12f;
  put_line(c, l, k, 0.5f, blend(a, haze, far), 0.8f);
  put_rect(c, x - r * 0.15f, y + r * 1.48f, x + r * 0.15f, y + r * 1.7f,
           blend(hex(0x4a3020), haze, far), 1);
}

static void balloons(struct canvas *c, struct job *job)
{
  static const uint32_t cloth[] = { 0xd8433b, 0xf2b134, 0x2f6f8f, 0xf4e8d0, 0xe07a5f,
                                    0x3d405b, 0x81b29a, 0xf2cc8f, 0x8f3b76, 0xffffff };
  struct rng rng = rng_from(job->seed);
  struct sky sky = sky_of(job, palette_of(job, "peach"), c->w, c->h);
  int i, n = (int)job_number(job, "n", 9);

  sky_paint(c, &sky);
  for (i = 0; i < 3; i++)
    ridge(c, (float)c->h * (0.83f + 0.08f * (float)i),
          (float)c->h * (0.2f - 0.03f * (float)i),
          blend(blend(sky.pal.far, sky.pal.low, 0.5f - 0.2f * (float)i), sky.pal.near,
                0.2f * (float)i),
          0, i > 0, job->seed + (uint32_t)i);
  for (i = 0; i < n; i++) {
    float near = (float)(i + 1) / (float)n,
          r = (float)c->w * mixf(0.012f, 0.095f, near * near);
    float x = (float)c->w * span(&rng, 0.08f, 0.92f) + job->time * 3 * near;
    float y = (float)c->h * span(&rng, 0.1f, 0.68f) - job->time * 5 * near;
    int k = below(&rng, 10), q = (k + 1 + below(&rng, 8)) % 10;

    balloon(c, x, y, r, hex(cloth[k]), hex(cloth[q]), sky.pal.low, 0.55f * (1 - near),
            job_has(job, "flame") ? fmaxf(0, sinf(job->time * 3 + (float)i)) * 0.5f
                                  : 0);
  }
  last_touch(c, job, 1);
}

/* ---- blossom ---- */

static void twig(struct mask *wood, struct mask *bloom_in, struct mask *bloom_out,
                 struct point a, float angle, float length, float thick, int depth,
                 struct rng *rng)
{
  struct point b = { a.x + cosf(angle) * length, a.y + sinf(angle) * length };
  int i, n;

  stroke(wood, a, b, thick, thick * 0.72f);
  if (depth <= 2) {
    n = 2 + below(rng, 4);
    for (i = 0; i < n; i++) {
      float t = rnd(rng), r = span(rng, 3.5f, 7.5f), k;
      float x = mixf(a.x, b.x, t) + gauss(rng) * 5,
            y = mixf(a.y, b.y, t) + gauss(rng) * 5;

      for (k = 0; k < 5; k++)
        disc(bloom_out, x + r * 0.62f * cosf(k * 1.2566f + t * 6),
             y + r * 0.62f * sinf(k * 1.2566f + t * 6), r * 0.55f);
      disc(bloom_in, x, y, r * 0.27f);
    }
  }
  if (depth == 0)
    return;
  n = depth > 3 ? 2 : 2 + below(rng, 2);
  for (i = 0; i < n; i++)
    twig(wood, bloom_in, bloom_out, b, angle + span(rng, -0.75f, 0.75f),
         length * span(rng, 0.62f, 0.88f), thick * 0.68f, depth - 1, rng);
}

static void blossom(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct sky sky = sky_of(job, palette_of(job, "lilac"), c->w, c->h);
  struct mask wood = mask_new(c->w, c->h), in = mask_new(c->w, c->h),
              out = mask_new(c->w, c->h);
  struct point root = { (float)c->w * -0.03f, (float)c->h * span(&rng, 0.3f, 0.8f) };
  int i;

  sky.sun_x = (float)c->w * 0.62f;
  sky.sun_y = (float)c->h * 0.38f;
  sky.sun_size = (float)c->w * job_number(job, "moon", 0.16f);
  sky.horizon = (float)c->h;
  sky_paint(c, &sky);
  ridge(c, (float)c->h * 1.02f, (float)c->h * 0.24f,
        blend(sky.pal.far, sky.pal.low, 0.55f), 0, false, job->seed + 1);
  ridge(c, (float)c->h * 1.04f, (float)c->h * 0.13f,
        blend(sky.pal.far, sky.pal.low, 0.15f), 0, true, job->seed + 2);
  twig(&wood, &in, &out, root, span(&rng, -0.45f, -0.05f), (float)c->w * 0.19f,
       (float)c->w * 0.012f, 6, &rng);
  lay(c, &wood, blend(sky.pal.near, hex(0x3a2028), 0.5f), 1);
  lay(c, &out, blend(hex(0xffd3de), sky.pal.light, 0.25f), 0.95f);
  lay(c, &in, hex(0xd9698f), 0.85f);
  for (i = 0; i < 26; i++)
    put_disc(c, rnd(&rng) * (float)c->w + job->time * 18,
             fmodf(rnd(&rng) * (float)c->h + job->time * 46, (float)c->h),
             span(&rng, 1.5f, 3.2f), hex(0xffc9d8), 0.85f);
  mask_free(&wood);
  mask_free(&in);
  mask_free(&out);
  last_touch(c, job, 1);
}

/* ---- a viaduct with a train ---- */

static void arches(struct canvas *c, float y, float foot, float wide, struct rgb stone)
{
  float x;

  for (x = -wide * 0.5f; x < (float)c->w + wide; x += wide) {
    struct point p[14];
    float r = wide * 0.4f, spring = y + wide * 0.2f + r;
    int i;

    /* a pier and the two half arches over it, as one shape */
    p[0].x = x - (wide * 0.5f - r);
    p[0].y = foot;
    p[1].x = x - (wide * 0.5f - r);
    p[1].y = spring;
    for (i = 0; i < 5; i++) {
      float a = PI * 0.5f * (float)i / 4;

      p[2 + i].x = x - wide * 0.5f + r * cosf(a);
      p[2 + i].y = spring - r * sinf(a);
      p[11 - i].x = x + wide * 0.5f - r * cosf(a);
      p[11 - i].y = spring - r * sinf(a);
    }
    p[12].x = x + (wide * 0.5f - r);
    p[12].y = spring;
    p[13].x = x + (wide * 0.5f - r);
    p[13].y = foot;
    put_polygon(c, p, 14, stone, 1);
    put_rect(c, x - wide * 0.5f, y, x + wide * 0.5f, spring - r + 1, stone, 1);
  }
  put_rect(c, 0, y - 3, (float)c->w, y + 1, scale(stone, 0.8f), 1);
}

static void train(struct canvas *c, float x, float y, float s, struct rgb body)
{
  int i, k;

  for (i = 0; i < 5; i++) {
    float left = x - (float)i * s * 3.15f;

    put_rect(c, left - s * 3, y - s, left, y, body, 1);
    put_rect(c, left - s * 3, y - s * 0.3f, left, y - s * 0.18f, hex(0xf4e0b8), 0.6f);
    for (k = 0; k < 6; k++)
      put_rect(c, left - s * (2.85f - 0.47f * (float)k), y - s * 0.82f,
               left - s * (2.5f - 0.47f * (float)k), y - s * 0.45f, hex(0xffe1a0), 1);
  }
  glow(c, x, y - s * 0.4f, s * 1.4f, hex(0xffe9b0), 0.6f);
}

static void viaduct(struct canvas *c, struct job *job)
{
  struct sky sky = sky_of(job, palette_of(job, "autumn"), c->w, c->h);
  float y = (float)c->h * 0.6f, wide = (float)c->w * 0.16f;
  struct rgb stone = blend(blend(sky.pal.far, sky.pal.near, 0.4f), hex(0x9a7f68), 0.3f);

  sky_paint(c, &sky);
  ridge(c, (float)c->h * 0.75f, (float)c->h * 0.35f,
        blend(sky.pal.far, sky.pal.low, 0.45f), 0, false, job->seed + 1);
  ridge(c, (float)c->h * 0.85f, (float)c->h * 0.24f,
        blend(sky.pal.far, sky.pal.low, 0.1f), (float)c->h * 0.04f, true,
        job->seed + 2);
  train(c,
        (float)c->w * job_number(job, "train", 0.72f) + job->time * (float)c->w * 0.11f,
        y - 3, (float)c->w * 0.023f, blend(hex(0x8f2d2a), sky.pal.near, 0.25f));
  arches(c, y, (float)c->h * 0.95f, wide, stone);
  ridge(c, (float)c->h * 0.99f, (float)c->h * 0.17f,
        blend(sky.pal.far, sky.pal.near, 0.55f), (float)c->h * 0.1f, true,
        job->seed + 3);
  ridge(c, (float)c->h * 1.06f, (float)c->h * 0.17f,
        blend(sky.pal.far, sky.pal.near, 0.9f), (float)c->h * 0.15f, true,
        job->seed + 4);
  last_touch(c, job, 1);
}

const struct scene field_scenes[] = {
  { "field", field },     { "balloons", balloons }, { "blossom", blossom },
  { "viaduct", viaduct }, { NULL, NULL },
};
