--- The sandbox as a target of bad input: its endpoints, control calls and forms, and
--- what must hold for each of its answers. Collects what does not hold in `defects`.
local fuzz = require "spec.support.http_fuzz"
local socket = require "socket"

local target = {}

local methods = {}
local mt = { __index = methods }

-- Seconds to wait for an answer to what is not whole: there may be none.
local PATIENCE = 0.3

-- --- one exchange of bytes ----------------------------------------------------------

local function read_all(client, seconds)
  local out, till = {}, socket.gettime() + seconds
  client:settimeout(seconds)
  while true do
    local bytes, why, rest = client:receive(65536)
    out[#out + 1] = bytes or rest
    if not bytes or socket.gettime() > till then return table.concat(out), why end
  end
end

-- What comes back for some bytes; a rough one goes in two pieces, or not to its end.
local function exchange(self, bytes, patience, rough)
  local client = socket.connect(self.host, self.port)
  if not client then return self:defect("nobody listens any more", bytes, "") end
  client:settimeout(30)
  local cut = rough and self.draw(20) == 1 and self.draw(#bytes + 1) - 1
  if cut then
    client:send(bytes:sub(1, cut))
    if self.draw(2) == 1 then -- hangs up in the middle
      client:close()
      return ""
    end
    client:send(bytes:sub(cut + 1))
  else
    client:send(bytes)
  end
  local answer = read_all(client, patience or 30)
  client:close()
  return answer
end

-- --- what must hold -----------------------------------------------------------------

function methods:defect(what, bytes, answer)
  self.defects[#self.defects + 1] = ("%s\n  sent:     %q\n  answered: %q"):format(what,
    bytes:sub(1, 700), answer:sub(1, 500))
  return ""
end

-- A 500 of Instagram's is JSON with an error in it; 505 is HTTP's own. The answer to a
-- HEAD has no body, a gzipped one none to be read here.
local function is_own_failure(status, head, body)
  if status < 500 or status == 505 then return false end
  if body == "" or head:find("Content-Encoding", 1, true) then
    return not head:find("Content-Type: application/json", 1, true)
  end
  return not body:find('"error', 1, true)
end

local function unescaped(body)
  for _, mark in ipairs(fuzz.marks) do
    if body:find(mark, 1, true) then return mark end
  end
  return body:match("[hs][re][ec]f?=\"%s*javascript:")
end

--- Looks at an answer; `sent` is said with a defect.
function methods:look_at(sent, answer)
  local head, body = answer:match("^(HTTP/1%.1 %d+.-)\r\n\r\n(.*)$")
  if not head then
    if answer ~= "" and not answer:find("^HTTP/1%.[01] %d%d%d") and
      not answer:find("^[\21\22]\3") then -- TLS answers too
      self:defect("an answer that is not HTTP", sent, answer)
    end
    return
  end
  local status = tonumber(head:match("^HTTP/1%.1 (%d+)"))
  self.statuses[status] = (self.statuses[status] or 0) + 1
  if body:find("The sandbox itself failed", 1, true) then
    self:defect("the sandbox itself failed", sent, answer:match("The sandbox.*"))
  elseif is_own_failure(status, head, body) then
    self:defect("a 5xx that is not Instagram's own", sent, answer)
  end
  if head:find("\nX%-Injected") or head:find("\r\n\r") then
    self:defect("a header came in from outside", sent, answer)
  end
  local is_page = head:lower():find("content%-type: text/html")
  if is_page and body:find("q&lt;z", 1, true) then self.escaped = self.escaped + 1 end
  local mark = is_page and unescaped(body)
  if mark then
    local from = math.max(1, body:find(mark, 1, true) - 100)
    self:defect("not escaped on a page: " .. mark, sent, body:sub(from, from + 300))
  end
end

--- One case: sends, looks at what comes back, gives it. A rough one may be cut in two,
--- or hung up on.
function methods:case(bytes, patience, rough)
  self.count = self.count + 1
  local answer = exchange(self, bytes, patience, rough)
  if answer == "" and not rough then self:defect("no answer", bytes, "") end
  self:look_at(bytes, answer)
  return answer
end

-- --- the API ------------------------------------------------------------------------

local endpoints = {
  { "/oauth/authorize", "client_id", "redirect_uri", "response_type", "scope", "state",
    "force_reauth", "enable_fb_login", "username", "step", "permissions" },
  { "/oauth/access_token", "client_id", "client_secret", "grant_type", "redirect_uri",
    "code", "app_id", "app_secret" },
  { "/access_token", "grant_type", "client_secret", "access_token" },
  { "/refresh_access_token", "grant_type", "access_token" },
  { "/me", "fields", "access_token" },
  { "/me/media", "fields", "limit", "after", "before", "since", "until", "pretty",
    "access_token", "callback", "metadata" },
  { "/", "ids", "id", "fields", "access_token", "batch" },
  { "/MEDIA", "fields", "access_token", "locale", "date_format" },
  { "/MEDIA/children", "fields", "limit", "access_token" },
  { "/v19.0/me", "fields", "access_token", "suppress_http_code", "debug" },
  { "FILE", "oh", "oe", "x" },
  { "/accounts/login/", "username", "next" },
}

-- What a client would send there.
function methods:good(name)
  return self.good_values[name] or "1"
end

local function path_of(self, path)
  if path == "FILE" then return self.file end
  return (path:gsub("MEDIA", self.media))
end

-- Most fields good, some hostile: else nothing gets far.
local function fields_of(self, names, from)
  local draw, fields = self.draw, {}
  for i = from, #names do
    local kind = draw(6)
    if kind <= 3 then
      local value = self:good(names[i])
      if draw(12) == 1 then value = self.token end -- in a wrong place
      fields[#fields + 1] = { names[i], type(value) == "string" and value or "1" }
    elseif kind <= 5 then
      fields[#fields + 1] = { names[i], fuzz.text(draw) }
    end
  end
  if draw(8) == 1 then fields[#fields + 1] = { fuzz.text(draw), fuzz.text(draw) } end
  return fields
end

function methods:api()
  local draw = self.draw
  local names = draw(endpoints)
  local path = path_of(self, names[1])
  if draw(15) == 1 then path = path .. fuzz.encode(draw, fuzz.text(draw)) end
  self:case(fuzz.request(draw, draw { "GET", "GET", "POST", "HEAD", "DELETE" }, path,
    fields_of(self, names, 2)), PATIENCE, true)
end

function methods:bytes()
  self:case(fuzz.broken(self.draw, self.paths), PATIENCE / 6, true)
end

-- --- control calls ------------------------------------------------------------------

-- Arguments of calls that check them themselves, and their kinds.
local own_arguments = {
  settings = { page_max = "count", strict = "boolean", refuse_all = "string",
    app_usage = "table", wrong_secret = "string" },
  fault = { on = "string", kind = "string", times = "count", method = "string",
    status = "count", error = "string", body = "string", type = "string" },
  add_media = { username = "string", type = "string", caption = "string",
    alt_text = "string", timestamp = "any", like_count = "count", file = "string" },
}

local function arguments_of(name, call)
  local list = {}
  for argument, kind in pairs(call.takes or own_arguments[name] or {}) do
    list[#list + 1] = { argument, kind }
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

-- The control calls, from the code itself: a new one is met without being told.
local function control_calls()
  local list = {}
  for name, call in pairs(require "instagram.sandbox.calls") do
    if name ~= "snapshot" and name ~= "restore" then -- the target's own
      list[#list + 1] = { name = name, arguments = arguments_of(name, call) }
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local of_kind = {} -- kind of check.lua -> a value that is hostile but of that kind

function of_kind.string(draw) return fuzz.text(draw) end
function of_kind.boolean(draw) return draw { true, false } end
function of_kind.table(draw)
  return draw { {}, { fuzz.text(draw) }, { fuzz.text(draw), fuzz.text(draw) } }
end

local function number(draw) return draw { 0, 1, 2, 3, 10, 100, 1e6, 2 ^ 40, 2 ^ 53 } end

-- A hostile argument, mostly of the right kind.
local function hostile(self, kind)
  local draw = self.draw
  local any = kind == "any" or draw(15) == 1
  local value = (any and fuzz.value or of_kind[kind] or number)(draw)
  if type(value) == "string" and draw(4) > 1 then value = value:sub(1, 300) end
  return value
end

local makes_people = { add_user = true, bulk = true, import_photos = true,
  import_archive = true }

-- One in four is hostile, the others good or left out: else nothing gets far.
local function argument(self, call, name, kind)
  if self.draw(4) == 1 then return hostile(self, kind) end
  if name == "username" and makes_people[call] then return "fuzz" .. self.count end
  if self.draw(4) > 1 then return self.good_values[name] end
end

function methods:control()
  local draw, args = self.draw, {}
  local call = draw(self.calls)
  for _, pair in ipairs(call.arguments) do
    args[pair[1]] = argument(self, call.name, pair[1], pair[2])
  end
  if draw(20) == 1 then args[fuzz.text(draw)] = fuzz.value(draw) end
  local body = self.encode(args)
  self:case(fuzz.head(draw, "POST", "/_sandbox/" .. call.name, {
    "Content-Type: application/json", "Content-Length: " .. #body }) .. body)
  if call.name == "fault" or call.name == "settings" then self:settle() end
end

--- Settings and faults as at first, the journal empty; looked through before: no token
--- and no secret may stand in it, wherever they were put.
function methods:settle()
  local journal = self:ask "requests"
  for _, secret in ipairs { self.token, self.good_values.client_secret } do
    local at = journal:find(secret, 1, true)
    if at then
      self:defect("a secret stands in the journal", "", journal:sub(at - 200, at + 50))
    end
  end
  self:ask "reset"
end

--- A control call of the test itself.
function methods:ask(name, args)
  local body = self.encode(args or {})
  local client = assert(socket.connect(self.host, self.port))
  client:send(("POST /_sandbox/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    .. "Content-Length: %d\r\n\r\n%s"):format(name, #body, body))
  local answer = read_all(client, 20)
  client:close()
  local found = answer:match("^HTTP/1%.1 200.-\r\n\r\n(.*)$")
  if not found then error(name .. ": " .. answer:sub(1, 500), 2) end
  return found
end

--- Markup where people write what they like; the pages will show it.
function methods:plant()
  local mark = fuzz.texts[self.draw(3)]
  self:ask("update_user", { username = "demo_user", name = mark, biography = mark })
  self:ask("add_media", { username = "demo_user", type = "IMAGE", caption = mark,
    alt_text = mark })
  self:ask("update_app", { flavour = "basic_display", name = mark:sub(1, 30) })
end

-- --- pages --------------------------------------------------------------------------

function methods:page(path)
  local answer = self:case(("GET %s HTTP/1.1\r\nHost: %s:%d\r\nAccept: text/html\r\n"
    .. "Cookie: %s\r\nConnection: close\r\n\r\n"):format(path, self.host, self.port,
    self.cookie))
  return answer:match("\r\n\r\n(.*)$") or ""
end

local function unescape(text)
  return (text:gsub("&quot;", '"'):gsub("&#39;", "'"):gsub("&lt;", "<")
    :gsub("&gt;", ">"):gsub("&amp;", "&"))
end

local function attribute(tag, name)
  local value = tag:match("%s" .. name .. '="([^"]*)"')
  return value and unescape(value)
end

local function read_form(html, from)
  local tag, inside = html:match("^(<form[^>]*>)(.-)</form>", from)
  if not tag then return nil end
  local form = { action = attribute(tag, "action"), fields = {},
    method = (attribute(tag, "method") or "get"):lower() }
  for field in inside:gmatch("<[isbt][neu][plt][^>]*>") do
    local name = attribute(field, "name")
    if name then
      form.fields[#form.fields + 1] = { name, attribute(field, "value") or "" }
    end
  end
  return form
end

-- Pages of one kind differ in numbers, names and what is asked of them: three of each.
local function is_enough(seen, path)
  local kind = path:gsub("%?.*$", "?"):gsub("%d+", "9"):gsub("(/people/)[^/]+", "%1x")
  seen[kind] = (seen[kind] or 0) + 1
  return seen[kind] > 3
end

local function note_links(self, html, queue)
  for link in html:gmatch('<a[^>]-href="([^"]*)"') do
    local path = unescape(link):gsub("#.*$", "")
    if path:find("^/[^/]") and not self.seen[path] and not path:find("[%c ]") then
      self.seen[path] = true
      if not is_enough(self.seen_kinds, path) then queue[#queue + 1] = path end
    end
  end
end

local function note_forms(self, html)
  local at = 1
  while true do
    at = html:find("<form", at, true)
    if not at then return end
    local form = read_form(html, at)
    local key = form and form.action and form.action:gsub("%d+", "9") .. #form.fields
    if key and not self.known_forms[key] and form.action:find("^/[^%c ]*$") then
      self.known_forms[key] = true
      self.forms[#self.forms + 1] = form
    end
    at = at + 5
  end
end

--- Walks all pages that are linked from the front, at most so many, and remembers their
--- forms.
function methods:crawl(most)
  local queue = { "/", "/people/", "/apps/", "/accounts/login/", "/accounts/logout/",
    "/sandbox/", "/sandbox/journal/", self.window }
  self.seen, self.seen_kinds = {}, {}
  local at = 1
  while queue[at] and at <= most do
    local html = self:page(queue[at])
    note_links(self, html, queue)
    note_forms(self, html)
    at = at + 1
  end
  self.pages = math.max(self.pages, at - 1)
end

--- A form of a page, filled in by somebody of ill will.
function methods:form()
  local draw = self.draw
  if #self.forms == 0 then return self:api() end
  local form, fields = draw(self.forms), {}
  for _, field in ipairs(form.fields) do
    local kind = draw(4)
    if kind == 1 then
      fields[#fields + 1] = { field[1], fuzz.text(draw):sub(1, 5000) }
    elseif kind <= 3 then
      fields[#fields + 1] = field
    end
  end
  local cookie = draw(6) == 1 and fuzz.text(draw):gsub("[%z\r\n]", "") or self.cookie
  self:case(fuzz.form(form.action, fields, { "Cookie: " .. cookie }))
  if form.action:find("^/sandbox/") then self:settle() end -- a fault was ordered
end

-- --- a target -----------------------------------------------------------------------

--- Makes everything ready: a login, a token, names of things that are there.
---@param url string
---@param options table  seed, encode (JSON), folder (for files)
function target.new(url, options)
  local host, port = url:match("^http://([^:]+):(%d+)")
  local self = setmetatable({ host = host, port = tonumber(port), url = url,
    draw = fuzz.generator(options.seed), encode = options.encode,
    decode = options.decode, defects = {}, statuses = {}, count = 0, forms = {},
    known_forms = {}, pages = 0, escaped = 0, calls = control_calls(), cookie = "",
    media = "1" }, mt)
  local app = self.decode(self:ask("credentials", { flavour = "basic_display" }))
  self.token = self.decode(self:ask("generate_token", { username = "demo_user",
    flavour = "basic_display" })).access_token
  self.window = ("/oauth/authorize?client_id=%s&redirect_uri=%s&response_type=code"
    .. "&scope=user_profile"):format(app.client_id, app.redirect_uri)
  self.good_values = { client_id = app.client_id, client_secret = app.client_secret,
    redirect_uri = app.redirect_uri, grant_type = "authorization_code",
    response_type = "code", scope = "user_profile,user_media",
    flavour = "basic_display",
    access_token = self.token, username = "demo_user", user = "demo_user", limit = "3",
    fields = "id,caption,media_url,children{id}", type = "IMAGE", name = "q<z",
    caption = fuzz.texts[1], path = options.folder, dir = options.folder,
    text = fuzz.texts[2], permission = "instagram_graph_user_profile", number = 1,
    state = "verified", decision = "approve", description = fuzz.texts[3],
    certify = true, account_type = "BUSINESS", policies = "no", processors = "no",
    url = url .. self.window, next = "/people/", permissions = { "user_profile" },
    kind = "status", seconds = 5, mode = "development" }
  local page = self:case(("GET /me/media?fields=id,media_url&access_token=%s "
    .. "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"):format(self.token))
  self.media = page:match('"id":"(%d+)"')
  self.good_values.id, self.good_values.media = self.media, self.media
  self.file = page:match('"media_url":"(.-)"'):gsub("\\/", "/")
    :match("^https?://[^/]+(.*)")
  self.paths = { "/", "/me", "/me/media", "/" .. self.media, self.file, self.window,
    "/oauth/access_token", "/_sandbox/status", "/_sandbox/add_user", "/people/",
    "/apps/" }
  local login = self:case(fuzz.form("/accounts/login/",
    { { "username", "demo_user" }, { "next", "/" } }))
  self.cookie = login:match("Set%-Cookie: ([^;\r]+)") or ""
  return self
end

return target
