-- Accounts that are forgotten while something else is done with them: what is left, and
-- what is told.
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"

describe("a forget", function()
  local sandbox, store, keys, events, accounts

  local function open()
    local credentials = sandbox:credentials "basic_display"
    credentials.log = function(event)
      if event.account then events[#events + 1] = event.kind end
    end
    return assert(instagram.app(credentials):accounts { store = store, keys = keys })
  end

  local function begin(of)
    local url, ticket = of:begin_login {}
    return assert(sandbox:authorize { user = "demo_user", url = url }), ticket
  end

  local function log_in(of)
    return assert(of:finish_login(begin(of)))
  end

  -- A store in front of another; methods may be replaced.
  local function in_front(behind)
    return setmetatable({}, { __index = function(_, name)
      return function(_, ...) return behind[name](behind, ...) end
    end })
  end

  before_each(function()
    sandbox = assert(sandboxes.start {})
    store, keys, events = instagram.store.memory(), { instagram.new_key() }, {}
    accounts = open()
  end)

  after_each(function() sandbox:stop() end)

  -- A forget elsewhere, right after a key of this kind was written or deleted.
  local function forget_after(method, kind)
    local working, other = accounts.store, open()
    accounts.store = in_front(working)
    accounts.store[method] = function(_, key, ...)
      local done, message, err = working[method](working, key, ...)
      if key:find("^" .. kind .. ":") then
        accounts.store = working
        assert(other:forget(other:names("account")[1] or "1"))
      end
      return done, message, err
    end
  end

  for _, kind in ipairs { "account", "alias" } do
    it("in the middle of a login leaves nothing: after its " .. kind,
      function()
        forget_after("put", kind)
        local client, _, err = accounts:finish_login(begin(accounts))
        assert.is_nil(client)
        assert.equal("not_found", err.kind)
        assert.same({}, accounts:names "account")
        assert.same({}, accounts:names "alias")
      end)
  end

  it("that a login comes into leaves no way to what is gone", function()
    local id, other = log_in(accounts).me_id, open()
    local working, redirect, ticket = accounts.store, begin(other)
    accounts.store = in_front(working)
    accounts.store.delete = function(_, key)
      local done = working:delete(key)
      if redirect then
        local now = redirect
        redirect = nil
        assert(other:finish_login(now, ticket))
      end
      return done
    end
    assert(accounts:forget(id))
    assert.same({}, accounts:names "account")
    assert.same({}, accounts:names "alias")
  end)

  -- Elsewhere, after the token was found dead and before that is noted.
  it("while its token is found dead is what clients say from then on", function()
    local client, other, working = log_in(accounts), open(), accounts.store
    events = {}
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
    accounts.store = in_front(working)
    accounts.store.swap = function(_, ...)
      assert(other:forget(client.me_id))
      return working:swap(...)
    end
    local me, _, err = client:me()
    assert.is_nil(me)
    assert.equal("token", err.kind)
    accounts.store = working
    for _ = 1, 2 do
      me, _, err = client:me()
      assert.is_nil(me)
      assert.equal("not_found", err.kind)
    end
    assert.same({ "forget" }, events)
    log_in(accounts)
    assert.equal("demo_user", client:me().username)
  end)

  it("elsewhere is what a dead account's clients say", function()
    local client = log_in(accounts)
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
    assert.is_nil(client:me())
    assert(open():forget(client.me_id))
    local _, _, err = client:me()
    assert.equal("not_found", err.kind)
  end)
end)
