-- The engine of the C module and processes that fork: it is the parent's, and the child
-- is told so.
local calls = require "spec.support.calls"
local wire = require "spec.support.wire"

local OK = '{"id":"1"}'
local GATED = { { "read" }, { "gate" }, { "send", wire.answer { body = OK } } }

describe("loops:", function()
  local server

  setup(function() server = wire.start() end)
  teardown(function() server:stop() end)

  local function later(seconds)
    return { { "read" }, { "wait", seconds }, { "send", wire.answer { body = OK } } }
  end

  describe("a fork", function()
    local folder, problem

    setup(function()
      folder = calls.folder()
      problem = calls.build_forker(folder)
    end)
    teardown(function() calls.remove(folder) end)

    local prelude = [[
      local url, folder = ...
      package.cpath = folder .. "/?.so;" .. package.cpath
      local forker = require "forker"
      local core = require "instagram.core"
      io.stdout:setvbuf "no"
      local app = core.app { base_url = url, timeout = 60, retries = 0 }
      local token = app:token { secret = "IGtoken" }
      local function finish(request)
        request:attend(true)
        while not request:done() do core.engine():step(1) end
        return request:result()
      end
    ]]

    local function run(code)
      if problem then return pending("no compiler: " .. problem) end
      -- What the child leaves of the parent's is no leak.
      local out, number = calls.child(prelude .. code, {
        before = "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0",
      }, server.url, folder)
      assert.equal(0, number, out)
      return out
    end

    it("leaves locks to the parent, who ends them though the child lives", function()
      server:serve { { "read" }, { "send", wire.answer { type = "image/jpeg",
        body = "pict", length = 100 } }, { "hold" } }
      local out = run [[
        local function begin()
          return app:download(url .. "/x.jpg", folder .. "/picture")
        end
        local lock = assert(core.files.lock(folder .. "/lock"))
        local request = begin()
        request:attend(true)
        while request:progress() < 4 do core.engine():step(0.1) end
        local child = forker.fork()
        if child == 0 then lock:release() request:close() return end
        forker.wait(child)
        print(core.files.lock(folder .. "/lock"))
        print((select(2, begin():result())))
        child = forker.fork()
        if child == 0 then
          repeat local told = io.open(folder .. "/end") until told
          return
        end
        lock:release()
        print(core.files.lock(folder .. "/lock") and "locked")
        request:close()
        request = begin()
        print(request:done())
        request:close()
        io.open(folder .. "/end", "w"):close()
        forker.wait(child)
      ]]
      if not out then return end
      local lines = {}
      for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
      assert.equal("false", lines[1], out)
      assert.is_truthy(lines[2]:find("is being downloaded already", 1, true), out)
      assert.same({ "locked", "false" }, { lines[3], lines[4] }, out)
    end)

    it("is told to the child, and the parent does not notice", function()
      server:play({ GATED }, { { "open" } })
      local out = run [[
        local request = app:get(token, "/me")
        request:attend(true)
        core.engine():step(0.1)
        local engine = core.engine()
        local child = forker.fork()
        if child == 0 then
          print((select(2, pcall(engine.step, engine, 0))))
          print((select(2, pcall(app.get, app, token, "/me"))))
          print(request:done())
          request:cancel()
          print(select(3, request:result()).kind)
          return -- and all is collected
        end
        print("child", forker.wait(child))
        local opens = assert(require "socket".connect("127.0.0.1", url:match "%d+$"))
        print("parent", finish(request).id)
        opens:close()
      ]]
      if not out then return end
      local lines = {}
      for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line end
      assert.is_truthy(lines[1]:find("fork", 1, true), out)
      assert.is_truthy(lines[2]:find("fork", 1, true), out)
      assert.same({ "false", "cancelled", "child\t0", "parent\t1" },
        { lines[3], lines[4], lines[5], lines[6] }, out)
    end)

    it("lets the child begin anew once it has closed the engine", function()
      server:play({ later(0.3) }, wire.once { body = '{"id":"2"}' })
      local out = run [[
        local request = app:get(token, "/me")
        request:attend(true)
        core.engine():step(0.1)
        local child = forker.fork()
        if child == 0 then
          core.engine():close()
          print("child", finish(app:get(token, "/me")).id)
          return
        end
        forker.wait(child)
        print("parent", finish(request).id)
      ]]
      if out then assert.equal("child\t2\nparent\t1\n", out) end
    end)

    it("does not take a download of the parent away", function()
      server:serve { { "read" },
        { "send", wire.answer { type = "image/jpeg", length = 10 } }, { "wait", 1 },
        { "send", "0123456789" } }
      local out = run [[
        local request = app:download(url .. "/x", folder .. "/x.jpg")
        request:attend(true)
        core.engine():step(0.1)
        local child = forker.fork()
        if child == 0 then return end
        print(forker.wait(child))
        print(finish(request) ~= nil)
        print(io.open(folder .. "/x.jpg"):read "*a")
      ]]
      if out then assert.equal("0\ntrue\n0123456789\n", out) end
    end)

    -- What the kernel watches for us is a connection, not a number of this process: one
    -- that we closed and the child still holds must not wake us for ever.
    it("whose child keeps a connection open does not keep the parent busy", function()
      server:play({ { { "read" }, { "wait", 0.5 }, { "send", wire.answer { body = OK,
        headers = { { "Connection", "close" } } } } } }, { { "read" }, { "hold" } })
      local out = run [[
        local request = app:get(token, "/me")
        request:attend(true)
        core.engine():step(0.05)
        local child = forker.fork()
        if child == 0 then
          os.execute "sleep 2.5"
          os.exit(0)
        end
        print(finish(request).id)
        local clock, silent = os.clock(), app:get(token, "/silent")
        silent:attend(true)
        local till = core.monotonic() + 1
        while core.monotonic() < till do core.engine():step(till - core.monotonic()) end
        print(os.clock() - clock < 0.7)
        silent:cancel()
        forker.wait(child)
      ]]
      if out then assert.equal("1\ntrue\n", out) end
    end)

    it("before the first call is none", function()
      server:serve(wire.always { body = OK })
      local out = run [[
        local child = forker.fork()
        local me = finish(app:get(token, "/me"))
        if child == 0 then return end
        print(me.id, forker.wait(child))
      ]]
      if out then assert.equal("1\t0\n", out) end
    end)
  end)
end)
