/* The photographer of pots: puts them on a table before a wall, opens a window, looks.
 * Knows kiln.h only. */
#include <stdlib.h>
#include <string.h>

#include "kiln.h"

static void look(struct kiln *k, struct vec eye, struct vec to, float zoom)
{
  k->eye = eye;
  k->ahead = vnorm(vsub(to, eye));
  k->right = vnorm(vcross(vec(0, 1, 0), k->ahead));
  k->up = vcross(k->ahead, k->right);
  k->zoom = zoom;
}

/* How much of the window's light comes past what stands in it. */
static float gobo_light(const struct kiln *k, struct vec p)
{
  float u, v, a, b;

  if (!k->gobo)
    return 1;
  u = p.x - p.z * k->light.x / k->light.z * 0.9f + k->drift;
  v = p.y - p.z * k->light.y / k->light.z * 0.9f;
  if (k->gobo == 'l') {
    float w = fbm2(u * 1.1f, v * 1.1f, 2, k->seed + 7) * 0.8f;
    float leafs = fbm2(u * 2.3f + w, v * 1.5f - u * 1.4f, 3, k->seed + 3);

    return 0.12f + 0.88f * smooth(-0.12f, 0.16f, leafs);
  }
  if (k->gobo == 's') {
    a = v * 2.6f + u * 0.35f;
    return 0.1f + 0.9f * smooth(0.16f, 0.3f, fabsf(a - floorf(a) - 0.5f));
  }
  a = fabsf(u * 0.62f - floorf(u * 0.62f) - 0.5f);
  b = fabsf(v * 0.5f - floorf(v * 0.5f) - 0.5f);
  return 0.12f + 0.88f * smooth(0.455f, 0.42f, a) * smooth(0.46f, 0.425f, b)
         * smooth(3.4f, 2.9f, fabsf(u)) * smooth(3.4f, 2.9f, fabsf(v - 1));
}

static struct rgb backdrop(const struct kiln *k, const struct meeting *m)
{
  struct rgb c = m->what == WALL ? k->wall_colour : k->table_colour;

  if (m->what == WALL)
    return scale(c, 1 + 0.05f * fbm2(m->at.x * 1.3f, m->at.y * 1.3f, 4, k->seed));
  if (k->cloth > 0) {
    float w = sinf(m->at.x * 150) * sinf(m->at.z * 150);

    c = scale(c, 1 + k->cloth * (0.05f * w + 0.1f * fbm2(m->at.x * 2, m->at.z * 2, 3, k->seed + 4)));
  } else {
    float grainy = fbm2(m->at.x * 1.2f, m->at.z * 16, 4, k->seed + 2);

    c = scale(c, 1 + 0.1f * grainy);
  }
  return c;
}

/* The window as a glaze sees it. */
static float highlight(const struct kiln *k, struct vec r)
{
  float front = vdot(r, k->light), u, v;
  struct vec side = vnorm(vcross(vec(0, 1, 0), k->light)), top = vcross(k->light, side);

  if (front < 0.2f)
    return 0;
  u = vdot(r, side) / front;
  v = vdot(r, top) / front;
  return smooth(0.30f, 0.24f, fabsf(u)) * smooth(0.42f, 0.36f, fabsf(v))
         * (0.25f + 0.75f * smooth(0.012f, 0.03f, fabsf(u)) * smooth(0.012f, 0.03f, fabsf(v)));
}

static struct rgb shine(const struct kiln *k, struct vec dir, struct vec n, float gloss)
{
  struct vec r = vsub(dir, vmul(n, 2 * vdot(dir, n)));
  float fresnel = 0.05f + 0.75f * powf(1 - clampf(-vdot(dir, n), 0, 1), 5);
  struct rgb around = lerp(k->table_colour, lerp(k->wall_colour, k->fill, 0.5f), smooth(-0.3f, 0.5f, r.y));

  return add(scale(around, fresnel * gloss * 0.9f), scale(k->sun, gloss * 0.5f * highlight(k, r)));
}

static struct rgb expose(const struct kiln *k, struct vec dir, struct meeting *m)
{
  struct vec n = m->normal, up;
  float gloss = 0, sun, open, face;
  struct rgb c, light;

  if (m->what == NOTHING)
    return k->wall_colour;
  up = vadd(m->at, vmul(n, 0.006f));
  if (m->what >= 0)
    c = glaze_at(&k->pot[m->what], pot_local(&k->pot[m->what], m->at), m->inside, &n, &gloss);
  else
    c = backdrop(k, m);
  face = vdot(n, k->light);
  sun = face > -0.1f ? kiln_shadow(k, up, k->light) * gobo_light(k, m->at) : 0;
  open = kiln_open(k, up, m->normal);
  light = scale(k->sun, sun * clampf(face * 1.05f + 0.05f, 0, 1));
  light = add(light, scale(k->fill, open * (0.62f + 0.38f * n.y - 0.1f * n.x)));
  light = add(light, scale(mul(k->table_colour, k->sun), 0.16f * open * clampf(-n.y * 0.6f + 0.3f, 0, 1)));
  c = mul(c, light);
  if (gloss > 0)
    c = add(c, scale(shine(k, dir, n, gloss), open * (0.35f + 0.65f * sun)));
  return c;
}

static struct rgb ray(const struct kiln *k, const struct canvas *c, float x, float y, int *what,
                      bool *inside)
{
  float u = (2 * x - (float)c->w) / (float)c->w / k->zoom;
  float v = ((float)c->h - 2 * y) / (float)c->w / k->zoom;
  struct vec d = vnorm(vadd(k->ahead, vadd(vmul(k->right, u), vmul(k->up, v))));
  struct meeting m = kiln_meet(k, k->eye, d);

  *what = m.what;
  *inside = m.inside;
  return expose(k, d, &m);
}

/* One ray a pixel, three more where neighbours disagree. */
static void shoot(struct canvas *c, const struct kiln *k, struct mask *skin)
{
  struct canvas first = canvas_new(c->w, c->h);
  int x, y, what, i;
  bool inside;

  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++) {
      *at(&first, x, y) = ray(k, c, (float)x + 0.5f, (float)y + 0.5f, &what, &inside);
      skin->a[y * c->w + x] = what >= 0 && !inside;
    }
  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float here = luma(*at(&first, x, y)), rough;
      struct rgb sum = *at(&first, x, y);

      rough = fabsf(here - luma(*at(&first, x + 1, y))) + fabsf(here - luma(*at(&first, x - 1, y)))
              + fabsf(here - luma(*at(&first, x, y + 1))) + fabsf(here - luma(*at(&first, x, y - 1)));
      if (rough > 0.04f + 0.12f * here) {
        static const float off[3][2] = { { 0.2f, 0.8f }, { 0.8f, 0.75f }, { 0.65f, 0.15f } };

        for (i = 0; i < 3; i++)
          sum = add(sum, ray(k, c, (float)x + off[i][0], (float)y + off[i][1], &what, &inside));
        sum = scale(sum, 0.25f);
      }
      *at(c, x, y) = sum;
    }
  }
  canvas_free(&first);
}

static const struct { const char *name; uint32_t wall, table, sun, fill; } rooms[] = {
  { "linen", 0xe9dfd0, 0xd8c6ad, 0xfff0d8, 0xc9d3e0 }, { "blush", 0xe2bfae, 0xd3a48f, 0xffe8d0, 0xd9c6cf },
  { "sage",  0xb3bfa6, 0xd9cfb8, 0xfff2d6, 0xbfcfd0 }, { "clay",  0xb9795a, 0xa9694b, 0xffdfb8, 0xb9a9b0 },
  { "ink",   0x2c4257, 0x3a4f60, 0xffe6c0, 0x7f97b8 }, { "ochre", 0xd9a856, 0xc2893c, 0xfff0cc, 0xc9bfb0 },
  { "pine",  0x2f4a43, 0x6b4a35, 0xffe2b0, 0x7f9f98 }, { "snow",  0xf0efec, 0xe6e3dd, 0xfff6e8, 0xcfdcea },
  { "plum",  0x5a3444, 0x7a4a4f, 0xffdcc0, 0x9f8fa8 }, { "sky",   0xa9c3d4, 0xdcd6ca, 0xfff3dc, 0xbfd2e6 },
  { "oak",   0xe6dac8, 0x8f6440, 0xffeccc, 0xc0c9d4 }, { "teal",  0x4d7f80, 0xcdb48f, 0xffedcc, 0x9fc0c4 },
};

static const uint32_t glazes[] = {
  0xf1e9dc, 0xc9714d, 0x94a88a, 0x2f5573, 0xd6a048, 0xe0b0a0, 0x3f3c3d, 0xa6c6b8, 0x743f4e, 0xf6f2ea,
  0x6e8fa6, 0xb4533a, 0x55705a, 0xd9c3a0, 0x8a5a3c, 0x1f6f78,
};

static void dress(struct pot *p, struct rng *rng, const struct job *job)
{
  static const uint32_t clays[] = { 0xb98560, 0x8d5a40, 0xd9c4a6, 0x5b4a42, 0xc7a27d };

  p->glaze = (enum glaze)below(rng, RAW);
  if (job_has(job, "glaze"))
    p->glaze = (enum glaze)(int)job_number(job, "glaze", 0);
  if (rnd(rng) < 0.12f)
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
  static const struct { const char *form; enum glaze skin; uint32_t one, two; } kinds[] = {
    { "lemon", LEMON, 0xf2cf3b, 0xe6b21f }, { "orange", ORANGE, 0xf08a24, 0xe0701a },
    { "pear", PEAR, 0xb9b84a, 0xc9863f }, { "fig", FIG, 0x4a2a45, 0x6d7a4a },
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

static void furnish(struct kiln *k, const struct job *job, struct rng *rng)
{
  const char *name = job_text(job, "room", "linen");
  size_t i, r = 0;

  for (i = 0; i < sizeof rooms / sizeof *rooms; i++)
    if (strcmp(rooms[i].name, name) == 0)
      r = i;
  k->wall_colour = hex(rooms[r].wall);
  k->table_colour = hex(rooms[r].table);
  k->sun = scale(hex(rooms[r].sun), job_number(job, "sun", 1.35f));
  k->fill = scale(hex(rooms[r].fill), job_number(job, "fill", 0.5f));
  k->gobo = *job_text(job, "window", "-");
  if (k->gobo == '-')
    k->gobo = 0;
  k->wall = job_number(job, "wall", 2.6f);
  k->cloth = job_number(job, "cloth", 0);
  k->seed = job->seed;
  k->light = vnorm(vec(job_number(job, "lightx", rnd(rng) < 0.5f ? -0.85f : 0.85f),
                       job_number(job, "lighty", 0.75f), -0.75f));
}

struct plan { const char *form; float size, x, z; };

static void arrange(struct kiln *k, const struct plan *plan, int n, struct rng *rng,
                    const struct job *job)
{
  int i;

  for (i = 0; i < n; i++)
    place(k, plan[i].form, plan[i].size * span(rng, 0.92f, 1.08f), plan[i].x, plan[i].z, rng, job);
}

static const char *some_form(struct rng *rng)
{
  static const char *const tall[] = { "vase", "bottle", "jar", "moon", "cylinder", "pitcher" };

  return tall[below(rng, 6)];
}

static void group_trio(struct kiln *k, struct rng *rng, const struct job *job)
{
  float flip = rnd(rng) < 0.5f ? -1 : 1;
  struct plan p[3] = { { NULL, 1.15f, -0.75f * flip, 0.5f }, { NULL, 0.85f, 0.5f * flip, 0.1f },
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

    place(k, same ? same : some_form(rng), span(rng, 0.8f, 1.1f) * job_number(job, "size", 0.85f), x,
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
  struct plan p[5] = { { "pitcher", 1.05f, -0.75f, 0.45f }, { "cup", 0.85f, 0.45f, -0.1f },
                       { "cup", 0.85f, 1.25f, 0.55f }, { "plate", 0.5f, -0.5f, -1.0f },
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

    place_fruit(k, kind, 0.88f, vec(-0.25f + r * cosf(a), 0.34f + 0.08f * (float)(i == 0),
                                    0.3f + r * sinf(a)), rng, job);
  }
  for (i = 0; i < n - 3; i++)
    place_fruit(k, kind, 0.9f, vec(0.95f - 0.45f * (float)i + span(rng, -0.1f, 0.1f), 0,
                                   -0.75f - 0.22f * (float)(i % 2)), rng, job);
}

static void group_one(struct kiln *k, struct rng *rng, const struct job *job)
{
  place(k, job_text(job, "form", some_form(rng)), job_number(job, "size", 1), 0, 0, rng, job);
}

static const struct {
  const char *name;
  void (*put)(struct kiln *k, struct rng *rng, const struct job *job);
  float zoom;
} groups[] = {
  { "one", group_one, 4.3f }, { "trio", group_trio, 3.9f }, { "row", group_row, 3.1f },
  { "stack", group_stack, 4.4f }, { "tea", group_tea, 3.5f }, { "fruit", group_fruit, 4.1f },
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
  look(k, vec(job_number(job, "side", 0), high, -7.2f), to, job_number(job, "zoom", zoom));
}

static void pots(struct canvas *c, struct job *job)
{
  struct rng rng = rng_from(job->seed);
  struct kiln k;
  struct mask skin = mask_new(c->w, c->h);
  const char *stems = job_text(job, "stems", NULL);

  memset(&k, 0, sizeof k);
  k.pot = need(OBJECTS * sizeof *k.pot);
  furnish(&k, job, &rng);
  compose(&k, job, &rng);
  k.drift = job->time * job_number(job, "drift", 0);
  if (job_has(job, "spin"))
    k.pot[0].spin = job->time * job_number(job, "spin", 1);
  shoot(c, &k, &skin);
  if (stems) {
    struct vec mouth = vadd(k.pot[0].at, vec(0, k.pot[0].rim, 0));

    bouquet(c, &skin, stems, kiln_project(&k, c, mouth), (float)c->w * job_number(job, "stemsize", 0.42f),
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
  static const struct point lump[8] = { { 0, 0.02f }, { 0.62f, 0.03f }, { 0.66f, 0.16f }, { 0.62f, 0.32f },
    { 0.5f, 0.46f }, { 0.34f, 0.53f }, { 0.2f, 0.52f }, { 0.14f, 0.48f } };
  static const struct point vase[8] = { { 0, 0.02f }, { 0.38f, 0.03f }, { 0.5f, 0.3f }, { 0.6f, 0.7f },
    { 0.5f, 1.1f }, { 0.3f, 1.42f }, { 0.27f, 1.62f }, { 0.38f, 1.75f } };
  static const struct point disc_of[3] = { { 0, 0.05f }, { 0.95f, 0.05f }, { 0.97f, 0.02f } };
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
  furnish(&k, job, &rng);
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
  look(&k, vec(0.4f, 2.7f, -6.2f), vec(0, 0.75f, 0), 2.7f);
  shoot(c, &k, &skin);
  free(k.pot);
  mask_free(&skin);
  vignette(c, 0.25f);
}

const struct scene pot_scenes[] = { { "pots", pots }, { "wheel", wheel }, { NULL, NULL } };
