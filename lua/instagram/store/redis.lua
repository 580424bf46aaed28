--- A store on a Redis server, through the client library the host already has. Whatever
--- is more than one command is a script, so that it happens at once. Knows: the three
--- clients' ways to fail. Must not know: sockets.
---
--- What a refresh won is as lasting as the server's `appendfsync`: with `always` nothing
--- is lost, with `everysec` a second's worth may be (the token before it works on).
local core = require "instagram.core"
local errors = require "instagram.errors"

local methods = {}
local store_mt = { __name = "instagram.store.redis", __index = methods }

local redis = {}

-- KEYS: record, fence. The answer is always a table or a number: how a missing value is
-- told differs between the clients.
local scripts = {
  get = [[
    local value = redis.call('get', KEYS[1])
    if value then return {1, value} end
    return {0}]],
  -- ARGV: value, milliseconds to live (0: for ever), fence ('' none)
  put = [[
    if ARGV[3] ~= '' and ARGV[3] ~= (redis.call('get', KEYS[2]) or '0') then
      return 0
    end
    if ARGV[2] == '0' then redis.call('set', KEYS[1], ARGV[1])
    else redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2]) end
    return 1]],
  -- ARGV: as put, then 1 and the expected value, or 0 and ''
  swap = [[
    if ARGV[3] ~= '' and ARGV[3] ~= (redis.call('get', KEYS[2]) or '0') then
      return 0
    end
    local present = redis.call('get', KEYS[1])
    if ARGV[4] == '0' and present then return 0 end
    if ARGV[4] == '1' and present ~= ARGV[5] then return 0 end
    if ARGV[2] == '0' then redis.call('set', KEYS[1], ARGV[1])
    else redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2]) end
    return 1]],
  delete = [[
    redis.call('incr', KEYS[2])
    redis.call('del', KEYS[1])
    return 1]],
  -- KEYS: lock, fence. ARGV: owner, milliseconds. The same owner asking again had its
  -- first answer lost on the way.
  lock = [[
    if redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then
      return {redis.call('incr', KEYS[2])}
    end
    if redis.call('get', KEYS[1]) == ARGV[1] then
      return {tonumber(redis.call('get', KEYS[2]))}
    end
    return {0}]],
  release = [[
    if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
    return 1]],
  -- KEYS: pattern's prefix. ARGV: cursor, pattern
  scan = [[
    local found = redis.call('scan', ARGV[1], 'match', ARGV[2], 'count', 500)
    return {tostring(found[1]), found[2]}]],
}

---@return instagram.Store
function redis.new(connect, prefix)
  return setmetatable({ connect = connect, prefix = prefix }, store_mt)
end

-- --- connection ---------------------------------------------------------------------

local function open(self)
  if self.client then return self.client end
  local ok, client, problem = pcall(self.connect)
  if not ok then return nil, client end
  if not client then return nil, problem or "connect() gave no client" end
  self.client = client
  return client
end

-- A cosocket belongs to its request: in OpenResty it goes back to the pool each time.
local function give_back(self, client)
  if type(client.set_keepalive) == "function" then
    client:set_keepalive(60000, 16)
    self.client = nil
  end
end

-- lua-redis raises; the others return nil or false, and why.
local function send(client, ...)
  local ok, result, problem = pcall(client.eval, client, ...)
  if not ok then return nil, result end
  if result == nil or result == false then return nil, problem or "no answer" end
  return result
end

-- What the server itself refused; a new connection would hear the same.
local function is_refusal(problem)
  return tostring(problem):find("ERR ", 1, true) ~= nil
    or tostring(problem):find("NOSCRIPT", 1, true) ~= nil
    or tostring(problem):find("NOAUTH", 1, true) ~= nil
    or tostring(problem):find("OOM", 1, true) ~= nil
    or tostring(problem):find("READONLY", 1, true) ~= nil
end

-- A lost connection is made anew, once: every script may run twice without harm.
local function run(self, name, ...)
  local problem
  for _ = 1, 2 do
    local client, result
    client, problem = open(self)
    if client then
      result, problem = send(client, scripts[name], ...)
      if result ~= nil then
        give_back(self, client)
        return result
      end
      self.client = nil
      pcall(function() return client:close() end)
      if is_refusal(problem) then break end
    end
  end
  return errors.failure("store", "redis: " .. tostring(problem))
end

-- --- the store ----------------------------------------------------------------------

local function key_of(self, key)
  return self.prefix .. key
end

local function fence_of(self, key)
  return self.prefix .. "fence:" .. key
end

local function milliseconds(seconds)
  return seconds and ("%.0f"):format(math.max(1, seconds * 1000)) or "0"
end

local function fence_text(options)
  return options and options.fence and ("%.0f"):format(options.fence) or ""
end

local function as_answer(result, message, err)
  if result == nil then return nil, message, err end
  return tonumber(result) == 1
end

function methods:get(key)
  local found, message, err = run(self, "get", 1, key_of(self, key))
  if not found then return nil, message, err end
  if tonumber(found[1]) ~= 1 then return false end
  return found[2]
end

function methods:put(key, value, options)
  return as_answer(run(self, "put", 2, key_of(self, key), fence_of(self, key), value,
    milliseconds(options and options.ttl), fence_text(options)))
end

function methods:swap(key, expected, value, options)
  return as_answer(run(self, "swap", 2, key_of(self, key), fence_of(self, key), value,
    milliseconds(options and options.ttl), fence_text(options), expected and "1" or "0",
    expected or ""))
end

function methods:delete(key)
  return as_answer(run(self, "delete", 2, key_of(self, key), fence_of(self, key)))
end

-- Of a glob pattern nothing but the last star is meant.
local function literal(text)
  return (text:gsub("[%*%?%[%]\\]", "\\%0"))
end

function methods:list(prefix)
  local cursor, keys, seen = "0", {}, {}
  repeat
    local page, message, err = run(self, "scan", 1, self.prefix, cursor,
      literal(key_of(self, prefix)) .. "*")
    if not page then return nil, message, err end
    for _, name in ipairs(page[2] or {}) do
      local key = name:sub(#self.prefix + 1)
      if not seen[key] then
        seen[key] = true
        keys[#keys + 1] = key
      end
    end
    cursor = tostring(page[1])
  until cursor == "0"
  table.sort(keys)
  return keys
end

function methods:lock(key, life)
  local owner = core.random_text(12)
  local name = self.prefix .. "lock:" .. key
  local taken, message, err = run(self, "lock", 2, name, fence_of(self, key), owner,
    milliseconds(life))
  if not taken then return nil, message, err end
  local fence = tonumber(taken[1])
  if fence == 0 then return false end
  local lock = { fence = fence }
  function lock.release()
    return as_answer(run(self, "release", 1, name, owner))
  end
  return lock
end

return redis
