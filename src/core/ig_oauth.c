/* The window's address and the parameters of the token calls. The redirect is read in
 * ig_redirect.c. */
#include "ig_oauth.h"

#include <string.h>

#include "ig_url.h"

enum ig_kind ig_origin_add(struct ig_buf *buf, const char *base_url, const char *origin)
{
  const char *text = base_url ? base_url : origin;
  size_t size = strlen(text);

  while (size && text[size - 1] == '/')
    size--;
  return ig_buf_add(buf, text, size);
}

static enum ig_kind add_known(struct ig_buf *buf, const struct ig_login *login)
{
  const struct ig_parameter known[] = {
    { "client_id", login->client_id },
    { "redirect_uri", login->redirect_uri },
    { "response_type", "code" },
    { "scope", login->scope ? login->scope : login->flavour->default_scope },
    { "state", login->state },
  };
  enum ig_kind kind = IG_OK;

  for (size_t i = 0; i < sizeof known / sizeof known[0] && !kind; i++)
    if (known[i].value)
      kind = ig_query_add(buf, known[i].name, known[i].value);
  return kind;
}

/* What a login is made of may not be said twice: the window would take either. */
static bool is_reserved(const char *name)
{
  static const char *const reserved[] = {
    "client_id", "client_secret", "redirect_uri", "response_type", "scope", "state",
  };

  for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
    if (strcmp(name, reserved[i]) == 0)
      return true;
  return false;
}

static enum ig_kind add_address(struct ig_buf *buf, const struct ig_login *login)
{
  const struct ig_flavour *flavour = login->flavour;
  enum ig_kind kind = ig_origin_add(buf, login->base_url, flavour->authorize_origin);

  if (!kind)
    kind = ig_buf_puts(buf, flavour->authorize_path);
  if (!kind)
    kind = ig_buf_putc(buf, '?');
  if (!kind)
    kind = add_known(buf, login);
  for (size_t i = 0; i < login->extra_count && !kind; i++)
    kind = ig_query_add(buf, login->extra[i].name, login->extra[i].value);
  return kind;
}

enum ig_kind ig_authorize_url(struct ig_buf *buf, const struct ig_login *login,
                              struct ig_error *error)
{
  size_t before = buf->size;
  enum ig_kind kind;

  if (!login->client_id || !*login->client_id || !login->redirect_uri ||
      !*login->redirect_uri)
    return ig_error_set(error, IG_EXCHANGE,
                        "a login needs the app's client_id and redirect_uri");
  for (size_t i = 0; i < login->extra_count; i++)
    if (is_reserved(login->extra[i].name))
      return ig_error_set(error, IG_EXCHANGE, "%s cannot be an extra parameter",
                          login->extra[i].name);
  kind = add_address(buf, login);
  if (!kind)
    return IG_OK;
  ig_buf_cut(buf, before);
  return ig_error_set(error, kind, kind == IG_MEMORY
                                       ? "memory is out"
                                       : "the login's address is too long");
}

static enum ig_kind add_secret(struct ig_buf *buf, const char *name,
                               const struct ig_secret *secret)
{
  size_t size;
  const char *text = ig_secret_text(secret, &size);

  return ig_query_add_bytes(buf, name, text, size);
}

enum ig_kind ig_code_form(struct ig_buf *buf, const char *client_id,
                          const struct ig_secret *client_secret,
                          const char *redirect_uri, const char *code, size_t code_size)
{
  size_t before = buf->size;
  enum ig_kind kind = ig_query_add(buf, "client_id", client_id);

  if (!kind)
    kind = add_secret(buf, "client_secret", client_secret);
  if (!kind)
    kind = ig_query_add(buf, "grant_type", "authorization_code");
  if (!kind)
    kind = ig_query_add(buf, "redirect_uri", redirect_uri);
  if (!kind)
    kind = ig_query_add_bytes(buf, "code", code, code_size);
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_exchange_query(struct ig_buf *buf,
                               const struct ig_secret *client_secret,
                               const struct ig_secret *token)
{
  size_t before = buf->size;
  enum ig_kind kind = ig_query_add(buf, "grant_type", "ig_exchange_token");

  if (!kind)
    kind = add_secret(buf, "client_secret", client_secret);
  if (!kind)
    kind = add_secret(buf, "access_token", token);
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_refresh_query(struct ig_buf *buf, const struct ig_secret *token)
{
  size_t before = buf->size;
  enum ig_kind kind = ig_query_add(buf, "grant_type", "ig_refresh_token");

  if (!kind)
    kind = add_secret(buf, "access_token", token);
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}
