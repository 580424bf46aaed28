-- Marks: a walk that is put down and taken up again, with the feed changed meanwhile.
local fake = require "spec.support.fake_core"

describe("a mark", function()
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

  local function take(pager, n)
    for _ = 1, n do assert(pager:next()) end
    return assert(pager:mark())
  end

  local function go_on(mark, options)
    options = options or {}
    options.from = mark
    options.page_size = options.page_size or 3
    return ids(open():media(options))
  end

  it("goes on right after the last media, at any place", function()
    for n = 0, 7 do
      local mark = take(open():media { page_size = 3 }, n)
      local rest = {}
      for i = 7 - n, 1, -1 do rest[#rest + 1] = tostring(i) end
      assert.equal(table.concat(rest, " "), go_on(mark), "after " .. n)
    end
  end)

  it("with another page size, and max counted anew", function()
    local mark = take(open():media { page_size = 5 }, 3)
    assert.equal("4 3 2 1", go_on(mark, { page_size = 2 }))
    assert.equal("4 3", go_on(mark, { max = 2 }))
  end)

  it("when max ended the walk", function()
    local pager = open():media { max = 3, page_size = 3 }
    ids(pager)
    assert.equal("4 3 2 1", go_on(pager:mark()))
  end)

  it("with new media on top", function()
    for n = 1, 6 do
      feed = fake.feed(7)
      local mark = take(open():media { page_size = 3 }, n)
      feed = fake.feed(12)
      local rest = {}
      for i = 7 - n, 1, -1 do rest[#rest + 1] = tostring(i) end
      assert.equal(table.concat(rest, " "), go_on(mark), "after " .. n)
    end
  end)

  it("when the marked media was deleted, also with new ones on top", function()
    local mark = take(open():media { page_size = 3 }, 2)
    table.remove(feed, 2)
    assert.equal("5 4 3 2 1", go_on(mark))
    feed = fake.feed(11)
    table.remove(feed, 6)
    assert.equal("5 4 3 2 1", go_on(mark))
  end)

  it("among media of one second", function()
    for _, media in ipairs(feed) do media.timestamp = feed[1].timestamp end
    local mark = take(open():media { page_size = 10 }, 3)
    assert.equal("4 3 2 1", go_on(mark))
    table.remove(feed, 3)
    assert.equal("4 3 2 1", go_on(mark))
  end)

  it("among media of one second that come on several pages, with new ones on top",
    function()
    for n = 1, 6 do
      feed = fake.feed(7)
      for _, media in ipairs(feed) do media.timestamp = feed[1].timestamp end
      local mark = take(open():media { page_size = 7 }, n)
      for _, media in ipairs(fake.feed(10)) do
        if tonumber(media.id) > 7 then table.insert(feed, 1, media) end
      end
      local rest = {}
      for i = 7 - n, 1, -1 do rest[#rest + 1] = tostring(i) end
      for size = 1, 5 do
        local options = { page_size = size }
        assert.equal(table.concat(rest, " "), go_on(mark, options), n .. " of " .. size)
      end
    end
  end)

  it("among more media of one second than it keeps", function()
    feed = fake.feed(40)
    for _, media in ipairs(feed) do media.timestamp = feed[1].timestamp end
    local mark = take(open():media { page_size = 40 }, 33)
    assert.equal("7 6 5 4 3 2 1", go_on(mark, { page_size = 4 }))
  end)

  it("of an ended walk goes on to nothing", function()
    local pager = open():media {}
    ids(pager)
    local mark = pager:mark()
    feed = fake.feed(9)
    assert.equal("", go_on(mark))
  end)

  it("is the same after the pager was closed", function()
    local pager = open():media { page_size = 3 }
    local mark = take(pager, 5)
    pager:close()
    assert.equal(mark, pager:mark())
    assert.equal("2 1", go_on(mark))
  end)

  it("does not jump over a page whose albums could not be completed", function()
    feed[5].children = {
      data = {}, paging = { cursors = { after = "x" }, next = "n" },
    }
    local pager = open(function(question)
      if question.path == "/3/children" then
        return fake.failure("transport", "no network")
      end
    end):media { page_size = 3 }
    local mark = take(pager, 3)
    assert.is_nil((pager:next()))
    assert.equal(mark, pager:mark())
    feed[5].children = nil
    assert.equal("4 3 2 1", go_on(mark))
  end)

  it("can be taken again before anything was handed out", function()
    local mark = take(open():media {}, 2)
    assert.equal(mark, open():media({ from = mark }):mark())
  end)

  it("is short, and has no secret and no account in it", function()
    local mark = take(open():media {}, 2)
    assert.is_true(#mark < 200)
    assert.not_matches("IGtest", mark)
    assert.matches("^[%w%._%%~-]+$", mark)
  end)

  it("asks once whose account it is", function()
    local pager = open():media {}
    take(pager, 1)
    take(pager, 1)
    assert.equal(1, #calls "/me")
  end)

  it("refuses another account", function()
    local mark = take(open():media {}, 2)
    local pager = open(function(question)
      if question.path == "/me" then return { id = "8" }, {} end
    end):media { from = mark }
    local media, message, err = pager:next()
    assert.is_nil(media)
    assert.matches("another account", message)
    assert.is_string(err.advice)
    assert.equal(0, #calls())
  end)

  it("refuses other fields, other bounds, and what is no mark", function()
    local mark = take(open():media {}, 2)
    local function refused(options, words)
      options.from = options.from or mark
      assert.error_matches(function() client:media(options) end, words)
    end
    refused({ fields = { "id" } }, "other fields")
    refused({ newer_than = 5 }, "other time bounds")
    refused({ from = mark:sub(1, -2) }, "cut or altered")
    refused({ from = mark:gsub("igm1", "igm2") }, "cut or altered")
    refused({ from = "" }, "no mark")
  end)

  it("finds the media by id alone, or says that it is gone", function()
    local fields = { "id" }
    for _, media in ipairs(feed) do media.timestamp = nil end
    local mark = take(open():media { fields = fields, page_size = 3 }, 2)
    assert.equal("5 4 3 2 1", go_on(mark, { fields = fields }))
    table.remove(feed, 2)
    local pager = open():media { fields = fields, from = mark }
    local media, message = pager:next()
    assert.is_nil(media)
    assert.matches("gone", message)
  end)

  it("belongs to one list: an album's is not the user's", function()
    local pager = open():children "55"
    pager:next()
    local mark = pager:mark()
    assert.error_matches(function() client:media { from = mark } end,
      "the mark is of another list")
    assert.error_matches(function() client:children("56", { from = mark }) end,
      "the mark is of another list")
    assert.error_matches(function()
      client:children("55", { from = mark, fields = { "id" } })
    end, "other fields")
  end)

  it("that says not of which list it is is good too", function()
    local mark = take(open():media { page_size = 3 }, 2)
    local body = mark:match "^(.+)%.[%w_-]+%.[%w_-]+$"
    assert.equal("5 4 3 2 1", go_on(body .. "." .. core.hash(body):sub(1, 10)))
  end)

  it("goes on in an album, whose list has no next page", function()
    for _, media in ipairs(feed) do media.timestamp = feed[1].timestamp end
    local function whole(question)
      if not question.path:find "/children" then return end
      local page = fake.page(feed, question.params)
      page.paging = nil
      return page, { status = 200 }
    end
    local pager = open(whole):children("55", { max = 3 })
    assert.equal("7 6 5", ids(pager))
    local mark = assert(pager:mark())
    local rest = open(whole):children("55", { from = mark, page_size = 2, max = 3 })
    assert.equal("4 3 2", ids(rest))
    assert.equal("1", ids(open(whole):children("55", { from = rest:mark() })))
  end)

  it("fails when nobody can say whose account it is", function()
    local pager = open(function(question)
      if question.path == "/me" then
        return fake.failure("transport", "no network")
      end
    end):media {}
    pager:next()
    local mark, message = pager:mark()
    assert.is_nil(mark)
    assert.matches("no network", message)
  end)
end)
