-- What the sandbox's rules are given of the disk, in C: parts of files, folders of
-- their own that go away again, zip archives. Each test runs Lua in the host's state.
local host = require "instagram.sandbox.host"
local pictures = require "spec.support.pictures"
local zip = require "spec.support.zip"

local folder, server

-- Its main module runs Lua, given `native` and `F`, the test's folder.
local MAIN = [[
  local M, native = {}, require "instagram.sandbox.native"
  function M.handle() return {} end
  function M.control(code)
    return tostring(assert((loadstring or load)("local native, F = ...\n" .. code))(
      native, %q))
  end
  return M
]]

before_each(function()
  folder = pictures.folder()
  pictures.write(folder .. "/disk_main.lua", MAIN:format(folder))
  server = assert(host.start { main = "main", quiet = true, options = "{}",
    lua_path = folder .. "/disk_?.lua" })
end)
after_each(function()
  server:stop()
  pictures.remove(folder)
end)

local function run(code) return server:call(code) end

local function list(path) return (pictures.output("ls -A " .. path):gsub("\n", " ")) end

describe("native", function()
  it("tells what is where", function()
    pictures.output("cd " .. folder .. "; mkdir d; mkfifo p; ln -s d l; ln -s x gone")
    assert.equal("file folder other folder nil", run [[
      local out = {}
      for i, name in ipairs { "disk_main.lua", "d", "p", "l", "gone" } do
        out[i] = tostring((native.kind(F .. "/" .. name)))
      end
      return table.concat(out, " ")]])
    assert.matches("gone: No such file", run [[
      return (select(2, native.kind(F .. "/gone")))]])
  end)

  it("tells a file's time and real path", function()
    pictures.write(folder .. "/f", "x", 1234567890)
    pictures.output("ln -s f " .. folder .. "/l")
    assert.equal("1234567890", run [[return (native.file_time(F .. "/f"))]])
    assert.equal("true", run [[
      return native.real_path(F .. "/./l") == native.real_path(F .. "/f")]])
    assert.matches("No such file", run [[return (select(2, native.file_time("/no")))]])
    assert.matches("No such file", run [[return (select(2, native.real_path("/no")))]])
    assert.matches("Invalid", run [[
      return (select(2, native.real_path(F .. "/f\0x")))]])
  end)

  it("reads parts of files", function()
    pictures.write(folder .. "/f", "0123456789")
    assert.equal("012|789||", run [[
      local path = F .. "/f"
      return native.read_part(path, 0, 3) .. "|" .. native.read_part(path, 7, 100)
        .. "|" .. native.read_part(path, 10, 1) .. "|"
        .. native.read_part(path, 2 ^ 40, 5)]])
    assert.matches("Is a directory", run [[
      return (select(2, native.read_part(F, 0, 1)))]])
    for _, arguments in ipairs { "-1, 1", "0, -1", "2 ^ 60, 1", "0, 2 ^ 30" } do
      assert.matches("bad argument", run(([[
        return (select(2, pcall(native.read_part, F, %s)))]]):format(arguments)))
    end
    pictures.output("mkfifo " .. folder .. "/p") -- nobody writes: nothing waits
    assert.equal("", run [[return (native.read_part(F .. "/p", 0, 1)) or ""]])
  end)
end)

describe("a folder of the sandbox's", function()
  it("goes with its object, and everything in it", function()
    assert.equal("true", run [[
      own = native.folder()
      io.open(own:path() .. "/a", "w"):close()
      return own:path():find("/instagram%-sandbox%-......$") ~= nil]])
    local path = run "return own:path()"
    assert.equal("a ", list(path))
    assert.equal("drwx------", pictures.output("stat -c %A " .. path):sub(1, 10))
    run "own = nil collectgarbage() collectgarbage()"
    assert.equal("", list(path .. " 2>/dev/null"))
  end)

  it("goes when the sandbox stops", function()
    local path = run "own = native.folder() return own:path()"
    assert.equal("folder", run "return (native.kind(own:path()))")
    server:stop()
    assert.equal("", list("-d " .. path .. " 2>/dev/null"))
  end)

  it("stays when it is kept, and is emptied when it is made again", function()
    run [[
      local own = native.folder(F .. "/own")
      io.open(F .. "/own/a", "w"):close()
      own:keep()
      own:close()]]
    assert.equal("a ", list(folder .. "/own"))
    run [[native.folder(F .. "/own"):keep()]]
    assert.equal("", list(folder .. "/own"))
  end)

  it("is refused where none can be", function()
    pictures.output("ln -s . " .. folder .. "/link")
    for path, problem in pairs { ["/nowhere/x"] = "No such file",
      ["/disk_main.lua"] = "Not a directory", ["/link"] = "Not a directory",
      ["/" .. ("x"):rep(5000)] = "too long" } do
      assert.matches(problem, run(([[
        return (select(2, native.folder(F .. %q)))]]):format(path)))
    end
    assert.matches("main", list(folder)) -- nothing was emptied by way of the link
  end)
end)

describe("a zip of the sandbox's", function()
  local path

  before_each(function()
    path = folder .. "/a.zip"
    pictures.write(path, zip.pack {
      { name = "d/", data = "" }, { name = "d/a", data = "content", deflate = true },
      { name = "b", data = ("x"):rep(200000), deflate = true },
      { name = "bad", data = "content", crc = 7 },
      { name = "link", data = "/etc/passwd", mode = 40960 + 511 },
    })
  end)

  it("tells what is in it", function()
    assert.equal("5 d/:folder:0 d/a:file:7 b:file:200000 bad:file:7 link:link:11 nil",
      run [[
        local zip = assert(native.zip(F .. "/a.zip"))
        local out = { ("%d"):format(zip:count()) }
        for i = 1, zip:count() do
          local entry = zip:entry(i)
          out[i + 1] = ("%s:%s:%d"):format(entry.name, entry.kind, entry.size)
        end
        return table.concat(out, " ") .. " " .. tostring((zip:entry(6)))]])
  end)

  it("is read and unpacked", function()
    assert.equal("content 200000 true", run [[
      local zip = assert(native.zip(F .. "/a.zip"))
      assert(zip:extract(3, F .. "/out", true))
      return zip:read(2, 100) .. " " .. #native.read(F .. "/out") .. " "
        .. tostring(native.read(F .. "/out") == zip:read(3, 2 ^ 20))]])
  end)

  it("says what it cannot do, and leaves nothing", function()
    local cases = {
      ["zip:read(4, 100)"] = "CRC error", ["zip:read(3, 100)"] = "too large",
      ["zip:read(9, 100)"] = "Invalid argument",
      ["zip:extract(4, F .. '/out')"] = "CRC error",
      ["zip:extract(9, F .. '/out')"] = "Invalid argument",
      ["zip:extract(2, F .. '/a.zip')"] = "File exists",
      ["zip:extract(2, F .. '/no/out')"] = "No such file",
      ["native.zip(F .. '/no')"] = "No such file", ["native.zip(F)"] = "",
      ["native.zip(F .. '/disk_main.lua')"] = "Not a zip archive",
    }
    for call, problem in pairs(cases) do
      local said = run(("local zip = native.zip(F .. '/a.zip') "
        .. "return (select(2, %s))"):format(call))
      assert.is_number(said:find(problem, 1, true), call .. ": " .. said)
    end
    assert.equal("a.zip disk_main.lua ", list(folder))
  end)

  it("is closed once, and then no more", function()
    assert.matches("zip is closed", run [[
      local zip = native.zip(F .. "/a.zip")
      zip:close()
      zip:close()
      return (select(2, pcall(zip.count, zip)))]])
    for _, method in ipairs { "count", "entry", "read", "extract" } do
      assert.matches("bad argument", run(([[
        local zip = native.zip(F .. "/a.zip")
        return (select(2, pcall(zip.%s, io.stdout, 1, 1)))]]):format(method)))
    end
  end)

  it("does not fill a full disk", function()
    -- a small file system would need root: a limit on sizes says no as well
    local script = folder .. "/full.lua"
    pictures.write(script, ([[
      local sandbox = assert(require("instagram.sandbox").start { data = "empty" })
      print(select(2, sandbox:control("import_archive", { path = %q, username = "u" })))
      print(#sandbox:control("users").users)
      sandbox:stop()]]):format(folder .. "/big.zip"))
    pictures.write(folder .. "/big.zip", zip.of {
      ["posts_1.json"] = '[{"media":[{"uri":"a.jpg","creation_timestamp":1e9}]}]',
      ["a.jpg"] = pictures.jpeg(("x"):rep(400000)) })
    local lua = os.getenv("LUA_BIN") or os.getenv("IG_LUA") or "lua5.4"
    local out = pictures.output(([[
      mkdir %s/tmp; trap '' XFSZ; ulimit -f 200
      TMPDIR=%s/tmp LUA_PATH='%s' LUA_CPATH='%s' %s %s
      ls -A %s/tmp]]):format(folder, folder, package.path, package.cpath, lua, script,
      folder))
    assert.matches("'a.jpg': .*File too large", out)
    assert.matches("\n0\n$", out)
  end)
end)
