-- Bad input on every endpoint, control call and form, and bytes that are hardly HTTP:
-- the sandbox answers, never fails by itself, nothing comes out where it must not.
-- FUZZ_SECONDS (5) and FUZZ_SEED (1) in the environment say how long and which.
local calls = require "spec.support.calls"
local child = require "spec.support.sandbox_child"
local cjson = require "cjson"
local process = require "spec.support.process"
local socket = require "socket"
local sqlite = require "spec.support.sqlite"
local target = require "spec.support.fuzz_target"

local SECONDS = tonumber(os.getenv "FUZZ_SECONDS") or 5
local SEED = tonumber(os.getenv "FUZZ_SEED") or 1
local CHAPTER = 250 -- cases between two looks at everything
local PAGES = 120

describe("the sandbox, fuzzed, #slow", function()
  local folder, path, server

  setup(function()
    folder = calls.folder()
    path = folder .. "/state.db"
    server = child.start(folder, { "--db", path })
  end)

  teardown(function()
    process.stop_all()
    calls.remove(folder)
  end)

  -- The file as a sandbox would find it: copied, so that this one can go on.
  local function file_faults()
    calls.write(folder .. "/copy.db", calls.read(path))
    calls.write(folder .. "/copy.db-wal", calls.read(path .. "-wal") or "")
    local faults = sqlite.faults(folder .. "/copy.db")
    return table.concat(faults, "\n")
  end

  local function is_alive(it)
    local answer = it:case(("GET /me?fields=username&access_token=%s HTTP/1.1\r\n"
      .. "Host: x\r\nConnection: close\r\n\r\n"):format(it.token))
    if not answer:find('"username":"demo_user"', 1, true) then
      it:defect("it does not answer as before", "GET /me", answer)
    end
  end

  local kinds = { "api", "api", "api", "control", "control", "control", "form", "form",
    "bytes", "bytes" }

  -- Everything that was put in is looked for on the pages; then it is as before.
  local function chapter(it, till)
    local done = 0
    it:plant()
    while done < CHAPTER and socket.gettime() < till and #it.defects < 10 do
      it[it.draw(kinds)](it)
      done = done + 1
    end
    it:settle()
    it:crawl(PAGES)
    local faults = file_faults()
    if faults ~= "" then it:defect("the file: " .. faults, "", "") end
    it:ask("restore", { file = folder .. "/fuzz.snapshot" })
    is_alive(it)
  end

  it(("seed %d, fails nowhere"):format(SEED), function()
    local it = target.new(server.url, { seed = SEED, folder = folder,
      encode = cjson.encode, decode = cjson.decode })
    it:ask("snapshot", { file = folder .. "/fuzz.snapshot" })
    it:crawl(PAGES)
    local till = socket.gettime() + SECONDS
    repeat chapter(it, till) until socket.gettime() >= till or #it.defects >= 10
    local statuses = {}
    for status, count in pairs(it.statuses) do
      statuses[#statuses + 1] = status .. ": " .. count
    end
    table.sort(statuses)
    print(("\n%d cases (%s), %d pages, %d forms; %d pages showed what was put in")
      :format(it.count, table.concat(statuses, ", "), it.pages, #it.forms, it.escaped))
    assert(#it.defects == 0, "\n" .. table.concat(it.defects, "\n"))
    assert(it.escaped > 0, "nothing hostile came as far as a page")
  end)

  -- Its acceptor may tell of hosts it is no proxy for.
  it("ends well, with nothing else on stderr", function()
    process.stop(server.pid)
    local said = calls.read(folder .. "/child.out"):gsub("^%b{}\n", "")
    assert.equal("", (said:gsub("instagram sandbox: [%u ]*refused: [^\n]*\n", "")))
    assert.is_nil(said:find("IGQ", 1, true))
    assert.same({}, sqlite.faults(path))
  end)
end)
