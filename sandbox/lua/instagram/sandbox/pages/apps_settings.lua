--- App Dashboard > Settings: Basic and Advanced. Modules of an app's pages map the
--- place behind /apps/CLIENT_ID/ to what answers it.

local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local versions = require "instagram.sandbox.versions"

local places = {}

-- --- Settings > Basic ---------------------------------------------------------------

local function basic(ctx, app, problem)
  return frame.page(ctx, app, "settings/basic", { title = "Basic settings",
    problem = problem, body = {
      frame.facts { { "App ID", h.code { apps.meta_id(ctx.world, app) } } },
      h.p { class = "hint", "Logins take the Instagram App ID of Products > Instagram, "
        .. "not this one." },
      frame.form(app, "settings/basic", "save", "Save changes", {
        page.field("Display name", "name", { required = true, maxlength = 200,
          value = frame.sent(ctx, "name", app.name) }),
        page.field("Privacy Policy URL", "privacy_url", { type = "url",
          value = frame.sent(ctx, "privacy_url", app.privacy_url) }),
      }),
      h.h2 { "Delete app" },
      h.p { "Its grants and tokens die with it." },
      page.form(frame.path(app, "delete"), { class = "stack",
        page.tick("Delete '" .. app.name .. "'", "sure", "yes", false,
          { required = true }),
        page.button("Delete app", nil, nil, "quiet") }),
    } })
end

places["settings/basic"] = function(ctx, app)
  return frame.run(ctx, app, "settings/basic", basic, {
    save = function(world, the_app)
      apps.update(world, the_app, { name = ctx:form("name") or "",
        privacy_url = ctx:form("privacy_url") or "" })
    end,
  })
end

places.delete = function(ctx, app)
  if ctx.method ~= "POST" then return page.see_other(ctx, "/apps/") end
  if ctx:form("sure") ~= "yes" then
    check.misuse("Tick the box to delete '" .. app.name .. "'.")
  end
  ctx.world.store:atomically(function() apps.delete(ctx.world, app) end)
  return page.see_other(ctx, "/apps/?done=deleted")
end

-- --- Settings > Advanced ------------------------------------------------------------

local function version_options(ctx, app)
  local options, here = {}, false
  for i, release in ipairs(versions.living(ctx.now)) do
    options[i] = { release.name, release.name }
    here = here or release.name == app.version
  end
  if not here then
    options[#options + 1] = { app.version, app.version .. " (not available now)" }
  end
  return options
end

local function version_table(ctx)
  local rows = {}
  for i, release in ipairs(versions.living(ctx.now)) do
    rows[i] = { release.name, frame.date(release.released),
      release.expires < math.huge and frame.date(release.expires) or "not known yet" }
  end
  return page.table("Versions available now", { "Version", "Since", "Until" }, rows)
end

local function advanced(ctx, app, problem)
  return frame.page(ctx, app, "settings/advanced", { title = "Advanced settings",
    problem = problem, body = {
      h.h2 { "Upgrade API Version" },
      h.p { "Requests without a version in their path resolve to this one." },
      frame.form(app, "settings/advanced", "save", "Save changes", {
        page.choice("API version", "version", version_options(ctx, app),
          frame.sent(ctx, "version", app.version)) }),
      version_table(ctx),
    } })
end

places["settings/advanced"] = function(ctx, app)
  return frame.run(ctx, app, "settings/advanced", advanced, {
    save = function(world, the_app)
      apps.update(world, the_app, { version = ctx:form("version") or "" })
    end,
  })
end

return places
