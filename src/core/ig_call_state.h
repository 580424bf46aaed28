/* Inside the engine room: the structs its files share (ig_call.c, ig_attempt.c,
 * ig_api.c, ig_engine.c). Not for others. */
#ifndef IG_CALL_STATE_H
#define IG_CALL_STATE_H

#include "ig_buf.h"
#include "ig_call.h"
#include "ig_download.h"
#include "ig_engine.h"
#include "ig_http.h"

enum ig_call_state {
  IG_CALL_WAITING, /* to be sent at not_before */
  IG_CALL_FLYING,  /* an attempt is on the wire */
  IG_CALL_PARKED,  /* failed while nobody waited: asked again when somebody does */
  IG_CALL_DONE
};

/* What tells the operations apart; a row of data each (ig_api.c). */
struct ig_operation {
  const char *method;
  bool idempotent;     /* may be sent again although it may have arrived */
  bool token_endpoint; /* errors by the token endpoints' table; body not scrubbed */
  bool media;          /* a file: redirects followed, no JSON, no overall timeout */
  enum ig_token_call reads; /* how a token answer is read */
};

enum {
  IG_NOTES = 8,
  IG_QUOTAS = 256 /* apps whose usage is kept */
};

struct ig_call {
  struct ig_engine *engine; /* NULL once the engine was freed */
  struct ig_call *next, **link;
  struct ig_app *app;
  const struct ig_operation *operation;
  enum ig_call_state state;

  char *url;             /* holds the token; wiped when freed: errors name it */
  struct ig_buf form;    /* holds secrets; wiped when done */
  struct ig_secret token;
  bool shrinkable;
  int retries;           /* how many are allowed */
  int attempts;          /* sent so far */
  int failures;          /* in a row; a download that moved begins to count anew */
  int redirects;
  int note_count;
  struct ig_note notes[IG_NOTES];
  double timeout;        /* negative: none */
  double not_before;     /* WAITING: monotonic */

  bool attended;
  double attended_since; /* monotonic */
  double spent;          /* attended seconds before attended_since */
  double attempt_began;  /* monotonic */

  struct ig_transfer *transfer;
  struct ig_download *download; /* or NULL */
  struct ig_http_head head;
  struct ig_buf body;
  bool scrubbed;         /* the body holds no secret any more */
  struct ig_error error;
  long long file_size, file_reused; /* of a finished download */
  long long shown;       /* received when ready() was last asked */
  double shown_at;
};

struct ig_quota {
  struct ig_quota *next;
  char *client_id;
  unsigned long bare; /* which app, where there is no client id; else 0 */
  struct ig_usage usage;
  double seen; /* monotonic */
};

struct ig_engine {
  struct ig_http *http;
  long forks;            /* ig_os_forks when it was made */
  struct ig_call *calls; /* all that have an engine */
  int pending;           /* calls that are not done */
  int files;             /* of these, media files: they have progress to show */
  int news;              /* how many calls got done since the step began */
  struct ig_quota *quotas;
};

/* ig_call.c */
/* A new WAITING call in the engine; NULL when memory is out. */
struct ig_call *ig_call_new(struct ig_engine *engine, struct ig_app *app,
                            const struct ig_operation *operation,
                            const struct ig_call_opts *opts);
/* Ends it with the error in call->error (kind IG_OK: success) and wipes its secrets but
 * the one for scrubbing. */
void ig_call_finish(struct ig_call *call);
/* Ends it with this error. */
void ig_call_fail(struct ig_call *call, enum ig_kind kind, const char *message);
/* The monotonic second at which this call wants to be looked at; negative: never. */
double ig_call_deadline(const struct ig_call *call);

/* ig_attempt.c */
/* Sends it once; on failure the call is finished. */
void ig_attempt_begin(struct ig_call *call, double now);
/* Its transfer ended: judge, then finish, follow, or wait for the next attempt. */
void ig_attempt_end(struct ig_call *call, double now);
/* Its time is over: which one, and what follows. */
void ig_attempt_expire(struct ig_call *call, double now);

/* ig_engine.c */
/* Notes what the rate headers say. */
void ig_engine_learn(struct ig_engine *engine, const struct ig_app *app,
                     const struct ig_http_head *head, double now);
/* Seconds to hold a new call of this app back, so as not to run into the limit. */
double ig_engine_brake(const struct ig_engine *engine, const struct ig_app *app,
                       double now);

#endif
