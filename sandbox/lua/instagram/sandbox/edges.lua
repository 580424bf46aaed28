--- Edges of users and media: one function each, (ctx, session, node) -> JSON text and,
--- where it is cheaper than the text, what the ETag is made of.

local children = require "instagram.sandbox.children"
local comments = require "instagram.sandbox.comments"
local flavours = require "instagram.sandbox.flavours"
local insights = require "instagram.sandbox.insights"
local json = require "instagram.sandbox.json"
local paging = require "instagram.sandbox.paging"
local reading = require "instagram.sandbox.reading"
local timeline = require "instagram.sandbox.timeline"
local times = require "instagram.sandbox.times"

local edges = {}

local served = {} -- edge -> function(ctx, session, node)

local own = { access_token = true, fields = true, limit = true, after = true,
  before = true, ids = true }

-- What is carried into the links besides: in the order it came (O: pretty=1).
local function other_parameters(ctx)
  local others = {}
  for _, name in ipairs(ctx:names()) do
    if not own[name] then others[#others + 1] = { name, ctx:param(name) } end
  end
  return others
end

local function query_of(ctx)
  local query = {}
  for _, name in ipairs({ "limit", "after", "before", "since", "until" }) do
    query[name] = ctx:param(name)
  end
  for _, name in ipairs({ "since", "until" }) do
    if (query[name] or "") ~= "" and not times.read(query[name], ctx.now) then
      ctx:note(name .. " cannot be read and is ignored: " .. query[name])
    end
  end
  return query
end

function served.media(ctx, session)
  reading.allow(ctx, session, session.flavour.media.list)
  local fields = ctx:param("fields") or ""
  return paging.write(reading.env(ctx, session),
    reading.plan(ctx, session, "media", fields), query_of(ctx),
    { path = session.user.id .. "/media", fields = fields,
      others = other_parameters(ctx) })
end

function served.children(ctx, session, row)
  reading.allow(ctx, session, session.flavour.media.read)
  local fields = ctx:param("fields") or ""
  local all = timeline.children(ctx.world, session.user.id, { row })[row.id] or {}
  return children.write(reading.env(ctx, session),
    reading.plan(ctx, session, "child", fields), row, all, query_of(ctx),
    { path = row.id .. "/children", fields = fields,
      others = other_parameters(ctx) })
end

-- Comments and replies; without `fields` Meta's page shows three.
local function list_comments(of, edge)
  return function(ctx, session, row)
    reading.allow(ctx, session, session.flavour.comment.read)
    local lacking = comments.lacking(ctx.world, session, of, row)
    if lacking then ctx:note(lacking) end
    local fields = ctx:param("fields") or ""
    local list_plan = reading.plan(ctx, session, "comment",
      fields ~= "" and fields or comments.fields)
    return comments.write(reading.env(ctx, session), list_plan, of, row.id,
      query_of(ctx), { path = row.id .. "/" .. edge, fields = fields,
        others = other_parameters(ctx) })
  end
end

served.comments = list_comments("media", "comments")
served.replies = list_comments("comment", "replies")

function served.insights(ctx, session, node)
  reading.allow(ctx, session, session.flavour.media.insights)
  local query = query_of(ctx)
  for _, name in ipairs({ "metric", "period", "metric_type" }) do
    query[name] = ctx:param(name)
  end
  return insights.write(ctx.world, node == "user" and session.user or node, query)
end

-- No paging: all of a day's stories are one page (invented).
function served.stories(ctx, session)
  reading.allow(ctx, session, session.flavour.user.read)
  return '{"data":' .. reading.stories(reading.env(ctx, session),
    reading.plan(ctx, session, "media", ctx:param("fields"))) .. "}"
end

-- Nothing is published here, so nothing is used up. Meta's pages say 25, 50 and 100: a
-- setting.
function served.content_publishing_limit(ctx, session)
  reading.allow(ctx, session, session.flavour.user.publish)
  local config
  if (ctx:param("fields") or ""):find("config", 1, true) then
    config = json.object("quota_total", ctx.world.settings.publish_quota,
      "quota_duration", 86400)
  end
  return json.graph(json.object("data", json.array({
    json.object("quota_usage", 0, "config", config) })))
end

--- Every edge that a node of some flavour has: name -> true.
edges.names = {}
for _, flavour in ipairs({ "basic_display", "instagram_login" }) do
  for _, kind in ipairs({ "user", "media", "comment" }) do
    for name in pairs(flavours[flavour][kind].edges) do edges.names[name] = true end
  end
end

--- An edge the node has. Known ones on which nothing is served here are an empty list
--- (invented).
---@param node table|"user"  a row of media or of comments, or the token's user
function edges.write(ctx, session, node, name)
  if served[name] then return served[name](ctx, session, node) end
  reading.allow(ctx, session, session.flavour.user.read)
  return '{"data":[]}'
end

return edges
