-- The demo program as its user runs it: against the sandbox, again, with one's own
-- pictures, with a token file, with things that fail; and the sheet it writes.
package.path = "examples/demo/?.lua;" .. package.path
local images = require "images"
local sheet = require "sheet"

local interpreter = os.getenv("IG_LUA") or "lua5.4"

local output = require("spec.support.process").run

local read = require("spec.support.source").read

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function count(text, pattern)
  return (select(2, text:gsub(pattern, "")))
end

describe("the demo #once", function()
  local folder

  setup(function()
    local _, text = output("mktemp -d")
    folder = text:gsub("\n", "")
  end)

  teardown(function() output("rm -rf " .. folder) end)

  local function run(script, environment)
    return output(("env -u PHOTOS -u INSTAGRAM_TOKEN_FILE -u INSTAGRAM_BASE_URL "
      .. "-u FLAVOUR LUA_PATH='%s' LUA_CPATH='%s' %s timeout -k 5 120 %s "
      .. "examples/demo/%s"):format(package.path, package.cpath, environment,
      interpreter, script))
  end

  describe("against the sandbox", function()
    local out, code, text

    setup(function()
      out = folder .. "/first"
      code, text = run("demo.lua", "DEMO_OUT=" .. out)
    end)

    it("tells its story and ends well", function()
      assert(code == 0, text)
      for _, words in ipairs { "Authorization Window", "short-lived", "long-lived",
        "60 days", "refreshed", "@demo_user", "14 albums", "API call",
        out .. "/index.html" } do
        assert(text:find(words, 1, true), words .. "\n" .. text)
      end
    end)

    it("needs a call a page, and says what a call per album would be", function()
      local calls, naive = text:match("(%d+) API calls to read it all; .- take (%d+)")
      assert(tonumber(calls) <= 4, text)
      assert(tonumber(naive) >= 20, text)
    end)

    it("never shows a token", function()
      assert.is_nil(text:find("access_token", 1, true))
      -- In what is made by chance any letters may come.
      local rest = text:gsub("state=[%w_-]+", ""):gsub("/tmp%.%w+", "")
      assert.is_nil(rest:find("IG[QA][%w_-]+"))
    end)

    it("writes every file under its final name, and nothing else", function()
      local _, list = output("find " .. out .. " -type f")
      assert.equal(0, count(list, "%.part"))
      assert.equal(0, count(list, "%.new"))
      local text_of_feed = read(out .. "/feed.json")
      local feed = require("cjson").decode(text_of_feed)
      local named = { ["index.html"] = true, ["feed.json"] = true }
      local function take(node)
        if node.file then named[node.file] = true end
        if node.poster then named[node.poster] = true end
        for _, child in ipairs(node.children or {}) do take(child) end
      end
      take(feed.profile)
      for _, media in ipairs(feed.media) do take(media) end
      for path in list:gmatch("[^\n]+") do
        assert(named[path:sub(#out + 2)], path)
      end
      assert(#feed.media > 120)
      assert.is_nil(text_of_feed:find("access_token", 1, true))
    end)

    it("shows all of it on a page that asks nobody for anything", function()
      local page = read(out .. "/index.html")
      assert(count(page, '<figure class="post ') > 120)
      assert(count(page, "<video ") >= 13)
      for _, attribute in ipairs { "src", "poster" } do
        for address in page:gmatch(" " .. attribute .. '="([^"]*)"') do
          assert(address:find("^media/"), address)
          assert(io.open(out .. "/" .. address, "rb"), address):close()
        end
      end
      assert.is_nil(page:find("<link", 1, true))
      assert.is_nil(page:find("@import", 1, true))
      assert.is_nil(page:find("url(", 1, true))
    end)

    it("reuses what is complete, and goes on with what is not", function()
      local _, some = output("ls " .. out .. "/media/demo_user/*.jpg | head -n 1")
      some = some:gsub("\n", "")
      local whole = read(some)
      os.remove(some)
      code, text = run("demo.lua", "DEMO_OUT=" .. out)
      assert(code == 0, text)
      assert(text:find("files of an earlier run are complete", 1, true), text)
      assert(text:find("(1 new", 1, true), text)
      assert.equal(whole, read(some))
    end)
  end)

  it("runs with one's own pictures, a subfolder as an album", function()
    local mine = folder .. "/my photos; $(x)'s"
    local quoted = "'" .. mine:gsub("'", "'\\''") .. "'"
    local pictures = "sandbox/data/demo/pictures"
    output("mkdir -p " .. quoted .. "/lake")
    output(("cp $(ls %s/w-ranges-*.jpg | head -n 3) %s/lake"):format(pictures, quoted))
    output(("cp %s/w-moon-*.jpg %s"):format(pictures, quoted))
    write(mine .. "/notes.txt", "not a picture")
    local out = folder .. "/own"
    local code, text = run("demo.lua", "DEMO_OUT=" .. out .. " PHOTOS=" .. quoted)
    assert(code == 0, text)
    assert(text:find("1 album with 3 children", 1, true), text)
    assert(text:find("1 other file left out", 1, true), text)
    assert(read(out .. "/index.html"):find("lake", 1, true))
  end)

  it("says what to do when the folder holds no pictures", function()
    local out = folder .. "/none"
    local code, text = run("demo.lua", "PHOTOS=spec/support DEMO_OUT=" .. out)
    assert.equal(1, code)
    assert(text:find("holds no JPEG", 1, true), text)
  end)

  describe("with a token", function()
    local sandbox, environment, path

    setup(function()
      sandbox = assert(require("instagram.sandbox").start {})
      path = folder .. "/token"
      environment = ("INSTAGRAM_TOKEN_FILE=%s DEMO_OUT=%s/live "
        .. "INSTAGRAM_BASE_URL=%s"):format(path, folder, sandbox.url)
    end)

    teardown(function() if sandbox then sandbox:stop() end end)

    local function token()
      return sandbox:generate_token("demo_user", "instagram_login")
    end

    it("from a file, runs the reading part", function()
      write(path, token() .. "\n")
      local code, text = run("demo.lua", environment)
      assert(code == 0, text)
      assert(text:find("@demo_user", 1, true), text)
      assert.is_nil(text:find("sandbox", 1, true))
    end)

    it("from standard input, does so too", function()
      write(path, token() .. "\n")
      local code, text = run("live.lua < " .. path, environment)
      assert(code == 0, text)
      assert(text:find("@demo_user", 1, true), text)
    end)

    it("that is dead, shows message and advice and ends with 1", function()
      write(path, "IGQdead\n")
      local code, text = run("demo.lua", environment)
      assert.equal(1, code)
      assert.truthy(text:find("^.-error: token: "), text)
      assert.is_nil(text:find("IGQdead", 1, true))
      assert.is_nil(text:find("traceback", 1, true))
    end)

    it("that is not there, says so", function()
      local code, text = run("demo.lua", environment:gsub("TOKEN_FILE=%S+",
        "TOKEN_FILE=/nowhere"))
      assert.equal(1, code)
      assert(text:find("/nowhere", 1, true), text)
    end)
  end)
end)

describe("the demo's sheet #once", function()
  local function page(media)
    return sheet.page({ username = "u", id = "1" }, { media })
  end

  it("escapes whatever an answer says", function()
    local evil = '"><script>x()</script>\'&'
    local html = sheet.page({ username = evil, name = evil, biography = evil }, { {
      id = "1", media_type = "IMAGE", caption = evil, alt_text = evil,
      timestamp = "2023-01-02T03:04:05+0000", permalink = "javascript:x()",
      file = { relative = "media/a.jpg", path = "/nowhere" },
    } })
    assert.equal(1, count(html, "<script>"))
    assert.is_nil(html:find('"><script', 1, true))
    assert.is_nil(html:find("javascript:", 1, true))
  end)

  it("cuts long alternative texts between characters", function()
    local html = page { id = "1", caption = ("\227\129\130"):rep(90),
      media_type = "IMAGE", file = { relative = "media/a.jpg", path = "/nowhere" } }
    local alt = html:match('alt="([^"]*)"')
    assert.equal("", (alt:gsub("\227\129\130", ""):gsub("\226\128\166", "")))
  end)

  it("bears media with nothing but an id", function()
    assert.truthy(page { id = "1" }:find("undated", 1, true))
    local album = page { id = "1", media_type = "CAROUSEL_ALBUM" }
    assert.truthy(album:find("post album", 1, true))
    local video = page { id = "1", media_type = "VIDEO" }
    assert.truthy(video:find("no file", 1, true))
  end)

  it("gives text a direction of its own", function()
    local html = page { id = "1", caption = "\216\167" }
    assert.truthy(html:find('<p dir="auto">', 1, true))
  end)

  it("finds how large pictures are", function()
    local path = os.tmpname()
    local function size_of(bytes)
      write(path, bytes)
      return images.size(path)
    end
    assert.same({ 640, 336 }, { size_of("\255\216\255\224\0\4\0\0\255\192\0\17\8"
      .. "\1\80\2\128\3") })
    assert.same({ 2, 3 }, { size_of("\137PNG\r\n\26\n\0\0\0\rIHDR\0\0\0\2\0\0\0\3") })
    for _, broken in ipairs { "", "\255\216\255", "\255\216\255\224\0\0\0", "\137PNG",
      "GIF89a", "\255\216\255\192\0\17\8\0\0\0\0\3" } do
      assert.is_nil(size_of(broken))
    end
    os.remove(path)
  end)
end)
