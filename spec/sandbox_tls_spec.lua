-- The sandbox's TLS: certificates, the authority behind them, handshakes that fail on
-- purpose.
local calls = require "spec.support.calls"
local doors = require "spec.support.doors"
local host = require "instagram.sandbox.host"
local process = require "spec.support.process"
local socket = require "socket"

local unpack = unpack or table.unpack -- luacheck: ignore

local start, connect, ask, curl, openssl, handshake, ways, ca, GRAPH, folder =
  doors.start, doors.connect, doors.ask, doors.curl, doors.openssl, doors.handshake,
  doors.ways, doors.ca, doors.GRAPH, doors.folder

after_each(doors.close_all)
teardown(doors.clean_up)

describe("a certificate", function()
  it("is good for every name, in TLS 1.2 and 1.3", function()
    local server = start()
    for _, name in ipairs { "api.instagram.com", "graph.instagram.com",
      "www.instagram.com", "scontent-lax3-2.cdninstagram.com", "localhost" } do
      for _, version in ipairs { "1_2", "1_3" } do
        local text, code = handshake(server, name, "-tls" .. version ..
          " -verify_hostname " .. name)
        assert.equal(0, code, text)
        assert.matches("Verify return code: 0 %(ok%)", text)
        assert.matches("TLSv" .. version:gsub("_", "."), text)
      end
    end
    assert.equal(0, select(2, handshake(server, "localhost", "-verify_ip 127.0.0.1")))
    assert.equal(0, select(2, handshake(server, "localhost", "-verify_ip ::1")))
    assert.not_equal(0, select(2, handshake(server, "x", "-verify_hostname x.de")))
    assert.not_equal(0, select(2, handshake(server, "x",
      "-verify_hostname a.b.cdninstagram.com")))
  end)

  it("is for the address listened on and for further names", function()
    local server = start("", { bind = "127.0.0.9", names = "insta.test,192.0.2.7" })
    local text = openssl(("s_client -connect 127.0.0.9:%d </dev/null 2>/dev/null | " ..
      "openssl x509 -noout -ext subjectAltName"):format(server:port()))
    assert.matches("IP Address:127.0.0.9", text, 1, true)
    assert.matches("DNS:insta.test", text, 1, true)
    assert.matches("IP Address:192.0.2.7", text, 1, true)
    assert.equal(1, select(2, text:gsub("127%.0%.0%.1%f[^%d]", "")))
  end)

  it("is for every address of the machine when all are listened on", function()
    for _, address in ipairs { "0.0.0.0", "::" } do
      local server = start("", { bind = address })
      local port = server:port()
      assert.equal("GET /  true 127.0.0.1:" .. port,
        (curl("--cacert", ca, "https://127.0.0.1:" .. port .. "/")))
      assert.matches("^HTTP/1.1 200 ", ask(server, "GET http://127.0.0.1:" .. port ..
        "/ HTTP/1.0\r\n\r\n"))
      assert.matches("^HTTP/1.1 200 ", ask(server, "GET http://127.0.0.9:" .. port ..
        "/ HTTP/1.0\r\n\r\n", "127.0.0.9"))
      assert.matches("^HTTP/1.1 403 ", ask(server, "GET http://127.0.0.9:" .. port ..
        "/ HTTP/1.0\r\n\r\n"))
    end
  end)

  it("has what strict clients ask for, whenever they live", function()
    local server = start()
    local leaf = folder .. "/leaf.pem"
    calls.write(leaf, (handshake(server, "localhost")
      :match "(%-%-%-%-%-BEGIN.*CATE%-+\n)"))
    local chain = ("verify -x509_strict -purpose sslserver -CAfile %s %%s %s")
      :format(ca, leaf)
    for _, when in ipairs { "", "-attime 978307200", "-attime 2500000000" } do
      local text, code = openssl(chain:format(when))
      assert.equal(0, code, text)
    end
    local text = openssl("x509 -noout -text -in " .. leaf)
    for _, part in ipairs { "CA:FALSE", "Digital Signature", "prime256v1",
      "TLS Web Server Authentication", "Authority Key Identifier",
      "Subject Key Identifier" } do
      assert.matches(part, text, 1, true)
    end
    text = openssl("x509 -noout -text -in " .. ca)
    for _, part in ipairs { "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign" } do
      assert.matches(part, text, 1, true)
    end
  end)

  it("is refused by who does not know the authority", function()
    local server = start()
    local out, code = curl("https://127.0.0.1:" .. server:port() .. "/")
    assert.equal(60, code, out)
  end)

  it("comes with HTTP/1.1 agreed on", function()
    local server = start()
    assert.matches("ALPN protocol: http/1.1",
      handshake(server, "localhost", "-alpn h2,http/1.1"))
    assert.equal("GET /  true graph.instagram.com", (curl("--cacert", ca, "--http2",
      "--proxy", server:url(), GRAPH)))
  end)
end)

describe("the authority", function()
  it("is written to a file and told", function()
    local server = start()
    assert.equal(calls.read(ca), server:ca())
    assert.matches("^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\n.*%-\n$", server:ca())
    assert.is_nil(server:ca():find("KEY", 1, true))
    assert.not_equal(server:ca(), start():ca())
  end)

  it("that cannot be written prevents the start", function()
    local server, message = host.start { main = "echo", lua_path = folder .. "/?.lua",
      options = "", ca_file = folder .. "/none/ca.pem" }
    assert.is_nil(server)
    assert.equal(folder .. "/none/ca.pem: No such file or directory", message)
  end)

  it("is kept, for its owner's eyes only", function()
    local keep = folder .. "/kept.pem"
    local server = start("", { ca_keep = keep })
    local first = server:ca()
    server:stop()
    assert.equal("600", process.output("stat -c %a " .. keep):match "%d+")
    server = start("", { ca_keep = keep })
    assert.equal(first, server:ca())
    assert.equal(0, select(2, handshake(server, "graph.instagram.com")))
  end)

  it("that cannot be read prevents the start", function()
    local keep = folder .. "/broken.pem"
    calls.write(keep, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    local server, message = host.start { main = "echo", lua_path = folder .. "/?.lua",
      options = "", ca_keep = keep }
    assert.is_nil(server)
    assert.matches(keep .. ": no certificate and key of a sandbox: ", message, 1, true)
  end)
end)

describe("a TLS handshake that fails", function()
  local function broken(how, words)
    local server = start("function M.handshake(host) M.host = host return '" .. how ..
      "' end function M.control() return M.host or 'none yet' end")
    local text, code = curl(unpack(words(server)))
    return code, text, server
  end
  local function direct(server) return ways(server).TLS end
  local function tunnel(server) return ways(server).tunnel end

  for how, expected in pairs {
    close = { 35, "" }, alert = { 35, "handshake failure" },
    garbage = { 35, "wrong version number" },
    expired = { 60, "certificate has expired" },
    wrong_host = { 60, "no alternative certificate subject name matches" },
    untrusted = { 60, "unable to get local issuer certificate" },
  } do
    it("by " .. how, function()
      for _, words in ipairs { direct, tunnel } do
        local code, text, server = broken(how, words)
        assert.equal(expected[1], code, text)
        assert.matches(expected[2], text, 1, true)
        assert.equal(words == tunnel and "graph.instagram.com" or "", server:call "")
        assert.equal(0, select(2, curl(unpack(ways(server).plain))))
      end
    end)
  end

  it("by stall", function()
    for _, words in ipairs { direct, tunnel } do
      local server = start("function M.handshake(host) M.host = host return 'stall' " ..
        "end function M.control() return M.host or 'none yet' end")
      local pid = process.start(process.quote("curl", "-sS", "--noproxy", "",
        unpack(words(server))))
      local host_asked = process.wait_until("curl said hello", 30, function()
        local asked = server:call ""
        return asked ~= "none yet" and asked
      end)
      assert.equal(words == tunnel and "graph.instagram.com" or "", host_asked)
      socket.sleep(0.2)
      assert.is_true(process.is_running(pid)) -- and waits
      assert.equal(0, select(2, curl(unpack(ways(server).plain))))
      process.stop(pid)
    end
  end)

  it("does so only when told to", function()
    local server = start("local n = 0 function M.handshake() n = n + 1 " ..
      "if n % 2 == 1 then return 'expired' end end")
    for _ = 1, 3 do
      assert.equal(60, select(2, curl(unpack(ways(server).TLS))))
      assert.equal(0, select(2, curl(unpack(ways(server).TLS))))
    end
  end)

  it("does not when the rules fail", function()
    for _, code in ipairs { "error 'no'", "return 7", "return 'nonsense'" } do
      local server = start("function M.handshake() " .. code .. " end")
      assert.equal(0, select(2, curl(unpack(ways(server).TLS))))
    end
  end)

  it("leaves a stalled client to itself until it goes, or the server", function()
    local server = start("function M.handshake() return 'stall' end")
    local before = calls.descriptors()
    local hello = { socket = connect(server) }
    hello.socket:send("\22\3\1\0\5\1\0\0\1\3")
    socket.sleep(0.05)
    assert.is_true(calls.descriptors() > before)
    hello.socket:close()
    process.wait_until("it is gone", 30, function()
      return calls.descriptors() <= before
    end)
    hello.socket = connect(server)
    hello.socket:send("\22\3\1\0\5\1\0\0\1\3")
    socket.sleep(0.05)
    server:stop()
    assert.equal("closed", select(2, hello.socket:receive(1)))
  end)
end)
