-- Meta's callbacks: signed_request against a table of hostile texts, deauthorize, data
-- deletion. Signatures are made here by openssl, not by what is tested.
local instagram = require "instagram"
local signed_requests = require "spec.support.signed"

local SECRET = "c85e17b2f04d49a3916be3d7a02c68f4"

local function sign(payload, secret)
  return signed_requests.sign(payload, secret or SECRET)
end

local NOW = 1700000000

local function payload(changes)
  local members = { user_id = '"8598030205304480"', algorithm = '"HMAC-SHA256"',
    issued_at = tostring(NOW - 10) }
  for name, value in pairs(changes or {}) do members[name] = value or nil end
  local parts = {}
  for name, value in pairs(members) do
    if value then parts[#parts + 1] = ('"%s":%s'):format(name, value) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

describe("a signed request", function()
  local app

  setup(function()
    app = instagram.app { client_id = "1", client_secret = SECRET,
      redirect_uri = "https://x/", now = function() return NOW end }
  end)

  it("of Meta's is read", function()
    local got = assert(app:read_signed_request(sign(payload())))
    assert.equal("8598030205304480", got.user_id)
    assert.equal(NOW - 10, got.issued_at)
  end)

  it("with an expires member is read too", function()
    assert(app:read_signed_request(sign(payload { expires = tostring(NOW + 60) })))
  end)

  local good = sign(payload())
  local dot = good:find(".", 1, true)

  local hostile = {
    ["nothing"] = "",
    ["no dot"] = (good:gsub("%.", "")),
    ["only a dot"] = ".",
    ["no signature"] = good:sub(dot),
    ["no payload"] = good:sub(1, dot),
    ["two dots"] = good .. ".x",
    ["another secret"] = sign(payload(), "00000000000000000000000000000000"),
    ["another algorithm"] = sign(payload { algorithm = '"HMAC-SHA1"' }),
    ["algorithm none"] = sign(payload { algorithm = '"none"' }),
    ["no algorithm"] = sign(payload { algorithm = false }),
    ["algorithm in a list"] = sign(payload { algorithm = '["HMAC-SHA256"]' }),
    ["old"] = sign(payload { issued_at = tostring(NOW - 100000) }),
    ["of the future"] = sign(payload { issued_at = tostring(NOW + 100000) }),
    ["without a time"] = sign(payload { issued_at = false }),
    ["expired"] = sign(payload { expires = tostring(NOW - 1) }),
    ["padded"] = good .. "=",
    ["with a blank"] = " " .. good,
    ["huge"] = sign("x") .. ("A"):rep(100000),
    ["no JSON"] = sign("hello"),
    ["a list"] = sign("[1]"),
    ["a zero byte"] = good .. "\0",
    ["percent-encoded"] = (good:gsub("%.", "%%2E")),
  }

  for name, text in pairs(hostile) do
    it("that is hostile is refused: " .. name, function()
      local got, message, err = app:read_signed_request(text)
      assert.is_nil(got)
      assert.equal("signature", err.kind)
      assert.not_matches(SECRET, message, 1, true)
    end)
  end

  it("at a wrong time is told apart from one that is not Meta's", function()
    for _, name in ipairs { "old", "of the future", "expired" } do
      local _, _, err = app:read_signed_request(hostile[name])
      assert.matches("clock", err.advice, 1, true)
    end
    local _, _, err = app:read_signed_request(hostile["another secret"])
    assert.matches("not Meta's", err.advice, 1, true)
  end)

  it("with any bit flipped is refused", function()
    for at = 1, #good, 3 do
      local byte = good:byte(at)
      local other = string.char(byte == 65 and 66 or 65)
      if at ~= dot then
        local flipped = good:sub(1, at - 1) .. other .. good:sub(at + 1)
        assert.is_nil((app:read_signed_request(flipped)))
      end
    end
  end)

  it("that is no text is misuse", function()
    assert.error_matches(function() app:read_signed_request(nil) end, "text")
    assert.error_matches(function() app:read_signed_request {} end, "text")
  end)
end)

describe("Meta's callbacks", function()
  local sandbox, app, accounts, id

  before_each(function()
    sandbox = assert(require("instagram.sandbox").start {})
    app = instagram.app(sandbox:credentials "instagram_login")
    accounts = assert(app:accounts { store = instagram.store.memory(),
      keys = { instagram.new_key() } })
    id = assert(accounts:add(app:token {
      secret = sandbox:generate_token "demo_user" }))
  end)

  after_each(function() sandbox:stop() end)

  local function signed()
    return sign(('{"user_id":"%s","algorithm":"HMAC-SHA256","issued_at":%d}'):format(id,
      app:now()), sandbox:credentials("instagram_login").client_secret)
  end

  local function remove_app()
    assert(sandbox:control("remove_app", { username = "demo_user",
      flavour = "instagram_login" }))
  end

  local function log_in()
    local url, ticket = accounts:begin_login {}
    return assert(accounts:finish_login(assert(sandbox:authorize { user = "demo_user",
      url = url }), ticket))
  end

  local function is_known()
    local client, _, err = accounts:client(id)
    assert(client or err.kind == "not_found")
    return client ~= nil
  end

  it("deauthorize forgets the account", function()
    remove_app()
    assert.equal(id, accounts:deauthorized(signed()))
    assert.is_false(is_known())
  end)

  it("deauthorize forgets without a call when the login was before", function()
    sandbox:advance_clock(301)
    sandbox:clear_requests()
    assert.equal(id, accounts:deauthorized(signed()))
    assert.is_false(is_known())
    assert.equal(0, #sandbox:requests())
    assert.equal(id, accounts:deauthorized(signed())) -- once more is no failure
  end)

  for _, minutes in ipairs { 0, 2, 50 } do
    it(("deauthorize that comes %d minutes late, after a new login, takes nothing away")
      :format(minutes), function()
      sandbox:advance_clock(3600)
      remove_app()
      local late = signed()
      sandbox:advance_clock(minutes * 60)
      local client = log_in()
      assert.is_false((accounts:deauthorized(late)))
      assert.equal("demo_user", client:me().username)
      assert.is_true(is_known())
    end)
  end

  -- What somebody does while Instagram is asked whether a token works.
  local function while_asked(work)
    local call = require "instagram.call"
    local run = call.run
    call.run = function(of, method, path, ...)
      local answer, message, err = run(of, method, path, ...)
      if path == "/me" and work then
        local now = work
        work = nil -- a login asks as well
        work = now() and now or nil
      end
      return answer, message, err
    end
    finally(function() call.run = run end) -- luacheck: ignore
  end

  it("deauthorize takes no login away that is made while it asks", function()
    remove_app()
    local client
    while_asked(function() client = log_in() end)
    assert.is_false((accounts:deauthorized(signed())))
    assert.equal("demo_user", client:me().username)
    assert.is_true(is_known())
  end)

  it("deauthorize of somebody who comes and goes all the time gives up", function()
    remove_app()
    local times = 0
    while_asked(function()
      log_in()
      remove_app()
      times = times + 1
      return true
    end)
    local got, message, err = accounts:deauthorized(signed())
    assert.is_nil(got)
    assert.equal("store", err.kind)
    assert.matches(id, message, 1, true)
    assert.equal(3, times)
    assert.is_true(is_known())
  end)

  it("deauthorize of a clock that is behind ours forgets", function()
    local signed_before = signed()
    sandbox:advance_clock(120)
    log_in() -- by the clocks, after the signature; in truth, before the removal
    remove_app()
    assert.equal(id, accounts:deauthorized(signed_before))
    assert.is_false(is_known())
  end)

  it("deauthorize that cannot be judged now changes nothing and says so", function()
    sandbox:fault { on = "/me", kind = "status", status = 503 }
    local got, _, err = accounts:deauthorized(signed())
    assert.is_nil(got)
    assert.equal("transient", err.kind)
    assert.is_true(is_known())
  end)

  it("deletion after a new login deletes all the same", function()
    local late = signed()
    sandbox:advance_clock(600)
    log_in()
    assert(accounts:deletion_request(late, { url = "https://example.com/?id=%s" }))
    assert.is_false(is_known())
  end)

  it("deauthorize with a forged request changes nothing", function()
    local got, _, err = accounts:deauthorized((signed():gsub("^.",
      function(char) return char == "x" and "y" or "x" end)))
    assert.is_nil(got)
    assert.equal("signature", err.kind)
    assert.truthy(accounts:client(id))
  end)

  it("deletion answers with an address and a code, and keeps the status", function()
    local answer = assert(accounts:deletion_request(signed(),
      { url = "https://example.com/deletion?id=%s" }))
    assert.equal("https://example.com/deletion?id=" .. answer.confirmation_code,
      answer.url)
    local _, _, err = accounts:client(id)
    assert.equal("not_found", err.kind)
    local status = assert(accounts:deletion_status(answer.confirmation_code))
    assert.equal("deleted", status.status)
    assert.equal(app:now(), status.at)
    assert.is_false(accounts:deletion_status "no-such-code")
    assert.is_false(accounts:deletion_status("../../etc/passwd"))
  end)
end)
