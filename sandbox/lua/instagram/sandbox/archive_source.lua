--- An archive's files, whether it is a folder or a zip: what there is, small files as
--- text, media as files on disk. Refuses by name whatever leads out of the archive.
-- Media of a zip are unpacked, only those that are asked for: beside the state's file
-- when there is one, else into a private folder that goes when the sandbox stops.

local check = require "instagram.sandbox.check"

local source = {}

local misuse = check.misuse

local FILES_MAX = 200000
local TEXT_MAX = 64 * 2 ^ 20
local MEDIA_MAX = 64 * 2 ^ 30 -- all together
local RATIO_MAX, RATIO_FROM = 200, 2 ^ 20 -- pictures and videos do not shrink

--- Refuses a name that leads out of the archive.
function source.check_name(name)
  local outside = name:find("^[/\\]") or name:find("^%a:") or name:find("%z")
  for part in name:gmatch("[^/\\]+") do outside = outside or part == ".." end
  if outside then misuse("archive: '" .. name .. "' points outside of it") end
end

-- --- a folder -----------------------------------------------------------------------

local folder = {}

-- The real path of a name; nil when there is no such file.
local function real_path(self, name)
  source.check_name(name)
  local path = self.native.real_path(self.path .. "/" .. name)
  if not path then return nil end
  if path:sub(1, #self.path + 1) ~= self.path .. "/" then
    misuse("archive: '" .. name .. "' is a link that leads out of it")
  end
  return path
end

function folder:has(name)
  local path = real_path(self, name)
  return path ~= nil and self.native.kind(path) == "file"
end

function folder:tops() return self.native.list(self.path) or {} end

function folder:list(name)
  local path = name == "" and self.path or real_path(self, name)
  return path and self.native.kind(path) == "folder" and self.native.list(path) or {}
end

function folder:text(name)
  local path = real_path(self, name)
  local size, problem = self.native.file_size(path)
  if size and size > TEXT_MAX then return nil, "too large" end
  if not size then return nil, problem end
  return self.native.read(path)
end

function folder:media(name)
  return self:has(name) and real_path(self, name) or nil
end

local function nothing() end

folder.keep, folder.close = nothing, nothing

-- --- a zip --------------------------------------------------------------------------

local zip = {}

-- Files by name, names by folder.
local function index_zip(self)
  local count = self.zip:count()
  if count > FILES_MAX then
    misuse(("archive: it holds more than %d files"):format(FILES_MAX))
  end
  for i = 1, count do
    local entry, problem = self.zip:entry(i)
    if not entry then misuse("archive: it is damaged: " .. problem) end
    source.check_name(entry.name)
    if entry.kind == "link" or entry.kind == "other" then
      misuse("archive: '" .. entry.name .. "' is a link or a device")
    end
    local place, name = entry.name:match("^(.-)([^/]*)/?$")
    self.folders[place] = self.folders[place] or {}
    table.insert(self.folders[place], name)
    entry.index = i
    if entry.kind == "file" then self.files[entry.name] = entry end
  end
end

-- Folders need no entry of their own: a file in one is enough.
local function index_folders(self)
  local known = {}
  for name in pairs(self.files) do
    local top = name:match("^([^/]+)/")
    if top and not known[top] then
      known[top] = true
      self.top_names[#self.top_names + 1] = top
    end
  end
  table.sort(self.top_names)
end

function zip:has(name) return self.files[name] ~= nil end

function zip:tops() return self.top_names end

function zip:list(name) return self.folders[name] or {} end

local function check_entry(entry)
  if entry.encrypted then
    misuse("archive: '" .. entry.name .. "' is encrypted: unpack it first")
  end
end

function zip:text(name)
  local entry = self.files[name]
  check_entry(entry)
  return self.zip:read(entry.index, TEXT_MAX)
end

-- Where the media of an account go.
local function unpacking_folder(self, username)
  if self.out then return self.out end
  local problem
  self.out, problem = self.native.folder(self.state and self.state .. "." .. username
    .. ".media")
  if not self.out then misuse("archive: no place to unpack it: " .. problem) end
  return self.out
end

local function check_size(self, entry)
  self.total = self.total + entry.size
  local swells = entry.size > RATIO_FROM and entry.size > RATIO_MAX * entry.packed
  if swells or self.total > MEDIA_MAX then
    misuse("archive: '" .. entry.name .. "' would be absurdly large")
  end
end

function zip:media(name, username)
  local entry = self.files[name]
  if not entry then return nil end
  if entry.path then return entry.path end
  check_entry(entry)
  check_size(self, entry)
  local path = ("%s/%06d%s"):format(unpacking_folder(self, username):path(),
    entry.index, name:match("%.%w+$") or "")
  local ok, problem = self.zip:extract(entry.index, path, self.state ~= nil)
  if not ok then misuse("archive: '" .. name .. "': " .. problem) end
  entry.path = path
  return path
end

--- What was unpacked stays.
function zip:keep()
  if not self.out then return end
  if self.state then self.out:keep() else table.insert(self.world.folders, self.out) end
  self.out = nil
end

function zip:close()
  if self.out then self.out:close() end
  self.zip:close()
end

-- --- both ---------------------------------------------------------------------------

-- Absolute: the files are asked for long after, wherever the process is then.
local function state_file(world)
  local db = world.options.db
  return db and db ~= "" and db ~= ":memory:" and world.native.real_path(db) or nil
end

local function open_zip(self, given)
  local handle, problem = self.native.zip(self.path)
  if not handle then
    misuse("archive: '" .. given .. "' is no whole zip file: " .. problem)
  end
  self.zip, self.files, self.folders, self.top_names = handle, {}, {}, {}
  self.total = 0
  index_zip(self)
  index_folders(self)
end

--- Opens an archive. It has: `has(name)`, `list(folder)` ("" or with "/" at its end),
--- `tops()` (folders at the top, perhaps more), `text(name)`, `media(name, username)`
--- (a path on disk, or nil), `keep()` once the account is made, `close()` in any case.
---@param given string  a folder or a zip file
function source.open(world, given)
  local native = world.native
  local path, problem = native.real_path(given)
  if not path then misuse("archive: " .. problem) end
  local kind = native.kind(path)
  local self = { world = world, native = native, path = path,
    name = given:gsub("/+$", ""):match("[^/]*$"), state = state_file(world) }
  if kind == "folder" then return setmetatable(self, { __index = folder }) end
  if kind ~= "file" then misuse("archive: '" .. given .. "' is no file or folder") end
  setmetatable(self, { __index = zip })
  open_zip(self, given)
  return self
end

return source
