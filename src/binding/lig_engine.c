/* The engine of a Lua state: made at first use, found again by name in the registry. */
#include "lig.h"

#define INSTANCE "instagram.engine.instance"

struct lig_engine {
  struct ig_engine *core; /* NULL: closed */
};

static struct lig_engine *make(lua_State *L, bool use_poll)
{
  struct lig_engine *self = lig_new(L, sizeof *self, LIG_ENGINE);
  struct ig_error error;

  self->core = ig_engine_new(use_poll, &error);
  if (!self->core)
    luaL_error(L, "the engine cannot be made: %s", error.message);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, INSTANCE);
  return self;
}

/* Pushes the engine object. */
static struct lig_engine *instance(lua_State *L, bool use_poll)
{
  struct lig_engine *self;

  lua_getfield(L, LUA_REGISTRYINDEX, INSTANCE);
  self = lig_test(L, -1, LIG_ENGINE);
  if (self && self->core)
    return self;
  lua_pop(L, 1);
  return make(L, use_poll);
}

static struct ig_engine *usable(lua_State *L, const struct lig_engine *self)
{
  if (!self->core)
    luaL_error(L, "the engine is closed");
  if (ig_engine_forked(self->core))
    luaL_error(L, "the engine crossed a fork: its connections are the parent's; make "
                  "the first call after the fork (in the worker, not before)");
  return self->core;
}

struct ig_engine *lig_engine(lua_State *L)
{
  struct ig_engine *core = usable(L, instance(L, true));

  lua_pop(L, 1);
  return core;
}

void lig_engine_forget(lua_State *L)
{
  struct lig_engine *self;

  lua_getfield(L, LUA_REGISTRYINDEX, INSTANCE);
  self = lig_test(L, -1, LIG_ENGINE);
  lua_pop(L, 1);
  if (self && self->core)
    ig_engine_forget(self->core);
}

static struct ig_engine *check(lua_State *L)
{
  struct lig_engine *self = lig_test(L, 1, LIG_ENGINE);

  if (!self)
    luaL_argerror(L, 1, "engine expected");
  return usable(L, self);
}

/* core.engine([{pollfd = false}]) -> engine. The option only counts before first
 * use. */
int lig_engine_function(lua_State *L)
{
  static const struct lig_opt options[] = {{"pollfd", LIG_BOOL, 0, 0, 0},
                                           {NULL, LIG_ANY, 0, 0, 0}};
  bool use_poll = true;

  lig_read_options(L, 1, options, &use_poll);
  instance(L, use_poll);
  return 1;
}

/* engine:step([seconds]) -> requests not done */
static int engine_step(lua_State *L)
{
  struct ig_engine *core = check(L);
  double seconds = luaL_optnumber(L, 2, 0);

  luaL_argcheck(L, seconds >= 0 && seconds <= 86400, 2, "seconds from 0 to 86400");
  lua_pushinteger(L, ig_engine_step(core, seconds));
  return 1;
}

/* engine:timeout() -> seconds | nil */
static int engine_timeout(lua_State *L)
{
  double seconds = ig_engine_timeout(check(L));

  if (seconds < 0)
    lua_pushnil(L);
  else
    lua_pushnumber(L, seconds);
  return 1;
}

/* engine:pollfd() -> descriptor | nil */
static int engine_pollfd(lua_State *L)
{
  int fd = ig_engine_descriptor(check(L));

  if (fd < 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, fd);
  return 1;
}

/* engine:events() -> "r": what to watch the descriptor for */
static int engine_events(lua_State *L)
{
  check(L);
  lua_pushliteral(L, "r");
  return 1;
}

/* engine:pending() -> requests not done */
static int engine_pending(lua_State *L)
{
  lua_pushinteger(L, ig_engine_pending(check(L)));
  return 1;
}

/* engine:close(): requests that run end as cancelled; the next call makes a new
 * engine. */
static int engine__gc(lua_State *L)
{
  struct lig_engine *self = lig_test(L, 1, LIG_ENGINE);

  if (self) {
    struct ig_engine *core = self->core;

    self->core = NULL;
    ig_engine_free(core);
  }
  return 0;
}

static int engine__tostring(lua_State *L)
{
  struct lig_engine *self = lig_test(L, 1, LIG_ENGINE);

  return lig_describe(L, LIG_ENGINE, self ? self->core : NULL);
}

void lig_open_engine(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"close", engine__gc},       {"events", engine_events},
      {"pending", engine_pending}, {"pollfd", engine_pollfd},
      {"step", engine_step},       {"timeout", engine_timeout},
      {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", engine__gc}, {"__tostring", engine__tostring}, {NULL, NULL}};

  lig_class(L, LIG_ENGINE, methods, metamethods);
}
