--- The one seam between calls and loops: everything that waits in this package waits
--- here. Inside a task it yields to the scheduler, in a host loop it asks the loop,
--- else it blocks in the engine. Knows: tasks, and the one loop in use.
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"
local tasks = require "instagram.tasks"
local yield = require "instagram.yield"

local unpack = table.unpack or unpack

local wait = {}

---@class instagram.Loop
---@field wait fun(request: instagram.core.Request) returns once request:ready()
---@field spawn fun(fn: function) runs fn in a coroutine of the loop
---@field sleep fun(seconds: number)
---@field can_wait? fun(): boolean false where the loop cannot wait: a call blocks there
---@field why_no_task? fun(): string? why no task can be started here, not even ours

-- In use, for the rest of this Lua state's life. Inside nginx its own is, until another
-- is chosen.
local loop = rawget(_G, "ngx") and require "instagram.loop.openresty"
local chosen = false

local guests = setmetatable({}, { __mode = "k" }) -- the loop's coroutine -> our task

--- Takes a loop: {wait, spawn, sleep}. One per Lua state; the same one again is fine.
---@param other instagram.Loop
function wait.use(other)
  check.argument(other, "loop", "use", "table")
  for _, name in ipairs { "wait", "spawn", "sleep" } do
    if type(other[name]) ~= "function" then
      check.fail(("bad argument 'loop' to use (it has no function '%s')"):format(name))
    end
  end
  if chosen and loop ~= other then
    check.fail "another loop is in use already: there is one for a Lua state"
  end
  loop, chosen = other, true
end

-- The loop, where it can wait.
local function host()
  if loop and loop.can_wait and not loop.can_wait() then return nil end
  return loop
end

-- Would a wait here have to yield?
local function must_yield()
  return tasks.current() ~= nil or host() ~= nil and coroutine.running() ~= nil
end

--- An iterator calls this first.
---@param name string of the method that works everywhere
function wait.check_iterator(name)
  if must_yield() then yield.check_iterator(name) end
end

-- Returns when the request is done; when watched, also when it has moved.
local function pause(request, watch)
  local task = tasks.current()
  if must_yield() then yield.check_frames() end
  if task then return tasks.pause(task, request, watch) end
  if host() then return loop.wait(request) end
  core.engine():step(1)
end

-- Tells what has arrived when that is news; returns how much it was.
local function report(request, on_progress, told)
  local received, total = request:progress()
  if received == told then return told end
  local ok, problem = pcall(on_progress, received, total)
  if ok then return received end
  request:cancel()
  request:attend(false)
  error(problem, 0)
end

-- The task of ours, or of the host loop, whose code runs now; nil outside them.
local function current()
  return tasks.current() or loop and guests[coroutine.running() or wait] or nil
end

--- Tasks that end when the current one is cancelled (`map` owns its workers).
---@param others instagram.Task[]?
function wait.own(others)
  local task = current()
  if task then task.owned = others end
end

-- The task that is about to wait for a request, and what it waited for before (its
-- on_progress may wait, though it must not): cancelling the task ends the request. In a
-- host loop a coroutine cannot be ended from outside: the request is, and so is every
-- later one.
local function enter(request)
  local task = current()
  if not task then return end
  if task.cancelled then request:cancel() end
  local outer = task.attended
  task.attended = request
  return task, outer
end

--- Waits for a request of the core and takes its result. Times run only meanwhile.
---@param request instagram.core.Request
---@param on_progress fun(received: integer, total: integer?)? must not wait itself; an
--- error in it cancels the request and is raised again
---@return any ... what request:result() gives
function wait.request(request, on_progress)
  local task, outer = enter(request)
  local told = 0
  request:attend(true)
  while not request:done() do
    pause(request, on_progress ~= nil)
    if on_progress and not request:done() then
      told = report(request, on_progress, told)
    end
  end
  if task then task.attended = outer end
  request:attend(false)
  return request:result()
end

--- Lets requests that nobody waits for get on, without waiting: for a walk that goes
--- through its page while the next one comes. Tasks and loops do that by themselves.
function wait.poke()
  if not loop and not tasks.current() then core.engine():step(0) end
end

--- Does nothing for so many seconds; tasks and the loop go on.
---@param seconds number
function wait.sleep(seconds)
  check.argument(seconds, "seconds", "sleep", "pause")
  local task = tasks.current()
  if must_yield() then yield.check_frames() end
  if task then return tasks.sleep(task, seconds) end
  if host() then return loop.sleep(seconds) end
  local deadline = core.monotonic() + seconds
  local left = seconds
  while left > 0 do
    core.engine():step(math.min(left, 3600))
    left = deadline - core.monotonic()
  end
end

-- A host loop can wait for requests and for time only; so other things are looked at
-- now and then, less and less often.
local function join_by_sleeping(object)
  local seconds = 0.001
  while not object:done() do
    loop.sleep(seconds)
    seconds = math.min(seconds * 2, 0.02)
  end
end

--- Returns when object:done(): a task, or anything with that method.
function wait.join(object)
  if host() and not tasks.current() then return join_by_sleeping(object) end
  tasks.join(object)
end

-- A task of a host loop: the face of instagram.Task.
local guest_methods = {}
local guest_mt = { __name = "instagram.task", __index = guest_methods }

function guest_mt:__tostring()
  return ("instagram.task (%s)"):format(self.ended or "running")
end

function guest_methods:done()
  return self.ended ~= nil
end

function guest_methods:wait()
  if self == guests[coroutine.running() or wait] then
    check.fail "a task cannot wait for itself"
  end
  self.claimed = true
  wait.join(self)
  if self.ended == "failed" then error(self.results[2], 0) end
  if self.ended == "cancelled" then
    return errors.failure("cancelled", "the task was cancelled")
  end
  return unpack(self.results, 2, self.results.n)
end

function guest_methods:cancel()
  if self.ended or self.cancelled then return false end
  self.cancelled = true
  if self.attended then self.attended:cancel() end
  for _, other in ipairs(self.owned or {}) do other:cancel() end
  return true
end

-- pcall that may be yielded out of on every Lua: where pcall cannot, the function gets
-- a coroutine and its yields are handed on.
local function protect(fn, ...)
  if yield.anywhere then return pcall(fn, ...) end
  local thread = coroutine.create(fn)
  guests[thread] = guests[coroutine.running()]
  local function pump(...)
    if coroutine.status(thread) == "dead" or not ... then return ... end
    return pump(coroutine.resume(thread, coroutine.yield(select(2, ...))))
  end
  return pump(coroutine.resume(thread, ...))
end

local function finish_guest(task, ...)
  task.results = { n = select("#", ...), ... }
  local ok = ...
  task.ended = task.cancelled and "cancelled" or ok and "done" or "failed"
  if task.ended ~= "failed" then return end
  -- Let a waiter step forward; else it is the host loop's error.
  loop.sleep(0)
  if not task.claimed then error(task.results[2], 0) end
end

local function spawn_guest(fn, ...)
  local task = setmetatable({}, guest_mt)
  local arguments = { n = select("#", ...), ... }
  loop.spawn(function()
    guests[coroutine.running()] = task
    finish_guest(task, protect(fn, unpack(arguments, 1, arguments.n)))
  end)
  return task
end

--- Starts a function as a task: of the host loop in use, else of our own scheduler. In
--- it calls of the API wait by yielding; inside a coroutine that it makes itself they
--- block, and all other tasks with them: there spawn a task.
---@param fn function
---@param ... any handed to fn
---@return instagram.Task
function wait.spawn(fn, ...)
  check.argument(fn, "fn", "spawn", "function")
  local problem = loop and loop.why_no_task and loop.why_no_task()
  if problem then check.fail("no task can be started here: " .. problem) end
  if host() and not tasks.current() then return spawn_guest(fn, ...) end
  return tasks.spawn(fn, ...)
end

return wait
