/* The JSON reader against RFC 8259: the corpus of spec/json, every truncation of it,
 * the recordings, and jansson as the oracle of what each document means. Run from the
 * top of the tree. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ig_json.h"
#include "test.h"

struct document {
  char name[512];
  char *text; /* on the heap, exactly `size` bytes: a sanitizer sees one too far */
  size_t size;
};

static struct document load(const char *folder, const char *name)
{
  struct document document = {"", NULL, 0};
  FILE *file;
  long size;

  snprintf(document.name, sizeof document.name, "%s/%s", folder, name);
  file = fopen(document.name, "rb");
  if (!file)
    return document;
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  document.text = malloc(size > 0 ? (size_t)size : 1);
  document.size = fread(document.text, 1, (size_t)size, file);
  fclose(file);
  return document;
}

/* Calls the function for each document of a folder; returns how many there were. */
static int each(const char *folder, void (*run)(const struct document *document))
{
  DIR *listing = opendir(folder);
  struct dirent *entry;
  int count = 0;

  if (!listing)
    return 0;
  for (entry = readdir(listing); entry; entry = readdir(listing))
    if (strstr(entry->d_name, ".json")) {
      struct document document = load(folder, entry->d_name);

      run(&document);
      free(document.text);
      count++;
    }
  closedir(listing);
  return count;
}

static char *copy_of(const char *text, size_t size)
{
  char *copy = malloc(size ? size : 1);

  memcpy(copy, text, size);
  return copy;
}

/* Reads to the end; true when all of it is JSON. */
static bool reads(const char *text, size_t size)
{
  char *copy = copy_of(text, size);
  struct ig_json json;
  enum ig_json_event event;

  ig_json_init(&json, copy, size);
  do
    event = ig_json_next(&json);
  while (event != IG_JSON_END && event != IG_JSON_ERROR);
  CHECK_INT(ig_json_next(&json), event); /* for ever */
  if (event == IG_JSON_ERROR)
    CHECK_THAT(json.problem && json.offset <= size, "an error says what and where");
  free(copy);
  return event == IG_JSON_END;
}

/* --- the oracle ------------------------------------------------------------------- */

static bool same(struct ig_json *json, enum ig_json_event event, const json_t *value);

static bool same_text(const struct ig_json *json, const char *text, size_t size)
{
  return json->size == size && memcmp(json->string, text, size) == 0;
}

static bool same_object(struct ig_json *json, const json_t *value)
{
  size_t count = 0;
  enum ig_json_event event = ig_json_next(json);

  for (; event == IG_JSON_KEY; event = ig_json_next(json)) {
    char name[8192];
    const json_t *member;

    snprintf(name, sizeof name, "%.*s", (int)json->size, json->string);
    member = json_object_get(value, name);
    count++;
    if (!member || !same(json, ig_json_next(json), member))
      return false;
  }
  return event == IG_JSON_OBJECT_END && count == json_object_size(value);
}

static bool same_array(struct ig_json *json, const json_t *value)
{
  size_t i;

  for (i = 0; i < json_array_size(value); i++)
    if (!same(json, ig_json_next(json), json_array_get(value, i)))
      return false;
  return ig_json_next(json) == IG_JSON_ARRAY_END;
}

static bool same_integer(const struct ig_json *json, const json_t *value)
{
  char digits[32];
  int size = snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT,
                      json_integer_value(value));

  if (json->exact)
    return json->integer == json_integer_value(value);
  return same_text(json, digits, (size_t)size);
}

static bool same(struct ig_json *json, enum ig_json_event event, const json_t *value)
{
  switch (event) {
  case IG_JSON_OBJECT:
    return json_is_object(value) && same_object(json, value);
  case IG_JSON_ARRAY:
    return json_is_array(value) && same_array(json, value);
  case IG_JSON_STRING:
    return json_is_string(value) &&
           same_text(json, json_string_value(value), json_string_length(value));
  case IG_JSON_INTEGER:
    return json_is_integer(value) && same_integer(json, value);
  case IG_JSON_NUMBER:
    return json_is_real(value) && json->number == json_real_value(value);
  case IG_JSON_TRUE:
    return json_is_true(value);
  case IG_JSON_FALSE:
    return json_is_false(value);
  case IG_JSON_NULL:
    return json_is_null(value);
  default:
    return false;
  }
}

/* Where we differ from jansson on purpose: a lone surrogate is U+FFFD here (captions
 * have them), any integer is kept by its digits, and of two members of one name both
 * are told. */
static bool differs_on_purpose(const char *name)
{
  static const char *const parts[] = {
      "string-lone", "string-high", "string-swapped", "keys-duplicate",
      "number-beyond", "number-digits-40", "number-long-integer-part"};
  size_t i;

  for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (strstr(name, parts[i]))
      return true;
  return false;
}

static void check_valid(const struct document *document)
{
  json_t *oracle;
  struct ig_json json;
  char *copy;

  CHECK_THAT(reads(document->text, document->size), "%s is JSON", document->name);
  oracle = json_loadb(document->text, document->size,
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  if (differs_on_purpose(document->name)) {
    json_decref(oracle);
    return;
  }
  CHECK_THAT(oracle, "jansson reads %s", document->name);
  copy = copy_of(document->text, document->size);
  ig_json_init(&json, copy, document->size);
  CHECK_THAT(oracle && same(&json, ig_json_next(&json), oracle),
             "%s means what jansson says", document->name);
  free(copy);
  json_decref(oracle);
}

/* Every beginning of a document is either JSON itself (a number's, mostly) or an error;
 * in both cases jansson agrees, and nothing beyond the end is looked at. */
static void check_cuts(const struct document *document)
{
  size_t size, most = document->size < 3000 ? document->size : 3000;

  for (size = 0; size < most; size++) {
    json_t *oracle;

    if (differs_on_purpose(document->name)) {
      (void)reads(document->text, size);
      continue;
    }
    oracle = json_loadb(document->text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK_THAT(reads(document->text, size) == (oracle != NULL),
               "%s cut after %lu bytes", document->name, (unsigned long)size);
    json_decref(oracle);
  }
}

static void check_invalid(const struct document *document)
{
  CHECK_THAT(!reads(document->text, document->size), "%s is no JSON", document->name);
}

TEST(reads_what_is_json_and_means_the_same_as_jansson)
{
  CHECK(each("spec/json/valid", check_valid) >= 110);
}

TEST(reads_the_recordings)
{
  CHECK(each("spec/recorded", check_valid) >= 20);
}

TEST(refuses_what_is_none)
{
  CHECK(each("spec/json/invalid", check_invalid) >= 150);
}

TEST(refuses_every_cut)
{
  CHECK(each("spec/json/valid", check_cuts) >= 110);
}

/* --- what no corpus shows --------------------------------------------------------- */

static struct ig_json json;
static char text[512];

static enum ig_json_event first(const char *source)
{
  snprintf(text, sizeof text, "%s", source);
  ig_json_init(&json, text, strlen(text));
  return ig_json_next(&json);
}

TEST(keeps_seventeen_digits)
{
  CHECK_INT(first("17841405793187219"), IG_JSON_INTEGER);
  CHECK(!json.exact);
  CHECK_MEM(json.string, json.size, "17841405793187219", 17);
  CHECK_INT(first("9007199254740991"), IG_JSON_INTEGER);
  CHECK(json.exact && json.integer == INT64_C(9007199254740991));
}

TEST(makes_a_lone_surrogate_a_replacement_character)
{
  CHECK_INT(first("\"a\\ud83db\""), IG_JSON_STRING);
  CHECK_MEM(json.string, json.size, "a\xef\xbf\xbd" "b", 5);
  CHECK(json.escaped);
}

TEST(tells_both_members_of_one_name)
{
  CHECK_INT(first("{\"a\":1,\"a\":2}"), IG_JSON_OBJECT);
  CHECK_INT(ig_json_next(&json), IG_JSON_KEY);
  CHECK_INT(ig_json_next(&json), IG_JSON_INTEGER);
  CHECK_INT(ig_json_next(&json), IG_JSON_KEY);
  CHECK_INT(ig_json_next(&json), IG_JSON_INTEGER);
  CHECK_INT(json.integer, 2);
}

TEST(skips_values_whole)
{
  CHECK_INT(first("{\"a\":[1,{\"b\":[]}],\"c\":7}"), IG_JSON_OBJECT);
  CHECK_INT(ig_json_next(&json), IG_JSON_KEY);
  CHECK(ig_json_skip(&json));
  CHECK_INT(ig_json_next(&json), IG_JSON_KEY);
  CHECK_MEM(json.string, json.size, "c", 1);
  CHECK_INT(ig_json_next(&json), IG_JSON_INTEGER);
  CHECK_INT(ig_json_next(&json), IG_JSON_OBJECT_END);
  CHECK_INT(ig_json_next(&json), IG_JSON_END);
}

TEST(leaves_a_container)
{
  CHECK_INT(first("[[1,[2],3],4]"), IG_JSON_ARRAY);
  CHECK_INT(ig_json_next(&json), IG_JSON_ARRAY);
  CHECK(ig_json_leave(&json));
  CHECK_INT(ig_json_next(&json), IG_JSON_INTEGER);
  CHECK_INT(json.integer, 4);
}

TEST(leaves_nothing_that_is_broken)
{
  CHECK_INT(first("[1,[2,}"), IG_JSON_ARRAY);
  CHECK(!ig_json_leave(&json));
  CHECK_INT(json.offset, 6);
  CHECK_INT(first("{\"a\":[1"), IG_JSON_OBJECT);
  CHECK_INT(ig_json_next(&json), IG_JSON_KEY);
  CHECK(!ig_json_skip(&json));
}

TEST(says_where_it_went_wrong)
{
  CHECK_INT(first("[1,x]"), IG_JSON_ARRAY);
  CHECK_INT(ig_json_next(&json), IG_JSON_INTEGER);
  CHECK_INT(ig_json_next(&json), IG_JSON_ERROR);
  CHECK_INT(json.offset, 3);
  CHECK(!ig_json_skip(&json));
}

TEST(masks_a_secret_in_a_decoded_string)
{
  char string[] = "a-secret-b-secret-secre";

  CHECK_INT(ig_json_mask(string, strlen(string), "secret", 6), 2);
  CHECK_STR(string, "a-******-b-******-secre");
}

TEST(masks_nothing_else)
{
  char string[] = "aaaaa";

  CHECK_INT(ig_json_mask(string, 5, "aa", 2), 2);
  CHECK_STR(string, "****a");
  CHECK_INT(ig_json_mask(string, 5, "a-longer-one", 12), 0);
  CHECK_INT(ig_json_mask(string, 5, "", 0), 0);
  CHECK_INT(ig_json_mask(string, 0, "a", 1), 0);
  CHECK_STR(string, "****a");
}

TEST(tells_which_escapes_a_string_had)
{
  CHECK_INT(first("\"plain\""), IG_JSON_STRING);
  CHECK(!json.escaped && !json.coded);
  CHECK_INT(first("\"https:\\/\\/x\""), IG_JSON_STRING);
  CHECK_MEM(json.string, json.size, "https://x", 9);
  CHECK(json.escaped && !json.coded);
  CHECK_INT(first("\"\\u0041\\u0000\""), IG_JSON_STRING);
  CHECK_MEM(json.string, json.size, "A\0", 2);
  CHECK(json.escaped && json.coded);
}

TEST(knows_an_empty_list_when_skipping)
{
  CHECK_INT(first("[[],1]"), IG_JSON_ARRAY);
  CHECK(ig_json_skip(&json));
  CHECK(ig_json_skip(&json));
  CHECK(!ig_json_skip(&json)); /* the list is over: no error */
  CHECK(json.problem == NULL);
  CHECK_INT(ig_json_next(&json), IG_JSON_END);
  CHECK(!ig_json_skip(&json));
}

TEST(names_the_problem_and_its_place)
{
  static const struct {
    const char *source, *problem;
    size_t offset;
  } cases[] = {
    { "", "the text ends too early", 0 },
    { " [1, ", "the text ends too early", 5 },
    { "\"abc", "the text ends inside a string", 4 },
    { "\"abc\\", "the text ends inside a string", 4 },
    { "\"a\\x\"", "not an escape", 2 },
    { "\"a\\u12g4\"", "not an escape", 2 },
    { "\"a\nb\"", "a control character in a string", 2 },
    { "\"a\xFF\"", "not UTF-8", 2 },
    { "-", "the text ends inside a number", 1 },
    { "[1.]", "a digit expected", 3 },
    { "[01]", "a number with a leading zero", 2 },
    { "[1e400]", "a number too large for a double", 1 },
    { "{\"a\" 1}", "':' expected", 5 },
    { "{\"a\":1 \"b\":2}", "',' or '}' expected", 7 },
    { "[1 2]", "',' or ']' expected", 3 },
    { "{a:1}", "a member name in quotes expected", 1 },
    { "[1,]", "a value expected", 3 },
    { "{} {}", "more text after the document", 3 },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    enum ig_json_event event = first(cases[i].source);

    while (event != IG_JSON_ERROR && event != IG_JSON_END)
      event = ig_json_next(&json);
    CHECK_INT(event, IG_JSON_ERROR);
    CHECK_STR(json.problem, cases[i].problem);
    CHECK_THAT(json.offset == cases[i].offset, "%s: at %lu", cases[i].source,
               (unsigned long)json.offset);
  }
}
