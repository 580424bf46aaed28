--- Bad days to order: a fault names the requests it meets (by path, method, how many times,
--- after how many) and what befalls them. The first that fits is used.

local errors = require "instagram.sandbox.errors"

local faults = {}

local methods = {}
local mt = { __index = methods }

local function misuse(text) error({ misuse = text }, 0) end

-- kind -> the members it takes besides on, method, times, after
local kinds = {
  delay = { delay = "number" },
  status = { status = "number", error = "string", body = "string", type = "string" },
  garbage = { status = "number" },
  html = { status = "number" },
  empty = { status = "number" },
  truncate = { bytes = "number" },
  reset = { bytes = "number" },
  stall = { bytes = "number" },
  slow = { rate = "number" },
}
local common = { on = "string", method = "string", kind = "string", times = "number",
  after = "number" }

function faults.new() return setmetatable({ list = {} }, mt) end

local function check(spec)
  local own = kinds[spec.kind]
  if not own then
    local names = {}
    for name in pairs(kinds) do names[#names + 1] = name end
    table.sort(names)
    misuse("fault kind must be one of: " .. table.concat(names, ", "))
  end
  for name, value in pairs(spec) do
    local wanted = common[name] or own[name]
    if not wanted then misuse("a fault of kind " .. spec.kind .. " has no '" .. name .. "'") end
    if type(value) ~= wanted then misuse("fault: '" .. name .. "' must be a " .. wanted) end
  end
  if spec.kind == "delay" and not spec.delay then misuse "fault: delay is missing" end
  if spec.error and not errors.known(spec.error) then
    misuse("fault: no error named '" .. spec.error .. "'")
  end
end

--- Adds a fault. `on` is the beginning of a path (with or without version) or a glob with
--- `*`; nil: every path.
function methods:add(spec)
  check(spec)
  local fault = { left = spec.times or math.huge, skip = spec.after or 0 }
  for name, value in pairs(spec) do fault[name] = value end
  self.list[#self.list + 1] = fault
end

function methods:clear() self.list = {} end

local function glob_pattern(text)
  return "^" .. text:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

local function fits_path(on, path)
  if not on then return true end
  local bare = path:gsub("^/v%d+%.%d+/", "/")
  if on:find("*", 1, true) then
    local pattern = glob_pattern(on)
    return path:find(pattern) ~= nil or bare:find(pattern) ~= nil
  end
  return path:sub(1, #on) == on or bare:sub(1, #on) == on
end

--- The fault for a request, used up by one; nil when it is spared.
function methods:take(method, path)
  for i, fault in ipairs(self.list) do
    if (not fault.method or fault.method == method) and fits_path(fault.on, path) then
      if fault.skip > 0 then
        fault.skip = fault.skip - 1
      else
        fault.left = fault.left - 1
        if fault.left <= 0 then table.remove(self.list, i) end
        return fault
      end
    end
  end
end

local GARBAGE = "{\"data\":[{\"id\":\"178\0\255\254 not json at all ]]}{{"
local PAGE = "<!DOCTYPE html><html><head><title>Sorry</title></head><body>"
  .. "<h1>Sorry, something went wrong.</h1></body></html>"

local function plain(status, kind, body)
  return { status = status, body = body, headers = { { "Content-Type", kind } } }
end

--- What is answered instead of the rules' answer; nil when the rules are asked.
---@param refuse function  (refusal) -> response in the path's own shape
function faults.instead(fault, refuse)
  local kind = fault.kind
  if kind == "garbage" then
    return plain(fault.status or 200, "application/json; charset=UTF-8", GARBAGE)
  elseif kind == "html" then
    return plain(fault.status or 502, "text/html; charset=utf-8", PAGE)
  elseif kind == "empty" then
    return plain(fault.status or 200, "application/json; charset=UTF-8", "")
  elseif kind ~= "status" then
    return nil
  elseif fault.body then
    return plain(fault.status or 500, fault.type or "application/json", fault.body)
  end
  local refusal = errors.new(fault.error or "transient", "fault")
  refusal.status = fault.status or refusal.status
  return refuse(refusal)
end

local function size_of(response)
  return response.body and #response.body or 0
end

--- What the host does to the bytes of the answer.
function faults.on_wire(fault, response)
  local kind, wire = fault.kind, response.fault or {}
  if kind == "delay" then wire.delay = fault.delay
  elseif kind == "truncate" then
    wire.truncate = fault.bytes or math.floor(size_of(response) / 2)
  elseif kind == "reset" then
    wire.reset = true
    wire.truncate = fault.bytes
  elseif kind == "stall" then wire.stall_after = fault.bytes or 0
  elseif kind == "slow" then wire.slow = fault.rate or 1000
  end
  response.fault = wire
  if kind == "truncate" or kind == "reset" then response.gzip = nil end
end

return faults
