-- A process that does a few things with a file store, one after the other, and prints a
-- line for each: PATH "put KEY VALUE" "get KEY" "files" ... A value "@100" has 100
-- bytes.
local core = require "instagram.core"
local stores = require "instagram.store"

local path = arg[1]

io.stdout:setvbuf "no" -- a line is out before the next thing is done

local function say(result, message, err)
  if type(result) == "string" and #result > 40 then result = #result .. " bytes" end
  if err then message = err.kind .. ": " .. err.message end
  io.stdout:write((result == nil and message or tostring(result)) .. "\n")
end

local function files()
  local names = core.files.list(path) or {}
  table.sort(names)
  return table.concat(names, " ")
end

local store, message, err = stores.file(path)
if not store then
  say(nil, message, err)
  os.exit(0)
end

for i = 2, #arg do
  local what, key, value = arg[i]:match("^(%S+) ?(%S*) ?(.*)$")
  local size = value:match("^@(%d+)$")
  if size then value = ("x"):rep(tonumber(size)) end
  if what == "files" then
    say(files())
  elseif what == "lock" then
    local lock, problem, object = store:lock(key, tonumber(value))
    say(lock and "locked" or lock, problem, object)
  elseif what == "list" then
    local keys, problem, object = store:list(key)
    say(keys and table.concat(keys, " "), problem, object)
  else
    say(store[what](store, key, value))
  end
end
