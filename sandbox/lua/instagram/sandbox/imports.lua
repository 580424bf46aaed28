--- What a sandbox is started with from outside: the options `photos` and `export`.

local archive = require "instagram.sandbox.archive"
local photos = require "instagram.sandbox.photos"

local imports = {}

-- A kept state has it already: what was brought in at an earlier start.
local function once(world, kind, place, import)
  local mark = "import/" .. kind .. "/" .. (world.native.real_path(place) or place)
  if world.store:meta(mark) then return end
  world.store:atomically(function()
    local report = import()
    world.store:set_meta(mark, report.username)
    world.imports[#world.imports + 1] = report
  end)
end

--- Brings it in; raises a misuse error.
function imports.at_start(world, options)
  if options.photos then
    once(world, "photos", options.photos, function()
      return photos.import(world, { dir = options.photos })
    end)
  end
  if options.export then
    once(world, "export", options.export, function()
      return archive.import(world, { path = options.export })
    end)
  end
end

return imports
