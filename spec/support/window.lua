--- Browsers at the Authorization Window in specs, by raw HTTP: cookies, seals, answers.
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"

local window = {}
local methods = {}
local mt = { __index = methods }

window.FLAVOURS = { "basic_display", "instagram_login" }
window.NAMES = { basic_display = "Sandbox Basic Display",
  instagram_login = "Sandbox Instagram Login" }

--- Where the apps are redirected to.
window.BACK = "https://localhost/auth/"

--- A sandbox (`sandbox`) with people in it, of whom one is no tester.
function window.open()
  local self = setmetatable({ sandbox = support.start { data = "empty" } }, mt)
  local sandbox = self.sandbox
  sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
  sandbox:control("add_user", { username = "bert", account_type = "MEDIA_CREATOR" })
  sandbox:control("add_user", { username = "paul", account_type = "PERSONAL" })
  sandbox:control("add_user", { username = "stranger", tester = false,
    account_type = "BUSINESS" })
  return self
end

--- Everything as at the start: nobody let an app in.
function methods:renew()
  self.sandbox:control "reset"
  self.sandbox:set_clock(1698796800)
  for _, flavour in ipairs(window.FLAVOURS) do
    self.sandbox:control("update_app", { flavour = flavour,
      name = window.NAMES[flavour], redirect_uris = { window.BACK } })
    for _, name in ipairs { "anna", "bert" } do
      self.sandbox:control("remove_app", { flavour = flavour, username = name })
    end
  end
end

--- The path and query of the window, with changes of them.
function methods:path_of(flavour, changes)
  return (http.window(self.sandbox, flavour, changes):gsub("^http://[^/]+", ""))
end

function methods:get(path, cookie, headers)
  headers = headers or {}
  headers.Cookie = cookie
  return http.get(self.sandbox, path, nil, headers)
end

function methods:post(path, cookie, form, headers)
  headers = headers or {}
  headers.Cookie = cookie
  return http.request(self.sandbox, { path = path, form = form, headers = headers })
end

--- The login an answer set, as a cookie.
function window.cookie_of(answer)
  return (answer:header "Set-Cookie" or ""):match "^(sandbox_login=[%w_-]+);"
end

--- Logs somebody in: the cookie, and the answer.
function methods:log_in(path, name)
  local answer = self:post(path, nil, { choice = "login", username = name or "anna" })
  return window.cookie_of(answer), answer
end

--- The seal in a page's form.
function window.seal_of(page)
  return page.body:match 'name="seal" type="hidden" value="([%w_-]+)"'
end

--- The whole way: log in, look, answer. `ticked`: the scopes left ticked.
function methods:answer(path, choice, ticked, name)
  local cookie = self:log_in(path, name)
  local form = { { "choice", choice },
    { "seal", window.seal_of(self:get(path, cookie)) } }
  for _, scope in ipairs(ticked or {}) do form[#form + 1] = { "scope", scope } end
  return self:post(path, cookie, form)
end

--- What the code of a redirect grants: the permissions of the journal's entry.
function methods:granted() return http.last(self.sandbox).granted end

return window
