-- Rate limits of the sandbox that count: the platform's formula by app and by person
-- for Basic Display, the business formula for the successor, all by the one clock; what
-- is shown, who is refused, what the control call tells.
local http = require "spec.support.sandbox_http"

local HOUR, DAY = 3600, 86400

describe("rate limits", function()
  local sandbox, start, bd, igl

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    start = sandbox:now()
    for _, name in ipairs { "anna", "berta", "clara" } do
      sandbox:control("add_user", { username = name, account_type = "BUSINESS" })
    end
    bd, igl = {}, {}
    for _, name in ipairs { "anna", "berta", "clara" } do
      bd[name] = sandbox:generate_token(name, "basic_display")
      igl[name] = sandbox:generate_token(name, "instagram_login")
    end
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:set_clock(start)
    sandbox:control "reset"
  end)

  local function set(values) assert(sandbox:control("settings", values)) end

  local function ask(token, path, headers)
    return http.get(sandbox, path or "/me", { access_token = token }, headers)
  end

  local function times(count, token)
    local answer
    for _ = 1, count do answer = ask(token) end
    return answer
  end

  local function app_row(flavour)
    for _, row in ipairs(sandbox:control("limits").apps) do
      if row.flavour == flavour then return row end
    end
  end

  local function refusal(answer)
    return { answer.status, answer:error().code, answer:error().error_subcode,
      answer:error().message }
  end

  it("only count, unless more is wanted", function()
    set { app_calls = 5, user_calls = 5, business_calls = 5 }
    assert.equal("count", sandbox:control("limits").mode)
    assert.equal(200, times(8, bd.anna).status)
    assert.equal(200, times(8, igl.anna).status)
    assert.is_nil(ask(bd.anna):header "X-App-Usage")
    assert.is_nil(ask(igl.anna):header "X-Business-Use-Case-Usage")
    assert.equal(9, app_row "basic_display".calls)
    assert.equal(180, app_row "basic_display".percent)
    assert.equal(9, app_row "instagram_login".calls)
    set { limits = "off" }
    times(3, bd.anna)
    assert.equal(9, app_row "basic_display".calls)
  end)

  it("of the app: 200 calls in an hour for each active user", function()
    assert.equal(200, app_row "basic_display".limit)
    assert.equal(0, app_row "basic_display".users)
    ask(bd.anna)
    assert.equal(200, app_row "basic_display".limit)
    ask(bd.berta)
    ask(bd.clara)
    ask(bd.clara)
    local row = app_row "basic_display"
    assert.same({ 4, 600, 0, 3 }, { row.calls, row.limit, row.percent, row.users })
    sandbox:set_clock(start + HOUR - 1)
    assert.equal(4, app_row "basic_display".calls)
    sandbox:set_clock(start + HOUR)
    row = app_row "basic_display"
    assert.same({ 0, 3 }, { row.calls, row.users })
    sandbox:set_clock(start + DAY)
    assert.same({ 200, 0 }, { app_row "basic_display".limit,
      app_row "basic_display".users })
  end)

  it("of the app: 240 by the clock of 2020", function()
    sandbox:set_clock(1590000000) -- May 2020
    assert.equal(240, app_row "basic_display".limit)
    set { app_calls = 7 }
    assert.equal(7, app_row "basic_display".limit)
    set { app_calls = false }
    assert.equal(240, app_row "basic_display".limit)
  end)

  it("of the app refuse with code 4 until the hour is over", function()
    set { limits = "enforce", app_calls = 3 }
    assert.equal(200, times(3, bd.anna).status)
    local answer = ask(bd.anna)
    assert.same({ 403, 4, nil, "Application request limit reached" }, refusal(answer))
    assert.is_true(answer:error().is_transient)
    assert.equal("limits = enforce: call 4 of 3", http.last(sandbox).reason)
    -- a second user makes room for three more; what was refused has counted
    assert.equal(200, ask(bd.berta).status)
    assert.equal(200, ask(bd.anna).status)
    assert.equal(403, ask(bd.anna).status)
    assert.equal(7, app_row "basic_display".calls)
    sandbox:set_clock(start + HOUR - 1)
    assert.equal(403, ask(bd.anna).status)
    sandbox:set_clock(start + HOUR)
    assert.equal(200, ask(bd.anna).status)
  end)

  it("of the app roll: what is an hour old makes room", function()
    set { limits = "enforce", app_calls = 4 }
    times(2, bd.anna)
    sandbox:set_clock(start + 1800)
    assert.equal(200, times(2, bd.anna).status)
    assert.equal(403, ask(bd.anna).status)
    assert.equal(1800, app_row "basic_display".regain)
    sandbox:set_clock(start + HOUR)
    assert.equal(200, ask(bd.anna).status)
    assert.equal(403, ask(bd.anna).status)
  end)

  it("of a person refuse with code 17, alone", function()
    set { limits = "enforce", user_calls = 3 }
    assert.equal(200, times(3, bd.anna).status)
    assert.same({ 400, 17, 2446079, "(#17) User request limit reached" },
      refusal(ask(bd.anna)))
    assert.equal(200, ask(bd.berta).status)
    assert.equal(200, ask(igl.anna).status)
    sandbox:set_clock(start + HOUR)
    assert.equal(200, ask(bd.anna).status)
  end)

  it("of the successor: 4800 calls a day for each impression, by person", function()
    ask(igl.anna)
    local row = app_row "instagram_login".people[1]
    assert.same({ "anna", 1, 4800 }, { row.username, row.calls, row.limit })
    set { limits = "enforce", business_calls = 2, impressions = 2 }
    times(3, igl.anna)
    local answer = ask(igl.anna)
    assert.same({ 400, 80002 }, { answer.status, answer:error().code })
    assert.matches("^%(#80002%) There have been too many calls", answer:error().message)
    assert.equal(200, ask(igl.berta).status)
    assert.equal(200, ask(bd.anna).status)
    sandbox:set_clock(start + DAY - 1)
    assert.equal(400, ask(igl.anna).status)
    sandbox:set_clock(start + DAY)
    assert.equal(200, ask(igl.anna).status)
  end)

  it("show themselves in each flavour's words", function()
    set { limits = "show", app_calls = 50 }
    assert.is_nil(sandbox:control("settings").app_usage)
    set { usage_from = 4 }
    assert.is_nil(ask(bd.anna):header "X-App-Usage")
    assert.equal('{"call_count":4,"total_cputime":0,"total_time":4}',
      ask(bd.anna):header "X-App-Usage")
    assert.is_nil(ask(bd.anna):header "X-Business-Use-Case-Usage")
    -- the successor's was recorded with zeros
    assert.equal('{"call_volume":2,"cpu_time":0}', ask(igl.anna):header "X-App-Usage")
    set { business_calls = 30, usage_from = 8 }
    assert.is_nil(ask(igl.anna):header "X-Business-Use-Case-Usage")
    local id = sandbox:control("users").users[1].id
    assert.equal('{"' .. id .. '":[{"type":"instagram","call_count":10,'
      .. '"total_cputime":0,"total_time":10,"estimated_time_to_regain_access":0}]}',
      ask(igl.anna):header "X-Business-Use-Case-Usage")
    set { limits = "count" }
    assert.is_nil(ask(igl.anna):header "X-App-Usage")
  end)

  it("say in minutes when it will be over", function()
    set { limits = "enforce", business_calls = 1, usage_from = 0 }
    ask(igl.anna)
    sandbox:set_clock(start + 601)
    local answer = ask(igl.anna)
    assert.equal(400, answer.status)
    -- room again when both calls are a day old
    assert.matches('"call_count":200,.*"estimated_time_to_regain_access":1440}',
      answer:header "X-Business-Use-Case-Usage")
    assert.equal(DAY, app_row "instagram_login".people[1].regain)
    sandbox:set_clock(start + DAY)
    assert.equal(601, app_row "instagram_login".people[1].regain)
  end)

  it("give way to what is set by hand", function()
    set { limits = "enforce", app_calls = 1, refuse_all = "blocked",
      app_usage = { call_count = 95 } }
    times(5, bd.anna)
    local answer = ask(bd.anna)
    assert.equal("API access blocked.", answer:error().message)
    assert.matches('^{"call_count":95,', answer:header "X-App-Usage")
    assert.equal(0, app_row "basic_display".calls)
  end)

  it("count each of `ids`, token calls, and answers of every kind", function()
    local function calls_of(path, query)
      local before = app_row "basic_display".calls
      query = query or {}
      query.access_token = bd.anna
      http.get(sandbox, path, query)
      return app_row "basic_display".calls - before
    end
    local id = sandbox:control("users").users[1].id
    assert.equal(2, calls_of("/", { ids = "me," .. id }))
    assert.equal(3, calls_of("/v18.0/", { ids = "me,1,2" }))
    assert.equal(1, calls_of("/me", { ids = "a,b,c" }))
    assert.equal(1, calls_of "/no_such_path")
    assert.equal(1, calls_of("/refresh_access_token",
      { grant_type = "ig_refresh_token" }))
    assert.equal(0, calls_of("/v/t51.2885-15/x.jpg"))
    http.get(sandbox, "/me", { access_token = "IGQVnone" })
    assert.equal(0, calls_of("/oauth/authorize"))
  end)

  it("begin anew when the clock is set back, and at a reset", function()
    times(3, bd.anna)
    sandbox:set_clock(start - 10)
    assert.equal(0, app_row "basic_display".calls)
    ask(bd.anna)
    assert.equal(1, app_row "basic_display".calls)
    sandbox:control "reset"
    assert.equal(0, app_row "basic_display".calls)
    assert.same({}, app_row "basic_display".people)
  end)

  it("tell for the dashboard who used what", function()
    times(3, bd.berta)
    times(1, bd.anna)
    times(2, igl.clara)
    local row = app_row "basic_display"
    assert.same({ "anna 1 200 0", "berta 3 200 1" }, {
      ("%s %d %d %d"):format(row.people[1].username, row.people[1].calls,
        row.people[1].limit, row.people[1].percent),
      ("%s %d %d %d"):format(row.people[2].username, row.people[2].calls,
        row.people[2].limit, row.people[2].percent) })
    assert.equal(sandbox:credentials("basic_display").client_id, row.client_id)
    assert.equal("Sandbox Basic Display", row.name)
    row = app_row "instagram_login"
    assert.same({ 2, 1, "clara" }, { row.calls, row.users, row.people[1].username })
    local answer = http.control(sandbox, "limits", nil, { method = "GET" })
    assert.equal(2, #answer:json().apps)
  end)

  it("hold no more than a day in memory", function()
    local limits = require "instagram.sandbox.limits"
    local self, now = limits.new(), start
    local world = { limits = self, clock = { now = function() return now end },
      settings = { limits = "enforce", user_calls = 1e9, business_calls = 1e9,
        impressions = 1, app_calls = 1e9 } }
    local function call(flavour, id)
      limits.count({ world = world, now = now }, { app = { client_id = flavour },
        user = { id = id }, flavour = { name = flavour } }, 1)
    end
    for i = 1, 20000 do
      now = start + i * 17
      call("basic_display", "p" .. i % 100)
      call("instagram_login", "p" .. i % 100)
    end
    local function entries(window) return window.last - window.first + 1 end
    local app = self.apps.instagram_login
    assert.is_true(entries(self.apps.basic_display.hour) <= 61)
    assert.is_true(entries(app.pairs.p1) <= 145)
    assert.equal(212, app.hour.total) -- calls of 3600 s, 17 s apart
    now = now + 2 * DAY
    call("instagram_login", "new")
    call("basic_display", "new")
    assert.is_nil(app.pairs.p1)
    assert.is_nil(self.people.p1)
    assert.equal(1, app.active)
  end)
end)
