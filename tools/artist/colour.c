/* Colours and plain numbers. Mixing goes through OKLab (Bjorn Ottosson's published
 * matrices), where equal steps look equal. Knows libm only. */
#include "paint.h"

float clampf(float x, float low, float high)
{
  return x < low ? low : x > high ? high : x;
}

float mixf(float a, float b, float t)
{
  return a + (b - a) * t;
}

float smooth(float edge0, float edge1, float x)
{
  float t = clampf((x - edge0) / (edge1 - edge0), 0, 1);
  return t * t * (3 - 2 * t);
}

struct vec vec(float x, float y, float z)
{
  struct vec v = { x, y, z };
  return v;
}

struct vec vadd(struct vec a, struct vec b)
{
  return vec(a.x + b.x, a.y + b.y, a.z + b.z);
}

struct vec vsub(struct vec a, struct vec b)
{
  return vec(a.x - b.x, a.y - b.y, a.z - b.z);
}

struct vec vmul(struct vec a, float k)
{
  return vec(a.x * k, a.y * k, a.z * k);
}

float vdot(struct vec a, struct vec b)
{
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

struct vec vcross(struct vec a, struct vec b)
{
  return vec(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x);
}

struct vec vnorm(struct vec a)
{
  float n = sqrtf(vdot(a, a));
  return n > 1e-12f ? vmul(a, 1 / n) : vec(0, 1, 0);
}

struct rgb rgb(float r, float g, float b)
{
  struct rgb c = { r, g, b };
  return c;
}

static float to_linear(float s)
{
  return s <= 0.04045f ? s / 12.92f : powf((s + 0.055f) / 1.055f, 2.4f);
}

struct rgb hex(uint32_t srgb)
{
  return rgb(to_linear((srgb >> 16 & 255) / 255.0f),
             to_linear((srgb >> 8 & 255) / 255.0f), to_linear((srgb & 255) / 255.0f));
}

struct rgb add(struct rgb a, struct rgb b)
{
  return rgb(a.r + b.r, a.g + b.g, a.b + b.b);
}

struct rgb mul(struct rgb a, struct rgb b)
{
  return rgb(a.r * b.r, a.g * b.g, a.b * b.b);
}

struct rgb scale(struct rgb a, float k)
{
  return rgb(a.r * k, a.g * k, a.b * k);
}

struct rgb lerp(struct rgb a, struct rgb b, float t)
{
  return rgb(mixf(a.r, b.r, t), mixf(a.g, b.g, t), mixf(a.b, b.b, t));
}

float luma(struct rgb c)
{
  return 0.2126f * c.r + 0.7152f * c.g + 0.0722f * c.b;
}

static struct vec to_lab(struct rgb c)
{
  float l = cbrtf(0.4122214708f * c.r + 0.5363325363f * c.g + 0.0514459929f * c.b);
  float m = cbrtf(0.2119034982f * c.r + 0.6806995451f * c.g + 0.1073969566f * c.b);
  float s = cbrtf(0.0883024619f * c.r + 0.2817188376f * c.g + 0.6299787005f * c.b);

  return vec(0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s,
             1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s,
             0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s);
}

static struct rgb from_lab(struct vec lab)
{
  float l = lab.x + 0.3963377774f * lab.y + 0.2158037573f * lab.z;
  float m = lab.x - 0.1055613458f * lab.y - 0.0638541728f * lab.z;
  float s = lab.x - 0.0894841775f * lab.y - 1.2914855480f * lab.z;

  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  return rgb(fmaxf(0, 4.0767416621f * l - 3.3077115913f * m + 0.2309699292f * s),
             fmaxf(0, -1.2684380046f * l + 2.6097574011f * m - 0.3413193965f * s),
             fmaxf(0, -0.0041960863f * l - 0.7034186147f * m + 1.7076147010f * s));
}

struct rgb blend(struct rgb a, struct rgb b, float t)
{
  struct vec p, q;

  if (t <= 0)
    return a;
  if (t >= 1)
    return b;
  p = to_lab(a);
  q = to_lab(b);
  return from_lab(vadd(p, vmul(vsub(q, p), t)));
}

struct rgb ramp(const struct rgb *stops, int n, float t)
{
  float k = clampf(t, 0, 1) * (float)(n - 1);
  int i = (int)k < n - 1 ? (int)k : n - 2;

  return blend(stops[i], stops[i + 1], k - (float)i);
}

struct rgb tint(struct rgb c, float hue, float chroma, float light)
{
  struct vec lab = to_lab(c);
  float co = cosf(hue) * chroma, si = sinf(hue) * chroma;

  return from_lab(vec(clampf(lab.x + light, 0, 1.4f), lab.y * co - lab.z * si,
                      lab.y * si + lab.z * co));
}
