/* Tiles and patterns, photographed from above: each kind says which tile a place
 * belongs to, how far its edge is and what is painted there; light falls across the
 * glaze. */
#include <stdlib.h>
#include <string.h>

#include "tiles.h"

struct tile {
  struct rgb colour;
  float edge;
  uint32_t id;
};
typedef struct tile tile_fn(const struct wall *w, float u, float v);

static const struct {
  const char *name;
  uint32_t c[5];
} sets[] = {
  { "medina", { 0x1f5f6b, 0xe9dcc3, 0xc9683f, 0x2f3e5c, 0xe0a94a } },
  { "porto", { 0xf4f1e8, 0x274c86, 0x6c93c4, 0x17305c, 0xe4b74f } },
  { "garden", { 0xefe6d2, 0x5f7f5a, 0xc9714d, 0x2f4a3c, 0xe3b3a1 } },
  { "sorbet", { 0xf6e3d4, 0xe8937c, 0xf0bf6b, 0x7fb0a6, 0xb65a72 } },
  { "indigo", { 0xf2ecdf, 0x22335a, 0x4b6a94, 0x131d36, 0xa9bcd0 } },
  { "earth", { 0xe6d5b8, 0xa65a3a, 0x6d4a35, 0xd19b5a, 0x3b332e } },
  { "sea", { 0xe8f0e6, 0x1e6b78, 0x63a8a2, 0x12404f, 0xf0b48a } },
  { "dusk", { 0xf0dcd2, 0x7a4a6b, 0xd98a7d, 0x3b2f4f, 0xe9bd7c } },
};

struct wall wall_of(const struct job *job)
{
  const char *name = job_text(job, "set", "medina");
  struct wall w;
  size_t i, k = 0;

  for (i = 0; i < sizeof sets / sizeof *sets; i++)
    if (strcmp(sets[i].name, name) == 0)
      k = i;
  for (i = 0; i < 5; i++)
    w.c[i] = hex(sets[k].c[i]);
  w.seed = job->seed;
  w.n = job_number(job, "n", 0);
  w.time = job->time;
  return w;
}

static float cell(float x, int *i)
{
  float f = floorf(x);

  *i = (int)f;
  return x - f - 0.5f;
}

static struct tile zellige(const struct wall *w, float u, float v)
{
  int i, j, k;
  float n = w->n ? w->n : 9, x = cell(u * n, &i), y = cell(v * n, &j), wave;
  struct tile t;

  t.id = hash2(i, j, w->seed);
  t.edge = 0.475f - fmaxf(fabsf(x + 0.012f * (float)(t.id & 3)), fabsf(y));
  wave = fbm2((float)i * 0.23f, (float)j * 0.23f, 3, w->seed) + 0.5f
         + 0.22f * hash1(i, j, w->seed + 1);
  k = (int)clampf(wave * 4.4f, 0, 4);
  t.colour = tint(w->c[k], 0.25f * (hash1(i, j, 5) - 0.5f), 1,
                  0.09f * (hash1(i, j, 6) - 0.5f));
  return t;
}

static struct tile azulejo(const struct wall *w, float u, float v)
{
  int i, j;
  float n = w->n ? w->n : 3, x = cell(u * n, &i), y = cell(v * n, &j), ax, ay, t, r,
        ring, a;
  struct tile q;
  uint32_t kind = hash2(3, 7, w->seed) % 3;

  q.id = hash2(i, j, w->seed);
  ax = fabsf(x);
  ay = fabsf(y);
  q.edge = 0.49f - fmaxf(ax, ay);
  r = hypotf(x, y);
  a = atan2f(ay, ax);
  q.colour = w->c[0];
  t = fabsf(a - PI / 4);
  ring = hypotf(0.5f - ax, 0.5f - ay);
  if (ring < 0.27f)
    q.colour = ring < 0.07f   ? w->c[4]
               : ring < 0.12f ? w->c[0]
               : ring < 0.21f ? w->c[2]
                              : w->c[1];
  if (kind == 0 && hypotf((r - 0.21f) / 0.16f, t / 0.33f) < 1)
    q.colour = hypotf((r - 0.21f) / 0.11f, t / 0.2f) < 1 ? w->c[2] : w->c[1];
  if (kind == 1 && fabsf(r - 0.3f - 0.07f * cosf(8 * a)) < 0.045f)
    q.colour = w->c[1];
  if (kind == 2 && fmaxf(ax, ay) > 0.3f && fabsf(ax - ay) < 0.035f)
    q.colour = w->c[1];
  t = fminf(a, PI / 2 - a);
  if (hypotf((r - 0.32f) / 0.15f, t / 0.2f) < 1)
    q.colour = hypotf((r - 0.32f) / 0.1f, t / 0.1f) < 1 ? w->c[4] : w->c[3];
  if (r < 0.13f)
    q.colour = r < 0.055f ? w->c[4] : r < 0.085f ? w->c[0] : w->c[1];
  if (0.5f - fmaxf(ax, ay) < 0.03f)
    q.colour = w->c[1];
  q.colour = tint(q.colour, 0, 1, 0.035f * fbm2(u * 60, v * 60, 3, w->seed));
  return q;
}

/* Eight-pointed stars and crosses. */
static struct tile star(const struct wall *w, float u, float v)
{
  int i, j;
  float n = w->n ? w->n : 4, x = cell(u * n, &i), y = cell(v * n, &j), a = 0.3536f;
  float square = a - fmaxf(fabsf(x), fabsf(y)),
        turned = a - (fabsf(x) + fabsf(y)) * 0.7071f;
  float d = fmaxf(square, turned), r = hypotf(x, y);
  struct tile t;

  if (d > 0) {
    t.edge = d;
    t.id = hash2(i, j, w->seed);
    t.colour = w->c[(t.id >> 4) % 2 ? 1 : 3];
    if (fmaxf(0.2f - fmaxf(fabsf(x), fabsf(y)), 0.2f - (fabsf(x) + fabsf(y)) * 0.7071f)
        > 0) {
      t.edge = fminf(fabsf(fmaxf(0.2f - fmaxf(fabsf(x), fabsf(y)),
                                 0.2f - (fabsf(x) + fabsf(y)) * 0.7071f)),
                     d);
      t.colour = r < 0.1f ? w->c[2] : w->c[4];
      t.id += 17;
    }
  } else {
    int ci = (int)floorf(u * n + 0.5f), cj = (int)floorf(v * n + 0.5f);

    t.edge = -d;
    t.id = hash2(ci, cj, w->seed + 9);
    t.colour
      = fabsf(fabsf(x) - 0.5f) + fabsf(fabsf(y) - 0.5f) < 0.16f ? w->c[2] : w->c[0];
  }
  t.edge *= 0.9f;
  t.colour = tint(t.colour, 0.1f * ((float)(t.id & 15) / 15 - 0.5f), 1,
                  0.05f * ((float)(t.id >> 4 & 15) / 15 - 0.5f));
  return t;
}

/* Scales: rows of overlapping half circles. */
static struct tile scales(const struct wall *w, float u, float v)
{
  float n = w->n ? w->n : 6, x = u * n, y = v * n * 2, best = -1;
  int row = (int)floorf(y), k, i = 0, j = 0;
  struct tile t;
  float d = 0, ring;

  for (k = row + 1; k >= row - 2 && best < 0; k--) {
    float cx = floorf(x + (k & 1 ? 0 : 0.5f)) + (k & 1 ? 0.5f : 0);

    d = hypotf(x - cx, (y - (float)k) * 0.5f);
    if (y - (float)k >= -1e-4f - 1 && d < 0.5f && y >= (float)k - 1) {
      best = d;
      i = (int)floorf(cx * 2);
      j = k;
    }
  }
  d = best < 0 ? 0.5f : best;
  t.id = hash2(i, j, w->seed);
  t.edge = 0.5f - d;
  ring = d * 8;
  t.colour = w->c[(t.id >> 3) % 5];
  if (w->seed & 1)
    t.colour = (int)floorf(ring) & 1 ? w->c[0] : w->c[1 + (int)((uint32_t)j % 2u)];
  t.colour = tint(t.colour, 0, 1, 0.05f * ((float)(t.id & 31) / 31 - 0.5f));
  return t;
}

static struct tile quilt(const struct wall *w, float u, float v)
{
  int i, j;
  float n = w->n ? w->n : 8, x = cell(u * n, &i), y = cell(v * n, &j), s;
  struct tile t;
  int mi = i & 3, mj = j & 3, flip, a, b;

  flip = (mi < 2) != (mj < 2) ? 1 : -1;
  if (hash2(9, 9, w->seed) & 1)
    flip = (i + j) & 1 ? 1 : -1;
  s = (x * (float)flip + y);
  a = (int)(hash2(i >> 1, j >> 1, w->seed) % 5);
  b = (int)(hash2((i + 1) >> 1, j >> 1, w->seed + 3) % 5);
  if (a == b)
    b = (b + 2) % 5;
  t.id = hash2(i, j, w->seed) + (s > 0);
  t.edge = fminf(fabsf(s) * 0.7071f, 0.5f - fmaxf(fabsf(x), fabsf(y)));
  t.colour = w->c[s > 0 ? a : b];
  t.colour = scale(t.colour, 1 + 0.05f * sinf((x + y) * 260)
                               + 0.05f * noise2(u * 300, v * 300, w->seed));
  return t;
}

static struct tile herringbone(const struct wall *w, float u, float v)
{
  float n = w->n ? w->n : 9, x = (u + v) * 0.7071f * n, y = (v - u) * 0.7071f * n,
        along, across;
  int i = (int)floorf(x), j = (int)floorf(y), k = ((i - j) % 4 + 4) % 4, a, b;
  struct tile t;

  if (k < 2) { /* lying */
    a = i - k;
    b = j;
    along = x - (float)a;
    across = y - (float)b;
    t.id = hash2(a, b, w->seed);
  } else {
    a = i;
    b = j - (3 - k);
    along = y - (float)b;
    across = x - (float)a;
    t.id = hash2(a, b, w->seed + 5);
  }
  t.edge = fminf(fminf(along, 2 - along), fminf(across, 1 - across));
  t.edge = fminf(t.edge, 0.5f);
  t.colour = w->c[t.id % 5];
  t.colour = blend(t.colour, w->c[0], 0.25f * (float)(t.id >> 5 & 7) / 7);
  return t;
}

/* Two quarter rings a tile, turned at random; in a film the tiles turn. */
static struct tile truchet(const struct wall *w, float u, float v)
{
  int i, j, line;
  float n = w->n ? w->n : 6, x = cell(u * n, &i), y = cell(v * n, &j), d, turn, q, p;
  struct tile t;

  t.id = hash2(i, j, w->seed);
  turn
    = (float)(t.id & 3)
      + smooth(0.15f, 0.85f, fmodf(w->time * 0.66f + (float)(t.id >> 4 & 15) / 15, 1))
      + floorf(w->time * 0.66f + (float)(t.id >> 4 & 15) / 15);
  t.edge = 0.49f - fmaxf(fabsf(x), fabsf(y));
  p = x * cosf(turn * PI / 2) - y * sinf(turn * PI / 2);
  q = x * sinf(turn * PI / 2) + y * cosf(turn * PI / 2);
  d = fminf(hypotf(p - 0.5f, q - 0.5f), hypotf(p + 0.5f, q + 0.5f));
  line = (int)floorf(d * 8);
  t.colour = line == 2 || line == 5   ? w->c[1]
             : line == 3 || line == 4 ? w->c[2 + (int)(t.id >> 9 & 1) * 2]
             : d < 0.12f              ? w->c[3]
                                      : w->c[0];
  return t;
}

static struct tile terrazzo(const struct wall *w, float u, float v)
{
  float size, f1, f2;
  uint32_t id;
  struct tile t = { w->c[0], 0.3f, 1 };
  int k;

  t.colour = scale(t.colour, 0.93f + 0.05f * fbm2(u * 90, v * 90, 3, w->seed));
  for (k = 0; k < 3; k++) {
    float n = k == 0   ? 7
              : k == 1 ? 17
                       : 44,
          wx = 0.1f * noise2(u * n * 2, v * n * 2, w->seed);

    cells2(u * n + wx, v * n, w->seed + (uint32_t)k * 7, &f1, &f2, &id);
    size = (0.08f + 0.20f * (float)(id & 255) / 255) * (k == 2 ? 1.3f : 1.6f);
    if (f2 - f1 > size * 0.9f && (id >> 12 & 3) != 0 && f2 - f1 > 0.13f) {
      t.colour = tint(w->c[1 + (id >> 8) % 4], 0, 1,
                      0.06f * ((float)(id >> 16 & 15) / 15 - 0.5f));
      t.colour = scale(t.colour,
                       1 + 0.12f * fbm2(u * 40 + (float)(id & 63), v * 40, 4, w->seed));
      break;
    }
  }
  return t;
}

static float line_to(float x, float y, float ax, float ay, float bx, float by)
{
  float dx = bx - ax, dy = by - ay, t;

  t = clampf(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1);
  return hypotf(x - ax - t * dx, y - ay - t * dy);
}

/* Hemp leaf, stitched with pale thread on dark cloth. */
static struct tile asanoha(const struct wall *w, float u, float v)
{
  float n = w->n ? w->n : 3.2f, h = 1.7320508f, x = u * n, y = v * n, d = 1,
        stitch = 1e9f;
  float cx = x - floorf(x + 0.5f), cy = y / h - floorf(y / h + 0.5f), dx, dy, a, r;
  struct tile t = { w->c[1], 0.3f, 1 };
  int k;

  dx = x + 0.5f - floorf(x + 1);
  dy = y / h + 0.5f - floorf(y / h + 1);
  cy *= h;
  dy *= h;
  if (hypotf(dx, dy) < hypotf(cx, cy)) {
    cx = dx;
    cy = dy;
  }
  r = hypotf(cx, cy);
  a = atan2f(cy, cx);
  k = (int)floorf(a / (PI / 3));
  a -= ((float)k + 0.5f) * PI / 3;
  cx = r * cosf(a);
  cy = r * fabsf(sinf(a));
  d = fminf(line_to(cx, cy, 0, 0, 0.5f, 0.288675f), line_to(cx, cy, 0, 0, 0.33333f, 0));
  d = fminf(d, line_to(cx, cy, 0.33333f, 0, 0.5f, 0.288675f));
  d = fminf(d, line_to(cx, cy, 0.33333f, 0, 0.5f, 0));
  d = fminf(d, fabsf(cx - 0.5f));
  stitch = sinf((cx * 2.1f + cy * 1.3f) * 75);
  t.colour = scale(t.colour, 0.96f + 0.12f * fbm2(u * 12, v * 12, 4, w->seed));
  if (d < 0.021f && stitch > -0.55f)
    t.colour = scale(w->c[0], 0.93f + 0.12f * smooth(0.02f, 0, d));
  return t;
}

static const struct {
  const char *name;
  tile_fn *fn;
  float grout, bevel, gloss;
} kinds[] = {
  { "zellige", zellige, 0.035f, 0.06f, 0.8f },
  { "azulejo", azulejo, 0.012f, 0.02f, 0.45f },
  { "star", star, 0.022f, 0.04f, 0.6f },
  { "scales", scales, 0.022f, 0.05f, 0.7f },
  { "quilt", quilt, 0.0f, 0.07f, 0.0f },
  { "herringbone", herringbone, 0.05f, 0.1f, 0.5f },
  { "truchet", truchet, 0.012f, 0.025f, 0.35f },
  { "terrazzo", terrazzo, 0, 0, 0.2f },
  { "asanoha", asanoha, 0, 0, 0 },
};

static float swell(const struct tile *t, float u, float v, float bevel, uint32_t seed)
{
  float tilt = ((float)(t->id & 255) / 255 - 0.5f) * u
               + ((float)(t->id >> 8 & 255) / 255 - 0.5f) * v;

  return (bevel > 0 ? smooth(0, bevel, t->edge) * bevel * 0.35f : 0) + tilt * 0.35f
         + 0.0032f * noise2(u * 26, v * 26, seed + (t->id & 1023));
}

static void tiles(struct canvas *c, struct job *job)
{
  struct wall w = wall_of(job);
  const char *name = job_text(job, "kind", "zellige");
  size_t i, k = 0;
  float e = 0.0012f, turn = job_number(job, "turn", 0);
  int x, y;

  for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i].name, name) == 0)
      k = i;
  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float p = (float)x / (float)c->w - 0.5f,
            q = ((float)y - 0.5f * (float)c->h) / (float)c->w;
      float u = p * cosf(turn) - q * sinf(turn) + 20.5f,
            v = p * sinf(turn) + q * cosf(turn) + 20.5f;
      struct tile t = kinds[k].fn(&w, u, v), tu = kinds[k].fn(&w, u + e, v),
                  tv = kinds[k].fn(&w, u, v + e);
      float b = kinds[k].bevel, h = swell(&t, u, v, b, w.seed);
      float hx = tu.id == t.id ? (swell(&tu, u + e, v, b, w.seed) - h) / e : 0;
      float hy = tv.id == t.id ? (swell(&tv, u, v + e, b, w.seed) - h) / e : 0;
      struct vec normal = vnorm(vec(-hx * 0.5f, -hy * 0.5f, 1)),
                 light = vnorm(vec(-0.5f, -0.62f, 0.75f));
      float lit = 0.35f + 0.85f * clampf(vdot(normal, light), 0, 1), spot;
      struct vec half = vnorm(vadd(light, vec(-p * 0.9f, -q * 0.9f, 1.1f)));
      struct rgb colour = scale(t.colour, lit);

      spot = powf(clampf(vdot(normal, half), 0, 1), 42);
      colour = add(colour, scale(hex(0xfff6e6), spot * 0.38f * kinds[k].gloss));
      if (kinds[k].grout > 0)
        colour = lerp(blend(hex(0xcfc4b0), w.c[0], 0.3f), colour,
                      smooth(kinds[k].grout * 0.6f, kinds[k].grout * 1.1f, t.edge));
      *at(c, x, y) = scale(colour, 1.02f - 0.22f * (p + q));
    }
  }
  if (!job->seconds)
    grain(c, 0.02f, job->seed);
}

const struct scene tile_scenes[] = {
  { "tiles", tiles },
  { NULL, NULL },
};
