/* What differs between Lua 5.1 (and LuaJIT, which loads the 5.1 build) and 5.2 to 5.4.
 * Everything of the sandbox's host is called igs_*: the client's ig_* is another house.
 * May know: lua.h. */
#ifndef IGS_COMPAT_H
#define IGS_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define igs_rawlen lua_objlen
#define igs_getuservalue lua_getfenv
#define igs_setuservalue lua_setfenv
#else
#define igs_rawlen lua_rawlen
#define igs_getuservalue lua_getuservalue
#define igs_setuservalue lua_setuservalue
#endif

/* Calls fn(L) with the light userdata as its only argument, protected from the first
 * push on; 0 or an error status with the error value on the stack. */
static inline int igs_protected(lua_State *L, lua_CFunction fn, void *data)
{
#if LUA_VERSION_NUM < 502
  return lua_cpcall(L, fn, data);
#else
  lua_pushcfunction(L, fn); /* light: allocates nothing since 5.2 */
  lua_pushlightuserdata(L, data);
  return lua_pcall(L, 1, 0, 0);
#endif
}

/* An integer where Lua has them, else the nearest number (5.1's lua_Integer may be
 * 32 bits wide). */
static inline void igs_pushinteger(lua_State *L, int64_t number)
{
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)number);
#else
  lua_pushnumber(L, (lua_Number)number);
#endif
}

/* Adds the functions to the table on top of the stack. */
static inline void igs_register(lua_State *L, const luaL_Reg *functions)
{
  for (; functions->name; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

/* A metatable with these metamethods and, under __index, these methods; it stays on the
 * stack. Made once per state and name. */
static inline void igs_class(lua_State *L, const char *name,
                             const luaL_Reg *metamethods, const luaL_Reg *methods)
{
  if (luaL_newmetatable(L, name)) {
    igs_register(L, metamethods);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_newtable(L);
    igs_register(L, methods);
    lua_setfield(L, -2, "__index");
  }
}

#endif
