-- Tasks: spawn, update, run, map, cancel. Time is the fake core's; nothing sleeps.
local fake = require "spec.support.fake_core"

describe("tasks", function()
  local instagram, core, client, delay

  before_each(function()
    delay = 1
    instagram, core = fake.load(function(question)
      question.delay = delay
      return { id = question.path:sub(2) }, { status = 200 }
    end)
    client = instagram.open "IGtest"
  end)
  after_each(fake.unload)

  local function get(id)
    return client:get("/" .. id).id
  end

  -- Only Lua 5.1 proper cannot yield out of iterators and pcall.
  local puc51 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

  describe("run", function()
    it("moves all of them at the same time", function()
      local order = {}
      for i = 1, 3 do
        instagram.spawn(function()
          local id = get(i)
          order[#order + 1] = id
        end)
      end
      instagram.run()
      assert.same({ "1", "2", "3" }, order)
      assert.equal(1001, core.clock)
    end)

    it("hands arguments in and results out, nils too", function()
      local task = instagram.spawn(function(...) return select("#", ...), nil, ... end,
        nil, "b", nil)
      instagram.run()
      assert.equal(5, select("#", task:wait()))
      assert.same({ 3, nil, nil, "b" }, { task:wait() })
    end)

    it("returns when there is nothing to do", function()
      instagram.run()
      assert.equal(0, instagram.update())
    end)

    it("sleeps as long as told, and no longer", function()
      local woke = {}
      instagram.spawn(function() instagram.sleep(5) woke[#woke + 1] = core.clock end)
      instagram.spawn(function() instagram.sleep(2) woke[#woke + 1] = core.clock end)
      instagram.run()
      assert.same({ 1002, 1005 }, woke)
    end)

    it("runs tasks that tasks start", function()
      local done
      instagram.spawn(function()
        instagram.spawn(function() get(1) done = true end)
      end)
      instagram.run()
      assert.is_true(done)
    end)

    it("is refused inside a task, and so is update", function()
      local task = instagram.spawn(function() instagram.run() end)
      assert.error_matches(instagram.run, "run was called inside a task")
      assert.error_matches(function() task:wait() end, "inside a task")
      instagram.spawn(function() instagram.update() end)
      assert.error_matches(instagram.run, "update was called inside a task")
    end)

    it("says when tasks wait for each other in a circle", function()
      local a, b
      a = instagram.spawn(function() b:wait() end)
      b = instagram.spawn(function() a:wait() end)
      assert.error_matches(instagram.run, "every task waits for another")
      a:cancel()
      b:cancel()
    end)
  end)

  describe("update", function()
    it("does what is ready and returns how many are left", function()
      local got
      instagram.spawn(function() got = get(1) end)
      assert.equal(1, instagram.update())
      assert.is_nil(got)
      core.clock = core.clock + 1
      assert.equal(0, instagram.update())
      assert.equal("1", got)
    end)

    it("never waits", function()
      instagram.spawn(function() get(1) end)
      for _ = 1, 5 do instagram.update() end
      assert.equal(1000, core.clock)
    end)

    it("keeps to its budget, and starves nobody", function()
      local moved = {}
      for i = 1, 4 do
        instagram.spawn(function()
          for _ = 1, 3 do
            core.clock = core.clock + 0.010
            moved[#moved + 1] = i
            instagram.sleep(0)
          end
        end)
      end
      instagram.update(0.015)
      assert.same({ 1, 2 }, moved)
      instagram.update(0.015)
      assert.same({ 1, 2, 3, 4 }, moved)
      while instagram.update(0.015) > 0 do end
      assert.equal(12, #moved)
    end)

    it("moves at least one task, whatever the budget", function()
      local moved
      instagram.spawn(function() moved = true end)
      instagram.update(0)
      assert.is_true(moved)
    end)

    it("lets a task that sleeps for 0 come back only the next time", function()
      local count = 0
      local task = instagram.spawn(function()
        while true do
          count = count + 1
          instagram.sleep(0)
        end
      end)
      instagram.update()
      assert.equal(1, count)
      instagram.update()
      assert.equal(2, count)
      task:cancel()
    end)

    it("survives a plain yield", function()
      local count = 0
      instagram.spawn(function()
        coroutine.yield()
        count = count + 1
      end)
      instagram.update()
      assert.equal(0, count)
      instagram.update()
      assert.equal(1, count)
    end)

    it("refuses a budget that is none", function()
      assert.error_matches(function() instagram.update("x") end, "'budget' to update")
    end)
  end)

  describe("an error", function()
    it("is raised by run, with the task's own traceback", function()
      instagram.spawn(function() error "broken" end)
      assert.error_matches(instagram.run, "broken.*traceback.*tasks_spec.lua")
    end)

    it("is raised by update, and the other tasks live on", function()
      local got
      instagram.spawn(function() error "broken" end)
      instagram.spawn(function() got = get(1) end)
      assert.error_matches(instagram.update, "broken")
      instagram.run()
      assert.equal("1", got)
    end)

    it("is raised by wait as it was, and then not by run", function()
      local problem = {}
      local task = instagram.spawn(function() error(problem) end)
      local ok, raised = pcall(task.wait, task)
      assert.is_false(ok)
      assert.equal(problem, raised)
      instagram.run()
    end)

    it("waits for the task that may yet wait for it", function()
      local caught
      instagram.spawn(function()
        local a = instagram.spawn(function() get(1) get(1) end)
        local b = instagram.spawn(function() error "broken" end)
        a:wait()
        caught = "not yet"
        b:wait()
      end)
      assert.error_matches(instagram.run, "broken")
      assert.equal("not yet", caught)
    end)

    it("is raised once the one who could have waited has ended", function()
      instagram.spawn(function()
        local task = instagram.spawn(function() error "broken" end)
        get(1)
        return task
      end)
      assert.error_matches(instagram.run, "broken")
    end)

    it("is raised when nobody holds the task any more", function()
      local parent = instagram.spawn(function()
        instagram.spawn(function() error "broken" end)
        while true do instagram.sleep(0) end
      end)
      assert.error_matches(function()
        for _ = 1, 100 do
          instagram.update()
          collectgarbage()
        end
      end, "broken")
      parent:cancel()
    end)
  end)

  describe("wait", function()
    it("inside a task yields", function()
      local result
      instagram.spawn(function()
        local inner = instagram.spawn(function() return get(7), "x" end)
        result = { inner:wait() }
      end)
      instagram.run()
      assert.same({ "7", "x" }, result)
    end)

    it("outside tasks moves all of them", function()
      local other
      instagram.spawn(function() other = get(1) end)
      local task = instagram.spawn(function() return get(2) end)
      assert.equal("2", task:wait())
      assert.equal("1", other)
    end)

    it("can be called again", function()
      local task = instagram.spawn(function() return 1 end)
      assert.equal(1, task:wait())
      assert.equal(1, task:wait())
      assert.is_true(task:done())
    end)

    it("for itself is refused", function()
      local task
      task = instagram.spawn(function() task:wait() end)
      assert.error_matches(instagram.run, "cannot wait for itself")
    end)
  end)

  describe("cancel", function()
    it("ends the task and its request", function()
      local after
      local task = instagram.spawn(function()
        get(1)
        after = true
      end)
      instagram.update()
      assert.is_true(task:cancel())
      assert.is_true(core.requests[1].cancelled)
      assert.is_true(task:done())
      local value, message, err = task:wait()
      assert.is_nil(value)
      assert.is_string(message)
      assert.equal("cancelled", err.kind)
      instagram.run()
      assert.is_nil(after)
      assert.is_false(task:cancel())
    end)

    it("before it began", function()
      local ran
      local task = instagram.spawn(function() ran = true end)
      task:cancel()
      instagram.run()
      assert.is_nil(ran)
    end)

    it("by itself does not return", function()
      local task, after
      task = instagram.spawn(function()
        task:cancel()
        after = true
      end)
      instagram.run()
      assert.is_nil(after)
      assert.equal("cancelled", select(3, task:wait()).kind)
    end)

    it("by another task, and by one that it waits for", function()
      local a, b
      a = instagram.spawn(function() b:wait() end)
      b = instagram.spawn(function()
        get(1)
        a:cancel()
        return "b"
      end)
      instagram.run()
      assert.equal("b", b:wait())
      assert.equal("cancelled", select(3, a:wait()).kind)
    end)

    it("wakes those who wait for it", function()
      local kind
      local task = instagram.spawn(function() instagram.sleep(100) end)
      instagram.spawn(function() kind = select(3, task:wait()).kind end)
      instagram.update()
      task:cancel()
      instagram.run()
      assert.equal("cancelled", kind)
      assert.equal(1000, core.clock)
    end)
  end)

  describe("map", function()
    it("keeps the order, and works outside tasks", function()
      local results = instagram.map({ 5, 1, 3 }, function(seconds, i)
        instagram.sleep(seconds)
        return seconds * 10 + i
      end)
      assert.same({ n = 3, 51, 12, 33 }, results)
      assert.equal(1005, core.clock)
    end)

    it("inside a task, nested", function()
      local results
      instagram.spawn(function()
        results = instagram.map({ 1, 2 }, function(a)
          return instagram.map({ 1, 2 }, function(b) return get(a .. b) end)
        end)
      end)
      instagram.run()
      assert.same({ n = 2, { n = 2, "11", "12" }, { n = 2, "21", "22" } }, results)
    end)

    it("runs no more than concurrency at a time", function()
      local now, most = 0, 0
      instagram.map({ 1, 2, 3, 4, 5, 6, 7 }, function()
        now = now + 1
        most = math.max(most, now)
        get(1)
        now = now - 1
      end, { concurrency = 3 })
      assert.equal(3, most)
      assert.equal(1003, core.clock)
    end)

    it("raises the first error after it cancelled the others", function()
      assert.error_matches(function()
        instagram.map({ 1, 2, 3 }, function(i)
          if i == 2 then error "broken" end
          get(i)
        end)
      end, "broken")
      assert.is_true(core.requests[1].cancelled)
      instagram.run()
    end)

    it("tells which items failed with nil, message", function()
      local results, failures = instagram.map({ "a", "b" }, function(item)
        if item == "b" then return nil, "no b" end
        return item
      end)
      assert.same({ n = 2, "a" }, results)
      assert.same({ [2] = "no b" }, failures)
    end)

    it("of nothing is nothing", function()
      assert.same({ n = 0 }, (instagram.map({}, error)))
    end)

    it("is cancelled with the task that called it", function()
      local task = instagram.spawn(function()
        instagram.map({ 1, 2 }, function(i) return get(i) end)
      end)
      instagram.update()
      task:cancel()
      assert.is_true(core.requests[1].cancelled)
      assert.is_true(core.requests[2].cancelled)
      assert.equal(0, instagram.update())
    end)

    it("checks its arguments", function()
      assert.error_matches(function() instagram.map(3, print) end, "'list' to map")
      assert.error_matches(function() instagram.map({}) end, "'fn' to map")
      assert.error_matches(function() instagram.map(client:media {}, print) end,
        "'list' to map %(list expected, got a pager")
      assert.error_matches(function() instagram.map({ a = 1 }, print) end,
        "'list' to map %(list expected")
      assert.error_matches(function()
        instagram.map({}, print, { concurency = 2 })
      end, "did you mean 'concurrency'")
      assert.error_matches(function()
        instagram.map({}, print, { concurrency = 0 })
      end, "'concurrency' to map")
    end)
  end)

  describe("on every Lua", function()
    it("a for loop over a pager waits, or says what to call", function()
      local seen = 0
      core.answer = function(question)
        question.delay = 1
        return fake.page(fake.feed(3), question.params)
      end
      instagram.spawn(function()
        for _ in client:media { page_size = 2 } do seen = seen + 1 end
      end)
      if puc51 then
        assert.error_matches(instagram.run, "cannot wait.*method next in a loop")
      else
        instagram.run()
        assert.equal(3, seen)
      end
    end)

    it("next waits inside a task", function()
      local seen = 0
      core.answer = function(question)
        question.delay = 1
        return fake.page(fake.feed(3), question.params)
      end
      instagram.spawn(function()
        local pager = client:media { page_size = 2 }
        while pager:next() do seen = seen + 1 end
      end)
      instagram.run()
      assert.equal(3, seen)
    end)

    it("a call inside pcall waits, or says why not", function()
      local ok, got
      instagram.spawn(function() ok, got = pcall(get, 1) end)
      instagram.run()
      if puc51 then
        assert.is_false(ok)
        assert.matches("Lua 5.1 cannot wait inside pcall", got)
      else
        assert.equal("1", got)
      end
    end)

    it("a coroutine that a task made blocks, and does not confuse its maker", function()
      local got
      instagram.spawn(function()
        local thread = coroutine.wrap(function() coroutine.yield(get(1)) end)
        got = thread()
      end)
      instagram.run()
      assert.equal("1", got)
    end)
  end)

  it("two tasks on one pager are told apart", function()
    core.answer = function(question)
      question.delay = 1
      return fake.page(fake.feed(3), question.params)
    end
    local pager = client:media {}
    local first = instagram.spawn(function() return pager:next().id end)
    local second = instagram.spawn(function() return pager:next().id end)
    assert.equal("3", first:wait())
    assert.error_matches(function() second:wait() end, "two tasks use one pager")
  end)

  it("a task has a harmless name", function()
    local task = instagram.spawn(function() end)
    assert.equal("instagram.task (running)", tostring(task))
    instagram.run()
    assert.equal("instagram.task (done)", tostring(task))
  end)

  it("spawn wants a function", function()
    assert.error_matches(function() instagram.spawn({}) end, "'fn' to spawn")
  end)
end)
