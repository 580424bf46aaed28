/* ig_buf: growth, the maximum, termination, cutting, taking. */

#include "ig_alloc.h"
#include "ig_buf.h"
#include "test.h"
#include "torture.h"

TEST(grows_and_terminates)
{
  struct ig_buf buf;

  ig_buf_init(&buf, 10000);
  CHECK(buf.data == NULL);
  CHECK_INT(ig_buf_add(&buf, NULL, 0), IG_OK);
  CHECK_INT(ig_buf_puts(&buf, "ab"), IG_OK);
  CHECK_INT(ig_buf_putc(&buf, 'c'), IG_OK);
  CHECK_STR(buf.data, "abc");
  ig_buf_clear(&buf);
  CHECK_STR(buf.data, "");
  for (int i = 0; i < 10000; i++)
    CHECK_INT(ig_buf_putc(&buf, 'x'), IG_OK);
  CHECK_INT(strlen(buf.data), 10000);
  CHECK_INT(ig_buf_putc(&buf, 'x'), IG_TOO_LARGE);
  CHECK_INT(strlen(buf.data), 10000);
  ig_buf_free(&buf);
  CHECK(buf.data == NULL);
  CHECK_INT(buf.max, 10000);
}

TEST(too_much_changes_nothing)
{
  struct ig_buf buf;

  ig_buf_init(&buf, 4);
  CHECK_INT(ig_buf_puts(&buf, "12345"), IG_TOO_LARGE);
  CHECK(buf.data == NULL);
  CHECK_INT(ig_buf_puts(&buf, "123"), IG_OK);
  CHECK_INT(ig_buf_puts(&buf, "45"), IG_TOO_LARGE);
  CHECK_STR(buf.data, "123");
  CHECK_INT(ig_buf_puts(&buf, "4"), IG_OK);
  ig_buf_free(&buf);
  ig_buf_init(&buf, (size_t)-1);
  CHECK_INT(ig_buf_putc(&buf, 'a'), IG_OK);
  CHECK_INT(ig_buf_add(&buf, "b", (size_t)-1), IG_TOO_LARGE);
  CHECK_INT(ig_buf_add(&buf, "b", (size_t)-2), IG_TOO_LARGE);
  CHECK_STR(buf.data, "a");
  ig_buf_free(&buf);
}

TEST(cut_wipes)
{
  struct ig_buf buf;

  ig_buf_init(&buf, 100);
  ig_buf_puts(&buf, "abcdef");
  ig_buf_cut(&buf, 9);
  CHECK_STR(buf.data, "abcdef");
  ig_buf_cut(&buf, 2);
  CHECK_MEM(buf.data, 7, "ab\0\0\0\0\0", 7);
  CHECK_INT(buf.size, 2);
  ig_buf_free(&buf);
  ig_buf_cut(&buf, 0);
  ig_buf_clear(&buf);
}

TEST(take_gives_the_bytes_away)
{
  struct ig_buf buf;
  char *text;

  ig_buf_init(&buf, 100);
  ig_buf_puts(&buf, "mine");
  text = ig_buf_take(&buf);
  CHECK_STR(text, "mine");
  CHECK(buf.data == NULL && buf.size == 0 && buf.max == 100);
  ig_free(text);
  text = ig_buf_take(&buf);
  CHECK_STR(text, "");
  ig_free(text);
  ig_alloc_fail_after(1);
  CHECK(ig_buf_take(&buf) == NULL);
}

static enum ig_kind fill(void)
{
  struct ig_buf buf;
  enum ig_kind kind = IG_OK;

  ig_buf_init(&buf, 5000);
  for (int i = 0; i < 1000 && !kind; i++)
    kind = ig_buf_puts(&buf, "1234");
  if (kind)
    CHECK(buf.size % 4 == 0 && (!buf.data || strlen(buf.data) == buf.size));
  ig_buf_free(&buf);
  return kind;
}

TEST(memory_runs_out)
{
  torture(fill);
}
