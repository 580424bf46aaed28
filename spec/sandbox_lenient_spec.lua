-- The lenient sandbox forgives what real-world clients get wrong; the strict one, which
-- is the default, answers as recorded. What was forgiven stands in the journal.
local http = require "spec.support.sandbox_http"

describe("lenient", function()
  local lenient, strict

  setup(function()
    lenient = require("instagram.sandbox").start { data = "empty", strict = false }
    strict = require("instagram.sandbox").start { data = "empty" }
    for _, sandbox in ipairs { lenient, strict } do
      sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    end
  end)
  teardown(function()
    lenient:stop()
    strict:stop()
  end)

  -- The code call in both; what is forgiven is refused by the strict one.
  local function both(change, message)
    local answers = {}
    for i, sandbox in ipairs { lenient, strict } do
      local spec = { path = "/oauth/access_token", method = "POST" }
      change(sandbox, spec)
      answers[i] = http.request(sandbox, spec)
    end
    assert.equal(200, answers[1].status, answers[1].body)
    assert.equal(400, answers[2].status)
    assert.matches(message, answers[2].body, 1, true)
    assert.matches("^lenient: ", http.last(lenient).notes[1])
    assert.is_nil(http.last(strict).notes)
    return answers[1]
  end

  for _, flavour in ipairs { "basic_display", "instagram_login" } do
    it("adds token_type to the short-lived answer of " .. flavour, function()
      for sandbox, wanted in pairs { [lenient] = true, [strict] = false } do
        local answer = http.short(sandbox, flavour, "anna")
        assert.equal(wanted, answer.body:find("token_type", 1, true) ~= nil)
      end
    end)

    it("takes a code with its #_ by " .. flavour, function()
      both(function(sandbox, spec)
        spec.form = http.code_form(sandbox, flavour,
          http.code(sandbox, flavour, "anna") .. "#_")
      end, "Invalid authorization code")
    end)

    it("takes a redirect_uri with a query of its own by " .. flavour, function()
      local uri = "https://localhost/auth/?redirect_state=x"
      both(function(sandbox, spec)
        local code = http.code(sandbox, flavour, "anna",
          { window = { redirect_uri = uri } })
        spec.form = http.code_form(sandbox, flavour, code, { redirect_uri = uri })
      end, "Error validating verification code")
    end)

    it("reads the code call from a query by " .. flavour, function()
      both(function(sandbox, spec)
        spec.query = http.code_form(sandbox, flavour,
          http.code(sandbox, flavour, "anna"))
      end, "Missing required field client_id")
    end)

    it("forgives nothing that decides who may in, by " .. flavour, function()
      local code = http.code(lenient, flavour, "anna")
      for _, change in ipairs { { client_secret = "wrong" }, { client_id = "1" },
        { redirect_uri = "https://localhost/other/" }, { code = "AQ" } } do
        assert.equal(400, http.post(lenient, "/oauth/access_token",
          http.code_form(lenient, flavour, code, change)).status)
      end
      assert.equal(200, http.post(lenient, "/oauth/access_token",
        http.code_form(lenient, flavour, code)).status)
      assert.equal(400, http.post(lenient, "/oauth/access_token",
        http.code_form(lenient, flavour, code)).status)
    end)
  end

  it("takes dotted paths, as before April 2021", function()
    for sandbox, status in pairs { [lenient] = 200, [strict] = 500 } do
      assert.equal(status, http.get(sandbox, "/me/media", {
        access_token = sandbox:generate_token "anna",
        fields = "children.media_type,id" }).status)
    end
  end)

  it("is a switch", function()
    lenient:control("settings", { strict = true })
    assert.is_nil(http.short(lenient, "basic_display", "anna").body:find "_type")
    lenient:control("settings", { strict = false })
    assert.matches('"token_type": "bearer"}$',
      http.short(lenient, "basic_display", "anna").body)
    assert.is_false(lenient:control("status").strict)
  end)
end)
