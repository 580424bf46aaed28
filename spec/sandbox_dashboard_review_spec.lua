-- What the sandbox's App Dashboard asks of apps before others may use them: addresses,
-- Business Verification, reviews, the yearly Data Use Checkup.
local dashboard = require "spec.support.dashboard"
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"

local DAY = 86400
local START = 1698796800

describe("the dashboard's apps", function()
  local my -- sandbox and app

  before_each(function() my = dashboard.open() end)
  after_each(function() my.sandbox:stop() end)

  it("go live when everything is there, and name what is not", function()
    my:add()
    my:refused("missing: a privacy policy address (privacy_url); a data deletion "
      .. "address (deletion_url); Business Verification (it is none)", "update_app",
      { mode = "live", privacy_url = nil })
    local addresses = { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d" }
    assert(my:call("update_app", addresses))
    my:refused("missing: Business Verification (it is none)", "update_app",
      { mode = "live" })
    my:call("verify_business", { state = "pending" })
    my:refused("(it is pending)", "update_app", { mode = "live" })
    my:call("verify_business", { state = "rejected" })
    my:refused("(it is rejected)", "update_app", { mode = "live" })
    assert.equal("verified", my:call("verify_business").verification)
    assert.equal("live", my:call("update_app", { mode = "live" }).mode)
    my:refused("a live app must keep its privacy_url", "update_app",
      { privacy_url = "" })
    assert.equal("https://mine.example/p", my:now "privacy_url")
    assert.equal("development", my:call("update_app", { mode = "development" }).mode)
  end)

  it("were not asked for verification before 2023, nor for data handling before its "
    .. "27 October", function()
    my.sandbox:set_clock(1672531200) -- 1 January 2023
    my:add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d" }
    assert.equal("live", my:call("update_app", { mode = "live" }).mode)
    local submission = { permission = "user_profile", description = "d",
      screencast = "s" }
    assert(my:call("submit_review", submission))
    submission.permission = "user_media"
    my.sandbox:set_clock(1675209600) -- 1 February 2023
    my:refused("missing: Business Verification", "submit_review", submission)
    my:call "verify_business"
    my.sandbox:set_clock(1698364800) -- 27 October 2023
    my:refused("missing: answers to the data handling questions", "submit_review",
      submission)
    my.sandbox:set_clock(1698364799)
    assert(my:call("submit_review", submission))
  end)

  it("let others in by advanced access to each permission alone", function()
    my:live()
    local function stranger(scope)
      return my:open_window("stranger", { scope = scope })
    end
    assert.matches("user_profile has standard access only", select(2, stranger()))
    my:approve "user_profile"
    assert(stranger "user_profile")
    assert.matches("user_media has standard access only", select(2, stranger()))
    my:approve "instagram_graph_user_media"
    local token = my:exchange(assert(stranger())):json().access_token
    assert.equal("stranger", my:me(token, "username"):json().username)
    assert.same({ instagram_graph_user_profile = "advanced",
      instagram_graph_user_media = "advanced" }, my:now "permissions")
    my:call("verify_business", { state = "none" })
    assert.equal("Unsupported request - method type: get", my:me(token):error().message)
    assert.matches("Business Verification is none", http.last(my.sandbox).reason)
    my:call "verify_business"
    my:call("update_app", { mode = "development" })
    assert.equal(100, my:me(token):error().code)
    my:refused("stranger is not an accepted tester", "generate_token",
      { username = "stranger" })
  end)

  it("see no more of strangers than they have advanced access to", function()
    my:live()
    my:approve "user_profile"
    my:approve "user_media"
    local token = my:exchange(assert(my:open_window "stranger")):json().access_token
    local function media()
      return http.get(my.sandbox, "/me/media", { access_token = token })
    end
    assert.equal(200, media().status)
    assert.equal("standard", my:call("remove_access", { permission = "user_media" })
      .permissions.instagram_graph_user_media)
    assert.equal(403, media().status)
    assert.equal(10, media():error().code)
    assert.equal("stranger", my:me(token, "username"):json().username)
    my:call("remove_access", { permission = "instagram_graph_user_profile" })
    assert.equal("Unsupported request - method type: get", my:me(token):error().message)
    my:refused("instagram_graph_user_media has standard access", "remove_access",
      { permission = "user_media" })
    my:refused("there is no permission 'x'", "remove_access", { permission = "x" })
    my:refused("permission is missing", "remove_access")
  end)

  it("are reviewed one permission at a time, with what a reviewer needs", function()
    my:live()
    local submission = { permission = "user_media", description = "d",
      screencast = "s" }
    for name, message in pairs { description = "description is missing",
      screencast = "screencast is missing", permission = "permission is missing" } do
      local less = {}
      for key, value in pairs(submission) do
        less[key] = key ~= name and value or nil
      end
      my:refused(message, "submit_review", less)
    end
    my:refused("there is no permission 'basic'", "submit_review",
      { permission = "basic" })
    local review = my:call("submit_review", submission)
    assert.equal("pending", review.state)
    my:refused("is being reviewed already (request 1)", "submit_review", submission)
    local decide = function(args) return my.sandbox:control("decide_review", args) end
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
    assert.equal("standard", my:now "permissions".instagram_graph_user_media)
    assert.equal(2, my:call("submit_review", submission).number)
    assert.equal("own words", decide { number = 2, decision = "reject",
      reason = "own words" }.reason)
    my:approve "user_media"
    my:refused("has advanced access already", "submit_review", submission)
    local states = {}
    for i, each in ipairs(my:call("reviews").reviews) do states[i] = each.state end
    assert.same({ "approved", "rejected", "rejected" }, states)
  end)

  it("do the Data Use Checkup every year, or are disrupted", function()
    my.sandbox:control("update_user", { username = "anna", tester = false })
    my:live()
    my:call("invite_tester", { username = "anna" })
    my:call("accept_invite", { username = "anna" })
    my:refused("has something to certify", "complete_checkup", { certify = true })
    my:approve "user_profile"
    assert.equal(START + 365 * DAY, my:now "checkup_due")
    my:refused("the next checkup opens on 2024-09-01", "complete_checkup",
      { certify = true })
    my.sandbox:set_clock(START + 365 * DAY - 1)
    local token = my:call("generate_token", { username = "anna" }).access_token
    assert.equal(200, my:me(token).status)
    my.sandbox:advance_clock(1)
    assert.is_true(my:now "checkup_overdue")
    local problem = my:me(token):error()
    assert.equal(200, problem.code)
    assert.equal("API access disrupted. Go to the App Dashboard and complete Data Use "
      .. "Checkup.", problem.message)
    my.sandbox:control("settings", { data_use_checkup = false })
    assert.equal(200, my:me(token).status)
    my.sandbox:control("settings", { data_use_checkup = true })
    my:refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
    my:refused("responsible is missing", "answer_data_handling", { country = "x" })
    my:call("answer_data_handling", { responsible = "Mine", country = "Atlantis" })
    my:refused("certify must be true", "complete_checkup", {})
    assert.same({ responsible = "Mine", country = "Atlantis", processors = "",
      policies = "", disclosed = false }, my:now "data_handling")
    assert.is_false(my:call("complete_checkup", { certify = true }).checkup_overdue)
    assert.equal(START + 365 * DAY, my:now "checkup_done")
    assert.equal(START + 670 * DAY, my:now "checkup_opens")
    assert.equal(200, my:me(token).status)
    assert.equal(START + 730 * DAY, my:now "checkup_due")
  end)

  it("are asked for data handling in a checkup from 5 September 2023 on", function()
    my.sandbox:set_clock(1662336000) -- 5 September 2022
    my:add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d", mode = "live" }
    my:approve "user_profile"
    my.sandbox:set_clock(1693872000)
    my:refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
  end)

  it("were not asked for data handling in a checkup before 5 September 2023", function()
    my.sandbox:set_clock(1662336000) -- 5 September 2022
    my:add { privacy_url = "https://mine.example/p",
      deletion_url = "https://mine.example/d", mode = "live" }
    my:approve "user_profile"
    my.sandbox:set_clock(1693871999) -- one second before
    assert(my:call("complete_checkup", { certify = true }))
    my.sandbox:set_clock(1693871999 + 305 * DAY - 1)
    my:refused("the next checkup opens on 2024-07-05", "complete_checkup",
      { certify = true })
    my.sandbox:advance_clock(1)
    my:refused("the data handling questions are not answered", "complete_checkup",
      { certify = true })
  end)

  it("are kept in a file with all that was decided", function()
    local path = os.tmpname()
    os.remove(path)
    local function start()
      my.sandbox:stop()
      my.sandbox = support.start { data = "empty", db = path }
    end
    start()
    my.sandbox:control("add_user", { username = "kept", tester = false })
    my:live()
    my:approve "user_profile"
    my:call("submit_review", { permission = "user_media", description = "d",
      screencast = "s" })
    my:call("invite_tester", { username = "kept" })
    local function all()
      return { my.sandbox:control "apps", my:call "reviews", my:call "testers" }
    end
    local before = all()
    start()
    assert.same(before, all())
    for _, tail in ipairs { "", "-wal", "-shm", ".lock" } do os.remove(path .. tail) end
  end)

end)
