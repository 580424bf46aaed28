--- What a fault of each kind does: answers instead of the rules, changes around their
--- answer, orders for the host about its bytes.

local errors = require "instagram.sandbox.errors"
local tokens = require "instagram.sandbox.tokens"

local mishaps = {}

-- --- instead of an answer -----------------------------------------------------------

local GARBAGE = "{\"data\":[{\"id\":\"178\0\255\254 not json at all ]]}{{"
local PAGE = "<!DOCTYPE html><html><head><title>Sorry</title></head><body>"
  .. "<h1>Sorry, something went wrong.</h1></body></html>"
local HTML = "text/html; charset=utf-8"

-- kind -> status, content type, body
local plain = {
  garbage = { 200, "application/json; charset=UTF-8", GARBAGE },
  html = { 502, HTML, PAGE },
  empty = { 200, "application/json; charset=UTF-8", "" },
}

local function answer(status, kind, body)
  return { status = status, body = body, headers = { { "Content-Type", kind } } }
end

local instead = {} -- kind -> function(fault, ctx, refuse) -> response

function instead.status(fault, ctx, refuse)
  if fault.body then
    return answer(fault.status or 500, fault.type or "application/json", fault.body)
  end
  local refusal = errors.ordered(fault.error or "transient", "fault", ctx.now)
  refusal.status = fault.status or refusal.status
  return refuse(refusal)
end

-- O: an error with status 200, of an app that was deactivated.
function instead.ok_error(fault, ctx, refuse)
  local response = refuse(errors.ordered(fault.error or "deactivated", "fault",
    ctx.now))
  response.status = 200
  return response
end

-- In turn; with 500 Instagram's own error, else the page of a proxy in front of it.
function instead.storm(fault, ctx, refuse)
  local statuses = fault.statuses or { 500, 502, 503, 504 }
  local status = statuses[(fault.met - 1) % #statuses + 1]
  if status ~= 500 then return answer(status, HTML, PAGE) end
  return refuse(errors.ordered("transient", "fault", ctx.now))
end

-- A rate limit, with the headers that say it is reached.
function instead.throttle(fault, ctx, refuse)
  local text = ctx:token()
  local session = text and tokens.session(ctx.world, text)
  local business = session and session.flavour.name == "instagram_login"
  ctx.session = session
  ctx.throttled = { call_count = 100, total_time = 100, total_cputime = 100,
    estimated_time_to_regain_access = fault.minutes or 60 }
  return refuse(errors.ordered(fault.error or business and "business_limit"
    or "app_limit", "fault", ctx.now))
end

--- What is answered instead of the rules' answer; nil when the rules are asked.
---@param refuse function  (refusal) -> response in the path's own shape
function mishaps.instead(fault, ctx, refuse)
  local form = plain[fault.kind]
  if form then return answer(fault.status or form[1], form[2], form[3]) end
  return instead[fault.kind] and instead[fault.kind](fault, ctx, refuse)
end

-- --- around an answer ---------------------------------------------------------------

local around = {} -- kind -> function(ctx, answer) -> response

-- Addresses are written as if long ago, and none is good.
function around.expired_media(ctx, respond)
  local world = ctx.world
  world.media_age = world.settings.media_life * 2
  local ok, response = pcall(respond, ctx)
  world.media_age = 0
  if not ok then error(response, 0) end
  return response
end

-- From now on this file is another one (see media.lua).
function around.changed_file(ctx, respond)
  ctx.world.faults.changed[ctx.request.path] = true
  return respond(ctx)
end

--- The rules' answer under the fault.
---@param respond function  (ctx) -> response
function mishaps.around(fault, ctx, respond)
  if around[fault.kind] then return around[fault.kind](ctx, respond) end
  return respond(ctx)
end

-- --- on the wire --------------------------------------------------------------------

-- The part of a file that is asked for; all of it where that cannot be read.
local function part_of(size, range)
  local from, to = (range or ""):match("^bytes=(%d*)%-(%d*)$")
  from, to = tonumber(from), tonumber(to)
  if not from then return to and math.min(to, size) or size end
  return math.max(0, math.min(to or size, size - 1) - from + 1)
end

-- How many bytes of a body will be sent if nothing befalls them.
local function size_of(ctx, response)
  if ctx.method == "HEAD" then return 0 end
  if not response.file then return response.body and #response.body or 0 end
  return part_of(ctx.world.native.file_size(response.file) or 0,
    ctx.request.headers.range)
end

local wire = {} -- kind -> function(fault, size): what the host is told

function wire.delay(fault) return { delay = fault.delay } end
function wire.truncate(fault, size)
  return { truncate = fault.bytes or math.floor(size() / 2) }
end
function wire.reset(fault) return { reset = true, truncate = fault.bytes } end
function wire.stall(fault) return { stall_after = fault.bytes or 0 } end
function wire.slow(fault) return { slow = fault.rate or 1000 } end
function wire.slow_headers(fault) return { slow_headers = fault.rate or 100 } end
function wire.length(fault, size)
  return { length = fault.bytes or math.max(0, size() + (fault.off or 100)) }
end

-- The bytes ordered are not there: what comes of the fault then, in the journal. The
-- host lets a reset or a silence come all the same (see flow.c).
local short = {} -- kind -> function(order, size): words, or nil

function short.truncate(order, size)
  return order.truncate >= size and "nothing was cut" or nil
end

function short.length(order, size)
  return order.length == size and "that was announced" or nil
end

function short.reset(order, size)
  if not order.truncate or order.truncate < size then return nil end
  return size > 0 and "the reset came before the last of them"
    or "the reset came in their place"
end

function short.stall(order, size)
  if order.stall_after < size then return nil end
  return size > 0 and "the last of them was kept back" or "silence in their place"
end

local function note_short(ctx, kind, order, size)
  local words = short[kind] and short[kind](order, size())
  if words then
    ctx:note(("%s: the body has %.0f bytes: %s"):format(kind, size(), words))
  end
end

local keeps_gzip = { delay = true, slow_headers = true }

--- What the host does to the bytes of the answer. They are counted as the body is
--- written: such an answer is never compressed.
function mishaps.on_wire(fault, ctx, response)
  local order = wire[fault.kind]
  if not order then return end
  local function size() return size_of(ctx, response) end
  response.fault = order(fault, size)
  note_short(ctx, fault.kind, response.fault, size)
  if not keeps_gzip[fault.kind] then response.gzip = nil end
end

return mishaps
