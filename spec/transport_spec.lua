-- API calls of the C module against a server that misbehaves on purpose: what comes out
-- is a typed error in time, and nothing is sent twice that must not be.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local OK = '{"id":"17841400000000001","username":"someone"}'

local function answer(status, body)
  return wire.answer { status = status, body = body }
end

local function graph_error(code, message, more)
  return ('{"error":{"message":"%s","type":"OAuthException",%s"code":%d,' ..
    '"fbtrace_id":"AbCdEfGhIjKlMnOpQrStUvW"}}'):format(message, more or "", code)
end

describe("transport:", function()
  local server, app, token

  setup(function()
    server = wire.start()
    core.engine():close() -- with what other specs left in it
  end)
  teardown(function() server:stop() end)
  before_each(function()
    app = calls.app(server)
    token = calls.token(app)
  end)
  after_each(function()
    assert.equal(0, core.engine():pending())
    token:close()
    app:close()
    core.engine():close()
  end)

  -- Plays the script to one GET of /me.
  local function get(script, opts)
    server:serve(script)
    return calls.finish(app:get(token, "/me", { { "fields", "id,username" } }, opts))
  end

  -- The same with other settings of the app.
  local function get_with(options, script, opts)
    app:close()
    app = calls.app(server, options)
    return get(script, opts)
  end

  local function fails(kind, result, message, err)
    assert.is_nil(result)
    assert.equal(kind, err and err.kind, message)
    assert.is_string(message)
    assert.equal(message, tostring(err))
    assert.is_nil(message:find "[\r\n]")
    assert.is_true(core.is_error(err))
    assert.is_string(err.advice)
    return err
  end

  -- --- a good answer, in every dress -------------------------------------------------

  describe("an answer", function()
    it("is read", function()
      local me, meta = get(wire.once {
        body = OK, headers = { { "Instagram-Api-Version", "v12.0" } },
      })
      assert.same({ id = "17841400000000001", username = "someone" }, me)
      assert.same({ status = 200, version = "v12.0" }, meta)
      local request = server:requests()[1]
      assert.equal("/me?fields=id%2Cusername&access_token=" .. calls.TOKEN,
        request.target)
      assert.is_truthy(request.headers["accept-encoding"]:find "gzip")
      assert.is_nil(request.headers.authorization)
      assert.is_nil(request.headers.cookie)
    end)

    it("comes in chunks", function()
      for _, size in ipairs { 1, 7, 4096 } do
        local head = wire.answer {
          length = false, headers = { { "Transfer-Encoding", "chunked" } },
        }
        assert.same({ id = "17841400000000001", username = "someone" },
          (get(wire.once(head .. wire.chunked(OK, size)))))
      end
    end)

    it("comes byte by byte", function()
      local me = get { { "read" }, { "drip", answer(200, OK), 1 } }
      assert.equal("someone", me.username)
    end)

    it("is compressed", function()
      local packed = calls.gzip(OK)
      local me = get(wire.once { body = packed,
        headers = { { "Content-Encoding", "gzip" } } })
      assert.equal("someone", me.username)
    end)

    it("is HTTP/1.0 and ends with the connection", function()
      local me = get(wire.once(
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n" ..
        "\r\n" .. OK))
      assert.equal("someone", me.username)
    end)

    it("follows interim answers, whose headers do not count", function()
      local me, meta = get(wire.once("HTTP/1.1 100 Continue\r\n" ..
        "Instagram-Api-Version: v1.0\r\n\r\nHTTP/1.1 103 Early Hints\r\n" ..
        "X-App-Usage: {\"call_count\":99}\r\n\r\n" .. answer(200, OK)))
      assert.equal("someone", me.username)
      assert.is_nil(meta.version)
      assert.is_nil(app:usage())
    end)

    it("has header names in any case and blanks around their values", function()
      local _, meta = get(wire.once { body = OK,
        headers = { { "INSTAGRAM-API-VERSION", "   v3.0 \t" } } })
      assert.equal("v3.0", meta.version)
    end)

    it("has trailers, which say nothing about it", function()
      local head = wire.answer { length = false, headers = {
        { "Transfer-Encoding", "chunked" }, { "Trailer", "X-App-Usage" } } }
      local me, meta = get(wire.once(head .. wire.chunked(OK, 9):gsub("\r\n$", "") ..
        "X-App-Usage: {\"call_count\":99}\r\nInstagram-Api-Version: v9.0\r\n\r\n"))
      assert.equal("someone", me.username)
      assert.is_nil(meta.version)
      assert.is_nil(app:usage())
    end)

    it("finds its own request among many at once", function()
      local routes = {}
      for i = 1, 20 do
        routes["/" .. i .. "?"] = { { "wait", (21 - i) / 400 },
          { "send", answer(200, ('{"id":"%d"}'):format(i)) } }
      end
      server:serve { { "routes", routes } }
      local list = {}
      for i = 1, 20 do list[i] = app:get(token, "/" .. i) end
      for i = 1, 20 do
        assert.equal(tostring(i), calls.finish(list[i]).id)
      end
    end)

    it("comes over a connection that is used again", function()
      server:serve(wire.always { body = OK })
      for _ = 1, 5 do assert(calls.finish(app:get(token, "/me"))) end
      local requests, seen = server:requests()
      assert.equal(5, #requests)
      assert.equal(1, seen.accepted)
    end)
  end)

  -- --- a bad one ---------------------------------------------------------------------

  describe("a broken answer", function()
    local cases = {
      { "an empty reply", "transport", {} },
      { "a reset after the request", "transport", { { "read" }, { "reset" } } },
      { "a reset before the request", "transport", { { "reset" } } },
      { "a cut head", "transport", wire.once "HTTP/1.1 200 OK\r\nContent-Le" },
      { "a cut body", "transport", wire.once { body = '{"id":', length = 100 } },
      { "a reset within the body", "transport", { { "read" },
        { "send", wire.answer { body = '{"id":', length = 100 } }, { "wait", 0.05 },
        { "reset" } } },
      { "chunks without an end", "transport", wire.once(wire.answer { length = false,
        headers = { { "Transfer-Encoding", "chunked" } } } .. "10\r\n{\"id\"") },
      { "a chunk size that is none", "transport", wire.once(wire.answer {
        length = false, headers = { { "Transfer-Encoding", "chunked" } } } ..
        "xyz\r\n{}\r\n0\r\n\r\n") },
      { "not HTTP at all", "transport", wire.once "SSH-2.0-OpenSSH_9.2p1\r\n" },
      { "binary garbage", "transport", wire.once(("\0\1\2\255\254"):rep(100)) },
      { "a body before any head", "transport", wire.once('{"id":"1"}') },
      { "a length that is none", "transport", wire.once {
        length = "many", body = OK } },
      { "garbage that says it is gzip", "transport", wire.once { body = OK,
        headers = { { "Content-Encoding", "gzip" } } } },
      { "an unknown coding", "transport", wire.once { body = OK,
        headers = { { "Content-Encoding", "rot13" } } } },
      { "a body longer than said", "parse", wire.once { body = OK, length = 20 } },
      { "an empty body", "parse", wire.once { body = "" } },
      { "no content", "parse", wire.once { status = 204, length = false, body = "" } },
      { "HTML", "parse", wire.once { type = "text/html",
        body = "<html><body>Please log in to the hotel's network</body></html>" } },
      { "half of a document", "parse", wire.once { body = '{"data":[{"id":"1"},{"' } },
      { "two documents", "parse", wire.once { body = '{"id":"1"}{"id":"2"}' } },
      { "bytes that are no UTF-8", "parse", wire.once { body = '{"id":"\255\254"}' } },
      { "a byte order mark", "parse", wire.once { body = "\239\187\191" .. OK } },
      { "a bottomless document", "parse", wire.once { body = ("["):rep(100000) } },
    }
    for _, case in ipairs(cases) do
      it(("%s: %s"):format(case[1], case[2]), function()
        local err = fails(case[2], get(case[3]))
        assert.equal("GET " .. server.url ..
          "/me?fields=id%2Cusername&access_token=[redacted]", err.request)
      end)
    end

    it("cannot be had where nobody listens", function()
      local nobody = calls.closed_port()
      app:close()
      app = calls.app(nil, { base_url = nobody.url })
      local err = fails("transport", calls.finish(app:get(token, "/me")))
      nobody.close()
      assert.equal(1, err.attempts)
      assert.is_true(err.retryable)
    end)

    it("whose host has no address", function()
      -- No name has a part of 64 letters: no name server need be asked, or be there.
      app:close()
      app = calls.app(nil, { base_url = "https://" .. ("n"):rep(64) .. ".example" })
      fails("transport", calls.finish(app:get(token, "/me")))
    end)

    it("from a path that redirects is not followed", function()
      server:serve { { "routes", {
        ["/me"] = { { "send", wire.answer { status = 302, body = "", headers = {
          { "Location", server.url .. "/elsewhere" } } } } },
        ["else"] = { { "send", answer(200, OK) } },
      } } }
      local err = fails("parse", calls.finish(app:get(token, "/me")))
      assert.equal(302, err.status)
      assert.equal(1, #server:requests())
    end)
  end)

  describe("an error of Instagram", function()
    local function expect(kind, status, body, fields)
      local err = fails(kind, get(wire.once { status = status, body = body }))
      for name, value in pairs(fields or {}) do assert.equal(value, err[name], name) end
      return err
    end

    it("says all it has", function()
      expect("token", 400, graph_error(190, "Session has expired",
        '"error_subcode":463,'),
        { status = 400, code = 190, subcode = 463, type = "OAuthException",
          trace_id = "AbCdEfGhIjKlMnOpQrStUvW", attempts = 1, retryable = false })
    end)

    it("comes under HTTP 200", function()
      expect("unavailable", 200, graph_error(200, "API access deactivated."),
        { status = 200, code = 200 })
    end)

    it("comes under HTTP 200 with much around it", function()
      local filler = ('"x%d":"' .. ("y"):rep(90) .. '",')
      local long = {}
      for i = 1, 100 do long[i] = filler:format(i) end
      local much = table.concat(long)
      local body = graph_error(190, "Session has expired")
      local inside = body:sub(2, -2)
      expect("token", 200, "{" .. inside .. "," .. much:sub(1, -2) .. "}")
      expect("token", 200, "{" .. much .. inside .. "}")
      expect("token", 200, "{" .. much .. inside .. "," .. much:sub(1, -2) .. "}")
      expect("token", 200, (" "):rep(5000) .. body .. ("\n"):rep(5000))
      expect("token", 200, graph_error(190, ("long "):rep(2000)))
    end)

    it("is not seen in a caption that speaks of one", function()
      local body =
        '{"data":[{"id":"1","caption":"\\"error\\":{\\"code\\":190}"}],"x":"' ..
        ("y"):rep(5000) .. '"}'
      local page = get(wire.once { body = body })
      assert.equal('"error":{"code":190}', page.data[1].caption)
      local small = get(wire.once { body = '{"data":[{"error":{"code":1},"id":"1"}]}' })
      assert.equal("1", small.data[1].id)
    end)

    it("is HTML or nothing under a bad status", function()
      local html = "<html><title>Sorry</title></html>"
      local page = wire.once { status = 502, type = "text/html", body = html }
      assert.equal(502, fails("transient", get(page)).status)
      expect("transient", 500, "")
      expect("not_found", 404, "")
      -- A portal on the way may have said so: nobody is logged out because of that.
      for _, status in ipairs { 400, 401, 403 } do
        fails("parse", get(wire.once { status = status, type = "text/html",
          body = html }))
      end
    end)

    it("has words that cannot break a line or a terminal", function()
      local err = expect("api", 400,
        graph_error(100, "one\\u000atwo\\u001b[31m\\u0000three\\u2028four"))
      assert.is_nil(err.message:find "%c")
    end)

    it("may name the secret it was sent, which is shown to nobody", function()
      app:close()
      app = calls.app(server, { client_secret = calls.SECRET .. "\n" }) -- from a file
      server:serve(wire.once { status = 400, body = graph_error(101,
        "Error validating client secret " .. calls.SECRET) })
      local err = fails("exchange", calls.finish(app:exchange_code "code"))
      assert.is_nil(err.message:find(calls.SECRET, 1, true))
      assert.is_truthy(err.message:find("client secret ****", 1, true))
    end)

    it("has words and codes of absurd size", function()
      local err = expect("api", 400, '{"error":{"message":"' .. ("m"):rep(100000) ..
        '","type":"' .. ("t"):rep(1000) .. '","code":99999999999999999999,' ..
        '"fbtrace_id":"' .. ("f"):rep(1000) .. '"}}')
      assert.is_true(#err.message < 600)
      expect("api", 400, '{"error":[]}')
      expect("api", 400, '{"error":{"message":7,"code":"x"}}')
      expect("parse", 400, "[]")
      expect("parse", 400, "null")
    end)

    it("tells when to come back", function()
      server:serve(wire.once { status = 403, body = graph_error(4, "limit reached"),
        headers = { { "Retry-After", "120" } } })
      local err = fails("rate_limit", calls.finish(app:get(token, "/me")))
      assert.equal(120, err.retry_after)
      assert.is_true(err.retryable)
    end)
  end)

  -- --- limits ------------------------------------------------------------------------

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

  -- --- again, or not -----------------------------------------------------------------

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

  -- --- the usage headers -------------------------------------------------------------

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

  -- --- where calls may go ------------------------------------------------------------

  describe("an address", function()
    local function refuses(base_url, pattern)
      local ok, message = pcall(calls.app, nil, { base_url = base_url })
      assert.is_false(ok, base_url)
      assert.is_truthy(message:find(pattern), message)
    end

    it("must be https, or this machine", function()
      refuses("http://graph.instagram.com", "https")
      refuses("http://127.0.0.1.example.com/", "https")
      refuses("http://localhost.example.com/", "https")
      refuses("http://10.0.0.1", "https")
      refuses("http://0x7f.example/", "https")
      refuses("ftp://127.0.0.1/", "neither")
      refuses("file:///etc/passwd", "neither")
      refuses("graph.instagram.com", "absolute")
      refuses("", "absolute")
      refuses("http://", "absolute")
      refuses("http://user:word@127.0.0.1/", "user")
      refuses("https://127.0.0.1:99999", "absolute")
      for _, good in ipairs { "http://127.0.0.1:1", "http://localhost:1",
        "http://[::1]:1/x", "http://127.255.255.254", "https://example.com/" } do
        calls.app(nil, { base_url = good }):close()
      end
    end)

    it("has no query, fragment or blank in which a token could get lost", function()
      refuses("http://127.0.0.1/?x=", "query")
      refuses("http://127.0.0.1/#x", "fragment")
      refuses("http://127.0.0.1/a b", "base_url")
      refuses("http://127.0.0.1/\r\nX-Y: z", "base_url")
    end)

    it("with a path of its own keeps it", function()
      app:close()
      app = calls.app(nil, { base_url = server.url .. "/proxy/" })
      server:serve(wire.once { body = OK })
      assert(calls.finish(app:get(token, "/me", nil, { version = "v21.0" })))
      assert.is_truthy(server:requests()[1].target:find(
        "^/proxy/v21%.0/me%?access_token"))
    end)

    it("of a path cannot leave its place", function()
      for _, path in ipairs { "me", "", "//evil.example/x", "/../x", "/./x", "/a/..",
        "/a//b", "/a?b", "/a#b", "/a b", "/a\\b", "/%2e%2e/x", "/%2E./x", "/a%00b",
          "/a%",
        "/a%2", "/\195\169", "/access_token", "/refresh_access_token",
        "/v21.0/access_token", "/oauth/access_token", "/access%5ftoken",
        "/v1.0/refresh%5Faccess_token/", "/a\nb", "/a\0b", "/" .. ("x"):rep(3000) } do
        local ok, message = pcall(app.get, app, token, path)
        assert.is_false(ok, path)
        assert.is_truthy(message:find "path" or message:find "zero byte", message)
      end
    end)
  end)

  describe("proxies of the environment", function()
    it("are not asked about this machine", function()
      server:serve(wire.once { body = OK })
      local out = calls.child([[
        local core = require "instagram.core"
        local app = core.app { base_url = ..., timeout = 30, retries = 0 }
        local request = app:get(app:token { secret = "IGtoken" }, "/me")
        request:attend(true)
        while not request:done() do core.engine():step(1) end
        print(request:result())
      ]], { before = "http_proxy=http://127.0.0.1:9 all_proxy=http://127.0.0.1:9 " ..
        "HTTPS_PROXY=http://127.0.0.1:9" }, server.url)
      assert.is_truthy(out:find "^table", out)
      assert.equal("/me?access_token=IGtoken", server:requests()[1].target)
    end)

    it("keep their password to themselves", function()
      local out = calls.child([[
        local core = require "instagram.core"
        local request = core.app({ retries = 0 }):fetch "https://nowhere.invalid/"
        request:attend(true)
        while not request:done() do core.engine():step(1) end
        print(select(2, request:result()))
      ]], { before = "https_proxy=http://me:hunter2@here:99999 " })
      assert.is_truthy(out:find("@here", 1, true), out)
      assert.is_nil(out:find("hunter2", 1, true), out)
    end)
  end)

  describe("a proxy", function()
    it("is not asked about this machine", function()
      app:close()
      app = calls.app(server, { proxy = "http://127.0.0.1:9" })
      server:serve(wire.once { body = OK })
      assert(calls.finish(app:get(token, "/me")))
    end)

    it("learns the host, not the token", function()
      app:close()
      app = calls.app(nil, { base_url = "https://graph.example", proxy = server.url })
      for _, status in ipairs { 403, 407, 502 } do
        server:serve(wire.once { status = status, type = "text/plain", body = "no" })
        fails("transport", calls.finish(app:get(token, "/me")))
        assert.is_truthy(server:requests()[1].head:find "^CONNECT graph%.example:443 ")
        assert.is_nil(server:requests()[1].head:find(calls.TOKEN, 1, true))
        assert.equal(1, #server:requests())
      end
    end)
  end)

  -- --- ends --------------------------------------------------------------------------

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
