--- A store in a folder: a file for each key, replaced whole. One process at a time
--- changes a key: it holds the lock file of the key's shard for those milliseconds,
--- which the kernel frees when the process dies. Knows: the core's files, waiting at
--- the seam.
---
--- NAME.record: a line "instagram-store 1 ENDS DIGEST KEY", and the value.
--- shard-N.lock: empty, only held. shard-N.locks: who holds which lock (book.lua).
local core = require "instagram.core"
local book = require "instagram.store.book"
local errors = require "instagram.errors"
local wait = require "instagram.wait"

local files = core.files

local RECORD = "^instagram%-store 1 (%d+%.?%d*) (%S+) (%S*)\n(.*)$"
local SHARDS = 16
local PURGE_EVERY, PURGE_AT_LEAST = 600, 86400 -- seconds
local PATIENCE = 20 -- seconds for a shard that others change all the time
local LONGEST = 100 -- bytes of a name; some file systems end at 143, endings included

local methods = {}
local store_mt = { __name = "instagram.store.file", __index = methods }

local file = {}

-- --- names --------------------------------------------------------------------------

-- %w would depend on the host's locale.
local function encode(key)
  return (key:gsub("[^A-Za-z0-9_-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function decode(name)
  return (name:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- What a key's files are called. Where a digest stands for the rest of a long one, the
-- record tells the key.
local function name_of(key)
  local name = encode(key)
  if #name <= LONGEST then return name end
  return name:sub(1, LONGEST - 23):gsub("%%%x?$", "") .. "~" .. core.hash(key)
end

local function shard_of(name)
  local sum = 0
  for i = 1, #name do sum = (sum * 31 + name:byte(i)) % 65521 end
  return sum % SHARDS
end

local function path_of(self, name, ending)
  return ("%s/%s.%s"):format(self.path, name, ending)
end

local function shard_path(self, shard, ending)
  return ("%s/shard-%d.%s"):format(self.path, shard, ending)
end

-- --- one at a time ------------------------------------------------------------------

local function failure(message, fields)
  return errors.failure("store", message, fields)
end

-- The core's file errors are of kind `io`; a store's failures are of kind `store`.
local function told(result, message, err)
  if result == nil then return failure(err and err.message or message) end
  return result
end

-- Waits by sleeping at the seam: a worker, a game and other tasks go on meanwhile.
local function enter(self, shard)
  local path = shard_path(self, shard, "lock")
  local pause, ends = 0.001, core.monotonic() + PATIENCE
  while true do
    local guard, message, err = files.lock(path)
    if guard == nil then return told(nil, message, err) end
    if guard then return guard end
    if core.monotonic() >= ends then
      return failure(("the store is busy: %s is held by somebody else"):format(path))
    end
    wait.sleep(pause)
    pause = math.min(pause * 2, 0.02)
  end
end

-- Nothing waits in here: between enter and release there are only file operations.
local function alone(self, name, change)
  local guard, message, err = enter(self, shard_of(name))
  if not guard then return nil, message, err end
  local ok, result, second, third = pcall(change)
  guard:release()
  if not ok then error(result, 0) end
  return result, second, third
end

-- --- records ------------------------------------------------------------------------

-- Key, value and end of a record file's text; nothing when it is not as we wrote it.
local function parse(text)
  local ends, digest, name, value = text:match(RECORD)
  if not ends or digest ~= core.hash(ends, name, value) then return nil end
  return decode(name), value, book.time_of(ends)
end

-- Not the store's failure: asked again it says the same, and others' records are well.
local function damaged(path)
  local message = ("the record %s is damaged; it is kept as it is"):format(path)
  return errors.failure("sealed", message, {
    advice = "Restore it from a backup; or forget the account, and let the person log "
      .. "in again.",
  })
end

-- The value and the seconds it has left, if it has an end; false when there is none;
-- nil, message, err when it cannot be read.
local function read(self, key)
  local path = path_of(self, name_of(key), "record")
  local text, message, err = files.read(path)
  if not text then
    if text == nil then return told(nil, message, err) end
    return false
  end
  local found, value, ends = parse(text)
  if found ~= key then return damaged(path) end
  if ends == 0 then return value end
  local left = ends - core.now()
  if left <= 0 then return false end
  return value, left
end

local function write(self, key, value, ttl)
  -- Rounded down: who looks at once must not find more seconds left than were given.
  local ends, name = ttl and book.time_text(core.now() + ttl) or "0", encode(key)
  local head = ("instagram-store 1 %s %s "):format(ends, core.hash(ends, name, value))
  -- Not by format: in Lua 5.1 that ends at a zero byte.
  return told(files.replace(path_of(self, name_of(key), "record"),
    head .. name .. "\n" .. value))
end

-- The names of the records in the folder. What else is there is not ours.
local function record_names(self)
  local all, message, err = files.list(self.path)
  if not all then return told(nil, message, err) end
  local names = {}
  for _, each in ipairs(all) do
    local name = each:match("^([A-Za-z0-9_%%~-]+)%.record$")
    if name then names[#names + 1] = name end
  end
  return names
end

-- The key that a name stands for; nothing when that cannot be told, or it is no name
-- of ours.
local function key_of(self, name)
  local key
  if name:find("~", 1, true) then
    key = parse(files.read(path_of(self, name, "record")) or "")
  else
    key = decode(name)
  end
  if key and name_of(key) == name then return key end
end

-- --- locks' books -------------------------------------------------------------------

-- What the machine forgets when it stops was of use only to processes that stopped with
-- it: a book is replaced whole, but nobody waits for the disk.
local function read_book(self, shard)
  local text, message, err = files.read(shard_path(self, shard, "locks"))
  if text == nil then return told(nil, message, err) end
  return book.read(text, core.monotonic())
end

local function write_book(self, shard, locks)
  return told(files.replace(shard_path(self, shard, "locks"), book.write(locks), false))
end

local function may_write(self, name, options)
  if not options or not options.fence then return true end
  local locks, message, err = read_book(self, shard_of(name))
  if not locks then return nil, message, err end
  return book.allows(locks, name, options.fence)
end

-- A shard where nothing ever had an end was never purged, and need not be.
local function is_stale(self, shard, every)
  local locks = read_book(self, shard)
  return locks and locks.purged > 0 and math.abs(core.now() - locks.purged) >= every
end

-- Records that ended are removed now and then, by who holds their shard anyway. What
-- fails here does no harm: it is tried again.
local function purge(self, shard)
  local locks, now = read_book(self, shard), core.now()
  if not locks or math.abs(now - locks.purged) < PURGE_EVERY then return end
  for _, name in ipairs(record_names(self) or {}) do
    local key = shard_of(name) == shard and key_of(self, name)
    if key and read(self, key) == false then
      files.remove(path_of(self, name, "record"), false)
    end
  end
  locks.purged = now
  write_book(self, shard, locks)
end

-- --- the store ----------------------------------------------------------------------

-- What writers left that died before their rename. Who writes holds the shard, so with
-- it in hand nothing of the shard is being written.
local function sweep(self, names)
  local left = {}
  for _, each in ipairs(names) do
    local shard = tonumber(each:match("^shard%-(%d+)%.locks%.%d+%-%d+%.new$"))
    local name = each:match("^([A-Za-z0-9_%%~-]+)%.record%.%d+%-%d+%.new$")
    if name then shard = shard_of(name) end
    if shard then
      left[shard] = left[shard] or {}
      table.insert(left[shard], each)
    end
  end
  for shard, list in pairs(left) do
    local guard = files.lock(shard_path(self, shard, "lock"))
    if guard then
      for _, each in ipairs(list) do files.remove(self.path .. "/" .. each, false) end
      guard:release()
    end
  end
end

---@return instagram.Store?, string?, instagram.Error?
function file.new(path)
  local self = setmetatable({ path = path:gsub("(.)/+$", "%1") }, store_mt)
  local made, message, err = files.make_folder(self.path)
  if not made then return told(nil, message, err) end
  local names
  names, message, err = files.list(self.path)
  if not names then return told(nil, message, err) end
  sweep(self, names)
  return self
end

--- Where the key file is that accounts makes when no keys are given.
function methods:key_path()
  return self.path .. ".key"
end

function methods:get(key)
  return read(self, key)
end

-- Under the key's shard: puts unless the fence forbids it.
local function put(self, key, value, options)
  local name = name_of(key)
  local allowed, message, err = may_write(self, name, options)
  if not allowed then return allowed, message, err end
  local ttl, shard = options and options.ttl, shard_of(name)
  if ttl or is_stale(self, shard, PURGE_EVERY) then purge(self, shard) end
  return write(self, key, value, ttl)
end

function methods:put(key, value, options)
  return alone(self, name_of(key), function()
    return put(self, key, value, options)
  end)
end

function methods:swap(key, expected, value, options)
  return alone(self, name_of(key), function()
    local present, message, err = read(self, key)
    if present == nil then return nil, message, err end
    if present ~= expected then return false end
    return put(self, key, value, options)
  end)
end

-- The record goes first: on a full disk that makes room for the book.
function methods:delete(key)
  local name = name_of(key)
  local shard = shard_of(name)
  return alone(self, name, function()
    local removed, message, err = files.remove(path_of(self, name, "record"))
    if not removed then return told(nil, message, err) end
    local locks
    locks, message, err = read_book(self, shard)
    if not locks then return nil, message, err end
    if not book.disarm(locks, name) then return true end
    return write_book(self, shard, locks)
  end)
end

-- A shard that nobody writes to is swept by who looks at all (a daily job does); one
-- that is busy is swept by its writer.
local function purge_all(self)
  for shard = 0, SHARDS - 1 do
    local guard = is_stale(self, shard, PURGE_AT_LEAST)
      and files.lock(shard_path(self, shard, "lock"))
    if guard then
      purge(self, shard)
      guard:release()
    end
  end
end

function methods:list(prefix)
  purge_all(self)
  local names, message, err = record_names(self)
  if not names then return nil, message, err end
  local keys = {}
  for _, name in ipairs(names) do
    local key = key_of(self, name)
    if key and key:sub(1, #prefix) == prefix and read(self, key) ~= false then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  return keys
end

-- The end of a lock by its holder's will. Who has no lock any more gives nothing back.
local function give_back(self, name, owner)
  local shard = shard_of(name)
  return alone(self, name, function()
    local locks, message, err = read_book(self, shard)
    if not locks then return nil, message, err end
    if not book.give_back(locks, name, owner) then return true end
    return write_book(self, shard, locks)
  end)
end

function methods:lock(key, life)
  local name, owner = name_of(key), core.random_text(9)
  local shard = shard_of(name)
  return alone(self, name, function()
    local locks, message, err = read_book(self, shard)
    if not locks then return nil, message, err end
    local now = core.monotonic()
    if book.is_held(locks, name, now) then return false end
    local fence = book.take(locks, name, owner, life, now, core.now())
    local taken
    taken, message, err = write_book(self, shard, locks)
    if not taken then return nil, message, err end
    return {
      fence = fence,
      release = function() return give_back(self, name, owner) end,
    }
  end)
end

return file
