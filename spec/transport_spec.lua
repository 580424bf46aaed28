-- API calls of the C module against a server that misbehaves on purpose: whatever comes
-- as an answer, what comes out is a table or a typed error.
local calls = require "spec.support.calls"
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
end)
