-- Accounts in trouble: processes that die in the middle, clocks that are wrong, stores
-- that fail, refreshes that outlive their lock, grants that end, very many logins.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local instagram = require "instagram"
local life = require "spec.support.life"
local process = require "spec.support.process"
local sandboxes = require "instagram.sandbox"

local DAY = 86400
local LOGINS = tonumber(os.getenv "LIFE_LOGINS") or 100

describe("accounts in trouble", function()
  local folder, place, sandbox, events

  local function open(changes)
    changes = changes or {}
    return life.open(folder, "file", place, function()
      return sandbox:now() + (changes.skew or 0)
    end, changes.log or function(event) events[#events + 1] = event end)
  end

  local function count_events(kind)
    local count = 0
    for _, event in ipairs(events) do
      if event.kind == kind then count = count + 1 end
    end
    return count
  end

  local function calls_to(path)
    local count = 0
    for _, entry in ipairs(sandbox:requests()) do
      if entry.path:find(path, 1, true) then count = count + 1 end
    end
    return count
  end

  local function begin(accounts, user)
    local url, ticket = accounts:begin_login {}
    return assert(sandbox:authorize { user = user or "demo_user", url = url }), ticket
  end

  local function log_in(accounts, user)
    return assert(accounts:finish_login(begin(accounts, user)))
  end

  -- A store in front of another; methods may be replaced.
  local function in_front(store)
    return setmetatable({}, { __index = function(_, name)
      return function(_, ...) return store[name](store, ...) end
    end })
  end

  local function refresh_all(accounts)
    local results = {}
    for id, result in accounts:refresh_due {} do results[id] = result end
    return results
  end

  before_each(function()
    folder = calls.folder()
    place = folder .. "/tokens"
    sandbox = assert(sandboxes.start {})
    events = {}
    life.prepare(folder, sandbox:credentials "basic_display")
  end)

  after_each(function()
    process.stop_all()
    sandbox:stop()
    calls.remove(folder)
  end)

  -- --- processes --------------------------------------------------------------------

  local function start_finishing(i)
    return process.start(process.script("spec/support/life_finish.lua", folder, place,
      ("%.0f"):format(sandbox:now())), folder .. "/out" .. i)
  end

  local function wait_for(pid)
    process.wait_until("a login ends", 120, function()
      return not process.is_running(pid)
    end)
  end

  local function bring(redirect, ticket)
    calls.write(folder .. "/redirect", redirect)
    calls.write(folder .. "/ticket", ticket)
  end

  it("one login that five processes finish at once is one account", function()
    bring(begin((open())))
    local pids = {}
    for i = 1, 5 do pids[i] = start_finishing(i) end
    for i = 1, 5 do wait_for(pids[i]) end
    local first = calls.read(folder .. "/out1")
    assert.matches("^%d+\n$", first)
    for i = 2, 5 do assert.equal(first, calls.read(folder .. "/out" .. i)) end
    assert.equal(1, calls_to "/oauth/access_token")
    assert.equal(1, calls_to "/me")
  end)

  it("a login killed between exchange and save says so the next time", function()
    local accounts = open()
    local redirect, ticket = begin(accounts)
    bring(redirect, ticket)
    sandbox:fault { on = "/me", kind = "delay", delay = 60, times = 1 }
    life.shorten_locks(folder, true)
    local pid = start_finishing(1)
    process.wait_until("the token is there", 60, function()
      return calls_to "/me" > 0
    end)
    process.stop(pid, "KILL")
    local client, message, err = accounts:finish_login(redirect, ticket)
    assert.is_nil(client)
    assert.equal("spent", err.kind)
    assert.matches("cut in the middle", message)
    assert.matches("start the login anew", err.advice)
    assert.equal("demo_user", log_in(accounts):me().username)
  end)

  it("a login that met a bad minute goes on with the same redirect", function()
    local accounts = open()
    local redirect, ticket = begin(accounts)
    sandbox:fault { on = "/me", kind = "status", status = 503, times = 4 }
    local client, _, err = accounts:finish_login(redirect, ticket)
    assert.is_nil(client)
    assert.equal("transient", err.kind)
    sandbox:clear_faults()
    client = assert(open():finish_login(redirect, ticket))
    assert.equal("demo_user", client:me().username)
    assert.equal(1, calls_to "/oauth/access_token")
  end)

  -- --- clocks -----------------------------------------------------------------------

  it("a clock that was years ahead loses nothing", function()
    local wrong = open { skew = 1000 * DAY }
    local id = log_in(wrong).me_id
    local right = open()
    assert(assert(right:client(id)):me()) -- asks: its life cannot be so long
    sandbox:advance_clock(40 * DAY)
    assert.is_true(refresh_all(right)[id].refreshed)
    sandbox:advance_clock(40 * DAY)
    assert(assert(right:client(id)):me())
  end)

  it("a clock that was years behind loses nothing", function()
    local wrong = open { skew = -1000 * DAY }
    local id = log_in(wrong).me_id
    local right = open()
    sandbox:advance_clock(2 * DAY)
    assert(assert(right:client(id)):me())
    for _, info in right:each() do
      assert.is_nil(info.dead)
      assert.is_true(info.expires_at > sandbox:now() + 59 * DAY)
    end
  end)

  it("a pasted token whose life was learned by a clock that was ahead", function()
    local secret = sandbox:generate_token("second_user", "basic_display")
    sandbox:advance_clock(2 * DAY)
    local wrong, app = open { skew = 1000 * DAY }
    local id = assert(wrong:add(app:token { secret = secret }))
    assert(wrong:client(id):me())
    local right = open()
    refresh_all(right)
    for _, info in right:each() do
      assert.is_true(info.expires_at < sandbox:now() + 61 * DAY)
    end
  end)

  it("processes whose clocks differ refresh once", function()
    local early, late = open { skew = 3600 }, open { skew = -3600 }
    local id = log_in(late).me_id
    sandbox:advance_clock(30 * DAY)
    assert.is_true(refresh_all(early)[id].refreshed)
    assert.is_nil(refresh_all(late)[id])
    assert.equal(1, calls_to "/refresh_access_token")
  end)

  -- --- stores and locks -------------------------------------------------------------

  it("a store that fails in the middle of a refresh loses no token", function()
    local accounts = open()
    local client = log_in(accounts)
    local id, working = client.me_id, accounts.store
    sandbox:advance_clock(31 * DAY)
    local broken = in_front(working)
    broken.swap = function()
      local err = core.error("store", "the disk is full")
      return nil, tostring(err), err
    end
    accounts.store = broken
    local result = refresh_all(accounts)[id]
    assert.equal("store", result.err.kind)
    assert.is_false(result.refreshed)
    assert.equal(1, count_events "unsaved")
    assert.equal("demo_user", client:me().username) -- works, and is refreshed in memory
    assert.equal(2, calls_to "/refresh_access_token")
    accounts.store = working
    sandbox:advance_clock(60) -- the pause after two failures
    assert.equal("demo_user", client:me().username)
    assert.equal(2, calls_to "/refresh_access_token") -- saved, not refreshed again
    for _, info in open():each() do
      assert.is_true(info.expires_at > sandbox:now() + 59 * DAY)
    end
  end)

  it("a store that fails for a moment is asked again", function()
    local accounts = open()
    local id = log_in(accounts).me_id
    sandbox:advance_clock(31 * DAY)
    local working, failures = accounts.store, 0
    local shaky = in_front(working)
    shaky.swap = function(_, ...)
      failures = failures + 1
      if failures > 2 then return working:swap(...) end
      local err = core.error("store", "away")
      return nil, tostring(err), err
    end
    accounts.store = shaky
    assert.is_true(refresh_all(accounts)[id].refreshed)
    assert.equal(0, count_events "unsaved")
  end)

  it("a refresh that outlives its lock cannot write over the next", function()
    local accounts = open()
    local working, monotonic, is_late, has_written = accounts.store, core.monotonic
    local id = log_in(accounts).me_id
    sandbox:advance_clock(31 * DAY)
    accounts.store = in_front(working)
    accounts.store.swap = function(_, ...)
      is_late = true
      while not has_written do instagram.sleep(0.01) end
      return working:swap(...)
    end
    finally(function() core.monotonic = monotonic end) -- luacheck: ignore
    local slow = instagram.spawn(function() return accounts:client(id):me() end)
    local fast = instagram.spawn(function()
      while not is_late do instagram.sleep(0.01) end
      core.monotonic = function() return monotonic() + 61 end -- luacheck: ignore
      local me = open():client(id):me()
      has_written = true
      return me
    end)
    assert.equal("demo_user", fast:wait().username)
    local key = accounts:key("account", id)
    local written = working:get(key)
    assert.equal("demo_user", slow:wait().username)
    assert.equal(2, calls_to "/refresh_access_token")
    assert.equal(written, working:get(key))
    assert.equal("demo_user", open():client(id):me().username)
  end)

  it("a token that works is used while another is at it, one that is over waits",
    function()
      local id = log_in((open())).me_id
      sandbox:advance_clock(2 * DAY)
      local accounts = open { skew = 40 * DAY }
      local lock = accounts:lock(accounts:key("account", id))
      assert.equal("demo_user", accounts:client(id):me().username)
      assert.equal(0, calls_to "/refresh_access_token")
      local late = open { skew = 70 * DAY }
      local waiting = instagram.spawn(function() return late:client(id):me() end)
      local before
      instagram.spawn(function()
        instagram.sleep(0.25)
        before = calls_to "/refresh_access_token"
        lock:release()
      end)
      assert.equal("demo_user", waiting:wait().username)
      assert.equal(0, before)
      assert.equal(1, calls_to "/refresh_access_token")
    end)

  it("a refresh that lost its lock before the next wrote says it is not saved",
    function()
      local accounts = open()
      local client = log_in(accounts)
      local working = accounts.store
      sandbox:advance_clock(31 * DAY)
      accounts.store = in_front(working)
      accounts.store.swap = function() return false end
      local result = refresh_all(accounts)[client.me_id]
      assert.is_false(result.refreshed)
      assert.equal("store", result.err.kind)
      assert.matches("the lock was lost", result.err.message)
      accounts.store = working
      assert.is_true(refresh_all(accounts)[client.me_id].refreshed)
    end)

  it("a refusal that was a mistake does not bury an account", function()
    local accounts = open()
    local client = log_in(accounts)
    sandbox:fault { on = "/me", kind = "status", status = 400, error = "invalid_token",
      times = 1 }
    assert.equal("demo_user", client:me().username)
    assert.equal(0, count_events "dead")
    sandbox:fault { on = "/me/media", kind = "status", status = 400,
      error = "invalid_token" }
    local _, _, err = client:get("/me/media", {}) -- refused on, but the token lives
    assert.equal("token", err.kind)
    assert.equal(0, count_events "dead")
  end)

  it("a refresh that is refused by mistake does not bury an account", function()
    local accounts = open()
    local client = log_in(accounts)
    sandbox:advance_clock(31 * DAY)
    sandbox:fault { on = "/refresh_access_token", kind = "status", status = 400,
      error = "invalid_token", times = 2 }
    assert.equal("transient", refresh_all(accounts)[client.me_id].err.kind)
    assert.equal("demo_user", client:me().username)
    assert.equal(0, count_events "dead")
    assert.is_true(refresh_all(accounts)[client.me_id].refreshed)
  end)

  it("a refresh that goes on failing does not hold up every call", function()
    local client = log_in((open()))
    sandbox:advance_clock(31 * DAY)
    sandbox:fault { on = "/refresh_access_token", kind = "html" }
    for _ = 1, 6 do assert.equal("demo_user", client:me().username) end
    assert.equal(2 * 4, calls_to "/refresh_access_token") -- each with its retries
    sandbox:advance_clock(2 * 3600)
    assert.equal("demo_user", client:me().username)
    assert.equal(3 * 4, calls_to "/refresh_access_token")
  end)

  it("a log that fails costs no token", function()
    local accounts = open { log = function(event)
      if event.account then error "the log is broken" end
    end }
    local id = log_in(accounts).me_id
    sandbox:advance_clock(31 * DAY)
    assert.is_true(refresh_all(accounts)[id].refreshed)
  end)

  -- --- people -----------------------------------------------------------------------

  it("a private account's grant that ends is told ahead, then plainly", function()
    local accounts = open()
    local id = log_in(accounts, "private_user").me_id
    local first_told
    for day = 1, 89 do
      sandbox:advance_clock(DAY)
      local result = refresh_all(accounts)[id]
      if result and result.grant_ends then first_told = first_told or day end
      assert(not result or not result.err)
    end
    assert.equal(83, first_told)
    assert.equal(1, count_events "grant")
    sandbox:advance_clock(2 * DAY)
    local result = refresh_all(accounts)[id]
    assert.equal("permission", result.err.kind)
    local before = calls_to "/refresh_access_token"
    refresh_all(accounts)
    assert.equal(before, calls_to "/refresh_access_token") -- once a day
    local _, _, err = accounts:client(id):get("/me/media", {})
    assert.equal("permission", err.kind)
    log_in(accounts, "private_user")
    assert(accounts:client(id):get("/me/media", {}))
    assert.is_nil(refresh_all(accounts)[id])
  end)

  it("a forget that was cut in the middle can be asked for again", function()
    local accounts = open()
    local working = accounts.store
    local function forget_twice(by_raw)
      local id, raw = log_in(accounts).me_id, nil
      for _, info in accounts:each() do raw = info.raw_id end
      local deletions = 0
      accounts.store = in_front(working)
      accounts.store.delete = function(_, key)
        deletions = deletions + 1
        if deletions == 2 then error("killed", 0) end
        return working:delete(key)
      end
      local name = by_raw and raw or id
      assert.error_matches(function() accounts:forget(name) end, "killed")
      accounts.store = working
      assert(accounts:forget(name))
      assert.same({}, working:list(accounts:key("alias", "")))
      assert.same({}, working:list(accounts:key("account", "")))
    end
    forget_twice(false)
    forget_twice(true)
  end)

  it("an account that was forgotten can be logged in again", function()
    local accounts = open()
    local client = log_in(accounts)
    local raw
    for _, info in accounts:each() do raw = info.raw_id end
    assert(accounts:forget(raw))
    assert.same({}, accounts.store:list(accounts:key("alias", "")))
    local again = log_in(accounts)
    assert.equal(client.me_id, again.me_id)
    assert.equal("demo_user", client:me().username)
    assert.equal("demo_user", accounts:client(raw):me().username)
  end)

  it("examples/cron.lua keeps them alive", function()
    local accounts = open()
    local id = log_in(accounts).me_id
    sandbox:advance_clock(31 * DAY)
    local credentials = sandbox:credentials "basic_display"
    calls.write(folder .. "/options.lua", ([[
      return { secret = %q, store = %q, key = %q, app = { flavour = "basic_display",
        client_id = %q, redirect_uri = %q, base_url = %q,
        now = function() return %.0f end } }
    ]]):format(folder .. "/client_secret", place, folder .. "/key",
      credentials.client_id, credentials.redirect_uri, credentials.base_url,
      sandbox:now()))
    local run = process.script("examples/cron.lua", folder .. "/options.lua") .. " 2>&1"
    local said, code = process.output(run)
    assert.equal(0, code, said)
    assert.matches(id .. "%s+lives until 2024%-0[12]%-", said)
    assert.equal("", (process.output(run)))
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
    sandbox:advance_clock(31 * DAY)
    calls.write(folder .. "/options.lua", (calls.read(folder .. "/options.lua"):gsub(
      "return %d%d%d%d+ end", ("return %.0f end"):format(sandbox:now()))))
    said, code = process.output(run)
    assert.equal(1, code)
    assert.matches("let the person log in again", said)
  end)

  it("a key file that cannot be read is never replaced", function()
    calls.write(folder .. "/own.key", "too short")
    local record = require "instagram.record"
    local _, message, err = record.key_file(folder .. "/own.key")
    assert.equal("io", err.kind)
    assert.matches("own.key holds no key", message, 1, true)
    assert.equal("too short", calls.read(folder .. "/own.key"))
    local one, two = assert(record.key_file(folder .. "/new.key")),
      assert(record.key_file(folder .. "/new.key"))
    assert.equal(one:reveal(), two:reveal())
    assert.is_nil((record.key_file(folder .. "/no/such/folder.key")))
  end)

  it(("%d logins leave no locks behind #slow"):format(LOGINS), function()
    local accounts = open()
    for _ = 1, LOGINS do log_in(accounts) end
    local locks, bytes = 0, 0
    for _, name in ipairs(core.files.list(place)) do
      if name:find("%.locks?$") then
        locks = locks + 1
        bytes = bytes + #calls.read(place .. "/" .. name)
      end
    end
    assert.is_true(locks <= 32)
    assert.is_true(bytes < 4000, bytes .. " bytes of locks")
    assert.equal(1, #accounts.store:list(accounts:key("account", "")))
  end)
end)
