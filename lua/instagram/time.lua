--- Instagram's timestamps as epoch seconds, without the C library: its mktime knows
--- only the local zone. Knows nothing of the rest.
local time = {}

local byte, find, floor = string.byte, string.find, math.floor

local USUAL = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%+0000$"

-- Days from 1 January 1970, proleptic Gregorian. Years begin in March, so that the
-- leap day is their last.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  local leap = floor(year / 4) - floor(year / 100) + floor(year / 400)
  return year * 365 + leap + floor((month - 3) * 30.6 + 0.5) + day - 719469
end

local function clock(text)
  local hour, minute, second, rest = text:match("^(%d%d):(%d%d):?(%d?%d?)(.*)$")
  if not hour or #second == 1 then return nil end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second) or 0
  if hour > 23 or minute > 59 or second > 60 then return nil end
  return hour * 3600 + minute * 60 + second, (rest:gsub("^%.%d+", ""))
end

-- Seconds east of Greenwich.
local function zone(text)
  if text == "" or text == "Z" or text == "z" then return 0 end
  local sign, hour, minute = text:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then return nil end
  local seconds = tonumber(hour) * 3600 + tonumber(minute) * 60
  return sign == "-" and -seconds or seconds
end

-- The number that two digits make, from their bytes.
local function pair(tens, ones)
  return (tens - 48) * 10 + ones - 48
end

-- Every media has a time, so its usual form is read without making a string.
local function usual(text)
  if not find(text, USUAL) then return nil end
  local c1, c2, y1, y2, _, m1, m2, _, d1, d2, _, h1, h2, _, i1, i2, _, s1, s2 =
    byte(text, 1, 19)
  local month, day, hour = pair(m1, m2), pair(d1, d2), pair(h1, h2)
  local minute, second = pair(i1, i2), pair(s1, s2)
  if month < 1 or month > 12 or day < 1 or day > 31 then return nil end
  if hour > 23 or minute > 59 or second > 60 then return nil end
  return days(pair(c1, c2) * 100 + pair(y1, y2), month, day) * 86400
    + hour * 3600 + minute * 60 + second
end

--- Epoch seconds of an ISO 8601 text: "2021-09-14T02:31:30+0000" as Instagram writes
--- it (api: UTC, offset without colon), also with "Z", with a colon, with a fraction
--- (dropped), without an offset (UTC), or a date alone. nil for anything else.
---@param text any
---@return number?
function time.epoch(text)
  if type(text) ~= "string" then return nil end
  local seconds = usual(text)
  if seconds then return seconds end
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 or day < 1 or day > 31 then return nil end
  if rest == "" then return days(year, month, day) * 86400 end
  local offset
  seconds, offset = clock(rest:match("^[Tt ](.*)$") or "")
  local east = seconds and zone(offset)
  if not east then return nil end
  return days(year, month, day) * 86400 + seconds - east
end

return time
