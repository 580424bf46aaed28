-- Time and loops of the C module: what step, timeout and pollfd promise, requests that
-- nobody waits for, the way without a descriptor.
local socket = require "socket"
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local OK = '{"id":"1"}'
local GATED = { { "read" }, { "gate" }, { "send", wire.answer { body = OK } } }

describe("loops:", function()
  local server, app, token

  setup(function() server = wire.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    app = calls.app(server)
    token = calls.token(app)
  end)
  after_each(function()
    token:close()
    app:close()
    core.engine():close()
  end)

  local function use(options)
    app:close()
    app = calls.app(server, options)
  end

  local function later(seconds)
    return { { "read" }, { "wait", seconds }, { "send", wire.answer { body = OK } } }
  end

  local function get(opts)
    return app:get(token, "/me", nil, opts)
  end

  -- --- the engine --------------------------------------------------------------------

  describe("step", function()
    it("is a sleep where there is nothing to do", function()
      local engine = core.engine()
      local began, clock = core.monotonic(), os.clock()
      assert.equal(0, engine:step(0.6))
      assert.is_true(core.monotonic() - began >= 0.59)
      assert.is_true(os.clock() - clock < 0.4)
      assert.is_nil(engine:timeout())
      assert.equal(0, engine:pending())
      assert.equal("r", engine:events())
      assert.equal("number", type(engine:pollfd()))
    end)

    it("does not wait unless told to", function()
      server:serve { { "read" }, { "hold" } }
      local request = get()
      request:attend(true)
      for _ = 1, 20 do assert.equal(1, core.engine():step()) end
      request:cancel()
      assert.equal(0, core.engine():pending())
    end)

    it("returns when the first of many is done", function()
      server:serve { { "routes", {
        ["/quick"] = { { "wait", 0.05 }, { "send", wire.answer { body = OK } } },
        ["/slow"] = { { "hold" } },
      } } }
      local slow = app:get(token, "/slow", nil, { timeout = 90 })
      local quick = app:get(token, "/quick", nil, { timeout = 90 })
      slow:attend(true)
      quick:attend(true)
      local began = core.monotonic()
      while not quick:done() do core.engine():step(60) end
      assert.is_true(core.monotonic() - began < 30)
      assert.is_false(slow:done())
      slow:cancel()
    end)

    it("waits no longer than told", function()
      server:serve { { "read" }, { "hold" } }
      local request = get()
      local began = core.monotonic()
      assert.equal(1, core.engine():step(0.1))
      local took = core.monotonic() - began
      assert.is_true(took >= 0.09 and took < 20, took)
      request:cancel()
    end)

    it("refuses what is no time", function()
      local engine = core.engine()
      for _, value in ipairs { -1, 0 / 0, 1 / 0, "x", {}, true } do
        assert.has_error(function() engine:step(value) end)
      end
    end)

    it("costs no time of the processor while waiting", function()
      server:serve(later(1))
      local request = get()
      local clock = os.clock()
      assert(calls.finish(request))
      assert.is_true(os.clock() - clock < 0.7)
    end)
  end)

  describe("timeout", function()
    it("is the time of the request that ends first", function()
      server:serve { { "read" }, { "hold" } }
      local request = get { timeout = 300 }
      assert.equal(0, core.engine():timeout()) -- it wants to be sent
      core.engine():step(0.05)
      core.engine():step(0.05)
      local first = get { timeout = 100 }
      request:attend(true)
      first:attend(true)
      core.engine():step(0.05)
      core.engine():step(0.05)
      local left = core.engine():timeout()
      assert.is_true(left >= 0 and left <= 100, left) -- curl may have timers of its own
      first:cancel()
      request:cancel()
    end)

    it("is none for requests that nobody waits for", function()
      server:serve { { "read" }, { "hold" } }
      local request = get { timeout = 1 }
      calls.step_for(0.3)
      local left = core.engine():timeout()
      assert.is_true(left == nil or left > 1, left) -- curl may have a timer of its own
      request:cancel()
    end)
  end)

  describe("pollfd", function()
    it("wakes a loop that only selects", function()
      server:serve { { "read" }, { "drip", wire.answer { body = OK }, 40, 0.03 } }
      local engine, request, rounds = core.engine(), get { timeout = 90 }, 0
      local watched = { getfd = function() return engine:pollfd() end,
        dirty = function() return false end }
      request:attend(true)
      local limit = core.monotonic() + 30
      while not request:done() and core.monotonic() < limit do
        socket.select({ watched }, nil, math.min(engine:timeout() or 60, 60))
        engine:step(0)
        rounds = rounds + 1
      end
      assert.equal("1", assert(request:result()).id)
      assert.is_true(rounds < 200, rounds)
    end)

    it("stays the same while the engine lives", function()
      server:serve(wire.always { body = OK })
      local fd = core.engine():pollfd()
      for _ = 1, 3 do assert(calls.finish(get())) end
      assert.equal(fd, core.engine():pollfd())
    end)
  end)

  describe("an engine that was closed", function()
    it("says so, and another one takes its place", function()
      local engine = core.engine()
      engine:close()
      engine:close()
      for _, name in ipairs { "step", "timeout", "pollfd", "events", "pending" } do
        local ok, message = pcall(engine[name], engine)
        assert.is_false(ok)
        assert.is_truthy(message:find("closed", 1, true), message)
      end
      assert.is_truthy(tostring(engine):find("closed", 1, true))
      assert.is_true(core.engine() ~= engine)
      assert.is_true(core.engine() == core.engine())
    end)
  end)

  -- --- who waits ---------------------------------------------------------------------

  describe("a request that nobody waits for", function()
    it("is sent, and does not run out of time", function()
      use { timeout = 0.3 }
      server:serve(GATED)
      local request = get()
      calls.step_for(0.45)
      assert.is_false(request:done())
      server:open()
      calls.step_through(request)
      assert.equal("1", assert(calls.finish(request)).id)
    end)

    it("has all its time when somebody comes back to it", function()
      use { timeout = 2 }
      server:serve(GATED)
      local request = get()
      request:attend(true)
      core.engine():step(0.1)
      request:attend(false)
      calls.step_for(2.2)
      request:attend(true)
      request:attend(true)
      assert.is_false(request:done())
      server:open()
      assert.equal("1", assert(calls.finish(request)).id)
    end)

    it("spends its time in pieces", function()
      use { timeout = 0.4 }
      server:serve { { "read" }, { "hold" } }
      local request = get()
      local began = core.monotonic()
      for _ = 1, 400 do
        request:attend(true)
        core.engine():step(0.02)
        request:attend(false)
        if request:done() then break end
      end
      local _, _, err = request:result()
      assert.equal("timeout", err.kind)
      assert.is_true(core.monotonic() - began >= 0.39)
    end)

    it("does not run out of time to connect", function()
      local full = calls.full_socket()
      app:close()
      app = calls.app(nil, { base_url = full.url, connect_timeout = 0.1 })
      local request = get()
      calls.step_for(0.3)
      assert.is_false(request:done())
      local _, _, err = calls.finish(request)
      full.close()
      assert.equal("timeout", err.kind)
    end)

    it("is silently asked again when it failed in passing", function()
      for _, script in ipairs { { { "read" }, { "reset" } }, {}, { { "read" } },
        wire.once { body = "{", length = 10 }, wire.once { status = 503 } } do
        server:play({ script }, wire.once { body = OK })
        local request = get() -- without retries
        calls.step_to_the_end(server)
        assert.is_false(request:done())
        assert.is_false(request:ready())
        assert.equal(1, core.engine():pending())
        assert.equal(1, select(2, server:requests()).accepted)
        assert.equal("1", assert(calls.finish(request)).id)
      end
    end)

    it("costs nothing while it is put off", function()
      server:serve {}
      local request = get()
      calls.step_to_the_end(server)
      assert.is_nil(core.engine():timeout())
      local clock = os.clock()
      core.engine():step(0.6)
      assert.is_true(os.clock() - clock < 0.4)
      request:cancel()
      assert.equal(0, core.engine():pending())
    end)

    it("fails where asking again is of no use", function()
      local dead = '{"error":{"message":"dead","type":"OAuthException","code":190}}'
      server:serve(wire.once { status = 400, body = dead })
      local request = get()
      calls.step_through(request)
      assert.equal("token", select(3, request:result()).kind)
    end)

    it("is not asked again when it may have changed something", function()
      server:serve { { "read" }, { "reset" } }
      local request = app:post(token, "/me/media")
      calls.step_through(request)
      assert.equal("transport", select(3, request:result()).kind)
      assert.equal(1, #server:requests())
    end)

    it("tells of too much data at once", function()
      server:serve(wire.once { status = 500 })
      local request = get { shrinkable = true }
      calls.step_through(request)
      assert.equal("transient", select(3, request:result()).kind)
    end)
  end)

  -- --- without a descriptor ----------------------------------------------------------

  describe("without a descriptor", function()
    local prelude = [[
      local core = require "instagram.core"
      local url, folder = ...
      local engine = core.engine { pollfd = false }
      assert(engine:pollfd() == nil)
      local app = core.app { base_url = url, timeout = 90, retries = 2 }
      local token = app:token { secret = "IGtoken" }
      local function finish(request)
        request:attend(true)
        while not request:done() do engine:step(1) end
        return request:result()
      end
    ]]

    local function run(code, ...)
      local out, number = calls.child(prelude .. code, {}, server.url, ...)
      assert.equal(0, number, out)
      return out
    end

    it("requests get on, many at once", function()
      server:serve { { "routes", { ["else"] = { { "wait", 0.02 },
        { "send", wire.answer { body = OK } } } } } }
      assert.equal("10\n", run [[
        local list, count = {}, 0
        for i = 1, 10 do list[i] = app:get(token, "/" .. i) end
        for i = 1, 10 do if finish(list[i]).id == "1" then count = count + 1 end end
        print(count)
      ]])
    end)

    it("the first that is done is told of at once", function()
      server:serve { { "routes", { ["/slow"] = { { "hold" } },
        ["/quick"] = { { "wait", 0.1 }, { "send", wire.answer { body = OK } } } } } }
      assert.equal("true\n", run [[
        local slow, quick = app:get(token, "/slow"), app:get(token, "/quick")
        slow:attend(true)
        local began = core.monotonic()
        quick:attend(true)
        while not quick:done() do engine:step(60) end
        print(core.monotonic() - began < 30)
      ]])
    end)

    it("waiting costs no time of the processor, nor does waiting to try again",
      function()
      server:play({ {}, {}, later(1) })
      assert.equal("1\ttrue\n", run [[
        local clock = os.clock()
        local me = finish(app:get(token, "/me"))
        print(me.id, os.clock() - clock < 0.7)
      ]])
    end)

    it("requests run out of time and are cancelled", function()
      server:serve { { "read" }, { "hold" } }
      assert.equal("timeout\ncancelled\n", run [[
        print(select(3, finish(app:get(token, "/me", nil, { timeout = 0.2 }))).kind)
        local request = app:get(token, "/me")
        request:attend(true)
        engine:step(0.05)
        request:cancel()
        print(select(3, request:result()).kind)
      ]])
    end)

    it("files come down", function()
      local folder = calls.folder()
      server:serve(wire.once { type = "image/jpeg", body = ("x"):rep(100000) })
      assert.equal("100000\n", run([[
        print(("%d"):format(finish(app:download(url .. "/x",
          folder .. "/x.jpg")).bytes))
      ]], folder))
      calls.remove(folder)
    end)
  end)

  -- --- states ------------------------------------------------------------------------

  describe("a Lua state", function()
    it("that ends with requests under way ends well", function()
      server:serve { { "read" }, { "hold" } }
      local folder = calls.folder()
      local out, number = calls.child([[
        local url, folder = ...
        local core = require "instagram.core"
        local app = core.app { base_url = url }
        local token = app:token { secret = "IGtoken" }
        list = {}
        for i = 1, 5 do list[i] = app:get(token, "/" .. i) end
        list[6] = app:download(url .. "/x", folder .. "/x.jpg")
        list[7] = app:refresh_token(token)
        core.engine():step(0.05)
        core.engine():step(0.05)
        print "end"
      ]], {}, server.url, folder)
      assert.equal("end\n", out)
      assert.equal(0, number)
      calls.remove(folder)
    end)

    it("is left alone by coroutines that die", function()
      server:serve(later(0.05))
      local request
      local thread = coroutine.create(function() request = get() end)
      coroutine.resume(thread)
      thread = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      assert.equal("1", assert(calls.finish(request)).id)
    end)
  end)
end)
