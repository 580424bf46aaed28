/* The JSON reader's values: every kind of byte at every place of strings of many
 * lengths, and numbers to the last bit, by libc's word. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ig_json.h"
#include "test.h"

static struct ig_json reader;

static enum ig_json_event read_one(const char *source)
{
  static char copy[512];

  snprintf(copy, sizeof copy, "%s", source);
  ig_json_init(&reader, copy, strlen(copy));
  return ig_json_next(&reader);
}

/* --- strings, at every length and with every kind of byte at every place -------- */

/* A string of `size` bytes with `special` spelled at `place`, as a document of its own,
 * must decode to the same with `meaning` there; NULL: it must be refused. */
static void check_string(size_t size, size_t place, const char *special,
                         const char *meaning)
{
  size_t before = place, after = size - place, n = strlen(special), i;
  char *source = malloc(size + n + 2), want[256]; /* exact: any byte too far is seen */

  source[0] = source[size + n + 1] = '"';
  for (i = 0; i < size; i++)
    source[1 + i + (i < place ? 0 : n)] = (char)('a' + i % 26);
  memcpy(source + 1 + place, special, n);
  ig_json_init(&reader, source, size + n + 2);
  if (!meaning) {
    CHECK(ig_json_next(&reader) == IG_JSON_ERROR ||
          ig_json_next(&reader) == IG_JSON_ERROR);
  } else {
    n = strlen(meaning);
    for (i = 0; i < before; i++)
      want[i] = (char)('a' + i % 26);
    memcpy(want + before, meaning, n);
    for (i = 0; i < after; i++)
      want[before + n + i] = (char)('a' + (before + i) % 26);
    CHECK_INT(ig_json_next(&reader), IG_JSON_STRING);
    CHECK_MEM(reader.string, reader.size, want, size + n);
    CHECK_INT(ig_json_next(&reader), IG_JSON_END);
  }
  free(source);
}

TEST(reads_each_kind_of_byte_at_each_place)
{
  static const char *const specials[][2] = {
    { "", "" },                               { "\\/", "/" },
    { "\\/\\/", "//" },                       { "\\/p\\/", "/p/" },
    { "\\\"\\\\", "\"\\" },                   { "\\u00e9", "\xC3\xA9" },
    { "\\ud83d\\ude0d", "\xF0\x9F\x98\x8D" }, { "\\ude0d", "\xEF\xBF\xBD" },
    { "\\ud83d\\u0041", "\xEF\xBF\xBD" "A" }, { "\xC3\xA9", "\xC3\xA9" },
    { "\\/\xE6\x88\x91\\n", "/\xE6\x88\x91\n" }, { "\x7F#!^ ]", "\x7F#!^ ]" },
    { "\x1F", NULL },                         { "\xE6\x88", NULL },
    { "\\u12-", NULL },                       { "\x80", NULL },
    { "\\/\t", NULL },                        { "\"", NULL },
  };

  for (size_t i = 0; i < sizeof specials / sizeof specials[0]; i++)
    for (size_t size = 0; size < 70; size++)
      for (size_t place = 0; place <= size; place++)
        check_string(size, place, specials[i][0], specials[i][1]);
}

/* --- numbers against libc ------------------------------------------------------- */

static uint64_t seed = 88172645463325252u;

static uint64_t dice(void)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

static void check_number(const char *digits)
{
  double want = strtod(digits, NULL); /* this program never leaves the C locale */
  enum ig_json_event event = read_one(digits);

  if (isinf(want)) {
    CHECK_THAT(event == IG_JSON_ERROR, "%s is too large", digits);
    return;
  }
  CHECK_THAT(event == IG_JSON_NUMBER || event == IG_JSON_INTEGER, "%s", digits);
  CHECK_THAT(memcmp(&reader.number, &want, sizeof want) == 0,
             "%s: got %.17g, want %.17g", digits, reader.number, want);
}

TEST(reads_any_double_exactly)
{
  char digits[400];

  for (int round = 0; round < 100000; round++) {
    uint64_t bits = dice();
    double number;

    memcpy(&number, &bits, sizeof number);
    if (!isfinite(number))
      continue;
    snprintf(digits, sizeof digits, "%.*g", (int)(1 + dice() % 20), number);
    check_number(digits);
  }
}

TEST(reads_any_digits_as_libc_does)
{
  char digits[400];

  for (int round = 0; round < 100000; round++) {
    int size = snprintf(digits, 32, "%s%d.", dice() % 2 ? "-" : "", (int)(dice() % 99));

    for (int left = 1 + (int)(dice() % 40); left; left--)
      digits[size++] = (char)('0' + (dice() % 3 ? dice() % 10 : 0));
    snprintf(digits + size, 32, "e%d", (int)(dice() % 640) - 340);
    check_number(digits);
  }
}

TEST(bounds_exponents)
{
  static const char *const numbers[] = {
    "1e99999999999999999999", "1e-99999999999999999999", "0e99999999999999999999",
    "-0.0e-5", "1e100000", "123456789012345678901e-100000", "1e308", "1e-400",
    "0.00000000000000000000000000000000000000000000000001e358", "1e22", "1e23",
    "9007199254740993e-22", "9007199254740992e22", "4.9e-324", "2.4e-324",
    "179769313486231580793e289", "100000000000000000000000000000000e-32",
  };

  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    check_number(numbers[i]);
}

/* Halfway between 1 and the double after it; then a hair above, 800 digits away. */
TEST(rounds_by_digits_far_away)
{
  static char digits[900] = "1.00000000000000011102230246251565404236316680908203125";
  size_t size = strlen(digits);

  ig_json_init(&reader, digits, size);
  CHECK_INT(ig_json_next(&reader), IG_JSON_NUMBER);
  CHECK(reader.number == 1.0);
  memset(digits + size, '0', 840 - size);
  digits[840] = '1';
  ig_json_init(&reader, digits, 841);
  CHECK_INT(ig_json_next(&reader), IG_JSON_NUMBER);
  CHECK(reader.number > 1.0 && reader.number - 1.0 < 3e-16);
}

TEST(asks_no_locale)
{
  static const char *const commas[] = { "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8" };
  bool found = false;

  for (size_t i = 0; !found && i < sizeof commas / sizeof commas[0]; i++)
    found = setlocale(LC_NUMERIC, commas[i]) != NULL;
  CHECK_INT(read_one("123456789.123456789123"), IG_JSON_NUMBER);
  CHECK(reader.number > 123456789.1234 && reader.number < 123456789.1235);
  CHECK_INT(read_one("0.1"), IG_JSON_NUMBER);
  CHECK(reader.number > 0.09 && reader.number < 0.11);
  setlocale(LC_NUMERIC, "C");
}
