-- Bad days of the sandbox, the subtler ones: by chance, for a time, in storms; errors
-- that look well, wrong lengths, addresses that are over, files that change; what is
-- ordered as a list. The plain kinds are in sandbox_faults_spec.lua.
local http = require "spec.support.sandbox_http"

describe("a fault", function()
  local sandbox, bd, igl, picture, address
  local BYTES = "\255\216\255" .. ("0123456789abcdef"):rep(500):sub(4)

  local function address_now()
    return http.get(sandbox, "/me/media", { access_token = igl,
      fields = "media_url" }):json().data[1].media_url
  end

  setup(function()
    sandbox = require("instagram.sandbox").start { data = "empty" }
    sandbox:control("add_user", { username = "anna", account_type = "BUSINESS" })
    picture = os.tmpname()
    local file = assert(io.open(picture, "wb"))
    file:write(BYTES)
    file:close()
    sandbox:control("add_media", { username = "anna", type = "IMAGE", file = picture })
    bd = sandbox:generate_token("anna", "basic_display")
    igl = sandbox:generate_token "anna"
    address = address_now()
  end)
  teardown(function()
    sandbox:stop()
    os.remove(picture)
  end)
  before_each(function() sandbox:control "reset" end)

  local function ask(path, token)
    return http.get(sandbox, path or "/me", { access_token = token or igl })
  end

  local function statuses(count, path)
    local list = {}
    for i = 1, count do list[i] = ask(path).status end
    return list
  end

  -- "x" for each of so many requests that was hit
  local function hits(count, path)
    return (table.concat(statuses(count, path), " "):gsub("%d+ ?", function(status)
      return status:find "^5" and "x" or "."
    end))
  end

  it("may come by chance: the same seed, the same run", function()
    local function run(seed)
      sandbox:clear_faults()
      sandbox:fault { kind = "html", probability = 0.3, seed = seed }
      return hits(200)
    end
    local first = run(7)
    local _, count = first:gsub("x", "")
    assert.is_true(count > 30 and count < 90, first)
    assert.equal(first, run(7))
    assert.not_equal(first, run(8))
    assert.not_equal(run(1), run(2))
    -- nor do small seeds begin alike
    local begins = {}
    for seed = 1, 20 do begins[run(seed):sub(1, 5)] = true end
    local kinds = 0
    for _ in pairs(begins) do kinds = kinds + 1 end
    assert.is_true(kinds > 5)
  end)

  it("by chance does not depend on other faults", function()
    sandbox:fault { kind = "html", probability = 0.4, seed = 3 }
    local alone = hits(60)
    sandbox:clear_faults()
    sandbox:fault { kind = "delay", delay = 0, probability = 0.5, seed = 99 }
    sandbox:fault { kind = "html", probability = 0.4, seed = 3 }
    local together = hits(60)
    -- what both would have met, the first one got
    for i = 1, 60 do
      if together:sub(i, i) == "x" then assert.equal("x", alone:sub(i, i)) end
    end
    assert.matches("x", together)
    -- requests that do not fit draw no lots
    sandbox:clear_faults()
    sandbox:fault { on = "/me", kind = "html", probability = 0.4, seed = 3 }
    local mixed = {}
    for i = 1, 60 do
      ask "/nothing"
      mixed[i] = hits(1)
    end
    assert.equal(alone, table.concat(mixed))
  end)

  it("always comes with probability 1, and so often as was said", function()
    sandbox:fault { kind = "html", probability = 1, times = 2, after = 1 }
    assert.equal(".xx..", hits(5))
    sandbox:fault { kind = "html", probability = 0.5, times = 3 }
    local _, count = hits(60):gsub("x", "")
    assert.equal(3, count)
  end)

  it("may last so many seconds of the clock", function()
    sandbox:fault { kind = "html", seconds = 60 }
    assert.equal("xx", hits(2))
    sandbox:advance_clock(59)
    assert.equal("x", hits(1))
    sandbox:advance_clock(1)
    assert.equal("..", hits(2))
    assert.same({}, sandbox:faults())
  end)

  it("is shown while it may still happen", function()
    local first = sandbox:fault { on = "/me", kind = "html", times = 3 }
    local second = sandbox:fault { kind = "storm", statuses = { 503 }, seconds = 9 }
    ask()
    assert.same({
      { number = first, met = 1, left = 2, on = "/me", kind = "html", times = 3 },
      { number = second, met = 0, kind = "storm", statuses = { 503 }, seconds = 9 },
    }, sandbox:faults())
    sandbox:control("clear_faults", { number = first })
    assert.equal(1, #sandbox:faults())
    assert.equal(503, ask().status)
    local ok, message = sandbox:control("clear_faults", { number = first })
    assert.is_nil(ok)
    assert.equal("there is no fault " .. first, message)
    local answer = http.control(sandbox, "faults", nil, { method = "GET" })
    assert.equal(second, answer:json().faults[1].number)
  end)

  it("of kind storm is one 5xx after the other", function()
    sandbox:fault { kind = "storm", times = 6 }
    assert.same({ 500, 502, 503, 504, 500, 502, 200 }, statuses(7))
    sandbox:fault { kind = "storm", statuses = { 500, 599 }, times = 2 }
    local answer = ask()
    assert.same({ 500, 2 }, { answer.status, answer:error().code })
    answer = ask()
    assert.equal("599 text/html; charset=utf-8", answer.status .. " "
      .. answer:header "Content-Type")
    sandbox:fault { on = "/oauth/", kind = "storm", statuses = { 500 }, times = 1 }
    assert.matches('"error_message": "An unexpected error has',
      ask("/oauth/access_token").body)
  end)

  it("of kind ok_error is an error with status 200", function()
    sandbox:fault { kind = "ok_error", times = 1 }
    local answer = ask()
    assert.equal(200, answer.status)
    assert.equal("API access deactivated. To reactivate, go to the app dashboard.",
      answer:error().message)
    assert.equal(200, http.last(sandbox).status)
    sandbox:fault { kind = "ok_error", error = "invalid_token", times = 1 }
    answer = ask()
    assert.same({ 200, 190 }, { answer.status, answer:error().code })
    sandbox:fault { on = "/oauth/", kind = "ok_error", error = "invalid_code",
      times = 1 }
    answer = ask "/oauth/access_token"
    assert.equal('200 {"error_type": "OAuthException", "code": 400, '
      .. '"error_message": "Invalid authorization code"}',
      answer.status .. " " .. answer.body)
  end)

  it("of kind throttle is a rate limit with its headers", function()
    sandbox:fault { kind = "throttle", times = 2 }
    local answer = ask("/me", bd)
    assert.same({ 403, 4 }, { answer.status, answer:error().code })
    assert.equal('{"call_count":100,"total_cputime":100,"total_time":100}',
      answer:header "X-App-Usage")
    answer = ask("/me", igl)
    assert.same({ 400, 80002 }, { answer.status, answer:error().code })
    assert.equal('{"call_volume":100,"cpu_time":100}', answer:header "X-App-Usage")
    assert.matches('"estimated_time_to_regain_access":60}',
      answer:header "X-Business-Use-Case-Usage")
    assert.equal(200, ask("/me", igl).status)
    sandbox:fault { kind = "throttle", error = "user_limit", minutes = 7, times = 1 }
    answer = ask("/me", igl)
    assert.equal(17, answer:error().code)
    assert.matches('"estimated_time_to_regain_access":7}',
      answer:header "X-Business-Use-Case-Usage")
    for name, code in pairs { page_limit = 32, custom_limit = 613 } do
      sandbox:fault { kind = "throttle", error = name, times = 1 }
      assert.equal(code, ask("/me", bd):error().code)
    end
    sandbox:fault { kind = "throttle", times = 1 }
    answer = http.get(sandbox, "/me")
    assert.same({ 403, nil }, { answer.status, answer:header "X-App-Usage" })
  end)

  it("of kind expired_media gives addresses that are over", function()
    sandbox:fault { on = "/me/media", kind = "expired_media", times = 1 }
    local old = address_now()
    assert.not_equal(address, old)
    assert.is_true(tonumber(old:match "oe=(%x+)", 16) < sandbox:now())
    local answer = http.follow(sandbox, old)
    assert.equal("403 URL signature expired", answer.status .. " " .. answer.body)
    -- the next page has good ones, as before
    assert.equal(address, address_now())
    assert.equal(200, http.follow(sandbox, address).status)
    -- of the media host it refuses good ones
    sandbox:fault { on = "/v/", kind = "expired_media", times = 1 }
    answer = http.follow(sandbox, address)
    assert.equal("403 URL signature expired", answer.status .. " " .. answer.body)
    assert.equal(200, http.follow(sandbox, address).status)
    -- and an answer that fails on the way leaves nothing behind
    sandbox:fault { kind = "expired_media", times = 1 }
    assert.equal(400, ask("/nothing").status)
    assert.equal(address, address_now())
  end)

  it("of kind changed_file is another file to who goes on with it", function()
    sandbox:fault { on = "/v/", kind = "changed_file", times = 1 }
    local before = http.follow(sandbox, address)
    assert.equal(BYTES, before.body)
    local tag = before:header "ETag"
    local answer = http.follow(sandbox, address, { Range = "bytes=100-",
      ["If-Range"] = tag })
    local other = BYTES:reverse()
    assert.equal(200, answer.status)
    assert.equal(other, answer.body)
    assert.not_equal(tag, answer:header "ETag")
    assert.not_equal(before:header "Last-Modified", answer:header "Last-Modified")
    -- it stays so: by a part, whole, and by the new tag
    for _, condition in ipairs { false, answer:header "ETag" } do
      local part = http.follow(sandbox, address, { Range = "bytes=7990-",
        ["If-Range"] = condition })
      assert.equal("206 bytes 7990-7999/8000", part.status .. " "
        .. part:header "Content-Range")
      assert.equal(other:sub(7991), part.body)
    end
    assert.equal(other, http.follow(sandbox, address).body)
    sandbox:clear_faults()
    assert.equal(BYTES, http.follow(sandbox, address).body)
  end)

  it("of kind length or slow_headers tells the host what to do", function()
    local mishaps = require "instagram.sandbox.mishaps"
    local function order(fault)
      local response = { body = ("x"):rep(40), gzip = true }
      mishaps.on_wire(fault, { request = { headers = {} }, note = function() end },
        response)
      return response.fault, response.gzip
    end
    assert.same({ length = 140 }, (order { kind = "length" }))
    assert.same({ length = 39 }, (order { kind = "length", off = -1 }))
    assert.same({ length = 0 }, (order { kind = "length", off = -100 }))
    assert.same({ length = 7 }, (order { kind = "length", bytes = 7 }))
    assert.is_nil(select(2, order { kind = "length" }))
    assert.same({ slow_headers = 100 }, (order { kind = "slow_headers" }))
    assert.is_true(select(2, order { kind = "slow_headers", rate = 5 }))
  end)

  it("of kind tls goes by host, and leaves requests alone", function()
    local faults = require("instagram.sandbox.faults").new()
    faults:add({ kind = "tls", how = "alert", on = "*.CDNinstagram.com", times = 1 }, 0)
    faults:add({ kind = "tls", how = "expired", on = "graph.instagram.com" }, 0)
    faults:add({ kind = "tls", how = "close", seconds = 10 }, 0)
    assert.is_nil(faults:take({ method = "GET", path = "/me", headers = {} }, 0))
    assert.equal("expired", faults:handshake("graph.instagram.com", 0))
    assert.equal("alert", faults:handshake("Scontent.cdninstagram.com", 0))
    assert.equal("close", faults:handshake("scontent.cdninstagram.com", 0))
    assert.equal("close", faults:handshake("", 9))
    assert.is_nil(faults:handshake("", 10))
  end)
end)
