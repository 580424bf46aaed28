-- What a cron job is: LUA spec/support/life_cron.lua FOLDER KIND PLACE NOW. Refreshes
-- what is due by a clock that stands at NOW, says what it did, ends. The app's secret
-- and the key come from files of the folder.
local folder, kind, place, now = (table.unpack or unpack)(arg)
local life = require "spec.support.life"

local accounts = life.open(folder, kind, place, function() return tonumber(now) end)
local did = { refreshed = 0, others = 0, failed = 0, grants = 0 }
local failures = {}

for id, result in accounts:refresh_due { concurrency = 8 } do
  local what = result.err and "failed" or result.refreshed and "refreshed" or "others"
  did[what] = did[what] + 1
  if result.grant_ends then did.grants = did.grants + 1 end
  if result.err then
    failures[#failures + 1] = ("%s %s"):format(id, tostring(result.err))
  end
end

print(("refreshed=%d others=%d failed=%d grants=%d"):format(did.refreshed, did.others,
  did.failed, did.grants))
for _, line in ipairs(failures) do print(line) end
