--- Apps of developers: client ids, secrets, addresses, type, mode, version. What Meta
--- asks of them is said in requirements, access, reviews and compliance.

local access = require "instagram.sandbox.access"
local check = require "instagram.sandbox.check"
local compliance = require "instagram.sandbox.compliance"
local flavours = require "instagram.sandbox.flavours"
local requirements = require "instagram.sandbox.requirements"
local text = require "instagram.sandbox.text"
local versions = require "instagram.sandbox.versions"

local apps = {}

local misuse = check.misuse

--- The demo apps every sandbox starts with; their values never change.
apps.demo = {
  { client_id = "6810427395018264", flavour = "basic_display", type = "consumer",
    name = "Sandbox Basic Display", secret = "3f9ad0c6b17e4582a6d0c94be25f7183" },
  { client_id = "1725038640915527", flavour = "instagram_login", type = "business",
    name = "Sandbox Instagram Login", secret = "c85e17b2f04d49a3916be3d7a02c68f4" },
}

apps.redirect_uri = "https://localhost/auth/"

--- What an app may be made with, or changed to (`type` and `flavour` only made with).
apps.members = { name = "string", mode = "string", version = "string",
  redirect_uris = "table", deauthorize_url = "string", deletion_url = "string",
  privacy_url = "string", product = "boolean" }

-- --- finding ------------------------------------------------------------------------

--- The app of that id, or nil.
function apps.find(world, client_id)
  return world.store:one("SELECT * FROM apps WHERE client_id = ?", client_id)
end

--- The first app of a flavour: the one `credentials` hands out.
function apps.of_flavour(world, flavour)
  flavours.of(flavour)
  return world.store:one("SELECT * FROM apps WHERE flavour = ? ORDER BY rowid", flavour)
end

--- The app a control call names by `client_id` or `flavour`, or a misuse error.
function apps.chosen(world, args)
  if args.client_id then
    local app = apps.find(world, args.client_id)
      or misuse("no app has the client_id " .. args.client_id)
    if args.flavour and args.flavour ~= app.flavour then
      misuse(("the app %s is not of flavour '%s'"):format(app.client_id, args.flavour))
    end
    return app
  end
  return apps.of_flavour(world, args.flavour or "instagram_login")
    or misuse("no app of that flavour")
end

--- All apps, oldest first.
function apps.all(world)
  return world.store:all("SELECT * FROM apps ORDER BY rowid")
end

--- The id of the Meta app around an Instagram app: shown in Settings > Basic, and often
--- sent in place of the Instagram App ID ("Invalid platform app").
function apps.meta_id(world, app)
  return "4" .. world.ids:digits("meta/" .. app.client_id, 14)
end

local function why_unknown(world, client_id)
  for _, app in ipairs(apps.all(world)) do
    if apps.meta_id(world, app) == client_id then
      return "this is the Meta App ID of '" .. app.name .. "': use its Instagram App ID"
    end
  end
  return "no app has the client_id " .. client_id
end

--- The app that may log people in under a client_id; nil and why there is none.
---@return table|nil app
---@return string|nil reason
function apps.platform(world, client_id)
  local app = apps.find(world, client_id)
  if not app then return nil, why_unknown(world, client_id) end
  local problem = access.platform_problem(app)
  if problem then return nil, problem end
  return app
end

--- True when the app may use these permissions of this person; else false and why.
apps.may_use = access.may_use

--- The app's redirect addresses.
function apps.redirects(world, client_id)
  local uris = {}
  for i, row in ipairs(world.store:all(
    "SELECT uri FROM redirects WHERE client_id = ? ORDER BY rowid", client_id)) do
    uris[i] = row.uri
  end
  return uris
end

-- --- making and changing ------------------------------------------------------------

-- "The App Dashboard may have added a trailing slash" (D); to which addresses it does
-- is not recorded: to those without a path, a query, or to all, is a setting.
local function with_slash(world, uri)
  local choice = world.settings.redirect_slash
  local bare = uri:find("^https?://[^/?]+$")
  if choice ~= "never" and bare or choice == "always" and not uri:find("[/?]$")
    and not uri:find("?", 1, true) then
    return uri .. "/"
  end
  return uri
end

local function add_redirects(world, client_id, uris)
  if #uris == 0 then misuse("redirect_uris: at least one address expected") end
  for i, uri in ipairs(uris) do
    if uri == "" then misuse("redirect_uris[" .. i .. "] is empty") end
    uri = text.address("redirect_uris[" .. i .. "]", uri)
    world.store:run("INSERT OR IGNORE INTO redirects (client_id, uri) VALUES (?, ?)",
      client_id, with_slash(world, uri))
  end
end

local function new_secret(world)
  return world.native.sha1_hex(world.ids:digest("secret/" .. world.store:serial()))
    :sub(1, 32)
end

local function new_client_id(world)
  local id
  repeat
    id = "7" .. world.ids:digits("app/" .. world.store:serial(), 15)
  until not apps.find(world, id)
  return id
end

local types = { none = true, consumer = true, business = true }

--- Makes an app.
---@param app table  flavour, name, type ("consumer" for Basic Display, "business" for
--- the successor), client_id and secret (else new ones), and what `update` takes
---@return table row
function apps.add(world, app)
  flavours.of(app.flavour)
  local kind = app.type or app.flavour == "basic_display" and "consumer" or "business"
  if not types[kind] then misuse 'type must be "consumer", "business" or "none"' end
  local id, now = app.client_id or new_client_id(world), world.clock:now()
  world.store:insert("apps", { client_id = id, flavour = app.flavour, type = kind,
    name = text.line("name", app.name or "", true), created = now,
    secret = app.secret or new_secret(world), version = versions.latest(now).name })
  apps.update(world, apps.find(world, id), app)
  return apps.find(world, id)
end

--- Deletes an app with all its grants and tokens.
function apps.delete(world, app)
  world.store:run("DELETE FROM apps WHERE client_id = ?", app.client_id)
end

--- A new secret; the old one is worth nothing from now on.
function apps.reset_secret(world, app)
  world.store:run("UPDATE apps SET secret = ? WHERE client_id = ?", new_secret(world),
    app.client_id)
end

local function check_mode(world, app, mode)
  if mode ~= "development" and mode ~= "live" then
    misuse('mode must be "development" or "live"')
  end
  if mode == "live" then
    requirements.check(world, app, requirements.live, "the app cannot go live yet")
  end
end

local function check_version(world, version)
  if not versions.known(version) then
    misuse("there is no version '" .. version .. "'")
  elseif not versions.lives(version, world.clock:now()) then
    misuse("version '" .. version .. "' is not available at the sandbox's time")
  end
end

local function set(world, app, column, value)
  world.store:run("UPDATE apps SET " .. column .. " = ? WHERE client_id = ?", value,
    app.client_id)
  app[column] = value
end

-- Rows of callers stay as they are: what is changed here may be rolled back.
local function copy(row)
  local new = {}
  for column, value in pairs(row) do new[column] = value end
  return new
end

local addresses = { "deauthorize_url", "deletion_url", "privacy_url" }

local function change_addresses(world, app, changes)
  for _, name in ipairs(addresses) do
    if changes[name] then set(world, app, name, text.address(name, changes[name])) end
  end
  if app.mode == "live" and (app.privacy_url == "" or app.deletion_url == "") then
    misuse "a live app must keep its privacy_url and its deletion_url"
  end
  if changes.redirect_uris then
    world.store:run("DELETE FROM redirects WHERE client_id = ?", app.client_id)
    add_redirects(world, app.client_id, changes.redirect_uris)
  end
end

--- Changes an app as its developer does in the App Dashboard. Call it in one
--- transaction: what is refused half-way must be rolled back.
---@param changes table  of `members`
function apps.update(world, app, changes)
  app = copy(app)
  if changes.name then
    set(world, app, "name", text.line("name", changes.name, true))
  end
  if changes.product ~= nil then
    set(world, app, "product", changes.product and 1 or 0)
  end
  change_addresses(world, app, changes)
  if changes.version then
    check_version(world, changes.version)
    set(world, app, "version", changes.version)
  end
  if changes.mode then
    check_mode(world, app, changes.mode)
    set(world, app, "mode", changes.mode)
  end
end

-- What stands in for what a published app tells Meta.
local example = { privacy_url = "https://localhost/privacy",
  deletion_url = "https://localhost/deletion" }

--- Everything a live app needs at once, for tests: addresses, Business Verification,
--- data handling answers, Advanced Access to every permission, Live mode.
function apps.publish(world, app)
  local changes = { mode = "live", product = true }
  for name, url in pairs(example) do
    if app[name] == "" then changes[name] = url end
  end
  compliance.verify(world, app, "verified")
  if not app.handled then
    compliance.answer(world, app, { responsible = app.name, country = "Atlantis" })
  end
  for _, permission in ipairs(access.permissions(app)) do
    access.give(world, app, permission)
  end
  apps.update(world, apps.find(world, app.client_id), changes)
end

return apps
