-- The Authorization Window as a page, by raw HTTP: logging in inside it, allowing,
-- cancelling, unticking; where it stands and what it tells.
local http = require "spec.support.sandbox_http"
local window = require "spec.support.window"

local FLAVOURS, NAMES, BACK = window.FLAVOURS, window.NAMES, window.BACK
local cookie_of, seal_of = window.cookie_of, window.seal_of

describe("the window's page", function()
  local sandbox, browser

  setup(function()
    browser = window.open()
    sandbox = browser.sandbox
  end)
  teardown(function() sandbox:stop() end)
  before_each(function() browser:renew() end)

  local function path_of(flavour, changes) return browser:path_of(flavour, changes) end

  local function get(...) return browser:get(...) end

  local function post(...) return browser:post(...) end

  local function log_in(path, name) return browser:log_in(path, name) end

  local function answer(...) return browser:answer(...) end

  local function granted() return browser:granted() end

  for _, flavour in ipairs(FLAVOURS) do
    local scopes = flavour == "basic_display" and { "user_profile", "user_media" }
      or { "instagram_business_basic", "instagram_business_manage_comments" }
    local wanted = { scope = table.concat(scopes, ",") }

    describe("in " .. flavour, function()
      it("says Session Invalid when that is ordered, a page in every year", function()
    for _, year in ipairs { 1698796800, 1579000000 } do
      sandbox:set_clock(year)
      sandbox:fault { kind = "status", error = "window_session", times = 1,
        on = "/oauth/authorize" }
      local shown = get(path_of "instagram_login")
      assert.equal(400, shown.status)
      assert.matches("<h1>400 Session Invalid</h1>", shown.body, 1, true)
      assert.is_nil(shown:header "Location")
      local entry = http.last(sandbox)
      assert.same({ "window_session", "status" }, { entry.refused, entry.fault })
      shown = get(path_of "instagram_login")
      assert.equal(200, shown.status)
    end
  end)

  it("asks who one is first, for everything in the address", function()
        local path = path_of(flavour, { state = 'a b&c"d<e>\195\164' })
        local page = get(path)
        assert.equal(200, page.status)
        assert.matches("<h1>Log in</h1>", page.body, 1, true)
        assert.matches('value="bert"', page.body, 1, true)
        local action = page.body:match 'action="([^"]+)"'
        assert.equal(path, (action:gsub("&amp;", "&")))
        local cookie, next_one = log_in(path)
        assert.equal(303, next_one.status)
        assert.equal(path, next_one:header "Location")
        assert.is_string(cookie)
        assert.equal("login", http.last(sandbox).choice)
        assert.is_nil(next_one:header("Location"):find("code=", 1, true))
      end)

      it("shows who asks whom for what", function()
        local path = path_of(flavour, wanted)
        local page = get(path, (log_in(path)))
        assert.equal(200, page.status)
        assert.matches(">" .. NAMES[flavour] .. "<span> wants access", page.body, 1,
          true)
        assert.matches("<b>anna</b>", page.body, 1, true)
        assert.matches("Not you? ", page.body, 1, true)
        for i, scope in ipairs(scopes) do
          local box = page.body:match('<input[^>]*id="scope%-' .. scope .. '"[^>]*>')
          assert.matches(" checked", box, 1, true)
          assert.equal(i == 1, box:find(" disabled", 1, true) ~= nil)
        end
        assert.equal(#scopes, select(2, page.body:gsub('type="checkbox"', "")))
      end)

      it("sends an allowed browser back with a code that works", function()
        local path = path_of(flavour, { scope = wanted.scope, state = "x%20y &z" })
        local back = answer(path, "allow", scopes)
        assert.equal(302, back.status)
        local code, state = back:header("Location")
          :match("^https://localhost/auth/%?code=(AQ[%w_-]+)&state=(.-)#_$")
        assert.equal("x%2520y+%26z", state)
        assert.equal(wanted.scope, granted())
        assert.equal(200, http.post(sandbox, "/oauth/access_token",
          http.code_form(sandbox, flavour, code)).status)
      end)

      it("sends a cancelled browser back with that, and nothing granted", function()
        local back = answer(path_of(flavour, { state = "s" }), "cancel", scopes)
        assert.equal(BACK .. "?error=access_denied&error_reason=user_denied"
          .. "&error_description=The+user+denied+your+request&state=s",
          back:header "Location")
        assert.equal("cancel", http.last(sandbox).choice)
        assert.is_nil(granted())
      end)

      it("grants what was left ticked; what is required cannot be unticked", function()
        answer(path_of(flavour, wanted), "allow", {})
        assert.equal(scopes[1], granted())
        answer(path_of(flavour, wanted), "allow", { scopes[2] })
        assert.equal(wanted.scope, granted())
      end)

      it("cannot be made to grant what was not asked for", function()
        local path = path_of(flavour, { scope = scopes[1] })
        answer(path, "allow", { scopes[2], "user_media", "", "x'); DROP TABLE users",
          "instagram_business_manage_insights" })
        assert.equal(scopes[1], granted())
        assert.matches("not asked for", http.last(sandbox).notes[1])
      end)

      it("stands in the journal with the choice, without the code", function()
        answer(path_of(flavour, wanted), "allow", scopes)
        local list = sandbox:requests()
        local entry = list[#list]
        assert.equal("window", entry.endpoint)
        assert.equal("allow", entry.choice)
        assert.equal(302, entry.status)
        assert.equal(sandbox:credentials(flavour).client_id, entry.client_id)
        assert.is_string(entry.user_id)
        local text = require("cjson").encode(list)
        assert.is_nil(text:find('"AQ', 1, true))
        assert.is_nil(text:find("code=AQ", 1, true))
      end)
    end)
  end

  it("switches accounts, keeping the address", function()
    local path = path_of("basic_display", { state = "keep" })
    local cookie = log_in(path)
    local back = post(path, cookie, { choice = "switch" })
    assert.equal(303, back.status)
    assert.equal(path, back:header "Location")
    assert.equal("switch", http.last(sandbox).choice)
    assert.matches("<h1>Log in</h1>", get(path, cookie).body, 1, true)
  end)

  it("asks for a login anew when the app wants that, once", function()
    for _, name in ipairs { "force_reauth", "force_authentication" } do
      for _, value in ipairs { "true", "1" } do
        local plain = path_of "instagram_login"
        local cookie = log_in(plain)
        assert.matches("It asks for", get(plain, cookie).body, 1, true)
        local path = path_of("instagram_login", { [name] = value })
        assert.matches("Log in again", get(path, cookie).body, 1, true)
        -- a form of the plain window does not get around it
        local form = { choice = "allow", seal = seal_of(get(plain, cookie)) }
        local back = post(path, cookie, form)
        assert.equal(path, back:header "Location")
        cookie = log_in(path)
        local page = get(path, cookie)
        assert.matches("It asks for", page.body, 1, true)
        form.seal = seal_of(page)
        assert.matches("code=", post(path, cookie, form):header "Location", 1, true)
        assert.matches("Log in again", get(path, cookie).body, 1, true)
        assert.matches("It asks for", get(plain, cookie).body, 1, true)
      end
    end
    local path = path_of("instagram_login", { force_reauth = "false" })
    assert.matches("It asks for", get(path, (log_in(path))).body, 1, true)
  end)

  it("has a Facebook button in the successor, which can be left away", function()
    local button = "Log in with Facebook"
    for value, there in pairs { [""] = true, ["true"] = true, ["1"] = true,
      ["false"] = false, ["0"] = false } do
      local page = get(path_of("instagram_login", { enable_fb_login = value }))
      assert.equal(there, page.body:find(button, 1, true) ~= nil, value)
    end
    local page = get(path_of("instagram_login", { hide_fb_login = "1" }))
    assert.matches(button, page.body, 1, true)
    assert.matches("The sandbox has no Facebook", page.body, 1, true)
    assert.is_nil(get(path_of "basic_display").body:find(button, 1, true))
  end)

  it("says what it said as JSON until 2022", function()
    local path = path_of "basic_display"
    local cookie = log_in(path, "stranger")
    sandbox:set_clock(1640995200)
    local page = get(path, cookie)
    assert.equal('{"error_type": "OAuthException", "code": 400, "error_message": '
      .. '"Insufficient developer role"}', page.body)
  end)

  it("says that the app was let in before, or passes by the page", function()
    local path = path_of "basic_display"
    answer(path, "allow", { "user_profile" })
    local cookie = log_in(path)
    assert.matches("You let this app in on 1 Nov 2023", get(path, cookie).body, 1, true)
    sandbox:control("settings", { window_again = "skip" })
    assert.equal(200, get(path, cookie).status) -- user_media was not granted
    local less = path_of("basic_display", { scope = "user_profile" })
    assert.matches("code=", get(less, cookie):header "Location", 1, true)
    assert.equal(200, get(less .. "&force_reauth=1", cookie).status)
    assert.equal(200, get(less).status)
    sandbox:advance_clock(90 * 86400)
    assert.equal(200, get(less, cookie).status)
  end)

  it("serves the token generator's page without registration", function()
    for _, flavour in ipairs(FLAVOURS) do
      local app = sandbox:credentials(flavour)
      local own = sandbox.url .. "/apps/" .. app.client_id .. "/token"
      local back = answer(path_of(flavour, { redirect_uri = own }), "allow", {})
      assert.matches(own .. "?code=AQ", back:header "Location", 1, true)
      for _, bad in ipairs { own .. "/", own .. "?x=y", own:gsub("token", ""),
        "https://evil.example/apps/" .. app.client_id .. "/token",
        sandbox.url .. "/apps/1/token" } do
        assert.matches("Invalid redirect_uri",
          get(path_of(flavour, { redirect_uri = bad })).body, 1, true)
      end
    end
  end)

  it("stands behind a proxy that speaks TLS for it", function()
    local behind = require("instagram.sandbox").start { data = "empty",
      public_url = "https://sandbox.example" }
    behind:control("add_user", { username = "anna" })
    local app = behind:credentials "basic_display"
    local query = http.query { client_id = app.client_id, response_type = "code",
      scope = "user_profile", redirect_uri = "https://sandbox.example/apps/"
        .. app.client_id .. "/token" }
    local headers = { Host = "sandbox.example", Origin = "https://sandbox.example" }
    local function send(form)
      return http.request(behind, { path = "/oauth/authorize", query = query,
        form = form, headers = headers })
    end
    local back = send { choice = "login", username = "anna" }
    assert.equal(303, back.status)
    headers.Cookie = cookie_of(back)
    back = send { choice = "allow", seal = seal_of(send()) }
    assert.matches("^https://sandbox%.example/apps/%d+/token%?code=",
      back:header "Location")
    headers.Origin = "https://other.example"
    assert.equal(403, send({ choice = "switch" }).status)
    behind:stop()
  end)

  it("stands under the names of www and api, with one login", function()
    local path = path_of "basic_display"
    for _, host in ipairs { "www.instagram.com", "api.instagram.com" } do
      local back = post(path, nil, { choice = "login", username = "anna" },
        { Host = host, Origin = "https://" .. host })
      assert.matches("Domain=instagram.com", back:header "Set-Cookie", 1, true)
      local page = get(path, cookie_of(back), { Host = host })
      assert.matches("It asks for", page.body, 1, true)
      assert.matches('src="https://scontent.cdninstagram.com/', page.body, 1, true)
      assert.matches("img-src 'self' https://scontent.cdninstagram.com",
        page:header "Content-Security-Policy", 1, true)
    end
  end)

  it("shows faces without filling the journal", function()
    local address = get(path_of "basic_display").body:match 'src="([^"]+)"'
      :gsub("&amp;", "&")
    for site, count in pairs { ["same-origin"] = 0, ["cross-site"] = 1 } do
      sandbox:control "clear_requests"
      local face = http.follow(sandbox, address, { ["Sec-Fetch-Site"] = site })
      assert.equal(200, face.status)
      assert.equal("image/jpeg", face:header "Content-Type")
      assert.equal(count, #sandbox:requests(), site)
    end
    assert.equal(403, http.follow(sandbox, (address:gsub("oh=", "oh=x")),
      { ["Sec-Fetch-Site"] = "same-origin" }).status)
  end)

  it("is played by a header or a control call, in the journal too", function()
    local path = path_of "basic_display"
    get(path, nil, { ["X-Sandbox-User"] = "anna" })
    local entry = http.last(sandbox)
    assert.same({ "window", "allow", "header", "user_profile,user_media", 302 },
      { entry.endpoint, entry.choice, entry.by, entry.granted, entry.status })
    sandbox:authorize { user = "anna", allow = false, url = sandbox.url .. path }
    entry = http.last(sandbox)
    assert.same({ "window", "cancel", "control", 302, "/oauth/authorize" },
      { entry.endpoint, entry.choice, entry.by, entry.status, entry.path })
    sandbox:authorize { user = "stranger", url = sandbox.url .. path }
    entry = http.last(sandbox)
    assert.equal("window_role", entry.refused)
    assert.matches("not an accepted tester", entry.reason)
    assert.equal(400, entry.status)
    get(path, nil, { ["X-Sandbox-User"] = "nobody" })
    assert.matches("no account has that name", http.last(sandbox).reason)
  end)
end)
