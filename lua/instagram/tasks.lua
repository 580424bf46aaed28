--- Tasks: coroutines that wait for requests, and the scheduler that moves them. A game
--- calls `update` once a frame, a script `run`. Knows: the core's engine. Must not
--- know: host loops (wait.lua decides who waits where).
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"
local yield = require "instagram.yield"

local unpack = table.unpack or unpack
local close_thread = coroutine.close -- Lua 5.4

-- So often one update moves on what the last movement made ready; a server next door
-- could keep a frame busy for ever (invented).
local MAX_PASSES = 100

-- Where the engine has no descriptor to watch, it is looked at this often (invented).
local GLANCE = 0.01

local tasks = {}

local pending = {} -- tasks that have not ended, who waited longest first
local unclaimed = {} -- errors of tasks that nobody was told of
local running -- the task that is being resumed
local turns = 0
local cut_short = false -- the last update left undone what could be done

local function pack(...)
  return { n = select("#", ...), ... }
end

---@class instagram.Task
local methods = {}
local task_mt = { __name = "instagram.task", __index = methods }

function task_mt:__tostring()
  return ("instagram.task (%s)"):format(self.ended or "running")
end

local function forget(list, item)
  for i = #list, 1, -1 do
    if list[i] == item then table.remove(list, i) end
  end
end

-- Keeps the error, but not the task: whether somebody still holds that is how we know
-- that it may yet be waited for.
local function leave_unclaimed(task)
  local failure = task.failure
  if type(failure) == "string" and debug then
    failure = debug.traceback(task.thread, failure)
  end
  task.note = {
    failure = failure,
    parent = task.parent,
    holder = setmetatable({ task = task }, { __mode = "v" }),
  }
  unclaimed[#unclaimed + 1] = task.note
end

local function finish(task, how)
  task.ended, task.request, task.joined, task.wake_at = how, nil, nil, nil
  task.attended, task.owned = nil, nil
  if how == "failed" and not task.claimed then leave_unclaimed(task) end
end

-- Where Lua has variables to be closed: a thread that nobody resumes any more closes
-- its own only when told to.
local function close(task)
  if close_thread then close_thread(task.thread) end
end

local function can_resume(task)
  return not task.ended and coroutine.status(task.thread) == "suspended"
end

local function resume(task)
  local arguments = task.arguments or { n = 0 }
  local outer = running
  task.arguments, task.slept, running = nil, turns, task
  local results = pack(coroutine.resume(task.thread, unpack(arguments, 1, arguments.n)))
  running = outer
  if task.ended then return end
  if task.cancelled then
    close(task)
    return finish(task, "cancelled")
  end
  if not results[1] then
    task.failure = results[2]
    finish(task, "failed")
    return close(task)
  end
  if coroutine.status(task.thread) == "dead" then
    task.results = results
    finish(task, "done")
  end
end

-- May it go on? What it waits for is asked once a turn: a request's `ready` forgets. A
-- task that slept or yielded does not move twice in one turn.
local function is_awake(task, now)
  if not can_resume(task) then return false end
  if task.joined then return task.joined:done() end
  if task.request then
    return task.request:done() or task.watch and task.request:ready()
  end
  if task.slept == turns then return false end
  return task.wake_at == nil or now >= task.wake_at
end

local function awake()
  local list, now = {}, core.monotonic()
  for _, task in ipairs(pending) do
    if is_awake(task, now) then list[#list + 1] = task end
  end
  return list
end

-- Who was moved goes to the back, so that a small budget starves nobody.
local function requeue(moved)
  local queue = {}
  for _, task in ipairs(pending) do
    if not task.ended and not moved[task] then queue[#queue + 1] = task end
  end
  for _, task in ipairs(pending) do
    if not task.ended and moved[task] then queue[#queue + 1] = task end
  end
  pending = queue
end

-- Moves what can move, once each; never resumes while it walks the pending list.
-- Returns how many were moved.
local function turn(deadline)
  local moved, count = {}, 0
  core.engine():step(0)
  for _, task in ipairs(awake()) do
    if can_resume(task) then
      resume(task)
      moved[task], count = true, count + 1
      if deadline and core.monotonic() >= deadline then break end
    end
  end
  requeue(moved)
  return count
end

-- An error is raised by update and run once nobody can wait for it any more: the task
-- was spawned outside tasks, or its spawner has ended, or nobody holds it.
local function find_unclaimed()
  for i, note in ipairs(unclaimed) do
    local parent = note.parent
    if not parent or parent.ended or note.holder.task == nil then return i, note end
  end
end

local function raise_unclaimed()
  local i, note = find_unclaimed()
  if not i then return end
  table.remove(unclaimed, i)
  error(note.failure, 0)
end

-- Nothing can move now: wait in the engine until a request is ready or a sleeper's time
-- has come.
local function idle()
  local soonest, hope
  for _, task in ipairs(pending) do
    if can_resume(task) then
      if task.wake_at then soonest = math.min(soonest or math.huge, task.wake_at) end
      hope = hope or task.request or not task.joined
    end
  end
  if not hope then
    error("every task waits for another task: none can go on", 0)
  end
  local pause = soonest and math.max(soonest - core.monotonic(), 0) or 1
  core.engine():step(math.min(pause, 1))
end

local function refuse_inside(name)
  if running then
    check.fail(name .. " was called inside a task: use task:wait() there")
  end
end

--- Starts a function as a task: it runs from the next `update` or `run` on, and calls
--- of the API made in it yield instead of blocking (in a coroutine that it makes itself
--- they block: its yields are its maker's).
---@param fn function
---@param ... any handed to fn
---@return instagram.Task
function tasks.spawn(fn, ...)
  local task = setmetatable({
    thread = coroutine.create(fn),
    arguments = pack(...),
    parent = running,
  }, task_mt)
  pending[#pending + 1] = task
  return task
end

--- Moves all tasks; a game calls it once a frame. Raises the error of a task that
--- nobody waits for.
---@param budget number? seconds of work after which the rest is left to the next call
---@return integer pending how many tasks have not ended
function tasks.update(budget)
  if budget ~= nil then check.argument(budget, "budget", "update", "pause") end
  refuse_inside "update"
  local deadline = budget and core.monotonic() + budget
  turns, cut_short = turns + 1, true
  for _ = 1, MAX_PASSES do
    if turn(deadline) == 0 then
      cut_short = false
      break
    end
    if deadline and core.monotonic() >= deadline then break end
  end
  raise_unclaimed()
  return #pending
end

-- Seconds until it can move without an answer; nil: it waits for a request or a task.
local function due_in(task, now)
  if not can_resume(task) then return nil end
  local object = task.joined or task.request
  if object then return object:done() and 0 or nil end
  return math.max((task.wake_at or now) - now, 0)
end

--- When a host's own loop has to call `update` next, if nothing comes at the engine's
--- descriptor before: the first timer of the engine, or the first task that has slept
--- long enough.
---@return number? seconds nil: there is nothing to do but wait for the descriptor
function tasks.timeout()
  local engine, now = core.engine(), core.monotonic()
  if cut_short or find_unclaimed() then return 0 end
  local least = engine:timeout()
  if not engine:pollfd() and engine:pending() > 0 then
    least = math.min(least or GLANCE, GLANCE)
  end
  for _, task in ipairs(pending) do
    local own = due_in(task, now)
    if own then least = math.min(least or own, own) end
  end
  return least
end

--- Runs until every task has ended. Raises the error of a task that nobody waits for;
--- the others stay and a further call goes on with them.
function tasks.run()
  refuse_inside "run"
  while #pending > 0 do
    turns = turns + 1
    if turn() == 0 then idle() end
    raise_unclaimed()
  end
  raise_unclaimed()
end

--- The task whose code is running now; nil outside tasks, and inside a coroutine that a
--- task made itself (its yields are its maker's).
---@return instagram.Task?
function tasks.current()
  if running and coroutine.running() == running.thread then return running end
end

-- Gives the turn away until the scheduler finds the task awake; a cancelled one stays.
local function suspend(task)
  yield.check_frames()
  coroutine.yield()
  task.request, task.watch, task.joined, task.wake_at = nil, nil, nil, nil
end

--- Inside a task: returns when the request is done or, when watched, has moved.
function tasks.pause(task, request, watch)
  task.request, task.watch = request, watch
  suspend(task)
end

--- Inside a task: returns after so many seconds, but not before the next turn.
function tasks.sleep(task, seconds)
  task.wake_at = core.monotonic() + seconds
  suspend(task)
end

--- Returns when object:done(); moves all tasks meanwhile when it is called outside one.
function tasks.join(object)
  local task = tasks.current()
  while not object:done() do
    if task then
      task.joined = object
      suspend(task)
    else
      turns = turns + 1
      if turn() == 0 and not object:done() then idle() end
    end
  end
end

--- Has it ended, in whatever way?
---@return boolean
function methods:done()
  return self.ended ~= nil
end

--- Waits for the end, inside a task by yielding, else by moving all tasks.
---@return any ... what the function returned; nil, message, err when it was cancelled
--- (kind "cancelled"). An error of the function is raised again here, as it was.
function methods:wait()
  if self == running then check.fail "a task cannot wait for itself" end
  self.claimed = true
  tasks.join(self)
  forget(unclaimed, self.note)
  if self.ended == "failed" then error(self.failure, 0) end
  if self.ended == "cancelled" then
    return errors.failure("cancelled", "the task was cancelled")
  end
  return unpack(self.results, 2, self.results.n)
end

-- The task and those it owns, which the same end awaits.
local function gather(task, family)
  if task.ended or task.cancelled then return end
  task.cancelled = true
  family[#family + 1] = task
  for _, other in ipairs(task.owned or {}) do gather(other, family) end
end

-- Ends its request, and the task where it is suspended; one that is running ends as
-- soon as it yields.
local function put_down(task)
  if task.attended then
    task.attended:cancel()
    task.attended:attend(false)
  end
  if not can_resume(task) then return end
  close(task)
  finish(task, "cancelled")
  forget(pending, task)
end

--- Ends the task where it stands, with its request in flight; code after the call it
--- waits in does not run (variables to be closed are, on Lua 5.4). A task that cancels
--- itself, or the task whose `map` it works for, does not return from here.
---@return boolean cancelled false when it had ended already
function methods:cancel()
  local family, current, is_mine = {}, tasks.current(), false
  gather(self, family)
  for _, task in ipairs(family) do
    put_down(task)
    is_mine = is_mine or task == current
  end
  if is_mine then coroutine.yield() end
  return #family > 0
end

return tasks
