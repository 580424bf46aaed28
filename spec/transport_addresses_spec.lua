-- Where API calls of the C module may go: base addresses, paths, proxies.
local calls = require "spec.support.calls"
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
end)
