--- Control calls about people, their apps and callbacks; in the form of calls.lua.

local apps = require "instagram.sandbox.apps"
local callbacks = require "instagram.sandbox.callbacks"
local check = require "instagram.sandbox.check"
local json = require "instagram.sandbox.json"
local testers = require "instagram.sandbox.testers"
local tokens = require "instagram.sandbox.tokens"
local users = require "instagram.sandbox.users"

local calls = {}

local which = { flavour = "string", client_id = "string", username = "string" }

-- What a row of apps says of the app.
local function shown(row, more)
  more.client_id, more.app, more.flavour = row.client_id, row.name, row.flavour
  return more
end

local function list_of(rows, show)
  local list = json.array({})
  for i, row in ipairs(rows) do list[i] = shown(row, show(row)) end
  return list
end

local function shown_grant(row)
  local names = json.array({})
  for name in row.permissions:gmatch("[^,]+") do names[#names + 1] = name end
  return { permissions = names, granted = row.granted, expires = row.expires }
end

local one = { username = "string" }

-- Apps and Websites: what the person let in, took back, and is invited to test.
calls.grants = { takes = one, get = one, run = function(world, args)
  local user = users.named(world, args.username)
  return { grants = list_of(tokens.grants_of(world, user), shown_grant),
    removed = list_of(tokens.removed_by(world, user), function(row)
      return { removed = row.removed }
    end),
    invites = list_of(testers.invites_of(world, user), function(row)
      return { invited = row.invited, lapses = row.lapses }
    end) }
end }

-- A person takes their permission back: the app's tokens die, the app is told.
calls.remove_app = { takes = which, run = function(world, args)
  local app, user = apps.chosen(world, args), users.named(world, args.username)
  local answer = {}
  world.store:atomically(function()
    answer.tokens, answer.callback = tokens.remove_app(world, app, user)
  end)
  return answer
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
  return shown_callback(callbacks.find(world, args.id))
end }

return calls
