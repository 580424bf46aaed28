-- JSON as Lua tables: what becomes of nulls, ids, large integers, deep and broken texts
-- and of secrets that a text spells in another way. (The reader beneath is held against
-- RFC 8259 by spec/c/test_json*.c.)
local calls = require "spec.support.calls"
local core = require "instagram.core"
local wire = require "spec.support.wire"

local decode = core.json_decode
local math_type = rawget(math, "type") -- Lua 5.3 on

local function refused(text, words, offset)
  local value, message, err = decode(text)
  assert.is_nil(value)
  assert.equal("parse", err.kind)
  assert.equal(message, "parse: " .. err.message)
  assert.matches(words, message)
  if offset then assert.matches("at byte " .. offset .. ":", message) end
end

-- Every document of a folder: its name and bytes.
local function documents(folder)
  local names = assert(core.files.list(folder))
  local i = 0
  return function()
    repeat i = i + 1 until not names[i] or names[i]:match "%.json$"
    if names[i] then return names[i], assert(calls.read(folder .. "/" .. names[i])) end
  end
end

describe("json", function()
  describe("objects and arrays", function()
    it("become plain tables", function()
      assert.same({ data = { { name = "a" }, { name = "b", tags = { "x", "y" } } } },
        decode '{"data":[{"name":"a"},{"name":"b","tags":["x","y"]}]}')
      assert.same({}, decode "[]")
      assert.same({}, decode " { } ")
      assert.is_nil(getmetatable(decode "{}"))
    end)

    it("nest to 64 and no deeper", function()
      local value = decode(("["):rep(64) .. ("]"):rep(64))
      for _ = 1, 63 do value = value[1] end
      assert.same({}, value)
      value = decode(('{"a":'):rep(63) .. "[7]" .. ("}"):rep(63))
      for _ = 1, 63 do value = value.a end
      assert.same({ 7 }, value)
      refused(("["):rep(65) .. ("]"):rep(65), "too deep", 64)
      refused(('{"a":'):rep(65) .. "1" .. ("}"):rep(65), "too deep", 64 * 5)
    end)

    it("have room for siblings of all sizes", function()
      local list = {}
      for i = 1, 300 do
        local members = {}
        for k = 1, i * 7 % 41 do members[k] = ('"k%d":%d'):format(k * i, k) end
        list[i] = "{" .. table.concat(members, ",") .. "}"
      end
      local value = decode("[" .. table.concat(list, ",") .. "]")
      assert.equal(300, #value)
      for i = 1, 300 do
        local count = 0
        for _ in pairs(value[i]) do count = count + 1 end
        assert.equal(i * 7 % 41, count)
        if count > 0 then assert.equal(count, value[i]["k" .. count * i]) end
      end
    end)

    it("keep names apart that share a place in the table of names", function()
      local members, want = {}, {}
      for i = 1, 400 do
        local name = ("n%dx"):format(i * 37 % 400)
        members[i], want[name] = ('"%s":%d'):format(name, i), i
      end
      local text = "{" .. table.concat(members, ",") .. "}"
      assert.same({ want, want }, decode("[" .. text .. "," .. text .. "]"))
    end)

    it("let the last of several members of one name win", function()
      assert.same({ a = 3, b = true }, decode '{"a":1,"b":true,"a":[2],"a":3}')
      assert.same({}, decode '{"a":1,"a":null}')
    end)
  end)

  describe("null", function()
    it("is absent from objects", function()
      assert.same({ b = 1 }, decode '{"a":null,"b":1,"c":null}')
    end)

    it("keeps its place in arrays, and alone", function()
      local list = decode "[1,null,3,null]"
      assert.equal(4, #list)
      assert.equal(core.null, list[2])
      assert.equal(core.null, list[4])
      assert.equal(core.null, decode "null")
    end)
  end)

  describe("numbers", function()
    it("that are integers are integers where Lua has them", function()
      for _, text in ipairs { "0", "1", "-1", "53", "9007199254740992",
        "-9007199254740992" } do
        local value = decode(text)
        assert.equal("number", type(value))
        assert.equal(text, ("%.0f"):format(value))
        if math_type then assert.equal("integer", math_type(value)) end
      end
    end)

    it("beyond 2^53 are their digits", function()
      for _, digits in ipairs { "9007199254740993", "-9007199254740993",
        "17841405793187217", "9223372036854775807", "18446744073709551616",
        ("123456789"):rep(30) } do
        assert.same({ n = digits, list = { digits } },
          decode(('{"n":%s,"list":[%s]}'):format(digits, digits)))
      end
    end)

    it("with a fraction or an exponent are the nearest double", function()
      assert.equal(0.1, decode "0.1")
      assert.equal(1e22, decode "1e22")
      assert.equal(-2.5e-3, decode "-2.5E-3")
      assert.equal(5e-324, decode "4.9406564584124654e-324")
      assert.equal(1.7976931348623157e308, decode "1.7976931348623157e308")
      assert.equal(9007199254740993.0, decode "9007199254740993.0")
      refused("1e309", "too large for a double", 0)
    end)

    it("are read alike in every locale", function()
      local before = os.setlocale(nil, "numeric")
      local _ = os.setlocale("de_DE.UTF-8", "numeric")
        or os.setlocale("fr_FR.UTF-8", "numeric")
      local value, long = decode "0.5", decode "0.500000000000000000000000001"
      os.setlocale(before, "numeric")
      assert.equal(0.5, value)
      assert.equal(0.5, long)
    end)
  end)

  describe("ids", function()
    it("are strings whatever they were", function()
      assert.same({ id = "1", user_id = "27640875392278831", _id = "-7", app_id = "0" },
        decode '{"id":1,"user_id":27640875392278831,"_id":-7,"app_id":0}')
      assert.same({ id = "178", user_id = "x" }, decode '{"id":"178","user_id":"x"}')
    end)

    it("are only what is called so", function()
      assert.same({ ids = 1, identity = 2, paid = 3, id_ = 4, ID = 5, d = 6 },
        decode '{"ids":1,"identity":2,"paid":3,"id_":4,"ID":5,"d":6}')
      assert.same({ id = { 5, { n = 6 } } }, decode '{"id":[5,{"n":6}]}')
      assert.same({ id = true, x_id = 1.5 }, decode '{"id":true,"x_id":1.5}')
    end)
  end)

  describe("strings", function()
    it("come out as UTF-8", function()
      assert.equal("https://a/b", decode [["https:\/\/a\/b"]])
      assert.equal("\240\159\145\140 \230\136\145\195\169%",
        decode [["\ud83d\udc4c \u6211\u00e9\u0025"]])
      assert.equal("a\239\191\189b\239\191\189", decode [["a\ud83db\ude00"]])
      assert.equal("a\0b", decode [["a\u0000b"]])
      assert.same({ ["a/b"] = 1 }, decode [[{"a\/b":1}]])
    end)

    it("that are none are refused with the place", function()
      refused('["\255"]', "not UTF%-8", 2)
      refused('["a\nb"]', "control character", 3)
      refused('["a\\q"]', "not an escape", 3)
      refused('["abc', "ends inside a string", 5)
    end)
  end)

  describe("the value of a secret's name", function()
    it("is never told", function()
      assert.same({ access_token = "[redacted]", client_secret = "[redacted]",
        deep = { access_token = "[redacted]" } }, decode [[{"access_token":"IGabc",
        "client_secret":"","deep":{"access\u005ftoken":"IG\/a"}}]])
    end)

    it("leaves the names around alone", function()
      local names = { access_tokens = "a", my_client_secret = "b", token_type = "c" }
      assert.same(names,
        decode '{"access_tokens":"a","my_client_secret":"b","token_type":"c"}')
    end)
  end)

  describe("the secret of a call", function()
    local server

    setup(function() server = wire.start() end)
    teardown(function() server:stop() end)

    -- The answer to a call that was made with this token.
    local function answer(body, secret)
      local app = calls.app(server)
      local token = calls.token(app, { secret = secret })
      server:serve(wire.once { body = body })
      local value = calls.finish(app:get(token, "/me", {}))
      token:close()
      app:close()
      core.engine():close()
      return value
    end

    local function coded(text)
      return (text:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end))
    end

    it("is masked however a string spells it", function()
      local secret = calls.TOKEN
      local stars = ("*"):rep(#secret)
      assert.same({ a = stars, b = "x" .. stars .. "y/", c = { stars }, [stars] = 1 },
        answer(('{"a":"%s","b":"x%s%s%s\\/","c":["%s%s"],"%s":1}'):format(secret,
          secret:sub(1, 9), coded(secret:sub(10)), "y", coded(secret:sub(1, 1)),
          secret:sub(2), coded(secret))))
    end)

    it("is masked when it has letters that have short escapes", function()
      local secret = 'IGQV/te"st\\To/ken/0123456789'
      local escaped = secret:gsub('[\\"]', "\\%0"):gsub("/", "\\/", 2)
      assert.matches("^%*+$", answer(('{"a":"%s"}'):format(escaped), secret).a)
    end)
  end)

  describe("documents of spec/json", function()
    it("are read when they are valid", function()
      for name, text in documents "spec/json/valid" do
        local value, message = decode(text)
        assert.is_true(value ~= nil, name .. ": " .. tostring(message))
      end
    end)

    it("are refused when they are not", function()
      for name, text in documents "spec/json/invalid" do
        local value, _, err = decode(text)
        assert.is_nil(value, name)
        assert.equal("parse", err.kind)
      end
    end)
  end)

  -- Where lua-cjson loses nothing (no large integers) both must say the same.
  it("of recorded answers is what lua-cjson reads", function()
    local cjson = require("cjson").new()
    cjson.decode_max_depth(64)
    local checked = 0

    local function plain(value)
      if value == cjson.null then return nil end
      if type(value) ~= "table" then return value end
      local copy = {}
      for key, each in pairs(value) do copy[key] = plain(each) end
      return copy
    end

    for _, text in documents "spec/recorded" do
      local recording = decode(text)
      local body = type(recording.response) == "table" and recording.response.body_raw
      if body and body:match "^{" and not body:match ":%s*%d%d%d%d%d%d%d%d%d%d"
        and not body:match "access_token\"" then
        assert.same(plain(cjson.decode(body)), decode(body))
        checked = checked + 1
      end
    end
    assert.is_true(checked >= 5)
  end)
end)
