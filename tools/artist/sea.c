/* The sea seen from the shore, and the shore seen from above. Waves are a heap of
 * sharpened sines; rays meet them, reflect the sky, carry the sun. */
#include <stdlib.h>

#include "paint.h"

enum { WAVES = 26 };

struct sea {
  struct {
    float kx, kz, speed, size, phase;
  } wave[WAVES];
  struct sky sky;
  float eye, zoom, swell, time;
  struct rgb deep, shallow;
};

static void raise_sea(struct sea *s, const struct job *job, struct canvas *c)
{
  struct rng rng = rng_from(job->seed * 3 + 2);
  float wind = span(&rng, -0.7f, 0.7f);
  int i;

  s->swell = job_number(job, "swell", 0.5f);
  s->eye = job_number(job, "eye", 3.2f);
  s->zoom = job_number(job, "zoom", 1.3f);
  s->time = job->time;
  for (i = 0; i < WAVES; i++) {
    float k = 0.11f * powf(1.27f, (float)i),
          a = wind + gauss(&rng) * (0.35f + 0.02f * (float)i);

    s->wave[i].kx = k * sinf(a);
    s->wave[i].kz = k * cosf(a);
    s->wave[i].speed = sqrtf(9.8f * k) * 0.55f;
    s->wave[i].size = 0.42f * s->swell / powf(k / 0.11f, 1.12f);
    s->wave[i].phase = rnd(&rng) * 2 * PI;
  }
  s->sky = sky_of(job, palette_of(job, "gold"), c->w, c->h);
  s->deep = blend(s->sky.pal.near, s->sky.pal.far, 0.18f);
  s->shallow = blend(s->sky.pal.far, hex(0x2f8f8f), 0.45f);
}

/* Height and slopes; waves shorter than `pixel` are left out and come back as
 * roughness. */
static float wave_at(const struct sea *s, float x, float z, float pixel, float *dx,
                     float *dz)
{
  float sum = 0;
  int i;

  *dx = *dz = 0;
  for (i = 0; i < WAVES; i++) {
    float k = hypotf(s->wave[i].kx, s->wave[i].kz);
    float fade = clampf(2.2f - k * pixel * 1.6f, 0, 1), p, e;

    if (fade <= 0)
      break;
    p = s->wave[i].kx * x + s->wave[i].kz * z + s->wave[i].phase
        + s->wave[i].speed * s->time;
    e = expf(1.3f * (sinf(p) - 1)) * s->wave[i].size * fade; /* sharp crests */
    sum += e;
    e *= 1.3f * cosf(p);
    *dx += e * s->wave[i].kx;
    *dz += e * s->wave[i].kz;
  }
  return sum;
}

/* The sky in a direction, by the same projection as the picture. */
static struct rgb sky_in(const struct sea *s, const struct canvas *back, struct vec d)
{
  float f = (float)back->w * 0.5f * s->zoom, z = fmaxf(d.z, 0.05f);
  float x = (float)back->w * 0.5f + d.x / z * f, y = s->sky.horizon - d.y / z * f;

  return sample(back, clampf(x, 0, (float)back->w - 1),
                clampf(y, 0, s->sky.horizon - 1));
}

static struct rgb sea_pixel(const struct sea *s, const struct canvas *back, float x,
                            float y)
{
  float f = (float)back->w * 0.5f * s->zoom;
  struct vec d
    = vnorm(vec((x - (float)back->w * 0.5f) / f, (s->sky.horizon - y) / f, 1));
  float t = s->eye / -d.y, dx, dz, h = 0, pixel, facing, fresnel, foam, path;
  struct vec n, r, sun;
  struct rgb c, sky;
  int i;

  for (i = 0; i < 3 && t < 400; i++) {
    h = wave_at(s, d.x * t, d.z * t, t / f, &dx, &dz);
    t = (s->eye - h) / -d.y;
  }
  pixel = t / f * (1 + 0.35f * t / s->eye);
  h = wave_at(s, d.x * t, d.z * t, pixel, &dx, &dz);
  n = vnorm(vec(-dx, 1, -dz));
  facing = clampf(-vdot(n, d), 0, 1);
  fresnel = 0.03f + 0.97f * powf(1 - facing, 4.2f);
  r = vsub(d, vmul(n, 2 * vdot(n, d)));
  r.y = fabsf(r.y) + 0.02f;
  sky = sky_in(s, back, r);
  c = blend(s->deep, s->shallow, clampf(h / (s->swell + 0.05f) * 0.55f, 0, 1));
  c = lerp(c, sky, clampf(fresnel, 0, 0.93f));
  sun = vnorm(vec((s->sky.sun_x - (float)back->w * 0.5f) / f,
                  (s->sky.horizon - s->sky.sun_y) / f, 1));
  path = fmaxf(0, vdot(vnorm(r), sun));
  c = add(c, scale(s->sky.pal.light,
                   s->sky.glow * (1.5f * powf(path, 700) + 0.30f * powf(path, 60))));
  foam = smooth(0.62f, 0.95f,
                h / (s->swell * 1.15f)
                  + 0.25f * fbm2(d.x * t * 1.7f, d.z * t * 1.7f, 4, 5))
         * smooth(0.5f, 1.0f, s->swell);
  c = lerp(c, blend(s->sky.pal.low, rgb(1, 1, 1), 0.5f),
           foam * 0.7f * expf(-t * 0.02f));
  return lerp(c, *at((struct canvas *)(uintptr_t)back, (int)x, (int)s->sky.horizon - 2),
              smooth(60, 900, t) * 0.85f);
}

static void headland(struct canvas *c, float horizon, struct rgb colour, float reach,
                     float tall, bool left, uint32_t seed)
{
  int x, y;

  for (x = 0; x < c->w; x++) {
    float u = (float)x / (float)c->w, in = left ? u / reach : (1 - u) / reach, top;

    if (in > 1)
      continue;
    top = horizon
          - tall * (float)c->w * powf(1 - in, 0.7f)
              * clampf(0.65f + 0.9f * fbm2(u * 5, 0.5f, 5, seed), 0.05f, 2);
    for (y = (int)clampf(top, 0, horizon); y <= (int)horizon + 1 && y < c->h; y++)
      *at(c, x, y) = lerp(*at(c, x, y), colour, clampf((float)y + 1 - top, 0, 1));
  }
}

static void sail(struct canvas *c, float x, float y, float size, struct rgb cloth,
                 struct rgb hull)
{
  struct point main_sail[3] = { { x, y - size },
                                { x + size * 0.42f, y - size * 0.12f },
                                { x, y - size * 0.12f } };
  struct point jib[3] = { { x - size * 0.03f, y - size * 0.85f },
                          { x - size * 0.33f, y - size * 0.1f },
                          { x - size * 0.03f, y - size * 0.12f } };
  struct point deck[4] = { { x - size * 0.34f, y - size * 0.07f },
                           { x + size * 0.42f, y - size * 0.07f },
                           { x + size * 0.3f, y + size * 0.05f },
                           { x - size * 0.24f, y + size * 0.05f } };

  put_polygon(c, main_sail, 3, cloth, 1);
  put_polygon(c, jib, 3, scale(cloth, 0.86f), 1);
  put_polygon(c, deck, 4, hull, 1);
}

static void sea(struct canvas *c, struct job *job)
{
  struct sea s;
  struct canvas back = canvas_new(c->w, c->h);
  struct rng rng = rng_from(job->seed + 8);
  int x, y, lands = (int)job_number(job, "lands", 0),
            boats = (int)job_number(job, "boats", 0), i;

  raise_sea(&s, job, c);
  sky_paint(&back, &s.sky);
  for (i = 0; i < lands; i++)
    headland(&back, s.sky.horizon,
             blend(blend(s.sky.pal.far, s.sky.pal.low, 0.45f), s.sky.pal.near,
                   (float)i / (float)lands),
             span(&rng, 0.35f, 0.75f) - 0.1f * (float)i, span(&rng, 0.05f, 0.16f),
             (i + (int)job->seed) % 2, job->seed + 30 + (uint32_t)i);
  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++)
      *at(c, x, y) = (float)y < s.sky.horizon + 0.5f
                       ? *at(&back, x, y)
                       : sea_pixel(&s, &back, (float)x + 0.5f, (float)y + 0.5f);
  for (i = 0; i < boats; i++) {
    float near = span(&rng, 0.1f, 1),
          size = (float)c->w * mixf(0.03f, 0.13f, near * near);

    sail(c, (float)c->w * span(&rng, 0.15f, 0.85f) + job->time * 2,
         s.sky.horizon + near * near * (float)c->h * 0.07f
           + sinf(job->time * 2) * size * 0.015f,
         size, blend(s.sky.pal.light, s.sky.pal.low, 0.35f),
         blend(s.sky.pal.near, s.sky.pal.far, 0.1f));
  }
  canvas_free(&back);
  last_touch(c, job, 1.2f);
}

/* ---- from above ---- */

static struct rgb shore_pixel(float u, float v, const struct job *job, uint32_t seed)
{
  float tilt = job_number(job, "tilt", 0.5f), breath = sinf(job->time * 2.1f) * 0.02f;
  float bend = 0.16f * fbm2(u * 1.4f, v * 1.4f, 4, seed);
  float d = (u - 0.5f) * cosf(tilt) + (v - 0.5f) * sinf(tilt) + bend
            + job_number(job, "tide", 0);
  float lace = fbm2(u * 9, v * 9, 5, seed + 4) * 0.035f, wash, k, f1, f2, net;
  uint32_t id;
  struct rgb dry
    = blend(hex(0xe9d3ac), hex(0xd9b98b), 0.5f + fbm2(u * 12, v * 12, 5, seed + 1));
  struct rgb wet = hex(0xb08d63), clear = hex(0x7fd0c2), deep = hex(0x0d5a80), c;

  if (job_has(job, "black")) {
    dry = blend(hex(0x3a3838), hex(0x25262a), 0.5f + fbm2(u * 12, v * 12, 5, seed + 1));
    wet = hex(0x17181c);
    clear = hex(0x5f8f96);
    deep = hex(0x123544);
  }
  dry = scale(dry, 1 + 0.05f * noise2(u * 240, v * 240, seed));
  c = blend(dry, wet, smooth(-0.075f, -0.035f, d + lace));
  k = d + lace * 0.5f + breath;
  if (k > -0.02f)
    c = lerp(c,
             blend(clear, deep,
                   smooth(0, 0.6f, k + 0.2f * fbm2(u * 3, v * 3, 4, seed + 2))),
             smooth(-0.02f, 0.06f, k) * 0.95f);
  cells2(u * 16 + job->time * 0.1f, v * 16, seed + 3, &f1, &f2, &id);
  net = smooth(0.09f, 0.0f, f2 - f1) * smooth(0.45f, 0.02f, k) * smooth(0, 0.05f, k);
  c = lerp(c, rgb(0.95f, 1, 0.98f), net * 0.2f);
  for (wash = 0; wash < 4; wash++) {
    float at_line
      = -0.018f + wash * 0.085f + 0.02f * fbm2(u * 4 + wash, v * 4, 3, seed + 7);
    float line = d + lace * (1 + wash * 0.25f) + breath * (1 - wash * 0.2f) - at_line;
    float crisp = expf(-powf(line / 0.006f, 2)),
          torn = fbm2(u * 26, v * 26, 4, seed + 8 + (uint32_t)wash);
    float trail = smooth(0.07f, 0, line) * smooth(-0.002f, 0.004f, line);

    c = lerp(c, rgb(0.97f, 0.98f, 0.96f),
             clampf(crisp * 0.95f + trail * smooth(-0.05f, 0.35f, torn) * 0.85f, 0, 1)
               * (1 - 0.17f * wash));
  }
  return c;
}

static void shore(struct canvas *c, struct job *job)
{
  int x, y;

  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++)
      *at(c, x, y) = shore_pixel((float)x / (float)c->w,
                                 (float)y / (float)c->w
                                   - 0.5f * (float)(c->h - c->w) / (float)c->w,
                                 job, job->seed);
  last_touch(c, job, 0.4f);
}

const struct scene sea_scenes[]
  = { { "sea", sea }, { "shore", shore }, { NULL, NULL } };
