--- A small strict JSON reader: feed files, control bodies, options.
-- Why our own: the host's Lua state holds no C module but `native`, and ids beyond
-- 2^53 must stay exact (they are handed out as strings). null becomes absent.

local max_depth = 64
local value_at -- value_at(text, at, depth) -> value, next

local function fail(at, what)
  error({ json = what .. " at byte " .. at }, 0)
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local plain = {
  b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/",
}

local function utf8_of(point)
  local floor = math.floor
  if point < 0x80 then return string.char(point) end
  if point < 0x800 then
    return string.char(0xC0 + floor(point / 64), 0x80 + point % 64)
  end
  if point < 0x10000 then
    return string.char(0xE0 + floor(point / 4096),
      0x80 + floor(point / 64) % 64, 0x80 + point % 64)
  end
  return string.char(0xF0 + floor(point / 262144), 0x80 + floor(point / 4096) % 64,
    0x80 + floor(point / 64) % 64, 0x80 + point % 64)
end

local function hex4(text, at)
  local digits = text:match("^%x%x%x%x", at)
  return digits and tonumber(digits, 16)
end

-- `at` stands on the `u` of an escape; a lone surrogate becomes U+FFFD.
local function unicode_at(text, at)
  local point = hex4(text, at + 1) or fail(at, "bad \\u escape")
  local after = at + 5
  if point < 0xD800 or point > 0xDFFF then return utf8_of(point), after end
  local low = point < 0xDC00 and text:sub(after, after + 1) == "\\u"
    and hex4(text, after + 2)
  if low and low >= 0xDC00 and low <= 0xDFFF then
    return utf8_of(0x10000 + (point - 0xD800) * 0x400 + low - 0xDC00), after + 6
  end
  return "\239\191\189", after
end

local function string_at(text, at)
  local stop = text:find('["\\]', at + 1) or fail(at, "open string")
  if text:byte(stop) == 34 then return text:sub(at + 1, stop - 1), stop + 1 end
  local out, from = {}, at + 1
  while true do
    out[#out + 1] = text:sub(from, stop - 1)
    if text:byte(stop) == 34 then return table.concat(out), stop + 1 end
    local kind = text:sub(stop + 1, stop + 1)
    if kind == "u" then
      out[#out + 1], from = unicode_at(text, stop + 1)
    else
      out[#out + 1] = plain[kind] or fail(stop, "bad escape")
      from = stop + 2
    end
    stop = text:find('["\\]', from) or fail(at, "open string")
  end
end

local function number_at(text, at)
  local digits = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  local number = digits and tonumber(digits)
  local crooked = number and (digits:find("^-?0%d") or (digits .. " "):find("%.%D"))
  if not number or crooked then fail(at, "unexpected character") end
  local integer = digits:match("^-?%d+$")
  if integer and (number > 2 ^ 53 or number < -2 ^ 53) then
    return integer, at + #digits
  end
  return number, at + #digits
end

local function list_at(text, at, depth)
  local list, n = {}, 0
  at = skip(text, at + 1)
  if text:byte(at) == 93 then return list, at + 1 end
  while true do
    n = n + 1
    list[n], at = value_at(text, at, depth)
    at = skip(text, at)
    local byte = text:byte(at)
    if byte == 93 then return list, at + 1 end
    if byte ~= 44 then fail(at, "',' or ']' expected") end
    at = at + 1
  end
end

local function member_at(text, at, depth)
  at = skip(text, at)
  if text:byte(at) ~= 34 then fail(at, "member name expected") end
  local name, value
  name, at = string_at(text, at)
  at = skip(text, at)
  if text:byte(at) ~= 58 then fail(at, "':' expected") end
  value, at = value_at(text, at + 1, depth)
  return name, value, skip(text, at)
end

local function object_at(text, at, depth)
  local object = {}
  at = skip(text, at + 1)
  if text:byte(at) == 125 then return object, at + 1 end
  while true do
    local name, value
    name, value, at = member_at(text, at, depth)
    object[name] = value
    local byte = text:byte(at)
    if byte == 125 then return object, at + 1 end
    if byte ~= 44 then fail(at, "',' or '}' expected") end
    at = at + 1
  end
end

local function word_at(text, at)
  if text:find("^true", at) then return true, at + 4 end
  if text:find("^false", at) then return false, at + 5 end
  if text:find("^null", at) then return nil, at + 4 end
  return number_at(text, at)
end

function value_at(text, at, depth)
  if depth > max_depth then fail(at, "nested too deep") end
  at = skip(text, at)
  local byte = text:byte(at)
  if byte == 123 then return object_at(text, at, depth + 1) end
  if byte == 91 then return list_at(text, at, depth + 1) end
  if byte == 34 then return string_at(text, at) end
  return word_at(text, at)
end

--- The value of a JSON text, or nil and what is wrong with it.
return function(text)
  local ok, value, at = pcall(value_at, text, 1, 0)
  if not ok then
    if type(value) == "table" and value.json then return nil, value.json end
    error(value, 0)
  end
  if skip(text, at) <= #text then return nil, "trailing text at byte " .. at end
  return value
end
