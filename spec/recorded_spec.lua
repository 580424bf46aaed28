-- Plays every recorded answer of Instagram (spec/recorded, see SOURCES.md there) from a
-- socket to the client, status line, headers and body as they were, and checks exactly
-- what comes out. lua-cjson is the second opinion on the bodies.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local core = require "instagram.core"
local instagram = require "instagram"
local source = require "spec.support.source"
local wire = require "spec.support.wire"

local NOW = 1600000000
local SHORT, LONG = "IGQVJshort" .. ("s"):rep(161), "IGQVJlong" .. ("l"):rep(135)

local function read(name)
  local text = source.read("spec/recorded/" .. name .. ".json")
  return cjson.decode(text), text
end

-- Decoded JSON without its nulls.
local function plain(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for name, each in pairs(value) do
    if each ~= cjson.null then copy[name] = plain(each) end
  end
  return copy
end

-- The bytes as they were sent. The recording projects put other tokens into some
-- bodies, which has made Content-Length a lie; it is the one header that is not as
-- recorded.
local function bytes(response)
  local headers = {}
  for name, value in pairs(type(response.headers) == "table" and response.headers or {})
  do
    for _, each in ipairs(type(value) == "table" and value or { value }) do
      if name ~= "Content-Length" then headers[#headers + 1] = { name, each } end
    end
  end
  return wire.answer {
    status = response.status ~= cjson.null and response.status or 400,
    type = #headers == 0 and "application/json; charset=UTF-8" or false,
    headers = headers,
    body = response.body_raw or cjson.encode(response.body),
  }
end

describe("recorded:", function()
  local server, app, token

  setup(function() server = wire.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    app = calls.app(server)
    core.set_clock(app, function() return NOW end)
    token = app:token { secret = LONG, kind = "long", obtained_at = NOW - 2 * 86400,
      expires_at = NOW + 10 * 86400 }
  end)
  after_each(function()
    app:close()
    core.engine():close()
  end)

  local function play(response)
    server:serve { { "routes", { ["else"] = { { "send", bytes(response) } } } } }
  end

  local function get(response, path)
    play(response)
    return calls.finish(app:get(token, path or "/me"))
  end

  local function fails(expected, result, message, err)
    assert.is_nil(result)
    assert.is_string(message)
    for name, value in pairs(expected) do assert.equal(value, err[name], name) end
    return err
  end

  -- --- tokens ------------------------------------------------------------------------

  it("bd_token_short_ok: a code becomes a short-lived token", function()
    play(read("bd_token_short_ok").response)
    local short = assert(calls.finish(app:exchange_code "AQcode"))
    assert.equal("mock_short_lived_token", short:reveal())
    assert.equal("1234567", short:user_id())
    assert.equal("short", short:kind())
    assert.equal(NOW, short:obtained_at())
    assert.is_true(short:expires_at() >= NOW + 3600)
    assert.is_nil(short:permissions())
    local request = server:requests()[1]
    assert.equal("POST", request.method)
    assert.equal("/oauth/access_token", request.target)
    assert.equal("application/x-www-form-urlencoded", request.headers["content-type"])
  end)

  it("bd_token_and_me_ids_differ: 17 digits stay as they are", function()
    local both, text = read "bd_token_and_me_ids_differ"
    -- cjson has spoiled the number; as it stands in the file:
    local id = text:match '"user_id": (%d+)'
    assert.equal("17841403401953170", id)
    play { status = 200, body_raw = ('{"access_token": "%s", "user_id": %s}'):format(
      SHORT, id) }
    local short = assert(calls.finish(app:exchange_code "AQcode"))
    assert.equal("17841403401953170", short:user_id())
    assert.equal(171, #short:reveal())
    local me = assert(get { status = 200, body = both.me_response })
    assert.same(both.me_response, me)
    assert.equal("4242566562536072", me.id)
  end)

  it("igl_token_short_numeric_id_array_permissions", function()
    local answer = read "igl_token_short_numeric_id_array_permissions"
    app:close()
    app = calls.app(server, { flavour = "instagram_login" })
    play(answer.response)
    local short = assert(calls.finish(app:exchange_code "AQcode"))
    assert.equal("27640875392278831", short:user_id())
    assert.equal("IGAA...", short:reveal())
    assert.same({ "instagram_business_basic" }, short:permissions())
  end)

  it("bd_token_short_invalid_code", function()
    play(read("bd_token_short_invalid_code").response)
    fails({ kind = "exchange", status = 400, message = "Invalid authorization code",
      type = "OAuthException", attempts = 1, retryable = false },
      calls.finish(app:exchange_code "AQcode"))
  end)

  it("bd_token_long_ok: a short-lived token becomes a long-lived one", function()
    local short = app:token { secret = SHORT, kind = "short", user_id = "1234567",
      permissions = { "user_profile", "user_media" } }
    play(read("bd_token_long_ok").response)
    local long = assert(calls.finish(app:exchange_token(short)))
    assert.equal("mock_long_lived_token", long:reveal())
    assert.equal("long", long:kind())
    assert.equal(NOW + 5184000, long:expires_at())
    assert.equal("1234567", long:user_id())
    assert.same({ "user_profile", "user_media" }, long:permissions())
    assert.equal(SHORT, short:reveal())
    assert.equal("/access_token?grant_type=ig_exchange_token&client_secret=" ..
      calls.SECRET .. "&access_token=" .. SHORT, server:requests()[1].target)
  end)

  it("bd_token_lengths: exchanged and refreshed tokens", function()
    local lengths = read "bd_token_lengths"
    local function answer(facts, letter)
      local count = tonumber(facts.access_token:match "x%*(%d+)")
      play { status = 200, body_raw = ('{"access_token":"%s","token_type":"bearer",' ..
        '"expires_in":%d}'):format(letter:rep(count), facts.expires_in) }
    end
    answer(lengths.exchange_ok, "e")
    local long = assert(calls.finish(app:exchange_token(app:token { secret = SHORT })))
    assert.equal(("e"):rep(141), long:reveal())
    answer(lengths.refresh_ok, "r")
    assert.equal(token, (calls.finish(app:refresh_token(token))))
    assert.equal(("r"):rep(144), token:reveal())
    assert.equal(NOW + 5183828, token:expires_at())
    assert.is_true(token:extended())
  end)

  it("bd_token_long_invalid_token, bd_token_refresh_invalid_token", function()
    local expected = { kind = "token", status = 400, code = 190, attempts = 1,
      message = "Invalid OAuth access token.", type = "OAuthException" }
    local answer = read("bd_token_long_invalid_token").response
    expected.trace_id = answer.headers["X-Fb-Request-Id"]
    play(answer)
    fails(expected, calls.finish(app:exchange_token(token)))
    answer = read("bd_token_refresh_invalid_token").response
    expected.trace_id = answer.headers["X-Fb-Request-Id"]
    play(answer)
    fails(expected, calls.finish(app:refresh_token(token)))
    assert.equal(LONG, token:reveal()) -- untouched
    assert.equal(NOW + 10 * 86400, token:expires_at())
    assert.is_nil(token:extended())
  end)

  -- --- reads -------------------------------------------------------------------------

  for _, name in ipairs { "bd_me_id_username", "bd_user_info",
    "bd_media_node_id_media_url", "bd_media_children", "bd_user_media_36_no_next",
    "bd_user_media_last_page", "bd_me_media_default_limit_25",
      "bd_me_media_limit_2" } do
    it(name .. ": all members, and no others", function()
      local response = read(name).response
      local value, meta = get(response)
      local expected = plain(cjson.decode(response.body_raw or
        cjson.encode(response.body)))
      for _, link in ipairs { "next", "previous" } do
        local paging = expected.paging or {}
        if paging[link] then -- it carries a token; how that is hidden is not said
          assert.is_nil(value.paging[link]:find("mock_token", 1, true))
          assert.is_truthy(value.paging[link]:find("access_token=%*+&"))
          local rest = function(url) return (url:gsub("access_token=[^&]*", "")) end
          assert.equal(rest(paging[link]), rest(value.paging[link]))
          paging[link], value.paging[link] = nil, nil
        end
      end
      assert.same(expected, value)
      assert.equal(200, meta.status)
      local headers = type(response.headers) == "table" and response.headers or {}
      assert.equal(headers["Instagram-Api-Version"], meta.version)
    end)
  end

  it("a next link that carries the real token does not show it", function()
    local raw = read("bd_me_media_limit_2").response.body_raw
    local count
    raw, count = raw:gsub("(access_token=)[^&]*", "%1" .. LONG)
    assert.equal(1, count)
    local page = get { status = 200, body_raw = raw }
    assert.is_nil(page.paging.next:find(LONG, 1, true))
    assert.equal(#LONG, #page.paging.next:match "access_token=(%*+)")
  end)

  it("types are those of the wire", function()
    local info = get(read("bd_user_info").response)
    assert.equal("string", type(info.id))
    assert.equal(10, info.media_count)
    if math.type then assert.equal("integer", math.type(info.media_count)) end
    local page = get(read("bd_user_media_36_no_next").response)
    assert.equal(36, #page.data)
    assert.is_nil(page.paging.next)
    local first = page.data[1]
    assert.equal("17888831627330357", first.id)
    assert.is_truthy(first.caption:find "\240\159\145\140") -- by a surrogate pair
    for _, media in ipairs(page.data) do
      assert.equal("string", type(media.id))
      assert.is_true(media.children == nil or #media.children.data > 0)
    end
  end)

  -- --- errors ------------------------------------------------------------------------

  for name, path in pairs { bd_me_invalid_token = "/me",
    bd_media_node_invalid_token = "/18046145275219342" } do
    it(name, function()
      local response = read(name).response
      local err = fails({ kind = "token", status = 400, code = 190,
        message = "Invalid OAuth access token.", type = "OAuthException",
        trace_id = response.headers["X-Fb-Request-Id"], retryable = false },
        get(response, path))
      assert.equal("GET " .. server.url .. path .. "?access_token=[redacted]",
        err.request)
      assert.is_nil(err.subcode)
    end)
  end

  local KINDS = {
    ["Application does not have permission for this action"] = "permission",
    ["Unsupported request - method type: get"] = "unavailable",
    ["Unsupported request - method type: post"] = "unavailable",
    ["API access blocked."] = "unavailable",
    ["Tried accessing nonexisting field (unread_count)"] = "api",
    ["The parameter video_url is required"] = "api",
  }

  local function kind_of(error)
    if error.code == 190 then return "token" end
    if error.error_subcode == 33 or error.code == 803 then return "not_found" end
    return KINDS[error.message]
  end

  for _, name in ipairs { "bd_errors", "igl_errors" } do
    it(name .. ": each its kind, its words, its numbers", function()
      for _, case in ipairs((read(name))) do
        local error = cjson.decode(case.body_raw or cjson.encode(case.body)).error
        local statuses = { case.status }
        if case.status == cjson.null then statuses = { 400, 404 } end
        for _, status in ipairs(statuses) do
          play { status = status, body = case.body, body_raw = case.body_raw }
          local expected = { kind = kind_of(error), status = status, code = error.code,
            subcode = error.error_subcode, message = error.message, type = error.type,
            trace_id = error.fbtrace_id, attempts = 1, retryable = false }
          assert.is_string(expected.kind, error.message)
          fails(expected, calls.finish(app:get(token, "/me")))
          if error.code == 190 then
            fails(expected, calls.finish(app:exchange_token(token)))
            fails(expected, calls.finish(app:refresh_token(token)))
          end
        end
      end
    end)
  end

  -- --- signed requests ---------------------------------------------------------------

  it("bd_signed_request_payload: signed anew, read as it was", function()
    -- Signed by openssl, for the recording keeps the payloads only.
    local payloads = read "bd_signed_request_payload"
    local function base64url(bytes_of)
      local pipe = assert(io.popen(bytes_of
        .. " | base64 -w0 | tr '+/' '-_' | tr -d ="))
      local text = pipe:read "*a"
      pipe:close()
      return text
    end
    for name, payload in pairs(payloads) do
      if type(payload) == "table" then
        local encoded = base64url("printf %s '" .. cjson.encode(payload) .. "'")
        local signature = base64url(("printf %%s %s | openssl dgst -sha256 -hmac %s " ..
          "-binary"):format(encoded, calls.SECRET))
        if signature == "" then return pending "there is no openssl command" end
        local text = signature .. "." .. encoded
        assert.same(payload, (app:read_signed_request(text,
          { now = payload.issued_at + 60 })), name)
        fails({ kind = "signature" }, app:read_signed_request(text,
          { now = payload.issued_at + 86400 * 30 }))
        fails({ kind = "signature" }, app:read_signed_request(text:gsub("^.",
          { A = "B" }) .. "A", { now = payload.issued_at }))
      end
    end
  end)

  -- --- the Lua layer -----------------------------------------------------------------

  describe("through the Lua layer", function()
    local client

    before_each(function()
      local own = instagram.app { flavour = "basic_display", client_id = "123",
        client_secret = calls.SECRET, redirect_uri = "https://example.com/",
        base_url = server.url, timeout = 30, retries = 0 }
      client = own:client(own:token { secret = LONG })
    end)

    local function serve(routes)
      local list = {}
      for path, response in pairs(routes) do list[path] = { { "send",
        bytes(response) } } end
      server:serve { { "routes", list } }
    end

    it("/me", function()
      local response = read("bd_me_id_username").response
      serve { ["/me?"] = response }
      local me = assert(client:me())
      local expected = cjson.decode(response.body_raw)
      assert.equal(expected.id, me.id)
      assert.equal(expected.username, me.username)
    end)

    it("a feed is walked from page to page to its end", function()
      local first = read("bd_me_media_default_limit_25").response
      local last = read("bd_user_media_36_no_next").response
      local after = cjson.decode(first.body_raw).paging.cursors.after
      serve { ["/me/media?"] = first }
      local ids = {}
      local pager = client:media {}
      ids[1] = assert(pager:next()).id
      server:serve { { "routes", { ["/"] = { { "send", bytes(last) } } } } }
      for media in pager do
        ids[#ids + 1] = media.id
        assert.is_nil(media.children and media.children.data)
      end
      assert.equal(25 + 36, #ids)
      local expected = cjson.decode(first.body_raw).data
      for i = 1, 25 do assert.equal(expected[i].id, ids[i]) end
      for i = 1, 36 do assert.equal(last.body.data[i].id, ids[25 + i]) end
      local asked = false
      for _, request in ipairs(server:requests()) do
        asked = asked or request.target:find("after=" .. after, 1, true) ~= nil
      end
      assert.is_true(asked)
    end)

    it("errors", function()
      serve { ["/"] = read("bd_me_invalid_token").response }
      local me, message, err = client:me()
      assert.is_nil(me)
      assert.equal("token", err.kind)
      assert.equal("token: Invalid OAuth access token. (HTTP 400, code 190)", message)
      for _, text in ipairs { message, err.request, err.advice } do
        assert.is_nil(text:find(LONG, 1, true))
      end
    end)
  end)

  it("nothing of the folder is left out", function()
    -- By what is written here, so that it holds of any order and choice of the tests.
    local tests = source.read "spec/recorded_spec.lua"
    local sources = source.read "spec/recorded/SOURCES.md"
    local pipe = assert(io.popen "ls spec/recorded")
    for file in pipe:lines() do
      local name = file:match "^(.*)%.json$"
      if name then
        assert(tests:find("%f[%w_]" .. name .. "%f[^%w_]"), name .. " is not played")
        assert(sources:find("| " .. name .. " ", 1, true), name .. " has no source")
      end
    end
    pipe:close()
  end)
end)
