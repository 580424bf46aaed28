--- What a camera wrote into a picture: when it was taken, and what it shows. Reads the
--- TIFF block of EXIF (Exif 2.32, 4.6) in both byte orders; what is broken is absent.

local clock = require "instagram.sandbox.clock"

local exif = {}

local ENTRIES_MAX = 1000
local ENTRY = 12

local EXIF_FOLDER = 0x8769
local DESCRIPTION = 0x010E

-- Date and, where a camera wrote it, the offset from UTC; the first that is there.
local dates = {
  { 0x9003, 0x9011 }, -- DateTimeOriginal
  { 0x9004, 0x9012 }, -- DateTimeDigitized
  { 0x0132, 0x9010 }, -- DateTime
}

-- ASCII, UNDEFINED, UTF-8 (Exif 3.0)
local text_types = { [2] = true, [7] = true, [129] = true }

-- A reader of numbers in a block; positions count from 0. nil beyond the end.
local function numbers(block, little)
  return function(at, size)
    if at + size > #block then return nil end
    local value = 0
    for i = 1, size do
      value = value * 256 + block:byte(little and at + size - i + 1 or at + i)
    end
    return value
  end
end

local function text_at(block, read, entry)
  local size = read(entry + 4, 4)
  if not size or size > 65536 then return nil end
  local at = size <= 4 and entry + 8 or read(entry + 8, 4)
  if not at or at + size > #block then return nil end
  return (block:sub(at + 1, at + size):gsub("%z.*$", ""))
end

-- Tags of a folder of the block: texts by tag; the EXIF folder's place.
local function read_folder(block, read, at, into)
  local count = math.min(read(at, 2) or 0, ENTRIES_MAX)
  for i = 0, count - 1 do
    local entry = at + 2 + i * ENTRY
    local tag, kind = read(entry, 2), read(entry + 2, 2)
    if not kind then break end
    if tag == EXIF_FOLDER then
      into[tag] = read(entry + 8, 4)
    elseif text_types[kind] and into[tag] == nil then
      into[tag] = text_at(block, read, entry)
    end
  end
end

local function date_of(date, offset)
  local year, month, day, time =
    (date or ""):match("^(%d%d%d%d)[:%-/](%d%d)[:%-/](%d%d)[ T](%d%d:%d%d:%d%d)")
  if not year then return nil end
  local zone = (offset or ""):match("^[+-]%d%d:%d%d") or ""
  local text = year .. "-" .. month .. "-" .. day .. "T" .. time
  local epoch = clock.read(text .. zone)
  return epoch and epoch > 0 and epoch or nil
end

--- Reads a TIFF block ("II*\0..." or "MM\0*...").
---@param block string
---@return table found  date (epoch; without an offset the local time is taken for UTC),
--- description
function exif.read(block)
  local order = block:sub(1, 4)
  local little = order == "II*\0"
  if not little and order ~= "MM\0*" then return {} end
  local read, tags = numbers(block, little), {}
  read_folder(block, read, read(4, 4) or #block, tags)
  if tags[EXIF_FOLDER] then read_folder(block, read, tags[EXIF_FOLDER], tags) end
  local found = { description = tags[DESCRIPTION] }
  for _, pair in ipairs(dates) do
    found.date = found.date or date_of(tags[pair[1]], tags[pair[2]])
  end
  return found
end

return exif
