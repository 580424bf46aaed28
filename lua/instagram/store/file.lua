--- A store in a folder: a file for each key, replaced whole. One process at a time changes
--- a key: it holds the lock file of the key's shard for those milliseconds, which the
--- kernel frees when the process dies. Knows: the core's files, waiting at the seam.
---
--- A record file: a line "instagram-store 1 ENDS" and the value. A fence file:
--- "FENCE OWNER ENDS" of the lock with a life that callers see.
local core = require "instagram.core"
local errors = require "instagram.errors"
local wait = require "instagram.wait"

local files = core.files

local HEAD = "instagram-store 1 "
local SHARDS = 16
local PURGE_EVERY = 64 -- writes of records with an end
local PATIENCE = 20 -- seconds for a shard that others change all the time

local methods = {}
local store_mt = { __name = "instagram.store.file", __index = methods }

local file = {}

-- --- names --------------------------------------------------------------------------

local function encode(key)
  return (key:gsub("[^%w_-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function decode(name)
  return (name:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function path_of(self, key, ending)
  return ("%s/%s.%s"):format(self.path, encode(key), ending)
end

local function shard_of(key)
  local sum = 0
  for i = 1, #key do sum = (sum * 31 + key:byte(i)) % 65521 end
  return sum % SHARDS
end

local function shard_path(self, shard)
  return ("%s/shard-%d.lock"):format(self.path, shard)
end

-- --- one at a time ------------------------------------------------------------------

local function failure(message)
  return errors.failure("store", message)
end

-- The core's file errors are of kind `io`; a store's failures are of kind `store`.
local function told(result, message, err)
  if result == nil then return failure(err and err.message or message) end
  return result
end

-- Waits by sleeping at the seam: a worker, a game and other tasks go on meanwhile.
local function enter(self, shard)
  local pause, ends = 0.001, core.monotonic() + PATIENCE
  while true do
    local guard, message, err = files.lock(shard_path(self, shard))
    if guard == nil then return told(nil, message, err) end
    if guard then return guard end
    if core.monotonic() >= ends then
      return failure("the store " .. self.path .. " is locked by somebody else")
    end
    wait.sleep(pause)
    pause = math.min(pause * 2, 0.02)
  end
end

-- Nothing waits in here: between enter and release there are only file operations.
local function alone(self, key, change)
  local guard, message, err = enter(self, shard_of(key))
  if not guard then return nil, message, err end
  local result, second, third = change()
  guard:release()
  return result, second, third
end

-- --- records ------------------------------------------------------------------------

-- Value and end; false when there is none; nil, message, err when it is no record of ours.
local function read(self, key)
  local path = path_of(self, key, "record")
  local text, message, err = files.read(path)
  if not text then
    if text == nil then return told(nil, message, err) end
    return false
  end
  local ends, value = text:match("^" .. HEAD .. "(%d+)\n(.*)$")
  if not ends then
    return failure("the file " .. path .. " is damaged; it is left as it is")
  end
  ends = tonumber(ends)
  if ends > 0 and ends <= core.now() then return false end
  return value
end

local function write(self, key, value, ttl)
  local ends = ttl and math.ceil(core.now() + ttl) or 0
  return told(files.replace(path_of(self, key, "record"),
    ("%s%.0f\n%s"):format(HEAD, ends, value)))
end

local function read_fence(self, key)
  local text = files.read(path_of(self, key, "fence"))
  local fence, owner, ends = (text or ""):match("^(%d+) (%S+) ([%d.]+)$")
  return tonumber(fence) or 0, owner, tonumber(ends) or 0
end

local function write_fence(self, key, fence, owner, ends)
  return told(files.replace(path_of(self, key, "fence"),
    ("%.0f %s %.3f"):format(fence, owner or "-", ends or 0)))
end

local function may_write(self, key, options)
  return not options or not options.fence or options.fence == (read_fence(self, key))
end

-- --- the store ----------------------------------------------------------------------

-- What a writer left that died before its rename. Who writes holds the shard, so with it
-- in hand nothing of the shard is being written.
local function sweep(self)
  for shard = 0, SHARDS - 1 do
    local guard = files.lock(shard_path(self, shard))
    if guard then
      for _, name in ipairs(files.list(self.path) or {}) do
        local key = name:match("^(.*)%.%a+%.%d+%-%d+%.new$")
        if key and shard_of(decode(key)) == shard then
          files.remove(self.path .. "/" .. name)
        end
      end
      guard:release()
    end
  end
end

---@return instagram.Store?, string?, instagram.Error?
function file.new(path)
  local self = setmetatable({ path = path:gsub("/+$", "") }, store_mt)
  local made, message, err = files.make_folder(self.path)
  if not made then return told(nil, message, err) end
  local names
  names, message, err = files.list(self.path)
  if not names then return told(nil, message, err) end
  for _, name in ipairs(names) do
    if name:find("%.new$") then
      sweep(self)
      break
    end
  end
  return self
end

--- Where the key file is that accounts makes when no keys are given.
function methods:key_path()
  return self.path .. ".key"
end

function methods:get(key)
  return read(self, key)
end

-- Records with an end are forgotten now and then, by who holds their shard anyway.
local function purge(self, shard)
  self.passing = (self.passing or 0) + 1
  if self.passing % PURGE_EVERY ~= 0 then return end
  for _, name in ipairs(files.list(self.path) or {}) do
    local key = name:match("^(.*)%.record$")
    if key and shard_of(decode(key)) == shard and read(self, decode(key)) == false then
      files.remove(self.path .. "/" .. name)
    end
  end
end

function methods:put(key, value, options)
  return alone(self, key, function()
    if not may_write(self, key, options) then return false end
    if options and options.ttl then purge(self, shard_of(key)) end
    return write(self, key, value, options and options.ttl)
  end)
end

function methods:swap(key, expected, value, options)
  return alone(self, key, function()
    local present, message, err = read(self, key)
    if present == nil then return nil, message, err end
    if present ~= expected or not may_write(self, key, options) then return false end
    return write(self, key, value, options and options.ttl)
  end)
end

function methods:delete(key)
  return alone(self, key, function()
    local fenced, message, err = write_fence(self, key, read_fence(self, key) + 1)
    if not fenced then return nil, message, err end
    return told(files.remove(path_of(self, key, "record")))
  end)
end

function methods:list(prefix)
  local names, message, err = files.list(self.path)
  if not names then return told(nil, message, err) end
  local keys = {}
  for _, name in ipairs(names) do
    local key = name:match("^(.*)%.record$")
    key = key and decode(key)
    if key and key:sub(1, #prefix) == prefix then keys[#keys + 1] = key end
  end
  table.sort(keys)
  return keys
end

local function new_lock(self, key, fence, owner)
  local lock = { fence = fence }
  function lock.release()
    return alone(self, key, function()
      local now, holder = read_fence(self, key)
      if now ~= fence or holder ~= owner then return true end
      return write_fence(self, key, fence)
    end)
  end
  return lock
end

function methods:lock(key, life)
  return alone(self, key, function()
    local fence, _, ends = read_fence(self, key)
    if ends > core.now() then return false end
    local owner = core.random_text(9)
    local taken, message, err = write_fence(self, key, fence + 1, owner,
      core.now() + life)
    if not taken then return nil, message, err end
    return new_lock(self, key, fence + 1, owner)
  end)
end

return file
