-- What is done under a lock ends while the lock is held, whatever the app's timeout;
-- and what a login leaves in the store when the store fails for a moment.
local call = require "instagram.call"
local core = require "instagram.core"
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"

local DAY = 86400
local LOCK_LIFE = 60

describe("accounts under a lock", function()
  local sandbox, app, accounts, store

  local function open(timeout)
    local credentials = sandbox:credentials "basic_display"
    credentials.timeout = timeout
    app = instagram.app(credentials)
    store = instagram.store.memory()
    accounts = assert(app:accounts { store = store, keys = { instagram.new_key() } })
  end

  local function begin()
    local url, ticket = accounts:begin_login {}
    return assert(sandbox:authorize { user = "demo_user", url = url }), ticket
  end

  local function log_in() return assert(accounts:finish_login(begin())) end

  local function calls_to(path)
    local count = 0
    for _, entry in ipairs(sandbox:requests()) do
      if entry.path:find(path, 1, true) then count = count + 1 end
    end
    return count
  end

  -- A store in front of another; methods may be replaced.
  local function in_front(behind)
    return setmetatable({}, { __index = function(_, name)
      return function(_, ...) return behind[name](behind, ...) end
    end })
  end

  local function fail()
    local err = core.error("store", "away")
    return nil, tostring(err), err
  end

  before_each(function() sandbox = assert(sandboxes.start {}) end)

  after_each(function() sandbox:stop() end)

  describe("when each call takes all the time it is given", function()
    local monotonic, start, ahead, spent = core.monotonic, call.start, 0, {}

    -- Seconds that the locks taken meanwhile were held, the longest.
    local function longest()
      local most = 0
      for _, seconds in ipairs(spent) do most = math.max(most, seconds) end
      return most
    end

    local function live_slowly(timeout)
      open(timeout)
      ahead, spent = 0, {}
      core.monotonic = function() return monotonic() + ahead end
      call.start = function(of, method, path, name, ...)
        local options = select(select("#", ...), ...)
        ahead = ahead + (options.timeout or timeout or 30)
        return start(of, method, path, name, ...)
      end
      local slow = in_front(store)
      slow.lock = function(_, ...)
        local began, lock = ahead, store:lock(...)
        return lock and { fence = lock.fence, release = function()
          spent[#spent + 1] = ahead - began
          return lock.release()
        end }
      end
      accounts.store = slow
    end

    after_each(function() core.monotonic, call.start = monotonic, start end)

    for _, timeout in ipairs { 0, 20, 600 } do
      it(("a login and refreshes end in time, timeout " .. timeout), function()
        live_slowly(timeout > 0 and timeout or nil)
        local id = log_in().me_id
        assert.equal(2, #spent) -- the login's, and within it the account's
        sandbox:advance_clock(31 * DAY)
        for _, result in accounts:refresh_due {} do assert.is_true(result.refreshed) end
        assert.equal(3, #spent)
        -- Refused, asked for once more, found dead.
        sandbox:control("update_user", { username = "demo_user",
          password_changed = true })
        sandbox:advance_clock(31 * DAY)
        local _, _, err = accounts:client(id):me()
        assert.equal("token", err.kind)
        assert.equal(4, #spent)
        assert.is_true(longest() < LOCK_LIFE, longest() .. " s under a lock")
      end)
    end
  end)

  it("a refusal that goes on is not asked about for ever, however slow calls are",
    function()
      open()
      local client = log_in()
      sandbox:fault { on = "/me/media", kind = "status", status = 400,
        error = "invalid_token" }
      local monotonic, start, ahead, count = core.monotonic, call.start, 0, 0
      core.monotonic = function() return monotonic() + ahead end
      call.start = function(...)
        ahead, count = ahead + 15, count + 1
        if count > 20 then error "for ever" end
        return start(...)
      end
      local ok, _, _, err = pcall(function()
        return client:media { fields = { "id" }, max = 1 }:next()
      end)
      core.monotonic, call.start = monotonic, start
      assert.is_true(ok)
      assert.equal("token", err.kind)
      assert.equal(3, count)
    end)

  it("a login that was overtaken and came to its end all the same is found", function()
    open()
    local redirect, ticket = begin()
    sandbox:fault { on = "/me", kind = "delay", delay = 0.3, times = 1 }
    local first = instagram.spawn(function()
      return accounts:finish_login(redirect, ticket)
    end)
    local second = instagram.spawn(function()
      while calls_to "/me" == 0 do instagram.sleep(0.01) end
      store.locks = {} -- as if the lock's life were over
      local exchange = app.exchange_code
      app.exchange_code = function(...)
        first:wait()
        return exchange(...)
      end
      return accounts:finish_login(redirect, ticket)
    end)
    local client = assert(second:wait())
    assert.equal(first:wait().me_id, client.me_id)
  end)

  it("a store that fails before the code is spent spends no code", function()
    open()
    local redirect, ticket = begin()
    local reads = 0
    accounts.store = in_front(store)
    accounts.store.get = function(_, key)
      reads = reads + 1
      if reads == 3 then return fail() end
      return store:get(key)
    end
    local client, _, err = accounts:finish_login(redirect, ticket)
    assert.is_nil(client)
    assert.equal("store", err.kind)
    assert.equal(0, calls_to "/oauth/access_token")
    assert(accounts:finish_login(redirect, ticket))
  end)

  it("a store that fails for a moment costs no login", function()
    open()
    accounts.store = in_front(store)
    local failures = {}
    accounts.store.put = function(_, key, ...)
      failures[key] = (failures[key] or 0) + 1
      if failures[key] < 3 then return fail() end
      return store:put(key, ...)
    end
    local client = log_in()
    local raw
    for _, info in accounts:each() do raw = info.raw_id end
    assert.equal(client.me_id, accounts:client(raw).me_id)
  end)

  it("a token that is added to an account leaves it its other id", function()
    open()
    local id = log_in().me_id
    local raw
    for _, info in accounts:each() do raw = info.raw_id end
    assert(accounts:add(app:token {
      secret = sandbox:generate_token("demo_user", "basic_display") }))
    for _, info in accounts:each() do assert.equal(raw, info.raw_id) end
    assert(accounts:forget(id))
    assert.same({}, store:list(accounts:key("alias", "")))
  end)
end)
