-- Whatever Lua makes may run a finalizer, and a finalizer may close anything: what was
-- borrowed from an argument is gone then. Each function here is called again and again
-- while its arguments are closed at one of its allocations; it either refuses what is
-- closed or does its whole work.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

-- Calls fn when this garbage is found.
local function sentinel(fn)
  local proxy = rawget(_G, "newproxy") -- 5.1 has no finalizers for tables
  if proxy then
    getmetatable(proxy(true)).__gc = fn
  else
    setmetatable({}, { __gc = fn })
  end
end

-- Calls fn at the nth finalization from now on.
local function after_finalizations(nth, fn)
  sentinel(function()
    if nth > 1 then after_finalizations(nth - 1, fn) else fn() end
  end)
end

-- With so many, each allocation is followed by a whole cycle.
local STEPS = _VERSION == "Lua 5.1" and 1000000 or 400

local SECRET = ("s"):rep(3000)
local LONG = { flavour = "basic_display", version = "v21.0",
  client_id = ("c"):rep(3000), redirect_uri = "https://" .. ("r"):rep(3000),
  base_url = "https://" .. ("b"):rep(200) }
local permissions = {}
for i = 1, 40 do permissions[i] = "permission_" .. i end

local function long_token(app)
  return app:token { secret = SECRET, permissions = permissions, user_id = "178414" }
end

describe("Finalizers that close what a function works with", function()
  local folder, path

  setup(function()
    folder = calls.folder()
    path = folder .. "/secret"
    calls.write(path, SECRET)
  end)

  teardown(function()
    calls.remove(folder)
  end)

  -- prepare() -> what closes the arguments, the function, its arguments. Between the
  -- collector's start and the function nothing is made: the first to meet it is the
  -- function. check(...) gets what the function returned.
  local function hostile(prepare, check)
    for i = 1, 30 do
      collectgarbage()
      collectgarbage "stop"
      local close, fn, a, b, c, d = prepare()
      after_finalizations(1 + i % 3, close)
      local pause = collectgarbage("setpause", 0)
      local step = collectgarbage("setstepmul", STEPS)
      collectgarbage "restart"
      local ok, result, message = pcall(fn, a, b, c, d)
      collectgarbage("setpause", pause)
      collectgarbage("setstepmul", step)
      if ok then
        check(result, message)
      else
        assert.is_truthy(tostring(result):find "closed", result)
      end
    end
  end

  -- A method of an object that gets closed meanwhile.
  local function method(make, name, check, a, b)
    hostile(function()
      local object = make()
      return function() object:close() end, object[name], object, a, b
    end, check)
  end

  local function equals(expected)
    return function(result) assert.equal(expected, result) end
  end

  it("leave an app whole, or not made", function()
    local signed = "F6Ot9NW25-4A9BfSdiJm1Tcje59xAwbXvA8M_lS8aSI." ..
      "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTAwMCwidXNlcl9pZCI6IjEifQ"
    hostile(function()
      local secret = assert(core.secret_file(path))
      return function() secret:close() end, core.app,
        { client_id = "1", client_secret = secret }
    end, function(app)
      assert.equal("1", assert(app:read_signed_request(signed, { now = 1000 })).user_id)
      app:close()
    end)
  end)

  it("leave a token whole, or not made", function()
    local app = core.app { client_id = "1" }
    hostile(function()
      local secret = assert(core.secret_file(path))
      return function() secret:close() end, app.token, app,
        { secret = secret, permissions = permissions }
    end, function(token)
      assert.equal(SECRET, token:reveal())
      assert.equal(40, #token:permissions())
    end)
  end)

  it("leave options whole that only a table held", function()
    hostile(function()
      local options = { client_id = tostring(os.time()) .. ("x"):rep(100) }
      return function() options.client_id = nil collectgarbage() end, core.app, options
    end, function(app)
      local id = app:client_id()
      assert.is_truthy(id == "" or id:find "^%d+x+$", id)
    end)
  end)

  it("leave texts of an app whole", function()
    local function make() return core.app(LONG) end
    for _, name in ipairs { "client_id", "redirect_uri", "base_url", "version",
      "flavour" } do
      method(make, name, equals(LONG[name]))
    end
  end)

  it("leave secrets whole that are revealed", function()
    local function make() return assert(core.secret_file(path)) end
    method(make, "reveal", equals(SECRET))
  end)

  it("leave what a token says whole", function()
    local app = core.app { client_id = "1" }
    local function make() return long_token(app) end
    method(make, "reveal", equals(SECRET))
    method(make, "user_id", equals "178414")
    method(make, "permissions", function(list)
      assert.same(permissions, list)
    end)
  end)

  it("leave what is sealed whole", function()
    local app, key = core.app { client_id = ("1"):rep(2000) }, core.new_key()
    local function check(sealed)
      assert.equal(SECRET, assert(app:unseal(sealed, key, "account")):reveal())
    end
    method(function() return long_token(app) end, "seal", check, key, "account")
    hostile(function()
      local own = core.app { client_id = ("1"):rep(2000) }
      local token = long_token(own)
      return function() own:close() end, token.seal, token, key, "account"
    end, check)
  end)

  it("leave what is opened whole", function()
    local keeper, key = core.app { client_id = ("1"):rep(2000) }, core.new_key()
    local sealed = long_token(keeper):seal(key, "account")
    hostile(function()
      local app = core.app { client_id = ("1"):rep(2000) }
      return function() app:close() end, app.unseal, app, sealed, key, "account"
    end, function(token) assert.equal(SECRET, token:reveal()) end)
  end)

  it("leave an answer about a token's life to a token that lives", function()
    local app, token = core.app { client_id = "1" }, nil
    core.set_clock(app, function() token:close() return 1000 end)
    for _, name in ipairs { "expired", "refreshable" } do
      token = app:token { secret = "IGx", kind = "long", expires_at = 5000000 }
      local ok, problem = pcall(token[name], token)
      assert.is_false(ok)
      assert.is_truthy(problem:find "token is closed")
    end
  end)

  it("never send a request with half of what it needs", function()
    local server = wire.start()
    server:serve(wire.always { body = "{}" })
    local options, fields = { version = "v21.0" }, { { "fields", 1 } }
    for _, name in ipairs { "get", "post", "delete", "refresh_token",
      "exchange_token" } do
      hostile(function()
        local app = calls.app(server)
        local token = calls.token(app)
        return function() token:close() end, app[name], app, token,
          name:find "token" and options or "/me", fields
      end, function(request)
        pcall(calls.finish, request) -- the token may be closed by now
      end)
    end
    for _, request in ipairs((server:requests())) do
      local sent = request.target .. request.body
      assert.is_truthy(sent:find(calls.TOKEN, 1, true), sent)
    end
    server:stop()
  end)
end)
