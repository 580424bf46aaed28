--- App Dashboard > App Review > Requests: asking for Advanced Access, and, as Meta's
--- reviewer, deciding.

local access = require "instagram.sandbox.access"
local frame = require "instagram.sandbox.pages.apps_frame"
local h = require "instagram.sandbox.pages.html"
local levels = require "instagram.sandbox.pages.apps_levels"
local page = require "instagram.sandbox.pages.page"
local requirements = require "instagram.sandbox.requirements"
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
    local number = tonumber(ctx:form("number")) or 0
    local review = reviews.numbered(world, number)
    if review.client_id ~= app.client_id then reviews.none(number) end
    reviews.decide(world, review, decision,
      decision == "reject" and (ctx:form("reason") or "") or nil)
  end
end

places.review = function(ctx, app)
  return frame.run(ctx, app, "review", show, { approve = decide "approve",
    reject = decide "reject", remove_access = function(world, the_app)
      reviews.give_up(world, the_app, ctx:form("permission"))
    end })
end

-- What Meta's documents Sample Submissions and Common Rejection Reasons are for.
local function advice()
  local items = {}
  for i, reason in ipairs(reviews.reasons) do
    items[i] = h.li { h.b { reason[2], ". " }, reason[3] }
  end
  return { h.details { h.summary { "A sample submission" },
      h.p { "\"People connect their Instagram account on our page Settings > Photos. "
        .. "We show their latest pictures there with captions, and keep nothing. To "
        .. "see it: open https://example.com/settings, press Connect, allow.\"" },
      h.p { "The screencast shows the login in the Authorization Window, the "
        .. "permission being granted, and where the app uses it." } },
    h.details { h.summary { "Common rejection reasons" }, h.ul { items } } }
end

local function submission(ctx, app, problem)
  local options = {}
  for i, name in ipairs(access.permissions(app)) do options[i] = { name, name } end
  local asked = ctx:param("permission")
  return frame.page(ctx, app, "review", { title = "Request advanced access",
    problem = problem, body = {
      frame.missing(ctx, app, requirements.review,
        "Before it can be submitted, the app needs:"),
      advice(), frame.form(app, "review/request", "submit", "Submit for review", {
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
