-- A store inside nginx when no loop is in use there: what waits holds its worker, and
-- must not hold up whom it waits for.
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local redis = require "spec.support.redis"

describe("inside nginx without a loop #slow", function()
  if nginx.missing() or redis.missing() then
    pending(nginx.missing() or redis.missing())
    return
  end
  local server, database

  setup(function()
    database = redis.start()
    server = nginx.start { module = "spec.support.store_bare_pages",
      dicts = "lua_shared_dict redis 2m;" }
  end)

  teardown(function()
    server:stop()
    database:stop()
    process.stop_all()
  end)

  it("who waits for a lock lets its holder in the same worker go on", function()
    assert.equal("first second second", server:get("two", { port = database.port }))
  end)
end)
