--- The sandbox's only clock, and its dates. It stands still until it is told to move.
-- Pure arithmetic: the host's Lua state has no os.time and no os.date.

local clock = {}

--- 1 November 2023, 00:00 UTC: the season the overview page was written in.
clock.start = 1698796800

local floor = math.floor
local months = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" }
local weekdays = { "Sunday", "Monday", "Tuesday", "Wednesday",
  "Thursday", "Friday", "Saturday" }

--- Days between 1970-01-01 and a date of the Gregorian calendar.
local function days_of(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = floor(year / 400)
  local of_era = year - era * 400
  local of_year = floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100)
    + of_year - 719468
end

--- Epoch seconds of a UTC date.
function clock.epoch(year, month, day, hour, min, sec)
  return days_of(year, month, day) * 86400
    + (hour or 0) * 3600 + (min or 0) * 60 + (sec or 0)
end

--- Year, month, day, hour, minute, second, weekday (0 is Sunday) of an epoch in UTC.
function clock.parts(epoch)
  local days = floor(epoch / 86400)
  local left = floor(epoch - days * 86400)
  local z = days + 719468
  local era = floor(z / 146097)
  local doe = z - era * 146097
  local yoe = floor((doe - floor(doe / 1460) + floor(doe / 36524)
    - floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + floor(yoe / 4) - floor(yoe / 100))
  local mp = floor((5 * doy + 2) / 153)
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return year, month, doy - floor((153 * mp + 2) / 5) + 1,
    floor(left / 3600), floor(left / 60) % 60, left % 60, (days + 4) % 7
end

local two = {} -- 0 to 59 in two digits
for i = 0, 59 do two[i] = string.format("%02d", i) end

-- Dates already written, by day: a page has a hundred timestamps.
local dates, date_count = {}, 0

local function date_of(days)
  local text = dates[days]
  if text then return text end
  local year, month, day = clock.parts(days * 86400)
  text = string.format("%04d-%02d-%02dT", year, month, day)
  if date_count >= 5000 then dates, date_count = {}, 0 end
  dates[days], date_count = text, date_count + 1
  return text
end

--- `2021-09-14T02:31:30+0000`, as media timestamps are written.
function clock.iso(epoch)
  local days = floor(epoch / 86400)
  local left = floor(epoch - days * 86400)
  return date_of(days) .. two[floor(left / 3600)] .. ":" .. two[floor(left / 60) % 60]
    .. ":" .. two[left % 60] .. "+0000"
end

--- `2021-09-14`.
function clock.date(epoch) return clock.iso(epoch):sub(1, 10) end

--- `2021-09-14 02:31:30`.
function clock.moment(epoch)
  return clock.date(epoch) .. " " .. clock.iso(epoch):sub(12, 19)
end

local http_epoch, http_text -- the clock stands still: mostly the same date again

--- `Fri, 24 Jan 2020 08:40:34 GMT`, as HTTP headers are written.
function clock.http(epoch)
  if epoch ~= http_epoch then
    local year, month, day, hour, min, sec, weekday = clock.parts(epoch)
    http_epoch = epoch
    http_text = string.format("%s, %02d %s %04d %02d:%02d:%02d GMT",
      weekdays[weekday + 1]:sub(1, 3), day, months[month], year, hour, min, sec)
  end
  return http_text
end

--- `14 Sep 2021`.
function clock.day(epoch)
  local year, month, day = clock.parts(epoch)
  return string.format("%d %s %d", day, months[month], year)
end

-- Day of the month of the nth Sunday (n = 0: the last one).
local function sunday(year, month, n)
  local first = days_of(year, month, 1)
  local day = 1 + (3 - first) % 7
  if n > 0 then return day + 7 * (n - 1) end
  local length = days_of(year + floor(month / 12), month % 12 + 1, 1) - first
  while day + 7 <= length do day = day + 7 end
  return day
end

--- True when California keeps daylight saving time at that moment.
-- Since 2007: second Sunday of March to first of November; 1987 to 2006: first of
-- April to last of October. Both change at 2:00 local time.
function clock.is_daylight(epoch)
  local year = clock.parts(epoch - 8 * 3600)
  local from, to
  if year >= 2007 then
    from = clock.epoch(year, 3, sunday(year, 3, 2), 10)
    to = clock.epoch(year, 11, sunday(year, 11, 1), 9)
  else
    from = clock.epoch(year, 4, sunday(year, 4, 1), 10)
    to = clock.epoch(year, 10, sunday(year, 10, 0), 9)
  end
  return epoch >= from and epoch < to
end

--- `Friday, 13-Mar-20 22:00:00 PDT`, as token errors are written.
function clock.pacific(epoch)
  local daylight = clock.is_daylight(epoch)
  local year, month, day, hour, min, sec, weekday =
    clock.parts(epoch - (daylight and 7 or 8) * 3600)
  return string.format("%s, %02d-%s-%02d %02d:%02d:%02d %s", weekdays[weekday + 1],
    day, months[month], year % 100, hour, min, sec, daylight and "PDT" or "PST")
end

local function zone_seconds(text)
  local sign, hours, minutes = text:match("^([+-])(%d%d):?(%d%d)$")
  if not sign then return (text == "" or text == "Z") and 0 or nil end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "+" and seconds or -seconds
end

-- Epoch of the date of that text, and what stands behind it; nil when it is none.
local function read_date(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not year or month < 1 or month > 12 or day < 1 then return nil end
  local epoch = clock.epoch(year, month, day)
  if select(3, clock.parts(epoch)) ~= day then return nil end -- the 31st of June
  return epoch, rest
end

-- Seconds since midnight, in UTC, of `T18:02[:11][+0000]`.
local function read_time(text)
  if text == "" then return 0 end
  local hour, min, sec, zone = text:match("^[T ](%d%d):(%d%d):?(%d*)%.?%d*(.*)$")
  local offset = hour and zone_seconds(zone)
  hour, min, sec = tonumber(hour), tonumber(min), tonumber(sec) or 0
  if not offset or hour > 23 or min > 59 or sec > 59 then return nil end
  return hour * 3600 + min * 60 + sec - offset
end

--- The last second that is told, in the year 2242: beyond it the sort keys of media
--- (see posts.lua) would not fit a double.
clock.last = 2 ^ 33 - 1

--- Epoch of a Unix time or of `2023-10-30[T18:02[:11][+0000]]`; nil when it is neither.
function clock.read(text)
  local epoch = tonumber(text)
  if type(text) == "string" and not text:match("^%d+$") then
    local date, rest = read_date(text)
    local seconds = date and read_time(rest)
    epoch = seconds and date + seconds
  end
  return epoch and epoch >= 0 and epoch <= clock.last and epoch or nil
end

local methods = {}
local mt = { __index = methods }

--- A clock that shows `epoch` and stays there.
function clock.new(epoch)
  return setmetatable({ epoch = epoch or clock.start }, mt)
end

function methods:now() return self.epoch end

function methods:set(epoch) self.epoch = epoch end

return clock
