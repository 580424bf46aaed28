/* Success or which error. The rows below are the whole judgement; the rest reads
 * bodies. */
#include "ig_answer.h"

#include <string.h>

#include "ig_buf.h"
#include "ig_json.h"
#include "ig_url.h"

enum { ERROR_BODY_MAX = 1024 * 1024, PLAIN_TEXT_MAX = 200 };

/* Bytes within the copy of the body. */
struct part {
  const char *data;
  size_t size;
};

/* What an error body says. */
struct said {
  bool found;     /* there was an error */
  bool flat;      /* {"error_type":...}, not {"error":{...}} */
  bool transient;
  int code;
  int subcode;
  struct part text, user_text, type, trace_id;
};

/* --- the rows
 * ------------------------------------------------------------------------- */

enum where { ANYWHERE, AT_TOKEN };

/* The first row that fits decides. `text` is part of the message, where a code alone
 * has two meanings; messages may be localized, so a row without it follows. */
struct row {
  int from, to;     /* codes of the nested shape; 0,0: any */
  int subcode;      /* 0: any */
  enum where where; /* AT_TOKEN: only the three token calls */
  const char *text;
  enum ig_kind kind;
};

static const struct row nested_rows[] = {
  { 100, 100, 0, ANYWHERE, "Unsupported request", IG_UNAVAILABLE },
  { 100, 100, 33, ANYWHERE, NULL, IG_NOT_FOUND },
  { 100, 100, 0, ANYWHERE, "does not exist, cannot be loaded", IG_NOT_FOUND },
  { 803, 803, 0, ANYWHERE, NULL, IG_NOT_FOUND },
  { 24, 24, 0, ANYWHERE, NULL, IG_NOT_FOUND }, /* a container; inferred */
  { 190, 190, 0, ANYWHERE, NULL, IG_TOKEN },
  { 102, 102, 0, ANYWHERE, NULL, IG_TOKEN },
  { 2500, 2500, 0, ANYWHERE, "active access token", IG_TOKEN },
  { 4, 4, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 17, 17, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 32, 32, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 613, 613, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 80000, 80014, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  /* Documented with the limits: wait and try again. */
  { 341, 341, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 368, 368, 0, ANYWHERE, NULL, IG_RATE_LIMIT },
  { 10, 10, 0, ANYWHERE, "API access", IG_UNAVAILABLE },
  { 10, 10, 0, ANYWHERE, NULL, IG_PERMISSION },
  { 200, 299, 0, ANYWHERE, "API access", IG_UNAVAILABLE },
  { 200, 299, 0, ANYWHERE, NULL, IG_PERMISSION },
  { 3, 3, 0, ANYWHERE, NULL, IG_UNAVAILABLE },
  { 0, 0, 36007, AT_TOKEN, NULL, IG_SPENT }, /* the code expired: nothing else helps */
  { 0, 0, 36009, AT_TOKEN, NULL, IG_SPENT },
  { 100, 101, 0, AT_TOKEN, NULL, IG_EXCHANGE },
  { 100, 100, 0, ANYWHERE, NULL, IG_API },
  { 1, 2, 0, ANYWHERE, NULL, IG_TRANSIENT },
  { 2500, 2500, 0, ANYWHERE, NULL, IG_API }, /* sometimes under HTTP 500 */
};

/* The flat shape repeats the HTTP status as its code: only the text tells. */
static const struct row flat_rows[] = {
  { 0, 0, 0, ANYWHERE, "authorization code has been used", IG_SPENT },
  { 0, 0, 0, ANYWHERE, "not found or was already used", IG_SPENT },
  { 0, 0, 0, ANYWHERE, "authorization code has expired", IG_SPENT },
  { 0, 0, 0, ANYWHERE, "developer role", IG_UNAVAILABLE },
  { 0, 0, 0, ANYWHERE, "API access", IG_UNAVAILABLE },
  { 0, 0, 0, AT_TOKEN, NULL, IG_EXCHANGE },
};

/* Bodies that are no JSON. The words of this one are all that was seen of it. */
static const struct row plain_rows[] = {
  { 0, 0, 0, ANYWHERE, "this content isn't available right now", IG_UNAVAILABLE },
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool has_text(const struct part *part, const char *text)
{
  size_t size = strlen(text);
  const char *at = part->data;

  for (size_t i = 0; i + size <= part->size; i++)
    if (memcmp(at + i, text, size) == 0)
      return true;
  return false;
}

/* IG_OK when no row fits. */
static enum ig_kind find_row(const struct row *rows, size_t count,
                             const struct said *said, bool token_endpoint)
{
  for (size_t i = 0; i < count; i++) {
    const struct row *row = &rows[i];

    if ((row->to && (said->code < row->from || said->code > row->to)) ||
        (row->subcode && said->subcode != row->subcode) ||
        (row->where == AT_TOKEN && !token_endpoint) ||
        (row->text && !has_text(&said->text, row->text)))
      continue;
    return row->kind;
  }
  return IG_OK;
}

static bool is_type(const struct said *said, const char *type)
{
  return said->type.size == strlen(type) &&
         memcmp(said->type.data, type, said->type.size) == 0;
}

/* What the status alone says about an error that Instagram wrote. */
static enum ig_kind kind_by_status(int status)
{
  if (status >= 500)
    return IG_TRANSIENT;
  switch (status) {
  case 401:
    return IG_TOKEN;
  case 403:
    return IG_PERMISSION;
  case 404:
    return IG_NOT_FOUND;
  case 429:
    return IG_RATE_LIMIT;
  default:
    return IG_API;
  }
}

static enum ig_kind kind_of(const struct said *said, int status, bool token_endpoint)
{
  enum ig_kind kind;

  if (said->flat && (status >= 500 || status == 429 || said->code == 429))
    return kind_by_status(said->code == 429 ? 429 : status);
  if (said->flat)
    kind = find_row(flat_rows, COUNT(flat_rows), said, token_endpoint);
  else
    kind = find_row(nested_rows, COUNT(nested_rows), said, token_endpoint);
  if (said->transient && (!kind || kind == IG_API))
    return IG_TRANSIENT;
  if (kind)
    return kind;
  /* Documented: OAuthException without a code means a new token. */
  if (!said->code && is_type(said, "OAuthException") && status < 500)
    return token_endpoint ? IG_EXCHANGE : IG_TOKEN;
  kind = kind_by_status(status);
  return kind == IG_API && token_endpoint ? IG_EXCHANGE : kind;
}

/* --- reading
 * -------------------------------------------------------------------------- */

static bool is_key(const struct part *key, const char *name)
{
  return key->size == strlen(name) && memcmp(key->data, name, key->size) == 0;
}

/* A number that fits, or its digits in a string. */
static int read_code(const struct ig_json *json, enum ig_json_event event)
{
  int code = 0;

  if (event == IG_JSON_INTEGER && json->exact && json->integer > -1000000000 &&
      json->integer < 1000000000)
    return (int)json->integer;
  if (event != IG_JSON_STRING || json->size > 9)
    return 0;
  for (size_t i = 0; i < json->size; i++) {
    if (json->string[i] < '0' || json->string[i] > '9')
      return 0;
    code = code * 10 + (json->string[i] - '0');
  }
  return code;
}

/* Keeps one member of an error, whatever shape it has: the names do not collide. */
static void keep_member(struct said *said, const struct part *key,
                        const struct ig_json *json, enum ig_json_event event)
{
  struct part value = { json->string, json->size };
  bool text = event == IG_JSON_STRING;

  if (is_key(key, "code"))
    said->code = read_code(json, event);
  else if (is_key(key, "error_subcode"))
    said->subcode = read_code(json, event);
  else if (is_key(key, "is_transient"))
    said->transient = event == IG_JSON_TRUE;
  else if (!text)
    return;
  else if (is_key(key, "message") || is_key(key, "error_message") ||
           is_key(key, "error_description"))
    said->text = value;
  else if (is_key(key, "error_user_msg"))
    said->user_text = value;
  else if (is_key(key, "type") || is_key(key, "error_type"))
    said->type = value;
  else if (is_key(key, "fbtrace_id"))
    said->trace_id = value;
}

/* Reads the error object up to its end; inner containers are not looked at. */
static bool read_members(struct said *said, struct ig_json *json)
{
  for (;;) {
    enum ig_json_event event = ig_json_next(json);
    struct part key = { json->string, json->size };

    if (event == IG_JSON_OBJECT_END)
      return true;
    if (event != IG_JSON_KEY)
      return false;
    event = ig_json_flat(json);
    if (event == IG_JSON_ERROR)
      return false;
    keep_member(said, &key, json, event);
  }
}

/* The value of a top-level "error": an object, or OAuth's word with error_description.
 * */
static bool read_error_value(struct said *nested, struct said *flat,
                             struct ig_json *json)
{
  enum ig_json_event event = ig_json_next(json);

  switch (event) {
  case IG_JSON_OBJECT:
    nested->found = true;
    return read_members(nested, json);
  case IG_JSON_STRING:
    flat->found = json->size > 0;
    flat->type.data = json->string;
    flat->type.size = json->size;
    return true;
  case IG_JSON_ARRAY:
    return ig_json_leave(json);
  default:
    return event != IG_JSON_ERROR;
  }
}

/* Reads the top level. False when it is no JSON object to its end. */
static bool read_top(struct said *nested, struct said *flat, char *text, size_t size)
{
  struct ig_json json;
  enum ig_json_event event;

  ig_json_init(&json, text, size);
  if (ig_json_next(&json) != IG_JSON_OBJECT)
    return false;
  for (event = ig_json_next(&json); event == IG_JSON_KEY; event = ig_json_next(&json)) {
    struct part key = { json.string, json.size };

    if (is_key(&key, "error")) {
      if (!read_error_value(nested, flat, &json))
        return false;
      continue;
    }
    if (is_key(&key, "error_type") || is_key(&key, "error_message"))
      flat->found = true;
    event = ig_json_flat(&json);
    if (event == IG_JSON_ERROR)
      return false;
    keep_member(flat, &key, &json, event);
  }
  return event == IG_JSON_OBJECT_END && ig_json_next(&json) == IG_JSON_END;
}

/* --- telling
 * -------------------------------------------------------------------------- */

/* A run this long is no word, no id and no trace id: it may be a token that Instagram
 * repeats in its message. */
enum { RUN_MAX = 60 };

static bool in_run(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_' || c == '-';
}

static void mask_runs(char *text, size_t size)
{
  size_t run = 0;

  for (size_t i = 0; i <= size; i++) {
    if (i < size && in_run(text[i])) {
      run++;
      continue;
    }
    if (run >= RUN_MAX)
      memset(text + i - run, '*', run);
    run = 0;
  }
}

/* Fills the error with what was said; `copy` holds the texts and may be changed. */
static enum ig_kind tell(const struct said *said, int status, bool token_endpoint,
                         struct ig_buf *copy, struct ig_error *error)
{
  const struct part *text = said->text.size ? &said->text : &said->user_text;
  enum ig_kind kind = kind_of(said, status, token_endpoint);
  bool transient = said->transient;

  ig_scrub_parameters(copy->data, copy->size);
  mask_runs(copy->data, copy->size);
  ig_error_set(error, kind, "HTTP %d with an error that has no message", status);
  if (text->size)
    ig_error_copy(error->message, sizeof error->message, text->data, text->size);
  ig_error_copy(error->type, sizeof error->type, said->type.data, said->type.size);
  ig_error_copy(error->trace_id, sizeof error->trace_id, said->trace_id.data,
                said->trace_id.size);
  error->status = status;
  error->code = said->code;
  error->subcode = said->subcode;
  error->retryable = error->retryable || transient;
  return kind;
}

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a body is that is not the API's. */
static const char *nature(const char *content_type, const char *body, size_t size)
{
  if (!size)
    return "an empty body";
  if (*body == '<' || (content_type && strncmp(content_type, "text/html", 9) == 0))
    return "HTML";
  if (*body == '{' || *body == '[')
    return "broken JSON";
  return "something that is not JSON";
}

/* No error of Instagram's own making: only the status is left. Below 500 it says
 * nothing of tokens or permissions then: a proxy or a captive portal may have answered,
 * and nobody shall be logged out because of that. */
static enum ig_kind tell_unreadable(int status, const char *content_type,
                                    const char *body, size_t size,
                                    struct ig_error *error)
{
  struct said said;
  enum ig_kind kind;

  memset(&said, 0, sizeof said);
  while (size && is_blank(*body)) {
    body++;
    size--;
  }
  said.text.data = body;
  said.text.size = size < PLAIN_TEXT_MAX ? size : 0;
  kind = find_row(plain_rows, COUNT(plain_rows), &said, false);
  if (kind) {
    ig_error_set(error, kind, "HTTP %d", status);
    ig_error_copy(error->message, sizeof error->message, body, size);
  } else {
    kind = kind_by_status(status);
    if (kind != IG_TRANSIENT && kind != IG_RATE_LIMIT && kind != IG_NOT_FOUND)
      kind = IG_PARSE;
    ig_error_set(error, kind, "HTTP %d with %s", status,
                 nature(content_type, body, size));
  }
  error->status = status;
  return kind;
}

/* May this body hold an error? Most successes are told without a copy. */
static bool may_hold_error(const char *body, size_t size)
{
  static const char mark[] = "\"error";
  const size_t length = sizeof mark - 1;
  const char *at = body, *end = body + size;

  while ((size_t)(end - at) >= length) {
    at = memchr(at, '"', (size_t)(end - at) - length + 1);
    if (!at)
      return false;
    if (memcmp(at, mark, length) == 0)
      return true;
    at++;
  }
  return false;
}

static bool looks_like_json(const char *body, size_t size)
{
  while (size && is_blank(*body)) {
    body++;
    size--;
  }
  return size && (*body == '{' || *body == '[');
}

enum ig_kind ig_answer_check(int status, const char *content_type, const char *body,
                             size_t size, bool token_endpoint, struct ig_error *error)
{
  struct said nested, flat;
  struct ig_buf copy;
  enum ig_kind kind;
  bool good = status >= 200 && status <= 299, whole;

  if (!looks_like_json(body, size))
    return tell_unreadable(status, content_type, body, size, error);
  if (good && !may_hold_error(body, size))
    return IG_OK;
  memset(&nested, 0, sizeof nested);
  memset(&flat, 0, sizeof flat);
  flat.flat = true;
  /* The reader decodes in place, and the body is not ours to change. */
  ig_buf_init(&copy, good ? size : ERROR_BODY_MAX);
  kind = ig_buf_add(&copy, body, size);
  if (kind == IG_MEMORY)
    return ig_error_set(error, kind, "memory is out");
  whole = !kind && read_top(&nested, &flat, copy.data, copy.size);
  if (nested.found || flat.found)
    kind = tell(nested.found ? &nested : &flat, status, token_endpoint, &copy, error);
  else if (good)
    kind = IG_OK; /* broken JSON is the reader's to report, with the place */
  else if (whole)
    kind = tell(&flat, status, token_endpoint, &copy, error);
  else
    kind = tell_unreadable(status, content_type, body, size, error);
  ig_buf_free(&copy);
  return kind;
}
