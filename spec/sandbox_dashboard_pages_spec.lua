-- The pages of the App Dashboard, by raw forms: what they change, what they say, and
-- that nothing typed into them is ever run.
local http = require "spec.support.sandbox_http"
local support = require "spec.support.sandbox"

local BASIC, LOGIN = "6810427395018264", "1725038640915527"
local PLACES = { "", "settings/basic", "settings/advanced", "roles", "instagram",
  "review", "review/request", "checkup", "verification", "limits" }

describe("the dashboard's pages", function()
  local sandbox

  before_each(function()
    sandbox = support.start { data = "empty" }
    sandbox:control("add_user", { username = "anna" })
    sandbox:control("add_user", { username = "bert", tester = false })
    sandbox:control("add_user", { username = "shy", private = true })
  end)
  after_each(function() sandbox:stop() end)

  local function path_of(place, id) return "/apps/" .. (id or BASIC) .. "/" .. place end

  -- A page with the cells of its tables bare.
  local function cells(body) return (body:gsub("<td [^>]*>", "<td>")) end

  local function see(place, query)
    return http.get(sandbox, path_of(place), query).body
  end

  local function post(place, form, id)
    return http.post(sandbox, path_of(place, id), form)
  end

  -- Carries out a form; returns what the page after it says.
  local function carry_out(place, form, id)
    local answer = post(place, form, id)
    assert.equal(303, answer.status, answer.body)
    local location = answer:header "Location"
    local page = http.get(sandbox, location:match "^[^?]+", location:match "%?(.*)$")
    assert.equal(200, page.status)
    return page.body:match 'role="status">(.-)</p>', location
  end

  local function refused(message, place, form)
    local answer = post(place, form)
    assert.equal(400, answer.status)
    assert.matches(message, answer.body:match 'role="alert">(.-)</p>', 1, true)
    return answer.body
  end

  local function app(id)
    for _, each in ipairs(sandbox:control("apps").apps) do
      if each.client_id == (id or BASIC) then return each end
    end
  end

  it("are there for apps of both flavours, and for no other", function()
    for _, id in ipairs { BASIC, LOGIN } do
      for _, place in ipairs(PLACES) do
        local page = http.get(sandbox, path_of(place, id))
        assert.equal(200, page.status, place)
        assert.matches('<nav aria-label="App Dashboard" class="side">', page.body, 1,
          true)
      end
    end
    for _, path in ipairs { "/apps/1/", "/apps/x/", "/apps/" .. BASIC .. "/nothing",
      "/apps/" .. BASIC .. "/../", "/apps/'/roles" } do
      assert.equal(404, http.get(sandbox, path).status, path)
    end
    local list = cells(http.get(sandbox, "/apps/").body)
    assert.matches("Sandbox Basic Display</a></td><td>Consumer</td>", list, 1, true)
    assert.matches("Sandbox Instagram Login</a></td><td>Business</td>", list, 1, true)
  end)

  it("are found without the last slash, by browsers", function()
    local answer = http.get(sandbox, "/apps", nil, { Accept = "text/html,*/*" })
    assert.equal(303, answer.status)
    assert.equal("/apps/", answer:header "Location")
    assert.equal(400, http.get(sandbox, "/apps").status) -- the API's
    assert.equal(200, http.get(sandbox, path_of(""):gsub("/$", "")).status)
  end)

  it("create an app, to which the product is added", function()
    local answer = http.post(sandbox, "/apps/new", { name = "Mine", type = "none",
      flavour = "basic_display" })
    assert.equal(303, answer.status)
    local id = answer:header "Location":match "^/apps/(%d+)/%?done=add$"
    assert.equal("Mine", app(id).name)
    assert.is_false(app(id).product)
    assert.matches("The app has no Instagram product yet",
      http.get(sandbox, path_of("instagram", id)).body)
    assert.matches("before it is added there are no calls to count",
      http.get(sandbox, path_of("limits", id)).body, 1, true)
    assert.equal("The Instagram product was added.",
      carry_out("", { ["do"] = "add_product" }, id))
    assert.is_true(app(id).product)
    answer = http.post(sandbox, "/apps/new", { name = " ", type = "none",
      flavour = "basic_display" })
    assert.equal(400, answer.status)
    assert.matches("Name is missing.", answer.body, 1, true)
    assert.equal(400, http.post(sandbox, "/apps/new", { name = "x" }).status)
    assert.equal(3, #sandbox:control("apps").apps)
  end)

  it("keep settings", function()
    assert.equal("Your changes were saved.", carry_out("settings/basic", {
      ["do"] = "save", name = "Other & more", privacy_url = "https://a.example/p" }))
    assert.equal("Other & more", app().name)
    assert.equal("https://a.example/p", app().privacy_url)
    local body = refused("privacy_url: an address", "settings/basic", { ["do"] = "save",
      name = "Third", privacy_url = "nowhere" })
    assert.matches('value="Third"', body)
    assert.matches("<b>Other &amp; more</b>", body, 1, true)
    assert.equal("Other & more", app().name)
    assert.matches('<option selected value="v18.0">', see "settings/advanced", 1, true)
    assert.is_nil(see("settings/advanced"):find("v11.0", 1, true))
    carry_out("settings/advanced", { ["do"] = "save", version = "v16.0" })
    assert.equal("v16.0", app().version)
    refused("Version &#39;v11.0&#39; is not available", "settings/advanced",
      { ["do"] = "save", version = "v11.0" })
    refused("This form has no &#39;fly&#39;.", "settings/advanced", { ["do"] = "fly" })
  end)

  it("keep redirect and callback addresses, exactly", function()
    carry_out("instagram", { ["do"] = "save", deletion_url = "https://a.example/d",
      deauthorize_url = "https://a.example/x",
      redirect_uris = "https://a.example\r\n\r\n https://b.example/cb \r\n" })
    assert.same({ "https://a.example/", "https://b.example/cb" }, app().redirect_uris)
    assert.equal("https://a.example/x", app().deauthorize_url)
    assert.matches("\nhttps://a.example/\nhttps://b.example/cb</textarea>",
      see "instagram", 1, true)
    refused("redirect_uris: at least one address", "instagram", { ["do"] = "save" })
    assert.equal(2, #app().redirect_uris)
  end)

  it("hide the secret until it is asked for, and reset it", function()
    local secret = sandbox:credentials("basic_display").client_secret
    assert.is_nil(see("instagram"):find(secret, 1, true))
    assert.matches(secret, see("instagram", { show = "secret" }), 1, true)
    assert.matches("There is a new secret", carry_out("instagram",
      { ["do"] = "reset" }))
    assert.not_equal(secret, sandbox:credentials("basic_display").client_secret)
  end)

  it("invite and remove testers", function()
    assert.matches("The invitation was sent", carry_out("roles", { ["do"] = "invite",
      username = " @bert " }))
    assert.matches(">bert</a></td><td>Pending until <time", cells(see "roles"), 1, true)
    assert.matches('href="/people/bert/apps"', cells(see "roles"), 1, true)
    refused("Bert was invited already", "roles", { ["do"] = "invite",
      username = "bert" })
    refused("No account named &#39;nobody&#39;", "roles", { ["do"] = "invite",
      username = "nobody" })
    refused("No account named &#39;&#39;", "roles", { ["do"] = "invite" })
    sandbox:control("accept_invite", { username = "bert", client_id = BASIC })
    assert.matches(">bert</a></td><td>Tester</td>", cells(see "roles"), 1, true)
    carry_out("roles", { ["do"] = "remove", username = "bert" })
    assert.is_nil(see("roles"):find("bert", 1, true))
    carry_out("roles", { ["do"] = "invite", username = "bert" })
    sandbox:advance_clock(30 * 86400)
    assert.matches(">bert</a></td><td>Lapsed on <time", cells(see "roles"), 1, true)
  end)

  it("show invitations to those who may still accept them", function()
    carry_out("roles", { ["do"] = "invite", username = "bert" })
    local login = http.post(sandbox, "/accounts/login/", { username = "bert" })
    local cookie = login:header "Set-Cookie":match "^[^;]+"
    local function own()
      return http.get(sandbox, "/people/bert/apps", nil, { Cookie = cookie }).body
    end
    assert.matches('value="accept"', own(), 1, true)
    sandbox:advance_clock(30 * 86400)
    assert.matches("Nobody has invited you", own(), 1, true)
  end)

  local function verify()
    carry_out("verification", { ["do"] = "start" })
    assert.equal("pending", app().verification)
    carry_out("verification", { ["do"] = "verified" })
  end

  -- An app made on the page, its id.
  local function create(flavour, type)
    local answer = http.post(sandbox, "/apps/new", { name = "Odd", flavour = flavour,
      type = type })
    return answer:header "Location":match "/apps/(%d+)/"
  end

  it("say at once that an app's type rules its product out", function()
    for flavour, case in pairs {
      basic_display = { "business", "Business apps are not supported by Basic "
        .. "Display" },
      instagram_login = { "consumer", "The app&#39;s type is not Business" } } do
      local id = create(flavour, case[1])
      for _, place in ipairs { "", "instagram" } do
        local body = http.get(sandbox, path_of(place, id)).body
        assert.matches(case[2] .. ". Its logins fail with", body, 1, true)
        assert.matches('<a href="/apps/new">create another app</a>', body, 1, true)
        assert.is_nil(body:find('value="add_product"', 1, true))
      end
      local body = http.get(sandbox, path_of("", id)).body
      local needs = body:match "Before it can go live, it needs:</p><ul>(.-)</ul>"
      assert.matches(">another app type, which only a new app can have %(", needs)
      assert.matches(">the Instagram product</a>", needs, 1, true)
      assert.is_nil(needs:find("not added", 1, true))
    end
    local body = http.get(sandbox, path_of("", create("basic_display", "none"))).body
    assert.is_nil(body:find("create another app", 1, true))
    assert.matches('value="add_product"', body, 1, true)
    assert.is_nil(body:find("another app type", 1, true))
  end)

  it("go live when nothing is missing", function()
    refused("The app cannot go live yet, missing: a privacy policy address", "",
      { ["do"] = "live" })
    assert.matches('/verification">Business Verification (it is none)</a>', see "", 1,
      true)
    carry_out("settings/basic", { ["do"] = "save", name = "x",
      privacy_url = "https://a.example/p" })
    carry_out("instagram", { ["do"] = "save", deletion_url = "https://a.example/d",
      redirect_uris = "https://a.example/" })
    carry_out("verification", { ["do"] = "start" })
    carry_out("verification", { ["do"] = "rejected" })
    assert.matches("Rejected", see "verification")
    verify()
    assert.matches("The app is live now", carry_out("", { ["do"] = "live" }))
    assert.equal("live", app().mode)
    carry_out("", { ["do"] = "development" })
    assert.equal("development", app().mode)
    carry_out("verification", { ["do"] = "none" })
    assert.equal("none", app().verification)
  end)

  local function submit(permission)
    return carry_out("review/request", { ["do"] = "submit", screencast = "film",
      description = "shows it", permission = permission })
  end

  it("review permissions", function()
    refused("Advanced access cannot be asked for yet, missing: a privacy policy",
      "review/request", { ["do"] = "submit", permission = "user_media",
        description = "d", screencast = "s" })
    carry_out("settings/basic", { ["do"] = "save", name = "x",
      privacy_url = "https://a.example/p" })
    verify()
    assert.matches('/checkup">answers to the data handling', see "review/request", 1,
      true)
    refused("Responsible is missing", "checkup", { ["do"] = "handling" })
    carry_out("checkup", { ["do"] = "handling", responsible = "Me",
      country = "Atlantis", disclosed = "yes" })
    assert.matches('checked id="t-disclosed-yes"', see "checkup", 1, true)
    refused("Description is missing", "review/request", { ["do"] = "submit",
      permission = "user_media", screencast = "s" })
    assert.matches("submitted for review", submit "instagram_graph_user_media")
    assert.matches("In review", see "review")
    carry_out("review", { ["do"] = "reject", number = 1, reason = "unneeded" })
    assert.matches("The app does not need this permission", see "review", 1, true)
    submit "instagram_graph_user_media"
    assert.matches("has Advanced Access now", carry_out("review",
      { ["do"] = "approve", number = 2 }))
    assert.equal("advanced", app().permissions.instagram_graph_user_media)
    assert.matches("has Standard Access now", carry_out("review",
      { ["do"] = "remove_access", permission = "instagram_graph_user_media" }))
    assert.equal("standard", app().permissions.instagram_graph_user_media)
    refused("Request 2 was approved already", "review", { ["do"] = "approve",
      number = 2 })
    submit "instagram_graph_user_profile"
    local other = post("review", { ["do"] = "approve", number = 3 }, LOGIN)
    assert.equal(400, other.status)
    assert.matches("There is no review request", other.body)
    for _, number in ipairs { "", "x", "0", "-1", "1e999", "99" } do
      refused("There is no review request", "review", { ["do"] = "approve",
        number = number })
    end
  end)

  it("ask for the Data Use Checkup", function()
    assert.matches("There is nothing to certify", see "checkup")
    sandbox:control("publish_app", { client_id = BASIC })
    assert.is_nil(see("checkup"):find("Complete Data Use", 1, true))
    sandbox:advance_clock(400 * 86400)
    assert.matches("API access is disrupted", see "checkup")
    carry_out("checkup", { ["do"] = "handling", responsible = "Me", country = "A" })
    refused("Certify must be true", "checkup", { ["do"] = "checkup" })
    assert.matches("is complete", carry_out("checkup", { ["do"] = "checkup",
      certify = "yes" }))
    assert.is_nil(see("checkup"):find("disrupted", 1, true))
  end)

  it("show how much of the limits is used", function()
    local token = sandbox:generate_token("anna", "basic_display")
    for _ = 1, 20 do http.get(sandbox, "/me", { access_token = token }) end
    local body = cells(see "limits")
    assert.matches("<td>The app, in one hour</td><td>20 of 200</td><td>10 %</td>", body,
      1, true)
    assert.matches("<td>anna, in one hour</td><td>20 of", body, 1, true)
  end)

  -- The address the generator sends the browser to, and where the window sends it on.
  local function generate(name, as)
    local answer = post("generate", { username = name })
    assert.equal(303, answer.status, answer.body)
    local location = answer:header "Location"
    return http.get(sandbox, location:match "^[^?]+", location:match "%?(.*)$",
      { ["X-Sandbox-User"] = as or name }), location
  end

  local function shown(address)
    local page = http.follow(sandbox, (address:gsub("#_$", "")))
    return page.body:match '<textarea [^>]*id="token"[^>]*>(.-)</textarea>', page
  end

  it("generate tokens through the window, each shown once", function()
    local answer, window = generate "anna"
    assert.matches("^/oauth/authorize%?client_id=" .. BASIC, window)
    assert.equal(302, answer.status)
    local back = answer:header "Location"
    assert.matches("^" .. sandbox.url .. "/apps/" .. BASIC .. "/token%?code=AQ", back)
    local token, page = shown(back)
    assert.equal(200, page.status)
    assert.equal("anna", http.get(sandbox, "/me", { access_token = token,
      fields = "username" }):json().username)
    assert.equal(5184000, http.refresh(sandbox, token):json().expires_in)
    token, page = shown(back)
    assert.is_nil(token)
    assert.equal(400, page.status)
    assert.matches("The token was shown once already", page.body)
  end)

  it("generate tokens of the successor too", function()
    sandbox:control("add_user", { username = "biz", account_type = "BUSINESS" })
    local page = http.get(sandbox, path_of("instagram", LOGIN)).body
    assert.matches("PERSONAL accounts cannot use instagram_login", page, 1, true)
    local window = post("generate", { username = "biz" }, LOGIN):header "Location"
    local back = http.get(sandbox, "/oauth/authorize", window:match "%?(.*)$",
      { ["X-Sandbox-User"] = "biz" }):header "Location"
    local token = shown(back)
    assert.equal("biz", http.get(sandbox, "/me", { access_token = token,
      fields = "username" }):json().username)
  end)

  it("generate none for private accounts and people who are no testers", function()
    assert.matches("Tokens can only be generated for public accounts", see "instagram")
    assert.equal(400, post("generate", { username = "shy" }).status)
    assert.equal(400, post("generate", { username = "bert" }).status)
    assert.equal(400, generate("anna", "bert").status)
    local token, page = shown(generate("anna", "shy"):header "Location")
    assert.is_nil(token)
    assert.matches("Tokens can only be generated for public", page.body)
    local answer = generate "anna"
    sandbox:advance_clock(3600)
    token, page = shown(answer:header "Location")
    assert.is_nil(token)
    assert.matches("older than one hour", page.body)
    local code = http.code(sandbox, "basic_display", "anna")
    token, page = shown(sandbox.url .. "/apps/" .. BASIC .. "/token?code=" .. code)
    assert.is_nil(token)
    assert.matches("This is no code of the token generator", page.body)
    assert.matches("The window was cancelled", see("token",
      { error = "access_denied" }))
  end)

  it("sell the generator's window to no other address", function()
    for _, origin in ipairs { "https://evil.example", "http://127.0.0.1" } do
      local _, window = generate "anna"
      local query = window:match "%?(.*)$":gsub("redirect_uri=[^&]*", function()
        return "redirect_uri=" .. http.encode(origin .. "/apps/" .. BASIC .. "/token")
      end)
      local answer = http.get(sandbox, "/oauth/authorize", query,
        { ["X-Sandbox-User"] = "anna" })
      assert.equal(400, answer.status)
      assert.matches("Invalid redirect_uri", answer.body)
    end
  end)

  it("give code that works when the placeholder is replaced", function()
    local token, page = shown(generate "anna":header "Location")
    local codes = {}
    for code in page.body:gmatch "<pre.-<code>(.-)</code>" do
      codes[#codes + 1] = code:gsub("&quot;", '"'):gsub("&lt;", "<"):gsub("&gt;", ">")
        :gsub("&amp;", "&")
    end
    assert.equal(3, #codes)
    for i, code in ipairs(codes) do
      assert.matches("YOUR_ACCESS_TOKEN", code)
      codes[i] = code:gsub("YOUR_ACCESS_TOKEN", token)
    end
    sandbox:control("add_media", { username = "anna", type = "IMAGE", caption = "one" })
    local media = http.follow(sandbox, codes[1]:match '"(.-)"')
    assert.matches('"caption":"one"', media.body)
    local printed = {}
    local env = setmetatable({ print = function(...) printed[1] = { ... } end },
      { __index = _G })
    -- luacheck: push ignore 113
    local chunk = assert((loadstring or load)(codes[2], "snippet", "t", env))
    if setfenv then setfenv(chunk, env) end
    -- luacheck: pop
    chunk()
    assert.matches("^https://www.instagram.com/p/", printed[1][2])
  end)

  it("delete an app that is ticked", function()
    assert.equal(303, http.get(sandbox, path_of "delete").status)
    assert.equal(400, post("delete", {}).status)
    assert.equal(2, #sandbox:control("apps").apps)
    assert.equal("/apps/?done=deleted", post("delete", { sure = "yes" })
      :header "Location")
    assert.is_nil(app())
  end)

  it("take forms of their own pages only", function()
    local answer = http.post(sandbox, path_of "roles", { ["do"] = "invite",
      username = "bert" }, { Origin = "https://evil.example" })
    assert.equal(403, answer.status)
    assert.is_nil(see("roles"):find("bert", 1, true))
  end)

  local HOSTILE = { "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE apps; --", "</textarea><script>alert(2)</script>", "%s%n{{7*7}}",
    "https://a.example/\"><script>", "a\0b", "\255\254", "\240\159\152\128", "\r\n\r\n",
    ("x"):rep(5000) }

  -- place, what is done, fields
  local FORMS = {
    { "settings/basic", "save", { "name", "privacy_url" } },
    { "settings/advanced", "save", { "version" } },
    { "roles", "invite", { "username" } }, { "roles", "remove", { "username" } },
    { "instagram", "save", { "redirect_uris", "deauthorize_url", "deletion_url" } },
    { "review/request", "submit", { "permission", "description", "screencast" } },
    { "review", "reject", { "number", "reason" } },
    { "checkup", "handling", { "processors", "responsible", "country", "policies" } },
    { "generate", "x", { "username" } }, { "verification", "x", { "do" } },
    { "", "x", { "do", "done" } }, { "token", "x", { "code" } },
  }

  local function is_harmless(answer, what)
    assert.is_true(answer.status < 500, what)
    assert.is_nil(answer.body:find("<script", 1, true), what)
    assert.is_nil(answer.body:find("<img", 1, true), what)
  end

  it("show what was typed as text, and run none of it", function()
    sandbox:control("publish_app", { client_id = BASIC })
    local fine = { name = "x", redirect_uris = "https://a.example/", number = "1",
      permission = "user_media", description = "d", screencast = "s",
      responsible = "r", country = "c", privacy_url = "https://a.example/",
      deletion_url = "https://a.example/" }
    for _, form in ipairs(FORMS) do
      for _, field in ipairs(form[3]) do
        for _, text in ipairs(HOSTILE) do
          local sent = { ["do"] = form[2] }
          for name, value in pairs(fine) do sent[name] = value end
          sent[field] = text
          is_harmless(post(form[1], sent), form[1] .. " " .. field)
          is_harmless(http.get(sandbox, path_of(form[1]), { [field] = text }), form[1])
        end
      end
    end
    for _, text in ipairs(HOSTILE) do
      for _, field in ipairs { "name", "type", "flavour" } do
        local sent = { name = "x", type = "none", flavour = "basic_display" }
        sent[field] = text
        is_harmless(http.post(sandbox, "/apps/new", sent), field)
      end
    end
    for _, place in ipairs(PLACES) do
      is_harmless(http.get(sandbox, path_of(place)), place)
    end
    is_harmless(http.get(sandbox, "/apps/", { done = HOSTILE[1] }), "list")
    assert.is_table(app())
    assert.is_table(sandbox:control "users")
  end)

  it("show hostile names of apps as they are", function()
    carry_out("settings/basic", { ["do"] = "save", name = HOSTILE[1],
      privacy_url = "" })
    assert.equal(HOSTILE[1], app().name)
    assert.matches("&lt;script&gt;alert(1)&lt;/script&gt;", see "", 1, true)
  end)
end)
