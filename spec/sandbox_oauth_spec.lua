-- The sandbox's Authorization Window: what it refuses and how, where it
-- sends the browser, what the code is; and the code call's refusals.
local http = require "spec.support.sandbox_http"

local FLAVOURS = { "basic_display", "instagram_login" }

local function window_path(sandbox, flavour, changes)
  return (http.window(sandbox, flavour, changes):gsub("^http://[^/]+", ""))
end

describe("the window", function()
  local sandbox

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "MEDIA_CREATOR" })
    sandbox:control("add_user", { username = "paul", account_type = "PERSONAL" })
    sandbox:control("add_user", { username = "stranger", tester = false,
      account_type = "BUSINESS" })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
    for _, flavour in ipairs(FLAVOURS) do
      sandbox:control("update_app", { flavour = flavour, mode = "development",
        redirect_uris = { "https://localhost/auth/" } })
    end
  end)

  -- Opens the window as anna's browser, logged in.
  local function open(flavour, changes, user)
    return http.get(sandbox, window_path(sandbox, flavour, changes), nil,
      { ["X-Sandbox-User"] = user or "anna" })
  end

  local refusals = {
    { "client_id", false, "Missing required field client_id" },
    { "client_id", "", "Missing required field client_id" },
    { "client_id", "990602627938098", "Invalid platform app" },
    { "client_id", "not a number' OR 1=1", "Invalid platform app" },
    { "redirect_uri", false, "Invalid redirect_uri" },
    { "redirect_uri", "https://localhost/auth", "Invalid redirect_uri" },
    { "redirect_uri", "https://localhost/auth/x", "Invalid redirect_uri" },
    { "redirect_uri", "https://localhost/Auth/", "Invalid redirect_uri" },
    { "redirect_uri", "http://localhost/auth/", "Invalid redirect_uri" },
    { "redirect_uri", "https://localhost/auth/#there", "Invalid redirect_uri" },
    { "response_type", false, "Invalid response_type" },
    { "response_type", "token", "Invalid response_type" },
    { "scope", "basic", "Invalid scope: ['basic']", "Invalid scope: basic" },
    { "scope", "basic,likes", "Invalid scope: ['basic', 'likes']",
      "Invalid scope: basic, likes" },
    { "scope", "it's", "Invalid scope: ['it\\\\'s']", "Invalid scope: it&#39;s" },
    { "scope", false, "Invalid scope: []" },
    { "scope", " , ", "Invalid scope: []" },
  }

  for _, flavour in ipairs(FLAVOURS) do
    for _, case in ipairs(refusals) do
      it(flavour .. " refuses " .. case[1] .. " = " .. tostring(case[2]), function()
        local changes = { [case[1]] = case[2] }
        local page = open(flavour, changes)
        assert.equal(400, page.status)
        assert.matches("^text/html", page:header "Content-Type")
        assert.matches("<h1>Invalid Request</h1>", page.body, 1, true)
        assert.matches("Request parameters are invalid: " .. (case[4] or case[3])
          .. "</p>", page.body, 1, true)
        assert.is_nil(page:header "Location")
        local entry = http.last(sandbox)
        assert.matches("^window_", entry.refused)
        assert.is_string(entry.reason)
        -- the generation before answered in JSON
        sandbox:control("settings", { window_errors = "json" })
        local answer = open(flavour, changes)
        assert.equal('{"error_type": "OAuthException", "code": 400, "error_message": "'
          .. case[3] .. '"}', answer.body)
        assert.equal("application/json; charset=utf-8", answer:header "Content-Type")
      end)
    end

    it(flavour .. " takes no scopes of the other flavour", function()
      local other = flavour == "basic_display" and "instagram_business_basic"
        or "user_profile"
      assert.matches("Invalid scope: " .. other, open(flavour, { scope = other }).body)
    end)

    it(flavour .. " wants its basic scope", function()
      local scope = flavour == "basic_display" and "user_media"
        or "instagram_business_manage_comments"
      assert.matches("Invalid scope: " .. scope, open(flavour, { scope = scope }).body)
    end)

    it(flavour .. " sends the browser back with a code and #_", function()
      local answer = open(flavour)
      assert.equal(302, answer.status)
      local code = answer:header("Location")
        :match("^https://localhost/auth/%?code=(AQ[%w_-]+)#_$")
      assert.is_true(#code >= 150 and #code <= 300)
    end)

    it(flavour .. " hands state back unchanged", function()
      for _, state in ipairs { "a", "a b&scope=evil", "\195\164+%/=?#",
        ("x"):rep(3000) } do
        local location = open(flavour, { state = state }):header "Location"
        local back = location:match("[?&]state=([^&#]*)#_$")
        assert.equal(state, http.decode(back))
      end
      assert.is_nil(open(flavour, { state = "" }):header("Location"):find "state")
    end)

    it(flavour .. " says what the person refused, with the state", function()
      local location = sandbox:authorize { user = "anna", allow = false,
        url = http.window(sandbox, flavour, { state = "s" }) }
      assert.equal("https://localhost/auth/?error=access_denied"
        .. "&error_reason=user_denied"
        .. "&error_description=The+user+denied+your+request&state=s", location)
    end)

    it(flavour .. " takes scopes joined by comma, space, plus, in any order", function()
      local first, second = "user_profile", "user_media"
      if flavour == "instagram_login" then
        first, second = "instagram_business_basic", "instagram_business_manage_comments"
      end
      for _, joined in ipairs { first .. "," .. second, first .. " " .. second,
        first .. "+" .. second, second .. ", " .. first,
        first .. "," .. first .. "," } do
        assert.equal(302, open(flavour, { scope = joined }).status, joined)
      end
    end)

    it(flavour .. " knows app_id, a slash at the end, odd parameters",
      function()
        local app = sandbox:credentials(flavour)
        local path = window_path(sandbox, flavour, { client_id = false,
          app_id = app.client_id, force_reauth = "true", enable_fb_login = "0",
          hide_fb_login = "1" })
        path = path:gsub("authorize%?", "authorize/?&&")
        local answer = http.get(sandbox, path, nil, { ["X-Sandbox-User"] = "anna" })
        assert.equal(302, answer.status)
      end)

    it(flavour .. " joins its parameters to a registered query", function()
      local uri = "https://localhost/auth/?from=instagram"
      sandbox:control("update_app", { flavour = flavour, redirect_uris = { uri } })
      local location = open(flavour, { redirect_uri = uri }):header "Location"
      assert.matches("^https://localhost/auth/%?from=instagram&code=AQ", location)
      assert.matches("Invalid redirect_uri",
        open(flavour, { redirect_uri = "https://localhost/auth/" }).body)
    end)

    it(flavour .. " takes any of several registered addresses", function()
      local uris = { "https://a.example/cb", "http://localhost:8080/",
        "https://b.example/" }
      sandbox:control("update_app", { flavour = flavour, redirect_uris = uris })
      for _, uri in ipairs(uris) do
        assert.matches(uri .. "?code=", open(flavour, { redirect_uri = uri })
          :header "Location", 1, true)
      end
    end)

    it(flavour .. " lets testers in only, until the app is live",
      function()
        local page = open(flavour, nil, "stranger")
        assert.equal(400, page.status)
        assert.matches("<h1>Insufficient Developer Role</h1>", page.body, 1, true)
        local ok, message = sandbox:authorize { user = "stranger",
          url = http.window(sandbox, flavour) }
        assert.is_nil(ok)
        assert.matches("^Insufficient developer role %(.*not an accepted tester",
          message)
        sandbox:control("publish_app", { flavour = flavour })
        assert.equal(302, open(flavour, nil, "stranger").status)
      end)

    it(flavour .. " is a page for people who have not answered", function()
      local page = http.get(sandbox, window_path(sandbox, flavour,
        { state = "<script>alert(1)</script>" }))
      assert.equal(200, page.status)
      assert.matches("Authorization Window", page.body)
      assert.is_nil(page.body:find("<script", 1, true))
      assert.matches("default%-src 'none'", page:header "Content-Security-Policy")
    end)
  end

  it("is not for personal accounts in the successor", function()
    assert.matches("No valid scopes requested",
      open("instagram_login", nil, "paul").body)
    assert.equal(302, open("basic_display", nil, "paul").status)
  end)

  it("knows no such person", function()
    assert.equal(400, open("basic_display", nil, "nobody").status)
    local ok, message = sandbox:authorize { user = "nobody",
      url = http.window(sandbox, "basic_display") }
    assert.is_nil(ok)
    assert.matches("no account named 'nobody'", message)
  end)

  it("answers in the style of the clock's year", function()
    sandbox:set_clock(1672531199)
    assert.matches("^{", open("basic_display", { scope = "basic" }).body)
    sandbox:set_clock(1672531200)
    assert.matches("^<!DOCTYPE", open("basic_display", { scope = "basic" }).body)
  end)

  it("is shut for Basic Display after 4 December 2024, with the switch", function()
    sandbox:set_clock(1733270400)
    assert.equal(302, open("basic_display").status)
    sandbox:control("settings", { shutdown = true })
    assert.matches("Request parameters are invalid: Invalid scope: user_profile<",
      open("basic_display", { scope = "user_profile" }).body, 1, true)
    assert.equal(302, open("instagram_login").status)
    sandbox:set_clock(1733270399)
    assert.equal(302, open("basic_display").status)
  end)

  it("takes the successor's old scope names until 27 January 2025", function()
    local old = "business_basic,business_manage_comments,business_content_publish"
    local function granted(choice)
      return http.short(sandbox, "instagram_login", "anna", choice).body
        :match '"permissions": (%b[])'
    end
    finally(function() sandbox:set_clock(1698796800) end)
    sandbox:set_clock(1737935999) -- the last second of the 26th
    assert.equal('["instagram_business_basic", "instagram_business_manage_comments", '
      .. '"instagram_business_content_publish"]', granted { window = { scope = old } })
    assert.equal('["instagram_business_basic", "instagram_business_manage_comments"]',
      granted { window = { scope = old }, permissions = { "business_basic",
        "instagram_business_manage_comments" } })
    assert.equal('["instagram_business_basic"]', granted { window = { scope =
      "business_basic instagram_business_basic" } })
    assert.matches("Invalid scope: business_manage_messages<", open("instagram_login",
      { scope = "business_manage_messages" }).body, 1, true)
    assert.matches("Invalid scope: business_basic", open("basic_display",
      { scope = "business_basic" }).body, 1, true)
    sandbox:advance_clock(1)
    local body = open("instagram_login", { scope = old }).body
    assert.matches("Invalid scope: business_basic, business_manage_comments, "
      .. "business_content_publish<", body, 1, true)
    assert.matches("business_basic is called instagram_business_basic since "
      .. "27 January 2025", http.last(sandbox).reason, 1, true)
  end)

  it("is told from Lua by its address only", function()
    local app = sandbox:credentials "basic_display"
    for _, url in ipairs { "", "https://example.com/", sandbox.url .. "/me?client_id="
      .. app.client_id } do
      local ok, message = sandbox:authorize { user = "anna", url = url }
      assert.is_nil(ok)
      assert.matches("not the address of an Authorization Window", message)
    end
    -- the real hosts' addresses are as good
    for _, host in ipairs { "api", "www" } do
      local url = http.window(sandbox, "basic_display")
        :gsub("^http://[^/]+", "https://" .. host .. ".instagram.com")
      assert.is_string(sandbox:authorize { user = "anna", url = url })
    end
  end)

  it("grants what was left ticked, and only what was asked for", function()
    local function grant(flavour, scope, permissions)
      local answer = http.short(sandbox, flavour, "anna", { window = { scope = scope },
        permissions = permissions })
      return answer.body:match('"permissions": (%b[])')
    end
    local scopes = "instagram_business_basic,instagram_business_manage_insights,"
      .. "instagram_business_manage_comments"
    assert.equal('["instagram_business_basic", "instagram_business_manage_insights", '
      .. '"instagram_business_manage_comments"]', grant("instagram_login", scopes))
    assert.equal('["instagram_business_basic", "instagram_business_manage_comments"]',
      grant("instagram_login", scopes, { "instagram_business_manage_comments" }))
    assert.equal('["instagram_business_basic"]', grant("instagram_login", scopes, {}))
    local ok, message = sandbox:authorize { user = "anna",
      permissions = { "user_media" },
      url = http.window(sandbox, "basic_display", { scope = "user_profile" }) }
    assert.is_nil(ok)
    assert.matches("'user_media' was not asked for", message)
  end)
end)

describe("the code call", function()
  local sandbox

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
  end)

  local function code(flavour, choice)
    return http.code(sandbox, flavour, "anna", choice)
  end

  local function call(flavour, text, changes, headers)
    return http.post(sandbox, "/oauth/access_token",
      http.code_form(sandbox, flavour, text, changes), headers)
  end

  local function refused(message, answer)
    assert.equal(400, answer.status)
    assert.equal('{"error_type": "OAuthException", "code": 400, "error_message": "'
      .. message .. '"}', answer.body)
    assert.is_nil(answer:header "Access-Control-Allow-Origin")
    assert.is_nil(answer:header "Instagram-Api-Version")
    assert.is_string(http.last(sandbox).reason)
  end

  local VERIFICATION = "Error validating verification code. Please make sure your "
    .. "redirect_uri is identical to the one you used in the OAuth dialog request"

  for _, flavour in ipairs(FLAVOURS) do
    describe("of " .. flavour, function()
      for _, name in ipairs { "client_id", "client_secret", "grant_type",
        "redirect_uri", "code" } do
        it("misses " .. name, function()
          local good, message = code(flavour), "Missing required field " .. name
          refused(message, call(flavour, good, { [name] = false }))
          refused(message, call(flavour, good, { [name] = "" }))
          assert.equal(200, call(flavour, good).status) -- nothing was spent
        end)
      end

      it("takes a code once", function()
        local text = code(flavour)
        assert.equal(200, call(flavour, text).status)
        refused("This authorization code has been used", call(flavour, text))
        refused("This authorization code has been used", call(flavour, text,
          { client_secret = "wrong" }))
      end)

      it("takes a code for an hour", function()
        local first, second = code(flavour), code(flavour)
        sandbox:advance_clock(3599)
        assert.equal(200, call(flavour, first).status)
        sandbox:advance_clock(1)
        refused("This authorization code has expired", call(flavour, second))
      end)

      it("takes no other text for a code", function()
        local text = code(flavour)
        for _, bad in ipairs { "mock", text .. "#_", text:sub(1, -2), text .. "x", "AQ",
          "AQ' OR '1'='1", text:lower(), " " .. text } do
          refused("Invalid authorization code", call(flavour, bad))
        end
        -- before the secret is looked at
        refused("Invalid authorization code", call(flavour, "dummy",
          { client_secret = "wrong" }))
      end)

      it("takes no code of another app", function()
        local other = flavour == "basic_display" and "instagram_login"
          or "basic_display"
        refused("Invalid authorization code", call(flavour, code(other)))
      end)

      it("wants the app, the secret, the address to the byte", function()
        local text = code(flavour)
        refused("Invalid platform app", call(flavour, text, { client_id = "1" }))
        refused(VERIFICATION, call(flavour, text, { client_secret = "wrong" }))
        for _, uri in ipairs { "https://localhost/auth", "https://localhost/auth/?",
          "https://localhost/auth/?redirect_state=x", "https://localhost/AUTH/" } do
          refused(VERIFICATION, call(flavour, text, { redirect_uri = uri }))
        end
        refused("Invalid grant_type", call(flavour, text, { grant_type = "code" }))
        sandbox:control("settings", { wrong_secret = "secret" })
        refused("Error validating client secret",
          call(flavour, text, { client_secret = "wrong" }))
        assert.equal(200, call(flavour, text).status)
      end)

      it("refuses a query that the window let pass", function()
        local uri = "https://localhost/auth/?redirect_state=x"
        local text = code(flavour, { window = { redirect_uri = uri } })
        refused(VERIFICATION, call(flavour, text, { redirect_uri = uri }))
      end)

      it("reads multipart, app_id and app_secret, a slash at the end", function()
        local form = http.code_form(sandbox, flavour, code(flavour))
        local parts = {}
        for name, value in pairs(form) do
          name = name:gsub("^client_", "app_")
          parts[#parts + 1] = '--x\r\nContent-Disposition: form-data; name="' .. name
            .. '"\r\n\r\n' .. value .. "\r\n"
        end
        local answer = http.request(sandbox, { path = "/oauth/access_token/",
          body = table.concat(parts) .. "--x--\r\n",
          headers = { ["Content-Type"] = "multipart/form-data; boundary=x" } })
        assert.equal(200, answer.status)
      end)

      it("reads neither queries nor JSON", function()
        local form = http.code_form(sandbox, flavour, code(flavour))
        refused("Missing required field client_id", http.request(sandbox,
          { path = "/oauth/access_token", query = form, method = "POST" }))
        refused("Missing required field client_id", http.request(sandbox, {
          path = "/oauth/access_token",
          body = '{"client_id":"' .. form.client_id .. '"}',
          headers = { ["Content-Type"] = "application/json" } }))
        refused("Missing required field client_id",
          http.get(sandbox, "/oauth/access_token", form))
      end)

      it("answers a bare integer and no life", function()
        local answer = call(flavour, code(flavour))
        assert.is_nil(answer.body:find "expires_in")
        assert.is_nil(answer.body:find "token_type")
        local wanted = flavour == "basic_display" and "^17841%d+$" or "^2[5-8]%d+$"
        assert.matches(wanted, answer.body:match '"user_id": (%d+)')
        assert.equal(17, #answer.body:match '"user_id": (%d+)')
      end)

      it("can answer in the wrapped form", function()
        sandbox:control("settings", { token_shape = "wrapped" })
        local answer = call(flavour, code(flavour))
        assert.matches('^{"data": %[{"access_token": "IG%w+", "user_id": "%d+", '
          .. '"permissions": "[%a_,]+"}%]}$', answer.body)
      end)
    end)
  end

  it("is dead for Basic Display after the shutdown", function()
    local text = code "basic_display"
    sandbox:control("settings", { shutdown = true })
    assert.equal(200, call("basic_display", text).status)
    sandbox:set_clock(1733270400)
    refused("Invalid platform app", call("basic_display", text))
    refused("Invalid authorization code", call("instagram_login", "x"))
  end)

  it("takes no code of an app the person removed", function()
    local text = code "basic_display"
    sandbox:control("remove_app", { username = "anna", flavour = "basic_display" })
    refused("Invalid authorization code", call("basic_display", text))
  end)

  it("takes no code of the successor while its account is personal", function()
    local function become(kind)
      sandbox:control("update_user", { username = "anna", account_type = kind })
    end
    local text, other = code "instagram_login", code "basic_display"
    become "PERSONAL"
    refused("Invalid authorization code", call("instagram_login", text))
    assert.equal("PERSONAL accounts cannot use instagram_login",
      http.last(sandbox).reason)
    assert.equal(200, call("basic_display", other).status)
    become "BUSINESS"
    assert.equal(200, call("instagram_login", text).status)
  end)
end)
