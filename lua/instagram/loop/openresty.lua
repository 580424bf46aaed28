--- nginx's Lua module as a loop: who waits for Instagram lets the worker serve others.
--- Used inside nginx without being asked for. nginx cannot watch a descriptor of ours
--- from Lua, so one driver in a worker steps the engine every millisecond while
--- somebody waits, and wakes them. Knows: the core's engine, nginx.
local core = require "instagram.core"

local nginx = rawget(_G, "ngx")
local has_semaphores, semaphore = pcall(require, "ngx.semaphore")

local TICK = 0.001 -- s; ngx.sleep(0) would come back before anything else happens
local LINGER = 10 -- s: so long the driver goes on with what is only asked for ahead
local PATIENCE = 1 -- s: a driver that was not seen for so long is no more

-- Elsewhere (init, log, filters, ...) nginx allows no yield.
local YIELDING = {
  server_rewrite = true, rewrite = true, access = true, content = true, timer = true,
  preread = true, ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true,
}

---@type instagram.Loop
local loop = {}

local waiting = {} -- request -> the semaphore of who waits for it
local seen -- when the driver was last at work; nil: there is none
local drivers = 0 -- how many there were: the last one is the driver

-- Inside a function that a C function called nothing can yield: in a module that is
-- being required, for table.sort, string.gsub, ... LuaJIT's pcall and xpcall can.
local function is_within_c()
  local level = 3
  local info = debug.getinfo(level, "Sf")
  while info do
    if info.what == "C" and info.func ~= pcall and info.func ~= xpcall then
      return true
    end
    level = level + 1
    info = debug.getinfo(level, "Sf")
  end
  return false
end

local function in_handler()
  return coroutine.running() ~= nil and YIELDING[nginx.get_phase()] == true
end

--- Whether waiting is possible here without holding the worker.
---@return boolean
function loop.can_wait()
  return in_handler() and not is_within_c()
end

--- Why nobody can start a task here, not even one of our own: a handler's coroutines
--- are nginx's, which yields between them. nil where one can.
---@return string?
function loop.why_no_task()
  if in_handler() and is_within_c() then
    return "nginx cannot change between tasks inside a module that is being required, "
      .. "or a function called by table.sort, string.gsub or another C function"
  end
end

local function step()
  core.engine():step(0)
  for request, waiter in pairs(waiting) do
    if request:ready() then
      waiting[request] = nil
      waiter:post(1)
    end
  end
end

-- Nobody needs the driver any more: what is only asked for ahead may come a while
-- longer, but does not keep a worker that is to go.
local function is_over(idle_since)
  if not idle_since or next(waiting) then return false end
  return core.engine():pending() == 0 or seen - idle_since > LINGER
    or nginx.worker.exiting()
end

-- A timer of its own, for a request may end, or be ended, before the others it drives.
local function drive(_, number)
  local idle_since
  repeat
    if number ~= drivers then return end -- one was missed, and came back
    seen = core.monotonic()
    step()
    idle_since = next(waiting) == nil and (idle_since or seen) or nil
    nginx.sleep(TICK)
  until is_over(idle_since)
  if number == drivers then seen = nil end
end

-- Sees to it that somebody drives; false when nginx allows no timer (too many of them,
-- or the worker is about to go).
local function have_driver()
  local now = core.monotonic()
  if seen and now - seen < PATIENCE then return true end
  drivers, seen = drivers + 1, now
  if nginx.timer.at(0, drive, drivers) then return true end
  seen = nil
  return false
end

--- Returns once request:ready(); other requests of the worker go on meanwhile.
---@param request instagram.core.Request
function loop.wait(request)
  core.engine():step(0) -- sends it off
  if request:ready() then return end
  local waiter = has_semaphores and semaphore.new()
  while waiter and have_driver() do
    waiting[request] = waiter
    if waiter:wait(PATIENCE) then return end
  end
  waiting[request] = nil
  while not request:ready() do
    nginx.sleep(TICK)
    step()
  end
end

--- Runs fn in a light thread.
---@param fn function
function loop.spawn(fn)
  return nginx.thread.spawn(fn)
end

---@param seconds number
function loop.sleep(seconds)
  nginx.sleep(math.max(seconds, TICK))
end

return loop
