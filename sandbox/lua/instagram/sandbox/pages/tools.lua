--- Journal, clock, faults and settings.

local tools = {}

function tools.answer()
  return nil
end

return tools
