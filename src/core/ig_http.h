/* The HTTP room: one libcurl multi handle, its sockets behind one descriptor, its timer
 * as a deadline. Transfers are started, the room is stepped, finished transfers are
 * pulled. The only room that knows curl. May know: ig_usage, for the rate headers. Must
 * not know: Lua, Instagram else, retries. */
#ifndef IG_HTTP_H
#define IG_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_buf.h"
#include "ig_error.h"
#include "ig_usage.h"

/* --- the library ------------------------------------------------------------------ */

/* Makes curl ready, once in this process, with our wiping allocator. Thread-safe. False
 * when curl refuses. */
bool ig_http_start(void);
/* Whether curl's memory is wiped when freed: false when the host made curl ready before
 * us, for curl keeps the first allocator it was given. */
bool ig_http_wipes(void);
/* "libcurl/7.88.1 OpenSSL/3.0.17 ..."; static. */
const char *ig_http_version(void);

/* --- addresses -------------------------------------------------------------------- */

struct ig_address {
  bool https;
  bool loopback;    /* 127.0.0.0/8, [::1], localhost */
  char host[256];   /* lower case */
  char origin[320]; /* scheme://host[:port], no final slash */
};

/* Takes an absolute http or https address apart (by curl's own parser). IG_TRANSPORT
 * and a message when it is none. User and password in it are refused. */
enum ig_kind ig_address_read(const char *url, struct ig_address *out,
                             struct ig_error *error);
/* https anywhere, http only to this machine; else IG_TLS. `what` names the address in
 * the message: "base_url", "media address". */
enum ig_kind ig_address_check(const char *url, const char *what, struct ig_address *out,
                              struct ig_error *error);

/* --- transfers -------------------------------------------------------------------- */

struct ig_http;
struct ig_transfer;

/* Where a body goes when it is not kept in memory. Called from inside curl: C only. */
struct ig_sink {
  /* The head of the answer is complete; returns whether this body is wanted by the sink
   * (else it is kept in memory as an error text). */
  bool (*open)(void *self, const struct ig_transfer *transfer);
  /* Returns false to break the transfer off. */
  bool (*write)(void *self, const char *bytes, size_t size);
  void *self;
};

struct ig_http_request {
  const char *method; /* "GET", "POST", "DELETE" */
  const char *url;    /* holds the token; curl's copy is wiped when freed */
  const char *form;   /* body of a POST, urlencoded, or NULL; curl does NOT copy it:
                         it must live until the transfer ends */
  size_t form_size;
  const char *range;    /* "bytes=100-" without "bytes=": "100-", or NULL */
  const char *if_range; /* a validator, or NULL */
  const char *proxy, *cainfo, *user_agent; /* NULL: curl's defaults */
  bool loopback; /* no proxy, whatever the environment says */
  bool raw;      /* no content coding: the bytes as they are (downloads) */
  bool once;     /* must not be sent twice: a fresh connection, for curl by itself sends
                    again what a used one swallowed */
  size_t max_body;
  const struct ig_sink *sink; /* or NULL; must live until the transfer ends */
};

/* What the answer's head said. Texts are "" when absent. */
struct ig_http_head {
  int status;
  char content_type[128];
  char etag[200];
  char last_modified[64];
  char api_version[16];
  struct ig_usage usage; /* what the rate headers said, however long they are */
  bool coded;            /* Content-Encoding; curl decodes what it asked for itself */
  long long length;      /* Content-Length; -1 unknown */
  long long range_start, range_end; /* Content-Range; -1 absent */
  long long range_total;
  long retry_after;      /* seconds; -1 absent, or a date: ig_http_retry_after */
  long long retry_at;    /* the date, seconds since 1970; -1 absent */
  char date[40];         /* the server's clock, as sent: ig_http_date reads it */
};

/* Seconds since 1970 of a Date header's text; -1 when it is none. */
long long ig_http_date(const char *text);
/* Seconds from this answer on, as Retry-After says; by the server's own clock where it
 * names a date. -1 absent. */
double ig_http_retry_after(const struct ig_http_head *head);

/* use_poll false: forget the descriptor, poll by curl's means (a platform without
 * epoll). NULL with error filled when memory or the system refuses. */
struct ig_http *ig_http_new(bool use_poll, struct ig_error *error);
/* Ends all transfers. In a forked child pass forked: nothing is closed that the parent
 * still uses. */
void ig_http_free(struct ig_http *http, bool forked);

/* Starts a transfer; NULL with error filled when it cannot be started. */
struct ig_transfer *ig_http_begin(struct ig_http *http,
                                  const struct ig_http_request *request,
                                  struct ig_error *error);
/* Before steps: SIGPIPE is held back where a write may raise it, up to
 * ig_os_sigpipe_release. */
struct ig_sigpipe;
void ig_http_hold(const struct ig_http *http, struct ig_sigpipe *guard);
/* Does what can be done now, waiting at most `seconds` for something to do. Cannot
 * fail: what goes wrong is the result of a transfer. */
void ig_http_step(struct ig_http *http, double seconds);
/* Seconds until curl wants a step even if nothing arrives; negative: never. */
double ig_http_timeout(const struct ig_http *http);
/* The one descriptor to watch for reading; -1 when there is none. */
int ig_http_descriptor(const struct ig_http *http);
/* The next transfer that ended since the last call, or NULL. */
struct ig_transfer *ig_http_next_done(struct ig_http *http);

/* Takes a body that is not needed any more and keeps its memory for another answer.
 * Wipes it first, unless it is known to hold no secret; what is given back to the
 * system is wiped in any case. http may be NULL. */
void ig_http_recycle(struct ig_http *http, struct ig_buf *body, bool harmless);

/* Frees, and so wipes, the curl handles kept for reuse: the last address stays in them,
 * whatever curl_easy_reset says. */
void ig_http_drop_idle(struct ig_http *http);

/* What the caller hangs on it. */
void ig_transfer_set_owner(struct ig_transfer *transfer, void *owner);
void *ig_transfer_owner(const struct ig_transfer *transfer);
/* Valid from the moment the head is there until free. */
const struct ig_http_head *ig_transfer_head(const struct ig_transfer *transfer);
/* The body in memory; belongs to the transfer. */
struct ig_buf *ig_transfer_body(struct ig_transfer *transfer);
/* Bytes of the body so far, as they came (before decompression), to see progress by. */
long long ig_transfer_received(const struct ig_transfer *transfer);
/* When something last arrived (ig_os_monotonic); 0: nothing yet. */
double ig_transfer_moved(const struct ig_transfer *transfer);
/* A connection stands and the request is on its way (or further). */
bool ig_transfer_connected(const struct ig_transfer *transfer);
/* Where a 3xx answer points, absolute; NULL when nowhere. Borrowed until free. */
const char *ig_transfer_redirect(const struct ig_transfer *transfer);
/* The sink took the body (it did not go to memory). */
bool ig_transfer_sunk(const struct ig_transfer *transfer);
/* IG_OK, or why no whole answer came. Only after it was handed out as done. */
enum ig_kind ig_transfer_result(const struct ig_transfer *transfer,
                                struct ig_error *error);
/* Ends it if it still runs. NULL is allowed. */
void ig_transfer_free(struct ig_transfer *transfer);

#endif
