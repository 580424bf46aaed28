--- The media host: signed addresses that expire, and the files behind them.
-- Form of the addresses as recorded (`oh` signature, `oe` expiry in hex); refusals are
-- 403 with one line of text (O: "URL signature expired", "URL signature mismatch").

local bulk = require "instagram.sandbox.bulk"
local clock = require "instagram.sandbox.clock"
local files = require "instagram.sandbox.files"
local respond = require "instagram.sandbox.respond"

local media = {}

local floor, format = math.floor, string.format

local paths = { [".mp4"] = "\\/v\\/t50.2886-16\\/" } -- as in JSON
local picture_path = "\\/v\\/t51.2885-15\\/"

-- Until 2021 the signature was 32 hex digits, since then 00_Af and base64url.
local hex_until = clock.epoch(2022, 1, 1)

local function sign(world, name, expiry, now)
  local text = "media/" .. name .. "/" .. expiry
  local digest = world.ids:digest(text)
  if now < hex_until then return world.native.sha1_hex(digest):sub(1, 32) end
  return "00_Af" .. world.native.base64url(digest)
end

local function window_of(world)
  return math.max(1, floor(world.settings.media_life / 4))
end

--- Changes when addresses made now differ from those made before: caches key on it.
function media.stamp(world)
  return floor((world.clock:now() - world.media_age) / window_of(world))
end

-- The host's name in an address: `_nc_ht` repeats it.
local function host_of(origin)
  return origin:match("//(%b[])") or origin:match("//([^/:]+)") or ""
end

-- Writes addresses of one moment; what they share is worked out once.
local function writer(world, origin)
  local now, window = world.clock:now() - world.media_age, window_of(world)
  local base = (floor(now / window) + 1) * window + world.settings.media_life
  local escaped = '"' .. origin:gsub("/", "\\/")
  local middle = "&ccb=1-7&_nc_sid=8ae9d6&_nc_ht=" .. host_of(origin)
    .. "&edm=ANo9K5cEAAAA&oh="
  return function(name)
    local number = tonumber(name:match("_(%d%d?%d?%d?)")) or 0
    local oe = format("%X", base + number % window)
    return escaped .. (paths[name:sub(-4)] or picture_path) .. name .. "?_nc_cat="
      .. 100 + number % 12 .. middle .. sign(world, name, oe, now) .. "&oe=" .. oe
      .. '"'
  end
end

local KEPT_MAX = 5000

--- A function that writes addresses: name on the media host -> JSON text, quotes
--- included. Good for `media_life` seconds and at most half as long again; stable for a
--- quarter of that, as real ones are.
---@param origin string  "https://scontent.cdninstagram.com"
function media.addresses(world, origin)
  local cache, key = world:cache("addresses", 8), origin .. media.stamp(world)
  local known = cache:get(key)
  if known then return known end
  local write, kept, count = writer(world, origin), {}, 0
  local function address(name)
    local text = kept[name]
    if text then return text end
    if count >= KEPT_MAX then kept, count = {}, 0 end
    text = write(name)
    kept[name], count = text, count + 1
    return text
  end
  cache:put(key, address)
  return address
end

-- The reason to refuse an address, or nil when it is good.
local function verdict(ctx, name)
  local oe, oh = ctx:param("oe"), ctx:param("oh")
  local expiry = oe and #oe <= 10 and tonumber(oe, 16)
  if not expiry or not oh then return "URL signature mismatch" end
  local world = ctx.world
  if oh ~= sign(world, name, oe, 0) and oh ~= sign(world, name, oe, hex_until) then
    return "URL signature mismatch"
  end
  if ctx.now >= expiry or world.media_age > 0 then return "URL signature expired" end
end

-- A picture of one pixel, and as much of an MP4 as names itself one: what is served
-- when a post was added without a file and there are no demo pictures.
local pixel = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQ"
  .. "gKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/"
  .. "2gAIAQEAAD8A0s8g/9k"
local movie = "\0\0\0\24ftypisom\0\0\2\0isommp41\0\0\0\8free"

local function stand_in(ctx, name)
  if name:sub(-4) == ".mp4" then return { body = movie } end
  local pictures = ctx.world.pictures
  local place = bulk.place_of_name(name) or tonumber(name:sub(1, 6)) or 0
  if #pictures > 0 then return { file = pictures[place % #pictures + 1] } end
  local text = pixel:gsub("%+", "-"):gsub("/", "_")
  return { body = ctx.world.native.unbase64url(text) }
end

-- What lies behind a name: { file = path } or { body = bytes }, its type; nil if none.
local function content(ctx, name)
  local row = files.find(ctx.world, name)
  if not row and not bulk.place_of_name(name) then return nil end
  local found = row and row.path and { file = row.path } or stand_in(ctx, name)
  return found, row and files.type_of(row) or "image/jpeg"
end

-- nil when the file is gone from disk.
local function tag_of(world, name, found)
  local size = found.body and #found.body or world.native.file_size(found.file)
  if not size then return nil end
  return '"' .. world.native.sha1_hex(name .. "/" .. size):sub(1, 16) .. '"'
end

local function refuse(ctx, status, name, reason)
  ctx.entry.refused, ctx.entry.reason = name, reason
  return respond.text(ctx, status, reason)
end

-- nosniff: by the sandbox's own address its pages are of the same origin.
local function headers_of(ctx, mime, tag, date)
  return {
    { "Content-Type", mime }, { "X-Content-Type-Options", "nosniff" },
    { "ETag", tag }, { "Last-Modified", date },
    { "Cache-Control", "max-age=1209600, no-transform" },
    { "Access-Control-Allow-Origin", "*" }, { "timing-allow-origin", "*" },
    { "Date", clock.http(ctx.now) },
  }
end

local function bytes_of(found)
  if found.body then return found.body end
  local file = io.open(found.file, "rb")
  local bytes = file and file:read("*a")
  if file then file:close() end
  return bytes
end

-- Another file under the same name (fault `changed_file`): every byte stands elsewhere,
-- tag and date are others. The host cuts ranges out of files only: here it is done by
-- hand.
local function changed(ctx, name, found, mime)
  local bytes = (bytes_of(found) or ""):reverse()
  local tag = '"' .. ctx.world.native.sha1_hex(name .. "/changed"):sub(1, 16) .. '"'
  local out = { status = 200, headers = headers_of(ctx, mime, tag,
    clock.http(ctx.now)) }
  local asked = ctx.request.headers
  local from = tonumber((asked.range or ""):match("^bytes=(%d+)%-$"))
  local same = not asked["if-range"] or asked["if-range"] == tag
  if from and same and from < #bytes then
    out.status = 206
    out.headers[#out.headers + 1] = { "Content-Range",
      ("bytes %d-%d/%d"):format(from, #bytes - 1, #bytes) }
    bytes = bytes:sub(from + 1)
  end
  out.body = bytes
  return out
end

--- Answers GET /v/t51.2885-15/NAME; the host cuts ranges out of files.
function media.answer(ctx)
  ctx.entry.endpoint = "media file"
  local name = ctx.request.path:match("([^/]+)$") or ""
  local problem = verdict(ctx, name)
  if problem then return refuse(ctx, 403, "media_address", problem) end
  local found, mime = content(ctx, name)
  local tag = found and tag_of(ctx.world, name, found)
  if not tag then return refuse(ctx, 404, "media_missing", "no such file") end
  if ctx.world.faults.changed[ctx.request.path] then
    return changed(ctx, name, found, mime)
  end
  found.status = 200
  found.headers = headers_of(ctx, mime, tag, clock.http(clock.start - 86400))
  return found
end

return media
