--- The App Dashboard.

local apps = {}

function apps.answer()
  return nil
end

return apps
