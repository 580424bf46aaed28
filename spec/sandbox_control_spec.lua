-- The sandbox from outside: control calls from Lua and over HTTP, every switch, clock,
-- journal, people and posts.
local http = require "spec.support.sandbox_http"
local settings = require "instagram.sandbox.settings"

local START = 1698796800

local function start(options)
  options = options or {}
  options.data = options.data or "empty"
  return assert(require("instagram.sandbox").start(options))
end

describe("control", function()
  local sandbox

  setup(function() sandbox = start() end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(START)
  end)

  local function refused(message, name, args)
    local result, text = sandbox:control(name, args)
    assert.is_nil(result)
    assert.matches(message, text, 1, true)
  end

  local count = 0

  local function person(spec)
    count = count + 1
    spec = spec or {}
    spec.username = "person" .. count
    assert(sandbox:control("add_user", spec))
    return spec.username
  end

  local function me(token, fields)
    return http.get(sandbox, "/me", { access_token = token, fields = fields })
  end

  describe("over HTTP", function()
    it("is a POST with a JSON object, a GET for what only looks", function()
      local answer = http.control(sandbox, "advance_clock", { seconds = 5 })
      assert.equal(200, answer.status)
      assert.equal("application/json", answer:header "Content-Type")
      assert.equal(START + 5, answer:json().now)
      for _, name in ipairs { "now", "status", "users", "requests", "settings",
        "credentials" } do
        assert.equal(200, http.get(sandbox, "/_sandbox/" .. name).status, name)
        assert.equal(200, http.control(sandbox, name).status, name)
        assert.equal(200, http.control(sandbox, name, "{}").status, name)
      end
      assert.equal("basic_display", http.get(sandbox, "/_sandbox/credentials",
        { flavour = "basic_display" }):json().flavour)
      assert.equal(200, http.get(sandbox, "/_sandbox/requests/", { since = 1 }).status)
    end)

    it("says what is wrong", function()
      local function problem(status, answer)
        assert.equal(status, answer.status)
        return answer:json().error
      end
      assert.matches("no control call", problem(404, http.control(sandbox, "nothing")))
      assert.matches("no control call", problem(404, http.get(sandbox, "/_sandbox/")))
      assert.matches("no control call", problem(404, http.control(sandbox, "now/x")))
      for _, method in ipairs { "GET", "PUT", "DELETE", "OPTIONS" } do
        assert.matches("is a POST", problem(405, http.control(sandbox, "reset", nil,
          { method = method })))
      end
      for _, body in ipairs { "{", "[1]x", "nonsense", "null", "5", '"x"',
        "{\"a\":01}", ("["):rep(100) } do
        assert.is_string(problem(400, http.control(sandbox, "advance_clock", body)))
      end
      assert.matches("advance_clock has no 'second'", problem(400,
        http.control(sandbox, "advance_clock", { second = 5 })))
      assert.matches("requests has no 'x'", problem(400,
        http.get(sandbox, "/_sandbox/requests", { x = 1 })))
      assert.matches("settings has no 'page_max'", problem(400,
        http.get(sandbox, "/_sandbox/settings", { page_max = 5 })))
      assert.matches("must be a whole number", problem(400,
        http.get(sandbox, "/_sandbox/requests", { since = "x" })))
      assert.equal(START, sandbox:now())
    end)

    it("tells why the window refused", function()
      local user = person()
      local answer = http.control(sandbox, "authorize", { user = user,
        url = http.window(sandbox, "basic_display", { redirect_uri = "https://x/" }) })
      assert.equal(400, answer.status)
      assert.equal("Invalid redirect_uri", answer:json().error)
      assert.matches("'https://x/' is not one of the app's: https://localhost/auth/",
        answer:json().reason, 1, true)
    end)

    it("is not for pages of other sites", function()
      for _, origin in ipairs { "https://evil.example", "null", "http://127.0.0.1",
        "http://127.0.0.1:1", "https://127.0.0.1:1", "https:" } do
        local answer = http.control(sandbox, "advance_clock", { seconds = 1 },
          { headers = { Origin = origin } })
        assert.equal(403, answer.status, origin)
        assert.is_nil(answer:header "Access-Control-Allow-Origin")
      end
      assert.equal(START, sandbox:now())
      for _, origin in ipairs { sandbox.url, (sandbox.url:gsub("^http", "https")),
        (sandbox.url:gsub("127.0.0.1", "localhost")) } do
        assert.equal(200, http.control(sandbox, "now", nil,
          { headers = { Origin = origin } }).status)
      end
    end)

    it("is not in the journal", function()
      sandbox:clear_requests()
      http.control(sandbox, "now")
      assert.same({}, sandbox:requests())
    end)
  end)

  describe("from Lua", function()
    it("refuses misuse by name", function()
      assert.error_matches(function() sandbox:control() end, "bad argument 'name'")
      assert.error_matches(function() sandbox:control(5) end, "string expected")
      assert.error_matches(function() sandbox:control("now", 5) end,
        "bad argument 'args' to control %(table expected, got number%)")
      refused("no control call named 'nothing'", "nothing")
      refused("now has no 'x'", "now", { x = 1 })
      refused("add_user: 'private' must be true or false", "add_user",
        { username = "x", private = "yes" })
      local module = require "instagram.sandbox"
      for option, value in pairs { port = "80", now = "today", strict = 1, data = true,
        colour = "red" } do
        assert.error_matches(function() module.start { [option] = value } end, option)
      end
    end)

    it("starts not at all when it cannot", function()
      local module = require "instagram.sandbox"
      for message, options in pairs {
        ['data must be "demo" or "empty"'] = { data = "moon" },
        ["feed.json"] = { data_dir = "/nowhere" },
        ["/nowhere/x.db"] = { db = "/nowhere/x.db", data = "empty" },
        ["'now' must be"] = { now = 1e12, data = "empty" },
        ["'public_url' must be"] = { public_url = "example.com", data = "empty" },
        ["is not an IP address"] = { bind = "x", data = "empty" },
        ["in use"] = { port = tonumber(sandbox.url:match "%d+$"), data = "empty" },
      } do
        local result, problem = module.start(options)
        assert.is_nil(result)
        assert.matches(message, problem, 1, true)
      end
    end)

    it("is over after stop, which may be called again", function()
      local other = start()
      local url = other.url
      assert.equal("instagram.sandbox (" .. url .. ")", tostring(other))
      other:stop()
      other:stop()
      assert.equal("instagram.sandbox (stopped)", tostring(other))
      assert.error_matches(function() other:now() end, "the sandbox is stopped")
    end)

    it("hands out credentials with a clock", function()
      for _, flavour in ipairs { "basic_display", "instagram_login" } do
        local app = sandbox:credentials(flavour)
        assert.equal(flavour, app.flavour)
        assert.equal(sandbox.url, app.base_url)
        assert.equal("https://localhost/auth/", app.redirect_uri)
        assert.matches("^%d+$", app.client_id)
        assert.matches("^%x+$", app.client_secret)
        assert.equal(START, app.now())
        assert.equal(app.client_id, sandbox:control("credentials",
          { client_id = app.client_id }).client_id)
      end
      assert.equal("instagram_login", sandbox:credentials().flavour)
      refused("flavour must be", "credentials", { flavour = "facebook" })
      refused("no app has the client_id 5", "credentials", { client_id = "5" })
    end)

    it("can show another address than its own", function()
      local other = start { public_url = "https://sandbox.example/" }
      other:control("bulk", { username = "big", media = 2 })
      assert.equal("https://sandbox.example", other:credentials().base_url)
      local page = http.get(other, "/me/media", { fields = "media_url", limit = 1,
        access_token = other:generate_token "big" }):json()
      assert.matches("^https://sandbox%.example/v18%.0/", page.paging.next)
      assert.matches("^https://sandbox%.example/v/t51", page.data[1].media_url)
      other:stop()
    end)
  end)

  describe("a call that changes something", function()
    local function answer(name, args) return assert(sandbox:control(name, args)) end

    it("tells what became of it", function()
      local name = person { account_type = "BUSINESS" }
      local token = sandbox:generate_token(name)
      sandbox:generate_token(name)
      assert.equal(200, me(token).status)
      assert.same({ tokens = 2 }, answer("remove_app", { username = name }))
      assert.equal(400, me(token).status)
      sandbox:generate_token(name)
      answer("update_app", { deauthorize_url = "http://127.0.0.1:9/gone" })
      local removed = answer("remove_app", { username = name })
      assert.same({ tokens = 1, callback = 1 }, removed)
      assert(sandbox:settle(10))
      assert.equal("queued", answer("callbacks").callbacks[1].state)
      assert.equal(1, answer("retry_callback", { id = removed.callback }).id)
      assert(sandbox:settle(10))
      answer("update_app", { deauthorize_url = "" })
      local id = answer("add_media", { username = name, type = "IMAGE" }).id
      assert.same({ id = id }, answer("delete_media", { id = id }))
      id = answer("add_app", { name = "gone", flavour = "basic_display",
        redirect_uris = { "https://x.example/" } }).client_id
      assert.same({ client_id = id }, answer("delete_app", { client_id = id }))
    end)

    it("tells how much was cleared", function()
      assert.same({ cleared = 0 }, answer "clear_faults")
      sandbox:fault { kind = "empty" }
      local number = sandbox:fault { kind = "empty" }
      sandbox:fault { kind = "empty" }
      assert.same({ cleared = 1 }, answer("clear_faults", { number = number }))
      refused("there is no fault", "clear_faults", { number = number })
      assert.same({ cleared = 2 }, answer "clear_faults")
      me "x"
      me "y"
      assert.same({ cleared = 2 }, answer "clear_requests")
      assert.same({ cleared = 0 }, answer "clear_requests")
      me "x"
      sandbox:fault { kind = "empty" }
      answer("settings", { page_max = 5, limits = "off" })
      assert.same({ faults = 1, requests = 1, settings = { "limits", "page_max" } },
        answer "reset")
      assert.same({ faults = 0, requests = 0, settings = {} }, answer "reset")
    end)

    it("tells where a tester stands", function()
      local name = person { tester = false, account_type = "BUSINESS" }
      local function state(call)
        local shown = answer(call, { username = name })
        assert.equal(name, shown.username)
        return shown.state
      end
      assert.equal("pending", state "invite_tester")
      assert.equal("none", state "decline_invite")
      assert.equal("pending", state "invite_tester")
      assert.equal("accepted", state "accept_invite")
      assert.equal("none", state "remove_tester")
    end)

    it("is refused when there is nothing to do", function()
      local name = person { account_type = "BUSINESS" }
      refused(name .. " never gave Sandbox Instagram Login a permission", "remove_app",
        { username = name })
      sandbox:generate_token(name)
      answer("remove_app", { username = name })
      refused(name .. " removed Sandbox Instagram Login already", "remove_app",
        { username = name })
      refused("update_user: nothing to change is given", "update_user",
        { username = name })
      refused("update_app: nothing to change is given", "update_app", {})
      refused("update_app: nothing to change is given", "update_app",
        { flavour = "basic_display" })
    end)

    it("is refused when its arguments name two things", function()
      local app = sandbox:credentials "basic_display"
      refused("is not of flavour 'instagram_login'", "reset_secret",
        { client_id = app.client_id, flavour = "instagram_login" })
      assert.same(app.client_secret, sandbox:credentials("basic_display").client_secret)
      refused("username and user name two people", "generate_token",
        { username = person(), user = person() })
    end)
  end)

  describe("the clock", function()
    it("stands at 1 November 2023 until it is told to move", function()
      local other = start()
      assert.equal(START, other:now())
      http.get(other, "/me")
      assert.equal(START, other:now())
      assert.equal("Wed, 01 Nov 2023 00:00:00 GMT",
        http.get(other, "/me"):header "Date")
      other:stop()
      other = start { now = 1234567890 }
      assert.equal(1234567890, other:now())
      other:stop()
    end)

    it("is moved forward by seconds, or set", function()
      assert.equal(START + 1.5, sandbox:advance_clock(1.5))
      assert.equal(START + 1.5, sandbox:advance_clock(0))
      assert.equal(1000, sandbox:set_clock(1000))
      assert.equal(1000, sandbox:now())
      for _, bad in ipairs { -1, "5", {} } do
        refused("seconds", "advance_clock", { seconds = bad })
        refused("seconds", "set_clock", { now = bad })
      end
      for _, bad in ipairs { 1 / 0, 0 / 0 } do
        assert.has_error(function() sandbox:advance_clock(bad) end)
      end
      refused("seconds are missing", "advance_clock", {})
      refused("the clock goes from 0 to", "advance_clock", { seconds = 1e11 })
      refused("the clock goes from 0 to", "set_clock", { now = 1e11 })
      refused("now is missing", "set_clock", {})
      assert.equal(1000, sandbox:now())
    end)

    it("answers well at its ends, and between two seconds", function()
      local name = person { account_type = "BUSINESS" }
      for _, epoch in ipairs { 0, 0.25, 1698796800.75, 8589934591 } do
        sandbox:set_clock(epoch)
        assert(sandbox:control("add_media", { username = name, type = "IMAGE" }))
        local short = http.short_token(sandbox, "instagram_login", name)
        local long = http.exchange(sandbox, "instagram_login", short)
          :json().access_token
        assert.matches('"expires_in":%d+}$', http.refresh(sandbox, long).body)
        assert.equal(200, http.get(sandbox, "/me/media", { access_token = long,
          fields = "timestamp,media_url" }).status)
      end
    end)
  end)

  describe("the settings", function()
    local wrong = {
      boolean = { "yes", 1, {} }, number = { "5", true, 1.5, -1, 1e12, 0 / 0 },
      choice = { "perhaps", 5, true }, error = { "no_such", true, "code_used" },
      header = { 5, "x", { nonsense = 1 }, { call_count = "5" }, { call_count = -1 } },
    }
    local right = {
      boolean = { true, false }, error = { "blocked", false },
      header = { { call_count = 5 }, {}, false },
    }

    it("are shown with their defaults", function()
      local shown = sandbox:control "settings"
      for name, known in pairs(settings.known) do
        assert.equal(known.default, shown[name], name)
      end
    end)

    for name, known in pairs(settings.known) do
      it(name .. " takes what it can be, nothing else", function()
        local good = right[known.kind] or known
        if known.kind == "number" then good = { known.least, known.most, 400 } end
        for _, value in ipairs(good) do
          local shown = assert(sandbox:control("settings", { [name] = value }))
          if value == false and known.default == nil then value = nil end
          assert.same(value, shown[name])
        end
        local before = sandbox:control("settings")[name]
        for _, value in ipairs(wrong[known.kind]) do
          if value == value then
            refused("setting '" .. name .. "'", "settings", { [name] = value })
          end
        end
        assert.same(before, sandbox:control("settings")[name])
      end)
    end

    it("change all together or not at all", function()
      refused("setting 'page_default'", "settings", { page_max = 7, page_default = 0 })
      assert.equal(100, sandbox:control("settings").page_max)
      refused("unknown setting 'page_min'", "settings", { page_max = 7, page_min = 1 })
      assert.equal(100, sandbox:control("settings").page_max)
    end)

    it("are as at the start after a reset, lenient or not", function()
      local other = start { strict = false,
        settings = { page_max = 7, limits = "off" } }
      assert.equal(7, other:control("settings").page_max)
      other:control("settings", { page_max = 5, page_default = 2 })
      other:control("settings", { strict = true })
      other:fault { kind = "reset" }
      http.request(other, { path = "/me" })
      other:control "reset"
      assert.is_false(other:control("settings").strict)
      assert.equal(7, other:control("settings").page_max)
      assert.equal("off", other:control("settings").limits)
      assert.equal(25, other:control("settings").page_default)
      assert.same({}, other:requests())
      assert.equal(400, http.get(other, "/me").status)
      other:stop()
    end)

    it("given at a start are checked by name, before a file is touched", function()
      for setting, message in pairs { page_min = "unknown setting 'page_min'",
        page_max = "setting 'page_max' must be a whole number" } do
        local path = os.tmpname()
        os.remove(path)
        local other, problem = require("instagram.sandbox").start { db = path,
          settings = { [setting] = 0 } }
        assert.is_nil(other)
        assert.matches(message, problem, 1, true)
        assert.is_nil(io.open(path))
      end
    end)
  end)

  describe("the journal", function()
    before_each(function() sandbox:clear_requests() end)

    it("tells what was asked, of whom, and what came of it", function()
      local name = person { account_type = "BUSINESS" }
      local token = sandbox:generate_token(name)
      http.get(sandbox, "/v18.0/me/media", "access_token=" .. token .. "&limit=5")
      http.get(sandbox, "/me", "fields=nothing&access_token=" .. token)
      local first, second = sandbox:requests()[1], sandbox:requests()[2]
      assert.equal("GET", first.method)
      assert.equal("/v18.0/me/media", first.path)
      assert.equal("access_token=[redacted]&limit=5", first.query)
      assert.equal(200, first.status)
      assert.equal("user/media", first.endpoint)
      assert.equal(START, first.time)
      assert.equal(sandbox:credentials().client_id, first.client_id)
      assert.matches("^17841", first.user_id)
      assert.is_nil(first.reason)
      assert.equal(400, second.status)
      assert.equal("nonexisting_field", second.refused)
      assert.equal("no such field on a user of instagram_login", second.reason)
      assert.equal(first.number + 1, second.number)
    end)

    it("holds no secret, wherever one was put", function()
      local name = person { account_type = "BUSINESS" }
      local long = sandbox:generate_token(name, "basic_display")
      local app = sandbox:credentials "basic_display"
      local code = http.code(sandbox, "basic_display", name)
      local form = http.code_form(sandbox, "basic_display", code)
      local short = http.post(sandbox, "/oauth/access_token", form).body
        :match '"(IG%w+)"'
      http.post(sandbox, "/oauth/access_token/", form)
      http.exchange(sandbox, "basic_display", short)
      http.get(sandbox, "/me", { access_token = long })
      http.get(sandbox, "/me", "access%5Ftoken=" .. long .. "&access%5ftoken=" .. long)
      http.get(sandbox, "/me", nil, { Authorization = "Bearer " .. long })
      http.get(sandbox, "/" .. long, { access_token = "x" })
      http.get(sandbox, "/me&access_token=" .. long)
      http.get(sandbox, "/me", { access_token = long .. "x", input_token = long })
      http.request(sandbox, { path = "/me", form = { access_token = long } })
      http.get(sandbox, "/oauth/access_token", form)
      http.request(sandbox, { path = "/oauth/access_token", body = '{"code":"' .. code
        .. '"}', headers = { ["Content-Type"] = "application/json" } })
      local text = http.get(sandbox, "/_sandbox/requests").body
      assert.is_true(#sandbox:requests() >= 12)
      for _, secret in ipairs { long, short, code, app.client_secret } do
        assert.is_nil(text:find(secret, 1, true))
      end
      assert.matches("%[redacted%]", text)
    end)

    it("keeps the newest, as many as the switch says", function()
      sandbox:control("settings", { journal_size = 3 })
      for i = 1, 5 do http.get(sandbox, "/nothing" .. i) end
      local list = sandbox:requests()
      assert.equal(3, #list)
      assert.equal("/nothing3", list[1].path)
      local newer = sandbox:control("requests", { since = list[3].number }).requests
      assert.equal(1, #newer)
      assert.equal("/nothing5", newer[1].path)
      assert.equal(list[3].number, sandbox:control("status").requests)
    end)

    it("is JSON whatever was sent, and short", function()
      http.get(sandbox, "/%ff\255\"\\", "\255=\1&" .. ("x"):rep(20000) .. "=1")
      http.post(sandbox, "/oauth/access_token", { { "\255", ("y"):rep(2 ^ 20) } })
      local many = {}
      for i = 1, 3000 do many[i] = { "a", tostring(i) } end
      http.post(sandbox, "/oauth/access_token", many)
      local answer = http.get(sandbox, "/_sandbox/requests")
      assert.is_true(#answer.body < 60000)
      local list = answer:json().requests
      assert.equal(3, #list)
      assert.equal("/%ff\239\191\189\"\\", list[1].path)
      assert.equal("\239\191\189", list[2].form[1][1])
      assert.equal(20, #list[3].notes)
    end)
  end)

  describe("people", function()
    it("are made, changed and shown", function()
      local made = sandbox:control("add_user", { username = "a.b_1", name = "A",
        biography = "b", website = "https://x", account_type = "MEDIA_CREATOR",
        followers_count = 5, follows_count = 6 })
      assert.same({ id = made.id, username = "a.b_1", account_type = "MEDIA_CREATOR",
        private = false, media_count = 0 }, made)
      local token = sandbox:generate_token "a.b_1"
      local fields = "username,name,biography,website,followers_count,follows_count"
      assert.matches('{"username":"a.b_1","name":"A","biography":"b",'
        .. '"website":"https:\\/\\/x","followers_count":5,"follows_count":6,',
        me(token, fields).body, 1, true)
      sandbox:control("update_user", { username = "a.b_1", name = "", biography = "",
        followers_count = 7 })
      assert.matches('^{"username":"a.b_1","website":"[^"]+","followers_count":7,',
        me(token, fields).body)
      assert.matches("%.jpg%?", me(token, "profile_picture_url").body)
      assert.is_true(sandbox:control("update_user", { username = "a.b_1",
        private = true }).private)
    end)

    it("are refused by name", function()
      person()
      refused("an account named 'person" .. count .. "' exists", "add_user",
        { username = "person" .. count })
      for _, username in ipairs { "", "a b", "a'b", "\195\164", "a/b", "..", ".a", "a.",
        "a..b", ("a"):rep(31) } do
        refused("username must be letters", "add_user", { username = username })
      end
      refused("username must be letters", "add_user", {})
      refused("account_type must be", "add_user", { username = "x",
        account_type = "BOT" })
      refused("add_user: 'followers_count' must be a whole number", "add_user",
        { username = "x", followers_count = 1.5 })
      refused("there is no file '/nowhere'", "add_user", { username = "x",
        picture = "/nowhere" })
      for _, member in ipairs { "name", "biography", "website" } do
        refused(member .. " must be plain text", "add_user", { username = "x",
          [member] = "a\0b" })
      end
      refused("PERSONAL accounts cannot use instagram_login", "generate_token",
        { username = person() })
      refused("is not an accepted tester", "generate_token",
        { username = person { tester = false }, flavour = "basic_display" })
      refused("no account named 'nobody'", "update_user", { username = "nobody" })
      refused("username must be a string", "update_user", {})
      refused("update_user has no 'age'", "update_user", { username = "x", age = 5 })
      assert.is_nil(sandbox:control("generate_token", { username = "x" }))
    end)

    it("post, one by one and many at once, all or nothing", function()
      local name = person { account_type = "BUSINESS" }
      local one = sandbox:control("add_media", { username = name, type = "IMAGE" })
      assert.same({ one.id }, one.ids)
      local many = sandbox:control("add_media", { username = name, media = {
        { type = "IMAGE" }, { type = "CAROUSEL_ALBUM", children = { {}, {} } } } })
      assert.equal(2, #many.ids)
      for message, spec in pairs {
        ["type must be IMAGE, VIDEO"] = { type = "STORY" },
        ["a post has no 'captoin'"] = { captoin = "x" },
        ["'caption' must be a string"] = { caption = 5 },
        ["'like_count' must be a whole number"] = { like_count = "5" },
        ["timestamp must be"] = { timestamp = "tomorrow" },
        ["timestamp must be ISO"] = { timestamp = "2023-02-30" },
        ["timestamp must be ISO 8601"] = { timestamp = true },
        ["an album needs some"] = { type = "CAROUSEL_ALBUM" },
        ["children belong to a CAROUSEL_ALBUM"] = { type = "IMAGE", children = { {} } },
        ["at most 10 children"] = { type = "CAROUSEL_ALBUM",
          children = { {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} } },
        ["a child's type must be IMAGE or VIDEO"] = { type = "CAROUSEL_ALBUM",
          children = { { type = "REELS" } } },
        ["a child has no 'caption'"] = { type = "CAROUSEL_ALBUM",
          children = { { caption = "x" } } },
        ["a child must be a table"] = { type = "CAROUSEL_ALBUM", children = { 5 } },
      } do
        refused(message, "add_media", { username = name, media = { {}, spec } })
        spec.username = name
        refused(message, "add_media", spec)
      end
      refused("a post must be a table", "add_media", { username = name, media = { 5 } })
      refused("add_media has no 'caption'", "add_media", { username = name,
        caption = "x", media = {} })
      refused("no account named 'nobody'", "add_media", { username = "nobody" })
      for _, user in ipairs(sandbox:control("users").users) do
        if user.username == name then assert.equal(3, user.media_count) end
      end
      sandbox:control("delete_media", { id = many.ids[2] })
      refused("no post has the id", "delete_media", { id = many.ids[2] })
      refused("id is missing", "delete_media", {})
      refused("'id' must be a string", "delete_media", { id = 5 })
    end)

    it("own apps that their developers change", function()
      local app = sandbox:control("update_app", { flavour = "basic_display",
        version = "v16.0", redirect_uris = { "https://a/", "https://b/" } })
      assert.equal(sandbox:credentials("basic_display").client_id, app.client_id)
      assert.equal("v16.0", app.version)
      assert.same({ "https://a/", "https://b/" }, app.redirect_uris)
      refused("mode must be", "update_app", { mode = "dead" })
      for _, uris in ipairs { {}, { "localhost" }, { "https://a/#b" }, { 5 } } do
        refused("redirect_uris", "update_app", { redirect_uris = uris })
      end
      assert.equal("https://a/", sandbox:credentials("basic_display").redirect_uri)
      sandbox:control("update_app", { flavour = "basic_display", mode = "development",
        version = "v18.0", redirect_uris = { "https://localhost/auth/" } })
    end)
  end)
end)
