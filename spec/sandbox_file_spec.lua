-- The sandbox's file: what an older one holds is found, one of another kind is refused
-- and left as it was, nobody shares it, and what cannot be written is not answered as
-- done.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local http = require "spec.support.sandbox_http"
local process = require "spec.support.process"
local sqlite = require "spec.support.sqlite"

describe("the sandbox's file", function()
  local folder, path, sandboxes

  before_each(function()
    folder = calls.folder()
    path, sandboxes = folder .. "/state.db", {}
  end)

  after_each(function()
    for _, sandbox in ipairs(sandboxes) do sandbox:stop() end
    process.stop_all()
    os.execute("chmod u+w '" .. folder .. "'")
    calls.remove(folder)
  end)

  local function start(options)
    options = options or {}
    options.db, options.data = options.db or path, options.data or "empty"
    local sandbox, message = require("instagram.sandbox").start(options)
    sandboxes[#sandboxes + 1] = sandbox
    return sandbox, message
  end

  local function refused(pattern)
    local before = calls.read(path)
    local sandbox, message = start()
    assert.is_nil(sandbox)
    assert.matches(pattern, message)
    assert.matches("db: " .. path, message, 1, true)
    assert.equal(before, calls.read(path))
  end

  -- --- older, newer, foreign ---------------------------------------------------------

  it("of schema version 1 is brought to today's, everything in it found", function()
    local old = calls.read "spec/support/state_v1.sql"
    sqlite.run(path, old)
    local sandbox = start()
    assert.equal(1700000000, sandbox:now())
    assert.same({ "anna", "ben" }, (function()
      local names = {}
      for i, user in ipairs(sandbox:control("users").users) do
        names[i] = user.username
      end
      return names
    end)())
    local page = http.get(sandbox, "/me/media", { access_token = "IGQVold",
      fields = "id,caption,media_type,children{id}" }):json()
    assert.same({ { id = "17850000000000003", caption = "zwei",
      media_type = "CAROUSEL_ALBUM", children = { data = {
      { id = "17850000000000004" } } } },
    { id = "17850000000000001", caption = "eins", media_type = "IMAGE" } }, page.data)
    local form = http.code_form(sandbox, "basic_display", "AQspent")
    assert.matches("has been used",
      http.post(sandbox, "/oauth/access_token", form).body)
    form.code = "AQfresh"
    assert.equal(200, http.post(sandbox, "/oauth/access_token", form).status)
    sandbox:stop()
    assert.same({}, sqlite.faults(path))
    assert.is_true(sqlite.run(path, "PRAGMA user_version")[1].user_version >= 3)
  end)

  it("of a newer sandbox is refused", function()
    start():stop()
    sqlite.run(path, "PRAGMA user_version = 4711")
    refused "made by a newer sandbox %(schema 4711; this one knows %d+%)"
  end)

  it("of another kind is refused", function()
    sqlite.run(path, "CREATE TABLE other (n)")
    refused "a database of another program"
    sqlite.run(path, "PRAGMA user_version = 1", "PRAGMA application_id = 7")
    refused "a database of another program"
    calls.write(path, ("no database at all\n"):rep(300))
    refused "no file of the sandbox"
  end)

  it("of other tables is refused", function()
    start():stop()
    sqlite.run(path, "ALTER TABLE media RENAME COLUMN caption TO words")
    refused "its tables are not those of this sandbox"
  end)

  it("must have a folder, and the right to write there", function()
    path = folder .. "/nowhere/state.db"
    local sandbox, message = start()
    assert.is_nil(sandbox)
    assert.matches("cannot be opened: no such folder", message)
    assert.matches("file's name expected", select(2, start { db = "" }))
    assert.matches("cannot be opened", select(2, start { db = folder }))
  end)

  -- What a start says to somebody who is not root (who may write everywhere).
  local function start_as_nobody(name)
    calls.write(folder .. "/start.lua", ("local sandbox, message = "
      .. "require('instagram.sandbox').start { db = %q, data = 'empty' }\n"
      .. "print(sandbox, message)"):format(folder .. "/" .. name))
    local command = process.script(folder .. "/start.lua")
    if process.output "id -u" == "0\n" then
      command = "setpriv --reuid=65534 --regid=65534 --clear-groups " .. command
    end
    return (process.output(command .. " 2>&1"))
  end

  it("that may not be written is refused", function()
    start():stop()
    os.execute("chmod 755 '" .. folder .. "'; chmod 444 '" .. path .. "'")
    os.execute("chmod a-w '" .. folder .. "'")
    local said = start_as_nobody "state.db"
    if said:find "setpriv" or said:find "module '" then
      pending "root here, and nobody else may read the sources"
      return
    end
    assert.matches("^nil\tdb: .*may not be written", said)
    assert.matches("^nil\tdb: .*cannot be opened", start_as_nobody "other.db")
    start():stop() -- it is as it was
  end)

  -- --- one at a time, settings -------------------------------------------------------

  it("has one sandbox", function()
    local first = start()
    local second, message = start()
    assert.is_nil(second)
    assert.matches("in use by another process", message)
    local code = ("print(require('instagram.sandbox').start { db = %q })"):format(path)
    calls.write(folder .. "/second.lua", code)
    assert.matches("^nil.*in use by another process",
      (process.output(process.script(folder .. "/second.lua"))))
    assert.equal("number", type(first:now()))
    first:stop()
    assert.is_table(start())
  end)

  it("keeps settings and clock, not faults and journal", function()
    local usage = { call_count = 95, total_time = 3 }
    local a = start { strict = false }
    a:control("settings", { page_max = 7, app_usage = usage, refuse_all = "blocked" })
    a:control("settings", { refuse_all = false })
    a:set_clock(1700000000)
    a:fault { kind = "status", status = 503 }
    http.get(a, "/me")
    local all = a:control "settings"
    a:stop()
    local b = start()
    assert.same(all, b:control "settings")
    assert.equal(7, all.page_max)
    assert.same(usage, all.app_usage)
    assert.is_false(all.strict)
    assert.equal(1700000000, b:now())
    assert.same({}, b:requests())
    assert.equal(400, http.get(b, "/me").status)
    b:control "reset"
    b:stop()
    local c = start { now = 1600000000, strict = true }
    assert.equal(100, c:control("settings").page_max)
    assert.equal(1600000000, c:now())
    assert.is_true(c:control("settings").strict)
  end)

  it("from another sandbox may hold settings unknown here", function()
    start():stop()
    sqlite.run(path, [[INSERT OR REPLACE INTO meta VALUES ('settings',
      '{"page_max":9,"unheard_of":1,"media_cap":"many"}')]])
    local settings = start():control "settings"
    assert.equal(9, settings.page_max)
    assert.equal(10000, settings.media_cap)
  end)

  -- --- what cannot be written --------------------------------------------------------

  -- A file that may not grow beyond `blocks` of 512 bytes: as a full disk.
  local function start_limited(blocks)
    local command = "sh -c " .. process.quote(("trap '' XFSZ; ulimit -f %d; exec %s")
      :format(blocks, process.script("sandbox/bin/instagram-sandbox", "--data", "empty",
      "--quiet", "--db", path)))
    process.start(command, folder .. "/out")
    local text = process.wait_until("it says where it is", 60, function()
      local out = calls.read(folder .. "/out") or ""
      return out:find("\n", 1, true) and out
    end)
    return cjson.decode(text)
  end

  local function change(server)
    local answer = http.control(server, "add_user", { username = "u" .. tostring(
      server.count):gsub("%.0$", ""), biography = ("x"):rep(2000) })
    server.count = server.count + 1
    return answer
  end

  it("that cannot grow: nothing is answered as done that is not kept", function()
    local server = start_limited(3000)
    local answer
    server.count = 0
    repeat answer = change(server) until answer.status ~= 200 or server.count > 5000
    assert.equal(500, answer.status)
    assert.matches("the change was not kept: .*disk", answer.body)
    local clock = http.control(server, "now", nil, { method = "GET" }):json().now
    http.control(server, "settings", { page_max = 3 })
    local status = http.control(server, "set_clock", { now = 1 }).status
    if status ~= 200 then -- taken back in memory too
      assert.equal(clock, http.control(server, "now", nil, { method = "GET" })
        :json().now)
    end
    local there = #http.control(server, "users", nil, { method = "GET" }):json().users
    assert.equal(server.count - 1, there)
    process.stop(server.pid, "KILL")
    assert.same({}, sqlite.faults(path))
    assert.equal(there, #start():control("users").users)
  end)
end)
