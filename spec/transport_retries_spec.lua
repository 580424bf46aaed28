-- API calls of the C module, sent again or not: nothing is sent twice that must not be.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local transport = require "spec.support.transport"
local wire = require "spec.support.wire"

local OK = transport.OK
local answer = transport.answer
local graph_error = transport.graph_error
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

  -- The same with other settings of the app.
  local function get_with(options, script, opts)
    app:close()
    app = calls.app(server, options)
    return get(script, opts)
  end

  describe("a read", function()
    it("is sent again after passing faults, and counts", function()
      app:close()
      app = calls.app(server, { retries = 3 })
      server:play({ {}, { { "read" }, { "reset" } }, wire.once { status = 503 } },
        wire.always { body = OK })
      local me = calls.finish(app:get(token, "/me"))
      assert.equal("someone", me.username)
      assert.equal(3,
        #server:requests()) -- the first connection ended before it was read
    end)

    it("is sent again for is_transient, codes 1 and 2", function()
      for _, body in ipairs {
        graph_error(2, "An unexpected error has occurred.", '"is_transient":true,'),
        graph_error(1, "An unknown error has occurred."),
        graph_error(99, "whatever", '"is_transient":true,'),
      } do
        app:close()
        app = calls.app(server, { retries = 1 })
        server:play({ wire.once { status = 400, body = body } },
          wire.once { body = OK })
        assert.equal("someone", assert(calls.finish(app:get(token, "/me"))).username)
      end
    end)

    it("is not sent again for what stays", function()
      for _, case in ipairs { { "token", 190 }, { "rate_limit", 4 },
        { "permission", 10 }, { "api", 100 } } do
        local err = fails(case[1], get_with({ retries = 5 },
          wire.always { status = 400, body = graph_error(case[2], "no") }))
        assert.equal(1, err.attempts)
        assert.equal(1, #server:requests())
      end
    end)

    it("ends after its retries with the last error", function()
      local err = fails("transient", get_with({ retries = 2 },
        wire.always { status = 500, body = graph_error(2, "later") }))
      assert.equal(3, err.attempts)
      assert.equal(2, err.code)
      assert.equal(3, #server:requests())
    end)

    it("that may ask for less is not sent again as it is", function()
      for _, case in ipairs { { 500, graph_error(1, "Please reduce the amount") },
        { 400, graph_error(1, "Please reduce the amount") }, { 500, "" } } do
        local err = fails("transient", get_with({ retries = 5 },
          wire.always { status = case[1], body = case[2] }, { shrinkable = true }))
        assert.equal(1, err.attempts)
      end
    end)

    describe("is not sent again before the server said:", function()
      local function busy(...)
        return wire.once { status = 503, headers = { ... } }
      end

      local function waited()
        local requests = server:requests()
        return requests[2].at - requests[1].at
      end

      it("in so many seconds", function()
        app:close()
        app = calls.app(server, { retries = 1 })
        server:play({ busy { "Retry-After", "1" } }, wire.once { body = OK })
        assert(calls.finish(app:get(token, "/me")))
        assert.is_true(waited() >= 0.99)
      end)

      it("though nobody waited when it failed", function()
        server:play({ busy { "Retry-After", "1" } }, wire.once { body = OK })
        local request = app:get(token, "/me")
        calls.step_to_the_end(server)
        assert(calls.finish(request))
        assert.is_true(waited() >= 0.99)
      end)

      it("at a date, by its own clock", function()
        local err = fails("transient", get_with({ retries = 1, timeout = 60 },
          busy({ "Date", "Wed, 01 Nov 2023 12:00:00 GMT" },
            { "Retry-After", "Wed, 01 Nov 2023 12:01:30 GMT" })))
        assert.equal(90, err.retry_after)
        assert.equal(1, err.attempts)
        err = fails("transient", get_with({ retries = 0 },
          busy({ "Date", "Wed, 01 Nov 2023 12:00:00 GMT" },
            { "Retry-After", "Wed, 01 Nov 2023 11:00:00 GMT" })))
        assert.equal(0, err.retry_after)
        err = fails("transient", get_with({ retries = 0 },
          busy { "Retry-After", "soon" }))
        assert.is_nil(err.retry_after)
      end)

      it("and not at all past the call's time", function()
        local began = core.monotonic()
        local err = fails("transient", get_with({ retries = 3, timeout = 20 },
          busy { "Retry-After", "21" }))
        assert.equal(21, err.retry_after)
        assert.equal(1, err.attempts)
        server:serve(busy { "Retry-After", "3600" })
        err = fails("transient", calls.finish(app:fetch(server.url .. "/x.jpg")))
        assert.equal(1, err.attempts)
        assert.is_true(core.monotonic() - began < 15)
      end)
    end)

    it("waits between attempts, by chance", function()
      local err = fails("transport", get_with({ retries = 2 }, {}))
      assert.equal(3, err.attempts)
      assert.equal(3, select(2, server:requests()).accepted)
    end)
  end)

  describe("a call that changes something", function()
    local starts = {
      code = function() return app:exchange_code "AQcode" end,
      post = function() return app:post(token, "/me/media", { { "caption", "x" } }) end,
      delete = function() return app:delete(token, "/17841400000000001") end,
    }
    local endings = {
      ["a reset"] = { { "read" }, { "reset" } },
      ["no answer"] = { { "read" } },
      ["a cut answer"] = wire.once { body = "{", length = 100 },
      ["HTTP 500"] = wire.once { status = 500, body = graph_error(2, "x",
        '"is_transient":true,') },
      ["silence"] = { { "read" }, { "hold" } },
    }
    for name in pairs(starts) do
      for ending, script in pairs(endings) do
        it(("(%s) is sent once: %s"):format(name, ending), function()
          app:close()
          app = calls.app(server, { retries = 5, timeout = 1, stall_timeout = 0.2 })
          server:serve(script)
          local result, _, err = calls.finish(starts[name]())
          assert.is_nil(result)
          assert.equal(1, err.attempts)
          assert.equal(1, #server:requests())
        end)
      end

      it(("(%s) is sent once over a connection that was used before"):format(name),
        function()
          app:close()
          app = calls.app(server, { retries = 5 })
          local swallow = { { "read" }, { "send", answer(200, OK) }, { "read" },
            { "reset" } }
          server:serve(swallow)
          assert(calls.finish(app:get(token, "/me")))
          calls.finish(starts[name]())
          local sent = 0
          for _, request in ipairs(server:requests()) do
            if not request.target:find "^/me%?" then sent = sent + 1 end
          end
          assert.equal(1, sent)
        end)
    end

    it("sends its parameters and the token in the form", function()
      server:serve(wire.once { body = '{"id":"1"}' })
      assert(calls.finish(app:post(token, "/me/media",
        { { "caption", "a&b=c \195\169%" }, { "x", true } })))
      local request = server:requests()[1]
      assert.equal("/me/media", request.target)
      assert.equal("caption=a%26b%3Dc%20%C3%A9%25&x=true&access_token=" .. calls.TOKEN,
        request.body)
    end)
  end)
end)
