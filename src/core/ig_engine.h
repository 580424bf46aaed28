/* The engine: owns the calls in flight, their retries and timers, over one HTTP room.
 * One per Lua state or thread; nothing here is shared between engines. May know:
 * ig_http, ig_call. Must not know: Lua, loops. */
#ifndef IG_ENGINE_H
#define IG_ENGINE_H

#include <stdbool.h>

#include "ig_app.h"
#include "ig_error.h"
#include "ig_usage.h"

struct ig_engine;

/* use_poll false: no descriptor, curl polls (what a platform without epoll gets). NULL
 * with error filled when memory or the system refuses. */
struct ig_engine *ig_engine_new(bool use_poll, struct ig_error *error);
/* Calls that still run end as cancelled; the call objects stay their owners'. In a
 * forked child this touches nothing the parent uses. NULL is allowed. */
void ig_engine_free(struct ig_engine *engine);
/* The process that made it is another one: it must not be stepped or used here. */
bool ig_engine_forked(const struct ig_engine *engine);

/* Does all work that is ready; waits at most `seconds` for a call to get ready (done,
 * or further: ig_call_ready). Returns how many calls are not done. */
int ig_engine_step(struct ig_engine *engine, double seconds);
/* Seconds until it wants a step even if nothing arrives; negative: never. */
double ig_engine_timeout(const struct ig_engine *engine);
/* One descriptor to watch for reading; -1 where there is none. */
int ig_engine_descriptor(const struct ig_engine *engine);
/* Calls that are not done. */
int ig_engine_pending(const struct ig_engine *engine);

/* A token or an app ends: nothing of past requests is kept for reuse. */
void ig_engine_forget(struct ig_engine *engine);

/* What the rate headers last said for this app's client id; NULL: nothing yet. */
const struct ig_usage *ig_engine_usage(const struct ig_engine *engine,
                                       const struct ig_app *app);

#endif
