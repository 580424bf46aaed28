--- Callbacks of the sandbox in specs: apps that get them, and what is received.
local calls = require "spec.support.calls"
local socket = require "socket"
local support = require "spec.support.sandbox"

local callbacks = {}

--- Arguments of a control call about demo_user and the Basic Display app.
function callbacks.with(more)
  local args = { flavour = "basic_display", username = "demo_user" }
  for name, value in pairs(more or {}) do args[name] = value end
  return args
end

--- A sandbox with two people in it.
function callbacks.start(options)
  options = options or {}
  options.data = "empty"
  local sandbox = support.start(options)
  for _, name in ipairs { "demo_user", "second_user" } do
    sandbox:control("add_user", { username = name, account_type = "MEDIA_CREATOR" })
  end
  return sandbox
end

--- Sets both addresses of the Basic Display app.
function callbacks.point_at(sandbox, url)
  return assert(sandbox:control("update_app", { flavour = "basic_display",
    deauthorize_url = url .. "/deauthorize", deletion_url = url .. "/deletion" }))
end

--- Lets the Basic Display app in: a token.
function callbacks.grant(sandbox, username)
  return sandbox:generate_token(username or "demo_user", "basic_display")
end

--- The newest callback, when all that can be sent now has been.
function callbacks.last(sandbox)
  assert(sandbox:settle(60))
  return sandbox:control("callbacks").callbacks[1]
end

--- A socket to receive them on, and its address.
function callbacks.listen()
  local listener = assert(socket.bind("127.0.0.1", 0))
  listener:settimeout(30)
  return listener, "http://127.0.0.1:" .. select(2, listener:getsockname())
end

--- The value of a header.
function callbacks.header_of(head, name)
  return head:match("\n" .. name .. ": ([^\r\n]*)")
end

--- One request as it came: connection, head, body.
function callbacks.receive(listener)
  local client = assert(listener:accept())
  client:settimeout(30)
  local lines = {}
  for line in function() return client:receive("*l") end do
    if line == "" then break end
    lines[#lines + 1] = line
  end
  local head = table.concat(lines, "\r\n")
  local length = tonumber(callbacks.header_of(head, "Content%-Length"))
  local body = assert(client:receive(length))
  return client, head, body
end

--- Answers it.
function callbacks.answer(client, body, status)
  client:send(("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"):format(status or 200,
    #body, body))
  client:close()
end

--- The signed_request of a body.
function callbacks.signed_of(body)
  return (body:match("^signed_request=([%w_.%-]+)$"))
end

--- What base64url says.
function callbacks.unbase64url(text)
  local path = os.tmpname()
  calls.write(path, text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#text % 4))
  local pipe = assert(io.popen("openssl base64 -d -A -in " .. path))
  local bytes = pipe:read("*a")
  pipe:close()
  os.remove(path)
  return bytes
end

return callbacks
