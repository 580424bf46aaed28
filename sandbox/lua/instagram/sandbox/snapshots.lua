--- The sandbox as it is at one moment, to come back to: all of the state, and what is
--- kept in memory only (faults, counted calls, the generator behind trace ids). A
--- snapshot is a database of its own, in memory under a name or in a file.

local check = require "instagram.sandbox.check"
local dbfile = require "instagram.sandbox.dbfile"
local faults = require "instagram.sandbox.faults"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"
local random = require "instagram.sandbox.random"
local read_json = require "instagram.sandbox.json_read"

local snapshots = {}

local misuse = check.misuse

local NAMES_MAX = 100 -- each is a whole state in memory

-- --- what is in memory only ---------------------------------------------------------

-- Any value of plain data as JSON that keeps types and keys: "s" text, "n" number,
-- booleans, [[key, value], ...] for a table, {"random": state} for a generator.
local function pack(value)
  local kind = type(value)
  if kind == "string" then return "s" .. value end
  if kind == "number" then return ("n%.17g"):format(value) end
  if kind ~= "table" then return value end
  if random.is(value) then return { random = pack(value.state) } end
  local list = json.array({})
  for key, member in pairs(value) do
    list[#list + 1] = json.array({ pack(key), pack(member) })
  end
  return list
end

local function unpack_number(text)
  if text == "inf" then return math.huge end
  if text == "-inf" then return -math.huge end
  return tonumber(text)
end

local function restored(value)
  if type(value) == "string" then
    if value:sub(1, 1) == "n" then return unpack_number(value:sub(2)) end
    return value:sub(2)
  elseif type(value) ~= "table" then
    return value
  elseif value.random then
    return random.resume(restored(value.random))
  end
  local out = {}
  for _, pair in ipairs(value) do out[restored(pair[1])] = restored(pair[2]) end
  return out
end

local function moment_of(world)
  local faults_now, limits_now = {}, {}
  for name, value in pairs(world.faults) do faults_now[name] = value end
  for name, value in pairs(world.limits) do limits_now[name] = value end
  return json.plain(pack({ faults = faults_now, limits = limits_now,
    random = world.random }))
end

local function filled(object, members)
  for name, value in pairs(members or {}) do object[name] = value end
  return object
end

local function resume(world, moment)
  world.faults = filled(faults.new(), moment.faults)
  world.limits = filled(limits.new(), moment.limits)
  world.random = moment.random or world.random
end

-- --- taking -------------------------------------------------------------------------

local function put(db, name, value)
  db:run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)
end

local function fill(world, db)
  world.store:copy_to(db)
  db:exec("PRAGMA journal_mode = DELETE") -- else WAL like a kept state: one file alone
  put(db, "clock", ("%.3f"):format(world.clock:now()))
  put(db, "settings", world:settings_text())
  put(db, "moment", moment_of(world))
end

--- Takes one into memory; another of that name is gone.
---@return boolean  true: there was one
function snapshots.keep(world, name)
  local kept = world.snapshots
  if not kept[name] and #snapshots.names(world) >= NAMES_MAX then
    misuse(("snapshot: there are %d already, use their names again"):format(NAMES_MAX))
  end
  local db = world.native.sqlite()
  fill(world, db)
  local old = kept[name]
  if old then old:close() end
  kept[name] = db
  return old ~= nil
end

--- Those in memory by their names: `name`, and `now`, what the clock said then.
function snapshots.list(world)
  local list = {}
  for i, name in ipairs(snapshots.names(world)) do
    local row = world.snapshots[name]:one("SELECT value FROM meta "
      .. "WHERE name = 'clock'")
    list[i] = { name = name, now = tonumber(row.value) }
  end
  return list
end

-- The one in memory of that name, or a misuse error.
local function named(world, call, name)
  local db = world.snapshots[name]
  if db then return db end
  misuse(call .. (name == "" and ": there is no snapshot without a name"
    or ": there is no snapshot named '" .. name .. "'"))
end

--- Forgets one in memory.
function snapshots.forget(world, name)
  named(world, "forget_snapshot", name):close()
  world.snapshots[name] = nil
end

--- The names of those in memory, sorted.
function snapshots.names(world)
  local names = {}
  for name in pairs(world.snapshots) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Nothing but a snapshot is ever overwritten, and never the file in use. True when
-- there is one.
local function check_place(world, path)
  if not world.native.file_size(path) then return false end
  local ok, problem = dbfile.is_ours(world.native, path)
  if not ok then misuse("snapshot: " .. path .. ": " .. problem) end
  return true
end

--- Takes one into a file, which is there whole or as it was before.
---@return boolean  true: there was one
function snapshots.write(world, path)
  local replaced = check_place(world, path)
  local temporary = ("%s.%s.new"):format(path, world.url:match("%d+$") or "0")
  os.remove(temporary) -- one that a killed sandbox left
  local db, ok, problem
  ok, problem = pcall(function()
    db = world.native.sqlite(temporary)
    fill(world, db)
  end)
  if db then db:close() end
  if ok then ok, problem = world.native.replace(temporary, path) end
  if ok then return replaced end
  os.remove(temporary)
  misuse("snapshot: " .. path .. ": " .. dbfile.explain(problem))
end

-- --- coming back --------------------------------------------------------------------

-- Takes over what a database holds. Everything that can be wrong with it is found in a
-- copy, before the state is touched.
local function take_over(world, source, what)
  local copy, problem = world.store:verified(source)
  if not copy then misuse("restore: " .. what .. ": " .. problem) end
  local row = copy:one("SELECT value FROM meta WHERE name = 'moment'")
  copy:run("DELETE FROM meta WHERE name = 'moment'")
  local moment = row and read_json(row.value)
  local ok
  ok, problem = pcall(world.store.replace_with, world.store, copy)
  copy:close()
  if not ok then misuse("restore: " .. what .. ": " .. dbfile.explain(problem)) end
  world:load_kept()
  resume(world, moment and restored(moment) or {})
end

--- Comes back to one in memory.
function snapshots.restore(world, name)
  take_over(world, named(world, "restore", name), "'" .. name .. "'")
end

--- Comes back to one in a file (a snapshot, or a state that nobody uses just now).
function snapshots.read(world, path)
  if not world.native.file_size(path) then
    misuse("restore: " .. path .. ": there is no such file")
  end
  local ok, db = pcall(world.native.sqlite, path, "r")
  if not ok then misuse("restore: " .. path .. ": " .. dbfile.explain(db)) end
  local done, problem = pcall(take_over, world, db, path)
  db:close()
  if not done then error(problem, 0) end
end

return snapshots
