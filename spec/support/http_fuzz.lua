--- Bad input for an HTTP server: hostile texts, and requests whose bytes are wrong in
--- many ways. One seed gives the same input. Knows HTTP, nothing of the sandbox.
local fuzz = {}

-- --- chance -----------------------------------------------------------------------

--- A generator: `draw(n)` is 1 to n, `draw(list)` one of a list. The same numbers on
--- every Lua (Lehmer's multiplier: products stay below 2^53).
function fuzz.generator(seed)
  local state = seed * 7919 % 2147483646 + 1
  return function(what)
    state = state * 48271 % 2147483647
    if type(what) == "table" then return what[state % #what + 1] end
    return state % what + 1
  end
end

-- --- hostile texts ----------------------------------------------------------------

-- On a page each of these would stand there as it is, were it not escaped.
fuzz.marks = { "q<z", 'q"z', "<script", "onqz=\"" }

fuzz.texts = {
  "q<z><script>qz()</script>", 'q"z onqz="qz()" x="', "q<z'q\"z</title></style></a>",
  "'; DROP TABLE users; --", "' OR '1'='1", "x') UNION SELECT token FROM tokens --",
  "%' ESCAPE '", "\\' OR 1=1 --", "q<z<img src=x onerror=qz()>",
  "x\r\nX-Injected: q<z", "x\nX-Injected: 1", "x\r\n\r\nq<z<script>",
  "%0d%0aX-Injected:1",
  "javascript:qz()//q\"z", "{{7*7}}${7*7}<%= 7 %>", "../../../../etc/passwd",
  "..%2f..%2f",
  "\0", "a\0b", "\1\2\27\127", "\255\254", "\195\40", "\237\160\128",
  "\244\144\128\128",
  "\226\128\174olleh", "\239\191\191", "", " ", "\t", ".", "..", "/", "//", "*", "%",
  "%%",
  "%s%n%99999d", "%00", "%zz", "%u0041", "0", "-1", "1e999", "nan", "NaN", "inf",
  "-0", "0x10", "9223372036854775808", "99999999999999999999", "1.5", "2147483648",
  "true", "null", "[]", "{}", "[object Object]", "&", "=", "&&==", "a=b&c", ";", ",",
  ",,,,", "id,id,id", "id,", "children{", "children{children{children{id}}}", "media{",
  "media.limit(", "media.limit(-1){id}", "id{id}", "{}{}", "}", "(((", "#_", "?",
  "a?b#c",
  "http://127.0.0.1:9/\"q\"z>", "http://q<z",
  "https://localhost/auth/\r\nX-Injected: 1",
  "javascript:alert(1)", "data:text/html,q<z", "//127.0.0.1:9/", "http://[::1", "http:",
}

--- A hostile text: one of the list, or a long or mixed one.
function fuzz.text(draw)
  local kind = draw(12)
  if kind == 1 then return ("A"):rep(draw { 100, 5000, 70000 }) end
  if kind == 2 then return draw(fuzz.texts) .. draw(fuzz.texts) end
  if kind == 3 then return ("%"):rep(draw(300)) .. draw(fuzz.texts) end
  if kind == 4 then
    local bytes = {}
    for i = 1, draw(40) do bytes[i] = string.char(draw(256) - 1) end
    return table.concat(bytes)
  end
  return draw(fuzz.texts)
end

--- A hostile value for JSON: a text, a number, another type, something deep.
function fuzz.value(draw)
  local kind = draw(10)
  if kind == 1 then return draw { 0, -1, 1.5, 2 ^ 53, -2 ^ 63, 1e300, 4294967296 } end
  if kind == 2 then return draw { true, false } end
  if kind == 3 then return draw { {}, { "a" }, { a = "b" }, { { {} } } } end
  if kind == 4 then return { fuzz.text(draw), fuzz.text(draw) } end
  return fuzz.text(draw)
end

--- Percent-encoded: wholly, hardly, or only what would end the request line.
function fuzz.encode(draw, text)
  local pattern = draw { "[^%w]", "[^%w]", "[%z\1-\32\127-\255#&?]" }
  return (text:gsub(pattern, function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

--- "a=..&b=.." of a list of {name, value}.
function fuzz.query(draw, pairs_list)
  local out = {}
  for i, pair in ipairs(pairs_list) do
    out[i] = fuzz.encode(draw, pair[1]) .. "=" .. fuzz.encode(draw, pair[2])
  end
  return table.concat(out, "&")
end

-- --- requests ---------------------------------------------------------------------

local methods = { "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "PATCH",
  "OPTIONS", "TRACE", "CONNECT", "get", "GETT", "X", "PROPFIND", "G\0T", "M-SEARCH",
  ("A"):rep(3000), "" }

local versions = { "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9",
  "HTTP/2.0", "HTTP/9.9", "HTTP/1.", "http/1.1", "HTTP", "", "HTTP/1.1 x",
  "HTTP/4294967297.1" }

local ends = { "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\n\r", "\r\r\n" }

local header_names = { "Host", "Cookie", "Authorization", "Origin", "Referer", "Range",
  "If-None-Match", "If-Modified-Since", "If-Range", "Accept-Encoding", "User-Agent",
  "X-Sandbox-User", "Expect", "Upgrade", "Connection", "Content-Type", "Forwarded",
  "X-Forwarded-Host", "Accept-Language", "Content-Encoding", "TE" }

local header_values = { "bytes=0-", "bytes=5-2", "bytes=-0",
  "bytes=-99999999999999999999",
  "bytes=0-0,1-1", "bytes=99999999999999999999-", "bytes=a-b", '"', '"x", W/"y", *',
  "gzip;q=0", "gzip;q=9;;", "gzip, deflate, br, *;q=\"", "100-continue", "h2c",
  "close, keep-alive", "upgrade", "Bearer", "Bearer ", "bearer  x y", "Basic q<z",
  "sandbox_login=; sandbox_login=x", "sandbox_login=\"q<z\"", "q<z:80", "[::1]:x",
  "a:b:c",
  "graph.instagram.com", "api.instagram.com:99999", "x.cdninstagram.com", "localhost:0",
  "text/html; charset=\"", "multipart/form-data", "multipart/form-data; boundary=",
  "application/x-www-form-urlencoded; charset=utf-7", "application/json" }

local function some_headers(draw, lines)
  for _ = 1, draw(4) - 1 do
    local value = draw(2) == 1 and draw(header_values)
      or (fuzz.text(draw):gsub("[%z\r\n]", " "))
    lines[#lines + 1] = draw(header_names) .. ": " .. value
  end
end

--- A request line and headers, the body's own among them; well-formed but for what
--- `wrong` says.
function fuzz.head(draw, method, target, extra)
  local lines = { method .. " " .. target .. " HTTP/1.1", "Host: 127.0.0.1" }
  some_headers(draw, lines)
  for _, line in ipairs(extra or {}) do lines[#lines + 1] = line end
  lines[#lines + 1] = "Connection: close"
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

-- --- bodies -----------------------------------------------------------------------

local function with_length(draw, head, body, kind)
  return fuzz.head(draw, head[1], head[2], { "Content-Type: " .. kind,
    "Content-Length: " .. #body }) .. body
end

local function urlencoded(draw, head, fields)
  local body = fuzz.query(draw, fields)
  if draw(6) == 1 then body = body .. draw { "&", "=", "&=&", "%", "&a=%", "\0",
    "+" } end
  return with_length(draw, head, body, "application/x-www-form-urlencoded")
end

local function part(draw, boundary, pair)
  local line = draw(5) == 1 and "\n" or "\r\n"
  local name = draw(4) == 1 and pair[1] or '"' .. pair[1] .. '"'
  local more = draw { "", "", "; filename=\"q<z\"", "; filename*=utf-8''%00", ";;;",
    "; name=twice" }
  return "--" .. boundary .. line .. "Content-Disposition: form-data; name=" .. name
    .. more .. line .. draw { "", "", "Content-Type: \0" .. line, ":" .. line,
      ("X: y" .. line):rep(50) } .. line .. pair[2] .. line
end

local function multipart(draw, head, fields)
  local boundary = draw { "b", "--", ("x"):rep(70), ("y"):rep(5000), "q\"z", " ", "" }
  local parts = {}
  for i, pair in ipairs(fields) do parts[i] = part(draw, boundary, pair) end
  local body = table.concat(parts) .. draw { "--" .. boundary .. "--\r\n", "",
    "--" .. boundary, "--" .. boundary .. "--" .. ("z"):rep(1000), "\r\n\r\n--" }
  local kind = "multipart/form-data; boundary=" .. draw { boundary, '"' .. boundary
    .. '"',
    boundary .. "x", '"' .. boundary, boundary .. "; boundary=other", "" }
  return with_length(draw, head, body, kind)
end

local chunk_sizes = { "0", "5", "-1", "ffffffffffffffff", "10000000000000000", "g", "",
  " 5", "5 ", "5;ext=\"q<z", "5\n", "0x5", "+5", ("0"):rep(5000) .. "5" }

local function chunked(draw, head, fields)
  local body = fuzz.query(draw, fields)
  local out = {}
  for i = 1, draw(4) do
    out[i] = draw(2) == 1 and ("%x\r\n%s\r\n"):format(#body, body)
      or draw(chunk_sizes) .. "\r\nabcde" .. draw { "\r\n", "", "\n" }
  end
  out[#out + 1] = draw { "0\r\n\r\n", "0\r\nX-Injected: 1\r\n\r\n", "0\r\n", "" }
  return fuzz.head(draw, head[1], head[2], {
    "Content-Type: application/x-www-form-urlencoded",
    "Transfer-Encoding: " .. draw { "chunked", "chunked", "Chunked",
    "chunked, identity",
      "identity", "xchunked", "\11chunked" } }) .. table.concat(out)
end

local lengths = { "-1", "+5", "0x5", "5, 5", "5, 6", "18446744073709551616",
  "99999999999",
  "", " ", "five", "5\0", "1e1", ("9"):rep(4000), "5 5", "4294967301" }

local function wrong_length(draw, head, fields)
  local extra = { "Content-Length: " .. draw(lengths) }
  if draw(3) == 1 then extra[2] = "Content-Length: " .. draw(9) end
  if draw(4) == 1 then extra[#extra + 1] = "Transfer-Encoding: chunked" end
  return fuzz.head(draw, head[1], head[2], extra) .. fuzz.query(draw, fields)
end

local function json(draw, head, fields)
  local body = draw { '{"a":', "{", "[", "nul", '"\\ud800"', "1e999", '{"a":1,"a":2}',
    ("["):rep(3000), '{"' .. (fields[1] or { "x" })[1]:gsub("%c", "") .. '":[[[]]]}',
    "\239\187\191{}", "{}\0", "\255", '{"a":"\\u0000"}', "  " }
  return with_length(draw, head, body, "application/json")
end

local bodies = { urlencoded, urlencoded, urlencoded, multipart, multipart, chunked,
  wrong_length, json }

--- The bytes of a request that carries fields in its query or its body.
---@param fields table  list of {name, value}
function fuzz.request(draw, method, path, fields)
  if method == "GET" or method == "HEAD" then
    return fuzz.head(draw, method, path .. "?" .. fuzz.query(draw, fields))
  end
  return draw(bodies)(draw, { method, path }, fields)
end

--- A plain form, sent as a browser would: the fields alone are hostile.
function fuzz.form(path, fields, headers)
  local out = {}
  for i, pair in ipairs(fields) do
    out[i] = (pair[1] .. "=" .. pair[2]:gsub("[^%w]", function(char)
      return ("%%%02X"):format(char:byte())
    end))
  end
  local body = table.concat(out, "&")
  local extra = { "Content-Type: application/x-www-form-urlencoded",
    "Content-Length: " .. #body }
  for _, line in ipairs(headers or {}) do extra[#extra + 1] = line end
  local head = { "POST " .. path .. " HTTP/1.1", "Host: 127.0.0.1",
    "Connection: close" }
  for _, line in ipairs(extra) do head[#head + 1] = line end
  return table.concat(head, "\r\n") .. "\r\n\r\n" .. body
end

-- --- bytes that are hardly HTTP ----------------------------------------------------

local broken = {}

-- Every part of the head drawn for itself.
broken[1] = function(draw, paths)
  local lines = { draw(methods) .. draw { " ", " ", "  ", "\t", "" } .. draw(paths)
    .. draw { "", "?", "?" .. fuzz.encode(draw, fuzz.text(draw)) }
    .. draw { " ", " ", "\t", "" } .. draw(versions) }
  for _ = 1, draw(4) do
    lines[#lines + 1] = draw { "Host: x", "Host:", ":", "x", "X : y", " folded",
      "\0: \0",
      "X: " .. fuzz.text(draw), ("N"):rep(9000) .. ": v", "Connection: close",
      "Content-Length: " .. draw(lengths) }
  end
  local line = draw(ends)
  return table.concat(lines, line) .. line .. line
end

-- Too much of it.
broken[2] = function(draw, paths)
  return "GET " .. draw(paths) .. draw { "?" .. ("a"):rep(draw { 4000, 40000, 200000 }),
    ("/x"):rep(20000), "?" .. ("a=b&"):rep(5000), "?" .. ("%41"):rep(8000) }
    .. " HTTP/1.1\r\nHost: x\r\n" .. ("X: y\r\n"):rep(draw { 1, 1000 })
    .. "Connection: close\r\n\r\n"
end

-- Several at once, the last one perhaps not whole.
broken[3] = function(draw, paths)
  local out = {}
  for i = 1, draw(8) do
    out[i] = "GET " .. draw(paths) .. " HTTP/1.1\r\nHost: x\r\n\r\n"
  end
  local last = "POST " .. draw(paths)
    .. " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
  out[#out + 1] = draw { "", last, last .. "\r\nabc", last:sub(1, draw(#last)) }
  return table.concat(out)
end

-- Other protocols.
broken[4] = function(draw)
  return draw { "\22\3\1\2\0\1\0\1\252\3\3" .. ("\0"):rep(500), "\22\3\1\255\255",
    "\22",
    "\128\46\1\0\2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\5\1\0",
    "\4\1\0\80\127\0\0\1\0",
    "EHLO x\r\n", "\0\0\0\0", "\r\n\r\n\r\n", ("\255"):rep(3000),
    "CONNECT / HTTP/1.1\r\n\r\n",
    "CONNECT q<z:443 HTTP/1.1\r\n\r\n",
    "CONNECT graph.instagram.com:1 HTTP/1.1\r\n\r\n",
    "CONNECT graph.instagram.com:443 HTTP/1.1\r\nHost: x\r\n\r\nnot TLS at all\r\n\r\n",
    "CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n", "CONNECT " .. ("a"):rep(70000) }
end

-- Addresses in other forms.
broken[5] = function(draw, paths)
  return draw { "GET", "POST" } .. " " .. draw { "*", "http://q<z" .. draw(paths),
    "\\x",
    "http://127.0.0.1:9" .. draw(paths), "?", "#", "//" .. draw(paths), "/\0",
    "/%00/me",
    "/../../etc/passwd", "/v/%2e%2e/%2e%2e/etc/passwd", "/v99999999999999999999.0/me",
    "/v1.0/v1.0/me", "/me/media/children/media", "/1" .. ("0"):rep(400), "/;x", "/.",
    "ftp://x/", "x", "/oauth/authorize/../authorize", "/\255\254", draw(paths)
    .. "/////" }
    .. " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
end

local function sized(count, bytes) -- the length in so many bytes before them
  local head, size = "", #bytes
  for _ = 1, count do
    head = string.char(size % 256) .. head
    size = math.floor(size / 256)
  end
  return head .. bytes
end

local function extension(kind, bytes) return "\0" .. kind .. sized(2, bytes) end

local function client_hello(name)
  local extensions = extension("\0", sized(2, "\0" .. sized(2, name)))
    .. extension("\10", sized(2, "\0\29\0\23")) .. extension("\11", "\1\0")
    .. extension("\13", sized(2, "\4\3\4\1\8\4"))
    .. extension("\16", sized(2, sized(1, "http/1.1")))
  local hello = "\3\3" .. ("r"):rep(32) .. sized(1, ("s"):rep(32))
    .. sized(2, "\192\43\192\47\0\255") .. "\1\0" .. sized(2, extensions)
  return "\1" .. sized(3, hello)
end

-- A ClientHello with a few bytes changed, in one record or cut into several.
broken[6] = function(draw)
  local bytes = client_hello(draw { "graph.instagram.com", "", "q<z", ("a"):rep(300),
    "x\0y", "127.0.0.1" })
  for _ = 1, draw(5) - 1 do
    local at = draw(#bytes)
    bytes = bytes:sub(1, at - 1) .. string.char(draw(256) - 1) .. bytes:sub(at + 1)
  end
  local out, size = {}, draw { 1, 7, 100, 16384, 16384, 16384 }
  for at = 1, #bytes, size do
    out[#out + 1] = "\22\3\1" .. sized(2, bytes:sub(at, at + size - 1))
  end
  local all = table.concat(out)
  return draw(4) == 1 and all:sub(1, draw(#all)) or all
end

--- Bytes that are hardly HTTP, made around some paths.
function fuzz.broken(draw, paths)
  return broken[draw(#broken)](draw, paths)
end

return fuzz
