--- Who is logged in in which browser: a cookie names a row. There are no passwords. A
--- login ends with the person's word or with a new password; time does not end it
--- (invented: Instagram's lasts about a year).

local hosts = require "instagram.sandbox.hosts"

local logins = {}

local COOKIE = "sandbox_login"

-- The value of a cookie; of one sent twice the first counts, as it is the more exact.
local function cookie_of(ctx)
  for pair in (ctx.request.headers.cookie or ""):gmatch("[^;]+") do
    local name, value = pair:match("^%s*([^=%s]+)=([%w_-]+)%s*$")
    if name == COOKIE then return value end
  end
end

-- By its real names the sandbox is https only, and one login counts on both.
local function scope_of(ctx)
  local host = hosts.named(ctx.request.headers.host)
  if host ~= "www" and host ~= "api" then return "" end
  return "; Domain=instagram.com" .. (ctx.request.secure and "; Secure" or "")
end

local function cookie_header(ctx, value, more)
  return { "Set-Cookie", COOKIE .. "=" .. value .. "; Path=/" .. scope_of(ctx)
    .. "; HttpOnly; SameSite=Lax" .. more }
end

--- The row behind the request's cookie (id, user_id, made, purpose), or nil.
function logins.find(ctx)
  local id = cookie_of(ctx)
  return id and ctx.world.store:one("SELECT * FROM logins WHERE id = ?", id)
end

--- Who is logged in in the browser that asks: a row of users, or nil.
function logins.current(ctx)
  local id = cookie_of(ctx)
  return id and ctx.world.store:one("SELECT users.* FROM users JOIN logins "
    .. "ON logins.user_id = users.id WHERE logins.id = ?", id)
end

local function drop(ctx)
  local id = cookie_of(ctx)
  if id then ctx.world.store:run("DELETE FROM logins WHERE id = ?", id) end
end

--- Logs a person in, in place of who was logged in before.
---@param user table  a row of users
---@param purpose string|nil  what the login was asked for anew (see pages/window.lua)
---@return table header  {"Set-Cookie", ...} for the answer
function logins.start(ctx, user, purpose)
  local world, id = ctx.world, nil
  world.store:atomically(function()
    drop(ctx)
    id = world.ids:url_text("login/" .. world.store:serial(), 32)
    world.store:insert("logins", { id = id, user_id = user.id,
      made = world.clock:now(), purpose = purpose })
  end)
  return cookie_header(ctx, id, "; Max-Age=31536000")
end

--- Ends the login of the browser that asks.
---@return table header  {"Set-Cookie", ...} for the answer
function logins.finish(ctx)
  drop(ctx)
  return cookie_header(ctx, "", "; Max-Age=0")
end

--- A login asked for anew has served its purpose.
function logins.spend_purpose(world, id)
  world.store:run("UPDATE logins SET purpose = NULL WHERE id = ?", id)
end

--- Ends a person's logins in all browsers, as a new password does.
function logins.forget(world, user)
  world.store:run("DELETE FROM logins WHERE user_id = ?", user.id)
end

return logins
