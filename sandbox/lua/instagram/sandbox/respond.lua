--- Answers as each host gives them: header names, values and order as recorded,
--- bodies in that host's JSON.

local clock = require "instagram.sandbox.clock"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"
local pretty = require "instagram.sandbox.pretty"
local versions = require "instagram.sandbox.versions"

local respond = {}

local past = "Sat, 01 Jan 2000 00:00:00 GMT"
local never = "private, no-cache, no-store, must-revalidate"

-- Pairs that never change are shared between answers.
local GRAPH_TYPE = { "Content-Type", "application/json; charset=UTF-8" }
local GRAPH_HSTS = { "Strict-Transport-Security", "max-age=15552000" }
local PRAGMA = { "Pragma", "no-cache" }
local REV = { "X-FB-Rev", "1009637325" } -- invented, constant
local CORS = { "Access-Control-Allow-Origin", "*" }
local NEVER, NO_STORE = { "Cache-Control", never }, { "Cache-Control", "no-store" }
local EXPIRES = { "Expires", past }
local TRIP = { "X-Fb-Trip-Id", "1425083115" } -- invented, constant
local KEEP = { "Connection", "keep-alive" }

local function tail(world, out, ctx, cache_control)
  local n = #out
  out[n + 1], out[n + 2], out[n + 3], out[n + 4] = GRAPH_HSTS, PRAGMA, REV, CORS
  out[n + 5] = cache_control
  out[n + 6] = { "X-FB-Trace-ID", world.random:base64_text(11) }
  out[n + 7] = { "X-FB-Request-ID", ctx.trace_id }
  out[n + 8] = EXPIRES
  out[n + 9] = { "X-FB-Debug", world.random:base64_text(86) .. "==" }
  out[n + 10] = { "Date", clock.http(ctx.now) }
  out[n + 11], out[n + 12] = TRIP, KEEP
  return out
end

-- 23 characters beginning with A; the same in the body of an error (O).
local function trace_id(ctx)
  ctx.trace_id = "A" .. ctx.world.random:url_text(22)
  return ctx.trace_id
end

local function matches(header, tag)
  if header == "*" then return true end
  for candidate in header:gmatch('"[^"]*"') do
    if candidate == tag then return true end
  end
  return false
end

--- A good answer of graph.instagram.com.
---@param body string  JSON text
---@param digest string|nil  what the ETag is made of, when it is cheaper than the body
function respond.graph(ctx, body, digest)
  local world = ctx.world
  trace_id(ctx)
  if ctx:wants_pretty() then
    body = pretty(body)
    digest = "pretty/" .. (digest or body)
  end
  local tag = '"' .. world.native.sha1_hex(digest or body) .. '"'
  local out = { { "ETag", tag }, GRAPH_TYPE }
  if ctx.release then out[3] = { "Instagram-Api-Version", ctx.release.name } end
  tail(world, out, ctx, NEVER)
  limits.headers(ctx, out)
  local asked = ctx.request.headers["if-none-match"]
  if asked and world.settings.not_modified and matches(asked, tag) then -- 304: invented
    return { status = 304, headers = out, body = "" }
  end
  return { status = 200, headers = out, body = body, gzip = true }
end

-- Header values must not carry what the client sent as it stands.
local function header_safe(text)
  return (text:gsub("[%c\127-\255]", " "):gsub('[\\"]', "\\%0"))
end

local function error_body(refusal, trace)
  return json.graph(json.object("error", json.object("message", refusal.message,
    "type", refusal.type, "is_transient", refusal.transient, "code", refusal.code,
    "error_subcode", refusal.subcode, "fbtrace_id", trace)))
end

-- Errors told no version in 2020 and did in 2026 (O). Since when is invented: since the
-- successor came out.
local errors_tell_version = clock.epoch(2024, 7, 23)

-- The release that would have served the request: of the path, of the app, else the
-- newest one.
local function release_of(ctx)
  local wanted = ctx.request.path:match("^/(v%d+%.%d+)/")
  if not versions.known(wanted or "") then wanted = nil end
  local default = ctx.session and ctx.session.app.version
    or versions.latest(ctx.now).name
  return versions.resolve(wanted, default, ctx.now, ctx.world.settings.future_versions)
    or versions.resolve(nil, default, ctx.now)
end

--- A refusal of graph.instagram.com.
function respond.graph_error(ctx, refusal)
  local word = refusal.code == 190 and "invalid_token" or "invalid_request"
  local body = error_body(refusal, trace_id(ctx))
  if ctx:wants_pretty() then body = pretty(body) end
  local out = { GRAPH_TYPE, { "WWW-Authenticate", 'OAuth "Facebook Platform" "' .. word
    .. '" "' .. header_safe(refusal.message) .. '"' } }
  if ctx.now >= errors_tell_version then
    out[3] = { "Instagram-Api-Version", (ctx.release or release_of(ctx)).name }
  end
  tail(ctx.world, out, ctx, NO_STORE)
  limits.headers(ctx, out)
  return { status = refusal.status, headers = out, body = body, gzip = true }
end

-- In the order recorded; false stands for what differs between answers. The values of
-- the two password headers are invented (the recordings mask them).
local flat_headers = {
  { "Content-Type", "application/json; charset=utf-8" },
  { "Ig-Set-Password-Encryption-Web-Key-Id", "87" },
  { "Ig-Set-Password-Encryption-Web-Pub-Key",
    ("8dd9aad29d9a614c338cff479f850d3e"):rep(2) },
  false, -- Vary
  { "Content-Language", "en" },
  false, -- Date
  { "Strict-Transport-Security", "max-age=31536000" },
  NEVER, PRAGMA, EXPIRES,
  { "X-Frame-Options", "SAMEORIGIN" },
  { "X-Content-Type-Options", "nosniff" },
  { "X-XSS-Protection", "0" },
  { "X-Aed", "15" },
  { "Access-Control-Expose-Headers", "X-IG-Set-WWW-Claim" },
  TRIP, KEEP,
}

local function flat(ctx, status, value, vary)
  local out = {}
  for i, pair in ipairs(flat_headers) do out[i] = pair end
  out[4], out[6] = { "Vary", vary }, { "Date", clock.http(ctx.now) }
  return { status = status, headers = out, body = json.python(value), gzip = true }
end

--- A good answer of api.instagram.com.
function respond.flat(ctx, value)
  return flat(ctx, 200, value, "Accept-Language, Cookie, Accept-Encoding")
end

--- A refusal of api.instagram.com.
function respond.flat_error(ctx, refusal)
  local value = json.object("error_type", "OAuthException", "code", refusal.status,
    "error_message", refusal.message)
  return flat(ctx, refusal.status, value, "Accept-Language, Cookie")
end

--- A line of plain text, as the media host refuses.
function respond.text(ctx, status, text)
  return { status = status, body = text, headers = { { "Content-Type", "text/plain" },
    CORS, { "Date", clock.http(ctx.now) } } }
end

--- A redirect.
function respond.redirect(ctx, address)
  return { status = 302, body = "", headers = { { "Location", address }, NEVER,
    { "Date", clock.http(ctx.now) } } }
end

--- An answer of the sandbox's own control interface.
function respond.control(status, value)
  return { status = status, body = json.plain(value) .. "\n", gzip = true, headers = {
    { "Content-Type", "application/json" }, { "Cache-Control", "no-store" } } }
end

return respond
