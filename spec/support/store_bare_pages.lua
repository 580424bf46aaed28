-- The pages of store_nginx_bare_spec.lua, inside nginx, where no loop is in use.
local instagram = require "instagram"

local nginx = rawget(_G, "ngx")
local pages = {}

local function connect_to(port)
  return function()
    local client = require("nginx.redis"):new()
    client:set_timeout(5000)
    local ok, problem = client:connect("127.0.0.1", port)
    if not ok then return nil, problem end
    return client
  end
end

local function open(port)
  local app = instagram.app { client_id = "1", client_secret = "2",
    redirect_uri = "https://example.com/" }
  return assert(app:accounts { keys = { ("k"):rep(32) },
    store = instagram.store.ngx_shared("redis", {
      behind = instagram.store.redis(connect_to(port)) }) })
end

-- Two requests of one worker want the same lock; who has it asks the store meanwhile,
-- and so lets the other come. In which order they were done.
function pages.two(arguments)
  local accounts, done = open(arguments.port), {}
  local function work(name)
    local lock = assert(accounts:wait_for_lock "busy")
    accounts.store:put("busy", name, { fence = lock.fence })
    done[#done + 1] = name
    lock:release()
  end
  local first, second = nginx.thread.spawn(work, "first"),
    nginx.thread.spawn(work, "second")
  assert(nginx.thread.wait(first))
  assert(nginx.thread.wait(second))
  return table.concat(done, " ") .. " " .. accounts.store:get "busy"
end

return pages
