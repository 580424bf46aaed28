-- Archives that are broken or hostile: each is refused by name, and changes nothing.
local archives = require "spec.support.archives"
local http = require "spec.support.sandbox_http"
local pictures = require "spec.support.pictures"
local support = require "spec.support.sandbox"
local zip = require "spec.support.zip"

local jpeg = pictures.jpeg
local json, medium = archives.json, archives.medium

local posts_file = "your_instagram_activity/content/posts_1.json"
local person_file = "personal_information/personal_information/"
  .. "personal_information.json"

local folder

before_each(function() folder = pictures.folder() end)
after_each(function() pictures.remove(folder) end)

local function make(form, files, name)
  return archives.write(form, folder, files, name)
end

local function import(sandbox, path, more)
  local args = { path = path }
  for name, value in pairs(more or {}) do args[name] = value end
  return sandbox:control("import_archive", args)
end

for _, form in ipairs(archives.forms) do
  describe("an archive, " .. form .. ",", function()
    local sandbox -- one for all: nothing changes

    setup(function() sandbox = support.start { data = "empty" } end)
    teardown(function() sandbox:stop() end)

    -- What is changed in a good archive, and what is said of it.
    local broken = {
      ["no JSON in the list"] = { posts_file, '[{"media":', "posts_1.json: no JSON" },
      ["an empty list file"] = { posts_file, "", "posts_1.json: no JSON" },
      ["a list that is none"] = { posts_file, '"posts"', "posts_1.json: a list" },
      ["a list of words"] = { posts_file, '["a","b"]', "posts_1.json: a list" },
      ["a null"] = { posts_file, "null", "posts_1.json: no JSON: null" },
      ["JSON too deep"] = { posts_file, ("["):rep(100000), "posts_1.json: no JSON" },
      ["HTML called JSON"] = { posts_file, "<html>", "posts_1.json: no JSON" },
      ["no JSON of the person"] = { person_file, "{", "personal_information.json: no" },
      ["a person who is nobody"] = { person_file, '{"profile_user":[]}',
        "personal_information.json: it has no profile_user" },
      ["a username that is none"] = { person_file, archives.person {
        Username = "../../x", ["Private Account"] = "False" }, "is no username" },
      ["a file outside"] = { posts_file, json { { media = {
        medium("media/../../../etc/passwd", 1700000000) } } }, "points outside" },
      ["a file of the machine"] = { posts_file, json { { media = {
        medium("/etc/passwd", 1700000000) } } }, "points outside" },
      ["only files that are not there"] = { posts_file, json { { media = {
        medium("media/x.jpg", 1700000000) } } }, "not one of its 1 posts" },
    }
    for name, case in pairs(broken) do
      it("with " .. name .. " changes nothing", function()
        local files = archives.of_2024()
        for each in pairs(files) do
          if each:find("reels") or each:find("igtv") then files[each] = nil end
        end
        files[case[1]] = case[2]
        local report, message = import(sandbox, make(form, files))
        assert.is_nil(report)
        assert.is_number(message:find(case[3], 1, true), message)
        assert.same({}, sandbox:control("users").users)
        assert.equal("", pictures.output("ls -d " .. folder .. "/*.media 2>/dev/null"))
      end)
    end

    it("of another kind is refused", function()
      for i, case in ipairs {
        { { ["your_instagram_activity/content/posts_1.html"] = "<html>" }, "as HTML" },
        { { ["x/start_here.html"] = "<html>" }, "as HTML" },
        { { ["holiday/1.jpg"] = jpeg("1") }, "no archive of Instagram's" },
      } do
        local report, message = import(sandbox, make(form, case[1], "other" .. i))
        assert.is_nil(report)
        assert.is_number(message:find(case[2], 1, true), message)
      end
    end)
  end)
end

describe("a zip", function()
  local sandbox, place

  before_each(function()
    place = pictures.folder()
    sandbox = support.start { data = "empty", db = place .. "/state.db" }
  end)
  after_each(function()
    sandbox:stop()
    pictures.remove(place)
  end)

  local function entries(...)
    local list = {}
    for name, data in pairs(archives.of_2021()) do
      list[#list + 1] = { name = name, data = data }
    end
    table.sort(list, function(a, b) return a.name < b.name end)
    for _, entry in ipairs { ... } do list[#list + 1] = entry end
    return list
  end

  local function change(name, changes)
    local list = entries()
    for _, entry in ipairs(list) do
      if entry.name == name then
        for key, value in pairs(changes) do entry[key] = value end
      end
    end
    return list
  end

  local good = zip.pack(entries())
  local hostile = {
    ["a name above it"] = { zip.pack(entries { name = "../x", data = "" }), "outside" },
    ["a name deep above it"] = { zip.pack(entries { name = "a/../../x", data = "" }),
      "outside" },
    ["a name of the machine"] = { zip.pack(entries { name = "/etc/x", data = "" }),
      "outside" },
    ["a name of Windows"] = { zip.pack(entries { name = "..\\x", data = "" }),
      "outside" },
    ["a drive"] = { zip.pack(entries { name = "C:/x", data = "" }), "outside" },
    ["a link"] = { zip.pack(entries { name = "media/posts/link.jpg",
      data = "/etc/passwd", mode = 40960 + 511 }), "'media/posts/link.jpg' is a link" },
    ["a device"] = { zip.pack(entries { name = "null", data = "", mode = 8192 }),
      "is a link or a device" },
    ["an encrypted list"] = { zip.pack(change("content/posts_1.json", { flags = 1 })),
      "posts_1.json' is encrypted" },
    ["an encrypted picture"] = { zip.pack(change("media/posts/2.jpg", { flags = 1 })),
      "2.jpg' is encrypted" },
    ["a picture of a gigabyte"] = { zip.pack(change("media/posts/1.jpg",
      { size = 2 ^ 30 })), "1.jpg' would be absurdly large" },
    ["a list of four gigabytes"] = { zip.pack(change("content/posts_1.json",
      { size = 2 ^ 32 - 2 })), "posts_1.json: too large" },
    ["a picture of another size"] = { zip.pack(change("media/posts/1.jpg",
      { size = 100, deflate = true })), "1.jpg'" },
    ["a wrong checksum"] = { zip.pack(change("media/posts/1.jpg", { crc = 1 })),
      "1.jpg': CRC error" },
    ["a wrong checksum of a list"] = { zip.pack(change("content/posts_1.json",
      { crc = 1 })), "posts_1.json: CRC error" },
    ["nothing in it"] = { zip.pack {}, "no archive of Instagram's" },
    ["no zip at all"] = { "just text", "no whole zip file" },
    ["no bytes"] = { "", "" },
    ["its end missing"] = { good:sub(1, -100), "no whole zip file" },
    ["its beginning missing"] = { good:sub(200), "" },
  }
  for name, case in pairs(hostile) do
    it("with " .. name .. " changes nothing", function()
      local path = make("a zip", case[1])
      local report, message = import(sandbox, path)
      assert.is_nil(report)
      assert.is_number(message:find(case[2], 1, true), message)
      assert.same({}, sandbox:control("users").users)
      assert.equal("", pictures.output("ls -d " .. place .. "/*.media 2>/dev/null"))
    end)
  end

  it("that is damaged anywhere never hurts", function()
    local path = folder .. "/broken.zip"
    local random = 1
    for _ = 1, 150 do
      local bytes = good
      for _ = 1, 3 do
        random = random * 16807 % 2147483647
        local at = random % #bytes + 1
        bytes = bytes:sub(1, at - 1) .. string.char(random % 251) .. bytes:sub(at + 1)
      end
      if random % 3 == 0 then bytes = bytes:sub(1, random % #bytes) end
      pictures.write(path, bytes)
      local report, message = import(sandbox, path, { username = "u" .. random })
      assert.is_true(report ~= nil or type(message) == "string")
    end
    assert.equal(200, http.get(sandbox, "/_sandbox/status").status)
  end)
end)

describe("a folder", function()
  it("with a link that leads out of it is refused", function()
    local sandbox = support.start { data = "empty" }
    local path = make("a folder", archives.of_2021())
    pictures.write(folder .. "/secret.jpg", jpeg("secret"))
    local link = path .. "/media/posts/1.jpg"
    pictures.output("ln -sf " .. folder .. "/secret.jpg " .. link)
    assert.matches("1.jpg' is a link that leads out", select(2, import(sandbox, path)))
    assert.same({}, sandbox:control("users").users)
    pictures.output("ln -sf 2.jpg " .. link) -- inside it may
    assert.equal(3, assert(import(sandbox, path)).posts)
    sandbox:stop()
  end)
end)
