--- The whole story: a local Instagram is started, somebody logs in, the token is made
--- long-lived and refreshed, and everything they posted is read and downloaded into
--- demo-out/. Set in the environment:
---   PHOTOS=DIR                one's own pictures; a subfolder is an album
---   FLAVOUR=basic_display     instead of instagram_login
---   INSTAGRAM_TOKEN_FILE=F    no sandbox: the reading part against the real Instagram
---   DEMO_OUT=DIR              instead of demo-out
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path

local instagram = require "instagram"
local photos = require "photos"
local reading = require "reading"
local terminal = require "terminal"

local check, say, step = reading.check, terminal.say, terminal.step
local DAY = 86400
local VERSION = "v18.0" -- the release of the sandbox's season

local function setting(name, otherwise)
  local value = os.getenv(name)
  if value == nil or value == "" then return otherwise end
  return value
end

local function start_sandbox(folder)
  step "A local Instagram"
  local sandbox = check(require("instagram.sandbox").start {
    data = folder and "empty" or "demo",
    now = folder and os.time() or nil, -- or the pictures would come from the future
    seed = folder and photos.mark(folder),
  })
  say("the sandbox listens on %s", sandbox.url)
  if not folder then
    say "its clock says 1 November 2023 and moves when told"
    return sandbox, "demo_user"
  end
  local username, posts, left_out = photos.import(sandbox, folder)
  if not username then
    local advice = "PHOTOS names a folder with JPEG, PNG or MP4 files."
    error({ message = posts, advice = advice }, 0)
  end
  say("%s from %s", terminal.count(posts, "post"), folder)
  if left_out > 0 then say("%s left out", terminal.count(left_out, "other file")) end
  return sandbox, username
end

local function new_app(sandbox, flavour, counter)
  local options = sandbox:credentials(flavour)
  options.log, options.version = counter.log, VERSION
  return instagram.app(options)
end

-- Window, code, short-lived, long-lived, refreshed: each step by itself, to be seen.
local function log_in(sandbox, app, username)
  step "Authorization Window"
  local url, state = app:authorize_url {}
  say("%s", url)

  step(("@%s says yes"):format(username))
  local redirect = check(sandbox:authorize { user = username, url = url })
  local code = check(app:read_redirect(redirect, state))
  say("the redirect brought a code of %d characters; state matches", #code)

  step "Code for a short-lived token"
  local short = check(app:exchange_code(code))
  say("user id %s, lives %s", short:user_id(), terminal.span(short:expires_in()))

  step "Short-lived for a long-lived token"
  local token = check(app:exchange_token(short))
  short:close()
  say("lives %s", terminal.span(token:expires_in()))

  step "Refresh"
  local _, why = token:refreshable()
  say("not yet: %s", why or "it is too young")
  check(sandbox:advance_clock(DAY))
  say("the sandbox's clock goes on by a day: %s left",
    terminal.span(token:expires_in()))
  check(app:refresh_token(token))
  say("refreshed; lives %s", terminal.span(token:expires_in()))
  return token
end

local function other_flavour(flavour)
  return flavour == "basic_display" and "instagram_login" or "basic_display"
end

-- The same account through the other API: what a script asks for does not change.
local function compare(sandbox, flavour, username, expected)
  local counter = reading.counter()
  local app = new_app(sandbox, flavour, counter)
  step(("The same through %s"):format(flavour == "basic_display"
    and "the Basic Display API that Meta switched off" or "Instagram Login"))
  local url, state = app:authorize_url {}
  local redirect = check(sandbox:authorize { user = username, url = url })
  local token = check(app:login(redirect, state))
  local pager, n, children = app:client(token):media { page_size = 100 }, 0, 0
  while true do
    local media, message, err = pager:next()
    if not media then
      if message then check(nil, message, err) end
      break
    end
    n, children = n + 1, children + #(media.children or {})
  end
  say("%d media%s, %d in albums, %s with the login", n,
    n == expected and " (as many)" or "", children,
    terminal.count(counter.calls, "call"))
  token:close()
end

local function run_sandbox(out)
  local flavour = setting("FLAVOUR", "instagram_login")
  local counter = reading.counter()
  local sandbox, username = start_sandbox(setting "PHOTOS")
  local app = new_app(sandbox, flavour, counter)
  local token = log_in(sandbox, app, username)
  local list = reading.run(app:client(token), out, counter)
  compare(sandbox, other_flavour(flavour), username, #list)
  token:close()
  sandbox:stop()
end

local function run_live(out, path)
  local counter = reading.counter()
  local secret = check(instagram.secret.file(path))
  local client = instagram.open(secret, { log = counter.log,
    base_url = setting "INSTAGRAM_BASE_URL", flavour = setting "FLAVOUR" })
  reading.run(client, out, counter)
end

reading.main(function()
  local out = setting("DEMO_OUT", "demo-out")
  local path = setting "INSTAGRAM_TOKEN_FILE"
  if path then return run_live(out, path) end
  run_sandbox(out)
end)
