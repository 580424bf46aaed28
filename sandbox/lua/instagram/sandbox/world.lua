--- The whole sandbox as one value: clock, state, settings, ids, and what was worked out
--- from them. The rules get it; nothing in the rules is global.

local cache = require "instagram.sandbox.cache"
local clock = require "instagram.sandbox.clock"
local faults = require "instagram.sandbox.faults"
local ids = require "instagram.sandbox.ids"
local journal = require "instagram.sandbox.journal"
local random = require "instagram.sandbox.random"
local settings = require "instagram.sandbox.settings"
local store = require "instagram.sandbox.store"

local world = {}

local methods = {}
local mt = { __index = methods }

local SEED = "instagram"

--- A world without people.
---@param native table  the host's module
---@param options table  db, now, strict, public_url, seed
---@param url string|nil  where the host listens
function world.new(native, options, url)
  local self = setmetatable({
    native = native, options = options, url = url, pictures = {}, caches = {},
    plans = {}, plan_count = 0, faults = faults.new(), journal = journal.new(),
    ids = ids.new(native, options.seed or SEED), random = random.new(1),
    settings = settings.defaults(), store = store.open(native, options.db or ":memory:"),
  }, mt)
  if options.strict == false then self.settings.strict = false end
  local kept = tonumber(self.store:meta("clock"))
  self.clock = clock.new(options.now or kept or clock.start)
  return self
end

--- Moves the clock; the state remembers it.
function methods:set_clock(epoch)
  self.clock:set(epoch)
  self.store:set_meta("clock", string.format("%.3f", epoch))
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
