-- The pages of loop_openresty_spec.lua, inside nginx: calls of the API in its handlers,
-- by the loop that is used there without asking.
local core = require "instagram.core"
local instagram = require "instagram"

local nginx = rawget(_G, "ngx")
local pages = {}

local function client_of(arguments)
  return instagram.open(arguments.token, { base_url = arguments.url,
    timeout = tonumber(arguments.timeout), retries = 0 })
end

--- Only this one asks in its log phase.
function pages.ping()
  return "pong"
end

function pages.worker()
  return nginx.worker.pid()
end

function pages.me(arguments)
  local me, message, err = client_of(arguments):me()
  return me and me.username or err.kind .. ": " .. message
end

--- Every media, by the iterator, with the page after this one asked for ahead.
function pages.walk(arguments)
  local count = 0
  for _ in client_of(arguments):media { page_size = 25 } do count = count + 1 end
  return count
end

--- A file, and whether what was told of it went up to its size.
function pages.download(arguments)
  local client = client_of(arguments)
  local media, told = assert(client:media { max = 1 }:next()), 0
  local file = assert(client:download(media, arguments.path, {
    on_progress = function(received) told = received end,
  }))
  return file.bytes == told and file.bytes > 0
end

--- Several calls of one handler at once.
function pages.map(arguments)
  local client = client_of(arguments)
  local names = instagram.map({ 1, 2, 3, 4, 5, 6 }, function()
    return assert(client:me()).username
  end, { concurrency = 6 })
  return table.concat(names, " ")
end

--- A task of the loop that is cancelled (its call stalls), and one that is waited for.
function pages.tasks(arguments)
  local client = client_of(arguments)
  local bad = instagram.spawn(function() return client:get "/me" end)
  bad:cancel()
  local _, _, err = bad:wait()
  local good = instagram.spawn(function() return assert(client:me()).username end)
  return good:wait() .. " " .. err.kind
end

--- A light thread that is killed in the middle of a call harms nobody.
function pages.killed(arguments)
  local thread = nginx.thread.spawn(function() return client_of(arguments):me() end)
  nginx.sleep(0.05)
  assert(nginx.thread.kill(thread))
  return pages.me(arguments)
end

--- In a coroutine of the handler's own.
function pages.coroutine(arguments)
  return coroutine.wrap(function() return pages.me(arguments) end)()
end

-- What a module says that is required by a page.
local function required(fn)
  package.preload["spec.required"] = fn
  package.loaded["spec.required"] = nil
  local value = require "spec.required"
  return value
end

--- Inside a function that C called: nothing can yield there, and a call blocks.
function pages.within_c(arguments)
  local sorted
  table.sort({ 2, 1 }, function(a, b)
    sorted = sorted or pages.me(arguments)
    return a < b
  end)
  return required(function() return pages.me(arguments) end) .. " " .. sorted
end

--- Tasks cannot be there; that is told, and does no harm to later ones.
function pages.tasks_within_c(arguments)
  local said = required(function()
    local ok, problem = pcall(instagram.map, { 1, 2 }, function() return 1 end)
    return ok and "ok" or problem
  end)
  return said .. "; " .. pages.map(arguments)
end

--- In a timer, where there is no request.
function pages.timer(arguments)
  local name
  nginx.timer.at(0, function() name = pages.me(arguments) end)
  while not name do nginx.sleep(0.005) end
  return name
end

--- What the timers of the worker are, once one stood still for so long that another
--- driver was called: one driver remains.
function pages.stall(arguments)
  local client = client_of(arguments)
  local thread = nginx.thread.spawn(function() return client:me() end)
  nginx.sleep(0.05)
  local ends = core.monotonic() + 1.2
  while core.monotonic() < ends do end
  assert(client:get("/me", {}))
  nginx.thread.wait(thread)
  nginx.sleep(0.05)
  return nginx.timer.running_count()
end

--- A worker whose driver died (its timer was ended) finds another.
function pages.driver(arguments)
  local client, step = client_of(arguments), core.engine().step
  local engine = getmetatable(core.engine()).__index
  local failed = 0
  engine.step = function(...)
    if nginx.get_phase() == "timer" and failed == 0 then
      failed = 1
      error "the driver dies"
    end
    return step(...)
  end
  local me = client:me()
  engine.step = step
  return me.username .. " " .. failed
end

--- What the last log phase and the start of the worker came to: they block.
function pages.phases()
  local seen = nginx.shared.seen
  return seen:get "init_worker" .. " " .. (seen:get "log" or "")
end

--- Called where nginx allows no yield.
function pages.note(phase, arguments)
  nginx.shared.seen:set(phase, pages.me(arguments))
end

return pages
