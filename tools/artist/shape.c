/* Shapes with smooth edges: coverage is gathered in a mask, then laid onto the canvas.
 * Knows libc only. */
#include <stdlib.h>
#include <string.h>

#include "paint.h"

enum { ROWS = 4, EDGES = 128 }; /* sub-scanlines per pixel row, crossings per line */

struct mask mask_new(int w, int h)
{
  struct mask m = { w, h, NULL };

  m.a = need((size_t)w * (size_t)h * sizeof *m.a);
  return m;
}

void mask_free(struct mask *m)
{
  free(m->a);
  m->a = NULL;
}

static void blur_line(const float *in, float *out, int n, int step, int r)
{
  float sum = 0, k = 1 / (float)(2 * r + 1);
  int i;

  for (i = -r; i <= r; i++)
    sum += in[(i < 0 ? 0 : i >= n ? n - 1 : i) * step];
  for (i = 0; i < n; i++) {
    int gone = i - r, next = i + r + 1;

    out[i * step] = sum * k;
    sum += in[(next >= n ? n - 1 : next) * step] - in[(gone < 0 ? 0 : gone) * step];
  }
}

void mask_blur(struct mask *m, float radius)
{
  float *t = need((size_t)m->w * (size_t)m->h * sizeof *t);
  int r = (int)(radius * 0.6f + 0.5f), pass, i;

  for (pass = 0; pass < 3 && r > 0; pass++) {
    for (i = 0; i < m->h; i++)
      blur_line(m->a + i * m->w, t + i * m->w, m->w, 1, r);
    for (i = 0; i < m->w; i++)
      blur_line(t + i, m->a + i, m->h, m->w, r);
  }
  free(t);
}

static int by_value(const void *a, const void *b)
{
  float p = *(const float *)a, q = *(const float *)b;

  return p < q ? -1 : p > q;
}

/* Where the polygon's edges cross the height y, sorted. */
static int crossings(const struct point *p, int n, float y, float *x)
{
  int i, found = 0;

  for (i = 0; i < n && found < EDGES; i++) {
    struct point a = p[i], b = p[(i + 1) % n];

    if ((a.y <= y) != (b.y <= y))
      x[found++] = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
  }
  qsort(x, (size_t)found, sizeof *x, by_value);
  return found;
}

/* Adds the part of [x0, x1) that each pixel of the row has. */
static void cover(float *row, int w, float x0, float x1, float level)
{
  int i, last;

  x0 = clampf(x0, 0, (float)w);
  x1 = clampf(x1, 0, (float)w);
  if (x1 <= x0)
    return;
  i = (int)x0;
  last = (int)x1 < w ? (int)x1 : w - 1;
  for (; i <= last; i++) {
    float left = fmaxf(x0, (float)i), right = fminf(x1, (float)i + 1);

    if (right > left)
      row[i] += level * (right - left);
  }
}

static void bounds_y(const struct point *p, int n, int h, int *top, int *bottom)
{
  float low = 1e9f, high = -1e9f;
  int i;

  for (i = 0; i < n; i++) {
    low = fminf(low, p[i].y);
    high = fmaxf(high, p[i].y);
  }
  *top = (int)clampf(floorf(low), 0, (float)h);
  *bottom = (int)clampf(ceilf(high), 0, (float)h);
}

void fill(struct mask *m, const struct point *p, int n, float level)
{
  float x[EDGES], *row = need((size_t)m->w * sizeof *row);
  int y, s, i, top, bottom;

  bounds_y(p, n, m->h, &top, &bottom);
  for (y = top; y < bottom; y++) {
    memset(row, 0, (size_t)m->w * sizeof *row);
    for (s = 0; s < ROWS; s++) {
      int found = crossings(p, n, (float)y + ((float)s + 0.5f) / ROWS, x);

      for (i = 0; i + 1 < found; i += 2)
        cover(row, m->w, x[i], x[i + 1], 1.0f / ROWS);
    }
    for (i = 0; i < m->w; i++) {
      float *a = &m->a[y * m->w + i];

      *a = fmaxf(*a, fminf(row[i], 1) * level);
    }
  }
  free(row);
}

void stroke(struct mask *m, struct point a, struct point b, float ra, float rb)
{
  float r = fmaxf(ra, rb) + 1, dx = b.x - a.x, dy = b.y - a.y;
  float length = dx * dx + dy * dy + 1e-9f;
  int x0 = (int)clampf(fminf(a.x, b.x) - r, 0, (float)m->w);
  int x1 = (int)clampf(fmaxf(a.x, b.x) + r + 1, 0, (float)m->w);
  int y0 = (int)clampf(fminf(a.y, b.y) - r, 0, (float)m->h);
  int y1 = (int)clampf(fmaxf(a.y, b.y) + r + 1, 0, (float)m->h), x, y;

  for (y = y0; y < y1; y++) {
    for (x = x0; x < x1; x++) {
      float px = (float)x + 0.5f - a.x, py = (float)y + 0.5f - a.y;
      float t = clampf((px * dx + py * dy) / length, 0, 1);
      float d = hypotf(px - t * dx, py - t * dy), half = mixf(ra, rb, t);
      float *p = &m->a[y * m->w + x];

      *p = fmaxf(*p, clampf(half - d + 0.5f, 0, 1) * fminf(1, half * 2));
    }
  }
}

void disc(struct mask *m, float x, float y, float r)
{
  struct point p = { x, y };

  stroke(m, p, p, r, r);
}

void blob(struct mask *m, const struct point *p, int n, float level)
{
  enum { STEPS = 8 };
  struct point *out = need((size_t)(n * STEPS) * sizeof *out);
  int i, k;

  for (i = 0; i < n; i++) {
    struct point a = p[(i + n - 1) % n], b = p[i], c = p[(i + 1) % n],
                 d = p[(i + 2) % n];

    for (k = 0; k < STEPS; k++) { /* Catmull-Rom */
      float t = (float)k / STEPS, t2 = t * t, t3 = t2 * t;
      struct point *q = &out[i * STEPS + k];

      q->x = 0.5f
             * (2 * b.x + (c.x - a.x) * t + (2 * a.x - 5 * b.x + 4 * c.x - d.x) * t2
                + (3 * b.x - a.x - 3 * c.x + d.x) * t3);
      q->y = 0.5f
             * (2 * b.y + (c.y - a.y) * t + (2 * a.y - 5 * b.y + 4 * c.y - d.y) * t2
                + (3 * b.y - a.y - 3 * c.y + d.y) * t3);
    }
  }
  fill(m, out, n * STEPS, level);
  free(out);
}

void leaf(struct mask *m, struct point a, struct point b, float width, float belly,
          float bend)
{
  enum { N = 14 };
  struct point p[2 * N];
  float dx = b.x - a.x, dy = b.y - a.y, length = hypotf(dx, dy) + 1e-6f;
  float nx = -dy / length, ny = dx / length;
  int i;

  for (i = 0; i < N; i++) {
    float t = (float)i / (N - 1), arc = bend * length * t * (1 - t) * 2;
    float q = t < belly ? t / belly * 0.5f : 0.5f + (t - belly) / (1 - belly) * 0.5f;
    float half = width * 0.5f * powf(fmaxf(sinf(PI * q), 0), 0.92f);
    float x = a.x + dx * t + nx * arc, y = a.y + dy * t + ny * arc;

    p[i].x = x + nx * half;
    p[i].y = y + ny * half;
    p[2 * N - 1 - i].x = x - nx * half;
    p[2 * N - 1 - i].y = y - ny * half;
  }
  fill(m, p, 2 * N, 1);
}

void lay(struct canvas *c, const struct mask *m, struct rgb colour, float alpha)
{
  int i, n = c->w * c->h;

  for (i = 0; i < n; i++)
    if (m->a[i] > 0)
      c->px[i] = lerp(c->px[i], colour, fminf(m->a[i], 1) * alpha);
}

void lay_multiply(struct canvas *c, const struct mask *m, struct rgb colour,
                  float alpha)
{
  int i, n = c->w * c->h;

  for (i = 0; i < n; i++)
    if (m->a[i] > 0)
      c->px[i] = mul(c->px[i], lerp(rgb(1, 1, 1), colour, m->a[i] * alpha));
}

void put_line(struct canvas *c, struct point a, struct point b, float r,
              struct rgb colour, float alpha)
{
  float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy + 1e-9f;
  int x0 = (int)clampf(fminf(a.x, b.x) - r - 1, 0, (float)c->w);
  int x1 = (int)clampf(fmaxf(a.x, b.x) + r + 2, 0, (float)c->w);
  int y0 = (int)clampf(fminf(a.y, b.y) - r - 1, 0, (float)c->h);
  int y1 = (int)clampf(fmaxf(a.y, b.y) + r + 2, 0, (float)c->h), x, y;

  for (y = y0; y < y1; y++) {
    for (x = x0; x < x1; x++) {
      float px = (float)x + 0.5f - a.x, py = (float)y + 0.5f - a.y;
      float t = clampf((px * dx + py * dy) / length, 0, 1);
      float k = clampf(r - hypotf(px - t * dx, py - t * dy) + 0.5f, 0, 1);

      if (k > 0)
        *at(c, x, y) = lerp(*at(c, x, y), colour, k * alpha * fminf(1, r * 2));
    }
  }
}

void put_disc(struct canvas *c, float x, float y, float r, struct rgb colour,
              float alpha)
{
  struct point p = { x, y };

  put_line(c, p, p, r, colour, alpha);
}

void put_polygon(struct canvas *c, const struct point *p, int n, struct rgb colour,
                 float alpha)
{
  float x[EDGES], *row = need((size_t)c->w * sizeof *row);
  int y, s, i, top, bottom;

  bounds_y(p, n, c->h, &top, &bottom);
  for (y = top; y < bottom; y++) {
    memset(row, 0, (size_t)c->w * sizeof *row);
    for (s = 0; s < ROWS; s++) {
      int found = crossings(p, n, (float)y + ((float)s + 0.5f) / ROWS, x);

      for (i = 0; i + 1 < found; i += 2)
        cover(row, c->w, x[i], x[i + 1], 1.0f / ROWS);
    }
    for (i = 0; i < c->w; i++)
      if (row[i] > 0)
        *at(c, i, y) = lerp(*at(c, i, y), colour, fminf(row[i], 1) * alpha);
  }
  free(row);
}

void put_rect(struct canvas *c, float x0, float y0, float x1, float y1,
              struct rgb colour, float alpha)
{
  struct point p[4] = { { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 } };

  put_polygon(c, p, 4, colour, alpha);
}

void glow(struct canvas *c, float x, float y, float radius, struct rgb colour, float k)
{
  int x0 = (int)clampf(x - 3 * radius, 0, (float)c->w);
  int x1 = (int)clampf(x + 3 * radius + 1, 0, (float)c->w);
  int y0 = (int)clampf(y - 3 * radius, 0, (float)c->h);
  int y1 = (int)clampf(y + 3 * radius + 1, 0, (float)c->h), i, j;

  for (j = y0; j < y1; j++) {
    for (i = x0; i < x1; i++) {
      float d = hypotf((float)i + 0.5f - x, (float)j + 0.5f - y) / radius;
      struct rgb *p = at(c, i, j);

      if (d < 3)
        *p = add(*p, scale(colour, k * expf(-2 * d) * (1 - d / 3)));
    }
  }
}
