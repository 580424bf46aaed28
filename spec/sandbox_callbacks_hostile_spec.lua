-- Callbacks of the sandbox to receivers that mean no good or are not there, at the end
-- of the sandbox, in a forked process.
local calls = require "spec.support.calls"
local callbacks = require "spec.support.callbacks"
local process = require "spec.support.process"
local socket = require "socket"
local wire = require "spec.support.wire"

local with, listen = callbacks.with, callbacks.listen

describe("the sandbox's callbacks", function()
  local sandbox, server

  before_each(function() sandbox = callbacks.start() end)
  after_each(function()
    sandbox:stop()
    if server then server:stop() end
    server = nil
  end)

  local function point_at(url) return callbacks.point_at(sandbox, url) end

  local function grant(username) return callbacks.grant(sandbox, username) end

  local function last() return callbacks.last(sandbox) end

  local function serve(script)
    server = wire.start()
    server:serve(script)
    point_at(server.url)
    return server
  end
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
    -- it speaks TLS with a certificate of its own authority
    local other = callbacks.start()
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
      local other = callbacks.start()
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
