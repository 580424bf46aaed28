-- People's pages and the tools in a real browser: looking at a profile, accepting an
-- invitation, removing an app, privacy; journal, clock, faults, settings. No scripts.
local calls = require "spec.support.calls"
local http = require "spec.support.sandbox_http"
local webdriver = require "spec.support.webdriver"
local wire = require "spec.support.wire"

describe("#browser people's pages", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser

  setup(function()
    sandbox = require("instagram.sandbox").start {}
    browser = webdriver.start { width = 1000, height = 800 }
  end)
  teardown(function()
    if browser then browser:stop() end
    sandbox:stop()
  end)

  local function open(path) browser:open(sandbox.url .. path) end

  local function has(words)
    assert.matches(words, browser:text(), 1, true)
  end

  local function log_in(name, path)
    open("/accounts/login/?next=" .. path)
    browser:forget()
    browser:reload()
    browser:find("#f-username"):type(name)
    browser:enter()
    browser:wait_for_url(path)
  end

  local function press(words) browser:with_text("button", words):follow() end

  local function user(name)
    for _, row in ipairs(sandbox:control("users").users) do
      if row.username == name then return row end
    end
  end

  -- Fits a phone, in light and dark, and pleases axe-core.
  local function suits_everybody(path, name)
    for _, width in ipairs { 320, 1000 } do
      for _, dark in ipairs { false, true } do
        browser:size(width, 800)
        browser:dark(dark)
        open(path)
        assert.is_false(browser:scrolls_sideways(), path .. " at " .. width)
        if not webdriver.axe_missing() then assert.is_nil(browser:axe()) end
        browser:screenshot(("%s-%s%s"):format(name, width == 320 and "phone" or "wide",
          dark and "-dark" or ""))
      end
    end
    browser:dark(false)
    assert.same({}, browser:log())
  end

  -- --- people ------------------------------------------------------------------------

  it("lead from the list to a profile, its pictures and a post", function()
    open "/people/"
    browser:with_text("a", "demo_user"):follow()
    assert.equal("demo_user", browser:find("h1"):text())
    has "136 posts"
    assert.same({}, browser:broken_pictures())
    assert.equal(30, #browser:all ".tile")
    assert.is_true(#browser:all "img" > 30)
    browser:with_text("a", "Older posts"):follow()
    assert.same({}, browser:broken_pictures())
    browser:with_text("a", "Newer posts"):follow()
    browser:find(".tile"):follow()
    assert.matches("/p/[%w_-]+/$", browser:url())
    assert.same({}, browser:broken_pictures())
    browser:find(".owner a"):follow()
    assert.matches("/people/demo_user$", browser:url())
  end)

  it("play a video", function()
    open "/people/demo_user"
    for _, tile in ipairs(browser:all ".tile") do
      if tile:text() == "Video" then
        tile:follow()
        break
      end
    end
    local seconds = browser:run [[
      var video = document.querySelector('video')
      return video.readyState > 0 ? video.duration : 0]]
    for _ = 1, 1000 do
      if seconds > 0 then break end
      calls.sleep(0.05)
      seconds = browser:run "return document.querySelector('video').duration || 0"
    end
    assert.is_true(seconds > 0)
  end)

  it("can be walked by keyboard", function()
    open "/people/demo_user"
    for _ = 1, 40 do
      browser:press "Tab"
      if (browser:focused():attribute "class") == "tile" then break end
    end
    assert.equal("tile", browser:focused():attribute "class")
    browser:enter()
    assert.matches("/p/", browser:url(), 1, true)
  end)

  it("show a private account to itself alone", function()
    open "/people/private_user"
    browser:forget()
    browser:reload()
    has "This account is private"
    assert.equal(0, #browser:all ".tile")
    log_in("private_user", "/people/private_user")
    assert.is_true(#browser:all ".tile" > 0)
    assert.same({}, browser:broken_pictures())
  end)

  it("accept an invitation to be a tester", function()
    sandbox:control("add_user", { username = "anna", tester = false })
    sandbox:control("invite_tester", { username = "anna", flavour = "basic_display" })
    log_in("anna", "/people/anna")
    browser:with_text("a", "Edit profile"):follow()
    browser:with_text("a", "Apps and Websites"):follow()
    press "Accept"
    has "Nobody has invited you."
    for _, tester in ipairs(sandbox:control("testers",
      { flavour = "basic_display" }).testers) do
      if tester.username == "anna" then assert.equal("accepted", tester.state) end
    end
  end)

  it("remove an app: its token dies, its developer is told", function()
    local server = wire.start()
    server:serve(wire.always { status = 200 })
    sandbox:control("update_app", { flavour = "basic_display",
      deauthorize_url = server.url .. "/deauthorize" })
    sandbox:control("add_user", { username = "berta" })
    local token = http.short_token(sandbox, "basic_display", "berta")
    log_in("berta", "/people/berta/apps")
    has "Sandbox Basic Display"
    has "30 January 2024"
    browser:screenshot "apps-before"
    press "Remove"
    has "No app has your permission."
    assert.is_true(sandbox:settle(5))
    assert.equal(1, #server:requests())
    assert.equal(190, http.get(sandbox, "/me", { access_token = token }):error().code)
    open "/sandbox/callbacks"
    has "Deauthorize: sent"
    has "berta"
    server:stop()
  end)

  it("change words, privacy and kind of account", function()
    sandbox:control("add_user", { username = "carl" })
    log_in("carl", "/people/carl/edit")
    browser:find("#f-name"):fill "Carl <b>C.</b>"
    browser:find("#f-biography"):fill "one\ntwo"
    press "Save"
    assert.equal("Carl <b>C.</b>", browser:find("#f-name"):property "value")
    press "Switch to private"
    assert.is_true(user("carl").private)
    press "Switch to public"
    assert.is_false(user("carl").private)
    browser:find("option[value=BUSINESS]"):click()
    press "Change"
    assert.equal("BUSINESS", user("carl").account_type)
    open "/people/carl"
    has "Carl <b>C.</b>"
    has "one\ntwo"
    has "Business account"
    open "/people/carl/edit"
    press "Change password"
    assert.matches("/accounts/login/", browser:url(), 1, true)
  end)

  it("suit everybody", function()
    suits_everybody("/people/", "people")
    suits_everybody("/people/demo_user", "profile")
    suits_everybody("/people/private_user", "private")
    open "/people/demo_user"
    local met = {}
    for _, tile in ipairs(browser:all ".tile") do
      local kind = tile:text()
      if not met[kind] then met[kind] = tile:attribute "href" end
    end
    for kind, path in pairs(met) do
      suits_everybody(path:gsub("^https?://[^/]+", ""),
        "post" .. (kind ~= "" and "-" .. kind:lower() or ""))
    end
  end)

  it("bear long and hostile words", function()
    local long = ("<b>x"):rep(60)
    sandbox:control("add_user", { username = ("a"):rep(30), name = long,
      biography = long, website = "https://example.com/" .. ("y"):rep(200) })
    sandbox:control("add_media", { username = ("a"):rep(30), caption = long })
    open("/people/" .. ("a"):rep(30))
    local post = browser:find(".tile"):attribute "href"
    suits_everybody("/people/", "long-people")
    suits_everybody("/people/" .. ("a"):rep(30), "long-profile")
    suits_everybody(post:gsub("^https?://[^/]+", ""), "long-post")
    assert.equal(0, #browser:all "main article b b")
  end)

  it("suit everybody with their own settings", function()
    sandbox:generate_token("demo_user", "basic_display")
    sandbox:control("remove_app", { username = "demo_user", flavour = "basic_display" })
    sandbox:generate_token "demo_user"
    sandbox:control("update_user", { username = "demo_user", tester = false })
    sandbox:control("invite_tester", { username = "demo_user",
      flavour = "basic_display" })
    log_in("demo_user", "/people/demo_user/edit")
    suits_everybody("/people/demo_user/edit", "edit")
    suits_everybody("/people/demo_user/apps", "apps")
    sandbox:control("update_user", { username = "demo_user", tester = true })
  end)

  it("need no script and no mouse", function()
    local plain = webdriver.start { width = 320, height = 640, javascript = false }
    sandbox:control("add_user", { username = "dora", tester = false })
    sandbox:control("invite_tester", { username = "dora",
      flavour = "basic_display" })
    plain:open(sandbox.url .. "/accounts/login/?next=/people/dora/apps")
    plain:find("#f-username"):type "dora"
    plain:enter()
    for _ = 1, 30 do
      plain:press "Tab"
      if plain:focused():text():find("Decline", 1, true) then break end
    end
    plain:enter()
    assert.matches("Nobody has invited you.", plain:text(), 1, true)
    plain:open(sandbox.url .. "/sandbox/clock")
    plain:with_text("button", "+1 hour"):follow()
    assert.matches("01:00:00 UTC", plain:text(), 1, true)
    sandbox:set_clock(1698796800)
    plain:stop()
  end)

  -- --- tools -------------------------------------------------------------------------

  it("show the journal with reasons, and filter it", function()
    sandbox:clear_requests()
    http.get(sandbox, "/me", { access_token = "IGQVJnonsense" })
    http.get(sandbox, "/me/media", { access_token = sandbox:generate_token(
      "demo_user", "basic_display") })
    open "/sandbox/journal"
    local entries = browser:all ".entry"
    assert.equal(2, #entries)
    assert.matches("200 GET /me/media?access_token=[redacted]", entries[1]:text(), 1,
      true)
    assert.matches("demo_user", entries[1]:text(), 1, true)
    assert.matches("invalid_token", entries[2]:text(), 1, true)
    browser:find("option[value=refused]"):click()
    press "Filter"
    assert.equal(1, #browser:all ".entry")
    press "Clear the journal"
    has "No request to show."
  end)

  it("move the clock", function()
    local before = sandbox:now()
    open "/sandbox/clock"
    has "Wednesday, 1 November 2023, 00:00:00 UTC"
    press "+60 days"
    assert.equal(before + 60 * 86400, sandbox:now())
    press "+1 hour"
    has "31 December 2023, 01:00:00 UTC"
    browser:run [[
      document.getElementById('f-now').value = '2023-11-01T00:00:00']]
    press "Set"
    assert.equal(before, sandbox:now())
  end)

  it("order a fault, see it used up, and clear the others", function()
    open "/sandbox/faults"
    browser:with_text("summary", "Error"):click()
    browser:find("#f-status-on"):type "/me"
    browser:find("#f-status-status"):type "503"
    browser:find("#f-status-times"):type "2"
    browser:with_text("details[open] button", "Order"):follow()
    has "2 of 2"
    assert.equal(503, http.get(sandbox, "/me").status)
    browser:reload()
    has "1 of 2"
    press "Clear all"
    has "a good day"
    assert.not_equal(503, http.get(sandbox, "/me").status)
  end)

  it("change a setting, and refuse a wrong one by name", function()
    open "/sandbox/settings"
    browser:find("#f-page_max"):fill "50"
    press "Save"
    assert.equal(50, sandbox:control("settings").page_max)
    assert.equal("50", browser:find("#f-page_max"):property "value")
    press "Reset"
    assert.equal(100, sandbox:control("settings").page_max)
  end)

  it("take a snapshot, come back to it, and forget it", function()
    open "/sandbox/snapshots"
    has "No snapshot was taken."
    browser:find("#f-name"):type "before the storm"
    press "Take"
    has "Taken."
    has "before the storm"
    has "The clock stood at 2023-11-01 00:00:00 UTC."
    sandbox:advance_clock(86400)
    suits_everybody("/sandbox/snapshots?done=take", "snapshots")
    browser:find('button[value="restore"]'):follow()
    has "the sandbox is as it was then"
    assert.equal(1698796800, sandbox:now())
    browser:find('button[value="forget"]'):follow()
    has "No snapshot was taken."
  end)

  it("have tools that suit everybody", function()
    http.get(sandbox, "/me", { access_token = "x" })
    sandbox:fault { kind = "delay", delay = 1, on = "/me/media", times = 3 }
    suits_everybody("/sandbox/journal", "journal")
    suits_everybody("/sandbox/clock", "clock")
    suits_everybody("/sandbox/faults", "faults")
    suits_everybody("/sandbox/callbacks", "callbacks")
    suits_everybody("/sandbox/settings", "settings")
    sandbox:clear_faults()
  end)
end)
