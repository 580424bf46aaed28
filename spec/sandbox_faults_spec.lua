-- Bad days of the sandbox: each kind of fault as bytes on the wire; how often, after
-- how many, for which method and path; what is refused when one is ordered.
local http = require "spec.support.sandbox_http"
local process = require "spec.support.process"
local socket = require "socket"

describe("a fault", function()
  local sandbox, token, picture, address

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    picture = os.tmpname()
    local file = assert(io.open(picture, "wb"))
    file:write("\255\216\255", ("0123456789"):rep(1000):sub(4)) -- a JPEG, it says
    file:close()
    sandbox:control("add_media", { username = "anna", type = "IMAGE", file = picture })
    token = sandbox:generate_token "anna"
    address = http.get(sandbox, "/me/media", { access_token = token,
      fields = "media_url" }):json().data[1].media_url
  end)
  teardown(function()
    sandbox:stop()
    os.remove(picture)
  end)
  before_each(function() sandbox:control "reset" end)

  local function ask(path, spec)
    spec = spec or {}
    spec.path, spec.query = path or "/me", spec.query or { access_token = token,
      fields = "id,username" }
    return http.request(sandbox, spec)
  end

  -- A connection on which /me was asked for.
  local function open()
    local client = assert(socket.connect("127.0.0.1", sandbox.url:match "%d+$"))
    client:settimeout(30)
    client:send("GET /me?access_token=" .. token .. " HTTP/1.1\r\nHost: x\r\n\r\n")
    return client
  end

  local function fault(spec)
    spec.on = spec.on or "/me"
    sandbox:fault(spec)
  end

  it("of kind delay answers late, and well", function()
    fault { kind = "delay", delay = 0.15, times = 1 }
    local start = socket.gettime()
    assert.equal(200, ask().status)
    assert.is_true(socket.gettime() - start >= 0.149)
    assert.equal("delay", http.last(sandbox).fault)
    ask()
    assert.is_nil(http.last(sandbox).fault)
  end)

  it("of kind delay holds nobody else up", function()
    fault { kind = "delay", delay = 600, times = 1 }
    local client = open()
    process.wait_until("it was asked", 30, function()
      return #sandbox:requests() > 0
    end)
    assert.equal(200, ask().status)
    client:settimeout(0)
    assert.equal("timeout", select(2, client:receive "*l"))
    client:close()
    fault { kind = "delay", delay = 0.2, times = 1 }
    client = open()
    assert.equal("HTTP/1.1 200 OK", client:receive "*l")
    client:close()
  end)

  it("of kind status is an error of the host it is asked of", function()
    fault { kind = "status", times = 1 }
    local answer = ask()
    assert.equal(500, answer.status)
    assert.equal("An unexpected error has occurred. Please retry your request later.",
      answer:error().message)
    assert.is_true(answer:error().is_transient)
    assert.equal("fault", http.last(sandbox).reason)
    fault { kind = "status", status = 503, times = 1 }
    assert.equal(503, ask().status)
    fault { kind = "status", error = "app_limit", times = 1 }
    answer = ask()
    assert.same({ 403, 4 }, { answer.status, answer:error().code })
    fault { kind = "status", status = 200, error = "unknown_path", times = 1 }
    answer = ask()
    assert.same({ 200, 2500 }, { answer.status, answer:error().code })
    fault { kind = "status", on = "/oauth/", times = 2 }
    for _, path in ipairs { "/oauth/access_token", "/oauth/authorize" } do
      assert.matches('^{"error_type": "OAuthException", "code": 500, ', ask(path).body)
    end
    fault { kind = "status", on = "/v/", status = 500, times = 1 }
    answer = http.follow(sandbox, address)
    assert.equal("500 text/plain", answer.status .. " " .. answer:header "Content-Type")
  end)

  it("of kind status may have any body", function()
    fault { kind = "status", status = 418, body = "tea", type = "text/tea", times = 1 }
    local answer = ask()
    assert.equal("418 tea text/tea", answer.status .. " " .. answer.body .. " "
      .. answer:header "Content-Type")
    fault { kind = "status", body = "", times = 1 }
    answer = ask()
    assert.equal("500 ", answer.status .. " " .. answer.body)
  end)

  it("of kind status fills the words of every error", function()
    local errors = require "instagram.sandbox.errors"
    for _, group in ipairs { "graph", "flat", "window" } do
      for name in pairs(errors[group]) do
        fault { kind = "status", error = name, times = 1 }
        local answer = ask()
        assert.is_true(answer.status >= 200, name)
        assert.is_nil(answer.body:find("%", 1, true), name)
      end
    end
  end)

  it("of kind garbage, html, empty is no JSON", function()
    fault { kind = "garbage", times = 1 }
    local answer = ask()
    assert.equal("200 application/json; charset=UTF-8", answer.status .. " "
      .. answer:header "Content-Type")
    assert.has_error(function() answer:json() end)
    fault { kind = "html", times = 1 }
    answer = ask()
    assert.equal("502 text/html; charset=utf-8", answer.status .. " "
      .. answer:header "Content-Type")
    assert.matches("^<!DOCTYPE html>", answer.body)
    fault { kind = "empty", times = 1 }
    answer = ask()
    assert.equal("200 ", answer.status .. " " .. answer.body)
    for _, kind in ipairs { "garbage", "html", "empty" } do
      fault { kind = kind, status = 504, times = 1 }
      assert.equal(504, ask().status)
    end
  end)

  it("of kind truncate promises more than it sends", function()
    local whole = ask()
    for _, spec in ipairs { { kind = "truncate" }, { kind = "truncate", bytes = 7 },
      { kind = "truncate", bytes = 0 } } do
      spec.times = 1
      fault(spec)
      local answer = ask(nil, { headers = { ["Accept-Encoding"] = "gzip" } })
      assert.equal(200, answer.status)
      assert.equal(#whole.body, tonumber(answer:header "Content-Length"))
      assert.equal("closed", answer.cut)
      local bytes = spec.bytes or math.floor(#whole.body / 2)
      assert.equal(whole.body:sub(1, bytes), answer.body)
    end
  end)

  it("of kind truncate cuts files in the half that is left", function()
    fault { kind = "truncate", on = "/v/", times = 2 }
    local answer = http.follow(sandbox, address)
    assert.equal("200 10000", answer.status .. " " .. answer:header "Content-Length")
    assert.equal(5000, #answer.body)
    answer = http.follow(sandbox, address, { Range = "bytes=5000-" })
    assert.equal("206 5000", answer.status .. " " .. answer:header "Content-Length")
    assert.equal(2500, #answer.body)
    assert.equal("closed", answer.cut)
    assert.equal(10000, #http.follow(sandbox, address).body)
  end)

  it("of kind reset tears the connection, before or inside the body", function()
    fault { kind = "reset", times = 1 }
    local answer = ask()
    assert.is_nil(answer)
    fault { kind = "reset", bytes = 5, times = 1 }
    answer = ask()
    if answer then -- what was on the way may be thrown away with the connection
      assert.is_string(answer.cut)
      assert.is_true(#answer.body <= 5)
    end
    assert.equal(200, ask().status)
  end)

  it("of kind stall sends so much and then nothing", function()
    for _, bytes in ipairs { 0, 10 } do
      fault { kind = "stall", bytes = bytes, times = 1 }
      local client = open()
      assert.equal("HTTP/1.1 200 OK", client:receive "*l")
      repeat until client:receive "*l" == ""
      if bytes > 0 then assert.is_string(client:receive(bytes)) end
      client:settimeout(0.2)
      assert.equal("timeout", select(2, client:receive(1)))
      client:close()
    end
  end)

  it("comes when the body has fewer bytes than ordered, and says so", function()
    local size = #ask().body
    local function noted(spec, ask_too)
      spec.times = 1
      fault(spec)
      local answer = (ask_too or ask)()
      return answer, (http.last(sandbox).notes or {})[1]
    end
    local has = (": the body has %d bytes: "):format(size)
    for _, bytes in ipairs { size, 1e6 } do
      local answer, note = noted { kind = "reset", bytes = bytes }
      assert.is_true(not answer or answer.cut ~= nil and #answer.body < size)
      assert.equal("reset" .. has .. "the reset came before the last of them", note)
      answer, note = noted({ kind = "stall", bytes = bytes }, function()
        return ask(nil, { timeout = 0.2 })
      end)
      assert.same({ "timeout", size - 1 }, { answer.cut, #answer.body })
      assert.equal("stall" .. has .. "the last of them was kept back", note)
      answer, note = noted { kind = "truncate", bytes = bytes }
      assert.equal(size, #answer.body)
      assert.equal("truncate" .. has .. "nothing was cut", note)
    end
    local _, note = noted { kind = "length", bytes = size }
    assert.equal("length" .. has .. "that was announced", note)
    _, note = noted({ kind = "reset", bytes = 5 }, function()
      return ask(nil, { method = "HEAD" })
    end)
    assert.equal("reset: the body has 0 bytes: the reset came in their place", note)
    _, note = noted({ kind = "truncate", bytes = 10, on = "/v/" }, function()
      return http.follow(sandbox, address, { Range = "bytes=5-12" })
    end)
    assert.equal("truncate: the body has 8 bytes: nothing was cut", note)
    for _, spec in ipairs { { kind = "truncate", bytes = size - 1 },
      { kind = "length", off = -1 }, { kind = "reset", bytes = 3 } } do
      _, note = noted(spec)
      assert.is_nil(note)
    end
  end)

  it("of kind slow drips", function()
    fault { kind = "slow", on = "/v/", rate = 40000, times = 1 }
    local start = socket.gettime()
    assert.equal(10000, #http.follow(sandbox, address).body)
    assert.is_true(socket.gettime() - start > 0.15)
  end)

  it("befalls so many requests, after so many", function()
    fault { kind = "status", times = 2, after = 3 }
    local seen = {}
    for i = 1, 7 do seen[i] = ask().status end
    assert.same({ 200, 200, 200, 500, 500, 200, 200 }, seen)
    fault { kind = "status" }
    for _ = 1, 5 do assert.equal(500, ask().status) end
    sandbox:clear_faults()
    assert.equal(200, ask().status)
  end)

  it("goes by method", function()
    fault { kind = "status", status = 599, method = "post" }
    assert.equal(200, ask().status)
    assert.equal(599, ask("/me", { method = "POST" }).status)
    assert.equal(400, ask("/me", { method = "DELETE" }).status)
  end)

  it("goes by the beginning of the path, with or without its version", function()
    local function met(on, path)
      sandbox:clear_faults()
      sandbox:fault { on = on, kind = "status", status = 599 }
      return ask(path).status == 599
    end
    assert.is_true(met("/me", "/me"))
    assert.is_true(met("/me", "/me/media"))
    assert.is_true(met("/me/media", "/v18.0/me/media"))
    assert.is_true(met("/v18.0/me", "/v18.0/me/media"))
    assert.is_false(met("/v18.0/me", "/me/media"))
    assert.is_false(met("/me/media", "/me"))
    assert.is_false(met("/media", "/me/media"))
    assert.is_true(met(nil, "/oauth/authorize"))
    assert.is_true(met("/", "/17841400000000000"))
  end)

  it("goes by globs", function()
    local function met(on, path)
      sandbox:clear_faults()
      sandbox:fault { on = on, kind = "status", status = 599 }
      return ask(path).status == 599
    end
    assert.is_true(met("*/media", "/me/media"))
    assert.is_true(met("*/media", "/v18.0/17841400000000000/media"))
    assert.is_false(met("*/media", "/me/media/"))
    assert.is_true(met("/*/children", "/178/children"))
    assert.is_true(met("/v*.jpg", "/v/t51.2885-15/a.jpg"))
    assert.is_false(met("/v*.jpg", "/v/t51.2885-15/axjpg"))
    assert.is_true(met("/me*", "/me"))
    assert.is_true(met("****", "/x"))
    assert.is_false(met("/(me)*", "/me"))
  end)

  it("is the first that fits", function()
    fault { on = "/me/media", kind = "status", status = 591, times = 1 }
    fault { on = "/me", kind = "status", status = 592, times = 1 }
    assert.equal(592, ask("/me").status)
    assert.equal(591, ask("/me/media").status)
    fault { on = "/me", kind = "status", status = 593, after = 1, times = 1 }
    fault { on = "/me", kind = "status", status = 594, times = 1 }
    assert.equal(594, ask("/me").status) -- the first one is counting still
    assert.equal(593, ask("/me").status)
  end)

  it("does not befall the control calls", function()
    sandbox:fault { kind = "status" }
    assert.equal(200, http.control(sandbox, "now").status)
    assert.is_number(sandbox:now())
  end)

  it("is refused by name when it makes no sense", function()
    for message, spec in pairs {
      ["fault kind must be one of: changed_file, delay, empty, expired_media, garbage, "
        .. "html, length, ok_error, reset, slow, slow_headers, stall, status, storm, "
        .. "throttle, tls, truncate"] = { on = "/me" },
      ["'probability' must be a number above 0, at most 1"] = { kind = "reset",
        probability = 0 },
      ["'seed' must be a whole number"] = { kind = "reset", probability = 1,
        seed = 0.5 },
      ["seed is for a probability"] = { kind = "reset", seed = 5 },
      ["'seconds' must be a number above 0"] = { kind = "reset", seconds = 0 },
      ["bytes or off, not both"] = { kind = "length", bytes = 1, off = 1 },
      ["off must not be 0"] = { kind = "length", off = 0 },
      ["how must be one of: alert, close, expired, garbage, stall, untrusted, "
        .. "wrong_host"] = { kind = "tls", how = "rust" },
      ["has no 'method'"] = { kind = "tls", how = "close", method = "GET" },
      ["statuses must not be empty"] = { kind = "storm", statuses = {} },
      ["statuses must be a list of HTTP statuses from 500 to 599"] = { kind = "storm",
        statuses = { 500, 404 } },
      ["must be one of"] = { kind = "earthquake" },
      ["has no 'of'"] = { kind = "status", of = "/me" },
      ["has no 'delay'"] = { kind = "status", delay = 1 },
      ["delay is missing"] = { kind = "delay" },
      ["'delay' must be seconds, 0 or more"] = { kind = "delay", delay = -1 },
      ["'delay' must be seconds"] = { kind = "delay", delay = "1" },
      ["'status' must be an HTTP status from 200 to 599"] = { kind = "html",
        status = 99 },
      ["'status' must be an HTTP status"] = { kind = "status", status = 1000 },
      ["no error named 'no_such'"] = { kind = "status", error = "no_such" },
      ["'times' must be a whole number"] = { kind = "reset", times = 1.5 },
      ["times must be 1 or more"] = { kind = "reset", times = 0 },
      ["on must begin with '/' or '*'"] = { kind = "reset", on = "me" },
      ["'after' must be a whole number, 0 or more"] = { kind = "reset", after = -1 },
      ["'rate' must be a number above 0"] = { kind = "slow", rate = 0 },
      ["'bytes' must be a whole number"] = { kind = "stall", bytes = -1 },
      ["'on' must be a string"] = { kind = "reset", on = 5 },
      ["type is no header value"] = { kind = "status", body = "", type = "a\r\nB: c" },
    } do
      local ok, problem = pcall(sandbox.fault, sandbox, spec)
      assert.is_false(ok)
      assert.matches(message, problem, 1, true)
    end
    assert.equal(200, ask().status)
  end)
end)
