--- What people type into forms: plain text and addresses, checked before they are kept.

local check = require "instagram.sandbox.check"
local words = require "instagram.sandbox.words"

local text = {}

local misuse = check.misuse
local LONGEST = 2000

--- Plain text: UTF-8 without control characters (but line ends), blanks around it cut.
---@param name string  what is being checked, for the message
---@param required boolean  refuse an empty text
function text.plain(name, value, required)
  if type(value) ~= "string" then misuse(name .. " must be a string") end
  value = value:gsub("\r\n?", "\n"):gsub("^%s+", ""):gsub("%s+$", "")
  if #value > LONGEST then
    misuse(("%s must be at most %d bytes"):format(name, LONGEST))
  elseif value:find("[%z\1-\9\11-\31\127]") or not words.is_utf8(value) then
    misuse(name .. " must be plain text in UTF-8")
  elseif required and value == "" then
    misuse(name .. " is missing")
  end
  return value
end

--- Plain text on one line, at most 200 bytes.
function text.line(name, value, required)
  value = text.plain(name, value, required)
  if #value > 200 or value:find("\n", 1, true) then
    misuse(name .. " must be one line of at most 200 bytes")
  end
  return value
end

--- An address, or "" for none.
function text.address(name, value)
  if type(value) ~= "string" then misuse(name .. " must be a string") end
  if value ~= "" and not value:find("^https?://[%w_.%-:%[%]]+[^%s%c#\128-\255]*$")
    or #value > LONGEST then
    misuse(name .. ": an address (http:// or https://) without '#' expected")
  end
  return value
end

return text
