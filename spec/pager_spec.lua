-- Walks through media: pages, bounds, looking ahead, heavy pages, lists that go in
-- circles. The feed is scripted: most of this no server does at will.
local fake = require "spec.support.fake_core"

describe("a pager", function()
  local instagram, core, client, feed

  -- A client whose media list is `feed` and whose /me is account "7"; `special` may
  -- answer a question first.
  local function open(special)
    instagram, core = fake.load(function(question)
      if special then
        local first, second, third = special(question)
        if first ~= nil or second ~= nil then return first, second, third end
      end
      if question.path == "/me" then return { id = "7" }, { status = 200 } end
      return fake.page(feed, question.params)
    end)
    client = instagram.open "IGtest"
    return client
  end

  local function ids(pager)
    local list = {}
    for media in pager do list[#list + 1] = media.id end
    return table.concat(list, " ")
  end

  local function calls(path)
    local list = {}
    for _, question in ipairs(core.questions) do
      if question.path == (path or "/me/media") then list[#list + 1] = question end
    end
    return list
  end

  before_each(function() feed = fake.feed(7) end)
  after_each(fake.unload)

  describe("hands out", function()
    it("every media once, newest first, over all pages", function()
      assert.equal("7 6 5 4 3 2 1", ids(open():media { page_size = 3 }))
      assert.equal(3, #calls())
      assert.is_nil(calls()[1].params.after)
      assert.equal("c5", calls()[2].params.after)
    end)

    it("a hundred a page when nobody says how many", function()
      ids(open():media {})
      assert.equal("100", calls()[1].params.limit)
    end)

    it("nothing for an empty feed, which is no failure", function()
      feed = {}
      local pager = open():media {}
      local media, message = pager:next()
      assert.is_nil(media)
      assert.is_nil(message)
      assert.equal("", ids(pager))
      assert.equal(1, #calls())
    end)

    it("no more than max, and asks for no more", function()
      assert.equal("7 6 5 4", ids(open():media { max = 4 }))
      assert.equal(1, #calls())
      assert.equal("4", calls()[1].params.limit)
    end)

    it("max over several pages with a last page of the right size", function()
      assert.equal("7 6 5 4", ids(open():media { max = 4, page_size = 3 }))
      assert.equal(2, #calls())
      assert.equal("1", calls()[2].params.limit)
    end)

    it("pages with their cursors", function()
      local sizes = {}
      for page in open():media({ page_size = 3 }):pages() do
        sizes[#sizes + 1] = #page .. page.before .. page.after
      end
      assert.same({ "3c7c5", "3c4c2", "1c1c1" }, sizes)
    end)

    it("pages cut to max", function()
      local pager = open():media { page_size = 3, max = 4 }
      assert.equal(3, #pager:next_page())
      assert.equal(1, #pager:next_page())
      assert.is_nil(pager:next_page())
    end)

    it("sends nothing before something is wanted", function()
      open():media {}
      assert.equal(0, #core.questions)
    end)
  end)

  describe("keeps time bounds", function()
    local function at(id) return 1600000000 + id * 86400 end

    it("newer_than, and stops when a whole page is older", function()
      local pager = open():media { newer_than = at(5), page_size = 2 }
      assert.equal("7 6", ids(pager))
      assert.equal(2, #calls())
    end)

    it("newer_than with an old media on top", function()
      table.insert(feed, 1, table.remove(feed))
      assert.equal("7 6 5", ids(open():media { newer_than = at(4), page_size = 2 }))
    end)

    it("older_than, with full pages until it is reached", function()
      local pager = open():media { older_than = at(3), page_size = 4, max = 1 }
      assert.equal("2", ids(pager))
      assert.equal("4", calls()[1].params.limit)
    end)

    it("as an ISO text too", function()
      local text = os.date("!%Y-%m-%dT%H:%M:%SZ", at(5))
      assert.equal("7 6", ids(open():media { newer_than = text }))
    end)

    it("refuses a text that is no time, and fields without timestamp", function()
      open()
      assert.error_matches(function() client:media { newer_than = "soon" } end,
        "'newer_than' to media.*no time")
      assert.error_matches(function()
        client:media { newer_than = 1, fields = { "id" } }
      end, "timestamp")
      assert.no_error(function()
        client:media { newer_than = 1, fields = "id,timestamp" }
      end)
    end)
  end)

  describe("looks ahead", function()
    it("from half a page on, not before", function()
      local pager = open():media { page_size = 4 }
      pager:next()
      assert.equal(1, #calls())
      pager:next()
      assert.equal(2, #calls())
      assert.is_nil(calls()[2].request.was_attended)
    end)

    it("never beyond max", function()
      local pager = open():media { page_size = 4, max = 4 }
      ids(pager)
      assert.equal(1, #calls())
    end)

    it("takes what it asked for", function()
      ids(open():media { page_size = 4 })
      assert.equal(2, #calls())
    end)

    it("not when the next page is surely too old", function()
      local pager = open():media { page_size = 4, newer_than = 1600000000 + 4 * 86400 }
      for _ = 1, 3 do pager:next() end
      assert.equal(1, #calls())
    end)

    it("and cancels that when it is closed", function()
      local pager = open(function(question) question.delay = question.number - 1 end)
        :media { page_size = 4 }
      pager:next()
      pager:next()
      pager:close()
      assert.is_true(calls()[2].request.cancelled)
      assert.error_matches(function() pager:next() end, "pager is closed")
    end)
  end)

  describe("asks for less when a page is too heavy", function()
    local function heavy_over(most, err)
      return function(question)
        local limit = tonumber(question.params.limit)
        if limit and limit > most then
          return fake.failure("transient", "reduce the amount of data", err)
        end
      end
    end

    local function limits()
      local list = {}
      for _, question in ipairs(calls()) do list[#list + 1] = question.params.limit end
      return table.concat(list, " ")
    end

    it("after code 1, halving, and stays with what worked for a while", function()
      local pager = open(heavy_over(3, { code = 1, status = 400 }))
        :media { page_size = 100 }
      assert.equal("7 6 5 4 3 2 1", ids(pager))
      assert.equal("100 50 25 12 6 3 3 3", limits())
    end)

    it("after HTTP 500", function()
      ids(open(heavy_over(4, { status = 500 })):media { page_size = 8 })
      assert.equal("8 4 4", limits())
    end)

    it("but grows again when the bad minute is over", function()
      feed = fake.feed(60)
      ids(open(function(question)
        if question.number <= 3 then return heavy_over(0, { code = 1 })(question) end
      end):media { page_size = 16 })
      assert.equal("16 8 4 2 2 2 4 4 8 8 16 16", limits())
    end)

    it("and is the slower to grow the more often that was too much", function()
      feed = fake.feed(40)
      ids(open(heavy_over(3, { code = 1 })):media { page_size = 4 })
      assert.equal("4 2 2 2 4 2 2 2 2 2 4 2 2 2 2 2 2 2 2 2 4 2",
        limits():sub(1, #"4 2 2 2 4 2 2 2 2 2 4 2 2 2 2 2 2 2 2 2 4 2"))
    end)

    it("tells the core not to repeat such a page, but for one item alone", function()
      ids(open():media {})
      assert.is_true(calls()[1].opts.shrinkable)
      open():media({ max = 1 }):next()
      assert.is_false(calls()[1].opts.shrinkable)
    end)

    it("gives up at one, and begins anew with the old size", function()
      local broken = true
      local pager = open(function(question)
        if broken then return heavy_over(0, { code = 1 })(question) end
      end):media { page_size = 4 }
      local media, message, err = pager:next()
      assert.is_nil(media)
      assert.matches("reduce", message)
      assert.equal(1, err.code)
      assert.equal("4 2 1", limits())
      broken = false
      assert.equal("7", pager:next().id)
      assert.equal("4 2 1 4", limits())
    end)

    it("not after other failures", function()
      local pager = open(function()
        return fake.failure("token", "dead", { code = 190 })
      end):media {}
      pager:next()
      assert.equal(1, #calls())
    end)
  end)

  describe("fails", function()
    it("with nil, message, err, and goes on with the same page", function()
      local broken = true
      local pager = open(function(question)
        if broken and question.params.after then
          return fake.failure("transport", "no network")
        end
      end):media { page_size = 5 }
      for _ = 1, 5 do assert(pager:next()) end
      for _ = 1, 2 do
        local media, message, err = pager:next()
        assert.is_nil(media)
        assert.equal("transport: no network", message)
        assert.equal(err, pager:error())
      end
      broken = false
      assert.equal("2", pager:next().id)
      assert.is_nil(pager:error())
    end)

    it("in a for loop by raising the message; error() has the object", function()
      local pager = open(function() return fake.failure("token", "dead") end):media {}
      local ok, problem = pcall(function() for _ in pager do end end)
      assert.is_false(ok)
      assert.is_string(problem)
      assert.matches("pager_spec.lua:%d+: token: dead", problem)
      assert.equal("token", pager:error().kind)
      ok, problem = pcall(function() for _ in pager:pages() do end end)
      assert.is_false(ok)
      assert.matches("token: dead", problem)
    end)

    it("when an answer holds no list", function()
      local _, message = open(function() return { id = "1" }, {} end):media({}):next()
      assert.matches("no list", message)
    end)
  end)

  describe("cannot loop", function()
    local function endless(cursor)
      return function(question)
        if question.path ~= "/me/media" then return end
        return {
          data = { { id = tostring(question.number) } },
          paging = { cursors = { after = cursor(question) }, next = "https://x/" },
        }, {}
      end
    end

    local function walk(special)
      local pager, count = open(special):media {}, 0
      local media, message, err
      repeat
        media, message, err = pager:next()
        if media then count = count + 1 end
      until not media or count > 2000
      return count, message, err
    end

    it("on a cursor that leads to itself", function()
      local count, message, err = walk(endless(function() return "same" end))
      assert.equal(2, count)
      assert.matches("was here before", message)
      assert.equal("parse", err.kind)
    end)

    it("in a circle of three", function()
      local count, message = walk(endless(function(question)
        return "c" .. question.number % 3
      end))
      assert.is_true(count <= 4)
      assert.matches("was here before", message)
    end)

    it("in a very large circle", function()
      local count, message = walk(endless(function(question)
        return "c" .. question.number % 300
      end))
      assert.is_true(count < 1000)
      assert.matches("was here before", message)
    end)

    it("through empty pages that all have a next one", function()
      local _, message = walk(function(question)
        return { data = {}, paging = {
          cursors = { after = "c" .. question.number }, next = "https://x/",
        } }, {}
      end)
      assert.matches("empty page", message)
      assert.is_true(#calls() < 50)
    end)

    it("and says so when no cursor leads on", function()
      local count, message = walk(function(question)
        if question.path == "/me/media" then
          return { data = { { id = "1" } }, paging = { next = "https://x/?a=1" } }, {}
        end
      end)
      assert.equal(1, count)
      assert.matches("no cursor", message)
    end)

    it("but passes over an empty page", function()
      local pager = open(function(question)
        if question.path == "/me/media" and not question.params.after then
          return { data = {}, paging = { cursors = { after = "c4" }, next = "x" } }, {}
        end
      end):media {}
      assert.equal("3 2 1", ids(pager))
    end)

    it("and takes the cursor out of next when there is no other", function()
      local pager = open(function(question)
        if question.path == "/me/media" and not question.params.after then
          local elsewhere = "https://evil/?after=c%34"
          return { data = { { id = "9" } }, paging = { next = elsewhere } }, {}
        end
      end):media {}
      assert.equal("9 3 2 1", ids(pager))
      assert.equal("/me/media", core.questions[2].path)
    end)
  end)

  describe("completes children", function()
    local function album(children, more)
      return function(question)
        if question.path == "/me/media" then
          return { data = { {
            id = "1", media_type = "CAROUSEL_ALBUM",
            children = { data = children, paging = more },
          } } }, {}
        end
      end
    end

    it("from their own list, by its cursor", function()
      local special = album({ { id = "a" } }, { cursors = { after = "x" }, next = "n" })
      local asked
      local pager = open(function(question)
        if question.path == "/1/children" then
          asked = question
          return { data = { { id = "b" }, { id = "c" } } }, {}
        end
        return special(question)
      end):media {}
      local media = pager:next()
      assert.equal(3, #media.children)
      assert.equal("c", media.children[3].id)
      assert.equal("x", asked.params.after)
      assert.matches("media_url", asked.params.fields)
    end)

    it("with the fields the caller wanted of them", function()
      local asked
      local pager = open(function(question)
        if question.path == "/1/children" then
          asked = question
          return { data = {} }, {}
        end
        return album({}, { cursors = { after = "x" }, next = "n" })(question)
      end):media { fields = { "id", children = { "id", "media_type" } } }
      pager:next()
      assert.equal("id,media_type", asked.params.fields)
    end)

    it("makes no call when they are all there", function()
      local media = open(album { { id = "a" } }):media({}):next()
      assert.equal("a", media.children[1].id)
      assert.equal(1, #core.questions)
    end)

    it("fails with the page, and goes on where it failed", function()
      local broken = true
      local pager = open(function(question)
        if question.path == "/1/children" then
          if broken then return fake.failure("transport", "no network") end
          return { data = { { id = "b" } } }, {}
        end
        local more = { cursors = { after = "x" }, next = "n" }
        return album({ { id = "a" } }, more)(question)
      end):media {}
      local media, message = pager:next()
      assert.is_nil(media)
      assert.matches("no network", message)
      broken = false
      assert.equal(2, #pager:next().children)
      assert.equal(1, #calls())
    end)
  end)

  it("is its own iterator and tells nothing by tostring", function()
    local pager = open():media {}
    assert.matches("^instagram.pager", tostring(pager))
    pager:close()
    pager:close()
    assert.equal("instagram.pager (closed)", tostring(pager))
  end)
end)
