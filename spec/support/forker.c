/* fork and waitpid for specs, because plain Lua has neither: local fork, wait, pid.
 * Built when needed by spec/support/calls.lua. May know: lua.h, POSIX. */
#define _DEFAULT_SOURCE
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

int luaopen_forker(lua_State *L);

/* fork() -> process id of the child; 0 in the child */
static int forker_fork(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)fork());
  return 1;
}

/* wait(id) -> the number the child exited with | nil when a signal ended it */
static int forker_wait(lua_State *L)
{
  int status = 0;

  if (waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0) < 0 || !WIFEXITED(status))
    return 0;
  lua_pushinteger(L, WEXITSTATUS(status));
  return 1;
}

/* pid() -> the id of this process */
static int forker_pid(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

int luaopen_forker(lua_State *L)
{
  lua_newtable(L);
  lua_pushcfunction(L, forker_fork);
  lua_setfield(L, -2, "fork");
  lua_pushcfunction(L, forker_wait);
  lua_setfield(L, -2, "wait");
  lua_pushcfunction(L, forker_pid);
  lua_setfield(L, -2, "pid");
  return 1;
}
