-- Writers of one file store killed (kill -9) at random moments and started again: what
-- the store said was done is there, everything is whole, and no lock outlives its life.
-- STORE_KILLS=1000 in the environment makes it so many.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local process = require "spec.support.process"
local stores = require "instagram.store"
local writing = require "spec.support.store_writing"

local KILLS = tonumber(os.getenv "STORE_KILLS") or 120
local WRITERS = 4
local LOCK_LIFE = 0.3 -- store_writer.lua's

describe("the store in files, its writers killed,", function()
  local folder, path, store, sums

  local function log_of(writer) return ("%s/log%d"):format(folder, writer) end

  -- The last step that was done, and how many of a kind were.
  local function read_log(writer)
    local last, counts = 0, 0
    for what, step in (calls.read(log_of(writer)) or ""):gmatch("(%l+) (%d+)\n") do
      last = tonumber(step)
      if what == "count" then counts = counts + 1 end
    end
    return last, counts
  end

  local function start(writer)
    local last = read_log(writer)
    return process.start("nice " .. process.script("spec/support/store_writer.lua",
      writer, last + 1, log_of(writer), "file", path), folder .. "/out" .. writer)
  end

  -- Every key of the writer holds what its last step that was done left, or the step
  -- that was cut.
  local function check(writer)
    local last = read_log(writer)
    local done, cut = writing.state(writer, last), writing.state(writer, last + 1)
    for number = 1, #done do
      local value, message = store:get(writing.key(writer, number))
      assert(value ~= nil, message)
      local step = value and writing.step_of(writer, value)
      assert(step ~= nil, "a value that is not whole")
      if step ~= done[number] and step ~= cut[number] then
        error(("writer %d, key %d: after step %d there is %s, not %s"):format(writer,
          number, last, tostring(step), tostring(done[number])))
      end
      sums.looked = sums.looked + 1
    end
    local said = calls.read(folder .. "/out" .. writer)
    assert(said == "", said)
  end

  -- How long the common lock keeps us out.
  local function wait_for_lock()
    local from = core.monotonic()
    repeat
      local lock, message = store:lock("common", 0.01)
      assert(lock ~= nil, message)
    until lock
    return core.monotonic() - from
  end

  it(("%d times, loses nothing"):format(KILLS), function()
    folder = calls.folder()
    path = folder .. "/tokens"
    store = assert(stores.file(path))
    sums = { looked = 0 }
    local pids = {}
    math.randomseed(os.time())
    for writer = 1, WRITERS do pids[writer] = start(writer) end
    local from = core.monotonic()
    for kill = 1, KILLS do
      local writer = math.random(WRITERS)
      local before = read_log(writer)
      process.wait_until("a writer writes", 20, function()
        return read_log(writer) > before
      end)
      calls.sleep(math.random() * 0.02)
      process.stop(pids[writer], "KILL")
      check(writer)
      pids[writer] = start(writer)
    end
    for writer = 1, WRITERS do process.stop(pids[writer], "KILL") end
    local acknowledged, counted = 0, 0
    for writer = 1, WRITERS do
      check(writer)
      local last, counts = read_log(writer)
      acknowledged, counted = acknowledged + last, counted + counts
    end
    local waited = wait_for_lock()
    assert(waited <= LOCK_LIFE + 0.2, "a lock outlived its life: " .. waited)
    local count = tonumber((store:get "count")) or 0
    assert(count >= counted and count <= counted + KILLS + WRITERS, "the count is off")
    stores.file(path)
    assert.equal("", process.output("ls " .. path .. " | grep new$"))
    print(("\n%d kills in %.1f s, %d writes acknowledged, %d counted (%d there), "
      .. "%d values looked at, 0 lost; the lock was free after %.2f s"):format(
      KILLS + WRITERS, core.monotonic() - from, acknowledged, counted, count,
      sums.looked, waited))
    calls.remove(folder)
  end)
end)
