--- The command's options: one table, from which the command line, the environment and
--- --help are read. What is wrong is said by the name it was given under.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local host = require "instagram.sandbox.host"
local read_json = require "instagram.sandbox.json_read"
local settings = require "instagram.sandbox.settings"

local options = {}

--- Environment variables are called this and the option's name.
options.prefix = "INSTAGRAM_SANDBOX_"

---@class instagram.SandboxCommandOption
---@field [1] string  name, as in --name
---@field value string|nil  what stands for the value in --help; nil: a switch
---@field kind string|nil  how the value is read (below); nil: as it is
---@field start string|nil  the option of `start` where it is called otherwise
---@field [2] string  what it does

--- In the order of --help, by group.
options.groups = {
  { "Where it is",
    { "port", value = "N", kind = "port",
      "listen on this port; 0, the default, takes any free one" },
    { "bind", value = "ADDRESS", kind = "address", "listen on this IP address (default "
      .. "127.0.0.1). Beyond loopback everybody who reaches it can steer the sandbox, "
      .. "see its tokens and have it read pictures and write snapshots: control calls "
      .. "ask for no credentials" },
    { "public-url", value = "URL", kind = "url", "write links with this address, where "
      .. "clients reach the sandbox by another than it listens on" },
    { "ca-file", value = "FILE", "write the certificate there that clients have to "
      .. "trust for https" } },
  { "What it holds",
    { "db", value = "FILE", "keep everything in this file; without it, in memory, gone "
      .. "at the end" },
    { "data", value = "NAME", kind = "data", "what a new sandbox holds: demo (the "
      .. "default), three people and their pictures, or empty" },
    { "data-dir", value = "DIR", "where the demo's people and pictures are" },
    { "photos", value = "DIR", "your own pictures and videos become an account" },
    { "export", value = "PATH", "Instagram's \"Download your information\" archive, "
      .. "in JSON, becomes an account" } },
  { "How it behaves",
    { "now", value = "TIME", kind = "time", "where its clock starts: a date "
      .. "(2024-12-04, 2024-12-04T18:00:00Z) or epoch seconds (default 2023-11-01)" },
    { "seed", value = "TEXT", "another text gives other ids and tokens" },
    { "lenient", "forgive what real-world clients get wrong" },
    { "set", value = "NAME=VALUE", kind = "setting", "change a setting, such as "
      .. "shutdown=true or page_max=50; may be given again" },
    { "quiet", "say nothing on stderr once it runs: no errors of the sandbox "
      .. "itself, no refused hosts, no report on pictures" } },
  { "Only with exec",
    { "user", value = "USERNAME", only = "exec", "whose tokens CMD gets (default: the "
      .. "first account that a token can be generated for)" } },
  { "About", no_environment = true,
    { "help", "say this" },
    { "version", "say the version" } },
}

--- Name -> option.
options.known = {}
for _, group in ipairs(options.groups) do
  for i = 2, #group do
    options.known[group[i][1]] = group[i]
    group[i].no_environment = group.no_environment
  end
end

--- The environment variable of an option.
function options.variable(name)
  return options.prefix .. name:upper():gsub("-", "_")
end

-- --- values --------------------------------------------------------------------------

local readers = {} -- kind -> function(text): value | nil, what was expected

function readers.port(text)
  local port = text:match("^%d+$") and tonumber(text)
  if port and port <= 65535 then return port end
  return nil, "0 to 65535 expected"
end

function readers.address(text)
  if host.reach(text) then return text end
  return nil, "an IP address expected"
end

function readers.url(text)
  if check.is_base_url(text) then return text end
  return nil, "http(s)://HOST[:PORT] expected"
end

function readers.data(text)
  if text == "demo" or text == "empty" then return text end
  return nil, "demo or empty expected"
end

function readers.time(text)
  local epoch = clock.read(text)
  if epoch then return epoch end
  return nil, "a date (2024-12-04, 2024-12-04T18:00:00Z) or epoch seconds up to the "
    .. "year 2242 expected"
end

-- A setting's value as its kind has it.
local function setting_value(known, text)
  if text == "true" or text == "false" then return text == "true" end
  if known.kind == "number" then return tonumber(text) or text end
  if text:find("^[%[{]") then return read_json(text) end
  return text
end

function readers.setting(text)
  local name, value = text:match("^([%w_]+)=(.*)$")
  if not name then return nil, "NAME=VALUE expected" end
  local known = settings.known[name]
  if not known then return nil, "there is no setting '" .. name .. "'" end
  value = setting_value(known, value)
  if value == nil then return nil, "the value is no JSON" end
  local ok, problem = pcall(settings.change, {}, { [name] = value })
  if not ok then return nil, check.is_misuse(problem) and problem.misuse or problem end
  return { name = name, value = value }
end

local flags = { ["1"] = true, yes = true, ["true"] = true, on = true,
  ["0"] = false, no = false, ["false"] = false, off = false }

local function read_flag(text)
  local value = flags[text:lower()]
  if value ~= nil then return value end
  return nil, "1 or 0, yes or no, true or false expected"
end

local function read(option, given_as, text)
  local reader = readers[option.kind] or not option.value and read_flag
  if not reader then return text end
  local value, problem = reader(text)
  if value ~= nil then return value end
  return nil, ("%s: %s, got '%s'"):format(given_as, problem, text)
end

-- Settings add up, by name; of everything else there is one.
local function keep(values, option, value)
  if option.kind ~= "setting" then
    values[option[1]] = value
    return
  end
  values.set = values.set or {}
  values.set[value.name] = value.value
end

-- --- the command line ----------------------------------------------------------------

-- The switch that "no-name" takes back.
local function switched_off(name)
  local option = options.known[(name or ""):match("^no%-(.*)$") or ""]
  if option and not option.value and not option.no_environment then return option end
end

local function switch(values, option, word, has_value)
  if has_value then return nil, "--" .. option[1] .. " takes no value" end
  values[option[1]] = word:sub(1, 5) ~= "--no-"
  return true
end

-- One option at words[i]: the index of its last word, or nil and what is wrong.
local function read_option(values, words, i)
  local name, equals, text = words[i]:match("^%-%-([%l-]+)(=?)(.*)$")
  local option = options.known[name] or switched_off(name)
  if not option then
    return nil, "unknown option '" .. words[i] .. "', see --help"
  end
  if not option.value then
    local ok, problem = switch(values, option, words[i], equals ~= "")
    return ok and i, problem
  end
  if equals == "" then i, text = i + 1, words[i + 1] end
  if not text or text == "" then return nil, "--" .. name .. ": value missing" end
  local value, problem = read(option, "--" .. name, text)
  if value == nil then return nil, problem end
  keep(values, option, value)
  return i
end

local function rest_of(words, i)
  local rest = {}
  for k = i, #words do rest[#rest + 1] = words[k] end
  return rest
end

-- A word that is no option: the command, or where exec's own program begins.
local function read_word(line, words, i, commands)
  if words[i] == "--" then i = i + 1 elseif not line.command and commands[words[i]] then
    line.command = words[i]
    return i
  end
  if line.command ~= "exec" then
    return nil, "unknown argument '" .. tostring(words[i]) .. "', see --help"
  end
  line.program = rest_of(words, i)
  return #words
end

--- Reads a command line.
---@param words string[]
---@param commands table  the names of the subcommands as keys
---@return table|nil line  command, program (words of exec's), values by option
---@return string|nil message
---@return string|nil command  read before what is wrong
function options.read_line(words, commands)
  local line, i = { values = {} }, 1
  while i <= #words do
    local problem
    if words[i] == "-h" then
      line.values.help = true
    elseif words[i]:find("^%-%-.") then
      i, problem = read_option(line.values, words, i)
    else
      i, problem = read_word(line, words, i, commands)
    end
    if not i then return nil, problem, line.command end
    i = i + 1
  end
  line.command = line.command or "serve"
  return line
end

-- --- the environment -----------------------------------------------------------------

local function read_variable(values, option, getenv)
  local variable = options.variable(option[1])
  local text = getenv(variable)
  if not text or text == "" then return true end
  if option.kind ~= "setting" then text = { text } else
    local list = {}
    for word in text:gmatch("%S+") do list[#list + 1] = word end
    text = list
  end
  for _, word in ipairs(text) do
    local value, problem = read(option, variable, word)
    if value == nil then return nil, problem end
    keep(values, option, value)
  end
  return true
end

--- Reads the options that the environment gives. Of `set` there may be several, parted
--- by blanks.
---@param getenv fun(name: string): string|nil
---@return table|nil values
---@return string|nil message
function options.read_environment(getenv)
  local values = {}
  for _, option in pairs(options.known) do
    local ok, problem = option.no_environment or nil, nil
    if not ok then ok, problem = read_variable(values, option, getenv) end
    if not ok then return nil, problem end
  end
  return values
end

--- The command line's values before the environment's.
function options.merge(line, environment)
  local merged = {}
  for name, value in pairs(environment) do merged[name] = value end
  for name, value in pairs(line) do
    if name ~= "set" then merged[name] = value end
  end
  for name, value in pairs(line.set or {}) do
    merged.set = merged.set or {}
    merged.set[name] = value
  end
  return merged
end

local start_names = { "port", "bind", "public-url", "ca-file", "db", "data", "data-dir",
  "photos", "export", "now", "seed", "quiet" }

--- The options of `start` that values say.
function options.for_start(values)
  local start = {}
  for _, name in ipairs(start_names) do start[(name:gsub("-", "_"))] = values[name] end
  start.settings = values.set
  if values.lenient ~= nil then start.strict = not values.lenient end
  return start
end

return options
