-- Faults in the bytes of an answer, over plain HTTP, over TLS and through a tunnel.
local calls = require "spec.support.calls"
local doors = require "spec.support.doors"
local process = require "spec.support.process"
local socket = require "socket"

local unpack = unpack or table.unpack -- luacheck: ignore

local start, connect, ask, curl, ways, folder =
  doors.start, doors.connect, doors.ask, doors.curl, doors.ways, doors.folder

after_each(doors.close_all)
teardown(doors.clean_up)

describe("a fault of an answer", function()
  -- A server whose /x has the fault and whose other paths are well.
  local function faulty(fault, body)
    return start(("function M.handle(r) return { body = %s, headers = {{ 'A', 'b' }}, "
      .. "fault = r.path == '/x' and %s or nil } end"):format(body or
      "('0123456789'):rep(10000)", fault))
  end

  -- Whichever way the request comes: curl's exit code, what it wrote, the seconds.
  local function each_way(fault, check, limit)
    local server = faulty(fault)
    for way, words in pairs(ways(server)) do
      local out, began = folder .. "/out", socket.gettime()
      calls.write(out, "")
      local text, code = curl("-m", limit or 30, "-o", out, unpack(words))
      check(way, code, calls.read(out), socket.gettime() - began, text)
      assert.equal(0, select(2, curl(server:url()))) -- and others are served
    end
  end

  -- So many bytes come, and then nothing: curl waits.
  local function stalls(way, words, count)
    local out = folder .. "/stalled"
    calls.write(out, "")
    local pid = process.start(process.quote("curl", "-sS", "-N", "--noproxy", "", "-o",
      out, unpack(words)))
    process.wait_until(way .. " has its bytes", 30, function()
      return #calls.read(out) >= count
    end)
    socket.sleep(0.2)
    assert.is_true(process.is_running(pid), way)
    assert.equal(count, #calls.read(out), way)
    process.stop(pid)
  end

  it("comes in every way: reset", function()
    each_way("{ reset = true }", function(way, code, bytes)
      assert.is_true(code == 56 or code == 52, way .. code)
      assert.equal("", bytes)
    end)
    each_way("{ reset = true, truncate = 30000 }", function(way, code, bytes)
      assert.is_true(code == 56 or code == 18, way .. code)
      assert.is_true(#bytes <= 30000)
    end)
  end)

  it("comes in every way: truncate", function()
    each_way("{ truncate = 30000 }", function(way, code, bytes)
      assert.is_true(code == 18 or code == 56, way .. code) -- TLS ended without goodbye
      assert.equal(30000, #bytes, way)
    end)
  end)

  it("comes in every way: stall, slow, delay", function()
    local server = faulty "{ stall_after = 20000 }"
    for way, words in pairs(ways(server)) do
      stalls(way, words, 20000)
      assert.equal(0, select(2, curl(server:url()))) -- and others are served
    end
    each_way("{ slow = 200000 }", function(way, code, bytes, seconds)
      assert.equal(0, code, way)
      assert.equal(100000, #bytes)
      assert.is_true(seconds > 0.35, way .. seconds)
    end)
    each_way("{ delay = 0.2 }", function(way, code, bytes, seconds)
      assert.equal(0, code, way)
      assert.equal(100000, #bytes)
      assert.is_true(seconds > 0.19, way .. seconds)
    end)
  end)

  it("comes in every way: slow headers", function()
    each_way("{ slow_headers = 200 }", function(way, code, bytes, seconds, text)
      assert.equal(0, code, way .. text)
      assert.equal(("0123456789"):rep(10000), bytes)
      assert.is_true(seconds > 0.25, way .. seconds)
    end)
    each_way("{ slow_headers = 1 }", function(way, code)
      assert.equal(28, code, way)
    end, 0.6)
  end)

  it("comes in every way: a length that is too large", function()
    each_way("{ length = 100001 }", function(way, code, bytes)
      assert.equal(18, code, way)
      assert.equal(100000, #bytes)
    end)
  end)

  it("comes in every way: a length that is too small", function()
    each_way("{ length = 7 }", function(way, code, bytes, _, text)
      assert.equal(0, code, way .. text)
      assert.equal("0123456", bytes)
    end)
    local answer = ask(faulty("{ length = 7 }", "'0123456789'"),
      "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal("HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 7\r\n\r\n" ..
      "0123456789", answer)
  end)

  it("leaves answers without a body without one", function()
    local server = start("function M.handle() return { body = 'four', status = " ..
      "M.status or 200, fault = { slow_headers = 100000 } } end")
    assert.equal("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n",
      ask(server, "HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n"))
    assert.equal("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n" ..
      "four", ask(server, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"))
  end)

  it("may befall a file", function()
    local path = folder .. "/file"
    calls.write(path, ("0123456789"):rep(100000))
    local server = start(("function M.handle() return { file = %q, fault = { length = "
      .. "1000003 } } end"):format(path))
    for way, words in pairs(ways(server)) do
      local out = folder .. "/out"
      local text, code = curl("-r", "10-", "-o", out, unpack(words))
      assert.equal(18, code, way .. text)
      assert.equal(999990, #calls.read(out), way)
    end
  end)

  it("does not hold a stop up, nor make noise", function()
    local server = start("function M.handle() return { body = 'x', fault = " ..
      "{ delay = 60 } } end", { quiet = false })
    local client = connect(server)
    client:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    socket.sleep(0.05)
    local began = socket.gettime()
    server:stop()
    assert.is_true(socket.gettime() - began < 20) -- of sixty
    server = start("function M.handle() return { body = 'x', fault = { slow_headers = "
      .. "0.5 } } end")
    client = connect(server)
    client:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal("H", client:receive(1))
    began = socket.gettime()
    server:stop()
    assert.is_true(socket.gettime() - began < 20)
    client:close()
  end)
end)
