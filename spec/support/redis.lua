-- A real redis-server in a folder of its own, and clients of lua-redis for it.
local calls = require "spec.support.calls"
local process = require "spec.support.process"

local redis = {}

-- Debian has lua-redis for Lua 5.1 to 5.3; it runs on 5.4 as it is.
local function load_client()
  local path = package.path
  package.path = path .. ";/usr/share/lua/5.1/?.lua"
  local ok, client = pcall(require, "redis")
  package.path = path
  return ok and client or nil
end

--- Why there can be no tests with it; nil when there can.
function redis.missing()
  if not process.has "redis-server" then return "redis-server is not installed" end
  if not load_client() then return "lua-redis is not installed" end
end

--- A connected client of lua-redis; raises like it.
function redis.connect(port)
  return load_client().connect { host = "127.0.0.1", port = port, timeout = 30 }
end

local methods = {}
local server_mt = { __index = methods }

-- Does it answer, its data loaded?
local function is_up(self)
  local ok, problem = pcall(function() redis.connect(self.port):ping() end)
  return ok or tostring(problem):find("NOAUTH", 1, true) ~= nil
end

-- A port may be taken between asking for it and using it.
local function launch(self)
  local words = { "redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir",
    self.folder, "--daemonize", "no", "--save", "", "--appendonly", "yes",
    "--appendfsync", "always" }
  for _, word in ipairs(self.options) do words[#words + 1] = word end
  local unpack = table.unpack or unpack
  self.pid = process.start(process.quote(unpack(words)), self.folder .. "/log")
  local ends = os.time() + 60
  while process.is_running(self.pid) and os.time() < ends do
    if is_up(self) then return true end
    calls.sleep(0.01)
  end
  return false
end

--- Starts one that keeps everything; options: more words for its command line.
function redis.start(options)
  local self = setmetatable({ folder = calls.folder(), options = options or {} },
    server_mt)
  for _ = 1, 5 do
    self.port = process.free_port()
    if launch(self) then return self end
    self:kill()
  end
  error("redis-server does not start: " .. (calls.read(self.folder .. "/log") or ""))
end

--- At once. Its threads may outlive it for a moment, and its socket with them.
function methods:kill()
  process.stop(self.pid, "KILL")
  process.wait_until("redis-server's port is free", 60, function()
    return not process.listens(self.port)
  end)
end

--- Again, with what it had written.
function methods:restart()
  process.wait_until("redis-server comes back", 120, function() return launch(self) end)
end

function methods:stop()
  self:kill()
  calls.remove(self.folder)
end

return redis
