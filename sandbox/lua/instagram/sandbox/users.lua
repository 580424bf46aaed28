--- People with accounts.

local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local files = require "instagram.sandbox.files"
local logins = require "instagram.sandbox.logins"
local testers = require "instagram.sandbox.testers"
local text = require "instagram.sandbox.text"

local users = {}

local columns = { "name", "biography", "website", "account_type", "followers_count",
  "follows_count" }
local words = { name = true, biography = true, website = true }
local account_types = { PERSONAL = true, BUSINESS = true, MEDIA_CREATOR = true }

local misuse = check.misuse

--- What an account may be made with, or changed to.
users.members = { username = "string", name = "string", biography = "string",
  website = "string", account_type = "string", private = "boolean",
  followers_count = "count", follows_count = "count", tester = "boolean" }

local function check_type(kind)
  if kind and not account_types[kind] then
    misuse("account_type must be PERSONAL, BUSINESS or MEDIA_CREATOR")
  end
end

-- The value of a column as it is kept: words are plain text.
local function kept(name, value)
  if words[name] and value then return text.plain(name, value) end
  return value
end

--- The account of that name, or nil.
function users.by_name(world, username)
  return world.store:one("SELECT * FROM users WHERE username = ?", username)
end

--- The account of a name as people type it, in any case; the exact one first.
function users.by_typed(world, name)
  return users.by_name(world, name) or world.store:one("SELECT * FROM users "
    .. "WHERE username = ? COLLATE NOCASE ORDER BY rowid", name)
end

--- The account of that name, or a misuse error naming it.
function users.named(world, username)
  if type(username) ~= "string" then misuse("username must be a string") end
  local user = users.by_name(world, username)
  if not user then misuse("no account named '" .. username .. "'") end
  return user
end

--- The first so many accounts, oldest first, and how many there are in all.
function users.first(world, count)
  return world.store:all("SELECT * FROM users ORDER BY rowid LIMIT ?", count),
    world.store:one("SELECT count(*) AS n FROM users").n
end

--- All accounts, oldest first.
function users.all(world)
  return world.store:all("SELECT * FROM users ORDER BY rowid")
end

--- True for a name as Instagram has them: short, no dot at an end or beside another.
function users.is_name(name)
  return type(name) == "string" and #name <= 30 and name:match("^[%w._]+$") ~= nil
    and not ("." .. name .. "."):find("..", 1, true)
end

-- What stands at /NAME/ already, by the sandbox's address or on www: whoever was called
-- that would have no page.
local reserved = {}
for name in ("_sandbox access_token accounts api apps direct explore favicon.ico "
  .. "oauth p people reel reels refresh_access_token sandbox stories tv v")
  :gmatch "%S+" do
  reserved[name] = true
end

--- True for a name that no account can have.
function users.is_reserved(name) return reserved[name:lower()] == true end

--- Makes an account; it is an accepted tester of every app unless `tester` is false.
---@param spec table  username, name, biography, website, account_type, private,
--- picture (a file), picture_mime, followers_count, follows_count, tester
---@param looked boolean|nil  an import has looked at the picture already
function users.add(world, spec, looked)
  if not users.is_name(spec.username) then
    misuse("username must be letters, digits, '_' and single '.' inside, at most 30")
  end
  if users.is_reserved(spec.username) then
    misuse("username '" .. spec.username .. "' is reserved: another page stands at /"
      .. spec.username .. "/")
  end
  if users.by_name(world, spec.username) then
    misuse("an account named '" .. spec.username .. "' exists")
  end
  check_type(spec.account_type)
  local id = world.ids:account(spec.username)
  local row = { id = id, username = spec.username, private = spec.private and 1 or 0 }
  for _, name in ipairs(columns) do row[name] = kept(name, spec[name]) end
  row.picture = files.add(world, spec.username .. "/picture", spec.picture, "IMAGE",
    spec.picture_mime, looked)
  world.store:insert("users", row)
  if spec.tester ~= false then users.make_tester(world, row, true) end
  return users.by_name(world, spec.username)
end

--- Makes an account an accepted tester of every app, or of none.
function users.make_tester(world, user, yes)
  for _, app in ipairs(apps.all(world)) do
    (yes and testers.add or testers.drop)(world, app, user)
  end
end

local function set(world, user, column, value)
  world.store:run("UPDATE users SET " .. column .. " = ? WHERE id = ?", value, user.id)
end

-- Tokens know what killed them (O); open codes are as if they had never been given
-- (invented).
local function end_sessions(world, user)
  world.store:run("UPDATE tokens SET dead = 'password' WHERE user_id = ? "
    .. "AND dead IS NULL", user.id)
  world.store:run("DELETE FROM codes WHERE user_id = ? AND used IS NULL", user.id)
  logins.forget(world, user)
end

--- Changes an account: the fields of `add`, and password_changed = true, which kills
--- its tokens, open codes and logins as a new password does.
function users.update(world, user, changes)
  check_type(changes.account_type)
  for _, name in ipairs(columns) do
    local value = kept(name, changes[name])
    if value ~= nil then set(world, user, name, value) end
  end
  if changes.private ~= nil then
    set(world, user, "private", changes.private and 1 or 0)
  end
  if changes.tester ~= nil then users.make_tester(world, user, changes.tester) end
  if changes.password_changed then end_sessions(world, user) end
end

return users
