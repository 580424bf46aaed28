-- What the successor reads beyond posts: comments and replies, insights, stories, the
-- publishing quota; each with its permission, and unknown to Basic Display.
local http = require "spec.support.sandbox_http"

local DAY = 86400
local START = 1698796800 -- 1 November 2023, 00:00 UTC
local GONE = " does not exist, cannot be loaded due to missing permissions, or does "
  .. "not support this operation"

describe("the successor", function()
  local sandbox, token, bd, post, child, user_id

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS",
      followers_count = 1000 })
    post = sandbox:control("add_media", { username = "anna", type = "CAROUSEL_ALBUM",
      caption = "album", like_count = 90, children = { { type = "IMAGE" } } }).id
    token = sandbox:generate_token "anna"
    bd = sandbox:generate_token("anna", "basic_display")
    user_id = sandbox:control("users").users[1].id
    child = http.get(sandbox, "/" .. post .. "/children", { access_token = token })
      :json().data[1].id
  end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(START)
    sandbox:control("settings", { development_comments = true })
  end)

  local function ask(path, query)
    query = query or {}
    query.access_token = query.access_token or token
    return http.get(sandbox, path, query)
  end

  local function refused(answer, code, message)
    assert.same({ code, message }, { answer:error().code, answer:error().message })
  end

  local function comment(spec)
    return assert(sandbox:control("add_comment", spec)).id
  end

  -- A token with the basic permission alone.
  local function basic_token()
    return http.exchange(sandbox, "instagram_login", http.short_token(sandbox,
      "instagram_login", "anna")):json().access_token
  end

  local function ids_of(list)
    local ids = {}
    for i, item in ipairs(list) do ids[i] = item.id end
    return ids
  end

  -- --- comments ----------------------------------------------------------------------

  it("lists comments newest first, by pages, and replies below them", function()
    local media = sandbox:control("add_media", { username = "anna" }).id
    assert.equal('{"data":[]}', ask("/" .. media .. "/comments").body)
    local made = {}
    for i = 1, 5 do
      made[6 - i] = comment { media = media, username = "guest" .. i,
        text = "no. " .. i .. " ☕", timestamp = START - 100 + i, like_count = i,
        hidden = i == 2 }
    end
    local reply = comment { reply_to = made[1], username = "anna", text = "thanks" }
    local second = comment { reply_to = reply, username = "guest5", text = "welcome" }
    local answer = ask("/" .. media .. "/comments")
    assert.matches('^{"data":%[{"timestamp":"2023%-10%-31T23:58:25%+0000",'
      .. '"text":"no. 5 \\u2615","id":"1802%d+"},', answer.body)
    assert.same(made, ids_of(answer:json().data))
    assert.is_nil(answer:json().paging.next)
    -- pages, there and back
    local page = ask("/" .. media .. "/comments", { limit = "2", fields = "id" })
    local address = page:json().paging.next
    assert.matches("/" .. media .. "/comments%?access_token=%w+&fields=id&limit=2"
      .. "&after=", address)
    page = http.follow(sandbox, address):json()
    assert.same({ made[3], made[4] }, ids_of(page.data))
    assert.same({ made[1], made[2] },
      ids_of(http.follow(sandbox, page.paging.previous):json().data))
    page = http.follow(sandbox, page.paging.next):json()
    assert.same({ made[5] }, ids_of(page.data))
    assert.is_nil(page.paging.next)
    -- replies, of which a reply's stand below the same comment
    assert.same({ second, reply },
      ids_of(ask("/" .. made[1] .. "/replies"):json().data))
    assert.equal('{"data":[]}', ask("/" .. made[2] .. "/replies").body)
    -- the post counts them all
    assert.equal(7, ask("/" .. media, { fields = "comments_count" }):json()
      .comments_count)
    sandbox:control("delete_media", { id = media })
    refused(ask("/" .. made[1]), 100, "Unsupported get request. Object with ID '"
      .. made[1] .. "'" .. GONE)
  end)

  it("shows a comment, field by field", function()
    local id = comment { media = post, username = "guest", text = 'a "b"',
      hidden = true }
    local reply = comment { reply_to = id, username = "anna", text = "yes" }
    assert.equal('{"text":"a \\"b\\"","username":"guest","like_count":0,"hidden":true,'
      .. '"timestamp":"2023-11-01T00:00:00+0000","media":{"id":"' .. post .. '"},"id":"'
      .. id .. '"}', ask("/" .. id, { fields =
        "text,username,like_count,hidden,timestamp,media,parent_id" }).body)
    assert.equal('{"parent_id":"' .. id .. '","id":"' .. reply .. '"}',
      ask("/" .. reply, { fields = "parent_id" }).body)
    assert.matches('^{"from":{"id":"%d+","username":"guest"},"id"',
      ask("/" .. id, { fields = "from" }).body)
    assert.equal('{"timestamp":"2023-11-01T00:00:00+0000","text":"yes","id":"' .. reply
      .. '"}', ask("/" .. reply).body)
    refused(ask("/" .. id, { fields = "caption" }), 100,
      "Tried accessing nonexisting field (caption)")
    refused(ask("/" .. id .. "/comments"), 2500, "Unknown path components: /comments")
  end)

  it("expands comments and replies", function()
    local media = sandbox:control("add_media", { username = "anna" }).id
    local first = comment { media = media, username = "guest", text = "one" }
    local second = comment { media = media, username = "guest", text = "two" }
    local reply = comment { reply_to = first, username = "anna", text = "yes" }
    local found = ask("/" .. media, { fields =
      "comments{text,replies{text}}" }):json().comments
    assert.same({ second, first }, ids_of(found.data))
    assert.is_nil(found.data[1].replies)
    assert.same({ { text = "yes", id = reply } }, found.data[2].replies.data)
    local page = ask("/me/media", { fields = "comments.limit(1)", limit = "1" }):json()
    local inside = page.data[1].comments
    assert.equal("two", inside.data[1].text)
    assert.equal("one", http.follow(sandbox, inside.paging.next):json().data[1].text)
    assert.is_nil(ask("/" .. media, { fields = "comments", access_token =
      basic_token() }):json().comments)
    sandbox:generate_token "anna"
    sandbox:control("delete_media", { id = media })
  end)

  it("keeps each token's links to itself", function()
    local media = sandbox:control("add_media", { username = "anna" }).id
    for i = 1, 2 do comment { media = media, username = "guest", text = "t" .. i } end
    local other = sandbox:generate_token "anna"
    for _, text in ipairs { token, other, token } do
      local page = ask("/me/media", { fields = "comments.limit(1)",
        access_token = text }):json()
      assert.matches("access_token=" .. text .. "&", page.data[1].comments.paging.next,
        1, true)
    end
    sandbox:control("delete_media", { id = media })
  end)

  it("wants the permission for comments", function()
    local id = comment { media = post, username = "guest", text = "x" }
    local basic = basic_token()
    for _, path in ipairs { "/" .. post .. "/comments", "/" .. id,
      "/" .. id .. "/replies" } do
      local answer = ask(path, { access_token = basic })
      assert.equal(403, answer.status)
      refused(answer, 10, "Application does not have permission for this action")
    end
    refused(ask("/" .. post .. "/comments", { access_token = bd }), 2500,
      "Unknown path components: /comments")
    refused(ask("/" .. id, { access_token = bd }), 100, "Unsupported get request. "
      .. "Object with ID '" .. id .. "'" .. GONE)
    sandbox:generate_token "anna"
    assert.equal(200, ask("/" .. id).status)
  end)

  it("lists none of an app in development, without an error", function()
    comment { media = post, username = "guest", text = "x" }
    sandbox:control("settings", { development_comments = false })
    assert.equal('{"data":[]}', ask("/" .. post .. "/comments").body)
    assert.is_nil(ask("/" .. post, { fields = "comments" }):json().comments)
  end)

  it("takes comments that make sense only", function()
    for message, spec in pairs {
      ["username must be"] = { media = post, text = "x" },
      ["text is missing"] = { media = post, username = "guest", text = " " },
      ["no post that is stored has the id 5"] = { media = "5", username = "guest",
        text = "x" },
      ["no post that is stored has the id nil"] = { username = "guest", text = "x" },
      ["no post that is stored has the id " .. child] = { media = child,
        username = "guest", text = "x" },
      ["no comment has the id 6"] = { reply_to = "6", username = "guest", text = "x" },
      ["timestamp must be"] = { media = post, username = "guest", text = "x",
        timestamp = "soon" },
      ["add_comment has no 'likes'"] = { media = post, likes = 5 },
    } do
      local ok, problem = sandbox:control("add_comment", spec)
      assert.is_nil(ok)
      assert.matches(message, problem, 1, true)
    end
  end)

  -- --- insights ----------------------------------------------------------------------

  it("gives figures about a post, none that is 0", function()
    local answer = ask("/" .. post .. "/insights", { metric = "likes,reach,views" })
    local data = answer:json().data
    assert.equal(3, #data)
    assert.matches('^{"data":%[{"name":"likes","period":"lifetime","values":'
      .. '%[{"value":90}%],"title":"Likes","description":"[^"]+","id":"' .. post
      .. '\\/insights\\/likes\\/lifetime"}', answer.body)
    assert.is_true(data[2].values[1].value >= 90)
    assert.is_true(data[3].values[1].value >= data[2].values[1].value)
    assert.same(data, ask("/" .. post .. "/insights", { metric =
      "likes,reach,views" }):json().data)
    local empty = sandbox:control("add_media", { username = "anna" }).id
    assert.equal('{"data":[]}', ask("/" .. empty .. "/insights",
      { metric = "likes,saved" }).body)
    assert.equal('{"data":[]}', ask("/" .. child .. "/insights",
      { metric = "reach" }).body)
    local inside = ask("/" .. post, { fields = "insights.metric(likes)" }):json()
    assert.equal(90, inside.insights.data[1].values[1].value)
  end)

  it("knows which metrics there are, and when some died", function()
    refused(ask("/" .. post .. "/insights"), 100, "The parameter metric is required")
    refused(ask("/" .. post .. "/insights", { metric = "reach,love" }), 100,
      "metric[1] must be one of the following values: reach, views, saved, shares, "
      .. "likes, comments, total_interactions, impressions, plays")
    assert.equal(200, ask("/" .. post .. "/insights", { metric = "plays" }).status)
    sandbox:set_clock(1745193599) -- 20 April 2025
    local late = sandbox:generate_token "anna"
    local function plays()
      return ask("/" .. post .. "/insights", { metric = "plays", access_token = late })
    end
    assert.equal(200, plays().status)
    sandbox:advance_clock(1)
    refused(plays(), 100, "metric[0] must be one of the following values: reach, "
      .. "views, saved, shares, likes, comments, total_interactions")
    sandbox:set_clock(START)
    sandbox:generate_token "anna"
  end)

  it("gives figures about an account, by day or summed up", function()
    local function insights(changes)
      local query = { metric = "reach", period = "day", since = "2023-10-25",
        ["until"] = "2023-10-28" }
      for name, value in pairs(changes or {}) do query[name] = value or nil end
      return ask("/me/insights", query)
    end
    local row = insights():json().data[1]
    assert.same({ "reach", "day", user_id .. "/insights/reach/day" },
      { row.name, row.period, row.id })
    assert.equal(3, #row.values)
    assert.equal("2023-10-26T07:00:00+0000", row.values[1].end_time)
    local total = 0
    for _, value in ipairs(row.values) do total = total + value.value end
    row = insights { metric_type = "total_value" }:json().data[1]
    assert.equal(total, row.total_value.value)
    row = insights { since = false, ["until"] = false }:json().data[1]
    assert.equal(2, #row.values)
    refused(insights { period = false }, 100, "The parameter period is required")
    refused(insights { period = "century" }, 100,
      "The parameter period must be one of: day")
    refused(insights { since = "2023-01-01" }, 100,
      "There cannot be more than 30 days between since and until")
    refused(insights { metric = "saved" }, 100, "metric[0] must be one of the "
      .. "following values: reach, views, accounts_engaged, total_interactions, likes, "
      .. "comments, shares, saves, profile_views, follower_count")
  end)

  it("counts in whole numbers, whatever the account's numbers are", function()
    sandbox:control("update_user", { username = "anna", followers_count = 1237 })
    local odd = sandbox:control("add_media", { username = "anna", like_count = 9733,
      comments_count = 7 }).id
    local function whole(answer)
      local count = 0
      for value in answer.body:gmatch '"value":([^,}]+)' do
        assert.matches("^%d+$", value)
        count = count + 1
      end
      assert.is_true(count > 2, answer.body)
    end
    for _, id in ipairs { post, odd } do
      whole(ask("/" .. id .. "/insights", { metric = "reach,views,saved,shares,likes,"
        .. "comments,total_interactions,impressions,plays" }))
    end
    local query = { metric = "reach,views,profile_views", period = "day" }
    whole(ask("/me/insights", query))
    query.metric_type = "total_value"
    whole(ask("/me/insights", query))
  end)

  it("wants the permission for insights", function()
    local basic = basic_token()
    for _, path in ipairs { "/me/insights", "/" .. post .. "/insights" } do
      assert.equal(403, ask(path, { access_token = basic, metric = "reach" }).status)
      refused(ask(path, { access_token = bd }), 2500,
        "Unknown path components: /insights")
    end
    sandbox:generate_token "anna"
  end)

  it("is for professional accounts: none is read that became personal", function()
    local function become(kind)
      sandbox:control("update_user", { username = "anna", account_type = kind })
    end
    finally(function() become "BUSINESS" end)
    become "PERSONAL"
    for _, answer in ipairs { ask "/me", ask "/me/media", ask("/" .. post),
      ask("/" .. post .. "/comments"), ask("/refresh_access_token",
        { grant_type = "ig_refresh_token" }) } do
      assert.equal(400, answer.status)
      assert.equal("IGApiException", answer:error().type)
      refused(answer, 100, "Unsupported request - method type: get")
      assert.equal("anna: PERSONAL accounts cannot use instagram_login",
        http.last(sandbox).reason)
    end
    assert.equal(200, ask("/me", { access_token = bd }).status)
    become "MEDIA_CREATOR"
    assert.equal(200, ask("/me").status)
  end)

  -- --- stories, quota ----------------------------------------------------------------

  it("shows stories for a day, apart from posts", function()
    local before = ask("/me", { fields = "media_count" }):json().media_count
    local picture = sandbox:control("add_media", { username = "anna", story = true,
      timestamp = START - DAY + 10 }).id
    local movie = sandbox:control("add_media", { username = "anna", story = true,
      type = "VIDEO", timestamp = START - 5 }).id
    assert.same({ movie, picture }, ids_of(ask("/me/stories"):json().data))
    assert.equal('{"media_type":"VIDEO","media_product_type":"STORY","permalink":'
      .. '"https:\\/\\/www.instagram.com\\/stories\\/anna\\/' .. movie .. '","id":"'
      .. movie .. '"}', ask("/" .. movie, { fields =
        "media_type,media_product_type,permalink" }).body)
    local inside = ask("/me", { fields = "stories{media_type}" }):json().stories
    assert.same({ "VIDEO", "IMAGE" },
      { inside.data[1].media_type, inside.data[2].media_type })
    assert.equal(before, ask("/me", { fields = "media_count" }):json().media_count)
    for _, item in ipairs(ask("/me/media"):json().data) do
      assert.not_equal(movie, item.id)
    end
    refused(ask("/" .. movie, { access_token = bd }), 100, "Unsupported get request. "
      .. "Object with ID '" .. movie .. "'" .. GONE)
    refused(ask("/" .. movie .. "/insights", { metric = "likes,reach" }), 10,
      "Not enough viewers for the media to show insights")
    sandbox:advance_clock(10)
    assert.same({ movie }, ids_of(ask("/me/stories"):json().data))
    assert.equal(33, ask("/" .. picture):error().error_subcode)
    sandbox:advance_clock(DAY)
    assert.equal('{"data":[]}', ask("/me/stories").body)
    assert.is_nil(ask("/me", { fields = "stories" }):json().stories)
    local ok, problem = sandbox:control("add_media", { username = "anna", story = true,
      type = "REELS" })
    assert.is_nil(ok)
    assert.matches("a story's type must be IMAGE or VIDEO", problem)
  end)

  it("tells the publishing quota", function()
    assert.equal('{"data":[{"quota_usage":0}]}',
      ask("/me/content_publishing_limit").body)
    local fields = { fields = "quota_usage,config" }
    assert.equal('{"data":[{"quota_usage":0,"config":{"quota_total":50,'
      .. '"quota_duration":86400}}]}', ask("/me/content_publishing_limit", fields).body)
    sandbox:control("settings", { publish_quota = 100 })
    assert.matches('"quota_total":100',
      ask("/me/content_publishing_limit", fields).body)
    assert.equal(403, ask("/me/content_publishing_limit",
      { access_token = basic_token() }).status)
    sandbox:generate_token "anna"
  end)
end)
