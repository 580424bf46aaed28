/* Secrets as objects: from a file, the environment, a descriptor, or a new key. Their
 * bytes stay in the core; only reveal() makes a Lua string, because it was asked to. */
#include <limits.h>
#include <string.h>

#include "lig.h"

static struct lig_secret *check(lua_State *L)
{
  struct lig_secret *self = lig_test(L, 1, LIG_SECRET);

  if (!self)
    luaL_argerror(L, 1, "secret expected");
  if (self->closed)
    luaL_argerror(L, 1, "secret is closed");
  return self;
}

struct ig_secret lig_check_secret(lua_State *L, int index, const char *what)
{
  struct lig_secret *object = lig_test(L, index, LIG_SECRET);
  struct ig_secret view = {NULL, 0};

  if (object && object->closed)
    luaL_error(L, "bad %s (the secret is closed)", what);
  if (object) {
    view.data = (char *)ig_secret_text(&object->core, &view.size);
    return view;
  }
  if (lua_type(L, index) != LUA_TSTRING)
    luaL_error(L, "bad %s (string or secret expected, got %s)", what,
               luaL_typename(L, index));
  view.data = (char *)lua_tolstring(L, index, &view.size);
  if (view.size > IG_SECRET_MAX)
    luaL_error(L, "bad %s (longer than any secret)", what);
  return view;
}

void lig_check_key(lua_State *L, int index, unsigned char key[IG_KEY_SIZE])
{
  struct lig_secret *object = lig_test(L, index, LIG_SECRET);
  struct ig_secret view;

  /* Not by lig_check_secret alone: a raw key may end in what looks like a line end. */
  view = lig_check_secret(L, index, "key");
  if (object)
    view = object->core;
  if (!ig_secret_key(&view, key))
    luaL_error(L, "bad key (32 bytes expected, or these as 64 hex digits or 43 "
                  "characters of base64url)");
}

/* secret:reveal() -> string */
static int secret_reveal(lua_State *L)
{
  struct lig_secret *owner, *self;

  check(L);
  owner = lig_new_owner(L);
  self = check(L);
  return lig_push_copy(L, owner, self->core.data ? self->core.data : "",
                       self->core.size);
}

/* secret:save(path) -> true | nil, message, err: what is there is not overwritten */
static int secret_save(lua_State *L)
{
  const char *path;
  struct ig_error error;

  check(L);
  path = lig_check_text(L, 2); /* a number's text is made: the secret once more */
  if (ig_secret_save(&check(L)->core, path, &error))
    return lig_fail(L, &error);
  lua_pushboolean(L, 1);
  return 1;
}

static int secret__gc(lua_State *L)
{
  struct lig_secret *self = lig_test(L, 1, LIG_SECRET);

  if (self) {
    self->closed = true;
    ig_secret_free(&self->core);
  }
  return 0;
}

static int secret__len(lua_State *L)
{
  lua_pushinteger(L, (lua_Integer)check(L)->core.size);
  return 1;
}

static int secret__tostring(lua_State *L)
{
  struct lig_secret *self = lig_test(L, 1, LIG_SECRET);

  return lig_describe(L, LIG_SECRET, self && !self->closed ? self : NULL);
}

static struct lig_secret *new_secret(lua_State *L)
{
  return lig_new(L, sizeof(struct lig_secret), LIG_SECRET);
}

/* core.secret_file(path) -> secret | nil, message, err */
int lig_secret_file(lua_State *L)
{
  const char *path = lig_check_text(L, 1);
  struct lig_secret *self = new_secret(L);
  struct ig_error error;

  return ig_secret_file(&self->core, path, &error) ? lig_fail(L, &error) : 1;
}

/* core.secret_env(name) -> secret | nil, message, err */
int lig_secret_env(lua_State *L)
{
  const char *name = lig_check_text(L, 1);
  struct lig_secret *self = new_secret(L);
  struct ig_error error;

  return ig_secret_env(&self->core, name, &error) ? lig_fail(L, &error) : 1;
}

/* core.secret_fd(n) -> secret | nil, message, err */
int lig_secret_fd(lua_State *L)
{
  lua_Integer fd = luaL_checkinteger(L, 1);
  struct lig_secret *self = new_secret(L);
  struct ig_error error;

  luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, 1, "no descriptor");
  return ig_secret_fd(&self->core, (int)fd, &error) ? lig_fail(L, &error) : 1;
}

/* core.new_key() -> secret of 32 random bytes */
int lig_new_key(lua_State *L)
{
  struct lig_secret *self = new_secret(L);
  unsigned char key[IG_KEY_SIZE];
  enum ig_kind failed;

  if (!ig_crypto_start())
    return luaL_error(L, "the system gives no random bytes");
  ig_random(key, sizeof key);
  failed = ig_secret_set(&self->core, key, sizeof key);
  ig_wipe(key, sizeof key);
  return failed ? luaL_error(L, "memory is out") : 1;
}

void lig_open_secret(lua_State *L)
{
  static const luaL_Reg methods[] = {{"close", secret__gc},
                                     {"reveal", secret_reveal},
                                     {"save", secret_save},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__close", secret__gc},
                                         {"__gc", secret__gc},
                                         {"__len", secret__len},
                                         {"__tostring", secret__tostring},
                                         {NULL, NULL}};

  lig_class(L, LIG_SECRET, methods, metamethods);
}
