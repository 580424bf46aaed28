--- The User Token Generator: a long-lived token for a public account that is a tester,
--- without review and in Development Mode. It triggers the Authorization Window, which
--- sends the browser back to a page of the dashboard.

local access = require "instagram.sandbox.access"
local check = require "instagram.sandbox.check"
local escape = require "instagram.sandbox.escape"
local flavours = require "instagram.sandbox.flavours"
local testers = require "instagram.sandbox.testers"
local tokens = require "instagram.sandbox.tokens"

local generator = {}

local misuse = check.misuse

--- The path the window sends the browser back to.
function generator.path(app) return "/apps/" .. app.client_id .. "/token" end

--- The window that leads there: a whole login can be walked in one browser.
---@param origin string  the sandbox, as the browser knows it
function generator.window(origin, app)
  return "/oauth/authorize?client_id=" .. app.client_id .. "&redirect_uri="
    .. escape.encode(origin .. generator.path(app)) .. "&response_type=code&scope="
    .. escape.encode(table.concat(flavours.of(app.flavour).scopes, ","))
end

--- Why no token can be generated for this person; nil when one can.
function generator.problem(world, app, user)
  local platform = access.platform_problem(app)
  if platform then
    return platform
  elseif user.private == 1 then
    return "tokens can only be generated for public accounts: " .. user.username
      .. " is private"
  elseif not flavours.of(app.flavour).account_types[user.account_type] then
    return user.account_type .. " accounts cannot use " .. app.flavour
  elseif not testers.is(world, app, user.id) then
    return user.username .. " is not an accepted tester of the app"
  end
end

local function check_person(world, app, user)
  local problem = generator.problem(world, app, user)
  if problem then misuse(problem) end
end

local function make(world, app, user)
  return tokens.make(world, app, user.id, "long", world.clock:now() + tokens.long_life)
end

--- A token without the window, for tests: everything is granted.
---@return string token
function generator.give(world, app, user)
  check_person(world, app, user)
  local token
  world.store:atomically(function()
    tokens.grant(world, app, user, flavours.of(app.flavour).scopes)
    token = make(world, app, user)
  end)
  return token
end

-- The row of the code, if it was made for this page and nobody has used it.
local function fresh_code(world, app, text)
  local code = tokens.find_code(world, text)
  if not code or code.client_id ~= app.client_id
    or code.redirect_uri:sub(-#generator.path(app)) ~= generator.path(app) then
    misuse "this is no code of the token generator"
  elseif code.used then
    misuse "the token was shown once already: generate another one"
  elseif world.clock:now() >= code.made + 3600 then
    misuse "the code is older than one hour: generate another token"
  end
  return code
end

--- Turns the window's code into the long-lived token, which is shown once.
---@return string token
---@return table user
function generator.redeem(world, app, text)
  local code = fresh_code(world, app, text)
  local user = world.store:one("SELECT * FROM users WHERE id = ?", code.user_id)
  check_person(world, app, user)
  local token
  world.store:atomically(function()
    world.store:run("UPDATE codes SET used = ? WHERE code = ?", world.clock:now(),
      code.code)
    token = make(world, app, user)
  end)
  return token, user
end

return generator
