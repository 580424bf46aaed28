/* ig_find against the plainest search there is, over lengths, places and alignments. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* Between two pages that may not be touched, at either end of what lies between. */
TEST(touches_no_page_beyond_the_text)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE), size, n;
  char *all = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char what[160];
  unsigned seed = 3;

  CHECK(all != MAP_FAILED && mprotect(all + page, page, PROT_READ | PROT_WRITE) == 0);
  for (size = 0; size < 600; size += 3)
    for (n = 1; n < sizeof what; n += 7) {
      char *front = all + page, *back = front + page - size;

      fill(what, n, 2, &seed);
      fill(front, size, 2, &seed);
      CHECK(ig_find(front, size, what, n) == plain_find(front, size, what, n));
      fill(back, size, 2, &seed);
      CHECK(ig_find(back, size, what, n) == plain_find(back, size, what, n));
    }
  munmap(all, 3 * page);
}
