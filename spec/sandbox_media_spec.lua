-- The sandbox's media host: addresses that are signed and expire, files in parts,
-- ETags; and the demo people with all their pictures.
local http = require "spec.support.sandbox_http"
local source = require "spec.support.source"

local DAY = 86400

describe("a media file", function()
  local sandbox, token, path, bytes, address

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    path, bytes = os.tmpname(), {}
    for i = 1, 5000 do bytes[i] = string.char(i * 7 % 256) end
    bytes = "\255\216\255" .. table.concat(bytes, "", 4) -- a JPEG, it says
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
    sandbox:control("add_media", { username = "anna", type = "IMAGE", file = path })
    sandbox:control("add_media", { username = "anna", type = "VIDEO" })
  end)
  teardown(function()
    sandbox:stop()
    os.remove(path)
  end)

  local function addresses(fields)
    local list = {}
    for i, item in ipairs(http.get(sandbox, "/me/media", { access_token = token,
      fields = fields or "media_url" }):json().data) do
      list[i] = item
    end
    return list
  end

  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
    token = sandbox:generate_token "anna"
    address = addresses()[2].media_url
  end)

  local function fetch(headers, url)
    return http.follow(sandbox, url or address, headers)
  end

  it("comes whole, with type, length and tag", function()
    local answer = fetch()
    assert.equal(200, answer.status)
    assert.equal(bytes, answer.body)
    assert.matches('^"%x+"$', answer:header "ETag")
    assert.equal("bytes", answer:header "Accept-Ranges")
    assert.equal("*", answer:header "Access-Control-Allow-Origin")
    assert.matches("max%-age", answer:header "Cache-Control")
    assert.matches("GMT$", answer:header "Last-Modified")
    assert.equal("media file", http.last(sandbox).endpoint)
  end)

  it("has an address as recorded", function()
    assert.matches("^http://127%.0%.0%.1:%d+/v/t51%.2885%-15/%d+_%d+_%d+_n%.%w+%?"
      .. "_nc_cat=1%d%d&ccb=1%-7&_nc_sid=%x+&_nc_ht=127%.0%.0%.1&edm=%w+"
      .. "&oh=00_Af[%w_-]+&oe=%x+$", address)
    sandbox:set_clock(1579855234) -- 2020: the signature was 32 digits
    token = sandbox:generate_token "anna"
    assert.matches("&oh=" .. ("%x"):rep(32) .. "&oe=%x+$", addresses()[2].media_url)
  end)

  it("comes in parts", function()
    for range, part in pairs { ["bytes=0-0"] = { 1, 1 },
      ["bytes=100-199"] = { 101, 200 }, ["bytes=4990-"] = { 4991, 5000 },
      ["bytes=-10"] = { 4991, 5000 },
      ["bytes=4999-9999"] = { 5000, 5000 } } do
      local answer = fetch { Range = range }
      assert.equal(206, answer.status)
      assert.equal(bytes:sub(part[1], part[2]), answer.body)
      assert.equal(("bytes %d-%d/5000"):format(part[1] - 1, part[2] - 1),
        answer:header "Content-Range")
    end
    local answer = fetch { Range = "bytes=5000-" }
    assert.equal(416, answer.status)
    assert.equal("bytes */5000", answer:header "Content-Range")
  end)

  it("comes whole when it is no longer the one of the part", function()
    local tag = fetch():header "ETag"
    assert.equal(206, fetch({ Range = "bytes=10-", ["If-Range"] = tag }).status)
    assert.equal(200, fetch({ Range = "bytes=10-", ["If-Range"] = '"other"' }).status)
    assert.equal(200, fetch({ Range = "bytes=10-", ["If-Range"] = "W/" .. tag }).status)
  end)

  it("is not sent again to who has it", function()
    local tag = fetch():header "ETag"
    local answer = fetch { ["If-None-Match"] = tag }
    assert.equal(304, answer.status)
    assert.equal("", answer.body)
    assert.equal(200, fetch({ ["If-None-Match"] = '"other"' }).status)
    local head = http.request(sandbox, { method = "HEAD",
      path = address:match "/v/[^?]+", query = address:match "%?(.*)" })
    assert.equal("200 5000", head.status .. " " .. head:header "Content-Length")
  end)

  it("is there for days, then no more", function()
    local expiry = tonumber(address:match "oe=(%x+)$", 16)
    local left = expiry - sandbox:now()
    assert.is_true(left >= 4 * DAY and left <= 6 * DAY)
    sandbox:set_clock(expiry - 1)
    assert.equal(200, fetch().status)
    sandbox:set_clock(expiry)
    local answer = fetch()
    assert.equal("403 URL signature expired", answer.status .. " " .. answer.body)
    assert.equal("URL signature expired", http.last(sandbox).reason)
    -- a fresh address of the same file
    token = sandbox:generate_token "anna"
    local fresh = addresses()[2].media_url
    assert.equal(address:match "^[^?]+", fresh:match "^[^?]+")
    assert.equal(bytes, fetch(nil, fresh).body)
  end)

  it("has the same address for a while", function()
    sandbox:advance_clock(1000)
    assert.equal(address, addresses()[2].media_url)
    sandbox:advance_clock(2 * DAY)
    assert.are_not.equal(address, addresses()[2].media_url)
    assert.equal(200, fetch().status) -- the old one is good all the same
  end)

  it("lives as long as the switch says", function()
    sandbox:control("settings", { media_life = 40 })
    local url = addresses()[2].media_url
    sandbox:advance_clock(39)
    assert.equal(200, fetch(nil, url).status)
    sandbox:advance_clock(22)
    assert.equal(403, fetch(nil, url).status)
  end)

  it("is not given to forgers", function()
    local other = addresses()[1].media_url
    for _, url in ipairs {
      address:gsub("oe=%x+", "oe=7FFFFFFF"), address:gsub("oh=00_Af.", "oh=00_Afx"),
      address:gsub("&oh=[^&]+", ""), address:gsub("&oe=%x+", ""),
      address:match "^[^?]+", address:gsub("oe=%x+", "oe=-1"),
      address:gsub("oe=%x+", "oe=zz"), address:gsub("oe=%x+", "oe="),
      address:match "^[^?]+" .. other:match "%?.*", -- another file's signature
      address:gsub("/%d+_%d+_%d+_n", "/../../../../../../etc/passwd"),
      (address:gsub("_n%.", "_n%%00.")),
    } do
      local answer = fetch(nil, url)
      assert.equal(403, answer.status, url)
      assert.equal("URL signature mismatch", answer.body)
    end
    assert.equal("media_address", http.last(sandbox).refused)
  end)

  it("is a picture or a video by its content: no file of the machine", function()
    local text, movie = os.tmpname(), os.tmpname()
    for name, words in pairs { [text] = "root:x:0:0:root", [movie] =
      "\0\0\0\24ftypisom\0\0\2\0" } do
      local file = assert(io.open(name, "wb"))
      file:write(words)
      file:close()
    end
    local function refused(kind, name, args)
      args.username, args.type = "anna", args.type or "IMAGE"
      local count = #addresses()
      local result, message = sandbox:control("add_media", args)
      assert.is_nil(result)
      assert.equal(("'%s' is not %s"):format(name, kind), message)
      assert.equal(count, #addresses())
    end
    for _, name in ipairs { "/etc/passwd", text, movie } do
      refused("a JPEG or PNG", name, { file = name })
      refused("a JPEG or PNG", name, { file = name, mime = "image/jpeg" })
      refused("a JPEG or PNG", name, { type = "VIDEO", thumbnail = name })
      refused("a JPEG or PNG", name, { type = "CAROUSEL_ALBUM",
        children = { { type = "IMAGE" }, { type = "IMAGE", file = name } } })
    end
    refused("an MP4", text, { type = "VIDEO", file = text })
    refused("an MP4", path, { type = "REELS", file = path })
    local result, message = sandbox:control("add_user", { username = "eve",
      picture = "/etc/passwd" })
    assert.is_nil(result)
    assert.matches("'/etc/passwd' is not a JPEG or PNG", message, 1, true)
    local made = assert(sandbox:control("add_media", { username = "anna",
      type = "VIDEO", file = movie }))
    sandbox:control("delete_media", { id = made.id })
    os.remove(text)
    os.remove(movie)
  end)

  it("is served as what it is, never as a page", function()
    local name = os.tmpname()
    local page = name .. ".html"
    os.rename(name, page)
    local file = assert(io.open(page, "wb"))
    file:write "\255\216\255<script>alert(1)</script>"
    file:close()
    local function add(args)
      args.username, args.file = "anna", page
      return sandbox:control("add_media", args)
    end
    for _, mime in ipairs { "text/html", "image/svg+xml", "video/mp4", "x" } do
      local made, message = add { mime = mime }
      assert.is_nil(made)
      assert.equal("mime of a JPEG or PNG must be image/jpeg or image/png", message)
      assert.is_nil(add { type = "CAROUSEL_ALBUM", children = { { type = "IMAGE",
        file = page, mime = mime } } })
    end
    for mime, wanted in pairs { [""] = "image/jpeg", ["image/png"] = "image/png" } do
      local made = assert(add { mime = mime ~= "" and mime or nil }).id
      local answer = fetch(nil, http.get(sandbox, "/" .. made, { access_token = token,
        fields = "media_url" }):json().media_url)
      assert.same({ wanted, "nosniff" }, { answer:header "Content-Type",
        answer:header "X-Content-Type-Options" })
      sandbox:control("delete_media", { id = made })
    end
    os.remove(page)
    -- what an older sandbox took
    assert.equal("application/octet-stream",
      require("instagram.sandbox.files").type_of { mime = "text/html" })
  end)

  it("that is gone from disk is not found", function()
    local gone = os.tmpname()
    local file = assert(io.open(gone, "wb"))
    file:write "\137PNG\r\n\26\n"
    file:close()
    local made = sandbox:control("add_media", { username = "anna", type = "IMAGE",
      file = gone }).id
    local url = http.get(sandbox, "/" .. made, { access_token = token,
      fields = "media_url" }):json().media_url
    assert.equal(200, fetch(nil, url).status)
    os.remove(gone)
    assert.equal(404, fetch(nil, url).status)
    sandbox:control("delete_media", { id = made })
    local result, message = sandbox:control("add_media", { username = "anna",
      file = gone })
    assert.is_nil(result)
    assert.matches("there is no file '" .. gone .. "'", message, 1, true)
  end)

  it("that nobody gave is stood in for", function()
    local video = addresses("media_url,thumbnail_url")[1]
    local answer = fetch(nil, video.media_url)
    assert.equal("200 video/mp4", answer.status .. " " .. answer:header "Content-Type")
    assert.equal("ftyp", answer.body:sub(5, 8))
    answer = fetch(nil, video.thumbnail_url)
    assert.equal("200 image/jpeg", answer.status .. " " .. answer:header "Content-Type")
    assert.equal("\255\216\255", answer.body:sub(1, 3))
    assert.equal("\255\217", answer.body:sub(-2))
  end)

  it("of a bulk account is a picture of the demo", function()
    sandbox:control("bulk", { username = "big", media = 40, albums = 4 })
    local list = http.get(sandbox, "/me/media", { limit = 40,
      access_token = sandbox:generate_token "big",
      fields = "media_url,children{media_url}" }):json().data
    local seen, different = {}, 0
    for _, item in ipairs(list) do
      local body = fetch(nil, item.media_url).body
      assert.equal("\255\216\255", body:sub(1, 3))
      if not seen[#body] then seen[#body], different = true, different + 1 end
      for _, child in ipairs(item.children and item.children.data or {}) do
        assert.equal(200, fetch(nil, child.media_url).status)
      end
    end
    assert.is_true(different > 20)
  end)
end)

describe("the demo", function()
  local sandbox

  setup(function() sandbox = require("instagram.sandbox").start() end)
  teardown(function() sandbox:stop() end)

  local FIELDS = "media_type,media_url,thumbnail_url,caption,permalink,timestamp,"
    .. "children{media_type,media_url,thumbnail_url}"

  local function all_media(username, flavour)
    local token = http.exchange(sandbox, flavour,
      http.short_token(sandbox, flavour, username)):json().access_token
    local list, page = {}, http.get(sandbox, "/me/media", { access_token = token,
      fields = FIELDS, limit = 100 }):json()
    while page do
      for _, media in ipairs(page.data) do list[#list + 1] = media end
      page = page.paging and page.paging.next
        and http.follow(sandbox, page.paging.next):json()
    end
    return list
  end

  local function count_kinds(list)
    local kinds = { captions = 0, flagged = 0, children = 0 }
    for _, media in ipairs(list) do
      local kind = media.permalink:find "/reel/" and "reel" or media.media_type
      kinds[kind] = (kinds[kind] or 0) + 1
      if media.caption then kinds.captions = kinds.captions + 1 end
      if not media.media_url then kinds.flagged = kinds.flagged + 1 end
      if media.children then
        kinds.children = math.max(kinds.children, #media.children.data)
      end
    end
    return kinds
  end

  it("has three people, one of them private", function()
    local seen = {}
    for _, user in ipairs(sandbox:control("users").users) do
      seen[user.username] = { user.account_type, user.private, user.media_count >= 130 }
    end
    assert.same({ demo_user = { "MEDIA_CREATOR", false, true },
      second_user = { "BUSINESS", false, true },
      private_user = { "PERSONAL", true, false } }, seen)
  end)

  for _, flavour in ipairs { "basic_display", "instagram_login" } do
    it("has every kind of media, newest first, by " .. flavour, function()
      for _, username in ipairs { "demo_user", "second_user" } do
        local list = all_media(username, flavour)
        local kinds = count_kinds(list)
        assert.is_true(#list >= 130)
        for _, kind in ipairs { "IMAGE", "VIDEO", "CAROUSEL_ALBUM", "reel" } do
          assert.is_true(kinds[kind] >= 1, kind)
        end
        assert.is_true(kinds.captions > 0 and kinds.captions < #list)
        assert.is_true(kinds.flagged > 0)
        assert.equal(10, kinds.children)
        for i = 2, #list do
          assert.is_true(list[i].timestamp <= list[i - 1].timestamp)
        end
      end
    end)
  end

  it("lets the private person in by Basic Display only", function()
    assert.equal(12, #all_media("private_user", "basic_display"))
    local ok, message = sandbox:authorize { user = "private_user",
      url = http.window(sandbox, "instagram_login") }
    assert.is_nil(ok)
    assert.matches("No valid scopes requested", message)
  end)

  it("has a real file behind every address", function()
    local magic = { IMAGE = "^\255\216\255", VIDEO = "^....ftyp" }
    local function check(url, kind)
      local answer = http.follow(sandbox, url, { Range = "bytes=0-11" })
      assert.equal(206, answer.status)
      assert.matches(magic[kind], answer.body)
      assert.equal(kind == "VIDEO" and "video/mp4" or "image/jpeg",
        answer:header "Content-Type")
    end
    for _, media in ipairs(all_media("demo_user", "basic_display")) do
      local kind = media.media_type == "VIDEO" and "VIDEO" or "IMAGE"
      local album = media.media_type == "CAROUSEL_ALBUM"
      if media.media_url and not album then check(media.media_url, kind) end
      if media.thumbnail_url then check(media.thumbnail_url, "IMAGE") end
      for _, child in ipairs(media.children and media.children.data or {}) do
        check(child.media_url, child.media_type)
      end
    end
  end)

  it("serves the files as they are on disk", function()
    local media = all_media("demo_user", "basic_display")[1]
    local feed = source.read "sandbox/data/demo/feed.json"
    local file = feed:match '"username"%s*:%s*"demo_user".-"media".-"file"%s*:%s*"(.-)"'
    assert.equal(source.read("sandbox/data/demo/" .. file),
      http.follow(sandbox, media.media_url).body)
  end)
end)
