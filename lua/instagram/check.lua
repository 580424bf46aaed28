--- Misuse: wrong types, unknown options, closed objects. Every complaint about the
--- caller's program is made here and raised at the caller's own line, however deep in
--- this package it was found. Knows: the core's nearest name.
local core = require "instagram.core"

local check = {}

local getinfo = debug and debug.getinfo
local source = getinfo and getinfo(1, "S").source or ""
local home = source:match("^@.*[/\\]")

local function is_outside(info)
  if info.what == "C" or info.what == "tail" then return false end
  return home == nil or info.source:sub(1, #home) ~= home
end

--- Raises the message at the first line outside this package; without the debug
--- library there is no place to name.
---@param message string
function check.fail(message)
  local level, info = 2, getinfo and getinfo(2, "S")
  while info and not is_outside(info) do
    level = level + 1
    info = getinfo(level, "S")
  end
  error(message, info and level or 0)
end

local function hand_on(ok, ...)
  if ok then return ... end
  local problem = ...
  if type(problem) ~= "string" then error(problem, 0) end
  check.fail(problem:match("^bad argument #%-?%d+ to '[^']*' %((.*)%)$") or problem)
end

--- Calls a function of the core; what it raises about the arguments it was handed is
--- raised again at the caller's line. Must not be used around anything that waits.
function check.relay(fn, ...)
  return hand_on(pcall(fn, ...))
end

--- "; did you mean 'timeout'?", or nothing. Names here are in lower case, all of them.
function check.hint(word, candidates)
  local near = core.nearest(tostring(word):lower(), candidates)
  return near and ("; did you mean '%s'?"):format(near) or ""
end

local function is_number(value, least)
  return type(value) == "number" and value >= least and value < math.huge
end

local function is_whole(value, least)
  return is_number(value, least) and value == math.floor(value)
end

-- kind of value -> what a person calls it, and the test
local kinds = {
  any = { "a value", function(value) return value ~= nil end },
  boolean = { "boolean", function(value) return type(value) == "boolean" end },
  table = { "table", function(value) return type(value) == "table" end },
  ["function"] = { "function", function(value) return type(value) == "function" end },
  string = { "string", function(value) return type(value) == "string" end },
  text = {
    "string that is not empty",
    function(value)
      return type(value) == "string" and value ~= "" and not value:find("\0", 1, true)
    end,
  },
  secret = {
    "string or secret",
    function(value)
      return type(value) == "string" and value ~= "" or type(value) == "userdata"
    end,
  },
  seconds = {
    "positive number of seconds",
    function(value) return is_number(value, 0) and value > 0 end,
  },
  pause = { "number of seconds", function(value) return is_number(value, 0) end },
  count = { "whole number from 1 on", function(value) return is_whole(value, 1) end },
  retries = { "whole number from 0 on", function(value) return is_whole(value, 0) end },
  version = {
    "string like 'v21.0'",
    function(value)
      return type(value) == "string" and value:find("^v%d+%.%d+$") ~= nil
    end,
  },
  list = {
    "list or string",
    function(value) return type(value) == "table" or type(value) == "string" end,
  },
  time = {
    "epoch seconds or ISO 8601 string",
    function(value)
      return type(value) == "string" or is_number(value, -math.huge)
    end,
  },
}

-- A string where it does not belong may be a misplaced secret: its text stays out.
local function got(value)
  if value == "" then return "got an empty string" end
  if type(value) == "string" and value:find("\0", 1, true) then
    return "got one with a zero byte"
  end
  return "got " .. (type(value) == "number" and tostring(value) or type(value))
end

--- An argument of a public function must be of a kind.
---@param name string of the argument
---@param where string of the function
---@param kind string
function check.argument(value, name, where, kind)
  local expected = kinds[kind]
  if expected[2](value) then return value end
  check.fail(("bad argument '%s' to %s (%s expected, %s)"):format(
    name, where, expected[1], got(value)))
end

--- An argument of a public function must be a list. Names where a list belongs, or an
--- object of ours, would pass for an empty one.
---@param name string of the argument
---@param where string of the function
function check.array(value, name, where)
  check.argument(value, name, where, "table")
  if value[1] ~= nil or next(value) == nil or value.n == 0 then return value end
  local class = getmetatable(value)
  class = type(class) == "table" and class.__name
  check.fail(("bad argument '%s' to %s (list expected, got %s)"):format(name, where,
    class == "instagram.pager" and "a pager: put its media into a list first"
      or class and tostring(class) or "a table with names, but no [1]"))
end

--- An argument of a public function must be a token that is not closed.
---@param where string of the function
function check.token(token, where)
  local ok, kind = pcall(function() return token.kind end)
  if type(token) == "string" or not ok or not kind then
    check.fail(("bad argument 'token' to %s (token expected, got %s)"):format(
      where, type(token)))
  end
  check.relay(kind, token)
  return token
end

--- Complains about one option by name.
function check.bad_option(name, where, problem)
  check.fail(("bad option '%s' to %s (%s)"):format(tostring(name), where, problem))
end

local function unknown(name, where, allowed)
  local names = {}
  for known in pairs(allowed) do names[#names + 1] = known end
  table.sort(names)
  check.bad_option(name, where, "unknown" .. check.hint(name, names))
end

-- What every call of the API understands in its options.
local each_call = { timeout = "seconds", retries = "retries", version = "version" }

--- The options of a function: name -> kind. Those of every call are among them unless
--- `bare` is true.
function check.options(names, bare)
  local all = {}
  for name, kind in pairs(bare and {} or each_call) do all[name] = kind end
  for name, kind in pairs(names) do all[name] = kind end
  return all
end

--- Checks an options table against what is allowed; nil stands for no options.
---@param options table?
---@param allowed table<string, string> name -> kind
---@param where string name of the function
---@return table options never nil; the caller's own, not to be changed
function check.given(options, allowed, where)
  if options == nil then return {} end
  check.argument(options, "options", where, "table")
  for name, value in pairs(options) do
    local kind = allowed[name]
    if kind == nil then unknown(name, where, allowed) end
    local expected = kinds[kind]
    if not expected[2](value) then
      check.bad_option(name, where, expected[1] .. " expected, " .. got(value))
    end
  end
  return options
end

--- The options that go with the call itself, in a table of its own.
function check.call_options(options)
  return {
    timeout = options.timeout,
    retries = options.retries,
    version = options.version,
  }
end

return check
