-- Starts the scripted byte server (wire_server.lua) and tells it what to play. A script
-- is a list of steps for one connection:
--   {"read"} a whole request, {"head"} its head, {"body"} its body (both are logged)
--   {"some"} whatever comes, of TLS for instance
--   {"send", bytes}  {"drip", bytes, size, seconds}  {"fill", text, times}
-- {"wait", seconds} {"hold"} until the client goes {"reset"} {"again"} from its start
--   {"gate"} until it is opened, by server:open() or by another connection's {"open"}:
--   a wait that no slow machine can make too short
--   {"routes", {["/me"] = steps, ["else"] = steps}} request after request
-- and closes the connection at its end.
local socket = require "socket"

local load_text = loadstring or load -- luacheck: ignore

local wire = {}

--- The interpreter these specs run on, for child processes.
wire.lua = os.getenv("LUA_BIN")
  or (rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match("%d%.%d"))

local function write(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local list = {}
  for key, each in pairs(value) do
    list[#list + 1] = "[" .. write(key) .. "]=" .. write(each)
  end
  return "{" .. table.concat(list, ",") .. "}"
end

-- --- bytes ---------------------------------------------------------------------------

local REASONS = { [200] = "OK", [206] = "Partial Content", [302] = "Found",
  [400] = "Bad Request", [403] = "Forbidden", [404] = "Not Found",
  [416] = "Range Not Satisfiable", [500] = "Internal Server Error",
  [503] = "Service Unavailable" }

--- The bytes of an answer: {status = 200, type = "application/json", body = "",
--- headers = {{name, value}}, length = false to leave Content-Length out}
function wire.answer(spec)
  local status = spec.status or 200
  local body = spec.body or ""
  local lines = { ("HTTP/1.1 %d %s"):format(status, REASONS[status] or "Something") }
  if spec.type ~= false then
    lines[#lines + 1] = "Content-Type: " ..
      (spec.type or "application/json; charset=UTF-8")
  end
  for _, header in ipairs(spec.headers or {}) do
    lines[#lines + 1] = header[1] .. ": " .. header[2]
  end
  if spec.length ~= false then
    lines[#lines + 1] = "Content-Length: " .. (spec.length or #body)
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

--- A script that answers one request so (a table for wire.answer, or bytes) and closes.
function wire.once(spec)
  return { { "read" }, { "send", type(spec) == "table" and wire.answer(spec) or spec } }
end

--- A script that answers every request so.
function wire.always(spec)
  local script = wire.once(spec)
  script[3] = { "again" }
  return script
end

--- The same bytes in the chunked coding, in chunks of this size.
function wire.chunked(bytes, size)
  local list = {}
  for at = 1, #bytes, size do
    local piece = bytes:sub(at, at + size - 1)
    list[#list + 1] = ("%x\r\n%s\r\n"):format(#piece, piece)
  end
  return table.concat(list) .. "0\r\n\r\n"
end

-- --- the server ----------------------------------------------------------------------

local methods = {}

local function command(self, ...)
  local order = write { ... }
  assert(self.control:send(#order .. "\n" .. order))
  local size = assert(self.control:receive("*l"))
  return assert(load_text("return " .. assert(self.control:receive(tonumber(size)))))()
end

--- What to play: a script for each connection in turn, then `rest` for all later ones
--- (none: they are closed at once). Ends all connections and forgets the log.
function methods:play(scripts, rest)
  return command(self, "play", scripts, rest)
end

--- One script for all connections.
function methods:serve(script)
  return self:play({}, script)
end

--- Lets those go on that wait at the gate, now or later, until the next script.
function methods:open()
  return command(self, "open")
end

--- The requests as received: {method, target, headers = {lower = value}, head, body,
--- at, connection}; and {accepted, alive} connections.
function methods:requests()
  local seen = command(self, "seen")
  return seen.requests, seen
end

function methods:stop()
  if self.control then
    self.control:close()
    self.control = nil
    self.pipe:close()
  end
end

--- Starts a server on a free port of 127.0.0.1.
function wire.start()
  local self = setmetatable({}, { __index = methods })
  self.pipe = assert(io.popen("exec env -u LD_PRELOAD " .. wire.lua ..
    " spec/support/wire_server.lua", "r"))
  local port, control = self.pipe:read("*l"):match("^(%d+) (%d+)$")
  self.port = tonumber(port)
  self.url = "http://127.0.0.1:" .. port
  self.control = assert(socket.connect("127.0.0.1", tonumber(control)))
  self.control:settimeout(60)
  self.control:setoption("tcp-nodelay", true)
  return self
end

return wire
