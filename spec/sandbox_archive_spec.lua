-- Instagram's own archives as accounts: every layout, as a folder and as a zip, read
-- back through the API with our own client; and archives that are broken or hostile.
local archives = require "spec.support.archives"
local http = require "spec.support.sandbox_http"
local pictures = require "spec.support.pictures"
local support = require "spec.support.sandbox"
local words = require "instagram.sandbox.words"
local zip = require "spec.support.zip"

local jpeg, mp4 = pictures.jpeg, pictures.mp4
local json, medium = archives.json, archives.medium

local posts_file = "your_instagram_activity/content/posts_1.json"
local person_file = "personal_information/personal_information/"
  .. "personal_information.json"

local folder

before_each(function() folder = pictures.folder() end)
after_each(function() pictures.remove(folder) end)

-- The archive on disk; its path.
local forms = {
  ["a folder"] = function(files, name)
    pictures.fill(folder .. "/" .. (name or "archive"), files)
    return folder .. "/" .. (name or "archive")
  end,
  ["a zip"] = function(files, name)
    local path = folder .. "/" .. (name or "archive") .. ".zip"
    pictures.write(path, type(files) == "string" and files or zip.of(files))
    return path
  end,
}

local function import(sandbox, path, more)
  local args = { path = path }
  for name, value in pairs(more or {}) do args[name] = value end
  return sandbox:control("import_archive", args)
end

local function client_of(sandbox, username)
  sandbox:control("update_user", { username = username, private = false })
  return support.client(sandbox, {}, username)
end

-- Caption, kind, time, bytes of all media; children as such lists.
local function shown(client, media)
  if media.children then
    local list = { media.caption or false, "ALBUM", media.time }
    for i, child in ipairs(media.children) do
      list[3 + i] = client:fetch(child.media_url)
    end
    return list
  end
  return { media.caption or false, media.media_product_type == "REELS" and "REEL"
    or media.media_type, media.time, (client:fetch(media.media_url)) }
end

local function feed(client)
  local list = {}
  for media in client:media {} do list[#list + 1] = shown(client, media) end
  return list
end

for form, make in pairs(forms) do
  describe("an archive, " .. form .. ",", function()
    local sandbox

    before_each(function() sandbox = support.start { data = "empty" } end)
    after_each(function() sandbox:stop() end)

    it("of 2024 becomes an account", function()
      local report = assert(import(sandbox, make(archives.of_2024())))
      assert.same({ username = "anna.b", posts = 4, images = 3, videos = 3, albums = 1,
        newest = 1715000000, skipped = { { file = "your_instagram_activity/content/"
          .. "stories.json", why = "stories are no posts" } } }, report)
      local client = client_of(sandbox, "anna.b")
      local me = client:me()
      assert.same({ "anna.b", "Änna 🌊", "Zeile 1\nZeile 2", "https://example.com" },
        { me.username, me.name, me.biography, me.website })
      assert.equal(jpeg("me"), (client:fetch(me.profile_picture_url)))
      assert.same({ { "Ein Café 🇨🇴", "IMAGE", 1715000000, jpeg("a") },
        { "Rolle", "REEL", 1712000000, mp4("reel") },
        { "Zu zweit 🚕", "ALBUM", 1710000001, jpeg("b"), mp4("video"),
          "RIFF\4\0\0\0WEBPVP8 " },
        { false, "VIDEO", 1580000000, mp4("igtv") } }, feed(client))
    end)

    it("of 2026 becomes an account, whatever its language", function()
      local report = assert(import(sandbox, make(archives.of_2026())))
      assert.same({ "deniz.k", 2, {} }, { report.username, report.posts,
        report.skipped })
      assert.is_true(sandbox:control("users").users[1].private)
      local client = client_of(sandbox, "deniz.k")
      assert.equal("Deniz", client:me().name)
      assert.equal(jpeg("1"), (client:fetch(client:me().profile_picture_url)))
      assert.same({ { "üç", "IMAGE", 1778000003, jpeg("3") },
        { "iki", "IMAGE", 1778000002, jpeg("2") } }, feed(client))
    end)

    it("of 2021 becomes an account", function()
      local report = assert(import(sandbox, make(archives.of_2021())))
      assert.same({ "old_anna", 3, {} }, { report.username, report.posts,
        report.skipped })
      assert.is_true(sandbox:control("users").users[1].private)
      local client = client_of(sandbox, "old_anna")
      assert.equal(jpeg("p"), (client:fetch(client:me().profile_picture_url)))
      assert.same({ { "eins", "IMAGE", 1610000002, jpeg("1") },
        { "zwei", "IMAGE", 1610000001, jpeg("2") },
        { "drei", "IMAGE", 1610000000, jpeg("3") } }, feed(client))
    end)

    it("of 2018 becomes an account", function()
      local report = assert(import(sandbox, make(archives.of_2018())))
      assert.same({ "anna18", 3, { { file = "media.json: stories",
        why = "stories are no posts" } } }, { report.username, report.posts,
        report.skipped })
      local client = client_of(sandbox, "anna18")
      assert.equal("früher", client:me().biography)
      assert.equal(jpeg("now"), (client:fetch(client:me().profile_picture_url)))
      assert.same({ { "allein", "IMAGE", 1546243513, jpeg("1") },
        { "zu dritt", "ALBUM", 1543564800, jpeg("2"), jpeg("3"), mp4("4") },
        { false, "VIDEO", 1538352000, mp4("5") } }, feed(client))
    end)

    it("is told what it lacks, and keeps the rest", function()
      local files = archives.of_2024()
      files["media/posts/202403/b.jpg"] = nil
      files["media/posts/202403/c.webp"] = "not a picture"
      files["media/igtv/202001/i.mp4"] = nil
      files["media/profile/202205/me.jpg"] = nil
      local report = assert(import(sandbox, make(files)))
      local why = {}
      for _, each in ipairs(report.skipped) do why[each.file] = each.why end
      why["your_instagram_activity/content/stories.json"] = nil
      assert.same({ ["media/posts/202403/b.jpg"] = "not in the archive",
        ["media/posts/202403/c.webp"] = "neither a picture nor a video",
        ["media/igtv/202001/i.mp4"] = "not in the archive",
        ["media/profile/202205/me.jpg"] = "not in the archive" }, why)
      local list = feed(client_of(sandbox, "anna.b"))
      assert.same({ 3, "VIDEO" }, { #list, list[3][2] }) -- what is left of the album
    end)

    it("may have dates of other kinds", function()
      local when = { 1700000000000, "1700000000", "2023-11-14T22:13:20+0000", 0,
        "soon" }
      local posts, files = {}, {}
      for i, date in ipairs(when) do
        posts[i] = { media = { medium(i .. ".jpg", nil, "no " .. i) },
          creation_timestamp = date }
        files[i .. ".jpg"] = jpeg(i)
      end
      files["content/posts_1.json"] = json(posts)
      local report = assert(import(sandbox, make(files), { username = "dates" }))
      assert.equal(3, report.posts)
      assert.same({ { file = "4.jpg", why = "the post has no date" },
        { file = "5.jpg", why = "the post has no date" } }, report.skipped)
      for media in client_of(sandbox, "dates"):media {} do
        assert.equal(1700000000, media.time)
      end
    end)

    it("may have albums of twenty", function()
      local files, media = {}, {}
      for i = 1, 21 do
        media[i] = medium(i .. ".jpg", 1700000000)
        files[i .. ".jpg"] = jpeg(i)
      end
      files["posts_1.json"] = json { { media = media, title = "many" } }
      local report = assert(import(sandbox, make(files), { username = "many" }))
      assert.equal("21.jpg", report.skipped[1].file)
      assert.equal(20, #client_of(sandbox, "many"):media {}:next().children)
    end)

    it("tells its username by its own name, or is told", function()
      local files = archives.of_2026()
      local top = "instagram-deniz.k-2026-08-11-AbCdEfGh/"
      files[top .. person_file] = archives.person { ["사용자 이름"] = "deniz.k",
        ["비공개 계정"] = "True" }
      assert.equal("deniz.k", assert(import(sandbox, make(files))).username)
      assert.is_true(sandbox:control("users").users[1].private)
      local plain = archives.of_2021()
      plain["account_information/personal_information.json"] = nil
      local path = make(plain, "plain")
      assert.matches("does not say whose it is", select(2, import(sandbox, path)))
      assert.equal("me", assert(import(sandbox, path, { username = "me",
        account_type = "PERSONAL" })).username)
      assert.equal("anna_b", assert(import(sandbox, make(plain,
        "anna_b_20190102_part_1"))).username)
    end)

    it("holds a person without posts", function()
      local report = assert(import(sandbox, make { ["personal_information/"
        .. "personal_information.json"] = archives.person { Username = "mute" } }))
      assert.same({ "mute", 0 }, { report.username, report.posts })
      assert.matches("taken for public", report.skipped[1].why)
    end)

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
        local report, message = import(sandbox, make(files))
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
        local report, message = import(sandbox, make(case[1], "other" .. i))
        assert.is_nil(report)
        assert.is_number(message:find(case[2], 1, true), message)
      end
    end)

    it("is refused when the account is there", function()
      local path = make(archives.of_2024())
      assert(import(sandbox, path))
      local before = feed(client_of(sandbox, "anna.b"))
      assert.matches("'anna.b' exists", select(2, import(sandbox, path)))
      assert.same(before, feed(client_of(sandbox, "anna.b")))
    end)
  end)
end

describe("a zip", function()
  local sandbox

  before_each(function() sandbox = support.start { data = "empty",
    db = folder .. "/state.db" } end)
  after_each(function() sandbox:stop() end)

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
      local path = forms["a zip"](case[1])
      local report, message = import(sandbox, path)
      assert.is_nil(report)
      assert.is_number(message:find(case[2], 1, true), message)
      assert.same({}, sandbox:control("users").users)
      assert.equal("archive.zip\nstate.db\n", pictures.output("ls " .. folder
        .. " | grep -v -e -wal -e -shm"))
    end)
  end

  it("that is damaged anywhere never hurts", function()
    local path = folder .. "/broken.zip"
    local random = 1
    for _ = 1, 300 do
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

  it("is unpacked beside the state, and only what is shown", function()
    local path = forms["a zip"](archives.of_2024())
    assert(import(sandbox, path))
    local list = pictures.output("ls " .. folder .. "/state.db.anna.b.media")
    assert.equal(7, select(2, list:gsub("\n", ""))) -- six media, one portrait
    local before = feed(client_of(sandbox, "anna.b"))
    sandbox:stop()
    os.remove(path)
    sandbox = support.start { data = "empty", db = folder .. "/state.db" }
    assert.same(before, feed(client_of(sandbox, "anna.b")))
  end)

  it("is unpacked again where an import was killed", function()
    pictures.write(folder .. "/state.db.anna.b.media/000001.jpg", "half")
    assert(import(sandbox, forms["a zip"](archives.of_2024())))
    assert.equal(jpeg("a"), feed(client_of(sandbox, "anna.b"))[1][4])
  end)

  -- Where temporary files go is the environment's to say: another process.
  it("leaves nothing behind when nothing is kept", function()
    local path = forms["a zip"](archives.of_2024())
    pictures.write(folder .. "/run.lua", ([[
      local sandbox = assert(require("instagram.sandbox").start { data = "empty",
        export = %q })
      os.execute "ls $TMPDIR/instagram-sandbox-*/ | wc -l"
      sandbox:stop()
      os.execute "ls $TMPDIR | wc -l"
    ]]):format(path))
    pictures.output("mkdir " .. folder .. "/tmp")
    local command = "TMPDIR=%s/tmp LUA_PATH='%s' LUA_CPATH='%s' %s %s/run.lua"
    local out = pictures.output(command:format(folder, package.path, package.cpath,
      os.getenv("LUA_BIN") or os.getenv("IG_LUA") or "lua5.4", folder))
    assert.equal("7 0", (out:gsub("%s+", " "):gsub(" $", "")))
  end)
end)

describe("a folder of zips", function()
  local parts = {}

  before_each(function()
    parts = { {}, {}, {} }
    for name, bytes in pairs(archives.of_2024()) do
      local at = name:find("%.json$") and 1 or name:find("reels") and 2 or 3
      parts[at][name] = bytes
    end
    for i, files in ipairs(parts) do
      pictures.write(("%s/all/instagram-anna.b-2024-05-20-%d.zip"):format(folder, i),
        zip.of(files))
    end
  end)

  it("is one archive", function()
    local sandbox = support.start { data = "empty" }
    local report = assert(import(sandbox, folder .. "/all"))
    assert.same({ "anna.b", 4, 3, 3 }, { report.username, report.posts, report.images,
      report.videos })
    assert.same({ "Rolle", "REEL", 1712000000, mp4("reel") },
      feed(client_of(sandbox, "anna.b"))[2])
    sandbox:stop()
  end)

  it("tells whose it is by the names of its parts", function()
    parts[1][person_file] = nil
    pictures.write(folder .. "/all/instagram-anna.b-2024-05-20-1.zip", zip.of(parts[1]))
    local sandbox = support.start { data = "empty" }
    assert.equal("anna.b", assert(import(sandbox, folder .. "/all")).username)
    sandbox:stop()
  end)

  it("is refused by the name of the part that is damaged", function()
    pictures.write(folder .. "/all/x.zip", "damaged")
    local sandbox = support.start { data = "empty" }
    assert.matches("all/x.zip' is no whole zip", select(2, import(sandbox,
      folder .. "/all")))
    assert.same({}, sandbox:control("users").users)
    sandbox:stop()
  end)
end)

describe("a folder", function()
  it("with a link that leads out of it is refused", function()
    local sandbox = support.start { data = "empty" }
    local path = forms["a folder"](archives.of_2021())
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

describe("the start option export", function()
  it("brings an archive in once", function()
    local options = { data = "empty", db = folder .. "/state.db",
      export = forms["a zip"](archives.of_2024()) }
    for start = 1, 2 do
      local sandbox = support.start(options)
      assert.equal(start == 1 and 1 or 0, #sandbox:control("imports").imports)
      assert.equal(4, #feed(client_of(sandbox, "anna.b")))
      sandbox:stop()
    end
  end)

  it("refuses to start with what is none", function()
    local sandbox, message = require("instagram.sandbox").start { export = folder }
    assert.is_nil(sandbox)
    assert.matches("no archive of Instagram's", message)
  end)
end)

describe("text of an archive", function()
  it("is repaired where it was mangled, and nowhere else", function()
    for _, whole in ipairs { "plain", "Café", "Grüße 🇨🇴", "مرحبا", "line\nline", "",
      "¼ ÿ À", "\240\157\132\158" } do
      assert.equal(whole, words.repair(archives.mangle(whole)))
      assert.equal(whole, words.repair(whole))
    end
    for _, kept in ipairs { "naïve café", "Ã", "Ã© and 🌊", "â\194\128", "50 °C",
      archives.mangle("Café") .. " é" } do
      assert.equal(kept, words.repair(kept))
    end
  end)

  it("that is not UTF-8 is read as Latin-1", function()
    assert.equal("Café", words.clean("Caf\233"))
    for _, bytes in ipairs { "\192\128", "\237\160\128", "\244\144\128\128", "\255",
      "\226\130", "\128" } do
      assert.is_false(words.is_utf8(bytes))
      assert.is_true(words.is_utf8(words.clean(bytes)))
    end
  end)
end)
