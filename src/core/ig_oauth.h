/* Logging a person in: the Authorization Window's address, the redirect that comes
 * back, and the parameters of the three token calls. Builds and reads texts only. May
 * know: ig_flavour, ig_url, ig_crypto. Must not know: the network, the time. */
#ifndef IG_OAUTH_H
#define IG_OAUTH_H

#include <stddef.h>

#include "ig_buf.h"
#include "ig_error.h"
#include "ig_flavour.h"
#include "ig_secret.h"

/* A redirect longer than this is refused unread. */
enum { IG_REDIRECT_MAX = 16 * 1024 };

struct ig_parameter {
  const char *name;
  const char *value;
};

/* What the window is opened with. All borrowed. */
struct ig_login {
  const struct ig_flavour *flavour;
  const char *base_url;     /* NULL: Instagram's own hosts */
  const char *client_id;
  const char *redirect_uri;
  const char *scope;        /* comma list; NULL: the flavour's default */
  const char *state;        /* NULL: none is sent */
  const struct ig_parameter *extra; /* e.g. force_reauth; NULL when there are none */
  size_t extra_count;
};

/* Appends the origin to call: `base_url` without its final slashes when it is given,
 * else `origin`. Every address is this and a path. */
enum ig_kind ig_origin_add(struct ig_buf *buf, const char *base_url,
                           const char *origin);
/* Appends the window's address, every component encoded exactly once. IG_OK,
 * IG_TOO_LARGE or IG_MEMORY with `error` filled; the buffer is as before then. */
enum ig_kind ig_authorize_url(struct ig_buf *buf, const struct ig_login *login,
                              struct ig_error *error);

/* Reads what came back: a whole address, or a query with or without its "?"; "#_" or
 * any fragment is dropped. `state` is compared in constant time; NULL skips the check.
 * Appends the code to `code`. Fails with `error` filled (its type is the error= value):
 *   IG_STATE        too long, control characters, bad encoding, a parameter twice, no
 *                   code, state missing or another (an error= may lack it, as in Meta's
 *                   sample)
 *   IG_DENIED       error=access_denied
 *   IG_UNAVAILABLE  an error whose text speaks of the developer role
 *   IG_TRANSIENT    error=server_error, error=temporarily_unavailable (OAuth's words)
 *   IG_EXCHANGE     any other error=: the window refused the login, and what helps is
 *                   that kind's advice (compare the app's data with the dashboard)
 * The code and the state never stand in the message. */
enum ig_kind ig_redirect_read(const char *text, size_t size, const char *state,
                              struct ig_buf *code, struct ig_error *error);

/* Append the form body of the code call, and the queries (without "?") of the other
 * two. They hold secrets: use a buffer that is freed soon. IG_OK, IG_TOO_LARGE,
 * IG_MEMORY. */
enum ig_kind ig_code_form(struct ig_buf *buf, const char *client_id,
                          const struct ig_secret *client_secret,
                          const char *redirect_uri, const char *code, size_t code_size);
enum ig_kind ig_exchange_query(struct ig_buf *buf,
                               const struct ig_secret *client_secret,
                               const struct ig_secret *token);
enum ig_kind ig_refresh_query(struct ig_buf *buf, const struct ig_secret *token);

#endif
