/* Reads what the Authorization Window sent back. Hostile input: anybody can make a
 * browser call the redirect address. Belongs to ig_oauth.h. */
#include <string.h>

#include "ig_crypto.h"
#include "ig_oauth.h"
#include "ig_url.h"

enum { CODE_MAX = 4096 };

/* The parameters that matter. */
enum { P_CODE, P_STATE, P_ERROR, P_REASON, P_DESCRIPTION, P_COUNT };

static const char *const parameter_names[P_COUNT] = { "code", "state", "error",
                                                      "error_reason",
                                                      "error_description" };

struct redirect {
  struct ig_buf name;
  struct ig_buf values[P_COUNT];
  bool present[P_COUNT];
};

static enum ig_kind fail(struct ig_error *error, enum ig_kind kind)
{
  if (kind == IG_MEMORY)
    return ig_error_set(error, kind, "memory is out");
  return ig_error_set(error, IG_STATE, "the redirect is not well formed");
}

static bool is_blank(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* "https://...", "app.scheme:...", "/auth..." */
static bool is_address(const char *at, const char *end)
{
  if (at < end && *at == '/')
    return true;
  while (at < end && *at != ':' && *at != '=' && *at != '?' && *at != '&')
    at++;
  return at < end && *at == ':';
}

/* Narrows the text to its query: without blanks around, fragment, address. */
static void find_query(const char **text, size_t *size)
{
  const char *at = *text, *end = at + *size, *mark, *equals;

  while (at < end && is_blank(*at))
    at++;
  while (end > at && is_blank(end[-1]))
    end--;
  mark = memchr(at, '#', (size_t)(end - at));
  if (mark)
    end = mark;
  mark = memchr(at, '?', (size_t)(end - at));
  equals = memchr(at, '=', (size_t)(end - at));
  /* A query may hold a '?' of its own, behind its first '='. */
  if (mark && (!equals || mark < equals || is_address(at, end)))
    at = mark + 1;
  else if (is_address(at, end))
    at = end;
  *text = at;
  *size = (size_t)(end - at);
}

static bool has_control(const char *text, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
      return true;
  return false;
}

/* One name=value; only the parameters that matter are kept, and each only once. */
static enum ig_kind read_pair(struct redirect *redirect, const char *pair, size_t size)
{
  const char *equals = memchr(pair, '=', size);
  size_t name_size = equals ? (size_t)(equals - pair) : size;
  enum ig_kind kind;

  ig_buf_clear(&redirect->name);
  kind = ig_url_decode(&redirect->name, pair, name_size, true);
  if (kind)
    return kind;
  for (int i = 0; i < P_COUNT; i++) {
    const char *name = parameter_names[i];
    struct ig_buf *value = &redirect->values[i];

    if (redirect->name.size != strlen(name) ||
        memcmp(redirect->name.data, name, redirect->name.size) != 0)
      continue;
    if (redirect->present[i])
      return IG_STATE;
    redirect->present[i] = true;
    if (equals)
      kind = ig_url_decode(value, equals + 1, size - name_size - 1, true);
    /* A description may have lines, the others nothing of the kind. */
    if (!kind && i != P_DESCRIPTION && has_control(value->data, value->size))
      kind = IG_STATE;
    return kind;
  }
  return IG_OK;
}

static enum ig_kind read_query(struct redirect *redirect, const char *query,
                               size_t size)
{
  const char *end = query + size;

  while (query < end) {
    const char *next = memchr(query, '&', (size_t)(end - query));
    enum ig_kind kind;

    if (!next)
      next = end;
    kind = next > query ? read_pair(redirect, query, (size_t)(next - query)) : IG_OK;
    if (kind)
      return kind;
    query = next + 1;
  }
  return IG_OK;
}

static enum ig_kind check_state(const struct redirect *redirect, const char *state,
                                struct ig_error *error)
{
  const struct ig_buf *value = &redirect->values[P_STATE];

  if (!state)
    return IG_OK;
  if (!redirect->present[P_STATE])
    return ig_error_set(error, IG_STATE, "the redirect has no state");
  if (!ig_equal(value->data, value->size, state, strlen(state)))
    return ig_error_set(error, IG_STATE, "the redirect's state is not this login's");
  return IG_OK;
}

static bool is_value(const struct ig_buf *value, const char *text)
{
  return value->size == strlen(text) && memcmp(value->data, text, value->size) == 0;
}

/* The kind of an error= value. The two passing ones are OAuth's (RFC 6749 4.1.2.1);
 * Meta documents access_denied only. That a missing tester role comes back as
 * access_denied too was claimed once: the text then tells. */
static enum ig_kind error_kind(const struct redirect *redirect)
{
  const struct ig_buf *value = &redirect->values[P_ERROR];
  const char *said = redirect->values[P_DESCRIPTION].data;

  if (said && strstr(said, "developer role"))
    return IG_UNAVAILABLE;
  if (is_value(value, "access_denied"))
    return IG_DENIED;
  if (is_value(value, "server_error") || is_value(value, "temporarily_unavailable"))
    return IG_TRANSIENT;
  return IG_EXCHANGE;
}

static enum ig_kind fail_error(const struct redirect *redirect, struct ig_error *error)
{
  const struct ig_buf *type = &redirect->values[P_ERROR];
  enum ig_kind kind = error_kind(redirect);
  const char *said = redirect->values[P_DESCRIPTION].data;

  if (!said)
    said = redirect->values[P_REASON].data;
  if (!said)
    said = type->data;
  ig_error_set(error, kind, "%s", said ? said : "the window refused and said nothing");
  if (type->data)
    ig_error_copy(error->type, sizeof error->type, type->data, type->size);
  return kind;
}

static enum ig_kind take_code(const struct redirect *redirect, struct ig_buf *code,
                              struct ig_error *error)
{
  const struct ig_buf *value = &redirect->values[P_CODE];
  size_t size = value->size;
  enum ig_kind kind;

  /* An address that was encoded as a whole keeps its "#_" here. */
  if (size > 2 && memcmp(value->data + size - 2, "#_", 2) == 0)
    size -= 2;
  if (!size)
    return ig_error_set(error, IG_STATE, "the redirect has no code");
  if (size > CODE_MAX || memchr(value->data, ' ', size))
    return ig_error_set(error, IG_STATE, "the redirect's code is not one");
  kind = ig_buf_add(code, value->data, size);
  return kind ? ig_error_set(error, kind, "the code does not fit in memory") : IG_OK;
}

static enum ig_kind decide(const struct redirect *redirect, const char *state,
                           struct ig_buf *code, struct ig_error *error)
{
  enum ig_kind kind;

  if (redirect->present[P_ERROR]) {
    /* Without a state it is taken at its word; with another's it is not ours. */
    kind = redirect->present[P_STATE] ? check_state(redirect, state, error) : IG_OK;
    return kind ? kind : fail_error(redirect, error);
  }
  kind = check_state(redirect, state, error);
  return kind ? kind : take_code(redirect, code, error);
}

enum ig_kind ig_redirect_read(const char *text, size_t size, const char *state,
                              struct ig_buf *code, struct ig_error *error)
{
  struct redirect redirect;
  enum ig_kind kind;

  if (size > IG_REDIRECT_MAX)
    return ig_error_set(error, IG_STATE, "the redirect is longer than %d bytes",
                        IG_REDIRECT_MAX);
  memset(&redirect, 0, sizeof redirect);
  ig_buf_init(&redirect.name, IG_REDIRECT_MAX);
  for (int i = 0; i < P_COUNT; i++)
    ig_buf_init(&redirect.values[i], IG_REDIRECT_MAX);
  find_query(&text, &size);
  kind = has_control(text, size) ? IG_STATE : read_query(&redirect, text, size);
  kind = kind ? fail(error, kind) : decide(&redirect, state, code, error);
  ig_buf_free(&redirect.name);
  for (int i = 0; i < P_COUNT; i++)
    ig_buf_free(&redirect.values[i]);
  return kind;
}
