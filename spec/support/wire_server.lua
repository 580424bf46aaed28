-- A scripted byte server in a process of its own: it plays given bytes to whoever
-- connects, with delays, stalls and resets, and keeps what it was sent. Started and
-- told what to do by spec/support/wire.lua; ends with the connection it is told by.
-- Usage: LUA spec/support/wire_server.lua
local socket = require "socket"

local load_text = loadstring or load -- luacheck: ignore

local LIFETIME = 3600 -- seconds, whatever happens
local ENDING = "\r\n\r\n"

local data = assert(socket.bind("127.0.0.1", 0))
local control = assert(socket.bind("127.0.0.1", 0))
data:settimeout(0)
io.stdout:write(select(2, data:getsockname()), " ", select(2, control:getsockname()),
  "\n")
io.stdout:flush()

control:settimeout(60)
local commander = control:accept()
if not commander then os.exit(1) end
commander:settimeout(0)
commander:setoption("tcp-nodelay", true)

local scripts, rest -- by connection, then for all later ones
local accepted = 0
local is_open = false -- the gate
local requests = {}
local connections = {} -- set of {socket, thread, wants, wake, input}

-- --- one connection, in a coroutine --------------------------------------------------

-- Waits until it can be read ("r"), written ("w"), until the gate is open ("g"), or
-- until the time is over.
local function pause(self, wants, seconds)
  self.wants = wants
  self.wake = seconds and socket.gettime() + seconds
  coroutine.yield()
end

-- Reads what is there; false when the other side has gone.
local function take(self)
  local bytes, problem, partial = self.socket:receive(65536)
  self.input = self.input .. (bytes or partial or "")
  if bytes or problem == "timeout" then return true end
  self.gone = true
  return false
end

local function give(self, bytes)
  local at = 1
  while at <= #bytes do
    local last, problem, partial = self.socket:send(bytes, at)
    if not last and problem ~= "timeout" then return false end
    at = (last or partial) + 1
    if at <= #bytes then pause(self, "w") end
  end
  return true
end

local function note(self, head, body)
  local request = { connection = self.number, at = socket.gettime(), head = head,
    body = body, headers = {} }
  request.method, request.target = head:match("^(%S+) (%S+)")
  for name, value in head:gmatch("\r\n([^:\r\n]+):%s*([^\r\n]*)") do
    request.headers[name:lower()] = value
  end
  self.request = request
  requests[#requests + 1] = request
end

local steps = {}

function steps.head(self)
  while not self.input:find(ENDING, 1, true) do
    if not take(self) then return false end
    if not self.input:find(ENDING, 1, true) then pause(self, "r") end
  end
  local stop = self.input:find(ENDING, 1, true)
  note(self, self.input:sub(1, stop + 1), "")
  self.input = self.input:sub(stop + #ENDING)
  return true
end

function steps.body(self)
  local size = tonumber(self.request.headers["content-length"] or 0)
  while #self.input < size do
    if not take(self) then return false end
    if #self.input < size then pause(self, "r") end
  end
  self.request.body = self.input:sub(1, size)
  self.input = self.input:sub(size + 1)
  return true
end

function steps.read(self)
  return steps.head(self) and steps.body(self)
end

-- Whatever comes first, as far as it has come.
function steps.some(self)
  while self.input == "" do
    if not take(self) then return false end
    if self.input == "" then pause(self, "r") end
  end
  self.input = ""
  return true
end

function steps.send(self, bytes)
  return give(self, bytes)
end

-- In pieces of so many bytes, with a pause after each.
function steps.drip(self, bytes, size, seconds)
  for at = 1, #bytes, size do
    if not give(self, bytes:sub(at, at + size - 1)) then return false end
    pause(self, nil, seconds or 0)
  end
  return true
end

-- The text again and again.
function steps.fill(self, text, times)
  local block = text:rep(math.max(1, math.floor(65536 / #text)))
  local left = #text * times
  while left > 0 do
    if not give(self, block:sub(1, left)) then return false end
    left = left - #block
  end
  return true
end

function steps.wait(self, seconds)
  pause(self, nil, seconds)
  return true
end

function steps.gate(self)
  while not is_open do pause(self, "g") end
  return true
end

function steps.open()
  is_open = true
  return true
end

-- Until the other side goes away.
function steps.hold(self)
  while take(self) do pause(self, "r") end
  return false
end

function steps.reset(self)
  self.socket:setoption("linger", { on = true, timeout = 0 })
  return false
end

local play

-- Requests one after the other, each answered by the steps of the longest prefix of its
-- target; "else" for the others.
function steps.routes(self, routes)
  while steps.read(self) do
    local best = "else"
    for prefix in pairs(routes) do
      local fits = self.request.target:sub(1, #prefix) == prefix
      if fits and (best == "else" or #prefix > #best) then best = prefix end
    end
    if not routes[best] or not play(self, routes[best]) then return false end
  end
  return false
end

function play(self, script)
  for _, step in ipairs(script) do
    if step[1] == "again" then return play(self, script) end
    local run = assert(steps[step[1]], step[1])
    if not run(self, step[2], step[3], step[4]) then return false end
  end
  return true
end

-- --- all of them ---------------------------------------------------------------------

local function drop(self)
  connections[self] = nil
  self.socket:close()
end

local function resume(self)
  self.wants, self.wake = nil, nil
  local ok, problem = coroutine.resume(self.thread)
  if not ok then io.stderr:write("wire server: ", tostring(problem), "\n") end
  if not ok or coroutine.status(self.thread) == "dead" then drop(self) end
end

local function welcome()
  local client = data:accept()
  if not client then return end
  accepted = accepted + 1
  client:settimeout(0)
  client:setoption("tcp-nodelay", true)
  local self = { socket = client, input = "", number = accepted }
  local script = scripts and scripts[accepted] or rest or {}
  self.thread = coroutine.create(function() play(self, script) end)
  connections[self] = true
  resume(self)
end

local commands = {}

function commands.play(list, later)
  local all = {}
  for self in pairs(connections) do all[#all + 1] = self end
  for _, self in ipairs(all) do drop(self) end
  scripts, rest, requests, accepted, is_open = list, later, {}, 0, false
  return true
end

function commands.open()
  is_open = true
  return true
end

function commands.seen()
  local alive = 0
  for _ in pairs(connections) do alive = alive + 1 end
  return { requests = requests, accepted = accepted, alive = alive }
end

local function write(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local list = {}
  for key, each in pairs(value) do
    list[#list + 1] = "[" .. write(key) .. "]=" .. write(each)
  end
  return "{" .. table.concat(list, ",") .. "}"
end

local told = ""

-- Commands come as "<size>\n<Lua expression>" and are answered alike.
local function obey()
  local bytes, problem, partial = commander:receive(65536)
  told = told .. (bytes or partial or "")
  if not bytes and problem ~= "timeout" then os.exit(0) end
  local size, start = told:match("^(%d+)\n()")
  while size and #told >= start + size - 1 do
    local order = assert(load_text("return " .. told:sub(start, start + size - 1)))()
    told = told:sub(start + size)
    local answer = write(commands[order[1]](order[2], order[3]))
    commander:settimeout(60)
    assert(commander:send(#answer .. "\n" .. answer))
    commander:settimeout(0)
    size, start = told:match("^(%d+)\n()")
  end
end

local function round()
  local reading, writing, wake = { commander, data }, {}, socket.gettime() + 1
  for self in pairs(connections) do
    if self.wants == "r" then reading[#reading + 1] = self.socket end
    if self.wants == "g" and is_open then self.wake = 0 end
    if self.wants == "w" then writing[#writing + 1] = self.socket end
    if self.wake and self.wake < wake then wake = self.wake end
  end
  local can_read, can_write =
    socket.select(reading, writing, math.max(0, wake - socket.gettime()))
  local now, due = socket.gettime(), {}
  for self in pairs(connections) do
    if can_read[self.socket] or can_write[self.socket] or self.wake and self.wake <= now
    then
      due[#due + 1] = self
    end
  end
  for _, self in ipairs(due) do
    if connections[self] then resume(self) end
  end
  if can_read[data] then welcome() end
  if can_read[commander] then obey() end
end

local over = socket.gettime() + LIFETIME
while socket.gettime() < over do round() end
