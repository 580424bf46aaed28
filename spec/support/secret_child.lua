-- The process that is searched for secrets: uses them in every way there is, closes
-- what it opened, collects, then waits to be told to end. It knows the secrets by files
-- only. Usage: LUA spec/support/secret_child.lua URL FOLDER MODE; package.path and
-- cpath come from the environment. Modes: all; tls (what openssl's server can answer);
-- code (takes the token's file for a code and exchanges it).
local url, folder, mode = ...
local core = require "instagram.core"
local instagram = require "instagram"

local function finish(request)
  request:attend(true)
  while not request:done() do core.engine():step(1) end
  return request:result()
end

-- Everything that may be printed of a failure.
local function show(result, message, err)
  print(result, message, err)
  if core.is_error(err) then
    for name, value in pairs(err) do print(name, value) end
  end
  return result
end

local function show_table(value)
  for name, each in pairs(value) do
    if type(each) == "table" then show_table(each) else print(name, each) end
  end
end

local options = {
  flavour = "basic_display", client_id = "1234567890",
  client_secret = core.secret_file(folder .. "/client_secret"),
  redirect_uri = "https://example.com/auth", base_url = url, timeout = 30, retries = 0,
  cainfo = mode == "tls" and folder .. "/ca.pem" or nil,
}

local function by_core()
  local app = core.app(options)
  local secret = core.secret_file(folder .. "/token")
  local token = app:token { secret = secret, kind = "long" }
  show_table(assert(finish(app:get(token, "/me", { { "fields", "id" } }))))
  show_table(assert(finish(app:get(token, "/me/media"))))
  for _, path in ipairs { "/error", "/html", "/cut", "/garbage", "/huge" } do
    show(finish(app:get(token, path)))
  end
  show(finish(app:get(token, "/stall", nil, { timeout = 0.1 })))
  local cancelled = app:get(token, "/stall")
  cancelled:attend(true)
  core.engine():step(0.05)
  cancelled:cancel()
  show(cancelled:result())
  app:get(token, "/me") -- and nobody asks for it
  core.engine():step(0.05)
  print(finish(app:refresh_token(token)), token)
  local long = assert(finish(app:exchange_token(token)))
  print(long, long:kind(), long:expires_at())
  show(finish(app:refresh_token(long))) -- refused, by an error that repeats the token
  local short = show(finish(app:exchange_code "not the secret"))
  show(finish(app:post(token, "/me/media", { { "caption", "x" } })))
  assert(finish(app:fetch(url .. "/x.jpg")))
  assert(finish(app:download(url .. "/x.jpg", folder .. "/x.jpg")))
  local sealed = token:seal(core.new_key())
  print(#sealed, pcall(app.get, token, app), pcall(token.seal, token, "x"))
  print(select(2, pcall(error, tostring(token) .. tostring(app) .. tostring(secret))))
  print(debug.traceback(tostring(token)))
  for _, object in ipairs { token, long, secret, app } do object:close() end
  if short then short:close() end
end

local function by_lua()
  local own = {}
  for name, value in pairs(options) do own[name] = value end
  own.client_secret = instagram.secret.file(folder .. "/client_secret")
  local app = instagram.app(own)
  local secret = instagram.secret.file(folder .. "/token")
  local token = app:token { secret = secret, kind = "long" }
  local client = app:client(token)
  show_table(assert(client:me()))
  for media in client:media { max = 2 } do show_table(media) end
  show_table(assert(client:get("/me/media", {})))
  show(client:get("/error", {}))
  print(client, app, token)
  print(select(2, pcall(function() for _ in client:children "9" do print "x" end end)))
  show(app:refresh_token(token))
  show(client:download(url .. "/x.jpg", folder .. "/y.jpg"))
  token:close()
  secret:close()
  own.client_secret:close()
  app:close()
end

local function by_tls()
  local app = core.app(options)
  local secret = core.secret_file(folder .. "/token")
  local token = app:token { secret = secret, kind = "long" }
  for _ = 1, 3 do show_table(assert(finish(app:get(token, "/me")))) end
  local long = assert(finish(app:exchange_token(token)))
  print(assert(finish(app:refresh_token(token))))
  for _, object in ipairs { token, long, secret, app } do object:close() end
end

-- The redirect that brings a code is a Lua string, whatever we do.
local function by_code()
  local app = core.app(options)
  local secret = core.secret_file(folder .. "/token")
  local code = secret:reveal()
  secret:close()
  assert(finish(app:exchange_code(code))):close()
  app:close()
end

if mode == "tls" then
  by_tls()
elseif mode == "all" then
  by_core()
  by_lua()
else
  by_code()
end
options.client_secret:close()
options = nil
for _ = 1, 4 do collectgarbage() end -- objects that finalizers held go a cycle later
local me = io.open "/proc/self/stat"
print("searched " .. me:read "*l":match "%d+")
me:close()
io.stdout:flush()

-- Until the folder is gone; the engine stays open, as it does in a program that goes
-- on.
while true do
  local still = io.open(folder .. "/token")
  if not still then break end
  still:close()
  core.engine():step(0.05)
end
