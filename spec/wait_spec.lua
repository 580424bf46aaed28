-- The seam: blocking, tasks, and a host loop of the simplest kind.
local fake = require "spec.support.fake_core"

describe("waiting", function()
  local instagram, core, client, prepare

  before_each(function()
    prepare = function(question) question.delay = 1 end
    instagram, core = fake.load(function(question)
      prepare(question)
      if question.method == "fetch" then return ("x"):rep(30), "image/jpeg" end
      return { id = question.path:sub(2) }, { status = 200 }
    end)
    client = instagram.open "IGtest"
  end)
  after_each(fake.unload)

  -- Only Lua 5.1 proper cannot yield out of iterators and pcall.
  local puc51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

  -- A host: its coroutines resume when what they wait for is there.
  local function new_loop()
    local loop, waiting = { waits = 0, sleeps = 0 }, {}

    local function go(thread, ...)
      local ok, until_then = coroutine.resume(thread, ...)
      if not ok then error(until_then, 0) end
      if coroutine.status(thread) ~= "dead" then
        waiting[#waiting + 1] = { thread = thread, ready = until_then }
      end
    end

    function loop.spawn(fn) go(coroutine.create(fn)) end

    function loop.wait(request)
      loop.waits = loop.waits + 1
      coroutine.yield(function() return request:ready() end)
    end

    function loop.sleep(seconds)
      loop.sleeps = loop.sleeps + 1
      local at = core.clock + seconds
      coroutine.yield(function() return core.clock >= at end)
    end

    function loop.run()
      for _ = 1, 10000 do
        local list = waiting
        waiting = {}
        for _, entry in ipairs(list) do
          if entry.ready() then go(entry.thread) else waiting[#waiting + 1] = entry end
        end
        if #waiting == 0 then return end
        core.engine():step(0)
        core.clock = core.clock + 0.001
      end
      error "the loop never ends"
    end

    return loop
  end

  -- 5.2 has no way to know: its own words must do.
  it("inside a C function that calls back is refused in words", function()
    local problem
    instagram.spawn(function()
      local _, said = pcall(string.gsub, "x", ".", function() client:get "/me" end)
      problem = said
    end)
    instagram.run()
    if puc51 then
      assert.matches("cannot wait inside pcall", problem)
    elseif coroutine.isyieldable then
      assert.matches("wait_spec.lua:%d+: Lua cannot wait inside a function that was "
        .. "called by table.sort, string.gsub", problem)
    else
      assert.matches("attempt to yield", problem)
    end
  end)

  describe("outside tasks", function()
    it("blocks until the answer is there", function()
      assert.equal("me", client:get("/me").id)
      assert.equal(1001, core.clock)
    end)

    it("lets a request's times run while somebody waits, and only then", function()
      client:get "/me"
      assert.is_true(core.requests[1].was_attended)
      assert.is_false(core.requests[1].attended)
    end)

    it("sleeps", function()
      instagram.sleep(2.5)
      assert.is_true(core.clock >= 1002.5)
      instagram.sleep(0)
      assert.error_matches(function() instagram.sleep(-1) end, "'seconds' to sleep")
      assert.error_matches(function() instagram.sleep() end, "'seconds' to sleep")
    end)
  end)

  describe("with on_progress", function()
    local told

    before_each(function()
      told = {}
      prepare = function(question) question.delay = 3 end
      local engine = core.engine()
      local step = engine.step
      engine.step = function(self, seconds)
        local pending = step(self, math.min(seconds or 0, 1))
        local request = core.requests[#core.requests]
        if not request or seconds == 0 then return pending end
        request.received = (request.received or 0) + 10
        request.total = 30
        request.news = true
        return pending
      end
    end)

    local function tell(received, total) told[#told + 1] = received .. "/" .. total end

    it("tells what has come, blocking", function()
      assert.equal(30, #client:fetch("https://x/a.jpg", { on_progress = tell }))
      assert.same({ "10/30", "20/30", "30/30" }, told)
    end)

    it("tells what has come, in a task", function()
      instagram.spawn(function()
        client:fetch("https://x/a.jpg", { on_progress = tell })
      end)
      instagram.run()
      assert.is_true(#told >= 2)
    end)

    it("says nothing twice", function()
      core.engine().step = (function(step)
        return function(self, seconds)
          local pending = step(self, seconds)
          core.requests[1].received = 10
          return pending
        end
      end)(core.engine().step)
      client:fetch("https://x/a.jpg", { on_progress = tell })
      assert.same({ "10/30", "30/30" }, told)
    end)

    it("gives the request up when the function fails", function()
      local ok, problem = pcall(client.fetch, client, "https://x/a.jpg", {
        on_progress = function() error("no space on the page", 0) end,
      })
      assert.is_false(ok)
      assert.equal("no space on the page", problem)
      assert.is_true(core.requests[1].cancelled)
    end)
  end)

  describe("use", function()
    it("wants a loop that is whole", function()
      assert.error_matches(function() instagram.use(3) end, "'loop' to use")
      assert.error_matches(function()
        instagram.use { wait = print, spawn = print }
      end, "no function 'sleep'")
    end)

    it("takes one loop for a Lua state", function()
      local loop = new_loop()
      instagram.use(loop)
      instagram.use(loop)
      assert.error_matches(function() instagram.use(new_loop()) end, "another loop")
    end)
  end)

  describe("in a host loop", function()
    local loop

    before_each(function()
      loop = new_loop()
      instagram.use(loop)
    end)

    it("calls wait in the loop", function()
      local got
      loop.spawn(function() got = client:get("/1").id end)
      assert.is_nil(got)
      loop.run()
      assert.equal("1", got)
      assert.is_true(loop.waits >= 1)
    end)

    it("sleep is the loop's", function()
      local woke
      loop.spawn(function()
        instagram.sleep(0.5)
        woke = core.clock
      end)
      loop.run()
      assert.is_true(woke >= 1000.5 and woke < 1000.6)
      assert.equal(1, loop.sleeps)
    end)

    it("spawn and wait give results", function()
      local results
      loop.spawn(function()
        local task = instagram.spawn(function(a)
          return client:get("/" .. a).id, nil, 3
        end, 7)
        results = { n = select("#", task:wait()), task:wait() }
        assert.is_true(task:done())
      end)
      loop.run()
      assert.same({ n = 3, "7", nil, 3 }, results)
    end)

    it("wait raises the task's error", function()
      local ok, problem = true, nil
      loop.spawn(function()
        local task = instagram.spawn(function()
          client:get "/1"
          error("broken", 0)
        end)
        if puc51 then return task:wait() end
        ok, problem = pcall(task.wait, task)
      end)
      if puc51 then
        assert.error_matches(loop.run, "broken")
      else
        loop.run()
        assert.is_false(ok)
        assert.equal("broken", problem)
      end
    end)

    it("an error nobody waits for is the loop's", function()
      instagram.spawn(function()
        client:get "/1"
        error("broken", 0)
      end)
      assert.error_matches(loop.run, "broken")
    end)

    it("cancel ends the request, and every later one", function()
      local kinds = {}
      local task = instagram.spawn(function()
        for i = 1, 2 do kinds[i] = select(3, client:get("/1")).kind end
      end)
      assert.is_true(task:cancel())
      assert.is_false(task:cancel())
      local kind
      loop.spawn(function() kind = select(3, task:wait()).kind end)
      loop.run()
      assert.same({ "cancelled", "cancelled" }, kinds)
      assert.equal("cancelled", kind)
    end)

    it("map works", function()
      local results
      loop.spawn(function()
        results = instagram.map({ 1, 2, 3 }, function(i)
          return client:get("/" .. i).id
        end, { concurrency = 2 })
      end)
      loop.run()
      assert.same({ n = 3, "1", "2", "3" }, results)
    end)

    it("cancel ends a map that the task is in", function()
      local seen = {}
      local task = instagram.spawn(function()
        instagram.map({ 1, 2, 3, 4, 5, 6 }, function(i)
          seen[#seen + 1] = i
          return client:get("/" .. i)
        end, { concurrency = 2 })
      end)
      assert.same({ 1, 2 }, seen)
      assert.is_true(task:cancel())
      loop.run()
      assert.same({ 1, 2 }, seen)
      assert.is_true(core.requests[1].cancelled)
      assert.is_true(core.requests[2].cancelled)
      assert.equal("instagram.task (cancelled)", tostring(task))
    end)

    it("a for loop over a pager waits, or says what to call", function()
      core.answer = function(question)
        question.delay = 1
        return fake.page(fake.feed(3), question.params)
      end
      local seen = 0
      local function walk()
        for _ in client:media {} do seen = seen + 1 end
      end
      if puc51 then
        assert.error_matches(function() loop.spawn(walk) end, "method next in a loop")
      else
        loop.spawn(walk)
        loop.run()
        assert.equal(3, seen)
      end
    end)

    it("run and update have nothing to do", function()
      instagram.spawn(function() client:get "/1" end)
      assert.equal(0, instagram.update())
      loop.run()
    end)
  end)
end)
