/* The token object: what is known of a token, its refresh rule, sealing. The secret
 * stays in the core; only reveal() makes a Lua string, because it was asked to. */
#include <string.h>

#include "lig.h"

static struct lig_token *check_any(lua_State *L, int index)
{
  struct lig_token *self = lig_test(L, index, LIG_TOKEN);

  if (!self)
    luaL_argerror(L, index, "token expected");
  return self;
}

struct lig_token *lig_check_token(lua_State *L, int index)
{
  struct lig_token *self = check_any(L, index);

  if (self->closed)
    luaL_argerror(L, index, "token is closed");
  return self;
}

struct lig_token *lig_new_token(lua_State *L, int app_index)
{
  struct lig_token *self;

  lua_pushvalue(L, app_index);
  self = lig_new(L, sizeof *self, LIG_TOKEN);
  ig_token_init(&self->core);
  lua_insert(L, -2);
  lig_set_value(L, -2, "app");
  return self;
}

/* The time a method counts from: its argument, else the app's clock, which may close
 * the token: lig_check_token comes after. */
static double time_argument(lua_State *L, int index)
{
  double now;

  if (!lua_isnoneornil(L, index))
    return luaL_checknumber(L, index);
  lig_push_value(L, 1, "app");
  now = lig_app_now(L, lua_gettop(L));
  lua_pop(L, 1);
  return now;
}

static int push_time(lua_State *L, double seconds)
{
  if (seconds > 0)
    lig_push_number(L, seconds);
  else
    lua_pushnil(L);
  return 1;
}

/* --- making ----------------------------------------------------------------------- */

struct facts {
  const char *user_id, *kind, *permissions;
  double expires_at, obtained_at;
};

static const struct lig_opt token_options[] = {
    {"secret", LIG_ANY, 0, 0, 0},
    {"user_id", LIG_TEXT, offsetof(struct facts, user_id), 0, 0},
    {"kind", LIG_TEXT, offsetof(struct facts, kind), 0, 0},
    {"permissions", LIG_ANY, 0, 0, 0},
    {"expires_at", LIG_SECONDS, offsetof(struct facts, expires_at), 0, 1e12},
    {"obtained_at", LIG_SECONDS, offsetof(struct facts, obtained_at), 0, 1e12},
    {NULL, LIG_ANY, 0, 0, 0}};

static enum ig_token_kind kind_named(lua_State *L, const char *name)
{
  enum ig_token_kind kind;

  for (kind = IG_TOKEN_UNKNOWN; kind <= IG_TOKEN_LONG; kind++)
    if (strcmp(name, ig_token_kind_name(kind)) == 0)
      return kind;
  luaL_error(L, "bad option 'kind' (\"short\", \"long\" or \"unknown\" expected, got "
                "\"%s\")", name);
  return IG_TOKEN_UNKNOWN;
}

static const char *permission_text(lua_State *L, int index)
{
  const char *text = lua_tostring(L, index);

  if (strlen(text) != lig_length(L, index))
    luaL_error(L, "bad option 'permissions' (it holds a zero byte)");
  return text;
}

/* The permissions as a comma list: given so, or as an array of names. */
static const char *permission_list(lua_State *L, int index)
{
  luaL_Buffer list;
  int i, count;

  if (lua_isnil(L, index))
    return NULL;
  if (lua_type(L, index) == LUA_TSTRING)
    return permission_text(L, index);
  if (!lua_istable(L, index))
    luaL_error(L, "bad option 'permissions' (list of names expected, got %s)",
               luaL_typename(L, index));
  count = (int)lig_length(L, index);
  luaL_buffinit(L, &list);
  for (i = 1; i <= count; i++) {
    if (i > 1)
      luaL_addchar(&list, ',');
    lua_rawgeti(L, index, i);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "bad option 'permissions' (list of names expected)");
    luaL_addvalue(&list);
  }
  luaL_pushresult(&list);
  lua_replace(L, index);
  return permission_text(L, index);
}

static void check_secret_text(lua_State *L, const struct ig_secret *secret)
{
  size_t i;

  if (!secret->size)
    luaL_error(L, "bad option 'secret' (it is empty)");
  for (i = 0; i < secret->size; i++)
    if ((unsigned char)secret->data[i] <= ' ' || secret->data[i] == 0x7f)
      luaL_error(L, "bad option 'secret' (it holds blanks or control characters)");
}

static void fill(lua_State *L, struct ig_token *token, const struct ig_secret *secret,
                 const struct facts *facts)
{
  if (facts->user_id &&
      !ig_token_set_user_id(token, facts->user_id, strlen(facts->user_id)))
    luaL_error(L, "bad option 'user_id' (digits expected)");
  token->expires_at = ig_token_whole(facts->expires_at);
  token->obtained_at = ig_token_whole(facts->obtained_at);
  if (facts->permissions) {
    token->permissions = ig_strdup(facts->permissions);
    if (!token->permissions)
      luaL_error(L, "memory is out");
  }
  if (ig_secret_set(&token->secret, secret->data, secret->size))
    luaL_error(L, "memory is out");
}

/* app:token{secret, user_id, kind, permissions, expires_at, obtained_at} -> token */
int lig_app_token(lua_State *L)
{
  struct facts facts = {NULL, NULL, NULL, 0, 0};
  struct ig_secret secret;
  struct lig_token *self;

  lig_check_app(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_getfield(L, 2, "secret");
  lua_getfield(L, 2, "permissions");
  facts.permissions = permission_list(L, 4);
  self = lig_new_token(L, 1);
  lig_read_options(L, 2, token_options, &facts);
  if (facts.kind)
    self->core.kind = kind_named(L, facts.kind);
  if (lua_isnil(L, 3))
    return luaL_error(L, "bad option 'secret' (string or secret expected, got none)");
  secret = lig_check_secret(L, 3, "option 'secret'");
  check_secret_text(L, &secret);
  fill(L, &self->core, &secret, &facts);
  return 1;
}

static const char *context_text(lua_State *L, int index)
{
  return lua_isnil(L, index) ? NULL : lig_check_text(L, index);
}

/* What a sealed token is bound to: the app, and the caller's context (an account). Not
 * a Lua string: to make one might close the app. "" when nothing was added. */
static enum ig_kind bind_to(struct ig_buf *ad, const struct ig_app *app,
                            const char *context)
{
  enum ig_kind failed;

  ig_buf_init(ad, (size_t)1 << 20);
  failed = ig_buf_puts(ad, app->opts.client_id);
  if (!failed && context)
    failed = ig_buf_putc(ad, '\n');
  return failed || !context ? failed : ig_buf_puts(ad, context);
}

/* app:unseal(text, key [, context]) -> token | nil, message, err */
int lig_app_unseal(lua_State *L)
{
  size_t size;
  const char *text, *context;
  unsigned char key[IG_KEY_SIZE];
  struct lig_token *self;
  struct ig_error error;
  struct ig_app *app;
  struct ig_buf ad;

  lig_check_app(L, 1);
  lua_settop(L, 4);
  text = luaL_checklstring(L, 2, &size);
  context = context_text(L, 4);
  self = lig_new_token(L, 1);
  app = lig_check_app(L, 1);
  lig_check_key(L, 3, key);
  if (bind_to(&ad, app, context))
    ig_error_set(&error, IG_MEMORY, "memory is out");
  else if (!ig_token_unseal(&self->core, text, size, key, ad.data ? ad.data : "",
                            &error))
    ig_error_clear(&error);
  ig_wipe(key, sizeof key);
  ig_buf_free(&ad);
  return error.kind ? lig_fail(L, &error) : 1;
}

/* token:seal(key [, context]) -> text, bound to the app's client id and the context */
static int token_seal(lua_State *L)
{
  unsigned char key[IG_KEY_SIZE];
  struct lig_secret *owner;
  struct lig_token *self;
  struct ig_app *app;
  struct ig_buf text, ad;
  const char *context;
  enum ig_kind failed;

  lig_check_token(L, 1);
  lua_settop(L, 3);
  lig_push_value(L, 1, "app");
  context = context_text(L, 3);
  owner = lig_new_owner(L);
  app = lig_check_app(L, 4);
  self = lig_check_token(L, 1);
  lig_check_key(L, 2, key);
  ig_buf_init(&text, (size_t)1 << 20);
  failed = bind_to(&ad, app, context);
  if (!failed)
    failed = ig_token_seal(&self->core, key, ad.data ? ad.data : "", &text);
  ig_wipe(key, sizeof key);
  ig_buf_free(&ad);
  if (failed) {
    ig_buf_free(&text);
    return luaL_error(L, "memory is out");
  }
  return lig_push_owned(L, owner, &text);
}

/* --- what is known ---------------------------------------------------------------- */

static int token_kind(lua_State *L)
{
  lua_pushstring(L, ig_token_kind_name(lig_check_token(L, 1)->core.kind));
  return 1;
}

/* token:family() -> "basic_display", "instagram_login", "facebook" | nil: what its
 * first letters look like */
static int token_family(lua_State *L)
{
  const char *family = ig_token_family(&lig_check_token(L, 1)->core);

  if (family)
    lua_pushstring(L, family);
  else
    lua_pushnil(L);
  return 1;
}

/* token:user_id() -> string | nil */
static int token_user_id(lua_State *L)
{
  struct lig_secret *owner = lig_new_owner(L);
  const char *id = lig_check_token(L, 1)->core.user_id;

  return lig_push_copy(L, owner, id[0] ? id : NULL, strlen(id));
}

/* token:expires_at() -> seconds since 1970 | nil */
static int token_expires_at(lua_State *L)
{
  return push_time(L, lig_check_token(L, 1)->core.expires_at);
}

/* token:obtained_at() -> seconds since 1970 | nil */
static int token_obtained_at(lua_State *L)
{
  return push_time(L, lig_check_token(L, 1)->core.obtained_at);
}

/* token:expires_in([now]) -> whole seconds (0 when it is over) | nil */
static int token_expires_in(lua_State *L)
{
  double at = lig_check_token(L, 1)->core.expires_at, left;

  if (at <= 0)
    return push_time(L, 0);
  left = at - time_argument(L, 2);
  lig_push_number(L, left > 0 ? ig_token_whole(left) : 0);
  return 1;
}

static int push_answer(lua_State *L, int answer)
{
  if (answer < 0)
    lua_pushnil(L);
  else
    lua_pushboolean(L, answer);
  return 1;
}

/* token:expired([now]) -> boolean | nil (unknown) */
static int token_expired(lua_State *L)
{
  double now;

  lig_check_token(L, 1);
  now = time_argument(L, 2);
  return push_answer(L, ig_token_expired(&lig_check_token(L, 1)->core, now));
}

/* token:refreshable([now]) -> true | false, why | nil, why (age unknown) */
static int token_refreshable(lua_State *L)
{
  const char *why = NULL;
  double now;
  int answer;

  lig_check_token(L, 1);
  now = time_argument(L, 2);
  answer = ig_token_refreshable(&lig_check_token(L, 1)->core, now, &why);
  push_answer(L, answer);
  if (answer == 1)
    return 1;
  lua_pushstring(L, why);
  return 2;
}

/* token:extended() -> boolean | nil (not refreshed yet) */
static int token_extended(lua_State *L)
{
  return push_answer(L, lig_check_token(L, 1)->core.extended);
}

/* token:permissions() -> array of names | nil (the answer did not say) */
static int token_permissions(lua_State *L)
{
  struct lig_secret *owner = lig_new_owner(L);
  const char *at = lig_check_token(L, 1)->core.permissions;
  int count = 0;

  if (!at)
    return push_time(L, 0);
  lig_push_copy(L, owner, at, strlen(at));
  at = lua_tostring(L, -1);
  lua_newtable(L);
  while (*at) {
    size_t size = strcspn(at, ",");

    if (size) {
      lua_pushlstring(L, at, size);
      lua_rawseti(L, -2, ++count);
    }
    at += size + (at[size] == ',');
  }
  return 1;
}

/* token:permissions_expire_at() -> earliest, latest (an estimate) | nil */
static int token_permissions_expire_at(lua_State *L)
{
  double earliest, latest;

  if (!ig_token_permissions_expire(&lig_check_token(L, 1)->core, &earliest, &latest))
    return push_time(L, 0);
  push_time(L, earliest);
  push_time(L, latest);
  return 2;
}

/* token:reveal() -> the secret, as a Lua string: from here on it is the caller's to
 * guard */
static int token_reveal(lua_State *L)
{
  struct lig_secret *owner = lig_new_owner(L);
  const struct ig_secret *secret = &lig_check_token(L, 1)->core.secret;

  return lig_push_copy(L, owner, secret->data ? secret->data : "", secret->size);
}

static int token__gc(lua_State *L)
{
  struct lig_token *self = lig_test(L, 1, LIG_TOKEN);

  if (self) {
    self->closed = true;
    ig_token_wipe(&self->core);
    lig_engine_forget(L);
  }
  return 0;
}

static int token__tostring(lua_State *L)
{
  struct lig_token *self = check_any(L, 1);

  return lig_describe(L, LIG_TOKEN, self->closed ? NULL : self);
}

void lig_open_token(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"close", token__gc},
      {"expired", token_expired},
      {"expires_at", token_expires_at},
      {"expires_in", token_expires_in},
      {"extended", token_extended},
      {"family", token_family},
      {"kind", token_kind},
      {"obtained_at", token_obtained_at},
      {"permissions", token_permissions},
      {"permissions_expire_at", token_permissions_expire_at},
      {"refreshable", token_refreshable},
      {"reveal", token_reveal},
      {"seal", token_seal},
      {"user_id", token_user_id},
      {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__close", token__gc},
                                         {"__gc", token__gc},
                                         {"__tostring", token__tostring},
                                         {NULL, NULL}};

  lig_class(L, LIG_TOKEN, methods, metamethods);
}
