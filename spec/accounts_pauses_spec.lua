-- What fails is not asked for again and again: not by a web handler either, that makes
-- a client per request, and not by a job that is a new process each time.
local core = require "instagram.core"
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"
local troubles = require "instagram.troubles"

local DAY = 86400
local INVALID = { kind = "status", status = 400, error = "invalid_token" }

describe("accounts pause", function()
  local sandbox, app, accounts, store, keys, events, id

  local function open()
    local credentials = sandbox:credentials "basic_display"
    credentials.log = function(event) events[#events + 1] = event end
    credentials.retries = 0
    app = instagram.app(credentials)
    return assert(app:accounts { store = store, keys = keys })
  end

  local function log_in(user)
    local url, ticket = accounts:begin_login {}
    return assert(accounts:finish_login(
      assert(sandbox:authorize { user = user or "demo_user", url = url }), ticket))
  end

  local function kill()
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
  end

  local function calls_to(path)
    local count = 0
    for _, entry in ipairs(sandbox:requests()) do
      if entry.path:find(path, 1, true) then count = count + 1 end
    end
    return count
  end

  -- So many requests of a web site: each makes a client of its own.
  local function serve(times)
    sandbox:clear_requests()
    local answer, err
    for _ = 1, times do answer, _, err = assert(accounts:client(id)):me() end
    return answer, err
  end

  local function job()
    sandbox:clear_requests()
    for each, result in open():refresh_due {} do
      if each == id then return result.err end
    end
  end

  before_each(function()
    sandbox = assert(sandboxes.start {})
    events, store, keys = {}, instagram.store.memory(), { instagram.new_key() }
    accounts = open()
    id = log_in().me_id
  end)

  after_each(function() sandbox:stop() end)

  -- --- refreshes --------------------------------------------------------------------

  it("for all clients of an account that a refresh fails for", function()
    sandbox:advance_clock(31 * DAY)
    sandbox:fault { on = "/refresh_access_token", kind = "status", status = 503 }
    assert.equal("demo_user", serve(10).username)
    assert.equal(2, calls_to "/refresh_access_token")
    sandbox:advance_clock(61)
    serve(10)
    assert.equal(1, calls_to "/refresh_access_token")
    sandbox:advance_clock(61) -- each pause is longer than the one before
    serve(10)
    assert.equal(0, calls_to "/refresh_access_token")
    sandbox:clear_faults()
    sandbox:advance_clock(61)
    serve(10)
    assert.equal(1, calls_to "/refresh_access_token")
  end)

  it("no longer for somebody who has logged in anew", function()
    sandbox:advance_clock(31 * DAY)
    sandbox:fault { on = "/refresh_access_token", kind = "status", status = 503 }
    serve(10)
    log_in()
    sandbox:advance_clock(31 * DAY)
    serve(10)
    assert.equal(2, calls_to "/refresh_access_token")
  end)

  for problem, kind in pairs { private_refresh = "exchange", disrupted = "unavailable",
    few_viewers = "permission" } do
    it("for a day, in all processes, when refused for good: " .. kind, function()
      sandbox:advance_clock(31 * DAY)
      sandbox:fault { on = "/refresh_access_token", kind = "status", status = 400,
        error = problem }
      assert.equal(kind, job().kind)
      for _ = 1, 2 do
        assert.is_nil(job())
        assert.equal(0, calls_to "/")
      end
      serve(5)
      assert.equal(0, calls_to "/refresh_access_token")
      sandbox:advance_clock(DAY)
      assert.equal(kind, job().kind)
    end)
  end

  it("and say what a refused refresh may mean, not what a login's would", function()
    sandbox:advance_clock(31 * DAY)
    sandbox:fault { on = "/refresh_access_token", kind = "status", status = 400,
      error = "private_refresh" }
    local err = job()
    assert.equal(400, err.status)
    assert.matches("may be private", err.advice)
    assert.matches("log in again", err.advice)
    assert.not_matches("redirect", err.advice)
    assert.matches("private accounts cannot be refreshed", tostring(err))
  end)

  it("not for a day when a token lives an hour", function()
    sandbox:fault { on = "/access_token", kind = "status", status = 400,
      error = "disrupted" }
    id = log_in("second_user").me_id
    assert.equal("second_user", serve(10).username)
    assert.equal(2, calls_to "/access_token")
    sandbox:clear_faults()
    sandbox:advance_clock(61)
    serve(1)
    assert.equal(1, calls_to "/access_token")
    assert.is_true(accounts:client(id).token:kind() == "long")
  end)

  -- --- doubts -----------------------------------------------------------------------

  local no_answers = {
    { kind = "status", status = 503 }, { kind = "html" }, { kind = "ok_error" },
    { kind = "status", status = 400, error = "user_limit" },
    { kind = "status", status = 400, error = "disrupted" },
    { kind = "status", status = 400, error = "few_viewers" },
  }
  for _, fault in ipairs(no_answers) do
    it(("after a dead token was asked for: %s %s"):format(fault.kind,
      fault.error or fault.status or ""), function()
      kill()
      serve(1)
      sandbox:advance_clock(21 * 3600)
      fault.on = "/me"
      sandbox:fault(fault)
      local _, err = serve(10)
      assert.equal("token", err.kind)
      assert.is_true(calls_to "/me" <= 2, calls_to "/me" .. " calls")
      sandbox:clear_requests()
      for _ = 1, 3 do
        for _, result in accounts:refresh_due {} do
          assert.equal("token", result.err.kind)
        end
      end
      assert.equal(0, calls_to "/me")
    end)
  end

  it("a dead token that Instagram refuses all the same is asked for once a day",
    function()
      kill()
      serve(1)
      sandbox:advance_clock(21 * 3600)
      sandbox:fault { on = "/me", kind = "status", status = 400, error = "disrupted" }
      for _ = 1, 3 do
        assert.equal("token", job().kind)
      end
      assert.equal(0, calls_to "/")
    end)

  it("doubts of a token that was just found to live", function()
    INVALID.on = "/me/media"
    sandbox:fault(INVALID)
    sandbox:clear_requests()
    for _ = 1, 10 do
      local media, _, err = accounts:client(id):media {}:next()
      assert.is_nil(media)
      assert.equal("token", err.kind)
    end
    assert.equal(12, calls_to "/") -- one doubt, and one call repeated after it
  end)

  -- --- memory -----------------------------------------------------------------------

  it("but remember no account that is well, forgotten, or not heard of for a day",
    function()
      local notes = accounts.keeper.troubles.accounts
      sandbox:advance_clock(31 * DAY)
      sandbox:fault { on = "/refresh_access_token", kind = "status", status = 503,
        times = 1 }
      serve(1)
      assert.truthy(notes[id])
      serve(1)
      assert.same({}, notes)
      sandbox:advance_clock(31 * DAY)
      sandbox:fault { on = "/refresh_access_token", kind = "status", status = 503 }
      serve(1)
      assert.truthy(notes[id])
      assert(accounts:forget(id))
      assert.same({}, notes)
    end)

  it("and are swept out", function()
    local now = 1e9
    local memory = troubles.new(function() return now end)
    local err = core.error("transient", "bad minute")
    for i = 1, 1000 do
      memory:failed(("%d"):format(i), "record", err)
      now = now + 3600
    end
    local count = 0
    for _ in pairs(memory.accounts) do count = count + 1 end
    assert.is_true(count < 300, count .. " accounts")
  end)
end)
