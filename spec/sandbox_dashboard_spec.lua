-- Apps of the sandbox's App Dashboard: made, changed, deleted, what their products and
-- addresses must be; what is refused.
local dashboard = require "spec.support.dashboard"
local http = require "spec.support.sandbox_http"

describe("the dashboard's apps", function()
  local my -- sandbox and app

  before_each(function() my = dashboard.open() end)
  after_each(function() my.sandbox:stop() end)

  it("are made with an id and a secret of their own", function()
    local first, second = my:add(), my:add()
    assert.matches("^%d+$", first.client_id)
    assert.equal(16, #first.client_id)
    assert.not_equal(first.client_id, second.client_id)
    assert.matches("^%x+$", my:secret())
    assert.equal(32, #my:secret())
    assert.equal("consumer", first.type)
    assert.equal("development", first.mode)
    assert.equal("v18.0", first.version)
    assert.equal(4, #my.sandbox:control("apps").apps)
    assert.same({}, my:call("testers").testers)
  end)

  it("log their testers in", function()
    my:add()
    local _, why = my:open_window "anna"
    assert.matches("Insufficient developer role", why)
    my:call("invite_tester", { username = "anna" })
    assert.is_nil(my:open_window "anna")
    my:call("accept_invite", { username = "anna" })
    local token = my:exchange(assert(my:open_window "anna")):json().access_token
    assert.equal("anna", my:me(token, "username"):json().username)
    my:call("remove_tester", { username = "anna" })
    assert.equal("Unsupported request - method type: get", my:me(token):error().message)
  end)

  it("get a new secret, and the old one dies", function()
    my:add()
    local old = my:secret()
    local reset = my:call "reset_secret"
    assert.equal(my:secret(), reset.client_secret)
    assert.not_equal(old, my:secret())
    my:call("invite_tester", { username = "anna" })
    my:call("accept_invite", { username = "anna" })
    local location = my:open_window "anna"
    assert.matches("verification code", my:exchange(location,
      { client_secret = old }):json().error_message)
    assert.equal(200, my:exchange(location).status)
  end)

  it("exchange with the secret of the day", function()
    my:add()
    my:call("invite_tester", { username = "anna" })
    my:call("accept_invite", { username = "anna" })
    local short = my:exchange(my:open_window "anna"):json().access_token
    local function long(with)
      return http.get(my.sandbox, "/access_token", { grant_type = "ig_exchange_token",
        access_token = short, client_secret = with })
    end
    local old = my:secret()
    my:call "reset_secret"
    assert.equal("Error validating client secret", long(old):error().message)
    assert.equal(200, long(my:secret()).status)
  end)

  it("are deleted with their tokens", function()
    my:add()
    my:call("invite_tester", { username = "anna" })
    my:call("accept_invite", { username = "anna" })
    local token = my:call("generate_token", { username = "anna" }).access_token
    assert.equal(200, my:me(token).status)
    assert(my:call "delete_app")
    assert.equal(190, my:me(token):error().code)
    assert.matches("Invalid platform app", select(2, my:open_window "anna"))
    my:refused("no app has the client_id", "delete_app")
    local result, message = my.sandbox:control "delete_app"
    assert.is_nil(result)
    assert.equal("delete_app: client_id is missing", message)
  end)

  it("must be of the type their product takes", function()
    for _, case in ipairs {
      { "basic_display", "business", "Business apps are not supported" },
      { "instagram_login", "consumer", "the app's type is not Business" },
      { "instagram_login", "none", "the app's type is not Business" },
    } do
      my:add { flavour = case[1], type = case[2] }
      assert.matches(case[3], my.app.platform_problem, 1, true)
      local _, why = my:open_window "biz"
      assert.matches("^Invalid platform app %(.*" .. case[3], why)
      local answer = my:exchange(nil)
      assert.equal(400, answer.status)
      assert.equal("Invalid platform app", answer:json().error_message)
      my:refused(case[3], "generate_token", { username = "biz" })
    end
    my:add { type = "none" }
    assert.is_nil(my.app.platform_problem)
    my:refused("update_app has no 'type'", "update_app", { type = "business" })
  end)

  it("are no platform apps without the product, or by their Meta App ID", function()
    my:add { product = false }
    assert.matches("the Instagram product was not added",
      select(2, my:open_window "anna"))
    assert(my:call("update_app", { product = true }))
    assert.matches("Insufficient developer role", select(2, my:open_window "anna"))
    local _, why = my:open_window("anna", { client_id = my.app.meta_id })
    assert.matches("^Invalid platform app %(this is the Meta App ID of 'Mine'", why)
  end)

  it("have redirect addresses as the dashboard keeps them", function()
    my:add { redirect_uris = { "https://bare.example", "https://path.example/cb",
      "http://my_app:8080/b?c=d" } }
    assert.same({ "https://bare.example/", "https://path.example/cb",
      "http://my_app:8080/b?c=d" }, my.app.redirect_uris)
    my.sandbox:control("settings", { redirect_slash = "always" })
    my.app = my:call("update_app", { redirect_uris = { "https://path.example/cb" } })
    assert.same({ "https://path.example/cb/" }, my.app.redirect_uris)
    my.sandbox:control("settings", { redirect_slash = "never" })
    my.app = my:call("update_app", { redirect_uris = { "https://bare.example" } })
    assert.same({ "https://bare.example" }, my.app.redirect_uris)
    assert.matches("Invalid redirect_uri", select(2, my:open_window("anna",
      { redirect_uri = "https://bare.example/" })))
  end)

  it("keep to versions that are alive", function()
    my:add()
    my.app = my:call("update_app", { version = "v15.0" })
    assert.equal("v15.0", my.app.version)
    my:refused("version 'v11.0' is not available", "update_app", { version = "v11.0" })
    my:refused("version 'v20.0' is not available", "update_app", { version = "v20.0" })
    my:refused("no version 'v99.0'", "update_app", { version = "v99.0" })
    my:call("invite_tester", { username = "anna" })
    my:call("accept_invite", { username = "anna" })
    local token = my:call("generate_token", { username = "anna" }).access_token
    assert.equal("v15.0", my:me(token):header "Instagram-Api-Version")
  end)

  it("are published at once for tests", function()
    my:add { product = false }
    my.app = my:call "publish_app"
    assert.equal("live", my.app.mode)
    assert.same({}, my.app.missing_for_live)
    assert(my:open_window "stranger")
  end)

  it("take texts of any length they may have", function()
    my:add { name = ("x"):rep(200) }
    local url = "https://a.example/" .. ("x"):rep(1982)
    assert.equal(url, my:call("update_app", { privacy_url = url }).privacy_url)
    my:refused("privacy_url: an address", "update_app", { privacy_url = url .. "x" })
    assert(my:call("answer_data_handling", { responsible = ("x"):rep(2000),
      country = "\240\159\143\157" }))
  end)

  it("refuse wrong input by name and change nothing", function()
    my:add()
    local before = my.sandbox:control("apps").apps
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
      my:refused(case[1], "update_app", changes)
      changes.flavour = "basic_display"
      local result, message = my.sandbox:control("add_app", changes)
      assert.is_nil(result)
      assert.matches(case[1], message, 1, true)
    end
    local result, message = my.sandbox:control("add_app", { name = "x" })
    assert.is_nil(result)
    assert.matches("flavour must be", message)
    assert.is_nil(my.sandbox:control("add_app", { name = "x", flavour = "basic_display",
      type = "gaming" }))
    my:refused("state must be", "verify_business", { state = "maybe" })
    assert.same(before, my.sandbox:control("apps").apps)
  end)
end)
