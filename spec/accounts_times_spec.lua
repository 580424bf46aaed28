-- Times of tokens, records and events are whole seconds, though a real clock's are not:
-- Lua 5.3 and later make no date of a fraction.
local calls = require "spec.support.calls"
local life = require "spec.support.life"
local process = require "spec.support.process"
local sandboxes = require "instagram.sandbox"

local DAY = 86400

describe("whole seconds", function()
  local sandbox, folder, events

  local function clock() return sandbox:now() + 0.75 end

  local function open()
    return life.open(folder, "file", folder .. "/tokens", clock,
      function(event) events[#events + 1] = event end)
  end

  local function log_in(accounts, user)
    local url, ticket = accounts:begin_login {}
    return assert(accounts:finish_login(
      assert(sandbox:authorize { user = user or "demo_user", url = url }), ticket))
  end

  local function is_whole(value, name)
    assert(value == math.floor(value), ("%s: %s"):format(name, value))
    assert.matches("^%d%d%d%d%-", os.date("%Y-%m-%d", value))
  end

  before_each(function()
    folder, events = calls.folder(), {}
    sandbox = assert(sandboxes.start {})
    life.prepare(folder, sandbox:credentials "basic_display")
  end)

  after_each(function()
    process.stop_all()
    sandbox:stop()
    calls.remove(folder)
  end)

  it("are what a token, a record and a result tell", function()
    local accounts, app = open()
    local client = log_in(accounts)
    is_whole(client.token:expires_at(), "expires_at")
    is_whole(client.token:obtained_at(), "obtained_at")
    is_whole(client.token:expires_in(), "expires_in")
    is_whole(app:token({ secret = "x", expires_at = 1e9 + 0.5 }):expires_at(), "given")
    for _, info in accounts:each() do
      for _, name in ipairs { "expires_at", "permissions_expire_earliest",
        "permissions_expire_latest" } do
        is_whole(info[name], name)
      end
    end
    assert(accounts:find(client.me_id).added <= clock())
    sandbox:advance_clock(45 * DAY)
    for _, result in accounts:refresh_due {} do
      is_whole(result.expires_at, "result")
    end
    sandbox:advance_clock(39 * DAY)
    local told
    for _, result in accounts:refresh_due {} do told = result.grant_ends end
    is_whole(told.earliest, "earliest")
    is_whole(told.latest, "latest")
    local count = 0
    for _, event in ipairs(events) do
      for _, name in ipairs { "expires_at", "earliest", "latest" } do
        if event[name] then
          is_whole(event[name], event.kind .. " " .. name)
          count = count + 1
        end
      end
    end
    assert.is_true(count >= 4)
  end)

  -- The first block of the page that says this, and what it prints of a date.
  local function recipe()
    local text = calls.read "docs/tokens.md"
    return text:match("\n```lua\n(local instagram = require \"instagram\"\n"
      .. "local app = .-refresh_due.-)```\n")
  end

  local function fill_in(text)
    local app = sandbox:credentials "basic_display"
    text = text:gsub('"%.%.%."', ("%q, flavour = 'basic_display', base_url = %q, "
      .. "now = function() return %.0f + 0.75 end"):format(app.client_id, app.base_url,
      sandbox:now()))
    return (text:gsub("https://example.com/auth", app.redirect_uri)
      :gsub("/etc/myapp/instagram.secret", folder .. "/client_secret")
      :gsub("/etc/myapp/instagram.key", folder .. "/key")
      :gsub("/var/lib/myapp", folder))
  end

  it("are what the program for cron prints, both the example and the page's", function()
    local accounts = open()
    local id = log_in(accounts, "private_user").me_id
    sandbox:advance_clock(45 * DAY)
    for _, result in accounts:refresh_due {} do assert.is_true(result.refreshed) end
    sandbox:advance_clock(39 * DAY)
    local credentials = sandbox:credentials "basic_display"
    calls.write(folder .. "/options.lua", ([[
      return { secret = %q, store = %q, key = %q, app = { flavour = "basic_display",
        client_id = %q, redirect_uri = %q, base_url = %q,
        now = function() return %.0f + 0.75 end } }
    ]]):format(folder .. "/client_secret", folder .. "/tokens", folder .. "/key",
      credentials.client_id, credentials.redirect_uri, credentials.base_url,
      sandbox:now()))
    calls.write(folder .. "/recipe.lua", fill_in(recipe()))
    local programs = { process.script(folder .. "/recipe.lua"),
      process.script("examples/cron.lua", folder .. "/options.lua") }
    for _, program in ipairs(programs) do
      local said, code = process.output(program .. " 2>&1")
      assert.equal(0, code, said)
      assert.matches(id .. ":.-log in again before %d%d%d%d%-%d%d%-%d%d", said)
    end
  end)

  it("are what the example prints by the machine's own clock", function()
    sandbox:advance_clock(os.time() - 40 * DAY - math.floor(sandbox:now()))
    log_in((open()))
    sandbox:advance_clock(40 * DAY)
    local credentials = sandbox:credentials "basic_display"
    calls.write(folder .. "/options.lua", ([[
      return { secret = %q, store = %q, key = %q, app = { flavour = "basic_display",
        client_id = %q, redirect_uri = %q, base_url = %q } }
    ]]):format(folder .. "/client_secret", folder .. "/tokens", folder .. "/key",
      credentials.client_id, credentials.redirect_uri, credentials.base_url))
    local said, code = process.output(process.script("examples/cron.lua",
      folder .. "/options.lua") .. " 2>&1")
    assert.equal(0, code, said)
    assert.matches("lives until %d%d%d%d%-", said)
  end)
end)
