/* One call of the API from its start to its result, retries included. Starting
 * functions return at once; the engine moves it. May know: ig_app, ig_token. Must not
 * know: Lua. */
#ifndef IG_CALL_H
#define IG_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_app.h"
#include "ig_engine.h"
#include "ig_error.h"
#include "ig_oauth.h"
#include "ig_token.h"

struct ig_call;

struct ig_call_opts {
  double timeout;      /* seconds; negative: the app's */
  int retries;         /* negative: the app's */
  const char *version; /* NULL: the app's */
  bool shrinkable;     /* the caller answers "too much data" by asking for less: code 1
                          and HTTP 500 are not sent again unchanged */
};
struct ig_call_opts ig_call_defaults(void);

/* Why a path cannot be called raw, or NULL: it must start with "/", hold no query, no
 * dot segments, nothing that wants encoding, and name no token endpoint. Static
 * text. */
const char *ig_path_problem(const struct ig_app *app, const char *path);

/* All of these start a call and return it: even when it failed already (a bad address,
 * a file that cannot be opened), so that there is one way to learn of failures. NULL
 * only when memory is out. Everything handed in is copied. Times count while the call
 * is attended, which it is from the start (ig_call_attend). */

/* POST of the code for a short-lived token; sent at most once. */
struct ig_call *ig_call_exchange_code(struct ig_engine *engine, struct ig_app *app,
                                      const char *code, size_t code_size,
                                      const struct ig_call_opts *opts);
/* Short-lived for long-lived; like all reads sent again after a passing fault. */
struct ig_call *ig_call_exchange_token(struct ig_engine *engine, struct ig_app *app,
                                       const struct ig_token *token,
                                       const struct ig_call_opts *opts);
struct ig_call *ig_call_refresh_token(struct ig_engine *engine, struct ig_app *app,
                                      const struct ig_token *token,
                                      const struct ig_call_opts *opts);
/* method "GET", "POST" or "DELETE"; path without version (ig_path_problem must be
 * NULL); parameters go to the query, for POST to the form; the token is added here. */
struct ig_call *ig_call_api(struct ig_engine *engine, struct ig_app *app,
                            const struct ig_token *token, const char *method,
                            const char *path, const struct ig_parameter *parameters,
                            size_t count, const struct ig_call_opts *opts);
/* A media file into memory; https or loopback, no token, few redirects. No timeout but
 * connect and stall, unless opts name one. */
struct ig_call *ig_call_fetch(struct ig_engine *engine, struct ig_app *app,
                              const char *url, const struct ig_call_opts *opts);
/* The same into a file: path.part first (with path.part.tag: what it is a part of),
 * resumed when it is there, renamed to path when whole. */
struct ig_call *ig_call_download(struct ig_engine *engine, struct ig_app *app,
                                 const char *url, const char *path,
                                 const struct ig_call_opts *opts);

/* Somebody waits (true): times run, and what failed while nobody waited is asked
 * again. */
void ig_call_attend(struct ig_call *call, bool attended);
bool ig_call_done(const struct ig_call *call);
/* Done, or new bytes arrived since the last question (at most ten times a second). */
bool ig_call_ready(struct ig_call *call);
/* Bytes so far, and in all (-1 unknown), of what is fetched or downloaded. */
void ig_call_progress(const struct ig_call *call, long long *received,
                      long long *total);
/* Ends it as IG_CANCELLED unless it is done. */
void ig_call_cancel(struct ig_call *call);
/* Cancels if need be and frees. NULL is allowed. */
void ig_call_free(struct ig_call *call);

/* What went wrong before an attempt was made again, for logs. */
struct ig_note {
  enum ig_kind kind;
  int status, code; /* of Instagram's answer; 0: none */
  double wait;      /* seconds until the next attempt */
};
/* The notes so far (the first few of many); *count says how many. Borrowed. */
const struct ig_note *ig_call_notes(const struct ig_call *call, int *count);
/* How often the request was sent. */
int ig_call_attempts(const struct ig_call *call);

/* The rest only when done. */

/* NULL: it succeeded. Borrowed until free. */
const struct ig_error *ig_call_error(const struct ig_call *call);
int ig_call_status(const struct ig_call *call);
/* For an error found in the answer afterwards: adds the (redacted) request, how often
 * it was sent, and the status. */
void ig_call_describe(const struct ig_call *call, struct ig_error *error);
/* The server's clock as its answer said it, seconds since 1970; -1 unknown. */
long long ig_call_date(const struct ig_call *call);
/* "v21.0", what Instagram says it served; "" unknown. */
const char *ig_call_version(const struct ig_call *call);
const char *ig_call_content_type(const struct ig_call *call);
/* The scrubbed body, zero-terminated; may be changed in place (ig_json does). */
char *ig_call_body(struct ig_call *call, size_t *size);
/* The secret that was scrubbed from it, for what only shows after decoding. */
const struct ig_secret *ig_call_secret(const struct ig_call *call);
/* After one of the three token calls: reads the answer into the token (ig_token_read;
 * EXCHANGE wants the short-lived token's facts in it, REFRESH the token itself). */
enum ig_kind ig_call_token(struct ig_call *call, struct ig_token *token, double now,
                           struct ig_error *error);
/* After a download: bytes of the file, and how many of them were there before. */
void ig_call_file(const struct ig_call *call, long long *size, long long *reused);

#endif
