-- Users, media and their fields in the sandbox: which there are, in what
-- order, of what type, when they are absent; expansion in all its forms; `?ids=`.
local http = require "spec.support.sandbox_http"
local shape = require "spec.support.json_shape"

local FLAVOURS = { "basic_display", "instagram_login" }

local USER_FIELDS = {
  basic_display = "id,username,account_type,media_count",
  instagram_login = "id,user_id,username,name,account_type,profile_picture_url,"
    .. "followers_count,follows_count,media_count,biography,website",
}

local BOTH = "id,caption,media_type,media_url,permalink,thumbnail_url,timestamp,"
  .. "username,is_shared_to_feed"
local MEDIA_FIELDS = {
  basic_display = BOTH,
  instagram_login = BOTH .. ",media_product_type,like_count,comments_count,owner,"
    .. "shortcode,is_comment_enabled,alt_text,legacy_instagram_media_id",
}

local FACEBOOK_ONLY = "view_count,reposts_count,saved_count,shares_count,"
  .. "total_like_count,boost_ads_list,copyright_check_information"

local PNG = os.tmpname()

describe("the graph of", function()
  local sandbox, tokens = nil, {}

  -- anna's posts, oldest first; ids by a name of ours.
  local ids = {}

  local function post(name, spec)
    spec.username = "anna"
    ids[name] = assert(sandbox:control("add_media", spec)).id
  end

  setup(function()
    local file = assert(io.open(PNG, "wb"))
    file:write("\137PNG\r\n\26\n")
    file:close()
    os.rename(PNG, PNG .. ".png")
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS",
      name = "Anna \"A\" \195\132", biography = "50 % / sea\nshore \240\159\140\138",
      website = "https://anna.example/", followers_count = 12, follows_count = 3 })
    sandbox:control("add_user", { username = "bare", account_type = "BUSINESS" })
    sandbox:control("bulk", { username = "other", media = 3 })
    post("image", { type = "IMAGE", caption = "a", alt_text = "a \"boat\"",
      timestamp = "2023-10-01T10:00:00+0000", like_count = 7, comments_count = 2 })
    post("silent", { type = "IMAGE", timestamp = "2023-10-02" })
    post("flagged", { type = "IMAGE", caption = "", no_media_url = true,
      timestamp = "2023-10-03T00:00:00+0200" })
    post("video", { type = "VIDEO", caption = "v", timestamp = 1696500000 })
    post("reel", { type = "REELS", caption = "r", timestamp = "2023-10-06" })
    post("hidden_reel", { type = "REELS", is_shared_to_feed = false,
      timestamp = "2023-10-07" })
    post("album", { type = "CAROUSEL_ALBUM", caption = "al", timestamp = "2023-10-08",
      like_count = 1, children = { { type = "IMAGE", file = PNG .. ".png" },
        { type = "VIDEO" }, { type = "IMAGE", no_media_url = true } } })
    post("caption", { type = "IMAGE", timestamp = "2023-10-09",
      caption = "q\"b\\s/p%\n\t\r\8\12\1\127 \195\164 \226\130\172 \240\159\145\140"
        .. "\226\128\143 <b>&'=</b>" })
    for _, flavour in ipairs(FLAVOURS) do
      tokens[flavour] = sandbox:generate_token("anna", flavour)
    end
  end)
  teardown(function()
    sandbox:stop()
    os.remove(PNG .. ".png")
  end)
  before_each(function()
    sandbox:control "reset"
    sandbox:set_clock(1698796800)
  end)

  local function get(flavour, path, fields, more)
    local params = { access_token = tokens[flavour], fields = fields }
    for name, value in pairs(more or {}) do params[name] = value end
    return http.get(sandbox, path, params)
  end

  local function node(flavour, path, fields, more)
    local answer = get(flavour, path, fields, more)
    assert.equal(200, answer.status, answer.body)
    return shape.read(answer.body), answer
  end

  local function refused(answer, code, message, status)
    assert.equal(status or 400, answer.status, answer.body)
    assert.equal(code, answer:error().code)
    assert.equal(message, answer:error().message)
    assert.is_string(http.last(sandbox).reason)
  end

  for _, flavour in ipairs(FLAVOURS) do
    describe(flavour, function()
      it("gives a user's fields in the order asked, in their types", function()
        local me = node(flavour, "/me", USER_FIELDS[flavour])
        assert.equal(USER_FIELDS[flavour], table.concat(me.names, ","))
        for name, member in pairs(me.members) do
          assert.equal(name:find "_count$" and "number" or "string", member.kind, name)
        end
        assert.equal("8", me.members.media_count.raw)
        assert.equal("BUSINESS", me.members.account_type.raw)
        local backwards = "media_count,username,account_type,id"
        assert.equal(backwards,
          table.concat(node(flavour, "/me", backwards).names, ","))
      end)

      it("gives the id without fields, and last when it was not asked for", function()
        for _, fields in ipairs { false, "", " , ,", "id", "id,id, id" } do
          assert.same({ "id" }, node(flavour, "/me", fields or nil).names)
        end
        assert.same({ "username", "id" }, node(flavour, "/me", "username").names)
        assert.same({ "media_type", "id" },
          node(flavour, "/" .. ids.image, "media_type").names)
      end)

      it("gives the same user by all of their ids", function()
        local me, answer = node(flavour, "/me", "id,username")
        local scoped = me.members.id.raw
        local raw = sandbox:control("users").users[1].id
        assert.are_not.equal(scoped, raw)
        assert.equal(flavour == "basic_display" and 16 or 17, #scoped)
        for _, path in ipairs { "/" .. scoped, "/" .. raw, "/me/", "//me",
          "/v18.0/" .. raw .. "/", "/%6de" } do
          assert.equal(answer.body, get(flavour, path, "id,username").body, path)
        end
      end)

      it("gives a media's fields in the order asked, in their types", function()
        local image = node(flavour, "/" .. ids.image, MEDIA_FIELDS[flavour])
        local wanted = MEDIA_FIELDS[flavour]:gsub(",thumbnail_url", "")
          :gsub(",is_shared_to_feed", "")
        assert.equal(wanted, table.concat(image.names, ","))
        local kinds = { like_count = "number", comments_count = "number",
          owner = "object", is_comment_enabled = "boolean" }
        for name, member in pairs(image.members) do
          assert.equal(kinds[name] or "string", member.kind, name)
        end
        assert.equal("2023-10-01T10:00:00+0000", image.members.timestamp.raw)
        assert.equal("anna", image.members.username.raw)
        assert.matches("^https:\\/\\/www%.instagram%.com\\/p\\/C[%w_-]+\\/$",
          image.members.permalink.raw)
        assert.equal(ids.image, image.members.id.raw)
      end)

      it("leaves out what a media has not", function()
        local function has(name, field)
          return node(flavour, "/" .. ids[name], MEDIA_FIELDS[flavour]).members[field]
        end
        for name, kind in pairs { image = "IMAGE", video = "VIDEO", reel = "VIDEO",
          album = "CAROUSEL_ALBUM" } do
          assert.equal(kind, has(name, "media_type").raw)
        end
        assert.is_nil(has("silent", "caption"))
        assert.is_nil(has("flagged", "caption"))
        assert.is_nil(has("flagged", "media_url"))
        assert.equal("2023-10-02T22:00:00+0000", has("flagged", "timestamp").raw)
        assert.is_table(has("video", "thumbnail_url"))
        assert.is_nil(has("image", "thumbnail_url"))
        assert.is_nil(has("album", "thumbnail_url"))
        assert.matches("t50%.2886%-16.*%.mp4%?", has("video", "media_url").raw)
        assert.matches("%.jpg%?", has("video", "thumbnail_url").raw)
        assert.is_nil(has("video", "is_shared_to_feed"))
        assert.equal("true", has("reel", "is_shared_to_feed").raw)
        assert.equal("false", has("hidden_reel", "is_shared_to_feed").raw)
        assert.matches("/reel\\/", has("reel", "permalink").raw)
        local album = has("album", "media_url").raw:match "^[^?]+"
        local first = node(flavour, "/" .. ids.album .. "/children", "media_url")
          .members.data[1].members.media_url.raw
        assert.equal(first:match "^[^?]+", album)
        assert.matches("%.png$", album)
      end)

      it("escapes as Instagram does", function()
        local caption = node(flavour, "/" .. ids.caption, "caption").members.caption
        assert.equal([[q\"b\\s\/p\u0025\n\t\r\b\f\u0001]] .. "\127"
          .. [[ \u00e4 \u20ac \ud83d\udc4c\u200f <b>&'=<\/b>]], caption.raw)
      end)

      it("gives children that are media with less", function()
        local list = node(flavour, "/" .. ids.album .. "/children",
          MEDIA_FIELDS[flavour])
        assert.same({ "data" }, list.names)
        assert.equal(3, #list.members.data)
        local first = list.members.data[1]
        for _, name in ipairs { "caption", "like_count", "comments_count",
          "is_shared_to_feed", "is_comment_enabled" } do
          assert.is_nil(first.members[name])
        end
        for _, name in ipairs { "media_type", "media_url", "permalink", "timestamp",
          "username" } do
          assert.is_table(first.members[name], name)
        end
        assert.is_table(list.members.data[2].members.thumbnail_url)
        assert.is_nil(list.members.data[3].members.media_url)
        -- each is a node of its own, without children
        local id = first.members.id.raw
        assert.same({ "media_type", "id" }, node(flavour, "/" .. id,
          "media_type,caption,children{id}").names)
        for _, each in ipairs { id, ids.image } do
          assert.equal('{"data":[]}', get(flavour, "/" .. each .. "/children").body)
        end
      end)

      it("pages children with the switch only", function()
        local path = "/" .. ids.album .. "/children"
        sandbox:control("settings", { children_paging = true })
        local all, list, seen = {}, node(flavour, path).members.data, {}
        for i, child in ipairs(list) do all[i] = child.members.id.raw end
        local answer = get(flavour, path, "id,media_type", { limit = 2 })
        repeat
          local page = answer:json()
          for _, child in ipairs(page.data) do seen[#seen + 1] = child.id end
          assert.is_string(page.paging.cursors.before)
          local following = page.paging.next
          if following then
            assert.matches("/v18%.0/" .. ids.album .. "/children%?access_token=",
              following)
            assert.matches("&fields=id%%2Cmedia_type&limit=2&after=", following)
            answer = http.follow(sandbox, following)
          end
        until not following
        assert.same(all, seen)
        local last = answer:json()
        answer = http.follow(sandbox, last.paging.previous)
        assert.equal(all[1], answer:json().data[1].id)
        assert.is_nil(answer:json().paging.previous)
        -- inside an item too
        local album = get(flavour, "/" .. ids.album,
          "children.limit(1){media_type}"):json()
        assert.equal(all[1], album.children.data[1].id)
        local rest = http.follow(sandbox, album.children.paging.next):json()
        assert.equal(all[2], rest.data[1].id)
        assert.equal("VIDEO", rest.data[1].media_type)
      end)

      it("expands children in all forms", function()
        local plain = '"children":{"data":[{"id":"%d+"},{"id":"%d+"},{"id":"%d+"}]}'
        local full = '"children":{"data":[{"media_type":"IMAGE","media_url":'
        sandbox:control("settings", { dotted_fields = "accept" })
        for form, wanted in pairs {
          ["children"] = plain, ["children{}"] = plain, ["children{id}"] = plain,
          ["children.fields(id)"] = plain, [" children { id } "] = plain,
          ["children{media_type,media_url}"] = full,
          ["children.fields(media_type,media_url)"] = full,
          ["children.media_type,children.media_url"] = full,
          ["children{media_type},children{media_url}"] = full,
          ["children.limit(10){media_type,media_url}"] = full,
          ["children.limit(10).fields(media_type,media_url)"] = full,
          ["children.limit(2)"] = '"children":{"data":[{"id":"%d+"},{"id":"%d+"}]}',
        } do
          local pattern = wanted:gsub("[%[%]]", "%%%0")
          assert.matches(pattern, get(flavour, "/" .. ids.album, form).body)
          assert.matches(pattern, get(flavour, "/me/media", form .. ",id",
            { limit = 2 }).body)
        end
      end)

      it("shows children of albums only", function()
        for _, item in ipairs(node(flavour, "/me/media", "media_type,children{id}")
          .members.data) do
          assert.equal(item.members.media_type.raw == "CAROUSEL_ALBUM",
            item.members.children ~= nil)
        end
      end)

      it("expands media inside a user, page and all", function()
        for _, form in ipairs { "media.limit(2){media_type,children{id}}",
          "media.limit(2).fields(media_type,children{id})",
          "media.fields(media_type,children.fields(id)).limit(2)",
          "media{media_type,children{id}}.limit(2)" } do
          local answer = get(flavour, "/me", "username," .. form)
          if form:find "}.limit" then
            assert.equal(2500, answer:error().code) -- not a form anybody saw
          else
            local me = shape.read(answer.body)
            assert.same({ "username", "media", "id" }, me.names)
            local media = me.members.media.members
            assert.equal(2, #media.data)
            assert.same({ "media_type", "children", "id" }, media.data[2].names)
            local page = answer:json().media.paging
            assert.is_nil(page.previous)
            assert.matches("/17841%d+/media%?access_token=%w+&fields=media_type%%2C"
              .. "children%%7Bid%%7D&limit=2&after=", page.next)
            local rest = http.follow(sandbox, page.next):json()
            assert.equal(ids.hidden_reel, rest.data[1].id)
          end
        end
        local all = node(flavour, "/me", "media").members.media.members
        assert.equal(8, #all.data)
        assert.same({ "id" }, all.data[1].names)
        local nested = get(flavour, "/me", "media.limit(1){id}"):json().media
        local after = get(flavour, "/me", "media.limit(1).after("
          .. nested.paging.cursors.after .. "){id}"):json().media
        assert.equal(ids.album, after.data[1].id)
      end)

      it("keeps silent about Facebook's, refuses what is nobody's", function()
        if flavour == "instagram_login" then
          assert.same({ "id" }, node(flavour, "/" .. ids.image, FACEBOOK_ONLY).names)
        else
          refused(get(flavour, "/" .. ids.image, "like_count"), 100,
            "Tried accessing nonexisting field (like_count)")
          assert.matches("it is one of instagram_login", http.last(sandbox).reason)
        end
        for _, path in ipairs { "/me", "/me/media", "/" .. ids.image,
          "/" .. ids.album .. "/children" } do
          refused(get(flavour, path, "id,unread_count,other"), 100,
            "Tried accessing nonexisting field (unread_count)")
        end
        refused(get(flavour, "/me/media", "id,children{id,nonsense}"), 100,
          "Tried accessing nonexisting field (nonsense)")
        refused(get(flavour, "/me", "media{id,nonsense}"), 100,
          "Tried accessing nonexisting field (nonsense)")
        refused(get(flavour, "/me", "children"), 100,
          "Tried accessing nonexisting field (children)")
      end)

      it("says where fields cannot be read", function()
        local text = "caption,id,media_type,media_url,thumbnail_url,permalink,"
          .. "children.media_type,children.media_url,timestamp"
        refused(get(flavour, "/me/media", text), 2500, -- as reported, verbatim
          'Syntax error "Expected "(" instead of ","." at character 75: ' .. text, 500)
        for form, message in pairs {
          ["id}"] = 'Expected end of string instead of "}"." at character 2',
          ["children{id"] = 'Expected "}" instead of end of string." at character 11',
          ["children{id)"] = 'Expected "}" instead of ")"." at character 11',
          ["*"] = 'Expected a field name instead of "*"." at character 0',
          ["a b"] = 'Expected end of string instead of "b"." at character 2',
          ["media.limit"] = 'Expected "(" instead of end of string." at character 11',
          [("a{"):rep(20)] = 'Expected fewer levels instead of',
        } do
          local answer = get(flavour, "/me", form)
          assert.equal(500, answer.status)
          assert.matches('Syntax error "' .. message, answer:error().message, 1, true)
        end
        sandbox:control("settings", { syntax_status = 400 })
        assert.equal(400, get(flavour, "/me", "*").status)
      end)

      it("took dotted paths until April 2021", function()
        local text = "children.media_type,children.media_url"
        sandbox:set_clock(1618876799)
        assert.equal(200, get(flavour, "/me/media", text).status)
        sandbox:set_clock(1618876800)
        assert.equal(500, get(flavour, "/me/media", text).status)
        sandbox:control("settings", { dotted_fields = "accept" })
        assert.equal(200, get(flavour, "/me/media", text).status)
        sandbox:set_clock(1600000000)
        sandbox:control("settings", { dotted_fields = "refuse" })
        assert.equal(500, get(flavour, "/me/media", text).status)
      end)

      it("answers many ids at once, in their order", function()
        local list = { ids.video, ids.image, "me", ids.album, ids.video }
        local answer = get(flavour, "/", "id", { ids = table.concat(list, ",") })
        local all = shape.read(answer.body)
        assert.same({ ids.video, ids.image, "me", ids.album }, all.names)
        assert.equal(ids.album, all.members[ids.album].members.id.raw)
        assert.equal(answer.body, get(flavour, "/v18.0/", "id",
          { ids = table.concat(list, " , ") }).body)
        local full = node(flavour, "/", "media_type,children{media_type}",
          { ids = ids.album .. "," .. ids.image }).members
        assert.equal(3, #full[ids.album].members.children.members.data)
        assert.same({ "media_type", "id" }, full[ids.image].names)
      end)

      it("refuses ids it does not know, too many, or none", function()
        local unknown = { ids = ids.image .. ",17899999999999999" }
        refused(get(flavour, "/", "id", unknown), 100, "Unsupported get request. "
          .. "Object with ID '17899999999999999' does not exist, cannot be loaded due "
          .. "to missing permissions, or does not support this operation")
        sandbox:control("settings", { ids_max = 2 })
        assert.equal(200, get(flavour, "/", "id",
          { ids = ids.image .. "," .. ids.video }).status)
        refused(get(flavour, "/", "id", { ids = "1,2,3" }), 100,
          "Too many IDs. Maximum: 2. Provided: 3.")
        refused(get(flavour, "/", "id"), 2500, "Unknown path components: /")
        refused(get(flavour, "/", "id", { ids = "" }), 2500,
          "Unknown path components: /")
      end)

      it("has no empty texts", function()
        local token = sandbox:generate_token("bare", flavour)
        local names = shape.read(http.get(sandbox, "/me", { access_token = token,
          fields = USER_FIELDS[flavour] }).body).names
        for _, name in ipairs(names) do
          assert.is_nil(("name biography website"):find(name, 1, true), name)
        end
        assert.equal('{"data":[]}', http.get(sandbox, "/me/media",
          { access_token = token }).body)
      end)
    end)
  end

  it("Basic Display needs both permissions for media", function()
    local only = http.short_token(sandbox, "basic_display", "anna",
      { permissions = { "user_profile" } })
    local function with(path, fields)
      return http.get(sandbox, path, { access_token = only, fields = fields })
    end
    assert.matches('^{"username":"anna","id":"%d+"}$',
      with("/me", "username,media_count,media{id}").body)
    for _, path in ipairs { "/me/media", "/" .. ids.image,
      "/" .. ids.album .. "/children" } do
      refused(with(path, "id"), 10,
        "Application does not have permission for this action", 403)
    end
    tokens.basic_display = sandbox:generate_token("anna", "basic_display")
  end)

  it("the successor knows edges on which nothing is served", function()
    for _, name in ipairs { "stories", "live_media" } do
      assert.equal('{"data":[]}', get("instagram_login", "/me/" .. name).body)
      assert.same({ "id" }, node("instagram_login", "/me", name .. "{id}").names)
      refused(get("basic_display", "/me/" .. name), 2500,
        "Unknown path components: /" .. name)
    end
  end)

  it("the successor's ids: /me's id is the token's, user_id the account's", function()
    local answer = http.short(sandbox, "instagram_login", "anna")
    local me = node("instagram_login", "/me", "id,user_id").members
    assert.equal(answer.body:match '"user_id": (%d+)', me.id.raw)
    assert.matches("^17841", me.user_id.raw)
    assert.equal(me.user_id.raw, node("instagram_login", "/" .. ids.image, "owner")
      .members.owner.members.id.raw)
    assert.are_not.equal(me.id.raw, node("basic_display", "/me").members.id.raw)
    tokens.instagram_login = sandbox:generate_token("anna", "instagram_login")
  end)

  it("permissions of media do not leak to other accounts", function()
    local other = sandbox:generate_token("other", "basic_display")
    local id = http.get(sandbox, "/me/media", { limit = 1, access_token = other })
      :json().data[1].id
    for _, flavour in ipairs(FLAVOURS) do
      for _, path in ipairs { "/" .. id, "/" .. id .. "/children" } do
        assert.equal(33, get(flavour, path):error().error_subcode)
      end
    end
    assert.equal("another account's media", http.last(sandbox).reason)
  end)
end)
