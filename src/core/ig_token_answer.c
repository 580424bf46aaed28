/* Reads the answers of the three token calls, in every shape seen. Belongs to
 * ig_token.h. */
#include <string.h>

#include "ig_alloc.h"
#include "ig_buf.h"
#include "ig_json.h"
#include "ig_token.h"

enum { TOKEN_MAX = 8192, PERMISSIONS_MAX = 4096 };

/* Ten years: more is no life of a token. */
static const double life_max = 10 * 365 * 86400.0;
/* The documented minimum; the answer does not say. */
static const double short_life = 3600;
/* A refresh counts as one when the life grew by more than this: less is the clock's,
 * and a short-lived token's real end lies up to an hour after the minimum above. A real
 * refresh adds almost a day at least. */
static const double growth_min = 2 * 3600;

/* What the answer says; the pointers lie in the body. */
struct answer {
  const char *token;
  size_t token_size;
  const char *user_id;
  size_t user_id_size;
  double expires_in; /* negative: not said */
  bool has_permissions;
  struct ig_buf permissions;
};

/* Permissions are names; one with anything else in it is left out. */
static bool is_permission(const char *text, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
          (text[i] >= '0' && text[i] <= '9') || text[i] == '_' || text[i] == '.' ||
          text[i] == '-' || text[i] == ':'))
      return false;
  return size > 0;
}

/* Adds the names of one text: a list with commas or blanks, or one name. */
static enum ig_kind add_permissions(struct ig_buf *list, const char *text, size_t size)
{
  const char *end = text + size;

  while (text < end) {
    const char *from = text;
    enum ig_kind kind = IG_OK;

    while (text < end && *text != ',' && *text != ' ')
      text++;
    if (is_permission(from, (size_t)(text - from))) {
      if (list->size)
        kind = ig_buf_putc(list, ',');
      if (!kind)
        kind = ig_buf_add(list, from, (size_t)(text - from));
    }
    if (kind)
      return kind;
    text++;
  }
  return IG_OK;
}

static enum ig_kind read_permissions(struct answer *answer, struct ig_json *json)
{
  enum ig_json_event event = ig_json_next(json);
  enum ig_kind kind = IG_OK;

  if (event == IG_JSON_STRING) {
    answer->has_permissions = true;
    return add_permissions(&answer->permissions, json->string, json->size);
  }
  if (event == IG_JSON_OBJECT)
    return ig_json_leave(json) ? IG_OK : IG_PARSE;
  if (event != IG_JSON_ARRAY)
    return event == IG_JSON_ERROR ? IG_PARSE : IG_OK;
  answer->has_permissions = true;
  while (!kind) {
    event = ig_json_flat(json);
    if (event == IG_JSON_ARRAY_END)
      return IG_OK;
    if (event == IG_JSON_STRING)
      kind = add_permissions(&answer->permissions, json->string, json->size);
    else if (event == IG_JSON_ERROR)
      kind = IG_PARSE;
  }
  return kind;
}

/* A number, or its digits in a string. */
static double read_seconds(const struct ig_json *json, enum ig_json_event event)
{
  double seconds = 0;

  if (event == IG_JSON_INTEGER || event == IG_JSON_NUMBER)
    seconds = json->number;
  else if (event == IG_JSON_STRING && json->size > 0 && json->size < 12)
    for (size_t i = 0; i < json->size; i++) {
      if (json->string[i] < '0' || json->string[i] > '9')
        return -1;
      seconds = seconds * 10 + (json->string[i] - '0');
    }
  else
    return -1;
  return seconds >= 0 && seconds <= life_max ? seconds : -1;
}

/* Reads the value of one member whose name was just read. */
static enum ig_kind read_member(struct answer *answer, struct ig_json *json)
{
  bool token = ig_json_is(json, "access_token"), id = ig_json_is(json, "user_id");
  bool expires = ig_json_is(json, "expires_in");
  enum ig_json_event event;

  if (ig_json_is(json, "permissions"))
    return read_permissions(answer, json);
  event = ig_json_flat(json);
  if (event == IG_JSON_ERROR)
    return IG_PARSE;
  if (token && event == IG_JSON_STRING) {
    answer->token = json->string;
    answer->token_size = json->size;
  } else if (id && (event == IG_JSON_STRING || event == IG_JSON_INTEGER)) {
    answer->user_id = json->string;
    answer->user_id_size = json->size;
  } else if (expires)
    answer->expires_in = read_seconds(json, event);
  return IG_OK;
}

/* Reads the members of an object up to its end. */
static enum ig_kind read_object(struct answer *answer, struct ig_json *json)
{
  for (;;) {
    enum ig_json_event event = ig_json_next(json);
    enum ig_kind kind;

    if (event == IG_JSON_OBJECT_END)
      return IG_OK;
    if (event != IG_JSON_KEY)
      return IG_PARSE;
    kind = read_member(answer, json);
    if (kind)
      return kind;
  }
}

/* {"data":[{...}]}: the first element is the answer. */
static enum ig_kind read_data(struct answer *answer, struct ig_json *json)
{
  enum ig_json_event event = ig_json_next(json);
  enum ig_kind kind;

  if (event == IG_JSON_OBJECT)
    return read_object(answer, json);
  if (event != IG_JSON_ARRAY)
    return event == IG_JSON_ERROR ? IG_PARSE : IG_OK;
  event = ig_json_next(json);
  if (event == IG_JSON_ARRAY_END)
    return IG_OK;
  if (event == IG_JSON_ARRAY)
    return ig_json_leave(json) && ig_json_leave(json) ? IG_OK : IG_PARSE;
  kind = event == IG_JSON_OBJECT  ? read_object(answer, json)
         : event == IG_JSON_ERROR ? IG_PARSE
                                  : IG_OK;
  if (kind)
    return kind;
  return ig_json_leave(json) ? IG_OK : IG_PARSE;
}

static enum ig_kind read_answer(struct answer *answer, char *body, size_t size)
{
  struct ig_json json;
  enum ig_json_event event;

  ig_json_init(&json, body, size);
  if (ig_json_next(&json) != IG_JSON_OBJECT)
    return IG_PARSE;
  for (event = ig_json_next(&json); event == IG_JSON_KEY; event = ig_json_next(&json)) {
    enum ig_kind kind = ig_json_is(&json, "data") ? read_data(answer, &json)
                                              : read_member(answer, &json);

    if (kind)
      return kind;
  }
  if (event != IG_JSON_OBJECT_END || ig_json_next(&json) != IG_JSON_END)
    return IG_PARSE;
  return IG_OK;
}

/* Tokens are opaque, but they go into addresses and headers: visible ASCII only. */
static bool is_token(const char *text, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (text[i] < 0x21 || text[i] > 0x7e)
      return false;
  return size > 0 && size <= TOKEN_MAX;
}

/* What a refresh did to the life. */
static void refresh_life(struct ig_token *token, double now, double expires_in)
{
  double expires_at = ig_token_whole(now + expires_in);

  token->extended = -1;
  if (expires_in < 0)
    return;
  if (token->expires_at > 0)
    token->extended = expires_at > token->expires_at + growth_min;
  token->expires_at = expires_at;
  if (token->extended == 1)
    token->obtained_at = ig_token_whole(now);
  if (token->extended == 1 || expires_in > growth_min)
    token->kind = IG_TOKEN_LONG; /* no short-lived token has more than two hours */
}

/* Puts what was read into a token that is a copy of the old one, or empty. */
static enum ig_kind fill(struct ig_token *token, struct answer *answer, double now,
                         enum ig_token_call call)
{
  enum ig_kind kind = ig_secret_set(&token->secret, answer->token, answer->token_size);

  if (kind)
    return IG_MEMORY;
  /* An id that is none is no reason to lose the token: it stays unknown. */
  if (answer->user_id)
    ig_token_set_user_id(token, answer->user_id, answer->user_id_size);
  if (answer->has_permissions) {
    ig_free(token->permissions);
    token->permissions = ig_buf_take(&answer->permissions);
    if (!token->permissions)
      return IG_MEMORY;
  }
  if (call == IG_TOKEN_REFRESH) {
    refresh_life(token, now, answer->expires_in);
    return IG_OK;
  }
  token->kind = call == IG_TOKEN_CODE ? IG_TOKEN_SHORT : IG_TOKEN_LONG;
  token->obtained_at = ig_token_whole(now);
  token->extended = -1;
  token->expires_at = answer->expires_in >= 0   ? now + answer->expires_in
                      : call == IG_TOKEN_CODE ? now + short_life
                                                : 0;
  token->expires_at = ig_token_whole(token->expires_at);
  if (call == IG_TOKEN_CODE)
    token->granted_at = token->obtained_at;
  return IG_OK;
}

/* Into a fresh token, so that a failure half way leaves the old one whole. */
static enum ig_kind apply(struct ig_token *into, struct answer *answer, double now,
                          enum ig_token_call call)
{
  struct ig_token fresh;
  enum ig_kind kind = IG_OK;

  ig_token_init(&fresh);
  if (call != IG_TOKEN_CODE)
    kind = ig_token_copy(&fresh, into);
  if (!kind)
    kind = fill(&fresh, answer, now, call);
  if (kind) {
    ig_token_wipe(&fresh);
    return kind;
  }
  ig_token_wipe(into);
  *into = fresh;
  return IG_OK;
}

enum ig_kind ig_token_read(struct ig_token *into, char *body, size_t size, double now,
                           enum ig_token_call call, struct ig_error *error)
{
  struct answer answer;
  enum ig_kind kind;

  memset(&answer, 0, sizeof answer);
  answer.expires_in = -1;
  ig_buf_init(&answer.permissions, PERMISSIONS_MAX);
  kind = read_answer(&answer, body, size);
  if (!kind)
    kind = is_token(answer.token, answer.token_size) ? apply(into, &answer, now, call)
                                                     : IG_PARSE;
  ig_buf_free(&answer.permissions);
  if (kind == IG_MEMORY)
    return ig_error_set(error, kind, "memory is out");
  if (kind)
    return ig_error_set(error, IG_PARSE,
                        "the answer of the token endpoint has no token");
  return IG_OK;
}
