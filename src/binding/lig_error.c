/* struct ig_error as the error table of the manual, and the failure triple: the only
 * place that builds either. */
#include <stdio.h>
#include <string.h>

#include "lig.h"

static void set_text(lua_State *L, const char *name, const char *text)
{
  if (!text[0])
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_number(lua_State *L, const char *name, int number)
{
  if (!number)
    return;
  lua_pushinteger(L, number);
  lua_setfield(L, -2, name);
}

void lig_push_error(lua_State *L, const struct ig_error *error)
{
  lua_newtable(L);
  set_text(L, "kind", ig_kind_name(error->kind));
  set_text(L, "message", error->message);
  set_text(L, "advice", ig_error_advice(error));
  set_text(L, "type", error->type);
  set_text(L, "trace_id", error->trace_id);
  set_text(L, "request", error->request);
  set_number(L, "status", error->status);
  set_number(L, "code", error->code);
  set_number(L, "subcode", error->subcode);
  set_number(L, "attempts", error->attempts);
  lua_pushboolean(L, error->retryable);
  lua_setfield(L, -2, "retryable");
  if (error->retry_after >= 0) {
    lua_pushnumber(L, error->retry_after);
    lua_setfield(L, -2, "retry_after");
  }
  luaL_getmetatable(L, LIG_ERROR);
  lua_setmetatable(L, -2);
}

/* Left on the stack, for the table may not hold it long. */
static const char *text_field(lua_State *L, int index, const char *name)
{
  lua_getfield(L, index, name);
  return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
}

static int number_field(lua_State *L, int index, const char *name)
{
  int number;

  lua_getfield(L, index, name);
  number = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return number;
}

/* "token: Error validating access token: ... (HTTP 400, code 190)" */
static int error__tostring(lua_State *L)
{
  char place[64] = "";
  int status, code;

  luaL_checktype(L, 1, LUA_TTABLE);
  status = number_field(L, 1, "status");
  code = number_field(L, 1, "code");
  if (status && code && code != status)
    snprintf(place, sizeof place, " (HTTP %d, code %d)", status, code);
  else if (status)
    snprintf(place, sizeof place, " (HTTP %d)", status);
  lua_pushfstring(L, "%s: %s%s", text_field(L, 1, "kind"), text_field(L, 1, "message"),
                  place);
  return 1;
}

int lig_fail(lua_State *L, const struct ig_error *error)
{
  lua_pushnil(L);
  lig_push_error(L, error);
  lua_pushcfunction(L, error__tostring);
  lua_pushvalue(L, -2);
  lua_call(L, 1, 1);
  lua_insert(L, -2);
  return 3;
}

/* core.error(kind, message [, fields]) -> err: for errors that the Lua layer finds. */
int lig_error_function(lua_State *L)
{
  struct ig_error error;
  const char *name = luaL_checkstring(L, 1);
  enum ig_kind kind = ig_kind_by_name(name);

  luaL_argcheck(L, kind != IG_OK, 1, "no such kind of error");
  ig_error_set(&error, kind, "%s", luaL_checkstring(L, 2));
  lua_settop(L, 3);
  lig_push_error(L, &error);
  if (lua_istable(L, 3)) {
    lua_pushnil(L);
    while (lua_next(L, 3)) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, 4);
    }
  }
  return 1;
}

/* core.is_error(value) -> boolean */
int lig_is_error(lua_State *L)
{
  bool is = false;

  luaL_checkany(L, 1);
  if (lua_istable(L, 1) && lua_getmetatable(L, 1)) {
    luaL_getmetatable(L, LIG_ERROR);
    is = lua_rawequal(L, -1, -2) != 0;
  }
  lua_pushboolean(L, is);
  return 1;
}

void lig_open_error(lua_State *L)
{
  luaL_newmetatable(L, LIG_ERROR);
  lua_pushcfunction(L, error__tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, LIG_ERROR);
  lua_setfield(L, -2, "__name");
  lua_pop(L, 1);
}
