-- Helpers for specs of the C module alone: apps against a wire server, requests run to
-- their end, temporary folders, child processes.
local socket = require "socket"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local calls = {}

calls.TOKEN = "IGQVJtestTokenAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
calls.SECRET = "5ecre7ofthetestapp0123456789abcd"

--- An app that talks to the wire server. Its times are for machines that do five things
--- at once: who tests a limit gives one.
function calls.app(server, options)
  local all = {
    flavour = "basic_display", client_id = "1234567890", client_secret = calls.SECRET,
    redirect_uri = "https://example.com/auth", base_url = server and server.url,
    timeout = 30, retries = 0,
  }
  for name, value in pairs(options or {}) do all[name] = value or nil end
  return core.app(all)
end

function calls.token(app, options)
  local all = { secret = calls.TOKEN }
  for name, value in pairs(options or {}) do all[name] = value end
  return app:token(all)
end

--- Runs a request to its end and hands out its result.
function calls.finish(request)
  local engine = core.engine()
  local limit = core.monotonic() + 120
  request:attend(true)
  while not request:done() do
    assert(core.monotonic() < limit, "a request does not end")
    engine:step(1)
  end
  return request:result()
end

--- Steps for so many seconds, whoever is waited for.
function calls.step_for(seconds)
  local engine, till = core.engine(), core.monotonic() + seconds
  while core.monotonic() < till do
    engine:step(math.max(0, till - core.monotonic()))
    if engine:pending() == 0 then calls.sleep(till - core.monotonic()) end
  end
end

--- Steps until the question is answered by something true, whoever is waited for.
function calls.step_until(what, question)
  local limit = core.monotonic() + 60
  while not question() do
    assert(core.monotonic() < limit, "waited in vain: " .. what)
    calls.step_for(0.01)
  end
end

--- Steps until a request is done without being waited for.
function calls.step_through(request)
  calls.step_until("a request is done", function() return request:done() end)
end

--- Steps until the server has ended its connection (the first since it was told what to
--- play), and that has been noticed here.
function calls.step_to_the_end(server)
  calls.step_until("the connection ends", function()
    local _, seen = server:requests()
    return seen.accepted > 0 and seen.alive == 0
  end)
  for _ = 1, 10 do calls.step_for(0.01) end
end

--- An address nobody listens at, nor can begin to until it is closed: {url, close}.
function calls.closed_port()
  local holder = socket.tcp()
  assert(holder:bind("127.0.0.1", 0))
  return {
    url = "http://127.0.0.1:" .. select(2, holder:getsockname()),
    close = function() holder:close() end,
  }
end

function calls.sleep(seconds)
  socket.sleep(math.max(0, seconds))
end

--- How many descriptors this process holds.
function calls.descriptors()
  collectgarbage() -- files that others forgot
  collectgarbage()
  return #assert(core.files.list "/proc/self/fd")
end

--- A new empty folder.
function calls.folder()
  local pipe = assert(io.popen("mktemp -d /tmp/spec_XXXXXXXX"))
  local path = pipe:read("*l")
  pipe:close()
  return path
end

function calls.remove(path)
  assert(path:match("^/tmp/."))
  os.execute("rm -rf '" .. path .. "'")
end

function calls.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local bytes = file:read("*a")
  file:close()
  return bytes
end

function calls.write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

--- The same bytes in gzip.
function calls.gzip(bytes)
  local path = os.tmpname()
  calls.write(path, bytes)
  local pipe = assert(io.popen("gzip -9 -c " .. path))
  local packed = pipe:read("*a")
  pipe:close()
  os.remove(path)
  return packed
end

--- A socket that lets nobody in any more: {url, close}.
function calls.full_socket()
  local listener = assert(socket.bind("127.0.0.1", 0, 0))
  local port = select(2, listener:getsockname())
  local list = { listener }
  for i = 2, 4 do
    list[i] = socket.tcp()
    list[i]:settimeout(0)
    list[i]:connect("127.0.0.1", port)
  end
  calls.sleep(0.02)
  return {
    url = "http://127.0.0.1:" .. port,
    close = function()
      for _, each in ipairs(list) do each:close() end
    end,
  }
end

--- Builds spec/support/forker.c into the folder; what went wrong, if anything did. Code
--- of child processes may then require "forker" with the folder in package.cpath.
function calls.build_forker(folder)
  local version = _VERSION:match "%d%.%d"
  local command = "env -u LD_PRELOAD ${CC:-cc} -shared -fPIC -I%s -o %s/forker.so " ..
    "spec/support/forker.c 2>&1"
  local include = os.getenv "LUA_INCDIR" or "/usr/include/lua" .. version
  local pipe = assert(io.popen(command:format(include, folder)))
  local text = pipe:read "*a"
  pipe:close()
  return text ~= "" and text or nil
end

--- Runs Lua code in a process of its own, with the modules of this one; `...` in it are
--- the arguments. options.before: words of the shell in front. Returns what it printed,
--- and the number it exited with.
function calls.child(code, options, ...)
  local path = os.tmpname()
  calls.write(path, ("package.path = %q package.cpath = %q\n"):format(package.path,
    package.cpath) .. code)
  local words = { options.before or "", wire.lua, path }
  for _, word in ipairs { ... } do
    words[#words + 1] = "'" .. tostring(word) .. "'"
  end
  local pipe = assert(io.popen(table.concat(words, " ") .. " 2>&1; echo \"=$?\""))
  local text = pipe:read("*a")
  pipe:close()
  os.remove(path)
  local out, number = text:match("^(.*)=(%d+)\n$")
  return out, tonumber(number)
end

return calls
