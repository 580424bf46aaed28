-- The sandbox's host in C: response table, rules that fail, files and their ranges. The
-- rules are pieces of Lua given by each test.
local bare = require "spec.support.bare_host"

local write, serve, connect, receive, get, command =
bare.write, bare.serve, bare.connect, bare.receive, bare.get, bare.command

after_each(bare.stop_all)
teardown(bare.clean_up)

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
    local unpacked = command("gzip -dc " .. write(bare.stem .. ".gz", answer.body))
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
  local path = bare.stem .. ".bin"
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
