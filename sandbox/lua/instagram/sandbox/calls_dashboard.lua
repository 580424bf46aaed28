--- Control calls about the App Dashboard; in the form of calls.lua.

local access = require "instagram.sandbox.access"
local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local compliance = require "instagram.sandbox.compliance"
local generator = require "instagram.sandbox.generator"
local json = require "instagram.sandbox.json"
local requirements = require "instagram.sandbox.requirements"
local reviews = require "instagram.sandbox.reviews"
local testers = require "instagram.sandbox.testers"
local users = require "instagram.sandbox.users"

local calls = {}

local with = check.with
local which_app = { flavour = "string", client_id = "string" }

-- A call that changes one app, in one transaction; what it answers is `show`n.
local function app_call(takes, act, show)
  return { takes = with(which_app, takes), run = function(world, args)
    local app, result = apps.chosen(world, args)
    world.store:atomically(function() result = act(world, app, args) end)
    return show(world, apps.find(world, app.client_id), result)
  end }
end

-- --- apps ---------------------------------------------------------------------------

local function levels(world, app)
  local shown = {}
  for _, name in ipairs(access.permissions(app)) do
    shown[name] = access.advanced(world, app, name) and "advanced" or "standard"
  end
  return shown
end

local function shown_app(world, app)
  local checkup = compliance.checkup(world, app)
  return { client_id = app.client_id, meta_id = apps.meta_id(world, app),
    name = app.name, flavour = app.flavour, type = app.type,
    product = app.product == 1, mode = app.mode, version = app.version,
    redirect_uris = json.array(apps.redirects(world, app.client_id)),
    privacy_url = app.privacy_url, deauthorize_url = app.deauthorize_url,
    deletion_url = app.deletion_url, verification = app.verification,
    data_handling_answered = app.handled ~= nil,
    data_handling = compliance.answers(app), permissions = levels(world, app),
    checkup_done = checkup and checkup.done, checkup_opens = checkup and checkup.opens,
    checkup_due = checkup and checkup.due,
    checkup_overdue = checkup and checkup.overdue,
    missing_for_live = json.array(requirements.words(world, app,
      requirements.live)),
    platform_problem = access.platform_problem(app) }
end

calls.apps = { takes = {}, get = {}, run = function(world)
  local list = json.array({})
  for i, app in ipairs(apps.all(world)) do list[i] = shown_app(world, app) end
  return { apps = list }
end }

calls.add_app = {
  takes = with(apps.members, { flavour = "string", type = "string" }),
  run = function(world, args)
    local app
    world.store:atomically(function() app = apps.add(world, args) end)
    return shown_app(world, app)
  end,
}

calls.update_app = app_call(apps.members, function(world, app, args)
  check.changes(args, "update_app", which_app)
  apps.update(world, app, args)
end, shown_app)

calls.publish_app = app_call({}, apps.publish, shown_app)

-- By its id only: no app is deleted because an argument was forgotten.
calls.delete_app = { takes = { client_id = "string" }, run = function(world, args)
  if not args.client_id then check.misuse "delete_app: client_id is missing" end
  apps.delete(world, apps.chosen(world, args))
  return { client_id = args.client_id }
end }

calls.reset_secret = app_call({}, apps.reset_secret, function(_, app)
  return { client_id = app.client_id, client_secret = app.secret }
end)

-- --- testers ------------------------------------------------------------------------

local function shown_tester(row)
  local state = row.accepted == 1 and "accepted" or row.lapsed and "lapsed" or "pending"
  return { id = row.id, username = row.username, state = state, invited = row.invited,
    lapses = row.accepted == 0 and row.lapses or nil }
end

calls.testers = { takes = which_app, get = which_app, run = function(world, args)
  local list = json.array({})
  for i, row in ipairs(testers.of_app(world, apps.chosen(world, args))) do
    list[i] = shown_tester(row)
  end
  return { testers = list }
end }

-- invite, remove: what the developer does; accept, decline: what the person does. The
-- answer is the tester as listed; when there is none any more, `state` is "none".
local function tester_call(act)
  return app_call({ username = "string" }, function(world, app, args)
    local user = users.named(world, args.username)
    act(world, app, user)
    return user
  end, function(world, app, user)
    for _, row in ipairs(testers.of_app(world, app)) do
      if row.id == user.id then return shown_tester(row) end
    end
    return { id = user.id, username = user.username, state = "none" }
  end)
end

calls.invite_tester = tester_call(testers.invite)
calls.remove_tester = tester_call(testers.remove)
calls.accept_invite = tester_call(testers.accept)
calls.decline_invite = tester_call(testers.decline)

-- The User Token Generator, without the window.
calls.generate_token = {
  takes = with(which_app, { username = "string", user = "string" }),
  run = function(world, args)
    local app = apps.chosen(world, args)
    if args.username and args.user and args.username ~= args.user then
      check.misuse "generate_token: username and user name two people"
    end
    local user = users.named(world, args.username or args.user)
    return { access_token = generator.give(world, app, user), user_id = user.id }
  end,
}

-- --- App Review ---------------------------------------------------------------------

local function shown_review(review)
  return { number = review.number, client_id = review.client_id,
    permission = review.permission, description = review.description,
    screencast = review.screencast, state = review.state, reason = review.reason,
    submitted = review.submitted, decided = review.decided }
end

calls.reviews = { takes = which_app, get = which_app, run = function(world, args)
  local list = json.array({})
  for i, review in ipairs(reviews.of_app(world, apps.chosen(world, args))) do
    list[i] = shown_review(review)
  end
  return { reviews = list }
end }

calls.submit_review = app_call(
  { permission = "string", description = "string", screencast = "string" },
  reviews.submit, function(world, _, number)
    return shown_review(reviews.numbered(world, number))
  end)

calls.remove_access = app_call({ permission = "string" }, function(world, app, args)
  reviews.give_up(world, app, args.permission)
end, shown_app)

calls.decide_review = {
  takes = { number = "count", decision = "string", reason = "string" },
  run = function(world, args)
    if not args.number then check.misuse "decide_review: number is missing" end
    local review = reviews.numbered(world, args.number)
    world.store:atomically(function()
      reviews.decide(world, review, args.decision, args.reason)
    end)
    return shown_review(reviews.numbered(world, args.number))
  end,
}

-- --- what Meta asks besides ---------------------------------------------------------

calls.verify_business = app_call({ state = "string" }, function(world, app, args)
  compliance.verify(world, app, args.state or "verified")
end, shown_app)

calls.answer_data_handling = app_call({ processors = "string", responsible = "string",
  country = "string", disclosed = "boolean", policies = "string" }, compliance.answer,
  shown_app)

calls.complete_checkup = app_call({ certify = "boolean" }, function(world, app, args)
  compliance.complete_checkup(world, app, args.certify)
end, shown_app)

return calls
