--- The `fields` parameter: a list of names with expansions.
--   id,children{id,media_url}   children.fields(id)   media.limit(5).after(C){id}
--   children.media_type,children.media_url   (dotted: refused since 20 April 2021)
-- Blanks and empty items are skipped. Syntax errors as Instagram words them, positions
-- counted from 0.

local errors = require "instagram.sandbox.errors"

local fields = {}

local max_depth = 8
local list_at -- list_at(reader, closing) -> list

local function peek(reader)
  reader.at = reader.text:find("[^%s]", reader.at) or #reader.text + 1
  return reader.text:sub(reader.at, reader.at)
end

local function fail(reader, expected)
  local found = peek(reader)
  found = found == "" and "end of string" or '"' .. found .. '"'
  errors.refuse("syntax", "the fields parameter cannot be read", "Expected "
    .. expected .. " instead of " .. found .. ".", reader.at - 1, reader.text)
end

local function word(reader)
  peek(reader)
  local name = reader.text:match("^[%w_]+", reader.at)
  if not name then fail(reader, "a field name") end
  reader.at = reader.at + #name
  return name
end

local function expect(reader, char)
  if peek(reader) ~= char then fail(reader, '"' .. char .. '"') end
  reader.at = reader.at + 1
end

-- The entry of that name in a list, made when missing: `children.a,children.b` is one.
local function entry_of(list, name)
  for _, entry in ipairs(list) do
    if entry.name == name then return entry end
  end
  local entry = { name = name, options = {} }
  list[#list + 1] = entry
  return entry
end

local function merge(entry, list)
  entry.sub = entry.sub or {}
  for _, other in ipairs(list) do
    local known = entry_of(entry.sub, other.name)
    if other.sub then merge(known, other.sub) end
    for name, value in pairs(other.options) do known.options[name] = value end
  end
end

-- `(`...`)` after `.name`.
local function call(reader, entry, name)
  expect(reader, "(")
  if name == "fields" then
    merge(entry, list_at(reader, ")"))
  else
    local value = reader.text:match("^[^)]*", reader.at)
    entry.options[name] = value:match("^%s*(.-)%s*$")
    reader.at = reader.at + #value
  end
  expect(reader, ")")
end

local function dotted(reader, list)
  while peek(reader) == "." do
    reader.at = reader.at + 1
    local name = word(reader)
    local entry = list[1]
    if peek(reader) == "(" or not reader.dotted then
      call(reader, entry, name)
    else
      entry.sub = entry.sub or {}
      list = { entry_of(entry.sub, name) }
    end
  end
  return list[1]
end

local function item(reader, list)
  local entry = { name = word(reader), options = {} }
  local last = dotted(reader, { entry })
  if peek(reader) == "{" then
    reader.at = reader.at + 1
    merge(last, list_at(reader, "}"))
    expect(reader, "}")
  end
  local known = entry_of(list, entry.name)
  if entry.sub then merge(known, entry.sub) end
  for name, value in pairs(entry.options) do known.options[name] = value end
end

function list_at(reader, closing)
  local list = {}
  reader.depth = reader.depth + 1
  if reader.depth > max_depth then fail(reader, "fewer levels") end -- depth: invented
  while true do
    local char = peek(reader)
    if char == "," then
      reader.at = reader.at + 1
    elseif char == closing then
      break
    else
      item(reader, list)
      char = peek(reader)
      if char ~= "," and char ~= closing then
        fail(reader, closing == "" and "end of string" or '"' .. closing .. '"')
      end
    end
  end
  reader.depth = reader.depth - 1
  return list
end

--- The list a text says: array of { name, sub = list|nil, options = { limit = ... } }.
-- Refuses the request when it cannot be read.
---@param allow_dotted boolean  accept `children.media_type`
function fields.parse(text, allow_dotted)
  return list_at({ text = text, at = 1, depth = 0, dotted = allow_dotted }, "")
end

local function options_text(options)
  local names, out = {}, {}
  for name in pairs(options) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do
    out[i] = "." .. name .. "(" .. options[name] .. ")"
  end
  return table.concat(out)
end

--- A list as text again: the `fields` of an expanded edge's next address.
function fields.text(list)
  local out = {}
  for i, entry in ipairs(list) do
    out[i] = entry.name .. options_text(entry.options)
      .. (entry.sub and "{" .. fields.text(entry.sub) .. "}" or "")
  end
  return table.concat(out, ",")
end

return fields
