/* The app object: settings by a table, the Authorization Window's address, the
 * redirect, signed requests. Its calls are in lig_calls.c. */
#include <string.h>

#include "lig.h"

enum { EXTRA_MAX = 8 };

/* What the options table is read into: texts first, then resolved. */
struct reading {
  struct ig_app_opts opts;
  const char *flavour;
};

#define FIELD(name) offsetof(struct reading, opts.name)
static const struct lig_opt app_options[] = {
    {"flavour", LIG_TEXT, offsetof(struct reading, flavour), 0, 0},
    {"client_id", LIG_TEXT, FIELD(client_id), 0, 0},
    {"client_secret", LIG_ANY, 0, 0, 0},
    {"redirect_uri", LIG_TEXT, FIELD(redirect_uri), 0, 0},
    {"version", LIG_TEXT, FIELD(version), 0, 0},
    {"base_url", LIG_TEXT, FIELD(base_url), 0, 0},
    {"timeout", LIG_SECONDS, FIELD(timeout), 0.001, 86400},
    {"connect_timeout", LIG_SECONDS, FIELD(connect_timeout), 0.001, 86400},
    {"stall_timeout", LIG_SECONDS, FIELD(stall_timeout), 0.001, 86400},
    {"retries", LIG_COUNT, FIELD(retries), 0, 100},
    {"max_body", LIG_BYTES, FIELD(max_body), 1024, 1e12},
    {"proxy", LIG_TEXT, FIELD(proxy), 0, 0},
    {"cainfo", LIG_TEXT, FIELD(cainfo), 0, 0},
    {"user_agent", LIG_TEXT, FIELD(user_agent), 0, 0},
    {NULL, LIG_ANY, 0, 0, 0}};
#undef FIELD

static const struct ig_flavour *flavour_named(lua_State *L, const char *name)
{
  const struct ig_flavour *flavour = ig_flavour_by_name(name), *each;
  const char *names[8], *near;
  size_t count = 0;

  if (flavour)
    return flavour;
  for (each = ig_flavours; each->name && count < 8; each++)
    names[count++] = each->name;
  near = lig_nearest(name, names, count);
  if (near)
    luaL_error(L, "bad option 'flavour' ('%s' is none; did you mean '%s'?)", name,
               near);
  luaL_error(L, "bad option 'flavour' ('%s' is none; there are '%s' and '%s')", name,
             names[0], names[1]);
  return NULL;
}

static struct lig_app *check_any(lua_State *L, int index)
{
  struct lig_app *self = lig_test(L, index, LIG_APP);

  if (!self)
    luaL_argerror(L, index, "app expected");
  return self;
}

struct ig_app *lig_check_app(lua_State *L, int index)
{
  struct lig_app *self = check_any(L, index);

  if (!self->core)
    luaL_argerror(L, index, "app is closed");
  return self->core;
}

/* core.app{...} -> app */
int lig_app(lua_State *L)
{
  struct reading reading = {ig_app_defaults(), NULL};
  struct ig_secret secret;
  struct ig_error error;
  struct lig_app *self;

  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  self = lig_new(L, sizeof *self, LIG_APP);
  lua_getfield(L, 1, "client_secret");
  lig_read_options(L, 1, app_options, &reading);
  if (reading.flavour)
    reading.opts.flavour = flavour_named(L, reading.flavour);
  if (!lua_isnil(L, 3)) {
    secret = lig_check_secret(L, 3, "option 'client_secret'");
    reading.opts.client_secret = &secret;
  }
  self->core = ig_app_new(&reading.opts, &error);
  if (!self->core)
    return luaL_error(L, "%s", error.message);
  lua_settop(L, 2);
  return 1;
}

/* core.set_clock(app, fn | nil): fn() -> seconds since 1970, for this app's tokens */
int lig_set_clock(lua_State *L)
{
  lig_check_app(L, 1);
  if (!lua_isnoneornil(L, 2))
    luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  lig_set_value(L, 1, "now");
  return 0;
}

double lig_app_now(lua_State *L, int app_index)
{
  double now;

  lig_push_value(L, app_index, "now");
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return ig_os_time();
  }
  lua_call(L, 0, 1);
  if (lua_type(L, -1) != LUA_TNUMBER)
    luaL_error(L, "the app's now() gave a %s, not a number of seconds",
               luaL_typename(L, -1));
  now = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return now;
}

/* --- what it was made with -------------------------------------------------------- */

/* The text (or NULL) at this place among the app's settings. */
static int push_setting(lua_State *L, size_t offset)
{
  struct lig_secret *owner = lig_new_owner(L);
  const char *opts = (const char *)&lig_check_app(L, 1)->opts;
  const char *text = *(const char *const *)(const void *)(opts + offset);

  return lig_push_copy(L, owner, text, text ? strlen(text) : 0);
}

static int app_flavour(lua_State *L)
{
  lua_pushstring(L, lig_check_app(L, 1)->opts.flavour->name);
  return 1;
}

static int app_client_id(lua_State *L)
{
  return push_setting(L, offsetof(struct ig_app_opts, client_id));
}

static int app_has_secret(lua_State *L)
{
  lua_pushboolean(L, lig_check_app(L, 1)->client_secret.size != 0);
  return 1;
}

static int app_redirect_uri(lua_State *L)
{
  return push_setting(L, offsetof(struct ig_app_opts, redirect_uri));
}

static int app_version(lua_State *L)
{
  return push_setting(L, offsetof(struct ig_app_opts, version));
}

static int app_base_url(lua_State *L)
{
  return push_setting(L, offsetof(struct ig_app_opts, base_url));
}

/* --- logging in ------------------------------------------------------------------- */

/* One member of authorize_url's table into the login; what is not ours is a parameter
 * of the window, as text: booleans and numbers too (force_reauth = true). */
static void read_member(lua_State *L, struct ig_login *login,
                        struct ig_parameter extra[EXTRA_MAX])
{
  const char *name = lua_tostring(L, -2), *value;

  if (lua_isboolean(L, -1))
    value = lua_toboolean(L, -1) ? "true" : "false";
  else if (lua_type(L, -1) == LUA_TSTRING)
    value = lua_tostring(L, -1);
  else {
    luaL_error(L, "bad option '%s' (string or boolean expected, got %s)", name,
               luaL_typename(L, -1));
    return;
  }
  if (!lua_isboolean(L, -1) && strlen(value) != lig_length(L, -1))
    luaL_error(L, "bad option '%s' (holds a zero byte)", name);
  if (strcmp(name, "scope") == 0)
    login->scope = value;
  else if (strcmp(name, "state") == 0)
    login->state = value;
  else if (login->extra_count == EXTRA_MAX)
    luaL_error(L, "too many parameters for the Authorization Window");
  else {
    extra[login->extra_count].name = name;
    extra[login->extra_count++].value = value;
  }
}

static void read_login(lua_State *L, int index, struct ig_login *login,
                       struct ig_parameter extra[EXTRA_MAX])
{
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "options have names, got a %s as a key", luaL_typename(L, -2));
    read_member(L, login, extra);
    lua_pop(L, 1);
  }
}

/* app:authorize_url{scope, state, ...} -> url. The one buffer of this file that is
 * alive while Lua may raise is copied into a string at once: no secret is in it. */
static int app_authorize_url(lua_State *L)
{
  struct ig_app *app;
  struct ig_parameter extra[EXTRA_MAX];
  struct ig_login login;
  struct ig_error error;
  struct lig_secret *owner;
  struct ig_buf url;

  owner = lig_new_owner(L); /* may run a finalizer: before the app is looked at */
  app = lig_check_app(L, 1);
  memset(&login, 0, sizeof login);
  login.flavour = app->opts.flavour;
  login.base_url = app->opts.base_url;
  login.client_id = app->opts.client_id;
  login.redirect_uri = app->opts.redirect_uri;
  login.extra = extra;
  read_login(L, 2, &login, extra);
  if (!login.client_id[0] || !login.redirect_uri)
    return luaL_error(L, "the app has no %s",
                      login.redirect_uri ? "client_id" : "redirect_uri");
  ig_buf_init(&url, (size_t)64 * 1024);
  if (ig_authorize_url(&url, &login, &error)) {
    ig_buf_free(&url);
    return luaL_error(L, "%s", error.message);
  }
  return lig_push_owned(L, owner, &url);
}

/* app:read_redirect(text, state | false) -> code | nil, message, err */
static int app_read_redirect(lua_State *L)
{
  size_t size;
  const char *text, *state = NULL;
  struct lig_secret *owner;
  struct ig_buf code;
  struct ig_error error;
  enum ig_kind failed;

  lig_check_app(L, 1);
  text = luaL_checklstring(L, 2, &size);
  if (!lua_isboolean(L, 3) || lua_toboolean(L, 3))
    state = lig_check_text(L, 3);
  owner = lig_new_owner(L);
  ig_buf_init(&code, IG_REDIRECT_MAX);
  failed = ig_redirect_read(text, size, state, &code, &error);
  if (failed) {
    ig_buf_free(&code);
    return lig_fail(L, &error);
  }
  return lig_push_owned(L, owner, &code);
}

/* --- signed requests -------------------------------------------------------------- */

struct signed_options {
  double now, max_age;
};

/* app:read_signed_request(text [, {now, max_age}]) -> payload | nil, message, err */
static int app_read_signed_request(lua_State *L)
{
  static const struct lig_opt options[] = {
      {"now", LIG_SECONDS, offsetof(struct signed_options, now), 0, 1e12},
      {"max_age", LIG_SECONDS, offsetof(struct signed_options, max_age), 0, 1e12},
      {NULL, LIG_ANY, 0, 0, 0}};
  struct ig_app *app = lig_check_app(L, 1);
  struct signed_options opts = {lig_app_now(L, 1), 3600};
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  struct lig_secret *owner;
  struct ig_buf payload;
  struct ig_error error;
  enum ig_kind failed;

  lig_read_options(L, 3, options, &opts);
  owner = lig_new_owner(L);
  app = lig_check_app(L, 1); /* now: the clock may have closed it */
  if (!app->client_secret.size)
    return luaL_error(L, "the app has no client_secret to check a signed request with");
  ig_buf_init(&payload, IG_SIGNED_MAX);
  failed = ig_signed_request_read(text, size, &app->client_secret, opts.now,
                                  opts.max_age, &payload, &error);
  lig_own(owner, &payload);
  if (failed)
    return lig_fail(L, &error);
  if (!lig_json_push(L, owner->core.data, owner->core.size, NULL, 0, &error))
    return lig_fail(L, &error);
  return 1;
}

/* --- its usage and its end -------------------------------------------------------- */

static void set_share(lua_State *L, const char *name, double share)
{
  if (share < 0)
    return;
  lig_push_number(L, share);
  lua_setfield(L, -2, name);
}

/* app:usage() -> {call_count, total_time, total_cputime, worst, regain_after} | nil */
static int app_usage(lua_State *L)
{
  struct ig_engine *engine = lig_engine(L);
  const struct ig_usage *known = ig_engine_usage(engine, lig_check_app(L, 1));
  struct ig_usage usage;

  if (!known)
    return 0;
  usage = *known;
  lua_newtable(L);
  set_share(L, "call_count", usage.call_count);
  set_share(L, "total_time", usage.total_time);
  set_share(L, "total_cputime", usage.total_cputime);
  set_share(L, "worst", ig_usage_worst(&usage));
  set_share(L, "regain_after", usage.regain_seconds);
  return 1;
}

static int app__gc(lua_State *L)
{
  struct lig_app *self = lig_test(L, 1, LIG_APP);

  if (self) {
    struct ig_app *core = self->core;

    self->core = NULL;
    ig_app_release(core);
    lig_engine_forget(L);
  }
  return 0;
}

static int app__tostring(lua_State *L)
{
  return lig_describe(L, LIG_APP, check_any(L, 1)->core);
}

void lig_open_app(lua_State *L)
{
  static const luaL_Reg methods[] = {{"authorize_url", app_authorize_url},
                                     {"base_url", app_base_url},
                                     {"client_id", app_client_id},
                                     {"close", app__gc},
                                     {"flavour", app_flavour},
                                     {"has_secret", app_has_secret},
                                     {"read_redirect", app_read_redirect},
                                     {"read_signed_request", app_read_signed_request},
                                     {"redirect_uri", app_redirect_uri},
                                     {"token", lig_app_token},
                                     {"unseal", lig_app_unseal},
                                     {"usage", app_usage},
                                     {"version", app_version},
                                     {NULL, NULL}};
  static const luaL_Reg metamethods[] = {
      {"__gc", app__gc}, {"__tostring", app__tostring}, {NULL, NULL}};

  lig_class(L, LIG_APP, methods, metamethods);
  lig_add_methods(L, LIG_APP, lig_app_calls);
}
