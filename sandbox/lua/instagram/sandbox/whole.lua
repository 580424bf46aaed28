--- Is a picture or video all there? A copy that broke off half way still says in its
--- first bytes what it was to become. Looks at markers, chunks and boxes, decodes
--- nothing.

local whole = {}

local PARTS_MAX = 100000
local TAIL, BLOCK = 65536, 524288

local function number(bytes, at, size)
  local value = 0
  for i = at, at + size - 1 do value = value * 256 + bytes:byte(i) end
  return value
end

-- --- JPEG ---------------------------------------------------------------------------

-- SOF0 to SOF15 without the three that are none (DHT, JPG, DAC).
local function is_frame(marker)
  return marker >= 0xC0 and marker <= 0xCF and marker ~= 0xC4 and marker ~= 0xC8
    and marker ~= 0xCC
end

-- Where the pixels begin, behind a header of the frame; nil when they never do.
local function scan_of(native, path)
  local at, framed = 2, false
  for _ = 1, PARTS_MAX do
    local head = native.read_part(path, at, 4)
    if not head or #head < 4 or head:byte(1) ~= 0xFF then return nil end
    local marker = head:byte(2)
    if marker == 0xDA then return framed and at or nil end
    if marker == 0xFF then -- fill
      at = at + 1
    else
      framed = framed or is_frame(marker)
      at = at + 2 + math.max(number(head, 3, 2), 2)
    end
  end
end

-- The end marker cannot stand among pixels. It is at the end, or before what cameras
-- put behind a picture.
local function has_end(native, path, from, size)
  local last = math.max(from, size - TAIL)
  local tail = native.read_part(path, last, TAIL) or ""
  if tail:find("\255\217", 1, true) then return true end
  for at = from, last, BLOCK do
    local block = native.read_part(path, at, BLOCK + 1) or ""
    if block:find("\255\217", 1, true) then return true end
  end
  return false
end

local function jpeg(native, path, size)
  local from = scan_of(native, path)
  return from ~= nil and has_end(native, path, from, size)
end

-- --- PNG ----------------------------------------------------------------------------

local function png(native, path, size)
  local at = 8
  for i = 1, PARTS_MAX do
    local head = native.read_part(path, at, 8)
    if not head or #head < 8 then return false end
    local kind = head:sub(5, 8)
    at = at + 12 + number(head, 1, 4)
    if at > size or i == 1 and kind ~= "IHDR" then return false end
    if kind == "IEND" then return true end
  end
  return false
end

-- --- MP4 ----------------------------------------------------------------------------

-- Size of the box at a place; 0: to the end of the file. nil: no box.
local function box_at(native, path, at)
  local head = native.read_part(path, at, 16)
  if not head or #head < 8 then return nil end
  local size, kind = number(head, 1, 4), head:sub(5, 8)
  if size == 1 and #head == 16 then size = number(head, 9, 8) end
  return size, kind
end

-- Boxes that stand at the top of a file: ISO 14496-12, CMAF, QuickTime.
local top_boxes = {}
for kind in ("ftyp styp pdin moov moof mfra mdat imda free skip wide pnot udta uuid "
  .. "meta meco sidx ssix prft emsg"):gmatch "%a+" do
  top_boxes[kind] = true
end

-- Every box ends in the file; one says what the others hold, and those are there. What
-- follows them and is no box is nobody's business, whatever length it seems to have.
local function mp4(native, path, size)
  local at, seen = 0, {}
  local function is_complete() return seen.moov and (seen.mdat or seen.moof) end
  for _ = 1, PARTS_MAX do
    local length, kind = box_at(native, path, at)
    if not length or length > 0 and length < 8 then break end
    if is_complete() and not top_boxes[kind] then break end
    seen[kind] = true
    if length == 0 then break end
    at = at + length
    if at > size then return false end
  end
  return is_complete() or false
end

local tests = { ["image/jpeg"] = jpeg, ["image/png"] = png, ["video/mp4"] = mp4,
  ["video/quicktime"] = mp4 }

--- True when nothing speaks against it; of other kinds of files always.
---@param mime string|nil  what the file is by its first bytes
---@return boolean
function whole.is(native, path, mime)
  local test = tests[mime]
  return not test or test(native, path, native.file_size(path) or 0)
end

return whole
