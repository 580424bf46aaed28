-- Texts that somebody tampered with, given to the C module: redirects, JSON, sealed
-- tokens, signed requests. They are refused, or read, never half.
local calls = require "spec.support.calls"
local core = require "instagram.core"

local HUGE = ("x"):rep(2^20)

describe("hostile:", function()
  local app, token, key

  setup(function()
    app = core.app {
      flavour = "basic_display", client_id = "123", client_secret = calls.SECRET,
      redirect_uri = "https://example.com/", base_url = "http://127.0.0.1:9",
    }
    token = app:token { secret = calls.TOKEN }
    key = core.new_key()
  end)

  describe("a redirect", function()
    local function read(text, state)
      local code, message, err = app:read_redirect(text,
        state == nil and "St4te" or state)
      if code == nil then
        assert.is_truthy(({ state = 1, denied = 1, exchange = 1, transient = 1,
          unavailable = 1 })[err.kind], text)
        assert.equal(message, tostring(err))
        assert.is_nil(message:find("AQsecretcode", 1, true), text)
        assert.is_nil(message:find("St4te", 1, true), text)
        assert.is_nil(message:find "%c", text)
      end
      return code, err
    end

    it("is read in every good form", function()
      for _, text in ipairs {
        "https://example.com/auth?code=AQsecretcode&state=St4te#_",
        "?code=AQsecretcode&state=St4te", "code=AQsecretcode&state=St4te#_",
        "state=St4te&x=y&code=AQsecretcode",
          "https://e/?a=b&code=AQsecretcode&state=St4te",
        "?code=AQsecretcode&state=%53t4te" } do
        assert.equal("AQsecretcode", (read(text)), text)
      end
      assert.equal("AQsecretcode", (read("?code=AQsecretcode", false)))
    end)

    it("that is malformed is refused", function()
      for _, text in ipairs { "", "?", "#", "&", "=", "code", "?code", "?code=",
        "code=&",
        "?code=AQsecretcode", "?state=St4te", "?code=AQsecretcode&state=",
        "?code=AQsecretcode&state=st4te", "?code=AQsecretcode&state=St4te2",
        "?code=AQsecretcode&state=St4t", "?code=AQsecretcode&state=St4te&state=St4te",
        "?code=AQsecretcode&code=AQsecretcode&state=St4te", "?code=%&state=St4te",
        "?code=%zz&state=St4te", "?code=a%00b&state=St4te", "?code=a\0b&state=St4te",
        "?code=a\r\nb&state=St4te", "?code=a%0d%0ab&state=St4te",
        "#code=AQsecretcode&state=St4te", "?error=", "?error&state=St4te",
        "?code=" .. ("x"):rep(20000) .. "&state=St4te", HUGE, ("&"):rep(20000),
        "?" .. ("a=b&"):rep(5000) .. "code=AQsecretcode&state=St4te",
        "?Code=AQsecretcode&State=St4te", "?code[]=AQsecretcode&state=St4te" } do
        assert.is_nil((read(text)), text:sub(1, 60))
      end
    end)

    it("that was cut anywhere is refused or read, never half", function()
      local text = "https://example.com/auth?state=St4te&code=AQsecretcode#_"
      for size = 0, #text do
        local code = read(text:sub(1, size))
        assert.is_true(code == nil or ("AQsecretcode"):find(code, 1, true) == 1)
      end
    end)

    it("with an error says which", function()
      local _, err = read("?error=access_denied&error_reason=user_denied" ..
        "&error_description=The+user+denied+your+request#_")
      assert.equal("denied", err.kind)
      _, err = read("?error=server_error&error_description=a%0ab%1b[31m&state=St4te")
      assert.equal("transient", err.kind)
      _, err = read "?error=invalid_scope&state=St4te"
      assert.equal("exchange", err.kind)
      _, err = read("?error=access_denied&code=AQsecretcode&state=St4te")
      assert.is_string(err.kind)
    end)
  end)

  describe("JSON", function()
    local document =
      '{"data":[{"id":"17841400000000001","n":-12.5e3,"b":[true,false,' ..
      'null],"s":"\\u00e9\\ud83d\\udc4c\\n"}],"paging":{"cursors":{"after":"x"}}}'

    local function refuse(text)
      local value, message, err = core.json_decode(text)
      assert.is_nil(value)
      assert.equal("parse", err.kind)
      assert.is_true(#message < 600)
    end

    it("cut anywhere is refused with the place", function()
      assert.is_table((core.json_decode(document)))
      for size = 0, #document - 1 do refuse(document:sub(1, size)) end
    end)

    it("with one byte changed is read or refused", function()
      for at = 1, #document do
        for _, byte in ipairs { "\0", '"', "\\", "{", "]", ",", "9", "\255", "\127" } do
          local value, _, err = core.json_decode(document:sub(1, at - 1) .. byte ..
            document:sub(at + 1))
          assert.is_true(value ~= nil or err.kind == "parse")
        end
      end
    end)

    it("that is hostile is refused soon", function()
      local n = 2^20
      for _, text in ipairs { ("["):rep(n), ('{"a":'):rep(n), ("[{"):rep(n),
        ('"'):rep(n + 1), '"' .. ("\\"):rep(n + 1) .. '"', ("9"):rep(n) .. "x",
        "-" .. ("0"):rep(n), ("1e"):rep(n), "1e" .. ("9"):rep(n) .. ".", (" "):rep(n),
        "[" .. ("1,"):rep(n) .. "]", '"' .. ("\\ud83d"):rep(n) .. "\\u",
        "tru" .. ("e"):rep(n), "\239\187\191{}", "{}\0", "'x'", "{a:1}", "[1,]", "{,}",
        "[01]", "[1e99999]", "[1.]", "[.5]", "[+1]", "[0x10]", "NaN", "[Infinity]",
          '"\t"', '"\255"',
        '"\237\160\128"', '"\\x41"', '"\\u12g4"', "/* */1", "[1 2]", '{"a" 1}',
        '{"a":1,}', '{1:2}', "\0" } do
        refuse(text)
      end
    end)

    it("of odd but lawful kinds is read", function()
      assert.equal("9007199254740993", core.json_decode "9007199254740993")
      assert.equal("1" .. ("0"):rep(5000), core.json_decode("1" .. ("0"):rep(5000)))
      assert.equal(("x"):rep(2^20), core.json_decode('"' .. ("x"):rep(2^20) .. '"'))
      assert.equal("a\0b", core.json_decode '"a\\u0000b"')
      assert.equal("\239\191\189", core.json_decode '"\\ud83d"')
      assert.same({ a = 2 }, core.json_decode '{"a":1,"a":2}')
      assert.same({}, core.json_decode '{"a":1,"a":null}')
      assert.same({ [""] = 1 }, core.json_decode '{"":1}')
      assert.equal(core.null, core.json_decode "null")
      local wide = {}
      for i = 1, 20000 do wide[i] = ('"k%d":%d'):format(i, i) end
      assert.equal(20000, core.json_decode("{" .. table.concat(wide,
        ",") .. "}").k20000)
    end)
  end)

  it("a sealed token with any letter changed does not open", function()
    local text = token:seal(key)
    assert.equal(calls.TOKEN, app:unseal(text, key):reveal())
    for at = 1, #text, 3 do
      local letter = text:sub(at, at) == "A" and "B" or "A"
      local result, _, err = app:unseal(text:sub(1, at - 1) .. letter ..
        text:sub(at + 1), key)
      assert.is_nil(result)
      assert.equal("sealed", err.kind)
      assert.equal("sealed", select(3, app:unseal(text:sub(1, at), key)).kind)
    end
    assert.equal("sealed", select(3, app:unseal(text, core.new_key())).kind)
    assert.equal("sealed", select(3, app:unseal(text .. "A", key)).kind)
    local other = core.app { client_id = "456" }
    assert.equal("sealed", select(3, other:unseal(text, key)).kind)
  end)

  it("signed requests that are none are refused", function()
    for _, text in ipairs { "", ".", "a", "a.", ".a", "a.b.c", "=.=", "\0.\0", HUGE,
      ("a"):rep(43) .. ".e30", ("A"):rep(43) .. "." .. ("A"):rep(20000),
      ("a."):rep(100) } do
      local payload, message, err = app:read_signed_request(text)
      assert.is_nil(payload)
      assert.equal("signature", err.kind)
      assert.is_true(#message < 600)
    end
  end)
end)
