--- What all pages of one app share: the side navigation, named as Meta's dashboard
--- names it, forms that change something and say so, small pieces.

local access = require "instagram.sandbox.access"
local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local requirements = require "instagram.sandbox.requirements"

local frame = {}

-- --- side navigation ----------------------------------------------------------------

local function product_links(app)
  if app.product == 0 then return { { "instagram", "Set up Instagram" } } end
  if app.flavour == "basic_display" then
    return { { "instagram", "Basic Display" },
      { "limits", "Basic Display Rate Limiting" } }
  end
  return { { "instagram", "API setup with Instagram login" },
    { "limits", "Rate Limiting" } }
end

local function groups(app)
  return {
    { "App Dashboard", { { "", "Overview" } } },
    { "Settings", { { "settings/basic", "Basic" }, { "settings/advanced",
      "Advanced" } } },
    { "Roles", { { "roles", "Roles" } } },
    { "App Review", { { "review", "Requests" }, { "checkup", "Data Use Checkup" },
      { "verification", "Business Verification" } } },
    { "Products > Instagram", product_links(app) },
  }
end

--- The path of one of an app's pages.
function frame.path(app, place) return "/apps/" .. app.client_id .. "/" .. place end

local function side(app, here)
  local parts = {}
  for i, group in ipairs(groups(app)) do
    local items = {}
    for j, link in ipairs(group[2]) do
      items[j] = h.li { h.a { href = frame.path(app, link[1]),
        ["aria-current"] = link[1] == here and "page", link[2] } }
    end
    parts[i] = h.div { h.h2 { group[1] }, h.ul { items } }
  end
  return h.nav { class = "side", ["aria-label"] = "App Dashboard", parts }
end

-- --- forms --------------------------------------------------------------------------

-- What the page says after a form was carried out; the key stands in the address.
local done = {
  add = "The app was created.", save = "Your changes were saved.",
  add_product = "The Instagram product was added.",
  reset = "There is a new secret. The old one is worth nothing from now on.",
  live = "The app is live now.", development = "The app is in Development Mode now.",
  invite = "The invitation was sent. The person accepts it in Edit Profile > Apps and "
    .. "Websites > Tester Invites.",
  remove = "The role, or the invitation, was taken away.",
  submit = "The request was submitted for review.",
  approve = "The request was approved: the permission has Advanced Access now.",
  reject = "The request was rejected.",
  remove_access = "The permission has Standard Access now.",
  handling = "Your answers were saved.",
  checkup = "The Data Use Checkup is complete.",
  start = "Business Verification was started.",
  verified = "The business is verified now.",
  rejected = "The verification was rejected.",
  none = "The verification was taken back.", deleted = "The app was deleted.",
}

--- The message the address asks for, or nil.
function frame.message(ctx)
  local text = done[ctx:param("done") or ""]
  return text and h.p { class = "done", role = "status", text }
end

--- What a form got wrong, or nil.
function frame.problem(problem)
  return problem and h.p { class = "problem", role = "alert", problem }
end

--- A page of an app.
---@param place string  of the side navigation
---@param content table  title, body, problem (what the form got wrong)
function frame.page(ctx, app, place, content)
  return page.answer(ctx, { title = content.title .. " - " .. app.name,
    status = content.problem and 400 or 200,
    body = h.div { class = "dashboard", side(app, place),
      h.div { class = "content", h.p { class = "app", h.b { app.name }, " ",
        h.span { class = "badge", app.mode == "live" and "Live"
          or "In development" } },
        h.h1 { content.title }, frame.problem(content.problem),
        not content.problem and frame.message(ctx), content.body } } })
end

--- Shows a page, or carries out the form it posts: the field `do` names one of
--- `actions`. After that the browser is sent to a page that says so; what was wrong is
--- said on the page itself and nothing is changed.
---@param show function  (ctx, app, problem) -> response
---@param actions table  name -> function(world, app, ctx) -> place to go to (or nil)
function frame.run(ctx, app, place, show, actions)
  if ctx.method ~= "POST" then return show(ctx, app) end
  local name = ctx:form("do") or ""
  local action, goes_to = actions[name], place
  local ok, problem = pcall(function()
    if not action then check.misuse("This form has no '" .. name:sub(1, 40) .. "'.") end
    ctx.world.store:atomically(function()
      goes_to = action(ctx.world, app, ctx) or place
    end)
  end)
  if ok then
    return page.see_other(ctx, frame.path(app, goes_to) .. "?done=" .. name)
  end
  if not check.is_misuse(problem) then error(problem, 0) end
  return show(ctx, app, page.sentence(problem.misuse))
end

--- A form of this page with a button that does `name`.
function frame.form(app, place, name, text, parts, class)
  return page.form(frame.path(app, place), { class = parts and "stack" or "single",
    parts, h.input { type = "hidden", name = "do", value = name },
    page.button(text, nil, nil, class) })
end

--- The value of a field: what was just sent, or what there is.
function frame.sent(ctx, name, value)
  return ctx.method == "POST" and ctx:form(name) or value
end

--- A labelled field for several lines.
function frame.area(label, name, value, more)
  local area = { id = "f-" .. name, name = name, rows = 4 }
  for key, extra in pairs(more or {}) do area[key] = extra end
  area[1] = "\n" .. (value or "") -- HTML drops a line end that comes first
  return h.p { class = "field", h.label { ["for"] = area.id, label },
    h.textarea(area) }
end

-- --- small pieces -------------------------------------------------------------------

--- A date of the sandbox's clock: `2023-11-01`.
function frame.date(epoch)
  if not epoch then return "-" end
  local text = clock.date(epoch)
  return h.time { datetime = text, text }
end

-- Where an app gets what it lacks.
local sources = { type = "", product = "", privacy_url = "settings/basic",
  handling = "checkup", deletion_url = "instagram", verification = "verification" }

--- What an app lacks for a step, with links to where it gets that; nil when nothing.
---@param names string[]  requirements.live or requirements.review
function frame.missing(ctx, app, names, intro)
  local items = requirements.missing(ctx.world, app, names)
  if #items == 0 then return nil end
  for i, each in ipairs(items) do
    items[i] = h.li { h.a { href = frame.path(app, sources[each.name]), each.text } }
  end
  return { h.p { intro }, h.ul { items } }
end

--- Why the app's product will never work, or nil.
function frame.type_problem(app)
  local problem = access.type_problem(app)
  return problem and h.p { class = "problem", page.sentence(problem), " Its logins "
    .. "fail with \"Invalid platform app\". An app's type cannot be changed: ",
    h.a { href = "/apps/new", "create another app" }, "." }
end

--- The form that adds the product; nil when the app's type rules it out.
---@param title string  the product's name
function frame.set_up(app, title)
  return not access.type_problem(app)
    and frame.form(app, "", "add_product", "Set up " .. title) or nil
end

--- A list of names and values.
---@param rows table[]  {name, node}
function frame.facts(rows)
  local items = {}
  for i, row in ipairs(rows) do items[i] = { h.dt { row[1] }, h.dd { row[2] } } end
  return h.dl { items }
end

return frame
