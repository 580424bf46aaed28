-- Files: which address is asked, and when a fresh one is asked for.
local fake = require "spec.support.fake_core"

describe("a file", function()
  local instagram, core, client, hosts, fresh

  before_each(function()
    hosts, fresh = {}, nil
    instagram, core = fake.load(function(question)
      if question.method == "get" then
        if not fresh then return fake.failure("not_found", "gone", { code = 100 }) end
        return { id = "5", media_url = fresh }, {}
      end
      local kind = hosts[question.path]
      if kind then return fake.failure("api", "host says no", { status = kind }) end
      if question.method == "fetch" then return "bytes", "image/jpeg" end
      return { path = question.file, bytes = 5, type = "image/jpeg", resumed = 0 }
    end)
    client = instagram.open "IGtest"
  end)
  after_each(fake.unload)

  local function asked()
    local list = {}
    for _, question in ipairs(core.questions) do
      list[#list + 1] = question.method .. " " .. question.path
    end
    return list
  end

  it("is fetched by address or by media", function()
    local bytes, kind = client:fetch "https://x/a.jpg"
    assert.equal("bytes", bytes)
    assert.equal("image/jpeg", kind)
    client:fetch { id = "5", media_url = "https://x/b.jpg" }
    assert.same({ "fetch https://x/a.jpg", "fetch https://x/b.jpg" }, asked())
  end)

  it("is downloaded or fetched, and its end is told", function()
    local told = {}
    local options = {
      on_progress = function(received, total) told[#told + 1] = { received, total } end,
    }
    local file = client:download("https://x/a.jpg", "out.jpg", options)
    assert.same({ path = "out.jpg", bytes = 5, type = "image/jpeg", resumed = 0 }, file)
    assert.same({ { 5, 5 } }, told)
    assert.equal("bytes", (client:fetch("https://x/a.jpg", options)))
    assert.same({ { 5, 5 }, { 5, 5 } }, told)
    hosts["https://x/a.jpg"] = 404
    client:fetch("https://x/a.jpg", options)
    assert.equal(2, #told)
  end)

  it("without address is a failure that says why", function()
    local bytes, message, err = client:fetch { id = "5" }
    assert.is_nil(bytes)
    assert.matches("media 5 has no media_url", message)
    assert.equal("not_found", err.kind)
    assert.matches("copyrighted", err.advice)
    assert.same({}, asked())
  end)

  for _, status in ipairs { 403, 410 } do
    it("gets a fresh address after HTTP " .. status .. ", once", function()
      hosts["https://x/old"], fresh = status, "https://x/new"
      assert.equal("bytes", (client:fetch { id = "5", media_url = "https://x/old" }))
      assert.same({ "fetch https://x/old", "get /5", "fetch https://x/new" }, asked())
      assert.equal("id,media_url", core.questions[2].params.fields)
      hosts["https://x/new"] = status
      local bytes, _, err = client:fetch { id = "5", media_url = "https://x/old" }
      assert.is_nil(bytes)
      assert.equal(status, err.status)
      assert.equal(6, #asked())
    end)
  end

  it("gets a fresh address at once when the old one says it is over", function()
    fresh = "https://x/new"
    local past = ("https://x/old?a=1&oe=%X"):format(core.clock - 1)
    assert.equal("bytes", (client:fetch { id = "5", media_url = past }))
    assert.same({ "get /5", "fetch https://x/new" }, asked())
    local ahead = ("https://x/old?oe=%X"):format(core.clock + 100)
    client:fetch { id = "5", media_url = ahead }
    assert.equal("fetch " .. ahead, asked()[3])
  end)

  it("does so by the app's clock", function()
    local late = instagram.open("IGtest", { now = function() return 5000 end })
    fresh = "https://x/new"
    late:fetch { id = "5", media_url = ("https://x/old?oe=%X"):format(4000) }
    assert.equal("get /5", asked()[1])
  end)

  it("is tried by its old address when there is no other", function()
    hosts["https://x/old"] = 403
    local _, _, err = client:fetch "https://x/old"
    assert.equal(403, err.status)
    assert.matches("expire: ask client:item(id) anew. Given the media", err.advice, 1,
      true)
    fresh = "https://x/old"
    _, _, err = client:fetch { id = "5", media_url = "https://x/old" }
    assert.equal(403, err.status)
    assert.equal(3, #asked())
  end)

  it("fails as the renewal fails", function()
    hosts["https://x/old"] = 403
    local bytes, message = client:fetch { id = "5", media_url = "https://x/old" }
    assert.is_nil(bytes)
    assert.matches("gone", message)
  end)

  it("whose address says that it is over gets the same advice", function()
    local past = ("https://x/old?oe=%X"):format(core.clock - 1)
    hosts[past] = 404
    local _, _, err = client:download(past, "out")
    assert.matches("Addresses of files expire", err.advice)
    hosts["https://x/none"] = 404
    _, _, err = client:download("https://x/none", "out")
    assert.not_matches("expire", err.advice)
  end)

  it("is not renewed after other failures", function()
    hosts["https://x/old"] = 404
    client:download({ id = "5", media_url = "https://x/old" }, "out")
    assert.equal(1, #asked())
  end)

  it("refuses what is no media, path or option", function()
    assert.error_matches(function() client:fetch() end, "'media' to fetch")
    assert.error_matches(function() client:download(3, "x") end, "'media' to download")
    for _, address in ipairs { 5, {}, false } do
      assert.error_matches(function()
        client:fetch { id = "5", media_url = address }
      end, "'media' to fetch %(its media_url must be a string, got")
    end
    assert.error_matches(function() client:download "https://x/y" end,
      "'path' to download")
    assert.error_matches(function() client:download("https://x/y", "") end,
      "'path' to download")
    assert.error_matches(function()
      client:download("https://x/y", "z", { on_progres = print })
    end, "did you mean 'on_progress'")
    assert.error_matches(function()
      client:fetch("https://x/y", { on_progress = true })
    end, "'on_progress' to fetch %(function expected")
    assert.same({}, asked())
  end)
end)
