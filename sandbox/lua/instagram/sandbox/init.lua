--- The sandbox from Lua: starts a local Instagram in this process (its own thread, its
--- own Lua state) and gives an object to log people in, move its clock, order faults,
--- look at its journal. See docs/sandbox.md.

local host = require "instagram.sandbox.host"
local json = require "instagram.sandbox.json"
local read_json = require "instagram.sandbox.json_read"

local sandbox = { _VERSION = "instagram.sandbox 0.1.0" }

---@class instagram.Sandbox
---@field url string  "http://127.0.0.1:PORT": the one address of all its hosts, and of
--- the proxy for the real names; https works there too
---@field ca string  PEM: the certificate that clients over TLS are to trust
local methods = {}
local mt = { __name = "instagram.sandbox" }

function mt:__index(name)
  if name ~= "ca" then return methods[name] end
  if not self.server then error("the sandbox is stopped", 2) end
  return assert(self.server:ca())
end

function mt:__tostring()
  return "instagram.sandbox (" .. (self.server and self.url or "stopped") .. ")"
end

local known = { port = "number", bind = "string", db = "string", data = "string",
  data_dir = "string", now = "number", strict = "boolean", public_url = "string",
  seed = "string", quiet = "boolean", ca_file = "string", photos = "string",
  export = "string", settings = "table" }

local function check(options)
  if type(options) ~= "table" then
    error("bad argument 'options' to start (table expected, got " .. type(options)
      .. ")", 3)
  end
  for name, value in pairs(options) do
    if not known[name] then
      error("unknown option '" .. tostring(name) .. "' to start", 3)
    elseif type(value) ~= known[name] then
      error("bad option '" .. name .. "' to start (" .. known[name] .. " expected, got "
        .. type(value) .. ")", 3)
    end
  end
  local now = options.now or 0
  if now ~= now or math.abs(now) == math.huge then
    error("bad option 'now' to start (epoch seconds expected, got " .. tostring(now)
      .. ")", 3)
  end
  local port = options.port or 0
  if port % 1 ~= 0 or port < 0 or port > 65535 then
    error("bad option 'port' to start (0 to 65535 expected)", 3)
  end
end

-- "https://[::1]:8443/x" -> "::1"
local function host_of(url)
  local name = url and url:match("^%a+://%[?([^/]+)")
  return name and (name:match("^([^%]]+)%]") or name:match("^[^:]+"))
end

--- Starts a sandbox.
---@param options table|nil  port (0: any free one), bind, db (file; nil: in memory),
--- data ("demo" or "empty"), now (epoch; nil: 1 November 2023), strict (true),
--- data_dir, public_url, seed, quiet, ca_file (the authority's certificate goes there),
--- photos (a folder of pictures), export (an archive of Instagram's), settings (those
--- of docs/sandbox.md that shall differ, by name)
---@return instagram.Sandbox|nil sandbox
---@return string|nil message
function sandbox.start(options)
  if options == nil then options = {} end
  check(options)
  local rules = {}
  for _, name in ipairs({ "db", "data", "data_dir", "now", "strict", "public_url",
    "seed", "photos", "export", "settings" }) do
    rules[name] = options[name]
  end
  local server, message = host.start { port = options.port, bind = options.bind,
    quiet = options.quiet, ca_file = options.ca_file, names = host_of(rules.public_url),
    ca_keep = rules.db and rules.db ~= ":memory:" and rules.db .. "-ca.pem" or nil,
    options = next(rules) and json.plain(rules) or "{}" }
  if not server then return nil, message end
  return setmetatable({ server = server, url = server:url() }, mt)
end

local function expect(name, value, kind, where)
  if type(value) ~= kind then
    error(("bad argument '%s' to %s (%s expected, got %s)"):format(name,
      where or "control", kind, type(value)), 3)
  end
end

--- Any call of the control interface (docs/sandbox.md lists them).
---@param name string
---@param args table|nil
---@return table|nil result
---@return string|nil message
---@return string|nil reason  why the window refused
function methods:control(name, args)
  if not self.server then error("the sandbox is stopped", 2) end
  expect("name", name, "string")
  expect("args", args or {}, "table")
  local request = '{"name":' .. json.plain(name) .. ',"args":'
    .. (args and next(args) ~= nil and json.plain(args) or "{}") .. "}"
  local text, message = self.server:call(request)
  if not text then return nil, message end
  local answer = assert(read_json(text))
  if answer.ok then return answer.ok end
  return nil, answer.error, answer.reason
end

-- What cannot fail in a correct program raises.
local function must(self, name, args)
  local result, message = methods.control(self, name, args)
  if not result then error(message, 3) end
  return result
end

--- What instagram.app takes: flavour, client_id, client_secret, redirect_uri, base_url,
--- and the sandbox's clock as `now`.
---@param flavour "instagram_login"|"basic_display"|nil
function methods:credentials(flavour)
  local found = must(self, "credentials", { flavour = flavour })
  found.now = function() return self:now() end
  return found
end

--- What a person's browser does: opens the window, allows (or cancels), is sent back.
---@param choice table  user, url, allow (true), permissions (those left ticked; all)
---@return string|nil address  of the redirect
---@return string|nil message  why the window refused
function methods:authorize(choice)
  local result, message, reason = self:control("authorize", choice)
  if result then return result.location end
  return nil, reason and message .. " (" .. reason .. ")" or message
end

--- The User Token Generator: a long-lived token of a public tester account.
---@param username string
---@param flavour string|nil
---@return string token
function methods:generate_token(username, flavour)
  return must(self, "generate_token", { username = username,
    flavour = flavour }).access_token
end

--- Epoch seconds of the only clock the sandbox knows.
function methods:now() return must(self, "now").now end

function methods:advance_clock(seconds)
  return must(self, "advance_clock", { seconds = seconds }).now
end

function methods:set_clock(epoch)
  return must(self, "set_clock", { now = epoch }).now
end

--- Orders a fault: on (path), kind, times, after, method, probability, seed, seconds,
--- and the kind's own; docs/sandbox.md lists the kinds.
---@return integer number  it is known by
function methods:fault(fault)
  return must(self, "fault", fault).number
end

--- The faults that may still happen, each with `number`, `met` and `left`.
---@return table[]
function methods:faults() return must(self, "faults").faults end

function methods:clear_faults() must(self, "clear_faults") end

--- The journal: { time, method, path, query, status, endpoint, reason, ... }, oldest
--- first, without secrets.
---@return table[]
function methods:requests() return must(self, "requests").requests end

function methods:clear_requests() must(self, "clear_requests") end

--- Remembers the sandbox as it is now: people, media, tokens, clock, settings, faults.
---@param place table|string|nil  a name; or { file = PATH }, which another sandbox can
--- restore too; nil: the one without a name
function methods:snapshot(place)
  must(self, "snapshot", type(place) == "string" and { name = place } or place)
end

--- Comes back to a snapshot. The journal goes on.
---@param place table|string|nil  as for `snapshot`
function methods:restore(place)
  must(self, "restore", type(place) == "string" and { name = place } or place)
end

--- Forgets a snapshot in memory.
---@param name string|nil  nil: the one without a name
function methods:forget_snapshot(name)
  must(self, "forget_snapshot", { name = name })
end

--- Waits until the apps that were to be called (deauthorize, data deletion) have
--- answered, or failed to; at most some seconds. `control "callbacks"` tells how.
---@param seconds number|nil  30 when not given
---@return boolean  false: the time was over
function methods:settle(seconds)
  if not self.server then error("the sandbox is stopped", 2) end
  if seconds == nil then seconds = 30 end
  expect("seconds", seconds, "number", "settle")
  return self.server:settle(seconds)
end

--- Writes the certificate that clients over TLS are to trust (curl's --cacert).
---@param path string
---@return boolean|nil true
---@return string|nil message
function methods:write_ca(path)
  expect("path", path, "string", "write_ca")
  local text = self.ca
  local file, message = io.open(path, "wb")
  if not file then return nil, message end
  local ok, problem = file:write(text)
  local closed, late = file:close()
  if ok and closed then return true end
  return nil, problem or late
end

--- Stops it; whoever is connected is cut off. May be called again.
function methods:stop()
  if self.server then
    self.server:stop()
    self.server = nil
  end
end

return sandbox
