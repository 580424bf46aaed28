--- Where a coroutine may yield: anywhere, but out of C functions such as table.sort,
--- and in PUC Lua 5.1 not even out of an iterator or pcall. Knows nothing of the rest.
local check = require "instagram.check"

local isyieldable = coroutine.isyieldable -- Lua 5.3, LuaJIT

local yield = {}

--- False in PUC Lua 5.1 alone (LuaJIT can). Not tried out with a coroutine: nginx
--- allows none where modules are first required.
yield.anywhere = rawget(_G, "jit") ~= nil or _VERSION ~= "Lua 5.1"

-- Lua 5.3 on and LuaJIT know at once whether a C function is in between that cannot be
-- yielded out of. The main thread never can; what is done there is the host loop's.
local function check_boundary()
  if not isyieldable or isyieldable() then return end
  local thread, is_main = coroutine.running()
  if not thread or is_main then return end
  check.fail("Lua cannot wait inside a function that was called by table.sort, "
    .. "string.gsub or another C function in a task: wait before or after it")
end

--- Called before every yield: Lua's own words for this help nobody.
function yield.check_frames()
  if yield.anywhere then return check_boundary() end
  if not debug then return end
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
