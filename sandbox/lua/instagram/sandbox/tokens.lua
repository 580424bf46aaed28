--- Grants, Authorization Codes and tokens over time: who may read what,
-- since when, until when. Everything is driven by the sandbox's clock.

local apps = require "instagram.sandbox.apps"
local callbacks = require "instagram.sandbox.callbacks"
local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local compliance = require "instagram.sandbox.compliance"
local errors = require "instagram.sandbox.errors"
local flavours = require "instagram.sandbox.flavours"

local tokens = {}

local HOUR, DAY = 3600, 86400
tokens.long_life = 60 * DAY
local grant_life = 90 * DAY

--- When a short-lived token dies: one hour from now, rounded up to a full hour (O).
function tokens.short_expiry(now)
  return math.ceil((now + HOUR) / HOUR) * HOUR
end

--- Records what a person granted an app; a new grant replaces the old one.
---@param scopes table  scope names
function tokens.grant(world, app, user, scopes)
  local flavour, names = flavours.of(app.flavour), {}
  for i, scope in ipairs(scopes) do names[i] = flavour.permissions[scope] end
  local now = world.clock:now()
  world.store:run("INSERT OR REPLACE INTO grants (client_id, user_id, permissions, "
    .. "granted, expires) VALUES (?, ?, ?, ?, ?)", app.client_id, user.id,
    table.concat(names, ","), now, now + grant_life)
  world.store:run("DELETE FROM removals WHERE client_id = ? AND user_id = ?",
    app.client_id, user.id)
end

local function grant_of(world, app, user)
  return world.store:one("SELECT * FROM grants WHERE client_id = ? AND user_id = ?",
    app.client_id, user.id)
end

--- What a person granted an app (permissions, granted, expires), or nil.
function tokens.find_grant(world, app, user)
  return world.store:one("SELECT * FROM grants WHERE client_id = ? AND user_id = ?",
    app.client_id, user.id)
end

--- Makes an Authorization Code.
function tokens.new_code(world, app, user, scopes, redirect_uri)
  local code = world.ids:code(world.store:serial())
  world.store:insert("codes", { code = code, client_id = app.client_id,
    user_id = user.id, redirect_uri = redirect_uri,
    scopes = table.concat(scopes, ","), made = world.clock:now() })
  return code
end

--- The code's row, or nil.
function tokens.find_code(world, code)
  return world.store:one("SELECT * FROM codes WHERE code = ?", code)
end

--- A new token of a person for an app.
---@param kind "short"|"long"
---@param expires number  epoch
function tokens.make(world, app, user_id, kind, expires)
  local text = world.ids:token(app.flavour, kind, world.store:serial())
  world.store:insert("tokens", { token = text, client_id = app.client_id,
    user_id = user_id, kind = kind, made = world.clock:now(), expires = expires })
  return text
end

--- Spends a code: marks it used, answers with a short-lived token.
function tokens.spend_code(world, app, row)
  local now = world.clock:now()
  world.store:run("UPDATE codes SET used = ? WHERE code = ?", now, row.code)
  return tokens.make(world, app, row.user_id, "short", tokens.short_expiry(now))
end

-- Life of a refreshed token: 60 days less 0 to 10 minutes, as recorded.
local function refreshed_life(world, token)
  return tokens.long_life - 56 - world.ids:digest("refresh/" .. token):byte(1) * 2
end

-- "Long-lived access tokens for private Instagram accounts can now be refreshed": since
-- 30 June 2021 (D).
local private_since = clock.epoch(2021, 6, 30)

-- Why a token may not be refreshed: a refusal's name and plain words; nil when it may.
local function unrefreshable(session, now)
  local token = session.token
  if token.kind == "short" or now - token.made < DAY then
    return "too_young", "younger than 24 hours, or short-lived"
  elseif session.user.private == 1 and now < private_since then
    return "private_refresh", "of a private account, before 30 June 2021"
  end
end

--- Refreshes: token text and seconds to live; a third value says why it was not. Such a
--- token comes back as it is with its remaining life (O for young ones).
function tokens.refresh(world, session)
  local token, now = session.token, world.clock:now()
  local name, reason = unrefreshable(session, now)
  if name and world.settings.refresh_young == "reject" then
    errors.refuse(name, "refresh_young = reject: " .. reason)
  elseif name then
    return token.token, token.expires - now, reason
  end
  local life = refreshed_life(world, token.token)
  if session.user.private == 0 then -- a private account's grant is never extended (D)
    world.store:run("UPDATE grants SET expires = ? WHERE client_id = ? AND user_id = ?",
      now + grant_life, token.client_id, token.user_id)
  end
  if world.settings.refreshed_token == "same" then
    world.store:run("UPDATE tokens SET made = ?, expires = ? WHERE token = ?", now,
      now + life, token.token)
    return token.token, life
  end
  return tokens.make(world, session.app, token.user_id, "long", now + life), life
end

local function check_granted(world, app, user)
  if grant_of(world, app, user) then return end
  local removed = world.store:one("SELECT 1 AS yes FROM removals WHERE client_id = ? "
    .. "AND user_id = ?", app.client_id, user.id)
  check.misuse(removed and user.username .. " removed " .. app.name .. " already"
    or user.username .. " never gave " .. app.name .. " a permission")
end

--- Takes an app's grant away, as a person does in the settings; its tokens die, and
--- its deauthorize callback is called.
---@return number tokens  how many died
---@return number|nil callback  its id; nil when the app has no address for it
function tokens.remove_app(world, app, user)
  check_granted(world, app, user)
  world.store:run("INSERT OR REPLACE INTO removals (client_id, user_id, removed) "
    .. "VALUES (?, ?, ?)", app.client_id, user.id, world.clock:now())
  local callback = callbacks.queue(world, app, user, "deauthorize")
  local alive = world.store:one("SELECT count(*) AS n FROM tokens WHERE client_id = ? "
    .. "AND user_id = ? AND dead IS NULL AND expires > ?", app.client_id, user.id,
    world.clock:now()).n
  for _, name in ipairs({ "grants", "codes" }) do
    world.store:run("DELETE FROM " .. name .. " WHERE client_id = ? AND user_id = ?",
      app.client_id, user.id)
  end
  world.store:run("UPDATE tokens SET dead = 'removed' WHERE client_id = ? "
    .. "AND user_id = ? AND dead IS NULL", app.client_id, user.id)
  return alive, callback
end

--- What a person granted, the latest first: rows of apps with permissions, granted,
--- expires.
function tokens.grants_of(world, user)
  return world.store:all("SELECT apps.*, permissions, granted, expires FROM grants "
    .. "JOIN apps USING (client_id) WHERE user_id = ? ORDER BY granted DESC, name",
    user.id)
end

--- Apps a person removed, the latest first: rows of apps with removed.
function tokens.removed_by(world, user)
  return world.store:all("SELECT apps.*, removed FROM removals "
    .. "JOIN apps USING (client_id) WHERE user_id = ? ORDER BY removed DESC, name",
    user.id)
end

-- Of people without a role the app sees only what it has Advanced Access to.
local function permission_set(world, app, grant)
  local set = {}
  if not grant then return set end
  for name in grant.permissions:gmatch("[^,]+") do
    set[name] = apps.may_use(world, app, grant.user_id, { name }) or nil
  end
  return set
end

-- Everything that hangs on a token; read once per change of the store.
local function load_session(world, text)
  local token = world.store:one("SELECT * FROM tokens WHERE token = ?", text)
  if not token then return nil end
  local app = apps.find(world, token.client_id)
  local user = world.store:one("SELECT * FROM users WHERE id = ?", token.user_id)
  local grant = world.store:one("SELECT * FROM grants WHERE client_id = ? "
    .. "AND user_id = ?", token.client_id, token.user_id)
  local flavour = flavours.of(app.flavour)
  local may_use, why = apps.may_use(world, app, user.id, { flavour.required_scope })
  return {
    token = token, app = app, user = user, grant = grant, flavour = flavour,
    permissions = permission_set(world, app, grant),
    may_use = may_use, why = why, disrupted = compliance.is_disrupted(world, app),
    scoped_id = world.ids:scoped(app.client_id, user.id, flavour.scoped_length),
  }
end

--- The session behind a token text, or nil.
function tokens.session(world, text)
  local cache = world:cache("sessions", 1000)
  local session = cache:get(text)
  if session then return session end
  session = load_session(world, text)
  if session then cache:put(text, session) end
  return session
end

local dead = {
  password = { "session_changed", "the account changed its password" },
  removed = { "app_removed", "the person removed the app" },
}

--- Refuses a session that is dead or expired.
function tokens.check(world, session)
  local token, now = session.token, world.clock:now()
  if token.dead then
    errors.refuse(dead[token.dead][1], dead[token.dead][2], session.app.client_id)
  end
  if now >= token.expires then
    errors.refuse("session_expired", string.format("the token expired %.0f s ago",
      now - token.expires), clock.pacific(token.expires), clock.pacific(now))
  end
  local grant = session.grant
  if grant and now >= grant.expires and world.settings.grant_lapse == "token" then
    errors.refuse("session_expired", "the 90-day grant lapsed; grant_lapse = token",
      clock.pacific(grant.expires), clock.pacific(now))
  end
end

--- True when the grant covers all the permissions now.
function tokens.allows(world, session, permissions)
  local grant = session.grant
  if not grant or world.clock:now() >= grant.expires then return false end
  for _, name in ipairs(permissions) do
    if not session.permissions[name] then return false end
  end
  return true
end

return tokens
