/* A token and what is known of it; the refresh rule and the life of the grant as sums
 * over a clock the caller brings; token answers in every shape seen; sealing for
 * storage. May know: ig_json, ig_crypto, ig_secret. Must not know: the network, the
 * time. */
#ifndef IG_TOKEN_H
#define IG_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_buf.h"
#include "ig_crypto.h"
#include "ig_error.h"
#include "ig_secret.h"

enum ig_token_kind { IG_TOKEN_UNKNOWN, IG_TOKEN_SHORT, IG_TOKEN_LONG };
/* Which call a token answer belongs to. */
enum ig_token_call { IG_TOKEN_CODE, IG_TOKEN_EXCHANGE, IG_TOKEN_REFRESH };

enum { IG_USER_ID_MAX = 39 };

/* Times are whole seconds since 1970; 0 means unknown. All zero is an empty token,
 * except that `extended` is -1 then: ig_token_init. */
struct ig_token {
  struct ig_secret secret;
  enum ig_token_kind kind;
  char user_id[IG_USER_ID_MAX + 1]; /* exact digits as sent; "" unknown */
  double obtained_at;               /* when this secret was handed out or refreshed */
  double expires_at;
  char *permissions;  /* comma list; NULL unknown; owned */
  double granted_at;  /* when the person last said yes in the window */
  int extended;       /* did the last refresh make it live longer? -1 unknown, 0, 1 */
};

void ig_token_init(struct ig_token *token);
/* Wipes and frees all; the token is as after ig_token_init. Harmless when empty. */
void ig_token_wipe(struct ig_token *token);
/* IG_MEMORY leaves `into` as it was. Else `into` (wiped first) is a copy. */
enum ig_kind ig_token_copy(struct ig_token *into, const struct ig_token *from);
/* Takes an id of 1 to 39 digits; false, nothing changed, for anything else. */
bool ig_token_set_user_id(struct ig_token *token, const char *text, size_t size);
/* Whose token it looks like, by its first letters: "basic_display" (IGQ),
 * "instagram_login" (IGA), "facebook" (EA: a token of another product); NULL: none of
 * these. Static text. */
const char *ig_token_family(const struct ig_token *token);
/* A time without its fraction: clocks have one, and dates are made of whole seconds. */
double ig_token_whole(double seconds);
/* "short", "long", "unknown"; static text. */
const char *ig_token_kind_name(enum ig_token_kind kind);

/* 1 yes, 0 no, -1 unknown. `*why` is set when it is not 1: a plain sentence, static. An
 * answer 1 is Meta's rule, not a promise: a refresh may return the remaining life. */
int ig_token_refreshable(const struct ig_token *token, double now, const char **why);
/* 1 yes, 0 no, -1 when expires_at is unknown. */
int ig_token_expired(const struct ig_token *token, double now);
/* An estimate: grants last 90 days, and a refresh renews a public account's grant but
 * not a private one's. `*earliest` is as if private, `*latest` as if public; both are
 * the latter once a refresh has come later than a private account's could. False (both
 * 0) when it is not known when the person granted. */
bool ig_token_permissions_expire(const struct ig_token *token, double *earliest,
                                 double *latest);

/* Reads a token answer (flat or data[]; id number or string; permissions array, comma
 * list or none; no token_type). Decodes `body` in place, and wipes nothing of it: the
 * caller's buffer does. CODE fills `into` anew; EXCHANGE too, keeping user id,
 * permissions and granted_at; REFRESH updates, sets `extended`, keeps the rest. On
 * failure (IG_PARSE, IG_MEMORY; error answers are ig_answer_check's) `into` is as
 * before. */
enum ig_kind ig_token_read(struct ig_token *into, char *body, size_t size, double now,
                           enum ig_token_call call, struct ig_error *error);

/* Appends the whole token, encrypted (ig_seal), bound to `ad` (e.g. the client id; may
 * be ""). IG_OK, IG_TOO_LARGE or IG_MEMORY. */
enum ig_kind ig_token_seal(const struct ig_token *token,
                           const unsigned char key[IG_KEY_SIZE], const char *ad,
                           struct ig_buf *buf);
/* `into` becomes the token that was sealed. IG_SEALED (altered, cut, another key or
 * `ad`, or not a token) or IG_MEMORY with `error` filled; `into` is as before then. */
enum ig_kind ig_token_unseal(struct ig_token *into, const char *text, size_t size,
                             const unsigned char key[IG_KEY_SIZE], const char *ad,
                             struct ig_error *error);

#endif
