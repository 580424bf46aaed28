/* Nights: aurora, turning stars, the moon. */
#include <stdlib.h>

#include "paint.h"

/* Curtains of light: thin along their foot, fading upwards in rays. */
static void aurora_light(struct canvas *c, float horizon, const struct job *job)
{
  struct rgb low = hex(0x39ff9d), high = hex(0x8a4dff), red = hex(0xff5f9e);
  int x, y, k, sheets = (int)job_number(job, "sheets", 3);
  float t = job->time;

  if (job_has(job, "violet")) {
    low = hex(0x4dffd0);
    high = hex(0xff4dc4);
  }
  for (k = 0; k < sheets; k++) {
    uint32_t seed = job->seed * 13 + (uint32_t)k * 31;
    float foot = horizon * mixf(0.92f, 0.55f, (float)k / (float)sheets);

    for (x = 0; x < c->w; x++) {
      float u = (float)x / (float)c->w;
      float wave = fbm2(u * 1.7f + t * 0.05f, (float)k + t * 0.08f, 4, seed) * 0.75f;
      float base = foot + wave * horizon * 0.62f;
      float ray = 0.55f + 0.8f * fbm2(u * 22 + wave * 9, t * 0.5f, 4, seed + 3);
      float reach
        = horizon
          * (0.25f + 0.33f * (0.5f + fbm2(u * 5 + t * 0.1f, 2.5f, 3, seed + 5)));
      float power
        = clampf(0.6f + 1.1f * fbm2(u * 2.6f - t * 0.1f, 8.1f, 3, seed + 9), 0, 1.3f);

      for (y = 0; y < (int)(base + horizon * 0.05f) && y < c->h; y++) {
        float up = (base - (float)y) / reach, body;
        struct rgb colour;

        body = up < 0 ? expf(up * 22) : expf(-up * 2.1f);
        colour = blend(low, high, smooth(0.25f, 1.3f, up));
        colour = lerp(colour, red, smooth(-0.02f, -0.16f, up) * 0.5f);
        *at(c, x, y) = add(*at(c, x, y), scale(colour, clampf(ray, 0.1f, 1.4f) * body
                                                         * power * 0.45f));
      }
    }
  }
}

static void tent(struct canvas *c, float x, float y, float size)
{
  struct rgb lit = hex(0xffb65c), dark = hex(0x2a1405);
  struct point side[4] = { { x - size, y },
                           { x - size * 0.1f, y - size * 0.85f },
                           { x + size * 0.35f, y - size * 0.8f },
                           { x + size * 1.05f, y } };
  struct point door[3] = { { x - size * 0.45f, y },
                           { x - size * 0.1f, y - size * 0.85f },
                           { x + size * 0.2f, y } };

  glow(c, x, y - size * 0.3f, size * 1.6f, lit, 0.35f);
  put_polygon(c, side, 4, lit, 1);
  put_polygon(c, door, 3, blend(lit, rgb(1, 1, 0.85f), 0.6f), 1);
  put_line(c, side[1], door[2], size * 0.02f + 0.3f, dark, 0.7f);
  put_line(c, side[1], side[0], size * 0.02f + 0.3f, dark, 0.5f);
  put_line(c, side[1], side[2], size * 0.02f + 0.3f, dark, 0.5f);
  put_line(c, side[2], side[3], size * 0.02f + 0.3f, dark, 0.5f);
}

static void camp(struct canvas *c, const struct job *job, float ground)
{
  if (job_has(job, "tent"))
    tent(c, (float)c->w * job_number(job, "tent", 0.5f), ground, (float)c->w * 0.045f);
}

static void aurora(struct canvas *c, struct job *job)
{
  struct palette pal = palette_of(job, "mint");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  float lake = job_number(job, "lake", 0) * (float)c->h,
        foot = lake > 0 ? lake : (float)c->h;

  sky.sun_size = sky.clouds = sky.glow = 0;
  sky.stars = 0.8f;
  sky.horizon = foot * 0.86f;
  sky_paint(c, &sky);
  aurora_light(c, sky.horizon, job);
  ridge(c, foot * 0.97f, (float)c->h * 0.22f, blend(pal.near, pal.low, 0.35f), 0, false,
        job->seed + 1);
  ridge(c, foot * 1.0f, (float)c->h * (lake > 0 ? 0.07f : 0.13f),
        blend(pal.near, pal.low, 0.1f), (float)c->h * (lake > 0 ? 0.035f : 0.09f), true,
        job->seed + 2);
  if (lake > 0) {
    mirror(c, (int)lake, 0.3f, pal.near, 0.35f, job->seed, job->time);
    camp(c, job, lake + 2);
  } else {
    camp(c, job, (float)c->h * 0.955f);
  }
  last_touch(c, job, 1);
}

/* Arcs around the pole, as a long exposure shows them; a film only turns the sky. */
static void trails(struct canvas *c, struct job *job)
{
  struct palette pal = palette_of(job, "night");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  struct rng rng = rng_from(job->seed + 3);
  float px = (float)c->w * job_number(job, "polex", 0.5f), py = (float)c->h * 0.38f;
  float turn = job_number(job, "arc", 0.55f);
  int i, k, n = (int)job_number(job, "n", 430);

  sky.sun_size = sky.clouds = sky.glow = 0;
  sky.horizon = (float)c->h * 0.85f;
  sky_paint(c, &sky);
  for (i = 0; i < n; i++) {
    float r = (float)c->w * 1.0f * sqrtf(rnd(&rng)),
          a = rnd(&rng) * 2 * PI + job->time * 0.12f;
    float m = rnd(&rng), warm = rnd(&rng), bright = 0.15f + 0.85f * m * m * m;
    struct rgb colour = warm < 0.3f   ? hex(0xffcf9a)
                        : warm < 0.6f ? hex(0xa9c6ff)
                                      : hex(0xffffff);
    int steps = (int)(r * turn / 5) + 2;

    for (k = 0; k < steps; k++) {
      float a0 = a + turn * (float)k / (float)steps,
            a1 = a + turn * (float)(k + 1) / (float)steps;
      struct point p = { px + r * cosf(a0), py + r * sinf(a0) };
      struct point q = { px + r * cosf(a1), py + r * sinf(a1) };
      float fade = smooth((float)c->h * 0.98f, (float)c->h * 0.5f, p.y);

      put_line(c, p, q, 0.55f + 0.4f * m, colour,
               bright * fade * (0.4f + 0.6f * (float)k / (float)steps));
    }
  }
  ridge(c, (float)c->h * 0.97f, (float)c->h * 0.2f, blend(pal.near, pal.far, 0.4f), 0,
        false, job->seed + 1);
  ridge(c, (float)c->h * 1.02f, (float)c->h * 0.12f, pal.near, (float)c->h * 0.15f,
        true, job->seed + 2);
  camp(c, job, (float)c->h * 0.955f);
  last_touch(c, job, 1);
}

/* The Milky Way over a ridge. */
static void galaxy(struct canvas *c, struct job *job)
{
  struct palette pal = palette_of(job, "night");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  float lake = job_number(job, "lake", 0) * (float)c->h,
        foot = lake > 0 ? lake : (float)c->h;

  sky.sun_size = sky.clouds = 0;
  sky.glow = 0.15f;
  sky.horizon = foot * 0.93f;
  sky.sun_y = sky.horizon;
  sky.milky = 1.25f;
  sky.stars = 1.6f;
  sky_paint(c, &sky);
  ridge(c, foot * 0.95f, (float)c->h * 0.17f, blend(pal.near, pal.low, 0.25f), 0, false,
        job->seed + 1);
  ridge(c, foot * 1.01f, (float)c->h * (lake > 0 ? 0.05f : 0.12f), pal.near,
        (float)c->h * (lake > 0 ? 0.03f : 0.13f), true, job->seed + 2);
  if (lake > 0)
    mirror(c, (int)lake, 0.25f, pal.near, 0.4f, job->seed, job->time);
  camp(c, job, lake > 0 ? lake + 2 : (float)c->h * 0.955f);
  last_touch(c, job, 1);
}

static float crater_height(float x, float y, float z, uint32_t seed)
{
  float h = 0.5f * fbm3(x * 3, y * 3, z * 3, 5, seed), size = 1.6f;
  int i;

  for (i = 0; i < 5; i++) {
    float f1, f2, r, deep;
    uint32_t id;

    cells2(x * size * 2 + z * 0.7f + 9, y * size * 2 + (float)i * 7, seed + (uint32_t)i,
           &f1, &f2, &id);
    r = 0.18f + 0.22f * (float)(id & 255) / 255;
    deep = f1 < r ? f1 / r * (f1 / r) - 1 : expf(-(f1 - r) * 14) * 0.45f;
    h += deep * 0.22f / size * ((id >> 8 & 3) ? 1.0f : 0);
    size *= 1.75f;
  }
  return h;
}

static struct rgb moon_at(float x, float y, uint32_t seed, struct vec sun)
{
  float z = sqrtf(fmaxf(0, 1 - x * x - y * y)), e = 0.006f, h, dx, dy, maria, light;
  struct vec n;

  h = crater_height(x, y, z, seed);
  dx = (crater_height(x + e, y, z, seed) - h) / e;
  dy = (crater_height(x, y + e, z, seed) - h) / e;
  n = vnorm(vec(x - dx * 0.1f, y - dy * 0.1f, z));
  maria = smooth(-0.12f, 0.2f, fbm3(x * 1.4f + 3, y * 1.4f, z * 1.4f, 4, seed + 60));
  light = clampf(vdot(n, sun) * 1.15f, 0, 1);
  return scale(blend(hex(0x8f8b86), hex(0xe6e0d4), maria + 0.35f * h),
               powf(light, 0.8f));
}

static void moon(struct canvas *c, struct job *job)
{
  struct palette pal = palette_of(job, "night");
  struct sky sky = sky_of(job, pal, c->w, c->h);
  float phase = job_number(job, "phase", 0.9f),
        r = (float)c->w * job_number(job, "size", 0.33f);
  float cx = (float)c->w * job_number(job, "x", 0.5f),
        cy = (float)c->h * job_number(job, "y", 0.46f);
  struct vec sun = vnorm(vec(sinf(phase), -0.25f, cosf(phase)));
  int x, y;

  sky.sun_size = sky.clouds = sky.glow = 0;
  sky.stars = 0.35f;
  sky.horizon = (float)c->h * 1.5f;
  sky_paint(c, &sky);
  glow(c, cx, cy, r * 1.1f, hex(0x8fb0ff), 0.2f);
  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float u = ((float)x + 0.5f - cx) / r, v = ((float)y + 0.5f - cy) / r,
            d = hypotf(u, v);
      float in = clampf((1 - d) * r + 0.5f, 0, 1);

      if (in > 0)
        *at(c, x, y)
          = add(scale(*at(c, x, y), 1 - 0.35f * in),
                scale(moon_at(u / fmaxf(d, 1), v / fmaxf(d, 1), job->seed, sun), in));
    }
  }
  if (job_has(job, "ridge"))
    ridge(c, (float)c->h * 1.0f, (float)c->h * 0.16f, scale(pal.near, 0.8f),
          (float)c->h * 0.12f, true, job->seed + 4);
  last_touch(c, job, 1);
}

const struct scene night_scenes[] = {
  { "aurora", aurora }, { "trails", trails }, { "galaxy", galaxy },
  { "moon", moon },     { NULL, NULL },
};
