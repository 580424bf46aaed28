-- A busted helper: the collector never rests. A cycle starts as soon as the last
-- one ended, and the C modules' functions and methods are followed by full ones: what
-- C code holds without an anchor is gone the next moment.
collectgarbage("setpause", 0)
collectgarbage("setstepmul", 10000)

local collect = collectgarbage

-- Called in loops while something is waited for: there every 50th time has to do.
local OFTEN = { step = 50, timeout = 50, pending = 50, done = 50, ready = 50, call = 5 }

local function hostile(name, fn)
  local calls, every = 0, OFTEN[name] or 1
  local function after(...)
    calls = calls + 1
    if calls % every == 0 then collect() end
    return ...
  end
  return function(...) return after(fn(...)) end
end

local function make_hostile(functions)
  for name, value in pairs(functions) do
    if type(value) == "function" then functions[name] = hostile(name, value) end
  end
end

for _, name in ipairs { "instagram.core", "instagram.sandbox.host" } do
  local found, module = pcall(require, name)
  if found then make_hostile(module) end
end

-- The classes' methods; metamethods stay as they are.
for name, class in pairs(debug.getregistry()) do
  local ours = type(name) == "string" and name:match("^instagram%.")
  if ours and type(class) == "table" and type(class.__index) == "table" then
    make_hostile(class.__index)
  end
end
