-- Accounts leak nothing: a process that logs in, exchanges, refreshes, meets errors,
-- forgets and closes is searched for every secret it used (the app secret, the key, the
-- code, the short-lived, the long-lived and the refreshed token): its memory from
-- outside, all it printed (log events, errors, tracebacks, stderr), the store's files,
-- its command line and environment.
local calls = require "spec.support.calls"
local instagram = require "instagram"
local life = require "spec.support.life"
local process = require "spec.support.process"
local sandboxes = require "instagram.sandbox"
local scan = require "spec.support.scan"

local DAY = 86400

describe("tokens in accounts #slow", function()
  local folder, sandbox, pid, secrets, code

  local function printed() return calls.read(folder .. "/printed") or "" end

  local function wait_for(step)
    local said
    process.wait_until("step " .. step, 60, function()
      said = printed():match("step " .. step .. " ([^\n]*)\n")
      assert(said or process.is_running(pid), printed())
      return said
    end)
    return said
  end

  local function go(step, answer)
    calls.write(("%s/go%d"):format(folder, step), (answer or "") .. "\n")
  end

  -- What the store has now, opened in this process.
  local function reveal()
    local accounts = life.open(folder, "file", folder .. "/tokens",
      function() return sandbox:now() end)
    local text
    for id in accounts:each() do text = accounts:client(id).token:reveal() end
    return text
  end

  local function set_now()
    calls.write(folder .. "/now", ("%.0f"):format(sandbox:now()))
  end

  -- Runs the child up to the place where all is closed.
  local function live()
    set_now()
    pid = process.start(process.script("spec/support/life_child.lua", folder),
      folder .. "/printed")
    local url = wait_for(1):match("^url (%S+)")
    sandbox:fault { on = "/access_token", kind = "status", status = 400,
      error = "blocked", times = 1 }
    local redirect = assert(sandbox:authorize { user = "demo_user", url = url })
    code = redirect:match("code=([^&#]+)")
    go(1, redirect)
    wait_for(2)
    secrets.short = reveal()
    go(2)
    wait_for(3)
    secrets.long = reveal()
    sandbox:advance_clock(31 * DAY)
    set_now()
    go(3)
    wait_for(4)
    secrets.refreshed = reveal()
    go(4)
    wait_for(5)
    sandbox:control("update_user", { username = "demo_user", password_changed = true })
    go(5)
    wait_for(6)
    go(6)
    wait_for(7)
  end

  local function each_piece(fn)
    for name, secret in pairs(secrets) do
      for at = 1, math.max(1, #secret - 15), 8 do fn(name, secret:sub(at, at + 15)) end
    end
    for at = 1, #code - 15, 8 do fn("code", code:sub(at, at + 15)) end
  end

  local function holds_none(what, text)
    each_piece(function(name, piece)
      assert(not text:find(piece, 1, true), ("%s: the %s is in it"):format(what, name))
    end)
  end

  before_each(function()
    folder = calls.folder()
    sandbox = assert(sandboxes.start {})
    local credentials = sandbox:credentials "basic_display"
    life.prepare(folder, credentials)
    secrets = { client_secret = credentials.client_secret,
      key = calls.read(folder .. "/key") }
  end)

  after_each(function()
    process.stop_all()
    sandbox:stop()
    calls.remove(folder)
  end)

  it("are found nowhere once all is closed", function()
    live()
    assert(secrets.short ~= secrets.long and secrets.long ~= secrets.refreshed)
    local found, size = scan.process(pid, secrets)
    if instagram.wipes() then assert(#found == 0, scan.describe(found)) end
    assert.is_true(size > 500000)
    local text = printed()
    local met = { "login", "refresh", "dead", "forget", "sealed", "ticket" }
    for _, word in ipairs(met) do
      assert(text:find(word, 1, true), word .. " was not met")
    end
    holds_none("what was printed", text)
    holds_none("the command line", calls.read(("/proc/%d/cmdline"):format(pid)))
    holds_none("the environment", calls.read(("/proc/%d/environ"):format(pid)))
    for name in io.popen("ls " .. folder .. "/tokens"):lines() do
      holds_none(name, name .. calls.read(folder .. "/tokens/" .. name))
    end
    go(7)
  end)
end)
