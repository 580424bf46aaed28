/* ig_alloc: sizes, wiping, counting, failing on demand; from many threads. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "ig_alloc.h"
#include "test.h"

TEST(blocks_are_aligned_and_counted)
{
  long live = ig_alloc_live();
  unsigned long count = ig_alloc_count();
  char *blocks[8];

  for (size_t i = 0; i < 8; i++) {
    blocks[i] = ig_malloc(i);
    CHECK(blocks[i] != NULL);
    CHECK((uintptr_t)blocks[i] % sizeof(void *) == 0);
    CHECK((uintptr_t)blocks[i] % 16 == 0 || sizeof(long double) < 16);
    memset(blocks[i], 'x', i);
  }
  CHECK_INT(ig_alloc_live() - live, 8);
  CHECK_INT(ig_alloc_count() - count, 8);
  for (size_t i = 0; i < 8; i++)
    ig_free(blocks[i]);
  ig_free(NULL);
  CHECK_INT(ig_alloc_live(), live);
}

TEST(calloc_zeroes_and_refuses_what_does_not_fit)
{
  unsigned char *block = ig_calloc(3, 5);

  for (int i = 0; i < 15; i++)
    CHECK_INT(block[i], 0);
  ig_free(block);
  CHECK(ig_calloc(SIZE_MAX / 2, 3) == NULL);
  CHECK(ig_calloc(SIZE_MAX, 1) == NULL);
  CHECK(ig_malloc(SIZE_MAX) == NULL);
  block = ig_calloc(0, 8);
  CHECK(block != NULL);
  ig_free(block);
}

TEST(realloc_keeps_the_bytes)
{
  char *block = ig_realloc(NULL, 4), *moved;

  memcpy(block, "abc", 4);
  moved = ig_realloc(block, 4000);
  CHECK_STR(moved, "abc");
  block = ig_realloc(moved, 2);
  CHECK(block == moved);
  CHECK_MEM(block, 2, "ab", 2);
  ig_alloc_fail_after(1);
  CHECK(ig_realloc(block, 100) == NULL);
  CHECK_MEM(block, 2, "ab", 2);
  CHECK(ig_realloc(block, SIZE_MAX) == NULL);
  ig_free(block);
}

TEST(shrinking_wipes_the_rest)
{
  char *block = ig_malloc(8);

  memcpy(block, "secret!", 8);
  block = ig_realloc(block, 3);
  /* The memory behind is still ours, as the allocator gave eight. */
  CHECK_MEM(block, 8, "sec\0\0\0\0\0", 8);
  ig_free(block);
}

TEST(texts_are_copied)
{
  char *copy = ig_strdup("word");

  CHECK_STR(copy, "word");
  ig_free(copy);
  copy = ig_strndup("word", 2);
  CHECK_STR(copy, "wo");
  ig_free(copy);
  copy = ig_strndup("word", 200);
  CHECK_STR(copy, "word");
  ig_free(copy);
  copy = ig_strdup("");
  CHECK_STR(copy, "");
  ig_free(copy);
  CHECK(ig_strdup(NULL) == NULL);
  CHECK(ig_strndup(NULL, 3) == NULL);
}

TEST(the_nth_allocation_fails_once)
{
  void *first, *third;

  ig_alloc_fail_after(2);
  first = ig_malloc(1);
  CHECK(first != NULL);
  CHECK(ig_calloc(1, 1) == NULL);
  third = ig_malloc(1);
  CHECK(third != NULL);
  ig_free(first);
  ig_free(third);
  ig_alloc_fail_after(1);
  ig_alloc_fail_after(0);
  first = ig_malloc(1);
  CHECK(first != NULL);
  ig_free(first);
}

TEST(wipe_leaves_zeros)
{
  char text[] = "secret";

  ig_wipe(text, sizeof text);
  CHECK_MEM(text, sizeof text, "\0\0\0\0\0\0", 7);
  ig_wipe(NULL, 0);
}

static void *churn(void *unused)
{
  (void)unused;
  for (int i = 0; i < 2000; i++) {
    char *block = ig_malloc((size_t)i % 300);

    block = ig_realloc(block, (size_t)i % 700);
    ig_free(block);
  }
  return NULL;
}

TEST(threads_may_share_it)
{
  long live = ig_alloc_live();
  pthread_t threads[4];

  for (int i = 0; i < 4; i++)
    CHECK(pthread_create(&threads[i], NULL, churn, NULL) == 0);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  CHECK_INT(ig_alloc_live(), live);
}
