--- Notices that a walk goes in circles, in memory that does not grow with the walk: a
--- circle of up to 100 pages at once (Instagram lists 10,000 media at most), a longer
--- one by Brent's method, before it was gone round three times. Knows nothing else.
local KEPT = 100

local methods = {}
local guard_mt = { __index = methods }

--- Was this cursor here before?
---@param cursor string
---@return boolean
function methods:seen(cursor)
  if self.recent[cursor] or self.older[cursor] or self.post == cursor then
    return true
  end
  if self.count == KEPT then
    self.older, self.recent, self.count = self.recent, {}, 0
  end
  self.recent[cursor], self.count = true, self.count + 1
  self.steps = self.steps + 1
  if self.steps == self.power then
    self.post, self.power, self.steps = cursor, self.power * 2, 0
  end
  return false
end

return {
  new = function()
    return setmetatable({
      recent = {},
      older = {},
      count = 0,
      post = nil, -- the one cursor that is remembered for ever longer
      steps = 0,
      power = 1,
    }, guard_mt)
  end,
}
