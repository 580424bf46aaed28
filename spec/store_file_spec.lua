-- The store in files: what is in the folder, what may happen to it, and that nobody is
-- blocked. Killed writers are in store_kill_spec.lua.
local core = require "instagram.core"
local book = require "instagram.store.book"
local calls = require "spec.support.calls"
local instagram = require "instagram"
local process = require "spec.support.process"
local stores = require "instagram.store"

local ONCE = "spec/support/store_once.lua"

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

-- What store_once.lua prints; `before` are words in front, %s in them is the command.
local function once(before, ...)
  local command = process.script(ONCE, ...)
  if before:find("%s", 1, true) then
    command = before:gsub("%%s", function() return command end)
  else
    command = before .. " " .. command
  end
  local text = process.output(command .. " 2>&1")
  return lines_of(text), text
end

describe("the store in files", function()
  local folder, path, store

  before_each(function()
    folder = calls.folder()
    path = folder .. "/tokens"
    store = assert(stores.file(path))
  end)

  after_each(function()
    os.execute("chmod -R u+rwX " .. folder)
    calls.remove(folder)
  end)

  local function names()
    local list = core.files.list(path)
    table.sort(list)
    return list
  end

  local function fails(words, result, message, err)
    assert.is_nil(result)
    assert.equal(words == "damaged" and "sealed" or "store", err.kind)
    assert.matches(words, message, 1, true)
    assert.matches(path, message, 1, true)
  end

  -- Runs it with other clocks: what they tell is a function, or nil for the real one.
  local function with_clocks(now, monotonic, run)
    local real_now, real_monotonic = core.now, core.monotonic
    core.now = now or real_now -- luacheck: ignore
    core.monotonic = monotonic or real_monotonic -- luacheck: ignore
    local ok, problem = pcall(run)
    core.now, core.monotonic = real_now, real_monotonic -- luacheck: ignore
    if not ok then error(problem, 0) end
  end

  local function clock(at) return function() return at end end

  -- --- the folder
  -- -----------------------------------------------------------------------

  it("is for its owner's eyes only", function()
    store:put("account:1", "x")
    store:put("code:1", "x", { ttl = 60 })
    store:lock("account:1", 60)
    local modes = process.output("stat -c %a " .. path .. " " .. path .. "/*")
    assert.matches("^700\n[60\n]+$", modes)
    assert.is_nil(modes:find "[^67\n0]")
    assert.is_true(#lines_of(modes) > 4)
  end)

  it("has a file for each record, whose name tells the key", function()
    store:put("account:1:2", "x")
    assert.same({ "account%3A1%3A2.record" }, (function()
      local records = {}
      for _, name in ipairs(names()) do
        if name:match "%.record$" then records[#records + 1] = name end
      end
      return records
    end)())
  end)

  it("leaves no name behind of what was deleted", function()
    for i = 1, 30 do
      local key = "account:17841" .. i
      store:put(key, "x")
      local lock = store:lock(key, 60)
      store:put(key, "y", { fence = lock.fence })
      if i % 2 == 0 then store:delete(key) end
      lock:release()
      store:delete(key)
    end
    assert.equal("", process.output("grep -rl account " .. path)) -- times have digits
    for _, name in ipairs(names()) do assert.matches("^shard%-%d+%.locks?$", name) end
  end)

  it("finds its folder again, with or without slashes at the end", function()
    store:put("a", "1")
    assert.equal("1", (stores.file(path .. "/"):get "a"))
    assert.equal("1", (stores.file(path .. "///"):get "a"))
    assert.equal(path .. ".key", stores.file(path .. "/"):key_path())
  end)

  it("does not mind what else is in the folder", function()
    store:put("a", "1")
    for _, name in ipairs { "README", ".DS_Store", "a.record~", "a.record.bak", "x.new",
      "with blank.record", "shard-99.lock", "shard-x.locks", "a.record.1-2.new.old" } do
      calls.write(path .. "/" .. name, "junk\0junk")
    end
    os.execute("mkdir " .. path .. "/lost+found " .. path .. "/sub")
    local before = #names()
    local again = stores.file(path)
    assert.same({ "a" }, again:list "")
    assert.equal("1", (again:get "a"))
    assert.is_true(again:put("b", "2"))
    assert.equal(before + 2, #names()) -- the record, its shard's lock
  end)

  it("sweeps what a killed writer left, but not what is being written", function()
    store:put("a", "1")
    local left = { path .. "/a.record.4711-1.new", path .. "/shard-3.locks.4711-2.new" }
    for _, each in ipairs(left) do calls.write(each, "half") end
    local guards = {}
    for shard = 0, 15 do
      guards[shard] = core.files.lock(("%s/shard-%d.lock"):format(path, shard))
    end
    stores.file(path)
    for _, each in ipairs(left) do assert.equal("half", calls.read(each)) end
    for shard = 0, 15 do guards[shard]:release() end
    stores.file(path)
    for _, each in ipairs(left) do assert.is_nil(calls.read(each)) end
    assert.equal("1", (store:get "a"))
  end)

  it("does not write into what a process of the same number left", function()
    local pid = core.files.process()
    for i = 1, 500 do
      calls.write(("%s/a.record.%d-%d.new"):format(path, pid, i), "half")
    end
    for i = 1, 8 do
      local result = store:put("a", "1")
      if result then break end
      assert.is_true(i < 8)
    end
    assert.equal("1", (store:get "a"))
  end)

  -- --- records
  -- --------------------------------------------------------------------------

  it("tells a damaged record, and keeps it", function()
    store:put("a", "the value\nof a")
    store:put("b", "another")
    local file = path .. "/a.record"
    local whole, other = calls.read(file), calls.read(path .. "/b.record")
    local altered = whole:gsub("the value", "the vaLue")
    local later = whole:gsub(" 0 ", " 9 ", 1)
    for _, text in ipairs { "", "x", whole:sub(1, -2), whole .. "x", altered, later,
      other, whole:sub(1, 20), ("\0"):rep(#whole) } do
      calls.write(file, text)
      fails("damaged", store:get "a")
      fails("damaged", store:swap("a", "the value\nof a", "new"))
      fails("damaged", store:swap("a", false, "new"))
      assert.equal(text, calls.read(file))
      assert.same({ "a", "b" }, store:list "")
      assert.equal("another", (store:get "b"))
    end
    local _, _, err = store:get "a"
    assert.matches("backup", err.advice)
    assert.is_true(store:put("a", "anew"))
    assert.equal("anew", (store:get "a"))
    calls.write(file, "x")
    assert.is_true(store:delete "a")
    assert.is_false(store:get "a")
  end)

  it("throws out what ended, without being asked", function()
    for i = 1, 64 do store:put("code:" .. i, "x", { ttl = 0.01 }) end
    for i = 1, 8 do store:put("account:" .. i, "x") end
    store:put("code:long", "x", { ttl = 7000 })
    store:put("code:" .. ("k"):rep(300), "x", { ttl = 0.01 })
    with_clocks(clock(core.now() + 1000), nil, function()
      for i = 1, 64 do store:put("more:" .. i, "x", { ttl = 7000 }) end
    end)
    local left = table.concat(names(), " ")
    assert.is_nil(left:find "code%%3A%d")
    assert.is_nil(left:find "code%%3Akkk")
    assert.equal(8 + 1 + 64, select(2, left:gsub("%.record", "")))
  end)

  it("never tells more seconds left than were given", function()
    for _, part in ipairs { 0, 0.0004, 0.0005, 0.0009, 0.9999 } do
      with_clocks(clock(1732435200 + part), nil, function()
        store:put("code", "x", { ttl = 7 })
        local value, left = store:get "code"
        assert.equal("x", value)
        assert(left <= 7 and left > 6.998, left)
      end)
    end
  end)

  -- --- locks and clocks
  -- -----------------------------------------------------------------

  it("keeps locks when somebody sets the clock", function()
    local since = core.monotonic()
    with_clocks(nil, clock(since), function() assert(store:lock("a", 0.3)) end)
    for _, jump in ipairs { -86400, 86400 } do
      with_clocks(clock(core.now() + jump), clock(since + 0.29), function()
        assert.is_false(store:lock("a", 5))
      end)
    end
    with_clocks(clock(core.now() - 86400), clock(since + 0.31), function()
      assert(store:lock("a", 5))
    end)
  end)

  it("has no lock of a machine that was started anew", function()
    local old, lock
    with_clocks(nil, clock(90000), function() old = store:lock("a", 60) end)
    with_clocks(nil, clock(5), function() lock = store:lock("a", 60) end)
    assert(lock.fence > old.fence)
    assert.is_false(store:put("a", "x", { fence = old.fence }))
  end)

  it("reads a damaged book as one without locks; fences go on growing", function()
    local old = store:lock("a", 60)
    os.execute(("for f in %s/*.locks; do echo junk >$f; done"):format(path))
    assert.is_false(store:put("a", "x", { fence = old.fence }))
    with_clocks(clock(core.now() + 0.002), nil, function()
      assert(store:lock("a", 60).fence > old.fence)
    end)
  end)

  it("reads and writes times alike in every locale", function()
    local before = os.setlocale(nil, "numeric")
    local _ = os.setlocale("de_DE.UTF-8", "numeric")
      or os.setlocale("fr_FR.UTF-8", "numeric")
    store:put("a", "1", { ttl = 60.5 })
    local value, left = store:get "a"
    local lock, second = store:lock("a", 60.5), store:lock("a", 60.5)
    os.setlocale(before, "numeric")
    assert.equal("1", value)
    assert.is_true(left <= 60.5)
    assert.is_table(lock)
    assert.is_false(second)
  end)

  it("forgets holders that never came back", function()
    local locks = book.read(false, 100)
    local fence = book.take(locks, "a", "owner", 10, 100, 1.5)
    assert.equal(1500, fence)
    assert.is_true(book.is_held(locks, "a", 109.9))
    assert.is_false(book.is_held(locks, "a", 110))
    local text = book.write(locks)
    assert.is_true(book.allows(book.read(text, 3000), "a", fence))
    assert.is_false(book.allows(book.read(text, 3711), "a", fence))
    assert.is_false(book.allows(book.read(text, 50), "a", fence))
    assert.equal(1501, book.take(book.read(text, 9000), "b", "owner", 10, 9000, 0))
  end)

  -- --- nobody is blocked
  -- ----------------------------------------------------------------

  it("waits for a busy shard while other tasks go on", function()
    local guards, ticks, order = {}, 0, {}
    for shard = 0, 15 do
      guards[shard] = core.files.lock(("%s/shard-%d.lock"):format(path, shard))
    end
    instagram.spawn(function()
      assert(store:put("a", "1"))
      order[#order + 1] = "put"
    end)
    instagram.spawn(function()
      for _ = 1, 20 do
        instagram.sleep(0.005)
        ticks = ticks + 1
        assert.is_false(store:get "a")
      end
      order[#order + 1] = "ticked"
      for shard = 0, 15 do guards[shard]:release() end
    end)
    instagram.run()
    assert.equal(20, ticks)
    assert.same({ "ticked", "put" }, order)
    assert.equal("1", (store:get "a"))
  end)

  it("lets a hundred tasks of one process count up one number", function()
    for _ = 1, 100 do
      instagram.spawn(function()
        local value
        repeat value = store:get "n" until store:swap("n", value,
          tostring(math.floor((tonumber(value) or 0) + 1)))
      end)
    end
    instagram.run()
    assert.equal("100", (store:get "n"))
  end)

  it("frees the shard when a caller's mistake raises", function()
    assert.has_error(function() store:put("a", nil) end)
    assert.is_true(store:put("a", "1")) -- where it is busy, an error after a while
  end)

  -- --- trouble
  -- --------------------------------------------------------------------------

  it("says where it cannot be", function()
    local made, message, err = stores.file(folder .. "/none/tokens")
    assert.is_nil(made)
    assert.equal("store", err.kind)
    assert.matches(folder .. "/none/tokens", message, 1, true)
    assert.matches("No such file", message)
    calls.write(folder .. "/file", "x")
    made, message, err = stores.file(folder .. "/file")
    assert.is_nil(made)
    assert.equal("store", err.kind)
    assert.matches(folder .. "/file", message, 1, true)
    made, message, err = stores.file(("x/"):rep(3000))
    assert.is_nil(made)
    assert.equal("store", err.kind)
    assert.matches("too long", message)
  end)

  it("fails when the folder is gone, and names it", function()
    calls.remove(path)
    fails("No such file", store:put("a", "1"))
    fails("No such file", store:swap("a", false, "1"))
    fails("No such file", store:delete "a")
    fails("No such file", store:lock("a", 5))
    fails("No such file", store:list "")
    assert.is_false(store:get "a")
  end)

  it("does not take a record it may not read for none", function()
    os.remove(path .. "/a.record")
    os.execute("mkdir " .. path .. "/a.record")
    fails("directory", store:get "a")
    fails("directory", store:swap("a", false, "x"))
    fails("directory", store:put("a", "x"))
    for _, name in ipairs(names()) do assert.is_nil(name:find "%.new$") end
  end)

  it("is not stopped by a pipe with a record's name", function()
    os.execute("mkfifo " .. path .. "/a.record")
    fails("a.record", store:get "a")
  end)

  it("fails in a folder of somebody else, changing nothing", function()
    store:put("a", "1")
    store:lock("a", 0.01)
    os.execute(("chmod 755 %s && chmod 555 %s && chmod 400 %s/*"):format(folder, path,
      path))
    local before = ""
    if process.output("id -u") == "0\n" then
      before = "setpriv --reuid=65534 --regid=65534 --clear-groups"
      if process.output(before .. " cat " .. ONCE .. " 2>&1") ~= calls.read(ONCE) then
        pending "nobody may not read this folder"
        return
      end
    end
    local lines = once(before, path, "put a 2", "swap a 2", "delete a", "lock a 5",
      "put b 1", "files")
    for i = 1, 5 do
      assert.matches("^store: cannot .*" .. path:gsub("%p", "%%%0") .. "/.*denied",
        lines[i])
    end
    assert.is_nil(lines[6]:find "%.new")
    os.execute("chmod -R u+rwX " .. path)
    assert.equal("1", (store:get "a"))
    assert.is_true(store:put("a", "2"))
  end)

  it("stays its owner's when root works in it", function()
    if process.output("id -u") ~= "0\n" then
      pending "this is not root"
      return
    end
    os.execute(("chmod 755 %s && chown -R 65534:65534 %s"):format(folder, path))
    assert.is_true(store:put("a", "1"))
    assert(store:lock("b", 0.01))
    local nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"
    if process.output(nobody .. " cat " .. ONCE .. " 2>&1") ~= calls.read(ONCE) then
      pending "nobody may not read this folder"
      return
    end
    local lines = once(nobody, path, "get a", "put a 2", "lock a 5", "put b 3")
    assert.same({ "1", "true", "locked", "true" }, lines)
    assert.equal("", process.output("find " .. path .. " ! -user 65534"))
  end)

  it("fails on a disk that is read only, and reads on", function()
    if not process.may_mount() then
      pending "this user may not mount"
      return
    end
    store:put("a", "1")
    local mount = ("unshare -rm sh -c \"mount --bind %s %s && "
      .. "mount -o remount,bind,ro %s && exec %%s\""):format(path, path, path)
    local lines = once(mount, path, "get a", "put a 2", "list", "delete a", "lock a 5",
      "files")
    assert.equal("1", lines[1])
    assert.equal("a", lines[3])
    for _, i in ipairs { 2, 4, 5 } do
      assert.matches("^store: cannot .*Read%-only file system", lines[i])
      assert.matches(path, lines[i], 1, true)
    end
    assert.is_nil(lines[6]:find "%.new")
    assert.equal("1", (store:get "a"))
  end)

  it("fails on a full disk; what was there stays, and nothing half-written", function()
    if not process.may_mount() then
      pending "this user may not mount"
      return
    end
    local mount = ("unshare -rm sh -c \"mount -t tmpfs -o size=64k none %s && "
      .. "exec %%s\""):format(path)
    local lines = once(mount, path, "put a 1", "put big @30000", "put big @50000",
      "get big", "files", "put b @20000", "put c @20000", "lock a 5", "get b",
      "delete big", "put c @20000", "get c", "get a", "files")
    assert.equal("true true", lines[1] .. " " .. lines[2])
    assert.matches("^store: cannot write .*/big.record: No space left", lines[3])
    assert.equal("30000 bytes", lines[4])
    assert.is_nil(lines[5]:find "%.new")
    assert.equal("true", lines[6])
    assert.matches("No space left", lines[7])
    assert.equal("20000 bytes", lines[9])
    assert.equal("true", lines[10])
    assert.equal("true", lines[11])
    assert.equal("20000 bytes", lines[12])
    assert.equal("1", lines[13])
    assert.is_nil(lines[14]:find "%.new")
  end)

  it("fails when a file may not become so large, with nothing half-written", function()
    store:put("a", "1")
    local lines = once("sh -c \"trap '' XFSZ; ulimit -f 8; exec %s\"", path,
      "put a @100000", "get a", "files", "put a 2", "get a")
    assert.matches("^store: cannot write .*/a.record: File too large", lines[1])
    assert.equal("1", lines[2])
    assert.is_nil(lines[3]:find "%.new")
    assert.equal("true", lines[4])
    assert.equal("2", lines[5])
  end)

  -- --- the order of things
  -- --------------------------------------------------------------

  it("writes, syncs, renames, syncs the folder, and only then says so", function()
    if select(2, process.output("strace -o /dev/null true 2>/dev/null")) ~= 0 then
      pending "strace is not installed or may not attach"
      return
    end
    local log = folder .. "/strace"
    once("strace -f -o " .. log .. " -e trace=mkdir,openat,write,fsync,rename,unlink",
      folder .. "/fresh", "put a secretly", "delete a")
    local steps, opened = {}, {}
    for line in calls.read(log):gmatch("[^\n]+") do
      local call, rest = line:match("^%d+ +(%w+)%((.*)$")
      local file = rest and rest:match("\"([^\"]*)\"") or ""
      local short = file:match("fresh/?([^/]*)$") or file == folder and "parent"
      local fd = rest and rest:match("^(%d+)")
      if call == "openat" then
        opened[rest:match("= (%d+)$") or "?"] = short
      elseif call == "write" and fd == "1" then
        steps[#steps + 1] = "says " .. file:gsub("\\n", "")
      elseif call and opened[fd] then
        steps[#steps + 1] = call .. " " .. opened[fd]
      elseif call and call ~= "openat" and short then
        steps[#steps + 1] = call .. " " .. short
      end
    end
    local text = table.concat(steps, "\n"):gsub("%d+%-%d+", "N")
    assert.equal(table.concat({
      "mkdir ", "fsync parent",
      "write a.record.N.new", "fsync a.record.N.new", "rename a.record.N.new", "fsync ",
      "says true",
      "unlink a.record", "fsync ",
      "says true",
    }, "\n"), text)
  end)
end)
