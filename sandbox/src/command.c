/* The system's part of the command, as functions of instagram.sandbox.host.
 * May know: lua.h, spawn.h, files of the system. */
#define _GNU_SOURCE /* environ */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "listen.h"
#include "spawn.h"

/* An array of n + 1 pointers that Lua frees; it stays on the stack. */
static char **new_list(lua_State *L, size_t n)
{
  char **list = lua_newuserdata(L, (n + 1) * sizeof *list);

  memset(list, 0, (n + 1) * sizeof *list);
  return list;
}

/* The text at list[i]; the table keeps it alive. */
static const char *text_at(lua_State *L, int index, size_t i)
{
  const char *text;

  lua_rawgeti(L, index, (int)i);
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "bad argument #%d to 'run' (strings expected)", index);
  text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text;
}

static char **read_words(lua_State *L, int index)
{
  size_t count, i;
  char **words;

  luaL_checktype(L, index, LUA_TTABLE);
  count = igs_rawlen(L, index);
  luaL_argcheck(L, count > 0, index, "a program expected");
  words = new_list(L, count);
  for (i = 0; i < count; i++)
    words[i] = (char *)text_at(L, index, i + 1);
  return words;
}

static int same_name(const char *entry, const char *change)
{
  size_t length = strcspn(change, "=");

  return strncmp(entry, change, length) == 0 && entry[length] == '=';
}

/* Our own environment with changes: "NAME=VALUE" sets, "NAME" takes away. */
static char **changed_environment(lua_State *L, int index)
{
  size_t count, own = 0, used = 0, i, k;
  char **list;

  luaL_checktype(L, index, LUA_TTABLE);
  count = igs_rawlen(L, index);
  while (environ[own])
    own++;
  list = new_list(L, own + count);
  for (i = 0; i < own; i++) {
    for (k = 1; k <= count && !same_name(environ[i], text_at(L, index, k)); k++)
      ;
    if (k > count)
      list[used++] = environ[i];
  }
  for (k = 1; k <= count; k++) {
    const char *change = text_at(L, index, k);

    if (strchr(change, '='))
      list[used++] = (char *)change;
  }
  return list;
}

static int fail(lua_State *L, int number)
{
  lua_pushnil(L);
  lua_pushstring(L, strerror(number));
  lua_pushboolean(L, number == ENOENT || number == ENOTDIR);
  return 3;
}

/* host.run(words, changes) -> exit code | nil, message, there is no such program */
static int command_run(lua_State *L)
{
  char **words, **environment;
  int code;

  lua_settop(L, 2);
  words = read_words(L, 1);
  environment = changed_environment(L, 2);
  code = igs_spawn_run(words, environment);
  if (code < 0)
    return fail(L, errno);
  lua_pushinteger(L, code);
  return 1;
}

/* host.private_folder(parent) -> path | nil, message: a new one, ours alone. */
static int command_private_folder(lua_State *L)
{
  const char *parent = luaL_checkstring(L, 1);
  const char *pattern = lua_pushfstring(L, "%s/instagram-sandbox-XXXXXX", parent);
  size_t size = strlen(pattern) + 1;
  char *path = lua_newuserdata(L, size);

  memcpy(path, pattern, size);
  if (!mkdtemp(path))
    return fail(L, errno);
  lua_pushstring(L, path);
  return 1;
}

/* host.is_terminal(descriptor) */
static int command_is_terminal(lua_State *L)
{
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* host.reach(address) -> "loopback" | "beyond" | nil: no IP address */
static int command_reach(lua_State *L)
{
  enum igs_reach reach = igs_listen_reach(luaL_checkstring(L, 1));

  if (reach == IGS_REACH_NONE)
    lua_pushnil(L);
  else
    lua_pushstring(L, reach == IGS_REACH_LOOPBACK ? "loopback" : "beyond");
  return 1;
}

static int command_hold_signals(lua_State *L)
{
  (void)L;
  igs_spawn_hold_signals();
  return 0;
}

void igs_command_register(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "run", command_run },
    { "private_folder", command_private_folder },
    { "is_terminal", command_is_terminal },
    { "reach", command_reach },
    { "hold_signals", command_hold_signals },
    { NULL, NULL },
  };

  igs_register(L, functions);
}
