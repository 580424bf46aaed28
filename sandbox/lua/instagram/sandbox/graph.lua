--- graph.instagram.com: users, media, their edges, `?ids=`, versions in the path.
--- Invented: the order of the checks is token, account, path, fields.

local children = require "instagram.sandbox.children"
local clock = require "instagram.sandbox.clock"
local errors = require "instagram.sandbox.errors"
local exchange = require "instagram.sandbox.exchange"
local flavours = require "instagram.sandbox.flavours"
local json = require "instagram.sandbox.json"
local limits = require "instagram.sandbox.limits"
local paging = require "instagram.sandbox.paging"
local plan = require "instagram.sandbox.plan"
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

-- How many calls a request counts as.
local function calls_of(ctx)
  local path = ctx.request.path
  if path ~= "/" and not path:find("^/v%d+%.%d+/?$") then return 1 end
  local _, more = (ctx:param("ids") or ""):gsub(",", ",")
  return more + 1
end

-- The session of the request's token; refuses what the real host refuses.
local function session_of(ctx)
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
  limits.count(ctx, session, calls_of(ctx))
  tokens.check(world, session)
  check_life(ctx, session)
  return session
end

-- --- the path -----------------------------------------------------------------------

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- Version (or nil) and the parts behind it.
local function split(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do parts[#parts + 1] = decode(part) end
  local version
  if parts[1] and parts[1]:match("^v%d+%.%d+$") then
    version = table.remove(parts, 1)
  end
  return version, parts
end

local function unknown_path(parts, from)
  refuse("unknown_path", "no such path", "/" .. table.concat(parts, "/", from))
end

-- Which release serves the request. A version that never was, and one that stands where
-- an id should, are unknown paths (O for a second one, I for the rest).
local function resolve_release(ctx, session, version, parts)
  local release = versions.resolve(version, session.app.version, ctx.now,
    ctx.world.settings.future_versions)
  if not release then
    table.insert(parts, 1, version)
    unknown_path(parts, 1)
  end
  if parts[1] and parts[1]:find("^v%d+%.?%d*$") then unknown_path(parts, 1) end
  ctx.release = release
end

-- --- nodes --------------------------------------------------------------------------

local function allow(ctx, session, permissions)
  if not tokens.allows(ctx.world, session, permissions) then
    refuse("no_permission", "not granted, or lapsed: "
      .. table.concat(permissions, ", "))
  end
end

local function env_of(ctx, session)
  return { world = ctx.world, flavour = session.flavour, release = ctx.release,
    session = session, origins = ctx.origins, owner = session.user, children = {},
    write_children = children.expand, write_media = paging.expand }
end

-- Dotted paths (children.media_type) were accepted until 20 April 2021, then refused:
-- O, Dymantic/laravel-instagram-feed issue 23.
local dotted_until = clock.epoch(2021, 4, 20)

local function takes_dotted(ctx)
  local choice = ctx.world.settings.dotted_fields
  if choice ~= "auto" then return choice == "accept" end
  return ctx.now < dotted_until or not ctx.world.settings.strict
end

local function plan_of(ctx, session, kind, text)
  return plan.of(ctx.world, session.flavour, kind, text or "", takes_dotted(ctx))
end

-- A private account showed nothing but its id (O: one recording, v15.0).
local function user_fields(ctx, session)
  local hides = session.user.private == 1
    and ctx.world.settings.private_profile == "id_only"
    and session.flavour.name == "basic_display"
  return hides and "id" or ctx:param("fields")
end

local function write_user(ctx, session)
  allow(ctx, session, session.flavour.user.read)
  local list = plan_of(ctx, session, "user", user_fields(ctx, session))
  return plan.write(list, session.user, env_of(ctx, session))
end

local function write_media(ctx, session, row)
  allow(ctx, session, session.flavour.media.read)
  local kind = row.parent_id and "child" or "media"
  local list = plan_of(ctx, session, kind, ctx:param("fields"))
  local env = env_of(ctx, session)
  if list.children then
    env.children = timeline.children(ctx.world, session.user.id, { row })
  end
  return plan.write(list, row, env)
end

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
  if not row or row.user_id ~= session.user.id then
    refuse("no_object", row and "another account's media" or "no such object",
      ctx.method:lower(), id)
  end
  return row
end

local function write_node(ctx, session, found)
  if found == "user" then return write_user(ctx, session) end
  return write_media(ctx, session, found)
end

-- --- edges --------------------------------------------------------------------------

local own = { access_token = true, fields = true, limit = true, after = true,
  before = true }

-- What is carried into the links besides: in the order it came (O: pretty=1).
local function other_parameters(ctx)
  local others = {}
  for _, name in ipairs(ctx:names()) do
    if not own[name] then others[#others + 1] = { name, ctx:param(name) } end
  end
  return others
end

local function media_list(ctx, session)
  allow(ctx, session, session.flavour.media.list)
  local fields = ctx:param("fields") or ""
  local env = env_of(ctx, session)
  local query = {}
  for _, name in ipairs({ "limit", "after", "before", "since", "until" }) do
    query[name] = ctx:param(name)
  end
  return paging.write(env, plan_of(ctx, session, "media", fields), query,
    { path = session.user.id .. "/media", fields = fields,
      others = other_parameters(ctx) })
end

local function children_list(ctx, session, row)
  allow(ctx, session, session.flavour.media.read)
  local fields = ctx:param("fields") or ""
  local all = timeline.children(ctx.world, session.user.id, { row })[row.id] or {}
  local query = { limit = ctx:param("limit"), after = ctx:param("after"),
    before = ctx:param("before") }
  return children.write(env_of(ctx, session), plan_of(ctx, session, "child", fields),
    row, all, query, { path = row.id .. "/children", fields = fields,
      others = other_parameters(ctx) })
end

local function edge(ctx, session, found, parts)
  local kind = found == "user" and session.flavour.user or session.flavour.media
  local name = parts[2]
  if not kind.edges[name] then unknown_path(parts, 2) end
  if #parts > 2 then unknown_path(parts, 3) end
  if name == "media" then return media_list(ctx, session) end
  if name == "children" then return children_list(ctx, session, found) end
  -- Known edges on which nothing is served here: an empty list (invented).
  allow(ctx, session, kind.read)
  return '{"data":[]}'
end

-- `?ids=A,B`: an object keyed by id, in the order asked.
local function many(ctx, session, text)
  local out, seen, count = {}, {}, 0
  for id in text:gmatch("[^,%s]+") do
    if not seen[id] then
      seen[id], count = true, count + 1
      out[count] = id
    end
  end
  if count > ctx.world.settings.ids_max then
    refuse("too_many_ids", "ids_max", ctx.world.settings.ids_max, count)
  end
  for i, id in ipairs(out) do
    out[i] = json.quote(id) .. ":" .. write_node(ctx, session, find(ctx, session, id))
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
    refuse("no_object", "media are read-only here", method:lower(), parts[1])
  end
  refuse("unsupported_request", "this is not served by " .. method, method:lower())
end

local function read(ctx, session, parts)
  if #parts == 0 then
    local ids = ctx:param("ids")
    if not ids or ids == "" then unknown_path({ "" }, 1) end
    check_method(ctx, "user", parts)
    return many(ctx, session, ids)
  end
  local found = find(ctx, session, parts[1])
  ctx.entry.endpoint = (found == "user" and "user" or "media")
    .. (parts[2] and "/" .. parts[2] or "")
  check_method(ctx, found, parts)
  if #parts == 1 then return write_node(ctx, session, found) end
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
  local session = session_of(ctx)
  resolve_release(ctx, session, version, parts)
  return respond.graph(ctx, read(ctx, session, parts))
end

return graph
