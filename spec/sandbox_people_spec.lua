-- People's pages: profiles and posts as anybody sees them, what belongs to one person
-- alone, what they change there and what that does to apps; hostile words everywhere.
local http = require "spec.support.sandbox_http"
local start = require("instagram.sandbox").start

local EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>'; DROP TABLE "
  .. "users; --"

describe("people's pages", function()
  local sandbox

  setup(function() sandbox = assert(start {}) end)
  teardown(function() sandbox:stop() end)

  local function log_in(name, server)
    local answer = http.request(server or sandbox, { path = "/accounts/login/",
      form = { username = name } })
    return answer:header "Set-Cookie":match "^(sandbox_login=[%w_-]+);"
  end

  local function page(path, cookie)
    return http.get(sandbox, path:match "^[^?]*", path:match "%?(.*)$",
      { Cookie = cookie or false })
  end

  local function post(path, form, cookie, headers)
    headers = headers or {}
    headers.Cookie = cookie or false
    return http.post(sandbox, path, form, headers)
  end

  local function has(body, text)
    assert(body:find(text, 1, true), "there is no " .. text)
  end

  local function lacks(body, text)
    assert(not body:find(text, 1, true), "there is " .. text)
  end

  local function count(body, text)
    local n, at = 0, 1
    while true do
      local from, to = body:find(text, at, true)
      if not from then return n end
      n, at = n + 1, to + 1
    end
  end

  local function user(name)
    for _, row in ipairs(sandbox:control("users").users) do
      if row.username == name then return row end
    end
  end

  -- --- what everybody sees -----------------------------------------------------------

  it("list everybody with picture and name", function()
    local body = page("/people/").body
    for _, name in ipairs { "demo_user", "second_user", "private_user" } do
      has(body, 'href="/people/' .. name .. '"')
    end
    has(body, "Mara Lindqvist")
    has(body, "private · personal")
    local picture = body:match '<img [^>]*src="([^"]+)"':gsub("&amp;", "&")
    local answer = http.follow(sandbox, picture)
    assert.equal(200, answer.status)
    assert.equal("image/jpeg", answer:header "Content-Type")
  end)

  it("show a profile: counts, words, website, posts with their pictures", function()
    local body = page("/people/demo_user").body
    has(body, "<b>136</b> posts")
    has(body, "<b>18,243</b> followers")
    has(body, 'href="https://example.com/mara"')
    assert.equal(30, count(body, 'class="tile"'))
    has(body, ">Album</span>")
    has(body, ">Video</span>")
    has(body, 'alt="Album: ')
    assert.equal(0, count(body, 'alt=""'))
  end)

  it("walk through all posts and back, each once", function()
    local path, seen, order = "/people/demo_user", {}, {}
    local last
    while path do
      local body = page(path).body
      last = body
      for link in body:gmatch 'class="tile" href="([^"]+)"' do
        assert.is_nil(seen[link])
        seen[link], order[#order + 1] = true, link
      end
      path = body:match 'href="([^"]+)">Older posts'
    end
    assert.equal(136, #order)
    local back = page((last:match 'href="([^"]+)">Newer posts')).body
    assert.equal(order[91], back:match 'class="tile" href="([^"]+)"')
    assert.equal(30, count(back, 'class="tile"'))
  end)

  it("bear an odd place to go on from", function()
    for _, query in ipairs { "older=x", "older=-1", "older=1e400", "newer=", "older=0",
      "older=99999999999999999999", "newer=9007199254740991" } do
      assert.equal(200, page("/people/demo_user?" .. query).status)
    end
    assert.equal(200, page("/people/?page=-3").status)
    assert.equal(200, page("/people/?page=nan").status)
    assert.equal(200, page("/people/?page=1e300").status)
  end)

  it("show a post where its permalink says, videos and albums too", function()
    local token = sandbox:generate_token("demo_user", "basic_display")
    local list = http.get(sandbox, "/me/media", { access_token = token, limit = 100,
      fields = "permalink,media_type,caption,children{permalink}" }):json().data
    local met = {}
    for _, media in ipairs(list) do
      if not met[media.media_type] then
        met[media.media_type] = media
        local path = media.permalink:match "^https://www.instagram.com(/.*)$"
        local answer = page(path)
        assert.equal(200, answer.status)
        has(answer.body, media.id)
      end
    end
    local function body_of(kind)
      return page((met[kind].permalink:match "com(/.*)$")).body
    end
    local video = body_of "VIDEO"
    assert.matches("<video [^>]*controls[^>]*poster=", video)
    local source = video:match '<video [^>]*src="([^"]+)"':gsub("&amp;", "&")
    assert.equal("video/mp4", http.follow(sandbox, source):header "Content-Type")
    local album = met.CAROUSEL_ALBUM
    has(body_of "CAROUSEL_ALBUM", "1 of " .. #album.children.data)
    local child = album.children.data[2].permalink:match "com(/.*)$"
    local answer = page(child)
    assert.equal(303, answer.status)
    assert.equal(album.permalink:match "com(/.*)$", answer:header "Location")
    local caption = met.IMAGE.caption or ""
    has(body_of "IMAGE", (caption:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;",
      [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" })))
  end)

  it("show the posts of a bulk account", function()
    sandbox:control("bulk", { username = "big", media = 100, albums = 20 })
    local body = page("/people/big").body
    local paths = {}
    for path in body:gmatch 'class="tile" href="([^"]+)"' do
      paths[#paths + 1] = path
    end
    assert.equal(30, #paths)
    for _, path in ipairs(paths) do assert.equal(200, page(path).status) end
    assert.equal(404, page("/p/B001fffff00/").status)
    assert.equal(404, page("/p/B00100000099/").status)
  end)

  it("stand under Instagram's own name too", function()
    local answer = http.get(sandbox, "/people/demo_user", nil,
      { Host = "www.instagram.com" })
    local path = answer.body:match 'class="tile" href="([^"]+)"'
    assert.matches('src="https://scontent%.cdninstagram%.com/v/', answer.body)
    assert.matches("img-src 'self' https://scontent.cdninstagram.com",
      answer:header "Content-Security-Policy", 1, true)
    assert.equal(200, http.get(sandbox, path, nil,
      { Host = "www.instagram.com" }).status)
  end)

  it("are not there for nobody", function()
    for _, path in ipairs { "/people/nobody", "/people/nobody/edit", "/people/'--",
      "/people/demo_user/what", "/p/", "/p/x", "/p/%3Cscript%3E/", "/reel/none/",
      "/people/" .. ("x"):rep(5000) } do
      assert.equal(404, page(path).status)
    end
  end)

  -- --- private accounts --------------------------------------------------------------

  it("keep a private account's posts to themselves", function()
    local own = log_in "private_user"
    local open = page("/people/private_user", own).body
    local path = open:match 'class="tile" href="([^"]+)"'
    assert.equal(200, page(path, own).status)
    for _, cookie in ipairs { false, log_in "demo_user" } do
      local body = page("/people/private_user", cookie).body
      has(body, "This account is private")
      assert.equal(0, count(body, 'class="tile"'))
      local answer = page(path, cookie)
      assert.equal(403, answer.status)
      has(answer.body, "This account is private")
      assert.is_nil(answer.body:find("/v/t51.2885-15/[^\"]*\"[^>]*class=\"post", 1))
    end
  end)

  -- --- what is one's own -------------------------------------------------------------

  it("let nobody else see or change what is one's own", function()
    for _, cookie in ipairs { false, log_in "second_user" } do
      for _, below in ipairs { "edit", "apps" } do
        local path = "/people/demo_user/" .. below
        local answer = page(path, cookie)
        assert.equal(403, answer.status)
        has(answer.body, "/accounts/login/?next=" .. path)
        assert.equal(403, post(path, { ["do"] = "private", client_id = "1" },
          cookie).status)
      end
    end
    assert.is_false(user("demo_user").private)
    local answer = post("/people/demo_user/edit", { ["do"] = "private" },
      log_in "demo_user", { Origin = "https://evil.example" })
    assert.equal(403, answer.status)
    assert.is_false(user("demo_user").private)
  end)

  it("change privacy, and so what apps may do", function()
    local cookie = log_in "second_user"
    local path = "/people/second_user/edit"
    assert.equal(303, post(path, { ["do"] = "private" }, cookie).status)
    assert.is_true(user("second_user").private)
    has(page(path, cookie).body, "Switch to public")
    local token, message = sandbox:control("generate_token",
      { username = "second_user" })
    assert.is_nil(token)
    assert.matches("public accounts", message)
    post(path, { ["do"] = "public" }, cookie)
    assert.is_false(user("second_user").private)
  end)

  it("change the kind of account, to one of three", function()
    local cookie = log_in "second_user"
    local path = "/people/second_user/edit"
    post(path, { ["do"] = "type", account_type = "PERSONAL" }, cookie)
    assert.equal("PERSONAL", user("second_user").account_type)
    local answer = post(path, { ["do"] = "type", account_type = "ROBOT" }, cookie)
    assert.equal(400, answer.status)
    has(answer.body, "account_type must be PERSONAL, BUSINESS or MEDIA_CREATOR")
    assert.equal(400, post(path, { ["do"] = "fly" }, cookie).status)
    assert.equal(400, post(path, {}, cookie).status)
    post(path, { ["do"] = "type", account_type = "BUSINESS" }, cookie)
    assert.equal("BUSINESS", user("second_user").account_type)
  end)

  it("a new password kills tokens and logins", function()
    sandbox:control("add_user", { username = "carla", account_type = "BUSINESS" })
    local token = sandbox:generate_token "carla"
    local cookie = log_in "carla"
    local answer = post("/people/carla/edit", { ["do"] = "password" }, cookie)
    assert.equal("/accounts/login/?next=/people/carla/edit", answer:header "Location")
    assert.equal(403, page("/people/carla/edit", cookie).status)
    local refused = http.get(sandbox, "/me", { access_token = token })
    assert.equal(190, refused:error().code)
  end)

  -- --- apps and websites -------------------------------------------------------------

  it("show what was granted, and take it back", function()
    sandbox:control("add_user", { username = "dora" })
    local token = http.short_token(sandbox, "basic_display", "dora")
    local app = sandbox:credentials "basic_display"
    local cookie = log_in "dora"
    local body = page("/people/dora/apps", cookie).body
    has(body, "Sandbox Basic Display")
    has(body, "Photos and videos")
    has(body, "1 November 2023")
    has(body, "30 January 2024")
    local function told() return sandbox:control("grants", { username = "dora" }) end
    assert.same({ { app = "Sandbox Basic Display", flavour = "basic_display",
      client_id = app.client_id, granted = 1698796800, expires = 1706572800,
      permissions = { "instagram_graph_user_profile",
        "instagram_graph_user_media" } } }, told().grants)
    assert.same({}, told().removed)
    assert.equal(200, http.get(sandbox, "/me", { access_token = token }).status)
    local answer = post("/people/dora/apps", { ["do"] = "remove",
      client_id = app.client_id }, cookie)
    assert.equal(303, answer.status)
    local refused = http.get(sandbox, "/me", { access_token = token })
    assert.equal(190, refused:error().code)
    body = page("/people/dora/apps", cookie).body
    has(body, "No app has your permission")
    has(body, "Removed <time")
    assert.same({}, told().grants)
    assert.same({ { app = "Sandbox Basic Display", flavour = "basic_display",
      client_id = app.client_id, removed = 1698796800 } }, told().removed)
    http.short_token(sandbox, "basic_display", "dora") -- granted anew
    lacks(page("/people/dora/apps", cookie).body, "Removed <time")
  end)

  it("show what lapsed after ninety days", function()
    local other = assert(start { data = "empty" })
    other:control("add_user", { username = "emil" })
    http.short_token(other, "basic_display", "emil")
    other:advance_clock(90 * 86400)
    local body = http.get(other, "/people/emil/apps", nil,
      { Cookie = log_in("emil", other) }).body
    has(body, "expired <time")
    has(body, "No app has your permission")
    other:stop()
  end)

  it("accept and decline invitations to be a tester", function()
    for _, name in ipairs { "frida", "gustav" } do
      sandbox:control("add_user", { username = name, tester = false })
      assert(sandbox:control("invite_tester", { username = name,
        flavour = "basic_display" }))
    end
    local id = sandbox:credentials("basic_display").client_id
    assert.same({ { app = "Sandbox Basic Display", flavour = "basic_display",
      client_id = id, invited = 1698796800, lapses = 1698796800 + 30 * 86400 } },
      sandbox:control("grants", { username = "frida" }).invites)
    local function answer_with(name, what)
      local cookie, path = log_in(name), "/people/" .. name .. "/apps"
      has(page(path, cookie).body, "1 December 2023") -- lapses
      assert.equal(303, post(path, { ["do"] = what, client_id = id }, cookie).status)
      has(page(path, cookie).body, "Nobody has invited you.")
      return post(path, { ["do"] = what, client_id = id }, cookie)
    end
    assert.equal(400, answer_with("frida", "accept").status) -- not twice
    assert.equal(400, answer_with("gustav", "decline").status)
    local states = {}
    for _, row in ipairs(sandbox:control("testers",
      { flavour = "basic_display" }).testers) do
      states[row.username] = row.state
    end
    assert.equal("accepted", states.frida)
    assert.is_nil(states.gustav)
  end)

  it("refuse forms about an app that is not there", function()
    local cookie = log_in "demo_user"
    for _, id in ipairs { "", "0", "' OR 1=1 --" } do
      for _, what in ipairs { "remove", "delete", "accept", "decline", "x" } do
        assert.equal(400, post("/people/demo_user/apps", { ["do"] = what,
          client_id = id }, cookie).status)
      end
    end
  end)

  it("ask an app to delete one's data, and show what it answered", function()
    local wire = require "spec.support.wire"
    local server = wire.start()
    server:serve(wire.always { body = '{"url":"https://x.example/s?id=1",'
      .. '"confirmation_code":"<b>c0de</b>"}' })
    sandbox:control("update_app", { flavour = "basic_display",
      deletion_url = server.url .. "/gone" })
    sandbox:control("add_user", { username = "hans" })
    http.short_token(sandbox, "basic_display", "hans")
    local cookie, path = log_in "hans", "/people/hans/apps"
    local id = sandbox:credentials("basic_display").client_id
    has(page(path, cookie).body, "Request deletion of my data")
    assert.equal(303, post(path, { ["do"] = "delete", client_id = id }, cookie).status)
    assert.is_true(sandbox:settle(5))
    assert.matches("^signed_request=[%w_-]+%.[%w_-]+$", server:requests()[1].body)
    local body = page(path, cookie).body
    has(body, "Deletion of your data: answered")
    has(body, "<code>&lt;b&gt;c0de&lt;/b&gt;</code>")
    has(body, 'href="https://x.example/s?id=1"')
    server:stop()
    sandbox:control("update_app", { flavour = "basic_display", deletion_url = "" })
  end)

  -- --- hostile words -----------------------------------------------------------------

  it("show hostile words as words, on every page", function()
    sandbox:control("add_user", { username = "mallory", name = EVIL, biography = EVIL,
      website = "javascript:alert(1)//" .. EVIL, account_type = "BUSINESS" })
    assert(sandbox:control("add_media", { username = "mallory", caption = EVIL,
      alt_text = EVIL, type = "IMAGE" }))
    assert(sandbox:control("add_media", { username = "mallory", caption = EVIL,
      type = "CAROUSEL_ALBUM", children = { { type = "IMAGE", alt_text = EVIL } } }))
    sandbox:control("add_app", { name = EVIL, flavour = "instagram_login" })
    sandbox:generate_token("mallory")
    local cookie = log_in "mallory"
    local paths = { "/people/", "/people/mallory", "/people/mallory/edit",
      "/people/mallory/apps" }
    for path in page("/people/mallory").body:gmatch 'class="tile" href="([^"]+)"' do
      paths[#paths + 1] = path
    end
    assert.equal(6, #paths)
    for _, path in ipairs(paths) do
      local answer = page(path, cookie)
      assert.equal(200, answer.status)
      lacks(answer.body:lower(), "<script")
      lacks(answer.body, "<img src=x")
      assert.is_nil(answer.body:find('href="javascript', 1, true))
      assert.matches("default-src 'none'", answer:header "Content-Security-Policy", 1,
        true)
    end
  end)

  it("keep hostile words of a form as they are, and refuse what is no text", function()
    sandbox:control("add_user", { username = "nina" })
    local cookie, path = log_in "nina", "/people/nina/edit"
    assert.equal(303, post(path, { ["do"] = "words", name = EVIL,
      biography = "one\r\ntwo " .. EVIL, website = EVIL }, cookie).status)
    local body = page(path, cookie).body
    has(body, "\none\ntwo &lt;script&gt;")
    has(body, 'value="&lt;script&gt;')
    for _, wrong in ipairs { "\255\254", "a\0b", ("x"):rep(5000) } do
      local answer = post(path, { ["do"] = "words", name = wrong }, cookie)
      assert.equal(400, answer.status)
    end
    has(page(path, cookie).body, 'value="&lt;script&gt;')
    local form = { ["do"] = EVIL, name = EVIL, account_type = EVIL, client_id = EVIL }
    assert.equal(400, post(path, form, cookie).status)
    assert.equal(400, post("/people/nina/apps", form, cookie).status)
    assert.is_table(user "demo_user") -- the table still stands
  end)
end)
