-- Deauthorize and data deletion callbacks of the sandbox: received on a socket and
-- verified by our own client, hostile receivers, tries by the clock.
local calls = require "spec.support.calls"
local host = require "instagram.sandbox.host"
local http = require "spec.support.sandbox_http"
local instagram = require "instagram"
local process = require "spec.support.process"
local socket = require "socket"
local start = require("instagram.sandbox").start
local support = require "spec.support.sandbox"
local wire = require "spec.support.wire"

local BASIC = { flavour = "basic_display" }

local function with(more)
  local args = { flavour = "basic_display", username = "demo_user" }
  for name, value in pairs(more or {}) do args[name] = value end
  return args
end

local function listen()
  local listener = assert(socket.bind("127.0.0.1", 0))
  listener:settimeout(30)
  return listener, "http://127.0.0.1:" .. select(2, listener:getsockname())
end

local function header_of(head, name)
  return head:match("\n" .. name .. ": ([^\r\n]*)")
end

-- One request as it came: connection, head, body.
local function receive(listener)
  local client = assert(listener:accept())
  client:settimeout(30)
  local lines = {}
  for line in function() return client:receive("*l") end do
    if line == "" then break end
    lines[#lines + 1] = line
  end
  local head = table.concat(lines, "\r\n")
  local body = assert(client:receive(tonumber(header_of(head, "Content%-Length"))))
  return client, head, body
end

local function answer(client, body, status)
  client:send(("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s"):format(status or 200,
    #body, body))
  client:close()
end

local function signed_of(body) return (body:match("^signed_request=([%w_.%-]+)$")) end

local function unbase64url(text)
  local path = os.tmpname()
  calls.write(path, text:gsub("-", "+"):gsub("_", "/") .. ("="):rep(-#text % 4))
  local pipe = assert(io.popen("openssl base64 -d -A -in " .. path))
  local bytes = pipe:read("*a")
  pipe:close()
  os.remove(path)
  return bytes
end

describe("the sandbox's callbacks", function()
  local sandbox, server

  local function start_one(options)
    options = options or {}
    options.data = "empty"
    local one = assert(start(options))
    for _, name in ipairs { "demo_user", "second_user" } do
      one:control("add_user", { username = name, account_type = "MEDIA_CREATOR" })
    end
    return one
  end

  before_each(function() sandbox = start_one() end)
  after_each(function()
    sandbox:stop()
    if server then server:stop() end
    server = nil
  end)

  -- Both addresses of the Basic Display app.
  local function point_at(url)
    return assert(sandbox:control("update_app", { flavour = "basic_display",
      deauthorize_url = url .. "/deauthorize", deletion_url = url .. "/deletion" }))
  end

  local function grant(username)
    return sandbox:generate_token(username or "demo_user", "basic_display")
  end

  local function last()
    assert(sandbox:settle(60))
    return sandbox:control("callbacks").callbacks[1]
  end

  local function serve(script)
    server = wire.start()
    server:serve(script)
    point_at(server.url)
    return server
  end

  -- --- what is sent ------------------------------------------------------------------

  describe("received by our client", function()
    local listener, url, app, accounts, id

    before_each(function()
      listener, url = listen()
      point_at(url)
      app = support.app(sandbox, BASIC)
      accounts = assert(app:accounts { store = instagram.store.memory(),
        keys = { instagram.new_key() } })
      id = assert(accounts:add(app:token { secret = grant() }))
    end)
    after_each(function() listener:close() end)

    it("deauthorize: a removed app forgets the account", function()
      assert(sandbox:control("remove_app", with()))
      local client, head, body = receive(listener)
      assert.matches("^POST /deauthorize HTTP/1.1\r\n", head)
      assert.equal("application/x-www-form-urlencoded",
        header_of(head, "Content%-Type"))
      assert.equal(id, accounts:deauthorized(signed_of(body)))
      answer(client, "")
      local row = last()
      assert.same({ "deauthorize", "sent", 200, 1, "demo_user" },
        { row.kind, row.state, row.status, row.tries, row.username })
      assert.is_nil(row.problem)
      local _, _, err = accounts:client(id)
      assert.equal("not_found", err.kind)
    end)

    it("deletion: the address and code it answers are kept", function()
      assert(sandbox:control("request_deletion", with()))
      local client, head, body = receive(listener)
      assert.matches("^POST /deletion ", head)
      local result = assert(accounts:deletion_request(signed_of(body),
        { url = "https://example.com/status?id=%s" }))
      answer(client, ('{"url":"%s","confirmation_code":"%s"}'):format(result.url,
        result.confirmation_code))
      local row = last()
      assert.equal("sent", row.state)
      assert.equal(result.url, row.url)
      assert.equal(result.confirmation_code, row.confirmation_code)
    end)

    it("is signed as documented: no padding, compact payload, scoped id", function()
      sandbox:control("remove_app", with())
      local client, _, body = receive(listener)
      answer(client, "")
      local mac, payload = signed_of(body):match("^([%w_-]+)%.([%w_-]+)$")
      assert.equal(43, #mac)
      assert.equal(('{"user_id":"%s","algorithm":"HMAC-SHA256","issued_at":%d}')
        :format(id, sandbox:now()), unbase64url(payload))
    end)

    it("is refused by an app with another secret", function()
      local other = support.app(sandbox, { flavour = "basic_display",
        client_secret = ("0"):rep(32) })
      sandbox:control("remove_app", with())
      local client, _, body = receive(listener)
      answer(client, "")
      local got, _, err = other:read_signed_request(signed_of(body))
      assert.is_nil(got)
      assert.equal("signature", err.kind)
    end)

    it("carries the successor's own id and secret", function()
      assert(sandbox:control("update_app", { flavour = "instagram_login",
        deauthorize_url = url .. "/other" }))
      local client, next_app = support.client(sandbox)
      local me = client:me { fields = { "id" } }
      sandbox:control("remove_app", { username = "demo_user" })
      local connection, _, body = receive(listener)
      answer(connection, "")
      local got = assert(next_app:read_signed_request(signed_of(body)))
      assert.equal(me.id, got.user_id)
      assert.is_nil((app:read_signed_request(signed_of(body))))
    end)
  end)

  -- --- when --------------------------------------------------------------------------

  it("are not called without an address, a grant, or a change that is kept", function()
    grant()
    assert(sandbox:control("remove_app", with())) -- no address
    serve(wire.always { status = 200 })
    local _, message = sandbox:control("remove_app", with())
    assert.equal("demo_user removed Sandbox Basic Display already", message)
    assert(sandbox:settle(60))
    assert.same({}, sandbox:control("callbacks").callbacks)
    assert.same({}, (server:requests()))
  end)

  it("a deletion needs an app that was used, and its address", function()
    local _, message = sandbox:control("request_deletion", with())
    assert.equal("demo_user never gave Sandbox Basic Display a permission", message)
    grant()
    _, message = sandbox:control("request_deletion", with())
    assert.equal("Sandbox Basic Display has no data deletion address", message)
    serve(wire.always { body = '{"url":"https://x/","confirmation_code":"1"}' })
    sandbox:control("remove_app", with())
    assert(sandbox:control("request_deletion", with())) -- used once
    assert.equal("sent", last().state)
  end)

  it("of a change that was taken back are not made", function()
    server = wire.start()
    server:serve(wire.always { status = 200 })
    local raw = assert(host.start { main = "spec.support.rules_taken_back" })
    local function call(name, args)
      return raw:call(('{"name":"%s","args":%s}'):format(name, args))
    end
    call("update_app", ('{"flavour":"basic_display","deauthorize_url":"%s/"}')
      :format(server.url))
    call("generate_token", '{"flavour":"basic_display","username":"demo_user"}')
    local text = call("remove_app_and_fail",
      '{"flavour":"basic_display","username":"demo_user"}')
    assert.matches("taken back", text)
    assert.equal('{"ok":{"callbacks":[]}}', call("callbacks", "{}"))
    assert.is_true(raw:settle(60))
    assert.same({}, (server:requests()))
    call("remove_app", '{"flavour":"basic_display","username":"demo_user"}')
    assert.is_true(raw:settle(60))
    assert.equal(1, #server:requests())
    raw:stop()
  end)

  it("come over HTTP too, and are listed there, newest first", function()
    serve(wire.always { body = '{"url":"https://x/","confirmation_code":"1"}' })
    grant()
    http.control(sandbox, "request_deletion", with())
    http.control(sandbox, "remove_app", with())
    assert(sandbox:settle(60))
    local list = http.get(sandbox, "/_sandbox/callbacks"):json().callbacks
    assert.equal("deauthorize", list[1].kind)
    assert.equal("deletion", list[2].kind)
    assert.equal(1, #http.get(sandbox, "/_sandbox/callbacks", "since=2"):json()
      .callbacks)
  end)

  it("of many people all arrive", function()
    serve(wire.always { status = 200 })
    for i = 1, 40 do
      local name = "person" .. i
      sandbox:control("add_user", { username = name })
      grant(name)
      sandbox:control("remove_app", with { username = name })
    end
    assert(sandbox:settle(60))
    local seen = {}
    for _, request in ipairs((server:requests())) do seen[request.body] = true end
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.equal(40, count)
    for _, row in ipairs(sandbox:control("callbacks").callbacks) do
      assert.equal("sent", row.state)
    end
  end)

  -- --- tries -------------------------------------------------------------------------

  it("that fail are tried again by the sandbox's clock, three times in all", function()
    serve(wire.always { status = 503 })
    grant()
    sandbox:control("remove_app", with())
    local row = last()
    assert.same({ "queued", 1, 503, sandbox:now() + 60 },
      { row.state, row.tries, row.status, row.next_try })
    sandbox:advance_clock(59)
    assert.equal(1, last().tries)
    sandbox:advance_clock(1)
    assert.equal(2, last().tries)
    sandbox:advance_clock(3600)
    row = last()
    assert.same({ "failed", 3, "the app answered 503" },
      { row.state, row.tries, row.problem })
    sandbox:advance_clock(90 * 86400)
    assert.equal(3, last().tries)
    local bodies = server:requests()
    assert.equal(3, #bodies)
    assert.equal(bodies[1].body, bodies[3].body) -- issued_at stays
  end)

  it("are sent again when asked to, to the address the app has now", function()
    serve(wire.always { status = 404 })
    sandbox:control("settings", { callback_tries = 1 })
    grant()
    sandbox:control("remove_app", with())
    assert.equal("failed", last().state)
    server:serve(wire.always { status = 204 })
    point_at(server.url .. "/new")
    assert(sandbox:control("retry_callback", { id = last().id }))
    local row = last()
    assert.same({ "sent", 204, 1 }, { row.state, row.status, row.tries })
    assert.equal("/new/deauthorize", server:requests()[1].target)
    local _, message = sandbox:control("retry_callback", { id = 99 })
    assert.equal("there is no callback 99", message)
  end)

  it("that were on their way when the state was put back are made anew", function()
    local listener, url = listen()
    point_at(url)
    grant()
    sandbox:snapshot()
    sandbox:control("remove_app", with())
    local late = receive(listener)
    sandbox:restore()
    answer(late, "")
    assert(sandbox:settle(60))
    assert.same({}, sandbox:control("callbacks").callbacks)
    sandbox:control("remove_app", with()) -- it has the number of the one before
    local client, _, body = receive(listener)
    assert.truthy(signed_of(body))
    assert.equal("queued", sandbox:control("callbacks").callbacks[1].state)
    answer(client, "")
    assert.equal("sent", last().state)
    listener:close()
  end)

  it("that a stopped sandbox left are sent by the next one", function()
    local path = os.tmpname()
    os.remove(path)
    sandbox:stop()
    sandbox = start_one { db = path }
    local listener, url = listen()
    point_at(url)
    grant()
    sandbox:control("remove_app", with())
    local silent = assert(listener:accept()) -- and no answer
    sandbox:stop()
    silent:close()
    sandbox = assert(start { db = path })
    assert.equal("queued", sandbox:control("callbacks").callbacks[1].state)
    local client, _, body = receive(listener)
    assert.truthy(signed_of(body))
    answer(client, "ok")
    assert.equal("sent", last().state)
    listener:close()
    os.remove(path)
    os.remove(path .. "-wal")
    os.remove(path .. "-shm")
  end)

  -- --- hostile receivers -------------------------------------------------------------

  local hostile = { -- name, script, state, pattern of the problem, settings
    { "that stalls", { { "read" }, { "hold" } }, "queued", "timed out",
      { callback_timeout = 1 } },
    { "that trickles", { { "read" }, { "send", "HTTP/1.1 200 OK\r\nX: " },
      { "drip", ("y"):rep(500), 1, 0.05 } }, "queued", "timed out",
      { callback_timeout = 1 } },
    { "that closes at once", {}, "queued", "." },
    { "that closes without an answer", { { "read" } }, "queued", "." },
    { "that resets", { { "read" }, { "reset" } }, "queued", "." },
    { "that talks no HTTP", { { "read" }, { "send", "\0\1\2garbage\r\n\r\n" } },
      "queued", "." },
    { "whose answer is cut", { { "read" },
      { "send", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{" } }, "queued", "." },
    { "with a huge answer", { { "read" }, { "send", "HTTP/1.1 200 OK\r\n\r\n" },
      { "fill", "x", 2 ^ 22 } }, "queued", "larger than 64 KiB" },
    { "with a huge head", { { "read" }, { "send", "HTTP/1.1 200 OK\r\n" },
      { "fill", "X-Pad: " .. ("x"):rep(1000) .. "\r\n", 2000 } }, "queued", "." },
    { "that redirects", wire.always { status = 302,
      headers = { { "Location", "/elsewhere" } } }, "queued",
      "answered 302: redirects are not followed" },
    { "that refuses", wire.always { status = 403 }, "queued", "answered 403" },
    { "that answers with a page", wire.always { body = "<html>ok</html>",
      type = "text/html" }, "failed", "no JSON object" },
    { "that answers with JavaScript", wire.always {
      body = "{ url: 'https://x/', confirmation_code: '1' }" }, "failed",
      "no JSON object: " },
    { "that answers with nothing", wire.always { body = "" }, "failed",
      "no JSON object" },
    { "that answers with a list", wire.always { body = "[1]" }, "failed",
      "no plain text as 'url'" },
    { "that forgets the code", wire.always { body = '{"url":"https://x/"}' }, "failed",
      "no plain text as 'confirmation_code'" },
    { "with a number as code", wire.always {
      body = '{"url":"https://x/","confirmation_code":1}' }, "failed",
      "no plain text as 'confirmation_code'" },
    { "with an address that is none", wire.always {
      body = '{"url":"javascript:alert(1)","confirmation_code":"1"}' }, "failed",
      "no http%(s%) address" },
    { "with a code of control characters", wire.always {
      body = '{"url":"https://x/","confirmation_code":"a\\u0000b"}' }, "failed",
      "no plain text as 'confirmation_code'" },
    { "with a code that is no UTF-8", wire.always {
      body = '{"url":"https://x/","confirmation_code":"a\255b"}' }, "failed", "." },
    { "with an endless code", wire.always { body = '{"url":"https://x/",'
      .. '"confirmation_code":"' .. ("c"):rep(60000) .. '"}' }, "failed",
      "no plain text as 'confirmation_code'" },
    { "that nests without end", wire.always { body = ("["):rep(60000) }, "failed",
      "nested too deep" },
    { "with bytes that are no text", wire.always { body = "{\"url\":\"\255\254\0" },
      "failed", "no JSON object" },
  }

  for _, case in ipairs(hostile) do
    it("bear a receiver " .. case[1], function()
      serve(case[2])
      if case[5] then sandbox:control("settings", case[5]) end
      grant()
      assert(sandbox:control("request_deletion", with()))
      local row = last()
      assert.equal(case[3], row.state)
      assert.matches(case[4], row.problem)
      for _, request in ipairs((server:requests())) do
        assert.equal("/deletion", request.target) -- nothing was followed
      end
    end)
  end

  it("take any good answer to deauthorize", function()
    serve(wire.always { body = "<p>fine", type = "text/html" })
    grant()
    sandbox:control("remove_app", with())
    assert.equal("sent", last().state)
  end)

  it("say so when nobody listens", function()
    local listener, url = listen()
    listener:close()
    point_at(url)
    grant()
    sandbox:control("remove_app", with())
    local row = last()
    assert.equal("queued", row.state)
    assert.is_nil(row.status)
    assert.matches("connect", row.problem:lower())
  end)

  it("refuse a certificate nobody vouches for, unless told otherwise", function()
    local other = start_one() -- speaks TLS with a certificate of its own authority
    point_at((other.url:gsub("^http:", "https:")))
    grant()
    sandbox:control("request_deletion", with())
    local row = last()
    assert.equal("queued", row.state)
    assert.is_nil(row.status)
    assert.matches("certificate", row.problem:lower())
    assert.same({}, other:requests())
    sandbox:control("settings", { callback_verify = false })
    sandbox:control("retry_callback", { id = row.id })
    row = last()
    assert.is_number(row.status)
    assert.matches("the app answered " .. row.status, row.problem, 1, true)
    assert.equal("/deletion", other:requests()[1].path)
    assert.equal("signed_request", other:requests()[1].form[1][1])
    other:stop()
  end)

  it("keep nobody waiting behind one that stalls", function()
    local listener, url = listen()
    server = wire.start()
    server:serve(wire.always { status = 200 })
    point_at(url) -- accepts in the kernel alone, never answers
    sandbox:control("settings", { callback_timeout = 600 })
    grant()
    sandbox:control("remove_app", with())
    point_at(server.url)
    grant "second_user"
    sandbox:control("remove_app", with { username = "second_user" })
    process.wait_until("the second one is sent", 30, function()
      return sandbox:control("callbacks").callbacks[1].state == "sent"
    end)
    local stalled = sandbox:control("callbacks").callbacks[2]
    assert.same({ "queued", 0 }, { stalled.state, stalled.tries })
    assert.is_false(sandbox:settle(0))
    listener:close()
  end)

  it("end with the sandbox, in the middle of one", function()
    serve { { "read" }, { "hold" } }
    sandbox:control("settings", { callback_timeout = 600 })
    for _, name in ipairs { "demo_user", "second_user" } do
      grant(name)
      sandbox:control("remove_app", with { username = name })
    end
    calls.sleep(0.05)
    local began = socket.gettime()
    sandbox:stop()
    assert.is_true(socket.gettime() - began < 20)
  end)

  it("end with the sandbox before they began", function()
    serve(wire.always { status = 200 })
    for _ = 1, 10 do
      local other = start_one()
      other:control("update_app", { flavour = "basic_display",
        deauthorize_url = server.url })
      other:generate_token("demo_user", "basic_display")
      other:control("remove_app", with())
      other:stop()
    end
  end)

  it("leave a forked child alone", function()
    local folder = calls.folder()
    local problem = calls.build_forker(folder)
    if problem then return pending("no compiler: " .. problem) end
    server = wire.start()
    server:serve { { "read" }, { "wait", 0.5 },
      { "send", wire.answer { status = 200 } } }
    -- What the child leaves of the parent's is no leak.
    local out, number = calls.child([[
      local url, folder = ...
      package.cpath = folder .. "/?.so;" .. package.cpath
      local forker = require "forker"
      io.stdout:setvbuf "no"
      local sandbox = assert(require("instagram.sandbox").start { data = "empty" })
      sandbox:control("add_user", { username = "anna" })
      sandbox:control("update_app", { flavour = "basic_display",
        deauthorize_url = url })
      sandbox:generate_token("anna", "basic_display")
      sandbox:control("remove_app", { username = "anna", flavour = "basic_display" })
      local child = forker.fork()
      if child == 0 then
        print((select(2, pcall(sandbox.settle, sandbox, 1))))
        return -- and all is collected
      end
      print("child", forker.wait(child))
      print(sandbox:settle(60), sandbox:control("callbacks").callbacks[1].state)
    ]], { before = "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0" },
      server.url, folder)
    calls.remove(folder)
    assert.equal(0, number, out)
    assert.matches("fork.*\nchild\t0\ntrue\tsent\n$", out)
  end)

  it("refuse addresses that are none", function()
    for _, address in ipairs { "ftp://x/", "javascript:alert(1)", "https://x/#y",
      "http://a b/", "file:///etc/passwd" } do
      local _, message = sandbox:control("update_app", { deauthorize_url = address })
      assert.matches("^deauthorize_url: an address .* expected$", message)
    end
  end)
end)
