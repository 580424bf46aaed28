--- Apps of developers: client ids, secrets, redirect addresses, testers.

local check = require "instagram.sandbox.check"
local flavours = require "instagram.sandbox.flavours"
local testers = require "instagram.sandbox.testers"
local versions = require "instagram.sandbox.versions"

local apps = {}

--- The demo apps every sandbox starts with; their values never change.
apps.demo = {
  { client_id = "6810427395018264", flavour = "basic_display",
    name = "Sandbox Basic Display", secret = "3f9ad0c6b17e4582a6d0c94be25f7183" },
  { client_id = "1725038640915527", flavour = "instagram_login",
    name = "Sandbox Instagram Login", secret = "c85e17b2f04d49a3916be3d7a02c68f4" },
}

apps.redirect_uri = "https://localhost/auth/"

local function add_redirects(world, client_id, uris)
  if #uris == 0 then check.misuse("redirect_uris: at least one address expected") end
  for i, uri in ipairs(uris) do
    if type(uri) ~= "string" or not uri:find("^https?://[^%s#]+$") then
      check.misuse("redirect_uris[" .. i .. "]: an address without '#' expected")
    end
    world.store:run("INSERT OR IGNORE INTO redirects (client_id, uri) VALUES (?, ?)",
      client_id, uri)
  end
end

--- Makes an app.
function apps.add(world, app)
  flavours.of(app.flavour)
  local now = world.clock:now()
  world.store:insert("apps", {
    client_id = app.client_id, flavour = app.flavour, name = app.name,
    secret = app.secret, created = now, version = versions.latest(now).name,
  })
  add_redirects(world, app.client_id, { apps.redirect_uri })
end

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
    return apps.find(world, args.client_id)
      or check.misuse("no app has the client_id " .. args.client_id)
  end
  return apps.of_flavour(world, args.flavour or "instagram_login")
    or check.misuse("no app of that flavour")
end

--- All apps, oldest first.
function apps.all(world)
  return world.store:all("SELECT * FROM apps ORDER BY rowid")
end

--- The app's redirect addresses.
function apps.redirects(world, client_id)
  local uris = {}
  for i, row in ipairs(world.store:all(
    "SELECT uri FROM redirects WHERE client_id = ? ORDER BY rowid", client_id)) do
    uris[i] = row.uri
  end
  return uris
end

--- Changes an app as its developer does in the App Dashboard.
---@param changes table  mode ("development" or "live"), version, redirect_uris
function apps.update(world, app, changes)
  local mode, version = changes.mode, changes.version
  if mode and mode ~= "development" and mode ~= "live" then
    check.misuse('mode must be "development" or "live"')
  end
  if version and not versions.known(version) then
    check.misuse("there is no version '" .. version .. "'")
  end
  world.store:run("UPDATE apps SET mode = ?, version = ? WHERE client_id = ?",
    mode or app.mode, version or app.version, app.client_id)
  if changes.redirect_uris then
    world.store:run("DELETE FROM redirects WHERE client_id = ?", app.client_id)
    add_redirects(world, app.client_id, changes.redirect_uris)
  end
end

--- True when the app may read this person: live, or an accepted tester.
function apps.may_use(world, app, user_id)
  if app.mode == "live" then return true end
  return testers.is(world, app, user_id)
end

return apps
