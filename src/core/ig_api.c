/* What can be asked for: each operation's address, query or form. The calls start here
 * and are moved by the engine. */
#include <string.h>

#include "ig_alloc.h"
#include "ig_call_state.h"
#include "ig_oauth.h"
#include "ig_url.h"

/*                                  method    again  token  media  read as           */
static const struct ig_operation op_code =
    {"POST", false, true, false, IG_TOKEN_CODE};
/* Asking twice for the long-lived token, or for a refresh, does no harm. */
static const struct ig_operation op_exchange =
    {"GET", true, true, false, IG_TOKEN_EXCHANGE};
static const struct ig_operation op_refresh =
    {"GET", true, true, false, IG_TOKEN_REFRESH};
static const struct ig_operation op_get = {"GET", true, false, false, IG_TOKEN_CODE};
static const struct ig_operation op_post = {"POST", false, false, false, IG_TOKEN_CODE};
static const struct ig_operation op_delete =
    {"DELETE", false, false, false, IG_TOKEN_CODE};
static const struct ig_operation op_file = {"GET", true, false, true, IG_TOKEN_CODE};

enum { URL_MAX = 256 * 1024 };

/* --- raw paths -------------------------------------------------------------------- */

static bool path_char(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c && strchr("/%-._~!$&'()*+,;=:@", c));
}

/* curl resolves dot segments before it sends: what was checked would not be what is
 * asked for. */
static bool has_dot_segment(const char *path)
{
  const char *at;

  for (at = path; *at; at++)
    if (at[0] == '/' && at[1] == '.' &&
        (!at[2] || at[2] == '/' || (at[2] == '.' && (!at[3] || at[3] == '/'))))
      return true;
  return false;
}

/* "/v21.0/me" -> "/me" */
static const char *after_version(const char *path)
{
  char version[16];
  size_t size = strcspn(path + 1, "/");

  if (path[0] != '/' || size >= sizeof version)
    return path;
  memcpy(version, path + 1, size);
  version[size] = '\0';
  return ig_version_number(version) ? path + 1 + size : path;
}

static bool names(const char *path, const char *endpoint)
{
  size_t size = strlen(endpoint);

  return strncmp(path, endpoint, size) == 0 &&
         (!path[size] || strcmp(path + size, "/") == 0);
}

static const char *decoded_problem(const struct ig_flavour *flavour, const char *path)
{
  const char *bare = after_version(path);

  if (has_dot_segment(path) || strstr(path, "//"))
    return "holds an empty or dot segment";
  if (names(bare, flavour->exchange_path) || names(bare, flavour->refresh_path) ||
      names(bare, flavour->token_path))
    return "is a token endpoint: use exchange_code, exchange_token, refresh_token";
  return NULL;
}

const char *ig_path_problem(const struct ig_app *app, const char *path)
{
  struct ig_buf plain;
  const char *problem = NULL;
  size_t i, size = strlen(path);

  if (path[0] != '/')
    return "does not begin with \"/\"";
  if (size > 2000)
    return "is too long";
  for (i = 0; i < size; i++)
    if (!path_char(path[i]))
      return "holds a character that must be percent-encoded (a query goes into the "
             "parameters)";
  ig_buf_init(&plain, 4096);
  if (ig_url_decode(&plain, path, size, false) || strlen(plain.data) != plain.size)
    problem = "is not well percent-encoded";
  else
    problem = decoded_problem(app->opts.flavour, plain.data);
  ig_buf_free(&plain);
  return problem;
}

/* --- building --------------------------------------------------------------------- */

static void take_url(struct ig_call *call, struct ig_buf *url, enum ig_kind failed)
{
  if (!failed)
    call->url = ig_buf_take(url);
  ig_buf_free(url);
  if (failed == IG_TOO_LARGE)
    ig_call_fail(call, IG_TOO_LARGE, "the request's parameters are too long");
  else if (!call->url)
    ig_call_fail(call, IG_MEMORY, "memory is out");
}

static enum ig_kind add_origin(struct ig_buf *url, const struct ig_app *app,
                               const char *origin, const char *path)
{
  enum ig_kind failed = ig_origin_add(url, app->opts.base_url, origin);

  return failed ? failed : ig_buf_puts(url, path);
}

/* A later failure must not hide behind a success. */
static enum ig_kind either(enum ig_kind first, enum ig_kind second)
{
  return first ? first : second;
}

static bool keep_token(struct ig_call *call, const struct ig_token *token)
{
  if (!ig_secret_copy(&call->token, &token->secret))
    return true;
  ig_call_fail(call, IG_MEMORY, "memory is out");
  return false;
}

struct ig_call *ig_call_exchange_code(struct ig_engine *engine, struct ig_app *app,
                                      const char *code, size_t code_size,
                                      const struct ig_call_opts *opts)
{
  const struct ig_app_opts *app_opts = &app->opts;
  struct ig_call *call = ig_call_new(engine, app, &op_code, opts);
  struct ig_buf url;
  enum ig_kind failed;

  if (!call)
    return NULL;
  ig_buf_init(&url, URL_MAX);
  failed = add_origin(&url, app, app_opts->flavour->token_origin,
                      app_opts->flavour->token_path);
  failed = either(failed, ig_code_form(&call->form, app_opts->client_id,
                                       &app->client_secret, app_opts->redirect_uri,
                                       code, code_size));
  take_url(call, &url, failed);
  return call;
}

struct ig_call *ig_call_exchange_token(struct ig_engine *engine, struct ig_app *app,
                                       const struct ig_token *token,
                                       const struct ig_call_opts *opts)
{
  const struct ig_flavour *flavour = app->opts.flavour;
  struct ig_call *call = ig_call_new(engine, app, &op_exchange, opts);
  struct ig_buf url;
  enum ig_kind failed;

  if (!call || !keep_token(call, token))
    return call;
  ig_buf_init(&url, URL_MAX);
  failed = add_origin(&url, app, flavour->graph_origin, flavour->exchange_path);
  failed = either(failed, ig_buf_putc(&url, '?'));
  failed = either(failed, ig_exchange_query(&url, &app->client_secret, &token->secret));
  take_url(call, &url, failed);
  return call;
}

struct ig_call *ig_call_refresh_token(struct ig_engine *engine, struct ig_app *app,
                                      const struct ig_token *token,
                                      const struct ig_call_opts *opts)
{
  const struct ig_flavour *flavour = app->opts.flavour;
  struct ig_call *call = ig_call_new(engine, app, &op_refresh, opts);
  struct ig_buf url;
  enum ig_kind failed;

  if (!call || !keep_token(call, token))
    return call;
  ig_buf_init(&url, URL_MAX);
  failed = add_origin(&url, app, flavour->graph_origin, flavour->refresh_path);
  failed = either(failed, ig_buf_putc(&url, '?'));
  failed = either(failed, ig_refresh_query(&url, &token->secret));
  take_url(call, &url, failed);
  return call;
}

static const struct ig_operation *operation_of(const char *method)
{
  if (strcmp(method, "POST") == 0)
    return &op_post;
  return strcmp(method, "DELETE") == 0 ? &op_delete : &op_get;
}

static enum ig_kind add_api_path(struct ig_buf *url, const struct ig_app *app,
                                 const char *version, const char *path)
{
  enum ig_kind failed = add_origin(url, app, app->opts.flavour->graph_origin, "");

  /* One statement each: C does not say in which order arguments are evaluated. */
  if (version)
    failed = either(failed, ig_buf_putc(url, '/'));
  if (version)
    failed = either(failed, ig_buf_puts(url, version));
  return either(failed, ig_buf_puts(url, path));
}

struct ig_call *ig_call_api(struct ig_engine *engine, struct ig_app *app,
                            const struct ig_token *token, const char *method,
                            const char *path, const struct ig_parameter *parameters,
                            size_t count, const struct ig_call_opts *opts)
{
  struct ig_call *call = ig_call_new(engine, app, operation_of(method), opts);
  struct ig_buf url, *query;
  enum ig_kind failed;
  size_t i;

  if (!call || !keep_token(call, token))
    return call;
  ig_buf_init(&url, URL_MAX);
  (void)ig_buf_reserve(&url, 1000); /* most addresses: grown into once, wiped once */
  failed = add_api_path(&url, app, opts->version ? opts->version : app->opts.version,
                        path);
  query = call->operation == &op_post ? &call->form : &url;
  if (query == &url)
    failed = either(failed, ig_buf_putc(&url, '?'));
  for (i = 0; i < count; i++)
    failed = either(failed,
                    ig_query_add(query, parameters[i].name, parameters[i].value));
  failed = either(failed, ig_query_add_bytes(query, "access_token", token->secret.data,
                                             token->secret.size));
  take_url(call, &url, failed);
  return call;
}

static void take_address(struct ig_call *call, const char *address)
{
  call->url = ig_strdup(address);
  if (!call->url)
    ig_call_fail(call, IG_MEMORY, "memory is out");
}

struct ig_call *ig_call_fetch(struct ig_engine *engine, struct ig_app *app,
                              const char *url, const struct ig_call_opts *opts)
{
  struct ig_call *call = ig_call_new(engine, app, &op_file, opts);

  if (call)
    take_address(call, url);
  return call;
}

struct ig_call *ig_call_download(struct ig_engine *engine, struct ig_app *app,
                                 const char *url, const char *path,
                                 const struct ig_call_opts *opts)
{
  struct ig_call *call = ig_call_fetch(engine, app, url, opts);

  if (!call || ig_call_done(call))
    return call;
  call->download = ig_calloc(1, sizeof *call->download);
  if (!call->download)
    ig_call_fail(call, IG_MEMORY, "memory is out");
  else if (ig_download_open(call->download, path, &call->error))
    ig_call_finish(call);
  return call;
}
