/* The few differences between Lua 5.1 (and LuaJIT, which loads the same build) and 5.2
 * to 5.4, each behind one lig_ name. May know: lua.h, lauxlib.h. */
#ifndef LIG_COMPAT_H
#define LIG_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* An object's own table of Lua values. 5.1 gives a fresh userdata the globals there, so
 * an object that has one sets it at birth. */
#if LUA_VERSION_NUM >= 504
#define lig_set_values(L, index) ((void)lua_setiuservalue(L, index, 1))
#define lig_get_values(L, index) ((void)lua_getiuservalue(L, index, 1))
#elif LUA_VERSION_NUM >= 502
#define lig_set_values(L, index) lua_setuservalue(L, index)
#define lig_get_values(L, index) ((void)lua_getuservalue(L, index))
#else
#define lig_set_values(L, index) ((void)lua_setfenv(L, index))
#define lig_get_values(L, index) lua_getfenv(L, index)
#endif

#if LUA_VERSION_NUM >= 502
#define lig_length(L, index) lua_rawlen(L, index)
#else
#define lig_length(L, index) lua_objlen(L, index)
#endif

#endif
