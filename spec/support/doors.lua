-- The doors of the sandbox's host: a server with rules that say what they were asked,
-- and clients that know nothing of the sandbox: curl, openssl, raw sockets.
local calls = require "spec.support.calls"
local host = require "instagram.sandbox.host"
local process = require "spec.support.process"
local socket = require "socket"

local folder, servers, clients = calls.folder(), {}, {}
local ca = folder .. "/ca.pem"

local doors = { folder = folder, ca = ca, GRAPH = "https://graph.instagram.com" }

-- Rules that say what they were asked; `more` is code with M in scope.
calls.write(folder .. "/echo.lua", [[
  local M = {}
  function M.start(code)
    return assert((loadstring or load)("local M = ...\n" .. code))(M)
  end
  function M.handle(request)
    return { body = table.concat({ request.method, request.path, request.query,
      tostring(request.secure), request.headers.host or "no host" }, " ") }
  end
  return M
]])

function doors.start(more, options)
  options = options or {}
  options.main, options.lua_path = "echo", folder .. "/?.lua"
  options.options, options.ca_file = more or "", ca
  if options.quiet == nil then options.quiet = true end
  local server = assert(host.start(options))
  servers[#servers + 1] = server
  return server
end

function doors.connect(server, address)
  local client = assert(socket.connect(address or "127.0.0.1", server:port()))
  client:settimeout(30)
  clients[#clients + 1] = client
  return client
end

-- All that comes until the server closes.
function doors.ask(server, bytes, address)
  local client = doors.connect(server, address)
  client:send(bytes)
  local text, _, partial = client:receive("*a")
  client:close()
  return text or partial
end

-- What curl prints, and the number it exits with.
function doors.curl(...)
  return process.output(process.quote("curl", "-sS", "-m", "30", "--noproxy", "",
    ...) .. " 2>&1")
end

function doors.openssl(text) return process.output("openssl " .. text .. " 2>&1") end

-- What openssl's client says of a server, asked for a name.
function doors.handshake(server, name, more)
  return doors.openssl(("s_client -connect 127.0.0.1:%d -servername %s -CAfile %s " ..
    "-verify_return_error %s </dev/null"):format(server:port(), name, ca, more or ""))
end

-- The ways a request may come: words for curl.
function doors.ways(server)
  local port = server:port()
  return {
    plain = { "http://127.0.0.1:" .. port .. "/x" },
    TLS = { "--cacert", ca, "https://127.0.0.1:" .. port .. "/x" },
    tunnel = { "--cacert", ca, "--proxy", "http://127.0.0.1:" .. port,
      doors.GRAPH .. "/x" },
  }
end

--- Ends servers, clients and programs of a test.
function doors.close_all()
  for _, server in ipairs(servers) do server:stop() end
  for _, client in ipairs(clients) do client:close() end
  servers, clients = {}, {}
  process.stop_all()
end

--- Removes the folder, when the specs are over.
function doors.clean_up() calls.remove(folder) end

return doors
