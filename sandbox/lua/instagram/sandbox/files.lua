--- Files behind media: where they lie on disk, and the names they have on the media
--- host.

local check = require "instagram.sandbox.check"

local files = {}

local suffixes = { IMAGE = ".jpg", VIDEO = ".mp4" }

--- Registers the file behind a picture or video; returns its name on the media host.
---@param key string  what it belongs to: the name is made from it
---@param path string|nil  nil: a stand-in is served (see media.lua)
---@param kind "IMAGE"|"VIDEO"
function files.add(world, key, path, kind)
  if path and not world.native.file_size(path) then
    check.misuse("there is no file '" .. path .. "'")
  end
  local suffix = path and path:match("%.%w+$") or suffixes[kind]
  local name = world.ids:file_name(key, suffix:lower())
  local mime = world.native.mime(path or name)
  world.store:insert("files", { name = name, path = path, mime = mime })
  return name
end

--- The row of a name, or nil.
function files.find(world, name)
  return world.store:one("SELECT * FROM files WHERE name = ?", name)
end

return files
