--- Bad days to order: a fault names the requests it meets (by path, method, how many
--- times, after how many, by chance, for how long) and what befalls them. The first
--- that fits is used. What a kind does is said in mishaps.lua.

local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"
local random = require "instagram.sandbox.random"

local faults = {}

local methods = {}
local mt = { __index = methods }

local misuse = check.misuse

-- kind -> the members it takes besides those of every kind
local kinds = {
  delay = { delay = "seconds" },
  status = { status = "status", error = "string", body = "string", type = "string" },
  ok_error = { error = "string" },
  throttle = { error = "string", minutes = "count" },
  storm = { statuses = "table" },
  garbage = { status = "status" },
  html = { status = "status" },
  empty = { status = "status" },
  truncate = { bytes = "count" },
  length = { bytes = "count", off = "whole" },
  reset = { bytes = "count" },
  stall = { bytes = "count" },
  slow = { rate = "positive" },
  slow_headers = { rate = "positive" },
  tls = { how = "string" },
  expired_media = {},
  changed_file = {},
}

local of_every_kind = { on = "string", method = "string", kind = "string",
  times = "count", after = "count", probability = "share", seed = "count",
  seconds = "positive" }

for _, members in pairs(kinds) do
  for name, kind in pairs(of_every_kind) do members[name] = kind end
end
kinds.tls.method = nil -- there is none yet

--- kind -> its members -> what each must be (see check.lua), and those of every kind.
faults.kinds, faults.of_every_kind = kinds, of_every_kind

--- What may go wrong with TLS: the host's words (see rules.handshake).
faults.tls = { close = true, alert = true, garbage = true, stall = true, expired = true,
  wrong_host = true, untrusted = true }

function faults.new()
  return setmetatable({ list = {}, number = 0, changed = {} }, mt)
end

local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

local own_checks = {} -- kind -> function(spec)

function own_checks.delay(spec)
  if not spec.delay then misuse "fault: delay is missing" end
end

function own_checks.length(spec)
  if spec.bytes and spec.off then misuse "fault: bytes or off, not both" end
  if spec.off == 0 then misuse "fault: off must not be 0: that is the true length" end
end

function own_checks.tls(spec)
  if not faults.tls[spec.how] then
    misuse("fault: how must be one of: " .. sorted_names(faults.tls))
  end
end

function own_checks.storm(spec)
  local statuses = spec.statuses or { 500 }
  if #statuses == 0 then misuse "fault: statuses must not be empty" end
  for name, status in pairs(statuses) do
    local whole = type(status) == "number" and status % 1 == 0
    if type(name) ~= "number" or not whole or status < 500 or status > 599 then
      misuse "fault: statuses must be a list of HTTP statuses from 500 to 599"
    end
  end
end

local function check_spec(spec)
  local members = kinds[spec.kind]
  if not members then misuse("fault kind must be one of: " .. sorted_names(kinds)) end
  check.members(spec, members, "a fault of kind " .. spec.kind)
  if own_checks[spec.kind] then own_checks[spec.kind](spec) end
  if spec.times == 0 then misuse "fault: times must be 1 or more" end
  if spec.seed and not spec.probability then
    misuse "fault: seed is for a probability"
  end
  if spec.error and not errors.known(spec.error) then
    misuse("fault: no error named '" .. spec.error .. "'")
  end
  if spec.kind ~= "tls" and spec.on and not spec.on:find("^[/*]") then
    misuse "fault: on must begin with '/' or '*', as paths do"
  end
  if spec.type and spec.type:find("%c") then misuse "fault: type is no header value" end
end

-- A generator of the fault's own: the same seed, the same run, whatever other faults
-- there are. The first draws of small seeds are alike: thrown away.
local function dice(seed)
  local generator = random.new(seed * 7919)
  for _ = 1, 8 do generator:fraction() end
  return generator
end

--- Adds a fault; the number it is known by. `on` is the beginning of a path (with or
--- without version) or a glob with `*`; nil: every path.
---@param now number  the clock: `seconds` count from here
function methods:add(spec, now)
  check_spec(spec)
  self.number = self.number + 1
  local fault = { number = self.number, spec = spec, met = 0,
    left = spec.times or math.huge, skip = spec.after or 0,
    dice = spec.probability and dice(spec.seed or 1),
    ends = spec.seconds and now + spec.seconds }
  for name, value in pairs(spec) do fault[name] = value end
  fault.method = spec.method and spec.method:upper()
  self.list[#self.list + 1] = fault
  return fault.number
end

--- Forgets the fault of that number, or all; files that changed are as they were.
---@return number  how many are gone
function methods:clear(number)
  local kept = {}
  for _, fault in ipairs(self.list) do
    if number and fault.number ~= number then kept[#kept + 1] = fault end
  end
  local gone = #self.list - #kept
  self.list = kept
  if not number then self.changed = {} end
  return gone
end

-- Drops those whose time is over.
local function forget_ended(self, now)
  for i = #self.list, 1, -1 do
    local ends = self.list[i].ends
    if ends and now >= ends then table.remove(self.list, i) end
  end
end

--- The faults that may still happen, in their order: as they were ordered, with
--- `number`, `met` (how many requests it befell) and, when bounded, `left`.
function methods:shown(now)
  forget_ended(self, now)
  local list = {}
  for i, fault in ipairs(self.list) do
    local row = { number = fault.number, met = fault.met,
      left = fault.times and fault.left or nil }
    for name, value in pairs(fault.spec) do row[name] = value end
    list[i] = row
  end
  return list
end

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

-- Kinds for which path and method are not enough.
local applies = {}

function applies.tls() return false end

-- A file changes while somebody goes on with it.
function applies.changed_file(request) return request.headers.range ~= nil end

local function fits_request(fault, request)
  local special = applies[fault.kind]
  return (not fault.method or fault.method == request.method)
    and fits_path(fault.on, request.path)
    and (not special or special(request))
end

local function fits_host(fault, host)
  return fault.kind == "tls"
    and (not fault.on or host:lower():find(glob_pattern(fault.on:lower())) ~= nil)
end

-- The first fault that fits and is due. Each that fits draws its lot, also when another
-- one comes first: so its lots do not depend on the others.
local function take(self, fits, what, now)
  local found
  forget_ended(self, now)
  for i, fault in ipairs(self.list) do
    if fits(fault, what) then
      local spared = fault.dice and fault.dice:fraction() >= fault.probability
      if not found and fault.skip > 0 then
        fault.skip = fault.skip - 1
      elseif not found and not spared then
        found = i
      end
    end
  end
  local fault = self.list[found]
  if not fault then return nil end
  fault.met, fault.left = fault.met + 1, fault.left - 1
  if fault.left <= 0 then table.remove(self.list, found) end
  return fault
end

--- The fault for a request, used up by one; nil when it is spared.
function methods:take(request, now)
  if #self.list == 0 then return nil end
  return take(self, fits_request, request, now)
end

--- What goes wrong with the TLS of a connection to a host: a key of faults.tls, or nil.
---@param host string  the name the client asks for, "" when it tells none
function methods:handshake(host, now)
  if #self.list == 0 then return nil end
  local fault = take(self, fits_host, host, now)
  return fault and fault.how
end

return faults
