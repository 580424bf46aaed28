--- How broad and how high a JPEG or PNG is, read from its head, so that a page can keep
--- room for it. Knows the standard library.
local images = {}

local function number(text, at, bytes)
  local value = 0
  for i = at, at + bytes - 1 do
    value = value * 256 + (text:byte(i) or 0)
  end
  return value
end

local tables = { [0xC4] = true, [0xC8] = true, [0xCC] = true }

-- Segments follow each other, each with its length; a frame header (C0 to CF, but for
-- three that are something else) says the size.
local function jpeg_size(file)
  file:seek("set", 2)
  for _ = 1, 1000 do
    local head = file:read(4)
    if not head or #head < 4 or head:byte(1) ~= 0xFF then return nil end
    local kind, length = head:byte(2), number(head, 3, 2)
    if kind >= 0xC0 and kind <= 0xCF and not tables[kind] then
      local frame = file:read(5)
      if not frame or #frame < 5 then return nil end
      return number(frame, 4, 2), number(frame, 2, 2)
    end
    if length < 2 or not file:seek("cur", length - 2) then return nil end
  end
end

local function png_size(file)
  file:seek("set", 16)
  local head = file:read(8)
  if not head or #head < 8 then return nil end
  return number(head, 1, 4), number(head, 5, 4)
end

--- Width and height in pixels; nil for anything that is neither or is broken.
---@param path string
---@return integer? width
---@return integer? height
function images.size(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local magic = file:read(4) or ""
  local width, height
  if magic:sub(1, 3) == "\255\216\255" then
    width, height = jpeg_size(file)
  elseif magic == "\137PNG" then
    width, height = png_size(file)
  end
  file:close()
  if not width or width == 0 or height == 0 then return nil end
  return width, height
end

return images
