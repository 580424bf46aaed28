-- Testers of the sandbox's App Dashboard: invited, accepted, declined, removed; at most
-- so many, and within so many days.
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
