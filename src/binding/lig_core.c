/* The module instagram.core: its functions, its classes, and the one symbol it
 * exports. */
#include <string.h>

#include "lig.h"

#if defined(__GNUC__)
#define LIG_EXPORT __attribute__((visibility("default")))
#elif defined(_WIN32)
#define LIG_EXPORT __declspec(dllexport)
#else
#define LIG_EXPORT
#endif

LIG_EXPORT int luaopen_instagram_core(lua_State *L);

/* core.now() -> seconds since 1970 */
static int core_now(lua_State *L)
{
  lua_pushnumber(L, ig_os_time());
  return 1;
}

/* core.monotonic() -> seconds from some start, never jumping */
static int core_monotonic(lua_State *L)
{
  lua_pushnumber(L, ig_os_monotonic());
  return 1;
}

/* core.wipes() -> whether curl's memory is wiped too */
static int core_wipes(lua_State *L)
{
  lua_pushboolean(L, ig_http_wipes());
  return 1;
}

/* The text, unless making it failed. */
static int push_text(lua_State *L, struct lig_secret *owner, struct ig_buf *text,
                     enum ig_kind failed)
{
  return failed ? luaL_error(L, "memory is out") : lig_push_owned(L, owner, text);
}

/* core.random_text(bytes) -> base64url of so many random bytes */
static int core_random_text(lua_State *L)
{
  lua_Integer bytes = luaL_checkinteger(L, 1);
  struct lig_secret *owner;
  struct ig_buf text;

  luaL_argcheck(L, bytes > 0 && bytes <= 1024, 1, "1 to 1024 bytes");
  if (!ig_crypto_start())
    return luaL_error(L, "the system gives no random bytes");
  owner = lig_new_owner(L);
  ig_buf_init(&text, 4096);
  return push_text(L, owner, &text, ig_random_text(&text, (size_t)bytes));
}

/* core.hash(text, ...) -> 22 characters that tell these texts from others */
static int core_hash(lua_State *L)
{
  struct ig_part parts[16];
  struct lig_secret *owner;
  struct ig_buf text;
  int i, count = lua_gettop(L);

  luaL_argcheck(L, count <= 16, 17, "at most 16 texts");
  for (i = 0; i < count; i++)
    parts[i].data = luaL_checklstring(L, i + 1, &parts[i].size);
  owner = lig_new_owner(L);
  ig_buf_init(&text, 64);
  return push_text(L, owner, &text, ig_digest(&text, parts, (size_t)count));
}

/* core.json_decode(text) -> value | nil, message, err: as answers are read */
static int core_json_decode(lua_State *L)
{
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  char *copy = lua_newuserdata(L, size + 1);
  struct ig_error error;

  memcpy(copy, text, size + 1);
  return lig_json_push(L, copy, size, NULL, 0, &error) ? 1 : lig_fail(L, &error);
}

/* core.nearest(name, {candidates}) -> the most similar | nil */
static int core_nearest(lua_State *L)
{
  enum { MANY = 128 };
  const char *name = luaL_checkstring(L, 1), *names[MANY], *near;
  size_t count, i;

  luaL_checktype(L, 2, LUA_TTABLE);
  count = lig_length(L, 2) < MANY ? lig_length(L, 2) : MANY;
  for (i = 0; i < count; i++) {
    lua_rawgeti(L, 2, (int)i + 1);
    names[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    lua_pop(L, 1); /* the table holds it: nothing is made before the answer */
  }
  near = lig_nearest(name, names, count);
  for (i = 0; near && names[i] != near; i++)
    ;
  if (near) /* the string itself: only the table holds it, and may not for long */
    lua_rawgeti(L, 2, (int)i + 1);
  return near ? 1 : 0;
}

static const luaL_Reg functions[] = {{"app", lig_app},
                                     {"engine", lig_engine_function},
                                     {"error", lig_error_function},
                                     {"hash", core_hash},
                                     {"is_error", lig_is_error},
                                     {"json_decode", core_json_decode},
                                     {"monotonic", core_monotonic},
                                     {"nearest", core_nearest},
                                     {"new_key", lig_new_key},
                                     {"now", core_now},
                                     {"random_text", core_random_text},
                                     {"same", lig_same},
                                     {"seal", lig_seal},
                                     {"secret_env", lig_secret_env},
                                     {"secret_fd", lig_secret_fd},
                                     {"secret_file", lig_secret_file},
                                     {"set_clock", lig_set_clock},
                                     {"unseal", lig_unseal},
                                     {"wipes", core_wipes},
                                     {NULL, NULL}};

static void set_constants(lua_State *L)
{
  lua_pushliteral(L, IG_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushstring(L, ig_http_version());
  lua_setfield(L, -2, "_CURL");
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  luaL_getmetatable(L, LIG_ERROR);
  lua_setfield(L, -2, "error_mt");
  lig_push_files(L);
  lua_setfield(L, -2, "files");
  lig_push_flavours(L);
  lua_setfield(L, -2, "flavours");
}

int luaopen_instagram_core(lua_State *L)
{
  const luaL_Reg *function;

  ig_http_start(); /* before any token exists: curl must have our allocator by then */
  ig_crypto_start();
  lig_open_error(L);
  lig_open_secret(L);
  lig_open_app(L);
  lig_open_engine(L);
  lig_open_request(L);
  lig_open_token(L);
  lua_newtable(L);
  for (function = functions; function->name; function++) {
    lua_pushcfunction(L, function->func);
    lua_setfield(L, -2, function->name);
  }
  set_constants(L);
  return 1;
}
