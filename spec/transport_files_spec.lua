-- Media files of the C module, downloaded: against a server that misbehaves on purpose.
-- Whatever happens, nothing but a whole file stands under the final name.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local media_files = require "spec.support.media_files"
local process = require "spec.support.process"
local wire = require "spec.support.wire"

local BYTES = media_files.BYTES
local picture = media_files.picture
local part = media_files.part
local cut_after = media_files.cut_after
local fails = media_files.fails

describe("media files:", function()
  local ground, app
  local server, folder, path

  setup(function()
    ground = media_files.serve()
    server = ground.server
    folder = ground.folder
    path = ground.folder .. "/picture.jpg"
  end)
  teardown(function() media_files.stop(ground) end)
  before_each(function() app = media_files.begin(ground) end)
  after_each(function() media_files.finish(ground, app) end)

  local function use(options)
    app:close()
    app = calls.app(server, options)
  end

  local function names()
    local list = {}
    local pipe = assert(io.popen("ls '" .. folder .. "'"))
    for name in pipe:lines() do list[#list + 1] = name end
    pipe:close()
    return table.concat(list, " ")
  end

  local function download(opts)
    return calls.finish(app:download(server.url .. "/x.jpg?oh=1&oe=2", path, opts))
  end

  -- Steps until so many bytes are here.
  local function come_to(request, bytes)
    calls.step_until(bytes .. " bytes came", function()
      return request:progress() >= bytes
    end)
  end

  describe("download", function()
    it("writes the file and nothing beside it", function()
      server:serve(wire.once(picture { headers = { { "ETag", '"v1"' } } }))
      assert.same({ path = path, bytes = 8000, type = "image/jpeg", resumed = 0 },
        download())
      assert.equal(BYTES, calls.read(path))
      assert.equal("picture.jpg", names())
      assert.is_nil(server:requests()[1].headers.range)
      assert.is_nil(server:requests()[1].headers["accept-encoding"])
    end)

    it("replaces what was there, only when whole", function()
      calls.write(path, "old")
      server:serve(cut_after(100))
      fails("transport", download())
      assert.equal("old", calls.read(path))
      server:serve(wire.once(picture()))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("in chunks or without a length", function()
      server:serve(wire.once(wire.answer { type = "image/jpeg", length = false,
        headers = { { "Transfer-Encoding", "chunked" } } } .. wire.chunked(BYTES, 100)))
      assert(download())
      assert.equal(BYTES, calls.read(path))
      server:serve(wire.once(picture { length = false }))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("is larger than what may be kept in memory", function()
      use { max_body = 1024 }
      server:serve(wire.once(picture()))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("goes on where a cut left it, within one call", function()
      use { retries = 1 }
      local etag = { { "ETag", '"v1"' } }
      server:play({ cut_after(3000, { headers = etag }) }, wire.once(part(3000)))
      local file = assert(download())
      assert.equal(8000, file.bytes)
      assert.equal(BYTES, calls.read(path))
      local requests = server:requests()
      assert.equal("bytes=3000-", requests[2].headers.range)
      assert.equal('"v1"', requests[2].headers["if-range"])
      assert.equal("picture.jpg", names())
    end)

    it("goes on where an earlier call left it", function()
      server:serve(cut_after(3000, { headers = { { "ETag", '"v1"' } } }))
      fails("transport", download())
      assert.equal("picture.jpg.part picture.jpg.part.tag", names())
      server:serve(wire.once(part(3000)))
      assert.equal(3000, assert(download()).resumed)
      assert.equal(BYTES, calls.read(path))
      assert.equal("picture.jpg", names())
    end)

    it("goes on by Last-Modified where there is no strong ETag", function()
      local date = "Sat, 01 Jan 2022 00:00:00 GMT"
      server:serve(cut_after(3000, { headers = { { "ETag", 'W/"v1"' },
        { "Last-Modified", date } } }))
      fails("transport", download())
      server:serve(wire.once(part(3000, { headers = {
        { "Content-Range", "bytes 3000-7999/8000" }, { "Last-Modified", date } } })))
      assert(download())
      assert.equal(date, server:requests()[1].headers["if-range"])
      assert.equal(BYTES, calls.read(path))
    end)

    it("begins anew where nothing says what the part was of", function()
      server:serve(cut_after(3000))
      fails("transport", download())
      server:serve(wire.once(picture()))
      assert.equal(0, assert(download()).resumed)
      assert.is_nil(server:requests()[1].headers.range)
      assert.equal(BYTES, calls.read(path))
    end)

    it("goes on after bad lines as long as they bring something", function()
      use { retries = 1 }
      server:play({
        cut_after(1000, { headers = { { "ETag", '"v1"' } } }),
        cut_after(1000, part(1000)), cut_after(1000, part(2000)),
        cut_after(1000, part(3000)),
      }, wire.once(part(4000)))
      assert(download())
      assert.equal(BYTES, calls.read(path))
      assert.equal(5, #server:requests())
    end)

    it("goes on after silences as long as something came", function()
      use { retries = 1, stall_timeout = 1 }
      local function silent_after(spec)
        local script = cut_after(1000, spec)
        script[3] = { "hold" }
        return script
      end
      server:play({ silent_after { headers = { { "ETag", '"v1"' } } },
        silent_after(part(1000)), silent_after(part(2000)) }, wire.once(part(3000)))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("gives up when it comes no further", function()
      use { retries = 2 }
      server:serve(cut_after(1000))
      local err = fails("transport", download())
      assert.equal(3, err.attempts)
    end)

    describe("finds another file than the part is of:", function()
      before_each(function()
        calls.write(path .. ".part", ("old!"):rep(500))
        calls.write(path .. ".part.tag", '"v0"\n9000\n')
      end)

      local function succeeds(...)
        server:play({ ... }, wire.once(picture { headers = { { "ETag", '"v1"' } } }))
        local file = assert(download())
        assert.equal(0, file.resumed)
        assert.equal(BYTES, calls.read(path))
        assert.equal("picture.jpg", names())
      end

      it("the whole new one is sent", function()
        succeeds()
        assert.equal("bytes=2000-", server:requests()[1].headers.range)
        assert.equal('"v0"', server:requests()[1].headers["if-range"])
      end)

      it("a part of the new one is sent all the same", function()
        succeeds(wire.once(part(2000)))
      end)

      it("a part of another place is sent", function()
        succeeds(wire.once(part(5, { headers = {
          { "Content-Range", "bytes 5-7999/8000" }, { "ETag", '"v0"' } } })))
      end)

      it("a part of a file of another length is sent", function()
        succeeds(wire.once(part(2000, { headers = {
          { "Content-Range", "bytes 2000-7999/8000" } } })))
      end)

      it("a part without Content-Range is sent", function()
        succeeds(wire.once(part(2000, { headers = { { "ETag", '"v0"' } } })))
      end)

      it("a part of several is sent", function()
        succeeds(wire.once(part(2000, { type = "multipart/byteranges; boundary=x",
          headers = { { "ETag", '"v0"' } } })))
      end)

      it("it is shorter than the part (416)", function()
        succeeds(wire.once { status = 416, type = "text/html", body = "<html>",
          headers = { { "Content-Range", "bytes */8000" } } })
      end)
    end)

    it("asks for the end of a part that seems to be whole", function()
      calls.write(path .. ".part", BYTES)
      calls.write(path .. ".part.tag", '"v1"\n8000\n')
      server:serve(wire.once(part(7999)))
      assert.equal(7999, assert(download()).resumed)
      assert.equal("bytes=7999-", server:requests()[1].headers.range)
      assert.equal(BYTES, calls.read(path))
    end)

    it("survives a tag that is none", function()
      for _, tag in ipairs { "", "\n", "x", ("x"):rep(1000), '"v1"\n', '"v1"\nmany\n',
        '"v1"\n-5\n', '"v1"\n99999999999999999999999\n', "\0\0\0",
          '"a\rb: c"\n8000\n' } do
        calls.write(path .. ".part", BYTES:sub(1, 3000))
        calls.write(path .. ".part.tag", tag)
        server:serve { { "routes", { ["else"] = {
          { "send", wire.answer(picture { headers = { { "ETag", '"v2"' } } }) } } } } }
        assert(download())
        assert.equal(BYTES, calls.read(path))
        assert.is_nil(server:requests()[1].head:find "\rb: c")
      end
    end)

    it("never takes for a file what is none", function()
      local html = "<html><body>log in, please</body></html>"
      for _, kind in ipairs { "text/html", "text/html; charset=utf-8", "Text/HTML",
        "TEXT/plain", "application/json", "Application/JSON; charset=UTF-8" } do
        server:serve(wire.once { type = kind, body = html })
        local err = fails("parse", download())
        assert.equal(200, err.status)
        assert.equal("", names(), kind)
      end
    end)

    it("keeps a part when something else answers in between", function()
      calls.write(path .. ".part", BYTES:sub(1, 3000))
      calls.write(path .. ".part.tag", '"v1"\n8000\n')
      server:serve(wire.once { type = "text/html", body = "<html>" })
      fails("parse", download())
      server:serve(wire.once { status = 403, type = "text/plain", body = "expired" })
      fails("not_found", download())
      assert.equal(BYTES:sub(1, 3000), calls.read(path .. ".part"))
      server:serve(wire.once(part(3000)))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("of nothing leaves nothing", function()
      for _, script in ipairs { {}, wire.once(picture { body = "" }),
        wire.once { status = 500 }, wire.once { status = 404 }, wire.once(picture {
          status = 204, body = "", length = false }) } do
        server:serve(script)
        local result, _, err = download()
        assert.is_nil(result)
        assert.is_string(err.kind)
        assert.equal("", names())
      end
    end)

    it("of more than was said takes what was said", function()
      server:serve(wire.once(picture { length = 4000 }))
      assert.equal(4000, assert(download()).bytes)
      assert.equal(BYTES:sub(1, 4000), calls.read(path))
    end)

    it("of a part that goes on too long begins anew, and ends", function()
      use { retries = 1 }
      calls.write(path .. ".part", BYTES:sub(1, 3000))
      calls.write(path .. ".part.tag", '"v1"\n8000\n')
      local long = part(3000)
      long.body = long.body .. "more"
      server:play({ wire.once(long) }, wire.once(picture()))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)

    it("of parts that nobody asked for ends", function()
      server:serve(wire.always(part(0)))
      local err = fails("parse", download { timeout = 30 })
      assert.equal(1, err.attempts)
      assert.is_nil(calls.read(path))
    end)

    it("of a server that always says 416 ends", function()
      calls.write(path .. ".part", BYTES:sub(1, 3000))
      calls.write(path .. ".part.tag", '"v1"\n8000\n')
      server:serve(wire.always { status = 416 })
      fails("api", download { timeout = 30 })
      assert.equal(2, #server:requests())
    end)

    it("is refused while another one of the same path runs", function()
      server:serve { { "read" }, { "send", wire.answer { type = "image/jpeg",
        length = 8000 } }, { "wait", 0.1 }, { "send", BYTES } }
      local first = app:download(server.url .. "/a", path)
      local err = fails("io", calls.finish(app:download(server.url .. "/b", path)))
      assert.is_truthy(err.message:find "already")
      assert(calls.finish(first))
      assert.equal(BYTES, calls.read(path))
      assert.equal("picture.jpg", names())
    end)

    it("to places that cannot be written says so", function()
      calls.write(folder .. "/file", "")
      for _, place in ipairs { folder .. "/none/x.jpg", folder .. "/file/x.jpg",
        "/proc/x.jpg", folder .. "/" .. ("n"):rep(300) } do
        server:serve(wire.always(picture()))
        local err = fails("io", calls.finish(app:download(server.url .. "/x", place)))
        assert.is_true(err.message:find(place:sub(1, 20), 1, true) ~= nil)
        assert.equal(0, #server:requests())
      end
      os.execute("mkdir '" .. path .. "'")
      server:serve(wire.once(picture()))
      fails("io", download())
    end)

    it("does not go where others lead it", function()
      local other = folder .. "/other"
      for _, lay in ipairs { "ln -s '" .. other .. "' '", "mkfifo '" } do
        calls.write(other, "somebody's")
        os.execute(lay .. path .. ".part'")
        server:serve(wire.always(picture()))
        local err = fails("io", download())
        assert.is_truthy(err.message:find("picture.jpg.part", 1, true), err.message)
        assert.equal(0, #server:requests())
        assert.equal("somebody's", calls.read(other))
        assert.is_nil(calls.read(path))
        os.remove(path .. ".part")
      end
    end)

    it("does not send what others keep for the tag", function()
      local other = folder .. "/other"
      calls.write(other, "a line of somebody's\n8000\n")
      for _, lay in ipairs { "ln -s '" .. other .. "' '", "mkfifo '" } do
        calls.write(path .. ".part", BYTES:sub(1, 3000))
        os.execute(lay .. path .. ".part.tag'")
        server:serve(wire.always(picture()))
        assert(download())
        assert.is_nil(server:requests()[1].head:find "somebody")
        assert.equal("other picture.jpg", names())
        os.remove(path)
      end
    end)

    -- A child downloads 200,000 bytes to where they do not fit.
    local function has_no_room(before, to)
      server:serve { { "read" }, { "send", wire.answer { type = "image/jpeg",
        length = 200000, headers = { { "ETag", '"v1"' } } } }, { "fill", "x", 200000 } }
      local out = calls.child([[
        local core = require "instagram.core"
        local url, path = ...
        local app = core.app { base_url = url, timeout = 30, retries = 3 }
        local request = app:download(url .. "/x", path)
        request:attend(true)
        while not request:done() do core.engine():step(1) end
        local _, message, err = request:result()
        print(err.kind, err.attempts, message, io.open(path) == nil)
      ]], { before = before }, server.url, to)
      assert.is_truthy(out:find "^io%s+1%s+io: cannot write .*%.part: .*%strue%s$", out)
      return out
    end

    it("over a limit of file sizes says why", function()
      has_no_room("trap '' XFSZ; ulimit -f 64; ", path)
    end)

    it("on a full disk says why", function()
      if not process.may_mount() then
        pending "this user may not mount"
        return
      end
      local disk = folder .. "/disk"
      assert(core.files.make_folder(disk))
      local mount = ("unshare -rm sh -c 'mount -t tmpfs -o size=64k none %s && "
        .. "exec \"$0\" \"$@\"' "):format(disk)
      local out = has_no_room(mount, disk .. "/picture.jpg")
      assert.is_truthy(out:find("No space left", 1, true), out)
    end)

    it("shows how far it is", function()
      server:serve { { "read" },
        { "send", wire.answer { type = "image/jpeg", length = 8000 } },
        { "send", BYTES:sub(1, 4000) }, { "gate" }, { "send", BYTES:sub(4001) } }
      local request = app:download(server.url .. "/x", path)
      assert.is_false(request:ready())
      assert.equal(0, (request:progress()))
      request:attend(true)
      local limit = core.monotonic() + 60
      while not request:ready()
        and core.monotonic() < limit do core.engine():step(1) end
      local received, total = request:progress()
      assert.equal(4000, received)
      assert.equal(8000, total)
      assert.is_false(request:done())
      assert.is_false(request:ready()) -- nothing new
      assert.is_nil(calls.read(path))
      server:open()
      while not request:done() do core.engine():step(1) end
      received, total = request:progress()
      assert.equal(8000, received)
      assert.equal(8000, total)
      assert(request:result())
    end)

    it("that is cancelled can go on later", function()
      server:serve { { "read" }, { "send", wire.answer { type = "image/jpeg",
        length = 8000, headers = { { "ETag", '"v1"' } } } },
        { "send", BYTES:sub(1, 4000) }, { "hold" } }
      local request = app:download(server.url .. "/x.jpg", path)
      request:attend(true)
      come_to(request, 4000)
      request:cancel()
      fails("cancelled", request:result())
      assert.equal("picture.jpg.part picture.jpg.part.tag", names())
      server:serve(wire.once(part(4000)))
      assert.equal(4000, assert(download()).resumed)
    end)

    it("that is forgotten leaves its part and no lock", function()
      server:serve { { "read" }, { "send", wire.answer { type = "image/jpeg",
        length = 8000, headers = { { "ETag", '"v1"' } } } },
        { "send", BYTES:sub(1, 4000) }, { "hold" } }
      local request = app:download(server.url .. "/x.jpg", path)
      request:attend(true)
      come_to(request, 4000)
      request = nil -- luacheck: ignore
      collectgarbage()
      collectgarbage()
      server:serve(wire.once(part(4000)))
      assert(download())
      assert.equal(BYTES, calls.read(path))
    end)
  end)
end)
