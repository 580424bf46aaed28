--- Control calls about pictures and archives from outside; in the form of calls.lua.

local archive = require "instagram.sandbox.archive"
local json = require "instagram.sandbox.json"
local photos = require "instagram.sandbox.photos"

local calls = {}

-- One's own pictures become an account.
calls.import_photos = {
  takes = { dir = "string", username = "string" },
  run = photos.import,
}

-- Instagram's archive becomes an account.
calls.import_archive = {
  takes = { path = "string", username = "string", account_type = "string" },
  run = archive.import,
}

-- What the start options brought in.
calls.imports = { takes = {}, get = {}, run = function(world)
  return { imports = json.array(world.imports) }
end }

return calls
