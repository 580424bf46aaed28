/* Views over relief land: a camera finds its place, rays meet ground, water or cloud,
 * air lies between. Knows relief.h and the skies of paint.h. */
#include <stdlib.h>
#include <string.h>

#include "relief.h"

struct view {
  struct relief land;
  struct sky sky;
  struct vec eye, ahead, right, up, sun;
  float zoom, water, cloud, fog, snow, time;
  char kind;
  uint32_t seed;
  struct rgb haze_near, sunlight, skylight, bounce;
};

static struct vec ray_through(const struct view *v, const struct canvas *c, float x,
                              float y)
{
  float px = (2 * x - (float)c->w) / (float)c->w,
        py = ((float)c->h - 2 * y) / (float)c->w;

  return vnorm(
    vadd(vadd(vmul(v->right, px), vmul(v->up, py)), vmul(v->ahead, v->zoom)));
}

static void aim(struct view *v, float yaw, float pitch)
{
  v->ahead = vec(sinf(yaw) * cosf(pitch), sinf(pitch), cosf(yaw) * cosf(pitch));
  v->right = vnorm(vcross(vec(0, 1, 0), v->ahead));
  v->up = vcross(v->ahead, v->right);
}

/* A place is good when the near is open, the far is high, and no wall stands ahead. */
static float view_score(struct view *v, float yaw)
{
  float near = 0, skyline = 0, low = 9, high = 0;
  int i;

  for (i = -4; i <= 4; i++) {
    float a = yaw + (float)i * 0.085f, t, top = -1, block = 0;

    for (t = 0.02f; t < 1.4f; t += 0.02f) {
      float h = relief_at(&v->land, v->eye.x + sinf(a) * t, v->eye.z + cosf(a) * t);
      float angle = (fmaxf(h, v->water) - v->eye.y) / t;

      if (t < 0.3f && angle > -0.1f)
        block += 0.25f;
      top = fmaxf(top, angle);
    }
    near += block;
    skyline += top;
    low = fminf(low, top);
    high = fmaxf(high, top);
  }
  return -near - fabsf(skyline / 9 - 0.10f) * 12 + (high - low) * 7;
}

static void find_place(struct view *v, struct rng *rng, float lift, float pitch)
{
  struct vec best = vec(0.5f, 1, 0.5f);
  float best_yaw = 0, best_score = -1e9f;
  int i;

  for (i = 0; i < 90; i++) {
    float yaw = rnd(rng) * 2 * PI, score, ground;

    v->eye.x = span(rng, 0.1f, 0.9f);
    v->eye.z = span(rng, 0.1f, 0.9f);
    ground = fmaxf(relief_at(&v->land, v->eye.x, v->eye.z), v->water);
    v->eye.y = ground + lift;
    score = view_score(v, yaw);
    if (score > best_score) {
      best_score = score;
      best = v->eye;
      best_yaw = yaw;
    }
  }
  v->eye = best;
  aim(v, best_yaw, pitch);
}

static struct rgb rock(const struct view *v, struct vec p, struct vec *n, float t)
{
  float fine = clampf(0.25f / (t + 0.05f), 0, 1), k = 130;
  float b1 = fbm2(p.x * k, p.z * k, 4, v->seed + 1), h = p.y / v->land.tall;
  float b2 = fbm2(p.x * k + 40, p.z * k, 4, v->seed + 2), flat, white, grass;
  struct rgb stone, green, c;

  *n = vnorm(vadd(*n, vmul(vec(b1, 0.1f, b2), 0.55f * fine)));
  flat = n->y;
  stone = blend(hex(0x6b625c), hex(0x8d8378),
                0.5f + 0.9f * fbm2(p.x * 24, p.y * 160, 3, v->seed + 3));
  green = blend(hex(0x3f4f2c), hex(0x77794a),
                0.5f + 0.8f * fbm2(p.x * 30, p.z * 30, 4, v->seed + 4));
  grass
    = smooth(0.66f, 0.86f, flat + 0.12f * b1) * smooth(0.55f, 0.28f, h + 0.08f * b2);
  c = blend(stone, green, grass);
  white = smooth(0.52f, 0.74f, flat + 0.14f * b2 + 0.3f * (h - 0.5f))
          * smooth(v->snow, v->snow + 0.16f, h + 0.1f * b1);
  return lerp(c, hex(0xf3f6fb), white);
}

static struct rgb sand(const struct view *v, struct vec p, struct vec *n, float t)
{
  float fade = clampf(0.06f / (t + 0.01f), 0, 1),
        warp = fbm2(p.x * 20, p.z * 20, 3, v->seed);
  float ripple = cosf((p.x * 2.1f + p.z * 0.8f + warp * 0.02f) * 1500) * 0.16f * fade;
  struct rgb light = scale(v->sky.pal.far, 1.0f), warm = hex(0xdca566);

  *n = vnorm(vadd(*n, vec(ripple, 0, ripple * 0.4f)));
  return blend(blend(warm, light, 0.25f), hex(0xb97845), 0.35f + 0.5f * warp);
}

static struct rgb strata(const struct view *v, struct vec p, struct vec *n, float t)
{
  static const uint32_t layers[] = { 0xb5583a, 0xcf7d50, 0x9c4631, 0xe0a878,
                                     0xbb6544, 0xd99468, 0x8e3f2e, 0xc9744c };
  float h = p.y / v->land.tall * 21 + 0.9f * fbm2(p.x * 14, p.z * 14, 3, v->seed);
  float k = 90, fine = clampf(0.2f / (t + 0.05f), 0, 1), f = h - floorf(h);
  int i = (int)floorf(h) & 7;
  struct rgb c = blend(hex(layers[i]), hex(layers[(i + 1) & 7]), smooth(0.7f, 1, f));
  float flat = smooth(0.8f, 0.95f, n->y);

  *n = vnorm(vadd(*n, vmul(vec(fbm2(p.x * k, p.y * k * 3, 3, v->seed), 0,
                               fbm2(p.z * k, p.y * k * 3, 3, v->seed + 9)),
                           0.7f * fine)));
  return blend(c,
               blend(hex(0xc98f63), hex(0x8a8a58),
                     0.5f + fbm2(p.x * 60, p.z * 60, 3, v->seed + 5)),
               flat * 0.7f);
}

static struct rgb meadow(const struct view *v, struct vec p, struct vec *n, float t)
{
  float patch = fbm2(p.x * 9, p.z * 9, 3, v->seed + 6), f1, f2, woods, fine, lit;
  float blades = fbm2(p.x * 420, p.z * 420, 3, v->seed + 12) * clampf(0.12f / t, 0, 1);
  uint32_t id;
  struct rgb grass
    = blend(hex(0x5d7a35), hex(0xb0a85a), 0.5f + 0.9f * patch + 0.5f * blades);
  struct rgb wood;

  cells2(p.x * 150, p.z * 150, v->seed, &f1, &f2, &id);
  woods = fbm2(p.x * 13, p.z * 13, 4, v->seed + 16)
          + 0.25f * ((float)(id >> 8 & 255) / 255 - 0.5f);
  fine = smooth(0.06f, 0.1f, woods) * smooth(0.5f, 0.42f, f1);
  cells2(p.x * 150 + v->sun.x * 0.3f, p.z * 150 + v->sun.z * 0.3f, v->seed, &f2, &lit,
         &id);
  lit = 0.75f + 1.1f * clampf(f1 - f2 + 0.15f, -0.5f, 0.5f);
  wood = blend(hex(0x2f4a28), hex(0x5d7238), (float)(id & 255) / 255);
  grass = scale(grass, 1 - 0.35f * smooth(0.02f, 0.1f, woods));
  *n = vnorm(vadd(*n, vec(blades * 0.25f, 0, blades * 0.2f)));
  return blend(grass, scale(wood, lit), fine);
}

static struct rgb ground(const struct view *v, struct vec p, struct vec *n, float t)
{
  switch (v->kind) {
  case 'd': return sand(v, p, n, t);
  case 'm': return strata(v, p, n, t);
  case 'h': return meadow(v, p, n, t);
  default: return rock(v, p, n, t);
  }
}

static struct rgb lit_ground(const struct view *v, struct vec p, float t)
{
  struct vec n = relief_normal(&v->land, p.x, p.z, 0.0011f + 0.0007f * t);
  struct rgb c = ground(v, p, &n, t), light;
  float sun = relief_map(v->land.shade, p.x, p.z), open, face = vdot(n, v->sun);

  open = relief_map(v->land.hollow, p.x, p.z);
  light = scale(v->sunlight, sun * fmaxf(0, face));
  light = add(light, scale(v->skylight, open * (0.45f + 0.55f * n.y)));
  light = add(light, scale(v->bounce, open * clampf(0.5f - 0.5f * face, 0, 1)));
  return mul(c, light);
}

/* Air between the eye and distance t along a ray that goes up by `rise` per unit. */
static struct rgb through_air(const struct view *v, struct canvas *back, struct rgb c,
                              float x, float t, float y)
{
  float density = v->fog, thin = 1 - expf(-t * density);
  float valley = v->cloud > 0 ? smooth(v->cloud + 0.02f, v->cloud - 0.03f, y) : 0;
  struct rgb air = *at(back, (int)x, (int)(v->sky.horizon * 0.985f));

  air = blend(air, v->haze_near, 0.35f * expf(-t * 2));
  c = lerp(c, air, thin);
  return valley > 0 ? lerp(c, air, valley * 0.9f) : c;
}

/* The cloud sea: lit from the sun's side, soft against whatever stands in it. */
static struct rgb cloud_top(const struct view *v, struct vec p)
{
  float drift = v->time * 0.012f;
  float a = fbm2(p.x * 9 + drift, p.z * 9, 5, v->seed + 70);
  float b = fbm2((p.x + v->sun.x * 0.012f) * 9 + drift, (p.z + v->sun.z * 0.012f) * 9,
                 5, v->seed + 70);
  float lit = clampf(0.55f + (a - b) * 1.7f + a * 0.25f, 0, 1);

  return blend(blend(v->sky.pal.far, v->sky.pal.low, 0.4f),
               blend(v->sky.pal.low, v->sky.pal.light, 0.6f), lit);
}

static struct rgb water_at(const struct view *v, struct canvas *back, struct vec dir,
                           float x, float y, float t)
{
  struct vec p = vadd(v->eye, vmul(dir, t)), bounce, q;
  float k = 240, flat = 0.05f / (1 + t * 5), hit;
  float wx = fbm2(p.x * k + v->time * 0.4f, p.z * k, 3, v->seed + 90) * flat;
  float wz = fbm2(p.x * k, p.z * k + v->time * 0.5f, 3, v->seed + 91) * flat;
  float facing = clampf(-dir.y, 0, 1), fresnel = 0.05f + 0.95f * powf(1 - facing, 4);
  struct rgb deep = blend(v->sky.pal.near, v->sky.pal.far, 0.3f), c;

  bounce = vnorm(vec(dir.x + wx, -dir.y + fabsf(wz) * 0.6f, dir.z + wz));
  p.y = v->water + 0.0004f;
  hit = relief_hit(&v->land, p, bounce, 1.6f);
  if (hit > 0) {
    q = vadd(p, vmul(bounce, hit));
    c = through_air(v, back, lit_ground(v, q, t + hit), x, t + hit, q.y);
  } else {
    c = *at(back, (int)(x + wx * 900), (int)(2 * v->sky.horizon - y + wz * 900));
  }
  return lerp(deep, c, clampf(fresnel, 0.12f, 0.92f));
}

static struct rgb trace(const struct view *v, struct canvas *back, float x, float y)
{
  struct vec dir = ray_through(v, back, x, y), p;
  float t = relief_hit(&v->land, v->eye, dir, 3.2f);
  float flat = v->cloud > 0 ? v->cloud : v->water, wet = -1;
  struct rgb c;

  if (flat > 0 && dir.y < -1e-4f)
    wet = (flat - v->eye.y) / dir.y;
  if (v->cloud > 0 && wet > 0 && wet < 6 && (t < 0 || t > wet)) {
    struct vec q = vadd(v->eye, vmul(dir, wet));

    c = cloud_top(v, q);
    if (t > 0)
      c = lerp(lit_ground(v, vadd(v->eye, vmul(dir, t)), t), c,
               smooth(0, 0.03f, t - wet));
    return through_air(v, back, c, x, wet * 0.8f, 9);
  }
  if (v->cloud <= 0 && wet > 0 && (t < 0 || t > wet) && wet < 12)
    return through_air(v, back, water_at(v, back, dir, x, y, wet), x, fminf(wet, 3), 9);
  if (t < 0)
    return *at(back, (int)x, (int)y);
  p = vadd(v->eye, vmul(dir, t));
  return through_air(v, back, lit_ground(v, p, t), x, t, p.y);
}

static void set_lights(struct view *v, const struct job *job, struct canvas *c)
{
  float side = job_number(job, "sunaz", 1.9f), high = job_number(job, "sunel", 0.3f);
  float yaw = atan2f(v->ahead.x, v->ahead.z) + side, ahead;

  v->sun = vnorm(vec(sinf(yaw) * cosf(high), sinf(high), cosf(yaw) * cosf(high)));
  relief_light(&v->land, v->sun);
  v->sunlight = scale(v->sky.pal.light, job_number(job, "sunlight", 2.7f));
  v->sunlight = mul(v->sunlight, lerp(v->sky.pal.low, rgb(1, 1, 1), 0.25f));
  v->skylight = scale(blend(v->sky.pal.top, v->sky.pal.middle, 0.5f),
                      job_number(job, "skylight", 1.05f));
  v->bounce = scale(v->sky.pal.low, 0.12f);
  v->haze_near = v->sky.pal.middle;
  ahead = vdot(v->sun, v->ahead);
  if (ahead > 0.1f) {
    v->sky.sun_x = (float)c->w * 0.5f * (1 + vdot(v->sun, v->right) / ahead * v->zoom);
    v->sky.sun_y
      = (float)c->h * 0.5f - (float)c->w * 0.5f * vdot(v->sun, v->up) / ahead * v->zoom;
  } else {
    v->sky.sun_x = side > 0 ? (float)c->w * 2.5f : (float)c->w * -1.5f;
    v->sky.sun_y = v->sky.horizon * 0.5f;
  }
}

/* The land over a whole film is the same: it is kept in the job. */
static struct view *set_up(struct canvas *c, struct job *job)
{
  struct view *v = job->cache;
  struct rng rng = rng_from(job->seed * 7 + 1);
  float pitch = job_number(job, "pitch", -0.1f), tall;
  uint32_t land = (uint32_t)job_number(job, "land", (float)(job->seed % 1000));

  if (v)
    return v;
  v = job->cache = need(sizeof *v);
  v->kind = *job_text(job, "kind", "alps");
  v->seed = job->seed;
  tall = job_number(job, "tall",
                    v->kind == 'd'   ? 0.10f
                    : v->kind == 'h' ? 0.12f
                    : v->kind == 'm' ? 0.16f
                                     : 0.2f);
  v->land = relief_raise(job_text(job, "kind", "alps"), land, tall);
  v->water = job_number(job, "water", 0) * tall;
  v->cloud = job_number(job, "cloud", 0) * tall;
  v->snow = job_number(job, "snow", 0.5f);
  v->fog = job_number(job, "fog", 0.7f);
  v->zoom = job_number(job, "zoom", 1.6f);
  find_place(v, &rng, job_number(job, "lift", 0.075f), pitch);
  if (v->cloud > 0 && v->eye.y < v->cloud + 0.035f)
    v->eye.y = v->cloud + 0.035f;
  v->sky = sky_of(job, palette_of(job, "noon"), c->w, c->h);
  v->sky.horizon = (float)c->h * 0.5f + (float)c->w * 0.5f * tanf(pitch) * v->zoom;
  set_lights(v, job, c);
  return v;
}

/* Firs in the corners, dark, so that the eye goes past them. */
static void frame_firs(struct canvas *c, const struct job *job, struct rgb colour)
{
  struct rng rng = rng_from(job->seed + 99);
  struct mask m = mask_new(c->w, c->h);
  int i, n = (int)job_number(job, "firs", 0);

  for (i = 0; i < n; i++) {
    float t = rnd(&rng), edge = t * t * 0.34f, side = i % 3 ? 0 : 1;
    float x = (float)c->w * (side > 0 ? 1 - edge : edge);

    fir(&m, x, (float)c->h * span(&rng, 1.0f, 1.06f),
        (float)c->h * span(&rng, 0.16f, 0.5f) * (1 - 1.6f * edge), &rng);
  }
  lay(c, &m, colour, 0.96f);
  mask_free(&m);
}

static void relief_view(struct canvas *c, struct job *job)
{
  struct view *v = set_up(c, job);
  struct canvas back = canvas_new(c->w, c->h);
  int x, y;

  v->time = job->time;
  v->sky.drift = job->time * 0.03f;
  sky_paint(&back, &v->sky);
  for (y = 0; y < c->h; y++)
    for (x = 0; x < c->w; x++)
      *at(c, x, y) = trace(v, &back, (float)x + 0.5f, (float)y + 0.5f);
  canvas_free(&back);
  frame_firs(c, job, blend(v->sky.pal.near, rgb(0.01f, 0.015f, 0.015f), 0.35f));
  bloom(c, 0.8f, (float)c->w * 0.025f, 0.3f);
  vignette(c, 0.25f);
  if (!job->seconds) {
    grain(c, 0.03f, job->seed);
    relief_free(&v->land);
  }
}

const struct scene relief_scenes[] = { { "relief", relief_view }, { NULL, NULL } };
