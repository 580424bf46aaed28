--- From a parsed `fields` list to something that writes items fast: names checked
-- against the flavour once, then one pass over the entries for each row.

local errors = require "instagram.sandbox.errors"
local fields = require "instagram.sandbox.fields"
local flavours = require "instagram.sandbox.flavours"
local nodes = require "instagram.sandbox.nodes"

local plan = {}

local PLANS_MAX = 200

local compile -- compile(flavour, kind, list) -> plan

local function silent() return nil end

local function other_flavour(flavour)
  return flavour.name == "basic_display" and "instagram_login" or "basic_display"
end

local function refuse(flavour, kind, name)
  local reason = "no such field on a " .. kind .. " of " .. flavour.name
  local other = other_flavour(flavour)
  if flavours[other][kind].fields[name] then
    reason = reason .. "; it is one of " .. other
  end
  errors.refuse("nonexisting_field", reason, name)
end

-- A field that needs a permission: silently absent without it (O).
local function guarded(emit, needs)
  if not needs then return emit end
  return function(row, env)
    if nodes.allowed(env, needs) then return emit(row, env) end
  end
end

-- Edges inside an item. The request's env knows how lists are written (paging.lua,
-- children.lua); an edge on which nothing is served shows nothing (invented).
local edges = {}

function edges.children(flavour, item)
  local sub = compile(flavour, "child", item.sub or {})
  local text = fields.text(item.sub or {})
  return function(row, env) return env:write_children(sub, row, item.options, text) end
end

local function below(kind, write)
  return function(flavour, item)
    local text = fields.text(item.sub or {})
    local sub = compile(flavour, kind, item.sub or {})
    return function(row, env) return env[write](env, sub, row, item.options, text) end
  end
end

edges.stories = below("media", "write_stories")
edges.comments = below("comment", "write_comments")
edges.replies = below("comment", "write_replies")

function edges.insights(_, item)
  return function(row, env) return env:write_insights(row, item.options) end
end

function edges.media(flavour, item)
  local text = fields.text(item.sub or {})
  local sub = compile(flavour, "media", item.sub or {})
  sub.key = flavour.name .. "/media/" .. text
  return function(_, env) return env:write_media(sub, item.options, text) end
end

local function emitter(flavour, kind, item)
  local schema, name = flavour[kind], item.name
  if schema.silent[name] then return silent end
  if schema.edges[name] then
    return edges[name] and edges[name](flavour, item) or silent
  end
  if not schema.fields[name] then refuse(flavour, kind, name) end
  local emitters = kind == "child" and nodes.media or nodes[kind]
  return guarded(emitters[name], schema.needs[name])
end

local function entry_of(flavour, kind, item)
  local head = '"' .. item.name .. '":'
  return { first = "{" .. head, later = "," .. head,
    emit = emitter(flavour, kind, item) }
end

function compile(flavour, kind, list)
  local result, has_id = { kind = kind }, false
  for i, item in ipairs(list) do
    result[i] = entry_of(flavour, kind, item)
    has_id = has_id or item.name == "id"
    result.children = result.children or item.name == "children"
  end
  -- id is always in the answer: last when it was not asked for (O)
  if not has_id then result[#result + 1] = entry_of(flavour, kind, { name = "id" }) end
  return result
end

--- The plan of a `fields` text.
---@param kind "user"|"media"|"child"|"comment"
---@param dotted boolean  accept `children.media_type`
function plan.of(world, flavour, kind, text, dotted)
  local key = flavour.name .. "/" .. kind .. "/" .. tostring(dotted) .. "/" .. text
  local known = world.plans[key]
  if known then return known end
  known = compile(flavour, kind, fields.parse(text, dotted))
  known.key = key
  if world.plan_count >= PLANS_MAX then world.plans, world.plan_count = {}, 0 end
  world.plans[key], world.plan_count = known, world.plan_count + 1
  return known
end

--- Appends one item as JSON to a list of pieces of text.
---@param env table  the request's: world, flavour, release, session, origins, owner (a
--- row of users), and functions that write lists: write_children, write_media, ...
---@param out string[]
---@param n integer  how many pieces `out` has
---@return integer n
function plan.append(self, row, env, out, n)
  local start = n
  for i = 1, #self do
    local entry = self[i]
    local text = entry.emit(row, env)
    if text then
      out[n + 1] = n == start and entry.first or entry.later
      out[n + 2] = text
      n = n + 2
    end
  end
  out[n + 1] = "}" -- never empty: there is always an id
  return n + 1
end

--- One item as JSON.
function plan.write(self, row, env)
  local out = {}
  plan.append(self, row, env, out, 0)
  return table.concat(out)
end

--- Items as a JSON list.
function plan.write_list(self, rows, env)
  local out, n = { "[" }, 1
  for i = 1, #rows do
    if i > 1 then
      n = n + 1
      out[n] = ","
    end
    n = plan.append(self, rows[i], env, out, n)
  end
  out[n + 1] = "]"
  return table.concat(out)
end

return plan
