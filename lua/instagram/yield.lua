--- Where a coroutine may yield: anywhere, but in PUC Lua 5.1, which cannot yield out of
--- an iterator, pcall or any other C function. Knows nothing of the rest.
local check = require "instagram.check"

local yield = {}

--- False in PUC Lua 5.1 alone (LuaJIT can). Not tried out with a coroutine: nginx
--- allows none where modules are first required.
yield.anywhere = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

--- Called before every yield: 5.1's own words for this help nobody.
function yield.check_frames()
  if yield.anywhere or not debug then return end
  local level = 2
  local info = debug.getinfo(level, "S")
  while info do
    if info.what == "C" then
      check.fail("Lua 5.1 cannot wait inside pcall (or another C function) in a task: "
        .. "wait outside, and walk a pager with its method next")
    end
    level = level + 1
    info = debug.getinfo(level, "S")
  end
end

--- Called first by iterators that are about to wait in a coroutine.
---@param name string of the method that works instead
function yield.check_iterator(name)
  if yield.anywhere then return end
  check.fail(("Lua 5.1 cannot wait inside a `for` iterator in a task: "
    .. "call the pager's method %s in a loop instead"):format(name))
end

return yield
