-- Lists of media in the sandbox, page by page: sizes, links, both
-- directions, time bounds, posts that come and go between pages, accounts of any size.
local http = require "spec.support.sandbox_http"

describe("paging", function()
  local sandbox, token

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
  end)

  local accounts = 0

  -- A new account with so many posts, a minute apart; their ids, newest first.
  local function account(count)
    accounts = accounts + 1
    local name, list, ids = "user" .. accounts, {}, {}
    sandbox:control("add_user", { username = name, account_type = "BUSINESS" })
    for i = 1, count do
      list[i] = { type = "IMAGE", timestamp = 1690000000 + i * 60 }
    end
    if count > 0 then
      local made = sandbox:control("add_media", { username = name, media = list }).ids
      for i = 1, count do ids[i] = made[count + 1 - i] end
    end
    token = sandbox:generate_token(name, "basic_display")
    return ids, name
  end

  local function ask(params, path)
    params.access_token = params.access_token or token
    return http.get(sandbox, path or "/me/media", params)
  end

  local function ids_of(page)
    local ids = {}
    for i, item in ipairs(page.data) do ids[i] = item.id end
    return ids
  end

  local function slice(list, from, to)
    local out = {}
    for i = from, math.min(to, #list) do out[#out + 1] = list[i] end
    return out
  end

  -- All ids on the way along `link`, and how many pages they stood on.
  local function walk(page, link)
    local ids, pages = {}, 1
    for _, id in ipairs(ids_of(page)) do ids[#ids + 1] = id end
    while page.paging and page.paging[link] do
      page = http.follow(sandbox, page.paging[link]):json()
      pages = pages + 1
      for _, id in ipairs(ids_of(page)) do ids[#ids + 1] = id end
    end
    return ids, pages, page
  end

  it("shows 25 unless told otherwise, at most 100", function()
    local ids = account(130)
    for limit, count in pairs { [""] = 25, ["1"] = 1, ["2"] = 2, ["100"] = 100,
      ["101"] = 100, ["99999999999999999999"] = 100, ["0"] = 25, ["-5"] = 25,
      [" 7 "] = 7, ["+3"] = 3 } do
      local page = ask({ limit = limit }):json()
      assert.same(slice(ids, 1, count), ids_of(page), limit)
      assert.matches("&limit=" .. count .. "&after=", page.paging.next)
    end
    for _, bad in ipairs { "x", "1.5", "1e2", "0x10", "5;", "nan", "inf", "--1" } do
      local answer = ask { limit = bad }
      assert.equal(400, answer.status, bad)
      assert.equal(100, answer:error().code)
    end
    sandbox:control("settings", { page_default = 3, page_max = 5 })
    assert.equal(3, #ask({}):json().data)
    assert.equal(5, #ask({ limit = 100 }):json().data)
  end)

  it("goes to the end and back", function()
    local ids = account(53)
    for _, limit in ipairs { 1, 7, 25, 53, 100 } do
      local forth, pages, last = walk(ask({ limit = limit }):json(), "next")
      assert.same(ids, forth)
      assert.equal(math.ceil(53 / limit), pages)
      local back, pages_back, first = walk(last, "previous")
      assert.equal(pages, pages_back)
      assert.equal(53, #back)
      if pages > 1 then assert.is_string(first.paging.next) end
    end
  end)

  it("has links on the pages where they lead somewhere", function()
    account(5)
    local page = ask({ limit = 2 }):json()
    local seen = {}
    repeat
      seen[#seen + 1] = (page.paging.previous and "previous " or "")
        .. (page.paging.next and "next" or "end")
      page = page.paging.next and http.follow(sandbox, page.paging.next):json()
    until not page
    assert.same({ "next", "previous next", "previous end" }, seen)
  end)

  it("tells an empty list, one item, exactly one page", function()
    account(0)
    assert.equal('{"data":[]}', ask({}).body)
    local ids = account(1)
    local page = ask({}):json()
    assert.same(ids, ids_of(page))
    assert.equal(page.paging.cursors.before, page.paging.cursors.after)
    assert.is_nil(page.paging.next)
    assert.is_nil(page.paging.previous)
    account(25)
    page = ask({}):json()
    assert.equal(25, #page.data)
    assert.is_nil(page.paging.next)
    -- beyond the end: nothing, and no paging
    assert.equal('{"data":[]}', ask({ after = page.paging.cursors.after }).body)
    assert.equal('{"data":[]}', ask({ before = page.paging.cursors.before }).body)
  end)

  it("makes links of what was asked, in the recorded order", function()
    local _, name = account(3)
    local raw
    for _, user in ipairs(sandbox:control("users").users) do
      if user.username == name then raw = user.id end
    end
    local answer = http.get(sandbox, "/v15.0/me/media", { { "pretty", "1" },
      { "limit", "1" }, { "fields", "id,children{id},timestamp" }, { "x y", "a&b" },
      { "access_token", token } })
    local cursor = answer:json().paging.cursors.after
    assert.equal(sandbox.url .. "/v15.0/" .. raw .. "/media?access_token=" .. token
      .. "&pretty=1&x%20y=a%26b&fields=id%2Cchildren%7Bid%7D%2Ctimestamp&limit=1&after="
      .. cursor, answer:json().paging.next)
    -- as bytes: slashes and percent signs escaped
    assert.matches("fields=id\\u00252Cchildren\\u00257Bid\\u00257D\\u00252Ctimestamp",
      answer.body, 1, true)
    assert.matches("v15.0\\/" .. raw .. "\\/media?access_token=", answer.body, 1, true)
    -- no fields asked: none in the link; the limit always
    local bare = http.get(sandbox, "/me/media", { limit = 1 },
      { Authorization = "Bearer " .. token }):json().paging.next
    assert.matches("^[^?]+%?access_token=" .. token .. "&limit=1&after=%w+$", bare)
    assert.matches("/v18.0/", bare, 1, true)
  end)

  it("sends links to the name it was called by", function()
    account(2)
    sandbox:control("settings", { real_hosts = "shared" })
    for host, origin in pairs {
      ["graph.instagram.com"] = "https://graph.instagram.com/",
      ["api.instagram.com"] = "https://graph.instagram.com/",
      ["localhost:8080"] = "http://localhost:8080/",
      ["[::1]:8080"] = "http://[::1]:8080/",
      ["my_sandbox:8080"] = "http://my_sandbox:8080/",
      ['evil"><script>'] = sandbox.url .. "/" } do
      local page = http.get(sandbox, "/me/media", { access_token = token, limit = 1,
        fields = "media_url" }, { Host = host }):json()
      assert.equal(origin, page.paging.next:sub(1, #origin))
      local media = origin:gsub("graph.instagram", "scontent.cdninstagram")
      assert.equal(media, page.data[1].media_url:sub(1, #media))
    end
  end)

  it("names items by cursors, of one account", function()
    local ids = account(10)
    local first, mine = ask({ limit = 4 }):json().paging.cursors, token
    -- whatever the size, and whichever list shows the item
    assert.equal(first.after, ask({ limit = 1, after = ask({ limit = 3 }):json()
      .paging.cursors.after }):json().paging.cursors.before)
    assert.same(slice(ids, 5, 10), ids_of(ask({ after = first.after }):json()))
    account(10)
    for _, bad in ipairs { first.after, "x", "QVFIUg", first.after:sub(1, -2), "%00",
      first.after .. "A", first.after:reverse(), first.after:lower(), "-1" } do
      local answer = ask { after = bad }
      assert.equal(400, answer.status, bad)
      assert.equal(100, answer:error().code)
      assert.equal(400, ask({ before = bad }).status)
    end
    token = mine
    assert.same(slice(ids, 5, 10), ids_of(ask({ after = first.after,
      before = first.before }):json())) -- after wins
  end)

  it("loses nothing and shows nothing twice when posts come between", function()
    local ids, name = account(20)
    local page = ask({ limit = 5 }):json()
    sandbox:advance_clock(60)
    local new = sandbox:control("add_media", { username = name, media = {
      { type = "IMAGE" }, { type = "VIDEO" } } }).ids
    local rest, _, last = walk(http.follow(sandbox, page.paging.next):json(), "next")
    assert.same(slice(ids, 6, 20), rest)
    local back = walk(http.follow(sandbox, last.paging.previous):json(), "previous")
    -- 15 older ones, page by page upwards, then the two new ones
    assert.equal(new[2], back[#back - 1])
    assert.equal(new[1], back[#back])
    assert.same({ new[2], new[1], ids[1], ids[2], ids[3] },
      ids_of(ask({ limit = 5 }):json()))
  end)

  it("goes on where a deleted post was", function()
    local ids = account(12)
    local page = ask({ limit = 4 }):json()
    for _, i in ipairs { 4, 5, 1 } do
      sandbox:control("delete_media", { id = ids[i] })
    end
    assert.equal(400, ask({}, "/" .. ids[4]).status)
    local rest = walk(http.follow(sandbox, page.paging.next):json(), "next")
    assert.same(slice(ids, 6, 12), rest)
    local newer = ask({ before = page.paging.cursors.after }):json()
    assert.same({ ids[2], ids[3] }, ids_of(newer))
    assert.is_string(newer.paging.next)
    assert.is_nil(newer.paging.previous)
    -- when nothing older is left there is no next, not even going up
    for i = 6, 12 do sandbox:control("delete_media", { id = ids[i] }) end
    assert.is_nil(ask({ before = page.paging.cursors.after }):json().paging.next)
  end)

  it("keeps the order of posts of one second", function()
    local _, name = account(0)
    local list = {}
    for i = 1, 60 do list[i] = { type = "IMAGE" } end
    local made = sandbox:control("add_media", { username = name, media = list }).ids
    local ids = walk(ask({ limit = 7 }):json(), "next")
    assert.equal(60, #ids)
    for i = 1, 60 do assert.equal(made[61 - i], ids[i]) end
  end)

  it("is bounded by since and until", function()
    local ids = account(10) -- ids[1] at 1690000600, ids[10] at 1690000060
    for _, case in ipairs {
      { { since = "1690000300" }, 1, 6 }, { { since = "1690000301" }, 1, 5 },
      { { ["until"] = "1690000300" }, 6, 10 },
      { { since = "1690000120", ["until"] = "1690000480" }, 3, 9 },
      { { since = "2023-07-22" }, 1, 10 }, { { since = "2023-07-23" }, 1, 0 },
      { { ["until"] = "2023-07-22T04:32:00+0000" }, 6, 10 },
      { { ["until"] = "2023-07-22T06:32:00+02:00" }, 6, 10 },
      { { since = "yesterday" }, 1, 0 }, { { ["until"] = "yesterday" }, 1, 10 },
      { { since = "some day" }, 1, 10 }, { { since = "2023-13-45" }, 1, 10 },
    } do
      assert.same(slice(ids, case[2], case[3]), ids_of(ask(case[1]):json()))
    end
    ask({ since = "some day", ["until"] = "2023-07-22" })
    assert.same({ "since cannot be read and is ignored: some day" },
      http.last(sandbox).notes)
    -- carried into the links, so that a walk stays inside
    local page = ask({ since = "1690000120", ["until"] = "1690000480", limit = 2 })
      :json()
    assert.matches("&since=1690000120&until=1690000480&limit=2", page.paging.next)
    local forth, _, last = walk(page, "next")
    assert.same(slice(ids, 3, 9), forth)
    assert.equal(7, #walk(last, "previous"))
  end)

  it("lists the newest 10,000 only, or as many as the switch says", function()
    local ids = account(30)
    sandbox:control("settings", { media_cap = 12 })
    assert.same(slice(ids, 1, 12), (walk(ask({ limit = 5 }):json(), "next")))
    -- what is not listed is there all the same
    assert.equal(200, ask({}, "/" .. ids[30]).status)
    assert.equal(30, ask({ fields = "media_count" }, "/me"):json().media_count)
    sandbox:control("settings", { media_cap = 0 })
    assert.equal(30, #walk(ask({ limit = 10 }):json(), "next"))
  end)

  describe("through an account of any size", function()
    local function big(media, albums)
      accounts = accounts + 1
      local name = "big" .. accounts
      sandbox:control("bulk", { username = name, media = media, albums = albums,
        children = 3 })
      token = sandbox:generate_token(name, "basic_display")
      return name
    end

    it("has as many media and albums as were ordered", function()
      big(250, 40)
      local page, albums, children = ask({ limit = 100,
        fields = "media_type,caption,timestamp,children{media_url}" }):json(), 0, 0
      local count, last = 0, "9999"
      while page do
        for _, media in ipairs(page.data) do
          count = count + 1
          assert.is_true(media.timestamp < last)
          last = media.timestamp
          if media.children then
            albums, children = albums + 1, children + #media.children.data
          end
        end
        page = page.paging.next and http.follow(sandbox, page.paging.next):json()
      end
      assert.equal("250 40 120", ("%d %d %d"):format(count, albums, children))
      assert.equal(250, ask({ fields = "media_count" }, "/me"):json().media_count)
    end)

    it("lists the newest 10,000 only, or as many as the switch says", function()
      local name = big(10050)
      local _, pages = walk(ask({ limit = 100 }):json(), "next")
      assert.equal(100, pages)
      sandbox:control("settings", { media_cap = 12 })
      sandbox:advance_clock(60)
      local new = sandbox:control("add_media", { username = name, type = "IMAGE" }).id
      local ids = walk(ask({ limit = 5 }):json(), "next")
      assert.same({ 12, new }, { #ids, ids[1] })
      sandbox:control("settings", { media_cap = 0 })
      assert.equal(10051, #walk(ask({ limit = 100 }):json(), "next"))
    end)

    it("finds, deletes and adds among them", function()
      local name = big(60, 6)
      local ids = walk(ask({ limit = 100 }):json(), "next")
      assert.equal(ids[10], ask({}, "/" .. ids[10]):json().id)
      local page = ask({ limit = 10 }):json()
      sandbox:control("delete_media", { id = ids[10] })
      sandbox:control("delete_media", { id = ids[12] })
      assert.equal(400, ask({}, "/" .. ids[10]).status)
      assert.is_nil(sandbox:control("delete_media", { id = ids[10] }))
      sandbox:advance_clock(60)
      local new = sandbox:control("add_media", { username = name, type = "IMAGE" }).id
      local rest = walk(http.follow(sandbox, page.paging.next):json(), "next")
      assert.equal(49, #rest)
      assert.equal(ids[11], rest[1])
      assert.equal(ids[13], rest[2])
      assert.same({ new, ids[1] }, ids_of(ask({ limit = 2 }):json()))
      local old = sandbox:control("add_media", { username = name, type = "IMAGE",
        timestamp = 1698796800 - 5 * 600 - 1 }).id
      local all = walk(ask({ limit = 7 }):json(), "next")
      assert.equal(60, #all)
      assert.equal(old, all[7])
      assert.equal(60, #walk(select(3, walk(ask({ limit = 7 }):json(), "next")),
        "previous"))
    end)

    it("refuses impossible sizes by name", function()
      for _, args in ipairs { { media = 0 }, { media = 5, albums = 6 }, { media = -1 },
        { media = 1.5 }, { media = 3000000 }, { media = "5" },
        { media = 9, children = 11 }, { media = 9, children = 0 } } do
        args.username = "never"
        local result, message = sandbox:control("bulk", args)
        assert.is_nil(result)
        assert.is_string(message)
      end
      for _, user in ipairs(sandbox:control("users").users) do
        assert.are_not.equal("never", user.username)
      end
    end)

    it("walks 100,000 in 1,000 calls, all cheap #slow", function()
      sandbox:control("settings", { media_cap = 0 })
      big(100000, 1000)
      local before = sandbox:control("status").requests
      local seen, count, pages, target = {}, 0, 0, "/me/media?fields=id&limit=100"
        .. "&access_token=" .. token
      while target do
        local path, query = target:match "^([^?]+)%?(.*)$"
        local body = http.get(sandbox, path, query).body
        pages = pages + 1
        for id in body:gmatch '{"id":"(%d+)"}' do
          assert.is_nil(seen[id])
          seen[id], count = true, count + 1
        end
        local following = body:match '"next":"(.-)"'
        target = following and following:gsub("\\/", "/"):gsub("\\u0025", "%%")
          :match "^http://[^/]+(.*)$"
        if pages == 1000 then assert.is_nil(target) end
      end
      assert.equal(100000, count)
      assert.equal(1000, pages)
      assert.equal(1000, sandbox:control("status").requests - before)
    end)
  end)

  it("remembers pages, but never an old one", function()
    local ids, name = account(3)
    local one = ask {}
    assert.equal(one:header "ETag", ask({}):header "ETag")
    sandbox:control("add_media", { username = name, type = "IMAGE" })
    assert.equal(4, #ask({}):json().data)
    assert.are_not.equal(one:header "ETag", ask({}):header "ETag")
    sandbox:control("delete_media", { id = ids[3] })
    assert.equal(3, #ask({}):json().data)
    local url = ask({ fields = "media_url" }):json().data[1].media_url
    sandbox:advance_clock(10 * 86400)
    assert.are_not.equal(url, ask({ fields = "media_url" }):json().data[1].media_url)
    sandbox:control("settings", { page_default = 1 })
    assert.equal(1, #ask({}):json().data)
  end)
end)
