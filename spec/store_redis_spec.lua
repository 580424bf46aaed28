-- The store in redis where things go wrong: a server that dies and comes back, answers
-- that are lost, servers that refuse, clients of every kind.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local process = require "spec.support.process"
local redis = require "spec.support.redis"
local stores = require "instagram.store"
local writing = require "spec.support.store_writing"
local yield = require "instagram.yield"

local function fails(words, result, message, err)
  assert.is_nil(result)
  assert.equal("store", err.kind)
  assert.matches(words, message, 1, true)
  return err
end

-- --- clients
-- -----------------------------------------------------------------------------

describe("the store in redis, by any client,", function()
  -- A client in the way of lua-resty-redis that answers what it is told.
  local function resty(answer, events)
    return {
      eval = answer,
      set_keepalive = function() events[#events + 1] = "kept" return true end,
      close = function() events[#events + 1] = "closed" return true end,
    }
  end

  it("gives a connection back to its pool after each operation", function()
    local events, connects = {}, 0
    local store = stores.redis(function()
      connects = connects + 1
      return resty(function() return 1 end, events)
    end)
    assert.is_true(store:put("a", "1"))
    assert.is_true(store:delete("a"))
    assert.equal(2, connects)
    assert.same({ "kept", "kept" }, events)
  end)

  it("connects anew when a connection is lost, once", function()
    local events, connects = {}, 0
    local store = stores.redis(function()
      connects = connects + 1
      local mine = connects
      return resty(function()
        if mine == 1 then return nil, "closed" end
        return 1
      end, events)
    end)
    assert.is_true(store:put("a", "1"))
    assert.same({ "closed", "kept" }, events)
    store = stores.redis(function()
      connects = connects + 1
      return resty(function() return nil, "timeout" end, events)
    end)
    connects = 0
    fails("redis: timeout", store:put("a", "1"))
    assert.equal(2, connects)
  end)

  it("takes no answer that cannot be to its question", function()
    local answer
    local store = stores.redis(function()
      return { eval = function() return answer end }
    end)
    local answers = { "QUEUED", true, print, io.stdout, {}, { "x" }, { true }, { {} },
      { 1 }, { 1, {}, -1 }, { 1, "v" }, { 1, "v", "soon" } }
    for _, each in ipairs(answers) do
      answer = each
      fails("no answer to our question", store:get "a")
      fails("no answer to our question", store:put("a", "1"))
      fails("no answer to our question", store:swap("a", false, "1"))
      fails("no answer to our question", store:delete "a")
      if type(each) ~= "table" or each[1] ~= 1 then
        fails("no answer to our question", store:list "a")
        fails("no answer to our question", store:lock("a", 600))
      end
    end
  end)

  it("does not ask again after a refusal", function()
    local connects = 0
    local store = stores.redis(function()
      connects = connects + 1
      return resty(function() return false, "OOM command not allowed" end, {})
    end)
    local err = fails("redis: OOM", store:put("a", "1"))
    assert.matches("maxmemory", err.advice)
    assert.equal(1, connects)
  end)

  it("finds the master after a replica took over", function()
    local connects = 0
    local store = stores.redis(function()
      connects = connects + 1
      if connects > 1 then return resty(function() return 1 end, {}) end
      return resty(function()
        return false, "READONLY You can't write against a read only replica."
      end, {})
    end)
    assert.is_true(store:put("a", "1"))
    assert.equal(2, connects)
  end)

  it("says why it has no connection", function()
    for words, connect in pairs {
      ["no route"] = function() error("no route", 0) end,
      ["connection refused"] = function() return nil, "connection refused" end,
      ["the connect function gave no client"] = function() end,
      ["gave no client"] = function() return {} end,
      ["no client"] = function() return true end,
      ["a table"] = function()
        error(setmetatable({}, { __tostring = function() return "a table" end }))
      end,
    } do
      local store = stores.redis(connect)
      fails(words, store:get "a")
      fails(words, store:put("a", "1"))
      fails(words, store:swap("a", false, "1"))
      fails(words, store:delete "a")
      fails(words, store:list "a")
      fails(words, store:lock("a", 600))
    end
  end)

  it("does not share a connection between tasks that wait", function()
    if not yield.anywhere then
      pending "Lua 5.1 cannot yield in a client that is called by pcall"
      return
    end
    local connects, most, busy = 0, 0, 0
    local store = stores.redis(function()
      connects = connects + 1
      local inside = false
      return {
        eval = function()
          assert(not inside, "a connection for two")
          inside, busy = true, busy + 1
          most = math.max(most, busy)
          coroutine.yield()
          inside, busy = false, busy - 1
          return 1
        end,
      }
    end)
    local threads = {}
    for i = 1, 20 do
      threads[i] = coroutine.create(function()
        for _ = 1, 5 do assert(store:put("a", "1")) end
      end)
    end
    for _ = 1, 6 do
      for _, thread in ipairs(threads) do assert(coroutine.resume(thread)) end
    end
    assert.equal(20, most)
    assert.is_true(connects < 100)
  end)

  it("does not use a connection from before a fork", function()
    local connects, real = 0, core.files.process
    local store = stores.redis(function()
      connects = connects + 1
      return { eval = function() return 1 end }
    end)
    store:put("a", "1")
    store:put("a", "1")
    assert.equal(1, connects)
    core.files.process = function() return real() + 1 end -- luacheck: ignore
    store:put("a", "1")
    core.files.process = real -- luacheck: ignore
    assert.equal(2, connects)
  end)
end)

-- --- a real server
-- -----------------------------------------------------------------------

describe("the store in redis #slow", function()
  if redis.missing() then
    pending(redis.missing())
    return
  end
  local server, admin

  setup(function()
    server = redis.start()
    admin = redis.connect(server.port)
  end)
  teardown(function()
    process.stop_all()
    server:stop()
  end)
  before_each(function() admin:flushdb() end)

  local function connect() return redis.connect(server.port) end

  -- A connection that does what it is asked and loses the answer, the first time;
  -- `then_` happens before anybody asks again.
  local function losing(then_)
    local lost = false
    return stores.redis(function()
      local client = connect()
      if lost then return client end
      return {
        network = client.network,
        eval = function(_, ...)
          client:eval(...)
          lost = true
          if then_ then then_() end
          error("redis.lua:304: connection error: closed", 0)
        end,
      }
    end)
  end

  it("does a change once although its answer was lost", function()
    local other = stores.redis(connect)
    assert.is_true(losing():swap("a", false, "1"))
    assert.equal("1", (other:get "a"))
    assert.is_true(losing():swap("a", "1", "2"))
    assert.is_true(losing(function() other:put("a", "4") end):swap("a", "2", "3"))
    assert.equal("4", (other:get "a"))
    assert.is_true(losing(function() other:put("a", "6") end):put("a", "5"))
    assert.equal("6", (other:get "a"))
    assert.is_true(losing(function() other:put("a", "7") end):delete "a")
    assert.equal("7", (other:get "a"))
    assert.is_false(losing():swap("a", "x", "8"))
    assert.equal("7", (losing():get "a"))
    assert.same({ "a" }, losing():list "")
  end)

  it("has its lock although the answer was lost", function()
    local other, store = stores.redis(connect), losing()
    local lock = assert(store:lock("a", 600))
    assert.is_false(other:lock("a", 600))
    assert.is_true(store:put("a", "1", { fence = lock.fence }))
    assert.is_true(lock:release())
    assert(other:lock("a", 600)):release()
    store = losing(function() other:delete "a" end)
    lock = assert(store:lock("a", 600))
    assert.is_true(store:put("a", "2", { fence = lock.fence }))
    assert.is_true(lock:release())
    -- Its release was done, its answer lost, and another has the lock by now.
    local taken
    store = losing()
    lock = store:lock("b", 600)
    assert.is_true(lock:release())
    taken = assert(other:lock("b", 600))
    assert.is_true(lock:release())
    assert.is_false(other:lock("b", 600))
    taken:release()
  end)

  it("keeps nothing of what is over, and no name of what was deleted", function()
    local store = stores.redis(connect)
    for i = 1, 20 do
      local lock = store:lock("account:" .. i, 600)
      store:put("account:" .. i, "x", { fence = lock.fence })
      lock:release()
    end
    for i = 1, 20 do store:delete("account:" .. i) end
    for _, name in ipairs(admin:keys "*account*") do error(name .. " is left") end
    for _, name in ipairs(admin:keys "*") do
      assert(name == "instagram:counter" or admin:ttl(name) > 0, name)
    end
    store:lock("account:1", 0.01)
    assert.is_true(admin:ttl "instagram:fence:account:1" <= 3601)
  end)

  it("has only its own keys, whatever the prefix", function()
    admin:set("record:a", "theirs")
    admin:set("instagramXrecord:a", "theirs")
    for _, prefix in ipairs { "instagram:", "i*", "[ab]?", "\\", "\1" } do
      local store = stores.redis(connect, { prefix = prefix })
      assert.same({}, store:list "")
      assert.is_true(store:put("a", prefix))
      assert.same({ "a" }, store:list "")
    end
    for _, prefix in ipairs { "instagram:", "i*", "[ab]?", "\\", "\1" } do
      assert.equal(prefix, (stores.redis(connect, { prefix = prefix }):get "a"))
    end
    assert.equal("theirs", admin:get "record:a")
  end)

  it("lists more than the server tells at once", function()
    local store = stores.redis(connect)
    for i = 1, 3000 do admin:set(("instagram:record:n%04d"):format(i), "x") end
    local keys = store:list "n"
    assert.equal(3000, #keys)
    assert.equal("n0001", keys[1])
    assert.equal("n3000", keys[3000])
  end)

  it("goes on growing its fences when the counter is lost", function()
    local store = stores.redis(connect)
    local first = store:lock("a", 600)
    admin:del "instagram:counter"
    first:release()
    local second = store:lock("a", 600)
    assert.is_true(second.fence > first.fence)
    admin:set("instagram:counter", "9000000000000000")
    second:release()
    assert.equal(9000000000000001, store:lock("a", 600).fence)
  end)

  it("says what it does not understand", function()
    local store = stores.redis(connect)
    admin:rpush("instagram:record:a", "x")
    local err = fails("redis: WRONGTYPE", store:get "a")
    assert.matches("instagram:record:a", err.message, 1, true)
    assert.matches("prefix", err.advice)
    fails("WRONGTYPE", store:swap("a", false, "x"))
    admin:rpush("instagram:fence:b", "x")
    fails("WRONGTYPE", store:put("b", "x", { fence = 1 }))
    assert.is_true(store:put("c", "x"))
    assert.equal("x", (store:get "c"))
  end)

  it("fails when the server is full, and may still delete", function()
    local store = stores.redis(connect)
    store:put("a", "1")
    admin:config("set", "maxmemory", "1")
    local err = fails("redis: OOM", store:put("a", "2"))
    assert.matches("maxmemory", err.advice)
    fails("OOM", store:lock("a", 600))
    assert.equal("1", (store:get "a"))
    assert.is_true(store:delete "a")
    admin:config("set", "maxmemory", "0")
    assert.is_false(store:get "a")
    assert.is_true(store:put("a", "3"))
  end)

  it("fails on a replica, and reads there", function()
    local store = stores.redis(connect)
    store:put("a", "1")
    admin:slaveof("127.0.0.1", process.free_port())
    local err = fails("redis: READONLY", store:put("a", "2"))
    assert.matches("master", err.advice)
    assert.equal("1", (store:get "a"))
    admin:slaveof("no", "one")
    assert.is_true(store:put("a", "2"))
  end)

  it("fails when it must authenticate, and says so", function()
    local guarded = redis.start { "--requirepass", "open sesame" }
    local store = stores.redis(function() return redis.connect(guarded.port) end)
    local err = fails("redis: NOAUTH", store:get "a")
    assert.matches("authenticate", err.advice)
    store = stores.redis(function()
      local client = redis.connect(guarded.port)
      client:auth "sesame open"
      return client
    end)
    err = fails("WRONGPASS", store:put("a", "1"))
    assert.is_nil(err.message:find("sesame", 1, true))
    store = stores.redis(function()
      local client = redis.connect(guarded.port)
      client:auth "open sesame"
      return client
    end)
    assert.is_true(store:put("a", "1"))
    guarded:stop()
  end)

  it("does not notice that idle connections were cut", function()
    local store = stores.redis(connect)
    store:put("n", "0")
    for i = 1, 20 do
      admin:client("kill", "type", "normal", "skipme", "yes")
      assert.is_true(store:swap("n", tostring(i - 1), tostring(i)))
    end
    assert.equal("20", (store:get "n"))
  end)

  it("fails while the server is away, and works when it is back", function()
    local store = stores.redis(connect)
    assert.is_true(store:put("a", "1"))
    local lock = store:lock("a", 600)
    server:kill()
    fails("refused", store:get "a")
    fails("refused", store:put("a", "2"))
    fails("refused", store:swap("a", "1", "2"))
    fails("refused", store:delete "a")
    fails("refused", store:list "")
    fails("refused", store:lock("b", 600))
    fails("refused", lock:release())
    server:restart()
    admin = redis.connect(server.port)
    assert.equal("1", (store:get "a"))
    assert.is_false(store:lock("a", 600))
    assert.is_true(store:put("a", "2", { fence = lock.fence }))
    assert.is_true(lock:release())
    assert(store:lock("a", 600))
  end)

  it("loses nothing when it is killed under writers, again and again", function()
    local folder, pids = calls.folder(), {}
    local function log_of(writer) return ("%s/log%d"):format(folder, writer) end
    local function aways_of(writer)
      return (select(2, writing.read_log(log_of(writer), "away")))
    end
    for writer = 1, 3 do
      pids[writer] = process.start("nice " .. process.script(
        "spec/support/store_writer.lua", writer, 1, log_of(writer), "redis",
        server.port), folder .. "/out" .. writer)
    end
    for _ = 1, 5 do
      for writer = 1, 3 do
        local before = writing.read_log(log_of(writer))
        process.wait_until("writers write", 120, function()
          return writing.read_log(log_of(writer)) > before + 50
        end)
      end
      local before = aways_of(1) + aways_of(2) + aways_of(3)
      server:kill()
      process.wait_until("a writer notices", 120, function()
        return aways_of(1) + aways_of(2) + aways_of(3) > before
      end)
      server:restart()
    end
    for writer = 1, 3 do process.stop(pids[writer], "KILL") end
    admin = redis.connect(server.port)
    local store, steps, aways = stores.redis(connect), 0, 0
    for writer = 1, 3 do
      local said = calls.read(folder .. "/out" .. writer)
      assert(said == "", said)
      local last, away = writing.read_log(log_of(writer), "away")
      writing.check(store, writer, last)
      steps, aways = steps + last, aways + away
    end
    assert.is_true(aways > 0)
    print(("\n5 kills of redis-server, %d steps acknowledged, %d failures while it was "
      .. "away, 0 lost"):format(steps, aways))
    calls.remove(folder)
  end)
end)
