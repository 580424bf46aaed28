/* Search by first and last byte at once, sixteen places at a time (SSE2); memchr where the
 * processor has no such thing. memmem is several times slower for words and tokens, whose
 * every two letters occur in any page of base64. */
#include "ig_find.h"

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(IG_FIND_PLAIN)
#include <emmintrin.h>

/* One bit for each of sixteen places at which first and last byte fit. */
static unsigned fits(const char *at, size_t n, __m128i first, __m128i last)
{
  __m128i head = _mm_loadu_si128((const __m128i *)(const void *)at);
  __m128i tail = _mm_loadu_si128((const __m128i *)(const void *)(at + n - 1));

  return (unsigned)_mm_movemask_epi8(
      _mm_and_si128(_mm_cmpeq_epi8(head, first), _mm_cmpeq_epi8(tail, last)));
}

/* Up to the place from which on sixteen more bytes are not certain. */
static const char *find_wide(const char **from, const char *end, const char *what,
                             size_t n)
{
  __m128i first = _mm_set1_epi8(what[0]), last = _mm_set1_epi8(what[n - 1]);
  const char *at = *from;

  for (; (size_t)(end - at) >= n + 15; at += 16) {
    unsigned bits = fits(at, n, first, last);

    for (; bits; bits &= bits - 1) {
      const char *place = at + __builtin_ctz(bits);

      if (memcmp(place, what, n) == 0)
        return place;
    }
  }
  *from = at;
  return NULL;
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
