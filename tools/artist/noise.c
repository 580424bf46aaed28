/* Chance and noise: the same seed gives the same picture on every run. Knows libm only.
 */
#include "paint.h"

struct rng rng_from(uint32_t seed)
{
  struct rng rng = { (uint64_t)seed * 0x9E3779B97F4A7C15u + 0x1234567u };

  rnd(&rng);
  rnd(&rng);
  return rng;
}

float rnd(struct rng *rng)
{
  uint64_t z = rng->state += 0x9E3779B97F4A7C15u; /* splitmix64 */

  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return (float)((z ^ z >> 31) >> 40) / 16777216.0f;
}

float span(struct rng *rng, float low, float high)
{
  return low + (high - low) * rnd(rng);
}

int below(struct rng *rng, int n)
{
  return (int)(rnd(rng) * (float)n);
}

float gauss(struct rng *rng)
{
  float sum = 0;
  int i;

  for (i = 0; i < 6; i++)
    sum += rnd(rng);
  return (sum - 3) * 1.4142f;
}

uint32_t hash2(int x, int y, uint32_t seed)
{
  uint32_t h
    = (uint32_t)x * 0x8DA6B343u ^ (uint32_t)y * 0xD8163841u ^ seed * 0xCB1AB31Fu;

  h ^= h >> 15;
  h *= 0x2C1B3C6Du;
  h ^= h >> 12;
  h *= 0x297A2D39u;
  return h ^ h >> 15;
}

float hash1(int x, int y, uint32_t seed)
{
  return (float)(hash2(x, y, seed) >> 8) / 16777216.0f;
}

static float fade(float t)
{
  return t * t * t * (t * (t * 6 - 15) + 10);
}

static float corner2(int ix, int iy, float x, float y, uint32_t seed)
{
  static const float dir[8][2] = { { 1, 0 },
                                   { -1, 0 },
                                   { 0, 1 },
                                   { 0, -1 },
                                   { 0.7071f, 0.7071f },
                                   { -0.7071f, 0.7071f },
                                   { 0.7071f, -0.7071f },
                                   { -0.7071f, -0.7071f } };
  const float *d = dir[hash2(ix, iy, seed) & 7];

  return d[0] * x + d[1] * y;
}

float noise2(float x, float y, uint32_t seed)
{
  float fx = floorf(x), fy = floorf(y), u = x - fx, v = y - fy, a, b;
  int ix = (int)fx, iy = (int)fy;

  a = mixf(corner2(ix, iy, u, v, seed), corner2(ix + 1, iy, u - 1, v, seed), fade(u));
  b = mixf(corner2(ix, iy + 1, u, v - 1, seed),
           corner2(ix + 1, iy + 1, u - 1, v - 1, seed), fade(u));
  return mixf(a, b, fade(v)) * 1.5f;
}

static float corner3(int ix, int iy, int iz, float x, float y, float z, uint32_t seed)
{
  uint32_t h = hash2(ix, iy, seed + (uint32_t)iz * 0x9E3779B9u) & 15;
  float u = h < 8 ? x : y, v = h < 4 ? y : h == 12 || h == 14 ? x : z;

  return (h & 1 ? -u : u) + (h & 2 ? -v : v);
}

float noise3(float x, float y, float z, uint32_t seed)
{
  float fx = floorf(x), fy = floorf(y), fz = floorf(z);
  float u = x - fx, v = y - fy, w = z - fz, p = fade(u), q = fade(v), plane[2];
  int ix = (int)fx, iy = (int)fy, iz = (int)fz, k;

  for (k = 0; k < 2; k++) {
    float d = w - (float)k;
    float a = mixf(corner3(ix, iy, iz + k, u, v, d, seed),
                   corner3(ix + 1, iy, iz + k, u - 1, v, d, seed), p);
    float b = mixf(corner3(ix, iy + 1, iz + k, u, v - 1, d, seed),
                   corner3(ix + 1, iy + 1, iz + k, u - 1, v - 1, d, seed), p);
    plane[k] = mixf(a, b, q);
  }
  return mixf(plane[0], plane[1], fade(w));
}

float fbm2(float x, float y, int octaves, uint32_t seed)
{
  float sum = 0, size = 0.5f;

  while (octaves-- > 0) {
    float t = x * 1.6f - y * 1.2f; /* turned and doubled: no grid shows */

    sum += size * noise2(x, y, seed++);
    y = x * 1.2f + y * 1.6f + 3.1f;
    x = t + 7.7f;
    size *= 0.5f;
  }
  return sum;
}

float fbm3(float x, float y, float z, int octaves, uint32_t seed)
{
  float sum = 0, size = 0.5f;

  while (octaves-- > 0) {
    sum += size * noise3(x, y, z, seed++);
    x = x * 2.03f + 1.7f;
    y = y * 2.01f + 9.2f;
    z = z * 2.02f + 4.4f;
    size *= 0.5f;
  }
  return sum;
}

float ridged2(float x, float y, int octaves, uint32_t seed)
{
  float sum = 0, size = 0.5f, carry = 1;

  while (octaves-- > 0) {
    float n = 1 - fabsf(noise2(x, y, seed++)), t = x * 1.6f - y * 1.2f;

    n *= n;
    sum += size * n * carry;
    carry = clampf(n * 1.4f, 0, 1);
    y = x * 1.2f + y * 1.6f + 5.3f;
    x = t + 2.9f;
    size *= 0.5f;
  }
  return sum;
}

void cells2(float x, float y, uint32_t seed, float *f1, float *f2, uint32_t *id)
{
  int ix = (int)floorf(x), iy = (int)floorf(y), i, j;
  float best = 1e9f, next = 1e9f;

  for (j = -1; j <= 1; j++) {
    for (i = -1; i <= 1; i++) {
      uint32_t h = hash2(ix + i, iy + j, seed);
      float dx = (float)(ix + i) + (float)(h & 0xffff) / 65536 - x;
      float dy = (float)(iy + j) + (float)(h >> 16) / 65536 - y;
      float d = dx * dx + dy * dy;

      if (d < best) {
        next = best;
        best = d;
        *id = h;
      } else if (d < next) {
        next = d;
      }
    }
  }
  *f1 = sqrtf(best);
  *f2 = sqrtf(next);
}
