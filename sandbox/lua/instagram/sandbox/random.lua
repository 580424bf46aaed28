--- A seeded generator: the same trace ids in every run, on every Lua.
-- Lehmer's multiplier 48271 modulo 2^31 - 1: every product stays below 2^53, so Lua
-- 5.1's doubles and 5.4's integers walk the same numbers. Not for secrets.

local random = {}

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

-- All 4,096 pairs of an alphabet of 64: one draw gives two characters.
local function pairs_of(chars)
  local list = {}
  for i = 1, 64 do
    for j = 1, 64 do list[#list + 1] = chars:sub(i, i) .. chars:sub(j, j) end
  end
  return list
end

local url_pairs = pairs_of(alphabet .. "-_")
local base64_pairs = pairs_of(alphabet .. "+/")

local methods = {}
local mt = { __index = methods }

--- A generator; `seed` is any number.
function random.new(seed)
  return setmetatable({ state = math.floor(seed) % 2147483646 + 1 }, mt)
end

--- One that goes on where another stood (its `state`).
function random.resume(state) return setmetatable({ state = state }, mt) end

--- True for a generator.
function random.is(value) return getmetatable(value) == mt end

local function text(self, list, length)
  local out, state = {}, self.state
  for i = 1, math.ceil(length / 2) do
    state = state * 48271 % 2147483647
    out[i] = list[state % 4096 + 1]
  end
  self.state = state
  return table.concat(out):sub(1, length)
end

--- A number from 0 to less than 1.
function methods:fraction()
  self.state = self.state * 48271 % 2147483647
  return self.state / 2147483647
end

--- `length` characters of base64url.
function methods:url_text(length) return text(self, url_pairs, length) end

--- `length` characters of base64.
function methods:base64_text(length) return text(self, base64_pairs, length) end

return random
