-- How the graph host of the sandbox refuses: paths, methods, objects;
-- the shape of every error it knows; headers, CORS, ETag, HEAD, compression.
local http = require "spec.support.sandbox_http"
local shape = require "spec.support.json_shape"

local GONE = " does not exist, cannot be loaded due to missing permissions, or does "
  .. "not support this operation"

describe("the graph host", function()
  local sandbox, token, id

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    id = sandbox:control("add_media", { username = "anna", type = "IMAGE" }).id
    token = sandbox:generate_token "anna"
  end)
  teardown(function() sandbox:stop() end)
  before_each(function() sandbox:control "reset" end)

  local function ask(path, spec)
    spec = spec or {}
    spec.path = path
    spec.query = spec.query or { access_token = token }
    return assert(http.request(sandbox, spec))
  end

  local function refused(answer, code, message, status)
    assert.equal(status or 400, answer.status, answer.body)
    assert.equal(message, answer:error().message)
    assert.equal(code, answer:error().code)
    local entry = http.last(sandbox)
    assert.is_string(entry.reason)
    assert.is_string(entry.refused)
    assert.equal(answer.status, entry.status)
  end

  it("serves no batch requests, and says why", function()
    local batch = '[{"method":"GET","relative_url":"me"}]'
    for _, path in ipairs { "/", "/me", "/v18.0/" } do
      refused(http.post(sandbox, path, { access_token = token, batch = batch }), 100,
        "Unsupported request - method type: post")
      assert.matches("^batch requests are not served here", http.last(sandbox).reason)
    end
    refused(ask("/", { method = "POST",
      query = { access_token = token, batch = batch } }), 100,
      "Unsupported request - method type: post")
    refused(ask("/", { query = { access_token = token, batch = batch } }), 2500,
      "Unknown path components: /")
    assert.matches("^batch requests", http.last(sandbox).notes[1])
    refused(http.post(sandbox, "/", { access_token = "x", batch = batch }), 190,
      "Invalid OAuth access token.")
  end)

  it("serves no JSONP: the answer is JSON, and the journal says so", function()
    local plain = ask "/me"
    local answer = ask("/me", { query = { access_token = token, callback = "show" } })
    assert.same({ 200, plain.body, plain:header "Content-Type" },
      { answer.status, answer.body, answer:header "Content-Type" })
    assert.same({ "callback: JSONP is not served here, the answer is JSON" },
      http.last(sandbox).notes)
  end)

  it("knows no such objects", function()
    for _, object in ipairs { "17899999999999999", "0", "1", "3518610791",
      "17841400000000000", ("9"):rep(300), "17990019999999900" } do
      refused(ask("/" .. object), 100, "Unsupported get request. Object with ID '"
        .. object .. "'" .. GONE)
      assert.equal(33, ask("/" .. object .. "/children"):error().error_subcode)
    end
  end)

  it("takes no names for ids", function()
    for _, name in ipairs { "anna", "sample_handle", "Me", "1x", "-1",
      "17841%2F1", "%27%20OR%201%3D1", "%00" } do
      local text = http.decode(name)
      local answer = ask("/" .. name)
      assert.equal(803, answer:error().code, name)
      if name ~= "%00" then
        refused(answer, 803, "Object with ID '" .. text .. "'" .. GONE)
      end
    end
    sandbox:control("settings", { username_status = 404 })
    assert.equal(404, ask("/anna").status)
  end)

  it("knows no such paths", function()
    for path, message in pairs { ["/"] = "/", ["/me/nothing"] = "/nothing",
      ["/me/media/more"] = "/more", ["/me/insights/impressions/day"] =
        "/impressions/day", ["/" .. id .. "/media"] = "/media",
      ["/" .. id .. "/children/x/y"] = "/x/y", ["/me/children"] = "/children",
      ["/v21.0/me/tags"] = "/tags", ["/me/me"] = "/me" } do
      refused(ask(path), 2500, "Unknown path components: " .. message)
    end
    sandbox:control("settings", { path_status = 500 })
    assert.equal(500, ask("/me/nothing").status)
  end)

  it("is for reading", function()
    for method, path in pairs { POST = "/me", DELETE = "/me", PUT = "/me",
      PATCH = "/me/media" } do
      refused(ask(path, { method = method }), 100,
        "Unsupported request - method type: " .. method:lower())
    end
    refused(ask("/" .. id, { method = "DELETE" }), 100, "Unsupported delete request. "
      .. "Object with ID '" .. id .. "'" .. GONE)
    refused(ask("/" .. id, { method = "POST" }), 100, "Unsupported post request. "
      .. "Object with ID '" .. id .. "'" .. GONE)
    refused(ask("/17899999999999999", { method = "DELETE" }), 100, "Unsupported delete "
      .. "request. Object with ID '17899999999999999'" .. GONE)
    refused(ask("/" .. id .. "/children", { method = "POST" }), 100,
      "Unsupported request - method type: post")
    refused(ask("/", { method = "POST", query = { ids = id, access_token = token } }),
      100, "Unsupported request - method type: post")
    assert.equal(200, ask("/" .. id).status)
  end)

  it("wants a token first", function()
    refused(ask("/me", { query = {} }), 2500, "An active access token must be used to "
      .. "query information about the current user.")
    for _, path in ipairs { "/", "/" .. id, "/nothing", "/v99.0/x",
      "/access_token/x" } do
      refused(ask(path, { query = {} }), 104,
        "An access token is required to request this resource.")
      refused(ask(path, { query = { access_token = "x" } }), 190,
        "Invalid OAuth access token.")
    end
  end)

  it("can be told to refuse with every error it knows, in one shape", function()
    local errors = require "instagram.sandbox.errors"
    local names = {}
    for name in pairs(errors.graph) do names[#names + 1] = name end
    for _, name in ipairs(names) do
      assert(sandbox:control("settings", { refuse_all = name }))
      local answer = ask "/me"
      local known = errors.graph[name]
      assert.equal(name == "deactivated_200" and 200 or known[1], answer.status)
      local error = shape.read(answer.body).members.error
      assert.equal("message:string type:string"
        .. (known.transient and " is_transient:boolean" or "") .. " code:number"
        .. (known.subcode and " error_subcode:number" or "") .. " fbtrace_id:string",
        shape.members(error))
      assert.is_nil(error.members.message.raw:find("%", 1, true))
      assert.equal(answer:header "X-FB-Request-ID", error.members.fbtrace_id.raw)
      local word = known[3] == 190 and "invalid_token" or "invalid_request"
      assert.equal('OAuth "Facebook Platform" "' .. word .. '" "'
        .. answer:error().message:gsub('[\\"]', "\\%0") .. '"',
        answer:header "WWW-Authenticate")
      assert.equal("no-store", answer:header "Cache-Control")
      assert.equal("*", answer:header "Access-Control-Allow-Origin")
      assert.is_nil(answer:header "ETag")
      assert.is_nil(answer:header "Instagram-Api-Version")
      assert.equal(name, http.last(sandbox).refused)
    end
    assert(sandbox:control("settings", { refuse_all = false }))
    assert.equal(200, ask("/me").status)
  end)

  it("puts nothing of the request into headers as it came", function()
    local answer = ask("/me", { query = { access_token = token,
      fields = 'x\r\nSet-Cookie: a=b\r\n"\\\195\164' } })
    assert.equal(500, answer.status)
    assert.is_nil(answer:header "Set-Cookie")
    assert.is_nil(answer:header("WWW-Authenticate"):find "[%c\128-\255]")
    for _, char in ipairs { "<script>", "'; DROP TABLE users; --", "%s%d%n" } do
      assert.equal(803, ask("/" .. http.encode(char)):error().code)
    end
    assert.equal(200, ask("/me").status)
  end)

  it("lets browsers read", function()
    assert.equal("*", ask("/me"):header "Access-Control-Allow-Origin")
    local answer = ask("/me", { method = "OPTIONS", query = {}, headers = {
      Origin = "https://example.com", ["Access-Control-Request-Method"] = "GET" } })
    assert.equal(200, answer.status)
    assert.equal("*", answer:header "Access-Control-Allow-Origin")
    assert.matches("Authorization", answer:header "Access-Control-Allow-Headers")
    assert.matches("GET", answer:header "Access-Control-Allow-Methods")
  end)

  it("answers HEAD as GET without the body", function()
    for _, path in ipairs { "/me", "/me/media", "/" .. id, "/nothing" } do
      local get, head = ask(path), ask(path, { method = "HEAD" })
      assert.equal(get.status, head.status)
      assert.equal("", head.body)
      assert.equal(#get.body, tonumber(head:header "Content-Length"))
      assert.equal(get:header "ETag", head:header "ETag")
    end
  end)

  it("says 304 to its own ETag", function()
    for _, path in ipairs { "/me", "/me/media", "/" .. id } do
      local tag = ask(path):header "ETag"
      assert.matches('^"%x+"$', tag)
      local function again(value)
        return ask(path, { headers = { ["If-None-Match"] = value } })
      end
      for _, value in ipairs { tag, "*", '"x", ' .. tag } do
        local answer = again(value)
        assert.equal(304, answer.status)
        assert.equal("", answer.body)
        assert.equal(tag, answer:header "ETag")
      end
      assert.equal(200, again('"x"').status)
      sandbox:control("settings", { not_modified = false })
      assert.equal(200, again(tag).status)
      sandbox:control "reset"
    end
    local before = ask("/me", { query = { access_token = token, fields = "name" } })
    sandbox:control("update_user", { username = "anna", name = "New" })
    local after = ask("/me", { query = { access_token = token, fields = "name" },
      headers = { ["If-None-Match"] = before:header "ETag" } })
    assert.equal(200, after.status)
    assert.equal("New", after:json().name)
  end)

  it("compresses for who can read it", function()
    local plain = ask "/me"
    assert.is_nil(plain:header "Vary")
    local packed = ask("/me", { headers = { ["Accept-Encoding"] = "gzip, deflate" } })
    assert.equal("gzip", packed:header "Content-Encoding")
    assert.equal("Accept-Encoding", packed:header "Vary")
    assert.equal("\31\139", packed.body:sub(1, 2))
    assert.equal(plain:header "ETag", packed:header "ETag")
    assert.equal("gzip", ask("/nothing", { headers = { ["Accept-Encoding"] = "gzip" } })
      :header "Content-Encoding")
  end)

  it("reads odd queries as the world sends them", function()
    local fields = "&fields=id,username"
    local wanted = ask("/me", { query = "access_token=" .. token .. fields }).body
    for _, query in ipairs {
      "&&access_token=" .. token .. "&&" .. fields .. "&", -- empty pairs
      "access_token=" .. token .. "&fields=%20id%20%2C%20username%20", -- blanks
      "access_token=" .. token .. "&fields=+id+,+username",
      "access%5Ftoken=" .. token .. fields,
      "access_token=x&access_token=" .. token .. fields, -- repeated: the last
      "fields=id&access_token=" .. token .. fields,
      "=x&x&access_token=" .. token .. fields .. "&appsecret_proof=1&callback=f",
    } do
      assert.equal(wanted, ask("/me", { query = query }).body, query)
    end
    -- fields given twice: the last counts, and the journal says so
    local twice = ask("/me", { query = "access_token=" .. token
      .. "&fields=id&fields=username" })
    assert.matches('^{"username":"anna","id":"%d+"}$', twice.body)
    assert.matches("fields came more than once", http.last(sandbox).notes[1])
  end)

  it("shows usage in each flavour's words", function()
    local bd = sandbox:generate_token("anna", "basic_display")
    assert.is_nil(ask("/me"):header "X-App-Usage")
    sandbox:control("settings", {
      app_usage = { call_count = 28, total_time = 8, total_cputime = 1 },
      business_usage = { call_count = 99, total_time = 3, total_cputime = 4,
        estimated_time_to_regain_access = 19 } })
    assert.equal('{"call_count":28,"total_cputime":1,"total_time":8}',
      ask("/me", { query = { access_token = bd } }):header "X-App-Usage")
    local answer = ask "/me"
    assert.equal('{"call_volume":28,"cpu_time":1}', answer:header "X-App-Usage")
    assert.matches('^{"17841%d+":%[{"type":"instagram","call_count":99,'
      .. '"total_cputime":4,"total_time":3,"estimated_time_to_regain_access":19}%]}$',
      answer:header "X-Business-Use-Case-Usage")
    assert.is_nil(ask("/me", { query = { access_token = bd } })
      :header "X-Business-Use-Case-Usage")
    -- on refusals as well
    assert.is_string(ask("/nothing"):header "X-App-Usage")
    sandbox:control("settings", { app_usage = false, business_usage = false })
    assert.is_nil(ask("/me"):header "X-App-Usage")
  end)
end)
