--- The three token endpoints: code for a short-lived token, short for
--- long-lived, refresh. The order of checks is what recorded refusals suggest.

local access = require "instagram.sandbox.access"
local apps = require "instagram.sandbox.apps"
local errors = require "instagram.sandbox.errors"
local flavours = require "instagram.sandbox.flavours"
local json = require "instagram.sandbox.json"
local respond = require "instagram.sandbox.respond"
local tokens = require "instagram.sandbox.tokens"

local exchange = {}

local refuse = errors.refuse

-- A field of the form; the very first documents called two of them app_id, app_secret.
-- Lenient mode also looks into the query, as no real server does.
local function field(ctx, name, alias)
  local value = ctx:form(name) or alias and ctx:form(alias)
  if not value and ctx:param(name)
    and ctx:forgives(name .. " stands in the query, not in the form") then
    value = ctx:param(name)
  end
  if not value or value == "" then
    refuse("missing_field", "the form has no " .. name, name)
  end
  return value
end

local function read_form(ctx)
  local form = {}
  form.client_id = field(ctx, "client_id", "app_id")
  form.client_secret = field(ctx, "client_secret", "app_secret")
  form.grant_type = field(ctx, "grant_type")
  form.redirect_uri = field(ctx, "redirect_uri")
  form.code = field(ctx, "code")
  return form
end

local function known_app(ctx, client_id)
  local app, problem = apps.platform(ctx.world, client_id)
  if not app then refuse("platform_app", problem) end
  ctx.entry.client_id = app.client_id
  if flavours.is_gone(ctx.world, flavours.of(app.flavour)) then
    refuse("platform_app", "shutdown: Basic Display is gone")
  end
  return app
end

-- The row of a usable code.
local function good_code(ctx, app, code)
  if code:find("#_$") and ctx:forgives("the code still ends in #_") then
    code = code:gsub("#_$", "")
  end
  if not code:match("^AQ[%w_-]+$") then
    refuse("invalid_code", code:find("#_$") and "the code still ends in #_"
      or "the code is not of the form AQ...")
  end
  local row = tokens.find_code(ctx.world, code)
  if not row then
    refuse("invalid_code", "no such code was ever given, or it is gone: a new "
      .. "password or the app's removal ends open codes")
  end
  if row.client_id ~= app.client_id then
    refuse("invalid_code", "the code belongs to another app (invented: this text)")
  end
  if row.used then refuse("code_used", "the code was spent before") end
  if ctx.now >= row.made + 3600 then
    refuse("code_expired", "the code is older than one hour")
  end
  return row
end

-- An account that changed its kind since the window gave the code (invented): the token
-- would be good for nothing.
local function check_account(ctx, app, row)
  local problem = access.wrong_kind(ctx.world, app, row.user_id)
  if problem then refuse("invalid_code", problem) end
end

local function same_redirect(ctx, sent, wanted)
  if sent == wanted then return true end
  return sent:gsub("%?.*$", "") == wanted:gsub("%?.*$", "")
    and ctx:forgives("redirect_uri has a query that the registered one lacks")
end

local function check_secret_and_redirect(ctx, app, row, form)
  if form.client_secret ~= app.secret then
    local name = ctx.world.settings.wrong_secret == "secret" and "flat_client_secret"
      or "verification"
    refuse(name, "client_secret is wrong")
  end
  if not same_redirect(ctx, form.redirect_uri, row.redirect_uri) then
    refuse("verification", "redirect_uri is '" .. form.redirect_uri
      .. "', the window's was '" .. row.redirect_uri .. "'")
  end
end

local function list_of(text)
  local list = json.array({})
  for name in text:gmatch("[^,]+") do list[#list + 1] = name end
  return list
end

-- Wrapped: the form Meta's page prints, which no recording shows; a switch.
local function short_answer(ctx, app, row, token)
  local flavour = flavours.of(app.flavour)
  local id = row.user_id
  if flavour.token_id == "scoped" then
    id = ctx.world.ids:scoped(app.client_id, row.user_id, flavour.scoped_length)
  end
  if ctx.world.settings.token_shape == "wrapped" then
    return json.object("data", json.array({ json.object("access_token", token,
      "user_id", id, "permissions", row.scopes) }))
  end
  local token_type
  if not ctx.world.settings.strict then token_type = "bearer" end
  return json.object("access_token", token, "user_id", json.raw(id),
    "permissions", flavour.token_permissions and list_of(row.scopes) or nil,
    "token_type", token_type)
end

--- POST /oauth/access_token.
function exchange.code(ctx)
  ctx.entry.endpoint = "code exchange"
  local form = read_form(ctx)
  local app = known_app(ctx, form.client_id)
  if form.grant_type ~= "authorization_code" then
    refuse("flat_grant_type", "grant_type must be authorization_code")
  end
  local row = good_code(ctx, app, form.code)
  check_secret_and_redirect(ctx, app, row, form)
  check_account(ctx, app, row)
  local token
  ctx.world.store:atomically(function()
    token = tokens.spend_code(ctx.world, app, row)
  end)
  ctx.entry.user_id = row.user_id
  return respond.flat(ctx, short_answer(ctx, app, row, token))
end

local function long_answer(ctx, token, life)
  return respond.graph(ctx, json.graph(json.object("access_token", token,
    "token_type", "bearer", "expires_in", math.floor(life))))
end

local function needed(ctx, name)
  local value = ctx:param(name)
  if not value or value == "" then
    refuse("parameter_required", name .. " is missing", name)
  end
  return value
end

local function check_grant(ctx, wanted)
  if needed(ctx, "grant_type") ~= wanted then
    refuse("grant_type", "grant_type must be " .. wanted)
  end
end

-- The secret is checked before the token (O): without a known token, against all apps.
local function check_secret(ctx, secret)
  local text = ctx:token()
  local session = text and tokens.session(ctx.world, text)
  for _, app in ipairs(session and { session.app } or apps.all(ctx.world)) do
    if app.secret == secret then return end
  end
  refuse("client_secret", "client_secret is wrong")
end

--- GET /access_token. `session` gives the session of the request's token, or refuses.
function exchange.long(ctx, session)
  ctx.entry.endpoint = "token exchange"
  check_grant(ctx, "ig_exchange_token")
  check_secret(ctx, needed(ctx, "client_secret"))
  local found = session(ctx)
  if found.token.kind == "long" then
    if ctx.world.settings.exchange_long == "reject" then
      refuse("long_lived_exchanged", "the token is long-lived already")
    end
    return long_answer(ctx, found.token.token, found.token.expires - ctx.now)
  end
  local text
  ctx.world.store:atomically(function()
    text = tokens.make(ctx.world, found.app, found.user.id, "long",
      ctx.now + tokens.long_life)
  end)
  return long_answer(ctx, text, tokens.long_life)
end

--- GET /refresh_access_token.
function exchange.refresh(ctx, session)
  ctx.entry.endpoint = "token refresh"
  check_grant(ctx, "ig_refresh_token")
  local found = session(ctx)
  local required = found.flavour.user.read
  if not tokens.allows(ctx.world, found, required) then
    refuse("no_permission", "the grant of " .. required[1] .. " is missing or lapsed")
  end
  local text, life, kept
  ctx.world.store:atomically(function()
    text, life, kept = tokens.refresh(ctx.world, found)
  end)
  if kept then ctx:note("not extended: " .. kept) end
  return long_answer(ctx, text, life)
end

return exchange
