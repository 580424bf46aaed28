--- The sandbox's switches: what it does where nothing was observed, and its limits.
-- docs/sandbox.md explains each. Unknown names and wrong values are refused by name.

local errors = require "instagram.sandbox.errors"

local settings = {}

local function flag(default) return { default = default, kind = "boolean" } end
local function number(default, least)
  return { default = default, kind = "number", least = least }
end
local function choice(default, ...) return { default = default, kind = "choice", ... } end
local optional = { kind = "table" }

--- name -> { default, kind, ... }
settings.known = {
  -- what a client's author chooses
  strict = flag(true),
  shutdown = flag(false),
  -- limits
  page_default = number(25, 1),
  page_max = number(100, 1),
  media_cap = number(10000, 0),
  ids_max = number(50, 1),
  media_life = number(345600, 1),
  journal_size = number(10000, 1),
  -- where nothing, or more than one thing, was observed
  refresh_young = choice("remaining", "remaining", "reject"),
  refreshed_token = choice("new", "new", "same"),
  token_shape = choice("flat", "flat", "wrapped"),
  wrong_secret = choice("verification", "verification", "secret"),
  invalid_token = choice("2020", "2020", "2021"),
  exchange_long = choice("reject", "reject", "same"),
  private_profile = choice("id_only", "id_only", "full"),
  grant_lapse = choice("permission", "permission", "token"),
  dotted_fields = choice("auto", "auto", "accept", "refuse"),
  window_errors = choice("auto", "auto", "json", "html"),
  children_paging = flag(false),
  future_versions = flag(true),
  not_modified = flag(true),
  username_status = number(400, 400),
  path_status = number(400, 400),
  syntax_status = number(500, 400),
  -- rate limits by hand
  refuse_all = { kind = "error" },
  app_usage = optional,
  business_usage = optional,
}

local function check_choice(name, known, value)
  for _, allowed in ipairs(known) do
    if value == allowed then return end
  end
  error({ misuse = "setting '" .. name .. "' must be one of: "
    .. table.concat(known, ", ") }, 0)
end

local function check(name, known, value)
  if known.kind == "choice" then return check_choice(name, known, value) end
  if known.kind == "error" then
    if type(value) ~= "string" or not errors.known(value) then
      error({ misuse = "setting '" .. name .. "' must name an error" }, 0)
    end
  elseif type(value) ~= known.kind then
    error({ misuse = "setting '" .. name .. "' must be a " .. known.kind }, 0)
  elseif known.least and value < known.least then
    error({ misuse = "setting '" .. name .. "' must be at least " .. known.least }, 0)
  end
end

--- A table of all defaults.
function settings.defaults()
  local values = {}
  for name, known in pairs(settings.known) do values[name] = known.default end
  return values
end

--- Changes some values; `false` puts one that has no default out again.
function settings.change(values, changes)
  for name, value in pairs(changes) do
    local known = settings.known[name]
    if not known then error({ misuse = "unknown setting '" .. name .. "'" }, 0) end
    local unset = value == false and known.default == nil
    if not unset then check(name, known, value) end
  end
  for name, value in pairs(changes) do
    if value == false and settings.known[name].default == nil then value = nil end
    values[name] = value
  end
end

return settings
