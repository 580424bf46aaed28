--- What people type into forms: plain text and addresses, checked before they are kept.

local check = require "instagram.sandbox.check"

local text = {}

local misuse = check.misuse
local LONGEST = 2000

-- Lua patterns of one UTF-8 character, by its first byte (no overlong forms, no
-- surrogates).
local characters = {
  "^[\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]",
}

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
end

return text
