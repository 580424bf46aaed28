-- Instagram's own names in a real browser: the sandbox as its proxy, over TLS, nothing
-- else changed.
local http = require "spec.support.sandbox_http"
local webdriver = require "spec.support.webdriver"

describe("#browser the window under Instagram's names", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser

  setup(function()
    -- quiet about refusing what the browser wants to tell its makers
    sandbox = require("instagram.sandbox").start { quiet = true }
    browser = webdriver.start { proxy = sandbox.url, insecure = true }
  end)
  teardown(function()
    if browser then browser:stop() end
    sandbox:stop()
  end)

  local function window(host, changes)
    return (http.window(sandbox, "basic_display", changes):gsub("^http://[^/]+",
      "https://" .. host))
  end

  it("shows pictures of the media host, and keeps one login for www and api",
    function()
      browser:open(window "www.instagram.com")
      browser:with_text("button", "demo_user"):follow()
      assert.equal("Allow Sandbox Basic Display?", browser:title())
      assert.matches("^https://scontent%.cdninstagram%.com/",
        browser:find("img.face"):property "src")
      assert.same({}, browser:broken_pictures())
      local cookie = browser:cookies()[1]
      assert.same({ ".instagram.com", true, true },
        { cookie.domain, cookie.secure, cookie.httpOnly })
      browser:open(window "api.instagram.com")
      assert.equal("Allow Sandbox Basic Display?", browser:title())
      browser:screenshot "names-window"
    end)

  it("ends at a token", function()
    local app = sandbox:credentials "basic_display"
    browser:open(window("www.instagram.com", { redirect_uri =
      "https://www.instagram.com/apps/" .. app.client_id .. "/token" }))
    if browser:title() == "Log in" then
      browser:with_text("button", "demo_user"):follow()
    end
    browser:find("button[value=allow]"):follow()
    local token = browser:find("textarea"):property "value":match "IGQ[%w]+"
    browser:open("https://graph.instagram.com/me?fields=username&access_token="
      .. token)
    assert.matches('"username":"demo_user"', browser:text(), 1, true)
  end)

  it("leads nowhere else", function()
    local ok, problem = pcall(browser.open, browser, "https://www.example.com/")
    assert.is_false(ok)
    assert.matches("ERR_", tostring(problem))
  end)
end)
