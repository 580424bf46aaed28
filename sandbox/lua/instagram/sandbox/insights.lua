--- Insights of the successor: figures about posts and accounts. All of them are
--- invented but those that posts have (likes, comments); the same post has the same
--- ones. Forms are Meta's pages'; not recorded.

local clock = require "instagram.sandbox.clock"
local errors = require "instagram.sandbox.errors"
local json = require "instagram.sandbox.json"
local times = require "instagram.sandbox.times"
local tokens = require "instagram.sandbox.tokens"

local insights = {}

local DAY = 86400

-- A whole number from 0 to less than `below`, which may be a fraction; the same for the
-- same name.
local function figure(world, name, below)
  local most = math.max(1, math.floor(below))
  return tonumber(world.ids:digits("insights/" .. name, 6)) % most
end

-- --- of posts -----------------------------------------------------------------------

local of_post = {} -- metric -> function(world, row) -> number

function of_post.likes(_, row) return row.like_count end
function of_post.comments(_, row) return row.comments_count end
function of_post.saved(world, row)
  return figure(world, "saved/" .. row.id, row.like_count / 4)
end
function of_post.shares(world, row)
  return figure(world, "shares/" .. row.id, row.like_count / 5)
end
function of_post.total_interactions(world, row)
  return row.like_count + row.comments_count + of_post.saved(world, row)
    + of_post.shares(world, row)
end
-- A story that nobody liked was seen by nobody: so few viewers can be ordered.
function of_post.reach(world, row)
  local touched = of_post.total_interactions(world, row)
  if row.product == "STORY" then return touched * 4 end
  return touched * 4 + figure(world, "reach/" .. row.id, touched * 3 + 20)
end
function of_post.views(world, row)
  local reach = of_post.reach(world, row)
  return reach + figure(world, "views/" .. row.id, reach)
end
of_post.impressions, of_post.plays = of_post.views, of_post.views

local order_of_post = { "reach", "views", "saved", "shares", "likes", "comments",
  "total_interactions", "impressions", "plays" }

-- "Dead since April 2025" (D).
local dead_since = clock.epoch(2025, 4, 21)

local function is_dead(name, now)
  return (name == "impressions" or name == "plays") and now >= dead_since
end

-- The metrics a text names; refuses those that there are not.
local function metrics_of(text, known, order, now)
  if not text or text == "" then
    errors.refuse("parameter_required", "metric is missing", "metric")
  end
  local list = {}
  for name in text:gmatch("[^,%s]+") do
    if not known[name] or is_dead(name, now) then
      local alive = {}
      for _, other in ipairs(order) do
        if not is_dead(other, now) then alive[#alive + 1] = other end
      end
      errors.refuse("bad_metric", "no such metric: " .. name, #list,
        table.concat(alive, ", "))
    end
    list[#list + 1] = name
  end
  return list
end

local function title_of(name)
  return (name:gsub("_", " "):gsub("^%l", string.upper))
end

local function entry(id, name, period, member, value)
  return json.object("name", name, "period", period, member, value,
    "title", title_of(name), "description", title_of(name) .. " of the sandbox",
    "id", id .. "/insights/" .. name .. "/" .. period)
end

local function text_of(list)
  return json.graph(json.object("data", json.array(list)))
end

-- "Empty data instead of 0" (D); none for media in albums (D).
local function write_post(world, row, metric)
  local list = {}
  local names = metrics_of(metric, of_post, order_of_post, world.clock:now())
  if row.product == "STORY" and of_post.reach(world, row) < 5 then
    errors.refuse("few_viewers", "a story of fewer than five viewers")
  end
  for _, name in ipairs(row.parent_id and {} or names) do
    local value = of_post[name](world, row)
    if value > 0 then
      list[#list + 1] = entry(row.id, name, "lifetime", "values",
        json.array({ json.object("value", value) }))
    end
  end
  return text_of(list)
end

-- --- of accounts --------------------------------------------------------------------

local order_of_account = { "reach", "views", "accounts_engaged", "total_interactions",
  "likes", "comments", "shares", "saves", "profile_views", "follower_count" }
local of_account = {}
for _, name in ipairs(order_of_account) do of_account[name] = true end

local function of_day(world, user, name, day)
  return figure(world, name .. "/" .. user.id .. "/" .. day,
    user.followers_count / 10 + 20)
end

-- Days end at 7:00 UTC in Meta's samples; `until` stands at the last one asked for.
local function days_of(world, query)
  local now = world.clock:now()
  local to = times.read(query["until"], now) or now
  local from = times.read(query.since, now) or to - 2 * DAY
  local first, last = math.floor(from / DAY), math.floor(to / DAY) - 1
  if last < first or last - first > 30 then
    errors.refuse("bad_range", "since and until must be one to 30 days apart")
  end
  return first, last
end

local function series(world, user, name, first, last)
  local values = json.array({})
  for day = first, last do
    values[#values + 1] = json.object("value", of_day(world, user, name, day),
      "end_time", clock.iso((day + 1) * DAY + 7 * 3600))
  end
  return "values", values
end

local function sum(world, user, name, first, last)
  local value = 0
  for day = first, last do value = value + of_day(world, user, name, day) end
  return "total_value", json.object("value", value)
end

-- `period` is required (D); only `day` is served here.
local function write_account(world, user, query)
  local names = metrics_of(query.metric, of_account, order_of_account,
    world.clock:now())
  if not query.period or query.period == "" then
    errors.refuse("parameter_required", "period is missing", "period")
  elseif query.period ~= "day" then
    errors.refuse("bad_period", "only the period day is served here")
  end
  local first, last = days_of(world, query)
  local write = query.metric_type == "total_value" and sum or series
  for i, name in ipairs(names) do
    names[i] = entry(user.id, name, "day", write(world, user, name, first, last))
  end
  return text_of(names)
end

--- The insights edge of a post or an account.
---@param row table  of media or of users
---@param query table  metric, period, metric_type, since, until
function insights.write(world, row, query)
  if row.account_type then return write_account(world, row, query) end
  return write_post(world, row, query.metric)
end

--- `insights.metric(reach)` inside an item; absent without the permission. For
--- plan.lua.
function insights.expand(env, row, options)
  if not tokens.allows(env.world, env.session, env.flavour.media.insights) then
    return nil
  end
  return insights.write(env.world, row, options)
end

return insights
