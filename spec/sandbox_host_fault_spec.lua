-- The sandbox's host in C: faults on the wire. The rules are pieces of Lua given by
-- each test.
local calls = require "spec.support.calls"
local socket = require "socket"
local bare = require "spec.support.bare_host"

local write, start, serve, connect, receive, get, command, soon =
bare.write, bare.start, bare.serve, bare.connect, bare.receive, bare.get,
  bare.command, bare.soon

after_each(bare.stop_all)
teardown(bare.clean_up)

describe("a fault", function()
  it("delays one answer and not the others", function()
    local server = serve [[{ body = request.path,
      fault = { delay = tonumber(request.query) } }]]
    local never = connect(server)
    never:send("GET /late?3000 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("/now", get(server, "/now").body)
    never:settimeout(0)
    assert.equal("timeout", (select(2, never:receive(1))))
    never:close()
    local client, began = connect(server), socket.gettime()
    client:send("GET /late?0.2 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("/late", receive(client).body)
    assert.is_true(socket.gettime() - began > 0.19)
    client:send("GET /on HTTP/1.1\r\nHost: a\r\n\r\n") -- and the connection lives on
    assert.equal("/on", receive(client).body)
    client:close()
  end)

  it("delays many at once", function()
    local server = serve [[{ body = request.path, fault = { delay = 0.5 } }]]
    local clients, began = {}, socket.gettime()
    for i = 1, 50 do
      clients[i] = connect(server)
      clients[i]:send("GET /" .. i .. " HTTP/1.1\r\nHost: a\r\n\r\n")
    end
    for i = 1, 50 do
      assert.equal("/" .. i, receive(clients[i]).body)
      clients[i]:close()
    end
    assert.is_true(socket.gettime() - began < 20) -- one after the other: 25
  end)

  it("cuts the body short of its declared length", function()
    for _, n in ipairs { 0, 1, 99, 20000 } do
      local server = serve([[{ body = ("x"):rep(30000), fault = { truncate = ]] .. n
        .. " } }")
      local answer = get(server)
      assert.equal("30000", answer.headers["content-length"])
      assert.equal(n, #answer.body)
      assert.equal("closed", answer.cut)
    end
  end)

  it("leaves a body alone that is shorter", function()
    local server = serve [[{ body = "abc", fault = { truncate = 3 } }]]
    assert.equal("abc", get(server).body)
  end)

  it("cuts, slows and stalls files too, and parts of them", function()
    local path = write(bare.stem .. ".cut", ("0123456789"):rep(5000))
    local server = serve([[{ file = "]] .. path .. [[", headers = { { "ETag", '"1"' } },
      fault = { truncate = 20005 } }]])
    assert.equal(20005, #get(server).body)
    local answer = get(server, "/", "Range: bytes=20003-\r\nIf-Range: \"1\"\r\n")
    assert.equal(206, answer.status)
    assert.equal("29997", answer.headers["content-length"])
    assert.equal(20005, #answer.body)
    assert.equal("345", answer.body:sub(1, 3))
  end)

  it("resets, closes without an answer", function()
    local server = serve [[{ body = ("x"):rep(100),
      fault = { [request.path:sub(2)] = true, truncate = tonumber(request.query) } }]]
    assert.same({ nil, "closed" }, { get(server, "/reset") })
    assert.same({ nil, "closed" }, { get(server, "/close") })
    assert.equal(10, #get(server, "/reset?10").body)
    if not (command "curl --version" or ""):match("^curl") then return end
    local function curl(path)
      return command("curl -s -o /dev/null http://127.0.0.1:" .. server:port() .. path
        .. "; echo $?")
    end
    assert.equal("56", curl "/reset") -- connection reset
    assert.equal("52", curl "/close") -- empty reply
    assert.equal("56", curl "/reset?10")
    assert.equal("18", curl "/none?10") -- partial file
  end)

  it("stalls until the client leaves", function()
    local server = serve [[{ body = "0123456789",
      fault = { stall_after = tonumber(request.query) } }]]
    for _, n in ipairs { 0, 4 } do
      local client = connect(server)
      client:send("GET /?" .. n .. " HTTP/1.1\r\nHost: a\r\n\r\n")
      assert.equal("HTTP/1.1 200 OK", client:receive("*l"))
      assert.equal("Content-Length: 10", client:receive("*l"))
      assert.equal("", client:receive("*l"))
      assert.equal(("0123"):sub(1, n), n > 0 and client:receive(n) or "")
      client:settimeout(0.1)
      assert.equal("timeout", (select(2, client:receive(1))))
      client:close()
    end
    for _, n in ipairs { 10, 11, 1e9, 1e17 } do -- more than there is: all but a byte
      local client = connect(server)
      client:send(("GET /?%.0f HTTP/1.1\r\nHost: a\r\n\r\n"):format(n))
      for _ = 1, 3 do client:receive("*l") end
      client:settimeout(0.1)
      assert.same({ "timeout", "012345678" }, { select(2, client:receive(10)) })
      client:close()
    end
  end)

  it("resets before the end of a body that is shorter than that", function()
    local server = serve [[{ body = "0123456789",
      fault = { reset = true, truncate = tonumber(request.query) } }]]
    for _, n in ipairs { 9, 10, 11, 1e9, 1e17 } do
      local answer = get(server, ("/?%.0f"):format(n))
      assert.same({ "10", "closed" }, { answer.headers["content-length"], answer.cut })
      assert.is_true(#answer.body < 10)
    end
  end)

  it("comes in place of an answer without a body", function()
    local server = serve [[{ body = request.method == "HEAD" and "abc" or "",
      status = tonumber(request.path:sub(2)),
      fault = request.query == "reset" and { reset = true, truncate = 5 }
        or { stall_after = 5 } }]]
    local before = calls.descriptors()
    for _, method in ipairs { "HEAD", "GET" } do
      for _, status in ipairs { 200, 304, 302, 416 } do
        local path = "/" .. status
        assert.same({ nil, "closed" }, { get(server, path .. "?reset", nil, method) })
        local client = connect(server)
        client:send(method .. " " .. path .. " HTTP/1.1\r\nHost: a\r\n\r\n")
        client:settimeout(0.1)
        assert.same({ "timeout", "" }, { select(2, client:receive(1)) })
        client:close()
      end
    end
    assert(soon(function() return calls.descriptors() <= before end))
  end)

  it("does not keep the descriptors of those who left", function()
    local server = assert(start [[
      function M.handle(request)
        local fault = assert((loadstring or load)("return " .. request.query:sub(2)))()
        return { body = ("x"):rep(100), fault = fault }
      end]])
    local before = calls.descriptors()
    local function leaves_none(fault, wait)
      local clients = {}
      for i = 1, 8 do
        clients[i] = connect(server)
        clients[i]:send("GET /?={" .. fault .. "} HTTP/1.1\r\nHost: a\r\n\r\n")
        clients[i]:receive(wait)
      end
      assert.is_true(calls.descriptors() >= before + 8)
      for i = 1, 8 do clients[i]:close() end
      assert(soon(function() return calls.descriptors() <= before end), fault)
    end
    leaves_none("", "*l")
    for _, fault in ipairs { "stall_after=0", "stall_after=1", "stall_after=99" } do
      leaves_none(fault, "*l")
      leaves_none(fault .. ",delay=0.01", 20)
    end
    for _, fault in ipairs { "truncate=1", "truncate=90,slow=2000", "reset=true",
      "truncate=9,reset=true", "close=true", "slow=2000" } do
      leaves_none(fault, "*l")
      leaves_none(fault .. ",delay=0.01", "*l")
      leaves_none(fault .. ",delay=0.01", 0)
    end
  end)

  it("slows the body down", function()
    local server = serve [[{ body = ("x"):rep(400), fault = { slow = 2000 } }]]
    local began = socket.gettime()
    assert.equal(400, #get(server).body)
    assert.is_true(socket.gettime() - began > 0.1)
    server = serve [[{ body = "abc", fault = { slow = 20, delay = 0.05 } }]]
    began = socket.gettime()
    assert.equal("abc", get(server).body)
    assert.is_true(socket.gettime() - began > 0.1)
  end)

  it("does not hold up stop", function()
    for _, fault in ipairs { "delay = 60", "stall_after = 0", "stall_after = 2",
      "slow = 1", "stall_after = 0, size = 0" } do
      local size = fault:match "size = (%d+)" or "60"
      local server = serve([[{ body = ("x"):rep(]] .. size .. "), fault = { " .. fault
        .. " } }")
      local clients = {}
      for i = 1, 5 do
        clients[i] = connect(server)
        clients[i]:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      end
      socket.sleep(0.05)
      local began = socket.gettime()
      server:stop()
      assert.is_true(socket.gettime() - began < 20) -- of sixty
      for i = 1, 5 do
        assert.not_equal("timeout", (select(2, clients[i]:receive("*a"))))
        clients[i]:close()
      end
    end
  end)

  it("concerns the headers of HEAD as little as an empty body", function()
    local server = serve [[{ body = request.method == "HEAD" and "abc" or "",
      fault = { truncate = 0, slow = 1 } }]]
    assert.equal("3", get(server, "/", nil, "HEAD").headers["content-length"])
    assert.equal("0", get(server).headers["content-length"])
  end)
end)
