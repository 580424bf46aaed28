-- The sandbox against what the real hosts answered: each file of spec/recorded is asked
-- for again, and the answer held against it: status, names and constant values of
-- headers, order and types of members, escaping, texts, lengths, links. Errors of the
-- graph hosts are in sandbox_recorded_errors_spec.lua.
local recordings = require "spec.support.recordings"
local shape = require "spec.support.json_shape"
local source = require "spec.support.source"
local wire = require "spec.support.sandbox_http"

local recorded, epoch_of, at_date_of, check_headers = recordings.read,
  recordings.epoch_of, recordings.set_clock, recordings.check_headers

local DAY = 86400

describe("the sandbox answers as recorded:", function()
  local sandbox

  setup(function() sandbox = require("instagram.sandbox").start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() recordings.renew(sandbox) end)
  -- A token of a demo account at the moment; long-lived.
  local function token_of(user, flavour)
    return sandbox:generate_token(user or "demo_user", flavour or "basic_display")
  end

  -- Asked by its real name, so that links show the real hosts.
  local HOST = { Host = "graph.instagram.com" }

  describe("tokens:", function()
    it("code for a short-lived token", function()
      local recording = recorded "bd_token_short_ok"
      at_date_of(sandbox, recording)
      local answer = wire.short(sandbox, "basic_display")
      assert.equal(200, answer.status)
      check_headers(recording, answer)
      assert.matches('^{"access_token": "%w+", "user_id": 17841%d+}$', answer.body)
    end)

    it("a code that is none", function()
      local recording = recorded "bd_token_short_invalid_code"
      at_date_of(sandbox, recording)
      local answer = wire.post(sandbox, "/oauth/access_token",
        wire.code_form(sandbox, "basic_display", "mock_data"))
      assert.equal(400, answer.status)
      assert.equal(recording.data.response.body_raw, answer.body)
      assert.equal(recording.data.response.headers["Content-Length"],
        answer:header "Content-Length")
      check_headers(recording, answer)
    end)

    it("short for long", function()
      local recording = recorded "bd_token_long_ok"
      at_date_of(sandbox, recording)
      local answer = wire.exchange(sandbox, "basic_display",
        wire.short_token(sandbox, "basic_display"))
      assert.equal(200, answer.status)
      check_headers(recording, answer)
      assert.equal((recording.data.response.body_raw:gsub("mock_[%l_]+", "TOKEN")),
        (answer.body:gsub("IG%w+", "TOKEN")))
    end)

    for name, path in pairs {
      bd_token_long_invalid_token = "/access_token",
      bd_token_refresh_invalid_token = "/refresh_access_token",
      bd_me_invalid_token = "/me", bd_media_node_invalid_token = "/18046145275219342",
    } do
      it("no token at " .. path, function()
        local recording = recorded(name)
        at_date_of(sandbox, recording)
        local answer = wire.get(sandbox, path, {
          { "access_token", "mock_token" }, { "fields", "id,username" },
          { "client_secret", sandbox:credentials("basic_display").client_secret },
          { "grant_type", path == "/access_token" and "ig_exchange_token"
            or "ig_refresh_token" },
        })
        assert.equal(400, answer.status)
        check_headers(recording, answer)
        local trace = answer:header "X-FB-Request-ID"
        assert.equal((recording.data.response.body_raw:gsub('"A[%w_-]+"}}$',
          '"' .. trace .. '"}}')), answer.body)
      end)
    end

    it("lengths", function()
      local recording = recorded("bd_token_lengths").data
      local function length(text) return tonumber(text:match("x%*(%d+)")) end
      local short = wire.short_token(sandbox, "basic_display")
      local long = wire.exchange(sandbox, "basic_display", short):json()
      sandbox:advance_clock(2 * DAY)
      local refreshed = wire.refresh(sandbox, long.access_token):json()
      assert.is_true(math.abs(length(recording.short_lived) - #short) <= 3)
      for text, wanted in pairs { [long.access_token] = recording.exchange_ok,
        [refreshed.access_token] = recording.refresh_ok } do
        assert.is_true(math.abs(length(wanted.access_token) - #text) <= 3)
      end
      assert.equal(recording.exchange_ok.expires_in, long.expires_in)
      assert.is_true(math.abs(recording.refresh_ok.expires_in - refreshed.expires_in)
        < 600)
      assert.equal(recording.refresh_ok.token_type, refreshed.token_type)
    end)

    it("the token's user id is the raw one, /me's the app's own", function()
      local recording = recorded("bd_token_and_me_ids_differ")
      sandbox:set_clock(epoch_of "24 Oct 2022 12:00:00")
      local answer = wire.short(sandbox, "basic_display", "second_user")
      local node = shape.read(answer.body)
      local wanted = recording.node.members.token_response
      assert.equal(shape.members(wanted), shape.members(node))
      assert.equal(#wanted.members.user_id.raw, #node.members.user_id.raw)
      assert.matches("^17841", node.members.user_id.raw)
      local me = wire.get(sandbox, "/v15.0/me", { fields = "account_type,id,username",
        access_token = shape.text(node.members.access_token) })
      wanted, node = recording.node.members.me_response, shape.read(me.body)
      assert.equal(shape.members(wanted), shape.members(node))
      assert.equal(#wanted.members.id.raw, #node.members.id.raw)
      assert.equal("v15.0", me:header "Instagram-Api-Version")
    end)

    it("the successor's short-lived token", function()
      local recording = recorded "igl_token_short_numeric_id_array_permissions"
      local answer = wire.short(sandbox, "instagram_login")
      local raw = recording.data.response.body_raw
      assert.equal(raw:gsub("%d+", "N"):gsub("IGAA[%w.]+", "T"),
        answer.body:gsub("IGAA%w+", "T"):gsub("%d+", "N"))
      assert.equal(#raw:match("%d+"), #answer.body:match(": (%d+)"))
    end)
  end)

  describe("profiles and media:", function()
    it("/me", function()
      local recording = recorded "bd_me_id_username"
      at_date_of(sandbox, recording)
      local answer = wire.get(sandbox, "/me",
        { access_token = token_of(), fields = "id,username" })
      assert.equal(200, answer.status)
      check_headers(recording, answer)
      assert.equal(recording.data.response.body_raw
        :gsub("mock_instagram_username", "demo_user"):gsub("mock_instagram_id", "ID"),
        (answer.body:gsub("%d+", "ID")))
    end)

    it("all fields of a profile", function()
      local recording = recorded "bd_user_info"
      local id = wire.short(sandbox, "basic_display").body:match('"user_id": (%d+)')
      local answer = wire.get(sandbox, "/" .. id, { access_token = token_of(),
        fields = recording.data.request.fields })
      assert.equal(shape.members(recording.node.members.response.members.body),
        shape.members(shape.read(answer.body)))
    end)

    -- Values out of a page, so that only what is always the same is left.
    local function skeleton(raw)
      return (raw:gsub('"id":"1%d+"', '"id":"ID"')
        :gsub("https:\\/\\/[%w.-]+\\/v\\/t51%.2885%-15\\/%d+_%d+_%d+_n%.%w+%?[^\"]+",
          "PICTURE")
        :gsub("https:\\/\\/[%w.-]+\\/v\\/t50%.2886%-16\\/%d+_%d+_%d+_n%.%w+%?[^\"]+",
          "PICTURE")
        :gsub("QVFI%w+", "CURSOR"):gsub("17841%d+", "USER")
        :gsub("access_token=[%w-]+", "access_token=TOKEN"))
    end

    for name, limit in pairs { bd_me_media_default_limit_25 = 25,
      bd_me_media_limit_2 = 2 } do
      it("a list of " .. limit, function()
        local recording = recorded(name)
        at_date_of(sandbox, recording)
        -- a list without anything left out
        sandbox:control("add_user", { username = "list" .. limit })
        local posts = {}
        for i = 1, 30 do posts[i] = { type = "IMAGE" } end
        sandbox:control("add_media", { username = "list" .. limit, media = posts })
        local answer = wire.get(sandbox, "/me/media", {
          { "access_token", token_of("list" .. limit) }, { "fields", "id,media_url" },
          limit == 2 and { "limit", "2" } or nil }, HOST)
        assert.equal(200, answer.status)
        -- `Vary: Accept-Encoding` stands on compressed answers only
        recording.data.response.headers.Vary = nil
        local names = recording.node.members.response.members.headers.names
        assert.equal("Vary", table.remove(names, 1))
        check_headers(recording, answer)
        local raw = recording.data.response.body_raw
        assert.equal(skeleton(raw), skeleton(answer.body))
        for _, text in ipairs { raw, answer.body } do
          -- 120 characters of base64 in which Z + / = are written ZA ZB ZC ZD
          for mark in text:gmatch '"[befort]+":"([^"]+)"' do
            assert.matches("^QVFIU%w+$", mark)
            assert.equal(120, #mark:gsub("Z[ABCD]", "Z"))
          end
          local signature, expiry = text:match "oh=(%x+)&oe=(%x+)\""
          assert.equal("32 8", #signature .. " " .. #expiry)
        end
      end)
    end

    it("a cursor names an item: `before` is the same for 25 and for 2", function()
      local a = recorded("bd_me_media_default_limit_25").data.response.body.paging
      local b = recorded("bd_me_media_limit_2").data.response.body.paging
      assert.equal(a.cursors.before, b.cursors.before)
      local token, got = token_of(), {}
      for _, limit in ipairs { 25, 2 } do
        got[limit] = wire.get(sandbox, "/me/media", { access_token = token,
          limit = limit }):json().paging.cursors
      end
      assert.equal(got[25].before, got[2].before)
      assert.are_not.equal(got[25].after, got[2].after)
    end)

    it("one media", function()
      local recording = recorded "bd_media_node_id_media_url"
      at_date_of(sandbox, recording)
      local token = token_of()
      local id = wire.get(sandbox, "/me/media", { access_token = token, limit = 1 })
        :json().data[1].id
      local answer = wire.get(sandbox, "/" .. id,
        { access_token = token, fields = "id,media_url" }, HOST)
      check_headers(recording, answer)
      assert.equal(skeleton(recording.data.response.body_raw), skeleton(answer.body))
    end)

    -- The albums of an account, with what is asked of each.
    local function albums(token, fields)
      local data = wire.get(sandbox, "/me/media", { access_token = token, limit = 100,
        fields = "media_type," .. fields }):json().data
      local list = {}
      for _, media in ipairs(data) do
        if media.media_type == "CAROUSEL_ALBUM" then list[#list + 1] = media end
      end
      return list
    end

    it("the children of an album: a list without paging", function()
      local recording = recorded "bd_media_children"
      local token = token_of()
      local album = albums(token, "id")[1]
      local answer = wire.get(sandbox, "/" .. album.id .. "/children",
        { access_token = token, fields = recording.data.request.fields })
      local wanted = recording.node.members.response.members.body
      local node = shape.read(answer.body)
      assert.equal(shape.members(wanted), shape.members(node))
      assert.equal(shape.members(wanted.members.data[1]),
        shape.members(node.members.data[1]))
    end)

    -- Which members each kind of item has, in their order: kind -> text.
    local function kinds_of(data, keep)
      local kinds = {}
      for _, item in ipairs(data) do
        local names = {}
        for _, name in ipairs(item.names) do
          if keep[name] then
            names[#names + 1] = name .. ":" .. item.members[name].kind
          end
        end
        kinds[item.members.media_type.raw] = table.concat(names, " ")
      end
      return kinds
    end

    it("every kind of media with its children, in the order asked", function()
      local recording = recorded "bd_user_media_36_no_next"
      sandbox:set_clock(epoch_of "24 Oct 2022 12:00:00")
      local answer = wire.get(sandbox, "/v15.0/me/media", { access_token = token_of(),
        limit = 100, fields = recording.data.request.fields })
      local wanted = recording.node.members.response.members.body.members.data
      local data = shape.read(answer.body).members.data
      -- a caption may be absent, in both
      local keep = { id = true, media_type = true, media_url = true, permalink = true,
        thumbnail_url = true, timestamp = true, username = true, children = true }
      assert.same(kinds_of(wanted, keep), kinds_of(data, keep))
      local seen_captions = {}
      for _, list in ipairs { wanted, data } do
        local children, with, without
        for _, item in ipairs(list) do
          children = children or shape.at(item, "children")
          local caption = item.members.caption
          with, without = with or caption, without or not caption
          if caption then assert.equal("caption", item.names[1]) end
        end
        assert.is_truthy(with and without)
        assert.same({ "data" }, children.names)
        seen_captions[#seen_captions + 1] = children.members.data[1].names
      end
      assert.same(seen_captions[1], seen_captions[2])
    end)

    it("the last page: `previous`, no `next`", function()
      local recording = recorded "bd_user_media_last_page"
      sandbox:set_clock(epoch_of "8 Feb 2020 12:00:00")
      local token, previous = token_of(),
        recording.data.response.body.paging.previous
      local fields = wire.decode(previous:match("fields=([^&]+)"))
      local answer, after
      repeat
        answer = wire.get(sandbox, "/me/media", { { "access_token", token },
          { "fields", fields }, { "limit", 6 }, { "after", after or "" } }, HOST)
        after = shape.at(shape.read(answer.body), "paging", "cursors", "after").raw
      until not answer.body:find('"next"', 1, true)
      local node = shape.read(answer.body)
      local wanted = recording.node.members.response.members.body
      assert.equal(shape.members(wanted), shape.members(node))
      assert.equal(shape.members(wanted.members.paging),
        shape.members(node.members.paging))
      assert.equal((previous:gsub("/%d+/media", "/USER/media")
          :gsub("token=[%w-]+", "token=TOKEN"):gsub("before=%w+", "before=CURSOR")),
        (shape.text(node.members.paging.members.previous)
          :gsub("/%d+/media", "/USER/media"):gsub("token=%w+", "token=TOKEN")
          :gsub("before=%w+", "before=CURSOR")))
      assert.equal(wanted.members.data[1].names[1], node.members.data[1].names[1])
      local last = node.members.data[1].names
      assert.equal("id", last[#last])
    end)
  end)

  it("no recording was forgotten", function()
    local text = {}
    for i, path in ipairs(source.files("spec", "lua")) do
      local ours = path:find "/sandbox_recorded[%w_]*_spec%.lua$"
      text[i] = ours and source.code(path, source.read(path)) or ""
    end
    text = table.concat(text)
    for _, name in ipairs(recordings.names()) do
      -- what the callbacks carry is in their own specs
      assert.is_true(name == "bd_signed_request_payload"
        or text:find("recorded[ (]*\"" .. name .. "\"") ~= nil
        or text:find("%f[%w_]" .. name .. " = ") ~= nil, name)
    end
  end)
end)
