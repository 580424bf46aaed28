--- JSON text with everything a decoder throws away: the order of members, the digits of
--- numbers, the escapes of strings. For comparing answers with recordings.
local shape = {}

local value_at -- value_at(text, at) -> node, next

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local function string_at(text, at)
  local stop = at
  repeat
    stop = assert(text:find('["\\]', stop + 1), "open string")
    local escaped = text:sub(stop, stop) == "\\"
    if escaped then stop = stop + 1 end
  until not escaped
  return { kind = "string", raw = text:sub(at + 1, stop - 1) }, stop + 1
end

local function object_at(text, at)
  local node = { kind = "object", names = {}, members = {} }
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local name, value
    name, at = string_at(text, at)
    at = skip(text, at)
    assert(text:sub(at, at) == ":", "':' expected")
    value, at = value_at(text, at + 1)
    node.names[#node.names + 1] = name.raw
    node.members[name.raw] = value
    at = skip(text, at)
    if text:sub(at, at) == "," then at = skip(text, at + 1) end
  end
  return node, at + 1
end

local function array_at(text, at)
  local node = { kind = "array" }
  at = skip(text, at + 1)
  while text:sub(at, at) ~= "]" do
    node[#node + 1], at = value_at(text, at)
    at = skip(text, at)
    if text:sub(at, at) == "," then at = skip(text, at + 1) end
  end
  return node, at + 1
end

function value_at(text, at)
  at = skip(text, at)
  local char = text:sub(at, at)
  if char == "{" then return object_at(text, at) end
  if char == "[" then return array_at(text, at) end
  if char == '"' then return string_at(text, at) end
  local word = assert(text:match("^[%w.+-]+", at), "value expected")
  local kind = tonumber(word) and "number" or word == "null" and "null" or "boolean"
  return { kind = kind, raw = word }, at + #word
end

--- A node: { kind = "object", names, members } | { kind = "array", ... } | { kind =
--- "string" | "number" | "boolean" | "null", raw = text between the quotes }.
function shape.read(text)
  return (value_at(text, 1))
end

--- The bytes of a raw string: undoes the escapes.
function shape.text(node)
  return require("cjson").new().decode('["' .. node.raw .. '"]')[1]
end

--- A member by path: shape.at(node, "error", "message").
function shape.at(node, ...)
  for _, name in ipairs { ... } do
    node = node and (node.members and node.members[name] or node[name])
  end
  return node
end

--- What an object looks like: "id:string username:string", members in their order.
function shape.members(node)
  local out = {}
  for i, name in ipairs(node.names) do
    out[i] = name .. ":" .. node.members[name].kind
  end
  return table.concat(out, " ")
end

return shape
