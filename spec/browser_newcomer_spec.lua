-- What the README tells a newcomer to do, done in a real browser: from the address that
-- the command prints to a person's pictures, to a token, to a picture read with it.
local source = require "spec.support.source"
local webdriver = require "spec.support.webdriver"

describe("#browser a newcomer", function()
  if webdriver.missing() then
    pending(webdriver.missing())
    return
  end
  local sandbox, browser, readme

  setup(function()
    sandbox = require("instagram.sandbox").start {}
    browser = webdriver.start { width = 1000, height = 800 }
    local text = source.read "README.md"
    readme = text:match("\n## The sandbox\n(.-)\n## "):gsub("%s+", " ")
  end)
  teardown(function()
    if browser then browser:stop() end
    sandbox:stop()
  end)

  -- The README must name what is clicked on, in bold.
  local function told(words)
    assert.is_number(readme:find("**" .. words .. "**", 1, true), words)
    return words
  end

  -- All pictures of the page have arrived, and there are some.
  local function shows_pictures(least)
    local count = browser:run [[
      return [...document.images].filter((image) => image.complete
        && image.naturalWidth > 50).length]]
    assert.is_true(count >= least, count .. " pictures")
    assert.same({}, browser:broken_pictures())
  end

  it("sees somebody's pictures after one click", function()
    browser:open(sandbox.url .. "/")
    browser:with_text("a", told "demo_user"):follow()
    assert.matches("/people/demo_user/$", browser:url())
    browser:run "document.querySelectorAll('img').forEach((i) => i.loading = 'eager')"
    shows_pictures(5)
    browser:screenshot "newcomer-1-profile"
  end)

  it("logs in with an app, and reads a picture with the token", function()
    browser:open(sandbox.url .. "/")
    browser:with_text("a", told "Log in"):follow()
    assert.matches("go on to Sandbox Basic Display", browser:text(), 1, true)
    browser:with_text("button", "demo_user"):follow()
    browser:with_text("button", told "Allow"):follow()
    browser:screenshot "newcomer-2-token"
    local token = browser:find("#token"):property("value")
    assert.matches("^IGQ", token)
    browser:open(sandbox.url .. "/me/media?fields=media_url&access_token=" .. token)
    local address = browser:text():match('"media_url":"(.-)"')
    browser:open((address:gsub("\\/", "/"):gsub("\\u0025", "%%")))
    shows_pictures(1)
    browser:screenshot "newcomer-3-picture"
  end)
end)
