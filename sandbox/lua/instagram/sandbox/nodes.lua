--- What each field of a user and of a media node is on the wire: one function a field,
-- row -> JSON text, or nil for "absent".

local clock = require "instagram.sandbox.clock"
local json = require "instagram.sandbox.json"
local media = require "instagram.sandbox.media"
local timeline = require "instagram.sandbox.timeline"
local tokens = require "instagram.sandbox.tokens"

local nodes = { user = {}, media = {}, comment = {} }
local user, post, comment = nodes.user, nodes.media, nodes.comment
local quote = json.quote

local function number(value) return string.format("%d", value) end

local function address(env, name)
  local write = env.addresses
  if not write then
    write = media.addresses(env.world, env.origins.media)
    env.addresses = write
  end
  return write(name)
end

-- Raw up to v10.0, app-scoped from v11.0 on; the successor knows only scoped ids.
function user.id(row, env)
  local raw = env.flavour.token_id == "raw" and env.release.number < 1100
  return '"' .. (raw and row.id or env.session.scoped_id) .. '"'
end

function user.user_id(row) return '"' .. row.id .. '"' end

function user.username(row) return quote(row.username) end

function user.name(row) return row.name ~= "" and quote(row.name) or nil end

function user.account_type(row) return quote(row.account_type) end

function user.profile_picture_url(row, env)
  return row.picture and address(env, row.picture)
end

function user.followers_count(row) return number(row.followers_count) end

function user.follows_count(row) return number(row.follows_count) end

function user.media_count(row, env)
  return number(timeline.count(env.world, row.id))
end

function user.biography(row)
  return row.biography ~= "" and quote(row.biography) or nil
end

function user.website(row) return row.website ~= "" and quote(row.website) or nil end

function post.id(row) return '"' .. row.id .. '"' end

function post.caption(row) return row.caption and quote(row.caption) end

function post.media_type(row) return '"' .. row.kind .. '"' end

-- Left out for media with copyrighted or flagged material (D).
function post.media_url(row, env)
  if row.flagged == 1 or not row.file then return nil end
  return address(env, row.file)
end

function post.permalink(row, env)
  if row.product == "STORY" then
    return '"https:\\/\\/www.instagram.com\\/stories\\/' .. env.owner.username .. "\\/"
      .. row.id .. '"'
  end
  local kind = row.product == "REELS" and "reel" or "p"
  return '"https:\\/\\/www.instagram.com\\/' .. kind .. "\\/" .. row.shortcode .. '\\/"'
end

function post.thumbnail_url(row, env)
  if row.kind ~= "VIDEO" then return nil end
  return row.thumbnail and address(env, row.thumbnail)
end

function post.timestamp(row) return '"' .. clock.iso(row.taken) .. '"' end

function post.username(_, env) return quote(env.owner.username) end

function post.is_shared_to_feed(row)
  if row.product ~= "REELS" then return nil end
  return row.shared == 1 and "true" or "false"
end

function post.media_product_type(row) return '"' .. row.product .. '"' end

function post.like_count(row) return number(row.like_count) end

function post.comments_count(row) return number(row.comments_count) end

function post.owner(row) return '{"id":"' .. row.user_id .. '"}' end

function post.shortcode(row) return '"' .. row.shortcode .. '"' end

function post.is_comment_enabled() return "true" end

function post.alt_text(row)
  return row.kind == "IMAGE" and row.alt_text and quote(row.alt_text) or nil
end

function post.legacy_instagram_media_id(row, env)
  return '"' .. env.world.ids:digits("legacy/" .. row.id, 19) .. '"'
end

comment.id = post.id
comment.timestamp = function(row) return '"' .. clock.iso(row.made) .. '"' end
comment.like_count = post.like_count

function comment.text(row) return quote(row.text) end

function comment.username(row) return quote(row.username) end

function comment.hidden(row) return row.hidden == 1 and "true" or "false" end

function comment.parent_id(row) return row.parent_id and '"' .. row.parent_id .. '"' end

function comment.media(row) return '{"id":"' .. row.media_id .. '"}' end

-- The app-scoped id of who wrote it: anybody's name will do here, so it is invented.
function comment.from(row, env)
  return '{"id":"' .. env.world.ids:scoped(env.session.app.client_id, row.username,
    env.flavour.scoped_length) .. '","username":' .. quote(row.username) .. "}"
end

--- True when a needed permission of a field is granted; else the field stays silent.
function nodes.allowed(env, needs)
  return not needs or tokens.allows(env.world, env.session, needs)
end

return nodes
