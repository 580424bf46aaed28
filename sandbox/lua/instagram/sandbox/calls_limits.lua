--- Control calls about rate limits, and about what others do to posts; in the form of
--- calls.lua.

local apps = require "instagram.sandbox.apps"
local comments = require "instagram.sandbox.comments"
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

-- Somebody, with an account here or not, writes below a post.
calls.add_comment = {
  takes = { media = "string", reply_to = "string", username = "string",
    text = "string", timestamp = "any", like_count = "count", hidden = "boolean" },
  run = function(world, args)
    local id
    world.store:atomically(function() id = comments.add(world, args) end)
    return { id = id }
  end,
}

return calls
