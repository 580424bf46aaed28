-- What the processes of the simulated life share: the accounts of one app of the
-- sandbox in one store, from the files of a folder.
local calls = require "spec.support.calls"
local instagram = require "instagram"
local stores = require "spec.support.stores"

local life = {}

-- A real lock lives for a minute; a simulated day takes a fraction of a second, so that
-- who was killed would keep an account for months.
life.SHORT = 1.5

-- The folder says whether locks are short just now.
local function with_short_locks(store, folder)
  return setmetatable({
    lock = function(_, key, seconds)
      if calls.read(folder .. "/short") then seconds = math.min(seconds, life.SHORT) end
      return store:lock(key, seconds)
    end,
  }, { __index = function(_, name)
    local method = store[name]
    if type(method) ~= "function" then return method end
    return function(_, ...) return method(store, ...) end
  end })
end

--- From now on the locks of all who opened the folder are short, or as long as ever.
function life.shorten_locks(folder, are_short)
  if are_short then
    calls.write(folder .. "/short", "")
  else
    os.remove(folder .. "/short")
  end
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
  return assert(app:accounts { store = with_short_locks(stores.open(kind, place),
    folder), keys = { assert(instagram.secret.file(folder .. "/key")) } }), app
end

return life
