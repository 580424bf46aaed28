-- The process that is searched for secrets: logs a person in through accounts,
-- exchanges, refreshes, meets errors, forgets, closes, collects. It knows the secrets
-- by files only, and prints all that may be printed. After each step it waits for the
-- parent's file FOLDER/go<step>. LUA spec/support/life_child.lua FOLDER
local folder = arg[1]
local calls = require "spec.support.calls"
local instagram = require "instagram"
local life = require "spec.support.life"
local wait = require "instagram.wait"

local step = 0

-- Tells what was done; the parent's answer.
local function done(what)
  step = step + 1
  print(("step %d %s"):format(step, what))
  io.stdout:flush()
  while true do
    local answer = calls.read(("%s/go%d"):format(folder, step))
    if answer and answer:sub(-1) == "\n" then return answer:sub(1, -2) end
    wait.sleep(0.01)
  end
end

local function show(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    print(value)
    if type(value) == "table" then
      for name, each in pairs(value) do print(name, each) end
    end
  end
  print(debug.traceback(tostring((...))))
  return ...
end

local function now() return tonumber(calls.read(folder .. "/now")) end

local function work()
  local accounts, app = life.open(folder, "file", folder .. "/tokens", now, show)
  local url, ticket = accounts:begin_login {}
  local redirect = done("url " .. url)
  show(accounts:finish_login(redirect, ticket:sub(1, -3)))
  show(accounts:finish_login((redirect:gsub("state=", "state=x")), ticket))
  local client = assert(show(accounts:finish_login(redirect, ticket)))
  show(accounts, app, client, client.token, client.held.facts)
  local id = client.me_id
  done "logged in, with a short-lived token"
  show(client:me())
  done "exchanged"
  show(client:me())
  done "refreshed"
  for each, info in accounts:each() do show(each, info) end
  show(client:get("/no/such/path", {}))
  show(client:user "1")
  show(accounts:client "1")
  show(select(2, pcall(accounts.client, accounts, client)))
  show(select(2, pcall(app.exchange_code, app, nil)))
  show(app:exchange_code "no-such-code")
  local other = life.open(folder, "file", folder .. "/tokens", now, show)
  other.keys = { instagram.new_key() }
  show(other:client(id))
  for each, result in other:refresh_due {} do show(each, result) end
  for _, finding in ipairs(app:doctor(client.token)) do show(finding) end
  done "met errors"
  show(client:me())
  for each, result in accounts:refresh_due {} do show(each, result) end
  done "found dead"
  show(accounts:forget(id))
  show(client:me())
  client.token:close()
  app:close()
end

work()
for _ = 1, 3 do collectgarbage() end
done "closed"
