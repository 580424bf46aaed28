-- The command instagram-sandbox: its options on the command line and in the
-- environment, what it says to programs and to people, how it ends; and exec, which
-- runs a program beside a sandbox and leaves nothing behind.
local cjson = require "cjson"
local http = require "spec.support.sandbox_http"
local options = require "instagram.sandbox.command.options"
local process = require "spec.support.process"
local source = require "spec.support.source"

local unpack = table.unpack or unpack
local BIN = "sandbox/bin/instagram-sandbox"
local stem = os.tmpname()
local folder = stem .. "_tmp" -- for temporary files of what is run

local function environment(variables)
  local words = { "env", "TMPDIR=" .. folder }
  for name, value in pairs(variables or {}) do
    words[#words + 1] = name .. "=" .. value
  end
  return process.quote(unpack(words)) .. " "
end

-- Runs the command to its end: what it said (both ways) and its exit code.
local function run(words, variables)
  return process.output(environment(variables)
    .. process.script(BIN, unpack(words)) .. " 2>&1")
end

local function contents(path)
  local file = io.open(path, "rb")
  local text = file and file:read("*a")
  if file then file:close() end
  return text or ""
end

-- Starts it beside us: { url, port, pid, ... }, when it has said where it is.
local function serve(words, variables)
  local log = os.tmpname()
  local pid = process.start(environment(variables)
    .. process.script(BIN, unpack(words)), log)
  local line = process.wait_until("the sandbox starts", 60, function()
    return contents(log):match("^{[^\n]*}\n") or contents(log):match("\n({[^\n]*}\n)")
  end)
  os.remove(log)
  local said = cjson.decode(line)
  assert.equal(pid, said.pid)
  return said
end

local function control(server, name, args)
  return http.control(server, name, args or "{}"):json()
end

local function list(path)
  local pipe = assert(io.popen("ls -A '" .. path .. "'"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

setup(function() os.execute("mkdir '" .. folder .. "'") end)
teardown(function()
  process.stop_all()
  os.execute("rm -r '" .. folder .. "' '" .. stem .. "'")
end)

describe("the command's --help", function()
  it("names each option and each variable, in lines that fit", function()
    local text, code = run { "--help" }
    assert.equal(0, code)
    assert.matches("^Usage: instagram%-sandbox", text)
    for name, option in pairs(options.known) do
      assert.is_number(text:find("  --" .. name .. (option.value
        and " " .. option.value or ""), 1, true), name)
    end
    for _, variable in ipairs(require("instagram.sandbox.command.environment")
      .variables) do
      assert.is_number(text:find(variable[1], 1, true), variable[1])
    end
    for _, line in ipairs(source.lines(text)) do assert.is_true(#line <= 88, line) end
  end)

  it("comes for -h and with any command, --version with the version", function()
    assert.matches("^Usage: ", (run { "-h" }))
    assert.matches("^Usage: ", (run { "exec", "--help" }))
    assert.equal("instagram-sandbox 0.1.0\n", (run { "--version" }))
  end)

  it("has its like in the manual, a line for each option", function()
    local manual = source.read "docs/sandbox.md"
    for name, option in pairs(options.known) do
      local shown = "`--" .. name .. (option.value and " " .. option.value or "") .. "`"
      local line = manual:match("\n(| [^\n]*" .. shown:gsub("%p", "%%%0") .. "[^\n]*)")
      assert.is_string(line, shown)
      if not option.no_environment then
        assert.is_number(line:find("`" .. options.variable(name) .. "`", 1, true), line)
      end
    end
  end)

  it("knows every option of start, and no other", function()
    local start = options.for_start { port = 1, bind = "b", ["public-url"] = "p",
      ["ca-file"] = "c", db = "d", data = "e", ["data-dir"] = "f", photos = "g",
      export = "h", now = 2, seed = "s", quiet = true, lenient = true, user = "u" }
    assert.same({ port = 1, bind = "b", public_url = "p", ca_file = "c", db = "d",
      data = "e", data_dir = "f", photos = "g", export = "h", now = 2, seed = "s",
      quiet = true, strict = false }, start)
  end)
end)

describe("the command refuses", function()
  local cases = {
    { { "--prot", "1" }, "unknown option '--prot', see --help" },
    { { "--no-port" }, "unknown option '--no-port', see --help" },
    { { "--no-help" }, "unknown option '--no-help', see --help" },
    { { "x" }, "unknown argument 'x', see --help" },
    { { "serve", "exec" }, "unknown argument 'exec', see --help" },
    { { "--", "x" }, "unknown argument 'x', see --help" },
    { { "--port", "1.5" }, "--port: 0 to 65535 expected, got '1.5'" },
    { { "--port=65536" }, "--port: 0 to 65535 expected, got '65536'" },
    { { "--port" }, "--port: value missing" },
    { { "--db=" }, "--db: value missing" },
    { { "--quiet=yes" }, "--quiet takes no value" },
    { { "--now", "2023-02-30" }, "--now: a date (2024-12-04, 2024-12-04T18:00:00Z) or "
      .. "epoch seconds up to the year 2242 expected, got '2023-02-30'" },
    { { "--set", "page_max" }, "--set: NAME=VALUE expected, got 'page_max'" },
    { { "--set", "x=1" }, "--set: there is no setting 'x', got 'x=1'" },
    { { "--set", "page_max=abc" }, "--set: setting 'page_max' must be a whole number "
      .. "from 1 to 1000000000, got 'page_max=abc'" },
    { { "--set", "limits=1" }, "--set: setting 'limits' must be one of: off, count, "
      .. "show, enforce, got 'limits=1'" },
    { { "--data", "zz" }, "--data: demo or empty expected, got 'zz'" },
    { { "--bind", "foo" }, "--bind: an IP address expected, got 'foo'" },
    { { "--bind", "1.2.3" }, "--bind: an IP address expected, got '1.2.3'" },
    { { "--public-url", "foo" }, "--public-url: http(s)://HOST[:PORT] expected, got "
      .. "'foo'" },
    { { "--user", "x" }, "--user is only for exec" },
  }
  for _, case in ipairs(cases) do
    it(table.concat(case[1], " "), function()
      local text, code = run(case[1])
      assert.equal("instagram-sandbox: " .. case[2] .. "\n", text)
      assert.equal(2, code)
    end)
  end

  it("variables, by their names", function()
    for name, case in pairs {
      PORT = { "x", "0 to 65535 expected" },
      NOW = { "soon", "a date " },
      LENIENT = { "2", "1 or 0, yes or no, true or false expected" },
      SET = { "page_max=5 y=1", "there is no setting 'y'" },
      PUBLIC_URL = { "foo", "http(s)://HOST[:PORT] expected, got 'foo'" },
      DATA = { "zz", "demo or empty expected, got 'zz'" },
      BIND = { "foo", "an IP address expected, got 'foo'" },
    } do
      local text, code = run({}, { ["INSTAGRAM_SANDBOX_" .. name] = case[1] })
      assert.equal(1, text:find("instagram-sandbox: INSTAGRAM_SANDBOX_" .. name .. ": "
        .. case[2], 1, true), text)
      assert.equal(2, code)
    end
  end)

  it("wrong values of settings in the environment too", function()
    local text, code = run({}, { INSTAGRAM_SANDBOX_SET = "page_max=abc" })
    assert.equal("instagram-sandbox: INSTAGRAM_SANDBOX_SET: setting 'page_max' must be "
      .. "a whole number from 1 to 1000000000, got 'page_max=abc'\n", text)
    assert.equal(2, code)
    assert.equal(125, select(2, run({ "exec", "--bind", "foo", "--", "true" })))
  end)

  it("what a sandbox refuses, with exit code 1", function()
    local server = serve { "--data", "empty" }
    for _, case in ipairs {
      { { "--port", ("%d"):format(server.port) },
        "127%.0%.0%.1 port %d+: Address already in use" },
      { { "--data-dir", folder }, "demo data: " },
      { { "--db", folder }, "" },
    } do
      local text, code = run(case[1])
      assert.matches("^instagram%-sandbox: " .. case[2] .. "[^\n]*\n$", text)
      assert.equal(1, code)
    end
    process.stop(server.pid)
  end)
end)

describe("the command bound to other addresses", function()
  it("warns where others can reach it, and there alone", function()
    local warning = "instagram-sandbox: warning: bound to %s: whoever reaches it can "
      .. "steer the sandbox, control calls ask for no credentials\n"
    for address, warned in pairs { ["0.0.0.0"] = true, ["127.0.0.9"] = false,
      ["localhost"] = false, ["::"] = true, ["::1"] = false,
      ["::ffff:127.0.0.1"] = false } do
      local text, code = run { "exec", "--data", "empty", "--bind", address, "--",
        "true" }
      if code ~= 125 then -- no IPv6 here
        assert.equal(warned and warning:format(address) or "", text)
      end
    end
    assert.equal("", (run { "exec", "--quiet", "--data", "empty", "--bind", "0.0.0.0",
      "--", "true" }))
  end)
end)

describe("the command serves", function()
  it("until a signal, and ends in order", function()
    local alive
    finally(function() if alive then process.signal(alive, "KILL") end end)
    for _, signal in ipairs { "INT", "TERM", "HUP" } do
      local code, log = folder .. "/code" .. signal, folder .. "/log" .. signal
      local pid = process.start("sh -c " .. process.quote(environment()
        .. process.script(BIN, "--data", "empty", "--port", "0") .. "; echo $? >"
        .. code), log)
      local line = process.wait_until("the sandbox starts", 60, function()
        return contents(log):match("^{[^\n]*}\n")
      end)
      local url, port, own = line:match(
        [[^{"url":"(http://127%.0%.0%.1:%d+)","port":(%d+),"pid":(%d+)}]])
      alive = tonumber(own)
      assert.equal("http://127.0.0.1:" .. port, url)
      assert.is_true(process.listens(tonumber(port)))
      process.signal(tonumber(own), signal)
      process.wait_until("it ends", 60, function()
        return not process.is_running(pid)
      end)
      alive = nil
      assert.equal("0\n", contents(code))
      assert.equal(line, contents(log))
      os.remove(code)
      os.remove(log)
    end
  end)

  it("with the options it was given", function()
    local db = stem .. "_db"
    local port = process.free_port()
    local server = serve { "serve", "--port=" .. port, "--db", db, "--data", "empty",
      "--now", "2024-02-29T12:00:00+0200", "--lenient", "--set", "page_max=50", "--set",
      "refresh_young=reject", "--set", 'app_usage={"call_count":7}', "--set",
      "invalid_token=2021", "--public-url", "http://my_sandbox:1" }
    assert.equal(port, server.port)
    assert.equal(1709200800, control(server, "now").now)
    local settings = control(server, "settings")
    assert.same({ false, 50, "reject", 7, "2021" }, { settings.strict,
      settings.page_max, settings.refresh_young, settings.app_usage.call_count,
      settings.invalid_token })
    assert.same({}, control(server, "users").users)
    process.stop(server.pid)
    assert.equal("SQLite format 3", contents(db):sub(1, 15))
    os.remove(db)
  end)

  it("with the environment's options, the command line's first", function()
    local variables = { INSTAGRAM_SANDBOX_DATA = "empty", INSTAGRAM_SANDBOX_NOW = "7",
      INSTAGRAM_SANDBOX_LENIENT = "Yes", INSTAGRAM_SANDBOX_BIND = "localhost",
      INSTAGRAM_SANDBOX_SET = "page_max=5 ids_max=6", INSTAGRAM_SANDBOX_PORT = "" }
    local server = serve({}, variables)
    local settings = control(server, "settings")
    assert.same({ 7, false, 5, 6, 0 }, { control(server, "now").now, settings.strict,
      settings.page_max, settings.ids_max, #control(server, "users").users })
    process.stop(server.pid)
    server = serve({ "--no-lenient", "--now=8", "--data=demo", "--set", "ids_max=9" },
      variables)
    settings = control(server, "settings")
    assert.same({ 8, true, 5, 9, 3 }, { control(server, "now").now, settings.strict,
      settings.page_max, settings.ids_max, #control(server, "users").users })
    process.stop(server.pid)
  end)

  it("with one's own pictures", function()
    local photos = folder .. "/photos"
    os.execute("mkdir " .. photos .. "; cp sandbox/data/demo/pictures/p-pots-0*.jpg "
      .. photos)
    local server = serve { "--data", "empty", "--photos", photos }
    local users = control(server, "users").users
    assert.equal("photos", users[1].username)
    assert.is_true(users[1].media_count > 1)
    process.stop(server.pid)
    local text, code = run { "--photos", photos .. "/none" }
    assert.matches("^instagram%-sandbox: photos: .*/none: No such file or directory\n$",
      text)
    assert.equal(1, code)
    text, code = run { "--export", "README.md" }
    assert.matches("^instagram%-sandbox: archive: '.*README.md' is no whole zip", text)
    assert.equal(1, code)
    os.execute("rm -r " .. photos)
  end)

  it("with a certificate for those who want to trust it", function()
    local path = folder .. "/ca.pem"
    local server = serve { "--data", "empty", "--ca-file", path }
    assert.equal(path, server.ca_file)
    assert.matches("^%-%-%-%-%-BEGIN CERTIFICATE", contents(path))
    process.stop(server.pid)
    os.remove(path)
  end)

  it("and tells a person in words where to go", function()
    if not process.has "script" then return pending "script(1) is not there" end
    local log, keys = folder .. "/log", folder .. "/keys"
    os.execute("mkfifo " .. keys)
    local pid = process.start("script -qec " .. process.quote(environment()
      .. process.script(BIN, "--data", "empty")) .. " /dev/null <" .. keys, log)
    local terminal = assert(io.open(keys, "w"))
    process.wait_until("it says how to keep things", 60, function()
      return contents(log):find("--db FILE", 1, true)
    end)
    terminal:write("\3")
    terminal:flush()
    process.wait_until("it ends", 60, function() return not process.is_running(pid) end)
    terminal:close()
    local text = contents(log)
    os.remove(log)
    os.remove(keys)
    assert.matches("http://127%.0%.0%.1:%d+/\r?\n", text)
    assert.matches("browser.+Who lives here.+%-%-db FILE", text)
    assert.not_matches('{"url"', text)
  end)
end)

describe("exec", function()
  if os.getenv "SANITIZER" == "tsan" then
    pending "no shell runs with ThreadSanitizer's library, which exec hands on"
    return
  end

  -- Under `exec`, options first; the program's words behind --.
  local function exec(words, program, variables)
    local all = { "exec" }
    for _, word in ipairs(words) do all[#all + 1] = word end
    all[#all + 1] = "--"
    for _, word in ipairs(program) do all[#all + 1] = word end
    return run(all, variables)
  end

  local function shell(script, words, variables)
    return exec(words or { "--data", "empty" }, { "sh", "-c", script }, variables)
  end

  it("hands words, files and the exit code through as they are", function()
    local text, code = process.output("echo in | " .. environment()
      .. process.script(BIN, "exec", "--data=empty", "sh", "-c",
        [[cat; for i; do echo "<$i>"; done; echo err >&2; exit 7]], "--", "--help",
        "a  b", "$HOME;*", "") .. " 2>&1")
    assert.equal("in\n<--help>\n<a  b>\n<$HOME;*>\n<>\nerr\n", text)
    assert.equal(7, code)
    assert.equal("", list(folder))
  end)

  it("exits as a shell does when the program was ended or never ran", function()
    for _, case in ipairs {
      { { "sh", "-c", "kill -9 $$" }, 137, "" },
      { { "sh", "-c", "kill -TERM $$" }, 143, "" },
      { { folder .. "/none" }, 127, "none: No such file or directory\n" },
      { { "no-such-program-here" }, 127, "here: No such file or directory\n" },
      { { "/etc/passwd" }, 126, "passwd: Permission denied\n" },
      { {}, 125, "exec: a program expected, see --help\n" },
    } do
      local text, code = exec({ "--data", "empty" }, case[1])
      assert.equal(case[2], code)
      assert.equal(case[3], text:sub(-#case[3]))
      assert.equal("", list(folder))
    end
    assert.same({ "instagram-sandbox: unknown option '--prot', see --help\n", 125 },
      { run { "exec", "--prot" } })
    assert.same({ "instagram-sandbox: --user x: there is no such account\n", 125 },
      { exec({ "--user", "x" }, { "true" }) })
    assert.same({ "instagram-sandbox: temporary folder: No such file or directory\n",
      125 }, { exec({}, { "true" }, { TMPDIR = folder .. "/none" }) })
  end)

  it("hands signals on, and ends when the program does", function()
    for _, signal in ipairs { "INT", "TERM", "HUP", "USR1" } do
      local log = folder .. "/log" .. signal
      local pid = process.start(environment() .. process.script(BIN, "exec",
        "--data=empty", "--", "sh", "-c", ("trap 'echo got; exit 9' %s; echo ready; "
        .. "while :; do sleep 0.02; done"):format(signal)), log)
      process.wait_until("it is ready", 60, function()
        return contents(log):find("ready", 1, true)
      end)
      process.signal(pid, signal)
      process.wait_until("it ends", 60, function()
        return not process.is_running(pid)
      end)
      assert.equal("ready\ngot\n", contents(log))
      os.remove(log)
    end
    assert.equal("", list(folder))
  end)

  it("hands Ctrl-C on once: the terminal told the program itself", function()
    if not process.has "script" then return pending "script(1) is not there" end
    local log, keys = folder .. "/log", folder .. "/keys"
    os.execute("mkfifo " .. keys)
    local command = environment() .. process.script(BIN, "exec", "--data=empty", "--",
      "sh", "-c", [[n=0; trap 'n=$((n + 1))' INT; echo ready
        while [ $n = 0 ]; do sleep 0.02; done; sleep 0.2; echo "got $n"; exit 5]])
    local pid = process.start("script -qec " .. process.quote(command)
      .. " /dev/null <" .. keys, log)
    local terminal = assert(io.open(keys, "w"))
    process.wait_until("it is ready", 60, function()
      return contents(log):find("ready", 1, true)
    end)
    terminal:write("\3")
    terminal:flush()
    process.wait_until("it ends", 60, function()
      return not process.is_running(pid)
    end)
    terminal:close()
    assert.matches("got 1\r?\n$", contents(log))
    os.remove(log)
    os.remove(keys)
  end)

  it("runs nothing when it was interrupted before", function()
    local text, code = process.output(environment() .. process.script("-e", [[
      local host = require "instagram.sandbox.host"
      host.hold_signals()
      os.execute("kill -TERM $PPID")
      print(host.run({ "echo", "no" }, {}))]]))
    assert.equal("143\n", text)
    assert.equal(0, code)
  end)

  it("leaves its own descriptors and its held signals out of the program", function()
    collectgarbage() -- what is open by neglect is not to be closed between two looks
    collectgarbage()
    local text = shell "ls -l /proc/self/fd; grep SigBlk /proc/self/status"
    local own = process.output "sh -c 'ls -l /proc/self/fd' 2>&1"
    local _, sockets = own:gsub("socket:", "") -- specs before this one leave some open
    assert.equal(sockets, select(2, text:gsub("socket:", "")))
    assert.equal(select(2, own:gsub("\n", "")) + 1, select(2, text:gsub("\n", "")))
    assert.matches("SigBlk:%s+0+\n", text)
  end)

  it("sets what clients look for, and files that are there while it runs", function()
    local text = shell([[
      echo "$https_proxy $HTTPS_PROXY $http_proxy $HTTP_PROXY $INSTAGRAM_SANDBOX_URL"
      echo "$no_proxy $NO_PROXY"
      for file in "$INSTAGRAM_SANDBOX_CA" "$SSL_CERT_FILE" "$CURL_CA_BUNDLE" \
        "$REQUESTS_CA_BUNDLE" "$NODE_EXTRA_CA_CERTS"; do head -n 1 "$file"; done
      ls -ld "${INSTAGRAM_SANDBOX_CA%/*}" | cut -c 1-10
      echo "$NODE_OPTIONS"
      echo "$PHP_INI_SCAN_DIR" "${PHP_INI_SCAN_DIR##*:}"/*.ini
    ]], nil, { NODE_OPTIONS = "--no-warnings", PHP_INI_SCAN_DIR = "/a:/b" })
    local lines = source.lines(text)
    local url = lines[1]:match("^http://127%.0%.0%.1:%d+")
    assert.equal(table.concat({ url, url, url, url, url }, " "), lines[1])
    assert.equal("localhost,127.0.0.1,::1 localhost,127.0.0.1,::1", lines[2])
    for i = 3, 7 do assert.equal("-----BEGIN CERTIFICATE-----", lines[i]) end
    assert.equal("drwx------", lines[8])
    assert.matches('^%-%-no%-warnings %-%-require="/.+/node%.cjs"$', lines[9])
    local place = lines[10]:match("^/a:/b:(/%S+) ")
    assert.equal(("/a:/b:%s %s/instagram-sandbox.ini"):format(place, place), lines[10])
  end)

  it("gives ids, secrets and tokens that work", function()
    local text = exec({ "--user", "second_user" }, { process.lua, "-e", [[
      local http = require "spec.support.sandbox_http"
      local server = { url = os.getenv "INSTAGRAM_SANDBOX_URL" }
      print(os.getenv "INSTAGRAM_SANDBOX_USERNAME",
        os.getenv "INSTAGRAM_SANDBOX_REDIRECT_URI")
      for _, flavour in ipairs { "BASIC_DISPLAY", "INSTAGRAM_LOGIN" } do
        local stem = "INSTAGRAM_SANDBOX_" .. flavour
        local app = http.get(server, "/_sandbox/credentials",
          { client_id = os.getenv(stem .. "_CLIENT_ID") }):json()
        print(app.flavour, app.client_secret == os.getenv(stem .. "_CLIENT_SECRET"),
          http.get(server, "/me", { access_token = os.getenv(stem .. "_TOKEN"),
            fields = "username" }):json().username)
      end]] })
    assert.equal("second_user\thttps://localhost/auth/\n"
      .. "basic_display\ttrue\tsecond_user\ninstagram_login\ttrue\tsecond_user\n", text)
  end)

  it("keeps its options from sandboxes that the program starts", function()
    local port = process.free_port()
    local text, code = shell([[
      env | grep -c '^INSTAGRAM_SANDBOX_\(PORT\|DATA\|SET\)='
      env | grep -c '^INSTAGRAM_SANDBOX_.*TOKEN=']], {}, {
      INSTAGRAM_SANDBOX_PORT = port, INSTAGRAM_SANDBOX_DATA = "empty",
      INSTAGRAM_SANDBOX_SET = "page_max=5" })
    assert.equal("0\n0\n", text) -- and nobody there a token could be of
    assert.equal(1, code) -- grep's
  end)
end)
