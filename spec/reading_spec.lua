-- The Lua layer against the sandbox: profile, media, albums, files, marks, bad days, in
-- both flavours and in tasks.
local instagram = require "instagram"
local support = require "spec.support.sandbox"

local DAY = 86400

for _, flavour in ipairs { "basic_display", "instagram_login" } do
  describe("reading by " .. flavour, function()
    local sandbox, client, app, all

    setup(function()
      sandbox = support.start()
      client, app = support.client(sandbox, { flavour = flavour })
      all = support.ids(client:media {})
    end)
    teardown(function() sandbox:stop() end)
    before_each(function()
      support.settle()
      sandbox:control "reset"
      client, app = support.client(sandbox, { flavour = flavour })
      client.refused_fields = { media_fields = { alt_text = true },
        child_fields = { alt_text = true } } -- which 2023 did not have
    end)

    describe("profile", function()
      it("me has what the flavour has", function()
        local me = client:me()
        assert.equal("demo_user", me.username)
        assert.equal("MEDIA_CREATOR", me.account_type)
        assert.equal(#all, me.media_count)
        assert.matches("^%d+$", me.id)
      end)

      it("user by id is the same person", function()
        assert.same(client:me(), client:user(client:me().id))
      end)

      it("user_id asks once", function()
        assert.equal(client:me().id, client:user_id())
        assert.equal(1, support.count(sandbox))
      end)

      it("another person is not found", function()
        local user, message, err = client:user "17841499999999999"
        assert.is_nil(user)
        assert.is_string(message)
        assert.equal("not_found", err.kind)
      end)

      it("a token where it does not belong is not repeated", function()
        local secret = client.token:reveal()
        local ok, message = pcall(client.get, client, "/me?access_token=" .. secret)
        assert.is_false(ok)
        assert.matches("bad path \"/me\"", message)
        local _, why, err = client:get("/me/" .. secret, { q = secret })
        for _, text in ipairs { message, why, err.message, err.request } do
          assert.is_nil(text:find(secret:sub(1, 40), 1, true), text)
        end
      end)
    end)

    describe("media", function()
      it("are all there, each once, newest first, in two calls", function()
        local seen, last = {}, math.huge
        local count = 0
        for media in client:media {} do
          assert.is_nil(seen[media.id])
          assert.is_true(media.time <= last)
          seen[media.id], last, count = true, media.time, count + 1
        end
        assert.equal(#all, count)
        assert.equal(client:me().media_count, count)
        assert.equal(2, support.count(sandbox, "/me/media"))
      end)

      it("are the same at any page size", function()
        for _, size in ipairs { 1, 7, 25, 99 } do
          local ids = support.ids(client:media { page_size = size })
          assert.same(all, ids)
        end
      end)

      it("come with their albums in the same call", function()
        local albums = 0
        for media in client:media {} do
          if media.media_type == "CAROUSEL_ALBUM" then
            albums = albums + 1
            assert.is_true(#media.children >= 2)
            for _, child in ipairs(media.children) do
              assert.is_string(child.id)
              assert.is_string(child.media_type)
              assert.is_nil(child.data)
            end
          else
            assert.is_nil(media.children)
          end
        end
        assert.is_true(albums > 0)
        assert.equal(2, support.count(sandbox))
      end)

      it("have a still where there is a picture, and never a film there", function()
        for media in client:media {} do
          if media.still then
            assert.not_matches("%.mp4", media.still)
          else
            assert.is_nil(media.media_type == "IMAGE" and media.media_url or nil)
          end
        end
      end)

      it("max asks for no more than it wants", function()
        assert.equal(12, #support.ids(client:media { max = 12 }))
        local requests = sandbox:requests()
        assert.equal(1, #requests)
        assert.matches("limit=12", requests[1].query)
      end)

      it("time bounds are those of a walk by hand", function()
        local times, expected = {}, {}
        for media in client:media {} do times[#times + 1] = media.time end
        local newest, oldest = times[20], times[60]
        for media in client:media {} do
          if media.time > oldest and media.time < newest then
            expected[#expected + 1] = media.id
          end
        end
        assert.same(expected, support.ids(client:media {
          newer_than = oldest, older_than = newest, page_size = 10,
        }))
      end)

      it("item, items and the walk agree", function()
        local first = client:media({ max = 1 }):next()
        local item = client:item(first.id)
        assert.equal(first.permalink, item.permalink)
        assert.equal(first.time, item.time)
        sandbox:clear_requests()
        local media = client:items(all)
        assert.equal(math.ceil(#all / 50), support.count(sandbox))
        for i, id in ipairs(all) do assert.equal(id, media[i].id) end
      end)

      it("children by their own list are those of the expansion", function()
        local album
        for media in client:media {} do
          if media.children then album = media end
        end
        local ids = {}
        for i, child in ipairs(album.children) do ids[i] = child.id end
        assert.same(ids, support.ids(client:children(album)))
        assert.same(ids, support.ids(client:children(album.id)))
      end)

      it("fields named are the fields that come", function()
        local media = client:media({ fields = { "permalink", "id" } }):next()
        local names = {}
        for name in pairs(media) do names[#names + 1] = name end
        table.sort(names)
        assert.same({ "id", "permalink" }, names)
      end)

      it("an unknown field in a string is Instagram's to refuse", function()
        local media, message, err = client:media({ fields = "id,nonsense" }):next()
        assert.is_nil(media)
        assert.matches("nonexisting field %(nonsense%)", message)
        assert.equal(100, err.code)
      end)

      it("an account without posts has none, which is no failure", function()
        sandbox:control("add_user", { username = "empty_" .. flavour,
          account_type = "MEDIA_CREATOR" })
        local name = "empty_" .. flavour
        local empty = support.client(sandbox, { flavour = flavour }, name)
        local media, message = empty:media({}):next()
        assert.is_nil(media)
        assert.is_nil(message)
      end)
    end)

    describe("marks", function()
      it("go on in another client at any place", function()
        for _, n in ipairs { 1, 30, 99, 100, 101, #all } do
          local pager = client:media {}
          for _ = 1, n do pager:next() end
          local mark = assert(pager:mark())
          local other = support.client(sandbox, { flavour = flavour })
          local rest = support.ids(other:media { from = mark, page_size = 40 })
          assert.equal(#all - n, #rest)
          assert.equal(all[n + 1], rest[1])
        end
      end)

      it("see each media once while others are posted and deleted", function()
        local user = "growing_" .. flavour
        sandbox:control("bulk", { username = user, media = 60 })
        local own = support.client(sandbox, { flavour = flavour }, user)
        local before = support.ids(own:media {})
        local pager = own:media { page_size = 20 }
        for _ = 1, 25 do pager:next() end
        local mark = assert(pager:mark())
        sandbox:advance_clock(60)
        sandbox:control("add_media", { username = user, media = {
          { type = "IMAGE", caption = "new" },
          { type = "IMAGE", caption = "newer" },
        } })
        sandbox:control("delete_media", { id = before[25] })
        local rest = support.ids(own:media { from = mark, page_size = 7 })
        assert.equal(35, #rest)
        assert.equal(before[26], rest[1])
        assert.equal(before[60], rest[35])
      end)

      it("of another account are refused", function()
        local pager = client:media {}
        pager:next()
        local mark = assert(pager:mark())
        local other = support.client(sandbox, { flavour = flavour }, "second_user")
        local media, message = other:media({ from = mark }):next()
        assert.is_nil(media)
        assert.matches("another account", message)
      end)
    end)

    describe("files", function()
      local path = os.tmpname()

      after_each(function()
        os.remove(path)
        os.remove(path .. ".part")
        os.remove(path .. ".part.tag")
      end)

      local function read()
        local file = assert(io.open(path, "rb"))
        local bytes = file:read("*a")
        file:close()
        return bytes
      end

      local function first_of(kind)
        for media in client:media {} do
          if media.media_type == kind and media.media_url then return media end
        end
      end

      it("are the same in memory and on disk", function()
        for _, kind in ipairs { "IMAGE", "VIDEO" } do
          local media = first_of(kind)
          local bytes, type = client:fetch(media)
          local file = client:download(media, path)
          assert.equal(bytes, read())
          assert.equal(#bytes, file.bytes)
          assert.equal(type, file.type)
          assert.matches(kind == "IMAGE" and "^image/" or "^video/", type)
        end
      end)

      it("tell how far they are, to the end", function()
        local told = {}
        sandbox:fault { on = "/v/", kind = "slow", rate = 40000, times = 1 }
        local file = client:download(first_of "IMAGE", path, {
          on_progress = function(...) told[#told + 1] = { ... } end,
        })
        assert.is_true(#told >= 2)
        assert.equal(file.bytes, told[#told][1])
        for i = 2, #told do assert.is_true(told[i][1] > told[i - 1][1]) end
      end)

      it("are resumed after a cut", function()
        local media = first_of "VIDEO"
        sandbox:fault { on = "/v/", kind = "truncate", bytes = 5000, times = 1 }
        local file, message = client:download(media, path, { retries = 0 })
        assert.is_nil(file)
        assert.is_string(message)
        assert.is_nil(io.open(path, "rb") and read():match("."))
        file = assert(client:download(media, path))
        assert.equal(5000, file.resumed)
        assert.equal((client:fetch(media)), read())
      end)

      it("get a fresh address when theirs has expired", function()
        local media = first_of "IMAGE"
        sandbox:advance_clock(10 * DAY)
        sandbox:clear_requests()
        assert.is_string((client:fetch(media)))
        assert.equal(2, support.count(sandbox))
        local bytes, _, err = client:fetch(media.media_url)
        assert.is_nil(bytes)
        assert.equal(403, err.status)
      end)

      it("of deleted media fail as not found", function()
        local made = sandbox:control("add_media", { username = "demo_user",
          type = "IMAGE" })
        local media = assert(client:item(made.id))
        sandbox:control("delete_media", { id = made.id })
        sandbox:advance_clock(10 * DAY)
        local bytes, _, err = client:fetch(media)
        assert.is_nil(bytes)
        assert.equal("not_found", err.kind)
      end)
    end)

    describe("on a bad day", function()
      it("a heavy page is asked again with half, at once", function()
        sandbox:fault { on = "/me/media", kind = "status", error = "reduce_data",
          times = 2 }
        assert.same(all, support.ids(client:media {}))
        local limits = {}
        for i, entry in ipairs(sandbox:requests()) do
          limits[i] = entry.query:match("limit=(%d+)")
        end
        assert.equal("100 50 25 25", table.concat(limits, " ", 1, 4))
      end)

      it("a broken answer is a typed error, and the walk goes on after it", function()
        local kinds = {
          garbage = "parse", empty = "parse", html = "transient",
          truncate = "transport", reset = "transport",
        }
        for fault, kind in pairs(kinds) do
          local pager = client:media { page_size = 50, retries = 0 }
          for _ = 1, 20 do assert(pager:next()) end
          sandbox:fault { on = "/me/media", kind = fault }
          local media, message, err = true, nil, nil
          local count = 20
          while media do
            media, message, err = pager:next()
            if media then count = count + 1 end
          end
          assert.equal(50, count)
          assert(err, fault)
          assert.is_string(message)
          assert.equal(kind, err.kind, fault)
          assert.equal(err, pager:error())
          sandbox:clear_faults()
          for _ = 51, #all do assert(pager:next(), fault) end
          assert.is_nil((pager:next()))
        end
      end)

      it("a limit is told with its kind", function()
        sandbox:control("settings", { refuse_all = "app_limit" })
        local me, _, err = client:me { retries = 0 }
        assert.is_nil(me)
        assert.equal("rate_limit", err.kind)
      end)

      it("an answer that never comes ends in time", function()
        sandbox:fault { on = "/me", kind = "delay", delay = 5, times = 1 }
        local me, _, err = client:me { timeout = 0.3, retries = 0 }
        assert.is_nil(me)
        assert.equal("timeout", err.kind)
      end)
    end)

    describe("in tasks", function()
      it("walks and downloads at the same time", function()
        local task = instagram.spawn(function()
          local pager, images = client:media { page_size = 10 }, {}
          while #images < 8 do
            images[#images + 1] = assert(pager:next()).still
          end
          return instagram.map(images, function(address)
            return #client:fetch(address)
          end)
        end)
        instagram.run()
        local sizes = task:wait()
        assert.equal(8, sizes.n)
        for i = 1, 8 do assert.is_true(sizes[i] > 1000) end
      end)

      it("a cancelled task leaves nothing under way", function()
        sandbox:fault { on = "/me", kind = "delay", delay = 3 }
        local task = instagram.spawn(function() client:me() end)
        for _ = 1, 5 do instagram.update() end
        task:cancel()
        assert.equal("cancelled", select(3, task:wait()).kind)
        assert.equal(0, instagram.engine():pending())
      end)

      it("an abandoned pager takes its request along", function()
        local pager = client:media { page_size = 10 }
        for _ = 1, 5 do pager:next() end
        sandbox:fault { on = "/me/media", kind = "delay", delay = 3 }
        assert.is_not_nil(pager)
        pager = nil -- luacheck: ignore 311
        collectgarbage()
        collectgarbage()
        assert.equal(0, instagram.engine():pending())
      end)
    end)

    it("a dead token says so in a walk", function()
      sandbox:advance_clock(61 * DAY)
      local media, _, err = client:media({}):next()
      assert.is_nil(media)
      assert.equal("token", err.kind)
      assert.not_matches("IG[A-Z]", err.request or "")
    end)

    it("login from the window to a client", function()
      local url, state = app:authorize_url()
      local redirect = sandbox:authorize { user = "second_user", url = url }
      local token = assert(app:login(redirect, state))
      assert.equal("long", token:kind())
      assert.equal("second_user", app:client(token):me().username)
      local _, _, err = app:login(redirect, state)
      assert.equal("spent", err.kind)
      sandbox:advance_clock(2 * DAY)
      assert.is_true(app:refresh_token(token))
      assert.is_true(token:extended())
      redirect = sandbox:authorize { user = "second_user", url = url, allow = false }
      _, _, err = app:login(redirect, state)
      assert.equal("denied", err.kind)
    end)

    it("seconds and paths are in the log, secrets are not", function()
      local events = {}
      local logged = support.client(sandbox, {
        flavour = flavour, log = function(event) events[#events + 1] = event end,
      })
      logged:me()
      assert.equal("/me", events[1].path)
      assert.equal(200, events[1].status)
      assert.is_number(events[1].seconds)
    end)
  end)
end
