/* Plants on paper: cyanotypes, watercolours, two-colour lino prints. Knows paint.h. */
#include <stdlib.h>
#include <string.h>

#include "paint.h"

/* A plant is gathered in three masks, each printed in its own way. */
struct plant {
  struct mask stem, one, two;
  struct rng rng;
  float s, grow;
};

static struct point on(struct point a, float angle, float l)
{
  struct point p = { a.x + sinf(angle) * l, a.y - cosf(angle) * l };

  return p;
}

/* A curved stalk in n pieces; gives each joint and the way it points. */
static int stalk(struct plant *p, struct point a, float angle, float bend, float length,
                 float thick, struct point *joint, float *heading, int n)
{
  int i;

  for (i = 0; i < n; i++) {
    struct point b = on(a, angle, length / (float)n);

    joint[i] = a;
    heading[i] = angle;
    if ((float)i / (float)n < p->grow)
      stroke(&p->stem, a, b, thick * (1 - 0.7f * (float)i / (float)n),
             thick * (1 - 0.7f * (float)(i + 1) / (float)n));
    a = b;
    angle += bend / (float)n;
  }
  return n;
}

static void frond(struct plant *p, struct point foot, float angle, float length,
                  int deep)
{
  enum { N = 17 };
  struct point joint[N];
  float heading[N], bend = span(&p->rng, -0.6f, 0.6f), side;
  int i;

  stalk(p, foot, angle, bend, length, length * 0.008f + 0.5f, joint, heading, N);
  for (i = 3; i < N; i++) {
    float t = (float)i / N,
          l = length * (deep ? 0.3f : 0.2f) * sinf(PI * powf(t, 0.62f));

    if (t > p->grow)
      break;
    if (l < p->s * 0.006f)
      continue;
    for (side = -1; side <= 1; side += 2) {
      float a = heading[i] + side * (1.25f - 0.5f * t);
      struct point tip = on(joint[i], a, l);

      if (deep > 0 && l > p->s * 0.04f)
        frond(p, joint[i], a, l, deep - 1);
      else
        leaf(i & 1 ? &p->one : &p->two, joint[i], tip,
             fminf(fmaxf(length * 0.034f, 1.3f), l * 0.5f), 0.4f, side * 0.15f);
    }
  }
}

static void fern(struct plant *p, float w, float h)
{
  struct point foot = { w * 0.5f, h * 0.95f };
  int i, n = 1 + 2 * below(&p->rng, 2);

  for (i = 0; i < n; i++)
    frond(p, foot, n == 1 ? span(&p->rng, -0.2f, 0.2f) : ((float)i - 1) * 0.62f,
          p->s * span(&p->rng, 0.75f, 0.85f) * (i == n / 2 ? 1.12f : 0.72f), 1);
}

static void branch(struct plant *p, float w, float h)
{
  enum { N = 15 };
  struct point joint[N], foot = { w * span(&p->rng, 0.35f, 0.65f), h * 0.95f };
  float heading[N], fat = span(&p->rng, 0.24f, 0.4f),
                    belly = span(&p->rng, 0.35f, 0.6f);
  float l = p->s * span(&p->rng, 0.2f, 0.3f), lean = foot.x > w * 0.5f ? -0.25f : 0.25f;
  int i, berries = rnd(&p->rng) < 0.5f;

  stalk(p, foot, lean, -lean * 1.6f, p->s * 0.82f, p->s * 0.008f, joint, heading, N);
  for (i = 2; i < N && (float)i / N <= p->grow; i++) {
    float t = (float)i / N, side = i & 1 ? 1 : -1,
          a = heading[i] + side * span(&p->rng, 0.75f, 1.05f);
    struct point base = on(joint[i], a, l * 0.12f),
                 tip = on(joint[i], a, l * (1.15f - 0.6f * t));

    stroke(&p->stem, joint[i], base, 1.4f, 1);
    leaf(&p->one, base, tip, l * fat * (1.15f - 0.5f * t), belly, side * 0.2f);
    if (berries && i % 3 == 0) {
      struct point b = on(joint[i], heading[i] - side * 1.1f, l * 0.35f);

      stroke(&p->stem, joint[i], b, 1, 0.8f);
      disc(&p->two, b.x, b.y, p->s * 0.021f);
    }
  }
  {
    struct point tip = on(joint[N - 1], heading[N - 1], l * 0.7f);

    if (p->grow >= 1)
      leaf(&p->one, joint[N - 1], tip, l * fat * 0.7f, belly, 0);
  }
}

static void head(struct plant *p, struct point c, float r, int kind)
{
  int i, k, n = kind == 1 ? 21 : kind == 2 ? 8 : 13;

  for (k = 0; k < (kind == 1 ? 2 : 1); k++)
    for (i = 0; i < n; i++) {
      float a = ((float)i + 0.5f * (float)k) * 2 * PI / (float)n,
            l = r * (1 - 0.3f * (float)k);

      leaf(&p->two, c, on(c, a, l), r * (kind == 2 ? 0.62f : 0.26f),
           kind == 2 ? 0.7f : 0.6f, span(&p->rng, -0.08f, 0.08f));
    }
  disc(&p->one, c.x, c.y, r * 0.24f);
}

static void flowers(struct plant *p, float w, float h)
{
  enum { N = 14 };
  struct point joint[N], foot = { w * 0.5f, h * 0.95f };
  float heading[N];
  int i, k, n = 3 + below(&p->rng, 3), kind = below(&p->rng, 3);

  for (k = 0; k < n; k++) {
    float lean = ((float)k / (float)(n - 1) - 0.5f) * 0.75f,
          length = p->s * span(&p->rng, 0.5f, 0.8f);

    stalk(p, foot, lean, lean * 0.5f, length, p->s * 0.0055f, joint, heading, N);
    for (i = 3; i < N - 3; i += 2) {
      float side = (i / 2) & 1 ? 1 : -1;
      struct point tip
        = on(joint[i], heading[i] + side * 0.7f, p->s * span(&p->rng, 0.1f, 0.17f));

      leaf(&p->one, joint[i], tip, p->s * 0.035f, 0.5f, side * 0.3f);
    }
    head(p, joint[N - 1], p->s * span(&p->rng, 0.085f, 0.12f), kind);
  }
}

static void umbel(struct plant *p, float w, float h)
{
  enum { N = 12 };
  struct point joint[N], foot = { w * 0.5f, h * 0.96f };
  float heading[N];
  int i, k, q, n = 3;

  for (k = 0; k < n; k++) {
    float lean = ((float)k - 1) * 0.34f;

    stalk(p, foot, lean, lean * 0.3f, p->s * (k == 1 ? 0.62f : 0.5f), p->s * 0.006f,
          joint, heading, N);
    for (i = 0; i < 13; i++) {
      float a = heading[N - 1] + ((float)i - 6) * 0.17f,
            l = p->s * 0.17f * (1 - 0.012f * (float)((i - 6) * (i - 6)));
      struct point tip = on(joint[N - 1], a, l);

      stroke(&p->stem, joint[N - 1], tip, 1, 0.7f);
      for (q = 0; q < 9; q++) {
        struct point f = on(tip, a + ((float)q - 4) * 0.32f, p->s * 0.033f);

        stroke(&p->stem, tip, f, 0.6f, 0.5f);
        disc(&p->two, f.x, f.y, p->s * span(&p->rng, 0.005f, 0.0085f));
      }
    }
    frond(p, joint[2], heading[2] + (k == 1 ? 0.9f : (float)(k - 1) * 0.9f),
          p->s * 0.28f, 0);
  }
}

static void ginkgo(struct plant *p, float w, float h)
{
  int i, n = 5;

  for (i = 0; i < n; i++) {
    float a = ((float)i / (float)(n - 1) - 0.5f) * 1.7f + span(&p->rng, -0.15f, 0.15f),
          r, k;
    struct point foot = { w * 0.5f, h * 0.93f }, base;
    struct point fan[40];
    int j;

    base = on(foot, a * 0.55f, p->s * span(&p->rng, 0.34f, 0.5f));
    r = p->s * span(&p->rng, 0.2f, 0.3f);
    stroke(&p->stem, foot, base, p->s * 0.006f, p->s * 0.004f);
    fan[0] = base;
    for (j = 1; j < 40; j++) {
      float t = ((float)j - 1) / 38 - 0.5f;

      k = r * (1 - 0.18f * t * t) * (1 + 0.03f * sinf((float)j * 1.7f))
          * (fabsf(t) < 0.03f ? 0.72f : 1);
      fan[j] = on(base, a * 0.9f + t * 1.7f, k);
    }
    blob(i & 1 ? &p->two : &p->one, fan, 40, 1);
  }
}

static void mushrooms(struct plant *p, float w, float h)
{
  int i, j, n = 4;

  for (i = 0; i < n; i++) {
    float x = w * (0.2f + 0.6f * (float)i / (float)(n - 1)),
          r = p->s * span(&p->rng, 0.1f, 0.17f);
    float y = h * 0.9f - p->s * span(&p->rng, 0.18f, 0.5f),
          flat = span(&p->rng, 0.5f, 0.95f);
    struct point foot = { x + span(&p->rng, -8, 8), h * 0.9f }, neck = { x, y },
                 cap[16];

    stroke(&p->one, foot, neck, r * 0.2f, r * 0.14f);
    for (j = 0; j < 9; j++) {
      float a = PI * (float)j / 8;

      cap[j].x = x - r * cosf(a);
      cap[j].y = y - r * flat * sinf(a);
    }
    for (j = 9; j < 16; j++) {
      float t = (float)(j - 8) / 8;

      cap[j].x = x + r * (1 - 2 * t);
      cap[j].y = y + r * 0.13f * sinf(PI * t);
    }
    blob(&p->two, cap, 16, 1);
    for (j = -6; j <= 6; j++) {
      struct point a = { x + (float)j * r * 0.04f, y + r * 0.03f },
                   b = { x + (float)j * r * 0.14f, y + r * 0.07f };

      stroke(&p->stem, a, b, 0.7f, 0.7f);
    }
  }
}

static void citrus(struct plant *p, float w, float h)
{
  int i, k, rows = 3, cols = 2;

  for (i = 0; i < rows * cols; i++) {
    float x = w * (0.27f + 0.46f * (float)(i % cols)) + span(&p->rng, -10, 10);
    float y = h * (0.2f + 0.3f * (float)(i / cols)) + span(&p->rng, -10, 10),
          r = h * span(&p->rng, 0.1f, 0.135f);
    float turn = rnd(&p->rng) * 3;
    struct point c = { x, y };

    disc(&p->one, x, y, r);
    for (k = 0; k < 10; k++) {
      float a = turn + (float)k * 2 * PI / 10;
      struct point in = on(c, a, r * 0.1f), out = on(c, a, r * 0.86f);

      leaf(&p->two, in, out, r * 0.37f, 0.72f, 0);
    }
    for (k = 0; k < 3; k++) {
      struct point seed = on(c, turn + (float)k * 2.2f, r * 0.35f);

      disc(&p->stem, seed.x, seed.y, r * 0.045f);
    }
  }
}

static const struct {
  const char *name;
  void (*draw)(struct plant *p, float w, float h);
} plants[] = {
  { "fern", fern },     { "branch", branch }, { "flowers", flowers },
  { "umbel", umbel },   { "ginkgo", ginkgo }, { "mushrooms", mushrooms },
  { "citrus", citrus },
};

static struct plant draw_plant(const struct canvas *c, const struct job *job)
{
  struct plant p = { mask_new(c->w, c->h),
                     mask_new(c->w, c->h),
                     mask_new(c->w, c->h),
                     rng_from(job->seed),
                     fminf((float)c->w, (float)c->h),
                     1 };
  const char *name = job_text(job, "plant", "fern");
  size_t i;

  if (job->seconds)
    p.grow = smooth(0, 1, job->time / job->seconds * 1.1f);
  for (i = 0; i < sizeof plants / sizeof *plants; i++)
    if (strcmp(plants[i].name, name) == 0)
      plants[i].draw(&p, (float)c->w, (float)c->h);
  return p;
}

static void free_plant(struct plant *p)
{
  mask_free(&p->stem);
  mask_free(&p->one);
  mask_free(&p->two);
}

/* White where the plant kept the light off; brush strokes at the paper's edge. */
static void cyanotype(struct canvas *c, struct job *job)
{
  struct plant p = draw_plant(c, job);
  struct rgb blue = hex(0x12396b), deep = hex(0x0a2347), white = hex(0xe8eef0),
             sheet = hex(0xf1ede2);
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      int i = y * c->w + x;
      float u = (float)x / (float)c->w, v = (float)y / (float)c->h, fibre, edge, lit, n;
      struct rgb b;

      fibre = noise2(u * 90, v * 70, job->seed) * 0.3f
              + fbm2(u * 9, v * 9, 3, job->seed + 1);
      n = fbm2(u * 3, v * 26, 4, job->seed + 2);
      edge = fminf(fminf(u, 1 - u), fminf(v, 1 - v) * (float)c->h / (float)c->w)
             - 0.055f + 0.02f * n + 0.006f * noise2(u * 80, v * 8, job->seed + 4);
      b = scale(blend(blue, deep,
                      0.5f + 0.7f * fbm2(u * 2.2f, v * 2.2f, 4, job->seed + 3)),
                1 + 0.13f * fibre);
      lit = clampf(fmaxf(fmaxf(p.one.a[i] * 0.93f, p.two.a[i] * 0.8f), p.stem.a[i]), 0,
                   1);
      lit *= 0.88f + 0.2f * fbm2(u * 14, v * 14, 2, job->seed + 5);
      b = blend(b, white, clampf(lit, 0, 1));
      c->px[i]
        = lerp(scale(sheet, 1 + 0.03f * fibre), b, smooth(-0.004f, 0.012f, edge));
    }
  }
  free_plant(&p);
}

/* A wash: uneven inside, darker along its edge, where the water carried the colour. */
static void wash(struct canvas *c, const struct mask *m, struct rgb a, struct rgb b,
                 uint32_t seed)
{
  struct mask soft = mask_new(c->w, c->h);
  int i, n = c->w * c->h;

  memcpy(soft.a, m->a, (size_t)n * sizeof *m->a);
  mask_blur(&soft, (float)c->w * 0.009f);
  for (i = 0; i < n; i++) {
    float u = (float)(i % c->w) / (float)c->w, v = (float)(i / c->w) / (float)c->w,
          bloom_in, edge;
    struct rgb colour;

    if (m->a[i] <= 0)
      continue;
    bloom_in = 0.5f + 1.2f * fbm2(u * 6, v * 6, 4, seed);
    edge = clampf((m->a[i] - soft.a[i]) * 1.5f, 0, 1);
    colour = blend(a, b, clampf(bloom_in, 0, 1));
    colour
      = blend(rgb(1, 1, 1), colour,
              clampf(0.55f + 0.35f * fbm2(u * 14, v * 14, 3, seed + 2) + 0.55f * edge,
                     0, 1));
    c->px[i] = mul(c->px[i], lerp(rgb(1, 1, 1), colour, fminf(m->a[i], 1)));
  }
  mask_free(&soft);
}

static const struct {
  const char *name;
  uint32_t stem, a, b, c, d;
} paints[] = {
  { "green", 0x6b6a3f, 0x5f8a5a, 0x2f6b6a, 0xc9604a, 0xe39a5f },
  { "olive", 0x7a6a45, 0x8a9a55, 0x5f7f6a, 0xd9a441, 0xb5562f },
  { "blue", 0x4a5a6a, 0x4f7a9a, 0x3f5f6f, 0x8a6fae, 0x5f86c4 },
  { "rose", 0x6f6a4a, 0x7f9a6a, 0x4f7a6f, 0xd97a8f, 0xe8a58a },
  { "autumn", 0x6a4a35, 0xc98a3a, 0xb5562f, 0xa33a30, 0xd9a441 },
  { "citrus", 0xb9a36a, 0xf2b84a, 0xf0d060, 0xf08a3a, 0xf2a83a },
};

static void watercolour(struct canvas *c, struct job *job)
{
  struct plant p = draw_plant(c, job);
  const char *name = job_text(job, "paint", "green");
  size_t k, at_paint = 0;
  int i;

  for (k = 0; k < sizeof paints / sizeof *paints; k++)
    if (strcmp(paints[k].name, name) == 0)
      at_paint = k;
  for (i = 0; i < c->w * c->h; i++)
    c->px[i] = hex(0xf6f1e6);
  wash(c, &p.one, hex(paints[at_paint].a), hex(paints[at_paint].b), job->seed);
  wash(c, &p.two, hex(paints[at_paint].c), hex(paints[at_paint].d), job->seed + 5);
  lay_multiply(c, &p.stem, hex(paints[at_paint].stem), 0.9f);
  paper(c, 0.045f, job->seed);
  free_plant(&p);
}

/* Two blocks, a little out of register, the ink lying unevenly. */
static void lino(struct canvas *c, struct job *job)
{
  struct plant p = draw_plant(c, job);
  struct rgb ground
    = hex((uint32_t)strtoul(job_text(job, "ground", "2f4a3c"), NULL, 16));
  struct rgb ink = hex((uint32_t)strtoul(job_text(job, "ink", "efe3cb"), NULL, 16));
  struct rgb third = hex((uint32_t)strtoul(job_text(job, "third", "d98a4f"), NULL, 16));
  bool peel = strcmp(job_text(job, "plant", "fern"), "citrus") == 0;
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      int i = y * c->w + x,
          off = (y - 3 < 0 ? 0 : y - 3) * c->w + (x - 3 < 0 ? 0 : x - 3);
      float u = (float)x / (float)c->w, v = (float)y / (float)c->w;
      float edge
        = fminf(fminf(u, 1 - u), fminf((float)y, (float)(c->h - y)) / (float)c->w)
          - 0.06f;
      float salt = smooth(0.35f, 0.6f,
                          noise2(u * 150, v * 150, job->seed) * 0.6f
                            + fbm2(u * 12, v * 12, 3, job->seed + 1) - 0.12f);
      float chatter
        = smooth(0.72f, 0.8f,
                 noise2(u * 16 + 4 * fbm2(u * 3, v * 3, 2, 3), v * 120, job->seed + 3))
          * smooth(0.12f, 0.0f, fabsf(edge - 0.04f));
      struct rgb b = blend(ground, ink, salt * 0.5f);

      edge += 0.0025f * fbm2(u * 60, v * 60, 3, job->seed + 6);
      b = blend(b, ink, chatter * 0.8f);
      if (peel)
        b = blend(b, ink, fminf(p.one.a[i], 1));
      b = blend(b, third, fminf(p.two.a[off], 1) * (1 - 0.35f * salt));
      b = blend(b, ink, fminf(fmaxf(peel ? 0 : p.one.a[i], p.stem.a[i]), 1));
      c->px[i] = lerp(hex(0xf3ecdd), b, smooth(0, 0.003f, edge));
    }
  }
  paper(c, 0.03f, job->seed + 2);
  free_plant(&p);
}

const struct scene plant_scenes[] = {
  { "cyanotype", cyanotype },
  { "watercolour", watercolour },
  { "lino", lino },
  { NULL, NULL },
};
