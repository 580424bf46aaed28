/* Steps over the plain bytes of JSON strings, a block at once: 16 with SSE2 (any
 * x86-64), else 8 in a machine word. IG_JSON_PLAIN asks for the portable way; tests run
 * both. Plain is what stands for itself: no quote, backslash, control or non-ASCII
 * byte. */
#ifndef IG_JSON_BLOCK_H
#define IG_JSON_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && defined(__GNUC__) && !defined(IG_JSON_PLAIN)
#define IG_JSON_SSE2 1
#include <emmintrin.h>
#else
#define IG_JSON_SSE2 0
#endif

/* Both ways flip bit 1 first. That swaps '"' and ' ' with their neighbours, so that all
 * of controls and the quote (and, signed, non-ASCII) are below FLIPPED_FIRST_PLAIN. */
#define FLIP 0x02
#define FLIPPED_FIRST_PLAIN 0x21
#define FLIPPED_BACKSLASH ('\\' ^ FLIP)

static inline bool byte_is_plain(char c)
{
  signed char flipped = (signed char)(c ^ FLIP);

  return flipped >= FLIPPED_FIRST_PLAIN && flipped != FLIPPED_BACKSLASH;
}

#if IG_JSON_SSE2

#define BLOCK 16
typedef __m128i block;

static inline block block_load(const char *from)
{
  return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static inline void block_store(char *to, block bytes)
{
  _mm_storeu_si128((__m128i *)(void *)to, bytes);
}

/* Zero when all bytes are plain. */
static inline uint64_t block_find(block bytes)
{
  block flipped = _mm_xor_si128(bytes, _mm_set1_epi8(FLIP));
  block plain = _mm_cmpgt_epi8(flipped, _mm_set1_epi8(FLIPPED_FIRST_PLAIN - 1));
  block backslash = _mm_cmpeq_epi8(flipped, _mm_set1_epi8(FLIPPED_BACKSLASH));

  return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(backslash, plain)) ^ 0xFFFFu;
}

/* How many plain bytes come first, given what block_find found. */
static inline size_t block_plain(block bytes, uint64_t found)
{
  (void)bytes;
  return (size_t)__builtin_ctz((unsigned)found);
}

#else

#define BLOCK 8
typedef uint64_t block;

static inline block block_load(const char *from)
{
  block bytes;

  memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

static inline void block_store(char *to, block bytes)
{
  memcpy(to, &bytes, sizeof bytes);
}

static inline uint64_t block_find(block bytes)
{
  const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
  uint64_t flipped = bytes ^ ones * FLIP;
  uint64_t backslash = flipped ^ ones * FLIPPED_BACKSLASH;

  /* a byte borrows only where it, or one before it, is not plain: zero is never
   * wrong */
  return ((flipped - ones * FLIPPED_FIRST_PLAIN) | (backslash - ones) | bytes) & tops;
}

static inline size_t block_plain(block bytes, uint64_t found)
{
  char each[BLOCK];
  size_t n = 0;

  (void)found;
  memcpy(each, &bytes, sizeof each);
  while (n < BLOCK - 1 && byte_is_plain(each[n]))
    n++;
  return n;
}

#endif
#endif
