-- The wire's hard parts: layout for people, many ids on edges, nested expansions that
-- page, words for moments, ids of others, tokens in two places, compression by quality,
-- slashes.
local http = require "spec.support.sandbox_http"

local GONE = " does not exist, cannot be loaded due to missing permissions, or does "
  .. "not support this operation"

describe("the wire", function()
  local sandbox, token, bd, ids, user_id

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS",
      name = 'An "{na}", [x]: \\' })
    sandbox:control("add_user", { username = "berta", account_type = "BUSINESS" })
    ids = {}
    for i = 1, 6 do
      local album = i % 3 == 0
      ids[7 - i] = sandbox:control("add_media", { username = "anna",
        type = album and "CAROUSEL_ALBUM" or "IMAGE", caption = "no. " .. i,
        timestamp = sandbox:now() - (6 - i) * 86400,
        children = album and { { type = "IMAGE" }, { type = "IMAGE" },
          { type = "VIDEO" } } or nil }).id
    end -- newest first; albums are 1 and 4
    token = sandbox:generate_token "anna"
    bd = sandbox:generate_token("anna", "basic_display")
    user_id = sandbox:control("users").users[1].id
  end)
  teardown(function() sandbox:stop() end)
  before_each(function() sandbox:control "reset" end)

  local function ask(path, query, spec)
    query = query or {}
    query.access_token = query.access_token or token
    spec = spec or {}
    spec.path, spec.query = path, query
    return http.request(sandbox, spec)
  end

  local function refused(answer, code, message)
    assert.same({ code, message }, { answer:error().code, answer:error().message })
  end

  local function ids_in(list)
    local found = {}
    for i, item in ipairs(list) do found[i] = item.id end
    return found
  end

  -- --- pretty ------------------------------------------------------------------------

  it("is laid out for people with pretty=1", function()
    local answer = ask("/me", { fields = "name,username", pretty = "1" })
    local id = answer:json().id
    assert.equal('{\n   "name": "An \\"{na}\\", [x]: \\\\",\n   "username": "anna",\n'
      .. '   "id": "' .. id .. '"\n}', answer.body)
    local plain = ask("/me", { fields = "name,username" })
    assert.same(plain:json(), answer:json())
    assert.not_equal(plain:header "ETag", answer:header "ETag")
    for _, value in ipairs { "0", "false", "" } do
      assert.equal(plain.body, ask("/me", { fields = "name,username",
        pretty = value }).body)
    end
    answer = ask("/me", { fields = "nope", pretty = "true" })
    assert.matches('^{\n   "error": {\n      "message": "Tried accessing', answer.body)
    assert.matches('"\n   }\n}$', answer.body)
    answer = ask("/me/stories", { pretty = "1" })
    assert.equal('{\n   "data": [\n      \n   ]\n}', answer.body)
  end)

  it("carries pretty=1 into the links of lists", function()
    local page = ask("/me/media", { pretty = "1", limit = "2" })
    assert.matches('^{\n   "data": %[\n      {\n         "id": "', page.body)
    local next_page = page:json().paging.next
    assert.matches("&pretty=1&limit=2&after=", next_page)
    assert.matches("^{\n", http.follow(sandbox, next_page).body)
    assert.same({ ids[3], ids[4] },
      ids_in(http.follow(sandbox, next_page):json().data))
  end)

  -- --- many ids ----------------------------------------------------------------------

  it("gives edges of many ids, keyed by id", function()
    local answer = ask("/children", { ids = ids[1] .. "," .. ids[4], fields = "id" })
    local lists = answer:json()
    assert.equal(3, #lists[ids[1]].data)
    assert.equal(3, #lists[ids[4]].data)
    assert.matches('^{"' .. ids[1] .. '":{"data":%[{"id":', answer.body)
    answer = ask("/v18.0/media", { ids = "me", limit = "2" })
    local page = answer:json().me
    assert.same({ ids[1], ids[2] }, ids_in(page.data))
    assert.matches("/v18.0/" .. user_id .. "/media%?access_token=%w+&limit=2&after=",
      page.paging.next)
    assert.same({ ids[3], ids[4] },
      ids_in(http.follow(sandbox, page.paging.next):json().data))
    assert.equal("ids/media", sandbox:requests()[2].endpoint)
  end)

  it("refuses edges of many ids as it refuses those of one", function()
    refused(ask("/children", { ids = ids[1] .. ",5" }), 100, "Unsupported get request. "
      .. "Object with ID '5'" .. GONE)
    refused(ask("/media", { ids = ids[1] }), 2500, "Unknown path components: /media")
    refused(ask("/media", { ids = "me" }, { method = "POST" }), 100,
      "Unsupported request - method type: post")
    assert.equal(803, ask("/media"):error().code)
    assert.equal(803, ask("/media", { ids = "," }):error().code)
    sandbox:control("settings", { ids_max = 1 })
    refused(ask("/children", { ids = ids[1] .. "," .. ids[4] }), 100,
      "Too many IDs. Maximum: 1. Provided: 2.")
    -- where it is a part of the path, an edge goes by the path
    assert.same({ ids[1] }, ids_in(ask("/me/media", { ids = ids[4],
      limit = "1" }):json().data))
  end)

  -- --- expansions --------------------------------------------------------------------

  it("pages inside expansions, down to the end", function()
    local answer = ask("/me", { fields = "media.limit(2){id,children.limit(1){id}}" })
    local page, seen = answer:json().media, {}
    assert.equal(1, #page.data[1].children.data)
    repeat
      for _, id in ipairs(ids_in(page.data)) do seen[#seen + 1] = id end
      local address = page.paging.next
      if address then
        page = http.follow(sandbox, address):json()
        assert.is_nil(page.data[1].children and page.data[1].children.data[2])
      end
    until not address
    assert.same(ids, seen)
  end)

  it("goes on from cursors inside expansions", function()
    local first = ask("/me", { fields = "media.limit(2){id}" }):json().media
    local function media(form)
      local found = ask("/me", { fields = form:format(first.paging.cursors.after) })
      return ids_in(found:json().media.data)
    end
    assert.same({ ids[3] }, media "media.limit(1).after(%s){id}")
    assert.same({ ids[3], ids[4], ids[5], ids[6] }, media "media.after(%s)")
    assert.same({ ids[1] }, media "media.before(%s).limit(5){id}")
    -- through many ids as well
    local many = ask("/", { ids = "me", fields = "media.limit(1).after("
      .. first.paging.cursors.after .. ")" }):json()
    assert.same({ ids[3] }, ids_in(many.me.media.data))
  end)

  it("bounds expansions in time, links included", function()
    local day = sandbox:now() - 3 * 86400
    local media = ask("/me", { fields = "media.since(" .. ("%d"):format(day)
      .. ").limit(3){id}" }):json().media
    assert.same({ ids[1], ids[2], ids[3] }, ids_in(media.data))
    assert.matches("&since=" .. ("%d"):format(day) .. "&fields=id&limit=3&after=",
      media.paging.next)
    local rest = http.follow(sandbox, media.paging.next):json()
    assert.same({ ids[4] }, ids_in(rest.data))
    assert.is_nil(rest.paging.next)
  end)

  -- --- moments, limits ---------------------------------------------------------------

  it("knows the words for moments that PHP knows", function()
    local times = require "instagram.sandbox.times"
    local clock = require "instagram.sandbox.clock"
    local now = clock.epoch(2023, 11, 1, 15, 30)
    for text, wanted in pairs {
      ["now"] = now, ["today"] = clock.epoch(2023, 11, 1), ["@86400"] = 86400,
      ["Yesterday"] = clock.epoch(2023, 10, 31), ["noon"] = now - 3.5 * 3600,
      ["-1 day"] = now - 86400, ["2 weeks ago"] = now - 14 * 86400,
      ["+3 hours"] = now + 3 * 3600, ["90"] = 90, ["-90 secs"] = now - 90,
      ["last month"] = clock.epoch(2023, 10, 1, 15, 30),
      ["next year"] = clock.epoch(2024, 11, 1, 15, 30),
      ["1 month 2 days ago"] = clock.epoch(2023, 9, 29, 15, 30),
      ["yesterday -1 hour"] = clock.epoch(2023, 10, 30, 23),
      ["2023-10-05"] = clock.epoch(2023, 10, 5), ["-10 months"] =
        clock.epoch(2023, 1, 1, 15, 30),
      ["2023/10/05"] = clock.epoch(2023, 10, 5),
      ["10/5/2023"] = clock.epoch(2023, 10, 5),
      ["5-10-2023"] = clock.epoch(2023, 10, 5),
      ["5 October 2023"] = clock.epoch(2023, 10, 5),
      ["Oct 5, 2023"] = clock.epoch(2023, 10, 5),
    } do
      assert.equal(wanted, times.read(text, now), text)
    end
    for _, text in ipairs { "", "some day", "5 bananas", "ago", "31 Bananuary 2023",
      "31/31/2023", "yesterday once more", "--", "-1", "last", "1e9 days" } do
      assert.is_nil(times.read(text, now), text)
    end
  end)

  it("takes them in since and until, and in links", function()
    local page = ask("/me/media", { since = "-2 days", limit = "2" }):json()
    assert.same({ ids[1], ids[2] }, ids_in(page.data))
    assert.matches("&since=%-2%%20days&limit=2", page.paging.next)
    page = http.follow(sandbox, page.paging.next):json()
    assert.same({ ids[3] }, ids_in(page.data))
    -- by the clock of the request, not of the first one who asked
    sandbox:advance_clock(86400)
    assert.same({ ids[1], ids[2] },
      ids_in(ask("/me/media", { since = "-2 days" }):json().data))
    sandbox:set_clock(sandbox:now() - 86400)
  end)

  it("clamps limits, or refuses them with the switch", function()
    assert.equal(6, #ask("/me/media", { limit = "1000" }):json().data)
    assert.equal(6, #ask("/me/media", { limit = "0" }):json().data)
    sandbox:control("settings", { limit_range = "reject" })
    for _, limit in ipairs { "101", "0", "-1" } do
      refused(ask("/me/media", { limit = limit }), 100,
        "The parameter limit must be from 1 to 100")
    end
    assert.equal(6, #ask("/me/media", { limit = "100" }):json().data)
    refused(ask("/me/media", { limit = "many" }), 100,
      "The parameter limit must be a number")
  end)

  -- --- whose ids ---------------------------------------------------------------------

  it("knows no ids of others: another app's, another person's, legacy ones", function()
    local own = ask("/me"):json().id
    local of_other_app = ask("/me", { access_token = bd }):json().id
    local berta = sandbox:control("users").users[2].id
    assert.not_equal(own, of_other_app)
    assert.equal(200, ask("/" .. own).status)
    assert.equal(200, ask("/" .. user_id).status)
    for _, id in ipairs { of_other_app, berta, "3518610791" } do
      local answer = ask("/" .. id, { fields = "username" })
      assert.equal(33, answer:error().error_subcode)
      refused(answer, 100, "Unsupported get request. Object with ID '" .. id .. "'"
        .. GONE)
      refused(ask("/" .. id .. "/media"), 100, "Unsupported get request. Object with "
        .. "ID '" .. id .. "'" .. GONE)
    end
  end)

  -- --- how it is asked ---------------------------------------------------------------

  it("takes the token by query, form, header; the query's first", function()
    local function bearer(text, word)
      return { headers = { Authorization = (word or "Bearer ") .. text } }
    end
    local function plain(spec)
      spec.path = "/me"
      return http.request(sandbox, spec).status
    end
    assert.equal(200, plain(bearer(token)))
    assert.equal(200, plain(bearer(token, "bearer  ")))
    assert.equal(400, plain(bearer(token, "Basic ")))
    assert.equal(400, plain(bearer ""))
    assert.equal(200, ask("/me", {}, bearer "IGAAnone").status)
    assert.equal(190, ask("/me", { access_token = "none" }, bearer(token)):error().code)
  end)

  it("overlooks stray fields on the token calls, and slashes too many", function()
    local answer = ask("/refresh_access_token", { grant_type = "ig_refresh_token",
      fields = "id,no_such" })
    assert.equal(200, answer.status)
    local whole = ask("/me/media", { limit = "1" }).body
    for _, path in ipairs { "/me/media/", "//me//media", "/me/media//" } do
      assert.equal(whole, ask(path, { limit = "1" }).body, path)
    end
    assert.equal(200, ask("/v18.0/me/").status)
    assert.equal(200, ask("/refresh_access_token/", { grant_type =
      "ig_refresh_token" }).status)
  end)

  it("compresses by the quality that is asked for", function()
    for accepts, packed in pairs { ["gzip"] = true, ["gzip;q=0"] = false,
      ["gzip;q=0.0"] = false, ["gzip; q=0.5"] = true, ["br, gzip"] = true,
      ["identity"] = false, ["gzip;q=1.0, br;q=0"] = true, ["xgzip"] = false,
      ["deflate, gzip;q=0, br"] = false, ["GZIP"] = true, [""] = false } do
      local answer = ask("/me/media", nil, { headers = { ["Accept-Encoding"] =
        accepts } })
      assert.equal(packed, answer:header "Content-Encoding" == "gzip", accepts)
    end
  end)

  it("tells browsers in advance what they may, without a token", function()
    for _, path in ipairs { "/me/media", "/v18.0/" .. ids[1], "/refresh_access_token",
      "/nothing" } do
      local answer = http.request(sandbox, { path = path, method = "OPTIONS",
        headers = { Origin = "https://example.com",
          ["Access-Control-Request-Method"] = "GET",
          ["Access-Control-Request-Headers"] = "authorization" } })
      assert.equal("200 *", answer.status .. " "
        .. answer:header "Access-Control-Allow-Origin")
      assert.equal("", answer.body)
    end
    local origin = { headers = { Origin = "https://example.com" } }
    assert.equal("*", ask("/me", nil, origin):header "Access-Control-Allow-Origin")
    -- the token host lets no browser in
    local answer = http.request(sandbox, { path = "/oauth/access_token",
      method = "POST", form = { code = "AQx" }, headers = origin.headers })
    assert.is_nil(answer:header "Access-Control-Allow-Origin")
  end)

  it("brings the state back after a cancel, unless the switch says not", function()
    local function cancel()
      return sandbox:authorize { user = "anna", allow = false,
        url = http.window(sandbox, "instagram_login", { state = "s" }) }
    end
    assert.matches("&state=s$", cancel())
    sandbox:control("settings", { cancel_state = false })
    assert.matches("error_description=The%+user%+denied%+your%+request$", cancel())
  end)
end)
