--- Control calls about people, their apps and callbacks; in the form of calls.lua.

local apps = require "instagram.sandbox.apps"
local callbacks = require "instagram.sandbox.callbacks"
local check = require "instagram.sandbox.check"
local json = require "instagram.sandbox.json"
local tokens = require "instagram.sandbox.tokens"
local users = require "instagram.sandbox.users"

local calls = {}

local which = { flavour = "string", client_id = "string", username = "string" }

-- A person takes their permission back: the app's tokens die, the app is told.
calls.remove_app = { takes = which, run = function(world, args)
  local app, user = apps.chosen(world, args), users.named(world, args.username)
  world.store:atomically(function() tokens.remove_app(world, app, user) end)
  return {}
end }

-- A person wants their data deleted; the app is told.
calls.request_deletion = { takes = which, run = function(world, args)
  local app, user = apps.chosen(world, args), users.named(world, args.username)
  local id
  world.store:atomically(function()
    id = callbacks.request_deletion(world, app, user)
  end)
  return { callback = id }
end }

local function shown_callback(row)
  return { id = row.id, kind = row.kind, client_id = row.client_id, app = row.app,
    username = row.username, address = row.address, issued_at = row.issued,
    state = row.state, tries = row.tries, tried = row.tried, status = row.status,
    next_try = row.state == "queued" and row.tries > 0 and row.due or nil,
    problem = row.problem, confirmation_code = row.confirmation_code,
    url = row.status_page }
end

-- Newest first; what is on its way is not waited for (see `settle` of the Lua object).
calls.callbacks = {
  takes = { since = "count" }, get = { since = "count" },
  run = function(world, args)
    local list = json.array({})
    for i, row in ipairs(callbacks.list(world, args.since)) do
      list[i] = shown_callback(row)
    end
    return { callbacks = list }
  end,
}

calls.retry_callback = { takes = { id = "count" }, run = function(world, args)
  if not args.id then check.misuse "retry_callback: id is missing" end
  callbacks.retry(world, args.id)
  return {}
end }

return calls
