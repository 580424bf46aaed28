--- App Dashboard > App Review > Requests: asking for Advanced Access, and, as Meta's
--- reviewer, deciding.

local access = require "instagram.sandbox.access"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local reviews = require "instagram.sandbox.reviews"

local places = {}

local states = { pending = "In review", approved = "Approved", rejected = "Rejected" }

local function decision_form(app, review)
  local number, options = ("%.0f"):format(review.number), {}
  for i, reason in ipairs(reviews.reasons) do options[i] = reason end
  return { h.h3 { "Decide request " .. number .. " as Meta's reviewer" },
    page.form(frame.path(app, "review"), { class = "stack",
      h.input { type = "hidden", name = "number", value = number },
      page.choice("Reason of a rejection", "reason", options, nil,
        "f-reason-" .. number),
      h.p { h.button { type = "submit", name = "do", value = "approve", "Approve" },
        " ", h.button { type = "submit", name = "do", value = "reject",
          class = "quiet", "Reject" } } }) }
end

local function request(app, review)
  return h.section { ["aria-label"] = ("Request %.0f"):format(review.number),
    h.h2 { ("Request %.0f: "):format(review.number), review.permission },
    frame.facts {
      { "State", states[review.state] }, { "Submitted", frame.date(review.submitted) },
      { "How the app uses it", review.description },
      { "Screencast", review.screencast },
      review.decided and { "Decided", frame.date(review.decided) } or nil,
      review.reason and { "Reason", review.reason } or nil,
    },
    review.state == "pending" and decision_form(app, review) }
end

--- The permissions with their level, and what can be done about it.
local function levels(ctx, app)
  local rows = {}
  for i, name in ipairs(access.permissions(app)) do
    local given = access.advanced(ctx.world, app, name)
    local latest = not given and reviews.latest(ctx.world, app, name)
    rows[i] = { h.code { name }, given and "Advanced Access" or "Standard Access",
      given and { "since ", frame.date(given) }
      or latest and latest.state == "pending" and states.pending
      or h.a { href = frame.path(app, "review/request") .. "?permission=" .. name,
        ["aria-label"] = "Request advanced access to " .. name,
        "Request advanced access" } }
  end
  return page.table("Permissions", { "Permission", "Access", "App Review" }, rows)
end

local function show(ctx, app, problem)
  local parts = {}
  for i, review in ipairs(reviews.of_app(ctx.world, app)) do
    parts[i] = request(app, review)
  end
  return frame.page(ctx, app, "review", { title = "App Review requests",
    problem = problem, body = {
      h.p { "People without a role on the app can grant it a permission when the "
        .. "permission has Advanced Access and the app is in Live Mode. An app that "
        .. "only generates tokens with the User Token Generator needs no review." },
      levels(ctx, app), parts,
      #parts == 0 and h.p { "Nothing has been submitted." },
    } })
end

local function decide(decision)
  return function(world, app, ctx)
    local review = reviews.numbered(world, tonumber(ctx:form("number")))
    if review.client_id ~= app.client_id then review = reviews.numbered(world, nil) end
    reviews.decide(world, review, decision,
      decision == "reject" and (ctx:form("reason") or "") or nil)
  end
end

places.review = function(ctx, app)
  return frame.run(ctx, app, "review", show, { approve = decide "approve",
    reject = decide "reject" })
end

local function missing(ctx, app)
  local items = {}
  for i, text in ipairs(reviews.missing(ctx.world, app)) do items[i] = h.li { text } end
  return #items > 0 and { h.p { "Before it can be submitted, the app needs:" },
    h.ul { items } }
end

local function submission(ctx, app, problem)
  local options = {}
  for i, name in ipairs(access.permissions(app)) do options[i] = { name, name } end
  local asked = ctx:param("permission")
  return frame.page(ctx, app, "review", { title = "Request advanced access",
    problem = problem, body = { missing(ctx, app),
      frame.form(app, "review/request", "submit", "Submit for review", {
        page.choice("Permission", "permission", options, asked),
        frame.area("How does your app use this permission?", "description",
          frame.sent(ctx, "description"), { required = true }),
        page.field("Screencast: an address, or what it shows", "screencast",
          { required = true, value = frame.sent(ctx, "screencast") }) }) } })
end

places["review/request"] = function(ctx, app)
  return frame.run(ctx, app, "review/request", submission, {
    submit = function(world, the_app)
      reviews.submit(world, the_app, { permission = ctx:form("permission"),
        description = ctx:form("description"), screencast = ctx:form("screencast") })
      return "review"
    end,
  })
end

return places
