/* The sandbox's own Lua state. Every use is one protected call of a C function with a
 * job struct; results leave as C data before it returns. May know: lua.h, native.h. */
#define _POSIX_C_SOURCE 200809L
#include "state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "native.h"

struct igs_state {
  lua_State *L;
  pthread_mutex_t lock;
};

struct job {
  const struct igs_state_options *options;
  struct igs_request *request;
  const struct igs_outcome *outcome;
  const char *text;
  size_t size;
  struct igs_buf *answer;
  enum igs_handshake handshake;
  bool ok;
};

#define MAIN "instagram.sandbox.main" /* registry: the main module */

/* What would make two runs differ, or reach over into the host's process. */
static const struct {
  const char *module, *name;
} forbidden[] = {
  { "os", "time" },       { "os", "date" },      { "os", "clock" },
  { "os", "exit" },       { "os", "execute" },   { "os", "setlocale" },
  { "os", "tmpname" },    { "math", "random" },  { "math", "randomseed" },
  { "io", "popen" },      { NULL, NULL },
};

static void restrict_libraries(lua_State *L)
{
  int i;

  for (i = 0; forbidden[i].module; i++) {
    lua_getglobal(L, forbidden[i].module);
    lua_pushnil(L);
    lua_setfield(L, -2, forbidden[i].name);
    lua_pop(L, 1);
  }
}

static void set_paths(lua_State *L, const struct igs_state_options *options)
{
  lua_getglobal(L, "package");
  if (options->lua_path) {
    lua_pushstring(L, options->lua_path);
    lua_setfield(L, -2, "path");
  }
  if (options->lua_cpath) {
    lua_pushstring(L, options->lua_cpath);
    lua_setfield(L, -2, "cpath");
  }
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, igs_native_open);
  lua_setfield(L, -2, "instagram.sandbox.native");
  lua_pop(L, 2);
}

/* Message handler: a string with the traceback, whatever was raised. */
static int traceback(lua_State *L)
{
  if (lua_type(L, 1) != LUA_TSTRING && !luaL_callmeta(L, 1, "__tostring"))
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  lua_getglobal(L, "debug");
  lua_getfield(L, -1, "traceback");
  lua_pushvalue(L, -3);
  lua_pushinteger(L, 2);
  lua_call(L, 2, 1);
  return 1;
}

/* Calls main[name] with the arguments on top of the stack; raises the traceback. */
static void call_main(lua_State *L, const char *name, int arguments, int results)
{
  int base = lua_gettop(L) - arguments + 1;

  lua_pushcfunction(L, traceback);
  lua_insert(L, base);
  lua_getfield(L, LUA_REGISTRYINDEX, MAIN);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
  lua_insert(L, base + 1);
  if (lua_pcall(L, arguments, results, base))
    lua_error(L);
  lua_remove(L, base);
}

static void start_main(lua_State *L, const struct igs_state_options *options)
{
  lua_getfield(L, LUA_REGISTRYINDEX, MAIN);
  lua_getfield(L, -1, "start");
  if (lua_isnil(L, -1))
    return;
  lua_pushstring(L, options->options ? options->options : "{}");
  lua_pushstring(L, options->url);
  call_main(L, "start", 2, 2);
  if (lua_isnil(L, -2) && lua_type(L, -1) == LUA_TSTRING)
    lua_error(L); /* start may say nil, message */
}

static int open_main(lua_State *L)
{
  const struct job *job = lua_touserdata(L, 1);
  const struct igs_state_options *options = job->options;

  luaL_openlibs(L);
  lua_pushlightuserdata(L, options->poster);
  lua_setfield(L, LUA_REGISTRYINDEX, IGS_POSTER);
  restrict_libraries(L);
  set_paths(L, options);
  lua_pushcfunction(L, traceback);
  lua_getglobal(L, "require");
  lua_pushstring(L, options->main);
  if (lua_pcall(L, 1, 1, -3))
    return lua_error(L);
  if (!lua_istable(L, -1))
    return luaL_error(L, "module '%s' did not return a table", options->main);
  lua_setfield(L, LUA_REGISTRYINDEX, MAIN);
  start_main(L, options);
  return 0;
}

static int run_handle(lua_State *L)
{
  struct job *job = lua_touserdata(L, 1);

  igs_request_push(L, job->request);
  call_main(L, "handle", 1, 1);
  igs_reply_read(L, lua_gettop(L), &job->request->reply);
  return 0;
}

static int run_control(lua_State *L)
{
  struct job *job = lua_touserdata(L, 1);
  const char *text;
  size_t size;

  lua_pushlstring(L, job->text, job->size);
  call_main(L, "control", 1, 2);
  job->ok = !lua_isnil(L, -2);
  text = lua_tolstring(L, job->ok ? -2 : -1, &size);
  if (!text)
    return luaL_error(L, "control: string expected, got %s", luaL_typename(L, -2));
  if (!igs_buf_add(job->answer, text, size))
    return luaL_error(L, "control: no memory");
  return 0;
}

static void push_outcome(lua_State *L, const struct igs_outcome *outcome)
{
  lua_createtable(L, 0, 5);
  igs_pushinteger(L, outcome->id);
  lua_setfield(L, -2, "id");
  if (outcome->status) {
    igs_pushinteger(L, outcome->status);
    lua_setfield(L, -2, "status");
  }
  lua_pushstring(L, outcome->problem); /* NULL: nil */
  lua_setfield(L, -2, "problem");
  lua_pushstring(L, outcome->type);
  lua_setfield(L, -2, "type");
  lua_pushlstring(L, outcome->body, outcome->size);
  lua_setfield(L, -2, "body");
}

static int run_posted(lua_State *L)
{
  struct job *job = lua_touserdata(L, 1);

  push_outcome(L, job->outcome);
  call_main(L, "posted", 1, 0);
  return 0;
}

static int run_handshake(lua_State *L)
{
  struct job *job = lua_touserdata(L, 1);

  lua_getfield(L, LUA_REGISTRYINDEX, MAIN);
  lua_getfield(L, -1, "handshake");
  if (lua_isnil(L, -1))
    return 0;
  lua_settop(L, 1);
  lua_pushstring(L, job->text);
  call_main(L, "handshake", 1, 1);
  if (lua_isnil(L, -1))
    return 0;
  job->handshake = lua_type(L, -1) == LUA_TSTRING
                     ? igs_handshake_kind(lua_tostring(L, -1))
                     : IGS_SHAKE_KINDS;
  if (job->handshake == IGS_SHAKE_KINDS)
    return luaL_error(L, "handshake: nil or the word for a fault expected");
  return 0;
}

/* Runs a job; false, and the error text in `problem`, when it raised. */
static bool run(lua_State *L, lua_CFunction fn, struct job *job,
                struct igs_buf *problem)
{
  bool ok = igs_protected(L, fn, job) == 0;

  if (!ok && problem) {
    size_t size = 0;
    const char *text = NULL;

    if (lua_type(L, -1) == LUA_TSTRING) /* else tolstring could allocate, and raise */
      text = lua_tolstring(L, -1, &size);
    problem->size = 0;
    igs_buf_add(problem, text ? text : "(no message)", text ? size : 12);
  }
  lua_settop(L, 0);
  return ok;
}

struct igs_state *igs_state_open(const struct igs_state_options *options,
                                 struct igs_buf *problem)
{
  struct igs_state *state = calloc(1, sizeof *state);
  struct job job = { 0 };

  if (state)
    state->L = luaL_newstate();
  if (!state || !state->L) {
    igs_buf_print(problem, "no memory for the sandbox's Lua state");
    free(state);
    return NULL;
  }
  pthread_mutex_init(&state->lock, NULL);
  job.options = options;
  if (run(state->L, open_main, &job, problem))
    return state;
  igs_state_close(state);
  return NULL;
}

void igs_state_close(struct igs_state *state)
{
  if (!state)
    return;
  lua_close(state->L);
  pthread_mutex_destroy(&state->lock);
  free(state);
}

bool igs_state_handle(struct igs_state *state, struct igs_request *request,
                      struct igs_buf *problem)
{
  struct job job = { 0 };
  bool ok;

  job.request = request;
  pthread_mutex_lock(&state->lock);
  ok = run(state->L, run_handle, &job, problem);
  pthread_mutex_unlock(&state->lock);
  return ok;
}

bool igs_state_control(struct igs_state *state, const char *text, size_t size,
                       struct igs_buf *answer)
{
  struct job job = { 0 };
  bool ok;

  job.text = text;
  job.size = size;
  job.answer = answer;
  answer->size = 0;
  pthread_mutex_lock(&state->lock);
  ok = run(state->L, run_control, &job, answer) && job.ok;
  pthread_mutex_unlock(&state->lock);
  return ok;
}

bool igs_state_posted(struct igs_state *state, const struct igs_outcome *outcome,
                      struct igs_buf *problem)
{
  struct job job = { 0 };
  bool ok;

  job.outcome = outcome;
  pthread_mutex_lock(&state->lock);
  ok = run(state->L, run_posted, &job, problem);
  pthread_mutex_unlock(&state->lock);
  return ok;
}

enum igs_handshake igs_state_handshake(struct igs_state *state, const char *host,
                                       struct igs_buf *problem)
{
  struct job job = { 0 };
  bool ok;

  job.text = host;
  job.handshake = IGS_SHAKE_FINE;
  pthread_mutex_lock(&state->lock);
  ok = run(state->L, run_handshake, &job, problem);
  pthread_mutex_unlock(&state->lock);
  return ok ? job.handshake : IGS_SHAKE_FINE;
}
