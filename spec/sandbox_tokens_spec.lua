-- Tokens over time in the sandbox: exchange, refresh, expiry, grants,
-- private accounts, all by the sandbox's own clock.
local http = require "spec.support.sandbox_http"

local HOUR, DAY = 3600, 86400
local START = 1698796800 -- 1 November 2023, 00:00 UTC
local FLAVOURS = { "basic_display", "instagram_login" }

describe("tokens of", function()
  local sandbox

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    for _, name in ipairs { "anna", "second" } do
      sandbox:control("add_user", { username = name, account_type = "MEDIA_CREATOR" })
    end
    sandbox:control("add_user", { username = "paul", private = true })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(START)
  end)

  local function refused(answer, code, message, status)
    assert.equal(status or 400, answer.status)
    local error = answer:error()
    assert.equal(code, error.code)
    assert.matches(message, error.message, 1, true)
    assert.is_string(http.last(sandbox).reason)
    return error
  end

  local function me(token, fields)
    return http.get(sandbox, "/me", { access_token = token, fields = fields })
  end

  local function long_token(flavour, user, choice)
    local short = http.short_token(sandbox, flavour, user or "anna", choice)
    return http.exchange(sandbox, flavour, short):json().access_token
  end

  for _, flavour in ipairs(FLAVOURS) do
    describe(flavour, function()
      it("live short to the next full hour after one hour", function()
        for offset, life in pairs { [0] = HOUR, [1] = 2 * HOUR - 1, [1800] = 1.5 * HOUR,
          [HOUR - 1] = HOUR + 1 } do
          sandbox:set_clock(START + offset)
          local token = http.short_token(sandbox, flavour, "anna")
          sandbox:advance_clock(life - 1)
          assert.equal(200, me(token).status)
          sandbox:advance_clock(1)
          refused(me(token), 190, "Session has expired")
        end
      end)

      it("are exchanged for 60 days to the second", function()
        local answer = http.exchange(sandbox, flavour,
          http.short_token(sandbox, flavour, "anna"))
        assert.matches('^{"access_token":"IG%w+","token_type":"bearer",'
          .. '"expires_in":5184000}$', answer.body)
        local token = answer:json().access_token
        sandbox:advance_clock(60 * DAY - 1)
        assert.equal(200, me(token).status)
        sandbox:advance_clock(1)
        refused(me(token), 190, "Session has expired on Saturday, 30-Dec-23 16:00:00 "
          .. "PST. The current time is Saturday, 30-Dec-23 16:00:00 PST.")
        refused(http.refresh(sandbox, token), 190, "Session has expired")
      end)

      it("are exchanged again and again while short-lived", function()
        local short = http.short_token(sandbox, flavour, "anna")
        local one = http.exchange(sandbox, flavour, short):json().access_token
        local two = http.exchange(sandbox, flavour, short):json().access_token
        assert.are_not.equal(one, two)
        assert.equal(200, me(one).status)
        assert.equal(200, me(short).status)
      end)

      it("are exchanged by the right words only", function()
        local short = http.short_token(sandbox, flavour, "anna")
        local function exchange(changes)
          return http.exchange(sandbox, flavour, short, changes)
        end
        refused(exchange { grant_type = false }, 100,
          "The parameter grant_type is required")
        refused(exchange { grant_type = "authorization_code" }, 100, "grant_type")
        refused(exchange { client_secret = false }, 100,
          "The parameter client_secret is required")
        refused(exchange { access_token = false }, 104, "An access token is required")
        refused(exchange { client_secret = "wrong" }, 100,
          "Error validating client secret")
        -- the secret before the token
        refused(exchange { client_secret = "wrong", access_token = "garbage" }, 100,
          "Error validating client secret")
        refused(exchange { access_token = "garbage" }, 190,
          "Invalid OAuth access token.")
        local other = sandbox:credentials(flavour == "basic_display"
          and "instagram_login" or "basic_display")
        refused(exchange { client_secret = other.client_secret }, 100,
          "Error validating client secret")
        assert.equal(200, exchange({ fields = "id", client_id = "1" }).status)
      end)

      it("are not exchanged when expired", function()
        local short = http.short_token(sandbox, flavour, "anna")
        sandbox:advance_clock(HOUR)
        refused(http.exchange(sandbox, flavour, short), 190, "Session has expired")
      end)

      it("are not exchanged when long-lived, unless the switch says so", function()
        local long = long_token(flavour)
        sandbox:advance_clock(DAY)
        refused(http.exchange(sandbox, flavour, long), 452, "Session key invalid")
        sandbox:control("settings", { exchange_long = "same" })
        local answer = http.exchange(sandbox, flavour, long):json()
        assert.equal(long, answer.access_token)
        assert.equal(59 * DAY, answer.expires_in)
      end)

      it("are refreshed from 24 hours on", function()
        local long = long_token(flavour)
        sandbox:advance_clock(DAY - 1)
        local young = http.refresh(sandbox, long)
        assert.equal(200, young.status)
        assert.equal(long, young:json().access_token)
        assert.equal(59 * DAY + 1, young:json().expires_in)
        assert.matches("not extended", http.last(sandbox).notes[1])
        sandbox:advance_clock(1)
        local old = http.refresh(sandbox, long):json()
        assert.are_not.equal(long, old.access_token)
        assert.equal("bearer", old.token_type)
        assert.is_true(old.expires_in > 60 * DAY - 600 and old.expires_in < 60 * DAY)
        -- the old one goes on living
        sandbox:set_clock(START + 60 * DAY - 1)
        assert.equal(200, me(long).status)
        sandbox:set_clock(START + 61 * DAY - 700)
        refused(me(long), 190, "Session has expired")
        assert.equal(200, me(old.access_token).status)
      end)

      it("keep their text on refresh, with the switch", function()
        sandbox:control("settings", { refreshed_token = "same" })
        local long = long_token(flavour)
        sandbox:advance_clock(50 * DAY)
        local answer = http.refresh(sandbox, long):json()
        assert.equal(long, answer.access_token)
        assert.is_true(answer.expires_in > 59 * DAY)
        assert.equal(answer.expires_in, http.refresh(sandbox, long):json().expires_in)
        sandbox:advance_clock(59 * DAY)
        assert.equal(200, me(long).status)
      end)

      it("are refused when young, with the switch", function()
        sandbox:control("settings", { refresh_young = "reject" })
        local short = http.short_token(sandbox, flavour, "anna")
        local long = long_token(flavour)
        refused(http.refresh(sandbox, short), 100, "less than 24 hours old")
        refused(http.refresh(sandbox, long), 100, "less than 24 hours old")
        sandbox:advance_clock(DAY)
        assert.equal(200, http.refresh(sandbox, long).status)
      end)

      it("are refreshed by GET and the right words only", function()
        local long = long_token(flavour)
        local params = { grant_type = "ig_refresh_token", access_token = long }
        local path = "/refresh_access_token"
        for _, each in ipairs { path, "/access_token" } do
          refused(http.post(sandbox, each, params), 100,
            "Unsupported request - method type: post")
        end
        refused(http.get(sandbox, path, { access_token = long }), 100,
          "The parameter grant_type is required")
        refused(http.get(sandbox, path, { access_token = long,
          grant_type = "ig_exchange_token" }), 100, "grant_type")
        refused(http.refresh(sandbox, "garbage"), 190, "Invalid OAuth access token.")
        for _, each in ipairs { path .. "/", "/v18.0" .. path } do
          local answer = http.get(sandbox, each, params)
          assert.equal(200, answer.status)
          assert.equal("v18.0", answer:header "Instagram-Api-Version")
        end
        assert.equal("v21.0", http.get(sandbox, "/v21.0" .. path, params)
          :header "Instagram-Api-Version")
        refused(http.get(sandbox, "/v99.0" .. path, params), 2500,
          "Unknown path components: /v99.0/refresh_access_token")
      end)

      it("have grants that a refresh extends for public accounts", function()
        local token = long_token(flavour)
        for day = 50, 200, 50 do
          sandbox:set_clock(START + day * DAY)
          token = http.refresh(sandbox, token):json().access_token
          assert.equal(200, me(token).status)
        end
        sandbox:set_clock(START + 200 * DAY + 59 * DAY)
        assert.equal(200, me(token).status)
      end)

      it("die with the password, and with the app", function()
        local token = long_token(flavour)
        sandbox:control("update_user", { username = "anna", password_changed = true })
        refused(me(token), 190, "the user changed their password")
        refused(http.refresh(sandbox, token), 190, "the user changed their password")
        local again = long_token(flavour)
        assert.equal(200, me(again).status)
        refused(me(token), 190, "the user changed their password")
        sandbox:control("remove_app", { username = "anna", flavour = flavour })
        refused(me(again), 190, "The user has not authorized application "
          .. sandbox:credentials(flavour).client_id)
        assert.equal(200, me(long_token(flavour)).status)
      end)

      it("are given for no code that was open when the password changed", function()
        local function spend(code)
          return http.post(sandbox, "/oauth/access_token",
            http.code_form(sandbox, flavour, code))
        end
        local spent, open, other = http.code(sandbox, flavour, "anna"),
          http.code(sandbox, flavour, "anna"), http.code(sandbox, flavour, "second")
        assert.equal(200, spend(spent).status)
        sandbox:control("update_user", { username = "anna", password_changed = true })
        local answer = spend(open)
        assert.equal(400, answer.status)
        assert.matches('"error_message": "Invalid authorization code"', answer.body)
        assert.matches("a new password", http.last(sandbox).reason)
        assert.matches("has been used", spend(spent).body)
        assert.equal(200, spend(other).status)
        assert.equal(200, spend(http.code(sandbox, flavour, "anna")).status)
      end)

      it("are worth nothing without a role, unless the app is live", function()
        local token = long_token(flavour)
        sandbox:control("update_user", { username = "anna", tester = false })
        refused(me(token), 100, "Unsupported request - method type: get")
        refused(http.refresh(sandbox, token), 100, "Unsupported request")
        sandbox:control("publish_app", { flavour = flavour })
        assert.equal(200, me(token).status)
        sandbox:control("update_app", { flavour = flavour, mode = "development" })
        sandbox:control("update_user", { username = "anna", tester = true })
        assert.equal(200, me(token).status)
      end)

      it("are generated long-lived for public testers", function()
        local token = sandbox:generate_token("anna", flavour)
        sandbox:advance_clock(60 * DAY - 1)
        assert.equal(200, me(token).status)
        local result, message = sandbox:control("generate_token", { username = "paul",
          flavour = flavour })
        assert.is_nil(result)
        assert.matches("only be generated for public accounts", message)
        assert.has_error(function() sandbox:generate_token("nobody", flavour) end)
      end)

      it("come by query, form or header", function()
        local token = sandbox:generate_token("anna", flavour)
        assert.equal(200, http.get(sandbox, "/me", nil,
          { Authorization = "Bearer " .. token }).status)
        assert.equal(200, http.get(sandbox, "/me", { access_token = token },
          { Authorization = "Bearer " .. token }).status)
        -- a form is read as well; what is refused is the method
        local answer = http.request(sandbox, { path = "/me",
          form = { access_token = token } })
        refused(answer, 100, "Unsupported request - method type: post")
        assert.equal("/me", http.last(sandbox).path)
        refused(http.get(sandbox, "/me"), 2500, "An active access token must be used")
        refused(http.get(sandbox, "/me", { access_token = "" }), 2500,
          "An active access token must be used")
        refused(http.get(sandbox, "/17841400000000000"), 104,
          "An access token is required")
      end)
    end)
  end

  -- 10:36:28, and 5012 seconds to twelve o'clock: the recording that shows the rule.
  it("young ones answer with the rest of their life, as recorded", function()
    sandbox:set_clock(1579775400) -- 23 January 2020, 10:30 UTC
    local short = http.short_token(sandbox, "basic_display", "anna")
    sandbox:advance_clock(388)
    local answer = http.refresh(sandbox, short):json()
    assert.equal(5012, answer.expires_in)
    assert.equal(short, answer.access_token)
  end)

  it("private accounts are refreshed, their grants are not", function()
    local token = long_token("basic_display", "paul")
    sandbox:advance_clock(50 * DAY)
    token = http.refresh(sandbox, token):json().access_token
    sandbox:set_clock(START + 90 * DAY - 1)
    assert.equal(200, me(token).status)
    sandbox:advance_clock(1)
    refused(me(token), 10, "Application does not have permission for this action", 403)
    refused(http.refresh(sandbox, token), 10, "does not have permission", 403)
    long_token("basic_display", "paul")
    assert.equal(200, me(token).status)
  end)

  it("accounts that turn private keep the grant they had, and no more", function()
    local token = long_token("basic_display", "anna")
    sandbox:advance_clock(30 * DAY)
    token = http.refresh(sandbox, token):json().access_token -- the grant: to day 120
    sandbox:control("update_user", { username = "anna", private = true })
    sandbox:set_clock(START + 80 * DAY)
    token = http.refresh(sandbox, token):json().access_token -- the token: to day 140
    sandbox:set_clock(START + 120 * DAY - 1)
    assert.equal(200, me(token).status)
    sandbox:advance_clock(1)
    refused(me(token), 10, "does not have permission", 403)
    -- once lapsed it stays so, public or not: only the person can grant it anew
    sandbox:control("update_user", { username = "anna", private = false })
    refused(me(token), 10, "does not have permission", 403)
    refused(http.refresh(sandbox, token), 10, "does not have permission", 403)
    long_token("basic_display", "anna")
    assert.equal(200, me(token).status)
  end)

  it("private accounts were not refreshed before 30 June 2021", function()
    local june = 1625011200 -- 30 June 2021, 00:00 UTC
    sandbox:set_clock(june - 10 * DAY)
    local private = long_token("basic_display", "paul")
    local public = long_token("basic_display", "anna")
    sandbox:set_clock(june - 1)
    local answer = http.refresh(sandbox, private):json()
    assert.same({ private, 50 * DAY + 1 }, { answer.access_token, answer.expires_in })
    assert.matches("private account, before 30 June 2021",
      http.last(sandbox).notes[1])
    assert.not_equal(public, http.refresh(sandbox, public):json().access_token)
    sandbox:control("settings", { refresh_young = "reject" })
    refused(http.refresh(sandbox, private), 100, "private accounts cannot be refreshed")
    sandbox:advance_clock(1)
    answer = http.refresh(sandbox, private):json()
    assert.not_equal(private, answer.access_token)
    assert.is_true(answer.expires_in > 59 * DAY)
  end)

  it("a lapsed grant kills the token, with the switch", function()
    sandbox:control("settings", { grant_lapse = "token" })
    local token = long_token("basic_display", "paul")
    sandbox:advance_clock(50 * DAY)
    token = http.refresh(sandbox, token):json().access_token
    sandbox:set_clock(START + 90 * DAY)
    refused(me(token), 190, "Session has expired on Monday, 29-Jan-24 16:00:00 PST")
  end)

  it("a private account shows its id, or all with the switch", function()
    local token = long_token("basic_display", "paul")
    local fields = "account_type,id,username"
    assert.matches('^{"id":"%d+"}$', me(token, fields).body)
    sandbox:control("settings", { private_profile = "full" })
    assert.matches('^{"account_type":"PERSONAL","id":"%d+","username":"paul"}$',
      me(token, fields).body)
  end)

  it("tell the time of California, summer and winter", function()
    local token = sandbox:generate_token "anna"
    sandbox:control("settings", { refuse_all = "session_expired" })
    for epoch, text in pairs { -- UTC -> as the error says it
      [1143971999] = "Sunday, 02-Apr-06 01:59:59 PST", -- another rule until 2006
      [1143972000] = "Sunday, 02-Apr-06 03:00:00 PDT",
      [1162112400] = "Sunday, 29-Oct-06 01:00:00 PST",
      [1678615199] = "Sunday, 12-Mar-23 01:59:59 PST", -- the clocks go forward here
      [1678615200] = "Sunday, 12-Mar-23 03:00:00 PDT",
      [1699174799] = "Sunday, 05-Nov-23 01:59:59 PDT", -- and back here
      [1699174800] = "Sunday, 05-Nov-23 01:00:00 PST",
      [1704095999] = "Sunday, 31-Dec-23 23:59:59 PST",
      [1704096000] = "Monday, 01-Jan-24 00:00:00 PST",
      [1709204400] = "Thursday, 29-Feb-24 03:00:00 PST",
      [1710064799] = "Sunday, 10-Mar-24 01:59:59 PST",
      [1710064800] = "Sunday, 10-Mar-24 03:00:00 PDT",
    } do
      sandbox:set_clock(epoch)
      refused(me(token), 190, "The current time is " .. text .. ".")
    end
  end)

  it("garbage has two texts, by the switch", function()
    refused(me "IGQVgarbage", 190, "Invalid OAuth access token.")
    sandbox:control("settings", { invalid_token = "2021" })
    refused(me "IGQVgarbage", 190,
      "Invalid OAuth access token - Cannot parse access token")
  end)

  it("Basic Display ends on 4 December 2024, with the switch", function()
    sandbox:set_clock(1733270399)
    sandbox:control("settings", { shutdown = true })
    local bd, igl = sandbox:generate_token("anna", "basic_display"),
      sandbox:generate_token("anna", "instagram_login")
    local dead = sandbox:generate_token("second", "basic_display")
    sandbox:control("update_user", { username = "second", password_changed = true })
    assert.equal(200, me(bd).status)
    sandbox:advance_clock(1)
    refused(me(bd), 100, "Unsupported request - method type: get")
    refused(http.request(sandbox, { path = "/me", form = { access_token = bd } }), 100,
      "Unsupported request - method type: post")
    refused(http.refresh(sandbox, bd), 100, "Unsupported request")
    refused(me(dead), 190, "changed their password") -- still says so
    assert.equal(200, me(igl).status)
    sandbox:control("settings", { shutdown = false })
    assert.equal(200, me(bd).status)
  end)
end)
