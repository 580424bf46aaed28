--- An app's permissions with their level of access, and what can be done about it: in
--- the pages of the product and of App Review.

local access = require "instagram.sandbox.access"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local reviews = require "instagram.sandbox.reviews"

local function next_step(ctx, app, name, given)
  if given then
    return page.form(frame.path(app, "review"), { class = "single",
      "since ", frame.date(given), " ",
      h.input { type = "hidden", name = "permission", value = name },
      h.button { type = "submit", name = "do", value = "remove_access", class = "quiet",
        ["aria-label"] = "Remove advanced access to " .. name, "Remove" } })
  end
  local latest = reviews.latest(ctx.world, app, name)
  if latest and latest.state == "pending" then return "In review" end
  return h.a { href = frame.path(app, "review/request") .. "?permission=" .. name,
    ["aria-label"] = "Request advanced access to " .. name, "Request advanced access" }
end

return function(ctx, app)
  local rows = {}
  for i, name in ipairs(access.permissions(app)) do
    local given = access.advanced(ctx.world, app, name)
    rows[i] = { h.code { name }, { h.div { given and "Advanced Access"
      or "Standard Access" }, next_step(ctx, app, name, given) } }
  end
  return page.table("Permissions", { "Permission", "Access" }, rows)
end
