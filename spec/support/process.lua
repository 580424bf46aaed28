-- Programs that a spec starts beside itself and ends by their number; free ports;
-- waiting until something is so.
local socket = require "socket"

local process = {}

local started = {} -- numbers of those that were not seen to have ended

--- The interpreter these specs run on.
process.lua = require("spec.support.wire").lua

--- Words for a shell, each as it is.
function process.quote(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = "'" .. tostring(word):gsub("'", "'\\''") .. "'"
  end
  return table.concat(words, " ")
end

--- What a command prints, and the number it exits with.
function process.output(command)
  local pipe = assert(io.popen(command .. "; echo \"=$?\""))
  local text = pipe:read("*a")
  pipe:close()
  local out, number = text:match("^(.*)=(%d+)\n$")
  return out, tonumber(number)
end

--- The number a command exits with, and all it says.
function process.run(command)
  local text, number = process.output(command .. " 2>&1")
  return number, text
end

--- Is there such a program?
function process.has(program)
  return select(2, process.output("command -v " .. program .. " >/dev/null")) == 0
end

--- May this user mount a file system where only a child sees it (unshare -rm)?
function process.may_mount()
  return select(2, process.output("unshare -rm true 2>/dev/null")) == 0
end

--- Starts a command (of the shell; it is exec'ed, so that the number is its own); what
--- it prints goes to the log, which is there, and empty, at once.
function process.start(command, log)
  log = log or "/dev/null"
  local pipe = assert(io.popen(("exec </dev/null; : >'%s'; { exec %s; } >'%s' 2>&1 & "
    .. "echo $!"):format(log, command, log)))
  local pid = assert(tonumber(pipe:read("*l")))
  pipe:close()
  started[pid] = true
  return pid
end

--- A script of ours in a Lua of its own that finds the modules where this one does.
function process.script(path, ...)
  return ("env LUA_PATH=%s LUA_CPATH=%s %s"):format(process.quote(package.path),
    process.quote(package.cpath), process.quote(process.lua, path, ...))
end

function process.signal(pid, name)
  os.execute(("kill -%s %d 2>/dev/null"):format(name, pid))
end

--- Is it still running? One that ended but was not asked for is not.
function process.is_running(pid)
  local file = io.open(("/proc/%d/stat"):format(pid))
  local state = file and (file:read("*a") or ""):match("%) (%a)") or "X"
  if file then file:close() end
  if state ~= "Z" and state ~= "X" then return true end
  started[pid] = nil
  return false
end

--- Waits until the question is answered by something true; that, or raises.
function process.wait_until(what, seconds, question)
  local ends = socket.gettime() + seconds
  while true do
    local is_late = socket.gettime() > ends -- before the last look
    local answer = question()
    if answer then return answer end
    assert(not is_late, "waited in vain: " .. what)
    socket.sleep(0.005)
  end
end

--- Ends it, and waits for that.
function process.stop(pid, name)
  if not process.is_running(pid) then return end
  process.signal(pid, name or "TERM")
  process.wait_until("process " .. pid .. " ends", 60, function()
    return not process.is_running(pid)
  end)
end

--- Ends what was started and is still there: after a test, however that ended.
function process.stop_all()
  for pid in pairs(started) do
    if process.is_running(pid) then process.signal(pid, "KILL") end
  end
  started = {}
end

local next_port = math.floor(socket.gettime() * 1000) % 10000

--- A port nobody listens on just now: below those that the kernel hands out by itself,
--- so that no connection takes it before it is used.
function process.free_port()
  for _ = 1, 10000 do
    next_port = (next_port + 1) % 10000
    local port = 20000 + next_port
    local listener = socket.bind("127.0.0.1", port)
    if listener then
      listener:close()
      return port
    end
  end
  error "no port is free"
end

--- Does somebody listen there?
function process.listens(port)
  local connection = socket.connect("127.0.0.1", port)
  if connection then connection:close() end
  return connection ~= nil
end

return process
