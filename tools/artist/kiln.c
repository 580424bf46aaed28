/* Distances and rays among turned things. Knows kiln.h only. */
#include <stdlib.h>
#include <string.h>

#include "kiln.h"

static float to_segment(float x, float y, struct point a, struct point b)
{
  float dx = b.x - a.x, dy = b.y - a.y;
  float t
    = clampf(((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy + 1e-9f), 0, 1);

  return hypotf(x - a.x - t * dx, y - a.y - t * dy);
}

void pot_turn(struct pot *p, const struct point *profile, int n, float thick)
{
  enum { STEPS = 6 };
  struct point curve[16 * STEPS];
  int i, k, m = 0, x, y;

  for (i = 0; i + 1 < n; i++) { /* a smooth line through the profile */
    struct point a = profile[i ? i - 1 : 0], b = profile[i], c = profile[i + 1];
    struct point d = profile[i + 2 < n ? i + 2 : n - 1];

    for (k = 0; k < STEPS; k++) {
      float t = (float)k / STEPS, t2 = t * t, t3 = t2 * t;

      curve[m].x = fmaxf(0, 0.5f
                              * (2 * b.x + (c.x - a.x) * t
                                 + (2 * a.x - 5 * b.x + 4 * c.x - d.x) * t2
                                 + (3 * b.x - a.x - 3 * c.x + d.x) * t3));
      curve[m++].y
        = 0.5f
          * (2 * b.y + (c.y - a.y) * t + (2 * a.y - 5 * b.y + 4 * c.y - d.y) * t2
             + (3 * b.y - a.y - 3 * c.y + d.y) * t3);
    }
  }
  curve[m++] = profile[n - 1];
  p->wide = p->tall = 0;
  for (i = 0; i < m; i++) {
    p->wide = fmaxf(p->wide, curve[i].x);
    p->tall = fmaxf(p->tall, curve[i].y);
  }
  p->rim = profile[n - 1].y;
  p->wide += thick * 3;
  p->tall += thick * 6;
  for (y = 0; y < GRID_H; y++) {
    for (x = 0; x < GRID_W; x++) {
      float px = (float)x / (GRID_W - 1) * p->wide;
      float py = (float)y / (GRID_H - 1) * p->tall - thick * 3, best = 1e9f;

      for (i = 0; i + 1 < m; i++)
        best = fminf(best, to_segment(px, py, curve[i], curve[i + 1]));
      p->d[y * GRID_W + x] = best - thick;
    }
  }
  p->bound = hypotf(p->wide, p->tall * 0.5f) + p->handle;
}

struct vec pot_local(const struct pot *p, struct vec q)
{
  float co = cosf(p->lean), si = sinf(p->lean), x, y;

  q = vsub(q, p->at);
  if (p->lean == 0)
    return q;
  x = q.x * co + q.y * si;
  y = -q.x * si + q.y * co;
  return vec(x, y, q.z);
}

static float handle_distance(const struct pot *p, struct vec q)
{
  float co = cosf(p->turn), si = sinf(p->turn), x = q.x * co + q.z * si,
        z = q.z * co - q.x * si;
  float ring, y = (q.y - p->rim * 0.52f) * 0.78f;

  x -= p->wide * 0.82f;
  ring = hypotf(x, y) - p->handle;
  if (x < -p->handle * 0.35f)
    return 1e9f;
  return hypotf(ring, z * 0.75f) - p->handle * 0.16f;
}

static float pot_distance(const struct pot *p, struct vec q)
{
  struct vec l = pot_local(p, q);
  float rho = hypotf(l.x, l.z), gx, gy, u, v, out = 0, d;
  float low = (p->tall - p->rim) * 0.5f;
  int x, y;

  gx = rho / p->wide * (GRID_W - 1);
  gy = (l.y + low) / p->tall * (GRID_H - 1);
  if (gx > GRID_W - 1.01f) {
    out = fmaxf(out, (gx - GRID_W + 1.01f) * p->wide / (GRID_W - 1));
    gx = GRID_W - 1.01f;
  }
  if (gy < 0) {
    out = hypotf(out, gy * p->tall / (GRID_H - 1));
    gy = 0;
  } else if (gy > GRID_H - 1.01f) {
    out = hypotf(out, (gy - GRID_H + 1.01f) * p->tall / (GRID_H - 1));
    gy = GRID_H - 1.01f;
  }
  x = (int)gx;
  y = (int)gy;
  u = gx - (float)x;
  v = gy - (float)y;
  d = mixf(mixf(p->d[y * GRID_W + x], p->d[y * GRID_W + x + 1], u),
           mixf(p->d[(y + 1) * GRID_W + x], p->d[(y + 1) * GRID_W + x + 1], u), v)
      + out;
  return p->handle > 0 ? fminf(d, handle_distance(p, l)) : d;
}

static struct vec middle(const struct pot *p)
{
  return vadd(p->at, vmul(vec(-sinf(p->lean), cosf(p->lean), 0), p->rim * 0.5f));
}

float kiln_distance(const struct kiln *k, struct vec q, int *which)
{
  float best = 1e9f;
  int i;

  for (i = 0; i < k->count; i++) {
    struct vec v = vsub(q, middle(&k->pot[i]));
    float far = sqrtf(vdot(v, v)) - k->pot[i].bound, d;

    if (far > best)
      continue;
    d = far > 0.25f ? far + 0.05f : pot_distance(&k->pot[i], q);
    if (d < best) {
      best = d;
      *which = i;
    }
  }
  return best;
}

/* Where the ray enters and leaves the balls around the pots; false when it misses all.
 */
static bool worth_marching(const struct kiln *k, struct vec from, struct vec dir,
                           float *t0, float *t1)
{
  int i;

  *t0 = 1e9f;
  *t1 = -1;
  for (i = 0; i < k->count; i++) {
    struct vec v = vsub(middle(&k->pot[i]), from);
    float along = vdot(v, dir), off = vdot(v, v) - along * along;
    float r = k->pot[i].bound, half;

    if (off > r * r)
      continue;
    half = sqrtf(r * r - off);
    if (along + half < 0)
      continue;
    *t0 = fminf(*t0, fmaxf(0, along - half));
    *t1 = fmaxf(*t1, along + half);
  }
  return *t1 > 0;
}

static struct vec pot_normal(const struct pot *p, struct vec q)
{
  float e = 0.004f;

  return vnorm(vec(
    pot_distance(p, vadd(q, vec(e, 0, 0))) - pot_distance(p, vadd(q, vec(-e, 0, 0))),
    pot_distance(p, vadd(q, vec(0, e, 0))) - pot_distance(p, vadd(q, vec(0, -e, 0))),
    pot_distance(p, vadd(q, vec(0, 0, e))) - pot_distance(p, vadd(q, vec(0, 0, -e)))));
}

struct meeting kiln_meet(const struct kiln *k, struct vec from, struct vec dir)
{
  struct meeting m = { 1e9f, NOTHING, false, { 0, 0, 0 }, { 0, 1, 0 } };
  float t0, t1, t;
  int i, which = 0;

  if (dir.y < -1e-5f) {
    m.t = -from.y / dir.y;
    m.what = TABLE;
  }
  t = dir.z > 1e-5f ? (k->wall - from.z) / dir.z : -1;
  if (t > 0 && t < m.t) {
    m.t = t;
    m.what = WALL;
    m.normal = vec(0, 0, -1);
  }
  if (worth_marching(k, from, dir, &t0, &t1)) {
    for (t = t0, i = 0; i < 110 && t < t1 && t < m.t; i++) {
      float d = kiln_distance(k, vadd(from, vmul(dir, t)), &which);

      if (d < 0.0012f) {
        struct vec l;

        m.t = t;
        m.what = which;
        m.normal = pot_normal(&k->pot[which], vadd(from, vmul(dir, t)));
        l = pot_local(&k->pot[which], vadd(from, vmul(dir, t)));
        m.inside = vdot(vec(l.x, 0, l.z), m.normal) < -0.02f * hypotf(l.x, l.z)
                   && k->pot[which].glaze < LEMON && m.normal.y > -0.3f;
        break;
      }
      t += d * 0.85f;
    }
  }
  m.at = vadd(from, vmul(dir, m.t));
  return m;
}

float kiln_shadow(const struct kiln *k, struct vec from, struct vec dir)
{
  float t0, t1, t, light = 1;
  int i, which = 0;

  if (!worth_marching(k, from, dir, &t0, &t1))
    return 1;
  for (t = fmaxf(t0, 0.02f), i = 0; i < 40 && t < t1 && light > 0.005f; i++) {
    float d = kiln_distance(k, vadd(from, vmul(dir, t)), &which);

    light = fminf(light, 0.5f + 5.5f * d / t);
    t += clampf(d, 0.02f, 0.25f);
  }
  light = clampf(light, 0, 1);
  return light * light * (3 - 2 * light);
}

float kiln_open(const struct kiln *k, struct vec p, struct vec n)
{
  float closed = 0, weight = 1, step;
  int i, which = 0;

  for (i = 1; i <= 5; i++) {
    struct vec q = vadd(p, vmul(n, step = 0.07f * (float)i));
    float d = fminf(kiln_distance(k, q, &which), fminf(q.y, k->wall - q.z));

    closed += weight * fmaxf(0, step - d);
    weight *= 0.72f;
  }
  return clampf(1 - 1.25f * closed, 0.08f, 1);
}

struct point kiln_project(const struct kiln *k, const struct canvas *c, struct vec p)
{
  struct vec v = vsub(p, k->eye);
  float z = vdot(v, k->ahead);
  struct point q
    = { (float)c->w * 0.5f * (1 + vdot(v, k->right) / z * k->zoom),
        (float)c->h * 0.5f - (float)c->w * 0.5f * vdot(v, k->up) / z * k->zoom };

  return q;
}

struct form {
  const char *name;
  int n;
  float thick, vary;
  struct point p[12];
};

static const struct form forms[] = {
  { "vase",
    9,
    0.03f,
    0.16f,
    { { 0, 0.03f },
      { 0.3f, 0.03f },
      { 0.42f, 0.3f },
      { 0.55f, 0.75f },
      { 0.5f, 1.15f },
      { 0.3f, 1.5f },
      { 0.2f, 1.75f },
      { 0.22f, 1.95f },
      { 0.3f, 2.05f } } },
  { "bottle",
    9,
    0.028f,
    0.15f,
    { { 0, 0.03f },
      { 0.36f, 0.03f },
      { 0.44f, 0.2f },
      { 0.46f, 0.7f },
      { 0.36f, 1.05f },
      { 0.16f, 1.3f },
      { 0.11f, 1.65f },
      { 0.11f, 1.95f },
      { 0.16f, 2.02f } } },
  { "bowl",
    7,
    0.03f,
    0.12f,
    { { 0, 0.05f },
      { 0.26f, 0.05f },
      { 0.3f, 0.09f },
      { 0.55f, 0.24f },
      { 0.76f, 0.46f },
      { 0.86f, 0.66f },
      { 0.9f, 0.76f } } },
  { "cup",
    7,
    0.03f,
    0.08f,
    { { 0, 0.03f },
      { 0.28f, 0.03f },
      { 0.35f, 0.12f },
      { 0.39f, 0.35f },
      { 0.4f, 0.55f },
      { 0.4f, 0.7f },
      { 0.41f, 0.78f } } },
  { "plate",
    6,
    0.025f,
    0.03f,
    { { 0, 0.05f },
      { 0.6f, 0.05f },
      { 0.85f, 0.07f },
      { 1.0f, 0.11f },
      { 1.15f, 0.17f },
      { 1.25f, 0.2f } } },
  { "jar",
    9,
    0.035f,
    0.12f,
    { { 0, 0.03f },
      { 0.4f, 0.03f },
      { 0.56f, 0.2f },
      { 0.64f, 0.55f },
      { 0.6f, 0.9f },
      { 0.46f, 1.12f },
      { 0.4f, 1.2f },
      { 0.42f, 1.28f },
      { 0.46f, 1.3f } } },
  { "moon",
    9,
    0.03f,
    0.05f,
    { { 0, 0.02f },
      { 0.3f, 0.03f },
      { 0.62f, 0.25f },
      { 0.8f, 0.7f },
      { 0.74f, 1.12f },
      { 0.5f, 1.4f },
      { 0.29f, 1.48f },
      { 0.27f, 1.56f },
      { 0.3f, 1.6f } } },
  { "cylinder",
    6,
    0.03f,
    0.08f,
    { { 0, 0.03f },
      { 0.4f, 0.03f },
      { 0.42f, 0.1f },
      { 0.42f, 0.8f },
      { 0.42f, 1.4f },
      { 0.43f, 1.6f } } },
  { "pitcher",
    9,
    0.03f,
    0.1f,
    { { 0, 0.03f },
      { 0.36f, 0.03f },
      { 0.48f, 0.22f },
      { 0.52f, 0.6f },
      { 0.42f, 0.95f },
      { 0.31f, 1.2f },
      { 0.31f, 1.42f },
      { 0.37f, 1.56f },
      { 0.4f, 1.6f } } },
  { "lemon",
    8,
    0.02f,
    0.05f,
    { { 0, 0 },
      { 0.07f, 0.03f },
      { 0.2f, 0.13f },
      { 0.28f, 0.32f },
      { 0.26f, 0.5f },
      { 0.15f, 0.66f },
      { 0.06f, 0.72f },
      { 0, 0.78f } } },
  { "orange",
    8,
    0.02f,
    0.03f,
    { { 0, 0.02f },
      { 0.16f, 0.04f },
      { 0.3f, 0.16f },
      { 0.34f, 0.34f },
      { 0.3f, 0.5f },
      { 0.17f, 0.63f },
      { 0.06f, 0.65f },
      { 0, 0.63f } } },
  { "pear",
    9,
    0.02f,
    0.06f,
    { { 0, 0.02f },
      { 0.16f, 0.03f },
      { 0.32f, 0.16f },
      { 0.36f, 0.36f },
      { 0.28f, 0.6f },
      { 0.18f, 0.8f },
      { 0.15f, 0.94f },
      { 0.08f, 1.02f },
      { 0, 1.03f } } },
  { "fig",
    8,
    0.02f,
    0.06f,
    { { 0, 0.02f },
      { 0.14f, 0.03f },
      { 0.27f, 0.14f },
      { 0.3f, 0.3f },
      { 0.22f, 0.48f },
      { 0.1f, 0.62f },
      { 0.04f, 0.72f },
      { 0, 0.74f } } },
};

void pot_form(struct pot *p, const char *form, float size, struct rng *rng)
{
  const struct form *f = &forms[0];
  struct point q[12];
  float broad, high, swell;
  size_t i;
  int k;

  for (i = 0; i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].name, form) == 0)
      f = &forms[i];
  broad = 1 + f->vary * span(rng, -1, 1);
  high = 1 + f->vary * span(rng, -1, 1);
  swell = f->vary * span(rng, -1, 1);
  for (k = 0; k < f->n; k++) {
    float t = f->p[k].y / f->p[f->n - 1].y;

    q[k].x = f->p[k].x * broad * size * (1 + swell * sinf(t * 4.5f));
    q[k].y = f->p[k].y * high * size;
  }
  pot_turn(p, q, f->n, f->thick * size);
}
