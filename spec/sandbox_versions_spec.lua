-- Versions in the sandbox: in the path, by default, expired, of the future,
-- never released; and what differs between them.
local http = require "spec.support.sandbox_http"

local NOW = 1698796800 -- 1 November 2023

describe("versions", function()
  local sandbox, tokens

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    sandbox:control("add_media", { username = "anna", type = "IMAGE" })
    sandbox:control("add_media", { username = "anna", type = "IMAGE" })
  end)
  teardown(function() sandbox:stop() end)

  local function at(epoch)
    sandbox:set_clock(epoch)
    tokens = { basic_display = sandbox:generate_token("anna", "basic_display"),
      instagram_login = sandbox:generate_token("anna", "instagram_login") }
  end

  before_each(function()
    sandbox:control "reset"
    at(NOW)
    for flavour in pairs(tokens) do
      sandbox:control("update_app", { flavour = flavour, version = "v18.0" })
    end
  end)

  local function served(version, flavour)
    local answer = http.get(sandbox, (version and "/" .. version or "") .. "/me",
      { access_token = tokens[flavour or "basic_display"] })
    return answer:header "Instagram-Api-Version", answer
  end

  it("are the app's when the path has none", function()
    assert.equal("v18.0", served())
    sandbox:control("update_app", { flavour = "basic_display", version = "v16.0" })
    assert.equal("v16.0", served())
    assert.equal("v18.0", served(nil, "instagram_login"))
    local result, message = sandbox:control("update_app", { version = "v99.0" })
    assert.is_nil(result)
    assert.matches("no version 'v99.0'", message)
  end)

  it("are the newest of a new app's day", function()
    for now, version in pairs { [1579000000] = "v1.0", [1640000000] = "v12.0",
      [1798000000] = "v26.0" } do
      local other = require("instagram.sandbox").start { data = "empty", now = now }
      other:control("add_user", { username = "anna" })
      local token = other:generate_token("anna", "basic_display")
      assert.equal(version, http.get(other, "/me", { access_token = token })
        :header "Instagram-Api-Version")
      other:stop()
    end
  end)

  it("are those of the path while they live", function()
    for _, version in ipairs { "v13.0", "v15.0", "v18.0" } do
      assert.equal(version, served(version))
    end
  end)

  it("are the oldest living one when expired", function()
    for _, version in ipairs { "v1.0", "v11.0", "v12.0" } do
      assert.equal("v12.0", served(version))
    end
    sandbox:control("update_app", { flavour = "basic_display", version = "v12.0" })
    at(1707350400) -- 8 February 2024: two years after v13.0 came out
    assert.equal("v13.0", served("v12.0"))
    assert.equal("v13.0", served())
    local result, message = sandbox:control("update_app", { version = "v12.0" })
    assert.is_nil(result)
    assert.matches("version 'v12.0' is not available", message)
  end)

  it("of Graph before v11.0 are what v1.0 is: of their time, then expired", function()
    for _, version in ipairs { "v2.0", "v2.12", "v3.3", "v7.0", "v9.0", "v10.0" } do
      assert.equal("v12.0", served(version))
    end
    local result, message = sandbox:control("update_app", { version = "v10.0" })
    assert.is_nil(result)
    assert.matches("version 'v10.0' is not available", message)
    at(1640000000) -- December 2021
    local version, answer = served "v10.0"
    assert.equal("v1.0", version)
    assert.matches("^17841%d+$", answer:json().id) -- "v10.0 and lower": the raw id
    assert.equal(16, #select(2, served "v11.0"):json().id)
    at(1579000000) -- January 2020
    assert.equal("v1.0", served "v5.0")
    for _, never in ipairs { "v1.1", "v2.13", "v3.4", "v4.1", "v10.1" } do
      assert.equal(2500, select(2, served(never)):error().code)
    end
  end)

  it("of the future are served, unless the switch says not", function()
    assert.equal("v21.0", served "v21.0")
    assert.equal("v26.0", served "v26.0")
    sandbox:control("settings", { future_versions = false })
    local version, answer = served "v21.0"
    assert.is_nil(version)
    assert.equal("Unknown path components: /v21.0/me", answer:error().message)
    assert.equal("no version v21.0 yet; future_versions = false",
      http.last(sandbox).reason)
    at(1727913600)
    assert.equal("v21.0", served "v21.0")
  end)

  it("that never were are unknown paths", function()
    for path, message in pairs { ["v99.0"] = "/v99.0/me", ["v18.5"] = "/v18.5/me",
      ["v18"] = "/v18/me", ["v18.0/v18.0"] = "/v18.0/me", ["v0.0"] = "/v0.0/me" } do
      local _, answer = served(path)
      assert.equal(400, answer.status)
      assert.equal(2500, answer:error().code)
      assert.equal("Unknown path components: " .. message, answer:error().message)
    end
    served "v99.0"
    assert.equal("no version v99.0 was ever released", http.last(sandbox).reason)
    sandbox:control("settings", { path_status = 500 })
    assert.equal(500, select(2, served "v99.0").status)
  end)

  it("decide about ids: raw up to v10.0, the app's own since", function()
    local scoped = select(2, served()):json().id
    assert.equal(16, #scoped)
    at(1600000000) -- 2020: there was only v1.0
    local version, answer = served()
    assert.equal("v1.0", version)
    assert.matches("^17841%d+$", answer:json().id)
    assert.equal(17, #answer:json().id)
    assert.equal(scoped, select(2, served "v18.0"):json().id)
    -- the successor has only its own
    assert.matches("^2[5-8]", select(2, served(nil, "instagram_login")):json().id)
  end)

  it("are told by errors from 23 July 2024 on", function()
    local function told(path, token)
      local answer = http.get(sandbox, path, { access_token = token })
      assert.is_string(answer:error().message)
      return answer:header "Instagram-Api-Version"
    end
    at(1721692799)
    assert.is_nil(told("/v19.0/1", tokens.basic_display))
    at(1721692800)
    assert.equal("v19.0", told("/v19.0/1", tokens.basic_display))
    assert.equal("v19.0", told("/v19.0/me", "nonsense"))
    assert.equal("v20.0", told("/me", "nonsense")) -- the newest
    assert.equal("v20.0", told("/v99.0/me"))
    assert.equal("v14.0", told("/v11.0/me")) -- the oldest living one
    assert.equal(sandbox:control("apps").apps[1].version,
      told("/1", tokens.basic_display))
    sandbox:fault { on = "/me", kind = "status", times = 1 }
    assert.equal("v20.0", told("/me", tokens.basic_display))
    -- api.instagram.com has no versions
    assert.is_nil(http.post(sandbox, "/oauth/access_token", {})
      :header "Instagram-Api-Version")
  end)

  it("stand in every link", function()
    for version, path in pairs { ["v18.0"] = "/me/media", ["v15.0"] = "/v15.0/me/media",
      ["v12.0"] = "/v11.0/me/media", ["v21.0"] = "/v21.0/me/media" } do
      local answer = http.get(sandbox, path, { limit = 1,
        access_token = tokens.basic_display })
      assert.matches("/" .. version .. "/17841", answer:json().paging.next, 1, true)
    end
  end)
end)
