--- The reading part against the real Instagram. The token is typed at a prompt that
--- does not show it, or comes from standard input (a password manager's pipe), or from
--- the file INSTAGRAM_TOKEN_FILE. It goes from there into the core: it is no argument,
--- no Lua string. In the environment, too: FLAVOUR, INSTAGRAM_BASE_URL, DEMO_OUT.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/?.lua;" .. package.path

local DESCRIPTOR = "--from-descriptor"

-- `head` reads the line, so nothing else of what is typed is taken. Echo is restored
-- however this ends: after the line, on Ctrl-C, when the terminal goes away.
local PROMPT = [[
saved=$(stty -g </dev/tty) || exit 1
restore() { stty "$saved" </dev/tty; }
trap restore EXIT
trap 'exit 130' INT TERM HUP
printf 'Access token (it stays hidden): ' >/dev/tty
{ stty -echo; head -n 1; restore; echo >/dev/tty; } </dev/tty | "$@"
]]

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function status(first, _, code)
  if type(first) == "number" then return first == 0 and 0 or 1 end -- Lua 5.1
  return first and 0 or code or 1
end

-- The interpreter that runs us, as it was called.
local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

local function ask()
  local command = { "sh", "-c", quote(PROMPT), "sh", quote(interpreter()),
    quote(arg[0]), DESCRIPTOR }
  return status(os.execute(table.concat(command, " ")))
end

local function setting(name)
  local value = os.getenv(name)
  if value ~= "" then return value end
end

local token_file = setting "INSTAGRAM_TOKEN_FILE"
if not token_file and arg[1] ~= DESCRIPTOR
  and status(os.execute "test -t 0") == 0 then
  os.exit(ask() == 0 and 0 or 1)
end

local instagram = require "instagram"
local reading = require "reading"

local function read_secret()
  if token_file then return instagram.secret.file(token_file) end
  return instagram.secret.fd(0)
end

reading.main(function()
  local counter = reading.counter()
  local secret = reading.check(read_secret())
  local client = instagram.open(secret, { log = counter.log,
    base_url = setting "INSTAGRAM_BASE_URL", flavour = setting "FLAVOUR" })
  reading.run(client, setting "DEMO_OUT" or "demo-out", counter)
end)
