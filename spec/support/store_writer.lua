-- A process that writes until it is killed: WRITER STEP LOG KIND [PLACE]. From that
-- step on it does what store_writing.lua says, and notes each step that the store said
-- was done in the log, by a single write.
local contract = require "spec.support.store_contract"
local stores = require "spec.support.stores"
local wait = require "instagram.wait"
local writing = require "spec.support.store_writing"

local LOCK_LIFE = 0.3

local writer, step, path, kind, place = (table.unpack or unpack)(arg)
writer, step = tonumber(writer), tonumber(step)
local log = assert(io.open(path, "a"))
log:setvbuf "no"
local store = stores.open(kind, place)

-- The store may be away for a while; what it then answers is never true.
local function insist(method, ...)
  while true do
    local result, problem, err = store[method](store, ...)
    if result ~= nil then return result end
    assert(err and err.kind == "store", problem)
    assert(kind == "redis", problem)
    log:write(("away %d\n"):format(step))
    wait.sleep(0.01)
  end
end

local function swap(key, value)
  local present = insist("get", key)
  if present == value then return end -- the swap before the answer "away" was done
  local done = insist("swap", key, present, value)
  assert(done or insist("get", key) == value, "swap refused")
end

-- Writes under a lock of all writers; every third time leaves it to its end.
local function write_locked()
  local lock = insist("lock", "common", LOCK_LIFE)
  if not lock then return end
  insist("put", "common", writing.value(writer, step), { fence = lock.fence })
  if step % 3 > 0 then lock:release() end
end

local steps = {
  put = function(key) assert(insist("put", key, writing.value(writer, step))) end,
  swap = function(key) swap(key, writing.value(writer, step)) end,
  delete = function(key) assert(insist("delete", key)) end,
  count = function()
    if kind == "file" then contract.count_by_swap(store, "count", 1, wait.sleep) end
  end,
  lock = write_locked,
}

while true do
  local what, number = writing.step(writer, step)
  steps[what](writing.key(writer, number))
  log:write(("%s %d\n"):format(what, step))
  step = step + 1
end
