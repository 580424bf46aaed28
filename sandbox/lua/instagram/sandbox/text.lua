<<<<<<< HEAD
--- What people type into forms: plain text and addresses, checked before they are kept.

local check = require "instagram.sandbox.check"

local text = {}

local misuse = check.misuse
local LONGEST = 2000

-- Lua patterns of one UTF-8 character, by its first byte (no overlong forms, no
-- surrogates).
local characters = {
  "^[\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
=======
--- Text that comes from outside: is it UTF-8, and if not, what was meant.

local text = {}

-- Well-formed UTF-8 (RFC 3629, the table of section 4): patterns of one character.
local shapes = {
  "^[%z\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
>>>>>>> be6120b (Make accounts of one's own pictures and of Instagram's archives)
  "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

<<<<<<< HEAD
local function next_character(value, at)
  for _, pattern in ipairs(characters) do
    local _, last = value:find(pattern, at)
    if last then return last + 1 end
  end
end

local function is_utf8(value)
  local at = 1
  while at and at <= #value do at = next_character(value, at) end
  return at ~= nil
end

--- Plain text: UTF-8 without control characters (but line ends), blanks around it cut.
---@param name string  what is being checked, for the message
---@param required boolean  refuse an empty text
function text.plain(name, value, required)
  if type(value) ~= "string" then misuse(name .. " must be a string") end
  value = value:gsub("\r\n?", "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  if #value > LONGEST then
    misuse(("%s must be at most %d bytes"):format(name, LONGEST))
  elseif value:find("[%z\1-\9\11-\31\127]") or not is_utf8(value) then
    misuse(name .. " must be plain text in UTF-8")
  elseif required and value == "" then
    misuse(name .. " is missing")
  end
  return value
end

--- An address, or "" for none.
function text.address(name, value)
  if type(value) ~= "string" then misuse(name .. " must be a string") end
  if value ~= "" and not value:find("^https?://[%w.%-:%[%]]+[^%s%c#\128-\255]*$")
    or #value > LONGEST then
    misuse(name .. ": an address (http:// or https://) without '#' expected")
  end
  return value
=======
local function character_end(value, at)
  for _, shape in ipairs(shapes) do
    local _, stop = value:find(shape, at)
    if stop then return stop end
  end
end

--- True when `value` is well-formed UTF-8.
function text.is_utf8(value)
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
function text.clean(value)
  if text.is_utf8(value) then return value end
  return (value:gsub("[\128-\255]", widen))
end

local function narrow(lead, rest)
  return string.char(lead == "\194" and rest:byte() or rest:byte() + 64)
end

--- What Meta's archives write for text beyond ASCII: each byte of its UTF-8 as if it
--- were a character of Latin-1 (`\u00c3\u00a9` for e with an acute accent). Put right
--- when all of the text is such bytes and they are UTF-8; else it was meant as it is.
function text.repair(value)
  value = text.clean(value)
  if not value:find("[\194\195]") or value:find("[\196-\255]") then return value end
  local bytes = value:gsub("([\194\195])([\128-\191])", narrow)
  return text.is_utf8(bytes) and bytes or value
end

--- Without blanks at both ends; nil when nothing is left.
function text.trim(value)
  value = value:gsub("^[%s%z]+", ""):gsub("[%s%z]+$", "")
  return value ~= "" and value or nil
>>>>>>> be6120b (Make accounts of one's own pictures and of Instagram's archives)
end

return text
