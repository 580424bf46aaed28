-- The demo people's newest posts have the comments they count; of other posts the count
-- is a number, and the journal says so.
local http = require "spec.support.sandbox_http"

describe("comments of the demo people", function()
  local sandbox

  setup(function() sandbox = require("instagram.sandbox").start {} end)
  teardown(function() sandbox:stop() end)
  before_each(function()
    sandbox:control "reset"
    sandbox:control("settings", { development_comments = true })
  end)

  local function ask(server, path, query)
    query.access_token = server:generate_token(query.user or "demo_user")
    query.user = nil
    return http.get(server, path, query)
  end

  local function posts_of(server, user)
    return ask(server, "/me/media", { user = user, limit = 8, fields =
      "id,comments_count,timestamp,username,comments.limit(50){id,username,text,"
      .. "timestamp,replies.limit(50){username,timestamp}}" }):json().data
  end

  local function count_of(post)
    local count, replies = 0, 0
    for _, comment in ipairs(post.comments and post.comments.data or {}) do
      count = count + 1
      assert.is_true(comment.timestamp >= post.timestamp)
      assert.is_true(comment.timestamp < "2023-11-01")
      assert.not_equal(post.username, comment.username)
      for _, reply in ipairs(comment.replies and comment.replies.data or {}) do
        assert.equal(post.username, reply.username)
        assert.is_true(reply.timestamp > comment.timestamp)
        replies = replies + 1
      end
    end
    return count + replies, replies
  end

  it("are as many as the newest posts count, with answers", function()
    for _, user in ipairs { "demo_user", "second_user" } do
      for i, post in ipairs(posts_of(sandbox, user)) do
        local count, replies = count_of(post)
        assert.equal(i <= 3 and post.comments_count or 0, count)
        assert.equal(math.floor(count / 6), replies)
        assert.is_true(post.comments_count > 5)
      end
    end
  end)

  it("are the same in every sandbox", function()
    local other = require("instagram.sandbox").start {
      settings = { development_comments = true } }
    finally(function() other:stop() end)
    assert.same(posts_of(sandbox), posts_of(other))
  end)

  it("are a number alone below older posts, and the journal says so", function()
    local posts = posts_of(sandbox)
    local old, new = posts[5], posts[1]
    assert.equal('{"data":[]}', ask(sandbox, "/" .. old.id .. "/comments", {}).body)
    assert.equal(("comments_count is %d, of which 0"):format(old.comments_count)
      .. " are kept here (add_comment)", http.last(sandbox).notes[1])
    ask(sandbox, "/" .. new.id .. "/comments", {})
    assert.is_nil(http.last(sandbox).notes)
    assert.is_true(#new.comments.data > 30)
  end)

  it("are not shown to an app in development mode, and the journal says so", function()
    local id = posts_of(sandbox)[1].id
    sandbox:control("settings", { development_comments = false })
    assert.equal('{"data":[]}', ask(sandbox, "/" .. id .. "/comments", {}).body)
    assert.equal("the app is in development mode: no comments are shown "
      .. "(development_comments)", http.last(sandbox).notes[1])
    sandbox:control("publish_app", { flavour = "instagram_login" })
    assert.equal(25, #ask(sandbox, "/" .. id .. "/comments", {}):json().data)
    assert.is_nil(http.last(sandbox).notes)
  end)
end)
