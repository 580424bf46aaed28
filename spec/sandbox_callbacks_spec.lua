-- Deauthorize and data deletion callbacks of the sandbox: received on a socket and
-- verified by our own client; when they are sent, and tried again by the clock.
local callbacks = require "spec.support.callbacks"
local host = require "instagram.sandbox.host"
local http = require "spec.support.sandbox_http"
local instagram = require "instagram"
local start = require("instagram.sandbox").start
local support = require "spec.support.sandbox"
local wire = require "spec.support.wire"

local with, listen, receive, answer = callbacks.with, callbacks.listen,
  callbacks.receive, callbacks.answer
local signed_of, header_of, unbase64url = callbacks.signed_of, callbacks.header_of,
  callbacks.unbase64url

local BASIC = { flavour = "basic_display" }

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
    sandbox = callbacks.start { db = path }
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
end)
