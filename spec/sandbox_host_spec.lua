-- The sandbox's host in C, bytes on the wire: server, request and response tables,
-- files, faults, SQLite, helpers. The rules are pieces of Lua given by each test.
local host = require "instagram.sandbox.host"
local socket = require "socket"

local stem, servers, files = os.tmpname(), {}, {}

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  files[#files + 1] = path
  return path
end

-- The main module runs its options as Lua: `rules` below is code that fills M.
write(stem, "")
write(stem .. "_main.lua", [[
  local M = {}
  function M.start(code, url)
    M.url, M.native = url, require "instagram.sandbox.native"
    return assert((loadstring or load)("local M = ...\n" .. code))(M)
  end
  return M
]])

local function start(rules, options)
  options = options or {}
  options.main = options.main or "main"
  options.quiet = true -- errors of the rules are wanted here: no noise on stderr
  options.lua_path = stem .. "_?.lua"
  options.options = rules
  local server, message = host.start(options)
  if server then servers[#servers + 1] = server end
  return server, message
end

-- Serves one response: a Lua expression.
local function serve(response)
  return assert(start("function M.handle(request) return " .. response .. " end"))
end

-- Runs Lua in the sandbox's state: `code` is the body of control(text).
local function run(code)
  local server = assert(start("local native = M.native function M.control(text) "
    .. code .. " end"))
  return server:call("")
end

local function connect(server)
  local client = assert(socket.connect("127.0.0.1", server:port()))
  client:settimeout(5)
  return client
end

-- One answer off a connection: head lines, headers (by lower name), body.
local function receive(client, bodiless)
  local line, message = client:receive("*l")
  if not line then return nil, message end
  local answer = { status = tonumber(line:match("^HTTP/1.1 (%d+)")), lines = { line },
    headers = {} }
  for header in function() return client:receive("*l") end do
    if header == "" then break end
    answer.lines[#answer.lines + 1] = header
    local name, value = header:match("^(.-): (.*)$")
    answer.headers[name:lower()] = value
  end
  local length = tonumber(answer.headers["content-length"])
  if length and length > 0 and not bodiless then
    local body, why, partial = client:receive(length)
    answer.body, answer.cut = body or partial, why
  else
    answer.body = ""
  end
  return answer
end

local function get(server, path, headers, method)
  local client = connect(server)
  client:send((method or "GET") .. " " .. (path or "/")
    .. " HTTP/1.1\r\nHost: sandbox\r\n" .. (headers or "") .. "\r\n")
  local answer, message = receive(client, method == "HEAD")
  client:close()
  return answer, message
end

local function post(server, content_type, body)
  local client = connect(server)
  client:send("POST /p HTTP/1.1\r\nHost: sandbox\r\nContent-Type: " .. content_type
    .. "\r\nContent-Length: " .. #body .. "\r\n\r\n")
  client:send(body)
  local answer = receive(client)
  client:close()
  return answer
end

-- Answers with a Lua expression over `request`, dumped: strings quoted, keys sorted.
local function dumping(expression)
  return assert(start([[
    local function dump(value)
      if type(value) ~= "table" then
        return type(value) == "string" and ("%q"):format(value) or tostring(value)
      end
      local keys, out = {}, {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
      for i, key in ipairs(keys) do
        out[i] = (type(key) == "string" and key .. "=" or "") .. dump(value[key])
      end
      return "{" .. table.concat(out, ",") .. "}"
    end
    function M.handle(request) return { body = dump(]] .. expression .. [[) } end
  ]]))
end

-- What a command prints, one line; nil under a preloaded sanitizer, where it may hang.
local function command(line)
  if os.getenv("LD_PRELOAD") then return nil end
  local pipe = io.popen(line)
  local answer = pipe:read("*l")
  pipe:close()
  return answer
end

-- Waits for a condition, at most two seconds.
local function soon(condition)
  for _ = 1, 200 do
    if condition() then return true end
    socket.sleep(0.01)
  end
  return false
end

after_each(function()
  for _, server in ipairs(servers) do server:stop() end
  servers = {}
end)

teardown(function()
  for _, path in ipairs(files) do os.remove(path) end
end)

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
    server, servers = nil, {}
    collectgarbage()
    collectgarbage()
    assert.is_nil(server)
    assert.is_nil((socket.connect("127.0.0.1", port)))
  end)

  it("takes a millisecond or so", function()
    local before = socket.gettime()
    for _ = 1, 20 do assert(start("")):stop() end
    assert.is_true((socket.gettime() - before) / 20 < 0.05)
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

describe("the response", function()
  it("has the headers given, in their order and spelling, and no clock", function()
    local server = serve [[{ status = 201, body = "{}", headers = {
      { "ETag", '"x"' }, { "Content-Type", "application/json; charset=UTF-8" },
      { "X-FB-Trace-ID", "BfL" }, { "Date", "Wed, 01 Nov 2023 00:00:00 GMT" },
      { "Set-Cookie", "a=1" }, { "Set-Cookie", "b=2" }, { "X-Number", 3 } } }]]
    assert.same({ "HTTP/1.1 201 Created", 'ETag: "x"',
      "Content-Type: application/json; charset=UTF-8", "X-FB-Trace-ID: BfL",
      "Date: Wed, 01 Nov 2023 00:00:00 GMT", "Set-Cookie: a=1", "Set-Cookie: b=2",
      "X-Number: 3", "Content-Length: 2" }, get(server).lines)
  end)

  it("has nothing but a length when nothing is given", function()
    assert.same({ "HTTP/1.1 200 OK", "Content-Length: 0" }, get(serve "{}").lines)
  end)

  it("frames by itself; keep-alive is said when asked for", function()
    local server = serve [[{ body = "abc", headers = { { "content-length", "9" },
      { "Transfer-Encoding", "chunked" }, { "Connection", "keep-alive" } } }]]
    assert.same({ "HTTP/1.1 200 OK", "Connection: Keep-Alive", "Content-Length: 3" },
      get(server).lines)
  end)

  it("closes when told to", function()
    local server = serve [[{ headers = { { "Connection", "close" } } }]]
    local client = connect(server)
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("close", receive(client).headers.connection)
    assert.equal("closed", (select(2, client:receive(1))))
    client:close()
  end)

  it("keeps the connection for the next request", function()
    local server = serve "{ body = request.path .. request.body }"
    local client = connect(server)
    client:send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy"
      .. "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("/1xy", receive(client).body)
    assert.equal("/2", receive(client).body)
    client:send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("/3", receive(client).body)
    client:close()
  end)

  it("carries any bytes", function()
    local answer = get(serve [[{ body = "\0a\255" }]])
    assert.equal("\0a\255", answer.body)
    local big = get(serve [[{ body = ("\0abc"):rep(2^18) }]])
    assert.equal(2 ^ 20, #big.body)
  end)

  it("answers HEAD with the headers alone", function()
    local server = serve "{ body = request.method == 'HEAD' and 'hello' or '' }"
    local client = connect(server)
    client:send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert.equal("5", receive(client, true).headers["content-length"])
    assert.equal("0", receive(client).headers["content-length"])
    client:close()
  end)

  it("is compressed only when both sides want it", function()
    local server = serve [[{ body = ("abc "):rep(1000),
      gzip = request.path == "/gzip", headers = { { "ETag", "x" } } }]]
    local function encoding(path, accept)
      return get(server, path, accept and "Accept-Encoding: " .. accept .. "\r\n")
        .headers["content-encoding"]
    end
    assert.equal("gzip", encoding("/gzip", "gzip"))
    assert.equal("gzip", encoding("/gzip", "deflate, GZIP;q=0.5, br"))
    for _, accept in ipairs { "br", "gzip;q=0", "gzip; q=0.0, br;q=1", "xgzip",
      "gzipx" } do
      assert.is_nil(encoding("/gzip", accept))
    end
    assert.is_nil(encoding("/gzip"))
    assert.is_nil(encoding("/plain", "gzip"))
    local answer = get(server, "/gzip", "Accept-Encoding: gzip\r\n")
    assert.equal("Accept-Encoding", answer.headers.vary)
    assert.equal("\31\139", answer.body:sub(1, 2))
    assert.equal("\160\15\0\0", answer.body:sub(-4)) -- 4000
    local unpacked = command("gzip -dc " .. write(stem .. ".gz", answer.body))
    assert.equal(("abc "):rep(1000), unpacked or ("abc "):rep(1000))
  end)
end)

describe("rules that fail", function()
  local function failing(response)
    local answer = get(serve(response))
    assert.equal(500, answer.status)
    assert.equal("text/plain; charset=utf-8", answer.headers["content-type"])
    return answer.body
  end

  it("are answered by a 500 that says why, and the server goes on", function()
    local server = serve "request.path == '/' and error('kaputt') or { body = 'fine' }"
    local answer = get(server)
    assert.equal(500, answer.status)
    assert.matches("not Instagram", answer.body)
    assert.matches("kaputt.*stack traceback", answer.body)
    assert.equal("fine", get(server, "/fine").body)
  end)

  it("may raise anything", function()
    assert.matches("error object is a table", failing "error({})")
    assert.matches("no message", failing [[error(setmetatable({}, {
      __tostring = function() return {} end }))]])
    assert.matches("told", failing [[error(setmetatable({}, {
      __tostring = function() return "told" end }))]])
    assert.matches("error object is a nil", failing "error(nil)")
  end)

  it("are told which part of the response is none", function()
    assert.matches("response: table expected, got string", failing "'text'")
    assert.matches("response: table expected, got nil", failing "nil")
    for _, status in ipairs { "0", "199", "1000", "'x'", "0/0" } do
      assert.matches("response.status", failing("{ status = " .. status .. " }"))
    end
    assert.matches("response.body: string", failing "{ body = {} }")
    assert.matches("response.file: path", failing "{ file = {} }")
    assert.matches("response.headers: array", failing "{ headers = 'x' }")
    assert.matches("response.headers%[1%]: {name", failing "{ headers = { 'x' } }")
    assert.matches("response.headers%[2%]: {name",
      failing "{ headers = { { 'a', 'b' }, { 'c' } } }")
    assert.matches("line end", failing [[{ headers = { { "A", "b\r\nC: d" } } }]])
    assert.matches("zero byte", failing [[{ headers = { { "A", "b\0" } } }]])
    assert.matches("'A\tB' was refused", failing [[{ headers = { { "A\tB", "c" } } }]])
    assert.matches("response.fault: table", failing "{ fault = 1 }")
    assert.matches("response.fault.slow", failing "{ fault = { slow = -1 } }")
    assert.matches("response.fault.delay", failing "{ fault = { delay = '1' } }")
    assert.matches("No such file", failing "{ file = '/dev/null.none/x' }")
    assert.matches("not a regular file", failing "{ file = '/' }")
  end)
end)

describe("a file", function()
  local path = stem .. ".bin"
  local bytes = ("0123456789"):rep(10000)
  local server

  setup(function() write(path, bytes) write(path .. ".empty", "") end)
  before_each(function()
    server = serve([[{ file = "]] .. path .. [[" .. request.query, headers = {
      { "Content-Type", "image/jpeg" }, { "ETag", '"v1"' },
      { "Last-Modified", "Wed, 01 Nov 2023 00:00:00 GMT" } } }]])
  end)

  local function ranged(range, more)
    return get(server, "/", "Range: " .. range .. "\r\n" .. (more or ""))
  end

  it("is served whole", function()
    local answer = get(server)
    assert.equal(bytes, answer.body)
    assert.same({ "HTTP/1.1 200 OK", "Content-Type: image/jpeg", 'ETag: "v1"',
      "Last-Modified: Wed, 01 Nov 2023 00:00:00 GMT", "Accept-Ranges: bytes",
      "Content-Length: 100000" }, answer.lines)
    assert.equal("0", get(server, "/?.empty").headers["content-length"])
  end)

  it("is served in part", function()
    for range, wanted in pairs {
      ["bytes=0-4"] = { "01234", "0-4" }, ["bytes=99998-"] = { "89", "99998-99999" },
      ["bytes=99999-200000"] = { "9", "99999-99999" },
      ["bytes=-3"] = { "789", "99997-99999" }, ["bytes=7-7"] = { "7", "7-7" },
      ["bytes=-999999"] = { bytes, "0-99999" } } do
      local answer = ranged(range)
      assert.equal(206, answer.status)
      assert.equal(wanted[1], answer.body)
      assert.equal("bytes " .. wanted[2] .. "/100000", answer.headers["content-range"])
    end
  end)

  it("refuses what lies beyond it", function()
    for _, range in ipairs { "bytes=100000-", "bytes=100000-100001", "bytes=-0" } do
      local answer = ranged(range)
      assert.equal(416, answer.status)
      assert.equal("bytes */100000", answer.headers["content-range"])
      assert.equal("", answer.body)
    end
    assert.equal(416, get(server, "/?.empty", "Range: bytes=0-\r\n").status)
  end)

  it("is served whole for a range that makes no sense", function()
    for _, range in ipairs { "bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,4-5",
      "bits=1-2", "bytes=a-b", "bytes=1", "bytes=99999999999999999999-",
      "bytes 1-2" } do
      assert.equal(200, ranged(range).status)
    end
    assert.equal(200, get(server, "/", "Range: bytes=0-1\r\n", "POST").status)
  end)

  it("resumes only the same version", function()
    local function status(value)
      return ranged("bytes=5-", "If-Range: " .. value).status
    end
    assert.equal(206, status '"v1"\r\n')
    assert.equal(206, status "Wed, 01 Nov 2023 00:00:00 GMT\r\n")
    assert.equal(200, status '"v2"\r\n')
    assert.equal(200, status 'W/"v1"\r\n')
    assert.equal(200, status "Wed, 01 Nov 2023 00:00:01 GMT\r\n")
  end)

  it("is not sent again to who has it", function()
    for _, header in ipairs { 'If-None-Match: "v1"', "If-None-Match: *",
      'If-None-Match: "a", W/"v1"', 'If-None-Match: "v1", "b"',
      "If-Modified-Since: Wed, 01 Nov 2023 00:00:00 GMT" } do
      local answer = get(server, "/", header .. "\r\nRange: bytes=0-1\r\n")
      assert.equal(304, answer.status)
      assert.equal("", answer.body)
      assert.equal('"v1"', answer.headers.etag)
      assert.is_nil(answer.headers["content-type"])
    end
    for _, header in ipairs { 'If-None-Match: "v2"', 'If-None-Match: "v11", "v"',
      'If-None-Match: "v2"\r\nIf-Modified-Since: Wed, 01 Nov 2023 00:00:00 GMT' } do
      assert.equal(200, get(server, "/", header .. "\r\n").status)
    end
  end)

  it("keeps a connection usable after 304 and 416", function()
    local client = connect(server)
    client:send('GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: "v1"\r\n\r\n'
      .. "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=200000-\r\n\r\n"
      .. "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n\r\n")
    assert.equal(304, receive(client, true).status)
    assert.equal(416, receive(client).status)
    assert.equal("12", receive(client).body)
    client:close()
  end)

  it("shows its size to HEAD, and no ranges", function()
    local answer = get(server, "/", "Range: bytes=0-4\r\n", "HEAD")
    assert.equal(200, answer.status)
    assert.equal("100000", answer.headers["content-length"])
  end)
end)

describe("a fault", function()
  local function seconds(fn)
    local before = socket.gettime()
    return fn(), socket.gettime() - before
  end

  it("delays one answer and not the others", function()
    local server = serve [[request.path == "/late"
      and { body = "late", fault = { delay = 0.2 } } or { body = "now" }]]
    local client = connect(server)
    client:send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
    local answer, took = seconds(function() return get(server) end)
    assert.equal("now", answer.body)
    assert.is_true(took < 0.15)
    answer, took = seconds(function() return receive(client) end)
    assert.equal("late", answer.body)
    assert.is_true(took > 0.1)
    client:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") -- and the connection lives on
    assert.equal("now", receive(client).body)
    client:close()
  end)

  it("delays many at once", function()
    local server = serve [[{ body = request.path, fault = { delay = 0.1 } }]]
    local clients = {}
    local _, took = seconds(function()
      for i = 1, 50 do
        clients[i] = connect(server)
        clients[i]:send("GET /" .. i .. " HTTP/1.1\r\nHost: a\r\n\r\n")
      end
      for i = 1, 50 do
        assert.equal("/" .. i, receive(clients[i]).body)
        clients[i]:close()
      end
    end)
    assert.is_true(took < 2)
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
    local path = write(stem .. ".cut", ("0123456789"):rep(5000))
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
      client:settimeout(0.1)
      local _, why, partial = client:receive(10)
      assert.equal("timeout", why)
      assert.equal(("0123"):sub(1, n), partial)
      client:close()
    end
    assert.equal("0123456789", get(server, "/?10").body)
  end)

  it("does not keep the descriptors of those who left", function()
    local server = assert(start [[
      function M.handle(request)
        local fault = assert((loadstring or load)("return " .. request.query:sub(2)))()
        return { body = ("x"):rep(100), fault = fault }
      end
      function M.control()
        return tostring(#(M.native.list("/proc/self/fd") or {}))
      end]])
    local function open_files() return tonumber(server:call("")) end
    local before = open_files()
    if before == 0 then return pending("no /proc here") end
    local function leaves_none(fault, wait)
      local clients = {}
      for i = 1, 8 do
        clients[i] = connect(server)
        clients[i]:send("GET /?={" .. fault .. "} HTTP/1.1\r\nHost: a\r\n\r\n")
        clients[i]:receive(wait)
      end
      assert.is_true(open_files() >= before + 8)
      for i = 1, 8 do clients[i]:close() end
      assert(soon(function() return open_files() <= before end), fault)
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
    local answer, took = seconds(function() return get(server) end)
    assert.equal(400, #answer.body)
    assert.is_true(took > 0.1 and took < 2)
    server = serve [[{ body = "abc", fault = { slow = 20, delay = 0.05 } }]]
    answer, took = seconds(function() return get(server) end)
    assert.equal("abc", answer.body)
    assert.is_true(took > 0.1)
  end)

  it("does not hold up stop", function()
    for _, fault in ipairs { "delay = 30", "stall_after = 0", "stall_after = 2",
      "slow = 1" } do
      local server = serve([[{ body = "0123456789", fault = { ]] .. fault .. " } }")
      local clients = {}
      for i = 1, 5 do
        clients[i] = connect(server)
        clients[i]:send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      end
      socket.sleep(0.05)
      local _, took = seconds(function() server:stop() end)
      assert.is_true(took < 0.2)
      for i = 1, 5 do
        clients[i]:settimeout(1)
        assert.not_equal("timeout", (select(2, clients[i]:receive("*a"))))
        clients[i]:close()
      end
    end
  end)

  it("concerns the headers of HEAD as little as an empty body", function()
    local server = serve [[{ body = request.method == "HEAD" and "abc" or "",
      fault = { truncate = 0, slow = 1, stall_after = 0 } }]]
    assert.equal("3", get(server, "/", nil, "HEAD").headers["content-length"])
    assert.equal("0", get(server).headers["content-length"])
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

describe("native.sqlite", function()
  local function db(code)
    local text, message = run([[
      local db = native.sqlite()
      db:exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL);"
        .. "CREATE TABLE child (t INTEGER REFERENCES t)")
      local function raises(...)
        local ok, why = pcall(...)
        return tostring(not ok and why)
      end
      local function ids()
        local out = {}
        for i, row in ipairs(db:query("SELECT id FROM t ORDER BY id")) do
          out[i] = row.id
        end
        return table.concat(out, " ")
      end
      ]] .. code)
    return text or error(message)
  end

  it("binds and returns every type", function()
    assert.equal("7 x\0y 0.5 1 nil", db [[
      db:run("INSERT INTO t VALUES (?, ?, ?)", 7, "x\0y", 0.5)
      local row = db:one("SELECT *, ? AS yes, ? AS none FROM t", true, nil)
      return table.concat({ row.id, row.a, row.b, row.yes, tostring(row.none) }, " ")]])
    assert.equal("integer text real null", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b, typeof(?) c, typeof(?) d",
        2, "2", 2.5, nil)
      return row.a .. " " .. row.b .. " " .. row.c .. " " .. row.d]])
    assert.equal("integer integer 9007199254740991", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b, ? c", 3.0, -0.0, 2^53 - 1)
      return row.a .. " " .. row.b .. " " .. ("%.0f"):format(row.c)]])
    assert.equal("real real", db [[
      local row = db:one("SELECT typeof(?) a, typeof(?) b", 2^63, 1/0)
      return row.a .. " " .. row.b]])
  end)

  it("gives integers as integers where Lua has them", function()
    local kind = db [[
      local type_of = math.type or function() return "integer" end
      return type_of(db:one("SELECT 5 AS n").n)]]
    assert.equal("integer", kind)
  end)

  it("returns rows, none, one", function()
    assert.equal("3 2 nil 0", db [[
      local changes, last = db:run("INSERT INTO t (a) VALUES ('p'), ('q'), ('r')")
      local rows = db:query("SELECT a FROM t WHERE id >= ? ORDER BY id", 2)
      return table.concat({ last, #rows, tostring(db:one("SELECT 1 WHERE 0")),
        #db:query("SELECT 1 WHERE 0") }, " ")]])
    assert.equal("2", db [[
      db:run("INSERT INTO t (a) VALUES ('p'), ('q')")
      return tostring((db:run("UPDATE t SET a = 'z'")))]])
  end)

  it("raises SQLite's message and goes on", function()
    assert.matches("UNIQUE constraint failed: t.id.*fine", db [[
      db:run("INSERT INTO t (id) VALUES (?)", 1)
      local why = raises(db.run, db, "INSERT INTO t (id) VALUES (?)", 1)
      db:run("INSERT INTO t (id) VALUES (?)", 2)
      return why .. (ids() == "1 2" and " fine" or "")]])
    assert.matches("no such table: nope %(in: SELECT", db [[
      return raises(db.query, db, "SELECT * FROM nope")]])
    assert.matches("syntax error", db [[return raises(db.exec, db, "SELEKT")]])
    assert.matches("FOREIGN KEY constraint failed", db [[
      return raises(db.run, db, "INSERT INTO child VALUES (99)")]])
    assert.matches("unable to open", db [[
      return raises(native.sqlite, "/nonexistent/x")]])
  end)

  it("names misuse", function()
    assert.matches("2 values expected, got 1", db [[
      return raises(db.one, db, "SELECT ?, ?", 1)]])
    assert.matches("0 values expected, got 1", db [[
      return raises(db.one, db, "SELECT 1", 1)]])
    assert.matches("cannot bind a table as value 2", db [[
      return raises(db.one, db, "SELECT ?, ?", 1, {})]])
    assert.matches("one statement expected", db [[
      return raises(db.one, db, "SELECT 1; SELECT 2")]])
    assert.matches("one statement expected", db [[return raises(db.one, db, " ")]])
    assert.equal("1", db [[return tostring(db:one("SELECT 1 AS n; \n").n)]])
  end)

  it("keeps statements over a change of the schema", function()
    assert.equal("a,b,id then a,b,c,id", db [[
      local function names()
        local out = {}
        for name in pairs(db:query("SELECT * FROM t")[1]) do out[#out + 1] = name end
        table.sort(out)
        return table.concat(out, ",")
      end
      db:run("INSERT INTO t VALUES (1, 'x', 2.5)")
      local before = names()
      db:exec("ALTER TABLE t ADD COLUMN c DEFAULT 1")
      return before .. " then " .. names()]])
  end)

  it("commits and rolls back", function()
    assert.equal("1 2|kept 9", db [[
      local a, b = db:transaction(function(x)
        db:run("INSERT INTO t (id) VALUES (1), (2)")
        return "kept", x
      end, 9)
      return ids() .. "|" .. a .. " " .. b]])
    assert.matches("kaputt|1", db [[
      db:run("INSERT INTO t (id) VALUES (1)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO t (id) VALUES (2)")
        error("kaputt")
      end)
      return why .. "|" .. ids()]])
    assert.matches("UNIQUE.*|1", db [[
      db:run("INSERT INTO t (id) VALUES (1)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO t (id) VALUES (2)")
        db:run("INSERT INTO t (id) VALUES (2)")
      end)
      return why .. "|" .. ids()]])
    assert.equal("table|", db [[
      local ok, why = pcall(db.transaction, db, function() error {} end)
      return type(why) .. "|" .. ids()]])
  end)

  it("nests transactions", function()
    assert.equal("1 3", db [[
      db:transaction(function()
        db:run("INSERT INTO t (id) VALUES (1)")
        pcall(db.transaction, db, function()
          db:run("INSERT INTO t (id) VALUES (2)")
          error("inner")
        end)
        db:transaction(function() db:run("INSERT INTO t (id) VALUES (3)") end)
      end)
      return ids()]])
  end)

  it("says when a commit fails, and is out of the transaction", function()
    assert.matches("FOREIGN KEY constraint failed %(in: commit%)|1", db [[
      db:exec("CREATE TABLE late (t INTEGER REFERENCES t"
        .. " DEFERRABLE INITIALLY DEFERRED)")
      local why = raises(db.transaction, db, function()
        db:run("INSERT INTO late VALUES (99)")
      end)
      db:transaction(function() db:run("INSERT INTO t (id) VALUES (1)") end)
      return why .. "|" .. ids()]])
  end)

  it("closes once, even inside a transaction", function()
    assert.matches("db is closed.*%(closed%)", db [[
      db:query("SELECT * FROM t")
      db:close()
      db:close()
      return raises(db.exec, db, "") .. tostring(db)]])
    assert.matches("closed in its transaction", db [[
      return raises(db.transaction, db, function() db:close() end)]])
  end)

  it("keeps a file", function()
    local path = stem .. ".db"
    files[#files + 1] = path
    local code = ([[
      local db = native.sqlite(%q)
      db:exec("CREATE TABLE IF NOT EXISTS kept (n)")
      db:run("INSERT INTO kept VALUES (1)")
      return tostring(#db:query("SELECT * FROM kept"))]]):format(path)
    assert.equal("1", run(code))
    for _, server in ipairs(servers) do server:stop() end
    assert.equal("2", run(code))
    assert.matches("readonly", run(([[
      local db = native.sqlite(%q, "r")
      return select(2, pcall(db.run, db, "DELETE FROM kept"))]]):format(path)))
  end)

  it("backs up into another, all or nothing", function()
    assert.equal("2 1 a", run [[
      local from, to = native.sqlite(), native.sqlite()
      from:exec("CREATE TABLE t (n); INSERT INTO t VALUES ('a')")
      to:exec("CREATE TABLE other (n)")
      from:backup(to)
      to:run("INSERT INTO t VALUES ('b')")
      local tables = to:one("SELECT count(*) AS n FROM sqlite_master").n
      return to:one("SELECT count(*) AS n FROM t").n .. " " .. tables .. " "
        .. from:one("SELECT group_concat(n) AS n FROM t").n]])
    local again = [[
      local from, to = native.sqlite(), native.sqlite()
      from:exec("CREATE TABLE t (n)")
      local function try(a, b) return select(2, pcall(a.backup, a, b)) end
    ]]
    assert.matches("another, open db expected", run(again .. "return try(from, from)"))
    assert.matches("another, open db expected", run(again
      .. "to:close() return try(from, to)"))
    assert.matches("closed", run(again .. "from:close() return try(from, to)"))
    assert.matches("destination database is in use", run(again .. [[
      local said
      to:transaction(function()
        to:exec("CREATE TABLE mine (n)")
        said = try(from, to)
      end)
      return said .. to:one("SELECT name FROM sqlite_master").name]]))
  end)
end)

describe("native", function()
  it("puts a file in the place of another", function()
    local new = write(stem .. ".new", "new")
    local path = write(stem .. ".old", "old")
    local function replace(from, to)
      return run(("return table.concat({ tostring(native.replace(%q, %q)), "
        .. "select(2, native.replace(%q, %q)) }, ' ')"):format(from, to, from, to))
    end
    assert.matches("^true .*No such file", replace(new, path)) -- the second time
    local file = assert(io.open(path))
    assert.equal("new", file:read("*a"))
    file:close()
    assert.matches("^nil .*No such file", replace(path, "/nonexistent/x"))
    assert.is_truthy(io.open(path))
  end)

  it("digests", function()
    assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d",
      run "return native.sha1_hex('abc')")
    assert.equal("da39a3ee5e6b4b0d3255bfef95601890afd80709",
      run "return native.sha1_hex('')")
    local sum = run "return native.hmac_sha256('Jefe', 'what do ya want for nothing?')"
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      (sum:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
  end)

  it("encodes and decodes base64", function()
    for plain, coded in pairs { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v",
      foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy" } do
      assert.equal(coded .. "|" .. coded:gsub("=", "") .. "|" .. plain, run(([[
        local url = native.base64url(%q)
        return native.base64(%q) .. "|" .. url .. "|" .. native.unbase64url(url)]])
        :format(plain, plain)))
    end
    assert.equal("+/+/ -_-_", run [[
      local bytes = "\251\255\191"
      return native.base64(bytes) .. " " .. native.base64url(bytes)]])
    assert.equal("nil nil nil nil nil", run [[
      local out = {}
      for i, bad in ipairs { "Zg==", "Z", "+/+/", "Zm9v\n", "Zh" } do
        out[i] = tostring(native.unbase64url(bad))
      end
      return table.concat(out, " ")]])
    assert.equal("256", run [[
      local bytes = {}
      for i = 0, 255 do bytes[i + 1] = string.char(i) end
      local all = table.concat(bytes)
      return tostring(native.unbase64url(native.base64url(all)) == all and #all)]])
  end)

  it("knows files", function()
    local path = write(stem .. ".JPG", "a\0b")
    assert.equal("3 3 image/jpeg", run(([[
      local path = %q
      return native.file_size(path) .. " " .. #native.read(path) .. " "
        .. native.mime(path)]]):format(path)))
    assert.equal("video/mp4 application/octet-stream application/octet-stream",
      run [[return native.mime("a/b.mp4") .. " " .. native.mime("x.y/z") .. " "
        .. native.mime("")]])
    for _, name in ipairs { "file_size", "read", "list" } do
      assert.matches("nil.*/nonexistent.*No such file", run(([[
        local value, message = native.%s("/nonexistent")
        return tostring(value) .. message]]):format(name)))
    end
    assert.matches("Invalid", run [[return (select(2, native.read("/")))]])
  end)

  it("lists a folder in order", function()
    local names = run [[return table.concat(native.list("spec/recorded"), " ")]]
    local sorted = {}
    for name in names:gmatch("%S+") do sorted[#sorted + 1] = name end
    assert.is_true(#sorted > 5)
    table.sort(sorted)
    assert.equal(names, table.concat(sorted, " "))
    assert.is_nil(names:find("%.%f[%s]"))
  end)
end)
