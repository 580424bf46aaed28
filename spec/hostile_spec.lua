-- Every function of the C module with wrong arguments, unknown options, closed objects,
-- absurd sizes, zero bytes. What comes out is one clear sentence, soon.
local calls = require "spec.support.calls"
local core = require "instagram.core"

local unpack = table.unpack or unpack
local unfinished = setmetatable({}, { __index = function() error "boom" end })

local SECRET = "5ecre7ofthetestapp0123456789abcd"
local TOKEN = "IGQVJhostileTokenAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"

local HUGE = ("x"):rep(2^20)

-- What no argument is right with. No harmless path among them: a file would be made.
local VALUES = {
  false, true, -1, 2^31, 2^53, 1e300, -1e300, 0 / 0, 1 / 0, -1 / 0,
  "", "\0", "/dev/null/a\0b", "/dev/null/\255\254\r\n\27[31m", HUGE, "%s%n%d",
  {}, { 1 }, { "x" }, { { "a", "b", "c" } }, { x = 1 }, { [true] = false },
  { [{}] = {} }, unfinished, print, coroutine.create(function() end), io.stdout,
    core.null,
}

describe("hostile:", function()
  local app, token, secret, key, folder

  setup(function()
    folder = calls.folder()
    app = core.app {
      flavour = "basic_display", client_id = "123", client_secret = SECRET,
      redirect_uri = "https://example.com/", base_url = "http://127.0.0.1:9",
    }
    token = app:token { secret = TOKEN }
    key = core.new_key()
    calls.write(folder .. "/secret", "a secret\n")
    secret = core.secret_file(folder .. "/secret")
  end)
  teardown(function()
    core.engine():close()
    calls.remove(folder)
  end)
  after_each(function()
    collectgarbage() -- requests that were begun
    collectgarbage()
  end)

  -- What came back is a result, or a failure as the manual says; what was raised is a
  -- sentence without a secret.
  local function check_outcome(what, ok, result, message, err)
    if ok then
      if result ~= nil or message == nil then return end
      assert.is_string(message, what)
      if err == nil then return end
      assert.is_true(core.is_error(err), what)
      assert.is_true(#err.kind > 0, what)
      message = tostring(err)
    else
      message = result
      assert.is_string(message, what)
    end
    assert.is_true(#message > 3 and #message < 2^20 + 2000, what)
    assert.is_nil(message:find(TOKEN, 1, true), what)
    assert.is_nil(message:find(SECRET, 1, true), what)
  end

  -- Good arguments of each function, so that one can be bad at a time. A name that ends
  -- in "!" must be spared these values, for the reason said.
  local function good_arguments()
    local request = function() return app:get(token, "/me") end
    return {
      core = {
        app = { {} }, engine = { {} }, error = { "api", "words", {} },
        hash = { "a", "b" }, is_error = { 1 }, json_decode = { "{}" },
        monotonic = {}, nearest = { "id", { "id" } }, new_key = {}, now = {},
        random_text = { 8 }, same = { "a", "b" }, seal = { "text", key, "context" },
        secret_env = { "HOME" }, secret_fd = { -1 }, secret_file = { "/dev/null/x" },
        set_clock = { app, function() return 1 end },
        unseal = { "text", key, "context" }, wipes = {},
      },
      files = {
        list = { "/dev/null/x" }, lock = { "/dev/null/x" },
        make_folder = { "/dev/null/x" }, process = {}, read = { "/dev/null/x" },
        remove = { "/dev/null/x" }, replace = { "/dev/null/x", "bytes" },
      },
      app = {
        authorize_url = { app, { state = "x" } }, base_url = { app },
        client_id = { app }, close = false, delete = { app, token, "/1", {}, {} },
        download = { app, "http://127.0.0.1:9/x", "/dev/null/x", {} },
        exchange_code = { app, "code", {} }, exchange_token = { app, token, {} },
        fetch = { app, "http://127.0.0.1:9/x", {} }, flavour = { app },
        has_secret = { app },
        get = { app, token, "/me", {}, {} }, post = { app, token, "/me", {}, {} },
        read_redirect = { app, "?code=a&state=b", "b" },
        read_signed_request = { app, "a.b", {} }, redirect_uri = { app },
        refresh_token = { app, token, {} }, token = { app, { secret = "IGx" } },
        unseal = { app, "text", key, "context" }, usage = { app }, version = { app },
      },
      token = {
        close = false, expired = { token, 1 }, expires_at = { token },
        expires_in = { token, 1 }, extended = { token }, family = { token },
        kind = { token }, obtained_at = { token }, permissions = { token },
        permissions_expire_at = { token }, refreshable = { token, 1 },
        reveal = { token }, seal = { token, key, "context" }, user_id = { token },
      },
      secret = { close = false, reveal = { secret }, save = { secret,
        "/dev/null/x" } },
      request = {
        attempts = { request() }, attend = { request(), true }, cancel = { request() },
        close = { request() }, date = { request() }, done = { request() },
        progress = { request() }, ready = { request() }, result = { request() },
      },
      engine = {
        close = false, events = { core.engine() }, pending = { core.engine() },
        pollfd = { core.engine() }, step = { core.engine(), 0 },
        timeout = { core.engine() },
      },
    }
  end

  local function methods(object)
    return debug.getmetatable(object).__index
  end

  local function places()
    return {
      core = core, files = core.files, app = methods(app), token = methods(token),
      secret = methods(secret), request = methods(app:get(token, "/me")),
      engine = methods(core.engine()),
    }
  end

  -- Where a path is wanted a text or number is one: below what is no folder,
  -- so that nothing can be made, not even by root.
  local function elsewhere(good, value)
    local is_path = type(good) == "string" and good:find("^/dev/null/") ~= nil
    if not is_path or type(value) ~= "string" and type(value) ~= "number" then
      return value
    end
    return "/dev/null/" .. value
  end

  it("there are good arguments for every function", function()
    local good = good_arguments()
    for place, functions in pairs(places()) do
      for name, fn in pairs(functions) do
        if type(fn) == "function" then
          assert(good[place][name] ~= nil, place .. "." .. name .. " is not attacked")
        end
      end
    end
  end)

  describe("wrong arguments of", function()
    for _, place in ipairs { "core", "files", "app", "token", "secret", "request",
      "engine" } do
      it(place .. " are told or harmless", function()
        local functions = places()[place]
        for name, good in pairs(good_arguments()[place]) do
          local fn = assert(functions[name], name)
          local count = good and #good or 0
          for at = 1, count + 1 do
            for _, value in ipairs(VALUES) do
              local list = {}
              for i = 1, count do list[i] = good[i] end
              list[at] = elsewhere(good and good[at], value)
              local what = ("%s.%s, argument %d: %s"):format(place, name, at,
                tostring(value):sub(1, 30))
              -- Whether it is right with one more argument is Lua's custom.
              check_outcome(what, pcall(fn, unpack(list, 1, math.max(at, count))))
            end
          end
        end
      end)
    end

    it("a method's object name what was expected", function()
      local expected = { app = app, token = token, secret = secret,
        engine = core.engine(), request = app:get(token, "/me") }
      for class, object in pairs(expected) do
        for name, method in pairs(methods(object)) do
          for _, other in ipairs { 1, "x", {}, io.stdout, core.null, token, app } do
            if getmetatable(other) ~= getmetatable(object) and name ~= "close" then
              local ok, message = pcall(method, other)
              assert.is_false(ok, class .. ":" .. name)
              assert.is_truthy(message:find(class .. " expected", 1, true), message)
            end
          end
          local ok = pcall(method)
          assert.is_true(not ok or name == "close", class .. ":" .. name)
        end
        for event, method in pairs(debug.getmetatable(object)) do
          if type(method) == "function" then
            for _, other in ipairs { 1, "x", {}, io.stdout, core.null } do
              check_outcome(class .. event, pcall(method, other))
            end
          end
        end
      end
    end)
  end)

  -- --- options -----------------------------------------------------------------------

  describe("options", function()
    -- name, function of an options table, its options with a good value each
    local call = { now = 1.5e9, retries = 1, shrinkable = true, timeout = 1,
      version = "v21.0" }
    local takers = {
      { "core.app", function(o) return core.app(o) end, {
        flavour = "basic_display", client_id = "1", client_secret = "x",
        redirect_uri = "https://x/", version = "v21.0", base_url = "https://x.example",
        timeout = 1, connect_timeout = 1, stall_timeout = 1, retries = 1,
        max_body = 4096, proxy = "http://x:1", cainfo = "/x", user_agent = "x" } },
      { "core.engine", function(o) return core.engine(o) end, { pollfd = true } },
      { "app:token", function(o)
        if o.secret == nil then o.secret = "IGx" end
        return app:token(o)
      end, { secret = "IGx", user_id = "1", kind = "long", permissions = "a,b",
        expires_at = 1.5e9, obtained_at = 1.5e9 } },
      { "app:get", function(o) return app:get(token, "/me", nil, o) end, call },
      { "app:fetch", function(o) return app:fetch("http://127.0.0.1:9/", o) end, call },
      { "app:download", function(o)
        return app:download("http://127.0.0.1:9/", folder .. "/x", o)
      end, call },
      { "app:exchange_code", function(o) return app:exchange_code("x", o) end, call },
      { "app:refresh_token", function(o) return app:refresh_token(token, o) end, call },
      { "app:read_signed_request", function(o)
        return app:read_signed_request("a.b", o)
      end, { now = 1.5e9, max_age = 10 } },
    }
    local wrong = { false, 0 / 0, -1, {}, print, "", "\0", HUGE }

    for _, taker in ipairs(takers) do
      local name, fn, good = taker[1], taker[2], taker[3]

      it("of " .. name .. " are refused by name when unknown", function()
        for option in pairs(good) do
          local mistyped = option:sub(1, -2)
          local ok, message = pcall(fn, { [mistyped] = good[option] })
          assert.is_false(ok, mistyped)
          assert.is_truthy(message:find("'" .. mistyped .. "'", 1, true), message)
          if #option > 3 then
            assert.is_truthy(message:find("'" .. option .. "'", 1, true), message)
          end
        end
        for _, key_of in ipairs { 1, true, 0.5, print } do
          assert.is_false((pcall(fn, { [key_of] = 1 })))
        end
        assert.is_false((pcall(fn, { [HUGE] = 1 })))
        assert.is_false((pcall(fn, { ["a\0b"] = 1 })))
      end)

      it("of " .. name .. " are refused by name when of a wrong kind", function()
        for option, fine in pairs(good) do
          check_outcome(option, pcall(fn, { [option] = fine }))
          for _, value in ipairs(wrong) do
            local what = ("%s = %s"):format(option, tostring(value):sub(1, 20))
            local ok, message = pcall(fn, { [option] = value })
            check_outcome(what, ok, message)
            if type(value) ~= type(fine) and option ~= "permissions" then
              assert.is_false(ok, what)
              assert.is_truthy(message:find("'" .. option .. "'", 1, true), message)
            end
            if value == "\0" and option ~= "client_secret" then
              assert.is_false(ok, what)
            end
          end
        end
      end)
    end

    it("that make no sense are refused", function()
      for _, options in ipairs { { flavour = "basic_dysplay" }, { version = "21.0" },
        { version = "v21" }, { version = "v21.0/../x" }, { retries = -1 },
        { retries = 1e9 }, { timeout = 0 }, { max_body = 1 }, { max_body = 1 / 0 },
        { user_agent = "x\r\nX-Evil: 1" }, { base_url = "http://example.com" } } do
        assert.is_false((pcall(core.app, options)))
      end
      assert.is_false((pcall(app.token, app, { secret = "IG x" })))
      assert.is_false((pcall(app.token, app, { secret = "IGx", user_id = "me" })))
      assert.is_false((pcall(app.token, app, { secret = "IGx", kind = "tall" })))
      assert.is_false((pcall(app.get, app, token, "/me", { fields = "id" })))
      assert.is_false((pcall(app.get, app, token, "/me", { { "access_token", "x" } })))
      assert.is_false((pcall(app.get, app, token, "/me", { { "client_secret", "x" } })))
    end)
  end)

  -- --- closed objects ----------------------------------------------------------------

  describe("closed", function()
    it("objects refuse everything but close and tostring", function()
      local closed_app = core.app { client_id = "1" }
      local closed_token = app:token { secret = "IGx" }
      local closed_secret = core.new_key()
      for class, object in pairs { app = closed_app, token = closed_token,
        secret = closed_secret } do
        object:close()
        object:close()
        assert.equal(("instagram.%s (closed)"):format(class), tostring(object))
        for name, method in pairs(methods(object)) do
          if name ~= "close" then
            local ok, message = pcall(method, object, "x", "x", "x")
            assert.is_false(ok, class .. ":" .. name)
            assert.is_truthy(message:find(class .. " is closed", 1, true), message)
          end
        end
      end
      for _, attempt in ipairs {
        function() app:get(closed_token, "/me") end,
        function() app:refresh_token(closed_token) end,
        function() app:token { secret = closed_secret } end,
        function() core.app { client_secret = closed_secret } end,
        function() token:seal(closed_secret) end,
        function() return #closed_secret end,
      } do
        local ok, message = pcall(attempt)
        assert.is_false(ok)
        assert.is_truthy(message:find("closed", 1, true), message)
      end
    end)

    it("requests are done, and have no result", function()
      local request = app:get(token, "/me")
      request:close()
      request:close()
      assert.is_true(request:done())
      assert.is_true(request:ready())
      request:attend(true)
      request:cancel()
      assert.is_false((pcall(request.result, request)))
      assert.is_truthy(tostring(request):find("closed", 1, true))
    end)
  end)

  -- --- a clock that is none ----------------------------------------------------------

  it("a clock that gives no time, or fails, is told of", function()
    local own = core.app { client_id = "1" }
    local dated = own:token { secret = "IGx", expires_at = 1.5e9 }
    for _, clock in ipairs { function() return "x" end, function() end,
      function() error "broken clock" end, function() return 0 / 0 end } do
      core.set_clock(own, clock)
      check_outcome("clock", pcall(dated.expired, dated))
    end
    core.set_clock(own, nil)
    assert.is_true(dated:expired())
  end)

  it("a clock that closes its app is told of", function()
    local own = core.app { client_id = "1", client_secret = SECRET }
    core.set_clock(own, function() own:close() return 1e9 end)
    local ok, message = pcall(own.read_signed_request, own, "a.b")
    assert.is_false(ok)
    assert.is_truthy(message:find("closed", 1, true), message)
  end)

  -- --- keys and secrets --------------------------------------------------------------

  it("keys that are none are refused without being shown", function()
    for _, bad in ipairs { "", "short", ("x"):rep(31), ("x"):rep(33), ("0g"):rep(32),
      ("A"):rep(44), HUGE, 5, {}, print } do
      local ok, message = pcall(token.seal, token, bad)
      assert.is_false(ok)
      assert.is_truthy(message:find("key", 1, true))
      assert.is_true(#message < 300)
    end
  end)

  it("secrets from nowhere are failures", function()
    for _, attempt in ipairs {
      { core.secret_file, folder .. "/none" }, { core.secret_file, folder },
      { core.secret_file, "/dev/null" }, { core.secret_file, "" },
      { core.secret_env, "NO_SUCH_VARIABLE_AT_ALL" }, { core.secret_env, "" },
      { core.secret_env, "A=B" }, { core.secret_fd, 999 },
      { secret.save, secret, folder .. "/none/x" }, { secret.save, secret, folder },
    } do
      local result, message, err = attempt[1](attempt[2], attempt[3])
      assert.is_nil(result)
      assert.is_string(message)
      assert.equal("io", err.kind)
    end
    assert.equal("too_large", select(3, core.secret_file "/dev/zero").kind)
    assert.equal("", io.popen("ls " .. folder .. " | grep -v '^secret$'"):read "*a")
  end)
end)
