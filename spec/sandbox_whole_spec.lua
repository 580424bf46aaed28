-- Files that break off are no posts: a folder's pictures are looked at to their end.
local pictures = require "spec.support.pictures"
local source = require "spec.support.source"

local jpeg, png, mp4 = pictures.jpeg, pictures.png, pictures.mp4

describe("a folder of pictures with files that break off", function()
  local sandbox, folder

  setup(function() sandbox = require("instagram.sandbox").start { data = "empty" } end)
  teardown(function() sandbox:stop() end)
  before_each(function() folder = pictures.folder() end)
  after_each(function() pictures.remove(folder) end)

  local count = 0

  -- Imports files (name -> bytes): how many became posts, and why others did not.
  local function import(files)
    pictures.fill(folder, files)
    count = count + 1
    local report = assert(sandbox:control("import_photos", { dir = folder,
      username = "no" .. count }))
    local why = {}
    for _, each in ipairs(report.skipped) do why[each.file] = each.why end
    return report.posts, why
  end

  local CUT = "cut off: the end of the file is missing"

  it("skips each of them with the reason", function()
    local posts, why = import { ["good.jpg"] = jpeg "good",
      ["cut.jpg"] = jpeg(("x"):rep(200)):sub(1, 100),
      ["film.mp4"] = mp4("film"):sub(1, 60), ["album/cut.png"] = png("p"):sub(1, -5) }
    assert.equal(1, posts)
    assert.same({ ["cut.jpg"] = CUT, ["film.mp4"] = CUT, ["album/cut.png"] = CUT }, why)
  end)

  it("tells them wherever they break off", function()
    local tiff = pictures.tiff({ { 0x010E, jpeg "a thumbnail" } },
      { { 0x9003, "2020:01:01 00:00:00" } })
    local whole = { ["a.jpg"] = jpeg("pixels", tiff), ["b.png"] = png("pixels", tiff),
      ["c.mp4"] = mp4("frames", 1600000000) }
    local files, cuts = {}, 0
    for name, bytes in pairs(whole) do
      files[name] = bytes
      for size = 16, #bytes - 1 do
        files[("%s.%04d%s"):format(name, size, name:sub(2))] = bytes:sub(1, size)
        cuts = cuts + 1
      end
    end
    local posts, why = import(files)
    assert.equal(3, posts)
    for file, reason in pairs(why) do assert.equal(CUT, reason, file) end
    for _ in pairs(why) do cuts = cuts - 1 end
    assert.equal(0, cuts)
  end)

  it("bears what cameras put behind a picture, near or far", function()
    local posts, why = import { ["near.jpg"] = jpeg "x" .. mp4 "motion",
      ["far.jpg"] = jpeg(("x"):rep(600000)) .. ("trailer"):rep(100000),
      ["behind.png"] = png "x" .. "more",
      ["fragments.mp4"] = mp4 "x" .. "\0\0\0\0more" }
    assert.same({}, why)
    assert.equal(4, posts)
  end)

  it("bears what stands behind a video and reads as a box that is cut off", function()
    local posts, why = import { ["gps.mp4"] = mp4 "x" .. "GPS-TRAILER 12345678",
      ["bytes.mp4"] = mp4 "x" .. ("\255"):rep(40),
      ["fragment.mp4"] = mp4("x"):gsub("mdat", "moof") .. "\127\0\0\0seal" }
    assert.same({}, why)
    assert.equal(3, posts)
  end)

  it("misses the frames of a video, and a box of theirs that is cut off", function()
    local film = mp4 "frames"
    local from = film:find("mdat", 1, true) - 4
    local none = film:sub(1, from - 1) .. film:sub(from + 8 + #"frames")
    local posts, why = import { ["good.mp4"] = film, ["none.mp4"] = none,
      ["renamed.mp4"] = (film:gsub("mdat", "free")),
      ["second.mp4"] = film .. "\0\0\1\0mdat half" }
    assert.same({ ["none.mp4"] = CUT, ["renamed.mp4"] = CUT, ["second.mp4"] = CUT },
      why)
    assert.equal(1, posts)
  end)

  it("takes pictures and videos that others made", function()
    local list = pictures.output("ls sandbox/data/demo/pictures/*.jpg"
      .. " sandbox/data/demo/*/*.mp4")
    local files, all = {}, 0
    for path in list:gmatch "[^\n]+" do
      files[path:match "[^/]+$"] = source.read(path)
      all = all + 1
    end
    assert.is_true(all > 20)
    local posts, why = import(files)
    assert.same({}, why)
    assert.equal(all, posts)
  end)
end)
