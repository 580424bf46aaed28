--- App Review: an app asks for Advanced Access to one permission at a time, with a
--- submission; a reviewer (the developer plays Meta) approves or rejects it.

local access = require "instagram.sandbox.access"
local check = require "instagram.sandbox.check"
local requirements = require "instagram.sandbox.requirements"
local text = require "instagram.sandbox.text"

local reviews = {}

local misuse = check.misuse

--- Common rejection reasons (D their subjects; the words are ours), in their order:
--- key, what it is called, what the developer is told.
reviews.reasons = {
  { "screencast", "Screencast incomplete", "The screencast does not show the whole "
    .. "way: the login in the Authorization Window, the permission being granted, what "
    .. "the app does then." },
  { "description", "Description too thin", "The description does not say how the "
    .. "permission makes the app better for the people who use it." },
  { "unreachable", "App unreachable", "We could not load the app, or not log in to "
    .. "it, with what you told us." },
  { "unneeded", "Permission not needed", "The app does not need this permission for "
    .. "what you describe." },
  { "privacy", "Privacy policy", "The privacy policy cannot be opened, or does not "
    .. "say which data you use and how people have it deleted." },
  { "use_case", "Use not allowed", "This use of the permission is not allowed." },
}

--- The requests of an app, newest first.
function reviews.of_app(world, app)
  return world.store:all("SELECT * FROM reviews WHERE client_id = ? "
    .. "ORDER BY number DESC", app.client_id)
end

--- The newest request for a permission, or nil.
function reviews.latest(world, app, permission)
  return world.store:one("SELECT * FROM reviews WHERE client_id = ? "
    .. "AND permission = ? ORDER BY number DESC", app.client_id, permission)
end

--- Refuses a number that no request has.
function reviews.none(number)
  misuse(("there is no review request %.0f"):format(number))
end

--- The request of that number, or a misuse error.
function reviews.numbered(world, number)
  return world.store:one("SELECT * FROM reviews WHERE number = ?", number)
    or reviews.none(number)
end

local function named(app, name)
  if type(name) ~= "string" then misuse "permission is missing" end
  return access.permission(app, name)
    or misuse("there is no permission '" .. name .. "'")
end

--- The developer gives Advanced Access up: back to Standard Access.
function reviews.give_up(world, app, name)
  local permission = named(app, name)
  if not access.advanced(world, app, permission) then
    misuse(permission .. " has standard access")
  end
  access.take(world, app, permission)
end

local function check_asked(world, app, name)
  local permission = named(app, name)
  if access.advanced(world, app, permission) then
    misuse(permission .. " has advanced access already")
  end
  local latest = reviews.latest(world, app, permission)
  if latest and latest.state == "pending" then
    misuse(permission .. " is being reviewed already (request "
      .. ("%.0f"):format(latest.number) .. ")")
  end
  return permission
end

--- Asks for Advanced Access.
---@param submission table  permission (or scope), description, screencast
---@return number number  of the request
function reviews.submit(world, app, submission)
  local permission = check_asked(world, app, submission.permission)
  local description = text.plain("description", submission.description or "", true)
  local screencast = text.plain("screencast", submission.screencast or "", true)
  requirements.check(world, app, requirements.review,
    "advanced access cannot be asked for yet")
  world.store:insert("reviews", { client_id = app.client_id, permission = permission,
    description = description, screencast = screencast,
    submitted = world.clock:now() })
  return world.store:one("SELECT max(number) AS number FROM reviews").number
end

local function reason_text(reason)
  for _, known in ipairs(reviews.reasons) do
    if known[1] == reason then return known[3] end
  end
  return text.plain("reason", reason or "", true)
end

--- Decides a pending request.
---@param decision "approve"|"reject"
---@param reason string|nil  of a rejection: a key of `reasons`, or any words
function reviews.decide(world, review, decision, reason)
  if decision ~= "approve" and decision ~= "reject" then
    misuse 'decision must be "approve" or "reject"'
  elseif review.state ~= "pending" then
    misuse(("request %.0f was %s already"):format(review.number, review.state))
  elseif decision == "approve" and reason then
    misuse "a reason belongs to a rejection"
  end
  local approved = decision == "approve"
  world.store:run("UPDATE reviews SET state = ?, reason = ?, decided = ? "
    .. "WHERE number = ?", approved and "approved" or "rejected",
    not approved and reason_text(reason) or nil, world.clock:now(), review.number)
  if approved then access.give(world, review, review.permission) end
end

return reviews
