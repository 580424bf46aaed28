-- The client on the sandbox's worst days: headers that trickle, lengths that are wrong,
-- TLS that breaks. Each ends in time, told as what it is; afterwards all is well.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local instagram = require "instagram"
local support = require "spec.support.sandbox"

describe("the client, when bytes go wrong:", function()
  local sandbox, folder

  -- A sandbox for each test: connections to another one would be used again.
  before_each(function()
    sandbox, folder = support.start(), calls.folder()
  end)
  after_each(function()
    sandbox:stop()
    calls.remove(folder)
  end)

  -- A client that knows the sandbox as Instagram itself, over TLS and the proxy.
  local function secure_client()
    local options = sandbox:credentials()
    options.base_url, options.proxy = nil, sandbox.url
    options.cainfo = folder .. "/ca.pem"
    assert(sandbox:write_ca(options.cainfo))
    local app = instagram.app(options)
    return app:client(app:token { secret = sandbox:generate_token "demo_user" }), app
  end

  local function fails(client, kind, timeout)
    local began = core.monotonic()
    local me, message, err = client:me { timeout = timeout or 30, retries = 0 }
    assert.is_nil(me)
    assert.equal(kind, err.kind, message)
    assert.is_true(core.monotonic() - began < (timeout or 30) + 20)
    return message
  end

  it("headers that trickle", function()
    local client = support.client(sandbox)
    sandbox:fault { on = "/me", kind = "slow_headers", rate = 20, times = 1 }
    fails(client, "timeout", 0.5)
    sandbox:fault { on = "/me", kind = "slow_headers", rate = 20000, times = 1 }
    assert.equal("demo_user", client:me { timeout = 30, retries = 0 }.username)
  end)

  it("more announced than sent", function()
    local client = support.client(sandbox)
    sandbox:fault { on = "/me", kind = "length", times = 1 }
    fails(client, "transport")
    assert.equal("demo_user", client:me().username)
  end)

  it("less announced than sent", function()
    local client = support.client(sandbox)
    sandbox:fault { on = "/me", kind = "length", off = -5, times = 1 }
    fails(client, "parse")
    assert.equal("demo_user", client:me().username)
  end)

  for _, how in ipairs { "close", "alert", "garbage", "expired", "wrong_host",
    "untrusted" } do
    it("TLS, " .. how, function()
      local client, app = secure_client()
      sandbox:fault { kind = "tls", how = how, on = "graph.*", times = 1 }
      fails(client, how == "close" and "transport" or "tls")
      local list = sandbox:requests()
      assert.same({ "TLS", "graph.instagram.com", "tls", how }, { list[#list].method,
        list[#list].path, list[#list].fault, list[#list].reason })
      assert.equal("demo_user", client:me().username)
      app:close()
    end)
  end

  it("TLS, stall", function()
    local client, app = secure_client()
    sandbox:fault { kind = "tls", how = "stall", times = 1 }
    fails(client, "timeout", 0.7)
    assert.equal("demo_user", client:me().username)
    app:close()
  end)

  it("TLS of the media host alone", function()
    local client, app = secure_client()
    sandbox:fault { kind = "tls", how = "untrusted", on = "*.cdninstagram.com" }
    local media = client:media({ max = 1 }):next()
    local bytes = client:fetch(media.still, { retries = 0 })
    assert.is_nil(bytes)
    sandbox:clear_faults()
    assert.is_true(#client:fetch(media.still) > 100)
    app:close()
  end)
end)
