--- App Dashboard > Roles > Roles: Instagram Testers.

local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local testers = require "instagram.sandbox.testers"
local users = require "instagram.sandbox.users"

local places = {}

local function state_of(tester)
  if tester.accepted == 1 then return "Tester" end
  if tester.lapsed then return { "Lapsed on ", frame.date(tester.lapses) } end
  return { "Pending until ", frame.date(tester.lapses) }
end

local function remove_form(app, tester)
  return page.form(frame.path(app, "roles"), { class = "single",
    h.input { type = "hidden", name = "username", value = tester.username },
    h.button { type = "submit", name = "do", value = "remove", class = "quiet",
      ["aria-label"] = "Remove " .. tester.username, "Remove" } })
end

local function show(ctx, app, problem)
  local rows, settings = {}, ctx.world.settings
  for i, tester in ipairs(testers.of_app(ctx.world, app)) do
    rows[i] = { h.a { href = parts.path(tester, "apps"), tester.username },
      state_of(tester), remove_form(app, tester) }
  end
  return frame.page(ctx, app, "roles", { title = "Roles", problem = problem, body = {
    h.h2 { "Instagram Testers" },
    h.p { "Testers can grant the app permissions at any time, without App Review and "
      .. "in Development Mode. An invited person accepts in Edit Profile > Apps and "
      .. "Websites > Tester Invites." },
    frame.form(app, "roles", "invite", "Add Instagram Tester", {
      page.field("Username", "username", { required = true, autocomplete = "off",
        autocapitalize = "none", spellcheck = "false",
        value = problem and ctx:form("do") == "invite" and ctx:form("username") }) }),
    #rows > 0 and page.table("Testers and invitations",
      { "Username", "State", "Remove" }, rows)
      or h.p { "Nobody has been invited." },
    h.p { class = "hint", ("At most %.0f testers and open invitations; an invitation "
      .. "lapses after %.0f days."):format(settings.testers_max,
      settings.invite_days) },
  } })
end

local function named(ctx)
  local name = (ctx:form("username") or ""):gsub("^[%s@]+", ""):gsub("%s+$", "")
  return users.named(ctx.world, name)
end

places.roles = function(ctx, app)
  return frame.run(ctx, app, "roles", show, {
    invite = function(world, the_app) testers.invite(world, the_app, named(ctx)) end,
    remove = function(world, the_app) testers.remove(world, the_app, named(ctx)) end,
  })
end

return places
