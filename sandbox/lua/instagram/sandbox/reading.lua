--- Reading a node: who may, the fields asked for, the request's way of writing lists.

local children = require "instagram.sandbox.children"
local clock = require "instagram.sandbox.clock"
local comments = require "instagram.sandbox.comments"
local errors = require "instagram.sandbox.errors"
local insights = require "instagram.sandbox.insights"
local paging = require "instagram.sandbox.paging"
local plan = require "instagram.sandbox.plan"
local posts = require "instagram.sandbox.posts"
local timeline = require "instagram.sandbox.timeline"
local tokens = require "instagram.sandbox.tokens"

local reading = {}

--- Refuses the request when one of the permissions is not granted now.
function reading.allow(ctx, session, permissions)
  if not tokens.allows(ctx.world, session, permissions) then
    errors.refuse("no_permission", "not granted, or lapsed: "
      .. table.concat(permissions, ", "))
  end
end

--- What plans need to know of a request (see plan.append).
function reading.env(ctx, session)
  return { world = ctx.world, flavour = session.flavour, release = ctx.release,
    session = session, origins = ctx.origins, owner = session.user, children = {},
    write_children = children.expand, write_media = paging.expand,
    write_comments = comments.expand, write_replies = comments.expand_replies,
    write_insights = insights.expand, write_stories = reading.expand_stories }
end

-- Dotted paths (children.media_type) were accepted until 20 April 2021, then refused:
-- O, Dymantic/laravel-instagram-feed issue 23.
local dotted_until = clock.epoch(2021, 4, 20)

local function takes_dotted(ctx)
  local choice = ctx.world.settings.dotted_fields
  if choice ~= "auto" then return choice == "accept" end
  return ctx.now < dotted_until or not ctx.world.settings.strict
end

--- The plan for the fields a text asks for.
---@param kind "user"|"media"|"child"|"comment"
function reading.plan(ctx, session, kind, text)
  return plan.of(ctx.world, session.flavour, kind, text or "", takes_dotted(ctx))
end

-- A private account showed nothing but its id (O: one recording, v15.0).
local function user_fields(ctx, session)
  local hides = session.user.private == 1
    and ctx.world.settings.private_profile == "id_only"
    and session.flavour.name == "basic_display"
  return hides and "id" or ctx:param("fields")
end

--- The token's user as JSON.
function reading.user(ctx, session)
  reading.allow(ctx, session, session.flavour.user.read)
  local list = reading.plan(ctx, session, "user", user_fields(ctx, session))
  return plan.write(list, session.user, reading.env(ctx, session))
end

--- A post, or a child of an album, as JSON.
---@param row table  of media
function reading.media(ctx, session, row)
  reading.allow(ctx, session, session.flavour.media.read)
  local kind = row.parent_id and "child" or "media"
  local list = reading.plan(ctx, session, kind, ctx:param("fields"))
  local env = reading.env(ctx, session)
  if list.children then
    env.children = timeline.children(ctx.world, session.user.id, { row })
  end
  return plan.write(list, row, env)
end

--- A comment as JSON.
function reading.comment(ctx, session, row)
  reading.allow(ctx, session, session.flavour.comment.read)
  local fields = ctx:param("fields") or ""
  local list = reading.plan(ctx, session, "comment",
    fields ~= "" and fields or comments.fields)
  return plan.write(list, row, reading.env(ctx, session))
end

--- How long a story is to be seen (D).
reading.story_life = 86400

--- The stories of the last 24 hours as a JSON list.
function reading.stories(env, list_plan)
  return plan.write_list(list_plan, posts.stories(env.world, env.owner.id,
    env.world.clock:now() - reading.story_life), env)
end

--- `stories{...}` inside a user; absent when there are none. For plan.lua.
function reading.expand_stories(env, list_plan)
  local list = reading.stories(env, list_plan)
  return list ~= "[]" and '{"data":' .. list .. "}" or nil
end

return reading
