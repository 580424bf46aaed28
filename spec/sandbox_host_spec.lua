-- The sandbox's host in C: server, request table, control calls, the rules' own state.
-- The rules are pieces of Lua given by each test.
local host = require "instagram.sandbox.host"
local socket = require "socket"
local bare = require "spec.support.bare_host"

local start, serve, run, connect, receive, get, post, dumping =
bare.start, bare.serve, bare.run, bare.connect, bare.receive, bare.get, bare.post,
  bare.dumping

after_each(bare.stop_all)
teardown(bare.clean_up)

describe("start and stop", function()
  it("finds a free port and tells it, to the rules too", function()
    local server = assert(start("function M.control() return M.url end"))
    assert.is_true(server:port() > 0)
    assert.equal("http://127.0.0.1:" .. server:port(), server:call(""))
    assert.equal(server:call(""), server:url())
  end)

  it("takes the port it is given; a taken one is nil and a message", function()
    local first = serve "{}"
    local second, message = start("", { port = first:port() })
    assert.is_nil(second)
    assert.matches("in use", message)
    assert.matches(tostring(first:port()), message)
    first:stop()
    local port = tonumber(message:match("port (%d+)"))
    second = assert(start("", { port = port }))
    assert.equal(port, second:port())
  end)

  it("listens on IPv6 as well", function()
    local server = start("function M.control() return M.url end", { bind = "::1" })
    if not server then return pending("no IPv6 here") end
    assert.equal("http://[::1]:" .. server:port(), server:call(""))
  end)

  it("says what is wrong with the address, the module, the rules", function()
    local function message(...) return select(2, start(...)) end
    assert.matches("'nowhere' is not an IP address", message("", { bind = "nowhere" }))
    assert.matches("nosuch", message("", { main = "nosuch" }))
    assert.matches("kaputt", message("error 'kaputt'"))
    assert.equal("no database", message("return nil, 'no database'"))
    assert.matches("stack traceback", message("local x = nil; x()"))
  end)

  it("raises on misuse and names it", function()
    assert.has_error(function() host.start { prot = 1 } end,
      "bad option 'prot' (unknown)")
    assert.has_error(function() host.start { port = "80" } end,
      "bad option 'port' (0 to 65535 expected)")
    assert.has_error(function() host.start { port = 65536 } end,
      "bad option 'port' (0 to 65535 expected)")
    assert.has_error(function() host.start { main = 1 } end,
      "bad option 'main' (string expected, got number)")
    assert.has_error(function() host.start(1) end)
  end)

  it("stops once, and says so", function()
    local server = serve "{}"
    assert.matches("port " .. server:port(), tostring(server))
    server:stop()
    server:stop()
    assert.equal("instagram.sandbox.server (stopped)", tostring(server))
    assert.has_error(function() server:port() end, "server is stopped")
    assert.has_error(function() server:call("") end, "server is stopped")
  end)

  it("stops when it is forgotten", function()
    local server = serve "{}"
    local port = server:port()
    server = nil
    bare.forget()
    collectgarbage()
    collectgarbage()
    assert.is_nil(server)
    assert.is_nil((socket.connect("127.0.0.1", port)))
  end)

  it("takes a millisecond or so", function()
    local least = math.huge -- the machine may pause in most of them
    for _ = 1, 20 do
      local began = socket.gettime()
      assert(start("")):stop()
      least = math.min(least, socket.gettime() - began)
    end
    assert.is_true(least < 0.2, least)
  end)

  it("belongs to one process #fork", function()
    local ok, unistd = pcall(require, "posix.unistd")
    if not ok then return pending("no posix module for this Lua") end
    local server = serve "{ body = 'alive' }"
    local child = unistd.fork()
    if child == 0 then
      local called, message = pcall(server.port, server)
      server:stop()
      unistd._exit(not called and message:find("fork") and 7 or 1)
    end
    local _, _, status = require("posix.sys.wait").wait(child)
    assert.equal(7, status)
    assert.equal("alive", get(server).body)
  end)
end)

describe("the request table", function()
  it("has the raw address and the decoded arguments in order", function()
    local server = dumping [[{ request.method, request.path, request.query,
      request.args }]]
    assert.equal([[{"GET","/a%20b/","x=1&x=%2F+y&flag&&=v&bad=%zz%",{{"x","1"},]]
      .. [[{"x","/ y"},{"flag",""},{"","v"},{"bad","%zz%"}}}]],
      get(server, "/a%20b/?x=1&x=%2F+y&flag&&=v&bad=%zz%").body)
    assert.equal([[{"GET","/","",{}}]], get(server, "/").body)
    assert.equal([[{"GET","/","a?b=c",{{"a?b","c"}}}]], get(server, "/?a?b=c").body)
  end)

  it("has the headers under lower-case names, repeated ones joined", function()
    local server = dumping("request.headers")
    assert.equal([[{cookie="a=1; b=2",host="sandbox",x-one="1, 2",x-two="Q"}]],
      get(server, "/", "X-ONE: 1\r\nx-one: 2\r\nCookie: a=1\r\nX-Two: Q\r\n"
        .. "cookie: b=2\r\n").body)
  end)

  it("tells the peer and that this is not TLS", function()
    local server = dumping("{ request.peer, request.secure, request.version }")
    assert.matches([[^{"127%.0%.0%.1:%d+",false,"HTTP/1%.1"}$]], get(server).body)
  end)

  it("has the body, whatever the bytes, and no form for other types", function()
    local server = serve "{ body = tostring(request.form) .. request.body }"
    local bytes = "\0\1\255\r\n\0"
    assert.equal("nil" .. bytes, post(server, "application/octet-stream", bytes).body)
    assert.equal("nil", get(server).body)
  end)

  it("decodes urlencoded forms", function()
    local server = dumping("request.form")
    assert.equal([[{{"a","1 2"},{"b","=&"},{"c",""}}]],
      post(server, "application/x-www-form-urlencoded; charset=utf-8",
        "a=1+2&b=%3D%26&c").body)
    assert.equal("{}", post(server, "application/x-www-form-urlencoded", "").body)
  end)

  it("takes so many pairs of a form and no more", function()
    local server = serve "{ body = tostring(#request.form) }"
    local part = '\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n--X'
    local typed = "application/x-www-form-urlencoded"
    assert.equal("10000", post(server, typed, ("a&"):rep(10000)).body)
    assert.equal("10000", post(server, typed, ("a&"):rep(4e6)).body)
    assert.equal("10000", post(server, "multipart/form-data; boundary=X",
      "--X" .. part:rep(20000)).body)
  end)

  it("decodes multipart forms", function()
    local server = dumping("request.form")
    local body = table.concat({
      "--XX", 'Content-Disposition: form-data; name="code"', "", "AQ\0D#_",
      "--XX", 'content-disposition: form-data; filename="a \\"b\\".jpg"; name="f%22x"',
      "Content-Type: image/jpeg", "", "\r\n--X\r\n",
      "--XX", "Content-Disposition: form-data", "", "nameless",
      "--XX", "Content-Disposition: form-data; name=empty", "", "",
      "--XX--", "" }, "\r\n")
    local wanted = ([[{{"code",%q},{"f\"x","\13\
--X\13\
",filename="a \"b\".jpg",type="image/jpeg"},{"empty",""}}]]):format("AQ\0D#_")
    local answer = post(server, 'multipart/form-data; boundary="XX"', body).body
    assert.equal(wanted, (answer:gsub("\\r", "\\13")))
    answer = post(server, "multipart/form-data; boundary=XX", "preamble\r\n" .. body)
      .body
    assert.equal(wanted, (answer:gsub("\\r", "\\13")))
  end)

  it("survives multipart that is none", function()
    local server = dumping("request.form")
    for _, body in ipairs { "", "--XX", "--XX\r\n", "--XX\r\n\r\n", "--XX\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n--XX",
      "\0\r\n--XX\r\n" } do
      assert.equal("{}", post(server, "multipart/form-data; boundary=XX", body).body)
    end
    assert.equal("{}", post(server, "multipart/form-data", "--XX").body)
    assert.equal("{}", post(server, "multipart/form-data; boundary=", "--\r\n").body)
    assert.equal("{}", post(server, "multipart/form-data; boundary=" .. ("b"):rep(300),
      "--b").body)
  end)

  it("passes every method on", function()
    local server = serve "{ body = request.method }"
    for _, method in ipairs { "GET", "DELETE", "PATCH", "OPTIONS", "FOO" } do
      assert.equal(method, get(server, "/", nil, method).body)
    end
  end)

  it("takes bodies of 8 MiB, and no more", function()
    local server = serve "{ body = tostring(#request.body) }"
    local eight = ("x"):rep(2 ^ 23)
    assert.equal("8388608", post(server, "text/plain", eight).body)
    local answer = post(server, "text/plain", eight .. "x")
    assert.equal(413, answer.status)
    assert.matches("8 MiB", answer.body)
  end)

  it("refuses an endless upload before it comes", function()
    local server = serve "{}"
    local answer = get(server, "/", "Content-Length: 99999999999\r\n"
      .. "Expect: 100-continue\r\n", "POST")
    assert.equal(413, answer.status)
  end)

  it("takes chunked uploads", function()
    local server = serve "{ body = request.body }"
    local answer = get(server, "/",
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n", "POST")
    assert.equal("abcde", answer.body)
  end)
end)

describe("control", function()
  it("passes text in and out, any bytes", function()
    local server = assert(start "function M.control(text) return text:reverse() end")
    assert.equal("c\0a", server:call("a\0c"))
    assert.equal("", server:call(""))
    assert.has_error(function() server:call() end)
  end)

  it("is nil and a message when the rules say no, or fail", function()
    local server = assert(start [[
      function M.control(text)
        if text == "no" then return nil, "not today" end
        if text == "none" then return end
        error(text)
      end]])
    assert.same({ nil, "not today" }, { server:call("no") })
    assert.matches("string expected", select(2, server:call("none")))
    assert.matches("kaputt.*stack traceback", select(2, server:call("kaputt")))
    assert.matches("attempt to call", select(2, assert(start ""):call("")))
  end)

  it("sees what requests changed", function()
    local server = assert(start [[
      local count = 0
      function M.handle() count = count + 1 return { body = tostring(count) } end
      function M.control() return tostring(count) end]])
    for i = 1, 3 do assert.equal(tostring(i), get(server).body) end
    assert.equal("3", server:call(""))
  end)

  it("is served while requests come", function()
    local server = assert(start [[
      local sum = 0
      local function add() for i = 1, 100 do sum = sum + i end return tostring(sum) end
      function M.handle() add() return {} end
      M.control = add]])
    local client, sum = connect(server), nil
    for _ = 1, 50 do
      client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      sum = server:call("")
      receive(client)
    end
    client:close()
    assert.equal(5050, tonumber(sum) % 5050 == 0 and 5050)
  end)
end)

describe("the sandbox's own state", function()
  it("has no clock, no chance, no way out", function()
    assert.equal("", run [[
      local left = {}
      for name in ("os.time os.date os.clock os.exit os.execute os.setlocale "
        .. "os.tmpname math.random math.randomseed io.popen"):gmatch("%S+") do
        local library, field = name:match("(.*)%.(.*)")
        if _G[library][field] then left[#left + 1] = name end
      end
      return table.concat(left, " ")]])
  end)

  it("keeps what is harmless, and finds modules where the caller does", function()
    assert.equal("function function",
      run "return type(os.getenv) .. ' ' .. type(io.open)")
    local server = assert(host.start { main = "spec.support.source" })
    server:stop()
  end)

  it("is one per server", function()
    local rules = "x = (x or 0) + 1 function M.control() return tostring(x) end"
    local one, two = assert(start(rules)), assert(start(rules))
    assert.equal("1", one:call(""))
    assert.equal("1", two:call(""))
  end)
end)
