/* Raises land from noise and lets rain wear it. Knows libm only. */
#include <stdlib.h>
#include <string.h>

#include "relief.h"

enum { N = RELIEF_N };

static float alps(float x, float z, uint32_t seed)
{
  float wx = fbm2(x * 2.2f, z * 2.2f, 3, seed + 3) * 0.22f;
  float wz = fbm2(x * 2.2f + 9, z * 2.2f, 3, seed + 4) * 0.22f;
  float ridge = ridged2(x * 2.6f + wx, z * 2.6f + wz, 7, seed);
  float broad = 0.5f + 0.8f * fbm2(x * 1.3f, z * 1.3f, 2, seed + 20);

  return clampf(ridge * (0.35f + 0.75f * broad) * 1.15f, 0, 1.5f);
}

static float dunes(float x, float z, uint32_t seed)
{
  float sum = 0, size = 1, freq = 3.4f;
  int i;

  for (i = 0; i < 3; i++) {
    float warp = fbm2(x * freq * 0.42f, z * freq * 0.42f, 3, seed + (uint32_t)i * 9);
    float u = x * freq + z * freq * 0.35f + warp * 2.1f, f = u - floorf(u);
    float slope
      = f < 0.68f ? f / 0.68f : (1 - f) / 0.32f; /* windward long, lee steep */
    float amp
      = 0.55f
        + 0.6f * fbm2(x * freq * 0.3f + 4, z * freq * 0.6f, 2, seed + 50 + (uint32_t)i);

    sum += size * slope * slope * (3 - 2 * slope) * clampf(amp, 0.1f, 1);
    size *= 0.3f;
    freq *= 2.7f;
  }
  return sum * 0.6f + 0.25f * fbm2(x * 1.7f, z * 1.7f, 2, seed + 80);
}

static float mesa(float x, float z, uint32_t seed)
{
  float n = 0.5f + 0.75f * fbm2(x * 3.2f, z * 3.2f, 6, seed);
  float fine = 0.05f * ridged2(x * 14, z * 14, 4, seed + 6), steps = 4.5f;
  float k = n * steps, base = floorf(k), f = k - base;

  return (base + smooth(0.35f, 0.62f, f) * 0.9f + f * 0.1f) / steps + fine * 0.6f;
}

static float hills(float x, float z, uint32_t seed)
{
  float n = fbm2(x * 2.6f, z * 2.6f, 4, seed) + 0.5f;

  return clampf(n * 0.8f + 0.06f * fbm2(x * 16, z * 16, 3, seed + 8), 0, 1.4f);
}

static float isles(float x, float z, uint32_t seed)
{
  float n = fbm2(x * 4.2f, z * 4.2f, 3, seed) + 0.12f;
  float rock = ridged2(x * 7, z * 7, 6, seed + 7);

  return clampf(0.12f + n * (0.45f + 0.9f * rock), 0, 1.4f);
}

static float raw_height(const char *kind, float x, float z, uint32_t seed)
{
  switch (kind[0]) {
  case 'd': return dunes(x, z, seed);
  case 'm': return mesa(x, z, seed);
  case 'h': return hills(x, z, seed);
  case 'i': return isles(x, z, seed);
  default: return alps(x, z, seed);
  }
}

struct drop {
  float x, z, dx, dz, speed, water, load;
};

/* Height and slope at a place between four texels. */
static float slope_at(const float *h, float x, float z, float *gx, float *gz)
{
  int ix = (int)x, iz = (int)z;
  float u = x - (float)ix, v = z - (float)iz;
  const float *p = h + iz * N + ix;

  *gx = (p[1] - p[0]) * (1 - v) + (p[N + 1] - p[N]) * v;
  *gz = (p[N] - p[0]) * (1 - u) + (p[N + 1] - p[1]) * u;
  return mixf(mixf(p[0], p[1], u), mixf(p[N], p[N + 1], u), v);
}

static void deposit(float *h, float x, float z, float amount)
{
  int ix = (int)x, iz = (int)z;
  float u = x - (float)ix, v = z - (float)iz, *p = h + iz * N + ix;

  p[0] += amount * (1 - u) * (1 - v);
  p[1] += amount * u * (1 - v);
  p[N] += amount * (1 - u) * v;
  p[N + 1] += amount * u * v;
}

/* One step of a drop; false when it has dried up, left the map or stands still. */
static bool drop_step(float *h, struct drop *d)
{
  float gx, gz, old = slope_at(h, d->x, d->z, &gx, &gz), fall, length, room, take;
  float x = d->x, z = d->z;

  d->dx = d->dx * 0.1f - gx * 0.9f;
  d->dz = d->dz * 0.1f - gz * 0.9f;
  length = hypotf(d->dx, d->dz);
  if (length < 1e-7f)
    return false;
  d->x += d->dx /= length;
  d->z += d->dz /= length;
  if (d->x < 1 || d->z < 1 || d->x > N - 3 || d->z > N - 3)
    return false;
  fall = slope_at(h, d->x, d->z, &gx, &gz) - old;
  room = fmaxf(-fall, 0.00005f) * d->speed * d->water * 5;
  if (fall > 0 || d->load > room) {
    take = fall > 0 ? fminf(fall, d->load) : (d->load - room) * 0.3f;
    deposit(h, x, z, take);
    d->load -= take;
  } else {
    take = fminf((room - d->load) * 0.3f, -fall);
    deposit(h, x, z, -take);
    d->load += take;
  }
  d->speed = sqrtf(fmaxf(0.01f, d->speed * d->speed - fall * 60));
  d->water *= 0.985f;
  return d->water > 0.05f;
}

static void rain(float *h, int drops, uint32_t seed)
{
  struct rng rng = rng_from(seed + 4242);

  while (drops-- > 0) {
    struct drop d = { span(&rng, 2, N - 4), span(&rng, 2, N - 4), 0, 0, 1, 1, 0 };
    int steps = 70;

    while (steps-- > 0 && drop_step(h, &d))
      continue;
  }
}

/* How open each place is: its height against the land around it. */
static void find_hollows(struct relief *r)
{
  struct mask m = { N, N, need((size_t)N * N * sizeof(float)) };
  int i;

  memcpy(m.a, r->height, (size_t)N * N * sizeof(float));
  mask_blur(&m, 14);
  for (i = 0; i < N * N; i++)
    r->hollow[i] = clampf(0.72f + (r->height[i] - m.a[i]) * 5.5f, 0.28f, 1);
  mask_free(&m);
}

struct relief relief_raise(const char *kind, uint32_t seed, float tall)
{
  struct relief r;
  int x, z;

  r.tall = tall;
  r.height = need((size_t)N * N * sizeof(float));
  r.shade = need((size_t)N * N * sizeof(float));
  r.hollow = need((size_t)N * N * sizeof(float));
  for (z = 0; z < N; z++)
    for (x = 0; x < N; x++)
      r.height[z * N + x] = raw_height(kind, (float)x / N, (float)z / N, seed);
  if (kind[0] == 'a' || kind[0] == 'i')
    rain(r.height, 140000, seed);
  else if (kind[0] == 'm')
    rain(r.height, 40000, seed);
  find_hollows(&r);
  return r;
}

void relief_free(struct relief *r)
{
  free(r->height);
  free(r->shade);
  free(r->hollow);
  memset(r, 0, sizeof *r);
}

static int mirrored(int i)
{
  i = i < 0 ? -1 - i : i;
  i %= 2 * N;
  return i < N ? i : 2 * N - 1 - i;
}

float relief_map(const float *map, float x, float z)
{
  float fx = x * N, fz = z * N, u = fx - floorf(fx), v = fz - floorf(fz);
  int x0 = mirrored((int)floorf(fx)), x1 = mirrored((int)floorf(fx) + 1);
  int z0 = mirrored((int)floorf(fz)), z1 = mirrored((int)floorf(fz) + 1);

  return mixf(mixf(map[z0 * N + x0], map[z0 * N + x1], u),
              mixf(map[z1 * N + x0], map[z1 * N + x1], u), v);
}

float relief_at(const struct relief *r, float x, float z)
{
  return relief_map(r->height, x, z) * r->tall;
}

void relief_light(struct relief *r, struct vec sun)
{
  float flat = hypotf(sun.x, sun.z) + 1e-6f, rise = sun.y / flat / (N * r->tall);
  int x, z, k;

  for (z = 0; z < N; z++) {
    for (x = 0; x < N; x++) {
      float h = r->height[z * N + x], light = 1, t = 1.5f;

      for (k = 0; k < 60 && light > 0; k++) {
        int px = mirrored(x + (int)(sun.x / flat * t));
        int pz = mirrored(z + (int)(sun.z / flat * t));
        float over = h + t * rise - r->height[pz * N + px];

        light = fminf(light, 0.5f + over * r->tall * N / t * 9);
        t = t * 1.045f + 0.9f;
      }
      r->shade[z * N + x] = clampf(light, 0, 1);
    }
  }
}

struct vec relief_normal(const struct relief *r, float x, float z, float eps)
{
  return vnorm(vec(relief_at(r, x - eps, z) - relief_at(r, x + eps, z), 2 * eps,
                   relief_at(r, x, z - eps) - relief_at(r, x, z + eps)));
}

float relief_hit(const struct relief *r, struct vec from, struct vec dir, float reach)
{
  float t = 0.004f, last = t;
  int i;

  while (t < reach) {
    struct vec p = vadd(from, vmul(dir, t));
    float over = p.y - relief_at(r, p.x, p.z);

    if (p.y > r->tall * 1.5f && dir.y >= 0)
      return -1;
    if (over < 0.0002f * t) {
      for (i = 0; i < 7; i++) { /* halve the last step */
        float mid = (last + t) * 0.5f;

        p = vadd(from, vmul(dir, mid));
        if (p.y < relief_at(r, p.x, p.z))
          t = mid;
        else
          last = mid;
      }
      return t;
    }
    last = t;
    t += fmaxf(over * 0.45f, 0.0006f + 0.0012f * t);
  }
  return -1;
}
