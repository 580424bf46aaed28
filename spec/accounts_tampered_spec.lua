-- Who can write to the store and has no key: no record of his making opens, nobody logs
-- in as another, and nothing he breaks is in the way of a deletion.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"
local sign = require("spec.support.signed").sign

local DAY = 86400

describe("a store that somebody writes to", function()
  local sandbox, app, accounts, store, keys, folder

  local function open(other_keys)
    return assert(app:accounts { store = store, keys = other_keys or keys })
  end

  local function begin(user)
    local url, ticket = accounts:begin_login {}
    return assert(sandbox:authorize { user = user or "demo_user", url = url }), ticket
  end

  local function log_in(user)
    return assert(accounts:finish_login(begin(user)))
  end

  local function is_sealed(result, message, err)
    assert.is_nil(result)
    assert.equal("sealed", err.kind, message)
    return message
  end

  local function only_key(kind)
    local list = store:list(accounts:key(kind, ""))
    assert.equal(1, #list)
    return list[1]
  end

  before_each(function()
    folder = calls.folder()
    sandbox = assert(sandboxes.start {})
    app = instagram.app(sandbox:credentials "basic_display")
    store, keys = instagram.store.memory(), { instagram.new_key() }
    accounts = open()
  end)

  after_each(function()
    sandbox:stop()
    calls.remove(folder)
  end)

  it("has records that open only as they were written, line by line", function()
    local id = log_in().me_id
    local key = accounts:key("account", id)
    local text = store:get(key)
    local changes = {
      dead = text:gsub("\nsealed=", "\ndead=because I say so\nsealed="),
      username = text:gsub("\nusername=[^\n]*", "\nusername=evil"),
      without = text:gsub("\nusername=[^\n]*", ""),
      raw = text:gsub("\nraw=%d+", "\nraw=999"),
      added = text:gsub("\nadded=%d+", "\nadded=1"),
      more = text .. "dead=yes\n",
      order = text:gsub("\n(raw=%d+)\n(username=[^\n]*)", "\n%2\n%1"),
      twice = text:gsub("\nadded", "\nid=" .. id .. "\nadded"),
    }
    for name, changed in pairs(changes) do
      assert.not_equal(text, changed, name)
      store:put(key, changed)
      is_sealed(accounts:client(id))
      for _, info in accounts:each() do assert.equal("sealed", info.err.kind) end
    end
    store:put(key, text)
    assert.equal("demo_user", accounts:client(id):me().username)
  end)

  it("has records whose form may be another's: that is said", function()
    local id = log_in().me_id
    local key = accounts:key("account", id)
    store:put(key, (store:get(key):gsub("^instagram%-account %d+",
      "instagram-account 7")))
    assert.matches("form 7, which this version does not know",
      is_sealed(accounts:client(id)))
  end)

  -- The name under which a redirect's code is remembered; no key is needed to find it.
  local function code_key(redirect)
    return accounts:key("code", accounts:digest("code", redirect:match "code=([^&#]+)",
      redirect:match "state=([^&#]+)"))
  end

  it("lets nobody log in as another by what is noted of a code", function()
    local victim = log_in "second_user"
    local noted = store:get(only_key "code")
    for _, text in ipairs { victim.me_id, "id " .. victim.me_id, noted } do
      local redirect, ticket = begin "demo_user"
      store:put(code_key(redirect), text)
      local client = assert(accounts:finish_login(redirect, ticket))
      assert.equal("demo_user", client:me().username)
    end
  end)

  it("lets nobody become another by the other id", function()
    local victim, own = log_in "second_user", log_in "demo_user"
    local raw, key
    for id, info in accounts:each() do
      if id == own.me_id then raw = info.raw_id end
    end
    key = accounts:key("alias", raw)
    local text = store:get(key)
    for _, bad in ipairs { victim.me_id, text:sub(1, -2), "" } do
      store:put(key, bad)
      assert.matches(raw, is_sealed(accounts:client(raw)), 1, true)
    end
    store:put(accounts:key("alias", "12345"), text)
    is_sealed(accounts:client "12345")
    -- Nor is a line in the open believed when a token is added.
    local account = accounts:key("account", own.me_id)
    store:put(account, (store:get(account):gsub("raw=%d+", "raw=777")))
    assert(accounts:add(app:token {
      secret = sandbox:generate_token("demo_user", "basic_display") }))
    assert.is_false(store:get(accounts:key("alias", "777")))
  end)

  it("says nothing of who logged in to who reads it, once they were forgotten",
    function()
      local client = log_in()
      local id, raw = client.me_id, nil
      for _, info in accounts:each() do raw = info.raw_id end
      assert(accounts:forget(id))
      for _, key in ipairs(store:list "") do
        for _, name in ipairs { id, raw, "demo_user" } do
          assert.is_nil((key .. "\n" .. store:get(key)):find(name, 1, true), key)
        end
      end
    end)

  it("goes under a new key with the next refresh, the other id too", function()
    local id, raw = log_in().me_id, nil
    for _, info in accounts:each() do raw = info.raw_id end
    local newer = instagram.new_key()
    sandbox:advance_clock(31 * DAY)
    for _, result in open({ newer, keys[1] }):refresh_due {} do
      assert.is_true(result.refreshed)
    end
    assert.equal("demo_user", open({ newer }):client(raw):me().username)
    assert.equal("demo_user", open({ newer }):client(id):me().username)
  end)

  -- --- what cannot be read ----------------------------------------------------------

  local function signed(id)
    return sign(('{"user_id":"%s","algorithm":"HMAC-SHA256","issued_at":%.0f}'):format(
      id, sandbox:now()), sandbox:credentials("basic_display").client_secret)
  end

  local function file_of(key)
    return folder .. "/tokens/" .. key:gsub(":", "%%3A") .. ".record"
  end

  local function damage(key)
    local path = file_of(key)
    calls.write(path, calls.read(path):sub(1, 40))
  end

  local ends = {
    forget = function(id) assert.is_true(accounts:forget(id)) end,
    deauthorized = function(id)
      assert.equal(id, assert(accounts:deauthorized(signed(id))))
    end,
    deletion_request = function(id)
      assert(accounts:deletion_request(signed(id), { url = "https://x/%s" }))
    end,
  }

  for name, finish in pairs(ends) do
    it("is rid of a damaged record by " .. name, function()
      store = assert(instagram.store.file(folder .. "/tokens"))
      accounts = open()
      local id = log_in().me_id
      damage(accounts:key("account", id))
      is_sealed(accounts:client(id))
      finish(id)
      assert.same({}, store:list(accounts:key("account", "")))
      assert.same({}, store:list(accounts:key("alias", "")))
    end)
  end

  it("is rid of an account by the other id, though the way to it is damaged",
    function()
      store = assert(instagram.store.file(folder .. "/tokens"))
      accounts = open()
      log_in()
      local raw
      for _, info in accounts:each() do raw = info.raw_id end
      damage(accounts:key("alias", raw))
      is_sealed(accounts:client(raw))
      assert.is_true(accounts:forget(raw))
      assert.same({}, store:list(accounts:key("account", "")))
      assert.same({}, store:list(accounts:key("alias", "")))
    end)

  it("is rid of an account whose key is lost", function()
    local id = log_in().me_id
    accounts = open { instagram.new_key() }
    is_sealed(accounts:client(id))
    assert.is_true(accounts:forget(id))
    assert.same({}, store:list(accounts:key("account", "")))
    assert.same({}, store:list(accounts:key("alias", "")))
  end)

  it("keeps everything when the store fails instead", function()
    local id, raw = log_in().me_id, nil
    for _, info in accounts:each() do raw = info.raw_id end
    local working = store.get
    local function fails_on(fails)
      store.get = function(self, key)
        if key ~= fails then return working(self, key) end
        local err = core.error("store", "away")
        return nil, tostring(err), err
      end
      local done, _, err = accounts:forget(id)
      assert.is_nil(done)
      assert.equal("store", err.kind)
      store.get = working
      assert.truthy(store:get(accounts:key("account", id)))
    end
    fails_on(accounts:key("account", id))
    assert.truthy(accounts:client(id))
    store:put(accounts:key("account", id), "damaged")
    fails_on(accounts:key("alias", raw)) -- by which it is searched for
  end)
end)
