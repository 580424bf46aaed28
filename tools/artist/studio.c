/* The photographer's room: the camera, the window and what stands in it, the light on
 * glaze, wall and table. Knows kiln.h only. */
#include <string.h>

#include "kiln.h"

void kiln_look(struct kiln *k, struct vec eye, struct vec to, float zoom)
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
  return 0.12f
         + 0.88f * smooth(0.455f, 0.42f, a) * smooth(0.46f, 0.425f, b)
             * smooth(3.4f, 2.9f, fabsf(u)) * smooth(3.4f, 2.9f, fabsf(v - 1));
}

static struct rgb backdrop(const struct kiln *k, const struct meeting *m)
{
  struct rgb c = m->what == WALL ? k->wall_colour : k->table_colour;

  if (m->what == WALL)
    return scale(c, 1 + 0.05f * fbm2(m->at.x * 1.3f, m->at.y * 1.3f, 4, k->seed));
  if (k->cloth > 0) {
    float w = sinf(m->at.x * 150) * sinf(m->at.z * 150);

    c = scale(c, 1
                   + k->cloth
                       * (0.05f * w
                          + 0.1f * fbm2(m->at.x * 2, m->at.z * 2, 3, k->seed + 4)));
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
         * (0.25f
            + 0.75f * smooth(0.012f, 0.03f, fabsf(u))
                * smooth(0.012f, 0.03f, fabsf(v)));
}

static struct rgb shine(const struct kiln *k, struct vec dir, struct vec n, float gloss)
{
  struct vec r = vsub(dir, vmul(n, 2 * vdot(dir, n)));
  float fresnel = 0.05f + 0.75f * powf(1 - clampf(-vdot(dir, n), 0, 1), 5);
  struct rgb around = lerp(k->table_colour, lerp(k->wall_colour, k->fill, 0.5f),
                           smooth(-0.3f, 0.5f, r.y));

  return add(scale(around, fresnel * gloss * 0.9f),
             scale(k->sun, gloss * 0.5f * highlight(k, r)));
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
    c = glaze_at(&k->pot[m->what], pot_local(&k->pot[m->what], m->at), m->inside, &n,
                 &gloss);
  else
    c = backdrop(k, m);
  face = vdot(n, k->light);
  sun = face > -0.1f ? kiln_shadow(k, up, k->light) * gobo_light(k, m->at) : 0;
  open = kiln_open(k, up, m->normal);
  light = scale(k->sun, sun * clampf(face * 1.05f + 0.05f, 0, 1));
  light = add(light, scale(k->fill, open * (0.62f + 0.38f * n.y - 0.1f * n.x)));
  light = add(light, scale(mul(k->table_colour, k->sun),
                           0.16f * open * clampf(-n.y * 0.6f + 0.3f, 0, 1)));
  c = mul(c, light);
  if (gloss > 0)
    c = add(c, scale(shine(k, dir, n, gloss), open * (0.35f + 0.65f * sun)));
  return c;
}

static struct rgb ray(const struct kiln *k, const struct canvas *c, float x, float y,
                      int *what, bool *inside)
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
void kiln_shoot(struct canvas *c, const struct kiln *k, struct mask *skin)
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

      rough = fabsf(here - luma(*at(&first, x + 1, y)))
              + fabsf(here - luma(*at(&first, x - 1, y)))
              + fabsf(here - luma(*at(&first, x, y + 1)))
              + fabsf(here - luma(*at(&first, x, y - 1)));
      if (rough > 0.04f + 0.12f * here) {
        static const float off[3][2]
          = { { 0.2f, 0.8f }, { 0.8f, 0.75f }, { 0.65f, 0.15f } };

        for (i = 0; i < 3; i++)
          sum = add(sum, ray(k, c, (float)x + off[i][0], (float)y + off[i][1], &what,
                             &inside));
        sum = scale(sum, 0.25f);
      }
      *at(c, x, y) = sum;
    }
  }
  canvas_free(&first);
}

static const struct {
  const char *name;
  uint32_t wall, table, sun, fill;
} rooms[] = {
  { "linen", 0xe9dfd0, 0xd8c6ad, 0xfff0d8, 0xc9d3e0 },
  { "blush", 0xe2bfae, 0xd3a48f, 0xffe8d0, 0xd9c6cf },
  { "sage", 0xb3bfa6, 0xd9cfb8, 0xfff2d6, 0xbfcfd0 },
  { "clay", 0xb9795a, 0xa9694b, 0xffdfb8, 0xb9a9b0 },
  { "ink", 0x2c4257, 0x3a4f60, 0xffe6c0, 0x7f97b8 },
  { "ochre", 0xd9a856, 0xc2893c, 0xfff0cc, 0xc9bfb0 },
  { "pine", 0x2f4a43, 0x6b4a35, 0xffe2b0, 0x7f9f98 },
  { "snow", 0xf0efec, 0xe6e3dd, 0xfff6e8, 0xcfdcea },
  { "plum", 0x5a3444, 0x7a4a4f, 0xffdcc0, 0x9f8fa8 },
  { "sky", 0xa9c3d4, 0xdcd6ca, 0xfff3dc, 0xbfd2e6 },
  { "oak", 0xe6dac8, 0x8f6440, 0xffeccc, 0xc0c9d4 },
  { "teal", 0x4d7f80, 0xcdb48f, 0xffedcc, 0x9fc0c4 },
};

void kiln_furnish(struct kiln *k, const struct job *job, struct rng *rng)
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
