--- The children of albums: inside an item, and as an edge of their own.
-- As recorded neither has `paging`. The switch `children_paging` adds it, as Meta's
-- page about the edge prints it; cursors and links are those of media lists then
-- (invented).

local cursor = require "instagram.sandbox.cursor"
local paging = require "instagram.sandbox.paging"
local plan = require "instagram.sandbox.plan"

local children = {}

local LIMIT = 25 -- more than any album has

local function limit_of(env, query)
  local text = query.limit
  if text == nil or text == "" then return LIMIT end
  return paging.limit(env.world, text)
end

-- The places of a page: from, to.
local function places(env, album, count, query, limit)
  local after = paging.position(env, album.id, query, "after")
  local before = not after and paging.position(env, album.id, query, "before")
  if before then return math.max(1, before - limit), math.min(before - 1, count) end
  return (after or 0) + 1, math.min((after or 0) + limit, count)
end

--- GET /{album}/children.
---@param all table[]  rows
---@param query table  limit, after, before
---@param target table  see paging.text
function children.write(env, list_plan, album, all, query, target)
  local limit, paged = limit_of(env, query), env.world.settings.children_paging
  local from, to = places(env, album, #all, paged and query or {}, limit)
  local rows = {}
  for i = from, to do rows[#rows + 1] = all[i] end
  local data = '{"data":' .. plan.write_list(list_plan, rows, env)
  if not paged or #rows == 0 then return data .. "}" end
  return data .. paging.text(env, target, limit, {
    first = cursor.write(env.world.ids, album.id, from),
    last = cursor.write(env.world.ids, album.id, to),
    has_next = to < #all, has_previous = from > 1 }) .. "}"
end

--- `children{...}` inside an item; absent on what is no album (O). For plan.lua.
function children.expand(env, list_plan, album, options, text)
  local all = env.children[album.id]
  if not all then return nil end
  return children.write(env, list_plan, album, all, options,
    { path = album.id .. "/children", fields = text, others = {} })
end

return children
