--- The sandbox's state in SQLite: schema, small helpers around the binding. Knows SQL
-- only; what rows mean is said in apps, users, tokens, posts and bulk. Ids that do not
-- fit a double are TEXT. Every change bumps `generation`, by which caches know that
-- they are stale. What a request changes is one transaction, kept before the answer.

local check = require "instagram.sandbox.check"
local dbfile = require "instagram.sandbox.dbfile"

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
    product TEXT NOT NULL DEFAULT 'FEED'
      CHECK (product IN ('FEED', 'REELS', 'STORY')),
    file TEXT REFERENCES files,
    thumbnail TEXT REFERENCES files,
    caption TEXT,
    alt_text TEXT,
    shortcode TEXT NOT NULL,
    like_count INTEGER NOT NULL DEFAULT 0,
    comments_count INTEGER NOT NULL DEFAULT 0,
    shared INTEGER NOT NULL DEFAULT 1,
    flagged INTEGER NOT NULL DEFAULT 0);
  CREATE UNIQUE INDEX media_list ON media (user_id, sort)
    WHERE parent_id IS NULL AND product <> 'STORY';
  CREATE INDEX media_stories ON media (user_id, sort) WHERE product = 'STORY';
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
  CREATE INDEX media_shortcode ON media (shortcode);
  CREATE TABLE removals (                           -- apps a person removed
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    removed INTEGER NOT NULL,
    PRIMARY KEY (client_id, user_id));
  CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('deauthorize', 'deletion')),
    client_id TEXT NOT NULL REFERENCES apps ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    address TEXT NOT NULL,
    issued INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued'
      CHECK (state IN ('queued', 'sent', 'failed')),
    tries INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL,
    tried INTEGER,
    status INTEGER,
    problem TEXT,
    confirmation_code TEXT,
    status_page TEXT);
  CREATE INDEX callbacks_due ON callbacks (due) WHERE state = 'queued';
  ]],
  [[
  -- what others write below posts
  CREATE TABLE comments (
    id TEXT PRIMARY KEY,
    media_id TEXT NOT NULL REFERENCES media ON DELETE CASCADE,
    parent_id TEXT REFERENCES comments ON DELETE CASCADE,
    sort INTEGER NOT NULL UNIQUE,
    username TEXT NOT NULL,
    text TEXT NOT NULL,
    made INTEGER NOT NULL,
    like_count INTEGER NOT NULL DEFAULT 0,
    hidden INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX comments_of ON comments (media_id, sort);
  CREATE INDEX comments_parent ON comments (parent_id, sort);
  ]],
}

local methods = {}
local mt = { __index = methods }

--- Opens (and migrates) the state.
---@param path string  a file name, or ":memory:"
function store.open(native, path)
  if path == "" then check.misuse "db: a file's name expected" end
  local db, problem = dbfile.open(native, path, migrations)
  if not db then check.misuse("db: " .. path .. ": " .. problem) end
  return setmetatable({ native = native, db = db, generation = 1 }, mt)
end

--- One row as a map, or nil.
function methods:one(sql, ...) return self.db:one(sql, ...) end

--- All rows.
function methods:all(sql, ...) return self.db:query(sql, ...) end

-- The transaction of a request begins with its first change: reading costs none.
local function begin(self)
  if self.unit ~= "waiting" then return end
  self.db:exec("BEGIN IMMEDIATE")
  self.unit = "begun"
end

--- A change; returns how many rows it touched.
function methods:run(sql, ...)
  begin(self)
  self:touch()
  return self.db:run(sql, ...)
end

--- Makes all caches stale: what they hold may not be true any more.
function methods:touch() self.generation = self.generation + 1 end

--- Runs `fn` as one change: all of it or nothing.
function methods:atomically(fn)
  begin(self)
  local ok, problem = pcall(self.db.transaction, self.db, fn)
  if ok then return end
  self:touch() -- something may have been remembered that was taken back
  error(problem, 0)
end

--- Runs `fn`, which answers a request: all its changes are kept when this returns, and
--- none of them when it raises.
function methods:as_one(fn)
  if self.unit then error("a request within a request", 2) end
  self.unit = "waiting"
  local ok, result = pcall(fn)
  local begun = self.unit == "begun"
  self.unit = nil
  if not begun then
    if not ok then error(result, 0) end
    return result
  end
  local kept, problem = ok, result
  if ok then kept, problem = pcall(self.db.exec, self.db, "COMMIT") end
  if kept then return result end
  if ok then problem = "the change was not kept: " .. dbfile.explain(problem) end
  pcall(self.db.exec, self.db, "ROLLBACK") -- some failures have done so already
  self:touch()
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

--- Copies all that is kept, as it is now, into another database.
function methods:copy_to(db) self.db:backup(db) end

--- A verified copy in memory of a kept state; nil and why it is none.
function methods:verified(db) return dbfile.copy(self.native, db, migrations) end

--- Takes over all that another database holds, as one change.
function methods:replace_with(db)
  if self.unit == "begun" then error("in the middle of a change", 2) end
  self:touch()
  db:backup(self.db)
end

return store
