--- Apps of the sandbox's dashboard in specs: one is made, changed by calls, and used as
--- its developer and people would.
local assert = require "luassert"
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"

local methods = {}
local mt = { __index = methods }

local dashboard = {}

--- A sandbox (`sandbox`) with three people, and no app yet (`app`, when one was added).
function dashboard.open()
  local self = setmetatable({}, mt)
  self.sandbox = support.start { data = "empty" }
  self.sandbox:control("add_user", { username = "anna" })
  self.sandbox:control("add_user", { username = "biz", account_type = "BUSINESS" })
  self.sandbox:control("add_user", { username = "stranger", tester = false })
  return self
end

--- Adds an app, the one that is spoken of from now on.
function methods:add(changes)
  local spec = { flavour = "basic_display", name = "Mine",
    redirect_uris = { "https://mine.example/cb" } }
  for name, value in pairs(changes or {}) do spec[name] = value end
  self.app = assert(self.sandbox:control("add_app", spec))
  return self.app
end

--- A control call about the app.
function methods:call(name, args)
  local given = { client_id = self.app.client_id }
  for key, value in pairs(args or {}) do given[key] = value end
  return self.sandbox:control(name, given)
end

--- One that is to be refused with these words among others.
function methods:refused(message, name, args)
  local result, text = self:call(name, args)
  assert.is_nil(result)
  assert.matches(message, text, 1, true)
end

--- The app's secret.
function methods:secret()
  return self.sandbox:control("credentials", { client_id = self.app.client_id })
    .client_secret
end

--- What is told of the app now, under that name.
function methods:now(name)
  for _, each in ipairs(self.sandbox:control("apps").apps) do
    if each.client_id == self.app.client_id then return each[name] end
  end
end

--- Where a person who allows everything is sent.
function methods:open_window(user, changes)
  local query = { client_id = self.app.client_id, response_type = "code",
    redirect_uri = "https://mine.example/cb", scope = "user_profile,user_media" }
  for name, value in pairs(changes or {}) do query[name] = value end
  return self.sandbox:authorize { user = user,
    url = self.sandbox.url .. "/oauth/authorize?" .. http.query(query) }
end

--- Changes the code of that address for a token; the answer.
function methods:exchange(location, changes)
  local form = { client_id = self.app.client_id, client_secret = self:secret(),
    grant_type = "authorization_code", redirect_uri = "https://mine.example/cb",
    code = location and location:match "code=([^&#]+)" or "AQ" }
  for name, value in pairs(changes or {}) do form[name] = value end
  return http.post(self.sandbox, "/oauth/access_token", form)
end

function methods:me(token, fields)
  return http.get(self.sandbox, "/me", { access_token = token, fields = fields })
end

--- Adds an app that is live: everything but the reviews.
function methods:live()
  self:add { privacy_url = "https://mine.example/p",
    deletion_url = "https://mine.example/d" }
  self:call "verify_business"
  self:call("answer_data_handling", { responsible = "Mine", country = "Atlantis" })
  assert(self:call("update_app", { mode = "live" }))
end

--- Asks for advanced access, and gives it.
function methods:approve(permission)
  local review = assert(self:call("submit_review", { permission = permission,
    description = "shows it", screencast = "https://mine.example/film" }))
  return assert(self.sandbox:control("decide_review", { number = review.number,
    decision = "approve" }))
end

return dashboard
