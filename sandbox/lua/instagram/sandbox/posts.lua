--- Stored media: posts and the children of albums. Newest first by `sort`, which is
-- unique per account: seconds times `slots` plus the order in which they were made.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local files = require "instagram.sandbox.files"

local posts = {}

--- How many media one second has room for; the last slot is bulk.lua's.
posts.slots = 2 ^ 20

--- How many children an album has at most.
posts.children_max = 10

local kinds = { IMAGE = "IMAGE", VIDEO = "VIDEO", REELS = "VIDEO",
  CAROUSEL_ALBUM = "CAROUSEL_ALBUM" }

local misuse = check.misuse

local child_members = { type = "string", file = "string", mime = "string",
  thumbnail = "string", alt_text = "string", no_media_url = "boolean" }

-- Stories are in no list of posts, count as none, and last a day.
local LISTED = "parent_id IS NULL AND product <> 'STORY' "

local post_members = { caption = "string", timestamp = "any", children = "table",
  story = "boolean", like_count = "count", comments_count = "count",
  is_shared_to_feed = "boolean", username = "string" }
for name, kind in pairs(child_members) do post_members[name] = kind end

local function taken_of(world, spec)
  if spec.timestamp == nil then return math.floor(world.clock:now()) end
  local taken = clock.read(spec.timestamp)
  if not taken then misuse("timestamp must be ISO 8601 or seconds from 1970 on") end
  return math.floor(taken)
end

-- The row of a picture, video or album; files are registered on the way.
local function row_of(world, user, spec, ordinal, taken, import)
  local kind = kinds[spec.type or "IMAGE"]
  local key = user.username .. "/" .. ordinal
  local id = world.ids:media(user.username, ordinal)
  local row = {
    id = id, user_id = user.id, taken = taken, kind = kind,
    sort = taken * posts.slots + ordinal % (posts.slots - 1),
    product = spec.story and "STORY" or spec.type == "REELS" and "REELS" or "FEED",
    alt_text = spec.alt_text, shortcode = world.ids:shortcode(id),
    like_count = spec.like_count, comments_count = spec.comments_count,
    shared = spec.is_shared_to_feed == false and 0 or 1,
    flagged = spec.no_media_url and 1 or 0,
  }
  if kind ~= "CAROUSEL_ALBUM" then
    row.file = files.add(world, key, spec.file, kind, spec.mime, import ~= nil)
  end
  if kind == "VIDEO" then
    row.thumbnail = files.add(world, key .. "/still", spec.thumbnail, "IMAGE")
  end
  return row
end

local function add_children(world, user, album, specs, import)
  for i, spec in ipairs(specs) do
    local row = row_of(world, user, spec, user.made + i, album.taken, import)
    row.parent_id, row.position, row.sort = album.id, i, album.sort
    world.store:insert("media", row)
    -- an album's media_url is its first child's file (O)
    if i == 1 then
      world.store:run("UPDATE media SET file = ? WHERE id = ?", row.file, album.id)
    end
  end
end

local function check_children(children, most)
  if #children > most then misuse("an album has at most " .. most .. " children") end
  for _, child in ipairs(children) do
    check.members(child, child_members, "a child")
    if child.type and child.type ~= "IMAGE" and child.type ~= "VIDEO" then
      misuse("a child's type must be IMAGE or VIDEO")
    end
  end
end

local function check_post(spec, most)
  check.members(spec, post_members, "a post")
  if not kinds[spec.type or "IMAGE"] then
    misuse("type must be IMAGE, VIDEO, REELS or CAROUSEL_ALBUM")
  end
  local kind = spec.type or "IMAGE"
  if spec.story and kind ~= "IMAGE" and kind ~= "VIDEO" then
    misuse("a story's type must be IMAGE or VIDEO")
  end
  local children = spec.children or {}
  if (spec.type == "CAROUSEL_ALBUM") ~= (#children > 0) then
    misuse("children belong to a CAROUSEL_ALBUM, and an album needs some")
  end
  check_children(children, most)
end

--- Adds a post.
---@param user table  a row of users; its count `made` is brought forward
---@param spec table  type, file, mime, thumbnail, caption, timestamp, like_count,
--- comments_count, alt_text, no_media_url, is_shared_to_feed, children (each with type,
--- file, mime, thumbnail, alt_text, no_media_url)
---@param import table|nil  of an import, which has looked at the files: `most`, how
--- many children an album may have
---@return string id
function posts.add(world, user, spec, import)
  check_post(spec, import and import.most or posts.children_max)
  local children, row = spec.children or {}, nil
  world.store:atomically(function()
    user.made = user.made + 1
    row = row_of(world, user, spec, user.made, taken_of(world, spec), import)
    row.caption = spec.caption ~= "" and spec.caption or nil
    world.store:insert("media", row)
    add_children(world, user, row, children, import)
    user.made = user.made + #children
    world.store:run("UPDATE users SET made = ? WHERE id = ?", user.made, user.id)
  end)
  return row.id
end

--- The row of an id, or nil.
function posts.find(world, id)
  return world.store:one("SELECT * FROM media WHERE id = ?", id)
end

--- The row of a permalink's shortcode, or nil.
function posts.by_shortcode(world, shortcode)
  return world.store:one("SELECT * FROM media WHERE shortcode = ?", shortcode)
end

--- Takes a post away, its children with it; true when it was there.
function posts.delete(world, id)
  return world.store:run("DELETE FROM media WHERE id = ?", id) > 0
end

local between = {}
for _, order in ipairs({ "ASC", "DESC" }) do
  between[order] = "SELECT * FROM media WHERE user_id = ? AND " .. LISTED
    .. "AND sort > ? AND sort < ? ORDER BY sort " .. order .. " LIMIT ?"
end

--- Up to `limit` posts with low < sort < high, newest first, or oldest first when
--- `ascending`.
function posts.between(world, user_id, low, high, limit, ascending)
  return world.store:all(between[ascending and "ASC" or "DESC"], user_id, low, high,
    limit)
end

--- Children of all albums with low <= sort <= high: album id -> list in order.
function posts.children_between(world, user_id, low, high)
  local by_parent = {}
  for _, row in ipairs(world.store:all("SELECT * FROM media WHERE user_id = ? "
    .. "AND parent_id IS NOT NULL AND sort BETWEEN ? AND ? "
    .. "ORDER BY sort DESC, position", user_id, low, high)) do
    local list = by_parent[row.parent_id]
    if not list then
      list = {}
      by_parent[row.parent_id] = list
    end
    list[#list + 1] = row
  end
  return by_parent
end

--- How many posts an account has.
function posts.count(world, user_id)
  return world.store:one("SELECT count(*) AS n FROM media WHERE user_id = ? AND "
    .. LISTED, user_id).n
end

--- The sort key of the nth newest post, or nil.
function posts.nth(world, user_id, n)
  local row = world.store:one("SELECT sort FROM media WHERE user_id = ? AND "
    .. LISTED .. "ORDER BY sort DESC LIMIT 1 OFFSET ?", user_id, n - 1)
  return row and row.sort
end

--- People with posts the clock has not reached: rows of username, count, newest.
function posts.later(world)
  return world.store:all("SELECT username, count(*) AS count, max(taken) AS newest "
    .. "FROM media JOIN users ON users.id = user_id WHERE taken > ? "
    .. "AND parent_id IS NULL GROUP BY user_id ORDER BY username", world.clock:now())
end

--- Stories made after a moment, newest first.
function posts.stories(world, user_id, since)
  return world.store:all("SELECT * FROM media WHERE user_id = ? "
    .. "AND product = 'STORY' AND taken > ? ORDER BY sort DESC", user_id, since)
end

return posts
