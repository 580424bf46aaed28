--- Sandboxes for the specs of control calls: empty ones, people in them, calls that are
--- to be refused.
local assert = require "luassert"
local support = require "spec.support.sandbox"

local control = {}

--- What the clock of a sandbox shows at first: 1 November 2023.
control.START = 1698796800

--- A new sandbox, with nobody in it unless `data` says otherwise.
function control.start(options)
  options = options or {}
  options.data = options.data or "empty"
  return support.start(options)
end

--- As at the start, but for people and apps.
function control.renew(sandbox)
  sandbox:control "reset"
  sandbox:set_clock(control.START)
end

--- Makes a call that is to be refused with these words among others.
function control.refused(sandbox, message, name, args)
  local result, text = sandbox:control(name, args)
  assert.is_nil(result)
  assert.matches(message, text, 1, true)
end

local count = 0

--- A new person, with these members of add_user; the username.
function control.person(sandbox, spec)
  count = count + 1
  spec = spec or {}
  spec.username = "person" .. count
  assert(sandbox:control("add_user", spec))
  return spec.username
end

return control
