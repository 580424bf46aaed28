-- A person with a browser, as far as cookies, links and forms go: no layout, no styles.
-- Finds forms by their buttons' words, fills them in, presses.
local http = require "spec.support.sandbox_http"

local visitor = {}

local methods = {}
local mt = { __index = methods }

local entities = { amp = "&", lt = "<", gt = ">", quot = '"', ["#39"] = "'" }

local function plain(html)
  return (html:gsub("<[^>]*>", ""):gsub("&(#?%w+);", entities))
end

local function attributes(tag)
  local found = {}
  for name, value in tag:gmatch('([%w-]+)="([^"]*)"') do found[name] = plain(value) end
  for name in tag:gsub('="[^"]*"', ""):gmatch(" ([%w-]+)") do
    found[name] = found[name] or true
  end
  return found
end

--- A visitor of a sandbox; nobody is logged in.
function visitor.new(sandbox)
  return setmetatable({ sandbox = sandbox, cookies = {} }, mt)
end

local function cookie_header(self)
  local list = {}
  for name, value in pairs(self.cookies) do list[#list + 1] = name .. "=" .. value end
  return #list > 0 and table.concat(list, "; ") or nil
end

-- One request; what leads elsewhere in the sandbox is followed, what leads out of it is
-- kept in `left_for`.
local function go(self, target, form)
  local path, query = target:gsub("^" .. self.sandbox.url:gsub("%p", "%%%0"), "")
    :match("^([^?#]*)%??([^#]*)")
  self.left_for = nil
  local answer = assert(http.request(self.sandbox, { path = path, query = query,
    form = form, headers = { Cookie = cookie_header(self),
      Origin = form and self.sandbox.url, Accept = "text/html" } }))
  for _, pair in ipairs(answer.headers) do
    if pair[1]:lower() == "set-cookie" then
      local name, value = pair[2]:match("^([^=]+)=([^;]*)")
      self.cookies[name] = value
    end
  end
  self.status, self.html, self.target = answer.status, answer.body, target
  local location = answer:header "Location"
  if not location then return self end
  if location:find("^/") or location:find(self.sandbox.url, 1, true) == 1 then
    return go(self, location)
  end
  self.left_for = location
  return self
end

--- Opens an address or a path.
function methods:open(target) return go(self, target) end

--- What a reader sees of the page.
function methods:text()
  return (plain(self.html:gsub("<head>.-</head>", "")):gsub("%s+", " "))
end

--- Follows the link with these words.
function methods:click(words)
  for tag, inner in self.html:gmatch("<a( [^>]*)>(.-)</a>") do
    if plain(inner) == words then return go(self, attributes(tag).href) end
  end
  error("no link '" .. words .. "' on " .. self.target .. ":\n" .. self:text())
end

-- The button with these words (or aria-label, or value): its attributes.
local function find_button(form, words)
  for tag, inner in form:gmatch("<button( [^>]*)>(.-)</button>") do
    local button = attributes(tag)
    if plain(inner) == words or button["aria-label"] == words
      or button.value == words then
      return button
    end
  end
end

-- What the form sends before anything is filled in.
local function preset(form)
  local values = {}
  for tag in form:gmatch("<input( [^>]*)>") do
    local input = attributes(tag)
    local off = input.type == "checkbox" and not input.checked or input.disabled
    if input.name and not off then
      values[#values + 1] = { input.name, input.value or "" }
    end
  end
  for tag, inner in form:gmatch("<textarea( [^>]*)>\n?(.-)</textarea>") do
    values[#values + 1] = { attributes(tag).name, plain(inner) }
  end
  for tag, inner in form:gmatch("<select( [^>]*)>(.-)</select>") do
    local chosen = inner:match "<option [^>]*selected[^>]*>"
      or inner:match "<option[^>]*>"
    values[#values + 1] = { attributes(tag).name, attributes(chosen).value }
  end
  return values
end

--- Presses a button, with these fields filled in (name -> text; false: unticked).
function methods:press(words, fields)
  for tag, form in self.html:gmatch("<form( [^>]*)>(.-)</form>") do
    local button = find_button(form, words)
    if button then
      local values = {}
      for _, pair in ipairs(preset(form)) do
        local given = (fields or {})[pair[1]]
        if given == nil then values[#values + 1] = pair end
      end
      for name, value in pairs(fields or {}) do
        if value then values[#values + 1] = { name, value } end
      end
      if button.name then values[#values + 1] = { button.name, button.value or "" } end
      return go(self, attributes(tag).action, values)
    end
  end
  error("no button '" .. words .. "' on " .. self.target .. ":\n" .. self:text())
end

return visitor
