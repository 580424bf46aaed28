/* ig_error: the list of kinds and the text that goes into an error. */
#include "ig_error.h"
#include "test.h"

TEST(every_kind_has_a_name_and_advice)
{
  CHECK_STR(ig_kind_name(IG_OK), "");
  CHECK_INT(IG_KIND_COUNT, 24);
  for (int i = 1; i < IG_KIND_COUNT; i++) {
    enum ig_kind kind = (enum ig_kind)i;
    const char *advice = ig_kind_advice(kind);

    CHECK(*ig_kind_name(kind) != 0);
    CHECK_INT(ig_kind_by_name(ig_kind_name(kind)), kind);
    CHECK_THAT(*advice && advice[strlen(advice) - 1] == '.', "%s: no sentence", advice);
    for (int k = 1; k < i; k++)
      CHECK(strcmp(ig_kind_name(kind), ig_kind_name((enum ig_kind)k)) != 0);
  }
  CHECK_STR(ig_kind_name(IG_RATE_LIMIT), "rate_limit");
  CHECK_STR(ig_kind_name((enum ig_kind)99), "");
  CHECK_STR(ig_kind_advice((enum ig_kind)-1), "");
  CHECK_INT(ig_kind_by_name("nothing"), IG_OK);
  CHECK_INT(ig_kind_by_name(""), IG_OK);
  CHECK_INT(ig_kind_by_name(NULL), IG_OK);
}

TEST(set_clears_and_fills)
{
  struct ig_error error;

  memset(&error, 'x', sizeof error);
  CHECK_INT(ig_error_set(&error, IG_API, "a %s of %d", "message", 2), IG_API);
  CHECK_STR(error.message, "a message of 2");
  CHECK_STR(error.request, "");
  CHECK_STR(error.type, "");
  CHECK_INT(error.status, 0);
  CHECK(error.retry_after < 0);
  CHECK(!error.retryable);
  ig_error_set(&error, IG_IO, "%s, again", error.message);
  CHECK_STR(error.message, "a message of 2, again");
  ig_error_clear(&error);
  CHECK_INT(error.kind, IG_OK);
  CHECK(error.retry_after < 0);
}

TEST(retryable_follows_the_kind)
{
  struct ig_error error;

  for (int i = 1; i < IG_KIND_COUNT; i++) {
    bool want = i == IG_TRANSPORT || i == IG_TIMEOUT || i == IG_RATE_LIMIT ||
                i == IG_TRANSIENT;

    ig_error_set(&error, (enum ig_kind)i, "x");
    CHECK_THAT(error.retryable == want, "%s", ig_kind_name((enum ig_kind)i));
  }
}

static const char *cleaned(const char *text, size_t room)
{
  static char out[64];

  ig_error_copy(out, room, text, strlen(text));
  return out;
}

TEST(foreign_text_is_made_harmless)
{
  static const struct {
    const char *text, *want;
  } rows[] = {
    { "plain", "plain" },
    { "line\r\nline\tx", "line  line x" },
    { "\x1b[31mred\x7f", " [31mred " },
    { "caf\xc3\xa9 \xf0\x9f\x99\x82", "caf\xc3\xa9 \xf0\x9f\x99\x82" },
    { "\xc2\x85next\xc2\x9b", " next " },          /* C1 */
    { "a\xe2\x80\xa8" "b\xe2\x80\xa9", "a b " },   /* line, paragraph separator */
    { "\xff\xfe", "??" },
    { "\xc0\xaf", "??" },                          /* overlong */
    { "\xed\xa0\x80", "???" },                     /* surrogate */
    { "\xf4\x90\x80\x80", "????" },                /* above U+10FFFF */
    { "\xe0\x80\x80", "???" },
    { "\xf0\x80\x80\x80", "????" },
    { "cut\xe2\x82", "cut??" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    CHECK_STR(cleaned(rows[i].text, 64), rows[i].want);
  CHECK_STR(cleaned("\xc3\xa9\xc3\xa9\xc3\xa9", 6), "\xc3\xa9\xc3\xa9");
  CHECK_STR(cleaned("abc", 1), "");
  ig_error_copy(NULL, 0, "abc", 3);
}

TEST(a_long_message_is_cut_between_characters)
{
  struct ig_error error;
  char text[2000];

  for (size_t shift = 0; shift < 4; shift++) {
    memset(text, 'a', sizeof text);
    for (size_t i = shift; i + 3 < sizeof text; i += 3)
      memcpy(text + i, "\xe2\x82\xac", 3);
    text[sizeof text - 1] = 0;
    ig_error_set(&error, IG_API, "%s", text);
    CHECK(strlen(error.message) > sizeof error.message - 4);
    CHECK_INT((strlen(error.message) - shift) % 3, 0);
  }
}
