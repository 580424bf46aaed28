-- The Authorization Window as a page, by raw HTTP: logging in inside it, allowing,
-- cancelling, unticking; and what hostile addresses, forms and sites get.
local http = require "spec.support.sandbox_http"

local FLAVOURS = { "basic_display", "instagram_login" }
local NAMES = { basic_display = "Sandbox Basic Display",
  instagram_login = "Sandbox Instagram Login" }
local BACK = "https://localhost/auth/"

describe("the window's page", function()
  local sandbox

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    sandbox:control("add_user", { username = "bert", account_type = "MEDIA_CREATOR" })
    sandbox:control("add_user", { username = "paul", account_type = "PERSONAL" })
    sandbox:control("add_user", { username = "stranger", tester = false,
      account_type = "BUSINESS" })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
    for _, flavour in ipairs(FLAVOURS) do
      sandbox:control("update_app", { flavour = flavour, redirect_uris = { BACK },
        name = NAMES[flavour] })
      for _, name in ipairs { "anna", "bert" } do
        sandbox:control("remove_app", { flavour = flavour, username = name })
      end
    end
  end)

  local function path_of(flavour, changes)
    return (http.window(sandbox, flavour, changes):gsub("^http://[^/]+", ""))
  end

  local function get(path, cookie, headers)
    headers = headers or {}
    headers.Cookie = cookie
    return http.get(sandbox, path, nil, headers)
  end

  local function post(path, cookie, form, headers)
    headers = headers or {}
    headers.Cookie = cookie
    return http.request(sandbox, { path = path, form = form, headers = headers })
  end

  local function cookie_of(answer)
    return (answer:header "Set-Cookie" or ""):match "^(sandbox_login=[%w_-]+);"
  end

  local function log_in(path, name)
    local answer = post(path, nil, { choice = "login", username = name or "anna" })
    return cookie_of(answer), answer
  end

  local function seal_of(page)
    return page.body:match 'name="seal" type="hidden" value="([%w_-]+)"'
  end

  -- The whole way: log in, look, answer. `ticked`: the scopes left ticked.
  local function answer(path, choice, ticked, name)
    local cookie = log_in(path, name)
    local form = { { "choice", choice }, { "seal", seal_of(get(path, cookie)) } }
    for _, scope in ipairs(ticked or {}) do form[#form + 1] = { "scope", scope } end
    return post(path, cookie, form)
  end

  -- What the code of a redirect grants: the permissions of the journal's entry.
  local function granted() return http.last(sandbox).granted end

  for _, flavour in ipairs(FLAVOURS) do
    local scopes = flavour == "basic_display" and { "user_profile", "user_media" }
      or { "instagram_business_basic", "instagram_business_manage_comments" }
    local wanted = { scope = table.concat(scopes, ",") }

    describe("in " .. flavour, function()
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

  it("names an account that is not there", function()
    local path = path_of "basic_display"
    local cookie, page = log_in(path, "<script>alert(1)</script>")
    assert.is_nil(cookie)
    assert.equal(400, page.status)
    assert.matches("There is no account named", page.body, 1, true)
    assert.is_nil(page.body:find("<script", 1, true))
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

  it("keeps out whom the app may not have, and lets them switch", function()
    local path = path_of "basic_display"
    local page = get(path, (log_in(path, "stranger")))
    assert.equal(400, page.status)
    assert.matches("<h1>Insufficient Developer Role</h1>", page.body, 1, true)
    assert.matches("Switch account", page.body, 1, true)
    assert.equal("window_role", http.last(sandbox).refused)
    assert.matches("not an accepted tester", http.last(sandbox).reason)
    path = path_of "instagram_login"
    page = get(path, (log_in(path, "paul")))
    assert.matches("invalid: No valid scopes requested<", page.body, 1, true)
    assert.matches("Switch account", page.body, 1, true)
    assert.is_nil(page:header "Location")
  end)

  it("keeps them out however they answer", function()
    local path = path_of "basic_display"
    local cookie = log_in(path, "bert")
    local seal = seal_of(get(path, cookie))
    sandbox:control("update_user", { username = "bert", tester = false })
    local back = post(path, cookie, { choice = "allow", seal = seal })
    assert.equal(400, back.status)
    assert.is_nil(back:header "Location")
    sandbox:control("update_user", { username = "bert", tester = true })
  end)

  it("says what it said as JSON until 2022", function()
    local path = path_of "basic_display"
    local cookie = log_in(path, "stranger")
    sandbox:set_clock(1640995200)
    local page = get(path, cookie)
    assert.equal('{"error_type": "OAuthException", "code": 400, "error_message": '
      .. '"Insufficient developer role"}', page.body)
  end)

  it("checks the address anew when it is answered", function()
    local path = path_of "basic_display"
    local cookie = log_in(path)
    local seal = seal_of(get(path, cookie))
    for name, bad in pairs { client_id = "1", redirect_uri = "https://evil.example/",
      response_type = "token", scope = "user_profile,everything" } do
      local back = post(path_of("basic_display", { [name] = bad }), cookie,
        { choice = "allow", seal = seal })
      assert.equal(400, back.status, name)
      assert.is_nil(back:header "Location")
    end
    -- parameters in the form count for nothing
    local app = sandbox:credentials "basic_display"
    local back = post("/oauth/authorize", cookie, { choice = "allow", seal = seal,
      client_id = app.client_id, redirect_uri = BACK, response_type = "code",
      scope = "user_profile" })
    assert.equal(400, back.status)
    back = post(path, cookie, { choice = "allow", seal = seal, state = "evil",
      redirect_uri = "https://evil.example/" })
    assert.matches("^https://localhost/auth/%?code=[%w_-]+#_$", back:header "Location")
  end)

  it("takes a form only for the login and address it was shown for", function()
    local path = path_of "basic_display"
    local other = path_of("basic_display", { state = "x" })
    local anna, bert = log_in(path), log_in(path, "bert")
    local seal = seal_of(get(path, anna))
    for _, case in ipairs { { path, bert, seal }, { other, anna, seal },
      { path, anna, "" }, { path, anna, nil }, { path, nil, seal },
      { path, anna, seal .. "x" } } do
      local back = post(case[1], case[2], { choice = "allow", seal = case[3] })
      assert.equal(303, back.status)
      assert.equal(case[1], back:header "Location")
      assert.is_nil(granted())
      assert.is_string(http.last(sandbox).reason)
    end
    assert.equal(302, post(path, anna, { choice = "allow", seal = seal }).status)
  end)

  it("is answered by its own page alone", function()
    local path = path_of "basic_display"
    local cookie = log_in(path)
    local form = { choice = "allow", seal = seal_of(get(path, cookie)) }
    for _, headers in ipairs { { Origin = "https://evil.example" }, { Origin = "null" },
      { ["Sec-Fetch-Site"] = "cross-site" },
      { Host = "evil.example", Origin = "http://evil.example" } } do -- rebound
      assert.equal(403, post(path, cookie, form, headers).status)
      assert.is_nil(granted())
    end
    for _, choice in ipairs { "", "yes", "<b>" } do
      form.choice = choice
      assert.equal(400, post(path, cookie, form).status)
    end
  end)

  it("cannot be framed, runs no script, tells no other site", function()
    local path = path_of "basic_display"
    for _, page in ipairs { get(path), get(path, (log_in(path))),
      get(path_of("basic_display", { scope = "x" })) } do
      assert.equal("DENY", page:header "X-Frame-Options")
      local policy = page:header "Content-Security-Policy"
      assert.matches("default-src 'none'", policy, 1, true)
      assert.matches("frame-ancestors 'none'", policy, 1, true)
      assert.is_nil(policy:find("script", 1, true))
      assert.equal("same-origin", page:header "Referrer-Policy")
      assert.matches("no%-store", page:header "Cache-Control")
      assert.is_nil(page.body:find("<script", 1, true))
      assert.is_nil(page.body:find(' on%a+="'))
    end
  end)

  it("shows markup in any field as text", function()
    local evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    local sql = "'; DROP TABLE users; --"
    local app = sandbox:credentials "basic_display"
    sandbox:control("update_app", { flavour = "basic_display", name = evil })
    for _, bad in ipairs { evil, sql, ("\195"), "\0", ("x"):rep(3000) } do
      for _, name in ipairs { "client_id", "redirect_uri", "scope", "state",
        "response_type", "force_reauth", "enable_fb_login", "app_id", bad } do
        local path = path_of("basic_display", { [name] = bad })
        local cookie, after = log_in(path)
        for _, page in ipairs { get(path), get(path, cookie), after } do
          assert.is_true(page.status < 500)
          assert.is_nil(page.body:find("<script>alert", 1, true))
          assert.is_nil(page.body:find("<img src=x", 1, true))
        end
      end
    end
    assert.equal(app.client_id, sandbox:credentials("basic_display").client_id)
  end)

  it("stays sane and leads nowhere else, whatever comes", function()
    local app = sandbox:credentials "basic_display"
    local words = { "", "code", "true", "0", "allow", "login", "anna", "bert", "nobody",
      app.client_id, BACK, "//evil.example", "javascript:x", "user_profile,user_media",
      "<script>x</script>", "' OR 1=1 --", "%00", "\0", "\255\254", "a\r\nX: y", "&=&",
      ("z"):rep(500), "state", "[]", "../../etc" }
    local names = { "client_id", "app_id", "redirect_uri", "response_type", "scope",
      "state", "force_reauth", "enable_fb_login", "choice", "username", "seal", "" }
    local seed = 1
    local function pick(list)
      seed = seed * 48271 % 2147483647
      return list[seed % #list + 1]
    end
    local function pairs_of(start)
      local list = start
      for _ = 1, pick { 0, 1, 2, 3, 5 } do
        list[#list + 1] = { pick(names), pick(words) }
      end
      return list
    end
    local cookies = { false, (log_in(path_of "basic_display")), "sandbox_login=\255",
      "sandbox_login=" .. ("x"):rep(2000), ";;=;", "sandbox_login" }
    for _ = 1, 600 do
      sandbox:control "clear_requests"
      local query = pairs_of(pick { {}, { { "client_id", app.client_id },
        { "redirect_uri", BACK }, { "response_type", "code" },
        { "scope", "user_profile" } } })
      local method = pick { "GET", "POST", "HEAD" }
      local back = assert(http.request(sandbox, { method = method, query = query,
        path = "/oauth/authorize", form = method == "POST" and pairs_of {} or nil,
        headers = { Cookie = pick(cookies) } }))
      assert.is_true(back.status < 500)
      assert.is_nil(back.body:find("<script>", 1, true))
      assert.is_nil(back:header "X")
      local place = back:header "Location" or BACK
      assert.is_true(place:sub(1, #BACK) == BACK
        or place:sub(1, 17) == "/oauth/authorize?", place)
      assert.equal("window", http.last(sandbox).endpoint)
    end
  end)

  it("answers HEAD as a GET that decides nothing, and no other method", function()
    local path = path_of "basic_display"
    local head = http.request(sandbox, { method = "HEAD", path = path,
      headers = { ["X-Sandbox-User"] = "anna" } })
    assert.equal(200, head.status)
    assert.is_nil(head:header "Location")
    assert.equal("", head.body)
    for _, method in ipairs { "PUT", "DELETE", "PATCH" } do
      local answered = http.request(sandbox, { method = method, path = path })
      assert.equal(405, answered.status)
      assert.equal("GET, HEAD, POST", answered:header "Allow")
      assert.equal("window", http.last(sandbox).endpoint)
      assert.is_string(http.last(sandbox).reason)
    end
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
