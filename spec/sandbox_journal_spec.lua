-- The sandbox's journal: what it tells of each request, and what it keeps to itself.
local control = require "spec.support.control"
local http = require "spec.support.sandbox_http"

local START = control.START

describe("control", function()
  local sandbox

  setup(function() sandbox = control.start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() control.renew(sandbox) end)

  local function person(spec) return control.person(sandbox, spec) end

  describe("the journal", function()
    before_each(function() sandbox:clear_requests() end)

    it("tells what was asked, of whom, and what came of it", function()
      local name = person { account_type = "BUSINESS" }
      local token = sandbox:generate_token(name)
      http.get(sandbox, "/v18.0/me/media", "access_token=" .. token .. "&limit=5")
      http.get(sandbox, "/me", "fields=nothing&access_token=" .. token)
      local first, second = sandbox:requests()[1], sandbox:requests()[2]
      assert.equal("GET", first.method)
      assert.equal("/v18.0/me/media", first.path)
      assert.equal("access_token=[redacted]&limit=5", first.query)
      assert.equal(200, first.status)
      assert.equal("user/media", first.endpoint)
      assert.equal(START, first.time)
      assert.equal(sandbox:credentials().client_id, first.client_id)
      assert.matches("^17841", first.user_id)
      assert.is_nil(first.reason)
      assert.equal(400, second.status)
      assert.equal("nonexisting_field", second.refused)
      assert.equal("no such field on a user of instagram_login", second.reason)
      assert.equal(first.number + 1, second.number)
    end)

    it("holds no secret, wherever one was put", function()
      local name = person { account_type = "BUSINESS" }
      local long = sandbox:generate_token(name, "basic_display")
      local app = sandbox:credentials "basic_display"
      local code = http.code(sandbox, "basic_display", name)
      local form = http.code_form(sandbox, "basic_display", code)
      local short = http.post(sandbox, "/oauth/access_token", form).body
        :match '"(IG%w+)"'
      http.post(sandbox, "/oauth/access_token/", form)
      http.exchange(sandbox, "basic_display", short)
      http.get(sandbox, "/me", { access_token = long })
      http.get(sandbox, "/me", "access%5Ftoken=" .. long .. "&access%5ftoken=" .. long)
      http.get(sandbox, "/me", nil, { Authorization = "Bearer " .. long })
      http.get(sandbox, "/" .. long, { access_token = "x" })
      http.get(sandbox, "/me&access_token=" .. long)
      http.get(sandbox, "/me", { access_token = long .. "x", input_token = long })
      http.request(sandbox, { path = "/me", form = { access_token = long } })
      http.get(sandbox, "/oauth/access_token", form)
      http.request(sandbox, { path = "/oauth/access_token", body = '{"code":"' .. code
        .. '"}', headers = { ["Content-Type"] = "application/json" } })
      local text = http.get(sandbox, "/_sandbox/requests").body
      assert.is_true(#sandbox:requests() >= 12)
      for _, secret in ipairs { long, short, code, app.client_secret } do
        assert.is_nil(text:find(secret, 1, true))
      end
      assert.matches("%[redacted%]", text)
    end)

    it("keeps the newest, as many as the switch says", function()
      sandbox:control("settings", { journal_size = 3 })
      for i = 1, 5 do http.get(sandbox, "/nothing" .. i) end
      local list = sandbox:requests()
      assert.equal(3, #list)
      assert.equal("/nothing3", list[1].path)
      local newer = sandbox:control("requests", { since = list[3].number }).requests
      assert.equal(1, #newer)
      assert.equal("/nothing5", newer[1].path)
      assert.equal(list[3].number, sandbox:control("status").requests)
    end)

    it("is JSON whatever was sent, and short", function()
      http.get(sandbox, "/%ff\255\"\\", "\255=\1&" .. ("x"):rep(20000) .. "=1")
      http.post(sandbox, "/oauth/access_token", { { "\255", ("y"):rep(2 ^ 20) } })
      local many = {}
      for i = 1, 3000 do many[i] = { "a", tostring(i) } end
      http.post(sandbox, "/oauth/access_token", many)
      local answer = http.get(sandbox, "/_sandbox/requests")
      assert.is_true(#answer.body < 60000)
      local list = answer:json().requests
      assert.equal(3, #list)
      assert.equal("/%ff\239\191\189\"\\", list[1].path)
      assert.equal("\239\191\189", list[2].form[1][1])
      assert.equal(20, #list[3].notes)
    end)
  end)
end)
