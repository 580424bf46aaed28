--- When something is to be done for a token: the refresh rule. Knows: tokens' times,
--- what records say was tried. Must not know: stores, calls.
local HOUR, DAY = 3600, 86400
local LONGEST_LIFE = 60 * DAY -- of any token
local DOUBT_AFTER = 20 * HOUR -- until a dead token is asked for again: less than a day,
-- or a daily job would do so every second day

local due = {}

-- No token comes from the future or has more than its 60 days left: that was noted by a
-- clock that was wrong.
local function is_dubious(ends, from, now)
  return from ~= nil and from > now + DAY or ends > now + 61 * DAY
end

-- Half of its life, but never before it is a day old; where the age is unknown, at
-- once: the answer says how long it lives.
local function due_at(token, now)
  local ends, from = token:expires_at(), token:obtained_at()
  if token:kind() == "short" then return 0 end -- exchanged as soon as possible
  if not ends or is_dubious(ends, from, now) then return 0 end
  if not from then return ends - 30 * DAY end
  return math.max(from + DAY, from + (ends - from) / 2)
end

local function was_tried(held, now, within)
  local tried = held.facts.tried
  return tried ~= nil and math.abs(now - tried) < within
end

-- What Instagram calls dead may be alive after all: a bad minute of 190s must not bury
-- an account for good. As long as the token would live, it is doubted now and then.
local function is_worth_a_doubt(held, now)
  local ends = held.token:expires_at() or (held.facts.added or 0) + LONGEST_LIFE
  return now < ends and not was_tried(held, now, DOUBT_AFTER)
end

--- What was tried and gave nothing is not tried again for a day.
---@param held instagram.Held
---@param now number by the app's clock
---@return boolean
function due.is_due(held, now)
  if held.facts.dead then return is_worth_a_doubt(held, now) end
  return not was_tried(held, now, DAY) and now >= due_at(held.token, now)
end

return due
