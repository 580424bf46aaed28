-- The pages of store_nginx_spec.lua, inside nginx: stores by a word, and what is done
-- with them.
local contract = require "spec.support.store_contract"
local stores = require "instagram.store"
local wait = require "instagram.wait"

local nginx = rawget(_G, "ngx")
local pages = {}

local function connect_to(port)
  return function()
    local client = require("nginx.redis"):new()
    client:set_timeout(30000)
    local ok, problem = client:connect("127.0.0.1", port)
    if not ok then return nil, problem end
    return client
  end
end

local openers = {
  volatile = function() return stores.ngx_shared("alone", { volatile = true }) end,
  small = function() return stores.ngx_shared("small", { volatile = true }) end,
  redis = function(place, prefix)
    return stores.redis(connect_to(place), { prefix = prefix })
  end,
  file = function(place) return assert(stores.file(place)) end,
}

function openers.front_file(place)
  return stores.ngx_shared("files", { behind = openers.file(place) })
end

function openers.front_redis(place)
  return stores.ngx_shared("redis", { behind = openers.redis(place, "behind:") })
end

function openers.small_file(place)
  return stores.ngx_shared("tight", { behind = openers.file(place) })
end

local function open(arguments)
  return openers[arguments.kind](arguments.place)
end

-- By the clock of nginx, which stands still while it works on something.
local function now()
  nginx.update_time()
  return nginx.now()
end

local function me()
  return tostring(nginx.worker.pid())
end

local function caught(fn)
  local ok, problem = pcall(fn)
  return ok and "ok" or tostring(problem)
end

--- A case of the contract.
function pages.case(arguments)
  local number = tonumber(arguments.number)
  return caught(function()
    contract[number].run {
      store = open(arguments), other = open(arguments), sleep = wait.sleep, now = now,
      key = function(name) return "case" .. number .. ":" .. name end,
    }
  end)
end

--- Counts up a number; who did.
function pages.count(arguments)
  local said = caught(function()
    contract[arguments.way](open(arguments), arguments.key, tonumber(arguments.times),
      wait.sleep)
  end)
  return said .. " " .. me()
end

local LOCK_LIFE = 600 -- seconds

--- Takes a lock, or says who could not; gives it back when it is told to (let_go).
function pages.hold(arguments)
  local lock, problem = open(arguments):lock(arguments.key, LOCK_LIFE)
  if not lock then return (problem or "busy") .. " " .. me() end
  local signals, name = nginx.shared.signals, arguments.kind .. arguments.key
  signals:set("held" .. name, true)
  while not signals:get("let go" .. name) do wait.sleep(0.01) end
  assert(lock:release())
  return "held " .. me()
end

--- Does somebody hold it?
function pages.is_held(arguments)
  return tostring(nginx.shared.signals:get("held" .. arguments.kind .. arguments.key))
end

function pages.let_go(arguments)
  nginx.shared.signals:set("let go" .. arguments.kind .. arguments.key, true)
  return "told"
end

--- One operation: what it returned.
function pages.run(arguments)
  local store, value = open(arguments), arguments.value
  local result, problem, err
  if arguments.what == "lock" then
    result, problem, err = store:lock(arguments.key, tonumber(value))
  elseif arguments.what == "swap" then
    result, problem, err = store:swap(arguments.key, arguments.expected, value)
  else
    result, problem, err = store[arguments.what](store, arguments.key, value)
  end
  if type(result) == "table" then result = result.fence or table.concat(result, " ") end
  local text = tostring(result)
  if err then text = err.kind .. ": " .. problem .. " " .. tostring(err.advice) end
  return text
end

function pages.ping()
  return me()
end

--- What misuse says.
function pages.misuse()
  local said = {}
  for _, arguments in ipairs {
    { "alone" }, { "alone", {} }, { "none", { volatile = true } },
    { "alone", { volatile = false } }, { "alone", { behind = {} } },
  } do
    said[#said + 1] = caught(function()
      stores.ngx_shared(arguments[1], arguments[2])
    end)
  end
  return table.concat(said, "\n")
end

--- How often the store behind is asked: for five reads, a change, five reads.
function pages.reads(arguments)
  local behind, reads = openers.file(arguments.place), 0
  local counting = setmetatable({
    get = function(_, key)
      reads = reads + 1
      return behind:get(key)
    end,
  }, { __index = function(_, name)
    return function(_, ...) return behind[name](behind, ...) end
  end })
  local store = stores.ngx_shared("files", { behind = counting })
  local said = {}
  for i = 1, 3 do
    store:put("read", "value " .. i)
    for _ = 1, 5 do
      if store:get "read" ~= "value " .. i then return "a wrong value" end
    end
    said[i] = reads
  end
  return table.concat(said, " ")
end

--- A read that began before a change and ends after it.
function pages.slow_read(arguments)
  local behind = openers.file(arguments.place)
  local slow = setmetatable({
    get = function(_, key)
      local value = behind:get(key)
      nginx.sleep(0.1)
      return value
    end,
  }, { __index = function(_, name)
    return function(_, ...) return behind[name](behind, ...) end
  end })
  local store = stores.ngx_shared("files", { behind = slow })
  store:put("slow", "old")
  local reader = nginx.thread.spawn(function() return store:get "slow" end)
  nginx.sleep(0.03)
  store:put("slow", "new")
  local _, first = nginx.thread.wait(reader)
  return tostring(first) .. " " .. tostring(store:get "slow")
end

--- Puts records of so many bytes until one does not fit: how many fitted, what was
--- said, how many are there as they were, what became of one that was to grow, and of
--- room that was made.
function pages.fill(arguments)
  local store, size = open(arguments), tonumber(arguments.size)
  local function value(i) return ("%d:"):format(i) .. ("x"):rep(size) end
  local fitted, whole = 0, 0
  local done, problem, err
  repeat
    done, problem, err = store:put("fill" .. fitted + 1, value(fitted + 1))
    if done then fitted = fitted + 1 end
  until not done or fitted == 400
  for i = 1, fitted do
    if store:get("fill" .. i) == value(i) then whole = whole + 1 end
  end
  local grown = store:put("fill1", ("y"):rep(size * 20))
  local first = store:get "fill1" == value(1)
  for i = 1, fitted do
    if not store:delete("fill" .. i) then return "cannot delete" end
  end
  local again = store:put("fill1", value(1))
  return ("%d fitted, %d whole, %s %s, grown %s, first %s, again %s"):format(
    fitted, whole, err and err.kind or "no", tostring(problem), tostring(grown),
    tostring(first), tostring(again))
end

--- As a worker leaves a key's guard that dies while it changes the key.
function pages.die_in_guard(arguments)
  nginx.shared.alone:set("guard:" .. arguments.key, 1, 2)
  return "gone"
end

return pages
