/* Palettes, skies, stars, and the small things that stand in a landscape. Colours of a
 * palette: top, middle and low sky, far and near land, light. */
#include <stdlib.h>
#include <string.h>

#include "paint.h"

static const struct {
  const char *name;
  uint32_t c[6];
} palettes[] = {
  { "rose", { 0x6f8fb8, 0xe3b5b8, 0xffdfc0, 0xb79bb6, 0x2d2a4a, 0xfff1d0 } },
  { "gold", { 0x5a7596, 0xe6b877, 0xffe3a6, 0xcb9772, 0x2a2233, 0xfff0bd } },
  { "violet", { 0x2c2a5a, 0x985c93, 0xf7a884, 0x7b5b90, 0x171430, 0xffdcaa } },
  { "blue", { 0x0f2147, 0x2f4f86, 0x93aecd, 0x56729f, 0x0a1428, 0xfdf3d6 } },
  { "noon", { 0x3d7dbd, 0x84b7e0, 0xdcecf2, 0x8fb0cc, 0x2c4a45, 0xffffff } },
  { "teal", { 0x7aa2a5, 0xb3cdc7, 0xf0f1e2, 0x9dbbb7, 0x16363a, 0xfff8e0 } },
  { "storm", { 0x39424e, 0x66707a, 0xbdbaab, 0x6f7880, 0x1b2127, 0xfff3d8 } },
  { "ember", { 0x35193a, 0xa5364f, 0xff9a58, 0x7f324b, 0x190c1c, 0xffe3a6 } },
  { "winter", { 0x8fb1d3, 0xcbdaec, 0xfbe9e1, 0xaec0d7, 0x2f4766, 0xfffaf0 } },
  { "mint", { 0x06182a, 0x0e3a4b, 0x2f7f80, 0x1d5a64, 0x030f18, 0xeafff5 } },
  { "peach", { 0x9fa7c4, 0xf2c0a4, 0xffe7cf, 0xd49a95, 0x4a2b3f, 0xfff6e2 } },
  { "moss", { 0x9fb59c, 0xd3dbb9, 0xf7f2d8, 0x94ab8c, 0x1f3325, 0xfffbe0 } },
  { "sepia", { 0xb49a7c, 0xdcc7a5, 0xf6ead0, 0xb59c80, 0x35271f, 0xfffaf0 } },
  { "night", { 0x050a1c, 0x10204a, 0x31518a, 0x1d3057, 0x03060f, 0xe8f0ff } },
  { "lilac", { 0x8d8fc2, 0xc9b5dc, 0xf6dfe6, 0xa99bc6, 0x2f2a4e, 0xfff4f4 } },
  { "coral", { 0x276678, 0xd98f7c, 0xffd2a1, 0xb97f7b, 0x17303c, 0xfff0c8 } },
  { "rust", { 0x6d9aa8, 0xd9c9a6, 0xf9e3bd, 0xc98a5c, 0x4a1f17, 0xfff6dd } },
  { "silver", { 0x8e979f, 0xc3c9cc, 0xeef0ee, 0xaeb6ba, 0x272d33, 0xffffff } },
  { "autumn", { 0x86a3b5, 0xe9d6b4, 0xfff0cf, 0xc79a63, 0x3a2118, 0xfff2cc } },
  { "dusk", { 0x1c2c54, 0x6a6a9c, 0xf0b7a0, 0x6d6a97, 0x12142a, 0xffe4c0 } },
  { "flamingo", { 0x6b5b9a, 0xe58aa5, 0xffcfae, 0xa974a3, 0x2a1838, 0xffeccb } },
  { "sage", { 0xc5d2c6, 0xe5e6d3, 0xfaf3e0, 0xa9bba9, 0x33483f, 0xfffdf2 } },
};

struct palette palette_named(const char *name)
{
  size_t i, k = 0;
  struct palette p;

  for (i = 0; i < sizeof palettes / sizeof *palettes; i++)
    if (strcmp(palettes[i].name, name) == 0)
      k = i;
  p.name = palettes[k].name;
  p.top = hex(palettes[k].c[0]);
  p.middle = hex(palettes[k].c[1]);
  p.low = hex(palettes[k].c[2]);
  p.far = hex(palettes[k].c[3]);
  p.near = hex(palettes[k].c[4]);
  p.light = hex(palettes[k].c[5]);
  return p;
}

struct palette palette_of(const struct job *job, const char *otherwise)
{
  return palette_named(job_text(job, "light", otherwise));
}

struct sky sky_of(const struct job *job, struct palette pal, int w, int h)
{
  struct rng rng = rng_from(job->seed * 31 + 5);
  struct sky s;

  memset(&s, 0, sizeof s);
  s.pal = pal;
  s.seed = job->seed;
  s.horizon = (float)h * job_number(job, "horizon", span(&rng, 0.55f, 0.68f));
  s.sun_x = (float)w * job_number(job, "sunx", span(&rng, 0.2f, 0.8f));
  s.sun_y = s.horizon * job_number(job, "suny", span(&rng, 0.55f, 0.9f));
  s.sun_size = (float)w * job_number(job, "sun", 0.035f);
  s.glow = job_number(job, "glow", 0.6f);
  s.clouds = job_number(job, "clouds", span(&rng, 0.1f, 0.6f));
  s.stars = job_number(job, "stars", 0);
  s.milky = job_number(job, "milky", 0);
  s.drift = job->time * job_number(job, "wind", 0.03f);
  return s;
}

static float cloud_at(const struct sky *s, float x, float y, float scale_x,
                      float scale_y)
{
  float u = x * scale_x + s->drift, v = y * scale_y;
  float warp = fbm2(u * 0.7f, v * 0.7f, 2, s->seed + 40);

  return fbm2(u + warp * 0.8f, v + warp * 0.5f + s->drift * 0.3f, 5, s->seed + 50);
}

/* Streaks low over the horizon, heaps further up; lit from where the sun is. */
static struct rgb with_clouds(const struct sky *s, struct rgb c, float x, float y,
                              int w)
{
  float up = clampf(1 - y / s->horizon, 0, 1), k = 1 / (float)w;
  float sx = k * mixf(1.6f, 3.2f, up), sy = k * mixf(14.0f, 5.5f, up);
  float dx = s->sun_x - x, dy = s->sun_y - y, d = hypotf(dx, dy) + 1;
  float n = cloud_at(s, x, y, sx, sy), edge = 0.34f - s->clouds * 0.62f;
  float toward, body, lit, near;
  struct rgb shade, bright;

  body = smooth(edge, edge + 0.32f, n);
  if (body <= 0)
    return c;
  toward = cloud_at(s, x + dx / d * 0.03f * (float)w, y + dy / d * 0.018f * (float)w,
                    sx, sy);
  near = expf(-d * k * 2.2f);
  lit = clampf(0.42f + (n - toward) * 2.4f + near * 0.25f, 0, 1);
  shade = blend(blend(s->pal.far, s->pal.middle, 0.55f), c, 0.35f);
  bright = blend(blend(s->pal.low, s->pal.light, 0.35f + 0.5f * near), c, 0.1f);
  return lerp(c, blend(shade, bright, lit), body * 0.85f);
}

struct rgb sky_colour(const struct sky *s, float x, float y, int w)
{
  struct rgb stops[3], c;
  float v = clampf(y / s->horizon, 0, 1);
  float d = hypotf(x - s->sun_x, (y - s->sun_y) * 1.15f) / (float)w;

  stops[0] = s->pal.top;
  stops[1] = s->pal.middle;
  stops[2] = s->pal.low;
  c = ramp(stops, 3, powf(v, 1.15f));
  if (s->glow > 0) {
    c = add(c, scale(s->pal.light,
                     s->glow * (0.42f * expf(-d * 7) + 0.16f * expf(-d * 2.2f))));
    c = lerp(c, s->pal.low, s->glow * 0.25f * expf(-d * 2.5f) * v);
  }
  return c;
}

void sky_paint(struct canvas *c, const struct sky *s)
{
  int x, y;

  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++)
      *at(c, x, y) = sky_colour(s, (float)x, (float)y, c->w);
  if (s->milky > 0)
    milky_way(c, s->horizon, s->milky, s->seed);
  if (s->stars > 0)
    star_field(c, s->horizon, s->stars, s->seed, 0);
  if (s->sun_size > 0.5f) {
    glow(c, s->sun_x, s->sun_y, s->sun_size * 2.2f, s->pal.light, 0.5f * s->glow);
    put_disc(c, s->sun_x, s->sun_y, s->sun_size, scale(s->pal.light, 1.15f), 1);
  }
  if (s->clouds > 0)
    for (y = 0; y < c->h && y < (int)s->horizon + 2; y++)
      for (x = 0; x < c->w; x++)
        *at(c, x, y) = with_clouds(s, *at(c, x, y), (float)x, (float)y, c->w);
}

void star_field(struct canvas *c, float horizon, float density, uint32_t seed,
                float turn)
{
  struct rng rng = rng_from(seed + 77);
  int i, n = (int)(density * (float)(c->w * c->w) / 330);
  float px = (float)c->w * 0.55f, py = horizon * 0.42f, reach = (float)c->w * 1.1f;

  for (i = 0; i < n; i++) {
    float r = reach * sqrtf(rnd(&rng)), a = rnd(&rng) * 2 * PI + turn;
    float x = px + r * cosf(a), y = py + r * sinf(a), m = rnd(&rng);
    float bright = 0.12f + 1.1f * m * m * m * m * m * m, warm = gauss(&rng);
    struct rgb colour = warm > 0 ? blend(hex(0xffffff), hex(0xffd9a8), warm * 0.5f)
                                 : blend(hex(0xffffff), hex(0xa8c8ff), -warm * 0.6f);
    float fade = smooth(horizon * 1.02f, horizon * 0.55f, y),
          size = 0.55f + bright * 0.55f;

    if (y > horizon || fade <= 0)
      continue;
    put_disc(c, x, y, size, scale(colour, 1.1f), clampf(bright * fade, 0, 1));
    if (m > 0.975f)
      glow(c, x, y, 2.2f + 2 * rnd(&rng), colour, 0.5f * fade);
  }
}

void milky_way(struct canvas *c, float horizon, float amount, uint32_t seed)
{
  struct rng rng = rng_from(seed + 901);
  float tilt = span(&rng, 0.5f, 1.15f) * (rnd(&rng) < 0.5f ? -1 : 1);
  float cx = (float)c->w * span(&rng, 0.4f, 0.6f), co = cosf(tilt), si = sinf(tilt);
  int x, y;

  for (y = 0; y < (int)horizon && y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float u = ((float)x - cx) / (float)c->w,
            v = ((float)y - horizon * 0.5f) / (float)c->w;
      float along = u * si + v * co, across = u * co - v * si;
      float wob = 0.12f * fbm2(along * 3, 1.5f, 3, seed + 5);
      float band = expf(-powf((across + wob) / 0.16f, 2));
      float core
        = expf(-powf((across + wob) / 0.07f, 2)) * expf(-powf(along / 0.5f, 2));
      float dust = ridged2(along * 3.4f + 3, across * 7, 5, seed + 8);
      float lane = smooth(0.42f, 0.8f, dust) * expf(-powf((across + wob) / 0.07f, 2));
      float cloud = 0.55f + 0.75f * fbm2(u * 7, v * 7, 4, seed + 2);
      float fade = smooth(horizon, horizon * 0.6f, (float)y) * amount;
      struct rgb light = add(scale(hex(0x6f8fd8), band * cloud * 0.30f),
                             scale(hex(0xffdcc0), core * cloud * 0.42f));

      light
        = add(light, scale(hex(0xc06fb8),
                           0.1f * band
                             * smooth(0.1f, 0.5f, fbm2(u * 5, v * 5, 3, seed + 30))));
      *at(c, x, y) = add(*at(c, x, y), scale(light, fade * (1 - 0.85f * lane)));
    }
  }
}

void fir(struct mask *m, float x, float y, float height, struct rng *rng)
{
  int i, tiers = 7 + (int)fminf(height / 14, 16);
  float spread = height * span(rng, 0.15f, 0.21f),
        lean = span(rng, -0.02f, 0.02f) * height;
  struct point foot = { x, y + height * 0.02f }, top = { x + lean, y - height };

  stroke(m, foot, top, fmaxf(height * 0.013f, 0.5f), 0.3f);
  for (i = 0; i < tiers; i++) {
    float t = ((float)i + 0.4f) / (float)tiers, side;
    float cx = x + lean * (1 - t), cy = y - height * (1 - t) * 0.97f - height * 0.03f;
    float half = spread * powf(t, 0.85f), drop = height / (float)tiers;

    for (side = -1; side <= 1; side += 2) {
      float reach = half * span(rng, 0.72f, 1.12f);
      struct point p[4];

      p[0].x = cx;
      p[0].y = cy - drop * 1.1f;
      p[1].x = cx + side * reach;
      p[1].y = cy + drop * span(rng, 0.45f, 0.95f);
      p[2].x = cx + side * reach * 0.45f;
      p[2].y = cy + drop * span(rng, 0.15f, 0.5f);
      p[3].x = cx - side * reach * 0.1f;
      p[3].y = cy + drop * 0.6f;
      fill(m, p, 4, 1);
    }
  }
}

void broadleaf(struct mask *m, float x, float y, float height, struct rng *rng)
{
  struct point foot = { x, y },
               fork = { x + span(rng, -0.03f, 0.03f) * height, y - height * 0.36f };
  int i, k, clusters = 9;

  stroke(m, foot, fork, height * 0.024f + 0.5f, height * 0.015f + 0.4f);
  for (i = 0; i < clusters; i++) {
    float a = PI * ((float)i + span(rng, 0.1f, 0.9f)) / (float)clusters;
    float reach = span(rng, 0.55f, 1) * height;
    struct point c
      = { x - cosf(a) * reach * 0.36f, y - height * 0.46f - sinf(a) * reach * 0.42f };

    stroke(m, fork, c, height * 0.011f + 0.3f, height * 0.004f + 0.3f);
    for (k = 0; k < 170; k++) {
      float bx = c.x + gauss(rng) * height * 0.085f,
            by = c.y + gauss(rng) * height * 0.052f;

      disc(m, bx, by, height * span(rng, 0.004f, 0.017f));
    }
  }
}

void bird(struct mask *m, float x, float y, float size, float flap)
{
  struct point body = { x, y }, l1 = { x - size * 0.5f, y - size * flap },
               l2 = { x - size, y - size * flap * 0.35f },
               r1 = { x + size * 0.5f, y - size * flap },
               r2 = { x + size, y - size * flap * 0.35f };
  float thick = fmaxf(size * 0.09f, 0.45f);

  stroke(m, body, l1, thick, thick * 0.8f);
  stroke(m, l1, l2, thick * 0.8f, 0.25f);
  stroke(m, body, r1, thick, thick * 0.8f);
  stroke(m, r1, r2, thick * 0.8f, 0.25f);
}

void mirror(struct canvas *c, int y, float ripple, struct rgb tone, float amount,
            uint32_t seed, float time)
{
  int i, j;

  for (j = y; j < c->h; j++) {
    float depth = (float)(j - y) / (float)(c->h - y + 1), z = 1 / (depth + 0.04f);

    for (i = 0; i < c->w; i++) {
      float u = ((float)i / (float)c->w - 0.5f) * z;
      float n = fbm2(u * 2.2f + time * 0.15f, z * 7 + time * 0.6f, 3, seed + 60);
      float fine = noise2(u * 9, z * 22 - time, seed + 61);
      float dy = ripple * (n * 26 + fine * 5) * (0.25f + depth) * (float)c->h / 640;
      float dx = ripple * n * 3;
      struct rgb p = sample(c, (float)i + dx,
                            fminf(2 * (float)y - (float)j - 1 + dy, (float)y - 1));

      *at(c, i, j)
        = lerp(p, tone,
               clampf(amount * (0.35f + 0.65f * depth) + n * ripple * 0.2f, 0, 1));
    }
  }
}
