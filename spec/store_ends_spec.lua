-- Records of a file store that ended, in shards where nothing with an end is written
-- any more: what they say is about people, and goes all the same.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local stores = require "instagram.store"

local DAY = 86400

describe("records of a file store that ended", function()
  local folder, store, now

  before_each(function()
    folder, now = calls.folder(), core.now
    store = assert(stores.file(folder .. "/tokens"))
    -- So many that there are some in every shard.
    for i = 1, 64 do store:put("code:" .. i, "x", { ttl = 0.01 }) end
  end)

  after_each(function()
    core.now = now -- luacheck: ignore
    calls.remove(folder)
  end)

  local function later(seconds)
    core.now = function() return now() + seconds end -- luacheck: ignore
  end

  local function count(kind)
    local found = 0
    for _, name in ipairs(core.files.list(folder .. "/tokens")) do
      if name:find("^" .. kind .. "%%3A.*%.record$") then found = found + 1 end
    end
    return found
  end

  it("are thrown out by who writes what has none", function()
    later(1000)
    for i = 1, 64 do store:put("account:" .. i, "x") end
    assert.equal(0, count "code")
    assert.equal(64, count "account")
  end)

  it("are thrown out by who lists anything, a day later", function()
    later(1000)
    store:list "account:"
    assert.equal(64, count "code")
    later(2 * DAY)
    store:list "account:"
    assert.equal(0, count "code")
  end)
end)
