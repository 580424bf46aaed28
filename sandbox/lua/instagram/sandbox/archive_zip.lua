--- A zip as (a part of) an archive. Refused by name: damaged and encrypted ones, links,
--- names that lead out of it, more files than anybody has.

local check = require "instagram.sandbox.check"

local zips = {}

local misuse = check.misuse

local FILES_MAX = 200000
local TEXT_MAX = 64 * 2 ^ 20

local methods = {}
local mt = { __index = methods }

-- Files by name, names by folder.
local function add_entry(self, entry)
  if entry.kind == "link" or entry.kind == "other" then
    misuse("archive: '" .. entry.name .. "' is a link or a device")
  end
  local place, name = entry.name:match("^(.-)([^/]*)/?$")
  self.folders[place] = self.folders[place] or {}
  table.insert(self.folders[place], name)
  if entry.kind == "file" then self.files[entry.name] = entry end
  local top = entry.name:match("^([^/]+)/")
  if top and not self.known[top] then
    self.known[top] = true
    self.top_names[#self.top_names + 1] = top
  end
end

local function read_entries(self, check_name)
  local count = self.zip:count()
  if count > FILES_MAX then
    misuse(("archive: it holds more than %d files"):format(FILES_MAX))
  end
  for i = 1, count do
    local entry, problem = self.zip:entry(i)
    if not entry then misuse("archive: it is damaged: " .. problem) end
    check_name(entry.name)
    entry.index = i
    add_entry(self, entry)
  end
end

-- The entry of a file that is there.
local function entry_of(self, name)
  local entry = self.files[name]
  if entry.encrypted then
    misuse("archive: '" .. entry.name .. "' is encrypted: unpack it first")
  end
  return entry
end

function methods:has(name) return self.files[name] ~= nil end

function methods:tops() return self.top_names end

function methods:list(name) return self.folders[name] or {} end

function methods:text(name)
  return self.zip:read(entry_of(self, name).index, TEXT_MAX)
end

function methods:media(name, username)
  local entry = entry_of(self, name)
  entry.path = entry.path or self.unpacked:add(self.zip, entry, username)
  return entry.path
end

function methods:close() self.zip:close() end

--- A zip; its methods are those of archive_source.lua.
---@param unpacked table  see archive_unpacked.lua
---@param check_name fun(name: string)  raises for a name that leads out
function zips.open(native, path, unpacked, check_name)
  local handle, problem = native.zip(path)
  if not handle then
    misuse("archive: '" .. path .. "' is no whole zip file: " .. problem)
  end
  local self = setmetatable({ zip = handle, unpacked = unpacked, files = {},
    folders = {}, known = {}, top_names = {} }, mt)
  read_entries(self, check_name)
  return self
end

return zips
