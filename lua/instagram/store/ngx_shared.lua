--- A shared dictionary of nginx in front of a lasting store: its workers ask the store
--- behind only for what changed, and for a lock only when no other worker has it. Alone
--- (volatile) it is a store that ends with nginx. Knows: ngx.shared.
---
--- No record is ever thrown out to make room. What does not fit is not cached; alone,
--- it is an error. The dictionary is for this store only.
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"
local book = require "instagram.store.book"
local wait = require "instagram.wait"

local CACHE = 30 -- seconds until another machine's change is seen
local MARKED = 600 -- seconds a change is remembered; longer than any read may take
local GUARD = 2 -- seconds a worker that died in the middle keeps the others out
local PATIENCE = 10 -- seconds for a key that others change all the time
local OVERTAKEN = 3600 -- seconds that a holder who never came back may still write
local LEAST = 0.001 -- seconds; nginx takes less than a millisecond for no end at all

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
  local self = setmetatable({ dict = dict, behind = behind }, store_mt)
  if behind and behind.key_path then
    self.key_path = function() return behind:key_path() end
  end
  return self
end

local function failure(problem)
  return errors.failure("store", "shared dictionary: " .. tostring(problem), {
    advice = problem == "no memory" and "Make the lua_shared_dict larger." or nil,
  })
end

-- What ended is in the way until somebody throws it out.
local function with_room(dict, method, ...)
  local ok, problem = dict[method](dict, ...)
  if ok or problem ~= "no memory" then return ok, problem end
  dict:flush_expired()
  return dict[method](dict, ...)
end

-- --- alone --------------------------------------------------------------------------

-- nginx runs one worker's Lua at a time, but workers side by side: look and change
-- happen under a guard that lives for microseconds. Nothing waits in here.
local function guarded(self, key, change)
  local guard, pause = "guard:" .. key, 0.001
  local ends = core.monotonic() + PATIENCE
  while true do
    local ok, problem = with_room(self.dict, "safe_add", guard, 1, GUARD)
    if ok then break end
    if problem ~= "exists" then return failure(problem) end
    if core.monotonic() > ends then return failure "a key stays busy" end
    wait.sleep(pause)
    pause = math.min(pause * 2, 0.02)
  end
  local ok, result, message, err = pcall(change)
  self.dict:delete(guard)
  if not ok then error(result, 0) end
  return result, message, err
end

local alone = {}

function alone.get(self, key)
  local value = self.dict:get("record:" .. key)
  if value == nil then return false end
  local left = self.dict:ttl("record:" .. key)
  return value, left and left > 0 and left or nil
end

-- A value of another size takes the old one's place only after that is gone: where the
-- new one does not fit, the old one is put back.
local function write(self, key, value, ttl)
  local old, left = alone.get(self, key)
  local name = "record:" .. key
  local ok, problem = with_room(self.dict, "safe_set", name, value, ttl or 0)
  if ok then return true end
  if old and not self.dict:safe_set(name, old, left or 0) then
    problem = problem .. "; the record that was there is lost"
  end
  return failure(problem)
end

local function ttl_of(options)
  local ttl = options and options.ttl
  return ttl and math.max(ttl, LEAST)
end

function alone.put(self, key, value, options)
  local fence = options and options.fence
  return guarded(self, key, function()
    if fence and fence ~= self.dict:get("fence:" .. key) then return false end
    return write(self, key, value, ttl_of(options))
  end)
end

function alone.swap(self, key, expected, value, options)
  local fence = options and options.fence
  return guarded(self, key, function()
    if fence and fence ~= self.dict:get("fence:" .. key) then return false end
    if (alone.get(self, key)) ~= expected then return false end
    return write(self, key, value, ttl_of(options))
  end)
end

function alone.delete(self, key)
  return guarded(self, key, function()
    self.dict:delete("fence:" .. key)
    self.dict:delete("record:" .. key)
    return true
  end)
end

function alone.list(self, prefix)
  local keys, whole = {}, "record:" .. prefix
  for _, name in ipairs(self.dict:get_keys(0)) do
    if name:sub(1, #whole) == whole then keys[#keys + 1] = name:sub(#"record:" + 1) end
  end
  table.sort(keys)
  return keys
end

-- Epoch milliseconds are the least fence, so that fences grow even when a reload made
-- the dictionary anew.
local function next_fence(self)
  with_room(self.dict, "safe_add", "counter", math.floor(core.now() * 1000))
  return self.dict:incr("counter", 1)
end

local function give_back(self, key, owner, fence)
  if self.dict:get("lock:" .. key) == owner then self.dict:delete("lock:" .. key) end
  if fence and self.dict:get("fence:" .. key) == fence then
    self.dict:delete("fence:" .. key)
  end
  return true
end

function alone.lock(self, key, life)
  return guarded(self, key, function()
    local owner = core.random_text(9)
    local ok, problem = with_room(self.dict, "safe_add", "lock:" .. key, owner,
      math.max(life, LEAST))
    if not ok and problem == "exists" then return false end
    local fence
    if ok then fence, problem = next_fence(self) end
    if fence then
      ok, problem = with_room(self.dict, "safe_set", "fence:" .. key, fence,
        life + OVERTAKEN)
    end
    if not ok or not fence then
      give_back(self, key, owner)
      return failure(problem)
    end
    return {
      fence = fence,
      release = function()
        return guarded(self, key, function()
          return give_back(self, key, owner, fence)
        end)
      end,
    }
  end)
end

-- --- in front of another ------------------------------------------------------------

-- A cached value is worth what the mark of its key was before it was read: each change
-- sets a new mark, so that a slow read that began before cannot bring the old value
-- back.
local front = {}

local function mark_of(self, key)
  return self.dict:get("mark:" .. key) or ""
end

-- "MARK ENDS", and the value. The clock is the machine's, so all workers'.
local function read_cached(self, key, mark)
  local cached = self.dict:get("record:" .. key)
  if not cached or cached:sub(1, #mark + 1) ~= mark .. " " then return nil end
  local ends, from = cached:match("^([%d.]+)\n()", #mark + 2)
  local value = cached:sub(from)
  if ends == "0" then return value end
  local left = book.time_of(ends) - core.monotonic()
  if left > 0 then return value, left end
end

local function write_cached(self, key, mark, value, left)
  local life = math.min(left or CACHE, CACHE)
  if life < LEAST then return end
  local ends = left and book.time_text(core.monotonic() + left) or "0"
  with_room(self.dict, "safe_set", "record:" .. key, ("%s %s\n"):format(mark, ends)
    .. value, life)
end

function front.get(self, key)
  local mark = mark_of(self, key)
  local value, left = read_cached(self, key, mark)
  if value then return value, left end
  local err
  value, left, err = self.behind:get(key)
  if value then write_cached(self, key, mark, value, left) end
  return value, left, err
end

-- After the store behind changed, or may have.
local function follow(self, key, ...)
  local mark = core.random_text(6)
  self.dict:delete("record:" .. key)
  -- Where not even a mark fits, older things make room: the store behind has them all.
  if not with_room(self.dict, "safe_set", "mark:" .. key, mark, MARKED) then
    self.dict:set("mark:" .. key, mark, MARKED)
  end
  return ...
end

function front.put(self, key, value, options)
  return follow(self, key, self.behind:put(key, value, options))
end

function front.swap(self, key, expected, value, options)
  return follow(self, key, self.behind:swap(key, expected, value, options))
end

function front.delete(self, key)
  return follow(self, key, self.behind:delete(key))
end

function front.list(self, prefix)
  return self.behind:list(prefix)
end

-- Among the workers first, then among the machines; where there is no room to ask the
-- workers, the store behind decides alone. What was cached is read anew under the lock:
-- that is what it is for.
function front.lock(self, key, life)
  local owner = core.random_text(9)
  local _, problem = with_room(self.dict, "safe_add", "lock:" .. key, owner,
    math.max(life, LEAST))
  if problem == "exists" then return false end
  local far, message, err = follow(self, key, self.behind:lock(key, life))
  if not far then
    give_back(self, key, owner)
    return far, message, err
  end
  return {
    fence = far.fence,
    release = function()
      give_back(self, key, owner)
      return far.release()
    end,
  }
end

-- --- the store ----------------------------------------------------------------------

for _, name in ipairs { "get", "put", "swap", "delete", "list", "lock" } do
  methods[name] = function(self, ...)
    return (self.behind and front or alone)[name](self, ...)
  end
end

return ngx_shared
