-- The Authorization Window, and what hostile addresses, forms, sites and people get.
local http = require "spec.support.sandbox_http"
local window = require "spec.support.window"

local BACK, seal_of = window.BACK, window.seal_of

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

  local function granted() return browser:granted() end

  it("names an account that is not there", function()
    local path = path_of "basic_display"
    local cookie, page = log_in(path, "<script>alert(1)</script>")
    assert.is_nil(cookie)
    assert.equal(400, page.status)
    assert.matches("There is no account named", page.body, 1, true)
    assert.is_nil(page.body:find("<script", 1, true))
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
end)
