-- What a store that cannot be written does to what was found out: it is used, told when
-- it is saved, and asked for no more than once.
local core = require "instagram.core"
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"

local DAY = 86400

describe("accounts whose store cannot be written", function()
  local sandbox, accounts, store, broken, events, id

  local function log_in()
    local url, ticket = accounts:begin_login {}
    return assert(accounts:finish_login(
      assert(sandbox:authorize { user = "demo_user", url = url }), ticket))
  end

  local function count(kind)
    local found = 0
    for _, event in ipairs(events) do
      if event.kind == kind then found = found + 1 end
    end
    return found
  end

  local function calls_to(path)
    local found = 0
    for _, entry in ipairs(sandbox:requests()) do
      if entry.path:find(path, 1, true) then found = found + 1 end
    end
    return found
  end

  local function run_job()
    for each, result in accounts:refresh_due {} do
      if each == id then return result end
    end
  end

  before_each(function()
    sandbox = assert(sandboxes.start {})
    events, store, broken = {}, instagram.store.memory(), false
    local swap = store.swap
    store.swap = function(...)
      if not broken then return swap(...) end
      local err = core.error("store", "read only")
      return nil, tostring(err), err
    end
    local credentials = sandbox:credentials "basic_display"
    credentials.log = function(event) events[#events + 1] = event end
    accounts = assert(instagram.app(credentials):accounts { store = store,
      keys = { instagram.new_key() } })
    id = log_in().me_id
  end)

  after_each(function() sandbox:stop() end)

  it("say that a token lives again when that is saved", function()
    sandbox:fault { kind = "status", status = 400, error = "invalid_token" }
    assert.is_nil(accounts:client(id):me())
    sandbox:clear_faults()
    sandbox:advance_clock(21 * 3600)
    broken = true
    sandbox:clear_requests()
    for _ = 1, 3 do assert.equal("demo_user", accounts:client(id):me().username) end
    assert.equal(4, calls_to "/me") -- one was the question
    local result = run_job()
    assert.equal("store", result.err.kind)
    assert.equal(0, count "alive")
    assert.is_true(count "unsaved" > 0)
    broken = false
    sandbox:advance_clock(3600)
    assert.equal("demo_user", accounts:client(id):me().username)
    assert.equal(1, count "alive")
    assert.is_nil(run_job())
    for _, info in accounts:each() do assert.is_nil(info.dead) end
  end)

  it("say that a token is dead when that is saved", function()
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
    broken = true
    sandbox:clear_requests()
    for _ = 1, 3 do
      local me, _, err = accounts:client(id):me()
      assert.is_nil(me)
      assert.equal("token", err.kind)
    end
    assert.equal(2, calls_to "/me") -- the call, and whether it is really dead
    assert.equal("store", run_job().err.kind)
    assert.equal(0, count "dead")
    broken = false
    sandbox:advance_clock(3600)
    assert.equal("token", run_job().err.kind)
    assert.equal(1, count "dead")
    for _, info in accounts:each() do assert.is_string(info.dead) end
  end)

  it("save a new token as soon as they can, also under the app's limit", function()
    sandbox:advance_clock(31 * DAY)
    broken = true
    assert.equal("demo_user", accounts:client(id):me().username)
    assert.equal(1, calls_to "/refresh_access_token")
    local key = accounts:key("account", id)
    local before = store:get(key)
    broken = false
    accounts.keeper.troubles:note_limit(core.error("rate_limit", "reached"))
    assert.equal("demo_user", accounts:client(id):me().username)
    assert.equal(1, calls_to "/refresh_access_token")
    assert.not_equal(before, store:get(key))
    assert.equal(1, count "refresh")
    assert.is_nil(run_job())
  end)

  it("keep a token that a client uses open", function()
    sandbox:advance_clock(31 * DAY)
    broken = true
    local client = accounts:client(id)
    assert.equal("store", run_job().err.kind)
    local other = accounts:client(id)
    assert.equal("demo_user", client:me().username)
    broken = false
    sandbox:advance_clock(3600)
    assert.is_true(run_job().refreshed)
    assert.equal("demo_user", other:me().username)
    assert.equal("demo_user", accounts:client(id):me().username)
  end)
end)
