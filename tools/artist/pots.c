/* Pots on a table: how they are glazed, which stand together, what stands in them; and
 * the wheel. Knows kiln.h only. */
#include <stdlib.h>
#include <string.h>

#include "kiln.h"

static const uint32_t glazes[] = {
  0xf1e9dc, 0xc9714d, 0x94a88a, 0x2f5573, 0xd6a048, 0xe0b0a0, 0x3f3c3d, 0xa6c6b8,
  0x743f4e, 0xf6f2ea, 0x6e8fa6, 0xb4533a, 0x55705a, 0xd9c3a0, 0x8a5a3c, 0x1f6f78,
};

static void dress(struct pot *p, struct rng *rng, const struct job *job)
{
  static const uint32_t clays[] = { 0xb98560, 0x8d5a40, 0xd9c4a6, 0x5b4a42, 0xc7a27d };

  p->glaze = (enum glaze)below(rng, RAW);
  if (job_has(job, "glaze"))
    p->glaze = (enum glaze)(int)job_number(job, "glaze", 0);
  if (rnd(rng) < 0.12f && !job_has(job, "glaze"))
    p->glaze = LEAFY;
  p->one = hex(glazes[below(rng, 16)]);
  p->two = hex(glazes[below(rng, 16)]);
  if (p->glaze == COBALT || p->glaze == LEAFY) {
    p->one = hex(rnd(rng) < 0.7f ? 0xf3efe6 : 0xe3d5bd);
    p->two = hex(rnd(rng) < 0.65f ? 0x24497f : 0x7a3b2a);
  } else if (p->glaze == CELADON) {
    p->one = hex(rnd(rng) < 0.6f ? 0xa9c9b6 : 0xb9ced4);
  } else if (fabsf(luma(p->one) - luma(p->two)) < 0.12f) {
    p->two = luma(p->one) > 0.3f ? hex(0x33475b) : hex(0xf1e6d2);
  }
  if (job_has(job, "one"))
    p->one = hex((uint32_t)strtoul(job_text(job, "one", "0"), NULL, 16));
  if (job_has(job, "two"))
    p->two = hex((uint32_t)strtoul(job_text(job, "two", "0"), NULL, 16));
  p->clay = hex(clays[below(rng, 5)]);
  p->gloss = span(rng, 0.25f, 0.9f);
  p->turn = rnd(rng) * 6;
  p->seed = (uint32_t)below(rng, 100000);
}

static struct pot *place(struct kiln *k, const char *form, float size, float x, float z,
                         struct rng *rng, const struct job *job)
{
  struct pot *p = &k->pot[k->count++];

  dress(p, rng, job);
  if (strcmp(form, "pitcher") == 0)
    p->handle = size * 0.36f;
  else if (strcmp(form, "cup") == 0 && rnd(rng) < 0.6f)
    p->handle = size * 0.2f;
  if (p->handle > 0)
    p->turn = span(rng, -0.7f, 0.5f) + (rnd(rng) < 0.3f ? PI : 0);
  pot_form(p, form, size, rng);
  p->at = vec(x, 0, z);
  return p;
}

static void place_fruit(struct kiln *k, const char *form, float size, struct vec where,
                        struct rng *rng, const struct job *job)
{
  static const struct {
    const char *form;
    enum glaze skin;
    uint32_t one, two;
  } kinds[] = {
    { "lemon", LEMON, 0xf2cf3b, 0xe6b21f },
    { "orange", ORANGE, 0xf08a24, 0xe0701a },
    { "pear", PEAR, 0xb9b84a, 0xc9863f },
    { "fig", FIG, 0x4a2a45, 0x6d7a4a },
  };
  struct pot *p = place(k, form, size, where.x, where.z, rng, job);
  int i;

  for (i = 0; i < 4; i++) {
    if (strcmp(kinds[i].form, form) == 0) {
      p->glaze = kinds[i].skin;
      p->one = hex(kinds[i].one);
      p->two = hex(kinds[i].two);
    }
  }
  p->at = where;
  p->handle = 0;
  if (p->glaze == LEMON || (p->glaze == PEAR && rnd(rng) < 0.35f)) {
    p->lean = span(rng, 1.2f, 1.5f) * (rnd(rng) < 0.5f ? -1 : 1);
    p->at.y += p->wide * 0.88f;
    p->at.x += p->rim * 0.5f * sinf(p->lean);
    p->at.y -= p->rim * 0.5f * cosf(p->lean);
  }
}

struct plan {
  const char *form;
  float size, x, z;
};

static void arrange(struct kiln *k, const struct plan *plan, int n, struct rng *rng,
                    const struct job *job)
{
  int i;

  for (i = 0; i < n; i++)
    place(k, plan[i].form, plan[i].size * span(rng, 0.92f, 1.08f), plan[i].x, plan[i].z,
          rng, job);
}

static const char *some_form(struct rng *rng)
{
  static const char *const tall[]
    = { "vase", "bottle", "jar", "moon", "cylinder", "pitcher" };

  return tall[below(rng, 6)];
}

static void group_trio(struct kiln *k, struct rng *rng, const struct job *job)
{
  float flip = rnd(rng) < 0.5f ? -1 : 1;
  struct plan p[3]
    = { { NULL, 1.15f, -0.75f * flip, 0.5f },
        { NULL, 0.85f, 0.5f * flip, 0.1f },
        { rnd(rng) < 0.5f ? "bowl" : "cup", 0.7f, -0.05f * flip, -0.85f } };

  p[0].form = some_form(rng);
  p[1].form = some_form(rng);
  arrange(k, p, 3, rng, job);
}

static void group_row(struct kiln *k, struct rng *rng, const struct job *job)
{
  int i, n = (int)job_number(job, "n", 4);
  const char *same = job_text(job, "form", NULL);

  for (i = 0; i < n; i++) {
    float x = ((float)i - (float)(n - 1) * 0.5f) * job_number(job, "gap", 1.25f);

    place(k, same ? same : some_form(rng),
          span(rng, 0.8f, 1.1f) * job_number(job, "size", 0.85f), x,
          span(rng, -0.12f, 0.12f), rng, job);
  }
}

static void group_stack(struct kiln *k, struct rng *rng, const struct job *job)
{
  float y = 0, size = 1.05f;
  int i;

  for (i = 0; i < 5; i++) {
    struct pot *p = place(k, "bowl", size, span(rng, -0.03f, 0.03f), 0, rng, job);

    p->at.y = y;
    y += p->rim * 0.36f;
    size *= 0.93f;
  }
}

static void group_tea(struct kiln *k, struct rng *rng, const struct job *job)
{
  struct plan p[5] = { { "pitcher", 1.05f, -0.75f, 0.45f },
                       { "cup", 0.85f, 0.45f, -0.1f },
                       { "cup", 0.85f, 1.25f, 0.55f },
                       { "plate", 0.5f, -0.5f, -1.0f },
                       { "jar", 0.6f, 0.45f, 1.2f } };

  arrange(k, p, 5, rng, job);
  place_fruit(k, "lemon", 0.75f, vec(-0.45f, 0.06f, -1.0f), rng, job);
}

static void group_fruit(struct kiln *k, struct rng *rng, const struct job *job)
{
  static const char *const kinds[] = { "lemon", "orange", "pear", "fig" };
  const char *kind = job_text(job, "fruit", kinds[below(rng, 4)]);
  int i, n = (int)job_number(job, "n", 5);

  place(k, job_text(job, "form", "bowl"), 1.1f, -0.25f, 0.3f, rng, job);
  for (i = 0; i < 4; i++) {
    float a = (float)i * 1.57f + rnd(rng) * 0.5f, r = i ? 0.36f : 0.1f;

    place_fruit(k, kind, 0.88f,
                vec(-0.25f + r * cosf(a), 0.34f + 0.08f * (float)(i == 0),
                    0.3f + r * sinf(a)),
                rng, job);
  }
  for (i = 0; i < n - 3; i++)
    place_fruit(k, kind, 0.9f,
                vec(0.95f - 0.45f * (float)i + span(rng, -0.1f, 0.1f), 0,
                    -0.75f - 0.22f * (float)(i % 2)),
                rng, job);
}

static void group_one(struct kiln *k, struct rng *rng, const struct job *job)
{
  place(k, job_text(job, "form", some_form(rng)), job_number(job, "size", 1), 0, 0, rng,
        job);
}

static const struct {
  const char *name;
  void (*put)(struct kiln *k, struct rng *rng, const struct job *job);
  float zoom;
} groups[] = {
  { "one", group_one, 4.3f }, { "trio", group_trio, 3.5f },
  { "row", group_row, 3.1f }, { "stack", group_stack, 4.4f },
  { "tea", group_tea, 3.5f }, { "fruit", group_fruit, 4.1f },
};

static void compose(struct kiln *k, const struct job *job, struct rng *rng)
{
  size_t i;
  const char *group = job_text(job, "group", "one");
  float high = job_number(job, "high", 2.4f), zoom = 4.0f;
  struct vec to = vec(0, 0.72f, 0);

  for (i = 0; i < sizeof groups / sizeof *groups; i++) {
    if (strcmp(groups[i].name, group) == 0) {
      groups[i].put(k, rng, job);
      zoom = groups[i].zoom;
    }
  }
  if (k->count == 1)
    to.y = k->pot[0].rim * 0.47f;
  to.y = job_number(job, "aim", to.y);
  kiln_look(k, vec(job_number(job, "side", 0), high, -7.2f), to,
            job_number(job, "zoom", zoom));
}

static void pots(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct kiln k;
  struct mask skin = mask_new(c->w, c->h);
  const char *stems = job_text(job, "stems", NULL);

  memset(&k, 0, sizeof k);
  k.pot = need(OBJECTS * sizeof *k.pot);
  kiln_furnish(&k, job, &rng);
  compose(&k, job, &rng);
  k.drift = job->time * job_number(job, "drift", 0);
  if (job_has(job, "spin"))
    k.pot[0].spin = job->time * job_number(job, "spin", 1);
  kiln_shoot(c, &k, &skin);
  if (stems) {
    struct vec mouth = vadd(k.pot[0].at, vec(0, k.pot[0].rim, 0));

    bouquet(c, &skin, stems, kiln_project(&k, c, mouth),
            (float)c->w * job_number(job, "stemsize", 0.42f),
            job_number(job, "spread", 0.55f), job->seed);
  }
  free(k.pot);
  mask_free(&skin);
  bloom(c, 0.85f, (float)c->w * 0.02f, 0.25f);
  vignette(c, 0.2f);
  if (!job->seconds)
    grain(c, 0.025f, job->seed);
}

/* ---- the wheel: a lump becomes a vase while it turns ---- */

static void wheel(struct canvas *c, struct job *job)
{
  static const struct point lump[8]
    = { { 0, 0.02f },    { 0.62f, 0.03f }, { 0.66f, 0.16f }, { 0.62f, 0.32f },
        { 0.5f, 0.46f }, { 0.34f, 0.53f }, { 0.2f, 0.52f },  { 0.14f, 0.48f } };
  static const struct point vase[8]
    = { { 0, 0.02f },   { 0.38f, 0.03f }, { 0.5f, 0.3f },   { 0.6f, 0.7f },
        { 0.5f, 1.1f }, { 0.3f, 1.42f },  { 0.27f, 1.62f }, { 0.38f, 1.75f } };
  static const struct point disc_of[3]
    = { { 0, 0.05f }, { 0.95f, 0.05f }, { 0.97f, 0.02f } };
  struct rng rng = rng_from(job->seed);
  struct kiln k;
  struct mask skin = mask_new(c->w, c->h);
  float t = smooth(0, 1, job->time / fmaxf(job->seconds, 0.1f) * 1.1f);
  struct point p[8];
  int i;

  if (!job->seconds)
    t = job_number(job, "at", 0.6f);
  memset(&k, 0, sizeof k);
  k.pot = need(OBJECTS * sizeof *k.pot);
  kiln_furnish(&k, job, &rng);
  for (i = 0; i < 8; i++) {
    float tk = clampf(t * 1.5f - 0.06f * (float)i, 0, 1);

    p[i].x = mixf(lump[i].x, vase[i].x, tk);
    p[i].y = mixf(lump[i].y, vase[i].y, tk) + 0.09f;
  }
  for (i = 0; i < 2; i++) {
    dress(&k.pot[i], &rng, job);
    k.pot[i].glaze = RAW;
    k.pot[i].clay = hex(i ? 0x6b6460 : 0xb0785a);
    k.pot[i].spin = job->time * 9;
  }
  pot_turn(&k.pot[0], p, 8, 0.045f);
  pot_turn(&k.pot[1], disc_of, 3, 0.03f);
  k.pot[0].glaze = BANDS;
  k.pot[0].one = hex(0xb0785a);
  k.pot[0].two = hex(0xa06a4e);
  k.pot[0].gloss = 0.55f;
  k.count = 2;
  kiln_look(&k, vec(0.4f, 2.7f, -6.2f), vec(0, 0.75f, 0), 2.7f);
  kiln_shoot(c, &k, &skin);
  free(k.pot);
  mask_free(&skin);
  vignette(c, 0.25f);
}

const struct scene pot_scenes[]
  = { { "pots", pots }, { "wheel", wheel }, { NULL, NULL } };
