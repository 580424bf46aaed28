-- One port for plain HTTP, TLS and CONNECT: clients that know nothing of the sandbox
-- (curl, openssl, raw sockets) reach it by its address and by Instagram's names.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local doors = require "spec.support.doors"
local instagram = require "instagram"
local process = require "spec.support.process"
local sandboxes = require "spec.support.sandbox"
local socket = require "socket"

local start, connect, ask, curl, handshake, ca, GRAPH, folder =
  doors.start, doors.connect, doors.ask, doors.curl, doors.handshake, doors.ca,
  doors.GRAPH, doors.folder

after_each(doors.close_all)
teardown(doors.clean_up)

describe("one port", function()
  it("speaks plain HTTP, TLS and CONNECT", function()
    local server = start()
    local plain = "http://127.0.0.1:" .. server:port()
    local secure = "https://127.0.0.1:" .. server:port()
    local name = ":" .. server:port()
    assert.equal("GET /a b=1 false 127.0.0.1" .. name, (curl(plain .. "/a?b=1")))
    assert.equal("GET /a b=1 true 127.0.0.1" .. name,
      (curl("--cacert", ca, secure .. "/a?b=1")))
    assert.equal("GET /a b=1 true graph.instagram.com",
      (curl("--cacert", ca, "--proxy", plain, GRAPH .. "/a?b=1")))
    assert.equal("GET /a b=1 false graph.instagram.com",
      (curl("--proxy", plain, "http://graph.instagram.com/a?b=1")))
  end)

  it("tells them apart however slowly the bytes come", function()
    local server = start()
    local client = connect(server)
    client:setoption("tcp-nodelay", true)
    local text = "CONNECT graph.instagram.com:80 HTTP/1.1\r\nHost: x\r\n\r\n"
      .. "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for byte in text:gmatch "." do
      client:send(byte)
      socket.sleep(0.001)
    end
    local answer = client:receive("*a")
    assert.matches("^HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n",
      answer)
    assert.matches("GET /slow  false x$", answer)
  end)

  it("takes a tunnel's bytes that came with the CONNECT", function()
    local answer = ask(start(), "CONNECT api.instagram.com:80 HTTP/1.0\n\n" ..
      "GET / HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")
    assert.matches("\r\n\r\nHTTP/1.1 200 OK\r\n", answer)
    assert.matches("GET /  false y$", answer)
  end)

  it("serves others while clients are silent, slow or half way", function()
    local server, silent = start("", { patience = 600 }), {}
    for i, bytes in ipairs { "", "C", "CONNECT ", "CONNECT graph.instagram.com:443",
      "\22", "\22\3\1\2\0\1\0", "GET / HT" } do
      silent[i] = connect(server)
      silent[i]:send(bytes)
    end
    assert.matches("GET /x", ask(server, "GET /x HTTP/1.0\r\n\r\n"))
    server:stop() -- with all of them in the middle
    for _, client in ipairs(silent) do
      assert.is_nil((client:receive(1)))
      client:close()
    end
  end)

  it("waits so long and no longer", function()
    local server = start("", { patience = 0.2 })
    for _, bytes in ipairs { "", "CONNECT graph", "\22\3\1\2\0\1\0",
      "CONNECT graph.instagram.com:443 HTTP/1.1\r\n\r\n" } do
      local began = socket.gettime()
      local answer = ask(server, bytes)
      assert.is_true(socket.gettime() - began < 20, bytes)
      assert.is_true(answer == "" or answer:find "^HTTP/1.1 200 " ~= nil, answer)
    end
  end)

  it("hands on many at once", function()
    local server, many = start(), {}
    for i = 1, 200 do
      many[i] = connect(server)
      many[i]:send(i % 2 == 0 and "CONNECT graph.instagram.com:80 HTTP/1.1\r\n\r\n"
        or "GE")
    end
    for i, client in ipairs(many) do
      client:send((i % 2 == 0 and "GE" or "") .. "T /" .. i .. " HTTP/1.0\r\n\r\n")
    end
    for i, client in ipairs(many) do
      assert.matches("GET /" .. i .. " ", (client:receive("*a")))
      client:close()
    end
  end)

  it("is a port of IPv6 too", function()
    if not socket.bind("::1", 0) then return pending "no IPv6 here" end
    local server = start("", { bind = "::1" })
    local url = "//[::1]:" .. server:port()
    assert.equal("http:" .. url, server:url())
    assert.equal("GET /  true [::1]:" .. server:port(),
      (curl("--cacert", ca, "https:" .. url .. "/")))
    assert.equal("GET /  true www.instagram.com",
      (curl("--cacert", ca, "--proxy", "http:" .. url, "https://www.instagram.com/")))
  end)
end)

describe("another process", function()
  -- A Lua of its own that has a server and runs the code; its log's first line.
  local function run(code, limits)
    local script, log = folder .. "/child.lua", folder .. "/log"
    calls.write(script, ([[
      package.cpath = %q .. package.cpath
      local host, socket = require "instagram.sandbox.host", require "socket"
      local server = assert(host.start { main = "echo", options = "", lua_path = %q })
      print(server:port())
      io.stdout:flush()
      %s
    ]]):format(folder .. "/?.so;", folder .. "/?.lua", code))
    local pid = process.start(("sh -c %s"):format(process.quote((limits or "") ..
      " exec " .. process.script(script))), log)
    local port = process.wait_until("it listens", 60, function()
      return (calls.read(log) or ""):match "^(%d+)\n"
    end)
    return { port = function() return tonumber(port) end }, pid, log
  end

  local function ticks(pid)
    local user, system = calls.read("/proc/" .. pid .. "/stat")
      :match "%) %a %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)"
    return user + system
  end

  it("that has no descriptor left neither spins nor forgets", function()
    local server, pid = run("socket.sleep(300)", "ulimit -n 40;")
    local many = {}
    for i = 1, 60 do
      many[i] = connect(server)
      many[i]:send("GET /" .. i .. " HTTP/1.0\r\n")
    end
    process.wait_until("it rests", 30, function() -- who spins never does
      local before = ticks(pid)
      socket.sleep(0.5)
      return ticks(pid) - before <= 10 -- of some 50
    end)
    for i, client in ipairs(many) do
      client:send("\r\n")
      assert.matches("GET /" .. i .. " ", (client:receive("*a")))
      client:close()
    end
  end)

  it("that is forked off holds nobody's connection", function()
    local problem = calls.build_forker(folder)
    if problem then return pending(problem) end
    local server, _, log = run(([[
      local client = assert(socket.connect("127.0.0.1", server:port()))
      client:send("CONNECT")
      socket.sleep(0.05)
      local port = server:port()
      if require("forker").fork() == 0 then
        assert(not pcall(server.ca, server))
        local over
        for _ = 1, 600 do -- longer than is waited for
          over = io.open(%q)
          if over then break end
          socket.sleep(0.1)
        end
        server:stop()
        os.exit(0, true)
      end
      server:stop()
      print((client:receive(1)))
      print(socket.connect("127.0.0.1", port) == nil)
      io.stdout:flush()
      socket.sleep(300)
    ]]):format(folder .. "/over"))
    assert.equal("number", type(server.port()))
    process.wait_until("all is closed", 30, function()
      return calls.read(log):find "^%d+\nnil\ntrue\n$"
    end)
    calls.write(folder .. "/over", "")
  end)
end)

describe("CONNECT", function()
  it("is answered for the named hosts alone", function()
    local server = start()
    local answers = {}
    for target, status in pairs {
      ["api.instagram.com:443"] = "200", ["graph.instagram.com:80"] = "200",
      ["www.instagram.com:443"] = "200", ["WWW.Instagram.COM:443"] = "200",
      ["graph.instagram.com.:443"] = "200", ["scontent.cdninstagram.com:443"] = "200",
      ["Scontent-Fra3-1.CDNinstagram.com:443"] = "200",
      ["example.com:443"] = "403", ["instagram.com:443"] = "403",
      ["graph.instagram.com:22"] = "403", ["cdninstagram.com:443"] = "403",
      [".cdninstagram.com:443"] = "403", ["a.b.cdninstagram.com:443"] = "403",
      ["graph.instagram.com.evil.com:443"] = "403", ["127.0.0.1:443"] = "403",
      ["xgraph.instagram.com:443"] = "403", ["evilcdninstagram.com:443"] = "403",
      ["graph.instagram.com..:443"] = "403", ["[::1]:443"] = "403",
      ["graph.facebook.com:443"] = "403",
      ["graph.instagram.com"] = "400", ["graph.instagram.com:"] = "400",
      ["graph.instagram.com:0"] = "400", ["graph.instagram.com:65536"] = "400",
      ["graph.instagram.com:+443"] = "400", ["graph.instagram.com:4294967739"] = "400",
      [":443"] = "400", ["http://graph.instagram.com/"] = "400",
      ["a@graph.instagram.com:443"] = "400", ["graph.instagram.com\0x:443"] = "400",
      ["x\27[2Jy:443"] = "400", [("a"):rep(300) .. ":443"] = "400",
    } do
      local client = connect(server)
      client:send("CONNECT " .. target .. " HTTP/1.1\r\nHost: " .. "x\r\n\r\n")
      local line = client:receive("*l") or "closed"
      answers[target] = line:match "^HTTP/1.1 (%d+) "
      assert.equal(status, answers[target], target)
      client:close()
    end
  end)

  it("says whom it refuses, to the client and on stderr", function()
    local answer = ask(start(), "CONNECT example.com:443 HTTP/1.1\r\n\r\n")
    assert.matches("^HTTP/1.1 403 Forbidden\r\n", answer)
    assert.matches("Connection: close\r\n", answer)
    assert.matches("\r\n\r\nthe sandbox is a proxy for api.instagram.com, " ..
      "graph.instagram.com, www.instagram.com and %*.cdninstagram.com %(ports 443 " ..
      "and 80%) alone, not for example.com:443\n$", answer)
  end)

  it("has a head of 8 KiB at most", function()
    local server = start()
    local head = "CONNECT graph.instagram.com:80 HTTP/1.1\r\nX: "
    local answer = ask(server, head .. ("y"):rep(8192 - #head - 4) .. "\r\n\r\n" ..
      "GET / HTTP/1.0\r\n\r\n")
    assert.matches("^HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200", answer)
    assert.matches("^HTTP/1.1 431 ", ask(server, head .. ("y"):rep(9000)))
    assert.matches("^HTTP/1.1 431 ", ask(server, head .. ("y"):rep(8192 - #head - 3)
      .. "\r\n\r\n"))
  end)

  it("that makes no sense is refused", function()
    local server = start()
    for _, text in ipairs { "CONNECT \r\n\r\n",
      "CONNECT graph.instagram.com:443\r\n\r\n",
      "CONNECT  graph.instagram.com:443 HTTP/1.1\r\n\r\n",
      "CONNECT graph.instagram.com:443 HTTP/2\r\n\r\n", "CONNECT \n\n",
      "CONNECT graph.instagram.com:443 HTTP/1.1\r\nA: \0\r\n\r\n" } do
      assert.matches("^HTTP/1.1 400 ", ask(server, text))
    end
    assert.matches("^HTTP/1.1 501 ", ask(server, "CONNECT graph.instagram.com:80 " ..
      "HTTP/1.1\r\n\r\nCONNECT graph.instagram.com:80 HTTP/1.1\r\nHost: x\r\n\r\n")
      :match "\r\n\r\n(.*)$")
  end)

  it("leaves nothing behind, whatever happens", function()
    local server = start("", { patience = 0.2 })
    ask(server, "\22 no TLS") -- the first to speak TLS has a thread started
    local before = calls.descriptors()
    for _, bytes in ipairs { "", "C", "CONNECT x", "\22\3", "\22\3\1\0\4\1\0\0\0",
      "\22 no TLS", "CONNECT x:1 HTTP/1.1\r\n\r\n", "CONNECT graph.instagram.com:80 " ..
      "HTTP/1.1\r\n\r\n", ("CONNECT "):rep(5000), ("\22"):rep(30000) } do
      for close = 1, 2 do
        local client = connect(server)
        client:send(bytes)
        if close == 1 then client:shutdown("send") end
        if #bytes % 2 == 0 then client:receive("*l") end
        client:close()
      end
    end
    process.wait_until("all are gone", 30, function()
      return calls.descriptors() <= before
    end)
    assert.matches("^HTTP/1", ask(server, "GET / HTTP/1.0\r\n\r\n"))
  end)
end)

describe("a target with a host in it", function()
  local function status(server, target)
    return ask(server, "GET " .. target .. " HTTP/1.1\r\nHost: other.example\r\n" ..
      "Connection: close\r\n\r\n"):match "^HTTP/1.1 (%d+).*\r\n\r\n(.*)$"
  end

  it("is taken apart; its host counts", function()
    local server = start()
    for target, expected in pairs {
      ["http://graph.instagram.com/me?a=b"] = "GET /me a=b false graph.instagram.com",
      ["HTTP://Graph.Instagram.Com:80/"] = "GET /  false Graph.Instagram.Com:80",
      ["http://api.instagram.com"] = "GET /  false api.instagram.com",
      ["http://www.instagram.com?x=http://y/"] =
        "GET / x=http://y/ false www.instagram.com",
      ["https://graph.instagram.com/me"] = "GET /me  false graph.instagram.com",
      ["http://127.0.0.1:" .. server:port() .. "/a"] =
        "GET /a  false 127.0.0.1:" .. server:port(),
      ["http://localhost:" .. server:port() .. "/a"] =
        "GET /a  false localhost:" .. server:port(),
      ["/http://example.com/"] = "GET /http://example.com/  false other.example",
    } do
      local code, body = status(server, target)
      assert.equal("200", code, target)
      assert.equal(expected, body)
    end
  end)

  it("is refused when it is another's, or cannot be read", function()
    local server = start()
    for target, code in pairs {
      ["http://example.com/"] = "403", ["http://127.0.0.1:1/"] = "403",
      ["http://127.0.0.1/"] = "403", ["http://graph.instagram.com:8080/"] = "403",
      ["http://me@graph.instagram.com/"] = "400", ["http:///me"] = "400",
      ["http://graph.instagram.com:x/"] = "400",
    } do
      assert.equal(code, (status(server, target)), target)
    end
  end)
end)

describe("a sandbox", function()
  local sandbox

  local function begin(options)
    sandbox = sandboxes.start(options)
    assert(sandbox:write_ca(ca))
    return sandbox
  end
  after_each(function()
    if sandbox then sandbox:stop() end
    sandbox = nil
  end)

  local function get(...) return (curl("--cacert", ca, ...)) end

  it("is Instagram to curl by its real names", function()
    local proxy = begin().url
    local query = "access_token=" .. sandbox:generate_token "demo_user"
    local me = cjson.decode(get("--proxy", proxy, GRAPH .. "/me?fields=username&" ..
      query))
    assert.equal("demo_user", me.username)
    local page = cjson.decode(get("--proxy", proxy, GRAPH ..
      "/me/media?limit=1&fields=media_url&" .. query))
    assert.matches("^https://scontent%.cdninstagram%.com/v/", page.data[1].media_url)
    assert.matches("^https://graph%.instagram%.com/v", page.paging.next)
    assert.equal("demo_user", cjson.decode(get("--proxy", proxy, GRAPH ..
      ".:443/me?fields=username&" .. query)).username)
    assert.matches("\255\216\255", get("--proxy", proxy, page.data[1].media_url))
    assert.equal(1, #cjson.decode(get("--proxy", proxy, page.paging.next)).data)
  end)

  it("writes links with the address and the scheme it was asked by", function()
    begin()
    local query = "/me/media?limit=1&fields=media_url&access_token="
      .. sandbox:generate_token "demo_user"
    local origins = {
      [sandbox.url] = sandbox.url,
      [(sandbox.url:gsub("^http", "https"))] = sandbox.url:gsub("^http", "https"),
      [(sandbox.url:gsub("http://127.0.0.1", "https://localhost"))] =
        sandbox.url:gsub("http://127.0.0.1", "https://localhost"),
    }
    for asked, origin in pairs(origins) do
      local page = cjson.decode(get(asked .. query))
      assert.equal(origin, page.paging.next:match "^%a+://[^/]+")
      assert.equal(origin, page.data[1].media_url:match "^%a+://[^/]+")
    end
    local page = cjson.decode(get("--proxy", sandbox.url, "http://graph.instagram.com"
      .. query))
    assert.matches("^https://graph%.instagram%.com/v", page.paging.next)
  end)

  it("has public_url in its certificate", function()
    begin { public_url = "https://insta.test:8443", data = "empty" }
    local port = sandbox.url:match "%d+$"
    assert.matches('"code":2500,', get("--connect-to", "insta.test:8443:127.0.0.1:" ..
      port, "https://insta.test:8443/me"), 1, true)
    assert.equal(0, select(2, handshake({ port = function() return port end },
      "insta.test", "-verify_hostname insta.test")))
  end)

  it("keeps its authority beside its database", function()
    local db = folder .. "/kept.db"
    local first = begin({ db = db, data = "empty" }).ca
    sandbox:stop()
    assert.equal(first, begin({ db = db, data = "empty" }).ca)
    assert.equal("600", process.output("stat -c %a " .. db .. "-ca.pem"):match "%d+")
  end)

  it("is Instagram to our own client through the proxy", function()
    begin()
    local options = sandbox:credentials "basic_display"
    options.base_url, options.proxy, options.cainfo = nil, sandbox.url, ca
    local app = instagram.app(options)
    local url, state = app:authorize_url {}
    assert.matches("^https://api%.instagram%.com/oauth/authorize", url)
    local token = assert(app:login(sandbox:authorize { user = "demo_user", url = url },
      state))
    local client = app:client(token)
    assert.equal("demo_user", assert(client:me()).username)
    local media = assert(client:media({ max = 1 }):next())
    assert.matches("^https://scontent%.cdninstagram%.com/", media.still)
    assert.matches("^\255\216\255", (assert(client:fetch(media.still))))
  end)

  it("has its bad days over TLS too, and our client names them", function()
    begin()
    local options = sandbox:credentials "basic_display"
    options.base_url, options.proxy, options.cainfo = nil, sandbox.url, ca
    options.retries = 0
    local app, client
    local function renew(timeout)
      if app then app:close() end
      options.timeout = timeout
      app = instagram.app(options) -- connections that live have their handshake behind
      client = app:client(app:token { secret = sandbox:generate_token("demo_user",
        "basic_display") })
    end
    local function kind(fault)
      sandbox:clear_faults()
      if fault then sandbox:fault(fault) end
      local _, _, err = client:me()
      return err and err.kind
    end
    for how, expected in pairs { close = "transport", alert = "tls", garbage = "tls",
      stall = "timeout", expired = "tls", wrong_host = "tls", untrusted = "tls" } do
      renew(expected == "timeout" and 1 or 30)
      assert.equal(expected, kind { kind = "tls", how = how, on = "graph.*" }, how)
    end
    renew(30)
    assert.is_nil(kind())
    assert.equal("transport", kind { kind = "reset" })
    assert.equal("transport", kind { kind = "truncate", bytes = 3 })
    assert.equal("transport", kind { kind = "length", off = 5 })
    assert.is_nil(kind { kind = "slow_headers", rate = 5000 })
    renew(1)
    assert.equal("timeout", kind { kind = "slow_headers", rate = 10 })
    assert.equal("timeout", kind { kind = "stall", bytes = 5 })
  end)

  it("tells its certificate only while it runs", function()
    local one = begin { data = "empty" }
    one:stop()
    assert.error_matches(function() return one.ca end, "the sandbox is stopped")
    assert.error_matches(function() one:write_ca(1) end,
      "bad argument 'path' to write_ca %(string expected, got number%)")
    local text, message = begin({ data = "empty" }):write_ca(folder .. "/no/ca.pem")
    assert.is_nil(text)
    assert.matches("No such file", message)
  end)
end)
