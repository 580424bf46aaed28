-- Media files of the C module, fetched into memory, and the redirects on the way to
-- them, against a server that misbehaves on purpose.
local calls = require "spec.support.calls"
local media_files = require "spec.support.media_files"
local wire = require "spec.support.wire"

local BYTES = media_files.BYTES
local picture = media_files.picture
local part = media_files.part
local fails = media_files.fails

describe("media files:", function()
  local ground, app
  local server, path

  setup(function()
    ground = media_files.serve()
    server = ground.server
    path = ground.folder .. "/picture.jpg"
  end)
  teardown(function() media_files.stop(ground) end)
  before_each(function() app = media_files.begin(ground) end)
  after_each(function() media_files.finish(ground, app) end)

  local function use(options)
    app:close()
    app = calls.app(server, options)
  end

  local function download(opts)
    return calls.finish(app:download(server.url .. "/x.jpg?oh=1&oe=2", path, opts))
  end

  describe("fetch", function()
    local function fetch(opts)
      return calls.finish(app:fetch(server.url .. "/x.jpg?oh=1&oe=2", opts))
    end

    it("brings the bytes and their type, and shows no token", function()
      server:serve(wire.once(picture { body = "\255\216\0\1" .. BYTES }))
      local bytes, kind = fetch()
      assert.equal("\255\216\0\1" .. BYTES, bytes)
      assert.equal("image/jpeg", kind)
      local request = server:requests()[1]
      assert.equal("/x.jpg?oh=1&oe=2", request.target)
      for name in pairs(request.headers) do
        assert.is_truthy(({ host = 1, accept = 1, ["user-agent"] = 1 })[name], name)
      end
    end)

    it("follows no address but https ones, and says that this is why", function()
      for url, kind in pairs { ["http://example.com/x.jpg"] = "tls", [""] = "transport",
        ["ftp://127.0.0.1/x"] = "transport", ["file:///etc/passwd"] = "transport",
        ["picture.jpg"] = "transport" } do
        local err = fails(kind, calls.finish(app:fetch(url)))
        assert.is_false(err.retryable)
        assert.is_truthy(err.advice:find "^Only https addresses are followed")
      end
    end)

    it("stops at the limit of memory", function()
      use { max_body = 4096 }
      for _, length in ipairs { 8000, false } do
        server:serve(wire.once(picture { length = length }))
        fails("too_large", fetch())
      end
    end)

    it("has no whole timeout but the one given", function()
      use { timeout = 0.2 }
      server:serve { { "read" }, { "wait", 0.4 }, { "send", wire.answer(picture()) } }
      assert.equal(BYTES, (fetch()))
      server:serve { { "read" }, { "hold" } }
      fails("timeout", fetch { timeout = 0.2 })
    end)

    it("says what the media host said", function()
      server:serve(wire.once { status = 403, type = "text/plain",
        body = "URL signature expired\nmore" })
      local err = fails("not_found", fetch())
      assert.equal(403, err.status)
      assert.is_truthy(err.message:find("URL signature expired", 1, true))
      assert.is_nil(err.message:find("more", 1, true))
    end)

    it("is tried again as a read is", function()
      use { retries = 2 }
      server:play({ {}, wire.once { status = 503 } }, wire.once(picture()))
      assert.equal(BYTES, (fetch()))
    end)

    it("takes no empty file for a picture", function()
      server:serve(wire.once(picture { body = "" }))
      fails("parse", fetch())
    end)

    it("refuses addresses that are none, or not safe", function()
      for _, url in ipairs { "", "x.jpg", "/x.jpg", "ftp://127.0.0.1/x",
        "file:///etc/passwd", "http://example.com/x.jpg", "http://127.0.0.1.nip.io/x",
        "http://user@127.0.0.1/", "http://127.0.0.1:0x/", "http://[::1",
        "https://" .. ("h"):rep(5000), "http://127.0.0.1/" .. ("x y"):rep(3) } do
        local result, _, err = calls.finish(app:fetch(url))
        assert.is_nil(result, url)
        assert.is_truthy(err.kind == "transport" or err.kind == "tls", err.kind)
      end
      local _, message, err = calls.finish(app:fetch "http://127.0.0.1/\27[31m\r\nx")
      assert.is_nil((message .. err.request):find "%c")
    end)
  end)

  describe("a redirect", function()
    local function go(to, opts)
      server:serve { { "routes", {
        ["/start"] = { { "send", wire.answer { status = 302, body = "",
          headers = { { "Location", to } } } } },
        ["/loop"] = { { "send", wire.answer { status = 302, body = "",
          headers = { { "Location", "/loop" } } } } },
        ["/end"] = { { "send", wire.answer(picture()) } },
      } } }
      return calls.finish(app:fetch(server.url .. "/start", opts))
    end

    it("is followed, relative or absolute", function()
      for _, to in ipairs { "/end", "end", server.url .. "/end", "?x/../end",
        "./end" } do
        if to ~= "?x/../end" then assert.equal(BYTES, (go(to)), to) end
      end
    end)

    it("is followed a few times only", function()
      local err = fails("transport", go "/loop")
      assert.is_true(#server:requests() < 10)
      assert.is_truthy(err.message:find "redirect")
    end)

    it("does not lead to the open network without TLS", function()
      local err = fails("tls", go "http://example.com/x.jpg")
      assert.is_nil(err.message:find "x%.jpg")
    end)

    it("does not lead to files or other protocols", function()
      for _, to in ipairs { "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/",
        "javascript:1", "dict://127.0.0.1:1/" } do
        local result, _, err = go(to)
        assert.is_nil(result, to)
        assert.is_string(err.kind)
      end
    end)

    it("without an address is an error", function()
      server:serve(wire.once { status = 302, body = "" })
      fails("api", calls.finish(app:fetch(server.url .. "/start")))
      server:serve(wire.once { status = 302, body = "", headers = { { "Location",
        "" } } })
      local result = calls.finish(app:fetch(server.url .. "/start", { timeout = 2 }))
      assert.is_nil(result)
    end)

    it("works for downloads, whose parts go on at the same place", function()
      calls.write(path .. ".part", BYTES:sub(1, 3000))
      calls.write(path .. ".part.tag", '"v1"\n8000\n')
      server:serve { { "routes", {
        ["/x.jpg"] = { { "send", wire.answer { status = 302, body = "moved",
          headers = { { "Location", "/end" } } } } },
        ["/end"] = { { "send", wire.answer(part(3000)) } },
      } } }
      local file = assert(download())
      assert.equal(3000, file.resumed)
      assert.equal(BYTES, calls.read(path))
      assert.equal("bytes=3000-", server:requests()[2].headers.range)
    end)
  end)
end)
