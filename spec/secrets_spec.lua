-- Secrets stay where they belong: nothing printable holds one, and once token, secret
-- and app are closed and collected, the process's memory holds none. It is searched
-- from outside (spec/support/scan.lua), while the child (secret_child.lua) lives.
local core = require "instagram.core"
local calls = require "spec.support.calls"
local scan = require "spec.support.scan"
local tls = require "spec.support.tls"
local wire = require "spec.support.wire"

-- Made anew for each run, and known to the child by file only.
local function random(prefix, size)
  local file = assert(io.open("/dev/urandom", "rb"))
  local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
  local text = file:read(size):gsub(".", function(c)
    local index = c:byte() % #letters + 1
    return letters:sub(index, index)
  end)
  file:close()
  return prefix .. text
end

local function answers(secrets)
  local function json(body, spec)
    spec = spec or {}
    spec.body = body
    return { { "send", wire.answer(spec) } }
  end
  local media = '{"data":[{"id":"1","caption":"x"},{"id":"2"}],"paging":{"cursors":' ..
    '{"after":"A"},"next":"https:\\/\\/graph.instagram.com\\/v1.0\\/1\\/media' ..
    '?access_token=%s&limit=25&after=A"}}'
  local function tokens(token)
    return ('{"access_token":"%s","token_type":"bearer","expires_in":5184000}'):format(
      token)
  end
  local echo = ('{"error":{"message":"Bad token %s and secret %s","type":' ..
    '"OAuthException","code":190}}'):format(secrets.token, secrets.client_secret)
  return {
    ["/me?"] = json(('{"id":"1","username":"u","echo":"%s"}'):format(secrets.token)),
    ["/me/media?"] = json(media:format(secrets.token)),
    ["/error"] = json(echo, { status = 400 }),
    ["/html"] = json("<html>" .. secrets.token .. "</html>", { status = 500,
      type = "text/html" }),
    ["/cut"] = { { "send", wire.answer { body = '{"x":"' .. secrets.token,
      length = 9999 } }, { "reset" } },
    ["/garbage"] = json('{"x":"' .. secrets.token .. '",'),
    ["/huge"] = json('{"x":"' .. secrets.token .. ("y"):rep(100000) .. '"}'),
    ["/stall"] = { { "send", wire.answer { body = '{"x":"' .. secrets.token,
      length = 9999 } }, { "hold" } },
    ["/refresh_access_token?grant_type=ig_refresh_token&access_token=" ..
      secrets.token] = json(tokens(secrets.refreshed)),
    ["/access_token"] = json(tokens(secrets.exchanged)),
    ["/refresh_access_token"] = json((echo:gsub(secrets.token, secrets.exchanged)),
      { status = 400 }),
    ["/oauth/access_token"] = json(('{"access_token":"%s","user_id":17}'):format(
      secrets.short)),
    ["/x.jpg"] = json("a picture", { type = "image/jpeg" }),
    ["/9/"] = json(echo, { status = 400 }),
    ["/me/media"] = json('{"id":"1"}'),
    ["else"] = json(echo, { status = 400 }),
  }
end

describe("secrets #slow", function()
  local folder, secrets

  before_each(function()
    folder = calls.folder()
    secrets = {
      token = random("IGQVJ", 140), refreshed = random("IGQWR", 140),
      exchanged = random("IGQWE", 140), short = random("IGQVS", 160),
      client_secret = random("", 32),
    }
    calls.write(folder .. "/token", secrets.token .. "\n")
    calls.write(folder .. "/client_secret", secrets.client_secret .. "\n")
  end)
  after_each(function() calls.remove(folder) end)

  -- Runs the child, hands out what it printed and what was found in it.
  local function search(url, mode)
    local command =
      "LUA_PATH='%s' LUA_CPATH='%s' exec %s spec/support/secret_child.lua " ..
      "'%s' '%s' %s 2>&1"
    local pipe = assert(io.popen(command:format(package.path, package.cpath, wire.lua,
      url,
      folder, mode)))
    local lines, id = {}, nil
    for line in pipe:lines() do
      lines[#lines + 1] = line
      id = line:match "^searched (%d+)$"
      if id then break end
    end
    local printed = table.concat(lines, "\n")
    assert(id, printed)
    local found, size = scan.process(id, secrets)
    os.remove(folder .. "/token")
    assert.is_nil(pipe:read "*l")
    pipe:close()
    return printed, found, size
  end

  local function printed_none(printed)
    for name, secret in pairs(secrets) do
      for at = 1, #secret - 16, 8 do
        local piece = secret:sub(at, at + 15)
        assert(not printed:find(piece, 1, true), name .. " was printed:\n" .. printed)
      end
    end
    assert.is_truthy(printed:find("[redacted]", 1, true))
  end

  it("the search finds what is there", function()
    local path = os.tmpname()
    calls.write(path, ([[
      kept = io.open("%s/token"):read("*l")
      local me = io.open "/proc/self/stat"
      print(me:read "*l":match "%%d+")
      io.stdout:flush()
      repeat -- handles left open would be too many before they were collected
        os.execute "sleep 0.02"
        local still = io.open("%s/token")
      until not (still and still:close())
    ]]):format(folder, folder))
    local pipe = assert(io.popen("exec " .. wire.lua .. " " .. path))
    local found = scan.process(pipe:read "*l", secrets)
    os.remove(folder .. "/token")
    pipe:close()
    os.remove(path)
    assert.is_true(#found > 0)
    assert.equal("token", found[1].name)
  end)

  it("are neither printed nor left in memory", function()
    local server = wire.start()
    server:serve { { "routes", answers(secrets) } }
    local printed, found, size = search(server.url, "all")
    server:stop()
    printed_none(printed)
    assert.is_true(size > 500000)
    assert(#found == 0, scan.describe(found))
  end)

  it("but for a code, which is a Lua string: it is not copied any further", function()
    local server = wire.start()
    server:serve { { "routes", answers(secrets) } }
    calls.write(folder .. "/token", secrets.token)
    local _, found = search(server.url, "code")
    assert.equal(1, #server:requests())
    server:stop()
    local times = {}
    for _, each in ipairs(found) do
      assert(each.name == "token", scan.describe(found))
      local piece = each.spelling .. each.at
      times[piece] = (times[piece] or 0) + 1
      assert(times[piece] == 1, scan.describe(found))
    end
  end)

  -- Over TLS the library below has what it decrypted in buffers of its own. OpenSSL 3
  -- wipes them when asked to, and is. Others may keep the last answers.
  it("over TLS are found nowhere", function()
    if not core._CURL:find "OpenSSL/[3-9]" then return pending(core._CURL) end
    if not tls.available then return pending "there is no openssl command" end
    tls.authority(folder)
    tls.certificate(folder, "good", {})
    local function file(target, body)
      calls.write(folder .. "/" .. target, wire.answer { body = body,
        headers = { { "Connection", "close" } } })
    end
    local token, more = secrets.token, '","token_type":"bearer","expires_in":5184000}'
    file("me?access_token=" .. token, '{"id":"1","x":"' .. token .. '"}')
    file("access_token?grant_type=ig_exchange_token&client_secret=" ..
      secrets.client_secret .. "&access_token=" .. token,
      '{"access_token":"' .. secrets.exchanged .. more)
    file("refresh_access_token?grant_type=ig_refresh_token&access_token=" .. token,
      '{"access_token":"' .. secrets.refreshed .. more)
    local server = tls.serve(folder, "good")
    local printed, found = search(server.url, "tls")
    server.stop()
    for _, secret in pairs(secrets) do
      assert(not printed:find(secret:sub(-16), 1, true), printed)
    end
    assert(#found == 0, scan.describe(found))
  end)
end)
