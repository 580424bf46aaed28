-- What somebody must learn of in time: records that cannot be read, dead accounts,
-- limits; and what comes back by itself.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"

local DAY = 86400
local INVALID = { kind = "status", status = 400, error = "invalid_token" }

describe("accounts tell", function()
  local sandbox, app, accounts, store, keys, events

  local function open()
    local credentials = sandbox:credentials "basic_display"
    credentials.log = function(event) events[#events + 1] = event end
    app = instagram.app(credentials)
    return assert(app:accounts { store = store, keys = keys })
  end

  local function log_in(user)
    local url, ticket = accounts:begin_login {}
    return assert(accounts:finish_login(
      assert(sandbox:authorize { user = user or "demo_user", url = url }), ticket))
  end

  local function told(kind, problem)
    local found = {}
    for _, event in ipairs(events) do
      if event.kind == kind and event.error == problem then
        found[#found + 1] = event
      end
    end
    return found
  end

  local function refresh_all(of)
    local results, count = {}, 0
    for id, result in (of or accounts):refresh_due {} do
      results[id], count = result, count + 1
    end
    return results, count
  end

  local function no_calls()
    assert.equal(0, #sandbox:requests())
  end

  local function kill(user)
    sandbox:control("update_user", { username = user or "demo_user",
      password_changed = true })
  end

  before_each(function()
    sandbox = assert(sandboxes.start {})
    events, store, keys = {}, instagram.store.memory(), { instagram.new_key() }
    accounts = open()
  end)

  after_each(function() sandbox:stop() end)

  -- --- what cannot be read ----------------------------------------------------------

  local broken = {
    sealed = function(id)
      local key = accounts:key("account", id)
      store:put(key, store:get(key):sub(1, -9))
    end,
    store = function()
      store.get = function()
        local err = core.error("store", "away")
        return nil, tostring(err), err
      end
    end,
  }

  for kind, shatter in pairs(broken) do
    it(("of a token that will die since its record cannot be read (%s)"):format(kind),
      function()
        local client = log_in()
        sandbox:advance_clock(31 * DAY)
        shatter(client.me_id)
        for _ = 1, 6 do assert.equal("demo_user", client:me().username) end
        local said = told("refresh", kind)
        assert.equal(2, #said) -- then there are pauses
        assert.equal(client.me_id, said[1].account)
        assert.is_true(#said[1].advice > 10)
        assert.is_true(said[1].expires_at > sandbox:now())
        sandbox:advance_clock(2 * 3600)
        assert.equal("demo_user", client:me().username)
        assert.equal(3, #told("refresh", kind))
        sandbox:advance_clock(40 * DAY)
        local me, _, err = client:me()
        assert.is_nil(me)
        assert.equal(kind, err.kind)
      end)
  end

  it("a cron job of a record that does not open, and a lock that cannot be had",
    function()
      local id = log_in().me_id
      sandbox:advance_clock(31 * DAY)
      store.lock = function()
        local err = core.error("store", "no locks")
        return nil, tostring(err), err
      end
      assert.equal("store", refresh_all()[id].err.kind)
      assert.equal(1, #told("refresh", "store"))
      broken.sealed(id)
      assert.equal("sealed", refresh_all()[id].err.kind)
      assert.equal(1, #told("refresh", "sealed"))
    end)

  -- --- the dead ---------------------------------------------------------------------

  it("a cron job of who is dead, at each run, without a call", function()
    local client = log_in()
    kill()
    assert.is_nil(client:me()) -- found out by somebody else
    sandbox:clear_requests()
    for _ = 1, 2 do
      local result = refresh_all(open())[client.me_id]
      assert.is_false(result.refreshed)
      assert.equal("token", result.err.kind)
      assert.matches("log in again", result.err.advice)
      no_calls()
    end
    sandbox:advance_clock(100 * DAY) -- over for good
    assert.equal("token", refresh_all(open())[client.me_id].err.kind)
    no_calls()
    log_in()
    assert.same({}, (refresh_all()))
  end)

  it("examples/cron.lua of them, which then ends with 1", function()
    local folder = calls.folder()
    finally(function() calls.remove(folder) end) -- luacheck: ignore
    local process = require "spec.support.process"
    store = assert(instagram.store.file(folder .. "/tokens"))
    keys = nil
    accounts = open()
    local client = log_in()
    kill()
    assert.is_nil(client:me())
    calls.write(folder .. "/secret", sandbox:credentials("basic_display").client_secret)
    local options = sandbox:credentials "basic_display"
    calls.write(folder .. "/options.lua", ([[
      return { secret = %q, store = %q, app = { flavour = "basic_display",
        client_id = %q, redirect_uri = %q, base_url = %q,
        now = function() return %.0f end } }
    ]]):format(folder .. "/secret", folder .. "/tokens", options.client_id,
      options.redirect_uri, options.base_url, sandbox:now()))
    local run = process.script("examples/cron.lua", folder .. "/options.lua")
    for _ = 1, 2 do
      local said, code = process.output(run .. " 2>&1")
      assert.equal(1, code, said)
      assert.matches(client.me_id .. ": token: [^\n]+\n  [^\n]+log in again", said)
    end
  end)

  it("that a bad minute of Instagram's is over: nobody stays dead", function()
    local client, other = log_in "demo_user", log_in "second_user"
    sandbox:advance_clock(31 * DAY)
    sandbox:fault(INVALID)
    local results = refresh_all()
    assert.equal("token", results[client.me_id].err.kind)
    assert.is_nil(other:me())
    for _, info in accounts:each() do assert.is_string(info.dead) end
    sandbox:clear_faults {}
    sandbox:clear_requests()
    sandbox:advance_clock(3600)
    refresh_all()
    assert.is_nil(client:me())
    no_calls() -- not yet
    sandbox:advance_clock(DAY - 3600 - 60) -- a daily job comes when it comes
    assert.is_true(refresh_all(open())[client.me_id].refreshed)
    assert.equal("demo_user", client:me().username)
    assert.equal("second_user", other:me().username)
    for _, info in accounts:each() do assert.is_nil(info.dead) end
    assert.equal(2, #told("alive"))
  end)

  it("a client that its token lives again, and asks once a day", function()
    local client = log_in()
    sandbox:fault(INVALID)
    assert.is_nil(client:me())
    for _ = 1, 3 do
      sandbox:advance_clock(DAY)
      sandbox:clear_requests()
      for _ = 1, 3 do
        local me, _, err = client:me()
        assert.is_nil(me)
        assert.equal("token", err.kind)
      end
      assert.equal(1, #sandbox:requests())
    end
    sandbox:clear_faults {}
    sandbox:advance_clock(DAY)
    assert.equal("demo_user", client:me().username)
    assert.equal(1, #told("dead", "token"))
    assert.equal(1, #told("alive"))
  end)

  -- --- limits -----------------------------------------------------------------------

  it("the rest of a run that the app's limit is reached, without a call", function()
    for i = 1, 6 do
      local user = "person" .. i
      sandbox:control("add_user", { username = user, account_type = "PERSONAL",
        tester = true })
      log_in(user)
    end
    local dying = log_in()
    kill()
    assert.is_nil(dying:me())
    sandbox:advance_clock(31 * DAY)
    accounts = open()
    sandbox:fault { kind = "status", status = 403, error = "app_limit" }
    sandbox:clear_requests()
    local count = 0
    for id, result in accounts:refresh_due { concurrency = 1 } do
      assert.equal(id == dying.me_id and "token" or "rate_limit", result.err.kind)
      count = count + 1
    end
    assert.equal(7, count)
    assert.equal(1, #sandbox:requests())
    sandbox:clear_faults {}
    sandbox:advance_clock(2 * 3600)
    for id, result in accounts:refresh_due {} do
      assert.equal(id ~= dying.me_id, result.refreshed)
    end
  end)

  -- --- the forgotten ----------------------------------------------------------------

  it("clients that are there that their account was forgotten", function()
    local client = log_in()
    local id, other = client.me_id, log_in "second_user"
    assert(accounts:forget(id))
    sandbox:clear_requests()
    for _ = 1, 2 do
      local me, _, err = client:me()
      assert.is_nil(me)
      assert.equal("not_found", err.kind)
    end
    no_calls()
    assert.equal("second_user", other:me().username)
    log_in()
    assert.equal("demo_user", client:me().username)
  end)
end)
