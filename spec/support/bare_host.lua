-- The sandbox's host in C without the sandbox's rules: servers whose rules are pieces
-- of Lua, bytes on the wire, temporary files.
local host = require "instagram.sandbox.host"
local socket = require "socket"

local bare = { stem = os.tmpname() }

local stem, servers, files = bare.stem, {}, {}

function bare.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  files[#files + 1] = path
  return path
end

-- The main module runs its options as Lua: `rules` below is code that fills M.
bare.write(stem, "")
bare.write(stem .. "_main.lua", [[
  local M = {}
  function M.start(code, url)
    M.url, M.native = url, require "instagram.sandbox.native"
    return assert((loadstring or load)("local M = ...\n" .. code))(M)
  end
  return M
]])

function bare.start(rules, options)
  options = options or {}
  options.main = options.main or "main"
  options.quiet = true -- errors of the rules are wanted here: no noise on stderr
  options.lua_path = stem .. "_?.lua"
  options.options = rules
  local server, message = host.start(options)
  if server then servers[#servers + 1] = server end
  return server, message
end

-- Serves one response: a Lua expression.
function bare.serve(response)
  return assert(bare.start("function M.handle(request) return " .. response .. " end"))
end

-- Runs Lua in the sandbox's state: `code` is the body of control(text).
function bare.run(code)
  local server = assert(bare.start("local native = M.native function M.control(text) "
    .. code .. " end"))
  return server:call("")
end

function bare.connect(server)
  local client = assert(socket.connect("127.0.0.1", server:port()))
  client:settimeout(30)
  return client
end

-- One answer off a connection: head lines, headers (by lower name), body.
function bare.receive(client, bodiless)
  local line, message = client:receive("*l")
  if not line then return nil, message end
  local answer = { status = tonumber(line:match("^HTTP/1.1 (%d+)")), lines = { line },
    headers = {} }
  for header in function() return client:receive("*l") end do
    if header == "" then break end
    answer.lines[#answer.lines + 1] = header
    local name, value = header:match("^(.-): (.*)$")
    answer.headers[name:lower()] = value
  end
  local length = tonumber(answer.headers["content-length"])
  if length and length > 0 and not bodiless then
    local body, why, partial = client:receive(length)
    answer.body, answer.cut = body or partial, why
  else
    answer.body = ""
  end
  return answer
end

function bare.get(server, path, headers, method)
  local client = bare.connect(server)
  client:send((method or "GET") .. " " .. (path or "/")
    .. " HTTP/1.1\r\nHost: sandbox\r\n" .. (headers or "") .. "\r\n")
  local answer, message = bare.receive(client, method == "HEAD")
  client:close()
  return answer, message
end

function bare.post(server, content_type, body)
  local client = bare.connect(server)
  client:send("POST /p HTTP/1.1\r\nHost: sandbox\r\nContent-Type: " .. content_type
    .. "\r\nContent-Length: " .. #body .. "\r\n\r\n")
  client:send(body)
  local answer = bare.receive(client)
  client:close()
  return answer
end

-- Answers with a Lua expression over `request`, dumped: strings quoted, keys sorted.
function bare.dumping(expression)
  return assert(bare.start([[
    local function dump(value)
      if type(value) ~= "table" then
        return type(value) == "string" and ("%q"):format(value) or tostring(value)
      end
      local keys, out = {}, {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
      for i, key in ipairs(keys) do
        out[i] = (type(key) == "string" and key .. "=" or "") .. dump(value[key])
      end
      return "{" .. table.concat(out, ",") .. "}"
    end
    function M.handle(request) return { body = dump(]] .. expression .. [[) } end
  ]]))
end

-- What a command prints, one line; nil under a preloaded sanitizer, where it may hang.
function bare.command(line)
  if os.getenv("LD_PRELOAD") then return nil end
  local pipe = io.popen(line)
  local answer = pipe:read("*l")
  pipe:close()
  return answer
end

-- Waits for a condition, as long as the slowest machine may take.
function bare.soon(condition)
  for _ = 1, 3000 do
    if condition() then return true end
    socket.sleep(0.01)
  end
  return false
end

--- Stops all servers that were started.
function bare.stop_all()
  for _, server in ipairs(servers) do server:stop() end
  servers = {}
end

--- Lets go of them instead.
function bare.forget() servers = {} end

--- Notes a file that a test made by itself.
function bare.remove_later(path) files[#files + 1] = path end

--- Removes the files that were written, when the specs are over.
function bare.clean_up()
  for _, path in ipairs(files) do os.remove(path) end
end

return bare
