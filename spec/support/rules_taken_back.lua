--- The sandbox's rules with one more control call: a person removes an app, and the
--- change fails after that. A main module for the host.
local calls = require "instagram.sandbox.calls"
local check = require "instagram.sandbox.check"

calls.remove_app_and_fail = { run = function(world, args)
  world.store:atomically(function()
    calls.remove_app.run(world, args)
    check.misuse "taken back"
  end)
end }

return require "instagram.sandbox.rules"
