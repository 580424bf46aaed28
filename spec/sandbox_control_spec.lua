-- The sandbox from outside: control calls from Lua and over HTTP, and its clock.
local control = require "spec.support.control"
local http = require "spec.support.sandbox_http"

local START, start = control.START, control.start

describe("control", function()
  local sandbox

  setup(function() sandbox = control.start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() control.renew(sandbox) end)

  local function refused(...) control.refused(sandbox, ...) end

  local function person(spec) return control.person(sandbox, spec) end

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
        local no_json = body:find "^[n5\"]" and body ~= "nonsense"
        assert.matches(no_json and "^the body must be a JSON object$"
          or "^the body is no JSON: ", problem(400, http.control(sandbox,
            "advance_clock", body)))
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
      for _, now in ipairs { 0 / 0, 1 / 0 } do
        assert.error_matches(function() module.start { now = now } end,
          "bad option 'now' to start %(epoch seconds expected")
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
end)
