/* The rules' answer: a Lua table becomes a struct. Everything read is at once the
 * reply's own, so that a raise in the middle loses nothing. May know: lua.h. */
#define _POSIX_C_SOURCE 200809L
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat.h"

void igs_reply_init(struct igs_reply *reply)
{
  memset(reply, 0, sizeof *reply);
  reply->status = 200;
  reply->fault.delay = reply->fault.rate = -1;
  reply->fault.truncate = reply->fault.stall_after = -1;
  reply->fault.head_rate = reply->fault.length = -1;
}

void igs_reply_free(struct igs_reply *reply)
{
  igs_buf_free(&reply->headers);
  free(reply->body);
  free(reply->file);
  igs_reply_init(reply);
}

static bool set_body(struct igs_reply *reply, const char *bytes, size_t size)
{
  reply->body = malloc(size + 1);
  if (!reply->body)
    return false;
  memcpy(reply->body, bytes, size);
  reply->body[size] = '\0';
  reply->body_size = size;
  return true;
}

void igs_reply_text(struct igs_reply *reply, unsigned status, const char *text,
                    size_t size)
{
  igs_reply_free(reply);
  reply->status = status;
  igs_reply_header(reply, "Content-Type", "text/plain; charset=utf-8");
  set_body(reply, text, size);
}

bool igs_reply_header(struct igs_reply *reply, const char *name, const char *value)
{
  size_t before = reply->headers.size;

  if (igs_buf_add(&reply->headers, name, strlen(name) + 1)
      && igs_buf_add(&reply->headers, value, strlen(value) + 1))
    return true;
  reply->headers.size = before;
  return false;
}

const char *igs_reply_next(const struct igs_reply *reply, const char *name)
{
  if (!name)
    return reply->headers.size ? reply->headers.data : NULL;
  name += strlen(name) + 1;
  name += strlen(name) + 1;
  return name < reply->headers.data + reply->headers.size ? name : NULL;
}

const char *igs_reply_find(const struct igs_reply *reply, const char *name)
{
  const char *at = NULL;

  for (at = igs_reply_next(reply, NULL); at; at = igs_reply_next(reply, at))
    if (strcasecmp(at, name) == 0)
      return at + strlen(at) + 1;
  return NULL;
}

/* The text on top of the stack, without zeros in it; raises naming the header. */
static const char *header_text(lua_State *L, int number)
{
  size_t size;
  const char *text = lua_tolstring(L, -1, &size);

  if (!text)
    luaL_error(L, "response.headers[%d]: {name, value} expected", number);
  if (strlen(text) != size || strpbrk(text, "\r\n"))
    luaL_error(L, "response.headers[%d]: line end or zero byte inside", number);
  return text;
}

static void read_headers(lua_State *L, int index, struct igs_reply *reply)
{
  int i, count = (int)igs_rawlen(L, index);

  for (i = 1; i <= count; i++) {
    const char *name, *value;

    lua_rawgeti(L, index, i);
    if (!lua_istable(L, -1))
      luaL_error(L, "response.headers[%d]: {name, value} expected", i);
    lua_rawgeti(L, -1, 1);
    name = header_text(L, i);
    lua_rawgeti(L, -2, 2);
    value = header_text(L, i);
    if (!*name || !igs_reply_header(reply, name, value))
      luaL_error(L, "response.headers[%d]: no name, or no memory", i);
    lua_pop(L, 3);
  }
}

static double read_number(lua_State *L, int index, const char *name)
{
  double number = -1;

  lua_getfield(L, index, name);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TNUMBER || lua_tonumber(L, -1) < 0)
      luaL_error(L, "response.fault.%s: number expected", name);
    number = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return number;
}

static bool read_boolean(lua_State *L, int index, const char *name)
{
  bool yes;

  lua_getfield(L, index, name);
  yes = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return yes;
}

static void read_fault(lua_State *L, int index, struct igs_fault *fault)
{
  fault->delay = read_number(L, index, "delay");
  fault->rate = read_number(L, index, "slow");
  fault->truncate = read_number(L, index, "truncate");
  fault->stall_after = read_number(L, index, "stall_after");
  fault->head_rate = read_number(L, index, "slow_headers");
  fault->length = read_number(L, index, "length");
  fault->reset = read_boolean(L, index, "reset");
  fault->close = read_boolean(L, index, "close");
}

static void read_status(lua_State *L, int index, struct igs_reply *reply)
{
  lua_getfield(L, index, "status");
  if (!lua_isnil(L, -1)) {
    double status = lua_tonumber(L, -1);

    if (!(status >= 200 && status <= 999))
      luaL_error(L, "response.status: 200 to 999 expected");
    reply->status = (unsigned)status;
  }
  lua_pop(L, 1);
}

static void read_content(lua_State *L, int index, struct igs_reply *reply)
{
  const char *text;
  size_t size;

  lua_getfield(L, index, "file");
  lua_getfield(L, index, "body");
  if (!lua_isnil(L, -2)) {
    text = lua_tostring(L, -2);
    if (!text)
      luaL_error(L, "response.file: path expected");
    reply->file = strdup(text);
  } else if (!lua_isnil(L, -1)) {
    text = lua_tolstring(L, -1, &size);
    if (!text)
      luaL_error(L, "response.body: string expected");
    if (!set_body(reply, text, size))
      luaL_error(L, "response.body: no memory");
  }
  lua_pop(L, 2);
}

void igs_reply_read(lua_State *L, int index, struct igs_reply *reply)
{
  if (!lua_istable(L, index))
    luaL_error(L, "response: table expected, got %s", luaL_typename(L, index));
  luaL_checkstack(L, 8, "response");
  read_status(L, index, reply);
  read_content(L, index, reply);
  reply->gzip = read_boolean(L, index, "gzip");
  lua_getfield(L, index, "headers");
  if (lua_istable(L, -1))
    read_headers(L, lua_gettop(L), reply);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "response.headers: array of {name, value} expected");
  lua_getfield(L, index, "fault");
  if (lua_istable(L, -1))
    read_fault(L, lua_gettop(L), &reply->fault);
  else if (!lua_isnil(L, -1))
    luaL_error(L, "response.fault: table expected");
  lua_pop(L, 2);
}
