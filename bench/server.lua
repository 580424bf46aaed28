-- The sandbox in a process of its own, for the benchmarks: started, told what to hold,
-- ended by its pid. Talks to it as any program would: over /_sandbox/.
local cjson = require "cjson"

local server = {}
local pid, accounts = nil, 0

--- Starts it and reads the line in which it says where it listens.
---@param data string|nil  what it holds: "empty" (default) or "demo"
function server.start(data)
  local lua = arg[-1] or "lua5.4"
  local pipe = assert(io.popen(("echo $$; exec %s sandbox/bin/instagram-sandbox "
    .. "--port 0 --data %s 2>&1"):format(lua, data or "empty")))
  pid = assert(tonumber(pipe:read("*l")))
  local line = assert(pipe:read("*l"))
  server.url = assert(cjson.decode(line).url, line)
  server.pipe = pipe
  server.control("settings", { media_cap = 0 }) -- the walk is longer
end

--- One control call: POST /_sandbox/<name>.
function server.control(name, arguments)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(cjson.encode(arguments))
  file:close()
  local pipe = assert(io.popen(("curl -s --noproxy '*' "
    .. "-H 'Content-Type: application/json' --data-binary @%s %s/_sandbox/%s"):format(
    path, server.url, name)))
  local text = pipe:read("*a")
  pipe:close()
  os.remove(path)
  return cjson.decode(text)
end

--- An account with so many media, and a token for it.
function server.account(media, albums)
  accounts = accounts + 1
  local username = "bulk_" .. accounts
  server.control("bulk", { username = username, media = media, albums = albums,
    children = 5 })
  local answer = server.control("generate_token", { username = username,
    user = username, flavour = "basic_display" })
  return { username = username, token = type(answer) == "table"
    and (answer.access_token or answer.token or answer.result) or answer }
end

--- How many API calls the journal holds.
function server.calls()
  local answer = server.control("requests", {})
  return #(answer.requests or answer)
end

--- KiB of memory that its process occupies.
function server.resident()
  local file = assert(io.open(("/proc/%d/status"):format(pid)))
  local size = file:read("*a"):match("VmRSS:%s*(%d+)")
  file:close()
  return tonumber(size)
end

function server.stop()
  os.execute("kill " .. pid)
  server.pipe:close()
end

return server
