-- A walk through Meta's overview of the Basic Display API, "the seed": one test for
-- each of its paragraphs, in its order, named by heading and first words. What it says
-- of pages is in sandbox_seed_pages_spec.lua. The table of sentences in docs/sandbox.md
-- names these tests.
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"

local HOUR, DAY = 3600, 86400
local START = 1698796800 -- 1 November 2023, 00:00 UTC
local BASIC = "basic_display"
local QUESTIONS = { flavour = BASIC, responsible = "Anna Example",
  country = "Portugal" }

describe("seed:", function()
  local sandbox

  local function control(name, args)
    local result, message = sandbox:control(name, args)
    assert(result, name .. ": " .. tostring(message))
    return result
  end

  local function refuses(pattern, name, args)
    local result, message = sandbox:control(name, args)
    assert.is_nil(result)
    assert.matches(pattern, message)
  end

  local function me(token, fields)
    return http.get(sandbox, "/me", { access_token = token, fields = fields or "id" })
  end

  local function long_token(user, choice)
    return http.exchange(sandbox, BASIC, http.short_token(sandbox, BASIC, user, choice))
      :json().access_token
  end

  -- The window's refusal of a person, as its reader sees it; nil when it is none.
  local function window_refusal(user, changes)
    local location, message = sandbox:authorize { user = user,
      url = http.window(sandbox, BASIC, changes) }
    return not location and message or nil
  end

  before_each(function()
    sandbox = support.start()
    control("add_user", { username = "stranger", tester = false })
    control("add_media", { username = "stranger", type = "IMAGE" })
  end)
  after_each(function() sandbox:stop() end)

  describe("Overview", function()
    it("The Instagram Basic Display API is an HTTP-based API", function()
      local client = support.client(sandbox, { flavour = BASIC })
      assert.equal("demo_user", client:me().username)
      local seen = {}
      for media in client:media {} do
        seen[media.media_type] = media
        if media.children then assert.is_true(#media.children >= 2) end
      end
      assert.is_truthy(seen.IMAGE and seen.VIDEO and seen.CAROUSEL_ALBUM)
      for kind, head in pairs { IMAGE = "^\255\216\255", VIDEO = "^....ftyp" } do
        assert.matches(head, http.follow(sandbox, seen[kind].media_url).body)
      end
    end)

    it("Starting on or after October 27, 2023, ... data handling questions", function()
      sandbox:set_clock(START - 6 * DAY) -- 26 October
      control("update_app", { flavour = BASIC, privacy_url = "https://example.org/p" })
      control("verify_business", { flavour = BASIC, state = "verified" })
      local request = { flavour = BASIC, permission = "user_profile",
        description = "Shows a person's pictures.", screencast = "screencast.mp4" }
      control("submit_review", request)
      sandbox:set_clock(START - 5 * DAY) -- 27 October
      request.permission = "user_media"
      refuses("data handling questions", "submit_review", request)
      control("answer_data_handling", QUESTIONS)
      control("submit_review", request)
    end)

    it("Beginning September 5, ... annual Data Use Checkup", function()
      local function day_of_checkup(epoch)
        sandbox:set_clock(epoch - 360 * DAY)
        control("publish_app", { flavour = BASIC })
        sandbox:set_clock(epoch)
      end
      day_of_checkup(START) -- after 5 September 2023
      control("answer_data_handling", QUESTIONS)
      control("complete_checkup", { flavour = BASIC, certify = true })
      sandbox:advance_clock(366 * DAY)
      refuses("data handling questions are not answered", "complete_checkup",
        { flavour = BASIC, certify = true })
      local token = sandbox:generate_token("demo_user", BASIC)
      assert.matches("Data Use Checkup", me(token):error().message)
      control("answer_data_handling", QUESTIONS)
      control("complete_checkup", { flavour = BASIC, certify = true })
      assert.equal(200, me(token).status)
    end)

    it("Long-lived access tokens for private Instagram accounts", function()
      local token = long_token "private_user"
      sandbox:advance_clock(50 * DAY)
      local refreshed = http.refresh(sandbox, token):json()
      assert.is_true(refreshed.expires_in > 59 * DAY)
      sandbox:advance_clock(39 * DAY) -- day 89 of the grant
      assert.equal(200, me(refreshed.access_token).status)
      sandbox:advance_clock(2 * DAY) -- day 91
      assert.equal(10, me(refreshed.access_token):error().code)
    end)
  end)

  describe("Base URLs", function()
    it("api.instagram.com and graph.instagram.com", function()
      local short = http.post(sandbox, "/oauth/access_token",
        http.code_form(sandbox, BASIC, http.code(sandbox, BASIC)),
        { Host = "api.instagram.com" })
      local token = short.body:match '"access_token": "(.-)"'
      local answer = http.get(sandbox, "/me/media",
        { access_token = token, limit = "1" }, { Host = "graph.instagram.com" })
      assert.matches('"next":"https:\\/\\/graph.instagram.com\\/', answer.body, 1, true)
    end)
  end)

  describe("Versions", function()
    it("The API supports the same versioning protocol", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      local function served(version)
        return http.get(sandbox, "/" .. version .. "/me", { access_token = token })
          :header "Instagram-Api-Version"
      end
      -- v12.0 came three months after v11.0, and was served for two years.
      sandbox:set_clock(1631664000) -- 15 September 2021
      assert.equal("v12.0", served "v12.0")
      sandbox:set_clock(START)
      assert.equal("v18.0", served "v18.0")
      assert.equal("v12.0", served "v12.0")
      assert.equal("v12.0", served "v11.0") -- dead: the oldest living one answers
    end)

    it("To query a specific API version, include the version number", function()
      sandbox:set_clock(1646092800) -- 1 March 2022, for the sample's v11.0
      local token = sandbox:generate_token("demo_user", BASIC)
      local id = me(token):json().id
      local answer = http.get(sandbox, "/v11.0/" .. id .. "/media",
        { access_token = token, limit = "1" })
      assert.equal("v11.0", answer:header "Instagram-Api-Version")
      assert.matches("/v11.0/", answer:json().paging.next, 1, true)
    end)

    it("If you omit the version number", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      for _, version in ipairs { "v16.0", "v18.0" } do
        control("update_app", { flavour = BASIC, version = version })
        assert.equal(version, me(token):header "Instagram-Api-Version")
      end
    end)
  end)

  describe("Authorization Window", function()
    it("The Authorization Window allows your app to get Codes", function()
      local location = assert(sandbox:authorize { user = "demo_user",
        url = http.window(sandbox, BASIC, { state = "s 1" }) })
      assert.matches("^https://localhost/auth/%?code=AQ[%w%-_]+&state=s%+1#_$",
        location)
      assert.equal(400, http.get(sandbox, "/me", { fields = "id" }).status)
      local answer = http.get(sandbox, "/me", { fields = "username" })
      assert.is_nil(answer.body:find("demo_user", 1, true)) -- nothing without a token
    end)
  end)

  describe("Authorization Codes", function()
    it("Authorization Codes can be exchanged", function()
      local code = http.code(sandbox, BASIC)
      local form = http.code_form(sandbox, BASIC, code)
      local answer = http.post(sandbox, "/oauth/access_token", form)
      assert.equal(200, me(answer.body:match '"access_token": "(.-)"').status)
      assert.matches("has been used", http.post(sandbox, "/oauth/access_token", form)
        .body)
    end)

    it("Authorization Codes are short-lived", function()
      for age, status in pairs { [HOUR - 1] = 200, [HOUR] = 400 } do
        sandbox:set_clock(START)
        local form = http.code_form(sandbox, BASIC, http.code(sandbox, BASIC))
        sandbox:advance_clock(age)
        assert.equal(status, http.post(sandbox, "/oauth/access_token", form).status)
      end
    end)
  end)

  describe("Instagram User Access Tokens", function()
    it("API authentication is handled by Instagram User Access Tokens", function()
      control("add_app", { flavour = BASIC, name = "Another" })
      local other = control "apps".apps
      other = other[#other].client_id
      control("invite_tester", { client_id = other, username = "demo_user" })
      control("accept_invite", { client_id = other, username = "demo_user" })
      local here = sandbox:generate_token("demo_user", BASIC)
      local there = control("generate_token", { client_id = other,
        username = "demo_user" }).access_token
      assert.not_equal(here, there)
      control("delete_app", { client_id = other })
      assert.equal(190, me(there):error().code)
      assert.equal(200, me(here).status)
    end)
  end)

  describe("Short-Lived Access Tokens", function()
    it("Short-lived access tokens are valid for 1 hour", function()
      local token = http.short_token(sandbox, BASIC)
      sandbox:advance_clock(HOUR - 1)
      assert.equal(200, me(token).status)
      assert.equal(200, http.exchange(sandbox, BASIC, token).status)
      sandbox:advance_clock(1)
      assert.equal(190, me(token):error().code)
      assert.equal(400, http.exchange(sandbox, BASIC, token).status)
    end)
  end)

  describe("Long-Lived Access Tokens", function()
    it("Short-lived tokens that have not expired can be exchanged", function()
      local token = long_token()
      sandbox:advance_clock(59 * DAY)
      local refreshed = http.refresh(sandbox, token):json()
      sandbox:advance_clock(DAY)
      assert.equal(190, me(token):error().code)
      assert.equal(190, http.refresh(sandbox, token):error().code)
      assert.equal(200, me(refreshed.access_token).status)
    end)
  end)

  describe("Permissions", function()
    it("Data access authorization is controlled by your app users", function()
      local token = long_token("demo_user", { permissions = { "user_profile" } })
      assert.equal(200, me(token).status)
      local answer = http.get(sandbox, "/me/media", { access_token = token })
      assert.equal(10, answer:error().code)
    end)

    it("Instagram testers can grant your app these permissions", function()
      assert.is_nil(window_refusal "demo_user")
      assert.is_truthy(window_refusal "stranger") -- development mode
      control("publish_app", { flavour = BASIC })
      assert.is_nil(window_refusal "stranger")
      control("update_app", { flavour = BASIC, mode = "development" })
      assert.is_truthy(window_refusal "stranger") -- Advanced Access alone is not enough
      assert.is_nil(window_refusal "demo_user")
    end)

    it("Permission grants made by app users with public accounts", function()
      for user, extended in pairs { demo_user = true, private_user = false } do
        sandbox:set_clock(START)
        local token = long_token(user)
        sandbox:advance_clock(50 * DAY)
        token = http.refresh(sandbox, token):json().access_token
        sandbox:advance_clock(50 * DAY) -- day 100
        assert.equal(extended and 200 or 403, me(token).status)
        if not extended then
          assert.equal(200, me(long_token(user)).status) -- granted again
        end
      end
    end)
  end)

  describe("Resources", function()
    it("Data in the API consists of Instagram users and their media", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      local id = http.get(sandbox, "/me/media", { access_token = token })
        :json().data[1].id
      assert.equal(200, http.get(sandbox, "/" .. id, { access_token = token }).status)
      control("remove_app", { flavour = BASIC, username = "demo_user" })
      assert.equal(400, http.get(sandbox, "/" .. id, { access_token = token }).status)
    end)
  end)

  describe("Users", function()
    it("Instagram users ... are represented by User nodes", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      local user = me(token, "id,username,account_type,media_count"):json()
      assert.same({ "demo_user", "MEDIA_CREATOR" },
        { user.username, user.account_type })
      local legacy = http.get(sandbox, "/1574083", { access_token = token })
      assert.equal(100, legacy:error().code) -- an id of the Legacy API
    end)
  end)

  describe("Media", function()
    it("Photos, videos, and albums are represented by Media nodes", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      local page = http.get(sandbox, "/me/media", { access_token = token,
        fields = "id,media_type,username" }):json()
      for _, item in ipairs(page.data) do
        assert.equal("demo_user", item.username)
        assert.matches("^[IVC]", item.media_type)
      end
    end)
  end)

  describe("Rate Limits", function()
    it("All endpoint requests are subject to Platform Rate Limiting", function()
      control("settings", { limits = "enforce", user_calls = 3 })
      local token = sandbox:generate_token("demo_user", BASIC)
      for _ = 1, 3 do assert.equal(200, me(token).status) end
      assert.equal(17, me(token):error().code)
      sandbox:advance_clock(HOUR + 60)
      assert.equal(200, me(token).status)
    end)

    it("You can see your app's current call count consumption", function()
      me(sandbox:generate_token("demo_user", BASIC))
      for _, app in ipairs(control "limits".apps) do
        assert.equal(app.flavour == BASIC and 1 or 0, app.calls)
      end
    end)
  end)

  describe("App Types", function()
    it("Apps designated as Business apps are not supported", function()
      control("add_app", { flavour = BASIC, name = "For business", type = "business" })
      local list = control "apps".apps
      local refusal = window_refusal("demo_user",
        { client_id = list[#list].client_id })
      assert.matches("Invalid platform app", refusal)
      assert.is_string(sandbox:authorize { user = "demo_user",
        url = http.window(sandbox, "instagram_login") }) -- "use the Graph API instead"
    end)
  end)

  describe("App Review", function()
    local function reviewed(decision, reason)
      control("update_app", { flavour = BASIC, privacy_url = "https://example.org/p",
        deletion_url = "https://example.org/d" })
      control("verify_business", { flavour = BASIC, state = "verified" })
      control("answer_data_handling", QUESTIONS)
      for _, permission in ipairs { "user_profile", "user_media" } do
        local number = control("submit_review", { flavour = BASIC,
          permission = permission, description = "Shows pictures.",
          screencast = "screencast.mp4" }).number
        control("decide_review", { number = number, decision = decision,
          reason = reason })
      end
    end

    it("... must first be approved for Advanced Access", function()
      reviewed "approve"
      assert.is_truthy(window_refusal "stranger")
      control("update_app", { flavour = BASIC, mode = "live" })
      assert.is_nil(window_refusal "stranger")
    end)

    it("When you have completed app development ...", function()
      reviewed("reject", "screencast")
      local review = control("reviews", { flavour = BASIC }).reviews[1]
      assert.equal("rejected", review.state)
      assert.matches("screencast", review.reason)
      assert.is_truthy(window_refusal "stranger")
    end)

    it("... solely for the User Token Generator ... no App Review", function()
      assert.equal(0, #control("reviews", { flavour = BASIC }).reviews)
      assert.equal(200, me(sandbox:generate_token("demo_user", BASIC)).status)
    end)
  end)

  describe("Business Verification", function()
    it("While your app is in Development Mode ...", function()
      assert.is_truthy(window_refusal "stranger")
      control("update_app", { flavour = BASIC, privacy_url = "https://example.org/p" })
      refuses("Business Verification", "update_app", { flavour = BASIC, mode = "live" })
      control("verify_business", { flavour = BASIC, state = "pending" })
      refuses("Business Verification", "update_app", { flavour = BASIC, mode = "live" })
    end)
  end)

  describe("How It Works", function()
    it("To use the API, first get the Authorization Window", function()
      local app = support.app(sandbox, { flavour = BASIC })
      local url, state = app:authorize_url {}
      local redirect = assert(sandbox:authorize { user = "demo_user", url = url })
      local code = assert(app:read_redirect(redirect, state))
      local token = assert(app:exchange_code(code))
      assert.equal("short", token:kind())
      assert.equal("demo_user", app:client(token):me().username)
      token = assert(app:exchange_token(token))
      assert.equal("long", token:kind())
      assert.equal("demo_user", app:client(token):me().username)
    end)
  end)

  describe("User Token Generator", function()
    it("... quickly generate long-lived Instagram User Access Tokens", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      sandbox:advance_clock(60 * DAY - 1)
      assert.equal(200, me(token).status)
    end)

    it("... tokens can only be generated for public Instagram accounts", function()
      refuses("public", "generate_token",
        { username = "private_user", flavour = BASIC })
      refuses("tester", "generate_token", { username = "stranger", flavour = BASIC })
    end)

    it("Tokens are portable!", function()
      local token = sandbox:generate_token("demo_user", BASIC)
      local elsewhere = http.get(sandbox, "/me", { access_token = token,
        fields = "username" }, { ["User-Agent"] = "somebody else" })
      assert.equal("demo_user", elsewhere:json().username)
    end)
  end)
end)

describe("the table of its sentences in the manual #once", function()
  it("names tests that are there, and every one of them", function()
    local function read(path)
      local file = assert(io.open(path))
      local text = file:read "*a"
      file:close()
      return text
    end
    local tests, named = {}, {}
    for _, name in ipairs { "sandbox_seed_spec", "sandbox_seed_pages_spec" } do
      for title in read("spec/" .. name .. ".lua"):gmatch '\n%s+it%("(.-)", function' do
        tests[title] = name
      end
    end
    local section = read "docs/sandbox.md":match
      "\n## The overview, sentence by sentence\n(.-)\n## "
    local rows = 0
    for cell in section:gmatch '|[^|\n]+|[^|\n]+| ("[^|\n]+") |\n' do
      rows = rows + 1
      for title in cell:gmatch '"(.-)"' do
        named[title] = true
        assert(tests[title], "no test is called: " .. title)
      end
    end
    assert.is_true(rows > 60, rows)
    tests["names tests that are there, and every one of them"] = nil
    for title in pairs(tests) do assert(named[title], "not in the table: " .. title) end
  end)
end)
