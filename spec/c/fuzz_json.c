/* libFuzzer target: the JSON reader must agree with jansson on what is JSON, where the
 * two mean to agree, and never look beyond the end. Run by tools/fuzz.sh. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ig_json.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct reading {
  bool json; /* it is */
  bool deep; /* refused for its depth alone: 64 here, 2048 there */
  bool more; /* accepted, with something in it that jansson does not take */
};

/* jansson: integers within 64 bits, no lone surrogates, no zeros in keys. */
static bool is_more(const struct ig_json *json, enum ig_json_event event)
{
  if (event == IG_JSON_INTEGER)
    return !json->exact;
  if (event == IG_JSON_KEY && memchr(json->string, '\0', json->size))
    return true;
  if ((event != IG_JSON_KEY && event != IG_JSON_STRING) || !json->coded)
    return false;
  for (size_t i = 0; i + 3 <= json->size; i++)
    if (memcmp(json->string + i, "\xEF\xBF\xBD", 3) == 0)
      return true;
  return false;
}

/* The digits as libc understands them; no locale is set here. */
static bool is_right(const struct ig_json *json)
{
  char *digits = malloc(json->size + 1);
  double number;

  memcpy(digits, json->string, json->size);
  digits[json->size] = '\0';
  number = strtod(digits, NULL);
  free(digits);
  return memcmp(&number, &json->number, sizeof number) == 0;
}

static struct reading reads(const char *data, size_t size)
{
  struct reading reading = { false, false, false };
  char *text = malloc(size ? size : 1); /* exact, so that any byte too far is seen */
  struct ig_json json;
  enum ig_json_event event;

  memcpy(text, data, size);
  ig_json_init(&json, text, size);
  do {
    event = ig_json_next(&json);
    if (is_more(&json, event))
      reading.more = true;
    if ((event == IG_JSON_NUMBER || event == IG_JSON_INTEGER) && !is_right(&json))
      abort();
  } while (event != IG_JSON_END && event != IG_JSON_ERROR);
  reading.json = event == IG_JSON_END;
  if (event == IG_JSON_ERROR) {
    reading.deep = strstr(json.problem, "deep") != NULL;
    if (json.offset > size)
      abort();
  }
  free(text);
  return reading;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
  struct reading ours = reads((const char *)data, size);
  json_error_t error;
  json_t *theirs = json_loadb((const char *)data, size,
                              JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

  if (ours.json && !ours.more && !theirs)
    abort();
  if (!ours.json && !ours.deep && theirs && !memchr(data, '\0', size))
    abort(); /* jansson takes a zero byte for the end */
  json_decref(theirs);
  return 0;
}
