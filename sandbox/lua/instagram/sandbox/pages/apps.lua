--- The App Dashboard: the list of apps, creating one, and the way to the pages of each.

local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local requirements = require "instagram.sandbox.requirements"

local dashboard = {}

local types = { { "consumer", "Consumer" }, { "business", "Business" },
  { "none", "None" } }
local flavours = { { "basic_display", "Instagram Basic Display" },
  { "instagram_login", "Instagram API with Instagram Login" } }

local function text_of(list, value)
  for _, pair in ipairs(list) do
    if pair[1] == value then return pair[2] end
  end
end

-- --- all apps -----------------------------------------------------------------------

local function list(ctx)
  local rows = {}
  for i, app in ipairs(apps.all(ctx.world)) do
    rows[i] = { h.a { href = frame.path(app, ""), app.name }, text_of(types, app.type),
      text_of(flavours, app.flavour),
      app.mode == "live" and "Live" or "In development" }
  end
  return page.answer(ctx, { title = "Apps", body = {
    h.h1 { "Apps" }, frame.message(ctx),
    h.p { h.a { class = "button", href = "/apps/new", "Create App" } },
    #rows > 0 and page.table("Your apps", { "App", "Type", "Product", "Mode" }, rows)
      or h.p { "There is no app." },
  } })
end

local function new_page(ctx, problem)
  return page.answer(ctx, { title = "Create an app", status = problem and 400 or 200,
    body = { h.h1 { "Create an app" }, frame.problem(problem),
      page.form("/apps/new", { class = "stack",
        page.field("Display name", "name", { required = true, maxlength = 200,
          value = frame.sent(ctx, "name"), autocomplete = "off" }),
        page.choice("App type", "type", types, frame.sent(ctx, "type", "consumer")),
        h.p { class = "hint", "The type cannot be changed later. Business apps are not "
          .. "supported by Basic Display; the API with Instagram Login needs one." },
        page.choice("Product", "flavour", flavours,
          frame.sent(ctx, "flavour", "basic_display")),
        page.button("Create App") }) } })
end

local function new(ctx)
  if ctx.method ~= "POST" then return new_page(ctx) end
  local app
  local ok, problem = pcall(ctx.world.store.atomically, ctx.world.store, function()
    app = apps.add(ctx.world, { name = ctx:form("name"), type = ctx:form("type"),
      flavour = ctx:form("flavour"), product = false })
  end)
  if ok then return page.see_other(ctx, frame.path(app, "") .. "?done=add") end
  if not check.is_misuse(problem) then error(problem, 0) end
  return new_page(ctx, page.sentence(problem.misuse))
end

-- --- one app's first page -----------------------------------------------------------

local function mode_switch(ctx, app)
  if app.mode == "live" then
    return frame.form(app, "", "development", "Switch to Development Mode", nil,
      "quiet")
  end
  return { h.p { "While the app is in Development Mode it can only access data of its "
      .. "Instagram Testers." },
    frame.missing(ctx, app, requirements.live, "Before it can go live, it needs:"),
    frame.form(app, "", "live", "Switch to Live Mode") }
end

local function overview(ctx, app, problem)
  local set_up = app.product == 0 and frame.set_up(app, text_of(flavours, app.flavour))
  return frame.page(ctx, app, "", { title = "Overview", problem = problem, body = {
    frame.type_problem(app),
    frame.facts {
      { "App ID", h.code { apps.meta_id(ctx.world, app) } },
      { "App type", text_of(types, app.type) },
      { "Product", text_of(flavours, app.flavour) },
      { "Created", frame.date(app.created) },
    },
    set_up and { h.h2 { "Add a product" }, set_up },
    h.h2 { "App Mode" }, mode_switch(ctx, app),
  } })
end

local function mode_action(mode)
  return function(world, app) apps.update(world, app, { mode = mode }) end
end

local overview_actions = {
  live = mode_action "live", development = mode_action "development",
  add_product = function(world, app)
    apps.update(world, app, { product = true })
    return "instagram"
  end,
}

-- --- the way ------------------------------------------------------------------------

local places = {
  [""] = function(ctx, app)
    return frame.run(ctx, app, "", overview, overview_actions)
  end,
}
for _, name in ipairs { "settings", "roles", "instagram", "review", "standing" } do
  local module = require("instagram.sandbox.pages.apps_" .. name)
  for place, answer in pairs(module) do places[place] = answer end
end

--- /apps/, /apps/new and /apps/CLIENT_ID/PLACE.
function dashboard.answer(ctx, rest)
  if rest == "" then return list(ctx) end
  if rest == "new" or rest == "new/" then return new(ctx) end
  local client_id, place = rest:match("^(%d+)/?(.-)/?$")
  local app = client_id and apps.find(ctx.world, client_id)
  local answer = app and places[place]
  return answer and answer(ctx, app)
end

return dashboard
