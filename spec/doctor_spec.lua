-- The doctor: one broken setup for each finding.
local instagram = require "instagram"

local sandbox

local function examine(changes, token_of, flavour)
  local options = sandbox:credentials(flavour or "instagram_login")
  for name, value in pairs(changes or {}) do options[name] = value end
  options.retries = 0
  local app = instagram.app(options)
  local findings = {}
  for _, finding in ipairs(app:doctor(token_of and token_of(app))) do
    assert.is_string(finding.message)
    if finding.ok == false then assert.is_string(finding.remedy) end
    findings[finding.check] = findings[finding.check] or finding
    if finding.ok == false then findings[finding.check] = finding end
  end
  return findings
end

local function token_of(user, flavour, details)
  return function(app)
    local options = { secret = sandbox:generate_token(user or "demo_user", flavour) }
    for name, value in pairs(details or {}) do options[name] = value end
    return app:token(options)
  end
end

describe("the doctor", function()
  before_each(function() sandbox = assert(require("instagram.sandbox").start {}) end)
  after_each(function() sandbox:stop() end)

  it("finds nothing wrong with a good setup", function()
    local found = examine(nil, token_of())
    for name, finding in pairs(found) do
      assert.not_equal(false, finding.ok, name .. ": " .. finding.message)
    end
    assert.is_true(found.token.ok)
    assert.is_true(found.app_secret.ok)
    assert.is_true(found.clock.ok)
    assert.is_true(found.permissions.ok)
  end)

  it("sees a redirect address that is no good, and one that is not registered",
    function()
    assert.is_false(examine({ redirect_uri =
      "http://localhost/auth/" }).redirect_uri.ok)
    assert.is_false(examine({ redirect_uri =
      "https://localhost/auth" }).redirect_uri.ok)
  end)

  it("sees a wrong client id", function()
    assert.is_false(examine({ client_id = "123456" }).app_id.ok)
  end)

  it("sees a wrong app secret", function()
    local found = examine({ client_secret = ("0"):rep(32) }, token_of())
    assert.is_false(found.app_secret.ok)
  end)

  it("sees a clock that is wrong", function()
    local ahead = function() return sandbox:now() + 3600 end
    local found = examine({ now = ahead }, token_of())
    assert.is_false(found.clock.ok)
    assert.matches("3600 seconds ahead", found.clock.message)
  end)

  it("sees a server that is not there", function()
    local found = examine({ base_url = "http://127.0.0.1:1" }, token_of())
    assert.is_false(found.network.ok)
  end)

  it("sees a token of the other flavour", function()
    local found = examine(nil, token_of("demo_user", "basic_display"))
    assert.is_false(found.flavour.ok)
    assert.matches("Basic Display token", found.flavour.message)
  end)

  it("sees a dead token and a permission that is missing", function()
    local found = examine(nil, function(app)
      return app:token { secret = "IGAA-no-such-token" }
    end)
    assert.is_false(found.token.ok)
    found = examine(nil, function(app)
      local url, state = app:authorize_url {}
      local redirect = sandbox:authorize { user = "demo_user", url = url,
        permissions = { "user_profile" } }
      return assert(app:login(redirect, state))
    end, "basic_display")
    assert.is_false(found.permissions.ok)
  end)

  it("sees a token that is about to end", function()
    local found = examine(nil, token_of("demo_user", nil, { kind = "long",
      expires_at = sandbox:now() + 3 * 86400,
        obtained_at = sandbox:now() - 57 * 86400 }))
    assert.is_false(found.age.ok)
  end)

  it("does not take passing trouble for a bad token", function()
    for _, fault in ipairs {
      { status = 403, error = "app_limit" }, { status = 503 },
    } do
      fault.on, fault.kind = "/me", "status"
      sandbox:fault(fault)
      local found = examine(nil, token_of())
      assert.is_nil(found.token.ok, fault.status)
      assert.matches("could not be found out", found.token.message)
      assert.is_string(found.token.remedy)
      sandbox:clear_faults {}
    end
  end)

  it("takes a page instead of an answer for trouble on the way", function()
    sandbox:fault { kind = "html" }
    local found = examine(nil, token_of())
    assert.is_false(found.network.ok)
    assert.matches("502", found.network.message)
    assert.is_nil(found.token)
  end)

  it("looks at what needs no network though there is none", function()
    local found = examine({ base_url = "http://127.0.0.1:1",
      redirect_uri = "http://x/" }, token_of("demo_user", nil, { kind = "long",
        expires_at = sandbox:now() - 5, obtained_at = sandbox:now() - 60 * 86400 }))
    assert.is_false(found.network.ok)
    assert.is_false(found.redirect_uri.ok)
    assert.is_false(found.age.ok)
    assert.is_nil(found.grant.ok)
    assert.is_string(found.grant.message)
  end)

  it("says of a Basic Display token that its product is dead", function()
    sandbox:stop()
    sandbox = assert(require("instagram.sandbox").start {
      settings = { shutdown = true },
      now = os.time { year = 2025, month = 1, day = 1 },
    })
    local app = instagram.app(sandbox:credentials "basic_display")
    local said
    for _, finding in ipairs(app:doctor(app:token { secret = "IGQVJsome-token" })) do
      if finding.check == "flavour" and finding.ok == false then
        said = said or finding.message:match "^Basic Display ended .* its tokens"
      end
    end
    assert.is_string(said)
  end)

  it("changes nothing", function()
    examine(nil, token_of())
    for _, entry in ipairs(sandbox:requests()) do
      assert.is_nil(entry.path:find("refresh", 1, true))
    end
  end)
end)
