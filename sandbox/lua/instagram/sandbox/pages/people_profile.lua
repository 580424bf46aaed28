--- A profile: picture, names, counts, and the posts as a grid, newest first.

local h = require "instagram.sandbox.pages.html"
local logins = require "instagram.sandbox.logins"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local timeline = require "instagram.sandbox.timeline"

local profile = {}

local SHOWN = 30 -- posts on a page

local markers = { VIDEO = "Video", CAROUSEL_ALBUM = "Album" }

local function marker_of(row)
  return row.product == "REELS" and "Reel" or markers[row.kind]
end

local function cut(text, length)
  if #text <= length then return text end
  return text:sub(1, length):gsub("[\128-\191]*$", ""):gsub("[\192-\255]$", "") .. "…"
end

--- What stands in for a picture where it cannot be seen.
---@param row table  a row of media
---@param caption string|nil  of the post it belongs to
function profile.alt(row, caption)
  local text = row.alt_text or caption
  if text and text ~= "" then return cut(text:gsub("%s+", " "), 200) end
  return "Post of " .. parts.date(row.taken)
end

--- The still picture of a post.
function profile.still(row) return row.thumbnail or row.kind ~= "VIDEO" and row.file end

-- What an album shows is its first child's.
local function still_of(row, children)
  local first = (children[row.id] or {})[1]
  return first and profile.still(first) or profile.still(row)
end

local function tile(ctx, row, children)
  local marker, still = marker_of(row), still_of(row, children)
  local alt = (marker and marker .. ": " or "") .. profile.alt(row, row.caption)
  return h.li { h.a { class = "tile", href = parts.post_path(row),
    still and h.img { src = page.file_address(ctx, still), alt = alt, width = 300,
      height = 300 } or h.span { alt },
    marker and h.span { class = "marker", ["aria-hidden"] = "true", marker } } }
end

local function sort_of(ctx, name)
  local text = ctx:param(name)
  return text and text:find("^%d+$") and #text < 17 and tonumber(text) or nil
end

-- The posts of the page asked for, and whether there are older and newer ones.
local function posts_of(ctx, user)
  local older, newer = sort_of(ctx, "older"), sort_of(ctx, "newer")
  local world, low, high = ctx.world, -math.huge, math.huge
  local function some(from, to, limit, ascending)
    return timeline.between(world, user.id, from, to, limit, ascending)
  end
  local rows = some(newer or low, older or high, SHOWN, newer ~= nil)
  if newer then
    for i = 1, math.floor(#rows / 2) do
      rows[i], rows[#rows + 1 - i] = rows[#rows + 1 - i], rows[i]
    end
  end
  if #rows == 0 then return rows end
  return rows, #some(low, rows[#rows].sort, 1) > 0,
    #some(rows[1].sort, high, 1, true) > 0
end

local function pager(user, rows, older, newer)
  if not older and not newer then return nil end
  local function link(name, row, text)
    return h.a { href = ("%s?%s=%.0f"):format(parts.path(user), name, row.sort), text }
  end
  return h.nav { class = "pager", ["aria-label"] = "More posts",
    newer and link("newer", rows[1], "Newer posts"),
    older and link("older", rows[#rows], "Older posts") }
end

local function grid(ctx, user)
  local rows, older, newer = posts_of(ctx, user)
  if #rows == 0 then return h.p { class = "empty", "No posts yet." } end
  local children, tiles = timeline.children(ctx.world, user.id, rows), {}
  for i, row in ipairs(rows) do tiles[i] = tile(ctx, row, children) end
  return { h.ul { class = "grid", tiles }, pager(user, rows, older, newer) }
end

local function count(number, one, many)
  return h.li { h.b { parts.number(number) }, " ", number == 1 and one or many }
end

local function website(user)
  if user.website == "" then return nil end
  if not user.website:find("^https?://") then return h.p { user.website } end
  return h.p { h.a { href = user.website, rel = "nofollow noopener",
    (user.website:gsub("^https?://", ""):gsub("/$", "")) } }
end

local function head(ctx, user, is_self)
  return h.div { class = "profile",
    user.picture and h.img { class = "portrait", width = 150, height = 150,
      src = page.file_address(ctx, user.picture),
      alt = user.username .. "'s profile picture" }
      or h.span { class = "portrait" },
    h.div { class = "about",
      h.h1 { user.username },
      is_self and h.p { h.a { class = "button", href = parts.path(user, "edit"),
        "Edit profile" } },
      h.ul { class = "counts",
        count(timeline.count(ctx.world, user.id), "post", "posts"),
        count(user.followers_count, "follower", "followers"),
        count(user.follows_count, "following", "following") },
      user.name ~= "" and h.p { class = "name", user.name },
      user.account_type ~= "PERSONAL" and h.p { class = "hint",
        (parts.kind(user):gsub("^%l", string.upper)) .. " account" },
      user.biography ~= "" and h.p { class = "text", user.biography },
      website(user) } }
end

--- A note in place of what only the person may see.
function profile.closed()
  return h.div { class = "empty", h.h2 { "This account is private" },
    h.p { "Only they themselves can see their posts." } }
end

--- True when the browser that asks may see a person's posts.
function profile.is_open(ctx, user)
  if user.private == 0 then return true, false end
  local viewer = logins.current(ctx)
  return viewer ~= nil and viewer.id == user.id
end

--- GET /people/NAME.
function profile.answer(ctx, user)
  local viewer = logins.current(ctx)
  local is_self = viewer ~= nil and viewer.id == user.id
  return page.answer(ctx, { title = user.username, body = {
    parts.who(ctx), head(ctx, user, is_self),
    profile.is_open(ctx, user) and grid(ctx, user) or profile.closed(),
  } })
end

return profile
