--- Control calls about the App Dashboard; in the form of calls.lua.

local apps = require "instagram.sandbox.apps"
local json = require "instagram.sandbox.json"
local testers = require "instagram.sandbox.testers"
local users = require "instagram.sandbox.users"

local calls = {}

local which_app = { flavour = "string", client_id = "string" }

local function with(more)
  local all = {}
  for name, kind in pairs(which_app) do all[name] = kind end
  for name, kind in pairs(more) do all[name] = kind end
  return all
end

-- --- testers ------------------------------------------------------------------------

local function shown_tester(row)
  local state = row.accepted == 1 and "accepted" or row.lapsed and "lapsed" or "pending"
  return { id = row.id, username = row.username, state = state, invited = row.invited,
    lapses = row.accepted == 0 and row.lapses or nil }
end

calls.testers = { takes = which_app, get = which_app, run = function(world, args)
  local list = json.array({})
  for i, row in ipairs(testers.of_app(world, apps.chosen(world, args))) do
    list[i] = shown_tester(row)
  end
  return { testers = list }
end }

-- invite, remove: what the developer does; accept, decline: what the person does.
local function tester_call(act)
  return { takes = with { username = "string" }, run = function(world, args)
    local app, user = apps.chosen(world, args), users.named(world, args.username)
    world.store:atomically(function() act(world, app, user) end)
    return {}
  end }
end

calls.invite_tester = tester_call(testers.invite)
calls.remove_tester = tester_call(testers.remove)
calls.accept_invite = tester_call(testers.accept)
calls.decline_invite = tester_call(testers.decline)

return calls
