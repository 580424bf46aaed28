--- The whole sandbox as one value: clock, state, settings, ids, and what was worked out
--- from them. The rules get it; nothing in the rules is global.

local cache = require "instagram.sandbox.cache"
local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local faults = require "instagram.sandbox.faults"
local ids = require "instagram.sandbox.ids"
local journal = require "instagram.sandbox.journal"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"
local read_json = require "instagram.sandbox.json_read"
local random = require "instagram.sandbox.random"
local settings = require "instagram.sandbox.settings"
local store = require "instagram.sandbox.store"

local world = {}

local methods = {}
local mt = { __index = methods }

local SEED = "instagram"

local known = { db = "string", data = "string", data_dir = "string", now = "seconds",
  strict = "boolean", public_url = "string", seed = "string", photos = "string",
  export = "string", settings = "table" }

local function check_options(options)
  check.members(options, known, "options")
  if options.now and options.now > clock.last then
    check.misuse(("options: 'now' must be at most %.0f"):format(clock.last))
  end
  local url = options.public_url
  if url and not check.is_base_url(url) then
    check.misuse("options: 'public_url' must be http(s)://HOST[:PORT]")
  end
  options.public_url = url and url:gsub("/$", "")
  settings.change({}, options.settings or {})
end

--- A world without people.
---@param native table  the host's module
---@param options table  db, now, strict, settings, public_url, seed
---@param url string|nil  where the host listens
function world.new(native, options, url)
  check_options(options)
  local self = setmetatable({
    native = native, options = options, url = url, pictures = {}, caches = {},
    plans = {}, plan_count = 0, faults = faults.new(), journal = journal.new(),
    limits = limits.new(), snapshots = {},
    media_age = 0, -- how old addresses pretend to be (see mishaps.lua)
    callbacks_sent = 0, -- how many; the number names one on its way
    ids = ids.new(native, options.seed or SEED), random = random.new(1),
    store = store.open(native, options.db or ":memory:"),
    imports = {}, -- reports of what the start options brought in
    folders = {}, -- of unpacked archives: they go with the state
  }, mt)
  self:load_kept()
  if options.now then self:set_clock(options.now) end
  self:apply_options()
  return self
end

--- Clock and settings as the state remembers them; what it does not know (a setting of
--- another sandbox) is left as it is.
function methods:load_kept()
  -- Of callbacks on their way nobody waits any more; those not sent are due.
  self.callbacks_on_way, self.callbacks_due = {}, true
  self.settings = settings.defaults()
  self.clock = clock.new(tonumber(self.store:meta("clock")) or clock.start)
  local kept = self.store:meta("settings")
  for name, value in pairs(kept and read_json(kept) or {}) do
    pcall(settings.change, self.settings, { [name] = value })
  end
end

--- The settings that the start options give; the state remembers them.
function methods:apply_options()
  local strict, changes = self.options.strict, self.options.settings
  if changes then settings.change(self.settings, changes) end
  if strict ~= nil then self.settings.strict = strict end
  if changes or strict ~= nil then
    self.store:set_meta("settings", self:settings_text())
  end
end

--- The settings as the state remembers them: what differs from the defaults.
function methods:settings_text()
  local defaults, changed = settings.defaults(), {}
  for name, value in pairs(self.settings) do
    if value ~= defaults[name] then changed[name] = value end
  end
  return json.plain(changed)
end

local function keep_settings(self)
  self.store:set_meta("settings", self:settings_text())
end

-- The names whose values differ, sorted.
local function changed_names(before, after)
  local names = json.array({})
  for name in pairs(settings.known) do
    if before[name] ~= after[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- Settings as the sandbox was started with, no faults, an empty journal, no calls
--- counted.
---@return table  what came of it: `settings` (names of those put back), `faults` and
--- `requests` (how many are gone)
function methods:reset()
  local before = self.settings
  self.settings = settings.defaults()
  self:apply_options()
  self.limits = limits.new()
  keep_settings(self) -- a change: settings change answers
  return { settings = changed_names(before, self.settings),
    faults = self.faults:clear(), requests = self.journal:clear() }
end

--- Changes settings (see settings.lua); the state remembers them.
function methods:change_settings(changes)
  local changed = {}
  for name, value in pairs(self.settings) do changed[name] = value end
  settings.change(changed, changes)
  self.settings = changed
  keep_settings(self)
end

--- Moves the clock; the state remembers it.
function methods:set_clock(epoch)
  self.clock:set(epoch)
  self.callbacks_due = true -- some are tried again after a while
  self.store:set_meta("clock", string.format("%.3f", epoch))
end

--- Runs `fn`, which answers a request: when this returns, what it changed is kept; when
--- it raises, nothing is changed.
function methods:as_one(fn)
  local epoch, kept = self.clock:now(), self.settings
  local ok, result = pcall(self.store.as_one, self.store, fn)
  if ok then return result end
  self.clock:set(epoch)
  self.settings = kept
  error(result, 0)
end

--- The cache of that name (see cache.lua).
function methods:cache(name, limit)
  local found = self.caches[name]
  if not found then
    found = cache(self.store, limit)
    self.caches[name] = found
  end
  return found
end

return world
