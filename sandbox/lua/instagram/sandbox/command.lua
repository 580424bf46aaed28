--- The command `instagram-sandbox`: reads its options, starts a sandbox, and serves or
--- runs a program beside it. Knows what is said to people; what a sandbox does it gets
--- from instagram.sandbox.

local exec = require "instagram.sandbox.command.exec"
local environment = require "instagram.sandbox.command.environment"
local help = require "instagram.sandbox.command.help"
local host = require "instagram.sandbox.host"
local json = require "instagram.sandbox.json"
local options = require "instagram.sandbox.command.options"
local reports = require "instagram.sandbox.command.reports"
local sandbox = require "instagram.sandbox"

local command = {}

local NAME = "instagram-sandbox"
local COULD_NOT_START, MISUSED = 1, 2

local function complain(message)
  io.stderr:write(NAME, ": ", message, "\n")
end

-- --- starting ------------------------------------------------------------------------

-- On stderr: what a program reads on stdout stays one line.
local function tell_imports(running)
  for _, report in ipairs(assert(running:control "imports").imports) do
    for _, line in ipairs(reports.lines(report)) do complain(line) end
  end
end

local function warn_of_bind(address)
  if not address or host.reach(address) ~= "beyond" then return end
  complain("warning: bound to " .. address .. ": whoever reaches it can steer the "
    .. "sandbox, control calls ask for no credentials")
end

-- Signals wait from before the start on: an interrupt always ends in order.
local function start(values)
  host.hold_signals()
  local ok, running, problem = pcall(sandbox.start, options.for_start(values))
  if not ok then return nil, (tostring(running):gsub("^[^:]*:%d+: ", "")) end
  if running and not values.quiet then
    warn_of_bind(values.bind)
    tell_imports(running)
  end
  return running, problem
end

-- --- serving -------------------------------------------------------------------------

local function machine_line(running, values)
  return json.plain(json.object("url", running.url, "port", running.server:port(),
    "pid", running.server:pid(), "ca_file", values["ca-file"])) .. "\n"
end

local PEOPLE = [[
A local Instagram is running. Open its front page in a browser:

    @URL/

Choose somebody under "Who lives here" to see their pictures; "Log in" at an app gives
a token to read them with. --help tells what else there is.

Ctrl-C stops it; @KEPT.
]]

local function people_text(running, values)
  local kept = values.db and values.db .. " keeps what is in it"
    or "all is gone then (--db FILE keeps it)"
  return (PEOPLE:gsub("@(%u+)", { URL = running.url, KEPT = kept }))
end

local function serve(values)
  local running, problem = start(values)
  if not running then
    complain(problem)
    return COULD_NOT_START
  end
  local text = (host.is_terminal(1) and people_text or machine_line)(running, values)
  io.stdout:write(text)
  io.stdout:flush()
  running.server:wait()
  running:stop()
  return 0
end

-- --- running a program ---------------------------------------------------------------

local function run(values, program)
  if not program or #program == 0 then
    complain("exec: a program expected, see --help")
    return exec.FAILED
  end
  local running, problem = start(values)
  if not running then
    complain(problem)
    return exec.FAILED
  end
  local code, message = exec.run(running, program, values.user)
  running:stop()
  if message then complain(message) end
  return code
end

-- --- the command line ----------------------------------------------------------------

local commands = { serve = serve, exec = run }

-- Values of line and environment, or nil and what is wrong.
local function gather(line)
  local given, problem = options.read_environment(os.getenv)
  if not given then return nil, problem end
  local values = options.merge(line.values, given)
  for name in pairs(line.values) do
    local only = options.known[name].only
    if only and only ~= line.command then
      return nil, "--" .. name .. " is only for " .. only
    end
  end
  return values
end

--- Runs a command line.
---@param words string[]
---@return number code  to exit with
function command.run(words)
  local line, problem, name = options.read_line(words, commands)
  if line and line.values.help then
    io.stdout:write(help.text(environment.variables))
    return 0
  elseif line and line.values.version then
    io.stdout:write(NAME, " ", sandbox._VERSION:match("%S+$"), "\n")
    return 0
  end
  local values
  if line then values, problem = gather(line) end
  if values then return commands[line.command](values, line.program) end
  complain(problem)
  return (line and line.command or name) == "exec" and exec.FAILED or MISUSED
end

return command
