--- The sandbox's switches: what it does where nothing was observed, and its limits.
-- docs/sandbox.md explains each. Unknown names and wrong values are refused by name.

local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"

local settings = {}

local misuse = check.misuse

local function flag(default) return { default = default, kind = "boolean" } end
local function number(default, least, most)
  return { default = default, kind = "number", least = least, most = most or 1e9 }
end
local function choice(default, ...)
  return { default = default, kind = "choice", ... }
end

-- Tables of numbers that go into a header; without them there is no header.
local function header(members) return { kind = "header", members = members } end

--- name -> { default, kind, ... }
settings.known = {
  -- what a client's author chooses
  strict = flag(true),
  shutdown = flag(false),
  real_hosts = choice("apart", "apart", "shared"),
  -- limits
  page_default = number(25, 1),
  page_max = number(100, 1),
  media_cap = number(10000, 0),
  ids_max = number(50, 1),
  media_life = number(345600, 1),
  journal_size = number(10000, 1),
  testers_max = number(25, 1),
  invite_days = number(30, 1),
  data_use_checkup = flag(true),
  redirect_slash = choice("bare", "bare", "always", "never"),
  callback_tries = number(3, 1),
  callback_timeout = number(10, 1, 1000),
  callback_verify = flag(true),
  -- where nothing, or more than one thing, was observed
  refresh_young = choice("remaining", "remaining", "reject"),
  refreshed_token = choice("new", "new", "same"),
  token_shape = choice("flat", "flat", "wrapped"),
  wrong_secret = choice("verification", "verification", "secret"),
  invalid_token = choice("2020", "2020", "2021"),
  exchange_long = choice("reject", "reject", "same"),
  private_profile = choice("id_only", "id_only", "full"),
  limit_range = choice("clamp", "clamp", "reject"),
  grant_lapse = choice("permission", "permission", "token"),
  dotted_fields = choice("auto", "auto", "accept", "refuse"),
  window_errors = choice("auto", "auto", "json", "html"),
  cancel_state = flag(true),
  window_again = choice("ask", "ask", "skip"),
  development_comments = flag(false),
  publish_quota = number(50, 1),
  children_paging = flag(false),
  future_versions = flag(true),
  not_modified = flag(true),
  username_status = number(400, 400, 599),
  path_status = number(400, 400, 599),
  syntax_status = number(500, 400, 599),
  -- rate limits that count
  limits = choice("count", "off", "count", "show", "enforce"),
  app_calls = number(nil, 1),
  user_calls = number(200, 1),
  impressions = number(1, 1),
  business_calls = number(4800, 1),
  usage_from = number(1, 0, 1000),
  -- rate limits by hand
  refuse_all = { kind = "error" },
  app_usage = header { call_count = "count", total_time = "count",
    total_cputime = "count" },
  business_usage = header { type = "string", call_count = "count", total_time = "count",
    total_cputime = "count", estimated_time_to_regain_access = "count" },
}

local checks = {} -- kind -> function(name, known, value)

function checks.boolean(name, _, value)
  if type(value) ~= "boolean" then
    misuse("setting '" .. name .. "' must be true or false")
  end
end

function checks.number(name, known, value)
  local whole = type(value) == "number" and value % 1 == 0
  if not whole or value < known.least or value > known.most then
    misuse(("setting '%s' must be a whole number from %.0f to %.0f"):format(name,
      known.least, known.most))
  end
end

function checks.choice(name, known, value)
  for _, allowed in ipairs(known) do
    if value == allowed then return end
  end
  misuse("setting '" .. name .. "' must be one of: " .. table.concat(known, ", "))
end

function checks.error(name, _, value)
  if type(value) ~= "string" or not errors.graph[value] then
    misuse("setting '" .. name .. "' must name an error of the graph host")
  end
end

function checks.header(name, known, value)
  check.members(value, known.members, "setting '" .. name .. "'")
end

--- A table of all defaults.
function settings.defaults()
  local values = {}
  for name, known in pairs(settings.known) do values[name] = known.default end
  return values
end

--- Changes some values; `false` puts one that has no default out again. When one is
--- refused nothing changes.
function settings.change(values, changes)
  for name, value in pairs(changes) do
    local known = settings.known[name]
    if not known then misuse("unknown setting '" .. tostring(name) .. "'") end
    local unset = value == false and known.default == nil
    if not unset then checks[known.kind](name, known, value) end
  end
  for name, value in pairs(changes) do
    if value == false and settings.known[name].default == nil then value = nil end
    values[name] = value
  end
end

return settings
