--- What a file is, by its content, and when it was made. Reads heads and boxes, never a
--- whole file; decodes nothing.

local exif = require "instagram.sandbox.exif"

local picture = {}

local HEAD = 131072 -- EXIF comes first in a JPEG, and is 64 KB at most
local CHUNKS_MAX, BOXES_MAX = 1000, 1000
local MAC_EPOCH = 2082844800 -- MP4 counts from 1904

-- brands of ISO base media files (ISO 14496-12) that are no MP4
local brands = {
  heic = "image/heic", heix = "image/heic", heim = "image/heic", heis = "image/heic",
  hevc = "image/heic", mif1 = "image/heic", msf1 = "image/heic", avif = "image/avif",
  avis = "image/avif", ["qt  "] = "video/quicktime", crx = "image/x-canon-cr3",
  ["crx "] = "image/x-canon-cr3", ["M4A "] = "audio/mp4",
}

local function mime_of(head)
  if head:sub(1, 3) == "\255\216\255" then return "image/jpeg" end
  if head:sub(1, 8) == "\137PNG\r\n\26\n" then return "image/png" end
  if head:sub(1, 4) == "RIFF" and head:sub(9, 12) == "WEBP" then return "image/webp" end
  if head:sub(1, 4) == "GIF8" then return "image/gif" end
  if head:sub(5, 8) == "ftyp" then return brands[head:sub(9, 12)] or "video/mp4" end
end

local function number(bytes, at, size)
  local value = 0
  for i = at, at + size - 1 do value = value * 256 + bytes:byte(i) end
  return value
end

-- The TIFF block of a JPEG: segments follow each other, each with its length.
local function jpeg_exif(head)
  local at = 3
  while at + 9 <= #head and head:byte(at) == 0xFF do
    local kind, size = head:byte(at + 1), number(head, at + 2, 2)
    if kind == 0xDA or kind == 0xD9 then return nil end -- the picture itself
    if kind == 0xE1 and head:sub(at + 4, at + 9) == "Exif\0\0" then
      return head:sub(at + 10, at + 1 + size)
    end
    at = at + 2 + math.max(size, 2)
  end
end

-- The TIFF block of a PNG: the chunk eXIf, which may stand behind the pixels.
local function png_exif(native, path)
  local at = 8
  for _ = 1, CHUNKS_MAX do
    local head = native.read_part(path, at, 8)
    if not head or #head < 8 then return nil end
    local size, kind = number(head, 1, 4), head:sub(5, 8)
    if kind == "eXIf" then
      return native.read_part(path, at + 8, math.min(size, 65536))
    end
    at = at + 12 + size
  end
end

-- Size of a box's head and of the box; nil at the end, or when it is broken.
local function box_at(native, path, at)
  local head = native.read_part(path, at, 16)
  if not head or #head < 8 then return nil end
  local size, kind = number(head, 1, 4), head:sub(5, 8)
  if size == 1 and #head == 16 then return 16, number(head, 9, 8), kind end
  if size == 0 then size = math.huge end -- to the end of the file
  return 8, size, kind
end

-- Where the content of the first box of that kind begins.
local function find_box(native, path, at, wanted)
  for _ = 1, BOXES_MAX do
    local head, size, kind = box_at(native, path, at)
    if not head then return nil end
    if kind == wanted then return at + head end
    if size < head or at + size >= 2 ^ 53 then return nil end
    at = at + size
  end
end

-- Creation time of an MP4: moov, mvhd; 0 when the camera had no clock.
local function mp4_date(native, path)
  local moov = find_box(native, path, 0, "moov")
  local mvhd = moov and find_box(native, path, moov, "mvhd")
  local bytes = mvhd and native.read_part(path, mvhd, 12)
  if not bytes or #bytes < 12 then return nil end
  local date = number(bytes, 5, bytes:byte(1) == 1 and 8 or 4) - MAC_EPOCH
  return date > 0 and date < 2 ^ 33 and date or nil
end

--- What Instagram takes, and what pages and clients are served: mime -> kind.
picture.served = { ["image/jpeg"] = "IMAGE", ["image/png"] = "IMAGE",
  ["video/mp4"] = "VIDEO" }

--- The content type of a file, by its first bytes; nil when it is none known here, or
--- cannot be read.
---@return string|nil mime
---@return string|nil message  why it cannot be read
function picture.mime(native, path)
  local head, problem = native.read_part(path, 0, 16)
  if not head then return nil, problem end
  return mime_of(head)
end

--- Looks at a file.
---@return table|nil found  mime, kind ("IMAGE", "VIDEO", or nil for anything else),
--- date (epoch) and description where the file says them
---@return string|nil message  why it cannot be read
function picture.look(native, path)
  local head, problem = native.read_part(path, 0, 16)
  if not head then return nil, problem end
  local found = { mime = mime_of(head) }
  local class = (found.mime or ""):match("^%a+")
  found.kind = class == "image" and "IMAGE" or class == "video" and "VIDEO" or nil
  local block
  if found.mime == "image/jpeg" then
    block = jpeg_exif(native.read_part(path, 0, HEAD) or "")
  elseif found.mime == "image/png" then
    block = png_exif(native, path)
  elseif found.kind == "VIDEO" then
    found.date = mp4_date(native, path)
  end
  if block then
    local written = exif.read(block)
    found.date, found.description = written.date, written.description
  end
  return found
end

return picture
