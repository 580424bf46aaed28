-- What a writer (store_writer.lua) does that may be killed at any moment: from its
-- number and the step's alone follows what is written, so that whoever looks at the
-- store afterwards knows what must be there.
local calls = require "spec.support.calls"

local writing = {}

local KEYS = 6 -- of each writer

-- A number that looks like chance.
local function scatter(writer, step)
  return (writer * 7919 + step * 104729) % 4001
end

--- The value of a step: it says who wrote it, and how long it is.
function writing.value(writer, step)
  local size = scatter(writer, step) % 3500
  return ("%d:%d:%d:%s"):format(writer, step, size, ("v"):rep(size))
end

--- Is it a whole value of that writer? Its step.
function writing.step_of(writer, value)
  local who, step, size, rest = value:match("^(%d+):(%d+):(%d+):(v*)$")
  if tonumber(who) == writer and tonumber(size) == #rest then return tonumber(step) end
end

function writing.key(writer, number)
  return ("writer%d:key%d"):format(writer, number)
end

--- What step number so and so is: "put", "swap", "delete", "count" or "lock", and the
--- number of the key.
function writing.step(writer, step)
  local what = scatter(writer, step) % 10
  local number = scatter(step, writer) % KEYS + 1
  if what < 5 then return "put", number end
  if what < 7 then return "swap", number end
  if what == 7 then return "delete", number end
  return what == 8 and "count" or "lock", number
end

-- What a writer's keys hold after so many steps: {step or false, ...}.
local function state(writer, steps)
  local held = {}
  for number = 1, KEYS do held[number] = false end
  for step = 1, steps do
    local what, number = writing.step(writer, step)
    if what == "put" or what == "swap" then held[number] = step end
    if what == "delete" then held[number] = false end
  end
  return held
end

--- From a writer's log: the last step that was done; how many lines of a kind there
--- are.
function writing.read_log(path, kind)
  local last, count = 0, 0
  for what, step in (calls.read(path) or ""):gmatch("(%l+) (%d+)\n") do
    if what ~= "away" then last = tonumber(step) end
    if what == kind then count = count + 1 end
  end
  return last, count
end

local function step_at(store, writer, number)
  local value, message = store:get(writing.key(writer, number))
  assert(value ~= nil, message)
  local step = value and writing.step_of(writer, value)
  assert(step ~= nil, "a value that is not whole")
  return step
end

--- Of a writer that is writing just now: whole is all that can be asked. How many
--- values were looked at.
function writing.glance(store, writer)
  for number = 1, KEYS do step_at(store, writer, number) end
  return KEYS
end

--- Of one that is dead: every key holds what its last step that was done left, or the
--- step that was cut.
function writing.check(store, writer, last)
  local done, cut = state(writer, last), state(writer, last + 1)
  for number = 1, KEYS do
    local step = step_at(store, writer, number)
    if step ~= done[number] and step ~= cut[number] then
      error(("writer %d, key %d: after step %d there is %s, not %s"):format(writer,
        number, last, tostring(step), tostring(done[number])))
    end
  end
  return KEYS
end

return writing
