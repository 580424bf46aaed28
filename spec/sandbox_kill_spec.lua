-- A sandbox with a file, killed (kill -9) at random moments and started again: every
-- change it answered is there, what it was doing is there whole or not at all.
-- SANDBOX_KILLS=500 in the environment makes it so many.
local calls = require "spec.support.calls"
local child = require "spec.support.sandbox_child"
local http = require "spec.support.sandbox_http"
local process = require "spec.support.process"
local sqlite = require "spec.support.sqlite"
local work = require "spec.support.sandbox_work"

local KILLS = tonumber(os.getenv "SANDBOX_KILLS") or 40

describe("a sandbox killed, #slow", function()
  local folder, path, sums

  before_each(function()
    folder = calls.folder()
    path = folder .. "/state.db"
    sums = { kills = 0, unready = 0, log = 0 }
  end)

  after_each(function()
    process.stop_all()
    calls.remove(folder)
  end)

  local function launch()
    return child.launch(folder, { "--db", path, "--data", "empty" })
  end

  -- Somebody else kills it, whatever it and we do just then.
  local function kill_in(pid, seconds)
    process.start(("sh -c 'sleep %.4f; kill -KILL %d'"):format(seconds, pid))
  end

  -- Looks at copies of the files: the sandbox itself is to recover them.
  local function check_file()
    local copy = folder .. "/copy.db"
    calls.write(copy, calls.read(path) or "")
    local log = calls.read(path .. "-wal")
    os.remove(copy .. "-wal")
    if log and #log > 0 then
      sums.log = sums.log + 1
      calls.write(copy .. "-wal", log)
    end
    assert.same({}, sqlite.faults(copy))
  end

  -- It is given as long to live once it has said that it is ready.
  local function one_life(model, seconds)
    local pid = launch()
    local server = child.ready(folder, pid)
    work.check(model, server, 25)
    kill_in(pid, seconds)
    repeat until not work.change(model, server)
    process.stop(pid, "KILL")
  end

  local function killed_at_start(seconds)
    local pid = launch()
    kill_in(pid, seconds)
    if not child.ready(folder, pid) then sums.unready = sums.unready + 1 end
    process.wait_until("it is killed", 10, function()
      return not process.is_running(pid)
    end)
  end

  it(("%d times, keeps what it answered"):format(KILLS), function()
    math.randomseed(os.time())
    local model = work.new()
    local kill = 0
    while kill < KILLS or kill < 10 * KILLS and model.answered <= KILLS do
      kill = kill + 1 -- more of them where a life is too short to do much
      if kill % 6 == 0 then
        killed_at_start(math.random() * 0.05)
      else
        one_life(model, 0.002 + math.random() * 0.12)
      end
      check_file()
    end
    local server = child.start(folder, { "--db", path })
    local looked = work.check(model, server)
    print(("\n%d kills (%d before it was ready, %d left a log to recover), %d changes "
      .. "answered, %d facts looked at in the end, 0 lost"):format(kill, sums.unready,
      sums.log, model.answered, looked))
    assert(model.answered > KILLS, "too little was done to tell")
    assert(sums.log > 0, "nothing was ever left to recover")
  end)

  it("while it restores a snapshot, has one state or the other", function()
    local file = folder .. "/a.snapshot"
    local server = child.start(folder, { "--db", path })
    local few = #http.control(server, "users", nil, { method = "GET" }):json().users
    http.control(server, "snapshot", { file = file })
    for i = 1, 40 do
      http.control(server, "add_user", { username = "u" .. i,
        biography = ("x"):rep(2000) })
    end
    http.control(server, "snapshot", { file = folder .. "/b.snapshot" })
    process.stop(server.pid, "KILL")
    for i = 1, math.ceil(KILLS / 8) do
      local pid = launch()
      server = child.ready(folder, pid)
      local users = http.control(server, "users", nil, { method = "GET" }):json().users
      assert(#users == few or #users == few + 40, #users)
      kill_in(pid, 0.001 + math.random() * 0.015)
      pcall(function()
        for turn = i, i + 100 do
          http.control(server, "restore", { file = turn % 2 == 0 and file
            or folder .. "/b.snapshot" })
        end
      end)
      process.stop(pid, "KILL")
      check_file()
    end
  end)
end)
