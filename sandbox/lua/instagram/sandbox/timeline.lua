--- An account's list of media: stored posts and bulk media as one, newest first.

local bulk = require "instagram.sandbox.bulk"
local posts = require "instagram.sandbox.posts"

local timeline = {}

local function newer(a, b) return a.sort > b.sort end
local function older(a, b) return a.sort < b.sort end

local function merge(a, b, limit, comes_first)
  local out, i, j = {}, 1, 1
  for n = 1, limit do
    local from_a, from_b = a[i], b[j]
    if from_a and (not from_b or comes_first(from_a, from_b)) then
      out[n], i = from_a, i + 1
    else
      out[n], j = from_b, j + 1
    end
  end
  return out
end

--- Up to `limit` media with low < sort < high.
function timeline.between(world, user_id, low, high, limit, ascending)
  local stored = posts.between(world, user_id, low, high, limit, ascending)
  local set = bulk.of_user(world, user_id)
  if not set then return stored end
  local made = bulk.between(world, set, low, high, limit, ascending)
  if #stored == 0 then return made end
  return merge(stored, made, limit, ascending and older or newer)
end

--- The row of a media id, or nil.
function timeline.find(world, id)
  if id:sub(1, 4) == "1799" then return bulk.find(world, id) end
  return posts.find(world, id)
end

--- Children of all albums among the rows: album id -> list. One query for all.
function timeline.children(world, user_id, rows)
  local low, high = math.huge, -math.huge
  local by_parent = {}
  local set = bulk.of_user(world, user_id)
  for _, row in ipairs(rows) do
    if row.kind == "CAROUSEL_ALBUM" then
      if set and row.id:sub(1, 4) == "1799" then
        by_parent[row.id] = bulk.children(set, row)
      else
        low, high = math.min(low, row.sort), math.max(high, row.sort)
      end
    end
  end
  if low <= high then
    local stored = posts.children_between(world, user_id, low, high)
    for id, list in pairs(stored) do by_parent[id] = list end
  end
  return by_parent
end

--- How many posts the account has.
function timeline.count(world, user_id)
  local cache = world:cache("counts", 1000)
  local count = cache:get(user_id)
  if not count then
    local set = bulk.of_user(world, user_id)
    count = posts.count(world, user_id) + (set and bulk.count(world, set) or 0)
    cache:put(user_id, count)
  end
  return count
end

-- The sort key of the nth newest post. Bulk media are worked out for it, once.
local function nth(world, user_id, n)
  if not bulk.of_user(world, user_id) then return posts.nth(world, user_id, n) end
  local cache, key = world:cache("nth", 100), user_id .. "/" .. n
  local sort = cache:get(key)
  if not sort then
    sort = timeline.between(world, user_id, -math.huge, math.huge, n)[n].sort
    cache:put(key, sort)
  end
  return sort
end

--- The sort key below which nothing is listed: "a maximum of 10K of the most recently
--- created media" (D).
function timeline.floor(world, user_id)
  local cap = world.settings.media_cap
  if cap == 0 or timeline.count(world, user_id) <= cap then return -math.huge end
  return nth(world, user_id, cap) - 1
end

--- Takes a post away; true when it was there.
function timeline.delete(world, id)
  if id:sub(1, 4) == "1799" then return bulk.delete(world, id) end
  return posts.delete(world, id)
end

return timeline
