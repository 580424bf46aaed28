--- A sandbox as a process of its own, to be killed, limited or watched.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local process = require "spec.support.process"

local child = {}

--- Starts the command; `words` are its arguments, `before` what stands before it in the
--- shell ("strace -o x", "ulimit -f 9; exec"). Returns its number at once.
function child.launch(folder, words, before)
  local unpack = table.unpack or unpack
  os.remove(folder .. "/child.out")
  local command = process.script("sandbox/bin/instagram-sandbox", unpack(words))
  if before then
    command = "sh -c " .. process.quote(before .. " " .. command)
  end
  return process.start(command, folder .. "/child.out")
end

--- Waits until it says where it is: { url, port, pid }; nil when it ended before.
function child.ready(folder, pid)
  local server
  process.wait_until("the sandbox says where it is", 60, function()
    local out = calls.read(folder .. "/child.out") or ""
    local line = out:match("^(%b{})\n")
    server = line and cjson.decode(line)
    return server or not process.is_running(pid)
  end)
  return server
end

--- Both, for those who will not kill it meanwhile.
function child.start(folder, words, before)
  local pid = child.launch(folder, words, before)
  return assert(child.ready(folder, pid), calls.read(folder .. "/child.out"))
end

return child
