/* Where people are: cities at dusk, lighthouses, cabins, rain on a window, fields with
 * their rows, balloons. Knows paint.h only. */
#include <stdlib.h>

#include "paint.h"

/* ---- city ---- */

struct block {
  float x, width, top, base;
  struct rgb wall;
  float lit;
  uint32_t seed;
};

static void windows(struct canvas *c, const struct block *b, float cell, float time)
{
  struct rng rng = rng_from(b->seed);
  float x, y, w = cell * 0.42f, h = cell * 0.55f;
  int kind = below(&rng, 3);

  if (kind == 1)
    w = cell * 0.75f;
  if (kind == 2)
    h = cell * 0.3f;
  for (y = b->top + cell; y < b->base; y += cell) {
    for (x = b->x + cell * 0.5f; x < b->x + b->width - cell * 0.6f; x += cell) {
      float p = rnd(&rng), q = rnd(&rng);
      struct rgb light = q < 0.55f  ? hex(0xffcf82)
                         : q < 0.8f ? hex(0xffe9c4)
                                    : hex(0xbfd8ff);

      if (p < b->lit * (1 + 0.12f * time))
        put_rect(c, x, y, x + w, y + h, light, 0.45f + 0.5f * rnd(&rng));
      else
        put_rect(c, x, y, x + w, y + h, scale(b->wall, 0.75f), 0.6f);
    }
  }
}

static void tower(struct canvas *c, const struct block *b, struct rng *rng, float cell,
                  float time)
{
  float mid = b->x + b->width * 0.5f, k = rnd(rng);
  struct point spire[3] = { { b->x + b->width * 0.2f, b->top },
                            { mid, b->top - b->width * 0.9f },
                            { b->x + b->width * 0.8f, b->top } };
  struct point mast_a = { mid, b->top - b->width * 1.4f }, mast_b = { mid, b->top };

  put_rect(c, b->x, b->top, b->x + b->width, b->base, b->wall, 1);
  if (k < 0.22f) {
    put_polygon(c, spire, 3, b->wall, 1);
    put_line(c, mast_a, mast_b, 0.8f, b->wall, 1);
  } else if (k < 0.5f) {
    put_rect(c, b->x + b->width * 0.25f, b->top - cell * 1.6f, b->x + b->width * 0.7f,
             b->top, b->wall, 1);
  } else if (k < 0.62f) {
    mast_a.y = b->top - b->width * 0.8f;
    put_line(c, mast_a, mast_b, 0.7f, b->wall, 1);
    put_disc(c, mast_a.x, mast_a.y, 1.6f, hex(0xff5a4d),
             sinf(time * 4) > -0.3f ? 1 : 0.2f);
  }
  put_rect(c, b->x, b->top, b->x + b->width * 0.12f, b->base, scale(b->wall, 1.35f),
           0.35f);
  windows(c, b, cell, time);
}

static void skyline(struct canvas *c, const struct sky *sky, float base, float t,
                    float tall, float lit, uint32_t seed, float time)
{
  struct rng rng = rng_from(seed);
  float x = -20, unit = (float)c->w / 640, cell = unit * mixf(3.4f, 8.5f, t * t);

  while (x < (float)c->w) {
    float middle = 1 - fabsf(x / (float)c->w - 0.5f) * 0.9f;
    struct block b;

    b.x = x;
    b.width = unit * span(&rng, 18, 46) * mixf(0.7f, 1.5f, t);
    b.base = base;
    b.top = base - (float)c->h * tall * middle * powf(rnd(&rng), 1.4f)
            - (float)c->h * 0.06f;
    b.wall = blend(blend(sky->pal.low, sky->pal.far, 0.55f + 0.3f * t), sky->pal.near,
                   0.1f + 0.85f * t);
    b.wall = tint(b.wall, 0, 1, span(&rng, -0.025f, 0.03f));
    b.lit = lit * span(&rng, 0.3f, 1.3f);
    b.seed = hash2((int)x, (int)(t * 10), seed);
    tower(c, &b, &rng, cell, time);
    x += b.width + unit * (rnd(&rng) < 0.35f ? span(&rng, 2, 16) : 0);
  }
}

static void bridge(struct canvas *c, float y, struct rgb colour)
{
  float w = (float)c->w, tower_h = (float)c->h * 0.17f, x[2] = { w * 0.28f, w * 0.72f };
  int i, k;

  put_rect(c, 0, y - 6, w, y - 3, colour, 1);
  for (k = 0; k < 2; k++) {
    put_rect(c, x[k] - 5, y - tower_h, x[k] - 2, y + 9, colour, 1);
    put_rect(c, x[k] + 2, y - tower_h, x[k] + 5, y + 9, colour, 1);
    put_rect(c, x[k] - 5, y - tower_h * 0.7f, x[k] + 5, y - tower_h * 0.66f, colour, 1);
  }
  for (i = -30; i < 90; i++) {
    float u = (float)i / 60, px = x[0] + (x[1] - x[0]) * u,
          dip = (u - 0.5f) * (u - 0.5f) * 4;
    float px2 = x[0] + (x[1] - x[0]) * (u + 1 / 60.0f), out = u < 0   ? -u
                                                              : u > 1 ? u - 1
                                                                      : 0;
    float py = y - 7 - (tower_h - 7) * (out > 0 ? 1 - out * 2.2f : dip * 0.97f);
    float v = u + 1 / 60.0f, dip2 = (v - 0.5f) * (v - 0.5f) * 4;
    float out2 = v < 0 ? -v : v > 1 ? v - 1 : 0;
    struct point a
      = { px, py },
      b = { px2, y - 7 - (tower_h - 7) * (out2 > 0 ? 1 - out2 * 2.2f : dip2 * 0.97f) };
    struct point deck = { px, y - 4 };

    put_line(c, a, b, 0.9f, colour, 1);
    put_line(c, a, deck, 0.4f, colour, 0.8f);
    if (i % 5 == 0)
      put_disc(c, px, y - 8, 1.1f, hex(0xffd79a), 0.9f);
  }
}

/* City: river= (0..1 of the height), lit=, tall=, bridge=. */
static void city(struct canvas *c, struct job *job)
{
  struct sky sky = sky_of(job, palette_of(job, "dusk"), c->w, c->h);
  float river = job_number(job, "river", 0.74f) * (float)c->h,
        lit = job_number(job, "lit", 0.4f);
  float tall = job_number(job, "tall", 0.42f);
  int i, layers = 3;

  sky.horizon = river;
  sky.sun_y = river * job_number(job, "suny", 0.55f);
  sky_paint(c, &sky);
  for (i = 0; i < layers; i++)
    skyline(c, &sky, river, (float)i / (float)(layers - 1),
            tall * (1 - 0.24f * (float)i), lit, job->seed * 5 + (uint32_t)i, job->time);
  if (job_has(job, "bridge"))
    bridge(c, river, scale(sky.pal.near, 0.7f));
  bloom(c, 0.5f, (float)c->w * 0.012f, 0.5f);
  mirror(c, (int)river, 0.55f, blend(sky.pal.near, sky.pal.far, 0.25f), 0.45f,
         job->seed, job->time);
  last_touch(c, job, 1);
}

/* ---- lighthouse ---- */

static void cliff(struct canvas *c, float sea, float edge, float top, bool left,
                  struct rgb colour, struct rgb lit, uint32_t seed)
{
  int x, y;

  for (x = 0; x < c->w; x++) {
    float u = (float)x / (float)c->w, d = left ? edge - u : u - edge, h;

    if (d < -0.12f)
      continue;
    h = top * smooth(-0.12f, 0.06f, d + 0.03f * fbm2(u * 20, 0, 4, seed))
        * (1 + 0.22f * fbm2(u * 6, 3, 4, seed + 1));
    for (y = (int)(sea - h); y < (int)sea + 3 && y < c->h; y++) {
      float k
        = smooth(-0.2f, 0.5f, fbm2(u * 22, (float)y / (float)c->h * 14, 5, seed + 2));
      float grass = smooth(10, 3, (float)y - (sea - h) - 6 * fbm2(u * 40, 1, 3, seed));
      struct rgb p = blend(blend(colour, lit, k * 0.4f),
                           blend(colour, hex(0x5d6b3a), 0.5f), grass);

      if (y >= 0)
        *at(c, x, y) = lerp(*at(c, x, y), p, clampf((float)y + 1 - (sea - h), 0, 1));
    }
  }
}

static void beam(struct canvas *c, struct point lamp, float angle, struct rgb colour,
                 float k)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float dx = (float)x - lamp.x, dy = (float)y - lamp.y, d = hypotf(dx, dy);
      float off = fabsf(atan2f(dy, dx) - angle), wide = 0.06f;

      off = fminf(off, 2 * PI - off);
      if (off < wide * 2)
        *at(c, x, y)
          = add(*at(c, x, y), scale(colour, k * expf(-powf(off / wide, 2) * 2)
                                              * expf(-d / (float)c->w * 2.2f)));
    }
  }
}

static void house_of_light(struct canvas *c, struct point foot, float h,
                           struct rgb shade, struct rgb white, bool striped)
{
  int i, bands = 5;
  float w0 = h * 0.115f, w1 = h * 0.07f;

  for (i = 0; i < bands; i++) {
    float a = (float)i / (float)bands, b = (float)(i + 1) / (float)bands;
    float wa = mixf(w0, w1, a), wb = mixf(w0, w1, b);
    float ya = foot.y - h * 0.8f * a, yb = foot.y - h * 0.8f * b;
    struct point p[4] = {
      { foot.x - wa, ya }, { foot.x + wa, ya }, { foot.x + wb, yb }, { foot.x - wb, yb }
    };
    struct point dark[4] = { { foot.x + wa * 0.1f, ya },
                             { foot.x + wa, ya },
                             { foot.x + wb, yb },
                             { foot.x + wb * 0.1f, yb } };
    struct rgb body = striped && i % 2 ? blend(hex(0xb8352c), shade, 0.25f) : white;

    put_polygon(c, p, 4, body, 1);
    put_polygon(c, dark, 4, shade, 0.38f);
  }
  put_rect(c, foot.x - w1 * 1.45f, foot.y - h * 0.83f, foot.x + w1 * 1.45f,
           foot.y - h * 0.8f, shade, 1);
  put_rect(c, foot.x - w1 * 0.75f, foot.y - h * 0.93f, foot.x + w1 * 0.75f,
           foot.y - h * 0.83f, hex(0xffe9b0), 1);
  put_rect(c, foot.x - w1 * 0.08f, foot.y - h * 0.93f, foot.x + w1 * 0.08f,
           foot.y - h * 0.83f, shade, 0.8f);
  {
    struct point roof[3] = { { foot.x - w1, foot.y - h * 0.93f },
                             { foot.x, foot.y - h },
                             { foot.x + w1, foot.y - h * 0.93f } };

    put_polygon(c, roof, 3, blend(hex(0x8f2d25), shade, 0.5f), 1);
  }
}

static void lighthouse(struct canvas *c, struct job *job)
{
  struct sky sky = sky_of(job, palette_of(job, "dusk"), c->w, c->h);
  bool left = job->seed % 2 == 0;
  float sea = (float)c->h * job_number(job, "sea", 0.74f), edge = left ? 0.42f : 0.58f;
  float top = (float)c->h * span(&(struct rng){ job->seed * 977u }, 0.1f, 0.2f);
  float h = (float)c->h * job_number(job, "tall", 0.3f);
  struct point foot, lamp;

  foot.x = (float)c->w * (left ? edge - 0.12f : edge + 0.12f);
  foot.y = sea - top * 0.93f;
  lamp.x = foot.x;
  lamp.y = foot.y - h * 0.88f;
  sky.horizon = sea;
  sky.sun_y = sea * job_number(job, "suny", 0.85f);
  sky_paint(c, &sky);
  cliff(c, sea, left ? 0.16f : 0.84f, top * 0.45f, left,
        blend(sky.pal.far, sky.pal.low, 0.3f), sky.pal.low, job->seed + 5);
  cliff(c, sea, edge, top, left, blend(sky.pal.near, sky.pal.far, 0.22f), sky.pal.far,
        job->seed);
  house_of_light(c, foot, h, blend(sky.pal.near, sky.pal.far, 0.25f),
                 blend(sky.pal.light, sky.pal.far, 0.25f), job_has(job, "stripes"));
  if (job_number(job, "beam", 1) > 0) {
    float turn
      = job_number(job, "angle", left ? -0.18f : PI + 0.18f) + job->time * 1.57f;

    beam(c, lamp, remainderf(turn, 2 * PI), hex(0xfff0c4), 0.75f);
    beam(c, lamp, remainderf(turn + PI, 2 * PI), hex(0xfff0c4), 0.5f);
    glow(c, lamp.x, lamp.y, h * 0.16f, hex(0xffe9b0), 0.9f);
  }
  mirror(c, (int)sea, 0.7f, blend(sky.pal.near, sky.pal.far, 0.4f), 0.5f, job->seed,
         job->time);
  last_touch(c, job, 1);
}

/* ---- a cabin in the snow ---- */

static void cabin_at(struct canvas *c, float x, float y, float s,
                     const struct palette *pal)
{
  struct rgb wood = blend(hex(0x4a2f25), pal->near, 0.45f), lit = hex(0xffc46b);
  struct rgb snow = blend(pal->low, pal->light, 0.4f);
  struct point gable[5] = { { x - s, y },
                            { x - s, y - s * 0.62f },
                            { x - s * 0.35f, y - s * 1.15f },
                            { x + s * 0.3f, y - s * 0.62f },
                            { x + s * 0.3f, y } };
  struct point roof[4] = { { x - s * 0.35f, y - s * 1.22f },
                           { x + s * 0.85f, y - s * 1.15f },
                           { x + s * 1.55f, y - s * 0.55f },
                           { x + s * 0.42f, y - s * 0.58f } };
  struct point eave[4] = { { x - s * 1.15f, y - s * 0.55f },
                           { x - s * 0.36f, y - s * 1.22f },
                           { x - s * 0.3f, y - s * 1.1f },
                           { x - s * 1.02f, y - s * 0.47f } };

  put_rect(c, x + s * 0.28f, y - s * 0.62f, x + s * 1.4f, y, scale(wood, 0.72f), 1);
  put_polygon(c, gable, 5, wood, 1);
  put_rect(c, x + s * 0.75f, y - s * 1.5f, x + s * 0.95f, y - s * 0.9f,
           scale(wood, 0.6f), 1);
  put_polygon(c, roof, 4, snow, 1);
  put_polygon(c, eave, 4, scale(snow, 0.9f), 1);
  put_rect(c, x - s * 0.72f, y - s * 0.5f, x - s * 0.42f, y - s * 0.18f, lit, 1);
  put_rect(c, x - s * 0.2f, y - s * 0.5f, x + s * 0.08f, y - s * 0.18f, lit, 1);
  put_rect(c, x + s * 0.65f, y - s * 0.45f, x + s * 1.0f, y - s * 0.2f, lit, 0.95f);
  glow(c, x - s * 0.3f, y - s * 0.25f, s * 0.8f, lit, 0.38f);
  glow(c, x + s * 0.85f, y - s * 0.2f, s * 0.6f, lit, 0.3f);
}

static void smoke(struct canvas *c, float x, float y, float s, struct rgb colour,
                  float time, uint32_t seed)
{
  struct mask m = mask_new(c->w, c->h);
  int i;

  for (i = 0; i < 40; i++) {
    float t = (float)i / 40, u = fmodf(t + time * 0.12f, 1);

    disc(&m, x + s * (0.9f * u + 0.5f * u * fbm2(u * 3 - time * 0.3f, 0.5f, 3, seed)),
         y - s * 2.6f * u, s * (0.05f + 0.26f * u));
  }
  mask_blur(&m, s * 0.22f);
  lay(c, &m, colour, 0.5f);
  mask_free(&m);
}

static void snowfall(struct canvas *c, int n, float time, uint32_t seed)
{
  struct rng rng = rng_from(seed + 33);
  int i;

  for (i = 0; i < n; i++) {
    float near = rnd(&rng), x = rnd(&rng), y = rnd(&rng), sway = rnd(&rng) * 6;
    float fall = fmodf(y + time * (0.05f + 0.13f * near), 1.06f) - 0.03f;

    put_disc(c, (x + 0.012f * sinf(time * 1.5f + sway)) * (float)c->w,
             fall * (float)c->h, (0.6f + 2.1f * near * near) * (float)c->w / 640,
             rgb(1, 1, 1), 0.35f + 0.5f * near);
  }
}

static void cabin(struct canvas *c, struct job *job)
{
  struct palette pal = palette_of(job, "blue");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  float s = (float)c->w * job_number(job, "size", 0.085f), x, y;
  struct rgb snow = blend(pal.low, pal.light, 0.25f);

  sky.sun_size = 0;
  sky.horizon = (float)c->h * 0.72f;
  sky_paint(c, &sky);
  ridge(c, (float)c->h * 0.74f, (float)c->h * 0.34f, blend(pal.far, pal.low, 0.35f), 0,
        false, job->seed + 1);
  ridge(c, (float)c->h * 0.75f, (float)c->h * 0.13f, blend(pal.far, pal.near, 0.35f),
        (float)c->h * 0.07f, true, job->seed + 2);
  ridge(c, (float)c->h * 0.8f, (float)c->h * 0.09f, blend(pal.far, pal.near, 0.75f),
        (float)c->h * 0.2f, true, job->seed + 3);
  ridge(c, (float)c->h * 0.93f, (float)c->h * 0.16f, blend(snow, pal.far, 0.45f), 0,
        true, job->seed + 4);
  x = (float)c->w * job_number(job, "x", 0.45f);
  y = (float)c->h * 0.875f;
  cabin_at(c, x, y, s, &pal);
  smoke(c, x + s * 0.85f, y - s * 1.5f, s, blend(snow, pal.middle, 0.4f), job->time,
        job->seed);
  ridge(c, (float)c->h * 1.04f, (float)c->h * 0.2f, blend(snow, pal.far, 0.2f), 0, true,
        job->seed + 5);
  snowfall(c, (int)job_number(job, "flakes", 160), job->time, job->seed);
  last_touch(c, job, 1);
}

/* ---- rain on a window, lights behind ---- */

static void lights_behind(struct canvas *c, const struct palette *pal, struct rng *rng,
                          float k)
{
  static const uint32_t lamps[]
    = { 0xffb65c, 0xffd9a0, 0xff6f5a, 0x7fd0ff, 0xffe9c4, 0xf58fc0 };
  int i;

  for (i = 0; i < 46; i++) {
    float x = rnd(rng) * (float)c->w, y = (float)c->h * (0.25f + 0.6f * rnd(rng));
    float r = (float)c->w * span(rng, 0.016f, 0.055f) * k;
    struct rgb colour = hex(lamps[below(rng, 6)]);

    put_disc(c, x, y, r, blend(colour, pal->middle, 0.15f), span(rng, 0.18f, 0.5f));
    put_disc(c, x, y, r * 0.93f, colour, 0.12f);
  }
}

static void rain(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct palette pal = palette_of(job, "night");
  struct canvas back;
  int i, drops = (int)job_number(job, "drops", 420);

  for (i = 0; i < c->w * c->h; i++)
    c->px[i] = blend(pal.top, blend(pal.middle, pal.low, 0.3f),
                     (float)(i / c->w) / (float)c->h);
  lights_behind(c, &pal, &rng, job_number(job, "blur", 1));
  blur(c, (float)c->w * 0.004f);
  back = canvas_new(c->w, c->h);
  for (i = 0; i < c->w * c->h; i++)
    back.px[i] = c->px[i];
  for (i = 0; i < drops; i++) {
    float m = rnd(&rng), r = (float)c->w * (0.002f + 0.014f * m * m * m), u, v;
    float cx = rnd(&rng) * (float)c->w, slide = m > 0.8f ? job->time * 40 * m : 0;
    float cy = fmodf(rnd(&rng) * (float)c->h + slide, (float)c->h), sag = 1 + 0.25f * m;
    int x, y;

    for (y = (int)(cy - r * sag) - 1; y <= (int)(cy + r * sag) + 1; y++) {
      for (x = (int)(cx - r) - 1; x <= (int)(cx + r) + 1; x++) {
        float d;
        struct rgb p;

        u = ((float)x + 0.5f - cx) / r;
        v = ((float)y + 0.5f - cy) / (r * sag);
        d = hypotf(u, v);
        if (d > 1 || x < 0 || y < 0 || x >= c->w || y >= c->h)
          continue;
        p = sample(&back, cx - u * r * 9 * d, cy - v * r * 9 * d); /* upside down */
        p = scale(p, 0.75f + 0.9f * smooth(-0.2f, 0.9f, v) - 0.4f * d * d);
        p = add(p, scale(rgb(1, 1, 1),
                         0.55f * smooth(0.35f, 0.1f, hypotf(u + 0.35f, v + 0.4f))));
        *at(c, x, y) = lerp(*at(c, x, y), p, clampf((1 - d) * r + 0.3f, 0, 1));
      }
    }
  }
  canvas_free(&back);
  last_touch(c, job, 1);
}

const struct scene town_scenes[] = {
  { "city", city }, { "lighthouse", lighthouse }, { "cabin", cabin }, { "rain", rain },
  { NULL, NULL },
};
