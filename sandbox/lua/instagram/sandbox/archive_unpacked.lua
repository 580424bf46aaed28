--- Where media of a zipped archive go, only those that are asked for: beside the file
--- of the state, or else into a private folder that goes when the sandbox stops.

local check = require "instagram.sandbox.check"

local unpacked = {}

local misuse = check.misuse

local ALL_MAX = 64 * 2 ^ 30
local RATIO_MAX, RATIO_FROM = 200, 2 ^ 20 -- pictures and videos do not shrink

local methods = {}
local mt = { __index = methods }

local function open_folder(self, username)
  if self.folder then return end
  local problem
  self.folder, problem = self.native.folder(self.state and self.state .. "." .. username
    .. ".media")
  if not self.folder then misuse("archive: no place to unpack it: " .. problem) end
end

--- Unpacks an entry; its path on disk.
---@param entry table  index, name, size, packed: as the zip says
function methods:add(zip, entry, username)
  self.size = self.size + entry.size
  local swells = entry.size > RATIO_FROM and entry.size > RATIO_MAX * entry.packed
  if swells or self.size > ALL_MAX then
    misuse("archive: '" .. entry.name .. "' would be absurdly large")
  end
  open_folder(self, username)
  self.count = self.count + 1
  local path = ("%s/%06d%s"):format(self.folder:path(), self.count,
    entry.name:match("%.%w+$") or "")
  local ok, problem = zip:extract(entry.index, path, self.state ~= nil)
  if not ok then misuse("archive: '" .. entry.name .. "': " .. problem) end
  return path
end

--- It stays: for good beside the state, else as long as the state.
function methods:keep()
  if not self.folder then return end
  if self.state then self.folder:keep() else table.insert(self.kept, self.folder) end
  self.folder = nil
end

--- Removes what was not kept.
function methods:close()
  if self.folder then self.folder:close() end
end

-- Absolute: the files are asked for long after, wherever the process is then.
local function state_file(world)
  local db = world.options.db
  return db and db ~= "" and db ~= ":memory:" and world.native.real_path(db) or nil
end

--- Nothing yet.
function unpacked.new(world)
  return setmetatable({ native = world.native, state = state_file(world), count = 0,
    size = 0, kept = world.folders }, mt)
end

return unpacked
