-- The loop of nginx in a real one: a call waits, its worker does not.
local calls = require "spec.support.calls"
local nginx = require "spec.support.nginx"
local process = require "spec.support.process"
local core = require "instagram.core"
local support = require "spec.support.sandbox"

-- What a worker does where it can only block: told to a page of the specs.
local NOTES = [[
  init_worker_by_lua_block {
    require("spec.support.loop_pages").note("init_worker",
      { url = "%s", token = "%s", timeout = 20 })
  }
]]
local LOCATIONS = [[
    location / {
      default_type text/plain;
      content_by_lua_block {
        local page = require("spec.support.loop_pages")[ngx.var.uri:sub(2)]
        ngx.print(tostring(page(ngx.req.get_uri_args())))
      }
      log_by_lua_block {
        if ngx.var.uri ~= "/ping" then return end
        require("spec.support.loop_pages").note("log",
          { url = "%s", token = "%s", timeout = 20 })
      }
    }
]]

describe("the loop of nginx #slow", function()
  if nginx.missing() then
    pending(nginx.missing())
    return
  end
  local sandbox, server, arguments

  setup(function()
    sandbox = support.start {}
    local token = sandbox:generate_token("demo_user", "instagram_login")
    local url = sandbox:credentials("instagram_login").base_url
    arguments = { url = url, token = token, timeout = 30 }
    server = nginx.start {
      workers = 1, dicts = "lua_shared_dict seen 1m;",
      http = NOTES:format(url, token), locations = LOCATIONS:format(url, token),
    }
    server:get "worker" -- its start is over
  end)

  before_each(function()
    sandbox:control("clear_faults", {})
  end)

  teardown(function()
    if server then server:stop() end
    process.stop_all()
    sandbox:stop()
  end)

  local function get(page, changes)
    local all = {}
    for name, value in pairs(arguments) do all[name] = value end
    for name, value in pairs(changes or {}) do all[name] = value end
    return server:get(page, all)
  end

  it("answers others while a call waits", function()
    sandbox:fault { on = "/me", kind = "stall", times = 1 }
    local waiting = server:ask("me", { url = arguments.url, token = arguments.token,
      timeout = 5 })
    process.wait_until("the call is under way", 60, function()
      return support.count(sandbox, "/me") > 0
    end)
    sandbox:control("clear_requests", {})
    local worker = get "worker"
    for _ = 1, 20 do assert.equal(worker, get "worker") end
    waiting:settimeout(0)
    local line, problem = waiting:receive "*a"
    assert.equal("timeout", problem, line)
    waiting:settimeout(60)
    assert.matches("^timeout: ", server:answer(waiting))
  end)

  it("lets the calls of many requests be under way at once", function()
    local MANY, DELAY = 20, 0.5
    sandbox:fault { on = "/me", kind = "delay", delay = DELAY, times = MANY }
    local began, list = core.monotonic(), {}
    for i = 1, MANY do list[i] = server:ask("me", arguments) end
    for i = 1, MANY do assert.equal("demo_user", server:answer(list[i])) end
    assert.is_true(core.monotonic() - began < MANY * DELAY / 2)
  end)

  it("walks with an iterator, page after page", function()
    assert.equal("136", get "walk")
  end)

  it("downloads, and tells how far it is", function()
    local folder = calls.folder()
    assert.equal("true", get("download", { path = folder .. "/a.jpg" }))
    calls.remove(folder)
  end)

  it("runs several calls of one handler at once", function()
    assert.equal(("demo_user "):rep(6):sub(1, -2), get "map")
  end)

  it("has tasks that are waited for and cancelled", function()
    sandbox:fault { on = "/me", kind = "stall", times = 1 }
    assert.equal("demo_user cancelled", get "tasks")
  end)

  it("outlives a light thread that is killed in a call", function()
    sandbox:fault { on = "/me", kind = "stall", times = 1 }
    assert.equal("demo_user", get "killed")
  end)

  it("serves coroutines of the handler's own, and timers", function()
    assert.equal("demo_user", get "coroutine")
    assert.equal("demo_user", get "timer")
  end)

  it("finds another driver when one died", function()
    sandbox:fault { on = "/me", kind = "delay", delay = 0.3, times = 1 }
    assert.equal("demo_user 1", get "driver")
  end)

  it("has one driver again after a worker stood still", function()
    sandbox:fault { on = "/me", kind = "delay", delay = 2, times = 2 }
    assert.is_true(tonumber(get "stall") <= 1)
  end)

  it("says where no task can be started", function()
    local said = get "tasks_within_c"
    assert.matches("no task can be started here: nginx cannot", said, 1, true)
    assert.matches("; " .. ("demo_user "):rep(6):sub(1, -2), said, 1, true)
  end)

  it("blocks where nginx allows no yield", function()
    assert.equal("demo_user demo_user", get "within_c")
    get "ping"
    process.wait_until("the log phase has asked", 60, function()
      return get "phases" == "demo_user demo_user"
    end)
  end)
end)
