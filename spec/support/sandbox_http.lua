--- Speaks HTTP to a sandbox in raw bytes, so that specs see what is on the wire: order
--- of headers and members, escaping, spacing. Knows nothing of the client under test.
local cjson = require "cjson"
local socket = require "socket"

local wire = {}

local decoder = cjson.new()

local function encode(text)
  return (tostring(text):gsub("[^%w%-_.~]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

wire.encode = encode

--- A value of a query or form, as it was meant.
function wire.decode(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- "a=1&b=2" of a list of {name, value}, or of a map (sorted by name); text stays.
function wire.query(params)
  if type(params) ~= "table" then return params or "" end
  local list, out = {}, {}
  for key, value in pairs(params) do
    if type(key) ~= "number" then list[#list + 1] = { key, value } end
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  for _, pair in ipairs(params) do list[#list + 1] = pair end
  for i, pair in ipairs(list) do out[i] = encode(pair[1]) .. "=" .. encode(pair[2]) end
  return table.concat(out, "&")
end

-- --- answers -------------------------------------------------------------------------

local answer_mt = { __index = {} }

--- The value of the first header of that name (any case); nil when there is none.
function answer_mt.__index:header(name)
  for _, pair in ipairs(self.headers) do
    if pair[1]:lower() == name:lower() then return pair[2] end
  end
  return nil
end

--- The names of the headers, in their order.
function answer_mt.__index:names()
  local names = {}
  for i, pair in ipairs(self.headers) do names[i] = pair[1] end
  return names
end

--- The body as a table (ids beyond 2^53 are strings on the graph host).
function answer_mt.__index:json()
  return decoder.decode(self.body)
end

--- The `error` member of the body.
function answer_mt.__index:error()
  return assert(self:json().error, self.body)
end

local function read_head(client, answer)
  local line, message = client:receive("*l")
  if not line then return nil, message end
  answer.status = tonumber(line:match("^HTTP/1%.1 (%d+)"))
  for header in function() return client:receive("*l") end do
    if header == "" then return answer end
    answer.headers[#answer.headers + 1] = { header:match("^(.-): ?(.*)$") }
  end
  return nil, "closed"
end

local function read_body(client, answer, bodiless)
  local length = tonumber(answer:header("Content-Length") or 0)
  answer.body = ""
  if bodiless or length == 0 or answer.status == 304 then return end
  local body, why, partial = client:receive(length)
  answer.body, answer.cut = body or partial, why
end

-- --- requests ------------------------------------------------------------------------

local function head_of(host, spec, target, body)
  local lines = { spec.method .. " " .. target .. " HTTP/1.1" }
  local headers = { Host = host, Connection = "close" }
  if body then headers["Content-Length"] = #body end
  if spec.form then headers["Content-Type"] = "application/x-www-form-urlencoded" end
  for name, value in pairs(spec.headers or {}) do headers[name] = value end
  for name, value in pairs(headers) do
    if value then lines[#lines + 1] = name .. ": " .. value end
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- One request on a connection of its own.
---@param server table  anything with a `url`: a sandbox
---@param spec table  method (GET), path, query, form (both: see wire.query), body,
--- headers (a value of false leaves a header out), timeout (30)
---@return table|nil answer  status, headers (list of {name, value}), body, cut (why the
--- body ended early)
---@return string|nil message
function wire.request(server, spec)
  local host, port = server.url:match("^http://([^:]+):(%d+)$")
  spec.method = spec.method or (spec.form or spec.body) and "POST" or "GET"
  local body = spec.form and wire.query(spec.form) or spec.body
  local query = wire.query(spec.query)
  local target = spec.path .. (query ~= "" and "?" .. query or "")
  local client = assert(socket.connect(host, tonumber(port)))
  client:settimeout(spec.timeout or 30)
  client:send(head_of(host .. ":" .. port, spec, target, body) .. (body or ""))
  local answer = setmetatable({ headers = {} }, answer_mt)
  local ok, message = read_head(client, answer)
  if ok then read_body(client, answer, spec.method == "HEAD") end
  client:close()
  if not ok then return nil, message end
  return answer
end

--- GET of a path with parameters.
function wire.get(server, path, query, headers)
  return assert(wire.request(server, { path = path, query = query, headers = headers }))
end

--- GET of an address an answer gave (its path and query, wherever it points).
function wire.follow(server, address, headers)
  local path, query = address:match("^https?://[^/]+([^?]*)%??(.*)$")
  return wire.get(server, path, query, headers)
end

--- POST of a form to the token endpoint.
function wire.post(server, path, form, headers)
  return assert(wire.request(server, { path = path, form = form, headers = headers }))
end

--- A control call over HTTP.
function wire.control(server, name, body, spec)
  spec = spec or {}
  spec.path = "/_sandbox/" .. name
  spec.body = body and (type(body) == "string" and body or decoder.encode(body))
  spec.method = spec.method or "POST"
  return assert(wire.request(server, spec))
end

-- --- logins --------------------------------------------------------------------------

--- The address of the window for an app, as a client would make it.
function wire.window(sandbox, flavour, changes)
  local app = sandbox:credentials(flavour)
  local params = { client_id = app.client_id, redirect_uri = app.redirect_uri,
    response_type = "code", scope = flavour == "basic_display"
      and "user_profile,user_media" or "instagram_business_basic" }
  for name, value in pairs(changes or {}) do params[name] = value or nil end
  return sandbox.url .. "/oauth/authorize?" .. wire.query(params)
end

--- The code of a login; `choice` may hold permissions, window (changes of its address).
function wire.code(sandbox, flavour, user, choice)
  choice = choice or {}
  local location = assert(sandbox:authorize { user = user or "demo_user",
    url = wire.window(sandbox, flavour, choice.window),
    permissions = choice.permissions })
  return location:match("[?&]code=([^&#]+)")
end

--- The form of the code call.
function wire.code_form(sandbox, flavour, code, changes)
  local app = sandbox:credentials(flavour)
  local form = { client_id = app.client_id, client_secret = app.client_secret,
    grant_type = "authorization_code", redirect_uri = app.redirect_uri, code = code }
  for name, value in pairs(changes or {}) do form[name] = value or nil end
  return form
end

--- A short-lived token: all of the answer.
function wire.short(sandbox, flavour, user, choice)
  return wire.post(sandbox, "/oauth/access_token", wire.code_form(sandbox, flavour,
    wire.code(sandbox, flavour, user, choice)))
end

--- A short-lived token: its text.
function wire.short_token(sandbox, flavour, user, choice)
  return wire.short(sandbox, flavour, user, choice).body:match('"access_token": "(.-)"')
end

--- The exchange of a short-lived token.
function wire.exchange(sandbox, flavour, token, changes)
  local params = { grant_type = "ig_exchange_token", access_token = token,
    client_secret = sandbox:credentials(flavour).client_secret }
  for name, value in pairs(changes or {}) do params[name] = value or nil end
  return wire.get(sandbox, "/access_token", params)
end

function wire.refresh(sandbox, token)
  return wire.get(sandbox, "/refresh_access_token", { grant_type = "ig_refresh_token",
    access_token = token })
end

--- The journal's last entry.
function wire.last(sandbox)
  local list = sandbox:requests()
  return list[#list]
end

return wire
