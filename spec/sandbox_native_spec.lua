-- What the sandbox's rules get from C: SQLite, digests, files. They are pieces of Lua
-- given by each test.
local bare = require "spec.support.bare_host"

local write, run = bare.write, bare.run

after_each(bare.stop_all)
teardown(bare.clean_up)

describe("native.sqlite", function()
  local function db(code)
    local text, message = run([[
      local db = native.sqlite()
      db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL);"
        .. "CREATE TABLE child (t INTEGER REFERENCES t)")
      local function raises(...)
        local ok, why = pcall(...)
        return tostring(not ok and why)
      end
      local function ids()
        local out = {}
        for i, row in ipairs(db:query("SELECT id FROM t ORDER BY id")) do
          out[i] = row.id
        end
        return table.concat(out, " ")
      end
      ]] .. code)
    return text or error(message)
  end

  it("binds and returns every type", function()
    assert.equal("7 x\0y 0.5 1 nil", db [[
      db:run("INSERT INTO t VALUES (?, ?, ?)", 7, "x\0y", 0.5)
      local row = db:one("SELECT *, ? AS yes, ? AS none FROM t", true, nil)
      return table.concat({ row.id, row.a, row.b, row.yes, tostring(row.none) }, " ")]])
    assert.equal("integer text real null", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b, typeof(?) c, typeof(?) d",
        2, "2", 2.5, nil)
      return row.a .. " " .. row.b .. " " .. row.c .. " " .. row.d]])
    assert.equal("integer integer 9007199254740991", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b, ? c", 3.0, -0.0, 2^53 - 1)
      return row.a .. " " .. row.b .. " " .. ("%.0f"):format(row.c)]])
    assert.equal("real real", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b", 2^63, 1/0)
      return row.a .. " " .. row.b]])
  end)

  it("gives integers as integers where Lua has them", function()
    local kind = db [[
      local type_of = math.type or function() return "integer" end
      return type_of(db:one("SELECT 5 AS n").n)]]
    assert.equal("integer", kind)
  end)

  it("returns rows, none, one", function()
    assert.equal("3 2 nil 0", db [[
      local changes, last = db:run("INSERT INTO t (a) VALUES ('p'), ('q'), ('r')")
      local rows = db:query("SELECT a FROM t WHERE id >= ? ORDER BY id", 2)
      return table.concat({ last, #rows, tostring(db:one("SELECT 1 WHERE 0")),
        #db:query("SELECT 1 WHERE 0") }, " ")]])
    assert.equal("2", db [[
      db:run("INSERT INTO t (a) VALUES ('p'), ('q')")
      return tostring((db:run("UPDATE t SET a = 'z'")))]])
  end)

  it("raises SQLite's message and goes on", function()
    assert.matches("UNIQUE constraint failed: t.id.*fine", db [[
      db:run("INSERT INTO t (id) VALUES (?)", 1)
      local why = raises(db.run, db, "INSERT INTO t (id) VALUES (?)", 1)
      db:run("INSERT INTO t (id) VALUES (?)", 2)
      return why .. (ids() == "1 2" and " fine" or "")]])
    assert.matches("no such table: nope %(in: SELECT", db [[
      return raises(db.query, db, "SELECT * FROM nope")]])
    assert.matches("syntax error", db [[return raises(db.exec, db, "SELEKT")]])
    assert.matches("FOREIGN KEY constraint failed", db [[
      return raises(db.run, db, "INSERT INTO child VALUES (99)")]])
    assert.matches("unable to open", db [[
      return raises(native.sqlite, "/nonexistent/x")]])
  end)

  it("names misuse", function()
    assert.matches("2 values expected, got 1", db [[
      return raises(db.one, db, "SELECT ?, ?", 1)]])
    assert.matches("0 values expected, got 1", db [[
      return raises(db.one, db, "SELECT 1", 1)]])
    assert.matches("cannot bind a table as value 2", db [[
      return raises(db.one, db, "SELECT ?, ?", 1, {})]])
    assert.matches("one statement expected", db [[
      return raises(db.one, db, "SELECT 1; SELECT 2")]])
    assert.matches("one statement expected", db [[return raises(db.one, db, " ")]])
    assert.equal("1", db [[return tostring(db:one("SELECT 1 AS n; \n").n)]])
  end)

  it("keeps statements over a change of the schema", function()
    assert.equal("a,b,id then a,b,c,id", db [[
      local function names()
        local out = {}
        for name in pairs(db:query("SELECT * FROM t")[1]) do out[#out + 1] = name end
        table.sort(out)
        return table.concat(out, ",")
      end
      db:run("INSERT INTO t VALUES (1, 'x', 2.5)")
      local before = names()
      db:exec("ALTER TABLE t ADD COLUMN c DEFAULT 1")
      return before .. " then " .. names()]])
  end)

  it("commits and rolls back", function()
    assert.equal("1 2|kept 9", db [[
      local a, b = db:transaction(function(x)
        db:run("INSERT INTO t (id) VALUES (1), (2)")
        return "kept", x
      end, 9)
      return ids() .. "|" .. a .. " " .. b]])
    assert.matches("kaputt|1", db [[
      db:run("INSERT INTO t (id) VALUES (1)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO t (id) VALUES (2)")
        error("kaputt")
      end)
      return why .. "|" .. ids()]])
    assert.matches("UNIQUE.*|1", db [[
      db:run("INSERT INTO t (id) VALUES (1)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO t (id) VALUES (2)")
        db:run("INSERT INTO t (id) VALUES (2)")
      end)
      return why .. "|" .. ids()]])
    assert.equal("table|", db [[
      local ok, why = pcall(db.transaction, db, function() error {} end)
      return type(why) .. "|" .. ids()]])
  end)

  it("nests transactions", function()
    assert.equal("1 3", db [[
      db:transaction(function()
        db:run("INSERT INTO t (id) VALUES (1)")
        pcall(db.transaction, db, function()
          db:run("INSERT INTO t (id) VALUES (2)")
          error("inner")
        end)
        db:transaction(function() db:run("INSERT INTO t (id) VALUES (3)") end)
      end)
      return ids()]])
  end)

  it("says when a commit fails, and is out of the transaction", function()
    assert.matches("FOREIGN KEY constraint failed %(in: commit%)|1", db [[
      db:exec("CREATE TABLE late (t INTEGER REFERENCES t"
        .. " DEFERRABLE INITIALLY DEFERRED)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO late VALUES (99)")
      end)
      db:transaction(function() db:run("INSERT INTO t (id) VALUES (1)") end)
      return why .. "|" .. ids()]])
  end)

  it("closes once, even inside a transaction", function()
    assert.matches("db is closed.*%(closed%)", db [[
      db:query("SELECT * FROM t")
      db:close()
      db:close()
      return raises(db.exec, db, "") .. tostring(db)]])
    assert.matches("closed in its transaction", db [[
      return raises(db.transaction, db, function() db:close() end)]])
  end)

  it("keeps a file", function()
    local path = bare.stem .. ".db"
    bare.remove_later(path)
    local code = ([[
      local db = native.sqlite(%q)
      db:exec("CREATE TABLE IF NOT EXISTS kept (n)")
      db:run("INSERT INTO kept VALUES (1)")
      return tostring(#db:query("SELECT * FROM kept"))]]):format(path)
    assert.equal("1", run(code))
    bare.stop_all()
    assert.equal("2", run(code))
    assert.matches("readonly", run(([[
      local db = native.sqlite(%q, "r")
      return select(2, pcall(db.run, db, "DELETE FROM kept"))]]):format(path)))
  end)

  it("backs up into another, all or nothing", function()
    assert.equal("2 1 a", run [[
      local from, to = native.sqlite(), native.sqlite()
      from:exec("CREATE TABLE t (n); INSERT INTO t VALUES ('a')")
      to:exec("CREATE TABLE other (n)")
      from:backup(to)
      to:run("INSERT INTO t VALUES ('b')")
      local tables = to:one("SELECT count(*) AS n FROM sqlite_master").n
      return to:one("SELECT count(*) AS n FROM t").n .. " " .. tables .. " "
        .. from:one("SELECT group_concat(n) AS n FROM t").n]])
    local again = [[
      local from, to = native.sqlite(), native.sqlite()
      from:exec("CREATE TABLE t (n)")
      local function try(a, b) return select(2, pcall(a.backup, a, b)) end
    ]]
    assert.matches("another, open db expected", run(again .. "return try(from, from)"))
    assert.matches("another, open db expected", run(again
      .. "to:close() return try(from, to)"))
    assert.matches("closed", run(again .. "from:close() return try(from, to)"))
    assert.matches("destination database is in use", run(again .. [[
      local said
      to:transaction(function()
        to:exec("CREATE TABLE mine (n)")
        said = try(from, to)
      end)
      return said .. to:one("SELECT name FROM sqlite_master").name]]))
  end)
end)

describe("native", function()
  it("puts a file in the place of another", function()
    local new = write(bare.stem .. ".new", "new")
    local path = write(bare.stem .. ".old", "old")
    local function replace(from, to)
      return run(("return table.concat({ tostring(native.replace(%q, %q)), "
        .. "select(2, native.replace(%q, %q)) }, ' ')"):format(from, to, from, to))
    end
    assert.matches("^true .*No such file", replace(new, path)) -- the second time
    local file = assert(io.open(path))
    assert.equal("new", file:read("*a"))
    file:close()
    assert.matches("^nil .*No such file", replace(path, "/nonexistent/x"))
    assert.is_truthy(io.open(path))
  end)

  it("digests", function()
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d",
      run "return native.sha1_hex('abc')")
    assert.equal("da39a3ee5e6b4b0d3255bfef95601890afd80709",
      run "return native.sha1_hex('')")
    local sum = run "return native.hmac_sha256('Jefe', 'what do ya want for nothing?')"
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      (sum:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
  end)

  it("encodes and decodes base64", function()
    for plain, coded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v",
      foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" } do
      assert.equal(coded .. "|" .. coded:gsub("=", "") .. "|" .. plain, run(([[
        local url = native.base64url(%q)
        return native.base64(%q) .. "|" .. url .. "|" .. native.unbase64url(url)]])
        :format(plain, plain)))
    end
    assert.equal("+/+/ -_-_", run [[
      local bytes = "\251\255\191"
      return native.base64(bytes) .. " " .. native.base64url(bytes)]])
    assert.equal("nil nil nil nil nil", run [[
      local out = {}
      for i, bad in ipairs { "Zg==", "Z", "+/+/", "Zm9v\n", "Zh" } do
        out[i] = tostring(native.unbase64url(bad))
      end
      return table.concat(out, " ")]])
    assert.equal("256", run [[
      local bytes = {}
      for i = 0, 255 do bytes[i + 1] = string.char(i) end
      local all = table.concat(bytes)
      return tostring(native.unbase64url(native.base64url(all)) == all and #all)]])
  end)

  it("knows files", function()
    local path = write(bare.stem .. ".JPG", "a\0b")
    assert.equal("3 3 image/jpeg", run(([[
      local path = %q
      return native.file_size(path) .. " " .. #native.read(path) .. " "
        .. native.mime(path)]]):format(path)))
    assert.equal("video/mp4 application/octet-stream application/octet-stream",
      run [[return native.mime("a/b.mp4") .. " " .. native.mime("x.y/z") .. " "
        .. native.mime("")]])
    for _, name in ipairs { "file_size", "read", "list" } do
      assert.matches("nil.*/nonexistent.*No such file", run(([[
        local value, message = native.%s("/nonexistent")
        return tostring(value) .. message]]):format(name)))
    end
    assert.matches("Invalid", run [[return (select(2, native.read("/")))]])
  end)

  it("lists a folder in order", function()
    local names = run [[return table.concat(native.list("spec/recorded"), " ")]]
    local sorted = {}
    for name in names:gmatch("%S+") do sorted[#sorted + 1] = name end
    assert.is_true(#sorted > 5)
    table.sort(sorted)
    assert.equal(names, table.concat(sorted, " "))
    assert.is_nil(names:find("%.%f[%s]"))
  end)
end)
