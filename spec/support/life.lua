-- What the processes of the simulated life share: the accounts of one app of the
-- sandbox in one store, from the files of a folder.
local calls = require "spec.support.calls"
local instagram = require "instagram"
local stores = require "spec.support.stores"

local life = {}

-- A real lock lives for a minute; a simulated day takes a fraction of a second, so that
-- who was killed would keep an account for months.
life.LOCK_LIFE = 1.5

local function short_locks(store)
  return setmetatable({
    lock = function(_, key, seconds)
      return store:lock(key, math.min(seconds, life.LOCK_LIFE))
    end,
  }, { __index = function(_, name)
    local method = store[name]
    if type(method) ~= "function" then return method end
    return function(_, ...) return method(store, ...) end
  end })
end

--- Notes what `open` reads: of a sandbox, and a new key.
function life.prepare(folder, credentials)
  local lines = {}
  for _, name in ipairs { "flavour", "client_id", "redirect_uri", "base_url" } do
    lines[#lines + 1] = name .. "=" .. credentials[name]
  end
  calls.write(folder .. "/app", table.concat(lines, "\n") .. "\n")
  calls.write(folder .. "/client_secret", credentials.client_secret)
  assert(instagram.new_key():save(folder .. "/key"))
end

--- The accounts; `now` is the clock, `log` the app's.
function life.open(folder, kind, place, now, log)
  local options = { now = now, log = log, timeout = 20 }
  for name, value in calls.read(folder .. "/app"):gmatch("([%l_]+)=([^\n]*)\n") do
    options[name] = value
  end
  options.client_secret = assert(instagram.secret.file(folder .. "/client_secret"))
  local app = instagram.app(options)
  return assert(app:accounts { store = short_locks(stores.open(kind, place)),
    keys = { assert(instagram.secret.file(folder .. "/key")) } }), app
end

return life
