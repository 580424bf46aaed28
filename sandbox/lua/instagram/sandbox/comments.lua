--- Comments below posts and their replies, of the successor only: what they are, how
--- they are listed. Newest first; cursors name a comment.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local cursor = require "instagram.sandbox.cursor"
local paging = require "instagram.sandbox.paging"
local plan = require "instagram.sandbox.plan"
local posts = require "instagram.sandbox.posts"
local tokens = require "instagram.sandbox.tokens"

local comments = {}

local MOST = 50 -- in one page: from memory of Meta's page
local misuse = check.misuse

--- What comes without `fields`: as Meta's page shows it (from memory), not recorded.
comments.fields = "timestamp,text,id"

-- --- what they are ------------------------------------------------------------------

--- The row of an id, with the post's owner as `user_id`; nil when there is none.
function comments.find(world, id)
  return world.store:one("SELECT comments.*, media.user_id FROM comments "
    .. "JOIN media ON media.id = comments.media_id WHERE comments.id = ?", id)
end

local function place_of(world, spec)
  if spec.reply_to then
    local parent = comments.find(world, spec.reply_to)
    if not parent then misuse("no comment has the id " .. spec.reply_to) end
    -- a reply to a reply stands below the same comment
    return parent.media_id, parent.parent_id or parent.id
  end
  local post = spec.media and posts.find(world, spec.media)
  if not post or post.parent_id then
    misuse("no post that is stored has the id " .. tostring(spec.media))
  end
  return post.id
end

local function moment_of(world, spec)
  local made = spec.timestamp == nil and world.clock:now() or clock.read(spec.timestamp)
  if not made then misuse("timestamp must be ISO 8601 or seconds from 1970 on") end
  return math.floor(made)
end

--- Keeps a comment whose parts are good; the post's count is the caller's business.
---@param key string  its id is made from it
---@param number number  orders comments of one second
---@param place table  media_id, parent_id (nil)
---@param spec table  username, text, like_count, hidden
---@param made number  epoch
---@return string id
function comments.put(world, key, number, place, spec, made)
  local id = "1802" .. world.ids:digits("comment/" .. key, 13)
  world.store:insert("comments", { id = id, media_id = place.media_id,
    parent_id = place.parent_id, sort = made * posts.slots + number % posts.slots,
    username = spec.username, text = spec.text, made = made,
    like_count = spec.like_count, hidden = spec.hidden and 1 or 0 })
  return id
end

--- Adds a comment, or a reply to one.
---@param spec table  media or reply_to (ids), username, text, timestamp, like_count,
--- hidden
---@return string id
function comments.add(world, spec)
  local name = spec.username or ""
  if not name:match("^[%w._]+$") then
    misuse("username must be letters, digits, '.' and '_'")
  elseif not (spec.text or ""):find("%S") then
    misuse("text is missing")
  end
  local media_id, parent_id = place_of(world, spec)
  local made, number = moment_of(world, spec), world.store:serial()
  local id = comments.put(world, number, number,
    { media_id = media_id, parent_id = parent_id }, spec, made)
  world.store:run("UPDATE media SET comments_count = comments_count + 1 WHERE id = ?",
    media_id)
  return id
end

-- --- lists --------------------------------------------------------------------------

local queries = {}
for of, where in pairs({ media = "media_id = ? AND parent_id IS NULL",
  comment = "parent_id = ?" }) do
  for _, order in ipairs({ "ASC", "DESC" }) do
    queries[of .. order] = "SELECT * FROM comments WHERE " .. where
      .. " AND sort > ? AND sort < ? ORDER BY sort " .. order .. " LIMIT ?"
  end
end

local function between(world, of, id, low, high, limit, order)
  return world.store:all(queries[of .. order], id, low, high, limit)
end

local function reversed(rows)
  local out, n = {}, #rows
  for i = 1, n do out[i] = rows[n + 1 - i] end
  return out
end

-- Rows of the page and whether there are newer and older ones.
local function page_of(env, of, id, query, limit)
  local after = paging.position(env, id, query, "after")
  local before = not after and paging.position(env, id, query, "before")
  local rows = between(env.world, of, id, before or -1, after or 2 ^ 53, limit + 1,
    before and "ASC" or "DESC")
  local more = #rows > limit
  rows[limit + 1] = nil
  if before then return reversed(rows), more, true end
  return rows, after ~= nil, more
end

-- O: the lists of an app that is not live are empty, without an error; a switch.
local function shows(env)
  return env.session.app.mode == "live" or env.world.settings.development_comments
end

--- Plain words about why a list shows less than the post counts; nil when it does not.
---@param of "media"|"comment"
---@param row table  the post or comment they stand below
function comments.lacking(world, session, of, row)
  if not shows { world = world, session = session } then
    return "the app is in development mode: no comments are shown "
      .. "(development_comments)"
  end
  if of ~= "media" then return nil end
  local stored = world.store:one("SELECT count(*) AS n FROM comments "
    .. "WHERE media_id = ?", row.id).n
  if stored >= row.comments_count then return nil end
  return ("comments_count is %.0f, of which %.0f are kept here (add_comment)"):format(
    row.comments_count, stored)
end

--- `{"data":[...],"paging":{...}}` of the comments of a post, or of the replies to a
--- comment.
---@param of "media"|"comment"
---@param query table  limit, after, before
---@param target table  see paging.text
function comments.write(env, list_plan, of, id, query, target)
  local limit = math.min(paging.limit(env.world, query.limit), MOST)
  local rows, newer, older = {}, false, false
  if shows(env) then rows, newer, older = page_of(env, of, id, query, limit) end
  if #rows == 0 then return '{"data":[]}' end
  return '{"data":' .. plan.write_list(list_plan, rows, env) .. paging.text(env, target,
    limit, { first = cursor.write(env.world.ids, id, rows[1].sort),
      last = cursor.write(env.world.ids, id, rows[#rows].sort), has_next = older,
      has_previous = newer }) .. "}"
end

-- Absent without the permission, and where there are none. For plan.lua.
local function expander(of, edge)
  return function(env, list_plan, row, options, text)
    if not tokens.allows(env.world, env.session, env.flavour.comment.read) then
      return nil
    end
    if text == "" then
      text = comments.fields
      list_plan = plan.of(env.world, env.flavour, "comment", text, false)
    end
    local list = comments.write(env, list_plan, of, row.id, options,
      { path = row.id .. "/" .. edge, fields = text, others = {} })
    return list ~= '{"data":[]}' and list or nil
  end
end

--- `comments{...}` inside a post.
comments.expand = expander("media", "comments")

--- `replies{...}` inside a comment.
comments.expand_replies = expander("comment", "replies")

return comments
