--- A sandbox in this process, and what specs do with it again and again.
local core = require "instagram.core"
local instagram = require "instagram"

local support = {}

--- A new sandbox with the demo people in it.
function support.start(options)
  return assert(require("instagram.sandbox").start(options))
end

--- An app of the sandbox; `changes` are app options, `flavour` among them.
function support.app(sandbox, changes)
  changes = changes or {}
  local options = sandbox:credentials(changes.flavour)
  for name, value in pairs(changes) do options[name] = value end
  return instagram.app(options)
end

--- A client for a generated token of a person ("demo_user").
---@return table client
---@return table app
---@return table token
function support.client(sandbox, changes, username)
  local app = support.app(sandbox, changes)
  local token = app:token {
    secret = sandbox:generate_token(username or "demo_user", app:flavour()),
  }
  return app:client(token), app, token
end

--- Ends what earlier tests left under way, such as the next page of a list that was not
--- walked to its end: sent later, it would count as a request of the next test, or meet
--- the fault that was meant for that. The engine forgets its connections and what it
--- knows of limits, too.
function support.settle()
  local ends = core.monotonic() + 2 -- one that was put off stays so
  while core.engine():pending() > 0 and core.monotonic() < ends do
    core.engine():step(0.01)
  end
  core.engine():close()
end

--- How many requests the journal has, of a path when one is given.
function support.count(sandbox, path)
  local count = 0
  for _, entry in ipairs(sandbox:requests()) do
    if not path or entry.path == path then count = count + 1 end
  end
  return count
end

--- The ids of all media of a pager, in its order.
function support.ids(pager)
  local ids = {}
  for media in pager do ids[#ids + 1] = media.id end
  return ids
end

return support
