/* The canvas: pixels of linear light, what a darkroom does to them, and the way out as
 * JPEG. Knows libc and libjpeg. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "paint.h"

void *need(size_t bytes)
{
  void *p = calloc(1, bytes ? bytes : 1);

  if (!p) {
    fputs("artist: out of memory\n", stderr);
    exit(1);
  }
  return p;
}

struct canvas canvas_new(int w, int h)
{
  struct canvas c = { w, h, NULL };

  c.px = need((size_t)w * (size_t)h * sizeof *c.px);
  return c;
}

void canvas_free(struct canvas *c)
{
  free(c->px);
  c->px = NULL;
}

struct rgb *at(struct canvas *c, int x, int y)
{
  x = x < 0 ? 0 : x >= c->w ? c->w - 1 : x;
  y = y < 0 ? 0 : y >= c->h ? c->h - 1 : y;
  return &c->px[(size_t)y * (size_t)c->w + (size_t)x];
}

struct rgb sample(const struct canvas *c, float x, float y)
{
  struct canvas *any = (struct canvas *)(uintptr_t)c;
  int ix = (int)floorf(x), iy = (int)floorf(y);
  float u = x - (float)ix, v = y - (float)iy;

  return lerp(lerp(*at(any, ix, iy), *at(any, ix + 1, iy), u),
              lerp(*at(any, ix, iy + 1), *at(any, ix + 1, iy + 1), u), v);
}

/* One box pass along a line of n pixels `step` apart. */
static void box_line(const struct rgb *in, struct rgb *out, int n, int step, int r)
{
  struct rgb sum = rgb(0, 0, 0);
  float k = 1 / (float)(2 * r + 1);
  int i;

  for (i = -r; i <= r; i++)
    sum = add(sum, in[(i < 0 ? 0 : i >= n ? n - 1 : i) * step]);
  for (i = 0; i < n; i++) {
    int gone = i - r, next = i + r + 1;

    out[i * step] = scale(sum, k);
    sum = add(sum, in[(next >= n ? n - 1 : next) * step]);
    sum = add(sum, scale(in[(gone < 0 ? 0 : gone) * step], -1));
  }
}

void blur(struct canvas *c, float radius)
{
  struct canvas t = canvas_new(c->w, c->h);
  int r = (int)(radius * 0.6f + 0.5f), pass, i;

  for (pass = 0; pass < 3 && r > 0; pass++) {
    for (i = 0; i < c->h; i++)
      box_line(c->px + i * c->w, t.px + i * c->w, c->w, 1, r);
    for (i = 0; i < c->w; i++)
      box_line(t.px + i, c->px + i, c->h, c->w, r);
  }
  canvas_free(&t);
}

void bloom(struct canvas *c, float threshold, float radius, float amount)
{
  struct canvas t = canvas_new(c->w, c->h);
  int i, n = c->w * c->h;

  for (i = 0; i < n; i++) {
    float over = luma(c->px[i]) - threshold;

    if (over > 0)
      t.px[i] = scale(c->px[i], fminf(over / (luma(c->px[i]) + 1e-6f), 1));
  }
  blur(&t, radius);
  for (i = 0; i < n; i++)
    c->px[i] = add(c->px[i], scale(t.px[i], amount));
  canvas_free(&t);
}

void vignette(struct canvas *c, float amount)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float u = 2 * (float)x / (float)c->w - 1, v = 2 * (float)y / (float)c->h - 1;
      float d = u * u + v * v;
      struct rgb *p = at(c, x, y);

      *p = scale(*p, 1 - amount * smooth(0.3f, 2.0f, d));
    }
  }
}

void grain(struct canvas *c, float amount, uint32_t seed)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float n = hash1(x, y, seed) + hash1(x, y, seed + 1)
                + hash1(x / 2, y / 2, seed + 2) - 1.5f;
      struct rgb *p = at(c, x, y);

      *p = scale(*p, 1 + amount * n);
    }
  }
}

void paper(struct canvas *c, float amount, uint32_t seed)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      float n = 0.6f * noise2((float)x * 0.35f, (float)y * 0.35f, seed)
                + 0.5f * fbm2((float)x * 0.03f, (float)y * 0.03f, 3, seed + 9);
      struct rgb *p = at(c, x, y);

      *p = scale(*p, 1 + amount * n);
    }
  }
}

struct canvas halve(const struct canvas *c)
{
  struct canvas half = canvas_new(c->w / 2, c->h / 2);
  int x, y;

  for (y = 0; y < half.h; y++) {
    for (x = 0; x < half.w; x++) {
      const struct rgb *p = c->px + (size_t)(2 * y) * (size_t)c->w + 2 * x;
      const struct rgb *q = p + c->w;

      half.px[y * half.w + x] = scale(add(add(p[0], p[1]), add(q[0], q[1])), 0.25f);
    }
  }
  return half;
}

static unsigned char to_byte(float v, float dither)
{
  float s;

  if (v > 0.8f)
    v = 0.8f + 0.2f * (1 - expf((0.8f - v) * 5));
  v = clampf(v, 0, 1);
  s = v <= 0.0031308f ? 12.92f * v : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
  return (unsigned char)clampf(s * 255 + dither, 0, 255);
}

void canvas_bytes(const struct canvas *c, unsigned char *rgb8, uint32_t seed)
{
  int x, y;

  for (y = 0; y < c->h; y++) {
    for (x = 0; x < c->w; x++) {
      const struct rgb *p = &c->px[y * c->w + x];
      float d = 0.5f + 0.8f * (hash1(x, y, seed) - 0.5f);

      *rgb8++ = to_byte(p->r, d);
      *rgb8++ = to_byte(p->g, d);
      *rgb8++ = to_byte(p->b, d);
    }
  }
}

/* Compresses once; the result belongs to the caller (free). */
static unsigned char *squeeze(unsigned char *rgb8, int w, int h, int quality,
                              unsigned long *size)
{
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  unsigned char *out = NULL;

  *size = 0;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &out, size);
  jpeg.image_width = (JDIMENSION)w;
  jpeg.image_height = (JDIMENSION)h;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.optimize_coding = TRUE;
  jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = rgb8 + (size_t)jpeg.next_scanline * (size_t)w * 3;

    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  return out;
}

size_t canvas_jpeg(const struct canvas *c, const struct job *job)
{
  unsigned char *rgb8 = need((size_t)c->w * (size_t)c->h * 3), *jpeg = NULL;
  unsigned long size = 0;
  int quality = job->quality;
  FILE *file;

  canvas_bytes(c, rgb8, job->seed);
  for (;;) {
    jpeg = squeeze(rgb8, c->w, c->h, quality, &size);
    if (!job->limit || size <= (unsigned long)job->limit || quality <= 46)
      break;
    free(jpeg);
    quality -= 3;
  }
  free(rgb8);
  file = fopen(job->out, "wb");
  if (!file || fwrite(jpeg, 1, size, file) != size)
    size = 0;
  if (file && fclose(file) != 0)
    size = 0;
  free(jpeg);
  return (size_t)size;
}
