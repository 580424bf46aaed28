/* The request object: a call of the core that is under way, and its result as Lua
 * values. Results are pulled here, after curl has returned; nothing is called back. */
#include "lig_request.h"

#include <string.h>

static struct lig_request *check(lua_State *L)
{
  struct lig_request *self = lig_test(L, 1, LIG_REQUEST);

  if (!self)
    luaL_argerror(L, 1, "request expected");
  return self;
}

/* The call, or NULL when the result was taken or the request closed. */
static struct ig_call *running(lua_State *L)
{
  return check(L)->call;
}

struct lig_request *lig_new_request(lua_State *L, enum lig_result result, int app_index,
                                    int token_index)
{
  struct lig_request *self = lig_new(L, sizeof *self, LIG_REQUEST);

  self->result = result;
  lua_pushvalue(L, app_index);
  lig_set_value(L, -2, "app");
  if (token_index) {
    lua_pushvalue(L, token_index);
    lig_set_value(L, -2, "token");
  }
  return self;
}

/* --- while it runs ---------------------------------------------------------------- */

/* request:done() -> boolean */
static int request_done(lua_State *L)
{
  struct ig_call *call = running(L);

  lua_pushboolean(L, !call || ig_call_done(call));
  return 1;
}

/* request:ready() -> boolean: done, or new bytes since the last question */
static int request_ready(lua_State *L)
{
  struct ig_call *call = running(L);

  lua_pushboolean(L, !call || ig_call_ready(call));
  return 1;
}

/* request:attend(boolean): somebody waits, so its times run */
static int request_attend(lua_State *L)
{
  struct ig_call *call = running(L);

  luaL_checktype(L, 2, LUA_TBOOLEAN);
  if (call)
    ig_call_attend(call, lua_toboolean(L, 2) != 0);
  return 0;
}

/* request:cancel() */
static int request_cancel(lua_State *L)
{
  struct ig_call *call = running(L);

  if (call)
    ig_call_cancel(call);
  return 0;
}

static void push_notes(lua_State *L, const struct ig_call *call)
{
  int count, i;
  const struct ig_note *notes = ig_call_notes(call, &count);

  lua_newtable(L);
  for (i = 0; i < count; i++) {
    lua_createtable(L, 0, 4);
    lua_pushstring(L, ig_kind_name(notes[i].kind));
    lua_setfield(L, -2, "kind");
    lua_pushinteger(L, notes[i].status);
    lua_setfield(L, -2, "status");
    lua_pushinteger(L, notes[i].code);
    lua_setfield(L, -2, "code");
    lua_pushnumber(L, notes[i].wait);
    lua_setfield(L, -2, "wait");
    lua_rawseti(L, -2, i + 1);
  }
}

/* request:attempts() -> how often it was sent, array of {kind, status, code, wait} of
 * what went wrong before an attempt was made again (nil: nothing). After result(). */
static int request_attempts(lua_State *L)
{
  lua_pushinteger(L, check(L)->attempts);
  lig_push_value(L, 1, "notes");
  return 2;
}

/* What log and doctor ask for when the call itself is gone. */
static void keep_facts(lua_State *L, struct lig_request *self,
                       const struct ig_call *call)
{
  self->date = (double)ig_call_date(call);
  self->attempts = ig_call_attempts(call);
  if (self->attempts > 1) {
    push_notes(L, call);
    lig_set_value(L, 1, "notes");
  }
}

/* request:progress() -> bytes received, bytes in all | nil */
static int request_progress(lua_State *L)
{
  struct ig_call *call = running(L);
  long long received = 0, total = -1;

  if (call)
    ig_call_progress(call, &received, &total);
  lig_push_number(L, (double)received);
  if (total < 0)
    return 1;
  lig_push_number(L, (double)total);
  return 2;
}

/* request:date() -> the server's clock as its answer said it | nil. After result(). */
static int request_date(lua_State *L)
{
  double date = check(L)->date;

  if (date > 0)
    lig_push_number(L, date);
  else
    lua_pushnil(L);
  return 1;
}

static void free_call(struct lig_request *self)
{
  struct ig_call *call = self->call;

  self->call = NULL;
  ig_call_free(call);
}

static int request__gc(lua_State *L)
{
  struct lig_request *self = lig_test(L, 1, LIG_REQUEST);

  if (self)
    free_call(self);
  return 0;
}

static int request__tostring(lua_State *L)
{
  return lig_describe(L, LIG_REQUEST, running(L));
}

/* --- its result ------------------------------------------------------------------- */

static void set_text(lua_State *L, const char *name, const char *text)
{
  if (!text[0])
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

/* table, {status, version} */
static int push_table(lua_State *L, struct ig_call *call)
{
  const struct ig_secret *secret = ig_call_secret(call);
  struct ig_error error;
  size_t size;
  char *body = ig_call_body(call, &size);

  if (!lig_json_push(L, body, size, secret->data, secret->size, &error)) {
    ig_call_describe(call, &error);
    return lig_fail(L, &error);
  }
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, ig_call_status(call));
  lua_setfield(L, -2, "status");
  set_text(L, "version", ig_call_version(call));
  return 2;
}

/* A new token; an exchange carries over what the short-lived one knew. */
static int push_new_token(lua_State *L, struct ig_call *call, double now)
{
  struct lig_token *fresh, *old;
  struct ig_error error;

  lig_push_value(L, 1, "app");
  fresh = lig_new_token(L, lua_gettop(L));
  lig_push_value(L, 1, "token");
  old = lig_test(L, -1, LIG_TOKEN);
  if (old && !old->closed && ig_token_copy(&fresh->core, &old->core))
    return luaL_error(L, "memory is out");
  lua_pop(L, 1);
  if (ig_call_token(call, &fresh->core, now, &error))
    return lig_fail(L, &error);
  return 1;
}

/* The same token object, updated; one closed meanwhile stays closed. */
static int push_refreshed(lua_State *L, struct ig_call *call, double now)
{
  struct lig_token *token;
  struct ig_error error;

  lig_push_value(L, 1, "token");
  token = lig_check_token(L, lua_gettop(L));
  if (ig_call_token(call, &token->core, now, &error))
    return lig_fail(L, &error);
  return 1;
}

static int push_bytes(lua_State *L, struct ig_call *call)
{
  size_t size;
  const char *body = ig_call_body(call, &size);

  lua_pushlstring(L, body, size);
  lua_pushstring(L, ig_call_content_type(call));
  return 2;
}

/* {path, bytes, type, resumed} */
static int push_file(lua_State *L, struct ig_call *call)
{
  long long size, reused;

  ig_call_file(call, &size, &reused);
  lua_newtable(L);
  lig_push_value(L, 1, "path");
  lua_setfield(L, -2, "path");
  lig_push_number(L, (double)size);
  lua_setfield(L, -2, "bytes");
  lig_push_number(L, (double)reused);
  lua_setfield(L, -2, "resumed");
  set_text(L, "type", ig_call_content_type(call));
  return 1;
}

static double result_time(lua_State *L, const struct lig_request *self)
{
  double now;

  if (self->result != LIG_RESULT_TOKEN && self->result != LIG_RESULT_REFRESH)
    return 0;
  if (self->now > 0)
    return self->now;
  lig_push_value(L, 1, "app");
  now = lig_app_now(L, lua_gettop(L));
  lua_pop(L, 1);
  return now;
}

static int push_result(lua_State *L, enum lig_result result, struct ig_call *call,
                       double now)
{
  if (ig_call_error(call))
    return lig_fail(L, ig_call_error(call));
  switch (result) {
  case LIG_RESULT_TOKEN:
    return push_new_token(L, call, now);
  case LIG_RESULT_REFRESH:
    return push_refreshed(L, call, now);
  case LIG_RESULT_BYTES:
    return push_bytes(L, call);
  case LIG_RESULT_FILE:
    return push_file(L, call);
  default:
    return push_table(L, call);
  }
}

static void need_result(lua_State *L, const struct lig_request *self)
{
  if (!self->call)
    luaL_error(L, "the request's result was taken before");
  if (!ig_call_done(self->call))
    luaL_error(L, "the request is not done");
}

/* Takes the call over: what Lua runs while the result is made (a clock, finalizers) may
 * close the request. Pushes the new owner, which frees it should Lua raise. */
static struct lig_request *take_over(lua_State *L, struct lig_request *self)
{
  struct lig_request *owner = lua_newuserdata(L, sizeof *owner);

  memset(owner, 0, sizeof *owner);
  luaL_getmetatable(L, LIG_REQUEST);
  lua_setmetatable(L, -2);
  need_result(L, self);
  owner->call = self->call;
  self->call = NULL;
  return owner;
}

/* request:result() -> values by the kind of call | nil, message, err. Once. */
static int request_result(lua_State *L)
{
  struct lig_request *self = check(L), *owner;
  double now;
  int count;

  lua_settop(L, 1);
  need_result(L, self);
  now = ig_call_error(self->call) ? 0 : result_time(L, self);
  owner = take_over(L, self);
  keep_facts(L, self, owner->call);
  count = push_result(L, self->result, owner->call, now);
  free_call(owner); /* the body goes now, not at some collection */
  return count;
}

void lig_open_request(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"attempts", request_attempts}, {"attend", request_attend},
      {"cancel", request_cancel},
      {"close", request__gc},         {"date", request_date},
      {"done", request_done},
      {"progress", request_progress}, {"ready", request_ready},
      {"result", request_result},     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__close", request__gc},
                                         {"__gc", request__gc},
                                         {"__tostring", request__tostring},
                                         {NULL, NULL}};

  lig_class(L, LIG_REQUEST, methods, metamethods);
}
