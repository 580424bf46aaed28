--- People with accounts.

local apps = require "instagram.sandbox.apps"
local files = require "instagram.sandbox.files"

local users = {}

local columns = { "name", "biography", "website", "account_type", "followers_count",
  "follows_count" }
local account_types = { PERSONAL = true, BUSINESS = true, MEDIA_CREATOR = true }

local function misuse(text) error({ misuse = text }, 0) end

local function check_type(kind)
  if kind and not account_types[kind] then
    misuse("account_type must be PERSONAL, BUSINESS or MEDIA_CREATOR")
  end
end

--- The account of that name, or nil.
function users.by_name(world, username)
  return world.store:one("SELECT * FROM users WHERE username = ?", username)
end

--- The account of that name, or a misuse error naming it.
function users.named(world, username)
  if type(username) ~= "string" then misuse("username must be a string") end
  local user = users.by_name(world, username)
  if not user then misuse("no account named '" .. username .. "'") end
  return user
end

--- All accounts, oldest first.
function users.all(world)
  return world.store:all("SELECT * FROM users ORDER BY rowid")
end

--- Makes an account; it is an accepted tester of every app unless `tester` is false.
---@param spec table  username, name, biography, website, account_type, private, picture,
--- followers_count, follows_count, tester
function users.add(world, spec)
  if type(spec.username) ~= "string" or not spec.username:match("^[%w._]+$") then
    misuse("username must be letters, digits, '.' and '_'")
  end
  if users.by_name(world, spec.username) then
    misuse("an account named '" .. spec.username .. "' exists")
  end
  check_type(spec.account_type)
  local id = world.ids:account(spec.username)
  local row = { id = id, username = spec.username, private = spec.private and 1 or 0 }
  for _, name in ipairs(columns) do row[name] = spec[name] end
  row.picture = files.add(world, spec.username .. "/picture", spec.picture, "IMAGE")
  world.store:insert("users", row)
  if spec.tester ~= false then
    for _, app in ipairs(apps.all(world)) do apps.add_tester(world, app.client_id, id) end
  end
  return users.by_name(world, spec.username)
end

--- Changes an account: the fields of `add`, and password_changed = true, which kills its
--- tokens as a new password does.
function users.update(world, user, changes)
  check_type(changes.account_type)
  for _, name in ipairs(columns) do
    if changes[name] ~= nil then
      world.store:run("UPDATE users SET " .. name .. " = ? WHERE id = ?", changes[name],
        user.id)
    end
  end
  if changes.private ~= nil then
    world.store:run("UPDATE users SET private = ? WHERE id = ?",
      changes.private and 1 or 0, user.id)
  end
  if changes.password_changed then
    world.store:run("UPDATE tokens SET dead = 'password' WHERE user_id = ? "
      .. "AND dead IS NULL", user.id)
  end
end

return users
