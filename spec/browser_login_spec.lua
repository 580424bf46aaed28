-- Logging in and out in a real browser: by mouse, by keyboard, on a phone's width, in
-- light and dark, without any script.
local webdriver = require "spec.support.webdriver"

describe("#browser logging in", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser

  setup(function()
    sandbox = require("instagram.sandbox").start {}
    browser = webdriver.start { width = 320, height = 640 }
  end)
  teardown(function()
    if browser then browser:stop() end
    sandbox:stop()
  end)
  before_each(function()
    browser:open(sandbox.url .. "/accounts/login/")
    browser:forget()
    browser:reload()
  end)

  it("shows who lives here, with pictures", function()
    assert.equal("Log in", browser:title())
    for _, name in ipairs { "demo_user", "second_user", "private_user" } do
      browser:with_text("button", name)
    end
    assert.equal(3, #browser:all "img.face")
    assert.same({}, browser:broken_pictures())
    browser:screenshot "login-phone"
  end)

  it("is one press away, and one more ends it", function()
    browser:open(sandbox.url .. "/accounts/login/?next=/accounts/login/")
    browser:with_text("button", "second_user"):follow()
    assert.matches("You are logged in as second_user", browser:text(), 1, true)
    assert.is_true(browser:cookies()[1].httpOnly)
    browser:with_text("button", "Log out"):follow()
    browser:open(sandbox.url .. "/accounts/login/")
    assert.is_nil(browser:text():find("logged in", 1, true))
    assert.same({}, browser:cookies())
  end)

  it("takes a name, and says when nobody has it", function()
    browser:find("#f-username"):type "nobody"
    browser:enter()
    assert.equal("There is no account named 'nobody'.",
      browser:find("[role=alert]"):text())
    browser:find("#f-username"):fill "demo_user"
    browser:enter()
    browser:open(sandbox.url .. "/accounts/logout/")
    assert.matches("logged in as demo_user", browser:text(), 1, true)
  end)

  it("can be done without a mouse", function()
    for _ = 1, 20 do
      browser:press "Tab"
      if browser:focused():text():find("second_user", 1, true) then break end
    end
    browser:enter()
    browser:open(sandbox.url .. "/accounts/logout/")
    assert.matches("logged in as second_user", browser:text(), 1, true)
  end)

  it("fits a phone, in light and dark, for everybody", function()
    for _, dark in ipairs { false, true } do
      browser:dark(dark)
      browser:open(sandbox.url .. "/accounts/login/")
      assert.is_false(browser:scrolls_sideways())
      if not webdriver.axe_missing() then assert.is_nil(browser:axe()) end
      browser:screenshot("login-" .. (dark and "dark" or "light"))
    end
    browser:dark(false)
    if webdriver.axe_missing() then pending(webdriver.axe_missing()) end
  end)

  it("leaves nothing in the console", function()
    browser:log()
    browser:open(sandbox.url .. "/accounts/login/")
    assert.same({}, browser:log())
  end)
end)
