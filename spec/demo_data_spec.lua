-- The people of the demo: their feed says what the files are, the files are what it
-- says, and between them there is everything that makes captions and albums hard.
local cjson = require "cjson"
local source = require "spec.support.source"

local FOLDER = "sandbox/data/demo"
local FIRST, LAST = "2021-01-01T00:00:00+0000", "2023-10-30T23:59:59+0000"
local MOST_BYTES = 9.5e6

local feed = cjson.new().decode(source.read(FOLDER .. "/feed.json"))
local people = {}
for _, person in ipairs(feed.users) do people[person.username] = person end

local output = require("spec.support.process").output

local function bytes_of(path)
  local file = assert(io.open(path, "rb"), path)
  local text = file:read("*a")
  file:close()
  return text
end

-- Characters of UTF-8; nil when it is none.
local function characters(text)
  local count, at = 0, 1
  while at <= #text do
    local byte = text:byte(at)
    local more = byte < 0x80 and 0 or byte >= 0xC2 and byte < 0xE0 and 1
      or byte >= 0xE0 and byte < 0xF0 and 2 or byte >= 0xF0 and byte < 0xF5 and 3
    local rest = text:sub(at + 1, at + (more or 0))
    if not more or #rest < more or rest:find("[^\128-\191]") then return end
    count, at = count + 1, at + more + 1
  end
  return count
end

local function each_media(fn)
  for _, person in ipairs(feed.users) do
    for _, media in ipairs(person.media) do fn(media, person) end
  end
end

local function each_file(fn)
  for _, person in ipairs(feed.users) do fn(person.picture) end
  local function take(node)
    if node.file then fn(node.file) end
    if node.thumbnail then fn(node.thumbnail) end
  end
  each_media(function(media)
    take(media)
    for _, child in ipairs(media.children or {}) do take(child) end
  end)
end

local function some_caption(pattern)
  local found
  each_media(function(media)
    if media.caption and media.caption:find(pattern) then found = media.caption end
  end)
  return found
end

-- The boxes of an MP4's outermost level, in order.
local function boxes(text)
  local list, at = {}, 1
  while at + 7 <= #text do
    local a, b, c, d = text:byte(at, at + 3)
    local size = ((a * 256 + b) * 256 + c) * 256 + d
    list[#list + 1] = text:sub(at + 4, at + 7)
    if size < 8 then break end
    at = at + size
  end
  return table.concat(list, " ")
end

describe("the demo data #once", function()
  it("has two people with some 130 media and a private one", function()
    assert(#people.demo_user.media >= 125 and #people.demo_user.media <= 140)
    assert(#people.second_user.media >= 125 and #people.second_user.media <= 140)
    assert(#people.private_user.media >= 10)
    assert.is_true(people.private_user.private)
    assert.is_false(people.demo_user.private)
    assert.equal("PERSONAL", people.private_user.account_type)
  end)

  it("is newest first, from 2021 to 30 October 2023", function()
    for _, person in ipairs(feed.users) do
      local before = LAST
      for _, media in ipairs(person.media) do
        assert.truthy(media.timestamp:find("^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d%+0000$"))
        assert(media.timestamp < before, media.timestamp .. " after " .. before)
        assert(media.timestamp >= FIRST)
        before = media.timestamp
      end
    end
    assert.equal("2023-10-30", people.demo_user.media[1].timestamp:sub(1, 10))
  end)

  it("has pictures, videos, reels, albums of two to ten, mixed ones", function()
    local types, sizes, mixed, kept_back = {}, {}, 0, 0
    each_media(function(media)
      types[media.type] = (types[media.type] or 0) + 1
      if media.no_media_url then kept_back = kept_back + 1 end
      if not media.children then return end
      assert.equal("CAROUSEL_ALBUM", media.type)
      sizes[#media.children] = true
      local kinds = {}
      for _, child in ipairs(media.children) do kinds[child.type] = true end
      if kinds.IMAGE and kinds.VIDEO then mixed = mixed + 1 end
    end)
    for _, kind in ipairs { "IMAGE", "VIDEO", "REELS", "CAROUSEL_ALBUM" } do
      assert(types[kind] >= 5, kind)
    end
    assert.is_true(sizes[2] and sizes[10])
    for size in pairs(sizes) do assert(size >= 2 and size <= 10) end
    assert(mixed >= 3)
    assert(kept_back >= 3)
  end)

  it("has captions of every hard kind, and posts without", function()
    local absent, longest = 0, 0
    each_media(function(media)
      if not media.caption then
        absent = absent + 1
        return
      end
      local length = assert(characters(media.caption), media.caption)
      longest = math.max(longest, length)
    end)
    assert(absent >= 5)
    assert.equal(2200, longest)
    for name, pattern in pairs {
      emoji = "\240\159", quotes = '"', percent = "%%", backslash = "\\", lines = "\n",
      arabic = "[\216-\219][\128-\191]", hebrew = "\215[\144-\170]",
      kana = "\227[\129-\131]", han = "[\228-\233][\128-\191][\128-\191]", tag = "#%w",
    } do
      assert(some_caption(pattern), name)
    end
  end)

  it("has every file it names, and no other", function()
    local named, count = {}, 0
    each_file(function(path)
      if not named[path] then count = count + 1 end
      named[path] = true
      assert.truthy(path:find("^pictures/[%w_-]+%.jpg$")
        or path:find("^videos/[%w_-]+%.mp4$"), path)
    end)
    local there = 0
    for path in output("cd " .. FOLDER .. " && find pictures videos -type f")
      :gmatch("%S+") do
      assert(named[path], path .. " belongs to nobody")
      there = there + 1
    end
    assert.equal(count, there)
  end)

  it("has JPEGs without metadata and MP4s that play from their beginning", function()
    each_file(function(path)
      local text = bytes_of(FOLDER .. "/" .. path)
      if path:find("%.jpg$") then
        assert(text:sub(1, 3) == "\255\216\255" and text:sub(-2) == "\255\217", path)
        assert(text:sub(7, 10) == "JFIF", path)
        assert(not text:sub(1, 4096):find("Exif", 1, true), path)
      else
        assert(boxes(text):find("^ftyp moov "), path .. ": " .. boxes(text))
        assert(text:find("avc1", 1, true), path)
      end
    end)
  end)

  it("is small enough to be cloned", function()
    local sum, seen = #bytes_of(FOLDER .. "/feed.json"), {}
    each_file(function(path)
      if not seen[path] then sum = sum + #bytes_of(FOLDER .. "/" .. path) end
      seen[path] = true
    end)
    assert(sum < MOST_BYTES, sum)
  end)

  it("has a feed.json that the recipe writes", function()
    local lua = os.getenv("IG_LUA") or "lua5.4"
    local folder = output("mktemp -d"):gsub("\n", "")
    output(("%s tools/artist/feed.lua %s feed"):format(lua, folder))
    local fresh = bytes_of(folder .. "/feed.json")
    output("rm -rf " .. folder)
    assert.equal(bytes_of(FOLDER .. "/feed.json"), fresh)
  end)
end)
