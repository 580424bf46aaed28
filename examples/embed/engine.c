/* A host program with Lua 5.4 inside and the module linked in statically, as a game
 * engine does it where there is no dlopen: the C core through package.preload, the Lua
 * files from a folder (an engine would put them into its own archive).
 *
 *   ./engine path/to/lua/ script.lua [argument ...] */
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_instagram_core(lua_State *L);

static void preload(lua_State *L, const char *name, lua_CFunction open)
{
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, open);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

static void set_path(lua_State *L, const char *folder)
{
  lua_getglobal(L, "package");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", folder, folder);
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, ""); /* nothing is loaded from shared libraries */
  lua_setfield(L, -2, "cpath");
  lua_pop(L, 1);
}

/* The script gives a function frame(), called until it returns false: the engine's
 * loop. */
static int play(lua_State *L, int argc, char **argv)
{
  int i, more = 1;

  if (luaL_loadfile(L, argv[2]))
    return 1;
  for (i = 3; i < argc; i++)
    lua_pushstring(L, argv[i]);
  if (lua_pcall(L, argc - 3, 1, 0))
    return 1;
  while (more) {
    lua_pushvalue(L, -1);
    if (lua_pcall(L, 0, 1, 0))
      return 1;
    more = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  return 0;
}

int main(int argc, char **argv)
{
  lua_State *L;
  int failed;

  if (argc < 3) {
    fprintf(stderr, "usage: %s LUA-FOLDER SCRIPT [ARGUMENT ...]\n", argv[0]);
    return 2;
  }
  L = luaL_newstate();
  if (!L)
    return 1;
  luaL_openlibs(L);
  preload(L, "instagram.core", luaopen_instagram_core);
  set_path(L, argv[1]);
  failed = play(L, argc, argv);
  if (failed)
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
