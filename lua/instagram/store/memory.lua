--- A store in this Lua state's memory. The plainest reading of what a store does: the
--- others are tested against it. Knows: the clock.
local core = require "instagram.core"

local methods = {}
local store_mt = { __name = "instagram.store.memory", __index = methods }

local memory = {}

---@return instagram.Store
function memory.new()
  return setmetatable({ records = {}, locks = {}, fences = {} }, store_mt)
end

local function live(self, key)
  local record = self.records[key]
  if record and record.ends and record.ends <= core.now() then
    self.records[key] = nil
    record = nil
  end
  return record
end

local function may_write(self, key, options)
  return not options or not options.fence or options.fence == (self.fences[key] or 0)
end

function methods:get(key)
  local record = live(self, key)
  return record and record.value or false
end

function methods:put(key, value, options)
  if not may_write(self, key, options) then return false end
  local ttl = options and options.ttl
  self.records[key] = { value = value, ends = ttl and core.now() + ttl }
  return true
end

function methods:swap(key, expected, value, options)
  if self:get(key) ~= expected then return false end
  return self:put(key, value, options)
end

function methods:delete(key)
  self.records[key] = nil
  self.fences[key] = (self.fences[key] or 0) + 1
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
  if held and held.ends > core.now() then return false end
  local fence = (self.fences[key] or 0) + 1
  local lock = { ends = core.now() + life, fence = fence }
  self.fences[key], self.locks[key] = fence, lock
  function lock.release()
    if self.locks[key] == lock then self.locks[key] = nil end
    return true
  end
  return lock
end

return memory
