-- The client on the sandbox's worse days: each kind of fault either survived or told as
-- what it is, within its time. Cuts, resets, delays and half pages are in
-- reading_spec.lua, the faults themselves in the sandbox's own specs.
local support = require "spec.support.sandbox"

describe("the client on a bad day", function()
  local sandbox, client, path, all

  setup(function()
    sandbox = support.start()
    client = support.client(sandbox)
    path = os.tmpname()
    all = support.ids(client:media {})
  end)
  teardown(function()
    os.remove(path)
    sandbox:stop()
  end)
  before_each(function()
    support.settle()
    sandbox:control "reset"
  end)
  after_each(support.settle) -- near limits it would slow down what follows

  local function fails(kind, options)
    local me, message, err = client:me(options or { retries = 0 })
    assert.is_nil(me)
    assert.is_string(message)
    assert.equal(kind, err.kind)
    return err
  end

  local function image()
    for media in client:media {} do
      if media.media_type == "IMAGE" and media.media_url then return media end
    end
  end

  local function read_file()
    local file = assert(io.open(path, "rb"))
    local bytes = file:read "*a"
    file:close()
    return bytes
  end

  it("outlives a storm that ends", function()
    sandbox:fault { on = "/me", kind = "storm", times = 2 }
    assert.equal("demo_user", client:me().username)
    assert.equal(3, #sandbox:requests())
    sandbox:fault { on = "/me", kind = "storm" }
    fails("transient", { retries = 1 })
  end)

  it("walks through failures by chance, and brings everything once", function()
    for seed = 1, 3 do
      sandbox:clear_faults()
      sandbox:fault { on = "/me/media", kind = "reset", probability = 0.2, seed = seed }
      sandbox:fault { on = "/me/media", kind = "storm", probability = 0.2, seed = seed }
      assert.same(all, support.ids(client:media { page_size = 20, retries = 9 }))
    end
  end)

  it("sees an error behind status 200", function()
    sandbox:fault { on = "/me", kind = "ok_error", times = 1 }
    local err = fails "unavailable"
    assert.same({ 200, 200 }, { err.status, err.code })
    sandbox:fault { on = "/me", kind = "ok_error", error = "transient", times = 1 }
    fails "transient"
    assert.equal("demo_user", client:me().username)
  end)

  it("asks for fresh addresses when a list's are over", function()
    sandbox:fault { on = "/me/media", kind = "expired_media" }
    local media = image()
    assert.is_true(#client:fetch(media) > 1000)
    local bytes, _, err = client:fetch(media.media_url)
    assert.is_nil(bytes)
    assert.equal(403, err.status)
  end)

  it("mixes no two files when one changes while it is resumed", function()
    local media = image()
    local before = client:fetch(media)
    sandbox:fault { on = "/v/", kind = "truncate", bytes = 1000, times = 1 }
    sandbox:fault { on = "/v/", kind = "changed_file", times = 1 }
    local file = assert(client:download(media, path))
    assert.equal(#before, file.bytes)
    assert.equal(before:reverse(), read_file())
    assert.equal(0, file.resumed)
  end)

  it("meets the limits that are enforced, and is welcome when they are over", function()
    sandbox:control("settings", { limits = "enforce", business_calls = 3 })
    local short = { retries = 0, timeout = 4 } -- half of it goes by near a limit
    for _ = 1, 3 do assert(client:me(short)) end
    assert.equal(80002, fails("rate_limit", short).code)
    sandbox:advance_clock(86400)
    assert(client:me(short))
  end)

  it("tells a rate limit, and what the headers said", function()
    sandbox:fault { on = "/me", kind = "throttle", minutes = 19, times = 1 }
    local err = fails "rate_limit"
    assert.equal(80002, err.code)
    local usage = client:usage()
    assert.equal(100, usage.call_count)
    assert.equal(19 * 60, usage.regain_after)
  end)
end)
