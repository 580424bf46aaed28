-- By their real names Instagram's hosts are told apart: each serves what is its own. By
-- the sandbox's own address everything is everywhere.
local http = require "spec.support.sandbox_http"
local process = require "spec.support.process"

local HOSTS = { api = "api.instagram.com", graph = "graph.instagram.com",
  www = "www.instagram.com", media = "scontent.cdninstagram.com" }

describe("by its real name", function()
  local sandbox, token, file, code, post, story

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    sandbox:control("add_media", { username = "anna", type = "IMAGE" })
    sandbox:control("add_user", { username = "hidden", private = true })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    token = sandbox:generate_token "anna"
    local media = http.get(sandbox, "/me/media", { access_token = token,
      fields = "media_url,permalink" }):json().data[1]
    file, post = media.media_url, media.permalink:match "com(/.*)$"
    code = http.code(sandbox, "instagram_login", "anna")
    story = sandbox:control("add_media", { username = "anna", story = true }).id
  end)

  local function window() return http.window(sandbox, "instagram_login") end

  -- What can be asked for -> how.
  local asks = {
    window = function(host) return http.follow(sandbox, window(), host) end,
    code = function(host)
      return http.post(sandbox, "/oauth/access_token",
        http.code_form(sandbox, "instagram_login", code), host)
    end,
    data = function(host)
      return http.get(sandbox, "/v18.0/me", { access_token = token }, host)
    end,
    posted = function(host)
      return http.post(sandbox, "/me/media", { access_token = token }, host)
    end,
    refresh = function(host)
      return http.get(sandbox, "/refresh_access_token", { access_token = token,
        grant_type = "ig_refresh_token" }, host)
    end,
    file = function(host) return http.follow(sandbox, file, host) end,
    profile = function(host) return http.get(sandbox, "/anna/", nil, host) end,
    post = function(host) return http.get(sandbox, post, nil, host) end,
    story = function(host)
      return http.get(sandbox, "/stories/anna/" .. story, nil, host)
    end,
    control = function(host) return http.get(sandbox, "/_sandbox/now", nil, host) end,
    dashboard = function(host) return http.get(sandbox, "/apps/", nil, host) end,
  }

  -- What each serves, with its status; everything else is refused.
  local served = {
    api = { window = 200, code = 200, control = 200 },
    graph = { data = 200, posted = 400, refresh = 200, control = 200 },
    www = { window = 200, profile = 200, post = 200, story = 200, control = 200,
      dashboard = 200 },
    media = { file = 200, control = 200 },
  }

  local function check_refusal(host, answer)
    if host == "graph" then
      assert.equal(2500, answer:error().code)
      assert.matches("^Unknown path components: /", answer:error().message)
      assert.equal(400, answer.status)
      return
    end
    assert.equal(404, answer.status)
    assert.matches(host == "www" and "Sorry, this page isn&#39;t available."
      or "Sorry, this page isn't available.", answer.body, 1, true)
    local kinds = { api = "application/json; charset=utf-8", media = "text/plain",
      www = "text/html; charset=utf-8" }
    assert.equal(kinds[host], answer:header "Content-Type")
  end

  for host, name in pairs(HOSTS) do
    it(name .. " serves its own, nothing else", function()
      for what, ask in pairs(asks) do
        local answer, status = ask { Host = name }, served[host][what]
        if status then
          assert.equal(status, answer.status, what)
        elseif host ~= "graph" or answer:error().code == 2500 then
          check_refusal(host, answer)
          assert.matches("^this is .-s'?, you asked [%a ]+$", http.last(sandbox).reason)
        else -- of a path that is nobody else's graph speaks itself
          assert.equal(104, answer:error().code, what)
        end
      end
    end)
  end

  it("says in the journal whose it is", function()
    asks.data { Host = "API.instagram.com:443" }
    assert.same({ "wrong_host", "this is graph's, you asked api" },
      { http.last(sandbox).refused, http.last(sandbox).reason })
    asks.code { Host = "graph.instagram.com." }
    assert.equal("this is api's, you asked graph", http.last(sandbox).reason)
    asks.window { Host = "scontent-fra3-1.cdninstagram.com" }
    assert.equal("this is api's and www's, you asked a media host",
      http.last(sandbox).reason)
    asks.file { Host = "www.instagram.com" }
    assert.equal("this is the media hosts', you asked www", http.last(sandbox).reason)
  end)

  it("says the same when a fault orders it", function()
    local own = { window = "www", code = "api", data = "graph", file = "media" }
    for host, name in pairs(HOSTS) do
      for what, ask in pairs { window = asks.window, code = asks.code, data = asks.data,
        file = asks.file } do
        sandbox:fault { kind = "status", error = "wrong_host" }
        check_refusal(host, ask { Host = name })
        check_refusal(own[what], ask())
        sandbox:clear_faults()
      end
    end
    sandbox:fault { kind = "status", error = "wrong_host", status = 500 }
    assert.same({ 500, 500 }, { asks.data().status, asks.code().status })
  end)

  it("takes no code in the wrong place: it is good in the right one", function()
    assert.equal(400, asks.code({ Host = HOSTS.graph }).status)
    assert.equal(200, asks.code({ Host = HOSTS.api }).status)
  end)

  it("finds people by names in any case, and those who have a page", function()
    local www = { Host = HOSTS.www }
    for _, path in ipairs { "/ANNA/", "/Anna", "/people/aNNa",
      "/stories/ANNA/" .. story } do
      local answer = http.get(sandbox, path, nil, { Host = HOSTS.www,
        Accept = path == "/Anna" and "text/html" or nil })
      assert.equal(path == "/Anna" and 303 or 200, answer.status, path)
    end
    sandbox:control("add_user", { username = "aNNa" })
    assert.matches(">aNNa<", http.get(sandbox, "/aNNa/", nil, www).body, 1, true)
    assert.matches(">anna<", http.get(sandbox, "/ANNA/", nil, www).body, 1, true)
    for _, name in ipairs { "apps", "Accounts", "p", "oauth", "explore" } do
      local user, problem = sandbox:control("add_user", { username = name })
      assert.is_nil(user)
      assert.equal("username '" .. name .. "' is reserved: another page stands at /"
        .. name .. "/", problem)
    end
  end)

  it("is a media host by one label alone", function()
    local file_of = { Host = "a.b.cdninstagram.com" }
    assert.equal(200, asks.data(file_of).status)
    assert.equal(404, asks.data({ Host = "b.cdninstagram.com" }).status)
  end)

  it("shows stories for a day, private accounts to nobody", function()
    local www = { Host = HOSTS.www }
    assert.equal(200, http.get(sandbox, "/hidden/", nil, www).status)
    assert.matches("This account is private",
      http.get(sandbox, "/hidden/", nil, www).body, 1, true)
    assert.equal(303, http.get(sandbox, "/anna", "", { Host = HOSTS.www,
      Accept = "text/html" }).status)
    assert.equal(404, http.get(sandbox, "/hidden/nothing/", nil, www).status)
    assert.equal(404, http.get(sandbox, "/stories/hidden/" .. story, nil, www).status)
    local before = sandbox:now()
    sandbox:advance_clock(86400)
    assert.equal(404, asks.story(www).status)
    sandbox:set_clock(before)
  end)

  it("can be made to share, and shares with who forgives", function()
    local function all_shared(server)
      for _, name in pairs(HOSTS) do
        assert.equal(200, http.get(server, "/me", { access_token = token },
          { Host = name }).status)
      end
    end
    sandbox:control("settings", { real_hosts = "shared" })
    all_shared(sandbox)
    assert.is_nil(http.last(sandbox).notes)
    sandbox:control("settings", { real_hosts = "apart", strict = false })
    all_shared(sandbox)
    asks.data { Host = HOSTS.api }
    assert.equal("lenient: this is graph's, you asked api",
      http.last(sandbox).notes[1])
  end)

  it("shows pages under every name where hosts are shared or forgiven", function()
    local paths = { "/apps/", "/accounts/login/", "/people/", post,
      "/stories/anna/" .. story, "/sandbox/style.css", "/favicon.ico" }
    local function journal_of_all()
      sandbox:clear_requests()
      for _, path in ipairs(paths) do
        for _, name in pairs(HOSTS) do
          assert.equal(200, http.get(sandbox, path, nil, { Host = name }).status,
            name .. path)
        end
      end
      return #sandbox:requests()
    end
    sandbox:control("settings", { real_hosts = "shared" })
    assert.equal(0, journal_of_all())
    -- five pages under three names that are not theirs
    sandbox:control("settings", { real_hosts = "apart", strict = false })
    assert.equal(15, journal_of_all())
    http.get(sandbox, "/apps/", nil, { Host = HOSTS.api })
    assert.same({ "/apps/", 200, { "lenient: this is www's, you asked api" } },
      { http.last(sandbox).path, http.last(sandbox).status, http.last(sandbox).notes })
    sandbox:control("settings", { strict = true })
    assert.equal(400, http.get(sandbox, "/apps/", nil, { Host = HOSTS.graph }).status)
  end)

  it("leaves the one address, and that of public_url, to all", function()
    for what, ask in pairs(asks) do
      local status = what == "posted" and 400 or what == "profile" and 400 or 200
      assert.equal(status, ask().status, what)
      code = http.code(sandbox, "instagram_login", "anna")
    end
    local other = require("instagram.sandbox").start { data = "empty",
      public_url = "https://api.instagram.com" }
    assert.equal(104, http.get(other, "/nothing", nil, { Host = HOSTS.api })
      :error().code)
    other:stop()
  end)

  it("is asked for codes where the window is", function()
    local address = window():gsub("^http://[^/]+", "https://graph.instagram.com")
    local ok, problem = sandbox:authorize { user = "anna", url = address }
    assert.is_nil(ok)
    assert.equal("authorize: the window is api's and www's, this address is graph's",
      problem)
  end)

  it("holds through the proxy and TLS #once", function()
    local ca = os.tmpname()
    assert(sandbox:write_ca(ca))
    local function status(address)
      return (process.output(process.quote("curl", "-s", "-o", "/dev/null", "-w",
        "%{http_code}", "--proxy", sandbox.url, "--cacert", ca, address)))
    end
    assert.equal("404", status("https://api.instagram.com/me?access_token=" .. token))
    assert.equal("200", status("https://graph.instagram.com/me?access_token=" .. token))
    assert.equal("404", status("http://www.instagram.com/me?access_token=" .. token))
    os.remove(ca)
  end)
end)
