--- An app as it is registered with Meta: logging people in, the life of tokens,
--- clients. Knows: the core's app and calls. Must not know: secrets (the core keeps
--- them), flavours (their table does).
local core = require "instagram.core"
local call = require "instagram.call"
local check = require "instagram.check"
local client = require "instagram.client"
local window = require "instagram.window"

---@class instagram.App
local methods = {}
local app_mt = { __name = "instagram.app", __index = methods }

function app_mt:__tostring()
  return ("instagram.app (%s)"):format(self.name)
end

local app = {}

-- As curl's own command does: who tells all programs of a certificate (of a proxy that
-- reads TLS, of the sandbox) tells them so.
local function authorities()
  for _, name in ipairs { "CURL_CA_BUNDLE", "SSL_CERT_FILE" } do
    local path = os.getenv(name)
    if path and path ~= "" then return path end
  end
end

-- These two the core does not need; all other options are its to check.
local function take_own(options)
  local rest = {}
  for name, value in pairs(options) do rest[name] = value end
  for _, name in ipairs { "now", "log" } do
    if rest[name] ~= nil and type(rest[name]) ~= "function" then
      check.bad_option(name, "app", "function expected, got " .. type(rest[name]))
    end
    rest[name] = nil
  end
  rest.cainfo = rest.cainfo or authorities()
  return rest
end

-- A clock that gives no time would be noticed only when a code is already spent on it.
local function check_clock(now)
  local time = now()
  if type(time) ~= "number" or time ~= time or math.abs(time) == math.huge then
    local got = type(time) == "number" and tostring(time) or type(time)
    check.bad_option("now", "app",
      "it must return epoch seconds, and returned " .. got)
  end
end

-- A log that raises must not cost whoever has a token in hand.
local function quiet(log)
  return log and function(event) pcall(log, event) end
end

--- Makes an app. Unknown options are refused by name.
---@param options instagram.AppOptions
---@return instagram.App
function app.new(options)
  check.argument(options, "options", "app", "table")
  local handle = check.relay(core.app, take_own(options))
  if options.now then
    check_clock(options.now)
    core.set_clock(handle, options.now)
  end
  return setmetatable({
    core = handle,
    name = handle:flavour(),
    timeout = options.timeout,
    log = quiet(options.log),
    clock = options.now or core.now,
  }, app_mt)
end

--- "instagram_login" or "basic_display".
---@return string
function methods:flavour()
  return self.name
end

--- "v21.0", or nil when calls go without a version.
---@return string?
function methods:version()
  return check.relay(self.core.version, self.core)
end

--- Epoch seconds by the app's clock.
---@return number
function methods:now()
  return self.clock()
end

-- --- logging in ----------------------------------------------------------------------

--- The address of the Authorization Window, to which the person's browser is sent.
---@param options instagram.WindowOptions?
---@return string url
---@return string state what the redirect must bring back; keep it with the person's
--- session. Random when not given
function methods:authorize_url(options)
  local question = window.question(self.name, options)
  return check.relay(self.core.authorize_url, self.core, question), question.state
end

--- Reads what the window sent the browser back with.
---@param redirect string|table the address, its query, or the query's table
---@param state string|false from authorize_url; false skips the check, for a redirect
--- that no authorize_url of ours began
---@return string? code
---@return string? message
---@return instagram.Error? err kinds `denied`, `state`, `exchange`
function methods:read_redirect(redirect, state)
  local text = window.redirect_text(redirect)
  if state ~= false and (type(state) ~= "string" or state == "") then
    check.fail("bad argument 'state' to read_redirect (the state of authorize_url "
      .. "expected, or false to skip the check, got " .. type(state) .. ")")
  end
  return check.relay(self.core.read_redirect, self.core, text, state)
end

local each_call = check.options {}

local function options_of(options, where)
  return check.call_options(check.given(options, each_call, where))
end

--- Exchanges the code for a short-lived token (an hour). A code works once, and is sent
--- at most once.
---@param code string
---@param options instagram.CallOptions?
---@return instagram.Token? token
---@return string? message
---@return instagram.Error? err
function methods:exchange_code(code, options)
  check.argument(code, "code", "exchange_code", "text")
  options = options_of(options, "exchange_code")
  local path = core.flavours[self.name].paths.token
  return call.run(self, "POST", path, "exchange_code", code, options)
end

--- Exchanges a short-lived token for a long-lived one (60 days).
---@param token instagram.Token
---@param options instagram.CallOptions?
---@return instagram.Token? token another object; the short-lived one stays as it is
---@return string? message
---@return instagram.Error? err
function methods:exchange_token(token, options)
  check.token(token, "exchange_token")
  options = options_of(options, "exchange_token")
  local path = core.flavours[self.name].paths.exchange
  return call.run(self, "GET", path, "exchange_token", token, options)
end

--- Makes a long-lived token live for 60 days from now, when it is a day old or more.
--- The object is updated in place, and untouched on failure. Instagram may answer well
--- and yet not extend it: token:extended() says.
---@param token instagram.Token
---@param options instagram.CallOptions?
---@return true? ok
---@return string? message
---@return instagram.Error? err
function methods:refresh_token(token, options)
  check.token(token, "refresh_token")
  options = options_of(options, "refresh_token")
  local path = core.flavours[self.name].paths.refresh
  local same, message, err = call.run(self, "GET", path, "refresh_token", token,
    options)
  if not same then return nil, message, err end
  return true
end

--- From the redirect to a long-lived token: read_redirect, exchange_code and
--- exchange_token in one.
---@param redirect string|table
---@param state string|false
---@param options instagram.CallOptions? for each of the two calls
---@return instagram.Token? token
---@return string? message
---@return instagram.Error? err
---@return instagram.Token? short when only the last step failed: the code is spent, but
--- with this token exchange_token can be tried again for an hour
function methods:login(redirect, state, options)
  options_of(options, "login")
  local code, message, err = self:read_redirect(redirect, state)
  if not code then return nil, message, err end
  local short
  short, message, err = self:exchange_code(code, options)
  if not short then return nil, message, err end
  local token
  token, message, err = self:exchange_token(short, options)
  if not token then return nil, message, err, short end
  short:close()
  return token
end

-- --- tokens and clients
-- ---------------------------------------------------------------

--- A token that was pasted, generated in the dashboard, or kept elsewhere.
---@param options instagram.TokenOptions
---@return instagram.Token
function methods:token(options)
  check.argument(options, "options", "token", "table")
  return check.relay(self.core.token, self.core, options)
end

--- Opens what token:seal(key) wrote.
---@param text string
---@param key string|instagram.Secret 32 bytes, or their hex or base64url form
---@return instagram.Token? token
---@return string? message
---@return instagram.Error? err kind `sealed`
function methods:unseal(text, key)
  check.argument(text, "text", "unseal", "string")
  check.argument(key, "key", "unseal", "secret")
  return check.relay(self.core.unseal, self.core, text, key)
end

-- What the core says of a good signature at a wrong time.
local untimely = { "it is too old", "in the future", "it has expired" }

-- Of these "not Meta's; ignore it" would be the wrong advice.
local function advise(message, err)
  for _, words in ipairs(untimely) do
    if message:find(words, 1, true) then
      err.advice = "Meta signed it, but not now: it was late, somebody sent it again, "
        .. "or this machine's clock is wrong (app:doctor compares it with Instagram's)."
    end
  end
  return nil, message, err
end

--- Reads a `signed_request` that Meta posts when a person removes the app or asks for
--- the deletion of their data: signature checked, algorithm pinned, age checked.
---@param text string
---@param options { max_age: number? }? seconds
---@return table? payload `user_id` (string), `algorithm`, `issued_at`, ...
---@return string? message
---@return instagram.Error? err kind `signature`
function methods:read_signed_request(text, options)
  check.argument(text, "text", "read_signed_request", "string")
  local allowed = check.options({ max_age = "seconds" }, true)
  local given = check.given(options, allowed, "read_signed_request")
  local details = { now = self.clock(), max_age = given.max_age }
  local payload, message, err = check.relay(self.core.read_signed_request, self.core,
    text, details)
  if not payload then return advise(message, err) end
  return payload
end

--- A client that reads with a token. It refers to the token; it holds no secret itself.
---@param token instagram.Token
---@return instagram.Client
function methods:client(token)
  return client.new(self, check.token(token, "client"))
end

--- Many accounts in a store, kept alive by themselves.
---@param options instagram.AccountsOptions
---@return instagram.Accounts? accounts
---@return string? message
---@return instagram.Error? err kinds `store`, `io`
function methods:accounts(options)
  return require("instagram.accounts").new(self, options)
end

--- Looks for what is wrong with this app, this machine and a token: a list of findings,
--- each with a remedy. Makes a handful of calls; changes nothing.
---@param token instagram.Token? without one only the app and the way to Instagram
---@return instagram.Finding[]
function methods:doctor(token)
  return require("instagram.doctor").examine(self, token)
end

--- Wipes the app secret; calls under way go on, new ones raise.
function methods:close()
  self.core:close()
end

return app
