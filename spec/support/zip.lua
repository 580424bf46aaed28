--- Writes zip files, good ones and such as no program would write. No library: what is
--- read is not written by the one who reads.
local pictures = require "spec.support.pictures"

local zip = {}

local little = pictures.little

-- Exclusive or, without the operators that Lua 5.1 lacks: by tables of 16 times 16.
local nibbles = {}
for a = 0, 15 do
  nibbles[a] = {}
  for b = 0, 15 do
    local value, bit = 0, 1
    for _ = 1, 4 do
      if math.floor(a / bit) % 2 ~= math.floor(b / bit) % 2 then value = value + bit end
      bit = bit * 2
    end
    nibbles[a][b] = value
  end
end

local function xor(a, b)
  local value, place = 0, 1
  while a > 0 or b > 0 do
    value = value + nibbles[a % 16][b % 16] * place
    a, b, place = math.floor(a / 16), math.floor(b / 16), place * 16
  end
  return value
end

local crcs = {}
for i = 0, 255 do
  local value = i
  for _ = 1, 8 do
    local odd = value % 2 == 1
    value = math.floor(value / 2)
    if odd then value = xor(value, 0xEDB88320) end
  end
  crcs[i] = value
end

local function crc_of(bytes)
  local crc = 0xFFFFFFFF
  for i = 1, #bytes do
    crc = xor(crcs[xor(crc % 256, bytes:byte(i))], math.floor(crc / 256))
  end
  return xor(crc, 0xFFFFFFFF)
end

-- Deflate without compression: stored blocks.
local function deflate(bytes)
  local out = {}
  for at = 1, math.max(#bytes, 1), 65535 do
    local part = bytes:sub(at, at + 65534)
    out[#out + 1] = (at + 65535 > #bytes and "\1" or "\0") .. little(#part, 2)
      .. little(65535 - #part, 2) .. part
  end
  return table.concat(out)
end

-- Flags, method, time, checksum, sizes, length of the name: the same in both headers.
local function middle_of(entry, data)
  return little(entry.flags or 0, 2) .. little(entry.deflate and 8 or 0, 2)
    .. little(0, 2) .. little(0x5021, 2) .. little(entry.crc or crc_of(entry.data), 4)
    .. little(#data, 4) .. little(entry.size or #entry.data, 4)
    .. little(#entry.name, 2)
end

--- The bytes of a zip file.
---@param entries table[]  name, data; deflate (true); mode (Unix, as 0120777 for a
--- link), flags (1: encrypted), size (what is said), crc (what is said)
function zip.pack(entries)
  local out, central, at = {}, {}, 0
  for _, entry in ipairs(entries) do
    local data = entry.deflate and deflate(entry.data) or entry.data
    local middle = middle_of(entry, data)
    local piece = "PK\3\4" .. little(20, 2) .. middle .. little(0, 2) .. entry.name
      .. data
    central[#central + 1] = "PK\1\2" .. little(20, 1) .. "\3" .. little(20, 2) .. middle
      .. little(0, 2) .. little(0, 2) .. little(0, 2) .. little(0, 2)
      .. little((entry.mode or 0) * 65536, 4) .. little(at, 4) .. entry.name
    out[#out + 1], at = piece, at + #piece
  end
  local list = table.concat(central)
  return table.concat(out) .. list .. "PK\5\6" .. little(0, 4) .. little(#entries, 2)
    .. little(#entries, 2) .. little(#list, 4) .. little(at, 4) .. little(0, 2)
end

--- The same of a map name -> bytes, in the order of the names.
function zip.of(files)
  local entries = {}
  for name, data in pairs(files) do
    entries[#entries + 1] = { name = name, data = data, deflate = true }
  end
  table.sort(entries, function(a, b) return a.name < b.name end)
  return zip.pack(entries)
end

return zip
