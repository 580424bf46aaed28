-- A real nginx with the Lua module and two workers, in a folder of its own. What it
-- serves is told by lines of configuration, or is a Lua module of pages: /name?a=b
-- calls name{ a = "b" } and sends what it returns.
local socket = require "socket"
local calls = require "spec.support.calls"
local process = require "spec.support.process"

local nginx = {}

local MODULES = { "/usr/lib/nginx/modules/", "/usr/share/nginx/modules/",
  "/usr/lib64/nginx/modules/" }

local function modules_folder()
  for _, folder in ipairs(MODULES) do
    if calls.read(folder .. "ngx_http_lua_module.so") then return folder end
  end
end

-- nginx runs LuaJIT, which loads what was built for 5.1.
local function cpath()
  return (os.getenv "IG_BUILD" or "build") .. "/5.1/?.so"
end

--- Why there can be no tests with it; nil when there can.
function nginx.missing()
  if not process.has "nginx" then return "nginx is not installed" end
  if not modules_folder() then return "nginx's Lua module is not installed" end
  local core = cpath():gsub("%?", "instagram/core")
  if not calls.read(core) then return core .. " is not built (make LUA=5.1)" end
end

local CONF = [[
daemon off;
USER
worker_processes WORKERS;
pid FOLDER/pid;
error_log FOLDER/error.log warn;
load_module MODULESndk_http_module.so;
load_module MODULESngx_http_lua_module.so;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  lua_package_path "PATH";
  lua_package_cpath "CPATH";
  DICTS
  HTTP
  server {
    listen 127.0.0.1:PORT reuseport;
    LOCATIONS
  }
}
]]

local PAGES = [[
    location / {
      default_type text/plain;
      content_by_lua_block {
        local page = require("MODULE")[ngx.var.uri:sub(2)]
        ngx.print(page(ngx.req.get_uri_args()))
      }
    }
]]

local methods = {}
local server_mt = { __index = methods }

local function write_conf(self)
  local cwd = process.output "pwd":gsub("\n", "")
  local path = self.folder .. "/?.lua;" .. cwd .. "/lua/?.lua;" .. cwd
    .. "/lua/?/init.lua;" .. cwd .. "/?.lua;;"
  local words = {
    WORKERS = self.options.workers or 2,
    USER = process.output "id -u" == "0\n" and "user root;" or "",
    FOLDER = self.folder, MODULES = modules_folder(), PATH = path, PORT = self.port,
    CPATH = cpath():gsub("^([^/])", cwd .. "/%1") .. ";;",
    DICTS = self.options.dicts or "", HTTP = self.options.http or "",
    LOCATIONS = self.options.locations or PAGES:gsub("MODULE", self.options.module),
  }
  calls.write(self.folder .. "/conf", (CONF:gsub("%u%u%u+", function(word)
    return words[word] and tostring(words[word])
  end)))
end

local function launch(self)
  write_conf(self)
  self.pid = process.start(process.quote("nginx", "-p", self.folder, "-c",
    self.folder .. "/conf", "-e", self.folder .. "/error.log"), self.folder .. "/log")
  local ends = os.time() + 60
  while process.is_running(self.pid) and os.time() < ends do
    if process.listens(self.port) then return true end
    socket.sleep(0.01)
  end
  return false
end

--- options: module (of the pages) or locations (lines for the configuration), dicts and
--- http (lines too), workers (2), files (a function: given the server's folder, which
--- is in the Lua path, returns name -> text of what shall stand there)
function nginx.start(options)
  local self = setmetatable({ folder = calls.folder(), options = options }, server_mt)
  for name, text in pairs(options.files and options.files(self.folder) or {}) do
    os.execute("mkdir -p " .. self.folder .. "/" .. (name:match("^(.*)/") or ""))
    calls.write(self.folder .. "/" .. name, text)
  end
  for _ = 1, 5 do
    self.port = process.free_port()
    if launch(self) then return self end
    process.stop(self.pid, "KILL")
  end
  error("nginx does not start: " .. (calls.read(self.folder .. "/error.log") or "")
    .. (calls.read(self.folder .. "/log") or ""))
end

function methods:log()
  return calls.read(self.folder .. "/error.log")
end

function methods:restart()
  process.stop(self.pid, "TERM")
  process.wait_until("nginx comes back", 60, function() return launch(self) end)
end

function methods:stop()
  process.stop(self.pid, "TERM")
  calls.remove(self.folder)
end

local function encode(text)
  return (tostring(text):gsub("[^%w]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

-- A request that leaves the connection open when it stays.
local function send(connection, page, arguments, stays)
  local pairs_ = {}
  for name, value in pairs(arguments or {}) do
    pairs_[#pairs_ + 1] = name .. "=" .. encode(value)
  end
  assert(connection:send(("GET /%s?%s HTTP/1.0\r\nConnection: %s\r\n\r\n"):format(page,
    table.concat(pairs_, "&"), stays and "keep-alive" or "close")))
end

local function connect(self)
  local connection = assert(socket.connect("127.0.0.1", self.port))
  connection:settimeout(60)
  return connection
end

--- Asks for a page; answer() waits for it.
function methods:ask(page, arguments, connection)
  connection = connection or connect(self)
  send(connection, page, arguments)
  return connection
end

-- Which worker is at the other end: what its page "ping" says.
local function worker_of(connection)
  send(connection, "ping", nil, true)
  local size
  repeat
    local line = assert(connection:receive "*l")
    size = line:match("^[Cc]ontent%-[Ll]ength: (%d+)") or size
  until line == ""
  return assert(connection:receive(tonumber(size)))
end

--- Open connections, so many to each of the two workers, in turns. Which of them gets a
--- connection is chance.
function methods:connect_to_both(each)
  local by_worker, workers, list, tries = {}, {}, {}, 0
  while not workers[2] or #list < 2 * each do
    tries = tries + 1
    assert(tries < 1000, "only one worker answers")
    local connection = connect(self)
    local worker = worker_of(connection)
    if not by_worker[worker] then
      by_worker[worker], workers[#workers + 1] = 0, worker
    end
    by_worker[worker] = by_worker[worker] + 1
    if by_worker[worker] > each then
      connection:close()
    else
      list[#list + 1] = { by_worker[worker], connection }
    end
  end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  for i, pair in ipairs(list) do list[i] = pair[2] end
  return list
end

function methods:answer(connection)
  local text = assert(connection:receive "*a")
  connection:close()
  local status, body = text:match("^HTTP/1.%d (%d+).-\r\n\r\n(.*)$")
  if status ~= "200" then
    error(("nginx answers %s: %s"):format(tostring(status), self:log():sub(1, 2000)))
  end
  return body
end

function methods:get(page, arguments)
  return self:answer(self:ask(page, arguments))
end

return nginx
