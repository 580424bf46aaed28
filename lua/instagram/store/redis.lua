--- A store on a Redis server (5 or later, not a cluster), through the client library
--- the host already has. Whatever is more than one command is a script, so that it
--- happens at once. Knows: the three clients' ways to fail. Must not know: sockets.
---
--- What was answered is as lasting as the server makes it. `appendonly yes` with
--- `appendfsync always`: nothing is lost, whatever happens. `everysec`: a second's
--- worth may be, when the machine (not Redis alone) stops: a refresh of that second,
--- after which the token before it works on, but also a login of that second. Snapshots
--- alone: everything since the last. A replica that takes over lacks what it had not
--- got yet. `maxmemory-policy` must be `noeviction`: the others throw away tokens or
--- locks.
local core = require "instagram.core"
local errors = require "instagram.errors"

local IDLE = 8 -- connections kept between operations
local OVERTAKEN = 3600 -- seconds that a holder who never came back may still write

local methods = {}
local store_mt = { __name = "instagram.store.redis", __index = methods }

local redis = {}

-- --- scripts ------------------------------------------------------------------------

-- A change whose answer was lost is asked for again, under the same name (KEYS[3]):
-- done is done. Only a name that could not be noted, for want of memory, is done again.
local function once(change)
  return ([[
    if redis.call('get', KEYS[3]) then return 1 end
    local function change()%s end
    local done = change()
    if done == 1 then redis.pcall('set', KEYS[3], '1', 'px', 60000) end
    return done]]):format(change)
end

-- KEYS: record, fence, change. ARGV: value, milliseconds to live (0: for ever), fence
-- ('': none).
local MAY_WRITE = [[
  if ARGV[3] ~= '' and ARGV[3] ~= redis.call('get', KEYS[2]) then return 0 end ]]
local WRITE = [[
  if ARGV[2] == '0' then redis.call('set', KEYS[1], ARGV[1])
  else redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2]) end
  return 1]]

-- The answer is always a table or a number: how a missing value is told differs between
-- the clients.
local scripts = {
  -- KEYS: record
  get = [[
    local value = redis.call('get', KEYS[1])
    if value then return {1, value, redis.call('pttl', KEYS[1])} end
    return {0}]],
  put = once(MAY_WRITE .. WRITE),
  -- ARGV: as put, then 1 and the expected value, or 0 and ''
  swap = once(MAY_WRITE .. [[
    local present = redis.call('get', KEYS[1])
    if ARGV[4] == '0' and present then return 0 end
    if ARGV[4] == '1' and present ~= ARGV[5] then return 0 end ]] .. WRITE),
  delete = once [[
    redis.call('del', KEYS[1], KEYS[2])
    return 1]],
  -- KEYS: lock, fence, counter. ARGV: owner, milliseconds, milliseconds of the fence.
  -- The same owner asking again had its first answer lost on the way. The server's time
  -- is the least fence, so that fences grow even when the counter was lost.
  lock = [[
    if not redis.call('set', KEYS[1], ARGV[1], 'nx', 'px', ARGV[2]) then
      if redis.call('get', KEYS[1]) ~= ARGV[1] then return {'0'} end
      local mine = redis.call('get', KEYS[2])
      if mine then return {mine} end
    end
    local time = redis.call('time')
    local fence = time[1] * 1000000 + time[2]
    local last = tonumber(redis.call('get', KEYS[3]) or '0')
    if fence <= last then fence = last + 1 end
    fence = string.format('%.0f', fence)
    redis.call('set', KEYS[3], fence)
    redis.call('set', KEYS[2], fence, 'px', ARGV[3])
    return {fence}]],
  -- KEYS: lock, fence. ARGV: owner, fence
  release = [[
    if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
    if redis.call('get', KEYS[2]) == ARGV[2] then redis.call('del', KEYS[2]) end
    return 1]],
  -- ARGV: cursor, pattern
  scan = [[
    local found = redis.call('scan', ARGV[1], 'match', ARGV[2], 'count', 1000)
    return {tostring(found[1]), found[2]}]],
}

---@return instagram.Store
function redis.new(connect, prefix)
  return setmetatable({ connect = connect, prefix = prefix, idle = {} }, store_mt)
end

local function is_number(answer)
  return tonumber(answer) ~= nil
end

-- How the answers of scripts look that are not a number.
local shapes = {
  get = function(answer)
    return tonumber(answer[1]) == 0
      or type(answer[2]) == "string" and is_number(answer[3])
  end,
  lock = function(answer) return is_number(answer[1]) end,
  scan = function(answer)
    return is_number(answer[1]) and type(answer[2]) == "table"
  end,
}

-- An answer to something else comes from a connection that was not ours alone.
local function is_answer_of(name, answer)
  if not shapes[name] then return is_number(answer) end
  return type(answer) == "table" and shapes[name](answer)
end

-- --- connections --------------------------------------------------------------------

-- An operation has its connection for itself: while it waits, another task may come.
-- One from before a fork is another process's.
local function open(self)
  local process = core.files.process()
  if self.process ~= process then self.process, self.idle = process, {} end
  local client = table.remove(self.idle)
  if client then return client end
  local ok, problem
  ok, client, problem = pcall(self.connect)
  if not ok then return nil, client end
  if type(client) == "table" and client.eval then return client end
  return nil, problem or "the connect function gave no client"
end

local function close(client)
  pcall(function()
    if type(client.close) == "function" then return client:close() end
    client.network.socket:close() -- lua-redis
  end)
end

-- A cosocket belongs to its request: in OpenResty it goes back to the pool each time.
local function give_back(self, client)
  if type(client.set_keepalive) == "function" then
    if not client:set_keepalive(60000, 16) then close(client) end
  elseif #self.idle < IDLE then
    table.insert(self.idle, client)
  else
    close(client)
  end
end

-- lua-redis raises; the others return nil or false, and why.
local function send(client, name, ...)
  local ok, result, problem = pcall(client.eval, client, scripts[name], ...)
  if not ok then return nil, result end
  if result == nil or result == false then return nil, problem or "no answer" end
  if not is_answer_of(name, result) then
    return nil, "this is no answer to our question; the connection must not be in a "
      .. "transaction, a pipeline or a subscription"
  end
  return result
end

-- Without what lua-redis puts in front.
local function words_of(problem)
  return (tostring(problem):gsub("^[^\n]-%.lua:%d+: ", ""):gsub("^redis error: ", ""))
end

local PASSING = { READONLY = true, LOADING = true, MASTERDOWN = true }

local advice = {
  NOAUTH = "Let the connect function authenticate: client:auth(password).",
  WRONGPASS = "The connect function authenticates with a wrong password or user name.",
  NOPERM = "The user may not use eval, or not these keys: see ACL in Redis' manual.",
  WRONGTYPE = "Another program uses this key: give the store a prefix of its own.",
  OOM = "The server has reached its maxmemory: give it more, or a database of its own.",
  MISCONF = "The server cannot write to its disk: see its log.",
  READONLY = "The connect function went to a replica; it must go to the master.",
  LOADING = "The server is starting: try again in a moment.",
}

-- What the server itself answered begins with a word in capitals. A new connection
-- would hear the same, but for what passes or is another server's answer.
local function refusal(problem)
  return words_of(problem):match("^(%u%u%u+) ")
end

local function failure(problem, key)
  local code = refusal(problem)
  return errors.failure("store", ("redis: %s%s"):format(words_of(problem),
    code == "WRONGTYPE" and (" (key %s)"):format(key) or ""), { advice = advice[code] })
end

-- A lost connection is made anew, once; those that lay idle as long are lost as well.
local function run(self, name, count, key, ...)
  local problem
  for _ = 1, 2 do
    local client, result
    client, problem = open(self)
    if client then
      result, problem = send(client, name, count, key, ...)
      if result ~= nil then
        give_back(self, client)
        return result
      end
      close(client)
      self.idle = {}
    end
    local code = refusal(problem)
    if code and not PASSING[code] then break end
  end
  return failure(problem, key)
end

-- --- the store ----------------------------------------------------------------------

local function named(self, kind, key)
  return self.prefix .. kind .. ":" .. key
end

local function milliseconds(seconds)
  return seconds and ("%.0f"):format(math.max(1, math.floor(seconds * 1000))) or "0"
end

local function fence_text(options)
  return options and options.fence and ("%.0f"):format(options.fence) or ""
end

local function as_answer(result, message, err)
  if result == nil then return nil, message, err end
  return tonumber(result) == 1
end

function methods:get(key)
  local found, message, err = run(self, "get", 1, named(self, "record", key))
  if not found then return nil, message, err end
  if tonumber(found[1]) ~= 1 then return false end
  local left = tonumber(found[3])
  return found[2], left >= 0 and left / 1000 or nil
end

-- A change of the key: one of the scripts that happen once.
local function change(self, name, key, ...)
  return as_answer(run(self, name, 3, named(self, "record", key),
    named(self, "fence", key), named(self, "change", core.random_text(12)), ...))
end

function methods:put(key, value, options)
  return change(self, "put", key, value, milliseconds(options and options.ttl),
    fence_text(options))
end

function methods:swap(key, expected, value, options)
  return change(self, "swap", key, value, milliseconds(options and options.ttl),
    fence_text(options), expected and "1" or "0", expected or "")
end

function methods:delete(key)
  return change(self, "delete", key)
end

-- Of a glob pattern nothing but the last star is meant.
local function literal(text)
  return (text:gsub("[%*%?%[%]\\]", "\\%0"))
end

-- Walks the whole database, in steps that do not hold the server up.
function methods:list(prefix)
  local cursor, keys, seen = "0", {}, {}
  local pattern, skip = literal(named(self, "record", prefix)) .. "*",
    #named(self, "record", "")
  repeat
    local page, message, err = run(self, "scan", 0, cursor, pattern)
    if not page then return nil, message, err end
    for _, name in ipairs(page[2] or {}) do
      local key = name:sub(skip + 1)
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
  local lock, fence = named(self, "lock", key), named(self, "fence", key)
  local taken, message, err = run(self, "lock", 3, lock, fence,
    self.prefix .. "counter", owner, milliseconds(life), milliseconds(life + OVERTAKEN))
  if not taken then return nil, message, err end
  if taken[1] == "0" then return false end
  return {
    fence = tonumber(taken[1]),
    release = function()
      return as_answer(run(self, "release", 2, lock, fence, owner, taken[1]))
    end,
  }
end

return redis
