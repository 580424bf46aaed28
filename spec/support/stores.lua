-- The stores that the specs and their worker processes work on, by a few words that fit
-- on a command line: "memory", "file PATH", "redis PORT".
local store = require "instagram.store"

local stores = {}

function stores.open(kind, place)
  if kind == "memory" then return store.memory() end
  if kind == "file" then return assert(store.file(place)) end
  assert(kind == "redis", kind)
  return store.redis(function()
    return require("spec.support.redis").connect(place)
  end)
end

return stores
