--- Lists of media: pages, cursors, next and previous.

local cursor = require "instagram.sandbox.cursor"
local errors = require "instagram.sandbox.errors"
local escape = require "instagram.sandbox.escape"
local json = require "instagram.sandbox.json"
local media = require "instagram.sandbox.media"
local plan = require "instagram.sandbox.plan"
local posts = require "instagram.sandbox.posts"
local times = require "instagram.sandbox.times"
local timeline = require "instagram.sandbox.timeline"
local tokens = require "instagram.sandbox.tokens"

local paging = {}

--- The page size a `limit` asks for: 25 when missing, never more than 100.
-- Invented: the clamp at 100, the error for what is no number, 0 and less as missing.
function paging.limit(world, text)
  local settings = world.settings
  if text == nil or text == "" then return settings.page_default end
  local limit = tonumber(text:match("^%s*([-+]?%d+)%s*$"))
  if not limit then errors.refuse("bad_limit", "limit is '" .. text .. "'") end
  local reject = settings.limit_range == "reject"
  if reject and (limit < 1 or limit > settings.page_max) then
    errors.refuse("limit_range", "limit_range = reject", settings.page_max)
  end
  if limit < 1 then return settings.page_default end
  return math.min(limit, settings.page_max)
end

--- The sort key behind the cursor a request brought, nil without one.
---@param list_id string  the list it must be of: an account, an album
function paging.position(env, list_id, query, name)
  local text = query[name]
  if text == nil or text == "" then return nil end
  local sort = cursor.read(env.world.ids, list_id, text)
  if not sort then
    errors.refuse("bad_cursor", name .. " is no cursor of this list")
  end
  return sort
end

-- since and until filter the list (invented: they might bound pages); what cannot be
-- read is ignored (invented).
local function time_bounds(query, low, high)
  local since, till = query.since, query["until"]
  if since then low = math.max(low, since * posts.slots - 1) end
  if till then high = math.min(high, (till + 1) * posts.slots) end
  return low, high
end

-- low < sort < high, and whether the page is read upwards from `before`.
local function bounds(env, query)
  local floor = timeline.floor(env.world, env.owner.id)
  local low, high = time_bounds(query, floor, math.huge)
  local after = paging.position(env, env.owner.id, query, "after")
  local before = not after and paging.position(env, env.owner.id, query, "before")
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
  env.children = list_plan.children
    and timeline.children(env.world, env.owner.id, rows) or {}
  return plan.write_list(list_plan, rows, env)
end

-- True when something older than a row is listed still.
local function goes_on(env, query, row)
  local low = bounds(env, { since = query.since })
  return #timeline.between(env.world, env.owner.id, low, row.sort, 1) > 0
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
  if upwards then
    page.has_next, page.has_previous = goes_on(env, query, rows[#rows]), more
  else
    page.has_next, page.has_previous = more, later
  end
  return page
end

-- Pages are kept as text: a client that asks again costs a look-up. Links of lists
-- inside items hold token, release and address.
local function page_of(env, list_plan, query, limit)
  local cache = env.world:cache("pages", 16 * 2 ^ 20)
  local key = table.concat({ env.owner.id, env.session.token.token, env.release.name,
    list_plan.key, limit, query.after or "", query.before or "", query.since or "",
    query["until"] or "", env.origins.media, media.stamp(env.world) }, "|")
  local page = cache:get(key)
  if not page then
    page = build(env, list_plan, query, limit)
    cache:put(key, page, #page.data + #key + 500)
  end
  return page
end

local encode = escape.encode

-- Order as recorded: access_token, what else was sent, fields, limit, cursor.
local function link(env, target, limit, name, value)
  local out = { env.origins.graph, "/", env.release.name, "/", target.path,
    "?access_token=", encode(env.session.token.token) }
  for _, pair in ipairs(target.others) do
    out[#out + 1] = "&" .. encode(pair[1]) .. "=" .. encode(pair[2])
  end
  if target.fields ~= "" then out[#out + 1] = "&fields=" .. encode(target.fields) end
  out[#out + 1] = "&limit=" .. string.format("%d", limit) .. "&" .. name .. "=" .. value
  return json.quote(table.concat(out))
end

--- `,"paging":{...}` of a page.
---@param target table  path ("17841.../media"), fields (text), others (list of {name,
--- value}): what the links are made of
---@param page table  first, last (cursors), has_next, has_previous
function paging.text(env, target, limit, page)
  local out = { ',"paging":{"cursors":{"before":"', page.first, '","after":"',
    page.last, '"}' }
  if page.has_next then
    out[#out + 1] = ',"next":' .. link(env, target, limit, "after", page.last)
  end
  if page.has_previous then
    out[#out + 1] = ',"previous":' .. link(env, target, limit, "before", page.first)
  end
  out[#out + 1] = "}"
  return table.concat(out)
end

--- A page of the account's media as JSON text, and a digest of it for the ETag.
---@param query table  limit, after, before, since, until
---@param target table  see paging.text
function paging.write(env, list_plan, query, target)
  local limit, now = paging.limit(env.world, query.limit), env.world.clock:now()
  local page = page_of(env, list_plan, { after = query.after, before = query.before,
    since = times.read(query.since, now),
    ["until"] = times.read(query["until"], now) }, limit)
  if page.count == 0 then return '{"data":[]}', page.hash end
  local tail = paging.text(env, target, limit, page)
  return '{"data":' .. page.data .. tail .. "}", page.hash .. tail
end

-- Time bounds of an expansion go on in its links.
local function bounds_of(options)
  local others = {}
  for _, name in ipairs({ "since", "until" }) do
    if options[name] then others[#others + 1] = { name, options[name] } end
  end
  return others
end

--- `media{...}` inside a user: a page of its own, links included. For plan.lua.
function paging.expand(env, list_plan, options, text)
  if not tokens.allows(env.world, env.session, env.flavour.media.list) then
    return nil
  end
  local page = paging.write(env, list_plan, options, { path = env.owner.id .. "/media",
    fields = text, others = bounds_of(options) })
  return page
end

return paging
