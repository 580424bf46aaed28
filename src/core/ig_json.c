/* The JSON reader's grammar: which event may follow which. Strings that need decoding,
 * and numbers, are read in files of their own. May know: libc. */
#include "ig_json_parts.h"

#include <string.h>

#include "ig_json_block.h"

enum state {
  START,       /* the outermost value */
  VALUE,       /* a value must come: after a key, after ',' in an array */
  FIRST_VALUE, /* after '[': a value or ']' */
  FIRST_KEY,   /* after '{': a key or '}' */
  MORE,        /* after a value in a container: ',' or its end */
  DONE,        /* after the outermost value: only white space */
  FAILED
};

enum { NOTHING = -1 }; /* no byte left */

static const char *const problem_end = "the text ends too early";

void ig_json_init(struct ig_json *json, char *text, size_t size)
{
  memset(json, 0, sizeof *json);
  json->text = json->at = text;
  json->end = text + size;
  json->blocks_end = size < BLOCK ? text : json->end - BLOCK + 1;
  json->state = START;
}

enum ig_json_event ig_json_fail(struct ig_json *json, const char *at,
                                const char *problem)
{
  json->state = FAILED;
  json->problem = problem;
  json->offset = (size_t)(at - json->text);
  return IG_JSON_ERROR;
}

/* Fails at the current byte; where there is none, that is the better problem. */
static enum ig_json_event fail_here(struct ig_json *json, const char *problem)
{
  return ig_json_fail(json, json->at, json->at == json->end ? problem_end : problem);
}

/* The next byte that is no white space, or NOTHING; `at` stays on it. */
static inline int skip_space(struct ig_json *json)
{
  char *at = json->at;

  while (at < json->end) {
    unsigned char c = (unsigned char)*at;
    if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) {
      json->at = at;
      return c;
    }
    at++;
  }
  json->at = at;
  return NOTHING;
}

/* With `at` behind the opening quote. Most strings are as they shall be. */
static inline bool read_string(struct ig_json *json)
{
  char *at = json->at;
  uint64_t found = 0;

  json->string = at;
  for (; at < json->blocks_end; at += BLOCK) {
    block bytes = block_load(at);
    found = block_find(bytes);
    if (found) {
      at += block_plain(bytes, found);
      break;
    }
  }
  while (!found && at < json->end && byte_is_plain(*at))
    at++;
  if (at == json->end || *at != '"')
    return ig_json_decode_string(json, at);
  json->size = (size_t)(at - json->string);
  json->escaped = json->coded = false;
  json->at = at + 1;
  return true;
}

static inline void value_over(struct ig_json *json)
{
  json->state = json->depth ? MORE : DONE;
}

static enum ig_json_event open_container(struct ig_json *json, bool object)
{
  if (json->depth == IG_JSON_DEPTH)
    return fail_here(json, "nested too deep");
  json->at++;
  json->depth++;
  json->objects = json->objects << 1 | object;
  json->state = object ? FIRST_KEY : FIRST_VALUE;
  return object ? IG_JSON_OBJECT : IG_JSON_ARRAY;
}

static enum ig_json_event close_container(struct ig_json *json)
{
  bool object = json->objects & 1;

  json->at++;
  json->depth--;
  json->objects >>= 1;
  value_over(json);
  return object ? IG_JSON_OBJECT_END : IG_JSON_ARRAY_END;
}

/* The key and the colon behind it. */
static inline enum ig_json_event read_key(struct ig_json *json, int c)
{
  if (c != '"')
    return fail_here(json, "a member name in quotes expected");
  json->at++;
  if (!read_string(json))
    return IG_JSON_ERROR;
  if (skip_space(json) != ':')
    return fail_here(json, "':' expected");
  json->at++;
  json->state = VALUE;
  return IG_JSON_KEY;
}

static inline enum ig_json_event read_string_value(struct ig_json *json)
{
  json->at++;
  if (!read_string(json))
    return IG_JSON_ERROR;
  value_over(json);
  return IG_JSON_STRING;
}

static enum ig_json_event read_word(struct ig_json *json, const char *word, size_t size,
                                    enum ig_json_event event)
{
  for (size_t i = 0; i < size; i++, json->at++)
    if (json->at == json->end || *json->at != word[i])
      return fail_here(json, "a value expected");
  value_over(json);
  return event;
}

static enum ig_json_event read_value(struct ig_json *json, int c)
{
  switch (c) {
  case '"':
    return read_string_value(json);
  case '{':
    return open_container(json, true);
  case '[':
    return open_container(json, false);
  case '-': case '0': case '1': case '2': case '3': case '4':
  case '5': case '6': case '7': case '8': case '9':
    value_over(json);
    return ig_json_read_number(json);
  case 't':
    return read_word(json, "true", 4, IG_JSON_TRUE);
  case 'f':
    return read_word(json, "false", 5, IG_JSON_FALSE);
  case 'n':
    return read_word(json, "null", 4, IG_JSON_NULL);
  default:
    return fail_here(json, "a value expected");
  }
}

/* After a value in a container. */
static enum ig_json_event read_more(struct ig_json *json, int c)
{
  bool object = json->objects & 1;

  if (c == ',') {
    json->at++;
    c = skip_space(json);
    return object ? read_key(json, c) : read_value(json, c);
  }
  if (c == (object ? '}' : ']'))
    return close_container(json);
  return fail_here(json, object ? "',' or '}' expected" : "',' or ']' expected");
}

enum ig_json_event ig_json_next(struct ig_json *json)
{
  char *at = json->at;
  int c;

  /* a short way for what nearly all of a compact text is; the long way knows it too */
  if (at < json->blocks_end) {
    if (json->state == VALUE && *at == '"')
      return read_string_value(json);
    if (json->state == MORE && at[0] == ',' && at[1] == '"' && (json->objects & 1)) {
      json->at++;
      return read_key(json, '"');
    }
  }
  c = skip_space(json);
  switch ((enum state)json->state) {
  case MORE:
    return read_more(json, c);
  case FIRST_KEY:
    return c == '}' ? close_container(json) : read_key(json, c);
  case FIRST_VALUE:
    return c == ']' ? close_container(json) : read_value(json, c);
  case START:
  case VALUE:
    return read_value(json, c);
  case DONE:
    return c == NOTHING ? IG_JSON_END : fail_here(json, "more text after the document");
  case FAILED:
    break;
  }
  return IG_JSON_ERROR;
}

bool ig_json_leave(struct ig_json *json)
{
  int outside = json->depth - 1;

  while (json->depth > outside)
    if (ig_json_next(json) == IG_JSON_ERROR)
      return false;
  return true;
}

enum ig_json_event ig_json_flat(struct ig_json *json)
{
  enum ig_json_event event = ig_json_next(json);

  if ((event == IG_JSON_OBJECT || event == IG_JSON_ARRAY) && !ig_json_leave(json))
    return IG_JSON_ERROR;
  return event;
}

bool ig_json_is(const struct ig_json *json, const char *text)
{
  return json->size == strlen(text) && memcmp(json->string, text, json->size) == 0;
}

bool ig_json_skip(struct ig_json *json)
{
  switch (ig_json_next(json)) {
  case IG_JSON_OBJECT:
  case IG_JSON_ARRAY:
    return ig_json_leave(json);
  case IG_JSON_ERROR:
  case IG_JSON_END:
  case IG_JSON_ARRAY_END:
    return false;
  default:
    return true;
  }
}
