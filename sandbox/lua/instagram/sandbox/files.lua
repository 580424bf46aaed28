--- Files behind media: where they lie on disk, and the names they have on the media
--- host.

local check = require "instagram.sandbox.check"
local picture = require "instagram.sandbox.picture"

local files = {}

local suffixes = { IMAGE = ".jpg", VIDEO = ".mp4", ["image/jpeg"] = ".jpg",
  ["image/png"] = ".png", ["image/webp"] = ".webp", ["image/heic"] = ".heic",
  ["image/gif"] = ".gif", ["image/avif"] = ".avif", ["video/mp4"] = ".mp4",
  ["video/quicktime"] = ".mov" }

local words = { IMAGE = "a JPEG or PNG", VIDEO = "an MP4" }
local types = { IMAGE = "image/jpeg or image/png", VIDEO = "video/mp4" }

-- Whoever may post here is served what is behind the post: nothing but a picture or a
-- video, told by its content, never any file of the machine. Its content type.
local function type_of_content(world, path, kind)
  if not world.native.file_size(path) then
    check.misuse("there is no file '" .. path .. "'")
  end
  local mime, problem = picture.mime(world.native, path)
  if problem then check.misuse(problem) end
  if picture.served[mime] ~= kind then
    check.misuse("'" .. path .. "' is not " .. words[kind])
  end
  return mime
end

--- Registers the file behind a picture or video; returns its name on the media host.
---@param key string  what it belongs to: the name is made from it
---@param path string|nil  nil: a stand-in is served (see media.lua)
---@param kind "IMAGE"|"VIDEO"
---@param mime string|nil  its content type; nil: by its content
---@param looked boolean|nil  an import has looked at the content already
function files.add(world, key, path, kind, mime, looked)
  local found = path and not looked and type_of_content(world, path, kind) or nil
  if mime and not looked and picture.served[mime] ~= kind then
    check.misuse("mime of " .. words[kind] .. " must be " .. types[kind])
  end
  mime = mime or found
  local suffix = suffixes[mime] or suffixes[kind]
  local name = world.ids:file_name(key, suffix)
  world.store:insert("files", { name = name, path = path,
    mime = mime or world.native.mime(name) })
  return name
end

--- The content type to serve a file with: of a picture or video as it is kept (an older
--- sandbox kept any), else one that no browser shows.
---@param row table  a row of files
function files.type_of(row)
  return suffixes[row.mime] and row.mime or "application/octet-stream"
end

--- The row of a name, or nil.
function files.find(world, name)
  return world.store:one("SELECT * FROM files WHERE name = ?", name)
end

return files
