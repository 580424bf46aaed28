-- make load: wrk asks the sandbox for pages of media and profiles, both flavours, as
-- fast as it can. Holds it to this: every answer is 200 and whole, every request stands
-- in the journal, the journal stays bounded, and memory does not grow after a warm-up.
-- Prints requests per second: they depend on the machine and are held to nothing.
local cjson = require "cjson"

package.path = "bench/?.lua;" .. package.path
local server = require "server"

local SECONDS = tonumber(os.getenv("LOAD_SECONDS")) or 10 -- for each address
local CONNECTIONS, JOURNAL = 16, 2000
local FIELDS = "id,caption,media_type,media_url,permalink,timestamp,username,"
  .. "children%7Bid,media_type,media_url%7D"
-- The same memory, with room for what an allocator does.
local LUA_GROWTH, RESIDENT_GROWTH = 1.05, 1.10

local broken = {}

local function hold(what, holds)
  if not holds then broken[#broken + 1] = what end
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- What every answer must be.
local function keep_answer(address, path)
  os.execute(("curl -s --noproxy '*' -o %s %s"):format(quote(path), quote(address)))
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text), #text
end

-- wrk for some seconds: answers, wrong ones, errors; microseconds: all, half, 99 %.
local function load_with(address, wanted, seconds)
  local command = ("WANTED=%s wrk -t 1 -c %d -d %ds --timeout 60s "
    .. "-s bench/load_check.lua %s 2>&1")
  local text = output(command:format(quote(wanted), CONNECTIONS, seconds,
    quote(address)))
  local numbers = {}
  for number in (text:match("RESULT ([%d ]+)") or error(text)):gmatch("%d+") do
    numbers[#numbers + 1] = tonumber(number)
  end
  return (table.unpack or unpack)(numbers)
end

-- After a collection: KiB of Lua, KiB of the process, requests so far.
local function weigh()
  local status = server.control("status", { collect = true })
  return { lua = status.memory, resident = server.resident(),
    requests = status.requests }
end

-- Stopping in the middle, wrk does not see the last answer of each connection.
local function check(name, before, after, answers, wrong, errors)
  local noted = after.requests - before.requests
  hold(name .. ": " .. wrong .. " answers are wrong", wrong == 0)
  hold(name .. ": " .. errors .. " errors on the way", errors == 0)
  hold(name .. ": nothing was answered", answers > 100)
  hold(("%s: %d answers, %d in the journal"):format(name, answers, noted),
    noted >= answers and noted <= answers + 2 * CONNECTIONS)
  hold(("%s: Lua grew from %d to %d KiB"):format(name, before.lua, after.lua),
    after.lua <= before.lua * LUA_GROWTH)
  hold(("%s: the process grew from %d to %d KiB"):format(name, before.resident,
    after.resident), after.resident <= before.resident * RESIDENT_GROWTH)
end

local function run(name, address, items)
  local wanted = os.tmpname()
  local answer, size = keep_answer(address, wanted)
  if items then
    hold(name .. ": not the items asked for", #answer.data == items)
  end
  local before
  repeat -- a journal that is not full yet would grow
    load_with(address, wanted, math.max(2, math.floor(SECONDS / 3)))
    before = weigh()
  until before.requests >= JOURNAL
  local answers, wrong, errors, time, half, most = load_with(address, wanted, SECONDS)
  local after = weigh()
  os.remove(wanted)
  print(("%-34s %8.0f %7d %7.1f %7.1f %6d %6d %7d %7d"):format(name,
    answers / time * 1e6, size, half / 1e3, most / 1e3, before.lua, after.lua,
    before.resident, after.resident))
  check(name, before, after, answers, wrong, errors)
end

print(("%-34s %8s %7s %7s %7s %6s %6s %7s %7s"):format("", "req/s", "bytes",
  "ms 50%", "ms 99%", "Lua", "after", "RSS", "after"))
server.start("demo")
server.control("settings", { journal_size = JOURNAL })
local ok, problem = pcall(function()
  for _, flavour in ipairs { "basic_display", "instagram_login" } do
    local token = server.control("generate_token", { username = "demo_user",
      flavour = flavour }).access_token
    local function address(path, fields)
      return ("%s%s?fields=%s&limit=25&access_token=%s"):format(server.url, path,
        fields, token)
    end
    run(flavour .. " /me/media", address("/me/media", FIELDS), 25)
    run(flavour .. " /me", address("/me", "id,username,media_count"))
  end
  local kept = #server.control("requests", {}).requests
  hold("the journal keeps " .. kept .. " requests", kept == JOURNAL)
end)
server.stop()
if not ok then broken[#broken + 1] = tostring(problem) end
for _, what in ipairs(broken) do print("  " .. what) end
print(("%d passed, %d failed"):format(#broken == 0 and 1 or 0, #broken))
os.exit(#broken == 0 and 0 or 1)
