-- Writers of one file store killed (kill -9) at random moments and started again: what
-- the store said was done is there, everything is whole, no lock outlives its life.
-- STORE_KILLS=1000 in the environment makes it so many.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local process = require "spec.support.process"
local stores = require "instagram.store"
local writing = require "spec.support.store_writing"

local KILLS = tonumber(os.getenv "STORE_KILLS") or 120
local WRITERS = 4
local LOCK_LIFE = 0.3 -- store_writer.lua's
local ROUND = 30 -- kills until all are killed together

describe("the store in files, its writers killed, #slow", function()
  local folder, path, store, pids, sums

  local function log_of(writer) return ("%s/log%d"):format(folder, writer) end

  local function read_log(writer)
    return writing.read_log(log_of(writer), "count")
  end

  local function start(writer)
    pids[writer] = process.start("nice " .. process.script(
      "spec/support/store_writer.lua", writer, read_log(writer) + 1, log_of(writer),
      "file", path), folder .. "/out" .. writer)
  end

  -- A file that was not renamed yet tells that a write was cut.
  local function kill(writer)
    process.stop(pids[writer], "KILL")
    sums.kills = sums.kills + 1
    for _, name in ipairs(core.files.list(path)) do
      if name:find("%." .. pids[writer] .. "%-%d+%.new$") then
        sums.cut = sums.cut + 1
      end
    end
  end

  local function check(writer)
    local said = calls.read(folder .. "/out" .. writer)
    assert(said == "", said)
    sums.looked = sums.looked + writing.check(store, writer, (read_log(writer)))
    assert(store:put("probe" .. writer, "its shard is free"))
  end

  -- With nobody alive: the common lock is free after its life.
  local function check_lock()
    local now = core.monotonic
    core.monotonic = function() return now() + LOCK_LIFE end -- luacheck: ignore
    local lock, message = store:lock("common", 5)
    core.monotonic = now -- luacheck: ignore
    assert(lock, message or "a lock outlived its life")
    assert(lock:release())
  end

  local function kill_one()
    local writer = math.random(WRITERS)
    if math.random(5) > 1 then
      local before = read_log(writer)
      process.wait_until("a writer writes", 120, function()
        return read_log(writer) > before
      end)
    end
    calls.sleep(math.random() * 0.02)
    kill(writer)
    check(writer)
    sums.looked = sums.looked + writing.glance(store, writer % WRITERS + 1)
    start(writer)
  end

  local function kill_all()
    for writer = 1, WRITERS do process.signal(pids[writer], "KILL") end
    for writer = 1, WRITERS do kill(writer) end
    for writer = 1, WRITERS do check(writer) end
    check_lock()
  end

  local function acknowledged()
    local steps, counts = 0, 0
    for writer = 1, WRITERS do
      local last, count = read_log(writer)
      steps, counts = steps + last, counts + count
    end
    return steps, counts
  end

  after_each(function()
    process.stop_all()
    calls.remove(folder)
  end)

  it(("%d times, loses nothing"):format(KILLS), function()
    folder = calls.folder()
    path = folder .. "/tokens"
    store = assert(stores.file(path))
    pids, sums = {}, { kills = 0, cut = 0, looked = 0 }
    math.randomseed(os.time())
    local from = core.monotonic()
    while sums.kills < KILLS do
      for writer = 1, WRITERS do start(writer) end
      for _ = 1, math.min(ROUND, KILLS - sums.kills) - WRITERS do kill_one() end
      kill_all()
    end
    local steps, counts = acknowledged()
    local count = tonumber((store:get "count")) or 0
    print(("\n%d kills in %.1f s (%d left a file half-written), %d steps acknowledged, "
      .. "%d values looked at, 0 lost; %d counts acknowledged, %d there"):format(
      sums.kills, core.monotonic() - from, sums.cut, steps, sums.looked, counts, count))
    assert(count >= counts and count <= counts + sums.kills, "the count is off")
    stores.file(path)
    assert.equal("", process.output("ls " .. path .. " | grep new$"))
  end)
end)
