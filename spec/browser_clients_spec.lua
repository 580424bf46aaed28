-- A published client that runs in a web page, unmodified, in a real browser:
-- instafeed.js asks https://graph.instagram.com from a page of another site and shows
-- pictures.
local source = require "spec.support.source"
local webdriver = require "spec.support.webdriver"

local SCRIPT = "build/npm/node_modules/instafeed.js/dist/instafeed.min.js"

local PAGE = [[<!doctype html><html lang="en"><title>A page</title>
<div id="instafeed"></div><script>%s</script>
<script>
  new Instafeed({ accessToken: "%s", limit: 12,
    error: (problem) => { document.title = "failed: " + problem; },
    after: () => { document.title = "done"; } }).run();
</script></html>]]

describe("#browser instafeed.js (npm)", function()
  local missing = webdriver.missing()
  local script = io.open(SCRIPT)
  if script then script:close() end
  if not missing and not script then
    missing = "instafeed.js is not there: `make browser` asks npm for it"
  end
  if missing then
    pending(missing)
    return
  end

  it("fills a page with somebody's pictures", function()
    local sandbox = require("instagram.sandbox").start {}
    local place = sandbox.url:match "//(.*)$"
    local browser = webdriver.start { insecure = true, hosts = {
      ["graph.instagram.com"] = place, ["scontent.cdninstagram.com"] = place } }
    finally(function()
      browser:stop()
      sandbox:stop()
    end)
    local path = browser.folder .. "/page.html"
    local file = assert(io.open(path, "w"))
    file:write(PAGE:format(source.read(SCRIPT),
      sandbox:generate_token("demo_user", "basic_display")))
    file:close()
    browser:open("file://" .. path)
    browser:find "#instafeed a img"
    local count = browser:run [[
      return Promise.all([...document.images].map((image) => image.decode()))
        .then((all) => all.length)]]
    assert.equal("done", browser:title())
    assert.is_true(count >= 10, count .. " pictures")
    for _, entry in ipairs(sandbox:requests()) do assert.equal(200, entry.status) end
    browser:screenshot "client-instafeed"
  end)
end)
