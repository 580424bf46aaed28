--- Accounts of any size for load tests: media that are worked out from their place in
-- the list instead of being stored, so that 100,000 cost nothing. Place 1 is the
-- newest; one post every ten minutes back from the moment the account was filled.
-- The ids say account and place: 1799 AAA PPPPPPPP CC (CC: 00, or which child).

local check = require "instagram.sandbox.check"
local posts = require "instagram.sandbox.posts"

local bulk = {}

local STEP = 600 -- seconds between two posts
local SLOT = posts.slots - 1
local floor, format = math.floor, string.format

local captions = {
  "Morning light over the harbour",
  "Number %d: salt, wind and a red boat \240\159\155\182",
  false,
  "\"Keep walking\", she said. 100 %% worth it",
  "Caf\195\169 no. %d \226\152\149",
  "The long way home / again",
}

local misuse = check.misuse

--- What an account's bulk media are, or nil.
function bulk.of_user(world, user_id)
  local cache = world:cache("bulk", 100)
  local set = cache:get(user_id)
  if set == nil then
    set = world.store:one("SELECT * FROM bulk WHERE user_id = ?", user_id) or false
    cache:put(user_id, set)
  end
  return set or nil
end

--- Gives an account `media` posts, `albums` of them with `children` each.
function bulk.fill(world, user, spec)
  local count, albums = spec.media or 0, spec.albums or 0
  local children, newest = spec.children or 4, math.floor(world.clock:now())
  local most = math.min(99999999, floor(newest / STEP)) -- back to 1970
  if count < 1 or count > most then misuse("media must be 1 to " .. most) end
  if albums < 0 or albums > count then misuse("albums must be 0 to media") end
  if children < 1 or children > 10 then misuse("children must be 1 to 10") end
  local row = world.store:one("SELECT coalesce(max(number), 0) AS n FROM bulk")
  world.store:run("DELETE FROM bulk WHERE user_id = ?", user.id)
  world.store:run("DELETE FROM hidden WHERE user_id = ?", user.id)
  if row.n >= 999 then misuse("no more than 999 bulk accounts") end
  world.store:insert("bulk", { number = row.n + 1, user_id = user.id, count = count,
    albums = albums, children = children, newest = newest })
end

local function hidden_of(world, user_id)
  local cache = world:cache("hidden", 100)
  local set = cache:get(user_id)
  if not set then
    set = { count = 0 }
    for _, row in ipairs(world.store:all("SELECT place FROM hidden WHERE user_id = ?",
      user_id)) do
      set[row.place] = true
      set.count = set.count + 1
    end
    cache:put(user_id, set)
  end
  return set
end

-- Albums are spread evenly: place i is one when the share of albums up to it grew.
local function is_album(set, i)
  return floor(i * set.albums / set.count) > floor((i - 1) * set.albums / set.count)
end

local function file_name(id, i, child)
  return format("%s_%d_%d_n.jpg", id, 100000 + i * 7919, 1000 + child * 104729)
end

local function row_at(set, i, child)
  local id = format("1799%03d%08d%02d", set.number, i, child)
  local taken = set.newest - i * STEP
  local caption = child == 0 and captions[i % #captions + 1] or nil
  local album = child == 0 and is_album(set, i)
  return {
    id = id, user_id = set.user_id, position = child,
    sort = taken * posts.slots + SLOT, taken = taken,
    kind = album and "CAROUSEL_ALBUM" or "IMAGE", product = "FEED",
    file = file_name(id, i, album and 1 or child),
    caption = caption and format(caption, i),
    shortcode = format("B%03d%05x%02d", set.number, i, child),
    like_count = i * 37 % 900, comments_count = i * 11 % 60, shared = 1, flagged = 0,
  }
end

-- How many steps before the newest a sort key lies; may be between two.
local function steps_at(set, sort)
  return (set.newest - (sort - SLOT) / posts.slots) / STEP
end

--- Up to `limit` media with low < sort < high, as posts.between gives them.
function bulk.between(world, set, low, high, limit, ascending)
  local from, to = 1, set.count
  if high < math.huge then from = math.max(from, floor(steps_at(set, high)) + 1) end
  if low > -math.huge then to = math.min(to, math.ceil(steps_at(set, low)) - 1) end
  local hidden, rows, n = hidden_of(world, set.user_id), {}, 0
  local step = 1
  if ascending then from, to, step = to, from, -1 end
  for i = from, to, step do
    if n >= limit then break end
    if not hidden[i] then
      n = n + 1
      rows[n] = row_at(set, i, 0)
    end
  end
  return rows
end

--- The children of a bulk album row; none for a picture.
function bulk.children(set, row)
  local list = {}
  if row.kind == "CAROUSEL_ALBUM" then
    local i = tonumber(row.id:sub(8, 15))
    for child = 1, set.children do
      list[child] = row_at(set, i, child)
      list[child].parent_id = row.id
    end
  end
  return list
end

-- Account, place and child that an id says; nil when it is no bulk id.
local function read_id(id)
  local number, i, child = id:match("^1799(%d%d%d)(%d%d%d%d%d%d%d%d)(%d%d)$")
  if number then return tonumber(number), tonumber(i), tonumber(child) end
end

--- The row of an id, or nil.
function bulk.find(world, id)
  local number, i, child = read_id(id)
  local set = number and world.store:one("SELECT * FROM bulk WHERE number = ?", number)
  if not set or i < 1 or i > set.count or hidden_of(world, set.user_id)[i] then
    return nil
  end
  if child > 0 and (not is_album(set, i) or child > set.children) then return nil end
  local row = row_at(set, i, child)
  if child > 0 then row.parent_id = format("1799%03d%08d00", number, i) end
  return row
end

--- The row of a permalink's shortcode, or nil.
function bulk.by_shortcode(world, shortcode)
  local number, i, child = shortcode:match("^B(%d%d%d)(%x%x%x%x%x+)(%d%d)$")
  i = i and #i <= 7 and tonumber(i, 16)
  return i and i <= 99999999 and bulk.find(world, format("1799%s%08d%s", number, i,
    child)) or nil
end

--- Takes a bulk post away; true when it was there.
function bulk.delete(world, id)
  local row = bulk.find(world, id)
  if not row or row.parent_id then return false end
  local _, i = read_id(id)
  world.store:insert("hidden", { user_id = row.user_id, place = i })
  return true
end

--- How many posts the account has here.
function bulk.count(world, set)
  return set.count - hidden_of(world, set.user_id).count
end

--- The place a name on the media host stands for, or nil.
function bulk.place_of_name(name)
  local id = name:match("^(1799%d+)_%d+_%d+_n%.jpg$")
  if id and read_id(id) then return tonumber(id:sub(8, 15)) + tonumber(id:sub(16)) end
end

return bulk
