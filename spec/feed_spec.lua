-- What scripts get from answers: children as arrays, times, still pictures.
local feed = require "instagram.feed"
local time = require "instagram.time"

describe("shaping", function()
  local function still(media)
    feed.shape(media)
    return media.still
  end

  it("makes children a plain array, shaped themselves", function()
    local media = {
      id = "1",
      children = { data = { { id = "2", timestamp = "1970-01-01T00:01:00+0000" } } },
    }
    assert.is_nil(feed.shape(media))
    assert.equal("2", media.children[1].id)
    assert.equal(60, media.children[1].time)
    assert.is_nil(media.children.data)
  end)

  it("tells from where children are missing", function()
    local paging = { cursors = { after = "abc" }, next = "https://x/" }
    assert.equal("abc", (feed.shape { children = { data = {}, paging = paging } }))
    paging.next = nil
    assert.is_nil(feed.shape { children = { data = {}, paging = paging } })
  end)

  it("leaves media without children without", function()
    local media = { id = "1", media_type = "IMAGE" }
    feed.shape(media)
    assert.is_nil(media.children)
    assert.is_nil(media.time)
    assert.is_nil(media.still)
  end)

  it("finds a still picture for everything that has one", function()
    assert.equal("a.jpg", still { media_type = "IMAGE", media_url = "a.jpg" })
    assert.equal("t.jpg", still {
      media_type = "VIDEO", media_url = "a.mp4", thumbnail_url = "t.jpg",
    })
    assert.is_nil(still { media_type = "VIDEO", media_url = "a.mp4" })
    assert.is_nil(still { media_url = "https://x/a.mp4?x=.jpg" })
    assert.equal("https://x/a?x=.mp4", still { media_url = "https://x/a?x=.mp4" })
  end)

  it("takes an album's first child that has one", function()
    local film = { media_type = "VIDEO", media_url = "a.mp4" }
    local picture = { media_type = "IMAGE", media_url = "b.jpg" }
    local album = { media_type = "CAROUSEL_ALBUM", media_url = "a.mp4" }
    album.children = { data = { film, picture } }
    assert.equal("b.jpg", still(album))
    assert.equal("c.jpg", still { media_type = "CAROUSEL_ALBUM", media_url = "c.jpg" })
    assert.is_nil(still { media_type = "CAROUSEL_ALBUM", media_url = "a.mp4" })
  end)

  it("accepts /me flat and in a list", function()
    assert.equal("1", feed.unwrap({ id = "1" }).id)
    assert.equal("1", feed.unwrap({ data = { { id = "1" } } }).id)
    assert.same({ data = {} }, feed.unwrap { data = {} })
  end)

  it("reads the next cursor from cursors, else from next, else not", function()
    local function cursor(paging) return { feed.next_cursor(paging) } end
    assert.same({ [2] = false }, cursor(nil))
    assert.same({ [2] = false }, cursor { cursors = { after = "a" } })
    assert.same({ "a", true }, cursor { cursors = { after = "a" }, next = "x" })
    assert.same({ "b/c", true }, cursor { next = "https://x/?a=1&after=b%2Fc&d" })
    assert.same({ [2] = true }, cursor { next = "https://x/" })
    assert.same({ [2] = true }, cursor { cursors = { after = "" }, next = "x" })
  end)
end)

describe("time.epoch", function()
  it("reads Instagram's form", function()
    assert.equal(1631586690, time.epoch "2021-09-14T02:31:30+0000")
  end)

  it("reads other forms of ISO 8601", function()
    local at = 1631586690
    assert.equal(at, time.epoch "2021-09-14T02:31:30Z")
    assert.equal(at, time.epoch "2021-09-14 02:31:30")
    assert.equal(at, time.epoch "2021-09-14T02:31:30.999+00:00")
    assert.equal(at, time.epoch "2021-09-14T04:31:30+02:00")
    assert.equal(at, time.epoch "2021-09-13T21:31:30-0500")
    assert.equal(at - 30, time.epoch "2021-09-14T02:31Z")
    assert.equal(1631577600, time.epoch "2021-09-14")
  end)

  it("agrees with the C library on every day of a century and more", function()
    for day = -10000, 40000 do
      local at = day * 86400 + 3723
      local text = os.date("!%Y-%m-%dT%H:%M:%S+0000", at)
      if time.epoch(text) ~= at then assert.equal(at, time.epoch(text), text) end
    end
  end)

  it("refuses all else", function()
    local wrong = { "", "now", "2021-13-01", "2021-00-01", "2021-01-32", "21-01-01",
      "2021-01-01T25:00:00Z", "2021-01-01T00:61:00Z", "2021-01-01T00:00:00+5",
      "2021-01-01T00:00:0", "2021-01-01T", "2021-01-01T00:00:00 UTC", 5, {} }
    for _, text in ipairs(wrong) do assert.is_nil(time.epoch(text)) end
    assert.is_nil(time.epoch(nil))
  end)
end)
