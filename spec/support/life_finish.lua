-- Finishes a login that another process began: LUA spec/support/life_finish.lua FOLDER
-- STORE NOW; FOLDER/redirect and FOLDER/ticket are what the browser brought. Says the
-- account's id, or the kind of what went wrong.
local folder, place, now = (table.unpack or unpack)(arg)
local calls = require "spec.support.calls"
local life = require "spec.support.life"

local accounts = life.open(folder, "file", place, function() return tonumber(now) end)
local client, _, err = accounts:finish_login(calls.read(folder .. "/redirect"),
  calls.read(folder .. "/ticket"))
print(client and client.me_id or err.kind)
