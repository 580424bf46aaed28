--- One post at its permalink: /p/SHORTCODE/ or /reel/SHORTCODE/, as in `permalink`.

local bulk = require "instagram.sandbox.bulk"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local posts = require "instagram.sandbox.posts"
local profile = require "instagram.sandbox.pages.people_profile"
local timeline = require "instagram.sandbox.timeline"

local post = {}

-- A picture or video of a post.
local function shown(ctx, row, caption)
  local alt = profile.alt(row, caption)
  if row.kind ~= "VIDEO" then
    return h.img { src = page.file_address(ctx, row.file), alt = alt }
  end
  return h.video { controls = true, preload = "metadata", ["aria-label"] = alt,
    src = page.file_address(ctx, row.file),
    poster = row.thumbnail and page.file_address(ctx, row.thumbnail) }
end

-- An album's children side by side: scrolled by finger, wheel or arrow keys.
local function album(ctx, row, children)
  local items = {}
  for i, child in ipairs(children) do
    items[i] = h.li { shown(ctx, child, i == 1 and row.caption or nil),
      h.span { class = "hint", i .. " of " .. #children } }
  end
  return h.div { class = "wide", tabindex = "0", role = "region",
    ["aria-label"] = "Album of " .. #children, h.ul { class = "album", items } }
end

local function pictures(ctx, row)
  local children = timeline.children(ctx.world, row.user_id, { row })[row.id]
  if children then return album(ctx, row, children) end
  return h.div { class = "single", shown(ctx, row, row.caption) }
end

local function plural(count, one)
  return parts.number(count) .. " " .. one .. (count == 1 and "" or "s")
end

-- What a developer looks for.
local function details(row)
  local kind = row.product == "REELS" and "VIDEO, REELS" or row.kind
  return h.details { h.summary { "For developers" }, h.dl {
    h.dt { "id" }, h.dd { h.code { row.id } },
    h.dt { "media_type" }, h.dd { h.code { kind } },
    row.flagged == 1 and { h.dt { "media_url" },
      h.dd { "left out: the material is flagged" } },
  } }
end

local function body(ctx, user, row)
  return {
    parts.who(ctx),
    h.article { class = "post",
      h.h1 { class = "owner", h.a { href = parts.path(user), page.face(ctx, user) } },
      pictures(ctx, row),
      row.caption and h.p { class = "text", row.caption },
      h.p { class = "hint", plural(row.like_count, "like") .. ", "
        .. plural(row.comments_count, "comment") .. ", ", parts.time(row.taken) },
      details(row) },
  }
end

local function find(world, shortcode)
  return posts.by_shortcode(world, shortcode) or bulk.by_shortcode(world, shortcode)
end

--- A post or a story as a page; of a private account, that it is one.
function post.show(ctx, user, row)
  if not profile.is_open(ctx, user) then
    return page.answer(ctx, { title = user.username, status = 403,
      body = { parts.who(ctx), h.h1 { user.username }, profile.closed() } })
  end
  return page.answer(ctx, { title = user.username .. ": "
    .. profile.alt(row, row.caption), body = body(ctx, user, row) })
end

--- GET /p/SHORTCODE/. The shortcode of an album's child leads to the album.
function post.answer(ctx, rest)
  local row = find(ctx.world, (rest:gsub("/$", "")))
  if not row then return nil end
  local user = ctx.world.store:one("SELECT * FROM users WHERE id = ?", row.user_id)
  if row.parent_id and profile.is_open(ctx, user) then
    local parent = timeline.find(ctx.world, row.parent_id)
    return page.see_other(ctx, parts.post_path(parent))
  end
  return post.show(ctx, user, row)
end

return post
