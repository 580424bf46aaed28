--- Apps of developers: client ids, secrets, redirect addresses, testers.

local flavours = require "instagram.sandbox.flavours"
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

--- Makes an app; `app.redirects` is a list of addresses.
function apps.add(world, app)
  flavours.of(app.flavour)
  local now = world.clock:now()
  world.store:insert("apps", {
    client_id = app.client_id, flavour = app.flavour, name = app.name,
    secret = app.secret, mode = app.mode or "development", created = now,
    version = app.version or versions.latest(now).name,
  })
  for _, uri in ipairs(app.redirects or { apps.redirect_uri }) do
    world.store:insert("redirects", { client_id = app.client_id, uri = uri })
  end
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

--- Invites a person as Instagram Tester and accepts for them.
function apps.add_tester(world, client_id, user_id)
  world.store:run("INSERT OR REPLACE INTO testers (client_id, user_id, accepted) "
    .. "VALUES (?, ?, 1)", client_id, user_id)
end

--- True when the app may read this person: live, or an accepted tester.
function apps.may_use(world, app, user_id)
  if app.mode == "live" then return true end
  return world.store:one("SELECT 1 AS yes FROM testers WHERE client_id = ? "
    .. "AND user_id = ? AND accepted = 1", app.client_id, user_id) ~= nil
end

return apps
