--- A folder as (a part of) an archive. Links may lead about in it, and not out of it.

local check = require "instagram.sandbox.check"

local folders = {}

local TEXT_MAX = 64 * 2 ^ 20

local methods = {}
local mt = { __index = methods }

-- The real path of a name; nil when there is no such file.
local function real_path(self, name)
  local path = self.native.real_path(self.path .. "/" .. name)
  if not path then return nil end
  if path:sub(1, #self.path + 1) ~= self.path .. "/" then
    check.misuse("archive: '" .. name .. "' is a link that leads out of it")
  end
  return path
end

function methods:has(name)
  local path = real_path(self, name)
  return path ~= nil and self.native.kind(path) == "file"
end

function methods:tops() return self.native.list(self.path) or {} end

function methods:list(name)
  local path = name == "" and self.path or real_path(self, name)
  return path and self.native.kind(path) == "folder" and self.native.list(path) or {}
end

function methods:text(name)
  local path = real_path(self, name)
  local size, problem = self.native.file_size(path)
  if not size then return nil, problem end
  if size > TEXT_MAX then return nil, "too large" end
  return self.native.read(path)
end

function methods:media(name) return real_path(self, name) end

function methods.close() end

--- A folder, by its real path; its methods are those of archive_source.lua.
function folders.open(native, path)
  return setmetatable({ native = native, path = path }, mt)
end

return folders
