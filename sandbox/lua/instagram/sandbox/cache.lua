--- Bounded memory of answers already worked out; empty again after every change of the
-- store, and when it has grown to its limit.

local methods = {}
local mt = { __index = methods }

--- The value kept under a key, or nil.
function methods:get(key)
  if self.generation ~= self.store.generation then return nil end
  return self.items[key]
end

--- Keeps a value; `weight` counts towards the limit (1 when not given).
function methods:put(key, value, weight)
  local stale = self.generation ~= self.store.generation
  if stale or self.weight >= self.limit then
    self.items, self.weight, self.generation = {}, 0, self.store.generation
  end
  self.items[key] = value
  self.weight = self.weight + (weight or 1)
end

--- A cache over a store.
return function(store, limit)
  return setmetatable({ store = store, limit = limit, items = {}, weight = 0,
    generation = store.generation }, mt)
end
