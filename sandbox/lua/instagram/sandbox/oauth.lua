--- The Authorization Window's rules: checks the address an app opened, then carries out
--- what a person chose. The page is pages/window.lua's; control calls come in by
--- calls_window.lua.

local apps = require "instagram.sandbox.apps"
local clock = require "instagram.sandbox.clock"
local errors = require "instagram.sandbox.errors"
local escape = require "instagram.sandbox.escape"
local flavours = require "instagram.sandbox.flavours"
local generator = require "instagram.sandbox.generator"
local tokens = require "instagram.sandbox.tokens"

local oauth = {}

local refuse = errors.refuse

local function base_of(uri) return (uri:gsub("%?.*$", "")) end

-- What the code will be bound to. The window compares the address up to its query, the
-- exchange the whole string (I): an extra query passes here and fails there. The token
-- generator's own page needs no registration.
local function match_redirect(world, app, sent, origin)
  if origin and sent == origin .. generator.path(app) then return sent end
  for _, uri in ipairs(apps.redirects(world, app.client_id)) do
    if sent == uri or base_of(sent) == uri then return uri end
  end
  refuse("window_redirect_uri", "'" .. tostring(sent) .. "' is not one of the app's: "
    .. table.concat(apps.redirects(world, app.client_id), " "))
end

-- The scopes that are meant, and the same as they were written.
local function split_scopes(world, flavour, text)
  local list, written, seen = {}, {}, {}
  for name in text:gmatch("[^,+%s]+") do
    local scope = flavours.scope(flavour, name, world.clock:now())
    if not seen[scope] then
      seen[scope] = true
      list[#list + 1], written[#written + 1] = scope, name
    end
  end
  return list, written
end

--- Refusals were JSON in the browser until about 2022, a page since then: "json" or
--- "html".
function oauth.style(world)
  local style = world.settings.window_errors
  if style ~= "auto" then return style end
  return world.clock:now() < clock.epoch(2023, 1, 1) and "json" or "html"
end

-- JSON printed a Python list, "Invalid scope: ['basic']"; the page prints the bare
-- name, "Invalid scope: user_profile" (O). Several names, or none, on a page: invented.
local function refuse_scopes(world, list, reason)
  local out, bare = {}, oauth.style(world) == "html"
  for i, name in ipairs(list) do
    out[i] = bare and name or "'" .. name:gsub("['\\]", "\\%0") .. "'"
  end
  local text = table.concat(out, ", ")
  refuse("window_scope", reason, bare and #list > 0 and text or "[" .. text .. "]")
end

-- Why the flavour does not know scopes of these names.
local function unknown_scopes(flavour, bad)
  for _, name in ipairs(bad) do
    if flavour.old_scopes[name] then
      return ("%s is called %s since 27 January 2025"):format(name,
        flavour.old_scopes[name])
    end
  end
  return flavour.name .. " has no " .. table.concat(bad, ", ")
end

local function check_scopes(world, flavour, text)
  local scopes, written = split_scopes(world, flavour, text)
  local bad, required = {}, false
  for _, scope in ipairs(scopes) do
    if not flavour.permissions[scope] then bad[#bad + 1] = scope end
    required = required or scope == flavour.required_scope
  end
  if flavours.is_gone(world, flavour) then
    refuse_scopes(world, written, "shutdown: Basic Display is gone")
  elseif #bad > 0 then
    refuse_scopes(world, bad, unknown_scopes(flavour, bad))
  elseif #scopes == 0 then
    refuse_scopes(world, {}, "no scope")
  elseif not required then
    refuse_scopes(world, written, flavour.required_scope
      .. " is required (invented: this text)")
  end
  return scopes
end

--- Checks an address of the window; refuses what the real one refuses.
---@param get function  name -> value|nil of a parameter
---@param origin string|nil  where the window stands: "http://127.0.0.1:8080"
---@return table window  app, flavour, scopes, redirect_uri, bound_to, state
function oauth.check(world, get, origin)
  local client_id = get("client_id") or get("app_id")
  if not client_id or client_id == "" then
    refuse("window_client_id", "client_id is missing")
  end
  local app, problem = apps.platform(world, client_id)
  if not app then refuse("window_platform_app", problem) end
  local flavour = flavours.of(app.flavour)
  local redirect_uri = get("redirect_uri") or ""
  local bound_to = match_redirect(world, app, redirect_uri, origin)
  if get("response_type") ~= "code" then
    refuse("window_response_type", "response_type must be code")
  end
  return { app = app, flavour = flavour, redirect_uri = redirect_uri,
    bound_to = bound_to, state = get("state"),
    scopes = check_scopes(world, flavour, get("scope") or "") }
end

local function redirect_to(window, pairs_list, tail)
  local uri, out = window.redirect_uri, {}
  for _, pair in ipairs(pairs_list) do
    out[#out + 1] = pair[1] .. "=" .. escape.form(pair[2])
  end
  if window.state and window.state ~= "" then
    out[#out + 1] = "state=" .. escape.form(window.state)
  end
  return uri .. (uri:find("?", 1, true) and "&" or "?") .. table.concat(out, "&")
    .. tail
end

-- The scopes a person leaves ticked: what was not asked for cannot be added, what is
-- required not be unticked.
local function granted(window, wanted, now)
  if not wanted then return window.scopes end
  local ticked, list = {}, {}
  for _, name in ipairs(wanted) do
    ticked[flavours.scope(window.flavour, name, now)] = true
  end
  for _, scope in ipairs(window.scopes) do
    local fixed = scope == window.flavour.required_scope
    if fixed or ticked[scope] or ticked[window.flavour.permissions[scope]] then
      list[#list + 1] = scope
    end
  end
  return list
end

--- Refuses a person the app may not log in.
function oauth.check_person(world, window, user)
  if not window.flavour.account_types[user.account_type] then
    refuse("window_no_scopes", user.account_type .. " accounts cannot use "
      .. window.flavour.name .. " (invented: this text)")
  end
  local yes, why = apps.may_use(world, window.app, user.id, window.scopes)
  if not yes then refuse("window_role", user.username .. ": " .. why) end
end

--- The app's grant when it covers, today, all that is asked for; nil otherwise.
function oauth.standing(world, window, user)
  local grant = tokens.find_grant(world, window.app, user)
  if not grant or world.clock:now() >= grant.expires then return nil end
  local has = "," .. grant.permissions .. ","
  for _, scope in ipairs(window.scopes) do
    local permission = window.flavour.permissions[scope]
    if not has:find("," .. permission .. ",", 1, true) then return nil end
  end
  return grant
end

--- The person's decision: the address their browser is sent to.
---@param choice table  user (a row of users), allow (default true), permissions (scopes
--- left ticked; nil: all)
---@param entry table  the journal's: what was chosen is written down there
---@return string address
function oauth.decide(world, window, choice, entry)
  entry.client_id, entry.user_id = window.app.client_id, choice.user.id
  entry.choice = choice.allow == false and "cancel" or "allow"
  oauth.check_person(world, window, choice.user)
  if choice.allow == false then
    -- whether a cancel brings the state back is not recorded: a switch
    local told = { redirect_uri = window.redirect_uri,
      state = world.settings.cancel_state and window.state or nil }
    return redirect_to(told, { { "error", "access_denied" },
      { "error_reason", "user_denied" },
      { "error_description", "The user denied your request" } }, "")
  end
  local scopes = granted(window, choice.permissions, world.clock:now())
  entry.granted = table.concat(scopes, ",")
  local code
  world.store:atomically(function()
    tokens.grant(world, window.app, choice.user, scopes)
    code = tokens.new_code(world, window.app, choice.user, scopes, window.bound_to)
  end)
  return redirect_to(window, { { "code", code } }, "#_")
end

return oauth
