-- API calls of the C module and their limits: of sizes, of times, of what Instagram's
-- usage headers ask for.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local transport = require "spec.support.transport"
local wire = require "spec.support.wire"

local OK = transport.OK
local answer = transport.answer
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

  describe("a limit", function()
    it("of the body holds, announced or not", function()
      for _, length in ipairs { 5000, false } do
        local err = fails("too_large", get_with({ max_body = 4096 }, { { "read" },
          { "send", wire.answer { length = length } }, { "fill", "x", 5000 } }))
        assert.is_truthy(err.message:find "4096")
      end
    end)

    it("of the body holds after decompression", function()
      local bomb = calls.gzip((" "):rep(4 * 2^20))
      assert.is_true(#bomb < 20000)
      fails("too_large", get_with({ max_body = 2^20 },
        wire.once { body = bomb, headers = { { "Content-Encoding", "gzip" } } }))
    end)

    it("of the head holds, in one line or in many", function()
      fails("too_large", get { { "read" }, { "send", "HTTP/1.1 200 OK\r\n" },
        { "fill", "X-Filler: " .. ("x"):rep(86) .. "\r\n", 2000 },
        { "send", "\r\n" } })
      local _, _, err = get { { "read" }, { "send", "HTTP/1.1 200 OK\r\nX: " },
        { "fill", "x", 2^20 }, { "send", "\r\n\r\n" } }
      assert.is_truthy(err.kind == "too_large" or err.kind == "transport")
    end)

    it("of the head holds for interim answers without end", function()
      fails("too_large", get { { "read" },
        { "fill", "HTTP/1.1 100 Continue\r\n\r\n", 10000 } })
    end)

    it("of a whole call", function()
      local err = fails("timeout", get({ { "read" }, { "hold" } }, { timeout = 0.2 }))
      assert.is_truthy(err.message:find("0.2", 1, true))
      assert.is_true(err.retryable)
    end)

    it("of a whole call holds for one that drips", function()
      fails("timeout", get({ { "read" }, { "drip", answer(200, OK), 1, 0.05 } },
        { timeout = 0.3 }))
    end)

    it("of a whole call holds with its retries", function()
      local began = core.monotonic()
      local result, _, err = get_with({ retries = 100 },
        wire.always { status = 500, body = "" }, { timeout = 0.4 })
      assert.is_nil(result)
      -- By chance the time is over between two attempts or within one.
      assert.is_truthy(err.kind == "transient" or err.kind == "timeout", err.kind)
      assert.is_true(core.monotonic() - began < 20)
      assert.is_true(err.attempts >= 1 and err.attempts < 50)
    end)

    it("of connecting", function()
      -- The accept queue of a socket that nobody accepts from: no handshake ends.
      local full = calls.full_socket()
      app:close()
      app = calls.app(nil, { base_url = full.url, connect_timeout = 0.2 })
      local err = fails("timeout", calls.finish(app:get(token, "/me")))
      full.close()
      assert.is_truthy(err.message:find("no connection", 1, true))
    end)

    it("of silence", function()
      local err = fails("timeout", get_with({ stall_timeout = 0.2 },
        { { "read" }, { "send", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{" },
          { "hold" } }))
      assert.is_truthy(err.message:find("nothing arrived", 1, true))
      fails("timeout", get_with({ stall_timeout = 0.2 }, { { "read" }, { "hold" } }))
    end)

    it("of silence does not end one that drips", function()
      local me = get_with({ stall_timeout = 2 }, { { "read" },
        { "send", wire.answer { length = #OK } }, { "drip", OK, 5, 0.25 } })
      assert.equal("someone", me.username)
    end)

    it("of parameters", function()
      local many = {}
      for i = 1, 65 do many[i] = { "p" .. i, "x" } end
      assert.has_error(function() app:get(token, "/me", many) end)
      fails("too_large", calls.finish(app:get(token, "/me",
        { { "fields", ("x"):rep(300000) } })))
      fails("too_large", calls.finish(app:post(token, "/me/media",
        { { "caption", ("x"):rep(2^21) } })))
      assert.equal(0, core.engine():pending())
    end)
  end)

  describe("usage", function()
    local function usage(headers)
      get(wire.once { body = OK, headers = headers })
      return app:usage()
    end

    it("is learned from both headers and both key sets", function()
      assert.same({ call_count = 2, total_cputime = 0, total_time = 8, worst = 8 },
        usage { { "X-App-Usage",
          '{"call_count":2,"total_cputime":0,"total_time":8}' } })
      assert.same({ call_count = 3, total_cputime = 7, worst = 7 },
        usage { { "x-app-usage", '{"call_volume":3,"cpu_time":7}' } })
      assert.same({ call_count = 28, total_cputime = 25, total_time = 25, worst = 28,
        regain_after = 19 * 60 }, usage { { "X-Business-Use-Case-Usage",
        '{"17":[{"type":"instagram","call_count":28,"total_cputime":25,' ..
        '"total_time":25,"estimated_time_to_regain_access":19}]}' } })
    end)

    it("is learned however long the header is", function()
      local entry = '{"type":"some_use_case_%d","call_count":28,"total_cputime":25,' ..
        '"total_time":25,"estimated_time_to_regain_access":%d}'
      local entries = {}
      for i = 1, 60 do entries[i] = entry:format(i, i) end
      local value = '{"17841400000000001":[' .. table.concat(entries, ",") .. "]}"
      assert.is_true(#value > 6000)
      assert.equal(3600, usage { { "X-Business-Use-Case-Usage", value } }.regain_after)
    end)

    it("says when a rate limit is over", function()
      local function limited(minutes, more)
        local headers = { { "X-Business-Use-Case-Usage", '{"17":[{"call_count":1,' ..
          '"estimated_time_to_regain_access":' .. minutes .. '}]}' }, more }
        local body = transport.graph_error(80002, "There have been too many calls")
        return fails("rate_limit", get(wire.once { status = 400, body = body,
          headers = headers }))
      end
      assert.equal(28 * 60, limited(28).retry_after)
      assert.equal(7, limited(28, { "Retry-After", "7" }).retry_after)
      assert.is_nil(limited(0).retry_after)
      -- what an earlier answer said is over by now
      local err = fails("rate_limit", get(wire.once { status = 400,
        body = transport.graph_error(4, "Application request limit reached") }))
      assert.is_nil(err.retry_after)
    end)

    it("survives nonsense", function()
      for _, value in ipairs { "", "{", "[]", "{}", '{"call_count":"x"}', "null",
        ("x"):rep(2000), '{"call_count":-1e308}' } do
        usage { { "X-App-Usage", value }, { "X-Business-Use-Case-Usage", value } }
      end
    end)

    it("near the limit slows calls down, never past half of their time", function()
      usage { { "X-App-Usage", '{"call_count":100}' } }
      server:serve(wire.always { body = OK })
      local began = core.monotonic()
      local request = app:get(token, "/me", nil, { timeout = 4 })
      request:attend(true)
      core.engine():step(0)
      assert.equal(0, #server:requests())
      assert(calls.finish(request))
      assert.is_true(core.monotonic() - began >= 1.99)
    end)

    it("of the API does not slow down media files", function()
      usage { { "X-App-Usage", '{"call_count":100}' } }
      server:serve(wire.once { type = "image/jpeg", body = "picture" })
      local began = core.monotonic()
      assert.equal("picture", (calls.finish(app:fetch(server.url .. "/x.jpg"))))
      assert.is_true(core.monotonic() - began < 4.9) -- an API call would take 5
    end)

    it("belongs to a client id", function()
      usage { { "X-App-Usage", '{"call_count":100}' } }
      local other = calls.app(server, { client_id = "77" })
      assert.is_nil(other:usage())
      other:close()
    end)
  end)
end)
