-- The stores inside nginx, with two workers: the shared dictionary alone and in front
-- of files and redis, and redis through nginx.redis.
local calls = require "spec.support.calls"
local contract = require "spec.support.store_contract"
local core = require "instagram.core"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local redis = require "spec.support.redis"
local stores = require "instagram.store"

local DICTS = [[
lua_shared_dict alone 2m;
lua_shared_dict files 2m;
lua_shared_dict redis 2m;
lua_shared_dict small 64k;
lua_shared_dict tight 64k;
lua_shared_dict signals 64k;]]

describe("inside nginx #slow", function()
  if nginx.missing() then
    pending(nginx.missing())
    return
  end
  local server, database, folder, places

  setup(function()
    folder = calls.folder()
    if not redis.missing() then database = redis.start() end
    server = nginx.start { module = "spec.support.store_pages", dicts = DICTS }
    places = {
      front_file = folder .. "/front", file = folder .. "/file",
      small_file = folder .. "/small", redis = database and database.port,
      front_redis = database and database.port,
    }
  end)

  teardown(function()
    server:stop()
    if database then database:stop() end
    process.stop_all()
    calls.remove(folder)
  end)

  -- Page and arguments with the store's words.
  local function words(kind, arguments)
    arguments.kind, arguments.place = kind, places[kind] or "-"
    return arguments
  end

  local function get(page, kind, arguments)
    return server:get(page, words(kind, arguments))
  end

  -- The same page so many times at once, half of them from each worker: what each said,
  -- and how many workers did.
  local function all(count, page, kind, arguments)
    local asked, said, workers, seen = server:connect_to_both(count / 2), {}, 0, {}
    for i = 1, count do server:ask(page, words(kind, arguments), asked[i]) end
    for i = 1, count do
      local text, worker = server:answer(asked[i]):match("^(.*) (%d+)$")
      said[i] = text
      if not seen[worker] then seen[worker], workers = true, workers + 1 end
    end
    return said, workers
  end

  for _, kind in ipairs { "volatile", "file", "front_file", "redis", "front_redis" } do
    local needs_redis = kind:find "redis" and redis.missing()
    local also = needs_redis and pending or it

    for number, case in ipairs(contract) do
      also(("the store %s %s"):format(kind, case.name), function()
        assert.equal("ok", get("case", kind, { number = number }))
      end)
    end

    for _, way in ipairs { "count_by_swap", "count_by_lock" } do
      local name = ("the store %s loses nothing when two workers %s"):format(kind, way)
      also(name, function()
        local key = "count:" .. way
        local said, workers = all(10, "count", kind, {
          way = way, key = key, times = 10,
        })
        for _, each in ipairs(said) do assert.equal("ok", each) end
        assert.equal(2, workers)
        assert.equal("100", get("run", kind, { what = "get", key = key }))
      end)
    end

    also(("two workers see one lock of the store %s"):format(kind), function()
      local ask = { key = "seen" }
      local holder = server:ask("hold", words(kind, ask))
      process.wait_until("the lock is held", 60, function()
        return get("is_held", kind, ask) == "true"
      end)
      local said, workers = all(12, "hold", kind, ask)
      for _, each in ipairs(said) do assert.equal("busy", each) end
      assert.equal(2, workers)
      get("let_go", kind, ask)
      assert.matches("^held", server:answer(holder))
      assert.matches("^held", get("hold", kind, ask))
    end)
  end

  it("a dictionary alone is refused unless it is asked for", function()
    local said = {}
    for line in server:get("misuse"):gmatch("[^\n]+") do said[#said + 1] = line end
    for _, i in ipairs { 1, 2, 4 } do
      assert.matches("forgets all tokens when nginx stops", said[i])
    end
    assert.matches("no lua_shared_dict 'none'", said[3])
    assert.matches("a store has a method 'get'", said[5])
  end)

  it("the store behind is asked only for what changed", function()
    assert.equal("1 2 3", get("reads", "front_file", {}))
  end)

  it("a slow read does not bring back what was there before a change", function()
    local first, second = get("slow_read", "front_file", {}):match("^(%w+) (%w+)$")
    assert.equal("old", first)
    assert.equal("new", second)
  end)

  it("what another machine changed is seen by lock and swap", function()
    local behind = stores.file(places.front_file)
    get("run", "front_file", { what = "put", key = "m", value = "1" })
    assert.equal("1", get("run", "front_file", { what = "get", key = "m" }))
    behind:put("m", "2")
    assert.equal("1", get("run", "front_file", { what = "get", key = "m" }))
    assert.matches("^%d+$", get("run", "front_file", { what = "lock", key = "m",
      value = 0.01 }))
    assert.equal("2", get("run", "front_file", { what = "get", key = "m" }))
    behind:put("m", "3")
    assert.equal("false", get("run", "front_file", { what = "swap", key = "m",
      expected = "2", value = "4" }))
    assert.equal("3", get("run", "front_file", { what = "get", key = "m" }))
    behind:delete "m"
    assert.equal("true", get("run", "front_file", { what = "delete", key = "m" }))
    assert.equal("false", get("run", "front_file", { what = "get", key = "m" }))
  end)

  it("a lock that another machine holds is nobody's here", function()
    local behind = stores.file(places.front_file)
    local lock = behind:lock("far", 600)
    local ask = { what = "lock", key = "far", value = 600 }
    assert.equal("false", get("run", "front_file", ask))
    assert.equal("false", get("run", "front_file", ask))
    lock:release()
    assert.matches("^%d+$", get("run", "front_file", ask))
    assert.is_false(behind:lock("far", 5))
  end)

  it("a full dictionary is an error and loses nothing", function()
    local said = get("fill", "small", { size = 300 })
    local fitted, whole, problem = said:match("^(%d+) fitted, (%d+) whole, (.*)$")
    assert.is_true(tonumber(fitted) > 20)
    assert.equal(fitted, whole)
    assert.matches("^store store: shared dictionary: no memory", problem)
    assert.matches("grown nil, first true, again true", problem)
  end)

  it("in front of files a full dictionary loses nothing and hinders nobody", function()
    local said = get("fill", "small_file", { size = 300 })
    assert.matches("^400 fitted, 400 whole, no nil", said)
    assert.matches("grown true, first false, again true", said)
  end)

  it("a worker that died while it changed a key is forgotten soon", function()
    local from = core.monotonic()
    server:get("die_in_guard", { key = "guarded" })
    assert.equal("true", get("run", "volatile", { what = "put", key = "guarded",
      value = "x" }))
    assert.is_true(core.monotonic() - from > 1.9) -- the guard's 2 seconds
  end)

  it("a worker goes on while a request of its own waits for a busy shard", function()
    stores.file(places.file)
    local guards = {}
    for shard = 0, 15 do
      guards[shard] = core.files.lock(("%s/shard-%d.lock"):format(places.file, shard))
    end
    local waiting = server:connect_to_both(3)
    for i = 1, 6 do
      server:ask("run", words("file", { what = "put", key = "w" .. i, value = "x" }),
        waiting[i])
    end
    for _ = 1, 10 do
      for _, connection in ipairs(server:connect_to_both(2)) do connection:close() end
    end
    -- Both workers have answered many times, and nobody has come to the end of waiting.
    for i = 1, 6 do
      waiting[i]:settimeout(0)
      assert.equal("timeout", select(2, waiting[i]:receive "*l"))
      waiting[i]:settimeout(60)
    end
    for shard = 0, 15 do guards[shard]:release() end
    for i = 1, 6 do assert.equal("true", server:answer(waiting[i])) end
  end)

  it("what is behind outlives nginx, what is volatile does not", function()
    for _, kind in ipairs { "volatile", "front_file" } do
      get("run", kind, { what = "put", key = "r", value = "1" })
    end
    server:restart()
    assert.equal("false", get("run", "volatile", { what = "get", key = "r" }))
    assert.equal("1", get("run", "front_file", { what = "get", key = "r" }))
  end)

  it("redis killed and started again: an error, then all is there", function()
    if not database then
      pending(redis.missing())
      return
    end
    for _, kind in ipairs { "redis", "front_redis" } do
      get("run", kind, { what = "put", key = "k" .. kind, value = "1" })
      for _ = 1, 8 do
        get("run", kind, { what = "lock", key = "warm", value = 0.01 })
      end
    end
    database:kill()
    for _, kind in ipairs { "redis", "front_redis" } do
      assert.matches("^store: .*refused", get("run", kind, { what = "put",
        key = "k" .. kind, value = "2" }))
    end
    database:restart()
    for _, kind in ipairs { "redis", "front_redis" } do
      assert.equal("1", get("run", kind, { what = "get", key = "k" .. kind }))
      assert.equal("true", get("run", kind, { what = "put", key = "k" .. kind,
        value = "3" }))
      assert.equal("3", get("run", kind, { what = "get", key = "k" .. kind }))
    end
  end)

  it("nothing went wrong that only the log tells", function()
    for line in server:log():gmatch("[^\n]+") do
      if not line:find("Connection refused", 1, true) then
        assert.is_nil(line:find "%[error%]" or line:find "%[alert%]"
          or line:find "%[crit%]", line)
      end
    end
  end)
end)
