--- What a test or a developer does to the sandbox from outside: the control calls, by
-- name. How they come in (from Lua, over HTTP) is control.lua's; docs/sandbox.md lists
-- them for people.

local apps = require "instagram.sandbox.apps"
local bulk = require "instagram.sandbox.bulk"
local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local json = require "instagram.sandbox.json"
local posts = require "instagram.sandbox.posts"
local timeline = require "instagram.sandbox.timeline"
local users = require "instagram.sandbox.users"

-- name -> { takes = argument -> kind (nil: the call checks them itself), get = the same
-- for a GET (nil: POST only), run = function(world, args) -> value for JSON }
local calls = {}

local misuse, with = check.misuse, check.with

-- --- apps and logins ----------------------------------------------------------------

local which_app = { flavour = "string", client_id = "string" }

local app_of = apps.chosen

-- What a developer copies from the dashboard.
calls.credentials = { takes = which_app, get = which_app, run = function(world, args)
  local app = app_of(world, args)
  return { flavour = app.flavour, client_id = app.client_id, client_secret = app.secret,
    redirect_uri = apps.redirects(world, app.client_id)[1],
    base_url = world.options.public_url or world.url }
end }

-- --- the clock ----------------------------------------------------------------------

calls.now = { takes = {}, get = {}, run = function(world)
  return { now = world.clock:now() }
end }

local function set_clock(world, epoch)
  if epoch > clock.last then
    misuse(("the clock goes from 0 to %.0f"):format(clock.last))
  end
  world:set_clock(epoch)
  return { now = world.clock:now() }
end

calls.advance_clock = { takes = { seconds = "seconds" }, run = function(world, args)
  if not args.seconds then misuse "advance_clock: seconds are missing" end
  return set_clock(world, world.clock:now() + args.seconds)
end }

calls.set_clock = { takes = { now = "seconds" }, run = function(world, args)
  if not args.now then misuse "set_clock: now is missing" end
  return set_clock(world, args.now)
end }

-- --- faults, journal, settings ------------------------------------------------------

calls.fault = { run = function(world, args)
  return { number = world.faults:add(args, world.clock:now()) }
end }

calls.faults = { takes = {}, get = {}, run = function(world)
  return { faults = json.array(world.faults:shown(world.clock:now())) }
end }

-- One, or all.
calls.clear_faults = { takes = { number = "count" }, run = function(world, args)
  local cleared = world.faults:clear(args.number)
  if cleared == 0 and args.number then
    misuse(("there is no fault %.0f"):format(args.number))
  end
  return { cleared = cleared }
end }

local function shown_entry(entry)
  local shown = {}
  for name, value in pairs(entry) do shown[name] = value end
  if entry.form then
    shown.form = json.array({})
    for i, pair in ipairs(entry.form) do
      shown.form[i] = json.array({ pair[1], pair[2] })
    end
  end
  return shown
end

calls.requests = {
  takes = { since = "count" }, get = { since = "count" },
  run = function(world, args)
    local list = json.array({})
    for i, entry in ipairs(world.journal:list(args.since)) do
      list[i] = shown_entry(entry)
    end
    return { requests = list }
  end,
}

calls.clear_requests = { takes = {}, run = function(world)
  return { cleared = world.journal:clear() }
end }

-- Without arguments nothing changes.
calls.settings = { get = {}, run = function(world, args)
  if next(args) ~= nil then world:change_settings(args) end
  local shown = {}
  for name, value in pairs(world.settings) do shown[name] = value end
  return shown
end }

-- Settings, faults and journal as at the start; people, media and tokens stay.
calls.reset = { takes = {}, run = function(world)
  return world:reset()
end }

-- `memory`: KiB of the rules' Lua state; `collect` tidies it up first.
calls.status = { takes = { collect = "boolean" }, get = {}, run = function(world, args)
  if args.collect then collectgarbage() end
  return { url = world.url, now = world.clock:now(), strict = world.settings.strict,
    users = #users.all(world), requests = world.journal.last,
    memory = math.floor(collectgarbage("count")) }
end }

-- --- people and media ---------------------------------------------------------------

local function shown_user(world, user)
  return { id = user.id, username = user.username, account_type = user.account_type,
    private = user.private == 1, media_count = timeline.count(world, user.id) }
end

calls.users = { takes = {}, get = {}, run = function(world)
  local list = json.array({})
  for i, user in ipairs(users.all(world)) do list[i] = shown_user(world, user) end
  return { users = list }
end }

calls.add_user = {
  takes = with(users.members, { picture = "string" }),
  run = function(world, args)
    local user
    world.store:atomically(function() user = users.add(world, args) end)
    return shown_user(world, user)
  end,
}

calls.update_user = {
  takes = with(users.members, { password_changed = "boolean" }),
  run = function(world, args)
    local user = users.named(world, args.username)
    check.changes(args, "update_user", { username = true })
    world.store:atomically(function() users.update(world, user, args) end)
    return shown_user(world, users.named(world, args.username))
  end,
}

-- One post, or `media`: many at once, in their order.
calls.add_media = { run = function(world, args)
  local user, list, made = users.named(world, args.username), { args }, json.array({})
  if args.media ~= nil then
    check.members(args, { username = "string", media = "table" }, "add_media")
    list = args.media
  end
  world.store:atomically(function()
    for i, spec in ipairs(list) do made[i] = posts.add(world, user, spec) end
  end)
  return { id = made[1], ids = made }
end }

calls.delete_media = { takes = { id = "string" }, run = function(world, args)
  if not args.id then misuse "delete_media: id is missing" end
  if not timeline.delete(world, args.id) then
    misuse("no post has the id " .. args.id)
  end
  return { id = args.id }
end }

-- An account of any size; made when it is new.
calls.bulk = {
  takes = { username = "string", media = "count", albums = "count",
    children = "count" },
  run = function(world, args)
    local user = users.by_name(world, args.username or "")
    world.store:atomically(function()
      user = user or users.add(world, { username = args.username,
        account_type = "MEDIA_CREATOR" })
      bulk.fill(world, user, args)
    end)
    return shown_user(world, users.named(world, args.username))
  end,
}

-- Further calls, by room.
for _, room in ipairs({ "window", "dashboard", "people", "input", "limits",
  "state" }) do
  for name, call in pairs(require("instagram.sandbox.calls_" .. room)) do
    assert(not calls[name], name)
    calls[name] = call
  end
end

return calls
