-- The other side of the benchmark, in a process of its own: there libcurl is as the
-- system has it, without our allocator. Reads lines "HOW TIMES ITEMS ADDRESS" (HOW:
-- decoded or plain), answers each with the CPU seconds a request took.
package.cpath = "build/bench/?.so;" .. package.cpath
local cjson = require "cjson"
local bare = require "bare"

local ways = {}

function ways.decoded(address, items)
  assert(#cjson.decode(bare.get(address)).data == items)
end

function ways.plain(address)
  assert(bare.size(address) > 0)
end

io.stdout:setvbuf("line")
for line in io.lines() do
  local how, times, items, address = line:match("^(%l+) (%d+) (%d+) (%S+)$")
  local way = assert(ways[how], line)
  collectgarbage()
  local before = os.clock()
  for _ = 1, tonumber(times) do
    way(address, tonumber(items))
  end
  print(("%.9f"):format((os.clock() - before) / tonumber(times)))
end
