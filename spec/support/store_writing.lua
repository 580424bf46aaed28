-- What a writer does that may be killed at any moment: from its number and the step's
-- alone follows what is written, so that whoever looks at the store afterwards knows
-- what must be there.
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

--- What a writer's keys hold after so many steps: {step or false, ...}.
function writing.state(writer, steps)
  local state = {}
  for number = 1, KEYS do state[number] = false end
  for step = 1, steps do
    local what, number = writing.step(writer, step)
    if what == "put" or what == "swap" then state[number] = step end
    if what == "delete" then state[number] = false end
  end
  return state
end

return writing
