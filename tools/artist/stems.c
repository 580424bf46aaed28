/* What stands in the vases: twigs, grasses and flowers drawn with the brush over the
 * photograph, with the shadow they throw on the wall. Knows kiln.h only. */
#include <stdlib.h>
#include <string.h>

#include "kiln.h"

struct spray {
  struct mask stem, one, two;
  struct rng rng;
  float size;
};

static struct point along(struct point a, struct point b, float bend, float t)
{
  float dx = b.x - a.x, dy = b.y - a.y, k = bend * t * (1 - t) * 2;
  struct point p = { a.x + dx * t - dy * k, a.y + dy * t + dx * k };

  return p;
}

static void stalk(struct spray *s, struct point a, struct point b, float bend,
                  float thick)
{
  int i;

  for (i = 0; i < 12; i++)
    stroke(&s->stem, along(a, b, bend, (float)i / 12),
           along(a, b, bend, (float)(i + 1) / 12), thick, thick * 0.85f);
}

static void leaves(struct spray *s, struct point a, struct point b, float bend,
                   float length, float fat, int n, float from)
{
  int i;

  for (i = 0; i < n; i++) {
    float t = from + (1 - from) * (float)i / (float)n, side = i & 1 ? 1 : -1;
    struct point p = along(a, b, bend, t), q = along(a, b, bend, t + 0.05f);
    float dir = atan2f(q.y - p.y, q.x - p.x) + side * span(&s->rng, 0.5f, 1.05f);
    float l = length * span(&s->rng, 0.75f, 1.15f) * (1.1f - 0.45f * t);
    struct point tip = { p.x + cosf(dir) * l, p.y + sinf(dir) * l };

    leaf(i % 3 ? &s->one : &s->two, p, tip, l * fat, 0.45f, side * 0.12f);
  }
}

static void plumes(struct spray *s, struct point a, struct point b, float bend)
{
  int i;

  for (i = 0; i < 110; i++) {
    float t = 0.55f + 0.45f * (float)i / 110, side = i & 1 ? 1 : -1;
    struct point p = along(a, b, bend, t);
    float l = s->size * 0.085f * sinf(PI * (t - 0.5f) * 1.9f) + 2,
          drop = span(&s->rng, -0.2f, 0.7f);
    struct point q
      = { p.x + side * l * span(&s->rng, 0.3f, 0.9f), p.y + l * drop - l * 0.4f };

    stroke(i % 3 ? &s->one : &s->two, p, q, 0.9f, 0.35f);
  }
}

static void flower(struct spray *s, struct point p, float r, int petals)
{
  float turn = rnd(&s->rng) * 3;
  int i;

  for (i = 0; i < petals; i++) {
    float a = turn + (float)i * 2 * PI / (float)petals;
    struct point tip = { p.x + cosf(a) * r, p.y + sinf(a) * r * 0.8f };

    leaf(&s->one, p, tip, r * 0.75f, 0.62f, 0);
  }
  disc(&s->two, p.x, p.y, r * 0.3f);
}

static void one_stem(struct spray *s, const char *kind, struct point a, struct point b,
                     float bend)
{
  float thick = fmaxf(s->size * 0.0045f, 0.9f);
  int i;

  stalk(s, a, b, bend, thick);
  if (strcmp(kind, "eucalyptus") == 0) {
    for (i = 0; i < 18; i++) {
      struct point p = along(a, b, bend, 0.2f + 0.045f * (float)i);
      float side = i & 1 ? 1 : -1, r = s->size * (0.046f - 0.0013f * (float)i);

      disc(i % 3 ? &s->one : &s->two, p.x + side * r * 1.15f,
           p.y + span(&s->rng, -3, 3), r);
    }
  } else if (strcmp(kind, "olive") == 0) {
    leaves(s, a, b, bend, s->size * 0.17f, 0.24f, 22, 0.15f);
  } else if (strcmp(kind, "grass") == 0) {
    plumes(s, a, b, bend);
  } else if (strcmp(kind, "balls") == 0) {
    disc(&s->one, b.x, b.y, s->size * 0.042f);
    disc(&s->two, b.x - s->size * 0.012f, b.y - s->size * 0.012f, s->size * 0.02f);
  } else if (strcmp(kind, "lunaria") == 0) {
    for (i = 0; i < 9; i++) {
      struct point p = along(a, b, bend, 0.45f + 0.55f * (float)i / 9);

      disc(i % 3 ? &s->one : &s->two, p.x + gauss(&s->rng) * s->size * 0.045f,
           p.y + gauss(&s->rng) * s->size * 0.02f,
           s->size * span(&s->rng, 0.025f, 0.045f));
    }
  } else if (strcmp(kind, "cherry") == 0) {
    for (i = 0; i < 9; i++) {
      float side = i & 1 ? 1 : -1, dir = atan2f(b.y - a.y, b.x - a.x) + side * 0.7f, l;
      struct point p = along(a, b, bend, 0.3f + 0.075f * (float)i), q;
      int k;

      l = s->size * span(&s->rng, 0.1f, 0.25f) * (1.2f - 0.08f * (float)i);
      q.x = p.x + cosf(dir) * l;
      q.y = p.y + sinf(dir) * l;
      stalk(s, p, q, side * 0.25f, thick * 0.6f);
      for (k = 0; k < 5; k++) {
        struct point r = along(p, q, side * 0.25f, 0.25f + 0.19f * (float)k);

        r.x += gauss(&s->rng) * s->size * 0.012f;
        r.y += gauss(&s->rng) * s->size * 0.012f;
        flower(s, r, s->size * span(&s->rng, 0.018f, 0.034f), 5);
      }
    }
  } else {
    flower(s, b, s->size * span(&s->rng, 0.085f, 0.12f), 8);
    leaves(s, a, b, bend, s->size * 0.16f, 0.22f, 4, 0.3f);
  }
}

static void colours(const char *kind, struct rgb *stem, struct rgb *one,
                    struct rgb *two)
{
  static const struct {
    const char *kind;
    uint32_t stem, one, two;
  } table[] = {
    { "eucalyptus", 0x6d5a48, 0x8fa79a, 0xa9bcae },
    { "olive", 0x5f5540, 0x5f7350, 0x93a07a },
    { "grass", 0xa98f62, 0xd6bd8f, 0xbf9f6c },
    { "balls", 0x8d9a5e, 0xe0ae2c, 0xf0cb5a },
    { "lunaria", 0x9a8668, 0xe9e0cc, 0xd6c8aa },
    { "cherry", 0x4f3428, 0xf3c6cf, 0xc9566f },
    { "poppy", 0x64794c, 0xd9522f, 0x2b1d1d },
    { "anemone", 0x64794c, 0xf2e6e4, 0x2f2a45 },
    { "cosmos", 0x64794c, 0xd98aa6, 0xe8b83f },
  };
  size_t i, k = 0;

  for (i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].kind, kind) == 0)
      k = i;
  *stem = hex(table[k].stem);
  *one = hex(table[k].one);
  *two = hex(table[k].two);
}

/* Takes away what an outer wall hides. */
static void behind(struct mask *m, const struct mask *skin)
{
  int i, n = m->w * m->h;

  for (i = 0; i < n; i++)
    m->a[i] *= 1 - skin->a[i];
}

static void shadow_of(struct canvas *c, const struct spray *s, float dx, float dy)
{
  struct mask m = mask_new(c->w, c->h);
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      int sx = x - (int)dx, sy = y - (int)dy, i = sy * c->w + sx;

      if (sx >= 0 && sy >= 0 && sx < c->w && sy < c->h)
        m.a[y * c->w + x] = fminf(1, s->stem.a[i] + s->one.a[i] + s->two.a[i]);
    }
  }
  mask_blur(&m, s->size * 0.035f);
  lay_multiply(c, &m, rgb(0.55f, 0.52f, 0.56f), 0.55f);
  mask_free(&m);
}

void bouquet(struct canvas *c, const struct mask *skin, const char *kind,
             struct point mouth, float size, float spread, uint32_t seed)
{
  struct spray s = { mask_new(c->w, c->h), mask_new(c->w, c->h), mask_new(c->w, c->h),
                     rng_from(seed + 55), size };
  struct rgb stem, one, two;
  struct canvas old = canvas_new(c->w, c->h);
  int i, n = strcmp(kind, "cherry") == 0 ? 3 : strcmp(kind, "grass") == 0 ? 6 : 5;

  colours(kind, &stem, &one, &two);
  memcpy(old.px, c->px, (size_t)c->w * (size_t)c->h * sizeof *c->px);
  for (i = 0; i < n; i++) {
    float a
      = ((float)i / (float)(n - 1) - 0.5f) * 2 * spread + span(&s.rng, -0.14f, 0.14f);
    float l = size * span(&s.rng, 0.75f, 1.2f);
    struct point foot = { mouth.x + sinf(a) * size * 0.03f, mouth.y + size * 0.08f };
    struct point tip = { mouth.x + sinf(a) * l, mouth.y - cosf(a) * l };

    one_stem(&s, kind, foot, tip, a * 0.35f + span(&s.rng, -0.08f, 0.08f));
  }
  shadow_of(c, &s, size * 0.12f, size * 0.1f);
  for (i = 0; i < c->w * c->h; i++) /* no shadow on the pots themselves */
    if (skin->a[i] > 0)
      c->px[i] = old.px[i];
  behind(&s.stem, skin);
  behind(&s.one, skin);
  behind(&s.two, skin);
  lay(c, &s.stem, stem, 1);
  lay(c, &s.one, one, 0.96f);
  lay(c, &s.two, two, 0.96f);
  canvas_free(&old);
  mask_free(&s.stem);
  mask_free(&s.one);
  mask_free(&s.two);
}
