--- graph.instagram.com: users, media, their edges, `?ids=`, versions in the path.
--- Invented: the order of the checks is limits, token, account, path, fields.

local clock = require "instagram.sandbox.clock"
local comments = require "instagram.sandbox.comments"
local edges = require "instagram.sandbox.edges"
local errors = require "instagram.sandbox.errors"
local escape = require "instagram.sandbox.escape"
local exchange = require "instagram.sandbox.exchange"
local flavours = require "instagram.sandbox.flavours"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"
local reading = require "instagram.sandbox.reading"
local respond = require "instagram.sandbox.respond"
local timeline = require "instagram.sandbox.timeline"
local tokens = require "instagram.sandbox.tokens"
local versions = require "instagram.sandbox.versions"

local graph = {}

local refuse = errors.refuse

-- --- whose request it is ------------------------------------------------------------

local function unknown_token(ctx)
  local name = ctx.world.settings.invalid_token == "2021" and "cannot_parse_token"
    or "invalid_token"
  refuse(name, "no token of that text was ever given")
end

local function check_life(ctx, session)
  if flavours.is_gone(ctx.world, session.flavour) then
    refuse("unsupported_request", "shutdown: Basic Display is gone", ctx.method:lower())
  end
  if not session.may_use then
    refuse("unsupported_request", session.user.username .. ": " .. session.why,
      ctx.method:lower())
  end
  if session.disrupted then
    refuse("disrupted", "the app's yearly Data Use Checkup is overdue")
  end
end

-- The session of the request's token; refuses what the real host refuses.
local function session_of(ctx, calls)
  local world, text = ctx.world, ctx:token()
  if not text then
    local me = (ctx.request.path .. "/"):find("/me/", 1, true)
    refuse(me and "no_active_token" or "token_required", "no access_token")
  end
  local session = tokens.session(world, text)
  if not session then unknown_token(ctx) end
  ctx.session = session
  ctx.entry.user_id, ctx.entry.client_id = session.user.id, session.app.client_id
  local ordered = world.settings.refuse_all
  if ordered then error(errors.ordered(ordered, "setting refuse_all", ctx.now), 0) end
  limits.count(ctx, session, calls or 1)
  tokens.check(world, session)
  check_life(ctx, session)
  return session
end

-- --- the path -----------------------------------------------------------------------

-- Version (or nil) and the parts behind it.
local function split(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do parts[#parts + 1] = escape.decode(part) end
  local version
  if parts[1] and parts[1]:match("^v%d+%.%d+$") then
    version = table.remove(parts, 1)
  end
  return version, parts
end

local function unknown_path(parts, from, reason)
  refuse("unknown_path", reason or "no such path",
    "/" .. table.concat(parts, "/", from))
end

-- Which release serves the request. A version that never was, and one that stands where
-- an id should, are unknown paths (O for a second one, I for the rest).
local function resolve_release(ctx, session, version, parts)
  local release = versions.resolve(version, session.app.version, ctx.now,
    ctx.world.settings.future_versions)
  if not release then
    table.insert(parts, 1, version)
    unknown_path(parts, 1, "no version " .. version .. (versions.known(version)
      and " yet; future_versions = false" or " was ever released"))
  end
  if parts[1] and parts[1]:find("^v%d+%.?%d*$") then unknown_path(parts, 1) end
  ctx.release = release
end

-- --- nodes and edges ----------------------------------------------------------------

-- "user", or a row of media of this token's user; refuses all else.
local function find(ctx, session, id)
  if id == "me" or id == session.user.id or id == session.scoped_id then
    return "user"
  end
  if id == "debug_token" then -- O: with a user token
    refuse("no_permission", "debug_token is not for tokens of people")
  end
  if not id:match("^%d+$") then
    refuse("not_an_id", "ids are digits", id)
  end
  local row = timeline.find(ctx.world, id)
    or session.flavour.comment.edges.replies and comments.find(ctx.world, id)
  if row and row.product == "STORY" and (ctx.now >= row.taken + reading.story_life
    or not session.flavour.user.edges.stories) then
    refuse("no_object", "a story, older than a day or of Basic Display",
      ctx.method:lower(), id)
  end
  if not row or row.user_id ~= session.user.id then
    refuse("no_object", row and "another account's media" or "no such object",
      ctx.method:lower(), id)
  end
  return row
end

-- "user", "media" or "comment".
local function kind_of(found)
  if found == "user" then return "user" end
  return found.media_id and "comment" or "media"
end

local function node(ctx, session, found)
  return reading[kind_of(found)](ctx, session, found)
end

local function edge(ctx, session, found, parts)
  local kind = session.flavour[kind_of(found)]
  if not kind.edges[parts[2]] then unknown_path(parts, 2) end
  if #parts > 2 then unknown_path(parts, 3) end
  return edges.write(ctx, session, found, parts[2])
end

-- The different ids of `?ids=A,B`, in the order asked.
local function ids_of(ctx)
  local list, seen = {}, {}
  for id in (ctx:param("ids") or ""):gmatch("[^,%s]+") do
    if not seen[id] then
      seen[id] = true
      list[#list + 1] = id
    end
  end
  return list
end

-- `/?ids=A,B` and, Graph-wide, `/media?ids=A,B`: an object keyed by id.
local function many(ctx, session, ids, parts)
  local most, out = ctx.world.settings.ids_max, {}
  if #ids > most then refuse("too_many_ids", "ids_max", most, #ids) end
  for i, id in ipairs(ids) do
    local found = find(ctx, session, id)
    local text = parts[1] and edge(ctx, session, found, { id, parts[1] })
      or node(ctx, session, found)
    out[i] = json.quote(id) .. ":" .. text
  end
  return "{" .. table.concat(out, ",") .. "}"
end

-- --- the host -----------------------------------------------------------------------

-- POST and DELETE on media are refused as on an unknown object (O for DELETE), the rest
-- as a method that is not served (O for POST on users).
local function check_method(ctx, found, parts)
  local method = ctx.method
  if method == "GET" or method == "HEAD" then return end
  if found ~= "user" and #parts == 1 and (method == "DELETE" or method == "POST") then
    refuse("no_object", "media and comments are read-only here", method:lower(),
      parts[1])
  end
  refuse("unsupported_request", "this is not served by " .. method, method:lower())
end

-- What Graph has elsewhere and nobody recorded of this host: not served, and said so.
-- A batch is refused as a method that is not served (invented), `callback` (JSONP)
-- changes nothing.
local function check_elsewhere(ctx)
  if ctx:param("callback") then
    ctx:note("callback: JSONP is not served here, the answer is JSON")
  end
  if not ctx:param("batch") then return end
  local reason = "batch requests are not served here: none was recorded of this host"
  if ctx.method == "POST" then refuse("unsupported_request", reason, "post") end
  ctx:note(reason)
end

local function read(ctx, session, parts, ids)
  if ids and #ids > 0 then
    check_method(ctx, "user", parts)
    ctx.entry.endpoint = "ids" .. (parts[1] and "/" .. parts[1] or "")
    return many(ctx, session, ids, parts)
  end
  if #parts == 0 then unknown_path({ "" }, 1) end
  local found = find(ctx, session, parts[1])
  ctx.entry.endpoint = kind_of(found) .. (parts[2] and "/" .. parts[2] or "")
  check_method(ctx, found, parts)
  if #parts == 1 then return node(ctx, session, found) end
  return edge(ctx, session, found, parts)
end

local token_endpoints = { access_token = "long", refresh_access_token = "refresh" }

-- The documented form has no version; with one it works as well (O).
local function token_call(ctx, version, parts)
  if ctx.method ~= "GET" and ctx.method ~= "HEAD" then
    refuse("unsupported_request", "token calls are GET", ctx.method:lower())
  end
  return exchange[token_endpoints[parts[1]]](ctx, function()
    local session = session_of(ctx)
    resolve_release(ctx, session, version, parts)
    return session
  end)
end

--- Answers a request to the graph host.
function graph.answer(ctx)
  if ctx.method == "OPTIONS" then -- browsers ask first (invented)
    return { status = 200, body = "", headers = {
      { "Access-Control-Allow-Origin", "*" },
      { "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS" },
      { "Access-Control-Allow-Headers", "Authorization, Content-Type" },
      { "Date", clock.http(ctx.now) } } }
  end
  local version, parts = split(ctx.request.path)
  if #parts == 1 and token_endpoints[parts[1]] then
    return token_call(ctx, version, parts)
  end
  local many_ids = #parts == 0 or #parts == 1 and edges.names[parts[1]]
  local ids = many_ids and ids_of(ctx) or nil
  local session = session_of(ctx, ids and math.max(1, #ids))
  resolve_release(ctx, session, version, parts)
  check_elsewhere(ctx)
  return respond.graph(ctx, read(ctx, session, parts, ids))
end

return graph
