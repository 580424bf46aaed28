--- What answers look like, and what scripts get: albums as plain arrays, times as
--- numbers, one still picture for anything. Pure: tables in, tables out.
local time = require "instagram.time"

local feed = {}

--- Where the next page of a list begins.
---@param paging table?
---@return string? cursor nil when it is missing
---@return boolean more is there a next page at all?
--- The address in `next` is never followed; it holds the token, and it is an answer's
--- word. Its cursor is taken when `cursors` lacks one.
function feed.next_cursor(paging)
  if type(paging) ~= "table" or not paging.next then return nil, false end
  local cursors = type(paging.cursors) == "table" and paging.cursors or {}
  if cursors.after and cursors.after ~= "" then return cursors.after, true end
  local encoded = tostring(paging.next):match("[?&]after=([^&#]+)")
  local cursor = encoded and encoded:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end)
  return cursor, true
end

-- Only for media whose type nobody asked for.
local function is_film(address)
  return address:match("^[^?#]*"):lower():find("%.mp4$") ~= nil
end

-- The address of a picture: never a film's. An album's own media_url is its first
-- child's file (observed), so the children are asked first.
local function still(media)
  local children = media.children
  for i = 1, type(children) == "table" and #children or 0 do
    if children[i].still then return children[i].still end
  end
  if media.thumbnail_url then return media.thumbnail_url end
  local kind, address = media.media_type, media.media_url
  if kind == "IMAGE" then return address end
  if not address or kind == "VIDEO" or is_film(address) then return nil end
  return address
end

local function shape_one(media)
  media.time = time.epoch(media.timestamp)
  media.still = still(media)
end

--- Shapes a media in place: `children` becomes a plain array, `time` and `still` are
--- added.
---@param media table as decoded
---@return string? rest the cursor after which children are missing: ask their edge
function feed.shape(media)
  local edge, rest = media.children, nil
  if type(edge) == "table" and type(edge.data) == "table" then
    rest = feed.next_cursor(edge.paging)
    media.children = edge.data
    for _, child in ipairs(edge.data) do shape_one(child) end
  end
  shape_one(media)
  return rest
end

--- /me: flat on the wire, in a list of one in Meta's documentation; both are accepted.
---@param answer table
---@return table
function feed.unwrap(answer)
  local inner = type(answer.data) == "table" and answer.data[1]
  if answer.id == nil and type(inner) == "table" then return inner end
  return answer
end

return feed
