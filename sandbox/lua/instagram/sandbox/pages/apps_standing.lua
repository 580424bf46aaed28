--- App Dashboard: Data Use Checkup with the data handling questions, Business
--- Verification, and how much of the rate limits is used.

local compliance = require "instagram.sandbox.compliance"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local limits = require "instagram.sandbox.limits"
local page = require "instagram.sandbox.pages.page"

local places = {}

-- --- data handling, Data Use Checkup ------------------------------------------------

local function question_field(ctx, question, answers)
  local name, text, kind = question[1], question[2], question[3]
  if kind == "boolean" then
    return page.tick(text, name, "yes", answers[name] == true)
  end
  return page.field(text, name, { value = frame.sent(ctx, name, answers[name] or ""),
    required = kind == "required" })
end

local function handling(ctx, app)
  local answers, fields = compliance.answers(app) or {}, {}
  for i, question in ipairs(compliance.questions) do
    fields[i] = question_field(ctx, question, answers)
  end
  return { h.h2 { "Data handling questions" },
    h.p { app.handled and { "Last answered on ", frame.date(app.handled), "." }
      or { "Not answered yet. Asked for since ",
        frame.date(compliance.handling_since), " before Advanced Access is given." } },
    frame.form(app, "checkup", "handling", "Save answers", fields) }
end

local function checkup_form(app)
  return frame.form(app, "checkup", "checkup", "Complete Data Use Checkup", {
    page.tick("I certify that the app's use of its permissions, and of the data it got "
      .. "by them, is what Meta's Platform Terms allow.", "certify", "yes", false,
      { required = true }) })
end

local function checkup_part(ctx, app)
  local checkup = compliance.checkup(ctx.world, app)
  if not checkup then
    return h.p { "There is nothing to certify: the app is not live, or has no Advanced "
      .. "Access." }
  end
  return { checkup.overdue and h.p { class = "problem",
      "API access is disrupted: the checkup is overdue." },
    frame.facts { { "Last completed", frame.date(checkup.done) },
      { "Opens", frame.date(checkup.opens) }, { "Due", frame.date(checkup.due) } },
    checkup.is_open and checkup_form(app) }
end

local function show_checkup(ctx, app, problem)
  return frame.page(ctx, app, "checkup", { title = "Data Use Checkup",
    problem = problem, body = {
      h.p { "Once a year the developer of a live app certifies how it uses its "
        .. "permissions. When that is overdue, its calls are refused." },
      checkup_part(ctx, app), handling(ctx, app) } })
end

places.checkup = function(ctx, app)
  return frame.run(ctx, app, "checkup", show_checkup, {
    handling = function(world, the_app)
      local given = {}
      for _, question in ipairs(compliance.questions) do
        given[question[1]] = ctx:form(question[1])
      end
      given.disclosed = given.disclosed == "yes"
      compliance.answer(world, the_app, given)
    end,
    checkup = function(world, the_app)
      compliance.complete_checkup(world, the_app, ctx:form("certify") == "yes")
    end,
  })
end

-- --- Business Verification ----------------------------------------------------------

local states = { none = "Not started", pending = "In review", verified = "Verified",
  rejected = "Rejected" }

local function verification_forms(app)
  local function form(name, text, class)
    return frame.form(app, "verification", name, text, nil, class)
  end
  if app.verification == "pending" then
    return { h.h2 { "Decide as Meta" }, form("verified", "Verify the business"),
      form("rejected", "Reject", "quiet") }
  elseif app.verification == "verified" then
    return form("none", "Take the verification back", "quiet")
  end
  return form("start", "Start Verification")
end

local function show_verification(ctx, app, problem)
  return frame.page(ctx, app, "verification", { title = "Business Verification",
    problem = problem, body = {
      h.p { "Before the app can be switched to Live Mode and access data of people who "
        .. "are no testers, Business Verification must be complete." },
      frame.facts { { "State", states[app.verification] },
        { "Asked for since", frame.date(compliance.verification_since) } },
      verification_forms(app) } })
end

local function verify(state)
  return function(world, app) compliance.verify(world, app, state) end
end

places.verification = function(ctx, app)
  return frame.run(ctx, app, "verification", show_verification, {
    start = verify "pending", verified = verify "verified",
    rejected = verify "rejected", none = verify "none" })
end

-- --- rate limits --------------------------------------------------------------------

local modes = {
  off = "Calls are not counted (setting limits = off).",
  count = "Calls are counted; headers and refusals are off (setting limits = count).",
  show = "Calls are counted and shown in headers; nobody is refused (setting limits = "
    .. "show).",
  enforce = "Calls are counted, and refused beyond the limit (setting limits = "
    .. "enforce).",
}

local function usage(row)
  return { row.calls .. " of " .. row.limit, row.percent .. " %",
    row.regain > 0 and ("in %.0f minutes"):format(math.ceil(row.regain / 60)) or "-" }
end

local function consumption_table(row, basic)
  local rows = { { "The app, in one hour" } }
  for i, person in ipairs(row.people) do
    rows[i + 1] = { person.username .. (basic and ", in one hour" or ", in one day") }
  end
  for i, cells in ipairs(rows) do
    for _, cell in ipairs(usage(i == 1 and row or row.people[i - 1])) do
      cells[#cells + 1] = cell
    end
  end
  return page.table("Calls", { "Of whom", "Calls", "Used", "Below the limit again" },
    rows)
end

places.limits = function(ctx, app)
  local basic = app.flavour == "basic_display"
  local title = basic and "Basic Display Rate Limiting" or "Rate Limiting"
  if app.product == 0 then
    return frame.page(ctx, app, "limits", { title = title, body = h.p {
      "The app has no Instagram product yet: before it is added there are no calls to "
      .. "count. ", h.a { href = frame.path(app, "instagram"), "Set up Instagram" } } })
  end
  local row = limits.consumption(ctx.world, app)
  return frame.page(ctx, app, "limits", { title = title, body = {
    h.p { basic and "All requests are subject to the Graph API's Platform Rate "
      .. "Limiting." or "Requests are subject to Business Use Case Rate Limits." },
    h.p { modes[ctx.world.settings.limits] },
    frame.facts { { "Users in the last 24 hours", row.users } },
    consumption_table(row, basic) } })
end

return places
