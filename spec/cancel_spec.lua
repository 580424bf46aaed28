-- Tasks that cancel themselves: from their own on_progress, from the function of their
-- own map; and what is closed when a task ends early.
local fake = require "spec.support.fake_core"
local instagram_itself = require "instagram"
local sandboxes = require "spec.support.sandbox"

-- Variables to be closed are Lua 5.4's own syntax. Gives the function and a table that
-- fills up with what was closed.
local function closing(body)
  return assert(load([[
    local body, closed = ...
    return function(...)
      local guard <close> = setmetatable({}, { __close = function()
        closed[#closed + 1] = true
      end })
      return body(...)
    end
  ]]))(body[1], body[2])
end

describe("a task", function()
  local instagram, core, client

  before_each(function()
    instagram, core = fake.load(function(question)
      question.delay = 1
      if question.method == "fetch" then return "bytes", "image/jpeg" end
      return { id = question.path:sub(2) }, { status = 200 }
    end)
    client = instagram.open "IGtest"
  end)
  after_each(fake.unload)

  it("ends its download from its own on_progress", function()
    local task, after
    task = instagram.spawn(function()
      client:fetch("https://x/a.jpg", { on_progress = function() task:cancel() end })
      after = true
    end)
    instagram.update()
    core.requests[1].received, core.requests[1].news = 3, true
    instagram.update()
    assert.is_true(core.requests[1].cancelled)
    assert.is_false(core.requests[1].attended)
    assert.equal("cancelled", select(3, task:wait()).kind)
    assert.is_nil(after)
    assert.equal(0, core.engine():pending())
  end)

  it("ends its map from the map's own function, with all that work for it", function()
    local task, after
    local seen = {}
    task = instagram.spawn(function()
      instagram.map({ 1, 2, 3, 4, 5, 6 }, function(i)
        seen[#seen + 1] = i
        if i == 2 then
          task:cancel()
          after = true
        end
        client:get("/" .. i)
      end, { concurrency = 3 })
      after = true
    end)
    instagram.run()
    assert.same({ 1, 2 }, seen)
    assert.is_nil(after)
    assert.equal("cancelled", select(3, task:wait()).kind)
    assert.is_true(core.requests[1].cancelled)
    assert.equal(1000, core.clock)
  end)

  it("ends maps inside its map from the innermost function", function()
    local task
    local seen = {}
    task = instagram.spawn(function()
      instagram.map({ "a", "b" }, function(name)
        instagram.map({ 1, 2, 3 }, function(i)
          seen[#seen + 1] = name .. i
          client:get "/1"
          if name == "a" then task:cancel() end
        end, { concurrency = 1 })
      end)
    end)
    instagram.run()
    assert.same({ "a1", "b1" }, seen)
    assert.equal("instagram.task (cancelled)", tostring(task))
  end)

  if _VERSION == "Lua 5.4" then
    it("has its variables closed when it cancels itself", function()
      local closed, task = {}, nil
      task = instagram.spawn(closing { function() task:cancel() end, closed })
      instagram.run()
      assert.equal(1, #closed)
    end)

    it("has its variables closed when it is cancelled from its map", function()
      local closed, task = {}, nil
      local work = closing { function() task:cancel() end, closed }
      task = instagram.spawn(closing {
        function() instagram.map({ 1 }, work) end, closed })
      instagram.run()
      assert.equal(2, #closed)
    end)

    it("has its variables closed when it fails", function()
      local closed = {}
      instagram.spawn(closing { function() error "broken" end, closed })
      assert.error_matches(instagram.run, "broken.*traceback")
      assert.equal(1, #closed)
    end)
  end
end)

describe("a task that downloads", function()
  it("can cancel itself on the way and do it all again", function()
    local sandbox = sandboxes.start()
    finally(function() sandbox:stop() end)
    local client = sandboxes.client(sandbox)
    local video
    for media in client:media {} do
      if media.media_type == "VIDEO" then video = media end
    end
    local path = os.tmpname()
    os.remove(path)
    sandbox:fault { on = video.media_url:match "://[^/]+(/[^?]*)", kind = "slow",
      rate = 20000, times = 1 }
    local task
    task = instagram_itself.spawn(function()
      client:download(video, path, { on_progress = function() task:cancel() end })
    end)
    instagram_itself.run()
    assert.equal("cancelled", select(3, task:wait()).kind)
    assert.equal(0, instagram_itself.engine():pending())
    assert.is_nil(io.open(path, "rb"))
    assert.equal(path, assert(client:download(video, path)).path)
    os.remove(path)
  end)
end)
