/* Module instagram.sandbox.host, in the caller's state: start a server, call its rules,
 * wait, stop. May know: lua.h, server.h. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "compat.h"
#include "server.h"

#define CLASS "instagram.sandbox.server"

struct handle {
  struct igs_server *server; /* NULL: stopped */
  struct igs_buf answer;     /* the last call's; here so that a raise cannot lose it */
};

int luaopen_instagram_sandbox_host(lua_State *L);

static struct handle *check_handle(lua_State *L)
{
  struct handle *handle = luaL_checkudata(L, 1, CLASS);

  if (!handle->server)
    luaL_error(L, "server is stopped");
  if (!igs_server_is_ours(handle->server))
    luaL_error(L, "server belongs to the process that started it, before the fork");
  return handle;
}

static int server_port(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)igs_server_port(check_handle(L)->server));
  return 1;
}

static int server_url(lua_State *L)
{
  lua_pushstring(L, igs_server_url(check_handle(L)->server));
  return 1;
}

static int server_pid(lua_State *L)
{
  check_handle(L);
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

/* server:call(text) -> text | nil, message */
static int server_call(lua_State *L)
{
  struct handle *handle = check_handle(L);
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  bool ok = igs_server_call(handle->server, text, size, &handle->answer);

  if (!ok)
    lua_pushnil(L);
  lua_pushlstring(L, handle->answer.data ? handle->answer.data : "",
                  handle->answer.size);
  return ok ? 1 : 2;
}

/* server:settle(seconds) -> boolean: the sandbox's own requests are done */
static int server_settle(lua_State *L)
{
  struct handle *handle = check_handle(L);
  double seconds = luaL_checknumber(L, 2);

  luaL_argcheck(L, seconds >= 0 && seconds <= 86400, 2, "0 to 86400 seconds expected");
  lua_pushboolean(L, igs_server_settle(handle->server, seconds));
  return 1;
}

/* server:ca() -> PEM text of the authority's certificate | nil, message */
static int server_ca(lua_State *L)
{
  struct handle *handle = check_handle(L);
  bool ok = igs_server_ca(handle->server, &handle->answer);

  if (!ok)
    lua_pushnil(L);
  lua_pushlstring(L, handle->answer.data ? handle->answer.data : "",
                  handle->answer.size);
  return ok ? 1 : 2;
}

/* Also __gc and __close: idempotent, raises nothing. In a forked child the server is
 * the parent's, threads and all: it is left alone. */
static int server_stop(lua_State *L)
{
  struct handle *handle = luaL_checkudata(L, 1, CLASS);
  struct igs_server *server = handle->server;

  if (server && !igs_server_is_ours(server))
    return 0;
  handle->server = NULL;
  igs_server_stop(server);
  igs_buf_free(&handle->answer);
  return 0;
}

static void ending_signals(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGHUP);
}

/* server:wait() -> "INT" | "TERM" | "HUP": sleeps until such a signal comes. */
static int server_wait(lua_State *L)
{
  sigset_t set, before;
  int number = 0;

  check_handle(L);
  ending_signals(&set);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  sigwait(&set, &number);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  lua_pushstring(L, number == SIGINT ? "INT" : number == SIGTERM ? "TERM" : "HUP");
  return 1;
}

static int server__tostring(lua_State *L)
{
  const struct handle *handle = luaL_checkudata(L, 1, CLASS);

  if (handle->server)
    lua_pushfstring(L, CLASS " (port %d)", (int)igs_server_port(handle->server));
  else
    lua_pushstring(L, CLASS " (stopped)");
  return 1;
}

static const char *const option_names[] = {
  "port",  "bind",  "lua_path", "lua_cpath", "main",     "options",
  "quiet", "names", "ca_file",  "ca_keep",   "patience", NULL,
};

static void check_names(lua_State *L, int index)
{
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    int i;

    for (i = 0; option_names[i] && strcmp(name, option_names[i]) != 0; i++)
      ;
    if (!option_names[i])
      luaL_error(L, "bad option '%s' (unknown)", name);
    lua_pop(L, 1);
  }
}

/* A string option; it stays on the stack, and so alive. */
static const char *text_option(lua_State *L, int index, const char *name,
                               const char *instead)
{
  lua_getfield(L, index, name);
  if (lua_isnil(L, -1))
    return instead;
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "bad option '%s' (string expected, got %s)", name,
               luaL_typename(L, -1));
  return lua_tostring(L, -1);
}

static unsigned port_option(lua_State *L, int index)
{
  double port;

  lua_getfield(L, index, "port");
  if (lua_isnil(L, -1))
    return 0;
  port = lua_tonumber(L, -1);
  if (lua_type(L, -1) != LUA_TNUMBER || !(port >= 0 && port <= 65535)
      || port != (double)(unsigned)port)
    luaL_error(L, "bad option 'port' (0 to 65535 expected)");
  return (unsigned)port;
}

/* A number over 0; 0 when there is none. */
static double number_option(lua_State *L, int index, const char *name)
{
  double number;

  lua_getfield(L, index, name);
  number = lua_tonumber(L, -1);
  if (!lua_isnil(L, -1) && !(lua_type(L, -1) == LUA_TNUMBER && number > 0))
    luaL_error(L, "bad option '%s' (number over 0 expected)", name);
  lua_pop(L, 1);
  return number;
}

/* The caller's own search path, unless told otherwise. */
static const char *path_option(lua_State *L, int index, const char *name,
                               const char *field)
{
  const char *path;

  lua_getglobal(L, "package");
  lua_getfield(L, -1, field);
  path = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  return text_option(L, index, name, path);
}

static bool flag_option(lua_State *L, int index, const char *name)
{
  bool yes;

  lua_getfield(L, index, name);
  yes = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return yes;
}

static void read_options(lua_State *L, int index, struct igs_server_options *options)
{
  luaL_checkstack(L, 24, "options");
  check_names(L, index);
  options->quiet = flag_option(L, index, "quiet");
  options->port = port_option(L, index);
  options->bind = text_option(L, index, "bind", "127.0.0.1");
  options->state.main = text_option(L, index, "main", "instagram.sandbox.rules");
  options->state.options = text_option(L, index, "options", "{}");
  options->names = text_option(L, index, "names", NULL);
  options->ca_file = text_option(L, index, "ca_file", NULL);
  options->ca_keep = text_option(L, index, "ca_keep", NULL);
  options->patience = number_option(L, index, "patience");
  options->state.lua_path = path_option(L, index, "lua_path", "path");
  options->state.lua_cpath = path_option(L, index, "lua_cpath", "cpath");
}

static void push_class(lua_State *L)
{
  static const luaL_Reg metamethods[] = {
    { "__gc", server_stop },
    { "__close", server_stop },
    { "__tostring", server__tostring },
    { NULL, NULL },
  };
  static const luaL_Reg methods[] = {
    { "port", server_port }, { "url", server_url },   { "pid", server_pid },
    { "call", server_call }, { "wait", server_wait }, { "stop", server_stop },
    { "settle", server_settle }, { "ca", server_ca },
    { NULL, NULL },
  };

  igs_class(L, CLASS, metamethods, methods);
}

/* host.start(options) -> server | nil, message */
static int host_start(lua_State *L)
{
  struct igs_server_options options = { 0 };
  struct handle *handle;

  lua_settop(L, 1);
  if (lua_isnil(L, 1)) {
    lua_newtable(L);
    lua_replace(L, 1);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  read_options(L, 1, &options);
  handle = lua_newuserdata(L, sizeof *handle);
  memset(handle, 0, sizeof *handle);
  push_class(L);
  lua_setmetatable(L, -2);
  handle->server = igs_server_start(&options, &handle->answer);
  if (handle->server)
    return 1;
  lua_pushnil(L);
  lua_pushstring(L, handle->answer.data ? handle->answer.data : "no memory");
  return 2;
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_instagram_sandbox_host(lua_State *L)
{
  static const luaL_Reg functions[] = { { "start", host_start }, { NULL, NULL } };

  lua_newtable(L);
  igs_register(L, functions);
  igs_command_register(L);
  return 1;
}
