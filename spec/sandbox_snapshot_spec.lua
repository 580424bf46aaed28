-- Snapshots: the sandbox comes back to where it was, to the byte; a bad one is refused
-- and changes nothing; a file is there whole or not at all.
local calls = require "spec.support.calls"
local http = require "spec.support.sandbox_http"
local sqlite = require "spec.support.sqlite"

local DAY = 86400

describe("a snapshot", function()
  local folder, file, sandboxes

  before_each(function()
    folder = calls.folder()
    file, sandboxes = folder .. "/a.snapshot", {}
  end)

  after_each(function()
    for _, sandbox in ipairs(sandboxes) do sandbox:stop() end
    calls.remove(folder)
  end)

  local function start(options)
    options = options or {}
    options.data = options.data or "empty"
    local sandbox = assert(require("instagram.sandbox").start(options))
    sandboxes[#sandboxes + 1] = sandbox
    return sandbox
  end

  local function note(out, answer)
    out[#out + 1] = answer.status
    for _, pair in ipairs(answer.headers) do
      out[#out + 1] = pair[1] .. ":" .. pair[2]
    end
    out[#out + 1] = answer.body
    return answer
  end

  -- Changes of all kinds and reading, as one text: what a client would see.
  local function story(sandbox)
    local out = {}
    local host = { Host = "graph.instagram.com" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    sandbox:control("add_media", { username = "anna", type = "IMAGE", caption = "new" })
    local token = note(out, http.short(sandbox, "instagram_login", "anna"))
      .body:match '"(IG%w+)"'
    for _ = 1, 3 do
      note(out, http.get(sandbox, "/me/media", { access_token = token,
        fields = "id,caption,media_url" }, host))
    end
    note(out, http.exchange(sandbox, "instagram_login", token))
    sandbox:advance_clock(DAY)
    note(out, http.get(sandbox, "/me", { access_token = token }))
    out[#out + 1] = sandbox:generate_token "anna"
    return table.concat(out, "\n")
  end

  -- Everything that a snapshot must bring back has been used.
  local function prepare(sandbox)
    sandbox:control("add_user", { username = "before", account_type = "BUSINESS" })
    sandbox:set_clock(1700000000)
    sandbox:control("settings", { page_max = 7, limits = "show" })
    sandbox:fault { on = "/me/media", kind = "status", error = "app_limit", times = 2,
      after = 1 }
    sandbox:fault { on = "/me/media", kind = "storm", probability = 0.5, seed = 3,
      times = 3 }
    sandbox:fault { on = "/never", kind = "empty" }
    http.get(sandbox, "/me", { access_token = sandbox:generate_token "before" })
  end

  it("in memory is told of, replaced, and forgotten", function()
    local sandbox = start()
    assert.is_false(sandbox:control("snapshot", { name = "one" }).replaced)
    assert.is_true(sandbox:control("snapshot", { name = "one" }).replaced)
    assert.is_false(sandbox:control("snapshot").replaced)
    assert.same({ names = { "" } },
      sandbox:control("forget_snapshot", { name = "one" }))
    local _, message = sandbox:control("forget_snapshot", { name = "one" })
    assert.equal("forget_snapshot: there is no snapshot named 'one'", message)
    sandbox:forget_snapshot()
    assert.same({}, sandbox:control("snapshots").names)
    _, message = sandbox:control "restore"
    assert.equal("restore: there is no snapshot without a name", message)
    assert.is_false(sandbox:control("snapshot", { file = file }).replaced)
    assert.is_true(sandbox:control("snapshot", { file = file }).replaced)
  end)

  local function comes_back(sandbox, place)
    prepare(sandbox)
    sandbox:snapshot(place)
    local first = story(sandbox)
    sandbox:control("delete_media", { id = "17990010000000100" })
    sandbox:control("settings", { page_max = 50 })
    sandbox:clear_faults()
    sandbox:restore(place)
    assert.equal(1700000000, sandbox:now())
    assert.equal(7, sandbox:control("settings").page_max)
    assert.equal(1, #sandbox:control("users").users)
    assert.equal(first, story(sandbox))
    sandbox:restore(place)
    assert.equal(first, story(sandbox))
    return first
  end

  it("in memory, without a name", function() comes_back(start()) end)

  it("in memory, under a name", function()
    local sandbox = start { data = "demo" }
    sandbox:snapshot "fresh"
    for _, user in ipairs(sandbox:control("users").users) do
      sandbox:control("add_media", { username = user.username, type = "VIDEO" })
    end
    local counts = {}
    sandbox:snapshot()
    sandbox:restore "fresh"
    for i, user in ipairs(sandbox:control("users").users) do
      counts[i] = user.media_count
    end
    sandbox:restore()
    for i, user in ipairs(sandbox:control("users").users) do
      assert.equal(counts[i] + 1, user.media_count)
    end
    assert.same({ "", "fresh" }, sandbox:control("snapshots").names)
  end)

  it("in a file, of a state in a file; another sandbox takes it over", function()
    local first = comes_back(start { db = folder .. "/state.db" }, { file = file })
    assert.same({}, sqlite.faults(file))
    for _, options in ipairs { {}, { db = folder .. "/other.db", data = "demo" } } do
      local other = start(options)
      other:control("add_user", { username = "other" })
      other:restore { file = file }
      assert.equal(first, story(other))
      other:stop()
    end
    local kept = start { db = folder .. "/other.db" } -- what was restored is kept
    assert.equal(1700000000 + DAY, kept:now())
    assert.equal(7, kept:control("settings").page_max)
    assert.is_nil((kept:control("restore", { name = "" })))
    kept:stop()
    assert.same({}, sqlite.run(folder .. "/other.db",
      "SELECT * FROM meta WHERE name = 'moment'"))
    assert.same({}, sqlite.faults(folder .. "/other.db"))
  end)

  it("over HTTP", function()
    local sandbox = start()
    assert.equal(200, http.control(sandbox, "snapshot", { name = "x" }).status)
    sandbox:advance_clock(10)
    local answer = http.control(sandbox, "restore", { name = "x" })
    assert.equal(1698796800, answer:json().now)
    answer = http.control(sandbox, "restore", { name = "y" })
    assert.equal(400, answer.status)
    assert.matches("no snapshot named 'y'", answer.body)
  end)

  it("may be the file of a state that nobody uses", function()
    local kept = start { db = folder .. "/state.db" }
    kept:control("add_user", { username = "kept" })
    kept:set_clock(1700000000)
    kept:stop()
    local sandbox = start()
    sandbox:restore { file = folder .. "/state.db" }
    assert.equal("kept", sandbox:control("users").users[1].username)
    assert.equal(1700000000, sandbox:now())
    assert.same({}, sqlite.faults(folder .. "/state.db"))
  end)

  it("does not rewind the journal", function()
    local sandbox = start()
    http.get(sandbox, "/one")
    sandbox:snapshot()
    http.get(sandbox, "/two")
    sandbox:restore()
    assert.equal(2, #sandbox:requests())
    assert.equal(2, sandbox:requests()[2].number)
  end)

  it("kills what was made after it", function()
    local sandbox = start { data = "demo" }
    sandbox:snapshot()
    local token = sandbox:generate_token "demo_user"
    assert.equal(200, http.get(sandbox, "/me", { access_token = token }).status)
    sandbox:restore()
    local answer = http.get(sandbox, "/me", { access_token = token })
    assert.equal(190, answer:error().code)
  end)

  -- --- refused -----------------------------------------------------------------------

  local function refuses(sandbox, what, args, pattern)
    local before = sandbox:control("users")
    local result, message = sandbox:control(what, args)
    assert.is_nil(result)
    assert.matches(pattern, message)
    assert.same(before, sandbox:control("users"))
  end

  it("that is none is refused and changes nothing", function()
    local sandbox = start { data = "demo", db = folder .. "/state.db" }
    local function restore(pattern)
      refuses(sandbox, "restore", { file = file }, pattern)
    end
    restore "no such file"
    calls.write(file, "")
    restore "it is empty"
    calls.write(file, ("nonsense\n"):rep(1000))
    restore "no file of the sandbox"
    os.remove(file)
    sandbox:snapshot { file = file }
    local good = calls.read(file)
    calls.write(file, good:sub(1, 20480))
    restore "damaged"
    calls.write(file, good:sub(1, 8192) .. ("\255"):rep(4096) .. good:sub(12289))
    restore "damaged"
    calls.write(file, good)
    sqlite.run(file, "PRAGMA foreign_keys = OFF",
      "UPDATE media SET user_id = '1' WHERE id = (SELECT max(id) FROM media)")
    restore "rows do not fit together"
    calls.write(file, good)
    sqlite.run(file, "DROP TABLE hidden")
    restore "its tables are not those of this sandbox"
    calls.write(file, good)
    sqlite.run(file, "PRAGMA user_version = 4711")
    restore "newer sandbox"
    refuses(sandbox, "restore", { file = folder .. "/state.db" }, "in use")
    refuses(sandbox, "restore", { file = folder }, "no such file")
    refuses(sandbox, "restore", { file = file, name = "x" }, "not both")
    refuses(sandbox, "restore", { file = "" }, "a file's name expected")
    refuses(sandbox, "restore", { nmae = "x" }, "has no 'nmae'")
    calls.write(file, good)
    sandbox:restore { file = file }
  end)

  it("never overwrites what is no snapshot, nor the state", function()
    local sandbox = start { db = folder .. "/state.db" }
    calls.write(file, "a letter")
    refuses(sandbox, "snapshot", { file = file }, "no file of the sandbox")
    assert.equal("a letter", calls.read(file))
    refuses(sandbox, "snapshot", { file = folder .. "/state.db" }, "in use")
    refuses(sandbox, "snapshot", { file = folder .. "/no/where" }, "cannot be opened")
    os.remove(file)
    sandbox:snapshot { file = file }
    sandbox:snapshot { file = file }
    local left = {}
    for name in io.popen("ls '" .. folder .. "'"):lines() do left[#left + 1] = name end
    assert.same({ "a.snapshot", "state.db", "state.db-wal" }, left)
  end)

  it("in memory needs a name that fits, one of a hundred", function()
    local sandbox = start()
    refuses(sandbox, "snapshot", { name = ("x"):rep(101) }, "at most 100 bytes")
    for i = 1, 100 do sandbox:snapshot("n" .. i) end
    refuses(sandbox, "snapshot", { name = "one more" }, "100 already")
    sandbox:snapshot "n7"
  end)
end)
