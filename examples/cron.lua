-- Keeps the tokens of all accounts alive: run it once a day. Options come from a Lua
-- file that returns a table: LUA examples/cron.lua OPTIONS.lua
--
--   return {
--     app = { client_id = "...", redirect_uri = "https://example.com/auth" },
--     secret = "/etc/myapp/instagram.secret",   -- the app secret, in a file
--     store = "/var/lib/myapp/tokens",          -- a folder
--     key = "/etc/myapp/instagram.key",         -- nil: the one beside the store
--   }
--
-- Ends with 0 when all is well, with 1 when a person must log in again (said at each
-- run until they do) or something failed. A store without accounts is no failure: it
-- is said, since the folder may be the wrong one, and the end is 0.
local instagram = require "instagram"

local options = dofile(assert(arg[1], "usage: cron.lua OPTIONS.lua"))
options.app.client_secret = assert(instagram.secret.file(options.secret))

local accounts = assert(instagram.app(options.app):accounts {
  store = assert(instagram.store.file(options.store)),
  keys = options.key and { assert(instagram.secret.file(options.key)) } or nil,
})

local code = 0
for id, result in accounts:refresh_due { concurrency = 20 } do
  if result.err then
    code = 1
    io.stderr:write(id, ": ", tostring(result.err), "\n  ", result.err.advice, "\n")
  elseif result.grant_ends then
    io.stderr:write(id, ": the person must log in again before ",
      os.date("%Y-%m-%d", result.grant_ends.latest), " (a private account: ",
      os.date("%Y-%m-%d", result.grant_ends.earliest), ")\n")
  elseif result.refreshed then
    print(id, "lives until " .. os.date("%Y-%m-%d", result.expires_at))
  end
end
if not accounts:each()() then
  io.stderr:write("there are no accounts of this app in ", options.store, "\n")
end
os.exit(code)
