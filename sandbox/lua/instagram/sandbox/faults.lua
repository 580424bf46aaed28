--- Bad days to order: a fault names the requests it meets (by path, method, how many
--- times, after how many) and what befalls them. The first that fits is used.

local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"

local faults = {}

local methods = {}
local mt = { __index = methods }

local misuse = check.misuse

-- kind -> the members it takes besides on, method, times, after
local kinds = {
  delay = { delay = "seconds" },
  status = { status = "status", error = "string", body = "string", type = "string" },
  garbage = { status = "status" },
  html = { status = "status" },
  empty = { status = "status" },
  truncate = { bytes = "count" },
  reset = { bytes = "count" },
  stall = { bytes = "count" },
  slow = { rate = "positive" },
}

for _, members in pairs(kinds) do
  for name, kind in pairs({ on = "string", method = "string", kind = "string",
    times = "count", after = "count" }) do
    members[name] = kind
  end
end

function faults.new() return setmetatable({ list = {} }, mt) end

local function check_spec(spec)
  local members = kinds[spec.kind]
  if not members then
    local names = {}
    for name in pairs(kinds) do names[#names + 1] = name end
    table.sort(names)
    misuse("fault kind must be one of: " .. table.concat(names, ", "))
  end
  check.members(spec, members, "a fault of kind " .. spec.kind)
  if spec.kind == "delay" and not spec.delay then misuse "fault: delay is missing" end
  if spec.times == 0 then misuse "fault: times must be 1 or more" end
  if spec.error and not errors.known(spec.error) then
    misuse("fault: no error named '" .. spec.error .. "'")
  end
  if spec.type and spec.type:find("%c") then misuse "fault: type is no header value" end
end

--- Adds a fault. `on` is the beginning of a path (with or without version) or a glob
--- with `*`; nil: every path.
function methods:add(spec)
  check_spec(spec)
  local fault = { left = spec.times or math.huge, skip = spec.after or 0 }
  for name, value in pairs(spec) do fault[name] = value end
  fault.method = spec.method and spec.method:upper()
  self.list[#self.list + 1] = fault
end

function methods:clear() self.list = {} end

local function glob_pattern(text)
  return "^" .. text:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*+", ".*") .. "$"
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

-- kind -> status, content type, body
local plain = {
  garbage = { 200, "application/json; charset=UTF-8", GARBAGE },
  html = { 502, "text/html; charset=utf-8", PAGE },
  empty = { 200, "application/json; charset=UTF-8", "" },
}

local function answer(status, kind, body)
  return { status = status, body = body, headers = { { "Content-Type", kind } } }
end

--- What is answered instead of the rules' answer; nil when the rules are asked.
---@param now number  the clock
---@param refuse function  (refusal) -> response in the path's own shape
function faults.instead(fault, now, refuse)
  local form = plain[fault.kind]
  if form then return answer(fault.status or form[1], form[2], form[3]) end
  if fault.kind ~= "status" then return nil end
  if fault.body then
    return answer(fault.status or 500, fault.type or "application/json", fault.body)
  end
  local refusal = errors.ordered(fault.error or "transient", "fault", now)
  refusal.status = fault.status or refusal.status
  return refuse(refusal)
end

-- How many bytes will be sent if nothing befalls them: of a file, what a range leaves.
local function size_of(native, request, response)
  if not response.file then return response.body and #response.body or 0 end
  local size = native.file_size(response.file) or 0
  local from = (request.headers.range or ""):match("^bytes=(%d+)%-$")
  return math.max(0, size - (tonumber(from) or 0))
end

local wire = {} -- kind -> function(fault, half): what the host is told

function wire.delay(fault) return { delay = fault.delay } end
function wire.truncate(fault, half) return { truncate = fault.bytes or half() } end
function wire.reset(fault) return { reset = true, truncate = fault.bytes } end
function wire.stall(fault) return { stall_after = fault.bytes or 0 } end
function wire.slow(fault) return { slow = fault.rate or 1000 } end

--- What the host does to the bytes of the answer. They are counted as the body is
--- written: such an answer is never compressed.
function faults.on_wire(fault, native, request, response)
  local order = wire[fault.kind]
  if not order then return end
  response.fault = order(fault, function()
    return math.floor(size_of(native, request, response) / 2)
  end)
  if fault.kind ~= "delay" then response.gzip = nil end
end

return faults
