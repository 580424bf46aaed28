/* The app's methods that start calls: arguments read and checked, then one function of
 * the core. Each returns its request at once. */
#include <string.h>

#include "lig_request.h"

enum { PARAMETERS_MAX = 64 };

struct call_reading {
  struct ig_call_opts opts;
  double now;
};

static struct call_reading read_call_options(lua_State *L, int index)
{
#define FIELD(name) offsetof(struct call_reading, opts.name)
  static const struct lig_opt options[] = {
      {"now", LIG_SECONDS, offsetof(struct call_reading, now), 0, 1e12},
      {"retries", LIG_COUNT, FIELD(retries), 0, 100},
      {"shrinkable", LIG_BOOL, FIELD(shrinkable), 0, 0},
      {"timeout", LIG_SECONDS, FIELD(timeout), 0.001, 86400},
      {"version", LIG_TEXT, FIELD(version), 0, 0},
      {NULL, LIG_ANY, 0, 0, 0}};
#undef FIELD
  struct call_reading reading = {ig_call_defaults(), 0};

  lig_read_options(L, index, options, &reading);
  if (reading.opts.version && !ig_version_number(reading.opts.version))
    luaL_error(L, "bad option 'version' (of the form \"v21.0\", got \"%s\")",
               reading.opts.version);
  return reading;
}

/* The order in each of these functions: the stack is given its size, texts are checked
 * (a number becomes one), the request is made; only then comes what is borrowed
 * (options, the app, the token), for whatever Lua makes may run a finalizer that closes
 * them or empties their table. */

/* The request on top of the stack takes the call; nobody waits for it yet. */
static int begin(lua_State *L, struct lig_request *self, struct ig_call *call,
                 double now)
{
  if (!call)
    return luaL_error(L, "memory is out");
  self->call = call;
  self->now = now;
  ig_call_attend(call, false);
  return 1;
}

/* The engine, the app and the token (NULL: none is needed), once nothing more is made:
 * they were checked before, too, so that no request is made in vain. */
static struct ig_engine *last_look(lua_State *L, struct ig_app **app,
                                   const struct ig_token **token)
{
  struct ig_engine *engine = lig_engine(L);

  *app = lig_check_app(L, 1);
  if (token)
    *token = &lig_check_token(L, 2)->core;
  return engine;
}

static void need_client(lua_State *L, const struct ig_app *app, bool redirect)
{
  if (!app->opts.client_id[0] && redirect)
    luaL_error(L, "the app has no client_id");
  if (!app->client_secret.size)
    luaL_error(L, "the app has no client_secret");
  if (redirect && !app->opts.redirect_uri)
    luaL_error(L, "the app has no redirect_uri");
}

/* app:exchange_code(code [, opts]) -> request for a short-lived token */
static int app_exchange_code(lua_State *L)
{
  struct ig_app *app = lig_check_app(L, 1);
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;
  size_t size;
  const char *code = luaL_checklstring(L, 2, &size);

  need_client(L, lig_check_app(L, 1), true);
  luaL_argcheck(L, size > 0, 2, "the code is empty");
  lua_settop(L, 3);
  self = lig_new_request(L, LIG_RESULT_TOKEN, 1, 0);
  reading = read_call_options(L, 3);
  engine = last_look(L, &app, NULL);
  return begin(L, self, ig_call_exchange_code(engine, app, code, size,
                                              &reading.opts), reading.now);
}

/* app:exchange_token(token [, opts]) -> request for a long-lived token */
static int app_exchange_token(lua_State *L)
{
  struct ig_app *app = lig_check_app(L, 1);
  const struct ig_token *token = &lig_check_token(L, 2)->core;
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;

  need_client(L, app, false);
  lua_settop(L, 3);
  self = lig_new_request(L, LIG_RESULT_TOKEN, 1, 2);
  reading = read_call_options(L, 3);
  engine = last_look(L, &app, &token);
  return begin(L, self, ig_call_exchange_token(engine, app, token, &reading.opts),
               reading.now);
}

/* app:refresh_token(token [, opts]) -> request that updates the token */
static int app_refresh_token(lua_State *L)
{
  struct ig_app *app = lig_check_app(L, 1);
  const struct ig_token *token = &lig_check_token(L, 2)->core;
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;

  lua_settop(L, 3);
  self = lig_new_request(L, LIG_RESULT_REFRESH, 1, 2);
  reading = read_call_options(L, 3);
  engine = last_look(L, &app, &token);
  return begin(L, self, ig_call_refresh_token(engine, app, token, &reading.opts),
               reading.now);
}

/* --- raw calls -------------------------------------------------------------------- */

static const char *text_at(lua_State *L, int index, const char *what)
{
  if (lua_isboolean(L, index))
    return lua_toboolean(L, index) ? "true" : "false";
  if (!lua_isstring(L, index))
    luaL_error(L, "bad %s (string expected, got %s)", what, luaL_typename(L, index));
  if (strlen(lua_tostring(L, index)) != lig_length(L, index))
    luaL_error(L, "bad %s (holds a zero byte)", what);
  return lua_tostring(L, index);
}

/* The pair {name, value} on top of the stack, left there: its strings are borrowed. */
static void read_pair(lua_State *L, struct ig_parameter *parameter)
{
  int pair = lua_gettop(L);

  if (!lua_istable(L, pair))
    luaL_error(L, "bad parameters (an array of {name, value} expected)");
  lua_rawgeti(L, pair, 1);
  lua_rawgeti(L, pair, 2);
  parameter->name = text_at(L, pair + 1, "name of a parameter");
  parameter->value = text_at(L, pair + 2, "value of a parameter");
}

static void refuse_token(lua_State *L, const char *name)
{
  if (strcmp(name, "access_token") == 0 || strcmp(name, "client_secret") == 0)
    luaL_error(L, "the parameter '%s' is not yours to send: the library adds what is "
                  "needed", name);
}

/* {fields = "id"} would be taken for an empty array. */
static void refuse_names(lua_State *L, int index)
{
  lua_pushnil(L);
  if (lua_next(L, index))
    luaL_error(L, "bad parameters (an array of {name, value} expected, got names as "
                  "keys)");
}

/* Names and values stay on the stack, above the arguments, until the call is made: curl
 * and the core copy them. */
static size_t read_parameters(lua_State *L, int index,
                              struct ig_parameter parameters[PARAMETERS_MAX])
{
  size_t count = 0, length, i;

  if (lua_isnoneornil(L, index))
    return 0;
  luaL_checktype(L, index, LUA_TTABLE);
  length = lig_length(L, index);
  if (length == 0)
    refuse_names(L, index);
  if (length > PARAMETERS_MAX)
    luaL_error(L, "too many parameters");
  luaL_checkstack(L, 3 * PARAMETERS_MAX + 20, "parameters");
  for (i = 1; i <= length; i++) {
    lua_rawgeti(L, index, (int)i);
    read_pair(L, &parameters[count]);
    refuse_token(L, parameters[count].name);
    count++;
  }
  return count;
}

/* A query where it does not belong may hold a token: it stays out of the message. */
static int refuse_path(lua_State *L, const char *path, const char *problem)
{
  lua_pushlstring(L, path, strcspn(path, "?#&=; \r\n"));
  return luaL_error(L, "bad path \"%s\" (it %s)", lua_tostring(L, -1), problem);
}

static int raw_call(lua_State *L, const char *method)
{
  struct ig_app *app = lig_check_app(L, 1);
  const struct ig_token *token = &lig_check_token(L, 2)->core;
  const char *path = lig_check_text(L, 3), *problem;
  struct ig_parameter parameters[PARAMETERS_MAX];
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;
  size_t count;

  problem = ig_path_problem(lig_check_app(L, 1), path);
  if (problem)
    return refuse_path(L, path, problem);
  lua_settop(L, 5);
  count = read_parameters(L, 4, parameters);
  self = lig_new_request(L, LIG_RESULT_TABLE, 1, 2);
  reading = read_call_options(L, 5);
  engine = last_look(L, &app, &token);
  return begin(L, self, ig_call_api(engine, app, token, method, path, parameters,
                                    count, &reading.opts), reading.now);
}

/* app:get(token, path [, {{name, value}, ...} [, opts]]) -> request for a table */
static int app_get(lua_State *L)
{
  return raw_call(L, "GET");
}

static int app_post(lua_State *L)
{
  return raw_call(L, "POST");
}

static int app_delete(lua_State *L)
{
  return raw_call(L, "DELETE");
}

/* --- files ------------------------------------------------------------------------ */

/* app:fetch(url [, opts]) -> request for bytes, content type */
static int app_fetch(lua_State *L)
{
  struct ig_app *app = lig_check_app(L, 1);
  const char *url = lig_check_text(L, 2);
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;

  lua_settop(L, 3);
  self = lig_new_request(L, LIG_RESULT_BYTES, 1, 0);
  reading = read_call_options(L, 3);
  engine = last_look(L, &app, NULL);
  return begin(L, self, ig_call_fetch(engine, app, url, &reading.opts), reading.now);
}

/* app:download(url, path [, opts]) -> request for {path, bytes, type, resumed} */
static int app_download(lua_State *L)
{
  struct ig_app *app = lig_check_app(L, 1);
  const char *url = lig_check_text(L, 2), *path = lig_check_text(L, 3);
  struct call_reading reading;
  struct lig_request *self;
  struct ig_engine *engine;

  luaL_argcheck(L, path[0], 3, "the path is empty");
  lua_settop(L, 4);
  self = lig_new_request(L, LIG_RESULT_FILE, 1, 0);
  lua_pushvalue(L, 3);
  lig_set_value(L, -2, "path");
  reading = read_call_options(L, 4);
  engine = last_look(L, &app, NULL);
  return begin(L, self, ig_call_download(engine, app, url, path, &reading.opts),
               reading.now);
}

const luaL_Reg lig_app_calls[] = {{"delete", app_delete},
                                  {"download", app_download},
                                  {"exchange_code", app_exchange_code},
                                  {"exchange_token", app_exchange_token},
                                  {"fetch", app_fetch},
                                  {"get", app_get},
                                  {"post", app_post},
                                  {"refresh_token", app_refresh_token},
                                  {NULL, NULL}};
