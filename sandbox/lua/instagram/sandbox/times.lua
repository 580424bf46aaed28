--- Moments as `since` and `until` take them: Unix times, dates, and the words of PHP's
--- strtotime that people write ("yesterday", "-2 weeks", "last month", "22 July 2023").
--- Days are UTC's (invented: the real host's zone is not recorded).

local clock = require "instagram.sandbox.clock"

local times = {}

local DAY = 86400
local seconds_of = { sec = 1, second = 1, min = 60, minute = 60, hour = 3600, day = DAY,
  week = 7 * DAY, fortnight = 14 * DAY }
local months_of = { month = 1, year = 12 }

local month_names = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
  "oct", "nov", "dec" }
local month_numbers = {}
for i, name in ipairs(month_names) do month_numbers[name] = i end

local function midnight(epoch) return math.floor(epoch / DAY) * DAY end

local named = {
  now = function(now) return now end,
  today = midnight,
  midnight = midnight,
  noon = function(now) return midnight(now) + DAY / 2 end,
  yesterday = function(now) return midnight(now) - DAY end,
  tomorrow = function(now) return midnight(now) + DAY end,
}

-- A day too many for its month runs over into the next, as in PHP.
local function add_months(epoch, count)
  local year, month, day, hour, min, sec = clock.parts(epoch)
  local index = year * 12 + month - 1 + count
  return clock.epoch(math.floor(index / 12), index % 12 + 1, 1, hour, min, sec)
    + (day - 1) * DAY
end

local function add(epoch, count, unit)
  unit = unit:gsub("s$", "")
  if seconds_of[unit] then return epoch + count * seconds_of[unit] end
  if months_of[unit] then return add_months(epoch, count * months_of[unit]) end
end

-- "-2 days", "1 week ago", "+1 month 2 hours", "last week", "yesterday -1 hour"
local function relative(text, now)
  local epoch = now
  local ago = text:match("^(.-) ago$")
  text = (ago or text):gsub("^(%a+)", function(word)
    if not named[word] then return nil end
    epoch = named[word](now)
    return ""
  end)
  text = text:gsub("last (%a+)", "-1 %1"):gsub("next (%a+)", "+1 %1")
  local rest = text:gsub("([+-]?)%s*(%d%d?%d?%d?%d?)%s*(%a+)",
    function(sign, digits, unit)
      local count = tonumber(digits) * (sign == "-" and -1 or 1) * (ago and -1 or 1)
      local moved = epoch and add(epoch, count, unit)
      epoch = moved
      return moved and "" or nil
    end)
  if not rest:find("%S") then return epoch end
end

local date_forms = { -- pattern -> which capture is year, month, day
  { "^(%d%d%d%d)/(%d%d?)/(%d%d?)$", 1, 2, 3 },
  { "^(%d%d?)/(%d%d?)/(%d%d%d%d)$", 3, 1, 2 }, -- America's order, as in PHP
  { "^(%d%d?)%-(%d%d?)%-(%d%d%d%d)$", 3, 2, 1 },
  { "^(%d%d?)[%s%-](%a+)[%s%-](%d%d%d%d)$", 3, 2, 1 },
  { "^(%a+)%s(%d%d?),?%s(%d%d%d%d)$", 3, 1, 2 },
}

local function month_of(text)
  return month_numbers[text:sub(1, 3)] or tonumber(text)
end

local function written_date(text)
  for _, form in ipairs(date_forms) do
    local found = { text:match(form[1]) }
    if found[1] then
      local month, day = month_of(found[form[3]]), tonumber(found[form[4]])
      if not month then return nil end
      return clock.read(("%s-%02d-%02d"):format(found[form[2]], month, day))
    end
  end
end

--- Epoch of a text, nil when it is none that we know.
---@param text string|nil
---@param now number  what relative ones count from
function times.read(text, now)
  if text == nil or text == "" then return nil end
  local epoch = clock.read(text:match("^@(%d+)$") or text)
  if epoch then return epoch end
  text = text:lower():gsub("%s+", " "):match("^ ?(.-) ?$")
  return written_date(text) or relative(text, now)
end

return times
