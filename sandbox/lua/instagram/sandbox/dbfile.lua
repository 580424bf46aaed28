--- The file that holds a state: opened for one process alone, told from files of other
-- kinds, brought to the newest schema. Knows pragmas and the file's marks; what the
-- tables are for is said in store.lua.

local dbfile = {}

-- "IGSB" in the file's header: a file of the sandbox.
local APPLICATION = 0x49475342

-- What SQLite says, and what that means for who named the file.
local meanings = {
  { "database is locked", "it is in use by another process; a file has one sandbox" },
  { "file is not a database", "it is no file of the sandbox" },
  { "readonly database", "it may not be written (the file, or its folder)" },
  { "unable to open database file", "it cannot be opened: no such folder, or no right "
    .. "to read and write there" },
  { "disk is full", "the disk is full" },
  { "disk I/O error", "it cannot be read or written (disk full or broken, or no right "
    .. "to write in its folder)" },
  { "malformed", "it is damaged" },
}

--- SQLite's error text in plain words.
function dbfile.explain(problem)
  local text = tostring(problem)
  for _, pair in ipairs(meanings) do
    if text:find(pair[1], 1, true) then return pair[2] end
  end
  return (text:gsub("^.-sqlite: ", ""))
end

local function refuse(text) error({ refused = text }, 0) end

local function number(db, name)
  return db:one("PRAGMA " .. name)[name]
end

-- The version of the schema inside; 0: an empty file. Refuses what is not ours.
local function version_of(db, newest)
  local version, mark = number(db, "user_version"), number(db, "application_id")
  local tables = db:one("SELECT count(*) AS n FROM sqlite_master").n
  local ours = mark == APPLICATION
    or mark == 0 and (version > 0) == (tables > 0) -- the first ones had no mark
  if not ours then refuse "it is a database of another program" end
  if version > newest then
    refuse(("it was made by a newer sandbox (schema %d; this one knows %d)")
      :format(version, newest))
  end
  return version
end

--- Brings a database to the newest schema, each step whole or not at all.
---@param migrations string[]  SQL, one entry per version
function dbfile.migrate(db, migrations)
  for version = version_of(db, #migrations) + 1, #migrations do
    db:transaction(function()
      db:exec(migrations[version])
      db:exec("PRAGMA user_version = " .. version)
    end)
  end
  if number(db, "application_id") ~= APPLICATION then
    db:exec("PRAGMA application_id = " .. APPLICATION)
  end
end

local COLUMNS = "SELECT m.name || '.' || c.name AS name FROM sqlite_master AS m, "
  .. "pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY 1"

local function columns(db)
  local names = {}
  for i, row in ipairs(db:query(COLUMNS)) do names[i] = row.name end
  return table.concat(names, "\n")
end

-- The tables are those that the migrations make.
local function check_tables(native, db, migrations)
  local fresh = native.sqlite()
  dbfile.migrate(fresh, migrations)
  local same = columns(fresh) == columns(db)
  fresh:close()
  if not same then refuse "its tables are not those of this sandbox" end
end

--- Refuses a database that is damaged or whose rows do not fit together.
function dbfile.verify(native, db, migrations)
  local row = db:one("PRAGMA integrity_check")
  if row.integrity_check ~= "ok" then refuse "it is damaged" end
  check_tables(native, db, migrations)
  if db:one("PRAGMA foreign_key_check") then
    refuse "its rows do not fit together"
  end
end

-- Nobody else may open the file from here on: caches rely on it. WAL with FULL: a
-- commit returns when its pages are on the disk (one fdatasync of the log), so an
-- answer that was sent can be counted on after kill -9 and after a power cut; NORMAL
-- would keep it through the first only.
local function own(db, newest)
  db:one("PRAGMA locking_mode = EXCLUSIVE")
  db:exec("BEGIN EXCLUSIVE")
  version_of(db, newest)
  db:exec("ROLLBACK")
  local mode = db:one("PRAGMA journal_mode = WAL").journal_mode
  if mode ~= "wal" then refuse("it cannot be kept in WAL mode, only in " .. mode) end
  db:exec("PRAGMA synchronous = FULL")
end

local function guarded(db, fn)
  local ok, problem = pcall(fn)
  if ok then return db end
  db:close()
  local refused = type(problem) == "table" and problem.refused
  return nil, refused or dbfile.explain(problem)
end

--- Opens a state's database, or makes a new one.
---@param path string  a file's name, or ":memory:"
---@return table|nil db
---@return string|nil message
function dbfile.open(native, path, migrations)
  local ok, db = pcall(native.sqlite, path)
  if not ok then return nil, dbfile.explain(db) end
  return guarded(db, function()
    if path ~= ":memory:" then own(db, #migrations) end
    dbfile.migrate(db, migrations)
    if path ~= ":memory:" then check_tables(native, db, migrations) end
  end)
end

--- Is there a file of the sandbox that nobody uses? False and why not.
function dbfile.is_ours(native, path)
  local ok, db = pcall(native.sqlite, path, "r")
  if not ok then return false, dbfile.explain(db) end
  local found, message = guarded(db, function() version_of(db, math.huge) end)
  db:close()
  return found ~= nil, message
end

--- A copy in memory of a database, verified and brought to the newest schema: what
--- is damaged or of another kind is refused before it can do harm.
---@param source table  a db; it is left as it is
---@return table|nil db
---@return string|nil message
function dbfile.copy(native, source, migrations)
  local db = native.sqlite()
  return guarded(db, function()
    source:backup(db)
    if version_of(db, #migrations) == 0 then refuse "it is empty" end
    dbfile.migrate(db, migrations)
    dbfile.verify(native, db, migrations)
  end)
end

return dbfile
