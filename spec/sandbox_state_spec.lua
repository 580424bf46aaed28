-- Sandboxes as wholes: two in one process share nothing, one seed gives the same bytes,
-- a file keeps the state; and their JSON, read and written.
local http = require "spec.support.sandbox_http"

local DAY = 86400
local START = 1698796800

local function start(options)
  options = options or {}
  options.data = options.data or "empty"
  return assert(require("instagram.sandbox").start(options))
end

describe("the sandbox's JSON", function()
  local json = require "instagram.sandbox.json"
  local read = require "instagram.sandbox.json_read"

  it("is read strictly, ids whole", function()
    assert.same({ a = { 1, -2.5, 1000, "x", true, false, {} }, b = {} },
      read ' { "a" : [1, -2.5, 1e3, "x", true, false, {}], "b": [ ], "c":null}\n')
    assert.same({ "17841405793187219", "-17841405793187219", 9007199254740992 },
      read "[17841405793187219,-17841405793187219,9007199254740992]")
    assert.same({ '"\\/\b\f\n\r\tA\195\164\226\130\172\240\159\145\140' },
      read [=[["\"\\\/\b\f\n\r\t\u0041\u00e4\u20AC\ud83d\udc4c"]]=])
    local lost = "\239\191\189" -- lone surrogates
    assert.same({ lost .. "x", lost .. lost, lost .. "A" },
      read [=[["\ud83dx","\ud83d\ud83d","\udc4c\u0041"]]=])
    for _, bad in ipairs { "", " ", "{", "}", "[1,]", "[,]", '{"a"}', '{"a":}', "{a:1}",
      '{"a":1,}', "[1 2]", '"', '"\\x"', '"\\u12"', "01", "1.", "1.e5", ".5", "+1", "-",
      "nul", "[1]]", "tru", "\239\187\191{}", ("["):rep(70) .. ("]"):rep(70) } do
      local value, problem = read(bad)
      assert.is_nil(value, bad)
      assert.matches("at byte %d+$", problem)
    end
  end)

  it("is written for each host in its own way", function()
    local value = json.object("b", "/%\195\164\1", "a", json.array(), "n", nil,
      "id", json.raw "17841405793187219", "t", true, "f", 1.5)
    assert.equal([[{"b":"\/\u0025\u00e4\u0001","a":[],"id":17841405793187219,"t":true,]]
      .. [["f":1.5}]], json.graph(value))
    assert.equal([[{"b": "/%\u00e4\u0001", "a": [], "id": 17841405793187219, ]]
      .. [["t": true, "f": 1.5}]], json.python(value))
    assert.equal('{"a":[1,2],"b":"/%\195\164\\u0001\239\191\189","c":{}}',
      json.plain { b = "/%\195\164\1\255", a = { 1, 2 }, c = {} })
    for _, broken in ipairs { "\195", "\195(", "\160", "\237\160\128",
      "\245\128\128\128", "\192\128", "\224\128\128", "\240\159\145" } do
      assert.matches("\\ufffd", json.graph(broken), 1, true)
    end
    assert.equal([["\ud83d\udc4c\u00e9"]], json.graph "\240\159\145\140\195\169")
    for _, bad in ipairs { 1 / 0, -1 / 0, 0 / 0, print } do
      assert.has_error(function() json.plain { bad } end)
    end
  end)
end)

describe("sandboxes", function()
  -- What a client would see of one: a login and some reading, as one text.
  local function story(sandbox, user)
    local out = {}
    local function note(answer)
      for _, pair in ipairs(answer.headers) do
        out[#out + 1] = pair[1] .. ":" .. pair[2]
      end
      out[#out + 1] = answer.body
      return answer
    end
    local host = { Host = "graph.instagram.com" }
    local token = note(http.short(sandbox, "instagram_login", user))
      .body:match '"(IG%w+)"'
    note(http.exchange(sandbox, "instagram_login", token))
    note(http.get(sandbox, "/me", { access_token = token, fields = "id,user_id" }))
    local page = note(http.get(sandbox, "/me/media", { access_token = token,
      fields = "media_url,permalink,children{media_url}" }, host)):json()
    note(http.follow(sandbox, page.paging.next, host))
    note(http.get(sandbox, "/nothing", { access_token = token }))
    return table.concat(out, "\n")
  end

  it("of one process share nothing", function()
    local a, b = start(), start { now = 1579000000 }
    assert.are_not.equal(a.url, b.url)
    a:control("add_user", { username = "anna", account_type = "BUSINESS" })
    b:control("add_user", { username = "anna", account_type = "BUSINESS" })
    a:control("add_media", { username = "anna", type = "IMAGE" })
    a:control("settings", { page_max = 5 })
    a:advance_clock(DAY)
    a:fault { kind = "status", status = 503 }
    local token = a:generate_token "anna"
    assert.equal(503, http.get(a, "/me").status)
    assert.equal(190, http.get(b, "/me", { access_token = token }):error().code)
    assert.equal(1579000000, b:now())
    assert.equal(100, b:control("settings").page_max)
    assert.equal(1, #b:requests())
    assert.equal(0, b:control("users").users[1].media_count)
    a:stop()
    assert.equal(400, http.get(b, "/me").status)
    b:stop()
  end)

  it("of one seed give the same bytes, of another seed others", function()
    local texts = {}
    for i, options in ipairs { {}, {}, { seed = "other" } } do
      options.data = "demo"
      local sandbox = start(options)
      texts[i] = story(sandbox, "demo_user")
      sandbox:stop()
    end
    assert.equal(texts[1], texts[2])
    for pattern in ([["id":"(%d+)" access_token=(%w+) after=(%w+) \/p\/([%w_-]+)
      (%d+_%d+_%d+)_n]]):gmatch "%S+" do
      assert.is_string(texts[3]:match(pattern))
      assert.are_not.equal(texts[1]:match(pattern), texts[3]:match(pattern))
    end
  end)

  it("give ids that do not depend on what was done before", function()
    local a, b = start(), start()
    a:control("add_user", { username = "first" })
    for _, sandbox in ipairs { a, b } do
      sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    end
    local first = a:control("add_media", { username = "anna", type = "IMAGE" }).id
    assert.equal(first,
      b:control("add_media", { username = "anna", type = "VIDEO" }).id)
    a:stop()
    b:stop()
  end)

  it("with a file go on where they were", function()
    local path = os.tmpname()
    local a = start { db = path, data = "demo" }
    a:set_clock(START + DAY)
    local token = a:generate_token "demo_user"
    local spent = http.code(a, "basic_display", "demo_user")
    http.post(a, "/oauth/access_token", http.code_form(a, "basic_display", spent))
    a:control("bulk", { username = "big", media = 500 })
    local fields = { access_token = token, fields = "id,username,children{id}" }
    local page = http.get(a, "/me/media", fields):json()
    a:control("delete_media", { id = page.data[3].id })
    a:stop()
    local b = start { db = path, data = "demo" }
    assert.equal(START + DAY, b:now())
    assert.equal(page.data[4].id, http.get(b, "/me/media", fields):json().data[3].id)
    assert.matches("has been used", http.post(b, "/oauth/access_token",
      http.code_form(b, "basic_display", spent)).body)
    assert.equal(4, #b:control("users").users)
    assert.are_not.equal(token, b:generate_token "demo_user")
    b:stop()
    os.remove(path)
  end)
end)
