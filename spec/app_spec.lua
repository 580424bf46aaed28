-- The app: the window's address, the redirect, the calls of the token flow, and what is
-- refused before anything is sent.
local fake = require "spec.support.fake_core"

local function query_of(url)
  local query = {}
  for name, value in url:gmatch("[?&]([^=&]+)=([^&#]*)") do
    query[name] = value:gsub("%%(%x%x)", function(digits)
      return string.char(tonumber(digits, 16))
    end)
  end
  return query
end

describe("an app", function()
  local instagram = require "instagram"

  local function app(changes)
    local options = {
      client_id = "990602627938098",
      client_secret = "a1b2c3",
      redirect_uri = "https://example.com/auth?x=1",
    }
    for name, value in pairs(changes or {}) do options[name] = value end
    return instagram.app(options)
  end

  local function refused(words, fn)
    local ok, problem = pcall(fn)
    assert.is_false(ok)
    assert.matches("^[^\n]*app_spec.lua:%d+: ", problem)
    assert.matches(words, problem)
  end

  describe("is made", function()
    it("with the defaults of the manual", function()
      local made = instagram.app {}
      assert.equal("instagram_login", made:flavour())
      assert.is_nil(made:version())
      assert.equal("instagram.app (instagram_login)", tostring(made))
      assert.is_true(made:now() > 1e9)
    end)

    it("with a clock and a version", function()
      local made = app { now = function() return 77 end, version = "v21.0" }
      assert.equal(77, made:now())
      assert.equal("v21.0", made:version())
    end)

    it("not with what it does not know", function()
      refused("did you mean 'client_id'",
        function() instagram.app { clientid = "1" } end)
      for _, far in ipairs { "basic", "display", "" } do
        refused("there are 'instagram_login' and 'basic_display'",
          function() instagram.app { flavour = far } end)
      end
      for _, near in ipairs { "BASIC_DISPLAY", "basic-display", "basic_dispaly" } do
        refused("did you mean 'basic_display'",
          function() instagram.app { flavour = near } end)
      end
      refused("'now' to app %(function expected", function() app { now = 5 } end)
      for _, time in ipairs { "12", false, 0 / 0, 1 / 0 } do
        refused("'now' to app %(it must return epoch seconds, and returned", function()
          app { now = function() return time end }
        end)
      end
      refused("and returned nil", function() app { now = function() end } end)
      refused("'log' to app %(function expected", function() app { log = true } end)
      refused("timeout", function() app { timeout = "soon" } end)
      refused("'options' to app", function() instagram.app() end)
      refused("version", function() app { version = "21" } end)
    end)

    it("and holds no secret that Lua can find", function()
      local function search(value, seen)
        assert.not_matches("a1b2c3", tostring(value))
        if type(value) ~= "table" or seen[value] then return end
        seen[value] = true
        for _, each in pairs(value) do search(each, seen) end
      end
      search(app(), {})
    end)

    it("and closed", function()
      local made = app()
      made:close()
      made:close()
      refused("closed", function() made:authorize_url() end)
    end)
  end)

  describe("authorize_url", function()
    it("has everything the window wants", function()
      local url, state = app():authorize_url()
      assert.matches("^https://www%.instagram%.com/oauth/authorize%?", url)
      local query = query_of(url)
      assert.equal("990602627938098", query.client_id)
      assert.equal("https://example.com/auth?x=1", query.redirect_uri)
      assert.equal("code", query.response_type)
      assert.equal("instagram_business_basic", query.scope)
      assert.equal(state, query.state)
      assert.not_matches("a1b2c3", url)
    end)

    it("has another state each time", function()
      local _, first = app():authorize_url {}
      local _, second = app():authorize_url {}
      assert.not_equal(first, second)
      assert.is_true(#first >= 32)
      local _, own = app():authorize_url { state = "a b&scope=evil" }
      assert.equal("a b&scope=evil", own)
    end)

    it("encodes every part", function()
      local url = app():authorize_url { state = "a b&scope=evil" }
      assert.equal("a b&scope=evil", query_of(url).state)
      assert.not_matches("&scope=evil", url)
    end)

    it("takes scopes as a list or as a text", function()
      local both = "instagram_business_basic,instagram_business_manage_insights"
      local function sent(scope)
        return query_of((app():authorize_url { scope = scope })).scope
      end
      assert.equal(both, sent { "instagram_business_basic",
        "instagram_business_manage_insights" })
      assert.equal(both, sent(both))
      assert.equal(both, sent(both:gsub(",", ", ")))
      assert.equal(both, sent(both:gsub(",", " ")))
    end)

    it("refuses scopes the window would refuse", function()
      refused("no scope 'instagram_busines_basic';"
        .. " did you mean 'instagram_business_basic'",
        function() app():authorize_url { scope = "instagram_busines_basic" } end)
      refused("has no scope 'user_profile'",
        function() app():authorize_url { scope = { "user_profile" } } end)
      refused("'user_profile' must be among them", function()
        app({ flavour = "basic_display" }):authorize_url { scope = { "user_media" } }
      end)
      refused("must be among them", function() app():authorize_url { scope = {} } end)
      refused("names expected", function() app():authorize_url { scope = { 1 } } end)
    end)

    it("knows the options of its flavour only", function()
      local query = query_of((app():authorize_url {
        force_reauth = true, enable_fb_login = false,
      }))
      assert.equal("true", query.force_reauth)
      assert.equal("false", query.enable_fb_login)
      refused("'force_reauth' to authorize_url %(unknown", function()
        app({ flavour = "basic_display" }):authorize_url { force_reauth = true }
      end)
      refused("did you mean 'force_reauth'",
        function() app():authorize_url { force_reath = true } end)
      refused("'force_reauth' to authorize_url %(boolean expected",
        function() app():authorize_url { force_reauth = "yes" } end)
    end)

    it("wants an app that is registered", function()
      refused("redirect_uri", function()
        instagram.app({ client_id = "1" }):authorize_url()
      end)
    end)
  end)

  describe("read_redirect", function()
    it("takes an address, a query, a table", function()
      local made = app()
      for _, redirect in ipairs {
        "https://example.com/auth?x=1&code=AQ-b_c&state=s%2Ft#_",
        "?code=AQ-b_c&state=s%2Ft",
        "code=AQ-b_c&state=s%2Ft#_",
        { code = "AQ-b_c", state = "s/t", x = true },
      } do
        assert.equal("AQ-b_c", (made:read_redirect(redirect, "s/t")))
      end
    end)

    it("compares the state, unless told not to", function()
      local made = app()
      local code, message, err = made:read_redirect("?code=A&state=other", "mine")
      assert.is_nil(code)
      assert.equal("state", err.kind)
      assert.is_string(message)
      assert.equal("state", select(3, made:read_redirect("?code=A", "mine")).kind)
      assert.equal("A", (made:read_redirect("?code=A", false)))
    end)

    it("insists on a state or false", function()
      refused("'state' to read_redirect", function() app():read_redirect "?code=A" end)
      refused("'state' to read_redirect",
        function() app():read_redirect("?code=A", true) end)
      refused("'state' to read_redirect",
        function() app():read_redirect("?code=A", "") end)
      refused("'redirect' to read_redirect",
        function() app():read_redirect(nil, "s") end)
    end)

    it("tells a no from a fault", function()
      local _, _, err = app():read_redirect("?error=access_denied&error_reason="
        .. "user_denied&error_description=The+user+denied+your+request", "s")
      assert.equal("denied", err.kind)
      _, _, err = app():read_redirect({ state = { "s", "s" }, code = "A" }, "s")
      assert.equal("state", err.kind)
      _, _, err = app():read_redirect("", "s")
      assert.equal("state", err.kind)
    end)
  end)

  describe("token", function()
    it("is made from what is known", function()
      local made = app { now = function() return 1000 end }
      local token = made:token { secret = "IGx", user_id = "17841400000000001",
        kind = "long", expires_at = 5000 }
      assert.equal("long", token:kind())
      assert.equal("17841400000000001", token:user_id())
      assert.equal(4000, token:expires_in())
      assert.not_matches("IGx", tostring(token))
    end)

    it("is sealed and opened again", function()
      local key = instagram.new_key()
      local made = app()
      local text = made:token({ secret = "IGx", user_id = "42" }):seal(key)
      assert.not_matches("IGx", text)
      assert.equal("IGx", made:unseal(text, key):reveal())
      local token, message, err = made:unseal(text, instagram.new_key())
      assert.is_nil(token)
      assert.is_string(message)
      assert.equal("sealed", err.kind)
    end)

    it("is refused when it is none", function()
      refused("secret", function() app():token {} end)
      refused("did you mean 'secret'", function() app():token { secrt = "x" } end)
      refused("'options' to token", function() app():token "IGx" end)
      refused("'text' to unseal", function() app():unseal() end)
      refused("'key' to unseal", function() app():unseal("x") end)
      refused("'token' to client %(token expected, got string",
        function() app():client "IGx" end)
      refused("'token' to client", function() app():client() end)
      refused("'token' to refresh_token", function() app():refresh_token {} end)
      refused("'token' to exchange_token", function() app():exchange_token "IGx" end)
      refused("'code' to exchange_code", function() app():exchange_code() end)
      refused("'code' to exchange_code", function() app():exchange_code "" end)
      refused("'timeout' to exchange_code",
        function() app():exchange_code("x", { timeout = -1 }) end)
      refused("no client_id", function()
        instagram.app({}):exchange_code "x"
      end)
    end)

    it("closed is refused", function()
      local made = app()
      local token = made:token { secret = "IGx" }
      local client = made:client(token)
      token:close()
      refused("closed", function() client:me() end)
      refused("closed", function() client:user_id() end)
      refused("closed", function() made:refresh_token(token) end)
    end)
  end)

  describe("read_signed_request", function()
    it("checks its arguments", function()
      refused("'text' to read_signed_request",
        function() app():read_signed_request() end)
      refused("did you mean 'max_age'",
        function() app():read_signed_request("x", { maxage = 3 }) end)
    end)

    it("refuses what is none", function()
      local payload, message, err = app():read_signed_request "no dot"
      assert.is_nil(payload)
      assert.is_string(message)
      assert.equal("signature", err.kind)
    end)
  end)
end)

describe("the token flow", function()
  local instagram, core, answers

  before_each(function()
    answers = {}
    instagram, core = fake.load(function(question)
      local answer = answers[question.method]
      if answer then return answer end
      return fake.failure("exchange", "refused", { status = 400 })
    end)
  end)
  after_each(fake.unload)

  local function asked()
    local list = {}
    for _, question in ipairs(core.questions) do list[#list + 1] = question.method end
    return table.concat(list, " ")
  end

  local function new_app()
    local app = instagram.app { client_id = "1" }
    app.core.read_redirect = function(_, text, state)
      if state == "s" then return text end
      return fake.failure("state", "other state")
    end
    return app
  end

  local function token(name)
    return {
      name = name,
      kind = function() return "unknown" end,
      close = function(self) self.closed = true end,
    }
  end

  it("login does all of it, and closes the short-lived token", function()
    answers.exchange_code, answers.exchange_token = token "short", token "long"
    assert.equal("long", new_app():login("?code=A", "s").name)
    assert.equal("exchange_code exchange_token", asked())
    assert.is_true(answers.exchange_code.closed)
  end)

  it("login stops at the first failure", function()
    local app = new_app()
    assert.equal("state", select(3, app:login("?code=A", "t")).kind)
    assert.equal("", asked())
    assert.equal("exchange", select(3, app:login("?code=A", "s")).kind)
    assert.equal("exchange_code", asked())
  end)

  it("login saves the short-lived token when only the last step fails", function()
    answers.exchange_code = token "short"
    local long, message, err, short = new_app():login("?code=A", "s")
    assert.is_nil(long)
    assert.is_string(message)
    assert.equal("exchange", err.kind)
    assert.equal("short", short.name)
    assert.is_nil(short.closed)
  end)

  it("refresh_token says true", function()
    local app, old = new_app(), token "old"
    local ok, message, err = app:refresh_token(old)
    assert.is_nil(ok)
    assert.matches("refused", message)
    assert.equal("exchange", err.kind)
    answers.refresh_token = old
    assert.is_true(app:refresh_token(old, { timeout = 5 }))
    assert.equal(5, core.questions[2].opts.timeout)
  end)
end)

describe("the module", function()
  local instagram = require "instagram"

  it("tells its version", function()
    assert.matches("^instagram %d+%.%d+%.%d+", instagram._VERSION)
    assert.equal(require("instagram.core").null, instagram.null)
    assert.is_boolean(instagram.wipes())
  end)

  it("reveals a key to the last byte, zeros and all", function()
    local path, key = os.tmpname(), "k" .. ("\0"):rep(30) .. "\1"
    local file = assert(io.open(path, "wb"))
    file:write(key)
    file:close()
    assert.equal(key, assert(instagram.secret.file(path)):reveal())
    os.remove(path)
    for _ = 1, 50 do assert.equal(32, #instagram.new_key():reveal()) end
  end)

  it("reads secrets without showing them", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("IGsecret\n")
    file:close()
    local secret = assert(instagram.secret.file(path))
    os.remove(path)
    assert.not_matches("IGsecret", tostring(secret))
    assert.equal("instagram.client (instagram_login)", tostring(instagram.open(secret)))
    local none, message, err = instagram.secret.file(path)
    assert.is_nil(none)
    assert.is_string(message)
    assert.is_true(instagram.is_error(err))
    assert.is_nil((instagram.secret.env "INSTAGRAM_NO_SUCH_VARIABLE"))
    assert.error_matches(function() instagram.secret.file() end,
      "'path' to secret.file")
    assert.error_matches(function() instagram.secret.env(3) end, "'name' to secret.env")
    assert.error_matches(function() instagram.secret.fd "x" end,
      "'number' to secret.fd")
  end)

  it("tells its errors from others", function()
    local _, _, err = instagram.secret.file "/nowhere/at/all"
    assert.is_true(instagram.is_error(err))
    assert.is_false(instagram.is_error {})
    assert.is_false(instagram.is_error(nil))
    assert.is_false(instagram.is_error "x")
  end)

  it("has one engine", function()
    assert.equal(instagram.engine(), instagram.engine())
    assert.error_matches(function() instagram.engine { pollfd = 3 } end, "pollfd")
  end)
end)
