/* The engine: steps the HTTP room, starts what is due, ends what took too long, notes
 * what the rate headers say. */
#include "ig_engine.h"

#include <string.h>

#include "ig_alloc.h"
#include "ig_call_state.h"
#include "ig_crypto.h"
#include "ig_os.h"

struct ig_engine *ig_engine_new(bool use_poll, struct ig_error *error)
{
  struct ig_engine *engine;

  if (!ig_crypto_start()) {
    ig_error_set(error, IG_IO, "the system gives no random bytes");
    return NULL;
  }
  engine = ig_calloc(1, sizeof *engine);
  if (!engine) {
    ig_error_set(error, IG_MEMORY, "memory is out");
    return NULL;
  }
  engine->forks = ig_os_forks();
  engine->http = ig_http_new(use_poll, error);
  if (!engine->http) {
    ig_free(engine);
    return NULL;
  }
  return engine;
}

bool ig_engine_forked(const struct ig_engine *engine)
{
  return engine->forks != ig_os_forks();
}

static void drop_quota(struct ig_quota **at)
{
  struct ig_quota *quota = *at;

  *at = quota->next;
  ig_free(quota->client_id);
  ig_free(quota);
}

void ig_engine_free(struct ig_engine *engine)
{
  bool forked;

  if (!engine)
    return;
  forked = ig_engine_forked(engine);
  while (engine->calls) {
    struct ig_call *call = engine->calls;

    engine->calls = call->next;
    ig_call_cancel(call);
    call->engine = NULL;
  }
  while (engine->quotas)
    drop_quota(&engine->quotas);
  ig_http_free(engine->http, forked);
  ig_free(engine);
}

/* --- stepping --------------------------------------------------------------------- */

/* Starts what is due and ends what is over. */
static void tend(struct ig_engine *engine, double now)
{
  struct ig_call *call, *next;

  for (call = engine->calls; call; call = next) {
    double at = ig_call_deadline(call);

    next = call->next;
    if (call->state == IG_CALL_DONE || at < 0 || now < at)
      continue;
    if (call->state == IG_CALL_WAITING && now >= call->not_before)
      ig_attempt_begin(call, now);
    else
      ig_attempt_expire(call, now);
  }
}

static void collect(struct ig_engine *engine, double now)
{
  struct ig_transfer *transfer = ig_http_next_done(engine->http);

  for (; transfer; transfer = ig_http_next_done(engine->http))
    ig_attempt_end(ig_transfer_owner(transfer), now);
}

/* Seconds to the first deadline of a call, or to `left` when that is sooner; negative:
 * never. */
static double calls_timeout(const struct ig_engine *engine, double left)
{
  const struct ig_call *call;
  double now = ig_os_monotonic();

  for (call = engine->calls; call; call = call->next) {
    double at = call->state == IG_CALL_DONE ? -1 : ig_call_deadline(call);

    if (at >= 0 && (left < 0 || at - now < left))
      left = at > now ? at - now : 0;
  }
  return left;
}

double ig_engine_timeout(const struct ig_engine *engine)
{
  return calls_timeout(engine, ig_http_timeout(engine->http));
}

/* One round: waits for something, takes it in. What curl wants at once, such as sending
 * what was just begun, the HTTP room does before it waits. What was begun may be the
 * first that needs the guard. */
static double work(struct ig_engine *engine, double now, double seconds,
                   struct ig_sigpipe *guard)
{
  tend(engine, now);
  if (!guard->blocked)
    ig_http_hold(engine->http, guard);
  seconds = calls_timeout(engine, seconds > 0 ? seconds : 0);
  ig_http_step(engine->http, engine->news ? 0 : seconds);
  now = ig_os_monotonic();
  collect(engine, now);
  tend(engine, now);
  return now;
}

int ig_engine_step(struct ig_engine *engine, double seconds)
{
  const double GLIMPSE = 0.1; /* how long a file's progress may go unseen */
  double now = ig_os_monotonic(), end = now + seconds;
  struct ig_sigpipe guard = {false};

  engine->news = 0;
  if (engine->files > 0 && seconds > GLIMPSE)
    end = now + GLIMPSE;
  do
    now = work(engine, now, end - now, &guard);
  while (!engine->news && now < end && engine->pending > 0);
  ig_os_sigpipe_release(&guard);
  return engine->pending;
}

void ig_engine_forget(struct ig_engine *engine)
{
  if (!ig_engine_forked(engine))
    ig_http_drop_idle(engine->http);
}

int ig_engine_descriptor(const struct ig_engine *engine)
{
  return ig_http_descriptor(engine->http);
}

int ig_engine_pending(const struct ig_engine *engine)
{
  return engine->pending;
}

/* --- rate limits ------------------------------------------------------------------ */

/* Bare tokens say nothing of their app: each makes one of its own. */
static unsigned long bare_app(const struct ig_app *app)
{
  return app->opts.client_id[0] ? 0 : app->serial;
}

static struct ig_quota *find_quota(const struct ig_engine *engine,
                                   const struct ig_app *app)
{
  struct ig_quota *quota = engine->quotas;

  while (quota && (strcmp(quota->client_id, app->opts.client_id) != 0 ||
                   quota->bare != bare_app(app)))
    quota = quota->next;
  return quota;
}

/* Apps come and go, and nobody says that one went: the one that was heard of longest
 * ago gives way. */
static void make_room(struct ig_engine *engine)
{
  struct ig_quota **at, **oldest = &engine->quotas;
  int count = 0;

  for (at = &engine->quotas; *at; at = &(*at)->next) {
    count++;
    if ((*at)->seen < (*oldest)->seen)
      oldest = at;
  }
  if (count >= IG_QUOTAS)
    drop_quota(oldest);
}

static struct ig_quota *make_quota(struct ig_engine *engine, const struct ig_app *app)
{
  struct ig_quota *quota = ig_calloc(1, sizeof *quota);

  if (!quota)
    return NULL;
  quota->client_id = ig_strdup(app->opts.client_id);
  if (!quota->client_id) {
    ig_free(quota);
    return NULL;
  }
  make_room(engine);
  quota->bare = bare_app(app);
  quota->next = engine->quotas;
  engine->quotas = quota;
  return quota;
}

void ig_engine_learn(struct ig_engine *engine, const struct ig_app *app,
                     const struct ig_http_head *head, double now)
{
  struct ig_quota *quota;

  if (!head->status || !ig_usage_known(&head->usage))
    return;
  quota = find_quota(engine, app);
  if (!quota)
    quota = make_quota(engine, app);
  if (!quota)
    return; /* advice only: without memory for it we go on without */
  quota->usage = head->usage;
  quota->seen = now;
}

double ig_engine_brake(const struct ig_engine *engine, const struct ig_app *app,
                       double now)
{
  enum { SLOW_FROM = 90, FRESH_FOR = 300 };
  const double SLOWEST = 5; /* seconds a call, from 100 % on */
  const struct ig_quota *quota = find_quota(engine, app);
  double worst;

  if (!quota || now - quota->seen > FRESH_FOR)
    return 0;
  worst = ig_usage_worst(&quota->usage);
  if (worst < SLOW_FROM)
    return 0;
  return worst >= 100 ? SLOWEST : SLOWEST * (worst - SLOW_FROM) / (100 - SLOW_FROM);
}

const struct ig_usage *ig_engine_usage(const struct ig_engine *engine,
                                       const struct ig_app *app)
{
  const struct ig_quota *quota = find_quota(engine, app);

  return quota ? &quota->usage : NULL;
}
