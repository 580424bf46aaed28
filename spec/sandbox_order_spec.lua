-- The order in which a sandbox with a file works, seen from outside by strace: a change
-- is written to the log and on the disk before the first byte of its answer leaves.
local calls = require "spec.support.calls"
local child = require "spec.support.sandbox_child"
local http = require "spec.support.sandbox_http"
local process = require "spec.support.process"

local TRACE = "strace -f -y -s 96 -e trace=pwrite64,write,writev,pwritev,fsync,"
  .. "fdatasync,read,recvfrom,recvmsg,sendto,sendmsg,rename,unlink -o %s"

-- What a line of strace tells, in few words; nil: nothing of interest. A call that
-- another thread's fell into is two lines: what was read is in the second one.
local function step_of(line)
  local call, rest = line:match("^%d+ +(%w+)%((.*)$")
  if not call then call, rest = line:match("^%d+ +<%.%.%. (%w+) resumed>(.*)$") end
  if not call then return nil end
  local file = rest:match("^%d+<[^>]*/(state%.db[^/>]*)>")
  if file then return call .. " " .. file end
  local asked = rest:match('"(%u+ /[^%s?"]*)')
  if asked then return "request " .. asked end
  local status = rest:match('"HTTP/1%.1 (%d+)')
  return status and "answer " .. status
end

local function steps_of(text)
  local steps = {}
  for line in text:gmatch("[^\n]+") do
    local step = step_of(line)
    if step and step ~= steps[#steps] then steps[#steps + 1] = step end
  end
  return steps
end

describe("a sandbox with a file", function()
  local folder

  before_each(function() folder = calls.folder() end)

  after_each(function()
    process.stop_all()
    calls.remove(folder)
  end)

  -- The steps of one run, from the first request on.
  local function watch(fn)
    local log = folder .. "/trace"
    local server = child.start(folder, { "--db", folder .. "/state.db" },
      "exec " .. TRACE:format(process.quote(log)))
    fn(server)
    process.stop(server.pid)
    local steps, from = steps_of(calls.read(log)), 1
    while steps[from] and not steps[from]:find("^request") do from = from + 1 end
    return table.concat(steps, "\n", from)
  end

  it("has each change on the disk before it answers #once", function()
    if select(2, process.output("strace -o /dev/null true 2>/dev/null")) ~= 0 then
      pending "strace is not installed or may not attach"
      return
    end
    local text = watch(function(server)
      http.control(server, "add_user", { username = "anna" })
      http.control(server, "add_media", { username = "anna", type = "IMAGE" })
      local app = http.control(server, "credentials", { flavour = "basic_display" })
        :json()
      local login = http.control(server, "authorize", { user = "anna",
        url = server.url .. "/oauth/authorize?" .. http.query {
          client_id = app.client_id, redirect_uri = app.redirect_uri,
          response_type = "code", scope = "user_profile" } }):json()
      http.post(server, "/oauth/access_token", { client_id = app.client_id,
        client_secret = app.client_secret, grant_type = "authorization_code",
        redirect_uri = app.redirect_uri, code = login.location:match "code=([^#]+)" })
      http.get(server, "/nothing")
    end)
    if os.getenv "SHOW_ORDER" then print(text) end
    local kept = "\npwrite64 state.db-wal\nfdatasync state.db-wal\nanswer 200\n"
    for _, changed in ipairs { "/_sandbox/add_user", "/_sandbox/add_media",
      "/_sandbox/authorize", "/oauth/access_token" } do
      assert.matches("request POST " .. changed .. kept, text, 1, true)
    end
    assert.matches("request POST /_sandbox/credentials\nanswer 200\n", text, 1, true)
    assert.matches("request GET /nothing\nanswer 400", text, 1, true)
    assert.is_nil(text:find "fsync state%.db\nanswer") -- no checkpoint was waited for
  end)
end)
