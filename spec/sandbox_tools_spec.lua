-- The developer's pages: journal, clock, faults, callbacks and settings do what the
-- control calls of those names do, refuse the same, and show words as words.
local http = require "spec.support.sandbox_http"
local settings = require "instagram.sandbox.settings"
local start = require("instagram.sandbox").start

local EVIL = "<script>alert(1)</script>\"'><img src=x>'; DROP TABLE users; --"

describe("the sandbox's tools", function()
  local sandbox

  setup(function() sandbox = assert(start {}) end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
  end)

  local function page(name, query)
    local answer = http.get(sandbox, "/sandbox/" .. name, query)
    assert.equal(200, answer.status)
    return answer.body
  end

  local function post(name, form, headers)
    return http.post(sandbox, "/sandbox/" .. name, form, headers)
  end

  local function has(body, text)
    assert(body:find(text, 1, true), "there is no " .. text)
  end

  local function count(body, pattern)
    return select(2, body:gsub(pattern, ""))
  end

  local function refused(name, form, words)
    local answer = post(name, form)
    assert.equal(400, answer.status)
    has(answer.body, words)
  end

  -- --- journal -----------------------------------------------------------------------

  describe("journal", function()
    it("shows requests, newest first, with reasons and without secrets", function()
      local token = sandbox:generate_token("demo_user", "basic_display")
      http.get(sandbox, "/me", { access_token = token, fields = "id,nonsense" })
      local app = sandbox:credentials "basic_display"
      http.post(sandbox, "/oauth/access_token", { client_id = app.client_id,
        client_secret = app.client_secret, grant_type = "authorization_code",
        redirect_uri = app.redirect_uri, code = "AQbogus" })
      local body = page "journal"
      assert.equal(2, count(body, '<li class="entry refused"'))
      has(body, "nonexisting_field")
      has(body, "demo_user · Sandbox Basic Display")
      assert.matches("#%d+ · 2023%-11%-01 00:00:00 UTC · user · ", body)
      has(body, "<dt>client_secret</dt><dd>[redacted]</dd>")
      assert.is_nil(body:find(token, 1, true))
      assert.is_nil(body:find(app.client_secret, 1, true))
      assert.is_nil(body:find("AQbogus", 1, true))
      assert.is_true(body:find("code exchange", 1, true)
        < body:find("nonexisting_field", 1, true))
    end)

    it("shows handshakes that a fault spoiled, which have no status", function()
      sandbox:fault { kind = "tls", how = "close", times = 1 }
      os.execute("openssl s_client -connect " .. sandbox.url:match "//(.+)"
        .. " </dev/null >/dev/null 2>&1")
      has(page "journal", '<span class="status">-</span> <code>TLS ')
      page("journal", { show = "refused" })
      page("journal", { show = "fine" })
    end)

    it("is filtered by path, endpoint and outcome", function()
      local token = sandbox:generate_token("demo_user", "basic_display")
      http.get(sandbox, "/me", { access_token = token })
      http.get(sandbox, "/me/media", { access_token = token })
      http.get(sandbox, "/me", { access_token = "x" })
      sandbox:fault { kind = "empty", on = "/v9.0", times = 1 }
      http.get(sandbox, "/v9.0/me", { access_token = token })
      local function shown(query) return count(page("journal", query), 'id="n%d') end
      assert.equal(4, shown {})
      assert.equal(1, shown { path = "/media" })
      assert.equal(1, shown { endpoint = "user/media" })
      assert.equal(1, shown { show = "refused" })
      assert.equal(3, shown { show = "fine" })
      assert.equal(1, shown { show = "fault" })
      assert.equal(0, shown { show = "fault", path = "/media" })
      assert.equal(4, shown { show = EVIL, before = EVIL })
      assert.equal(0, shown { path = EVIL })
    end)

    it("is paged", function()
      for _ = 1, 120 do http.get(sandbox, "/me") end
      local query, seen, pages = nil, 0, 0
      repeat
        local body = page("journal", query)
        seen, pages = seen + count(body, 'id="n%d'), pages + 1
        local link = body:match 'href="/sandbox/journal%?([^"]+)">Older requests'
        query = link and link:gsub("&amp;", "&")
      until not query
      assert.same({ 120, 3 }, { seen, pages })
    end)

    it("is cleared, and shows hostile paths as words", function()
      http.get(sandbox, "/<script>alert(1)</script>", { access_token = EVIL, a = EVIL })
      http.post(sandbox, "/oauth/access_token", { [EVIL] = EVIL })
      http.get(sandbox, "/" .. ("\195\164"):rep(10) .. "\255")
      local body = page "journal"
      assert.is_nil(body:find("<script", 1, true))
      assert.is_nil(body:find("<img src=x", 1, true))
      assert.equal(3, count(body, 'id="n%d'))
      assert.equal(303, post("journal", { ["do"] = "clear" }).status)
      has(page "journal", "No request to show.")
    end)
  end)

  -- --- clock -------------------------------------------------------------------------

  it("clock: shows and moves the one clock", function()
    has(page "clock", "Wednesday, 1 November 2023, 00:00:00 UTC")
    assert.equal(303, post("clock", { seconds = "5184000" }).status)
    assert.equal(1698796800 + 5184000, sandbox:now())
    has(page "clock", "Sunday, 31 December 2023, 00:00:00 UTC")
    assert.equal(303, post("clock", { now = "2024-12-04T10:20:30" }).status)
    has(page "clock", "4 December 2024, 10:20:30 UTC")
    assert.equal(303, post("clock", { now = "2023-11-01T00:00" }).status)
    assert.equal(1698796800, sandbox:now())
    refused("clock", {}, "The clock needs a date from 1970 to 2242.")
    refused("clock", { now = "yesterday" }, "The clock needs a date")
    refused("clock", { seconds = "-5" }, "&#39;seconds&#39; must be seconds, 0 or more")
    refused("clock", { seconds = EVIL }, "must be seconds")
    refused("clock", { seconds = "99999999999" }, "The clock goes from 0 to")
    assert.equal(1698796800, sandbox:now())
  end)

  -- --- snapshots ---------------------------------------------------------------------

  it("snapshots: takes, restores and forgets them by name", function()
    has(page "snapshots", "No snapshot was taken.")
    local answer = post("snapshots", { ["do"] = "take", name = EVIL:sub(1, 60) })
    assert.same({ 303, "/sandbox/snapshots?done=take" },
      { answer.status, answer:header "Location" })
    sandbox:advance_clock(60)
    assert.equal(303, post("snapshots", { ["do"] = "take", name = "" }).status)
    local body = page("snapshots", "done=restore")
    has(body, 'role="status">Restored')
    has(body, "<h3>Without a name</h3>")
    has(body, "stood at 2023-11-01 00:01:00 UTC")
    has(body, "stood at 2023-11-01 00:00:00 UTC")
    has(body, "<h3>&lt;script&gt;")
    assert.is_nil(body:find("<script", 1, true))
    assert.is_nil(page("snapshots", "done=" .. http.encode(EVIL)):find 'role="status"')
    assert.equal(303, post("snapshots", { ["do"] = "restore",
      name = EVIL:sub(1, 60) }).status)
    assert.equal(1698796800, sandbox:now())
    assert.equal(303, post("snapshots", { ["do"] = "forget",
      name = EVIL:sub(1, 60) }).status)
    assert.same({ "" }, sandbox:control("snapshots").names)
    refused("snapshots", { ["do"] = "restore", name = "nothing" },
      "there is no snapshot named &#39;nothing&#39;")
    refused("snapshots", { ["do"] = "take", name = ("x"):rep(101) },
      "at most 100 bytes")
    refused("snapshots", { ["do"] = "take", name = "\255" }, "plain text in UTF-8")
    refused("snapshots", { ["do"] = "take", name = "a\nb" }, "must be one line")
    refused("snapshots", { name = "x" }, "There is no such button.")
    sandbox:forget_snapshot()
  end)

  -- --- faults ------------------------------------------------------------------------

  it("faults: has a form for every kind with all its members", function()
    local body = page "faults"
    local faults = require "instagram.sandbox.faults"
    for kind, members in pairs(faults.kinds) do
      has(body, 'name="kind" type="hidden" value="' .. kind .. '"')
      for name in pairs(members) do
        if name ~= "kind" then has(body, 'id="f-' .. kind .. "-" .. name .. '"') end
      end
    end
  end)

  it("faults: orders, counts down and clears", function()
    has(page "faults", "a good day")
    post("faults", { ["do"] = "order", kind = "status", on = "/me", status = "503",
      times = "2", error = "", after = "" })
    post("faults", { ["do"] = "order", kind = "storm", on = "/x", statuses = "500, 502",
      probability = "0.5", seed = "7" })
    assert.equal(503, http.get(sandbox, "/me").status)
    local body = page "faults"
    has(body, ">1 of 2</td>")
    has(body, "statuses 500, 502")
    has(body, "probability 0.5")
    local list = sandbox:control("faults").faults
    assert.equal(2, #list)
    post("faults", { ["do"] = "clear", number = tostring(list[1].number) })
    assert.equal("storm", sandbox:control("faults").faults[1].kind)
    post("faults", { ["do"] = "clear" })
    assert.same({}, sandbox:control("faults").faults)
  end)

  it("faults: refuses what the control call refuses", function()
    refused("faults", { ["do"] = "order" }, "Fault kind must be one of")
    refused("faults", { ["do"] = "order", kind = EVIL }, "Fault kind must be one of")
    refused("faults", { ["do"] = "order", kind = "delay" }, "delay is missing")
    refused("faults", { ["do"] = "order", kind = "delay", delay = EVIL }, "delay")
    refused("faults", { ["do"] = "order", kind = "storm", statuses = EVIL }, "statuses")
    refused("faults", { ["do"] = "order", kind = "tls", how = EVIL }, "how must be")
    refused("faults", { ["do"] = "order", kind = "empty", times = "0" }, "times")
    refused("faults", { ["do"] = "clear", number = "99" }, "There is no fault 99")
    assert.same({}, sandbox:control("faults").faults)
    post("faults", { ["do"] = "order", kind = "empty", on = EVIL })
    assert.is_nil(page "faults":find("<script", 1, true))
  end)

  -- --- settings ----------------------------------------------------------------------

  it("settings: shows every one, most with a word on it", function()
    local body, explained = page "settings", 0
    for name, known in pairs(settings.known) do
      has(body, known.kind == "header" and "<legend>" .. name .. "</legend>"
        or 'id="f-' .. name .. '"')
    end
    for _, group in ipairs(require("instagram.sandbox.pages.tools_words").settings) do
      for i = 2, #group do
        assert.is_table(settings.known[group[i][1]], group[i][1])
        has(body, group[i][2]:gsub("'", "&#39;"):match "^[^\"]*")
        explained = explained + 1
      end
    end
    assert.is_true(explained >= 40)
  end)

  -- What a browser sends when nothing was changed.
  local function form_of(body)
    local form = { ["do"] = "save" }
    for input in body:gmatch '<input [^>]*id="f%-[^>]*>' do
      form[input:match 'name="([^"]+)"'] = input:match 'value="([^"]*)"'
    end
    for name, options in body:gmatch '<select [^>]*name="([^"]+)">(.-)</select>' do
      form[name] = options:match 'selected value="([^"]*)"'
        or options:match 'value="([^"]*)"'
    end
    return form
  end

  it("settings: saving what is shown changes nothing", function()
    sandbox:control("settings", { refuse_all = "app_limit", app_calls = 77,
      app_usage = { call_count = 5 } })
    local before = sandbox:control "settings"
    assert.equal(303, post("settings", form_of(page "settings")).status)
    assert.same(before, sandbox:control "settings")
  end)

  it("settings: changes one of each kind, and takes them back", function()
    local form = form_of(page "settings")
    form.strict, form.page_max, form.limits = "false", "50", "show"
    form.refuse_all, form["app_usage.call_count"] = "user_limit", "95"
    form.app_calls, form["business_usage.type"] = "12", EVIL
    assert.equal(303, post("settings", form).status)
    local now = sandbox:control "settings"
    assert.same({ false, 50, "show", "user_limit", { call_count = 95 }, 12,
      { type = EVIL } }, { now.strict, now.page_max, now.limits, now.refuse_all,
      now.app_usage, now.app_calls, now.business_usage })
    assert.is_nil(page "settings":find("<script", 1, true))
    form = form_of(page "settings")
    form.refuse_all, form["app_usage.call_count"], form.app_calls = "", "", ""
    form["business_usage.type"] = ""
    post("settings", form)
    now = sandbox:control "settings"
    assert.same({}, { now.refuse_all, now.app_usage, now.app_calls,
      now.business_usage })
    assert.equal(50, now.page_max)
    post("settings", { ["do"] = "reset" })
    assert.equal(100, sandbox:control("settings").page_max)
  end)

  it("settings: refuses wrong values by name, all or none", function()
    local wrong = { { "page_max", "0" }, { "page_max", "" }, { "page_max", EVIL },
      { "strict", "maybe" }, { "limits", EVIL }, { "refuse_all", EVIL },
      { "app_usage.call_count", "-1" } }
    for _, pair in ipairs(wrong) do
      local form = form_of(page "settings")
      form.ids_max, form[pair[1]] = "7", pair[2]
      refused("settings", form, pair[1]:match "^[%w_]+")
      assert.equal(50, sandbox:control("settings").ids_max)
    end
  end)

  -- --- callbacks ---------------------------------------------------------------------

  it("callbacks: shows what came of them, and sends again", function()
    has(page "callbacks", "Nobody was called yet.")
    sandbox:control("settings", { callback_tries = 1 })
    sandbox:control("update_app", { flavour = "basic_display",
      deauthorize_url = "http://127.0.0.1:1/<x>" })
    sandbox:generate_token("demo_user", "basic_display")
    sandbox:control("remove_app", { username = "demo_user", flavour = "basic_display" })
    assert.is_true(sandbox:settle(5))
    local body = page "callbacks"
    has(body, "Deauthorize: failed")
    has(body, "POST http://127.0.0.1:1/&lt;x&gt;")
    has(body, 'class="problem"')
    has(body, "Sent once")
    local wire = require "spec.support.wire"
    local server = wire.start()
    server:serve(wire.always { status = 200 })
    sandbox:control("update_app", { flavour = "basic_display",
      deauthorize_url = server.url .. "/d" })
    assert.equal(303, post("callbacks", { id = "1" }).status)
    assert.is_true(sandbox:settle(5))
    has(page "callbacks", "Deauthorize: sent")
    refused("callbacks", { id = "99" }, "There is no callback 99.")
    refused("callbacks", { id = EVIL }, "&#39;id&#39; must be a whole number")
    refused("callbacks", {}, "There is no callback 0")
    server:stop()
  end)

  it("take no forms of other sites, and have no other pages", function()
    for _, name in ipairs { "journal", "clock", "faults", "settings", "callbacks" } do
      local answer = post(name, { ["do"] = "clear", seconds = "60", id = "1" },
        { Origin = "https://evil.example" })
      assert.equal(403, answer.status)
    end
    assert.equal(1698796800, sandbox:now())
    assert.equal(404, http.get(sandbox, "/sandbox/nothing").status)
    local front = http.get(sandbox, "/sandbox/")
    assert.equal(303, front.status)
    assert.equal("/", front:header "Location")
  end)
end)
