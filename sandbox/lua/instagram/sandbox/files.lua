--- Files behind media: where they lie on disk, and the names they have on the media
--- host.

local check = require "instagram.sandbox.check"

local files = {}

local suffixes = { IMAGE = ".jpg", VIDEO = ".mp4", ["image/jpeg"] = ".jpg",
  ["image/png"] = ".png", ["image/webp"] = ".webp", ["image/heic"] = ".heic",
  ["image/gif"] = ".gif", ["image/avif"] = ".avif", ["video/mp4"] = ".mp4",
  ["video/quicktime"] = ".mov" }

--- Registers the file behind a picture or video; returns its name on the media host.
---@param key string  what it belongs to: the name is made from it
---@param path string|nil  nil: a stand-in is served (see media.lua)
---@param kind "IMAGE"|"VIDEO"
---@param mime string|nil  its content type; nil: by the end of its name
function files.add(world, key, path, kind, mime)
  if path and not world.native.file_size(path) then
    check.misuse("there is no file '" .. path .. "'")
  end
  if mime and not mime:find("^%l+/[%l%d.+-]+$") then
    check.misuse("mime must be a content type, as image/jpeg")
  end
  local suffix = suffixes[mime] or path and path:match("%.%w+$") or suffixes[kind]
  local name = world.ids:file_name(key, suffix:lower())
  mime = mime or world.native.mime(path or name)
  world.store:insert("files", { name = name, path = path, mime = mime })
  return name
end

--- The row of a name, or nil.
function files.find(world, name)
  return world.store:one("SELECT * FROM files WHERE name = ?", name)
end

return files
