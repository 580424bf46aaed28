-- The sandbox's App Dashboard: its rules, by control calls and by the pages' forms.
local support = require "spec.support.sandbox"

local DAY = 86400
local START = 1698796800

describe("the dashboard's testers", function()
  local sandbox

  setup(function()
    sandbox = support.start { data = "empty" }
    sandbox:control("add_user", { username = "anna", tester = false })
    sandbox:control("add_user", { username = "bert", tester = false })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(START)
    for _, name in ipairs { "anna", "bert" } do
      sandbox:control("update_user", { username = name, tester = false })
    end
  end)

  local function call(name, username)
    return sandbox:control(name, { username = username or "anna",
      flavour = "basic_display" })
  end

  local function states()
    local out = {}
    for _, tester in ipairs(sandbox:control("testers",
      { flavour = "basic_display" }).testers) do
      out[tester.username] = tester.state
    end
    return out
  end

  local function refused(message, ...)
    local result, text = call(...)
    assert.is_nil(result)
    assert.matches(message, text, 1, true)
  end

  local function may_generate()
    return call "generate_token" ~= nil
  end

  it("are invited, and testers only when they accepted", function()
    assert.same({}, states())
    assert(call "invite_tester")
    assert.same({ anna = "pending" }, states())
    assert.is_false(may_generate())
    assert(call "accept_invite")
    assert.same({ anna = "accepted" }, states())
    assert.is_true(may_generate())
    assert(call "remove_tester")
    assert.same({}, states())
    assert.is_false(may_generate())
  end)

  it("may decline, and be invited again", function()
    assert(call "invite_tester")
    assert(call "decline_invite")
    assert.same({}, states())
    refused("anna has no invitation of that app", "accept_invite")
    assert(call "invite_tester")
    assert.same({ anna = "pending" }, states())
  end)

  it("answer within 30 days, or any number the setting says", function()
    assert(call "invite_tester")
    sandbox:set_clock(START + 30 * DAY - 1)
    assert.same({ anna = "pending" }, states())
    sandbox:set_clock(START + 30 * DAY)
    assert.same({ anna = "lapsed" }, states())
    refused("the invitation lapsed after 30 days", "accept_invite")
    refused("the invitation lapsed after 30 days", "decline_invite")
    assert(call "invite_tester")
    assert.same({ anna = "pending" }, states())
    sandbox:control("settings", { invite_days = 1 })
    sandbox:advance_clock(DAY)
    refused("the invitation lapsed after 1 days", "accept_invite")
  end)

  it("are at most 25, invitations with them, lapsed ones without", function()
    sandbox:control("settings", { testers_max = 1 })
    assert(call "invite_tester")
    refused("at most 1 testers and invitations", "invite_tester", "bert")
    assert(call "accept_invite")
    refused("at most 1 testers and invitations", "invite_tester", "bert")
    assert(call "remove_tester")
    assert(call "invite_tester")
    sandbox:advance_clock(30 * DAY)
    assert(call("invite_tester", "bert"))
    refused("at most 1 testers", "invite_tester")
    sandbox:control "reset"
    assert.equal(25, sandbox:control("settings").testers_max)
  end)

  it("are refused by name when it makes no sense", function()
    refused("anna is neither a tester of the app nor invited", "remove_tester")
    refused("anna has no invitation", "accept_invite")
    refused("no account named 'nobody'", "invite_tester", "nobody")
    assert(call "invite_tester")
    refused("anna was invited already and has not answered", "invite_tester")
    assert(call "accept_invite")
    refused("anna is a tester of the app already", "invite_tester")
    refused("anna has no invitation", "decline_invite")
    local result, text = sandbox:control("invite_tester", { username = "anna",
      client_id = "1" })
    assert.is_nil(result)
    assert.equal("no app has the client_id 1", text)
  end)
end)

describe("the dashboard's apps", function()
  local http = require "spec.support.sandbox_http"
  local sandbox, app

  before_each(function()
    sandbox = support.start { data = "empty" }
    sandbox:control("add_user", { username = "anna" })
    sandbox:control("add_user", { username = "biz", account_type = "BUSINESS" })
    sandbox:control("add_user", { username = "stranger", tester = false })
  end)
  after_each(function() sandbox:stop() end)

  local function add(changes)
    local spec = { flavour = "basic_display", name = "Mine",
      redirect_uris = { "https://mine.example/cb" } }
    for name, value in pairs(changes or {}) do spec[name] = value end
    app = assert(sandbox:control("add_app", spec))
    return app
  end

  local function call(name, args)
    local given = { client_id = app.client_id }
    for key, value in pairs(args or {}) do given[key] = value end
    return sandbox:control(name, given)
  end

  local function refused(message, name, args)
    local result, text = call(name, args)
    assert.is_nil(result)
    assert.matches(message, text, 1, true)
  end

  local function secret()
    return sandbox:control("credentials", { client_id = app.client_id }).client_secret
  end

  local function now(name)
    for _, each in ipairs(sandbox:control("apps").apps) do
      if each.client_id == app.client_id then return each[name] end
    end
  end

  local function open_window(user, changes)
    local query = { client_id = app.client_id, response_type = "code",
      redirect_uri = "https://mine.example/cb", scope = "user_profile,user_media" }
    for name, value in pairs(changes or {}) do query[name] = value end
    return sandbox:authorize { user = user,
      url = sandbox.url .. "/oauth/authorize?" .. http.query(query) }
  end

  local function exchange(location, changes)
    local form = { client_id = app.client_id, client_secret = secret(),
      grant_type = "authorization_code", redirect_uri = "https://mine.example/cb",
      code = location and location:match "code=([^&#]+)" or "AQ" }
    for name, value in pairs(changes or {}) do form[name] = value end
    return http.post(sandbox, "/oauth/access_token", form)
  end

  local function me(token, fields)
    return http.get(sandbox, "/me", { access_token = token, fields = fields })
  end

  it("are made with an id and a secret of their own", function()
    local first, second = add(), add()
    assert.matches("^%d+$", first.client_id)
    assert.equal(16, #first.client_id)
    assert.not_equal(first.client_id, second.client_id)
    assert.matches("^%x+$", secret())
    assert.equal(32, #secret())
    assert.equal("consumer", first.type)
    assert.equal("development", first.mode)
    assert.equal("v18.0", first.version)
    assert.equal(4, #sandbox:control("apps").apps)
    assert.same({}, call("testers").testers)
  end)

  it("log their testers in", function()
    add()
    local _, why = open_window "anna"
    assert.matches("Insufficient developer role", why)
    call("invite_tester", { username = "anna" })
    assert.is_nil(open_window "anna")
    call("accept_invite", { username = "anna" })
    local token = exchange(assert(open_window "anna")):json().access_token
    assert.equal("anna", me(token, "username"):json().username)
    call("remove_tester", { username = "anna" })
    assert.equal("Unsupported request - method type: get", me(token):error().message)
  end)

  it("get a new secret, and the old one dies", function()
    add()
    local old = secret()
    local reset = call "reset_secret"
    assert.equal(secret(), reset.client_secret)
    assert.not_equal(old, secret())
    call("invite_tester", { username = "anna" })
    call("accept_invite", { username = "anna" })
    local location = open_window "anna"
    assert.matches("verification code", exchange(location,
      { client_secret = old }):json().error_message)
    assert.equal(200, exchange(location).status)
  end)

  it("exchange with the secret of the day", function()
    add()
    call("invite_tester", { username = "anna" })
    call("accept_invite", { username = "anna" })
    local short = exchange(open_window "anna"):json().access_token
    local function long(with)
      return http.get(sandbox, "/access_token", { grant_type = "ig_exchange_token",
        access_token = short, client_secret = with })
    end
    local old = secret()
    call "reset_secret"
    assert.equal("Error validating client secret", long(old):error().message)
    assert.equal(200, long(secret()).status)
  end)

  it("are deleted with their tokens", function()
    add()
    call("invite_tester", { username = "anna" })
    call("accept_invite", { username = "anna" })
    local token = call("generate_token", { username = "anna" }).access_token
    assert.equal(200, me(token).status)
    assert(call "delete_app")
    assert.equal(190, me(token):error().code)
    assert.matches("Invalid platform app", select(2, open_window "anna"))
    refused("no app has the client_id", "delete_app")
    local result, message = sandbox:control "delete_app"
    assert.is_nil(result)
    assert.equal("delete_app: client_id is missing", message)
  end)

  it("must be of the type their product takes", function()
    for _, case in ipairs {
      { "basic_display", "business", "Business apps are not supported" },
      { "instagram_login", "consumer", "the app's type is not Business" },
      { "instagram_login", "none", "the app's type is not Business" },
    } do
      add { flavour = case[1], type = case[2] }
      assert.matches(case[3], app.platform_problem, 1, true)
      local _, why = open_window "biz"
      assert.matches("^Invalid platform app %(.*" .. case[3], why)
      local answer = exchange(nil)
      assert.equal(400, answer.status)
      assert.equal("Invalid platform app", answer:json().error_message)
      refused(case[3], "generate_token", { username = "biz" })
    end
    add { type = "none" }
    assert.is_nil(app.platform_problem)
    refused("update_app has no 'type'", "update_app", { type = "business" })
  end)

  it("are no platform apps without the product, or by their Meta App ID", function()
    add { product = false }
    assert.matches("the Instagram product was not added", select(2, open_window "anna"))
    assert(call("update_app", { product = true }))
    assert.matches("Insufficient developer role", select(2, open_window "anna"))
    local _, why = open_window("anna", { client_id = app.meta_id })
    assert.matches("^Invalid platform app %(this is the Meta App ID of 'Mine'", why)
  end)

  it("have redirect addresses as the dashboard keeps them", function()
    add { redirect_uris = { "https://bare.example", "https://path.example/cb",
      "https://q.example?a=b" } }
    assert.same({ "https://bare.example/", "https://path.example/cb",
      "https://q.example?a=b" }, app.redirect_uris)
    sandbox:control("settings", { redirect_slash = "always" })
    app = call("update_app", { redirect_uris = { "https://path.example/cb" } })
    assert.same({ "https://path.example/cb/" }, app.redirect_uris)
    sandbox:control("settings", { redirect_slash = "never" })
    app = call("update_app", { redirect_uris = { "https://bare.example" } })
    assert.same({ "https://bare.example" }, app.redirect_uris)
    assert.matches("Invalid redirect_uri", select(2, open_window("anna",
      { redirect_uri = "https://bare.example/" })))
  end)

  it("keep to versions that are alive", function()
    add()
    app = call("update_app", { version = "v15.0" })
    assert.equal("v15.0", app.version)
    refused("version 'v11.0' is not available", "update_app", { version = "v11.0" })
    refused("version 'v20.0' is not available", "update_app", { version = "v20.0" })
    refused("no version 'v99.0'", "update_app", { version = "v99.0" })
    call("invite_tester", { username = "anna" })
    call("accept_invite", { username = "anna" })
    local token = call("generate_token", { username = "anna" }).access_token
    assert.equal("v15.0", me(token):header "Instagram-Api-Version")
  end)

  it("go live when everything is there, and name what is not", function()
    add()
    refused("missing: a privacy policy address (privacy_url); a data deletion address "
      .. "(deletion_url); Business Verification (it is none)", "update_app",
      { mode = "live", privacy_url = nil })
    local addresses = { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d" }
    assert(call("update_app", addresses))
    refused("missing: Business Verification (it is none)", "update_app",
      { mode = "live" })
    call("verify_business", { state = "pending" })
    refused("(it is pending)", "update_app", { mode = "live" })
    call("verify_business", { state = "rejected" })
    refused("(it is rejected)", "update_app", { mode = "live" })
    assert.equal("verified", call("verify_business").verification)
    assert.equal("live", call("update_app", { mode = "live" }).mode)
    refused("a live app must keep its privacy_url", "update_app", { privacy_url = "" })
    assert.equal("https://mine.example/p", now "privacy_url")
    assert.equal("development", call("update_app", { mode = "development" }).mode)
  end)

  it("were not asked for verification before 2023, nor for data handling before its "
    .. "27 October", function()
    sandbox:set_clock(1672531200) -- 1 January 2023
    add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d" }
    assert.equal("live", call("update_app", { mode = "live" }).mode)
    local submission = { permission = "user_profile", description = "d",
      screencast = "s" }
    assert(call("submit_review", submission))
    submission.permission = "user_media"
    sandbox:set_clock(1675209600) -- 1 February 2023
    refused("missing: Business Verification", "submit_review", submission)
    call "verify_business"
    sandbox:set_clock(1698364800) -- 27 October 2023
    refused("missing: answers to the data handling questions", "submit_review",
      submission)
    sandbox:set_clock(1698364799)
    assert(call("submit_review", submission))
  end)

  -- Everything but the reviews.
  local function live()
    add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d" }
    call "verify_business"
    call("answer_data_handling", { responsible = "Mine", country = "Atlantis" })
    assert(call("update_app", { mode = "live" }))
  end

  local function approve(permission)
    local review = assert(call("submit_review", { permission = permission,
      description = "shows it", screencast = "https://mine.example/film" }))
    return assert(sandbox:control("decide_review", { number = review.number,
      decision = "approve" }))
  end

  it("let others in by advanced access to each permission alone", function()
    live()
    local function stranger(scope)
      return open_window("stranger", { scope = scope })
    end
    assert.matches("user_profile has standard access only", select(2, stranger()))
    approve "user_profile"
    assert(stranger "user_profile")
    assert.matches("user_media has standard access only", select(2, stranger()))
    approve "instagram_graph_user_media"
    local token = exchange(assert(stranger())):json().access_token
    assert.equal("stranger", me(token, "username"):json().username)
    assert.same({ instagram_graph_user_profile = "advanced",
      instagram_graph_user_media = "advanced" }, now "permissions")
    call("verify_business", { state = "none" })
    assert.equal("Unsupported request - method type: get", me(token):error().message)
    assert.matches("Business Verification is none", http.last(sandbox).reason)
    call "verify_business"
    call("update_app", { mode = "development" })
    assert.equal(100, me(token):error().code)
    refused("stranger is not an accepted tester", "generate_token",
      { username = "stranger" })
  end)

  it("see no more of strangers than they have advanced access to", function()
    live()
    approve "user_profile"
    approve "user_media"
    local token = exchange(assert(open_window "stranger")):json().access_token
    local function media()
      return http.get(sandbox, "/me/media", { access_token = token })
    end
    assert.equal(200, media().status)
    assert.equal("standard", call("remove_access", { permission = "user_media" })
      .permissions.instagram_graph_user_media)
    assert.equal(403, media().status)
    assert.equal(10, media():error().code)
    assert.equal("stranger", me(token, "username"):json().username)
    call("remove_access", { permission = "instagram_graph_user_profile" })
    assert.equal("Unsupported request - method type: get", me(token):error().message)
    refused("instagram_graph_user_media has standard access", "remove_access",
      { permission = "user_media" })
    refused("there is no permission 'x'", "remove_access", { permission = "x" })
    refused("permission is missing", "remove_access")
  end)

  it("are reviewed one permission at a time, with what a reviewer needs", function()
    live()
    local submission = { permission = "user_media", description = "d",
      screencast = "s" }
    for name, message in pairs { description = "description is missing",
      screencast = "screencast is missing", permission = "permission is missing" } do
      local less = {}
      for key, value in pairs(submission) do
        less[key] = key ~= name and value or nil
      end
      refused(message, "submit_review", less)
    end
    refused("there is no permission 'basic'", "submit_review", { permission = "basic" })
    local review = call("submit_review", submission)
    assert.equal("pending", review.state)
    refused("is being reviewed already (request 1)", "submit_review", submission)
    local decide = function(args) return sandbox:control("decide_review", args) end
    local function no(message, args)
      local result, text = decide(args)
      assert.is_nil(result)
      assert.matches(message, text, 1, true)
    end
    no("number is missing", {})
    no("there is no review request 7", { number = 7, decision = "approve" })
    no("decision must be", { number = 1 })
    no("reason is missing", { number = 1, decision = "reject" })
    no("a reason belongs to a rejection", { number = 1, decision = "approve",
      reason = "x" })
    review = decide { number = 1, decision = "reject", reason = "screencast" }
    assert.equal("rejected", review.state)
    assert.matches("The screencast does not show", review.reason)
    no("request 1 was rejected already", { number = 1, decision = "approve" })
    assert.equal("standard", now "permissions".instagram_graph_user_media)
    assert.equal(2, call("submit_review", submission).number)
    assert.equal("own words", decide { number = 2, decision = "reject",
      reason = "own words" }.reason)
    approve "user_media"
    refused("has advanced access already", "submit_review", submission)
    local states = {}
    for i, each in ipairs(call("reviews").reviews) do states[i] = each.state end
    assert.same({ "approved", "rejected", "rejected" }, states)
  end)

  it("do the Data Use Checkup every year, or are disrupted", function()
    sandbox:control("update_user", { username = "anna", tester = false })
    live()
    call("invite_tester", { username = "anna" })
    call("accept_invite", { username = "anna" })
    refused("has something to certify", "complete_checkup", { certify = true })
    approve "user_profile"
    assert.equal(START + 365 * DAY, now "checkup_due")
    refused("the next checkup opens on 2024-09-01", "complete_checkup",
      { certify = true })
    sandbox:set_clock(START + 365 * DAY - 1)
    local token = call("generate_token", { username = "anna" }).access_token
    assert.equal(200, me(token).status)
    sandbox:advance_clock(1)
    assert.is_true(now "checkup_overdue")
    local problem = me(token):error()
    assert.equal(200, problem.code)
    assert.equal("API access disrupted. Go to the App Dashboard and complete Data Use "
      .. "Checkup.", problem.message)
    sandbox:control("settings", { data_use_checkup = false })
    assert.equal(200, me(token).status)
    sandbox:control("settings", { data_use_checkup = true })
    refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
    refused("responsible is missing", "answer_data_handling", { country = "x" })
    call("answer_data_handling", { responsible = "Mine", country = "Atlantis" })
    refused("certify must be true", "complete_checkup", {})
    assert.same({ responsible = "Mine", country = "Atlantis", processors = "",
      policies = "", disclosed = false }, now "data_handling")
    assert.is_false(call("complete_checkup", { certify = true }).checkup_overdue)
    assert.equal(START + 365 * DAY, now "checkup_done")
    assert.equal(START + 670 * DAY, now "checkup_opens")
    assert.equal(200, me(token).status)
    assert.equal(START + 730 * DAY, now "checkup_due")
  end)

  it("are asked for data handling in a checkup from 5 September 2023 on", function()
    sandbox:set_clock(1662336000) -- 5 September 2022
    add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d", mode = "live" }
    approve "user_profile"
    sandbox:set_clock(1693872000)
    refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
  end)

  it("were not asked for data handling in a checkup before 5 September 2023", function()
    sandbox:set_clock(1662336000) -- 5 September 2022
    add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d", mode = "live" }
    approve "user_profile"
    sandbox:set_clock(1693871999) -- one second before
    assert(call("complete_checkup", { certify = true }))
    sandbox:set_clock(1693871999 + 305 * DAY - 1)
    refused("the next checkup opens on 2024-07-05", "complete_checkup",
      { certify = true })
    sandbox:advance_clock(1)
    refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
  end)

  it("are kept in a file with all that was decided", function()
    local path = os.tmpname()
    os.remove(path)
    local function start()
      sandbox:stop()
      sandbox = support.start { data = "empty", db = path }
    end
    start()
    sandbox:control("add_user", { username = "kept", tester = false })
    live()
    approve "user_profile"
    call("submit_review", { permission = "user_media", description = "d",
      screencast = "s" })
    call("invite_tester", { username = "kept" })
    local function all()
      return { sandbox:control "apps", call "reviews", call "testers" }
    end
    local before = all()
    start()
    assert.same(before, all())
    for _, tail in ipairs { "", "-wal", "-shm", ".lock" } do os.remove(path .. tail) end
  end)

  it("are published at once for tests", function()
    add { product = false }
    app = call "publish_app"
    assert.equal("live", app.mode)
    assert.same({}, app.missing_for_live)
    assert(open_window "stranger")
  end)

  it("take texts of any length they may have", function()
    add { name = ("x"):rep(200) }
    local url = "https://a.example/" .. ("x"):rep(1982)
    assert.equal(url, call("update_app", { privacy_url = url }).privacy_url)
    refused("privacy_url: an address", "update_app", { privacy_url = url .. "x" })
    assert(call("answer_data_handling", { responsible = ("x"):rep(2000),
      country = "\240\159\143\157" }))
  end)

  it("refuse wrong input by name and change nothing", function()
    add()
    local before = sandbox:control("apps").apps
    local long = ("x"):rep(2001)
    for _, case in ipairs {
      { "name is missing", { name = " " } },
      { "name must be at most", { name = long } },
      { "name must be one line", { name = "a\nb" } },
      { "name must be one line", { name = ("x"):rep(201) } },
      { "name must be plain text", { name = "a\0b" } },
      { "privacy_url: an address", { privacy_url = "javascript:alert(1)" } },
      { "deletion_url: an address", { deletion_url = "https://x/#y" } },
      { "deauthorize_url: an address", { deauthorize_url = "https://x y/" } },
      { "redirect_uris: at least one", { redirect_uris = {} } },
      { "redirect_uris[2]: an address", { redirect_uris = { "https://a/", "b" } } },
      { "mode must be", { mode = "LIVE" } },
      { "'product' must be true or false", { product = 1 } },
    } do
      local changes = { name = "Other" }
      for name, value in pairs(case[2]) do changes[name] = value end
      refused(case[1], "update_app", changes)
      changes.flavour = "basic_display"
      local result, message = sandbox:control("add_app", changes)
      assert.is_nil(result)
      assert.matches(case[1], message, 1, true)
    end
    local result, message = sandbox:control("add_app", { name = "x" })
    assert.is_nil(result)
    assert.matches("flavour must be", message)
    assert.is_nil(sandbox:control("add_app", { name = "x", flavour = "basic_display",
      type = "gaming" }))
    refused("state must be", "verify_business", { state = "maybe" })
    assert.same(before, sandbox:control("apps").apps)
  end)
end)
