-- One's own pictures as an account: what becomes a post, its date and caption, what is
-- left out; read back through the API with our own client.
local http = require "spec.support.sandbox_http"
local picture = require "instagram.sandbox.picture"
local pictures = require "spec.support.pictures"
local support = require "spec.support.sandbox"

local ORIGINAL, DIGITIZED, OFFSET = 0x9003, 0x9004, 0x9011
local DESCRIPTION, MODIFIED = 0x010E, 0x0132
local TAKEN = 1626364800 -- 2021-07-15T16:00:00Z
local FILE_TIME = 1600000000

local jpeg, png, mp4, tiff = pictures.jpeg, pictures.png, pictures.mp4, pictures.tiff

describe("a folder of pictures", function()
  local sandbox, folder

  before_each(function()
    folder = pictures.folder()
    sandbox = support.start { data = "empty" }
  end)
  after_each(function()
    sandbox:stop()
    pictures.remove(folder)
  end)

  local function write(name, bytes, date)
    pictures.write(folder .. "/" .. name, bytes, date or FILE_TIME)
  end

  local function import(options)
    options = options or {}
    options.dir, options.username = options.dir or folder, options.username or "me"
    return sandbox:control("import_photos", options)
  end

  -- All media as our own client sees them.
  local function media_of(username)
    local client = support.client(sandbox, {}, username or "me")
    local list = {}
    for media in client:media {} do list[#list + 1] = media end
    return list, client
  end

  local function by_caption()
    local map = {}
    for _, media in ipairs(media_of()) do map[media.caption or ""] = media end
    return map
  end

  it("becomes posts, newest first, byte for byte", function()
    write("old one.jpg", jpeg("old"), 1500000000)
    write("new one.png", png("new"), 1600000002)
    write("a film.mp4", mp4("film"), 1600000001)
    local report = assert(import())
    assert.same({ username = "me", posts = 3, images = 2, videos = 1, albums = 0,
      later = 0, skipped = {}, newest = 1600000002 }, report)
    local list, client = media_of()
    local expected = { { "new one", "IMAGE", png("new"), "image/png" },
      { "a film", "VIDEO", mp4("film"), "video/mp4" },
      { "old one", "IMAGE", jpeg("old"), "image/jpeg" } }
    for i, media in ipairs(list) do
      local bytes, kind = client:fetch(media.media_url)
      assert.same(expected[i], { media.caption, media.media_type, bytes, kind })
    end
    assert.same({ 1600000002, 1600000001, 1500000000 },
      { list[1].time, list[2].time, list[3].time })
  end)

  it("belongs to a public account that both APIs serve", function()
    write("a b.png", png("p"), 10)
    write("c d.jpg", jpeg("portrait"), 20)
    assert(import())
    for _, flavour in ipairs { "basic_display", "instagram_login" } do
      local client = support.client(sandbox, { flavour = flavour }, "me")
      assert.equal("me", client:me().username)
    end
    local client = support.client(sandbox, {}, "me")
    assert.equal(jpeg("portrait"), (client:fetch(client:me().profile_picture_url)))
  end)

  it("is dated by what the camera wrote", function()
    local local_time = { { ORIGINAL, "2021:07:15 18:00:00" }, { OFFSET, "+02:00" } }
    write("big.jpg", jpeg("1", tiff({}, local_time)))
    write("little.jpg", jpeg("2", tiff({}, local_time, true)))
    write("chunk.png", png("3", tiff({}, local_time)))
    write("plain.jpg", jpeg("4", tiff({}, { { ORIGINAL, "2021:07:15 16:00:00" } })))
    write("second.jpg", jpeg("5", tiff({ { MODIFIED, "2022:01:01 00:00:00" } },
      { { DIGITIZED, "2021:07:15 16:00:00" } })))
    write("third.jpg", jpeg("6", tiff({ { MODIFIED, "2021:07:15 16:00:00" } }, {})))
    write("narrow.mp4", mp4("7", TAKEN))
    write("wide.mp4", mp4("8", TAKEN, true))
    assert(import())
    local count = 0
    for name, media in pairs(by_caption()) do
      assert.equal(TAKEN, media.time, name)
      count = count + 1
    end
    assert.equal(8, count)
  end)

  it("is dated by the file where the camera wrote nothing sensible", function()
    for name, date in pairs { empty = "0000:00:00 00:00:00", blank = "    ",
      month = "2021:13:01 00:00:00", hour = "2021:01:01 77:00:00", words = "yesterday",
      early = "1950:01:01 00:00:00" } do
      write(name .. ".jpg", jpeg(name, tiff({}, { { ORIGINAL, date } })))
    end
    write("none.jpg", jpeg("n"))
    local whole = tiff({}, { { ORIGINAL, "2021:07:15 16:00:00" } })
    write("cut.jpg", jpeg("c", whole:sub(1, 30)))
    write("clockless.mp4", mp4("m"))
    assert(import())
    local count = 0
    for name, media in pairs(by_caption()) do
      assert.equal(FILE_TIME, media.time, name)
      count = count + 1
    end
    assert.equal(9, count)
  end)

  it("has captions: beside it, in it, or its name", function()
    local said = tiff({ { DESCRIPTION, " From the camera \0" } }, {})
    write("IMG_1.jpg", jpeg("1", said))
    write("IMG_2.jpg", jpeg("2", said))
    write("IMG_2.txt", "\239\187\191Beside it, \"caf\195\169\"\n#two\n")
    write("IMG_3.jpg", jpeg("3"))
    write("IMG_3.jpg.txt", "Caf\233, Latin-1")
    write("boat_at_dawn.jpg", jpeg("4", tiff({ { DESCRIPTION, "SONY DSC" } }, {})))
    write("IMG_20210304_120000.jpg", jpeg("5"))
    local report = assert(import())
    assert.same({}, report.skipped)
    local map = by_caption()
    assert.is_table(map["From the camera"])
    assert.is_table(map["Beside it, \"caf\195\169\"\n#two"])
    assert.is_table(map["Caf\195\169, Latin-1"])
    assert.is_table(map["boat at dawn"])
    assert.is_table(map[""])
  end)

  it("has names of any kind", function()
    local names = { "it's \"quoted\"", "a $(touch x) ;&|", " blank at both ends ",
      "\195\188ber \240\159\140\138", "100% *?[x]", "new\nline", "-rf" }
    for _, name in ipairs(names) do write(name .. ".jpg", jpeg(name)) end
    assert.equal(#names, assert(import()).images)
    local list, client = media_of()
    local bodies = {}
    for _, media in ipairs(list) do bodies[client:fetch(media.media_url)] = true end
    for _, name in ipairs(names) do assert.is_true(bodies[jpeg(name)], name) end
  end)

  it("is looked at, not believed by its name", function()
    write("really a png.jpg", png("p"))
    write("no ending", jpeg("j"))
    assert(import())
    local list, client = media_of()
    for _, media in ipairs(list) do
      local bytes, kind = client:fetch(media.media_url)
      assert.equal(bytes == png("p") and "image/png" or "image/jpeg", kind)
    end
  end)

  it("has a stand-in still for a video", function()
    write("film.mp4", mp4("film"))
    assert(import())
    local list, client = media_of()
    local bytes, kind = client:fetch(list[1].thumbnail_url)
    assert.equal("image/jpeg", kind)
    assert.equal("\255\216\255", bytes:sub(1, 3))
  end)

  it("makes albums of its subfolders", function()
    for i = 1, 3 do write(("lake/%d.jpg"):format(i), jpeg("lake" .. i), 1000 + i) end
    write("lake/4.mp4", mp4("lake4"), 990)
    write("lake.txt", "By the lake")
    write("one/single.jpg", jpeg("one"), 500)
    for i = 1, 23 do
      write(("many/%02d.jpg"):format(i), jpeg("many" .. i), 2000 + i)
    end
    local report = assert(import())
    assert.same({ 5, 27, 1, 4 }, { report.posts, report.images, report.videos,
      report.albums })
    local list, client = media_of()
    assert.same({ "many (3/3)", "many (2/3)", "many (1/3)", "By the lake", "one" },
      { list[1].caption, list[2].caption, list[3].caption, list[4].caption,
        list[5].caption })
    assert.same({ 3, 10, 10, 4 }, { #list[1].children, #list[2].children,
      #list[3].children, #list[4].children })
    assert.equal("IMAGE", list[5].media_type)
    assert.equal(1003, list[4].time) -- its newest
    for i, child in ipairs(list[4].children) do
      local bytes = client:fetch(child.media_url)
      assert.equal((i < 4 and jpeg or mp4)("lake" .. i), bytes)
    end
  end)

  it("tells what it leaves out, and why", function()
    write("good.jpg", jpeg("g"))
    write("phone.heic", mp4("h", nil, false, "heic"))
    write("clip.mov", mp4("q", nil, false, "qt  "))
    write("notes.txt", "nobody's")
    write("fake.jpg", "not a picture")
    write("empty.jpg", "")
    write(".hidden.jpg", jpeg("hidden"))
    write("album/deeper/x.jpg", jpeg("x"))
    write("album/why.gif", "GIF89a")
    pictures.output("cd " .. folder .. "; ln -s nowhere dangling.jpg; mkfifo pipe.jpg")
    local why = {}
    for _, each in ipairs(assert(import()).skipped) do why[each.file] = each.why end
    assert.matches("HEIC", why["phone.heic"])
    assert.matches("QuickTime", why["clip.mov"])
    why["phone.heic"], why["clip.mov"] = nil, nil
    local neither = "neither JPEG, PNG nor MP4"
    assert.same({ ["notes.txt"] = neither, ["fake.jpg"] = neither,
      ["empty.jpg"] = neither, ["album/why.gif"] = neither,
      ["album/deeper"] = "a folder inside an album", ["pipe.jpg"] = "no file",
      ["dangling.jpg"] = "a link that leads nowhere" }, why)
    assert.equal(1, #media_of())
  end)

  it("is missing to the media host when a file goes", function()
    write("here.jpg", jpeg("here"))
    write("gone.jpg", jpeg("gone"))
    assert(import())
    local list = media_of()
    os.remove(folder .. "/gone.jpg")
    for _, media in ipairs(list) do
      local status = http.follow(sandbox, media.media_url).status
      assert.equal(media.caption == "gone" and 404 or 200, status)
    end
    assert.equal(2, #media_of())
  end)

  it("serves a file too big for memory from disk", function()
    write("vast.mp4", mp4("head"))
    local path = folder .. "/vast.mp4"
    pictures.output("truncate -s 5G " .. path .. "; printf tail >> " .. path)
    assert(import())
    local answer = http.follow(sandbox, media_of()[1].media_url,
      { Range = "bytes=5368709120-" })
    assert.same({ 206, "tail" }, { answer.status, answer.body })
  end)

  it("is an account of its folder's name by itself", function()
    for given, username in pairs { ["Holiday 2023"] = "holiday_2023", ["..x"] = "x",
      People = "people_photos",
      ["\195\188\195\188"] = "photos", ["a.b_c"] = "a.b_c" } do
      write(given .. "/x.jpg", jpeg(given))
      local report = assert(sandbox:control("import_photos",
        { dir = folder .. "/" .. given .. "/" }))
      assert.equal(username, report.username)
      assert.equal(given, support.client(sandbox, {}, username):me().name)
    end
  end)

  it("gives the same ids for the same files", function()
    for i = 1, 5 do write(i .. " pictures.jpg", jpeg("same" .. i), 1000) end
    assert(import())
    local other = support.start { data = "empty" }
    assert(other:control("import_photos", { dir = folder, username = "me" }))
    assert.same(support.ids(support.client(sandbox, {}, "me"):media {}),
      support.ids(support.client(other, {}, "me"):media {}))
    other:stop()
  end)

  it("is refused by name, and nothing changes", function()
    write("a.jpg", jpeg("a"))
    write("none/notes.txt", "text")
    assert(import { username = "taken" })
    local before = http.control(sandbox, "users").body
    for _, case in ipairs {
      { { dir = folder .. "/nowhere" }, "nowhere: No such file" },
      { { dir = folder .. "/a.jpg" }, "a%.jpg' is no folder" },
      { { dir = folder .. "/none" },
        "none' holds no JPEG, PNG or MP4 files %(notes.txt: neither" },
      { { dir = folder .. "\0x" }, "Invalid argument" },
      { { username = "taken" }, "'taken' exists" },
      { { username = "no good" }, "username must be" },
      { { dir = 1 }, "'dir' must be a string" },
      { { folder = "x" }, "no 'folder'" },
    } do
      local report, message = import(case[1])
      assert.is_nil(report)
      assert.matches(case[2], message)
    end
    assert.matches("dir is missing", select(2, sandbox:control("import_photos")))
    assert.equal(before, http.control(sandbox, "users").body)
  end)

  it("warns of dates that the sandbox's clock has not reached", function()
    write("a.jpg", jpeg("a"), 1735689600) -- 2025-01-01
    write("b.jpg", jpeg("b"), 1735689601)
    write("c.jpg", jpeg("c"))
    local report = assert(import())
    assert.same({ 3, 2, 1735689601 }, { report.posts, report.later, report.newest })
    assert.equal("2 of 3 posts of @me later than the sandbox's clock (2023-11-01): "
      .. "start with now (--now) 2025-01-02 or later, or set_clock", report.warning)
    assert.equal(3, #media_of()) -- all the same they are there
    local page = http.get(sandbox, "/sandbox/clock").body
    assert.matches("me</a>: 2 posts, up to <time", page, 1, true)
    assert.matches("2025", page, 1, true)
    sandbox:set_clock(report.newest)
    assert.is_nil(http.get(sandbox, "/sandbox/clock").body:find("In its future", 1,
      true))
    report = assert(import { username = "again" })
    assert.same({ 0 }, { report.later, report.warning })
  end)

  it("comes over HTTP too", function()
    write("a.jpg", jpeg("a"))
    local answer = http.control(sandbox, "import_photos", { dir = folder })
    assert.equal(200, answer.status)
    assert.equal(1, answer:json().images)
    answer = http.control(sandbox, "import_photos", { dir = "/nowhere" })
    assert.equal(400, answer.status)
    assert.same({}, http.control(sandbox, "imports"):json().imports)
  end)
end)

describe("the start option photos", function()
  local folder

  before_each(function() folder = pictures.folder() end)
  after_each(function() pictures.remove(folder) end)

  it("brings pictures in once, and keeps them", function()
    pictures.write(folder .. "/mine/one.jpg", jpeg("one"))
    local options = { data = "empty", db = folder .. "/state.db",
      photos = folder .. "/mine" }
    for start = 1, 2 do
      local sandbox = support.start(options)
      local imports = sandbox:control("imports").imports
      assert.equal(start == 1 and 1 or 0, #imports)
      local media = support.client(sandbox, {}, "mine"):media {}:next()
      assert.equal("one", media.caption)
      sandbox:stop()
    end
  end)

  it("is an option of the command, which tells what came of it", function()
    pictures.write(folder .. "/mine/one.jpg", jpeg("one"))
    for i = 1, 12 do
      pictures.write(("%s/mine/%02d\27[m.txt"):format(folder, i), "x")
    end
    local function run(options)
      return pictures.output(("LUA_PATH='%s' LUA_CPATH='%s' %s "
        .. "sandbox/bin/instagram-sandbox exec --data empty --photos %s/mine %s -- "
        .. "true 2>&1"):format(package.path, package.cpath, os.getenv("LUA_BIN")
        or os.getenv("IG_LUA") or "lua5.4", folder, options))
    end
    local said = run("")
    assert.matches("^instagram%-sandbox: @mine: 1 post %(1 image, 0 videos, 0 albums%)",
      said)
    assert.matches("warning: 1 of 1 posts of @mine later than the sandbox's clock",
      said, 1, true)
    assert.is_nil(run("--now 2100-01-01"):find("warning", 1, true))
    assert.matches("left out: 01%?%[m.txt: neither", said)
    assert.matches("left out: 2 more, see", said)
    assert.equal("", run("--quiet"))
  end)

  it("refuses to start without them", function()
    local sandbox, message = require("instagram.sandbox").start { photos = folder,
      data = "empty" }
    assert.is_nil(sandbox)
    assert.matches("holds no JPEG", message)
  end)
end)

-- A second opinion on what is written here by pictures.lua, and read by picture.lua.
describe("dates and descriptions of other programs", function()
  local has = pictures.output("exiftool -ver 2>/dev/null; true"):find("^%d")
  local test = has and it or pending

  test("are understood", function()
    local folder = pictures.folder()
    local demo = "sandbox/data/demo/pictures/w-moon-093dd7.jpg"
    local set = { a = "-DateTimeOriginal='2019:05:06 07:08:09' "
        .. "-OffsetTimeOriginal=+05:30 -ImageDescription=Words",
      b = "-ExifByteOrder=II -AllDates='2019:05:06 07:08:09' -XMP:Title=x",
      c = "-ModifyDate='2019:05:06 07:08:09' -IPTC:Caption-Abstract=y" }
    for name, options in pairs(set) do
      pictures.output(("exiftool -q %s -o %s/%s.jpg %s"):format(options, folder, name,
        demo))
    end
    local sandbox = support.start { data = "empty" }
    assert(sandbox:control("import_photos", { dir = folder, username = "me" }))
    local found = {}
    for media in support.client(sandbox, {}, "me"):media {} do
      found[media.caption] = media.time
    end
    assert.same({ Words = 1557106689, b = 1557126489, c = 1557126489 }, found)
    sandbox:stop()
    pictures.remove(folder)
  end)
end)

describe("looking at a file", function()
  -- The host's read_part on bytes in memory.
  local function look(bytes)
    return picture.look({ read_part = function(_, at, size)
      return bytes:sub(at + 1, at + size)
    end }, "x")
  end

  local date = { ORIGINAL, "2021:07:15 16:00:00" }
  local words = { { DESCRIPTION, "words" } }
  local whole = {
    jpeg("x", tiff(words, { date, { OFFSET, "+02:00" } })),
    jpeg("x", tiff(words, { date }, true)), png("x", tiff({}, { date })),
    mp4("x", TAKEN), mp4("x", TAKEN, true),
  }

  it("survives every file that is cut off", function()
    for _, bytes in ipairs(whole) do
      assert.is_number(look(bytes).date)
      for size = 0, #bytes do assert.is_table(look(bytes:sub(1, size))) end
    end
  end)

  it("survives every byte that is wrong", function()
    for _, bytes in ipairs(whole) do
      for at = 1, #bytes do
        for _, value in ipairs { "\0", "\1", "\127", "\255" } do
          local found = look(bytes:sub(1, at - 1) .. value .. bytes:sub(at + 1))
          assert.is_true(found.date == nil or found.date > 0 and found.date < 2 ^ 33)
        end
      end
    end
  end)
end)
