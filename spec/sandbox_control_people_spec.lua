-- Control calls about people, their posts and their apps.
local control = require "spec.support.control"
local http = require "spec.support.sandbox_http"

describe("control", function()
  local sandbox

  setup(function() sandbox = control.start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() control.renew(sandbox) end)

  local function refused(...) control.refused(sandbox, ...) end

  local function person(spec) return control.person(sandbox, spec) end

  local function me(token, fields)
    return http.get(sandbox, "/me", { access_token = token, fields = fields })
  end

  describe("people", function()
    it("are made, changed and shown", function()
      local made = sandbox:control("add_user", { username = "a.b_1", name = "A",
        biography = "b", website = "https://x", account_type = "MEDIA_CREATOR",
        followers_count = 5, follows_count = 6 })
      assert.same({ id = made.id, username = "a.b_1", account_type = "MEDIA_CREATOR",
        private = false, media_count = 0 }, made)
      local token = sandbox:generate_token "a.b_1"
      local fields = "username,name,biography,website,followers_count,follows_count"
      assert.matches('{"username":"a.b_1","name":"A","biography":"b",'
        .. '"website":"https:\\/\\/x","followers_count":5,"follows_count":6,',
        me(token, fields).body, 1, true)
      sandbox:control("update_user", { username = "a.b_1", name = "", biography = "",
        followers_count = 7 })
      assert.matches('^{"username":"a.b_1","website":"[^"]+","followers_count":7,',
        me(token, fields).body)
      assert.matches("%.jpg%?", me(token, "profile_picture_url").body)
      assert.is_true(sandbox:control("update_user", { username = "a.b_1",
        private = true }).private)
    end)

    it("are refused by name", function()
      local taken = person()
      refused("an account named '" .. taken .. "' exists", "add_user",
        { username = taken })
      for _, username in ipairs { "", "a b", "a'b", "\195\164", "a/b", "..", ".a", "a.",
        "a..b", ("a"):rep(31) } do
        refused("username must be letters", "add_user", { username = username })
      end
      refused("username must be letters", "add_user", {})
      refused("account_type must be", "add_user", { username = "x",
        account_type = "BOT" })
      refused("add_user: 'followers_count' must be a whole number", "add_user",
        { username = "x", followers_count = 1.5 })
      refused("there is no file '/nowhere'", "add_user", { username = "x",
        picture = "/nowhere" })
      for _, member in ipairs { "name", "biography", "website" } do
        refused(member .. " must be plain text", "add_user", { username = "x",
          [member] = "a\0b" })
      end
      refused("PERSONAL accounts cannot use instagram_login", "generate_token",
        { username = person() })
      refused("is not an accepted tester", "generate_token",
        { username = person { tester = false }, flavour = "basic_display" })
      refused("no account named 'nobody'", "update_user", { username = "nobody" })
      refused("username must be a string", "update_user", {})
      refused("update_user has no 'age'", "update_user", { username = "x", age = 5 })
      assert.is_nil(sandbox:control("generate_token", { username = "x" }))
    end)

    it("post, one by one and many at once, all or nothing", function()
      local name = person { account_type = "BUSINESS" }
      local one = sandbox:control("add_media", { username = name, type = "IMAGE" })
      assert.same({ one.id }, one.ids)
      local many = sandbox:control("add_media", { username = name, media = {
        { type = "IMAGE" }, { type = "CAROUSEL_ALBUM", children = { {}, {} } } } })
      assert.equal(2, #many.ids)
      for message, spec in pairs {
        ["type must be IMAGE, VIDEO"] = { type = "STORY" },
        ["a post has no 'captoin'"] = { captoin = "x" },
        ["'caption' must be a string"] = { caption = 5 },
        ["'like_count' must be a whole number"] = { like_count = "5" },
        ["timestamp must be"] = { timestamp = "tomorrow" },
        ["timestamp must be ISO"] = { timestamp = "2023-02-30" },
        ["timestamp must be ISO 8601"] = { timestamp = true },
        ["an album needs some"] = { type = "CAROUSEL_ALBUM" },
        ["children belong to a CAROUSEL_ALBUM"] = { type = "IMAGE", children = { {} } },
        ["at most 10 children"] = { type = "CAROUSEL_ALBUM",
          children = { {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {} } },
        ["a child's type must be IMAGE or VIDEO"] = { type = "CAROUSEL_ALBUM",
          children = { { type = "REELS" } } },
        ["a child has no 'caption'"] = { type = "CAROUSEL_ALBUM",
          children = { { caption = "x" } } },
        ["a child must be a table"] = { type = "CAROUSEL_ALBUM", children = { 5 } },
      } do
        refused(message, "add_media", { username = name, media = { {}, spec } })
        spec.username = name
        refused(message, "add_media", spec)
      end
      refused("a post must be a table", "add_media", { username = name, media = { 5 } })
      refused("add_media has no 'caption'", "add_media", { username = name,
        caption = "x", media = {} })
      refused("no account named 'nobody'", "add_media", { username = "nobody" })
      for _, user in ipairs(sandbox:control("users").users) do
        if user.username == name then assert.equal(3, user.media_count) end
      end
      sandbox:control("delete_media", { id = many.ids[2] })
      refused("no post has the id", "delete_media", { id = many.ids[2] })
      refused("id is missing", "delete_media", {})
      refused("'id' must be a string", "delete_media", { id = 5 })
    end)

    it("own apps that their developers change", function()
      local app = sandbox:control("update_app", { flavour = "basic_display",
        version = "v16.0", redirect_uris = { "https://a/", "https://b/" } })
      assert.equal(sandbox:credentials("basic_display").client_id, app.client_id)
      assert.equal("v16.0", app.version)
      assert.same({ "https://a/", "https://b/" }, app.redirect_uris)
      refused("mode must be", "update_app", { mode = "dead" })
      for _, uris in ipairs { {}, { "localhost" }, { "https://a/#b" }, { 5 } } do
        refused("redirect_uris", "update_app", { redirect_uris = uris })
      end
      assert.equal("https://a/", sandbox:credentials("basic_display").redirect_uri)
      sandbox:control("update_app", { flavour = "basic_display", mode = "development",
        version = "v18.0", redirect_uris = { "https://localhost/auth/" } })
    end)
  end)
end)
