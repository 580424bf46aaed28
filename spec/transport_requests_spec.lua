-- Requests of the C module and their ends: cancelled, forgotten, closed, collected at
-- any moment.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local transport = require "spec.support.transport"
local wire = require "spec.support.wire"

local OK = transport.OK
local fails = transport.fails

describe("transport:", function()
  local server, app, token

  setup(function() server = transport.serve() end)
  teardown(function() server:stop() end)
  before_each(function() app, token = transport.begin(server) end)
  after_each(function() transport.finish(app, token) end)

  -- Plays the script to one GET of /me.
  local function get(script, opts)
    return transport.get(server, app, token, script, opts)
  end

  describe("a request", function()
    it("can be cancelled, and says so", function()
      server:serve { { "read" }, { "hold" } }
      local request = app:get(token, "/me")
      request:attend(true)
      core.engine():step(0.05)
      request:cancel()
      assert.is_true(request:done())
      assert.is_true(request:ready())
      fails("cancelled", request:result())
      assert.has_error(function() request:result() end)
      request:cancel()
    end)

    it("cancelled before it began sends nothing", function()
      server:serve(wire.always { body = OK })
      local request = app:get(token, "/me")
      request:cancel()
      fails("cancelled", calls.finish(request))
      assert.equal(0, #server:requests())
    end)

    it("that is forgotten goes away with its connection", function()
      server:serve { { "read" }, { "hold" } }
      local before = calls.descriptors()
      for _ = 1, 10 do app:get(token, "/me"):attend(true) end
      core.engine():step(0.05)
      core.engine():step(0.05)
      collectgarbage()
      collectgarbage()
      core.engine():step(0.01)
      assert.equal(0, core.engine():pending())
      core.engine():close()
      assert.is_true(calls.descriptors() <= before)
    end)

    it("ends as cancelled when the engine is closed", function()
      server:serve { { "read" }, { "hold" } }
      local list = {}
      for i = 1, 5 do list[i] = app:get(token, "/me") end
      core.engine():step(0.05)
      core.engine():close()
      for i = 1, 5 do
        assert.is_true(list[i]:done())
        list[i]:attend(true)
        list[i]:attend(false)
        fails("cancelled", list[i]:result())
      end
      server:serve(wire.once { body = OK })
      assert(calls.finish(app:get(token, "/me")))
    end)

    it("outlives its app and token", function()
      server:serve(wire.once { body = OK })
      local request = app:get(token, "/me")
      token:close()
      app:close()
      assert.equal("someone", calls.finish(request).username)
    end)

    -- Calls fn at the nth finalization from now on, at whatever allocation that is.
    local function finalizer(nth, fn)
      local state = { left = nth }
      local function again()
        local function gc()
          state.left = state.left - 1
          if state.left == 0 then fn() elseif state.left > 0 then again() end
        end
        local proxy = rawget(_G, "newproxy") -- 5.1 has no finalizers for tables
        if proxy then
          getmetatable(proxy(true)).__gc = gc
        else
          setmetatable({}, { __gc = gc })
        end
      end
      again()
      return state
    end

    local function arrived(request)
      request:attend(true)
      while not request:done() do core.engine():step(1) end
      return request
    end

    local function with_eager_collector(fn)
      local pause = collectgarbage("setpause", 0)
      local step = collectgarbage("setstepmul", 400)
      collectgarbage() -- from now on
      fn()
      collectgarbage("setpause", pause)
      collectgarbage("setstepmul", step)
    end

    it("keeps its answer while a finalizer closes it", function()
      local item = '{"id":"1","caption":"' .. ("x"):rep(300) .. '"},'
      server:serve(wire.always { body = '{"data":[' .. item:rep(400) .. '{}]}' })
      for nth = 1, 3 do
        local request = arrived(app:get(token, "/me"))
        with_eager_collector(function()
          local state = finalizer(nth, function() request:close() end)
          local ok, result = pcall(request.result, request)
          state.left = 0
          if ok then
            assert.equal(401, #result.data)
          else -- before it began
            assert.is_truthy(result:find "taken before")
          end
        end)
      end
    end)

    it("keeps its answer while a clock closes it", function()
      server:serve(wire.always { body = '{"access_token":"IGnew","expires_in":5000}' })
      local request = arrived(app:refresh_token(token))
      core.set_clock(app, function() request:close() return 1e9 end)
      assert.is_false((pcall(request.result, request)))
      core.set_clock(app, nil)
    end)

    it("is not made for an app that a finalizer closes", function()
      local parameters = {}
      for i = 1, 10 do parameters[i] = { "name" .. i, i } end
      with_eager_collector(function()
        for nth = 1, 3 do
          local own = calls.app(server)
          local state = finalizer(nth, function() own:close() end)
          for _ = 1, 5 do
            local ok, made = pcall(own.get, own, token, "/me", parameters)
            if ok then made:close() else assert.is_truthy(made:find "closed") end
          end
          state.left = 0
        end
      end)
    end)

    it("has one result", function()
      server:serve(wire.once { body = OK })
      local request = app:get(token, "/me")
      assert.has_error(function() request:result() end) -- not done
      calls.finish(request)
      assert.has_error(function() request:result() end) -- taken
      assert.is_true(request:done())
    end)

    it("leaves no descriptor behind, however it ended", function()
      core.engine():close()
      local before = calls.descriptors()
      for _, script in ipairs { wire.once { body = OK }, {}, { { "reset" } },
        { { "read" }, { "hold" } }, wire.once { body = "{", length = 50 } } do
        get(script, { timeout = 0.15 })
      end
      core.engine():close()
      assert.equal(before, calls.descriptors())
    end)
  end)
end)
