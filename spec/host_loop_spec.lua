-- A host's own loop, as README.md describes it: polls one descriptor, calls update, and
-- asks timeout when to do so next.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local instagram = require "instagram"
local socket = require "socket"
local wire = require "spec.support.wire"

local ANSWER = wire.answer { body = '{"id":"1"}' }

describe("a host's loop", function()
  local server, client

  setup(function()
    server = wire.start()
    core.engine():close()
  end)
  teardown(function() server:stop() end)
  before_each(function()
    client = instagram.open("IGtoken", { base_url = server.url, retries = 2 })
  end)
  after_each(function() core.engine():close() end)

  local function poll(seconds)
    local fd = instagram.engine():pollfd()
    local watched = { getfd = function() return fd end,
      dirty = function() return false end }
    socket.select({ watched }, nil, seconds)
  end

  -- Rounds until all tasks have ended.
  local function run()
    local rounds, limit = 0, core.monotonic() + 60
    while instagram.update() > 0 do
      poll(math.min(instagram.timeout() or 60, 60))
      rounds = rounds + 1
      assert(core.monotonic() < limit, "the loop never ends")
    end
    return rounds
  end

  it("has nothing to do before there is anything", function()
    assert.equal(0, instagram.update())
    assert.is_nil(instagram.timeout())
  end)

  it("moves tasks through calls, without running hot", function()
    server:serve { { "read" }, { "drip", ANSWER, 40, 0.02 } }
    local ids = {}
    for i = 1, 3 do
      instagram.spawn(function() ids[i] = assert(client:get "/me").id end)
    end
    assert.is_true(run() < 600)
    assert.same({ "1", "1", "1" }, ids)
    assert.is_nil(instagram.timeout())
  end)

  it("is told when a sleeper is to be woken", function()
    local began, order = core.monotonic(), {}
    instagram.spawn(function() instagram.sleep(0.3) order[#order + 1] = "late" end)
    instagram.spawn(function() instagram.sleep(0.1) order[#order + 1] = "soon" end)
    assert.equal(0, instagram.timeout())
    instagram.update()
    local left = instagram.timeout()
    assert.is_true(left > 0 and left <= 0.1, left)
    assert.is_true(run() < 20)
    assert.is_true(core.monotonic() - began < 30)
    assert.same({ "soon", "late" }, order)
  end)

  it("is told of repeated attempts, and of calls that run out of time", function()
    server:play({ { { "read" }, { "reset" } }, { { "read" }, { "hold" } } })
    local kind
    instagram.spawn(function()
      kind = select(3, client:get("/me", nil, { timeout = 1 })).kind
    end)
    run()
    assert.equal("timeout", kind)
  end)

  it("is called at once for what a budget left undone", function()
    local done = 0
    for _ = 1, 3 do instagram.spawn(function() done = done + 1 end) end
    instagram.update(0)
    assert.equal(1, done)
    assert.equal(0, instagram.timeout())
    run()
    assert.equal(3, done)
  end)

  it("is called at once for an error that is to be raised, and what a task started",
    function()
    for _ = 1, 2 do instagram.spawn(function() error "broken" end) end
    assert.error_matches(instagram.update, "broken")
    assert.equal(0, instagram.timeout())
    assert.error_matches(instagram.update, "broken")
    assert.is_nil(instagram.timeout())
    local inner
    instagram.spawn(function()
      inner = instagram.spawn(function() return 1 end)
      inner:wait()
    end)
    run()
    assert.is_true(inner:done())
  end)

  it("looks at the engine now and then where there is no descriptor", function()
    server:serve { { "read" }, { "wait", 0.1 }, { "send", ANSWER } }
    local out = calls.child([[
      local instagram = require "instagram"
      assert(instagram.engine({ pollfd = false }):pollfd() == nil)
      local client = instagram.open("IGtoken", { base_url = ... })
      instagram.spawn(function() print(client:get("/me", nil, { timeout = 90 }).id) end)
      local most = 0
      while instagram.update() > 0 do
        local left = instagram.timeout()
        most = math.max(most, left)
        instagram.sleep(left)
      end
      print(most > 0 and most < 0.1, instagram.timeout())
    ]], {}, server.url)
    assert.equal("1\ntrue\tnil\n", out)
  end)

  it("waits for the descriptor alone when nothing else is due", function()
    server:serve { { "read" }, { "gate" }, { "send", ANSWER } }
    local id
    instagram.spawn(function() id = client:get("/me", nil, { timeout = 300 }).id end)
    local rounds, stop = 0, core.monotonic() + 0.5
    while core.monotonic() < stop do
      instagram.update()
      poll(math.min(instagram.timeout() or 1, 0.1)) -- curl may have timers of its own
      rounds = rounds + 1
    end
    assert.is_true(rounds < 100, rounds)
    server:open()
    run()
    assert.equal("1", id)
  end)
end)
