--- An archive's files, whether it is a folder, a zip, or a folder of zips (Instagram
--- gives a big one in parts): what there is, JSON as text, media as files on disk.

local check = require "instagram.sandbox.check"
local folders = require "instagram.sandbox.archive_folder"
local unpacked = require "instagram.sandbox.archive_unpacked"
local zips = require "instagram.sandbox.archive_zip"

local source = {}

local misuse = check.misuse

local methods = {}
local mt = { __index = methods }

--- Refuses a name that leads out of the archive.
function source.check_name(name)
  local outside = name:find("^[/\\]") or name:find("^%a:") or name:find("%z")
  for part in name:gmatch("[^/\\]+") do outside = outside or part == ".." end
  if outside then misuse("archive: '" .. name .. "' points outside of it") end
end

local function part_with(self, name)
  for _, part in ipairs(self.parts) do
    if part:has(name) then return part end
  end
end

--- Is there a file of that name?
function methods:has(name) return part_with(self, name) ~= nil end

local function union(self, method, name)
  local all, known = {}, {}
  for _, part in ipairs(self.parts) do
    for _, each in ipairs(part[method](part, name)) do
      if not known[each] then all[#all + 1] = each end
      known[each] = true
    end
  end
  table.sort(all)
  return all
end

--- Names in a folder ("" or with "/" at its end).
function methods:list(folder) return union(self, "list", folder) end

--- Folders at the top (and perhaps files).
function methods:tops() return union(self, "tops") end

--- The content of a file that is there | nil, message.
function methods:text(name) return part_with(self, name):text(name) end

--- Where on disk a picture or video is, or nil.
function methods:media(name, username)
  local part = part_with(self, name)
  return part and part:media(name, username)
end

--- What was unpacked stays: the account is made.
function methods:keep() self.unpacked:keep() end

--- In any case, at the end.
function methods:close()
  self.unpacked:close()
  for _, part in ipairs(self.parts) do part:close() end
end

local function add_zip(self, path)
  self.names[#self.names + 1] = path:match("[^/]*$")
  self.parts[#self.parts + 1] = zips.open(self.native, path, self.unpacked,
    source.check_name)
end

local function open(self, path, given)
  local kind = self.native.kind(path)
  if kind == "file" then return add_zip(self, path) end
  if kind ~= "folder" then misuse("archive: '" .. given .. "' is no file or folder") end
  self.parts[1] = folders.open(self.native, path)
  for _, name in ipairs(self.parts[1]:tops()) do
    if name:lower():find("%.zip$") then add_zip(self, path .. "/" .. name) end
  end
end

--- Opens an archive; see the methods above. `names`: what it and its parts are called.
---@param given string  a folder or a zip file
function source.open(world, given)
  local path, problem = world.native.real_path(given)
  if not path then misuse("archive: " .. problem) end
  local self = setmetatable({ native = world.native, parts = {},
    unpacked = unpacked.new(world), names = { path:match("[^/]*$") } }, mt)
  local ok, why = pcall(open, self, path, given)
  if ok then return self end
  self:close()
  error(why, 0)
end

return source
