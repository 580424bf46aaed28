-- Logging in and out in a browser: the cookie, where one goes on to, what ends a login.
local http = require "spec.support.sandbox_http"

describe("logging in", function()
  local sandbox

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", name = "Anna <b>A.</b>" })
    sandbox:control("add_user", { username = "paul" })
  end)
  teardown(function() sandbox:stop() end)

  local function log_in(name, headers, path)
    local answer = http.request(sandbox, { path = "/accounts/login/",
      form = { username = name, next = path }, headers = headers })
    local cookie = (answer:header "Set-Cookie" or ""):match "^(sandbox_login=[%w_-]+);"
    return cookie, answer
  end

  local function page(path, cookie, headers)
    headers = headers or {}
    headers.Cookie = cookie
    return http.get(sandbox, path, nil, headers)
  end

  -- Who is logged in: the name the page shows.
  local function who(cookie)
    return page("/accounts/login/", cookie).body
      :match "You are logged in as <b>([^<]*)"
  end

  it("shows everybody, and a field for a name", function()
    local body = page("/accounts/login/").body
    assert.matches('name="username" type="submit" value="anna"', body, 1, true)
    assert.matches('value="paul"', body, 1, true)
    assert.matches('<label for="f-username">', body, 1, true)
    assert.matches("Anna &lt;b&gt;A.&lt;/b&gt;", body, 1, true)
    assert.is_nil(body:find("logged in as", 1, true))
  end)

  it("shows some of many, and takes the name of any", function()
    local many = require("instagram.sandbox").start { data = "empty" }
    for i = 1, 35 do many:control("add_user", { username = "user" .. i }) end
    local body = http.get(many, "/accounts/login/").body
    assert.equal(30, select(2, body:gsub('class="person"', "")))
    assert.matches("or one of 5 others", body, 1, true)
    local front = http.get(many, "/", nil, { Accept = "text/html" }).body
    assert.matches("All 35 people", front, 1, true)
    local places = front:match("Behind the scenes.*")
    for path in front:match("<header>.-</header>"):gmatch 'href="(/[^"]+)"' do
      assert.matches('href="' .. path .. '"', places, 1, true)
    end
    many:stop()
  end)

  it("is kept by a cookie that scripts and other sites do not get", function()
    local cookie, answer = log_in "anna"
    assert.equal(303, answer.status)
    local line = answer:header "Set-Cookie"
    for _, word in ipairs { "HttpOnly", "SameSite=Lax", "Path=/" } do
      assert.matches("; " .. word, line, 1, true)
    end
    assert.is_nil(line:find("Domain", 1, true))
    assert.equal("anna", who(cookie))
    assert.equal("anna", who("a=b;" .. cookie .. "; x=y"))
    assert.is_nil(who "sandbox_login=wrong")
    assert.is_nil(who "sandbox_login=' OR '1'='1")
    assert.is_nil(who(cookie .. "x"))
  end)

  it("counts for both of Instagram's names", function()
    local _, answer = log_in("anna", { Host = "www.instagram.com",
      Origin = "https://www.instagram.com" })
    assert.matches("; Domain=instagram.com", answer:header "Set-Cookie", 1, true)
  end)

  it("takes a name with an @ and blanks around it", function()
    assert.equal("paul", who((log_in " @paul ")))
  end)

  it("names who is not there, and logs nobody in", function()
    for _, name in ipairs { "nobody", "", "<script>alert(1)</script>",
      "' OR '1'='1" } do
      local cookie, answer = log_in(name)
      assert.is_nil(cookie)
      assert.equal(400, answer.status)
      assert.matches('role="alert"', answer.body, 1, true)
      assert.is_nil(answer.body:find("<script", 1, true))
    end
  end)

  it("takes the place of the login before", function()
    local first = log_in "anna"
    local second = log_in("paul", { Cookie = first })
    assert.is_nil(who(first))
    assert.equal("paul", who(second))
  end)

  it("goes on to paths of the sandbox only", function()
    for _, path in ipairs { "/", "/people/anna/", "/oauth/authorize?a=b%20&b=c" } do
      local _, answer = log_in("anna", nil, path)
      assert.equal(path, answer:header "Location")
    end
    for _, path in ipairs { "https://evil.example/", "//evil.example",
      "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "evil", "",
      "/a\r\nSet-Cookie: x=y", "javascript:alert(1)", " /x" } do
      local _, answer = log_in("anna", nil, path)
      assert.equal("/", answer:header "Location", path)
      local body = page("/accounts/login/?next=" .. http.encode(path)).body
      assert.matches('name="next" type="hidden" value="/"', body, 1, true)
    end
  end)

  it("ends when the person says so, by a POST", function()
    local cookie = log_in "anna"
    assert.matches("Log out", page("/accounts/logout/", cookie).body)
    assert.equal("anna", who(cookie))
    local answer = http.request(sandbox, { path = "/accounts/logout/",
      form = { next = "/people/" }, headers = { Cookie = cookie } })
    assert.equal(303, answer.status)
    assert.equal("/people/", answer:header "Location")
    assert.matches("^sandbox_login=; .*Max%-Age=0", answer:header "Set-Cookie")
    assert.is_nil(who(cookie))
  end)

  it("ends with a new password, for that person alone", function()
    local anna, other, paul = log_in "anna", log_in "anna", log_in "paul"
    sandbox:control("update_user", { username = "anna", password_changed = true })
    assert.is_nil(who(anna))
    assert.is_nil(who(other))
    assert.equal("paul", who(paul))
  end)

  it("cannot be done from another site", function()
    for _, headers in ipairs { { Origin = "https://evil.example" }, { Origin = "null" },
      { ["Sec-Fetch-Site"] = "cross-site" } } do
      local cookie, answer = log_in("anna", headers)
      assert.is_nil(cookie)
      assert.equal(403, answer.status)
    end
  end)

  it("is, as every page, looked at or sent a form, and nothing else", function()
    for _, method in ipairs { "PUT", "DELETE", "PATCH" } do
      for _, path in ipairs { "/accounts/logout/", "/sandbox/journal", "/apps/" } do
        assert.equal(405, http.request(sandbox, { path = path,
          method = method }).status)
      end
    end
    assert.equal(200, http.request(sandbox, { path = "/apps/",
      method = "HEAD" }).status)
  end)

  it("is not there on the graph host", function()
    assert.equal("application/json; charset=UTF-8",
      page("/accounts/login/", nil, { Host = "graph.instagram.com" })
        :header "Content-Type")
    assert.equal(404, page("/accounts/else/").status)
  end)
end)
