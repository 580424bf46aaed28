-- TLS of the C module: an authority is known or the call ends there; there is no quiet
-- way around that.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local tls = require "spec.support.tls"
local wire = require "spec.support.wire"

-- openssl's server serves one connection at a time.
local ANSWER = wire.answer { body = '{"id":"1"}', headers = { { "Connection",
  "close" } } }

describe("tls:", function()
  local folder, app, token
  local servers = {}

  setup(function()
    folder = calls.folder()
    if not tls.available then return end
    tls.authority(folder)
    tls.certificate(folder, "good", {})
    tls.certificate(folder, "other", { names = "DNS:other.example" })
    tls.certificate(folder, "old", { dates = "-days -1" })
    tls.self_signed(folder, "own")
    calls.write(folder .. "/me?access_token=IGtls", ANSWER)
    for _, name in ipairs { "good", "other", "old", "own" } do
      servers[name] = tls.serve(folder, name)
    end
  end)
  teardown(function()
    for _, server in pairs(servers) do server.stop() end
    calls.remove(folder)
  end)
  after_each(function()
    if app then app:close() end
    core.engine():close()
  end)

  local function get(url, options)
    options.base_url = url
    app = calls.app(nil, options)
    token = app:token { secret = "IGtls" }
    return calls.finish(app:get(token, "/me"))
  end

  local function fails(kind, result, _, err)
    assert.is_nil(result)
    assert.equal(kind, err.kind, tostring(err))
    return err
  end

  local function needs_openssl()
    if not tls.available then pending "there is no openssl command" end
    return not tls.available
  end

  it("a server of the given authority is believed", function()
    if needs_openssl() then return end
    local me = assert(get(servers.good.url, { cainfo = folder .. "/ca.pem" }))
    assert.equal("1", me.id)
    local by_name = servers.good.url:gsub("127%.0%.0%.1", "localhost")
    assert.equal("1", assert(get(by_name, { cainfo = folder .. "/ca.pem" })).id)
  end)

  it("one of an unknown authority is not, and is asked once", function()
    if needs_openssl() then return end
    local err = fails("tls", get(servers.good.url, { retries = 3 }))
    assert.equal(1, err.attempts)
    assert.is_false(err.retryable)
    assert.is_truthy(err.message:find "certificate")
  end)

  it("nor one that vouches for itself, has another name, or is out of date", function()
    if needs_openssl() then return end
    for _, name in ipairs { "own", "other", "old" } do
      fails("tls", get(servers[name].url, { cainfo = folder .. "/ca.pem" }))
    end
  end)

  it("is not learned from one app to another", function()
    if needs_openssl() then return end
    assert(get(servers.good.url, { cainfo = folder .. "/ca.pem" }))
    local first = app
    fails("tls", get(servers.good.url, {})) -- the same engine, with a session to resume
    first:close()
  end)

  it("an authority's file that is none is told of", function()
    if needs_openssl() then return end
    for _, path in ipairs { folder .. "/none.pem", folder, folder .. "/ca.key" } do
      local err = fails("tls", get(servers.good.url, { cainfo = path }))
      assert.is_true(#err.message > 10)
    end
  end)

  describe("a server that does not speak it", function()
    local server
    setup(function() server = wire.start() end)
    teardown(function() server:stop() end)

    local function url()
      return (server.url:gsub("^http:", "https:"))
    end

    it("answers in plain text", function()
      server:serve { { "send", wire.answer { body = "{}" } }, { "hold" } }
      fails("tls", get(url(), {}))
    end)

    it("goes away in the middle of it", function()
      for _, script in ipairs { { { "reset" } }, { { "some" }, { "reset" } },
        { { "some" } }, { { "some" }, { "send", "\22\3\3\0\122\2" } } } do
        server:serve(script)
        local err = fails("transport", get(url(), { retries = 1 }))
        assert.equal(2, err.attempts)
        assert.is_nil(err.advice:find "certificate")
      end
    end)

    it("says nothing", function()
      server:serve { { "hold" } }
      local err = fails("timeout", get(url(), { connect_timeout = 0.2 }))
      assert.is_truthy(err.message:find "no connection")
    end)
  end)
end)
