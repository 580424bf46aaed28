/* ig_find against the plainest search there is, over lengths, places and alignments. */
#include <stdlib.h>
#include <string.h>

#include "ig_find.h"
#include "test.h"

static const char *plain_find(const char *text, size_t size, const char *what, size_t n)
{
  size_t i;

  for (i = 0; size >= n && i <= size - n; i++)
    if (memcmp(text + i, what, n) == 0)
      return text + i;
  return NULL;
}

/* Few letters, so that first and last byte often fit and the rest does not. */
static void fill(char *text, size_t size, unsigned letters, unsigned *seed)
{
  size_t i;

  for (i = 0; i < size; i++) {
    *seed = *seed * 1103515245u + 12345u;
    text[i] = (char)('a' + (*seed >> 16) % letters);
  }
}

static void check_some(unsigned letters, unsigned *seed)
{
  char text[600], what[12];
  size_t size, n;

  fill(text, sizeof text, letters, seed);
  fill(what, sizeof what, letters, seed);
  size = (*seed >> 8) % sizeof text;
  n = 1 + (*seed >> 4) % sizeof what;
  CHECK(ig_find(text, size, what, n) == plain_find(text, size, what, n));
}

TEST(finds_what_a_plain_search_finds)
{
  unsigned seed = 7;
  int round;

  for (round = 0; round < 20000; round++) {
    check_some(3, &seed);
    check_some(26, &seed); /* mostly nothing near: the long steps */
  }
}

TEST(finds_at_every_place_and_nothing_beyond_the_end)
{
  size_t place, size = 400;

  for (place = 0; place + 6 <= size; place++) {
    char *text = malloc(size); /* exact, so that a sanitizer sees any byte too far */

    memset(text, 'x', size);
    memcpy(text + place, "needle", 6);
    CHECK(ig_find(text, size, "needle", 6) == text + place);
    CHECK(ig_find(text, place + 5, "needle", 6) == NULL);
    free(text);
  }
}
