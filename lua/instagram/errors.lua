--- Failures that this layer finds itself, in the one shape all failures have:
--- nil, message, err. Knows: the core's error constructor.
local core = require "instagram.core"

local errors = {}

--- A failure of one of the kinds that README.md lists.
---@param kind string
---@param message string
---@param fields table? status, code, advice, ...
---@return nil, string message, instagram.Error err
function errors.failure(kind, message, fields)
  local err = core.error(kind, message, fields)
  return nil, tostring(err), err
end

--- Is this an error object of this package?
---@param value any
---@return boolean
function errors.is_error(value)
  return core.is_error(value)
end

return errors
