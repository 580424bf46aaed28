-- The recipe for OpenResty in docs/tokens.md, as it stands there, in a real nginx with
-- two workers against the sandbox: login, reload, refusal, both callbacks of Meta.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local core = require "instagram.core"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local readme = require "spec.support.readme"
local socket = require "socket"
local support = require "spec.support.sandbox"

local PAGE = "docs/tokens.md"

-- The recipe's files by the name in their first line, and its lines for nginx.
local function recipe()
  local files = {}
  for _, block in ipairs(readme.blocks(PAGE)) do
    local name = block.text:match("^%-%- ([%w_/]+%.lua)\n")
    if name then files[name] = block.text end
  end
  local text = calls.read(PAGE)
  return files, text:match("\n    (lua_shared_dict [^\n]*)\n"),
    text:match("\n    lua_shared_dict [^\n]*\n(.-)\n\n")
end

-- Its values in place of the sample's.
local function fill_in(text, sandbox, folder)
  local app = sandbox:credentials()
  local values = {
    ['"..."'] = ("%q, base_url = %q"):format(app.client_id, app.base_url),
    ['"https://example.com/auth"'] = ("%q"):format(app.redirect_uri),
  }
  for sample, value in pairs(values) do
    local from, to = text:find(sample, 1, true)
    text = text:sub(1, from - 1) .. value .. text:sub(to + 1)
  end
  return (text:gsub("/etc/myapp", folder):gsub("/var/lib/myapp", folder))
end

describe("the recipe for OpenResty #slow", function()
  if nginx.missing() then
    pending(nginx.missing())
    return
  end
  local sandbox, server

  setup(function()
    sandbox = support.start { now = os.time() } -- nginx lives today
    local files, dict, locations = recipe()
    assert(files["handlers/delete.lua"] and dict and locations, PAGE)
    server = nginx.start { dicts = dict, locations = locations,
      files = function(folder)
        files["instagram_accounts.lua"] =
          fill_in(files["instagram_accounts.lua"], sandbox, folder)
        files["instagram.secret"] = sandbox:credentials().client_secret
        local key = core.new_key()
        files["instagram.key"] = key:reveal()
        return files
      end }
    local url = "http://127.0.0.1:" .. server.port
    assert(sandbox:control("update_app", { deauthorize_url = url .. "/deauthorize",
      deletion_url = url .. "/delete" }))
  end)

  teardown(function()
    if server then server:stop() end
    process.stop_all()
    sandbox:stop()
  end)

  -- One GET: status, headers (lower case), body.
  local function get(target, cookie)
    local connection = assert(socket.connect("127.0.0.1", server.port))
    connection:settimeout(30)
    connection:send(("GET %s HTTP/1.0\r\n%s\r\n"):format(target,
      cookie and "Cookie: " .. cookie .. "\r\n" or ""))
    local text = assert(connection:receive "*a")
    connection:close()
    local status, head, body = text:match("^HTTP/1.%d (%d+)[^\n]*\n(.-)\r\n\r\n(.*)$")
    local headers = {}
    for name, value in head:gmatch("([%w-]+): ([^\r\n]*)") do
      headers[name:lower()] = value
    end
    return tonumber(status), headers, body
  end

  -- To the window and back: the target of /auth, and the cookie.
  local function login(user, allow)
    local status, headers = get "/login"
    assert.equal(302, status, server:log())
    assert.matches("HttpOnly; Secure; SameSite=Lax", headers["set-cookie"], 1, true)
    local back = assert(sandbox:authorize { user = user, url = headers.location,
      allow = allow })
    return "/auth?" .. back:match("%?([^#]*)"),
      headers["set-cookie"]:match("^(ig_ticket_[^;]+)")
  end

  local function post(target, body)
    local connection = assert(socket.connect("127.0.0.1", server.port))
    connection:settimeout(30)
    connection:send(("POST %s HTTP/1.0\r\nContent-Length: %d\r\nContent-Type: "
      .. "application/x-www-form-urlencoded\r\n\r\n%s"):format(target, #body, body))
    local status = tonumber((connection:receive "*l" or ""):match " (%d%d%d) ")
    connection:close()
    return status
  end

  local function settled(kind)
    return process.wait_until("the callback is answered", 60, function()
      for _, callback in ipairs(sandbox:control("callbacks").callbacks) do
        if callback.kind == kind and callback.state ~= "queued" then return callback end
      end
    end)
  end

  it("logs a person in, and once more on reload", function()
    sandbox:clear_requests()
    local target, cookie = login "demo_user"
    for _ = 1, 2 do
      local status, headers = get(target, cookie)
      assert.equal(302, status, server:log())
      assert.matches("/welcome$", headers.location)
    end
    local spent = 0
    for _, entry in ipairs(sandbox:requests()) do
      if entry.endpoint == "code exchange" then spent = spent + 1 end
    end
    assert.equal(1, spent)
  end)

  it("logs two people in that two tabs began at once", function()
    local first, cookie = login "demo_user"
    local second, other = login "second_user" -- without the first's cookie
    assert.not_equal(cookie:match "^[^=]+", other:match "^[^=]+")
    local both = "theme=dark; " .. cookie .. "; " .. other
    for _, target in ipairs { first, second } do
      local status, headers = get(target, both)
      assert.equal(302, status, server:log())
      assert.matches("/welcome$", headers.location)
    end
  end)

  it("refuses what is too large for a callback, and stays well", function()
    for _, target in ipairs { "/deauthorize", "/delete" } do
      assert.equal(400, post(target, "signed_request=" .. ("A"):rep(12000)))
      assert.equal(413, post(target, "signed_request=" .. ("A"):rep(100000)))
      assert.equal(400, post(target, ""))
    end
    assert.is_nil(server:log():find("lua entry thread aborted", 1, true))
  end)

  it("tells a visitor without the cookie, and one who said no", function()
    local status, _, body = get((login "second_user"))
    assert.equal(400, status)
    assert.is_true(#body > 10)
    local headers
    status, headers = get(login("second_user", false))
    assert.equal(302, status)
    assert.matches("/$", headers.location)
  end)

  it("answers Meta's callbacks", function()
    local target, cookie = login "demo_user"
    assert.equal(302, (get(target, cookie)))
    assert(sandbox:control("request_deletion", { username = "demo_user" }))
    local deletion = settled "deletion"
    assert.equal(200, deletion.status, cjson.encode(deletion) .. server:log())
    assert.is_string(deletion.confirmation_code)
    target, cookie = login "demo_user"
    assert.equal(302, (get(target, cookie)))
    assert(sandbox:control("remove_app", { username = "demo_user" }))
    assert.equal(200, settled("deauthorize").status, server:log())
  end)

  it("leaves no secret in nginx's log", function()
    get((login "second_user")) -- without the cookie
    get(login "demo_user")
    local log = server:log()
    assert.is_nil(log:find(sandbox:credentials().client_secret, 1, true))
    assert.is_nil(log:find("IG[%w]+ZD"))
    assert.matches("instagram login: ", log) -- it was told, and without the code
    assert.is_nil(log:find("code=", 1, true))
  end)
end)
