/* Userdata in general: birth, type test, class tables, their own Lua values. */
#include <math.h>
#include <string.h>

#include "lig.h"

void *lig_new(lua_State *L, size_t size, const char *type)
{
  void *object = lua_newuserdata(L, size);

  memset(object, 0, size);
  lua_newtable(L);
  lig_set_values(L, -2);
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
  return object;
}

void *lig_test(lua_State *L, int index, const char *type)
{
  void *object = lua_touserdata(L, index);
  bool same;

  if (!object || lua_islightuserdata(L, index) || !lua_getmetatable(L, index))
    return NULL;
  luaL_getmetatable(L, type);
  same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? object : NULL;
}

static void set_functions(lua_State *L, const luaL_Reg *functions)
{
  for (; functions->name; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

void lig_class(lua_State *L, const char *type, const luaL_Reg *methods,
               const luaL_Reg *metamethods)
{
  luaL_newmetatable(L, type);
  set_functions(L, metamethods);
  lua_pushstring(L, type);
  lua_setfield(L, -2, "__name");
  lua_newtable(L);
  set_functions(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

struct lig_secret *lig_new_owner(lua_State *L)
{
  return lig_new(L, sizeof(struct lig_secret), LIG_SECRET);
}

void lig_own(struct lig_secret *owner, struct ig_buf *bytes)
{
  owner->core.size = bytes->size;
  owner->core.data = ig_buf_take(bytes);
}

int lig_push_owned(lua_State *L, struct lig_secret *owner, struct ig_buf *bytes)
{
  lig_own(owner, bytes);
  if (!owner->core.data)
    return luaL_error(L, "memory is out");
  lua_pushlstring(L, owner->core.data, owner->core.size);
  return 1;
}

int lig_push_copy(lua_State *L, struct lig_secret *owner, const char *text,
                  size_t size)
{
  if (!text) {
    lua_pushnil(L);
    return 1;
  }
  owner->core.data = ig_malloc(size + 1); /* a key may have zeros in it: no text */
  if (!owner->core.data)
    return luaL_error(L, "memory is out");
  memcpy(owner->core.data, text, size);
  lua_pushlstring(L, owner->core.data, size);
  ig_secret_free(&owner->core); /* it may be a secret: not left to some collection */
  return 1;
}

void lig_push_number(lua_State *L, double number)
{
#if LUA_VERSION_NUM >= 503
  if (number == floor(number) && fabs(number) < 9007199254740992.0) {
    lua_pushinteger(L, (lua_Integer)number);
    return;
  }
#endif
  lua_pushnumber(L, number);
}

void lig_add_methods(lua_State *L, const char *type, const luaL_Reg *methods)
{
  luaL_getmetatable(L, type);
  lua_getfield(L, -1, "__index");
  set_functions(L, methods);
  lua_pop(L, 2);
}

const char *lig_check_text(lua_State *L, int index)
{
  size_t size;
  const char *text = luaL_checklstring(L, index, &size);

  luaL_argcheck(L, strlen(text) == size, index, "it holds a zero byte");
  return text;
}

void lig_push_value(lua_State *L, int index, const char *name)
{
  lig_get_values(L, index);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

void lig_set_value(lua_State *L, int index, const char *name)
{
  lig_get_values(L, index);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

int lig_describe(lua_State *L, const char *type, const void *core)
{
  if (core)
    lua_pushfstring(L, "%s (%p)", type, core);
  else
    lua_pushfstring(L, "%s (closed)", type);
  return 1;
}
