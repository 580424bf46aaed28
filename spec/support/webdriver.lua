--- A browser for specs: Chromium, driven over the WebDriver protocol by a chromedriver
--- that is started for it and ended by its number. It reaches this machine alone: no
--- other name is known to it, but for those that `hosts` sends here.
---
---     local browser = webdriver.start { width = 320 }
---     browser:open(sandbox.url .. "/")
---     browser:find("button[name=choice]"):click()
---     browser:stop()
local cjson = require "cjson"
local http = require "socket.http"
local ltn12 = require "ltn12"
local mime = require "mime"
local process = require "spec.support.process"
local calls = require "spec.support.calls"

local webdriver = {}

local codec = cjson.new()

local WAIT = 30 -- seconds an element may take to appear

webdriver.screens = "build/screens"
webdriver.axe_file = "build/npm/node_modules/axe-core/axe.min.js"

--- Why there can be no tests with a browser; nil when there can.
function webdriver.missing()
  for _, name in ipairs { "chromium", "chromedriver" } do
    if not process.has(name) then
      return name .. " is not installed: make setup TIER=browser"
    end
  end
end

--- Why no page can be checked by axe-core; nil when pages can.
function webdriver.axe_missing()
  if calls.read(webdriver.axe_file) then return nil end
  return "axe-core is not there (npm could not fetch it): make setup TIER=browser"
end

-- --- the protocol --------------------------------------------------------------------

local methods = {}
local browser_mt = { __index = methods }

local elements = {}
local element_mt = { __index = elements }

local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- W3C's name for a reference

-- `body` is a table, or JSON text.
local function send(base, method, path, body)
  local text = type(body) == "string" and body
  if method == "POST" and not text then text = codec.encode(body or {}) end
  local out = {}
  local ok, status = http.request {
    method = method, url = base .. path, sink = ltn12.sink.table(out),
    source = text and ltn12.source.string(text),
    headers = { ["Content-Type"] = "application/json",
      ["Content-Length"] = text and #text or 0 },
  }
  if not ok then return nil, "chromedriver does not answer: " .. tostring(status) end
  local value = codec.decode(table.concat(out)).value
  if status == 200 then return value end
  return nil, tostring(value.error) .. ": "
    .. tostring(value.message):gsub("\n.*", ""), value.error
end

-- A call of the session: its value, or it raises what the driver said.
function methods:call(method, path, body)
  local value, message = send(self.base, method, "/session/" .. self.session .. path,
    body)
  if value == nil then error(message, 3) end
  if value == codec.null then return nil end
  return value
end

--- A command of Chromium's own protocol.
function methods:cdp(command, params)
  return self:call("POST", "/goog/cdp/execute", { cmd = command,
    params = params or {} })
end

-- --- starting and stopping -----------------------------------------------------------

local function flags_of(options, folder)
  local map = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
  for name, place in pairs(options.hosts or {}) do
    map = "MAP " .. name .. " " .. place .. ", " .. map
  end
  local flags = { "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--disable-domain-reliability", "--disable-client-side-phishing-detection",
    "--no-first-run", "--no-default-browser-check", "--password-store=basic",
    options.proxy and "--proxy-server=" .. options.proxy or "--no-proxy-server",
     "--hide-scrollbars", "--force-device-scale-factor=1",
    "--user-data-dir=" .. folder .. "/profile", "--host-resolver-rules=" .. map }
  for _, flag in ipairs(options.flags or {}) do flags[#flags + 1] = flag end
  return flags
end

local function start_driver(self)
  for _ = 1, 3 do -- a port may be taken between asking for it and using it
    local port = process.free_port()
    self.base = "http://127.0.0.1:" .. port
    self.pid = process.start("env -u LD_PRELOAD "
      .. process.quote("chromedriver", "--port=" .. port), self.folder .. "/driver.log")
    local up = pcall(process.wait_until, "chromedriver answers", 60, function()
      return not process.is_running(self.pid) or process.listens(port)
    end)
    if up and process.is_running(self.pid) then return end
    process.stop(self.pid, "KILL")
  end
  error("chromedriver does not start: " .. (calls.read(self.folder .. "/driver.log")
    or ""))
end

local function start_session(self, options)
  local value, message = send(self.base, "POST", "/session", { capabilities = {
    alwaysMatch = { browserName = "chrome", acceptInsecureCerts = options.insecure,
      ["goog:loggingPrefs"] = { browser = "ALL" },
      ["goog:chromeOptions"] = { binary = process.output("command -v chromium")
        :gsub("%s+$", ""), args = flags_of(options, self.folder) },
    } } })
  if not value then return nil, message end
  self.session = value.sessionId
  self.chromium = tonumber((value.capabilities or {})["goog:processID"])
  return true
end

--- A browser of its own: an empty profile, nobody logged in anywhere.
---@param options table|nil  width (1000), height (800), dark, javascript (true),
--- insecure (any certificate will do), hosts (name -> "127.0.0.1:PORT"), proxy, flags
function webdriver.start(options)
  options = options or {}
  local self = setmetatable({ folder = calls.folder() }, browser_mt)
  start_driver(self)
  local ok, message = start_session(self, options)
  if not ok then
    self:stop()
    error("no browser: " .. message, 2)
  end
  self:size(options.width or 1000, options.height or 800)
  if options.dark then self:dark(true) end
  if options.javascript == false then
    self:cdp("Emulation.setScriptExecutionDisabled", { value = true })
  end
  return self
end

--- Ends the browser and its driver, and removes the profile.
function methods:stop()
  if self.session then pcall(self.call, self, "DELETE", "") end
  self.session = nil
  process.stop(self.pid, "TERM")
  if self.chromium and process.is_running(self.chromium) then
    pcall(process.stop, self.chromium, "KILL")
  end
  calls.remove(self.folder)
end

-- --- the page ------------------------------------------------------------------------

--- Goes to an address and waits until the page is there.
function methods:open(url) self:call("POST", "/url", { url = url }) end

function methods:url() return self:call("GET", "/url") end
function methods:title() return self:call("GET", "/title") end
function methods:source() return self:call("GET", "/source") end
function methods:back() self:call("POST", "/back") end
function methods:reload() self:call("POST", "/refresh") end

--- The size of the page's own window, in CSS pixels; below 600 as a phone has it.
function methods:size(width, height)
  self.width = width
  self:cdp("Emulation.setDeviceMetricsOverride", { width = width, height = height,
    deviceScaleFactor = width < 600 and 2 or 1, mobile = width < 600 })
end

--- Does the person like it dark?
function methods:dark(yes)
  self:cdp("Emulation.setEmulatedMedia", { features = {
    { name = "prefers-color-scheme", value = yes and "dark" or "light" } } })
end

-- By hand: cjson would write an empty list as {}.
local function script_body(script, args)
  for i, value in ipairs(args) do args[i] = codec.encode(value) end
  return '{"script":' .. codec.encode(script) .. ',"args":[' .. table.concat(args, ",")
    .. "]}"
end

--- Runs a function's body in the page, with `arguments`; returns what it returns.
function methods:run(script, ...)
  return self:call("POST", "/execute/sync", script_body(script, { ... }))
end

--- What the page wrote to its console, or the browser about it (blocked resources);
--- each is told once.
---@return table list  of {level, message, source}
function methods:log()
  return self:call("POST", "/se/log", { type = "browser" })
end

--- All cookies of the page's site: a list of {name, value, httpOnly, sameSite, ...}.
function methods:cookies() return self:call("GET", "/cookie") end

--- Forgets all cookies of the page's site.
function methods:forget() self:call("DELETE", "/cookie") end

--- Text of the whole page as a person reads it.
function methods:text() return self:find("body"):text() end

--- Can the page be scrolled sideways?
function methods:scrolls_sideways()
  return self:run [[
    var root = document.documentElement
    return root.scrollWidth > root.clientWidth]]
end

--- Pictures that did not arrive: a list of their addresses.
function methods:broken_pictures()
  return self:run [[
    return Array.from(document.images).filter(function (image) {
      return !image.complete || image.naturalWidth === 0
    }).map(function (image) { return image.src })]]
end

--- Keeps a picture of the whole page as build/screens/NAME.png; returns its path.
function methods:screenshot(name)
  local size = self:cdp("Page.getLayoutMetrics").cssContentSize
  local shot = self:cdp("Page.captureScreenshot", { format = "png",
    captureBeyondViewport = true, clip = { x = 0, y = 0, scale = 1,
      width = self.width, height = math.min(size.height, 8000) } })
  os.execute("mkdir -p " .. webdriver.screens)
  local path = webdriver.screens .. "/" .. name .. ".png"
  calls.write(path, (mime.unb64(shot.data)))
  return path
end

-- What axe-core found, in words.
local function findings(found)
  local lines = {}
  for _, violation in ipairs(found) do
    for _, node in ipairs(violation.nodes) do
      lines[#lines + 1] = ("%s: %s\n  %s\n  %s"):format(violation.id, violation.help,
        node.html, node.failureSummary:gsub("\n", "\n  "))
    end
  end
  return table.concat(lines, "\n")
end

--- What is wrong with the page for people who see or move otherwise, by axe-core; nil
--- when it finds nothing.
function methods:axe()
  self:run(assert(calls.read(webdriver.axe_file), webdriver.axe_missing()))
  local found = self:call("POST", "/execute/async", script_body([[
    var done = arguments[arguments.length - 1]
    axe.run(document, { resultTypes: ['violations'] }).then(
      function (results) { done(results.violations) },
      function (problem) { done([{ id: 'axe', help: String(problem), nodes: [
        { html: '', failureSummary: '' }] }]) })]], {}))
  return #found > 0 and findings(found) or nil
end

-- --- elements ------------------------------------------------------------------------

local function element(self, reference)
  return setmetatable({ browser = self, id = reference[ELEMENT] }, element_mt)
end

-- Asks again until the answer is something, as pages take their time.
local function patiently(self, what, question)
  local ok, answer = pcall(process.wait_until, what, WAIT, question)
  if ok then return answer end
  error(("there is no %s on %s\n%s"):format(what, self:url(), self:text()), 3)
end

--- Does what leads to another page, and waits until that is there: a click may come
--- back before the browser has left.
function methods:leave(action)
  local old = self:all("html")[1]
  action()
  patiently(self, "other page", function() return not pcall(old.tag, old) end)
end

--- All elements of a CSS selector, as they are now.
function methods:all(selector)
  local list = self:call("POST", "/elements", { using = "css selector",
    value = selector })
  for i, reference in ipairs(list) do list[i] = element(self, reference) end
  return list
end

--- Is there one now?
function methods:has(selector) return #self:all(selector) > 0 end

--- The first element of a CSS selector; waits for it, and raises with the page's text
--- when it does not come.
function methods:find(selector)
  return patiently(self, selector, function() return self:all(selector)[1] end)
end

--- The first element of a selector whose text has these words in it.
function methods:with_text(selector, words)
  return patiently(self, selector .. " with '" .. words .. "'", function()
    for _, each in ipairs(self:all(selector)) do
      local ok, text = pcall(each.text, each) -- it may be gone by now
      if ok and text:find(words, 1, true) then return each end
    end
  end)
end

--- Waits until the address has these words in it; returns it.
function methods:wait_for_url(words)
  return patiently(self, "address with '" .. words .. "'", function()
    local url = self:url()
    return url:find(words, 1, true) and url
  end)
end

--- From now on inside that frame; nil: in the whole page again.
function methods:into_frame(frame)
  self:call("POST", "/frame", { id = frame and { [ELEMENT] = frame.id }
    or codec.null })
end

--- The element that has the focus.
function methods:focused()
  return element(self, self:call("GET", "/element/active"))
end

local keys = { Tab = "\238\128\132", Enter = "\238\128\135", Space = " ",
  Escape = "\238\128\140", Shift = "\238\128\136", Control = "\238\128\137",
  End = "\238\128\144", Home = "\238\128\145", Left = "\238\128\146",
  Up = "\238\128\147", Right = "\238\128\148", Down = "\238\128\149",
  Backspace = "\238\128\131" }

--- Presses keys one after the other, wherever the focus is: "Tab", "Enter", "Space",
--- "Shift+Tab", "a".
function methods:press(...)
  local actions = {}
  for _, name in ipairs { ... } do
    local held, key = name:match "^(%a+)%+(.+)$"
    key = keys[key or name] or key or name
    if held then actions[#actions + 1] = { type = "keyDown", value = keys[held] } end
    actions[#actions + 1] = { type = "keyDown", value = key }
    actions[#actions + 1] = { type = "keyUp", value = key }
    if held then actions[#actions + 1] = { type = "keyUp", value = keys[held] } end
  end
  self:call("POST", "/actions", { actions = { { type = "key", id = "keyboard",
    actions = actions } } })
end

--- Presses Enter where that sends a form, and waits for the answer.
function methods:enter()
  self:leave(function() self:press "Enter" end)
end

local function ask(self, method, path, body)
  return self.browser:call(method, "/element/" .. self.id .. path, body)
end

function elements:click() ask(self, "POST", "/click") end

--- Clicks on what leads to another page, and waits for that.
function elements:follow()
  self.browser:leave(function() self:click() end)
end

function elements:clear() ask(self, "POST", "/clear") end
function elements:text() return ask(self, "GET", "/text") end
function elements:tag() return ask(self, "GET", "/name") end
function elements:is_displayed() return ask(self, "GET", "/displayed") end
function elements:is_enabled() return ask(self, "GET", "/enabled") end
function elements:is_selected() return ask(self, "GET", "/selected") end
function elements:attribute(name) return ask(self, "GET", "/attribute/" .. name) end
function elements:property(name) return ask(self, "GET", "/property/" .. name) end
function elements:style(name) return ask(self, "GET", "/css/" .. name) end

--- Where it stands: x, y, width, height.
function elements:rect() return ask(self, "GET", "/rect") end

--- What a screen reader calls it, and what it calls what it is.
function elements:label() return ask(self, "GET", "/computedlabel") end
function elements:role() return ask(self, "GET", "/computedrole") end

--- Types into it, behind what stands there.
function elements:type(text) ask(self, "POST", "/value", { text = text }) end

--- Types into it in place of what stands there.
function elements:fill(text)
  self:clear()
  self:type(text)
end

return webdriver
