--- The sandbox's state in SQLite: schema, migrations, small helpers around the binding.
-- Knows SQL only; what rows mean is said in apps, users, tokens, posts and bulk.
-- Ids that do not fit a double are TEXT. Every change bumps `generation`, by which
-- caches know that they are stale.

local check = require "instagram.sandbox.check"

local store = {}

-- One entry per schema version, in order; never edit one that has shipped.
local migrations = {
  [[
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

  CREATE TABLE apps (
    client_id TEXT PRIMARY KEY,
    flavour TEXT NOT NULL CHECK (flavour IN ('basic_display', 'instagram_login')),
    name TEXT NOT NULL,
    secret TEXT NOT NULL,
    mode TEXT NOT NULL DEFAULT 'development' CHECK (mode IN ('development', 'live')),
    version TEXT NOT NULL,
    created INTEGER NOT NULL);
  CREATE TABLE redirects (
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    uri TEXT NOT NULL,
    PRIMARY KEY (client_id, uri));

  CREATE TABLE files (
    name TEXT PRIMARY KEY,
    path TEXT,
    mime TEXT NOT NULL);

  CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    biography TEXT NOT NULL DEFAULT '',
    website TEXT NOT NULL DEFAULT '',
    account_type TEXT NOT NULL DEFAULT 'PERSONAL'
      CHECK (account_type IN ('PERSONAL', 'BUSINESS', 'MEDIA_CREATOR')),
    private INTEGER NOT NULL DEFAULT 0,
    picture TEXT REFERENCES files,
    followers_count INTEGER NOT NULL DEFAULT 0,
    follows_count INTEGER NOT NULL DEFAULT 0,
    made INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE testers (
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    accepted INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (client_id, user_id));

  CREATE TABLE grants (
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    permissions TEXT NOT NULL,
    granted INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (client_id, user_id));
  CREATE TABLE codes (
    code TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made INTEGER NOT NULL,
    used INTEGER);
  CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('short', 'long')),
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    dead TEXT CHECK (dead IN ('password', 'removed')));
  CREATE INDEX tokens_of ON tokens (user_id, client_id);

  CREATE TABLE media (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    parent_id TEXT REFERENCES media ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    sort INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('IMAGE', 'VIDEO', 'CAROUSEL_ALBUM')),
    product TEXT NOT NULL DEFAULT 'FEED' CHECK (product IN ('FEED', 'REELS')),
    file TEXT REFERENCES files,
    thumbnail TEXT REFERENCES files,
    caption TEXT,
    alt_text TEXT,
    shortcode TEXT NOT NULL,
    like_count INTEGER NOT NULL DEFAULT 0,
    comments_count INTEGER NOT NULL DEFAULT 0,
    shared INTEGER NOT NULL DEFAULT 1,
    flagged INTEGER NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX media_list ON media (user_id, sort) WHERE parent_id IS NULL;
  CREATE INDEX media_children ON media (user_id, sort, position)
    WHERE parent_id IS NOT NULL;
  CREATE INDEX media_parent ON media (parent_id) WHERE parent_id IS NOT NULL;

  CREATE TABLE bulk (
    number INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    count INTEGER NOT NULL,
    albums INTEGER NOT NULL,
    children INTEGER NOT NULL,
    newest INTEGER NOT NULL);
  CREATE TABLE hidden (
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (user_id, place));
  ]],
  [[
  -- the App Dashboard: types, access, reviews, verification
  ALTER TABLE apps ADD COLUMN type TEXT NOT NULL DEFAULT 'none'
    CHECK (type IN ('none', 'consumer', 'business'));
  UPDATE apps SET type = 'business' WHERE flavour = 'instagram_login';
  ALTER TABLE apps ADD COLUMN product INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE apps ADD COLUMN privacy_url TEXT NOT NULL DEFAULT '';
  ALTER TABLE apps ADD COLUMN deauthorize_url TEXT NOT NULL DEFAULT '';
  ALTER TABLE apps ADD COLUMN deletion_url TEXT NOT NULL DEFAULT '';
  ALTER TABLE apps ADD COLUMN verification TEXT NOT NULL DEFAULT 'none'
    CHECK (verification IN ('none', 'pending', 'verified', 'rejected'));
  ALTER TABLE apps ADD COLUMN handling TEXT;        -- answers, JSON
  ALTER TABLE apps ADD COLUMN handled INTEGER;      -- when they were given
  ALTER TABLE apps ADD COLUMN checkup INTEGER;      -- when a Data Use Checkup was done
  ALTER TABLE testers ADD COLUMN invited INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE access (                             -- Advanced Access
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    permission TEXT NOT NULL,
    given INTEGER NOT NULL,
    PRIMARY KEY (client_id, permission));
  CREATE TABLE reviews (
    number INTEGER PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    permission TEXT NOT NULL,
    description TEXT NOT NULL,
    screencast TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending'
      CHECK (state IN ('pending', 'approved', 'rejected')),
    reason TEXT,
    submitted INTEGER NOT NULL,
    decided INTEGER);
  CREATE INDEX reviews_of ON reviews (client_id);
  ]],
  [[
  -- people: who is logged in, callbacks on their way
  CREATE TABLE logins (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    made INTEGER NOT NULL,
    purpose TEXT);
  CREATE INDEX logins_of ON logins (user_id);
  ]],
}

local methods = {}
local mt = { __index = methods }

local function migrate(db)
  local row = db:one("PRAGMA user_version")
  for version = row.user_version + 1, #migrations do
    db:transaction(function()
      db:exec(migrations[version])
      db:exec("PRAGMA user_version = " .. version)
    end)
  end
end

--- Opens (and migrates) the state.
---@param path string  a file name, or ":memory:"
function store.open(native, path)
  local ok, db = pcall(function()
    local db = native.sqlite(path)
    db:exec("PRAGMA foreign_keys = ON")
    migrate(db)
    return db
  end)
  if not ok then -- a folder that is not there, a file of another kind
    check.misuse("db: " .. (tostring(db):gsub("^.-sqlite: ", "")))
  end
  return setmetatable({ db = db, generation = 1 }, mt)
end

--- One row as a map, or nil.
function methods:one(sql, ...) return self.db:one(sql, ...) end

--- All rows.
function methods:all(sql, ...) return self.db:query(sql, ...) end

--- A change; returns how many rows it touched.
function methods:run(sql, ...)
  self:touch()
  return self.db:run(sql, ...)
end

--- Makes all caches stale: what they hold may not be true any more.
function methods:touch() self.generation = self.generation + 1 end

--- Runs `fn` as one change: all of it or nothing.
function methods:atomically(fn)
  local ok, problem = pcall(self.db.transaction, self.db, fn)
  if ok then return end
  self:touch() -- something may have been remembered that was taken back
  error(problem, 0)
end

--- Inserts a map as a row.
function methods:insert(table_name, row)
  local names, marks, values, n = {}, {}, {}, 0
  for name in pairs(row) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    n = n + 1
    marks[n], values[n] = "?", row[name]
  end
  local sql = "INSERT INTO " .. table_name .. " (" .. table.concat(names, ", ")
    .. ") VALUES (" .. table.concat(marks, ", ") .. ")"
  local unpack_values = table.unpack or unpack
  return self:run(sql, unpack_values(values, 1, n))
end

--- A kept value (text), or nil.
function methods:meta(name)
  local row = self:one("SELECT value FROM meta WHERE name = ?", name)
  return row and row.value
end

--- Keeps a value.
function methods:set_meta(name, value)
  self:run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name,
    tostring(value))
end

--- The next number of a count that never repeats: tokens and codes are made from it.
function methods:serial()
  local serial = tonumber(self:meta("serial") or 0) + 1
  self:set_meta("serial", string.format("%.0f", serial))
  return serial
end

return store
