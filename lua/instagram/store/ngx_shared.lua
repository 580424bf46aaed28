--- A shared dictionary of nginx in front of a lasting store: its workers ask the store
--- behind only for what changed, and for a lock only when no other worker has it. Alone
--- (volatile) it is a store that ends with nginx. Knows: ngx.shared.
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"

local CACHE = 30 -- seconds until another machine's change is seen

local methods = {}
local store_mt = { __name = "instagram.store.ngx_shared", __index = methods }

local ngx_shared = {}

---@return instagram.Store
function ngx_shared.new(name, behind)
  local nginx = rawget(_G, "ngx")
  local dict = nginx and nginx.shared and nginx.shared[name]
  if not dict then
    check.fail(("nginx has no lua_shared_dict '%s'"):format(name))
  end
  return setmetatable({ dict = dict, behind = behind }, store_mt)
end

local function failure(problem)
  return errors.failure("store", "shared dictionary: " .. tostring(problem))
end

-- The store itself when nothing is behind it. nginx runs one worker's Lua at a time, but
-- workers side by side: what must happen at once is `add` and `incr`.
local alone = {}

function alone.fence(self, key)
  return self.dict:get("fence:" .. key) or 0
end

function alone.put(self, key, value, options)
  if options and options.fence and options.fence ~= alone.fence(self, key) then
    return false
  end
  local ok, problem = self.dict:safe_set("record:" .. key, value,
    options and options.ttl or 0)
  if not ok then return failure(problem) end
  return true
end

function alone.lock(self, key, life)
  local ok, problem = self.dict:safe_add("life:" .. key, "1", life)
  if not ok and problem == "exists" then return false end
  if not ok then return failure(problem) end
  local fence
  fence, problem = self.dict:incr("fence:" .. key, 1, 0)
  if not fence then return failure(problem) end
  local lock = { fence = fence }
  function lock.release()
    if alone.fence(self, key) == fence then self.dict:delete("life:" .. key) end
    return true
  end
  return lock
end

-- --- the store ----------------------------------------------------------------------

function methods:get(key)
  local value = self.dict:get("record:" .. key)
  if value then return value end
  if not self.behind then return false end
  local message, err
  value, message, err = self.behind:get(key)
  if value then self.dict:set("record:" .. key, value, CACHE) end
  return value, message, err
end

-- After the store behind changed the cache says the same, or nothing.
local function follow(self, key, value, done, message, err)
  if done == true and value then
    self.dict:set("record:" .. key, value, CACHE)
  else
    self.dict:delete("record:" .. key)
  end
  return done, message, err
end

function methods:put(key, value, options)
  if not self.behind then return alone.put(self, key, value, options) end
  return follow(self, key, value, self.behind:put(key, value, options))
end

-- Between look and change another worker may come: a short lock of their own.
local function guarded(self, key, change)
  local guard = "swap:" .. key
  local ends = core.monotonic() + 5
  while not self.dict:safe_add(guard, "1", 1) do
    if core.monotonic() > ends then return failure "a key stays locked" end
    require("instagram.wait").sleep(0.002)
  end
  local result, message, err = change()
  self.dict:delete(guard)
  return result, message, err
end

function methods:swap(key, expected, value, options)
  if self.behind then
    return follow(self, key, value, self.behind:swap(key, expected, value, options))
  end
  return guarded(self, key, function()
    if (self.dict:get("record:" .. key) or false) ~= expected then return false end
    return alone.put(self, key, value, options)
  end)
end

function methods:delete(key)
  self.dict:delete("record:" .. key)
  if self.behind then return follow(self, key, nil, self.behind:delete(key)) end
  local fence, problem = self.dict:incr("fence:" .. key, 1, 0)
  if not fence then return failure(problem) end
  return true
end

function methods:list(prefix)
  if self.behind then return self.behind:list(prefix) end
  local keys, whole = {}, "record:" .. prefix
  for _, name in ipairs(self.dict:get_keys(0)) do
    if name:sub(1, #whole) == whole then keys[#keys + 1] = name:sub(#"record:" + 1) end
  end
  table.sort(keys)
  return keys
end

-- Among the workers first, then among the machines. What was cached is read anew under
-- the lock: that is what it is for.
function methods:lock(key, life)
  if not self.behind then return alone.lock(self, key, life) end
  local near, message, err = alone.lock(self, key, life)
  if not near then return near, message, err end
  local far
  far, message, err = self.behind:lock(key, life)
  self.dict:delete("record:" .. key)
  if not far then
    near:release()
    return far, message, err
  end
  local lock = { fence = far.fence }
  function lock.release()
    near:release()
    return far:release()
  end
  return lock
end

return ngx_shared
