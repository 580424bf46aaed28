--- A folder of one's own pictures as an account: each JPEG, PNG and MP4 (by content)
--- is a post, a subfolder an album. Files stay where they are and are served as they
--- are. What becomes what is invented; docs/sandbox.md tells it to people.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local input = require "instagram.sandbox.input"
local picture = require "instagram.sandbox.picture"
local posts = require "instagram.sandbox.posts"
local users = require "instagram.sandbox.users"
local whole = require "instagram.sandbox.whole"
local words = require "instagram.sandbox.words"

local photos = {}

local misuse = check.misuse

local reasons = {
  ["image/heic"] = "HEIC, which browsers do not show: make it a JPEG",
  ["video/quicktime"] = "a QuickTime movie, not an MP4",
}

local SIDECAR_MAX = 65536

-- What cameras write into every picture describes none.
local said_by_cameras = { ["OLYMPUS DIGITAL CAMERA"] = true, ["SONY DSC"] = true,
  ["SAMSUNG CAMERA PICTURES"] = true, ["MINOLTA DIGITAL CAMERA"] = true,
  ["KONICA MINOLTA DIGITAL CAMERA"] = true, ["Digital Camera"] = true,
  ["DIGITAL CAMERA"] = true, ["Exif_JPEG_PICTURE"] = true, ["DCIM"] = true,
  ["default"] = true }

local function stem_of(name) return name:match("^(.+)%.[^.]+$") or name end

-- A camera's running number is no title.
local function title_of(name)
  local stem = stem_of(name)
  if stem:find("^%a?%a?%a?%a?[-_ ]?%d%d%d") then return nil end
  return words.trim(words.clean((stem:gsub("_+", " "))))
end

-- The text beside a file: NAME.jpg.txt or NAME.txt; beside a folder: NAME.txt.
local function sidecar_of(scan, name)
  for _, beside in ipairs({ name .. ".txt", stem_of(name) .. ".txt" }) do
    local path = scan.folder .. "/" .. beside
    local size = scan.names[beside] and scan.native.file_size(path)
    if size and size <= SIDECAR_MAX then
      scan.names[beside] = "sidecar"
      local said = scan.native.read(path)
      if said then return words.trim((words.clean(said):gsub("^\239\187\191", ""))) end
    end
  end
end

local function caption_of(scan, name, description)
  local said = description and words.trim(words.clean(description))
  if said and said_by_cameras[said] then said = nil end
  return sidecar_of(scan, name) or said or title_of(name)
end

local function date_of(scan, path, found)
  local date = found.date or clock.read(scan.native.file_time(path) or 0)
  return date or clock.start
end

-- A post of one file, or nil and why not.
local function post_of(scan, name)
  local path = scan.folder .. "/" .. name
  local found, problem = picture.look(scan.native, path)
  if not found then return nil, (problem:gsub("^.*: ", "")) end
  if not picture.served[found.mime] then
    return nil, reasons[found.mime] or "neither JPEG, PNG nor MP4"
  elseif not whole.is(scan.native, path, found.mime) then
    return nil, "cut off: the end of the file is missing"
  end
  return { type = found.kind, file = path, mime = found.mime,
    timestamp = date_of(scan, path, found),
    caption = caption_of(scan, name, found.description) }
end

-- The names in a folder and what has become of them: nil or a reason to skip.
local function scan_folder(native, folder)
  local list, problem = native.list(folder)
  if not list then misuse("photos: " .. problem) end
  local scan = { native = native, folder = folder, list = list, names = {}, why = {} }
  for _, name in ipairs(list) do scan.names[name] = true end
  return scan
end

-- Posts of the files of a folder in the order of their names, and its subfolders;
-- hidden ones (".name") are nobody's business.
local function read_scan(scan)
  local found, folders = {}, {}
  for _, name in ipairs(scan.list) do
    local hidden = name:sub(1, 1) == "."
    local kind = not hidden and scan.native.kind(scan.folder .. "/" .. name)
    if kind == "folder" then
      folders[#folders + 1] = { name = name, caption = sidecar_of(scan, name) }
    elseif kind == "file" then
      local post, why = post_of(scan, name)
      found[#found + 1], scan.why[name] = post, why
    elseif not hidden then
      scan.why[name] = kind and "no file" or "a link that leads nowhere"
    end
  end
  return found, folders
end

-- The same, with what was skipped in the report: sidecars are known only at the end.
local function read_folder(native, folder, prefix, report)
  local scan = scan_folder(native, folder)
  local found, folders = read_scan(scan)
  for _, name in ipairs(scan.list) do
    if scan.why[name] and scan.names[name] ~= "sidecar" then
      input.skip(report, prefix .. name, scan.why[name])
    end
  end
  return found, folders
end

-- The files from..to of a subfolder as one post; its date is its newest file's.
local function album_of(files, from, to, caption)
  if from == to then
    files[from].caption = caption
    return files[from]
  end
  local album = { type = "CAROUSEL_ALBUM", caption = caption, children = {},
    timestamp = 0 }
  for i = from, to do
    local file = files[i]
    album.children[#album.children + 1] = { type = file.type, file = file.file,
      mime = file.mime }
    album.timestamp = math.max(album.timestamp, file.timestamp)
  end
  return album
end

-- As many albums as it takes: none has more than ten.
local function add_albums(list, files, caption)
  local most = posts.children_max
  local parts = math.ceil(#files / most)
  for part = 1, parts do
    local from = (part - 1) * most + 1
    local name = parts > 1 and ("%s (%d/%d)"):format(caption, part, parts) or caption
    list[#list + 1] = album_of(files, from, math.min(from + most - 1, #files), name)
  end
end

local function read_all(native, folder, report)
  local list, folders = read_folder(native, folder, "", report)
  for _, each in ipairs(folders) do
    local prefix = each.name .. "/"
    local files, inner = read_folder(native, folder .. "/" .. each.name, prefix, report)
    for _, deeper in ipairs(inner) do
      input.skip(report, prefix .. deeper.name, "a folder inside an album")
    end
    add_albums(list, files, each.caption or words.clean(each.name))
  end
  return list
end

-- "Holiday 2023" -> holiday_2023
local function username_of(folder)
  local name = (folder:match("([^/]+)$") or ""):lower():gsub("[^%l%d._]+", "_")
  name = name:gsub("^[_.]+", ""):gsub("[_.]+$", ""):sub(1, 30)
  if users.is_reserved(name) then name = name .. "_photos" end
  return name ~= "" and name or "photos"
end

-- The newest image.
local function portrait_of(list)
  local best
  for _, post in ipairs(list) do
    if post.type == "IMAGE" and (not best or post.timestamp > best.timestamp) then
      best = post
    end
  end
  return best or {}
end

-- Why there is nothing: perhaps a whole folder of HEIC.
local function example_of(skipped)
  local first = skipped[1]
  return first and (" (%s: %s)"):format(first.file, first.why) or ""
end

--- The account of a folder.
---@param args table  dir, username (nil: made from the folder's name)
---@return table report  see input.lua
function photos.import(world, args)
  local native, report = world.native, input.report()
  if not args.dir then misuse("import_photos: dir is missing") end
  local folder, problem = native.real_path(args.dir)
  if not folder then misuse("photos: " .. problem) end
  if native.kind(folder) ~= "folder" then
    misuse("photos: '" .. args.dir .. "' is no folder")
  end
  local list = read_all(native, folder, report)
  if #list == 0 then
    misuse("photos: '" .. args.dir .. "' holds no JPEG, PNG or MP4 files"
      .. example_of(report.skipped))
  end
  local portrait = portrait_of(list)
  local account = { username = args.username or username_of(folder),
    name = words.clean(folder:match("([^/]+)$") or "Photos"), picture = portrait.file,
    picture_mime = portrait.mime, account_type = "MEDIA_CREATOR" }
  world.store:atomically(function() input.fill(world, report, account, list) end)
  return report
end

return photos
