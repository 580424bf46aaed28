/* What a pot's skin looks like: clays, slips, glazes, brushwork; and the skins of
 * fruit. Knows kiln.h only. */
#include "kiln.h"

struct skin {
  float around, up, x, y, z;
}; /* turns 0..1, height 0..1, place */

static struct rgb speckle(struct rgb c, const struct skin *s, uint32_t seed, float k)
{
  float f1, f2, size;
  uint32_t id;

  cells2(s->around * 46, s->up * 26, seed + 71, &f1, &f2, &id);
  size = 0.05f + 0.17f * (float)(id & 255) / 255;
  if ((id >> 8 & 3) == 0)
    c = lerp(c, scale(c, 0.32f), smooth(size, size * 0.5f, f1) * k);
  return scale(c, 1 + 0.07f * fbm3(s->x * 6, s->y * 6, s->z * 6, 4, seed));
}

static struct rgb clay_body(const struct pot *p, const struct skin *s)
{
  float rings = sinf(s->up * 95 + 1.5f * noise2(s->around * 3, s->up * 12, p->seed));
  struct rgb c = scale(p->clay, 1 + 0.05f * rings);

  return speckle(c, s, p->seed + 3, 0.6f);
}

static struct rgb dipped(const struct pot *p, const struct skin *s, float *gloss)
{
  float a = s->around * 2 * PI,
        wave = 0.05f * sinf(a + (float)(p->seed % 7))
               + 0.05f * fbm2(cosf(a) * 1.5f + 3, sinf(a) * 1.5f, 3, p->seed);
  float line = 0.36f + 0.16f * hash1(1, 2, p->seed) + wave, d = s->up - line;
  struct rgb c = speckle(p->one, s, p->seed, 0.7f);

  if (d < 0) {
    *gloss = 0.04f;
    return clay_body(p, s);
  }
  return lerp(c, scale(c, 0.72f), smooth(0.035f, 0, d) * 0.8f);
}

static struct rgb bands(const struct pot *p, const struct skin *s)
{
  float n = 5 + (float)(p->seed % 5),
        k = s->up * n + 0.06f * fbm2(s->around * 8, s->up * 5, 3, p->seed);
  float f = k - floorf(k), wide = 0.2f + 0.5f * hash1((int)floorf(k), 5, p->seed);
  float brush = 0.78f + 0.4f * noise2(s->around * 2, s->up * 70, p->seed + 4);
  float on = smooth(0.0f, 0.05f, f) * smooth(wide + 0.03f, wide, f);
  struct rgb c = speckle(p->one, s, p->seed, 0.5f);

  return blend(c, p->two, on * clampf(brush, 0.45f, 1));
}

static struct rgb drip(const struct pot *p, const struct skin *s)
{
  float a = s->around * 2 * PI;
  float runs = fbm2(cosf(a) * 4.5f + 7, sinf(a) * 4.5f + s->up * 0.5f, 4, p->seed);
  float top = smooth(0.35f, 0.85f, s->up + runs * 0.55f);
  float streak = fbm2(cosf(a) * 9, sinf(a) * 9 + s->up * 1.4f, 4, p->seed + 5);
  struct rgb c = blend(p->two, p->one, top), break_at = blend(p->clay, p->one, 0.3f);

  c = blend(c, scale(p->two, 0.55f), smooth(0.08f, 0.4f, streak) * 0.5f);
  c = blend(c, break_at, smooth(0.93f, 1.0f, s->up) * 0.75f);
  return speckle(c, s, p->seed + 8, 0.35f);
}

/* Petals on a lattice, in blue as it runs from a full brush. */
static struct rgb cobalt(const struct pot *p, const struct skin *s)
{
  float cols = 9, rows = 4.2f, u = s->around * cols, v = s->up * rows, ink = 0, f;
  int row = (int)floorf(v), i;

  if (row & 1)
    u += 0.5f;
  u -= floorf(u) + 0.5f;
  v -= floorf(v) + 0.5f;
  for (i = 0; i < 6; i++) {
    float a = (float)i * PI / 3 + 0.4f * (float)(row & 1),
          pu = u * cosf(a) + v * sinf(a);
    float pv = v * cosf(a) - u * sinf(a);

    f = hypotf((pu - 0.2f) / 0.19f, pv / (0.075f + 0.03f * pu));
    ink = fmaxf(ink, smooth(1.05f, 0.85f, f) * (0.55f + 0.45f * smooth(0.2f, 1, f)));
  }
  ink = fmaxf(ink, smooth(0.075f, 0.05f, hypotf(u, v)));
  ink *= smooth(0.87f, 0.84f, s->up);
  f = fminf(fabsf(s->up - 0.93f), fabsf(s->up - 0.88f));
  ink = fmaxf(ink, smooth(0.011f, 0.006f, f));
  ink = fmaxf(ink, smooth(0.012f, 0.006f, fabsf(s->up - 0.06f)));
  ink *= 0.75f + 0.5f * fbm3(s->x * 9, s->y * 9, s->z * 9, 3, p->seed);
  return blend(speckle(p->one, s, p->seed, 0.25f), p->two, clampf(ink, 0, 1));
}

static struct rgb sgraffito(const struct pot *p, const struct skin *s)
{
  float u = s->around * 18, v = s->up * 6, tri, on, line;
  int row = (int)floorf(v), kind = (int)((uint32_t)row + p->seed) % 4;

  u -= floorf(u);
  v -= floorf(v);
  tri = fabsf(u - 0.5f) * 2;
  on = kind == 0 ? smooth(0.03f, -0.03f, tri - v)
       : kind == 1
         ? smooth(0.1f, 0.16f, fabsf(fmodf(s->around * 54 + v * 1.5f, 1) - 0.5f))
       : kind == 2 ? smooth(0.34f, 0.3f, hypotf(u - 0.5f, v - 0.5f))
                   : smooth(0.2f, 0.25f, fabsf(fmodf(v * 3, 1) - 0.5f));
  line = fminf(v, 1 - v);
  on = line < 0.05f ? 1 : on;
  if (s->up < 0.08f)
    on = 1;
  return blend(p->clay, p->two,
               on * (0.9f + 0.15f * noise2(s->around * 40, s->up * 40, p->seed)));
}

static struct rgb celadon(const struct pot *p, const struct skin *s)
{
  float f1, f2, crack;
  uint32_t id;
  struct rgb c
    = scale(p->one, 1 + 0.1f * fbm3(s->x * 4, s->y * 4, s->z * 4, 3, p->seed));

  cells2(s->around * 22 + 0.4f * noise2(s->up * 9, s->around * 9, p->seed), s->up * 12,
         p->seed, &f1, &f2, &id);
  crack = smooth(0.05f, 0.0f, f2 - f1);
  return blend(c, scale(p->one, 0.45f), crack * 0.4f);
}

static struct rgb nerikomi(const struct pot *p, const struct skin *s)
{
  float w = fbm3(s->x * 2.2f, s->y * 1.6f, s->z * 2.2f, 3, p->seed);
  float k = s->y * 5 + w * 6, f = k - floorf(k);
  int i = (int)floorf(k) % 3;
  struct rgb c = i == 0 ? p->one : i == 1 ? p->two : p->clay;
  struct rgb d = i == 0 ? p->two : i == 1 ? p->clay : p->one;

  return blend(c, d, smooth(0.94f, 1, f));
}

static struct rgb dots(const struct pot *p, const struct skin *s)
{
  float rows = 9, v = s->up * rows, n = 16,
        u = s->around * n + ((int)floorf(v) & 1 ? 0.5f : 0);
  float jitter = 0.09f * noise2(floorf(u) * 3.7f, floorf(v) * 5.1f, p->seed), d;

  u -= floorf(u);
  v -= floorf(v);
  d = hypotf((u - 0.5f) * 1.1f + jitter, v - 0.5f + jitter);
  return blend(speckle(p->one, s, p->seed, 0.5f), p->two,
               smooth(0.30f, 0.26f, d) * smooth(0.06f, 0.1f, s->up));
}

static struct rgb leafy(const struct pot *p, const struct skin *s)
{
  float u = s->around * 7, v = s->up * 2.3f, ink = 0, stem, k;

  if ((int)floorf(v) & 1)
    u += 0.5f;
  u -= floorf(u) + 0.5f;
  v -= floorf(v);
  stem = fabsf(u - 0.06f * sinf(v * 5));
  ink = smooth(0.022f, 0.01f, stem) * smooth(0.02f, 0.06f, v) * smooth(0.97f, 0.9f, v);
  for (k = 0.18f; k < 0.95f; k += 0.13f) {
    float side = fmodf(k * 7.7f, 0.26f) < 0.13f ? 1 : -1, size = 0.21f * (1.1f - k);
    float x = (u * side - 0.02f) - size, y = (v - k) - size * 0.75f;
    float along = (x + y) * 0.707f, across = (y - x) * 0.707f;

    ink = fmaxf(ink, smooth(1.1f, 0.9f,
                            hypotf(along / (size * 1.15f), across / (size * 0.42f))));
  }
  ink *= smooth(0.96f, 0.92f, s->up);
  ink *= 0.8f + 0.4f * fbm3(s->x * 8, s->y * 8, s->z * 8, 3, p->seed);
  return blend(speckle(p->one, s, p->seed, 0.4f), p->two, clampf(ink, 0, 1) * 0.9f);
}

static struct rgb fruit(const struct pot *p, const struct skin *s, struct vec *n,
                        float *gloss)
{
  float blush = fbm3(s->x * 3, s->y * 3, s->z * 3, 3, p->seed),
        k = p->glaze == ORANGE ? 38 : 30;
  float b
    = noise3(s->x * k, s->y * k, s->z * k, p->seed) * (p->glaze == PEAR ? 0.03f : 0.1f);
  struct rgb c
    = blend(p->one, p->two,
            clampf(0.35f + blush * 1.3f + (p->glaze == FIG ? s->up * 0.5f : 0), 0, 1));

  *gloss = p->glaze == FIG ? 0.12f : 0.28f;
  *n = vnorm(vadd(*n, vec(b, b * 0.6f, -b)));
  if (p->glaze == PEAR)
    c = blend(c, scale(p->two, 0.6f),
              smooth(0.25f, 0.5f, noise3(s->x * 40, s->y * 40, s->z * 40, 4)) * 0.5f);
  if (s->up > 0.9f && hypotf(s->x, s->z) < 0.045f * (p->glaze == LEMON ? 0 : 1))
    c = blend(c, hex(0x5a4326), 0.8f);
  return c;
}

static struct rgb skin_colour(const struct pot *p, const struct skin *s, struct vec *n,
                              float *gloss)
{
  switch (p->glaze) {
  case DIPPED: return dipped(p, s, gloss);
  case BANDS: return bands(p, s);
  case DRIP: return drip(p, s);
  case COBALT: return cobalt(p, s);
  case SGRAFFITO: *gloss *= 0.4f; return sgraffito(p, s);
  case CELADON: return celadon(p, s);
  case NERIKOMI: *gloss *= 0.5f; return nerikomi(p, s);
  case DOTS: return dots(p, s);
  case LEAFY: return leafy(p, s);
  case RAW: *gloss = 0.03f; return clay_body(p, s);
  case LEMON:
  case ORANGE:
  case PEAR:
  case FIG: return fruit(p, s, n, gloss);
  default: return speckle(p->one, s, p->seed, 0.8f);
  }
}

struct rgb glaze_at(const struct pot *p, struct vec local, bool inside,
                    struct vec *normal, float *gloss)
{
  struct skin s;
  float a = atan2f(local.z, local.x) + p->turn + p->spin,
        rho = hypotf(local.x, local.z);
  struct rgb c;

  s.around = a / (2 * PI) - floorf(a / (2 * PI));
  s.up = clampf(local.y / p->rim, 0, 1);
  s.x = rho * cosf(a);
  s.y = local.y;
  s.z = rho * sinf(a);
  *gloss = p->gloss;
  if (inside && p->glaze != NERIKOMI) {
    c = p->glaze == RAW || p->glaze == SGRAFFITO ? scale(p->clay, 0.95f) : p->one;
    return scale(c, 0.92f + 0.06f * noise3(s.x * 5, s.y * 5, s.z * 5, p->seed));
  }
  if (p->glaze == FLUTED) {
    float k
      = sinf(a * 24) * 0.22f * smooth(0.04f, 0.1f, s.up) * smooth(0.97f, 0.9f, s.up);

    *normal = vnorm(vadd(*normal, vec(-sinf(a - p->turn - p->spin) * k, 0,
                                      cosf(a - p->turn - p->spin) * k)));
    return scale(speckle(p->one, &s, p->seed, 0.3f), 1 - 0.12f * cosf(a * 24));
  }
  c = skin_colour(p, &s, normal, gloss);
  if (p->glaze != RAW && p->glaze < LEMON && s.up < 0.035f)
    c = blend(p->clay, c, smooth(0.02f, 0.035f, s.up));
  return c;
}
