--- Text that comes from outside: is it UTF-8, and if not, what was meant.

local words = {}

-- Well-formed UTF-8 (RFC 3629, the table of section 4): patterns of one character.
local shapes = {
  "^[%z\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

local function character_end(value, at)
  for _, shape in ipairs(shapes) do
    local _, stop = value:find(shape, at)
    if stop then return stop end
  end
end

--- True when `value` is well-formed UTF-8.
function words.is_utf8(value)
  local at = 1
  while at <= #value do
    local stop = character_end(value, at)
    if not stop then return false end
    at = stop + 1
  end
  return true
end

local function widen(byte)
  local code = byte:byte()
  return string.char(code < 192 and 194 or 195, code < 192 and code or code - 64)
end

--- UTF-8: as it is, or read as Latin-1 when it is none.
function words.clean(value)
  if words.is_utf8(value) then return value end
  return (value:gsub("[\128-\255]", widen))
end

local function narrow(lead, rest)
  return string.char(lead == "\194" and rest:byte() or rest:byte() + 64)
end

--- What Meta's archives write for text beyond ASCII: each byte of its UTF-8 as if it
--- were a character of Latin-1 (`\u00c3\u00a9` for e with an acute accent). Put right
--- when all of the text is such bytes and they are UTF-8; else it was meant as it is.
function words.repair(value)
  value = words.clean(value)
  if not value:find("[\194\195]") or value:find("[\196-\255]") then return value end
  local bytes = value:gsub("([\194\195])([\128-\191])", narrow)
  return words.is_utf8(bytes) and bytes or value
end

--- Without blanks at both ends; nil when nothing is left.
function words.trim(value)
  value = value:gsub("^[%s%z]+", ""):gsub("[%s%z]+$", "")
  return value ~= "" and value or nil
end

return words
