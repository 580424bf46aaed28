--- JSON exactly as Instagram's hosts write it: escaping, spacing, order.
-- Knows nothing of the sandbox. Members keep the order they are given in.
-- Three styles: graph (compact, `\/`, `\uXXXX`, `\u0025`), python (json.dumps of
-- api.instagram.com) and plain (our own control answers: sorted, readable).

local json = {}

local object_mt, array_mt, raw_mt = {}, {}, {}

--- An object whose members keep their order; a nil value leaves its member out.
---@param ... any name, value, name, value ...
function json.object(...)
  return setmetatable({ n = select("#", ...), ... }, object_mt)
end

--- A list (also when empty).
function json.array(list)
  return setmetatable(list or {}, array_mt)
end

--- Text that is JSON already (an encoded piece, a 17-digit number).
function json.raw(text)
  return setmetatable({ text = text }, raw_mt)
end

local short = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}
for byte = 0, 31 do
  local char = string.char(byte)
  short[char] = short[char] or string.format("\\u%04x", byte)
end

local graph_map = { ["/"] = "\\/", ["%"] = "\\u0025" }
for char, text in pairs(short) do graph_map[char] = text end

local function escape_point(point)
  if point < 0x10000 then return string.format("\\u%04x", point) end
  point = point - 0x10000
  return string.format("\\u%04x\\u%04x",
    0xD800 + math.floor(point / 0x400), 0xDC00 + point % 0x400)
end

-- How many continuation bytes a lead byte asks for, its bits, the least legal point.
local function lead_of(byte)
  if byte >= 0xC2 and byte <= 0xDF then return 1, byte - 0xC0, 0x80 end
  if byte >= 0xE0 and byte <= 0xEF then return 2, byte - 0xE0, 0x800 end
  if byte >= 0xF0 and byte <= 0xF4 then return 3, byte - 0xF0, 0x10000 end
end

-- One code point of `text` at `at`; bytes that are not UTF-8 become U+FFFD.
local function point_at(text, at)
  local more, point, least = lead_of(text:byte(at))
  if not more then return 0xFFFD, at + 1 end
  for i = at + 1, at + more do
    local byte = text:byte(i)
    if not byte or byte < 0x80 or byte > 0xBF then return 0xFFFD, i end
    point = point * 64 + byte - 0x80
  end
  local surrogate = point >= 0xD800 and point <= 0xDFFF
  if point < least or point > 0x10FFFF or surrogate then point = 0xFFFD end
  return point, at + more + 1
end

local function escape_run(run)
  local out, at = {}, 1
  while at <= #run do
    local point, after = point_at(run, at)
    out[#out + 1], at = escape_point(point), after
  end
  return table.concat(out)
end

-- Escapes already worked out, by character; captions use few of them again and again.
local escapes, escape_count = {}, 0

local function escape_char(char)
  local text = escapes[char]
  if text then return text end
  text = escape_run(char)
  if #char > 4 then return text end -- no character: not worth keeping
  if escape_count >= 5000 then escapes, escape_count = {}, 0 end
  escapes[char], escape_count = text, escape_count + 1
  return text
end

local function escape(text, map)
  text = text:gsub('[%c"\\/%%]', map)
  if text:find("[\128-\255]") then
    text = text:gsub("[\128-\255][\128-\191]*", escape_char)
  end
  return '"' .. text .. '"'
end

-- Captions are long, escaping them is most of a page's work, and they come again.
local quoted, quoted_size = {}, 0

--- A string the way graph.instagram.com writes it, quotes included.
function json.quote(text)
  local known = quoted[text]
  if known then return known end
  known = escape(text, graph_map)
  if quoted_size >= 2 ^ 20 then quoted, quoted_size = {}, 0 end
  quoted[text], quoted_size = known, quoted_size + #text
  return known
end

local function python_quote(text) return escape(text, short) end

-- Bytes of a path or a query may be no UTF-8; what we answer must be.
local function clean_run(run)
  local out, at = {}, 1
  while at <= #run do
    local point, after = point_at(run, at)
    out[#out + 1] = point == 0xFFFD and "\239\191\189" or run:sub(at, after - 1)
    at = after
  end
  return table.concat(out)
end

local function plain_quote(text)
  text = text:gsub('[%c"\\]', short)
  if text:find("[\128-\255]") then text = text:gsub("[\128-\255]+", clean_run) end
  return '"' .. text .. '"'
end

local graph = { quote = json.quote, comma = ",", colon = ":" }
local python = { quote = python_quote, comma = ", ", colon = ": " }
local plain = { quote = plain_quote, comma = ",", colon = ":" }

local function number_text(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("cannot write " .. value .. " as JSON", 0)
  end
  if value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return string.format("%.0f", value)
  end
  return string.format("%.14g", value)
end

local write -- write(value, style) -> text

local function write_ordered(value, style)
  local out = {}
  for i = 1, value.n, 2 do
    if value[i + 1] ~= nil then
      out[#out + 1] = style.quote(value[i]) .. style.colon .. write(value[i + 1], style)
    end
  end
  return "{" .. table.concat(out, style.comma) .. "}"
end

local function write_list(value, style)
  local out = {}
  for i, item in ipairs(value) do out[i] = write(item, style) end
  return "[" .. table.concat(out, style.comma) .. "]"
end

local function write_map(value, style)
  local names, out = {}, {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for i, name in ipairs(names) do
    out[i] = style.quote(name) .. style.colon .. write(value[name], style)
  end
  return "{" .. table.concat(out, style.comma) .. "}"
end

local function write_table(value, style)
  local kind = getmetatable(value)
  if kind == raw_mt then return value.text end
  if kind == object_mt then return write_ordered(value, style) end
  if kind == array_mt or #value > 0 then return write_list(value, style) end
  return write_map(value, style)
end

function write(value, style)
  local kind = type(value)
  if kind == "string" then return style.quote(value) end
  if kind == "number" then return number_text(value) end
  if kind == "boolean" then return value and "true" or "false" end
  if kind == "table" then return write_table(value, style) end
  error("cannot write a " .. kind .. " as JSON")
end

--- Text as graph.instagram.com sends it.
function json.graph(value) return write(value, graph) end

--- Text as api.instagram.com sends it (Python's spacing, slashes bare).
function json.python(value) return write(value, python) end

--- Text for the control interface; maps are sorted, UTF-8 stays.
function json.plain(value) return write(value, plain) end

return json
