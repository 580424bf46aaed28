--- Who may use an app, and at which level: testers always, everybody else by a live
--- app's Advanced Access to each permission.

local compliance = require "instagram.sandbox.compliance"
local flavours = require "instagram.sandbox.flavours"
local testers = require "instagram.sandbox.testers"

local access = {}

--- The app's permissions, in the window's order.
---@return string[]
function access.permissions(app)
  local flavour, list = flavours.of(app.flavour), {}
  for i, scope in ipairs(flavour.scopes) do list[i] = flavour.permissions[scope] end
  return list
end

--- The permission of that name or scope; nil when the app's flavour has none.
function access.permission(app, name)
  for _, permission in ipairs(access.permissions(app)) do
    if name == permission then return permission end
  end
  return flavours.of(app.flavour).permissions[name]
end

--- When Advanced Access to a permission was given (epoch); nil: Standard Access.
function access.advanced(world, app, permission)
  local row = world.store:one("SELECT given FROM access WHERE client_id = ? "
    .. "AND permission = ?", app.client_id, permission)
  return row and row.given
end

--- Gives Advanced Access.
function access.give(world, app, permission)
  world.store:run("INSERT OR IGNORE INTO access (client_id, permission, given) "
    .. "VALUES (?, ?, ?)", app.client_id, permission, world.clock:now())
end

--- Puts a permission back to Standard Access.
function access.take(world, app, permission)
  world.store:run("DELETE FROM access WHERE client_id = ? AND permission = ?",
    app.client_id, permission)
end

--- Why an app of this type can never have its product; nil when it can. The type
--- cannot be changed: such an app is to be created anew.
function access.type_problem(app)
  local business = app.type == "business"
  if app.flavour == "basic_display" and business then
    return "Business apps are not supported by Basic Display"
  elseif app.flavour == "instagram_login" and not business then
    return "the app's type is not Business"
  end
end

--- Why the app is no platform app for its product; nil when it is one.
function access.platform_problem(app)
  if app.product == 0 then return "the Instagram product was not added to the app" end
  return access.type_problem(app)
end

-- Why people without a role are kept out, or nil.
local function closed_to_others(world, app, permissions)
  if app.mode ~= "live" then return "the app is in development mode" end
  if compliance.lacks_verification(world, app) then
    return "Business Verification is " .. app.verification
  end
  for _, name in ipairs(permissions) do
    if not access.advanced(world, app, access.permission(app, name)) then
      return name .. " has standard access only"
    end
  end
end

--- Why the flavour is not for accounts of the person's kind, or nil. The window refuses
--- them; an account that changed its kind later is met here.
function access.wrong_kind(world, app, user_id)
  local kind = world.store:one("SELECT account_type FROM users WHERE id = ?",
    user_id).account_type
  if flavours.of(app.flavour).account_types[kind] then return nil end
  return kind .. " accounts cannot use " .. app.flavour
end

--- True when the app may use these permissions (or scopes) of a person whose account
--- is of a kind the flavour serves: of an accepted tester always, of others when it is
--- live and has Advanced Access to each.
---@param permissions string[]
---@return boolean
---@return string|nil reason  why not
function access.may_use(world, app, user_id, permissions)
  local problem = access.platform_problem(app)
  problem = problem or access.wrong_kind(world, app, user_id)
  if problem then return false, problem end
  if testers.is(world, app, user_id) then return true end
  problem = closed_to_others(world, app, permissions)
  if problem then return false, "not an accepted tester, and " .. problem end
  return true
end

return access
