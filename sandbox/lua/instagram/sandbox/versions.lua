--- Dated releases of the API, and which of them serves a request.
-- A release lives until two years after its successor came out; a call to an expired
-- one is served by the oldest living one, and the answer's header says which.

local clock = require "instagram.sandbox.clock"

local versions = {}

local day = clock.epoch

--- Oldest first. Before 8 June 2021 the API had only v1.0. Dates up to v23.0 as in
-- Meta's public changelog; the last three are approximate.
versions.releases = {
  { name = "v1.0", released = 0 },
  { name = "v11.0", released = day(2021, 6, 8) },
  { name = "v12.0", released = day(2021, 9, 14) },
  { name = "v13.0", released = day(2022, 2, 8) },
  { name = "v14.0", released = day(2022, 5, 25) },
  { name = "v15.0", released = day(2022, 9, 15) },
  { name = "v16.0", released = day(2023, 2, 2) },
  { name = "v17.0", released = day(2023, 5, 23) },
  { name = "v18.0", released = day(2023, 9, 12) },
  { name = "v19.0", released = day(2024, 1, 23) },
  { name = "v20.0", released = day(2024, 5, 21) },
  { name = "v21.0", released = day(2024, 10, 2) },
  { name = "v22.0", released = day(2025, 1, 21) },
  { name = "v23.0", released = day(2025, 5, 29) },
  { name = "v24.0", released = day(2025, 10, 8) },
  { name = "v25.0", released = day(2026, 2, 18) },
  { name = "v26.0", released = day(2026, 6, 17) },
}

local two_years = 2 * 365 * 86400
local by_name = {}
for i, release in ipairs(versions.releases) do
  local successor = versions.releases[i + 1]
  release.number = tonumber(release.name:match("%d+")) * 100
  release.expires = successor and successor.released + two_years or math.huge
  by_name[release.name] = release
end

-- Releases of the Graph API from before this API followed them. Meta's page of the User
-- node speaks of "v10.0 and lower" here too (D), and scripts ask for them; what serves
-- them is invented: v1.0, the release of that time, and once that has expired what
-- serves an expired one.
local before_v11 = {}
for _, range in ipairs({ { 2, 12 }, { 3, 3 }, { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 },
  { 8, 0 }, { 9, 0 }, { 10, 0 } }) do
  for minor = 0, range[2] do
    before_v11[("v%d.%d"):format(range[1], minor)] = true
  end
end

local function find(name) return by_name[before_v11[name] and "v1.0" or name] end

--- The newest release at a moment.
function versions.latest(now)
  local latest
  for _, release in ipairs(versions.releases) do
    if release.released <= now then latest = release end
  end
  return latest
end

local function oldest_living(now)
  for _, release in ipairs(versions.releases) do
    if release.expires > now then return release end
  end
end

--- The release that serves a request.
---@param wanted string|nil  as in the path, nil when the path has none
---@param default string  the app's own (App Dashboard > Settings > Advanced)
---@param future boolean  serve releases the clock has not reached yet: invented, so
--- that today's clients, which pin v21.0 and later, meet a sandbox that stands in 2023
---@return table|nil release  nil: no such version
function versions.resolve(wanted, default, now, future)
  local release = find(wanted or default)
  if not release then return nil end
  if release.released > now and not (wanted and future) then
    if wanted then return nil end
    release = versions.latest(now)
  end
  if release.expires <= now then return oldest_living(now) end
  return release
end

--- The releases that are out and served at a moment, newest first.
function versions.living(now)
  local list = {}
  for i = #versions.releases, 1, -1 do
    local release = versions.releases[i]
    if versions.lives(release.name, now) then list[#list + 1] = release end
  end
  return list
end

--- True when the release of that name is out and served at a moment.
function versions.lives(name, now)
  local release = by_name[name]
  return release ~= nil and release.released <= now and now < release.expires
end

--- True when a version of that name was ever released.
function versions.known(name) return find(name) ~= nil end

return versions
