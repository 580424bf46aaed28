-- The App Dashboard in a real browser: an app is created, people are invited, a token
-- is generated, a permission is reviewed, the app goes live. By mouse and by keyboard,
-- on a phone's width, without any script.
local http = require "spec.support.sandbox_http"
local webdriver = require "spec.support.webdriver"

local BASIC = "6810427395018264"

describe("#browser the dashboard", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser, home

  setup(function() browser = webdriver.start { width = 1000, height = 800 } end)
  teardown(function() if browser then browser:stop() end end)
  before_each(function()
    sandbox = require("instagram.sandbox").start {}
    sandbox:control("add_user", { username = "newcomer", tester = false })
    browser:size(1000, 800)
    home = sandbox.url .. "/apps/" .. BASIC .. "/"
  end)
  after_each(function() sandbox:stop() end)

  local function press(text) browser:with_text("button", text):follow() end
  local function go(text) browser:with_text("a", text):follow() end
  local function said() return browser:find("[role=status]"):text() end
  local function refused() return browser:find("[role=alert]"):text() end

  local function fill(fields)
    for name, text in pairs(fields) do
      browser:find("[name=" .. name .. "]"):fill(text)
    end
  end

  local function has(text)
    assert.matches(text, browser:text(), 1, true)
  end

  -- Everything a person could stumble over on the page at hand.
  local function check_page(name)
    assert.is_false(browser:scrolls_sideways(), name)
    if not webdriver.axe_missing() then assert.is_nil(browser:axe(), name) end
    browser:screenshot("dashboard-" .. name)
  end

  it("creates an app and sets it up", function()
    browser:open(sandbox.url .. "/apps/")
    check_page "list"
    go "Create App"
    browser:find("#f-name"):type "My gallery"
    check_page "create"
    press "Create App"
    assert.equal("The app was created.", said())
    has "Overview"
    press "Set up Instagram Basic Display"
    assert.equal("The Instagram product was added.", said())
    fill { redirect_uris = "https://gallery.example" }
    press "Save changes"
    assert.equal("https://gallery.example/",
      browser:find("#f-redirect_uris"):property "value")
    local apps = sandbox:control("apps").apps
    assert.equal("My gallery", apps[3].name)
    assert.equal("consumer", apps[3].type)
    assert.same({ "https://gallery.example/" }, apps[3].redirect_uris)
    has(apps[3].client_id)
    browser:with_text("a", "Show"):follow()
    has(sandbox:control("credentials", { client_id = apps[3].client_id }).client_secret)
    check_page "product"
  end)

  it("can be done without a mouse", function()
    browser:open(sandbox.url .. "/apps/new")
    local function focus_on(id)
      for _ = 1, 20 do
        browser:press "Tab"
        if browser:focused():attribute "id" == id then return end
      end
      error("the keyboard does not reach " .. id)
    end
    focus_on "f-name"
    browser:focused():type "By keyboard"
    focus_on "f-type"
    browser:press "Down" -- Business
    focus_on "f-flavour"
    browser:press("Down", "Tab") -- the API with Instagram Login; then the button
    browser:enter()
    local app = sandbox:control("apps").apps[3]
    assert.same({ "By keyboard", "business", "instagram_login" },
      { app.name, app.type, app.flavour })
  end)

  it("invites a tester", function()
    browser:open(home .. "roles")
    browser:find("#f-username"):type "newcomer"
    browser:enter()
    assert.matches("The invitation was sent", said())
    has "Pending until 2023-12-01"
    check_page "roles"
    browser:open(sandbox.url .. "/accounts/login/?next=/people/newcomer/apps")
    press "newcomer"
    press "Accept"
    browser:open(home .. "roles")
    assert.is_nil(browser:text():find("Pending", 1, true))
    browser:find("[aria-label='Remove newcomer']"):follow()
    assert.is_nil(browser:text():find("newcomer", 1, true))
    browser:find("#f-username"):type "nobody"
    browser:enter()
    assert.equal("No account named 'nobody'.", refused())
  end)

  -- Presses the generator's button of a person and signs in as another, or the same.
  local function generate(name, as)
    browser:open(home .. "instagram")
    browser:find("[aria-label='Generate token for " .. name .. "']"):follow()
    browser:with_text("button", as or name):follow()
  end

  it("generates a token that is shown once", function()
    generate "demo_user"
    has "Sandbox Basic Display"
    press "Allow"
    browser:wait_for_url("/apps/" .. BASIC .. "/token")
    has "A long-lived token of demo_user"
    has "Tokens are portable!"
    local token = browser:find("#token"):property "value"
    local me = http.get(sandbox, "/me", { access_token = token, fields = "username" })
    assert.equal("demo_user", me:json().username)
    assert.equal("true", tostring(browser:find("#token"):property "readOnly"))
    for _, summary in ipairs(browser:all "summary") do summary:click() end
    has("/me/media?fields=id,caption,media_type,permalink&access_token="
      .. "YOUR_ACCESS_TOKEN")
    assert.is_nil(browser:find("pre"):text():find(token, 1, true))
    browser:find("#token"):click()
    check_page "token"
    browser:reload()
    assert.matches("The token was shown once already", refused())
    assert.is_nil(browser:source():find(token, 1, true))
  end)

  it("generates none for private accounts, strangers, and those who cancel", function()
    browser:open(home .. "instagram")
    has "Tokens can only be generated for public accounts: private_user is private."
    assert.is_false(browser:has "[aria-label='Generate token for private_user']")
    generate("demo_user", "private_user")
    press "Allow"
    assert.matches("only be generated for public accounts", refused())
    check_page "token-private"
    generate("demo_user", "newcomer")
    has "Insufficient Developer Role"
    press "Switch account"
    press "demo_user"
    press "Cancel"
    assert.matches("The window was cancelled", refused())
  end)

  it("reviews a permission and goes live", function()
    browser:open(home)
    press "Switch to Live Mode"
    assert.matches("missing: a privacy policy address .privacy_url.; a data deletion "
      .. "address .deletion_url.; Business Verification", refused())
    check_page "not-live"
    go "a privacy policy address"
    fill { privacy_url = "https://gallery.example/privacy" }
    press "Save changes"
    go "Basic Display"
    fill { deletion_url = "https://gallery.example/deletion" }
    press "Save changes"
    go "Business Verification"
    press "Start Verification"
    check_page "verification"
    press "Verify the business"
    assert.equal("The business is verified now.", said())
    go "Data Use Checkup"
    fill { responsible = "My gallery", country = "Atlantis" }
    press "Save answers"
    check_page "handling"
    go "Requests"
    browser:find("[aria-label$='instagram_graph_user_media']"):follow()
    fill { description = "Shows your own pictures", screencast = "https://film" }
    check_page "request"
    press "Submit for review"
    assert.equal("The request was submitted for review.", said())
    check_page "review"
    press "Approve"
    has "since 2023-11-01"
    go "Overview"
    press "Switch to Live Mode"
    assert.equal("The app is live now.", said())
    check_page "live"
    assert.equal("live", sandbox:control("apps").apps[1].mode)
  end)

  it("fits a phone, in light and dark, for everybody", function()
    browser:size(320, 640)
    for i, place in ipairs { "", "settings/basic", "settings/advanced", "roles",
      "instagram", "review", "review/request", "checkup", "verification",
      "limits" } do
      browser:dark(i % 2 == 0)
      browser:open(home .. place)
      check_page("phone-" .. (place == "" and "overview" or place:gsub("/", "-")))
    end
    browser:dark(false)
    if webdriver.axe_missing() then pending(webdriver.axe_missing()) end
  end)

  it("runs nothing that was typed in", function()
    local name = "<img src=x onerror=\"document.title='run'\"><script>document.title"
      .. "='run'</script>"
    browser:open(home .. "settings/basic")
    fill { name = name }
    press "Save changes"
    for _, place in ipairs { "", "settings/basic", "instagram" } do
      browser:open(home .. place)
      assert.matches(name, browser:title(), 1, true)
      has(name)
      assert.is_false(browser:has "script" or browser:has "main img")
    end
  end)

  it("leaves nothing in the console", function()
    browser:open(home .. "instagram")
    browser:log()
    browser:open(home .. "instagram")
    assert.same({}, browser:log())
  end)

  -- What of the page's tables a person would not see without moving sideways.
  local OUTSIDE = [[
    return [...document.querySelectorAll("td, td *, caption")].filter((each) => {
      const box = each.getBoundingClientRect();
      return box.width > 0 && (box.left < 0 || box.right > innerWidth);
    }).map((each) => each.outerHTML)]]

  it("shows whole tables on a phone, each cell with its name", function()
    sandbox:control("settings", { limits = "show" })
    sandbox:fault { on = "/me/media", kind = "storm", probability = 0.25, seed = 7 }
    sandbox:control("invite_tester", { username = "newcomer" })
    for _, width in ipairs { 320, 375 } do
      browser:size(width, 800)
      for _, path in ipairs { home .. "roles", home .. "limits", home .. "instagram",
        home .. "review", home .. "settings/advanced", sandbox.url .. "/apps/",
        sandbox.url .. "/sandbox/faults" } do
        browser:open(path)
        assert.is_true(browser:has "td", path)
        assert.same({}, browser:run(OUTSIDE), path .. " at " .. width)
        assert.same({ "table", "row", "cell" }, { browser:find("table"):role(),
          browser:find("tbody tr"):role(), browser:find("td"):role() })
        check_page(("table-%d-%s"):format(width, path:match "([%a]*)/?$"))
      end
    end
    browser:open(home .. "roles")
    assert.equal('"State: "', browser:run [[
      const cell = document.querySelectorAll("td")[1];
      return getComputedStyle(cell, "::before").content]])
  end)
end)
