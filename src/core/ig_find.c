/* Search by first and last byte at once, 32 or 16 places at a time (AVX2, SSE2); memchr
 * where the processor has no such thing. memmem is several times slower for words and
 * tokens, whose every two letters occur in any page of base64. */
#include "ig_find.h"

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && defined(__GNUC__) && !defined(IG_FIND_PLAIN)
#include <immintrin.h>

/* The places that the bits name, from `at` on: the first that is really one. */
static const char *confirm(const char *at, unsigned bits, const char *what, size_t n)
{
  for (; bits; bits &= bits - 1) {
    const char *place = at + __builtin_ctz(bits);

    if (place[n / 2] == what[n / 2] && memcmp(place, what, n) == 0)
      return place;
  }
  return NULL;
}

/* Both go up to the place from which on another whole step is not certain. */
static const char *find_by_16(const char **from, const char *end, const char *what,
                              size_t n)
{
  __m128i first = _mm_set1_epi8(what[0]), last = _mm_set1_epi8(what[n - 1]);
  const char *at = *from, *found = NULL;

  for (; !found && (size_t)(end - at) >= n + 15; at += 16) {
    __m128i head = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i tail = _mm_loadu_si128((const __m128i *)(const void *)(at + n - 1));
    __m128i both =
        _mm_and_si128(_mm_cmpeq_epi8(head, first), _mm_cmpeq_epi8(tail, last));

    found = confirm(at, (unsigned)_mm_movemask_epi8(both), what, n);
  }
  *from = at;
  return found;
}

/* Where the first and the last byte stand in their places, of 32 places at `at`. */
__attribute__((target("avx2"))) static inline __m256i
candidates(const char *at, size_t n, __m256i first, __m256i last)
{
  __m256i head = _mm256_loadu_si256((const __m256i *)(const void *)at);
  __m256i tail = _mm256_loadu_si256((const __m256i *)(const void *)(at + n - 1));

  return _mm256_and_si256(_mm256_cmpeq_epi8(head, first),
                          _mm256_cmpeq_epi8(tail, last));
}

__attribute__((target("avx2"))) static const char *
find_by_32(const char **from, const char *end, const char *what, size_t n)
{
  __m256i first = _mm256_set1_epi8(what[0]), last = _mm256_set1_epi8(what[n - 1]);
  const char *at = *from, *found = NULL;

  while (!found && (size_t)(end - at) >= n + 31) {
    if ((size_t)(end - at) >= n + 127) { /* mostly nothing is near: one look at 128 */
      __m256i a = candidates(at, n, first, last);
      __m256i b = candidates(at + 32, n, first, last);
      __m256i c = candidates(at + 64, n, first, last);
      __m256i d = candidates(at + 96, n, first, last);
      __m256i any = _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));

      if (_mm256_testz_si256(any, any)) {
        at += 128;
        continue;
      }
    }
    found = confirm(at, (unsigned)_mm256_movemask_epi8(candidates(at, n, first, last)),
                    what, n);
    at += 32;
  }
  *from = at;
  return found;
}

static const char *find_wide(const char **from, const char *end, const char *what,
                             size_t n)
{
  const char *found = NULL;

  if (__builtin_cpu_supports("avx2"))
    found = find_by_32(from, end, what, n);
  return found ? found : find_by_16(from, end, what, n);
}
#else
static const char *find_wide(const char **from, const char *end, const char *what,
                             size_t n)
{
  (void)from, (void)end, (void)what, (void)n;
  return NULL;
}
#endif

const char *ig_find(const char *text, size_t size, const char *what, size_t n)
{
  const char *at = text, *end = text + size, *found;

  if (size < n)
    return NULL;
  found = find_wide(&at, end, what, n);
  while (!found && (size_t)(end - at) >= n) {
    at = memchr(at, what[0], (size_t)(end - at) - n + 1);
    if (!at)
      return NULL;
    if (memcmp(at, what, n) == 0)
      found = at;
    at++;
  }
  return found;
}
