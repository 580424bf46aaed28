-- Instagram's own archives as accounts: every layout, as a folder and as a zip, read
-- back through the API with our own client.
local archives = require "spec.support.archives"
local pictures = require "spec.support.pictures"
local support = require "spec.support.sandbox"
local words = require "instagram.sandbox.words"
local zip = require "spec.support.zip"

local jpeg, mp4 = pictures.jpeg, pictures.mp4
local json, medium = archives.json, archives.medium

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

for _, form in ipairs(archives.forms) do
  describe("an archive, " .. form .. ",", function()
    local sandbox

    before_each(function() sandbox = support.start { data = "empty" } end)
    after_each(function() sandbox:stop() end)

    it("of 2024 becomes an account", function()
      local report = assert(import(sandbox, make(form, archives.of_2024())))
      assert.same({ username = "anna.b", posts = 4, images = 3, videos = 3, albums = 1,
        later = 3, warning = "3 of 4 posts of @anna.b later than the sandbox's clock "
          .. "(2023-11-01): start with now (--now) 2024-05-07 or later, or set_clock",
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
      local report = assert(import(sandbox, make(form, archives.of_2026())))
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
      local report = assert(import(sandbox, make(form, archives.of_2021())))
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
      local report = assert(import(sandbox, make(form, archives.of_2018())))
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
      local report = assert(import(sandbox, make(form, files)))
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

    it("keeps no file that breaks off", function()
      local files = archives.of_2024()
      for name, bytes in pairs(files) do
        if name:find "%.jpg$" then files[name] = bytes:sub(1, -3) end
      end
      local report = assert(import(sandbox, make(form, files)))
      local count = 0
      for _, each in ipairs(report.skipped) do
        if each.file:find "%.jpg$" then
          assert.equal("cut off: the end of the file is missing", each.why)
          count = count + 1
        end
      end
      assert.is_true(count >= 2)
      assert.same({ 1, 3 }, { report.images, report.videos }) -- a webp; the films
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
      local report = assert(import(sandbox, make(form, files), { username = "dates" }))
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
      local report = assert(import(sandbox, make(form, files), { username = "many" }))
      assert.equal("21.jpg", report.skipped[1].file)
      assert.equal(20, #client_of(sandbox, "many"):media {}:next().children)
    end)

    it("tells its username by its own name, or is told", function()
      local files = archives.of_2026()
      local top = "instagram-deniz.k-2026-08-11-AbCdEfGh/"
      files[top .. person_file] = archives.person { ["사용자 이름"] = "deniz.k",
        ["비공개 계정"] = "True" }
      local report = assert(import(sandbox, make(form, files)))
      assert.equal("deniz.k", report.username)
      assert.matches("in a language not known here", report.skipped[1].why)
      assert.is_true(sandbox:control("users").users[1].private)
      local plain = archives.of_2021()
      plain["account_information/personal_information.json"] = nil
      local path = make(form, plain, "plain")
      assert.matches("does not say whose it is", select(2, import(sandbox, path)))
      assert.equal("me", assert(import(sandbox, path, { username = "me",
        account_type = "PERSONAL" })).username)
      assert.equal("anna_b", assert(import(sandbox, make(form, plain,
        "anna_b_20190102_part_1"))).username)
    end)

    it("holds a person without posts", function()
      local report = assert(import(sandbox, make(form, { ["personal_information/"
        .. "personal_information.json"] = archives.person { Username = "mute" } })))
      assert.same({ "mute", 0 }, { report.username, report.posts })
      assert.matches("taken for public", report.skipped[1].why)
    end)

    it("is refused when the account is there", function()
      local path = make(form, archives.of_2024())
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

  it("is unpacked beside the state, and only what is shown", function()
    local path = make("a zip", archives.of_2024())
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
    assert(import(sandbox, make("a zip", archives.of_2024())))
    assert.equal(jpeg("a"), feed(client_of(sandbox, "anna.b"))[1][4])
  end)

  -- Where temporary files go is the environment's to say: another process.
  it("leaves nothing behind when nothing is kept", function()
    if os.getenv "SANITIZER" == "tsan" then
      return pending "the shell it asks dies of ThreadSanitizer's library"
    end
    local path = make("a zip", archives.of_2024())
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

describe("the start option export", function()
  it("brings an archive in once", function()
    local options = { data = "empty", db = folder .. "/state.db",
      export = make("a zip", archives.of_2024()) }
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
