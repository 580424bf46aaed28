--- A store in this Lua state's memory. The plainest reading of what a store does.
--- Knows: the clock that never jumps (it ends with the process, as this store does).
local core = require "instagram.core"

local PURGE_EVERY = 256 -- writes

local methods = {}
local store_mt = { __name = "instagram.store.memory", __index = methods }

local memory = {}

---@return instagram.Store
function memory.new()
  return setmetatable({ records = {}, locks = {}, counter = 0, writes = 0 }, store_mt)
end

local function is_over(thing)
  return thing.ends ~= nil and thing.ends <= core.monotonic()
end

local function live(self, key)
  local record = self.records[key]
  if record and not is_over(record) then return record end
end

-- Who holds no lock of the key, has lost it, or saw the key deleted, may not write.
local function may_write(self, key, options)
  if not options or not options.fence then return true end
  local lock = self.locks[key]
  return lock ~= nil and lock.fence == options.fence and not lock.disarmed
end

-- What ended goes away now and then, asked for or not. A lock that ended is left to
-- its key's next holder: until then its holder may write.
local function purge(self)
  self.writes = self.writes + 1
  if self.writes % PURGE_EVERY ~= 0 then return end
  for key, record in pairs(self.records) do
    if is_over(record) then self.records[key] = nil end
  end
end

function methods:get(key)
  local record = self.records[key]
  if not record then return false end
  if not record.ends then return record.value end
  local left = record.ends - core.monotonic()
  if left <= 0 then return false end
  return record.value, math.min(left, record.ttl) -- a sum of floats may be rounded up
end

function methods:put(key, value, options)
  if not may_write(self, key, options) then return false end
  local ttl = options and options.ttl
  self.records[key] = { value = value, ttl = ttl,
    ends = ttl and core.monotonic() + ttl }
  purge(self)
  return true
end

function methods:swap(key, expected, value, options)
  if (self:get(key)) ~= expected then return false end
  return self:put(key, value, options)
end

function methods:delete(key)
  self.records[key] = nil
  if self.locks[key] then self.locks[key].disarmed = true end
  return true
end

function methods:list(prefix)
  local keys = {}
  for key in pairs(self.records) do
    if key:sub(1, #prefix) == prefix and live(self, key) then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

function methods:lock(key, life)
  local held = self.locks[key]
  if held and not is_over(held) then return false end
  self.counter = self.counter + 1
  local mine = { ends = core.monotonic() + life, fence = self.counter }
  self.locks[key] = mine
  return {
    fence = mine.fence,
    release = function()
      if self.locks[key] == mine then self.locks[key] = nil end
      return true
    end,
  }
end

return memory
