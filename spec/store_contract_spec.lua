-- Every store does what stores do: memory, file, redis (by lua-redis) here; the ones of
-- nginx in store_nginx_spec.lua.
local calls = require "spec.support.calls"
local contract = require "spec.support.store_contract"
local core = require "instagram.core"
local process = require "spec.support.process"
local redis = require "spec.support.redis"
local stores = require "spec.support.stores"

-- The clocks of stores that live in this process, or share its clocks: they stand still
-- until a case waits.
local function with_own_clock(run)
  local now, monotonic = core.now, core.monotonic
  local at, since = now(), monotonic()
  core.now = function() return at end -- luacheck: ignore
  core.monotonic = function() return since end -- luacheck: ignore
  local ok, problem = pcall(run, {
    sleep = function(seconds) at, since = at + seconds, since + seconds end,
    now = core.monotonic,
  })
  core.now, core.monotonic = now, monotonic -- luacheck: ignore
  if not ok then error(problem, 0) end
end

-- Those of a server go on by themselves.
local function with_real_clock(run)
  run { sleep = require("instagram.wait").sleep, now = core.monotonic }
end

-- Runs the cases on what open() gives, asked twice: store and other.
local function all_cases(with_clock, open)
  for number, case in ipairs(contract) do
    it(case.name, function()
      with_clock(function(clock)
        local store, other = open()
        case.run {
          store = store, other = other or store, sleep = clock.sleep, now = clock.now,
          key = function(name) return "case" .. number .. ":" .. name end,
        }
      end)
    end)
  end
end

-- Eight processes that count up one number between them.
local function many_processes(words)
  for _, way in ipairs { "count_by_swap", "count_by_lock" } do
    it("loses nothing when eight processes #slow " .. way, function()
      local folder, pids = calls.folder(), {}
      for i = 1, 8 do
        pids[i] = process.start("nice " .. process.script(
          "spec/support/store_counter.lua", way, "count", 25, words()),
          folder .. "/" .. i)
      end
      for i, pid in ipairs(pids) do
        process.wait_until("all have counted", 300, function()
          return not process.is_running(pid)
        end)
        assert.matches("^done", calls.read(folder .. "/" .. i))
      end
      local store = stores.open(words())
      assert.equal("200", (store:get "count"))
      store:delete "count"
      calls.remove(folder)
    end)
  end
end

describe("the store in memory", function()
  local store
  before_each(function() store = stores.open "memory" end)
  all_cases(with_own_clock, function() return store end)
end)

describe("the store in files", function()
  local folder
  setup(function() folder = calls.folder() end)
  teardown(function()
    process.stop_all()
    calls.remove(folder)
  end)

  local function words() return "file", folder .. "/tokens" end
  all_cases(with_own_clock, function()
    return stores.open(words()), stores.open(words())
  end)
  many_processes(words)
end)

describe("the store in redis #slow", function()
  if redis.missing() then
    pending(redis.missing())
    return
  end
  local server
  setup(function() server = redis.start() end)
  teardown(function()
    process.stop_all()
    server:stop()
  end)

  local function words() return "redis", server.port end
  all_cases(with_real_clock, function()
    return stores.open(words()), stores.open(words())
  end)
  many_processes(words)
end)
