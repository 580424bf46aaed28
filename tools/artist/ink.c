/* Ink on water: drops push each other aside without ever mixing, a comb draws them into
 * feathers (the marbling maths of Jaffer). Each pixel is followed back through every
 * touch to the drop it came from. Knows paint.h. */
#include <stdlib.h>
#include <string.h>

#include "paint.h"

enum { TOUCHES = 420 };

struct touch {
  char kind;
  float x, y, dx, dy, r, sharp, when;
  int colour;
};
struct bath {
  struct touch touch[TOUCHES];
  int count;
  struct rgb c[6];
};

static const struct {
  const char *name;
  uint32_t c[6];
} inks[] = {
  { "ebru", { 0xf2e8d5, 0x1f3f5b, 0xc4523a, 0xe0a53f, 0x3f7f7a, 0x17212b } },
  { "sumi", { 0xf1ece0, 0x2a2b2f, 0x6f7073, 0xf1ece0, 0x47484c, 0xb9b5ab } },
  { "indigo", { 0xeee9dd, 0x1c2f57, 0x4f74a6, 0xa9c0d6, 0xeee9dd, 0x0f1a33 } },
  { "rose", { 0xf6e9df, 0xb5485f, 0xe89a8b, 0x6d2f4a, 0xf2c9a5, 0x3f2a3f } },
  { "forest", { 0xeee8d6, 0x24493f, 0x7fa07a, 0xc9a24a, 0x15302b, 0xd9d2b5 } },
  { "sea", { 0xf0ece0, 0x0f4c5c, 0x5fa8a5, 0xe3b27a, 0x1c2f45, 0xbfe0d6 } },
};

static struct touch *touch(struct bath *b, char kind, float x, float y, float when)
{
  struct touch *t = &b->touch[b->count < TOUCHES - 1 ? b->count++ : b->count];

  memset(t, 0, sizeof *t);
  t->kind = kind;
  t->x = x;
  t->y = y;
  t->when = when;
  return t;
}

static void drops(struct bath *b, struct rng *rng, int n, float big, float spread)
{
  int i;

  for (i = 0; i < n; i++) {
    struct touch *t
      = touch(b, 'd', 0.5f + span(rng, -spread, spread),
              0.5f + span(rng, -spread, spread), (float)i / (float)n * 0.6f);

    t->r = big * span(rng, 0.35f, 1);
    t->colour = below(rng, 6);
  }
}

static void comb(struct bath *b, float angle, float gap, float pull, bool to_and_fro,
                 float when)
{
  float k;
  int i = 0;

  for (k = -0.75f; k < 0.76f; k += gap, i++) {
    struct touch *t = touch(b, 'l', 0.5f - sinf(angle) * k, 0.5f + cosf(angle) * k,
                            when + 0.1f * (k + 0.75f));
    float way = to_and_fro && i % 2 ? -1 : 1;

    t->dx = cosf(angle) * way;
    t->dy = sinf(angle) * way;
    t->r = pull;
    t->sharp = gap * 0.33f;
  }
}

static void rings(struct bath *b, struct rng *rng, int n)
{
  float x = span(rng, 0.4f, 0.6f), y = span(rng, 0.4f, 0.6f);
  int i;

  for (i = 0; i < n; i++) {
    struct touch *t = touch(b, 'd', x + gauss(rng) * 0.006f, y + gauss(rng) * 0.006f,
                            (float)i / (float)n);

    t->r = span(rng, 0.05f, 0.085f);
    t->colour = i % 2 ? 1 + below(rng, 2) : 0;
    if (i % 17 == 16) {
      x = span(rng, 0.25f, 0.75f);
      y = span(rng, 0.25f, 0.75f);
    }
  }
  for (i = 0; i < 7; i++) {
    struct touch *t = touch(b, 'l', rnd(rng), rnd(rng), 0.8f);
    float a = rnd(rng) * 6;

    t->dx = cosf(a);
    t->dy = sinf(a);
    t->r = span(rng, 0.02f, 0.06f);
    t->sharp = span(rng, 0.05f, 0.14f);
  }
}

static void swirls(struct bath *b, struct rng *rng, int n)
{
  int i;

  for (i = 0; i < n; i++) {
    struct touch *t = touch(b, 's', span(rng, 0.15f, 0.85f), span(rng, 0.15f, 0.85f),
                            0.75f + 0.2f * (float)i / (float)n);

    t->r = span(rng, 0.1f, 0.22f);
    t->sharp = span(rng, 1.6f, 3.4f) * (rnd(rng) < 0.5f ? -1 : 1);
  }
}

static void work(struct bath *b, const struct job *job, struct rng *rng)
{
  const char *kind = job_text(job, "kind", "stone");

  if (strcmp(kind, "rings") == 0) {
    rings(b, rng, 74);
    return;
  }
  drops(b, rng, 110, 0.12f, 0.66f);
  if (strcmp(kind, "gelgit") == 0) {
    comb(b, 0, 0.13f, 0.16f, true, 0.62f);
  } else if (strcmp(kind, "comb") == 0) {
    comb(b, PI / 2, 0.16f, 0.24f, true, 0.55f);
    comb(b, 0, 0.11f, 0.12f, false, 0.75f);
  } else if (strcmp(kind, "peacock") == 0) {
    comb(b, PI / 2, 0.14f, 0.3f, true, 0.5f);
    comb(b, 0, 0.09f, 0.1f, false, 0.65f);
    swirls(b, rng, 5);
  } else if (strcmp(kind, "swirl") == 0) {
    swirls(b, rng, 8);
  }
}

/* Takes the point back through one touch; gives the drop's colour when it began there.
 */
static int undo(const struct touch *t, float *x, float *y, float k)
{
  float dx = *x - t->x, dy = *y - t->y, d2 = dx * dx + dy * dy, r = t->r * k, d, push;

  if (t->kind == 'd') {
    if (d2 < r * r)
      return t->colour;
    d = sqrtf(1 - r * r / d2);
    *x = t->x + dx * d;
    *y = t->y + dy * d;
  } else if (t->kind == 'l') {
    d = fabsf(dx * t->dy - dy * t->dx);
    push = r * expf(-d / t->sharp);
    *x -= t->dx * push;
    *y -= t->dy * push;
  } else {
    d = sqrtf(d2);
    push = t->sharp * k * expf(-d / t->r * 2);
    *x = t->x + dx * cosf(push) + dy * sinf(push);
    *y = t->y + dy * cosf(push) - dx * sinf(push);
  }
  return -1;
}

static struct rgb follow(const struct bath *b, float x, float y, float now)
{
  int i, colour;

  for (i = b->count - 1; i >= 0; i--) {
    float k = smooth(0, 1, (now - b->touch[i].when) / 0.12f);

    if (k <= 0)
      continue;
    if (b->touch[i].kind == 'd')
      k = sqrtf(k);
    colour = undo(&b->touch[i], &x, &y, k);
    if (colour >= 0)
      return b->c[colour];
  }
  return b->c[0];
}

static void marble(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct bath b;
  const char *name = job_text(job, "inks", "ebru");
  float now = job->seconds ? 0.12f + job->time / job->seconds : 2;
  size_t i, k = 0;
  int x, y;

  memset(&b, 0, sizeof b);
  for (i = 0; i < sizeof inks / sizeof *inks; i++)
    if (strcmp(inks[i].name, name) == 0)
      k = i;
  for (i = 0; i < 6; i++)
    b.c[i] = hex(inks[k].c[i]);
  work(&b, job, &rng);
  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++) {
      float u = (float)x / (float)c->w,
            v = (float)y / (float)c->w - 0.5f * (float)(c->h - c->w) / (float)c->w;
      float wob = 0.012f * fbm2(u * 4, v * 4, 3, job->seed);

      *at(c, x, y) = follow(&b, u + wob, v - wob, now);
    }
  if (!job->seconds)
    paper(c, 0.04f, job->seed);
}

const struct scene ink_scenes[] = { { "marble", marble }, { NULL, NULL } };
