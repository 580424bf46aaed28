-- Many accounts in a store: login in two calls, refresh by itself, dead and forgotten
-- ones, Meta's callbacks. Against the sandbox, by its clock.
local instagram = require "instagram"
local sandboxes = require "instagram.sandbox"

local DAY = 86400

local sandbox, app, accounts, store, keys, events

local function events_of(kind)
  local found = {}
  for _, event in ipairs(events) do
    if event.kind == kind then found[#found + 1] = event end
  end
  return found
end

local function calls_to(path)
  local count = 0
  for _, entry in ipairs(sandbox:requests()) do
    if entry.path:find(path, 1, true) then count = count + 1 end
  end
  return count
end

local function open(flavour)
  local credentials = sandbox:credentials(flavour or "basic_display")
  credentials.log = function(event) events[#events + 1] = event end
  app = instagram.app(credentials)
  accounts = assert(app:accounts { store = store, keys = keys })
end

local function log_in(user)
  local url, ticket = accounts:begin_login {}
  local redirect = assert(sandbox:authorize { user = user or "demo_user", url = url })
  return accounts:finish_login(redirect, ticket), redirect, ticket
end

describe("accounts", function()
  before_each(function()
    sandbox = assert(sandboxes.start {})
    events, store, keys = {}, instagram.store.memory(), { instagram.new_key() }
    open()
  end)

  after_each(function() sandbox:stop() end)

  describe("a login in two calls", function()
    it("gives a client of a saved account", function()
      local client = assert(log_in())
      assert.equal("demo_user", client:me().username)
      assert.equal(1, #events_of "login")
    end)

    it("costs a visitor no write", function()
      accounts:begin_login {}
      assert.same({}, store:list "")
    end)

    it("keys accounts by the app-scoped id and finds them by either", function()
      local client = assert(log_in())
      local id = client:me().id
      local raw
      for each, info in accounts:each() do
        assert.equal(id, each)
        raw = info.raw_id
      end
      assert.not_equal(id, raw)
      assert.equal(17, #raw)
      assert.truthy(accounts:client(id))
      assert.truthy(accounts:client(raw))
    end)

    it("works for the successor", function()
      open "instagram_login"
      local client = assert(log_in())
      assert.equal("demo_user", client:me().username)
    end)

    it("gives the same account for the same redirect and ticket", function()
      local first, redirect, ticket = log_in()
      local exchanges = calls_to "/oauth/access_token"
      local again = assert(accounts:finish_login(redirect, ticket))
      assert.equal(first.me_id, again.me_id)
      assert.equal(exchanges, calls_to "/oauth/access_token")
    end)

    it("is finished once when submitted twice at the same time", function()
      local url, ticket = accounts:begin_login {}
      local redirect = sandbox:authorize { user = "demo_user", url = url }
      local done = instagram.map({ 1, 2, 3 }, function()
        return accounts:finish_login(redirect, ticket)
      end)
      for i = 1, 3 do assert.equal(done[1].me_id, done[i].me_id) end
      assert.equal(1, calls_to "/oauth/access_token")
    end)

    it("works in several tabs with one cookie", function()
      local first, ticket = accounts:begin_login {}
      local second
      second, ticket = accounts:begin_login { ticket = ticket }
      local late = sandbox:authorize { user = "second_user", url = second }
      local early = sandbox:authorize { user = "demo_user", url = first }
      assert.equal("second_user", accounts:finish_login(late, ticket):me().username)
      assert.equal("demo_user", accounts:finish_login(early, ticket):me().username)
    end)

    it("works in several tabs with a cookie each, begun at once", function()
      local first, ticket, name = accounts:begin_login()
      local second, other, other_name = accounts:begin_login()
      assert.not_equal(name, other_name)
      assert.matches("^[%w_-]+$", name)
      local header = ("theme=dark; %s=%s; %s=%s; ig1.=x"):format(name, ticket,
        other_name, other)
      for user, url in pairs { demo_user = first, second_user = second } do
        local redirect = sandbox:authorize { user = user, url = url }
        for _, given in ipairs { header, { ticket, other }, { "x", header } } do
          assert.equal(user, accounts:finish_login(redirect, given):me().username)
        end
        local no = sandbox:authorize { user = user, url = url, allow = false }
        local _, _, err = accounts:finish_login(no, header)
        assert.equal("denied", err.kind)
      end
      local _, _, err = accounts:finish_login("?code=x&state=y", "theme=dark")
      assert.equal("ticket", err.kind)
    end)

    it("says of a login that came to its end and was forgotten: not_found", function()
      local client, redirect, ticket = log_in()
      assert(accounts:forget(client.me_id))
      local again, _, err = accounts:finish_login(redirect, ticket)
      assert.is_nil(again)
      assert.equal("not_found", err.kind)
    end)

    it("refuses a ticket after ten minutes", function()
      local url, ticket = accounts:begin_login {}
      local redirect = sandbox:authorize { user = "demo_user", url = url }
      sandbox:advance_clock(601)
      local client, _, err = accounts:finish_login(redirect, ticket)
      assert.is_nil(client)
      assert.equal("ticket", err.kind)
    end)

    it("refuses an altered, foreign or missing ticket, and spends nothing", function()
      local url, ticket = accounts:begin_login {}
      local redirect = sandbox:authorize { user = "demo_user", url = url }
      local flipped = ticket:sub(1, 20) .. (ticket:sub(21, 21) == "A" and "B" or "A")
        .. ticket:sub(22)
      for _, bad in ipairs { flipped, ticket:sub(1, -2), "", "ig1.", "x" } do
        local _, _, err = accounts:finish_login(redirect, bad)
        assert.equal("ticket", err.kind)
      end
      local _, _, err = accounts:finish_login(redirect, nil)
      assert.equal("ticket", err.kind)
      assert.equal(0, calls_to "/oauth/access_token")
      assert.truthy(accounts:finish_login(redirect, ticket))
    end)

    it("tells a refusal, a foreign state and a spent code apart", function()
      local url, ticket = accounts:begin_login {}
      local no = sandbox:authorize { user = "demo_user", url = url, allow = false }
      local _, _, err = accounts:finish_login(no, ticket)
      assert.equal("denied", err.kind)

      local redirect = sandbox:authorize { user = "demo_user", url = url }
      _, _, err = accounts:finish_login(redirect:gsub("state=[^&#]+", "state=other"),
        ticket)
      assert.equal("state", err.kind)

      local code = app:read_redirect(redirect, false)
      assert(app:exchange_code(code)) -- somebody was faster
      _, _, err = accounts:finish_login(redirect, ticket)
      assert.equal("spent", err.kind)
      assert.matches("cut in the middle", err.message)
    end)

    it("keeps a short-lived token when the exchange fails, and goes on later",
      function()
      sandbox:fault { on = "/access_token", kind = "status", status = 400,
        error = "blocked", times = 1 }
      local client = assert(log_in())
      local kinds = {}
      for _, info in accounts:each() do kinds[#kinds + 1] = info.kind end
      assert.same({ "short" }, kinds)
      client:me()
      for _, info in accounts:each() do assert.equal("long", info.kind) end
    end)
  end)

  describe("refresh by itself", function()
    it("comes after half of its life, before a call", function()
      local client = assert(log_in())
      sandbox:advance_clock(29 * DAY)
      assert(client:me())
      assert.equal(0, calls_to "/refresh_access_token")
      sandbox:advance_clock(2 * DAY)
      assert(client:me())
      assert.equal(1, calls_to "/refresh_access_token")
      assert(client:me())
      assert.equal(1, calls_to "/refresh_access_token")
      assert.is_true(events_of("refresh")[1].extended)
    end)

    it("learns the life of a pasted token", function()
      local id = assert(accounts:add(app:token {
        secret = sandbox:generate_token("second_user", "basic_display") }))
      sandbox:advance_clock(2 * DAY)
      assert(assert(accounts:client(id)):me())
      for _, info in accounts:each() do
        assert.is_true(info.expires_at > app:now() + 59 * DAY)
      end
    end)

    it("notices an answer that did not extend, and does not ask on and on", function()
      local id = assert(accounts:add(app:token {
        secret = sandbox:generate_token("second_user", "basic_display") }))
      local client = assert(accounts:client(id))
      assert(client:me())
      assert(client:me())
      assert.equal(1, calls_to "/refresh_access_token")
      assert.is_nil(events_of("refresh")[1].extended) -- nobody knows
      sandbox:advance_clock(2 * DAY)
      assert(client:me())
      assert.equal(1, calls_to "/refresh_access_token") -- its life is known by now
      sandbox:advance_clock(31 * DAY)
      assert(client:me())
      assert.equal(2, calls_to "/refresh_access_token")
      assert.is_true(events_of("refresh")[2].extended)
    end)

    it("lets a call go on while the token works and the refresh fails", function()
      local client = assert(log_in())
      sandbox:advance_clock(31 * DAY)
      sandbox:fault { on = "/refresh_access_token", kind = "html", times = 1 }
      assert.equal("demo_user", client:me().username)
      assert.equal("demo_user", client:me().username)
      assert.equal(2, calls_to "/refresh_access_token")
    end)

    it("is once for many tasks", function()
      local client = assert(log_in())
      sandbox:advance_clock(31 * DAY)
      instagram.map({ 1, 2, 3, 4, 5, 6 }, function()
        return assert(assert(accounts:client(client.me_id)):me())
      end, { concurrency = 6 })
      assert.equal(1, calls_to "/refresh_access_token")
    end)

    it("runs over all accounts for a cron job", function()
      assert(log_in "demo_user")
      assert(log_in "second_user")
      local none = 0
      for _ in accounts:refresh_due {} do none = none + 1 end
      assert.equal(0, none)
      sandbox:advance_clock(31 * DAY)
      local done = {}
      for id, result in accounts:refresh_due { concurrency = 2 } do
        done[#done + 1] = id
        assert.is_true(result.refreshed)
        assert.is_true(result.expires_at > app:now() + 59 * DAY)
      end
      assert.equal(2, #done)
      for _ in accounts:refresh_due {} do error "twice" end
    end)

    it("tells the end of a grant ahead, as an estimate", function()
      assert(log_in())
      sandbox:advance_clock(45 * DAY)
      for _ in accounts:refresh_due {} do end
      sandbox:advance_clock(39 * DAY)
      local told
      for _, result in accounts:refresh_due {} do told = result.grant_ends end
      assert.is_table(told)
      assert.is_true(told.earliest < told.latest)
      assert.equal(1, #events_of "grant")
    end)

    it("warns of no grant's end once a refresh has shown that it goes on", function()
      local id = assert(log_in()).me_id
      local told = 0
      for _ = 1, 8 do
        sandbox:advance_clock(31 * DAY)
        for _, result in accounts:refresh_due {} do
          assert.is_true(result.refreshed)
          if result.grant_ends then told = told + 1 end
        end
      end
      assert.equal(0, told) -- day 62 is too early, on day 93 it is refreshed
      for _, info in accounts:each() do
        assert.equal(info.permissions_expire_earliest, info.permissions_expire_latest)
      end
      assert(accounts:client(id))
    end)

    it("warns of no grant's end where the token is dead", function()
      assert(log_in())
      sandbox:advance_clock(45 * DAY)
      sandbox:control("update_user", { username = "demo_user",
        password_changed = true })
      for _, result in accounts:refresh_due {} do
        assert.equal("token", result.err.kind)
      end
      sandbox:advance_clock(40 * DAY)
      for _, result in accounts:refresh_due {} do
        assert.equal("token", result.err.kind)
        assert.is_nil(result.grant_ends)
      end
      assert.equal(0, #events_of "grant")
    end)
  end)

  it("say that a short-lived token needs the app secret, and use it", function()
    local url = app:authorize_url { state = "x" }
    local redirect = sandbox:authorize { user = "demo_user", url = url }
    local secret = assert(app:exchange_code(app:read_redirect(redirect, "x"))):reveal()
    local bare = instagram.app { flavour = "basic_display", base_url = sandbox.url,
      now = function() return sandbox:now() end }
    local held = assert(bare:accounts { store = store, keys = keys })
    local id = assert(held:add(bare:token { secret = secret, kind = "short" }))
    assert.equal("demo_user", held:client(id):me().username)
    for _, result in held:refresh_due {} do
      assert.equal("exchange", result.err.kind)
    end
  end)

  describe("a dead token", function()
    it("is told apart from trouble that passes", function()
      local client = assert(log_in())
      sandbox:fault { on = "/me", kind = "status", status = 503, times = 20 }
      local _, _, err = client:me { retries = 0 }
      assert.equal("transient", err.kind)
      sandbox:clear_faults()
      sandbox:control("update_user", { username = "demo_user",
        password_changed = true })
      _, _, err = client:me()
      assert.equal("token", err.kind)
      assert.equal(1, #events_of "dead")
      for _, info in accounts:each() do assert.is_string(info.dead) end
    end)

    it("is replaced when the person logs in again, for old clients too", function()
      local client = assert(log_in())
      sandbox:control("update_user", { username = "demo_user",
        password_changed = true })
      assert(log_in())
      assert.equal("demo_user", client:me().username)
      for _, info in accounts:each() do assert.is_nil(info.dead) end
    end)
  end)

  describe("records", function()
    it("hold no secret in the open, and open with any of the keys", function()
      local client = assert(log_in())
      local secret = client.token:reveal()
      for _, key in ipairs(store:list "") do
        assert.is_nil(store:get(key):find(secret, 1, true))
      end
      local newer = assert(app:accounts { store = store,
        keys = { instagram.new_key(), keys[1] } })
      assert.equal("demo_user", newer:client(client.me_id):me().username)
    end)

    it("that are altered, cut or under another key fail clearly and stay", function()
      local id = assert(log_in()).me_id
      local key = accounts:key("account", id)
      local text = store:get(key)
      local other = assert(app:accounts { store = store,
        keys = { instagram.new_key() } })
      local _, _, err = other:client(id)
      assert.equal("sealed", err.kind)
      local altered = text:gsub("(sealed=ig1%.)(.)", function(head, char)
        return head .. (char == "-" and "_" or "-")
      end)
      assert.not_equal(text, altered)
      for _, bad in ipairs { text:sub(1, -20), altered, "", "garbage" } do
        store:put(key, bad)
        _, _, err = accounts:client(id)
        assert.equal("sealed", err.kind)
        assert.equal(bad, store:get(key))
      end
    end)

    it("of one account do not open under another", function()
      local one, two = assert(log_in "demo_user").me_id,
        assert(log_in "second_user").me_id
      local text = store:get(accounts:key("account", one))
      store:put(accounts:key("account", two), (text:gsub("id=" .. one, "id=" .. two)))
      local _, _, err = accounts:client(two)
      assert.equal("sealed", err.kind)
    end)

    it("of two apps share a store", function()
      local id = assert(log_in()).me_id
      local first = accounts
      open "instagram_login"
      assert(log_in "second_user")
      local count = 0
      for _ in accounts:each() do count = count + 1 end
      assert.equal(1, count)
      local _, _, err = accounts:client(id)
      assert.equal("not_found", err.kind)
      assert.truthy(first:client(id))
    end)
  end)

  describe("forget", function()
    it("leaves nothing, and is no failure twice", function()
      local id = assert(log_in()).me_id
      assert.is_true(accounts:forget(id))
      assert.is_true(accounts:forget(id))
      local _, _, err = accounts:client(id)
      assert.equal("not_found", err.kind)
    end)

    it("during a refresh stays forgotten", function()
      local id = assert(log_in()).me_id
      sandbox:advance_clock(31 * DAY)
      sandbox:fault { on = "/refresh_access_token", kind = "delay", delay = 0.3 }
      local refreshing = instagram.spawn(function()
        for _ in accounts:refresh_due {} do end
      end)
      local forgetting = instagram.spawn(function()
        instagram.sleep(0.1)
        return accounts:forget(id)
      end)
      if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
        refreshing:cancel() -- an iterator cannot wait there
      else
        refreshing:wait()
      end
      assert.is_true(forgetting:wait())
      local _, _, err = accounts:client(id)
      assert.equal("not_found", err.kind)
    end)
  end)

  it("do not take a key that could not be read for none", function()
    for _, list in ipairs {
      { instagram.secret.file "/no/such/key" },
      { keys[1], instagram.secret.file "/no/such/key" },
    } do
      assert.error_matches(function()
        app:accounts { store = store, keys = list }
      end, "bad option 'keys' to accounts %(key %d is nil")
    end
  end)

  it("make a key file of mode 0600 beside a file store, and tell where", function()
    local folder = os.tmpname()
    os.remove(folder)
    local one = assert(app:accounts { store = assert(instagram.store.file(folder)) })
    assert.equal(folder .. ".key", one:key_file())
    local pipe = io.popen("stat -c %a " .. one:key_file())
    assert.equal("600", pipe:read("*l"))
    pipe:close()
    local two = assert(app:accounts { store = assert(instagram.store.file(folder)) })
    local id = assert(one:add(app:token {
      secret = sandbox:generate_token("demo_user", "basic_display") }))
    assert.truthy(two:client(id))
    os.execute("rm -rf " .. folder .. " " .. folder .. ".key*")
  end)

  it("refuse misuse by name", function()
    assert.error_matches(function() app:accounts {} end, "store")
    assert.error_matches(function() app:accounts { store = {} } end, "method 'get'")
    assert.error_matches(function() app:accounts { stor = store } end, "did you mean")
    assert.error_matches(function() app:accounts { store = store } end, "keys")
    assert.error_matches(function() accounts:client(17841400000000001) end, "string")
    for bad, words in pairs { [5] = "got number", ["too short"] = "32 bytes" } do
      assert.error_matches(function()
        app:accounts { store = store, keys = { keys[1], bad } }
      end, "bad key .*" .. words)
    end
    assert.error_matches(function() accounts:add "IGtext" end,
      "'token' to add %(token expected, got string")
    assert.error_matches(function() accounts:add(instagram.new_key()) end,
      "'token' to add %(token expected, got userdata")
    assert.error_matches(function() accounts:begin_login { state = "x" } end, "state")
    assert.error_matches(function() accounts:begin_login "x" end, "'options'")
    assert.error_matches(function() accounts:refresh_due { concurency = 3 } end,
      "concurrency")
  end)
end)
