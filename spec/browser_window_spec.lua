-- The Authorization Window in a real browser, as a person walks through it: by mouse
-- and by keyboard, on a phone's width, in light and dark, without any script.
local http = require "spec.support.sandbox_http"
local webdriver = require "spec.support.webdriver"

local BASIC, COMMENTS, INSIGHTS = "instagram_business_basic",
  "instagram_business_manage_comments", "instagram_business_manage_insights"
local ALL = BASIC .. "," .. COMMENTS .. "," .. INSIGHTS

describe("#browser the window", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser, back

  setup(function()
    sandbox = require("instagram.sandbox").start {}
    browser = webdriver.start { width = 320, height = 640 }
    -- another site than the sandbox's 127.0.0.1, where a page says "no such page"
    back = sandbox.url:gsub("127%.0%.0%.1", "localhost") .. "/accounts/back"
  end)
  teardown(function()
    if browser then browser:stop() end
    sandbox:stop()
  end)
  before_each(function()
    sandbox:control "reset"
    for _, flavour in ipairs { "basic_display", "instagram_login" } do
      sandbox:control("update_app", { flavour = flavour, redirect_uris = { back } })
      sandbox:control("remove_app", { flavour = flavour, username = "demo_user" })
    end
    browser:open(sandbox.url .. "/accounts/login/")
    browser:forget()
    browser:log()
  end)

  local function window(flavour, changes)
    local all = { redirect_uri = back, state = "s p+a%c/e",
      scope = flavour == "instagram_login" and ALL or nil }
    for name, value in pairs(changes or {}) do all[name] = value end
    return http.window(sandbox, flavour, all)
  end

  local function choose(name) browser:with_text("button", name):follow() end

  -- Opens the window with nobody logged in, and logs in there.
  local function enter(flavour, changes, name)
    browser:open(sandbox.url .. "/accounts/login/")
    browser:forget()
    browser:open(window(flavour or "instagram_login", changes))
    choose(name or "demo_user")
  end

  local function landed()
    return browser:wait_for_url(back .. "?")
  end

  -- The scopes the code of an address is good for.
  local function granted(flavour, address)
    local code = assert(address:match "[?&]code=(AQ[%w_-]+)", address)
    local answer = http.post(sandbox, "/oauth/access_token", http.code_form(sandbox,
      flavour, code, { redirect_uri = back }))
    assert.equal(200, answer.status)
    return table.concat(answer:json().permissions or {}, ",")
  end

  it("lets a person in and sends them back with a code", function()
    browser:open(window "instagram_login")
    assert.equal("Log in", browser:title())
    assert.matches("to go on to Sandbox Instagram Login", browser:text(), 1, true)
    assert.same({}, browser:broken_pictures())
    browser:screenshot "window-1-login"
    choose "demo_user"
    assert.equal("Allow Sandbox Instagram Login?", browser:title())
    assert.equal("Sandbox Instagram Login wants access to your account",
      (browser:find("h1"):text():gsub("^S%s", ""):gsub("%s+", " ")))
    assert.matches("demo_user", browser:find(".current"):text(), 1, true)
    assert.same({}, browser:broken_pictures())
    assert.equal(1, #browser:all "img.face")
    browser:screenshot "window-2-choice"
    browser:find("button[value=allow]"):click()
    local address = landed()
    assert.matches("&state=s+p%2Ba%25c%2Fe", address, 1, true)
    assert.matches("#_$", address)
    assert.equal(ALL, granted("instagram_login", address))
    browser:screenshot "window-3-back"
  end)

  it("says which permissions there are, and fixes what is required", function()
    enter()
    local boxes = browser:all "input[type=checkbox]"
    assert.equal(3, #boxes)
    assert.is_false(boxes[1]:is_enabled())
    assert.equal("Profile and posts (required)", boxes[1]:label())
    assert.equal("Comments", boxes[2]:label())
    for _, box in ipairs(boxes) do assert.is_true(box:is_selected()) end
    enter "basic_display"
    assert.matches("Photos and videos", browser:text(), 1, true)
    assert.equal(2, #browser:all "input[type=checkbox]")
  end)

  it("grants what is left ticked", function()
    enter()
    browser:find("#scope-" .. COMMENTS):click()
    browser:screenshot "window-unticked"
    browser:find("button[value=allow]"):click()
    assert.equal(BASIC .. "," .. INSIGHTS, granted("instagram_login", landed()))
    enter() -- once more
    browser:with_text("label", "Insights"):click() -- the words are part of the box
    browser:with_text("label", "(required)"):click()
    browser:find("button[value=allow]"):click()
    assert.equal(BASIC .. "," .. COMMENTS, granted("instagram_login", landed()))
  end)

  it("sends a person who cancels back with that", function()
    enter "basic_display"
    browser:find("button[value=cancel]"):click()
    assert.equal(back .. "?error=access_denied&error_reason=user_denied"
      .. "&error_description=The+user+denied+your+request&state=s+p%2Ba%25c%2Fe",
      landed())
    local entries = sandbox:requests()
    for i = #entries, 1, -1 do
      if entries[i].endpoint == "window" then
        assert.equal("cancel", entries[i].choice)
        break
      end
    end
  end)

  it("knows them the next time, and lets them be somebody else", function()
    enter "basic_display"
    browser:find("button[value=allow]"):click()
    landed()
    browser:open(window "basic_display")
    assert.matches("You let this app in on 1 Nov 2023", browser:text(), 1, true)
    browser:screenshot "window-again"
    browser:with_text("button", "Switch account"):follow()
    assert.equal("Log in", browser:title())
    choose "private_user"
    assert.matches("private_user", browser:find(".current"):text(), 1, true)
    assert.is_nil(browser:text():find("You let this app in", 1, true))
    browser:find("button[value=allow]"):click()
    granted("basic_display", landed())
  end)

  it("asks for the login anew when the app wants that", function()
    enter "instagram_login"
    browser:open(window("instagram_login", { force_reauth = "true" }))
    assert.matches("Log in again to go on", browser:text(), 1, true)
    browser:screenshot "window-reauth"
    choose "second_user"
    assert.matches("second_user", browser:find(".current"):text(), 1, true)
    browser:reload()
    browser:find("button[value=allow]"):click()
    granted("instagram_login", landed())
  end)

  it("has no Facebook, and says so", function()
    browser:open(window "instagram_login")
    local note = browser:find ".facebook p"
    assert.is_false(note:is_displayed())
    browser:find(".facebook summary"):click()
    assert.is_true(note:is_displayed())
    assert.matches("The sandbox has no Facebook", note:text(), 1, true)
    browser:open(window("instagram_login", { enable_fb_login = "0" }))
    assert.is_false(browser:has ".facebook")
  end)

  it("shows what Instagram refuses, and stays where it is", function()
    for name, case in pairs {
      client = { { client_id = "1" }, "Invalid platform app" },
      redirect = { { redirect_uri = "https://evil.example/" }, "Invalid redirect_uri" },
      scope = { { scope = "basic" }, "Invalid scope: basic" },
      type = { { response_type = "token" }, "Invalid response_type" },
    } do
      local url = window("basic_display", case[1])
      browser:open(url)
      assert.equal("Invalid Request", browser:find("h1"):text())
      assert.matches("Request parameters are invalid: " .. case[2], browser:text(), 1,
        true)
      assert.equal(url, browser:url())
      browser:find("summary"):click()
      browser:screenshot("refused-" .. name)
    end
  end)

  it("turns away whom the app may not have, but not for good", function()
    sandbox:control("update_user", { username = "second_user", tester = false })
    enter("basic_display", nil, "second_user")
    assert.equal("Insufficient Developer Role", browser:find("h1"):text())
    browser:screenshot "refused-role"
    browser:with_text("button", "Switch account"):follow()
    choose "demo_user"
    assert.equal("Allow Sandbox Basic Display?", browser:title())
    enter("instagram_login", { force_reauth = "1" }, "private_user")
    assert.matches("No valid scopes requested", browser:text(), 1, true)
    sandbox:control("update_user", { username = "second_user", tester = true })
  end)

  -- Presses Tab until the focus is on what is called so.
  local function tab_to(label)
    for _ = 1, 30 do
      browser:press "Tab"
      local focused = browser:focused()
      if focused:label():find(label, 1, true) then return focused end
    end
    error("Tab never comes to '" .. label .. "'")
  end

  it("can be walked through with a keyboard alone", function()
    browser:open(window "instagram_login")
    local first = tab_to "Skip to the content"
    assert.is_true(first:rect().y >= 0) -- it comes into sight
    tab_to "demo_user"
    browser:enter()
    tab_to "Comments"
    assert.not_equal("0px", browser:focused():style "outline-width")
    browser:press "Space"
    browser:screenshot "window-keyboard"
    tab_to "Allow"
    browser:press "Enter"
    assert.equal(BASIC .. "," .. INSIGHTS, granted("instagram_login", landed()))
  end)

  it("takes a name by Enter", function()
    browser:open(window "basic_display")
    tab_to "Username"
    browser:press("n", "o", "b", "o", "d", "y")
    browser:enter()
    assert.equal("There is no account named 'nobody'.",
      browser:find("[role=alert]"):text())
    browser:find("#f-username"):fill "demo_user"
    browser:enter()
    assert.equal("Allow Sandbox Basic Display?", browser:title())
  end)

  it("fits a phone and a desk, in light and dark, for everybody", function()
    local function look(name)
      assert.is_false(browser:scrolls_sideways(), name)
      if not webdriver.axe_missing() then assert.is_nil(browser:axe()) end
      browser:screenshot("look-" .. name)
    end
    for _, width in ipairs { 320, 1000 } do
      browser:size(width, 700)
      for _, dark in ipairs { false, true } do
        browser:dark(dark)
        local name = width .. (dark and "-dark" or "-light")
        browser:open(window("instagram_login", { force_reauth = "1", state = name }))
        look(name .. "-login")
        choose "demo_user"
        look(name .. "-choice")
        browser:open(window("instagram_login", { scope = ("x"):rep(200) }))
        look(name .. "-refused")
        browser:open(sandbox.url .. "/")
        look(name .. "-front")
      end
    end
    browser:size(320, 640)
    browser:dark(false)
    if webdriver.axe_missing() then pending(webdriver.axe_missing()) end
  end)

  it("holds no script and would run none", function()
    enter()
    assert.equal(0, #browser:all "script")
    assert.is_false(browser:run [[
      return Array.from(document.querySelectorAll('*')).some(function (node) {
        return Array.from(node.attributes).some(function (one) {
          return /^on/.test(one.name)
        })
      })]])
    browser:log()
    -- what an injection would do: the policy stops it
    browser:run [[
      window.ran = false
      var script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.appendChild(script)
      var image = document.createElement('img')
      image.setAttribute('onerror', 'window.ran = true')
      image.src = 'data:,x'
      document.body.appendChild(image)]]
    assert.is_false(browser:run "return window.ran")
    assert.matches("Content Security Policy", browser:log()[1].message, 1, true)
  end)

  it("shows itself in no other site's frame, and takes no other site's form",
    function()
      enter "basic_display"
      local function other_site(body)
        browser:open("data:text/html," .. http.encode(body))
      end
      other_site('<iframe src="' .. window "basic_display" .. '"></iframe>')
      browser:into_frame(browser:find "iframe")
      assert.equal("chrome-error://chromewebdata/", browser:run "return document.URL")
      assert.is_false(browser:has "button[value=allow]")
      browser:into_frame(nil)
      other_site('<form method=post action="' .. window "basic_display"
        .. '"><button name=choice value=allow>A prize!</button></form>')
      browser:find("button"):follow()
      assert.matches("Forms of other sites", browser:text(), 1, true)
      assert.is_nil(browser:url():find("code=", 1, true))
    end)

  it("shows markup as text", function()
    local evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    sandbox:control("update_app", { flavour = "basic_display", name = evil })
    sandbox:control("update_user", { username = "demo_user", name = evil })
    enter "basic_display"
    assert.matches(evil, browser:text(), 1, true)
    assert.equal(0, #browser:all "main script")
    assert.equal(0, #browser:all "main img:not(.face)")
    assert.is_false(browser:scrolls_sideways())
    browser:screenshot "window-markup"
    sandbox:control("update_app", { flavour = "basic_display",
      name = "Sandbox Basic Display" })
    sandbox:control("update_user", { username = "demo_user", name = "Mara Lindqvist" })
  end)

  it("works with scripts switched off", function()
    local plain = webdriver.start { javascript = false }
    local ok, problem = pcall(function()
      plain:open(window "basic_display")
      plain:with_text("button", "demo_user"):follow()
      plain:find("button[value=allow]"):click()
      granted("basic_display", plain:wait_for_url(back .. "?"))
    end)
    plain:stop()
    assert.is_true(ok, problem)
  end)

  it("leads from the front page to a token", function()
    browser:open(sandbox.url .. "/")
    assert.matches("Who lives here", browser:text(), 1, true)
    assert.same({}, browser:broken_pictures())
    browser:with_text("a.button", "with Sandbox Basic Display"):follow()
    choose "demo_user"
    browser:find("button[value=allow]"):follow()
    assert.matches("/apps/%d+/token%?code=", browser:url())
    local area = browser:find "textarea"
    assert.is_true(area:property "scrollHeight" <= area:property "clientHeight")
    local token = area:property "value":match "IGQ[%w]+"
    assert.equal("demo_user", http.get(sandbox, "/me", { fields = "username",
      access_token = token }):json().username)
    browser:screenshot "front-token"
  end)

  it("leaves nothing in the console", function()
    enter()
    browser:open(sandbox.url .. "/")
    assert.same({}, browser:log())
  end)
end)
