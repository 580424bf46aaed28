-- A walk through Meta's overview of the Basic Display API, the parts that are pages:
-- the App Dashboard by the names it gives, the person's own pages, the Authorization
-- Window. Each test is named by its heading; see sandbox_seed_spec.lua for the rest.
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"
local visitor = require "spec.support.visitor"

local BASIC = "basic_display"

describe("seed, pages:", function()
  local sandbox, developer, person, app

  before_each(function()
    sandbox = support.start()
    sandbox:control("add_user", { username = "stranger", tester = false })
    developer, person = visitor.new(sandbox), visitor.new(sandbox)
    app = sandbox:credentials(BASIC)
  end)
  after_each(function() sandbox:stop() end)

  local function dashboard(...)
    developer:open("/apps/"):click "Sandbox Basic Display"
    for _, words in ipairs { ... } do developer:click(words) end
    assert.equal(200, developer.status)
  end

  local function log_in(name)
    person:open("/accounts/login/"):press(name)
  end

  local function open_window()
    person:open(http.window(sandbox, BASIC))
  end

  it("Authorization Window: authenticates, asks, redirects with a code", function()
    open_window()
    assert.matches("Log in", person:text())
    person:press "demo_user"
    assert.matches("Sandbox Basic Display", person:text())
    assert.matches("Profile", person:text())
    assert.matches("Photos and videos", person:text())
    person:press "Allow"
    local code = person.left_for:match("^https://localhost/auth/%?code=(AQ[%w_-]+)#_$")
    local answer = http.post(sandbox, "/oauth/access_token",
      http.code_form(sandbox, BASIC, code))
    assert.equal(200, answer.status)
  end)

  it("Permissions: controlled by the app's users, in the window", function()
    open_window()
    person:press("demo_user"):press("Allow", { scope = false })
    local code = person.left_for:match "code=([^#]+)"
    local token = http.post(sandbox, "/oauth/access_token",
      http.code_form(sandbox, BASIC, code)).body:match '"access_token": "(.-)"'
    local query = { access_token = token }
    assert.equal(10, http.get(sandbox, "/me/media", query):error().code)
    assert.equal(200, http.get(sandbox, "/me", query).status)
    person:open("/people/demo_user/apps"):press "Remove Sandbox Basic Display"
    assert.equal(190, http.get(sandbox, "/me", query):error().code)
  end)

  it("Instagram Testers: invited in App Dashboard > Roles > Roles", function()
    dashboard "Roles"
    developer:press("Add Instagram Tester", { username = "stranger" })
    assert.matches("stranger ?Pending", developer:text())
    open_window()
    person:press "stranger"
    assert.matches("Insufficient Developer Role", person:text())
  end)

  it("Instagram Testers: accepted in Apps and Websites > Tester Invites", function()
    sandbox:control("invite_tester", { flavour = BASIC, username = "stranger" })
    log_in "stranger"
    person:open("/people/stranger/"):click "Edit profile"
    person:click "Apps and Websites"
    assert.matches("Tester Invites", person:text())
    person:press "Accept Sandbox Basic Display"
    open_window()
    person:press "Allow"
    assert.matches("code=", person.left_for)
  end)

  it("Versions: App Dashboard > Settings > Advanced > Upgrade API Version", function()
    local token = sandbox:generate_token("demo_user", BASIC)
    dashboard "Advanced"
    assert.matches("Upgrade API Version", developer:text())
    developer:press("Save changes", { version = "v17.0" })
    assert.equal("v17.0", http.get(sandbox, "/me", { access_token = token })
      :header "Instagram-Api-Version")
  end)

  it("Rate Limits: Instagram > Basic Display Rate Limiting", function()
    local token = sandbox:generate_token("demo_user", BASIC)
    for _ = 1, 3 do http.get(sandbox, "/me", { access_token = token }) end
    dashboard "Basic Display Rate Limiting"
    assert.matches("%f[%d]3%f[%D]", developer:text())
  end)

  it("App Types: a Business app gets no Basic Display", function()
    sandbox:control("add_app", { flavour = BASIC, name = "Shop", type = "business" })
    local list = sandbox:control("apps").apps
    person:open(http.window(sandbox, BASIC, { client_id = list[#list].client_id }))
    assert.equal(400, person.status)
    assert.matches("Invalid platform app", person:text())
    assert.is_nil(person.left_for)
  end)

  it("App Review, Business Verification: to Live mode, page by page", function()
    dashboard "Basic"
    developer:press("Save changes", { privacy_url = "https://example.org/privacy" })
    dashboard "Basic Display"
    developer:press("Save changes", { deletion_url = "https://example.org/deletion" })
    dashboard()
    developer:press "Switch to Live Mode"
    assert.equal(400, developer.status)
    assert.matches("Business Verification", developer:text())
    developer:click("Business Verification"):press "Start Verification"
    developer:press "Verify the business"
    dashboard "Data Use Checkup" -- the data handling questions
    developer:press("Save answers", { responsible = "Anna Example",
      country = "Portugal" })
    for _, permission in ipairs { "instagram_graph_user_profile",
      "instagram_graph_user_media" } do
      open_window()
      person:press "stranger"
      assert.matches("Insufficient Developer Role", person:text())
      person.cookies = {}
      developer:open("/apps/" .. app.client_id .. "/review/request")
      developer:press("Submit for review", { permission = permission,
        description = "Shows pictures.", screencast = "screencast.mp4" })
      developer:click "Requests"
      assert.matches("In review", developer:text())
      developer:press "Approve"
    end
    dashboard()
    developer:press "Switch to Live Mode"
    assert.matches("Live", developer:text())
    open_window()
    person:press("stranger"):press "Allow"
    assert.matches("code=", person.left_for)
  end)

  it("User Token Generator: Products > Instagram > Basic Display", function()
    dashboard "Basic Display"
    assert.matches("Tokens are portable!", developer:text())
    assert.matches("only be generated for public accounts: private_user is private",
      developer:text(), 1, true)
    developer:press "Generate token for demo_user"
    developer:press("demo_user"):press "Allow" -- "triggering the Authorization Window"
    local token = developer.html:match "<textarea[^>]*>\n?(IG%w+)</textarea>"
    assert.equal(200, http.get(sandbox, "/me", { access_token = token }).status)
    assert.equal(1, select(2, developer.html:gsub(token, ""))) -- snippets have none
    assert.matches("YOUR_ACCESS_TOKEN", developer.html, 1, true)
  end)
end)
