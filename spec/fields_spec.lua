-- Field lists: what is sent for them, what is refused before anything is sent, and the
-- default set, which loses what Instagram does not know.
local fake = require "spec.support.fake_core"

describe("fields", function()
  local instagram, core, answer

  before_each(function()
    answer = nil
    instagram, core = fake.load(function(question)
      if answer then return answer(question) end
      return { id = "1", data = {} }, {}
    end)
  end)
  after_each(fake.unload)

  local function open(options)
    return instagram.open("IGtest", options)
  end

  local function sent()
    return core.questions[#core.questions].params.fields
  end

  local function refused(given, words, options)
    local ok, problem = pcall(function() open(options):me { fields = given } end)
    assert.is_false(ok)
    assert.matches("bad option 'fields' to me", problem)
    assert.matches(words, problem)
    assert.matches("fields_spec.lua:%d+: ", problem)
    assert.equal(0, #core.questions)
  end

  it("are sent in the order of the list", function()
    open():me { fields = { "username", "id" } }
    assert.equal("username,id", sent())
  end)

  it("expand edges, deeper ones too", function()
    open():me { fields = { "id", media = { "id", children = { "media_url", "id" } } } }
    assert.equal("id,media{id,children{media_url,id}}", sent())
    open():item("1", { fields = { "id", "children", children = { "id" } } })
    assert.equal("id,children{id}", sent())
    open():item("1", { fields = { "id", owner = { "id" } } })
    assert.equal("id,owner{id}", sent())
    open():item("1", { fields = { "id", children = "id,media_url" } })
    assert.equal("id,children{id,media_url}", sent())
  end)

  it("pass through when they are a string", function()
    open():me { fields = "id,whatever.limit(3){x}" }
    assert.equal("id,whatever.limit(3){x}", sent())
  end)

  it("must be known, and the nearest name is told", function()
    refused({ "user_name" }, "has no field 'user_name' here; did you mean 'username'?")
    refused({ "id", "zzzzzzzz" }, "no field 'zzzzzzzz' here%)")
    refused({ media = { "captoin" } }, "did you mean 'caption'?")
    refused({ "ID" }, "no field 'ID' here; did you mean 'id'?")
    refused({ "USERNAME" }, "did you mean 'username'?")
    refused({ media = { children = { "id", "media_ulr" } } }, "'media_url'?")
  end)

  it("differ by flavour", function()
    local basic = { flavour = "basic_display" }
    refused({ "biography" }, "basic_display has no field 'biography'", basic)
    open(basic):me { fields = { "account_type" } }
    assert.equal("account_type", sent())
  end)

  it("must be names in a list", function()
    refused({}, "no field is named")
    refused({ 3 }, "names of fields expected, got number")
    refused({ "" }, "names of fields expected")
    refused({ media = true }, "'media' must be a list")
    refused({ username = { "id" } }, "'username' has no fields of its own")
    assert.error_matches(function() open():me { fields = 3 } end,
      "'fields' to me %(list or string expected, got 3")
  end)

  it("must be served by the version that is asked", function()
    table.insert(core.flavours.instagram_login.user_fields,
      { name = "brand_new", type = "string", since = 2201, default = true })
    finally(function() table.remove(core.flavours.instagram_login.user_fields) end)
    refused({ "brand_new" }, "came with v22.1, this asks v21.0", { version = "v21.0" })
    open({ version = "v23.0" }):me { fields = { "brand_new" } }
    assert.equal("brand_new", sent())
    open({ version = "v23.0" }):me()
    assert.matches("brand_new", sent())
    open({ version = "v23.0" }):me { version = "v22.0" }
    assert.not_matches("brand_new", sent())
    open():me { fields = { "brand_new" } }
    assert.equal("brand_new", sent())
  end)

  describe("by default", function()
    it("are all that the flavour's table has in its default set", function()
      for name, flavour in pairs(core.flavours) do
        open({ flavour = name }):me()
        local expected = {}
        for _, field in ipairs(flavour.user_fields) do
          if field.default then expected[#expected + 1] = field.name end
        end
        assert.equal(table.concat(expected, ","), sent())
      end
    end)

    it("have an album's children in them", function()
      for name in pairs(core.flavours) do
        open({ flavour = name }):item "1"
        assert.matches("children{id,[%w_,]*media_url[%w_,]*}", sent())
        assert.matches("^id,", sent())
        assert.matches(",timestamp,", sent())
      end
    end)

    local function refuse(unknown)
      answer = function(question)
        local plain = question.params.fields:gsub("[{}]", ",") .. ","
        for _, name in ipairs(unknown) do
          if ("," .. plain):find("," .. name .. ",", 1, true) then
            return fake.failure("api", ("Tried accessing nonexisting field (%s)")
              :format(name), { code = 100, status = 400 })
          end
        end
        return { id = "1", data = {} }, {}
      end
    end

    it("lose what Instagram does not know, for this client from then on", function()
      refuse { "biography", "website" }
      local client = open()
      assert.equal("1", client:me().id)
      assert.equal(3, #core.questions)
      assert.not_matches("biography", sent())
      assert.matches("username", sent())
      client:me()
      assert.equal(4, #core.questions)
      open():me()
      assert.equal(7, #core.questions)
    end)

    it("lose it in lists too, with the children's", function()
      refuse { "thumbnail_url" }
      local client = open()
      local media, message = client:media({}):next()
      assert.is_nil(media)
      assert.is_nil(message)
      assert.equal(2, #core.questions)
      assert.not_matches("thumbnail_url", sent())
    end)

    it("lose it for the version that was asked", function()
      refuse { "biography" }
      local client = open()
      client:me { version = "v21.0" }
      assert.equal(2, #core.questions)
      client:me { version = "v22.0" }
      assert.equal(4, #core.questions)
      client:me { version = "v21.0" }
      assert.equal(5, #core.questions)
    end)

    it("lose it once, however many calls meet it at the same time", function()
      refuse { "biography" }
      local client, plain = open(), answer
      answer = function(question)
        question.delay = 1
        return plain(question)
      end
      local users = instagram.map({ 1, 2, 3 }, function() return client:me() end)
      assert.equal(3, #users)
      assert.equal(6, #core.questions)
    end)

    it("lose it for one question, when nobody knows what the id is of", function()
      refuse { "thumbnail_url" }
      local client = open()
      for _, ask in ipairs {
        function() return client:item "5" end,
        function() return client:items { "5" } end,
        function() return client:children("5"):next_page() end,
      } do
        core.questions = {}
        local _, message = ask()
        assert.is_nil(message)
        assert.equal(2, #core.questions)
      end
      client:media({}):next()
      assert.matches("thumbnail_url", core.questions[3].params.fields)
      assert.not_matches("thumbnail_url", sent())
      client:item "5"
      assert.equal(5, #core.questions)
    end)

    it("stay as they are when the id is of something else", function()
      local names = {}
      for _, field in ipairs(core.flavours.instagram_login.media_fields) do
        if field.default and field.name ~= "id" then names[#names + 1] = field.name end
      end
      refuse(names)
      local client = open()
      local media, message, err = client:item "me"
      assert.is_nil(media)
      assert.matches("nonexisting field", message)
      assert.matches("is this the id of a media?", err.advice, 1, true)
      assert.equal(4, #core.questions)
      answer = nil
      client:media({}):next()
      for _, name in ipairs(names) do assert.matches(name, sent(), 1, true) end
    end)

    it("are not guessed down to what a media and a user share", function()
      refuse { "account_type", "media_count" }
      local user, _, err = open({ flavour = "basic_display" }):user "5"
      assert.is_nil(user)
      assert.matches("is this the id of a user?", err.advice, 1, true)
    end)

    it("give up when nothing is left to strike", function()
      answer = function()
        return fake.failure("api", "Tried accessing nonexisting field (username)",
          { code = 100 })
      end
      local user, message = open():me()
      assert.is_nil(user)
      assert.matches("username", message)
      assert.equal(2, #core.questions)
    end)

    it("are not touched by other refusals", function()
      answer = function() return fake.failure("api", "no", { code = 100 }) end
      open():me()
      assert.equal(1, #core.questions)
    end)
  end)

  it("that the caller named are never dropped", function()
    answer = function()
      return fake.failure("api", "Tried accessing nonexisting field (username)",
        { code = 100 })
    end
    local user, message, err = open():me { fields = { "username" } }
    assert.is_nil(user)
    assert.matches("nonexisting", message)
    assert.equal(100, err.code)
    assert.equal(1, #core.questions)
  end)
end)
