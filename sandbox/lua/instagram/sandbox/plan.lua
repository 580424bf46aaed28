--- From a parsed `fields` list to something that writes items fast: names checked against
-- the flavour once, then one pass over the entries for each row.

local errors = require "instagram.sandbox.errors"
local fields = require "instagram.sandbox.fields"
local flavours = require "instagram.sandbox.flavours"
local nodes = require "instagram.sandbox.nodes"

local plan = {}

local compile -- compile(flavour, number, kind, list) -> plan

local function silent() return nil end

local function other_flavour(flavour)
  return flavour.name == "basic_display" and "instagram_login" or "basic_display"
end

local function refuse(flavour, kind, name)
  local reason = "no such field on a " .. kind .. " of " .. flavour.name
  local other = other_flavour(flavour)
  if flavours[other][kind].fields[name] then reason = reason .. "; it is one of " .. other end
  errors.refuse("nonexisting_field", reason, name)
end

-- Edges that are written by paging.lua or by the children writer below.
local function edge_entry(flavour, number, kind, item, entry)
  if item.name == "children" then
    entry.sub = compile(flavour, number, "child", item.sub or {})
  elseif item.name == "media" then
    entry.text = fields.text(item.sub or {})
    entry.sub = compile(flavour, number, "media", item.sub or {})
    entry.sub.key = table.concat({ flavour.name, number, "media", entry.text }, "/")
  end
  entry.edge, entry.options = item.name, item.options
  entry.needs = flavours[flavour.name][kind].read
end

local function field_entry(flavour, number, kind, item)
  local schema = flavour[kind]
  local entry = { name = item.name, head = '"' .. item.name .. '":' }
  if schema.silent[item.name] then
    entry.emit = silent
  elseif schema.edges[item.name] then
    edge_entry(flavour, number, kind, item, entry)
  elseif not schema.fields[item.name] or number < (schema.since[item.name] or 0) then
    refuse(flavour, kind, item.name)
  else
    entry.emit = (kind == "user" and nodes.user or nodes.media)[item.name]
    entry.needs = schema.needs[item.name]
  end
  return entry
end

function compile(flavour, number, kind, list)
  local result = { kind = kind }
  local has_id = false
  for _, item in ipairs(list) do
    local entry = field_entry(flavour, number, kind, item)
    if entry.edge == "children" then result.children = entry end
    if item.name == "id" then has_id = true end
    result[#result + 1] = entry
  end
  -- id is always in the answer: last when it was not asked for (O)
  if not has_id then
    result[#result + 1] = field_entry(flavour, number, kind, { name = "id" })
  end
  return result
end

--- The plan of a `fields` text.
---@param kind "user"|"media"|"child"
---@param dotted boolean  accept `children.media_type`
function plan.of(world, flavour, release, kind, text, dotted)
  local key = flavour.name .. "/" .. release.number .. "/" .. kind .. "/"
    .. tostring(dotted) .. "/" .. text
  local known = world.plans[key]
  if known then return known end
  known = compile(flavour, release.number, kind, fields.parse(text, dotted))
  known.key = key
  if world.plan_count >= 200 then world.plans, world.plan_count = {}, 0 end
  world.plans[key], world.plan_count = known, world.plan_count + 1
  return known
end

-- The children of an album: a list without paging, never more than ten (O).
local function write_children(entry, row, env)
  local list = env.children[row.id]
  if not list then return nil end
  local limit = tonumber(entry.options.limit) or #list
  local out = {}
  for i = 1, math.min(#list, limit) do
    out[i] = plan.write(entry.sub, list[i], env)
  end
  return '{"data":[' .. table.concat(out, ",") .. "]}"
end

local function value_of(entry, row, env)
  if entry.edge == "children" then return write_children(entry, row, env) end
  if entry.edge then return env.write_edge(entry, row, env) end
  if entry.needs and not nodes.allowed(env, entry.needs) then return nil end
  return entry.emit(row, env)
end

--- One item as JSON. `env` is the request's: world, flavour, release, session, origins,
--- owner (a row of users), children (album id -> rows), write_edge.
function plan.write(self, row, env)
  local out, n = {}, 0
  for i = 1, #self do
    local entry = self[i]
    local text = value_of(entry, row, env)
    if text then
      n = n + 1
      out[n] = entry.head .. text
    end
  end
  return "{" .. table.concat(out, ",") .. "}"
end

return plan
