--- Rate limits: how many calls an app made, a person got, and an app made for a
--- person, by the sandbox's clock; the headers that say so, and who is refused. The
--- setting `limits` says how far it goes: off, count, show (headers), enforce
--- (refusals). Counts are kept in memory only and begin anew when the sandbox does.

local clock = require "instagram.sandbox.clock"
local errors = require "instagram.sandbox.errors"
local json = require "instagram.sandbox.json"
local users = require "instagram.sandbox.users"

local limits = {}

local HOUR, DAY = 3600, 86400
local floor = math.floor

-- --- windows ------------------------------------------------------------------------

-- The calls of the last `size` seconds. Calls less than `step` apart are one entry, and
-- leave together: never more than size / step + 1 entries.
local function new_window(size, step)
  return { size = size, step = step, first = 1, last = 0, total = 0, now = 0 }
end

local function forget(window, now)
  if now < window.now then -- the clock was set back: what was counted lies ahead
    for i = window.first, window.last do window[i] = nil end
    window.first, window.last, window.total = 1, 0, 0
  end
  window.now = now
  while window.first <= window.last do
    local entry = window[window.first]
    if entry.time + window.size > now then break end
    window.total = window.total - entry.calls
    window[window.first] = nil
    window.first = window.first + 1
  end
end

local function total(window, now)
  if not window then return 0 end
  if now ~= window.now then forget(window, now) end
  return window.total
end

local function add(window, now, calls)
  if now ~= window.now then forget(window, now) end
  local entry = window[window.last]
  if entry and now - entry.time < window.step then
    entry.calls = entry.calls + calls
  else
    window.last = window.last + 1
    window[window.last] = { time = now, calls = calls }
  end
  window.total = window.total + calls
end

-- Seconds until fewer than `limit` calls are in the window.
local function regain(window, now, limit)
  local left = total(window, now)
  if left < limit then return 0 end
  for i = window.first, window.last do
    left = left - window[i].calls
    if left < limit then return window[i].time + window.size - now end
  end
end

-- --- counting -----------------------------------------------------------------------

local methods = {}
local mt = { __index = methods }

--- Nobody has called yet.
function limits.new() return setmetatable({ apps = {}, people = {} }, mt) end

-- people: id -> when they were last seen; pairs: id -> calls for them in a day.
local function app_of(self, client_id)
  local app = self.apps[client_id]
  if not app then
    app = { hour = new_window(HOUR, 60), people = {}, pairs = {}, active = 0, now = 0 }
    self.apps[client_id] = app
  end
  return app
end

-- "Unique daily active users" (D): for whom the app called in the last 24 hours. Who
-- was not active is forgotten: memory holds no more than a day's people.
local function active_users(app, now)
  if now == app.now then return app.active end
  app.now, app.active = now, 0
  for id, seen in pairs(app.people) do
    if seen > now or seen + DAY <= now then
      app.people[id], app.pairs[id] = nil, nil
    else
      app.active = app.active + 1
    end
  end
  return app.active
end

local function see(app, id, now)
  active_users(app, now)
  if not app.people[id] then app.active = app.active + 1 end
  app.people[id] = now
end

-- Who called nothing in an hour is forgotten, when the clock has moved.
local function person_of(self, id, now)
  if now ~= self.now then
    self.now = now
    for known, window in pairs(self.people) do
      if total(window, now) == 0 then self.people[known] = nil end
    end
  end
  local window = self.people[id]
  if not window then
    window = new_window(HOUR, 60)
    self.people[id] = window
  end
  return window
end

-- The successor's calls count per app and person in a day, Basic Display's per person
-- in an hour, over all apps; both per app in an hour (D).
local function count(self, session, now, calls)
  local app, id = app_of(self, session.app.client_id), session.user.id
  see(app, id, now)
  add(app.hour, now, calls)
  if session.flavour.name == "basic_display" then
    return add(person_of(self, id, now), now, calls)
  end
  app.pairs[id] = app.pairs[id] or new_window(DAY, 600)
  add(app.pairs[id], now, calls)
end

-- --- thresholds ---------------------------------------------------------------------

-- The platform's page said 240 in 2020, later 200 (O); when it changed is invented.
local fewer_since = clock.epoch(2021, 1, 1)

--- How many calls an app has in an hour: so many for each of its active users (D).
local function app_limit(world, app)
  local now = world.clock:now()
  local each = world.settings.app_calls or now < fewer_since and 240 or 200
  return each * math.max(1, app and active_users(app, now) or 0)
end

-- "4800 * Number of Impressions" (D).
local function business_limit(world)
  return world.settings.business_calls * world.settings.impressions
end

local function percent(calls, limit) return floor(calls * 100 / limit) end

-- The name of the refusal when a window is over its limit. The successor is not refused
-- for its app's count (invented: Meta names the business limit alone).
local function exceeded(world, session, now)
  local self, app = world.limits, world.limits.apps[session.app.client_id]
  if session.flavour.name == "instagram_login" then
    local calls, most = total(app.pairs[session.user.id], now), business_limit(world)
    return calls > most and "business_limit", calls, most
  end
  local calls, most = total(app.hour, now), app_limit(world, app)
  if calls > most then return "app_limit", calls, most end
  calls, most = total(self.people[session.user.id], now), world.settings.user_calls
  return calls > most and "user_limit", calls, most
end

--- Counts a request's calls, those refused too (D: "Continuing to make calls will
--- continue to increase your call count"), and refuses it when it is one too many.
---@param calls integer  1, or how many ids `?ids=` names (Graph-wide: each is a call)
function limits.count(ctx, session, calls)
  local world = ctx.world
  local mode = world.settings.limits
  if mode == "off" then return end
  count(world.limits, session, ctx.now, calls)
  if mode ~= "enforce" then return end
  local name, made, most = exceeded(world, session, ctx.now)
  if name then
    errors.refuse(name, ("limits = enforce: call %d of %d"):format(made, most))
  end
end

-- --- headers ------------------------------------------------------------------------

-- Each flavour's words (O).
local words = {
  basic_display = function(usage)
    return json.object("call_count", usage.call_count or 0,
      "total_cputime", usage.total_cputime or 0, "total_time", usage.total_time or 0)
  end,
  instagram_login = function(usage)
    return json.object("call_volume", usage.call_count or 0,
      "cpu_time", usage.total_cputime or 0)
  end,
}

-- Shares of time are invented: total_time is that of calls, total_cputime nothing.
local function usage_of(calls, limit)
  local share = percent(calls, limit)
  return { call_count = share, total_time = share }
end

-- The app's usage to show; Basic Display's from so many percent on, the successor's
-- always (O: zeros).
local function app_usage(ctx, session)
  local world, app = ctx.world, ctx.world.limits.apps[session.app.client_id]
  if not app then return nil end
  local usage = usage_of(total(app.hour, ctx.now), app_limit(world, app))
  if session.flavour.name == "basic_display"
    and usage.call_count < world.settings.usage_from then
    return nil
  end
  return usage
end

local function business_usage(ctx, session)
  local world, app = ctx.world, ctx.world.limits.apps[session.app.client_id]
  local window, limit = app and app.pairs[session.user.id], business_limit(world)
  if not window then return nil end
  local usage = usage_of(total(window, ctx.now), limit)
  if usage.call_count < world.settings.usage_from then return nil end
  usage.estimated_time_to_regain_access =
    math.ceil(regain(window, ctx.now, limit) / 60)
  return usage
end

local function business_row(usage)
  return json.object("type", usage.type or "instagram",
    "call_count", usage.call_count or 0, "total_cputime", usage.total_cputime or 0,
    "total_time", usage.total_time or 0, "estimated_time_to_regain_access",
    usage.estimated_time_to_regain_access or 0)
end

--- Appends the usage headers of an answer. What a fault or a setting says by hand wins
--- over what was counted.
function limits.headers(ctx, out)
  local settings, session = ctx.world.settings, ctx.session
  if not session then return end
  local shown = settings.limits == "show" or settings.limits == "enforce"
  local app = ctx.throttled or settings.app_usage
    or shown and app_usage(ctx, session)
  if app then
    out[#out + 1] = { "X-App-Usage", json.plain(words[session.flavour.name](app)) }
  end
  if session.flavour.name ~= "instagram_login" then return end
  local business = ctx.throttled or settings.business_usage
    or shown and business_usage(ctx, session)
  if business then
    out[#out + 1] = { "X-Business-Use-Case-Usage",
      json.plain(json.object(session.user.id, json.array({ business_row(business) }))) }
  end
end

-- --- for the dashboard --------------------------------------------------------------

local function row_of(window, now, limit)
  local calls = total(window, now)
  return { calls = calls, limit = limit, percent = percent(calls, limit),
    regain = window and regain(window, now, limit) or 0 }
end

--- What an app has used: calls, limit, percent, regain (seconds until it may call
--- again), users (active in the last 24 hours).
---@param app table  a row of apps
function limits.of_app(world, app)
  local now, known = world.clock:now(), world.limits.apps[app.client_id]
  local row = row_of(known and known.hour, now, app_limit(world, known))
  row.users = known and active_users(known, now) or 0
  return row
end

--- What has been used of one person: by all apps of Basic Display, in an hour.
function limits.of_person(world, user)
  return row_of(world.limits.people[user.id], world.clock:now(),
    world.settings.user_calls)
end

-- Everybody an app called for in the last 24 hours, by name, with what of the
-- successor's day was used.
local function pairs_of(world, client_id)
  local known, list = world.limits.apps[client_id], json.array({})
  if not known then return list end
  local now = world.clock:now()
  active_users(known, now)
  for _, user in ipairs(users.all(world)) do
    if known.people[user.id] then
      local window = known.pairs[user.id]
      local row = window and row_of(window, now, business_limit(world))
        or limits.of_person(world, user)
      row.username = user.username
      list[#list + 1] = row
    end
  end
  return list
end

--- One app's consumption and, as `people`, that for each of its active users: of the
--- hour for Basic Display, of the day for the successor.
function limits.consumption(world, app)
  local row = limits.of_app(world, app)
  row.client_id, row.flavour, row.name = app.client_id, app.flavour, app.name
  row.people = pairs_of(world, app.client_id)
  return row
end

return limits
