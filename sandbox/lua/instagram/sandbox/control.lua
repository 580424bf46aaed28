--- The two ways in for control calls: from Lua through the host, and over HTTP as
--- `/_sandbox/NAME` with a JSON object. What they do is said in calls.lua.

local calls = require "instagram.sandbox.calls"
local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"
local json = require "instagram.sandbox.json"
local read_json = require "instagram.sandbox.json_read"
local respond = require "instagram.sandbox.respond"

local control = {}

-- Value, or nil, what is wrong and, when the window refused, why.
local function run(world, name, takes, args)
  local ok, result = pcall(function()
    if takes then check.members(args, takes, name) end
    return calls[name].run(world, args)
  end)
  if ok then return result end
  if errors.is(result) then return nil, result.message, result.reason end
  if type(result) == "table" and result.misuse then return nil, result.misuse end
  error(result, 0)
end

--- From Lua: JSON {"name":..., "args":{...}} to JSON {"ok":...} or {"error":...}.
function control.call(world, text)
  local asked, problem = read_json(text)
  if type(asked) ~= "table" then return nil, problem or "a JSON object expected" end
  local name, args = asked.name, asked.args or {}
  if not calls[name] then
    return json.plain({ error = "no control call named '" .. tostring(name) .. "'" })
  elseif type(args) ~= "table" then
    return json.plain({ error = "arguments: a table expected" })
  end
  local result, message, reason = run(world, name, calls[name].takes, args)
  if result then return json.plain({ ok = result }) end
  return json.plain({ error = message, reason = reason })
end

-- A page of some other site may send requests here, and must not steer the sandbox:
-- browsers say in Origin where a page is from.
local function is_foreign(world, request)
  local origin = request.headers.origin
  if not origin or origin == world.options.public_url then return false end
  origin = origin:gsub("^https:", "http:") -- one port speaks both
  return origin ~= world.url and origin ~= world.url:gsub("//[^/]*:", "//localhost:")
end

-- Arguments of a GET: its query, numbers where numbers are meant.
local function query_args(request, takes)
  local args = {}
  for _, pair in ipairs(request.args) do
    local name, value = pair[1], pair[2]
    args[name] = takes[name] == "count" and tonumber(value) or value
  end
  return args
end

local function body_args(request)
  if not request.body:find("%S") then return {} end
  local args, problem = read_json(request.body)
  if type(args) == "table" then return args end
  return nil, problem and "the body is no JSON: " .. problem
    or "the body must be a JSON object"
end

local function refuse(status, message, reason)
  return respond.control(status, { error = message, reason = reason })
end

--- Over HTTP: POST with the arguments as a JSON object; GET for what only looks.
function control.answer(world, request)
  local name = request.path:match("^/_sandbox/([%w_]+)/?$")
  local call = calls[name]
  if not call then return refuse(404, "no control call of that name") end
  if is_foreign(world, request) then
    return refuse(403, "pages of other sites may not steer the sandbox")
  end
  local get = request.method == "GET" or request.method == "HEAD"
  if get and not call.get or not get and request.method ~= "POST" then
    return refuse(405, "this control call is a POST")
  end
  local args, problem = (get and query_args or body_args)(request, call.get)
  if not args then return refuse(400, problem) end
  local result, message, reason = run(world, name, get and call.get or call.takes, args)
  if result then return respond.control(200, result) end
  return refuse(400, message, reason)
end

return control
