--- A place in a walk as a short text that survives the process: no secret, no id of a
--- person in clear, a check against damage. Pure but for the core's hash.
local core = require "instagram.core"

local mark = {}

local FORM = "igm1"
local ESCAPED = "[^%w_-]"

local function escape(text)
  return (text:gsub(ESCAPED, function(char) return ("%%%02X"):format(char:byte()) end))
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- A short digest: enough to tell one account or field list from another.
---@param text string
---@return string
function mark.digest(text)
  return (core.hash(text):sub(1, 10))
end

--- Writes a mark. place:
---   account, selection, bounds, list   digests; other ones are refused when the walk
---             goes on. `list` only says better why: a mark may be without it
---   ended     true: there is nothing after it
---   cursor    after which the page was asked for; nil: the first page
---   index     how many items of that page were handed out
---   ids       the last media handed out, with those of the same second before it
---   time      epoch seconds of them, nil unknown
---@param place table
---@return string
function mark.write(place)
  local ids = {}
  for i, id in ipairs(place.ids) do ids[i] = escape(id) end
  local text = table.concat({
    FORM,
    place.account,
    place.selection,
    place.bounds,
    place.ended and "end" or ("%d"):format(place.index),
    escape(place.cursor or ""),
    table.concat(ids, "~"),
    place.time and ("%d"):format(place.time) or "",
    place.list,
  }, ".")
  return text .. "." .. mark.digest(text)
end

local function split(text)
  local parts = {}
  for part in (text .. "."):gmatch("(.-)%.") do parts[#parts + 1] = part end
  return parts
end

--- Reads a mark.
---@param text string
---@return table? place nil when it is damaged, or no mark at all
function mark.read(text)
  local body, digest = text:match("^(.+)%.([%w_-]+)$")
  if not body or mark.digest(body) ~= digest then return nil end
  local parts = split(body)
  if parts[1] ~= FORM or #parts < 8 or #parts > 9 then return nil end
  local ids = {}
  for id in parts[7]:gmatch("[^~]+") do ids[#ids + 1] = unescape(id) end
  return {
    account = parts[2],
    selection = parts[3],
    bounds = parts[4],
    ended = parts[5] == "end",
    index = tonumber(parts[5]) or 0,
    cursor = parts[6] ~= "" and unescape(parts[6]) or nil,
    ids = ids,
    time = tonumber(parts[8]),
    list = parts[9],
  }
end

return mark
