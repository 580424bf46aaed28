--- HTML as a tree of Lua tables: text and attribute values are escaped when the tree is
--- written, so no caption can become markup. There is no raw form. Knows nothing of the
--- sandbox.
---
---     local h = require "instagram.sandbox.pages.html"
---     h.write(h.p { class = "note", "from ", h.b { username } })

local html = {}

local node_mt = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&#39;" }

-- Elements that have no end tag.
local void = { br = true, hr = true, img = true, input = true, link = true,
  meta = true, wbr = true, source = true }

--- Text as it may stand between tags and in quoted attributes. What HTML cannot hold
--- (control characters) becomes U+FFFD.
function html.escape(text)
  return (tostring(text):gsub("[&<>\"']", entities)
    :gsub("[%z\1-\8\11\12\14-\31\127]", "\239\191\189"))
end

-- Makes an element of a table: names are attributes (false: absent, true: bare), the
-- array part holds children: nodes, texts, numbers, lists of them; nil and false are
-- nothing.
local function element(tag)
  return function(parts)
    return setmetatable({ tag = tag, parts = parts or {} }, node_mt)
  end
end

setmetatable(html, { __index = function(_, tag) return element(tag) end })

local write_node

-- Lists may have holes (`condition and h.p {}`).
local function last_index(parts)
  local last = 0
  for key in pairs(parts) do
    if type(key) == "number" and key > last then last = key end
  end
  return last
end

local function write_children(out, parts)
  for i = 1, last_index(parts) do
    local part = parts[i]
    if type(part) == "table" and getmetatable(part) ~= node_mt then
      write_children(out, part)
    elseif part then
      write_node(out, part)
    end
  end
end

local function write_attributes(out, parts)
  local names = {}
  for name, value in pairs(parts) do
    if type(name) == "string" and value then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    out[#out + 1] = " " .. name
    if parts[name] ~= true then
      out[#out + 1] = '="' .. html.escape(parts[name]) .. '"'
    end
  end
end

write_node = function(out, node)
  if getmetatable(node) ~= node_mt then
    out[#out + 1] = html.escape(node)
    return
  end
  out[#out + 1] = "<" .. node.tag
  write_attributes(out, node.parts)
  out[#out + 1] = ">"
  if void[node.tag] then return end
  write_children(out, node.parts)
  out[#out + 1] = "</" .. node.tag .. ">"
end

--- The text of a node or a list of nodes.
---@return string
function html.write(nodes)
  local out = {}
  write_children(out, { nodes })
  return table.concat(out)
end

return html
