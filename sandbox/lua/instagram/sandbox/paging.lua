--- Lists of media: pages, cursors, next and previous (api.md 5.4).

local clock = require "instagram.sandbox.clock"
local cursor = require "instagram.sandbox.cursor"
local errors = require "instagram.sandbox.errors"
local json = require "instagram.sandbox.json"
local media = require "instagram.sandbox.media"
local plan = require "instagram.sandbox.plan"
local posts = require "instagram.sandbox.posts"
local timeline = require "instagram.sandbox.timeline"

local paging = {}

--- The page size a `limit` asks for: 25 when missing, never more than 100.
-- Invented: the clamp at 100, the error for what is no number, 0 and less as missing.
function paging.limit(world, text)
  local settings = world.settings
  if text == nil or text == "" then return settings.page_default end
  local limit = tonumber(text)
  if not limit or limit ~= limit then
    errors.refuse("bad_limit", "limit is '" .. tostring(text) .. "'")
  end
  limit = math.floor(limit)
  if limit < 1 then return settings.page_default end
  return math.min(limit, settings.page_max)
end

local function sort_of(env, text, name)
  if text == nil or text == "" then return nil end
  local sort = cursor.read(env.world.ids, env.owner.id, text)
  if not sort then
    errors.refuse("bad_cursor", name .. " is no cursor of this account's list")
  end
  return sort
end

-- since and until: Unix times or dates; what cannot be read is ignored (invented).
local function time_bounds(query, low, high)
  local since, till = clock.read(query.since or ""), clock.read(query["until"] or "")
  if since then low = math.max(low, since * posts.slots - 1) end
  if till then high = math.min(high, (till + 1) * posts.slots) end
  return low, high
end

-- low < sort < high, and whether the page is read upwards from `before`.
local function bounds(env, query)
  local low, high = time_bounds(query, timeline.floor(env.world, env.owner.id), math.huge)
  local after = sort_of(env, query.after, "after")
  local before = not after and sort_of(env, query.before, "before")
  if after then high = math.min(high, after) end
  if before then low = math.max(low, before) end
  return low, high, before and true or false, after ~= nil
end

local function reversed(rows)
  local out, n = {}, #rows
  for i = 1, n do out[i] = rows[n + 1 - i] end
  return out
end

local function write_rows(env, list_plan, rows)
  local world, out = env.world, {}
  env.children = list_plan.children and timeline.children(world, env.owner.id, rows) or {}
  for i = 1, #rows do out[i] = plan.write(list_plan, rows[i], env) end
  return "[" .. table.concat(out, ",") .. "]"
end

local function build(env, list_plan, query, limit)
  local world, owner = env.world, env.owner.id
  local low, high, upwards, later = bounds(env, query)
  local rows = timeline.between(world, owner, low, high, limit + 1, upwards)
  local more = #rows > limit
  rows[limit + 1] = nil
  if upwards then rows = reversed(rows) end
  local page = { data = write_rows(env, list_plan, rows), count = #rows }
  page.hash = world.native.sha1_hex(page.data)
  if #rows == 0 then return page end
  page.first = cursor.write(world.ids, owner, rows[1].sort)
  page.last = cursor.write(world.ids, owner, rows[#rows].sort)
  -- `previous` stands on every later page (O)
  page.has_next = upwards or more
  page.has_previous = later or (upwards and more)
  return page
end

-- Pages are kept as text: a client that asks again costs a look-up.
local function page_of(env, list_plan, query, limit)
  local cache = env.world:cache("pages", 16 * 2 ^ 20)
  local key = table.concat({ env.owner.id, list_plan.key, limit,
    query.after or "", query.before or "", query.since or "", query["until"] or "",
    env.origins.media, media.stamp(env.world) }, "|")
  local page = cache:get(key)
  if not page then
    page = build(env, list_plan, query, limit)
    cache:put(key, page, #page.data + 500)
  end
  return page
end

local function encode(text)
  return (text:gsub("[^%w%-_.~]", function(char)
    return string.format("%%%02X", char:byte())
  end))
end

-- Order as recorded: access_token, what else was sent, fields, limit, cursor.
local function link(env, target, limit, name, value)
  local out = { env.origins.graph, "/", env.release.name, "/", env.owner.id,
    "/media?access_token=", encode(env.session.token.token) }
  for _, pair in ipairs(target.others) do
    out[#out + 1] = "&" .. encode(pair[1]) .. "=" .. encode(pair[2])
  end
  if target.fields ~= "" then out[#out + 1] = "&fields=" .. encode(target.fields) end
  out[#out + 1] = "&limit=" .. string.format("%d", limit) .. "&" .. name .. "=" .. value
  return json.quote(table.concat(out))
end

--- A page as JSON text, and a digest of it for the ETag.
---@param query table  limit, after, before, since, until
---@param target table  fields (text for the links), others (list of {name, value})
function paging.write(env, list_plan, query, target)
  local limit = paging.limit(env.world, query.limit)
  local page = page_of(env, list_plan, query, limit)
  if page.count == 0 then return '{"data":[]}', page.hash end
  local out = { '{"data":', page.data, ',"paging":{"cursors":{"before":"', page.first,
    '","after":"', page.last, '"}' }
  if page.has_next then
    out[#out + 1] = ',"next":' .. link(env, target, limit, "after", page.last)
  end
  if page.has_previous then
    out[#out + 1] = ',"previous":' .. link(env, target, limit, "before", page.first)
  end
  out[#out + 1] = "}}"
  local tail = table.concat(out, "", 3)
  return out[1] .. page.data .. tail, page.hash .. tail
end

return paging
