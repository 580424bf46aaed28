-- The client: what it asks, what it makes of answers, what it refuses.
local fake = require "spec.support.fake_core"

describe("a client", function()
  local instagram, core, client, answer, events

  local function open(options)
    events = {}
    options = options or {}
    options.log = function(event) events[#events + 1] = event end
    client = instagram.open("IGsecret", options)
    return client
  end

  before_each(function()
    answer = function() return { id = "1" }, { status = 200, version = "v21.0" } end
    instagram, core = fake.load(function(question) return answer(question) end)
    open()
  end)
  after_each(fake.unload)

  local function last()
    return core.questions[#core.questions]
  end

  describe("who", function()
    it("me asks /me", function()
      assert.equal("1", client:me().id)
      assert.equal("/me", last().path)
    end)

    it("me accepts the wrapped form", function()
      answer = function() return { data = { { id = "2", username = "x" } } }, {} end
      assert.equal("x", client:me().username)
      assert.equal("2", client:user_id())
      assert.equal(1, #core.questions)
    end)

    it("user asks by id", function()
      client:user "17841400000000001"
      assert.equal("/17841400000000001", last().path)
    end)

    it("user_id is asked once when the token does not know it", function()
      assert.equal("1", client:user_id())
      assert.equal("1", client:user_id())
      assert.equal(1, #core.questions)
      assert.equal("id", last().params.fields)
    end)

    it("user_id is the token's when that knows", function()
      local app = instagram.app { client_id = "1" }
      local known = app:client(app:token { secret = "IGx", user_id = "42" })
      assert.equal("42", known:user_id())
      assert.equal(0, #core.questions)
    end)

    it("failures come as nil, message, err", function()
      answer = function() return fake.failure("token", "dead", { code = 190 }) end
      local user, message, err = client:me()
      assert.is_nil(user)
      assert.equal(tostring(err), message)
      assert.equal("token", err.kind)
      assert.is_true(instagram.is_error(err))
      assert.is_nil((client:user_id()))
    end)

    it("fails when /me has no id", function()
      answer = function() return { username = "x" }, {} end
      local id, message = client:user_id()
      assert.is_nil(id)
      assert.matches("no id", message)
    end)
  end)

  describe("media", function()
    it("item asks for one, and shapes it", function()
      answer = function()
        return {
          id = "5", media_type = "CAROUSEL_ALBUM",
          timestamp = "1970-01-01T00:00:09+0000",
          children = { data = { { id = "6", media_type = "IMAGE", media_url = "u" } } },
        }, {}
      end
      local media = client:item "5"
      assert.equal("/5", last().path)
      assert.equal(9, media.time)
      assert.equal("u", media.still)
      assert.equal("6", media.children[1].id)
    end)

    it("item takes a media too", function()
      client:item { id = "77" }
      assert.equal("/77", last().path)
    end)

    it("items asks fifty at a time, each once, in the order asked", function()
      answer = function(question)
        local all = {}
        for id in question.params.ids:gmatch("%d+") do all[id] = { id = id } end
        return all, {}
      end
      local ids = {}
      for i = 120, 1, -1 do ids[#ids + 1] = tostring(i) end
      ids[#ids + 1] = "120"
      local media = client:items(ids)
      assert.equal(121, #media)
      for i, id in ipairs(ids) do assert.equal(id, media[i].id) end
      assert.equal(media[1], media[121])
      assert.equal(3, #core.questions)
      assert.equal("/", last().path)
      assert.matches("^id,", last().params.fields)
    end)

    it("items marks what an answer left out", function()
      answer = function() return { ["1"] = { id = "1" } }, {} end
      assert.same({ "1", false, "1" }, (function(list)
        return { list[1].id, list[2], list[3].id }
      end)(client:items { "1", "2", "1" }))
    end)

    it("items of nothing makes no call", function()
      assert.same({}, client:items {})
      assert.equal(0, #core.questions)
    end)

    it("items fails as a whole", function()
      answer = function() return fake.failure("not_found", "gone", { code = 100 }) end
      local media, message, err = client:items { "1" }
      assert.is_nil(media)
      assert.matches("gone", message)
      assert.equal("not_found", err.kind)
    end)

    it("children walks an album's own list", function()
      answer = function(question)
        return fake.page({ { id = "8" }, { id = "9" } }, question.params)
      end
      local ids = {}
      for child in client:children "5" do ids[#ids + 1] = child.id end
      assert.same({ "8", "9" }, ids)
      assert.equal("/5/children", last().path)
      assert.not_matches("children", last().params.fields)
    end)

    it("items wants a list, and says what it got", function()
      local function refused(value, words)
        assert.error_matches(function() client:items(value) end,
          "bad argument 'ids' to items (list expected, got " .. words, 1, true)
      end
      refused(client:media {}, "a pager: put its media into a list first)")
      refused(client, "instagram.client)")
      refused({ a = "5" }, "a table with names, but no [1])")
      refused({ id = "5", media_url = "https://x/" }, "a table with names")
      assert.same({}, (client:items {}))
      assert.same({}, (client:items { n = 0 }))
      assert.equal(0, #core.questions)
    end)

    it("children are asked for whole and cut here", function()
      answer = function(question)
        if question.params.limit ~= "100" then
          return { data = { { id = "1" } } } -- as recorded: no word of the rest
        end
        return { data = { { id = "1" }, { id = "2" }, { id = "3" } } }
      end
      local sizes = {}
      for page in client:children("5", { page_size = 2 }):pages() do
        sizes[#sizes + 1] = #page
      end
      assert.same({ 2, 1 }, sizes)
      local pager = client:children("5", { max = 2 })
      assert.equal("1", pager:next().id)
      assert.equal("2", pager:next().id)
      assert.is_nil(pager:next())
    end)

    it("children come over all pages, where their list has some", function()
      local all = fake.feed(103)
      answer = function(question) return fake.page(all, question.params) end
      local count = 0
      for _ in client:children("5", { page_size = 2 }) do count = count + 1 end
      assert.equal(103, count)
      assert.equal(2, #core.questions)
    end)

    it("children too heavy are not asked for in parts", function()
      answer = function() return fake.failure("transient", "less", { code = 1 }) end
      assert.is_nil((client:children("5"):next()))
      assert.equal(1, #core.questions)
      assert.is_falsy(last().opts.shrinkable)
    end)

    it("media asks by flavour, the same call", function()
      for _, flavour in ipairs { "basic_display", "instagram_login" } do
        open({ flavour = flavour }):media({}):next()
        assert.equal("/me/media", last().path)
        assert.matches("children{", last().params.fields)
      end
    end)
  end)

  describe("raw calls", function()
    it("get gives answer and meta", function()
      local value, meta = client:get("/me/stories",
        { fields = "id", limit = 3, a = true })
      assert.equal("1", value.id)
      assert.same({ status = 200, version = "v21.0" }, meta)
      assert.same({ fields = "id", limit = "3", a = "true" }, last().params)
    end)

    it("post and delete too, with pairs in an order", function()
      client:post("/5", { { "comment_enabled", true }, { "x", "y" } })
      assert.equal("post", last().method)
      assert.same({ comment_enabled = "true", x = "y" }, last().params)
      client:delete "/5"
      assert.equal("delete", last().method)
    end)

    it("send whole numbers to the last digit, or not at all", function()
      client:get("/me", { a = 2 ^ 53 - 1, b = -3, c = 25.0 })
      assert.same({ a = "9007199254740991", b = "-3", c = "25" }, last().params)
      if math.type then
        client:get("/me", { a = tonumber "9223372036854775807" }) -- an integer
        assert.same({ a = "9223372036854775807" }, last().params)
      end
      local count = #core.questions
      for _, value in ipairs { 2 ^ 53, -2 ^ 60, 1 / 0, -1 / 0, 0 / 0 } do
        assert.error_matches(function() client:post("/me", { since = value }) end,
          "bad parameter 'since' to post %(text or whole number expected, got [-%w]")
      end
      assert.error_matches(function() client:get("/me", { a = 2 ^ 63 }) end,
        "digits may be lost, give it as text")
      assert.equal(count, #core.questions)
    end)

    it("check what they are given", function()
      local function refused(words, ...)
        local given = { n = select("#", ...), ... }
        assert.error_matches(function()
          client:get((table.unpack or unpack)(given, 1, given.n))
        end, words)
      end
      refused("'path' to get %(string expected, got nil%)")
      refused("'path' to get %(string expected, got table%)", {})
      refused("'parameters' to get %(table expected", "/me", "fields=id")
      refused("bad parameter 'a' to get", "/me", { a = {} })
      refused("bad parameter 'a' to get", "/me", { a = 1.5 })
      refused("did you mean 'timeout'", "/me", nil, { timeot = 3 })
      assert.equal(0, #core.questions)
    end)
  end)

  describe("options", function()
    it("of the call go with every call", function()
      local call = { timeout = 3, retries = 0, version = "v20.0" }
      for _, ask in ipairs {
        function() client:me(call) end,
        function() client:user("1", call) end,
        function() client:item("1", call) end,
        function() client:items({ "1" }, call) end,
        function() client:get("/me", nil, call) end,
        function() client:fetch("https://x/y", call) end,
        function() client:download("https://x/y", "/tmp/x", call) end,
      } do
        ask()
        assert.same(call, last().opts)
      end
      client:media(call):next()
      assert.equal("v20.0", last().opts.version)
    end)

    it("are refused by name, at the caller's line", function()
      local function refused(words, fn)
        local ok, problem = pcall(fn)
        assert.is_false(ok)
        assert.matches("^[^\n]*client_spec.lua:%d+: ", problem)
        assert.matches(words, problem)
      end
      refused("bad option 'page_sise' to media %(unknown; did you mean 'page_size'",
        function() client:media { page_sise = 3 } end)
      refused("'timeout' to me %(positive number of seconds expected, got string%)",
        function() client:me { timeout = "3" } end)
      refused("'timeout' to me", function() client:me { timeout = 0 } end)
      refused("'retries' to me", function() client:me { retries = -1 } end)
      refused("'version' to me %(string like 'v21.0'",
        function() client:me { version = "21" } end)
      refused("'options' to me %(table expected, got string%)",
        function() client:me "id" end)
      refused("'max' to media", function() client:media { max = 0 } end)
      refused("'max' to media", function() client:media { max = 1.5 } end)
      refused("'page_size' to media %(at most 100%)",
        function() client:media { page_size = 101 } end)
      refused("'newer_than' to media", function() client:media { newer_than = {} } end)
      refused("'id' to user %(id as a string expected, got a number",
        function() client:user(17841400000000001) end)
      refused("'id' to item %(id as a string expected, got nil%)",
        function() client:item() end)
      refused("'id' to item", function() client:item "../me" end)
      refused("'album' to children", function() client:children {} end)
      refused("'ids' to items", function() client:items "1" end)
      refused("'ids' to items", function() client:items { 5 } end)
      assert.equal(0, #core.questions)
    end)
  end)

  describe("the log", function()
    it("has each request, without secrets", function()
      client:me()
      answer = function() return fake.failure("token", "dead", { status = 400 }) end
      client:item "5"
      assert.equal(3, #events)
      assert.equal("request", events[1].kind)
      assert.equal("GET", events[1].method)
      assert.equal("/me", events[1].path)
      assert.equal(200, events[1].status)
      assert.is_number(events[1].seconds)
      assert.is_nil(events[1].error)
      assert.equal("token", events[2].error)
      assert.equal(400, events[2].status)
      assert.equal("fault", events[3].kind)
      assert.equal("token", events[3].error)
      assert.is_string(events[3].advice)
      for _, event in ipairs(events) do
        for _, value in pairs(event) do
          assert.not_matches("IGsecret", tostring(value))
        end
      end
    end)

    it("has no query of a file's address", function()
      client:fetch "https://x/a.jpg?oh=signature"
      assert.equal("https://x/a.jpg", events[1].path)
    end)
  end)

  it("holds no secret and prints none", function()
    assert.equal("instagram.client (instagram_login)", tostring(client))
    local function search(value, seen)
      assert.not_matches("IGsecret", tostring(value))
      if type(value) ~= "table" or seen[value] then return end
      seen[value] = true
      for name, each in pairs(value) do
        search(name, seen)
        search(each, seen)
      end
    end
    search(client, {})
  end)

  it("usage is what the core has heard", function()
    assert.is_nil(client:usage())
  end)

  it("open wants a secret", function()
    assert.error_matches(function() instagram.open() end, "'secret' to open")
    assert.error_matches(function() instagram.open "" end, "'secret' to open")
    assert.error_matches(function() instagram.open("x", 3) end, "'options' to open")
  end)
end)
