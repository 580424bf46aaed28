--- `map`: one function over a list, so many at a time. Knows: wait's tasks.
local check = require "instagram.check"
local wait = require "instagram.wait"

local option_kinds = check.options({ concurrency = "count" }, true)

-- What all workers share.
local function new_job(list, fn)
  return {
    list = list,
    fn = fn,
    taken = 0,
    results = { n = #list },
    failures = {},
    workers = {},
  }
end

local function keep(job, i, value, message, err)
  job.results[i] = value
  if value == nil and message ~= nil then job.failures[i] = err or message end
end

-- Of a host loop's worker its requests end when it is cancelled, but not its code: it
-- takes no more.
local function is_over(job, number)
  local worker = job.workers[number]
  return worker ~= nil and worker.cancelled
end

local function work(job, number)
  while job.taken < job.results.n and not is_over(job, number) do
    local i = job.taken + 1
    job.taken = i
    keep(job, i, job.fn(job.list[i], i))
  end
end

-- Done when all workers have ended, or one of them by an error.
local function new_gate(workers)
  return {
    done = function(gate)
      local all = true
      for _, worker in ipairs(workers) do
        if worker.ended == "failed" then
          gate.broken = worker
          return true
        end
        all = all and worker:done()
      end
      return all
    end,
  }
end

--- Calls fn(item, index) for every item of a list, at most `concurrency` at a time, and
--- waits for all. Works inside and outside tasks.
---@param list any[]
---@param fn fun(item: any, index: integer): any
---@param options { concurrency: integer? }? how many at a time; 8 when not given
---@return table results first results in the order of the list; `n` is how many
---@return table failures index -> err of those that returned nil, message, err
--- An error raised by fn is raised here, after the others were cancelled.
return function(list, fn, options)
  check.array(list, "list", "map")
  check.argument(fn, "fn", "map", "function")
  local concurrency = check.given(options, option_kinds, "map").concurrency or 8
  local job = new_job(list, fn)
  local workers = job.workers
  for i = 1, math.min(concurrency, #list) do
    workers[i] = wait.spawn(work, job, i)
    workers[i].claimed = true
  end
  local gate = new_gate(workers)
  wait.own(workers)
  wait.join(gate)
  wait.own(nil)
  if gate.broken then
    for _, worker in ipairs(workers) do worker:cancel() end
    gate.broken:wait()
  end
  return job.results, job.failures
end
