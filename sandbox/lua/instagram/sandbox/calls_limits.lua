--- Control calls about rate limits; in the form of calls.lua.

local apps = require "instagram.sandbox.apps"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"

local calls = {}

-- Consumption of every app and, below it, for every person it called for.
calls.limits = { takes = {}, get = {}, run = function(world)
  local list = json.array({})
  for i, app in ipairs(apps.all(world)) do
    list[i] = limits.consumption(world, app)
  end
  return { mode = world.settings.limits, apps = list }
end }

return calls
