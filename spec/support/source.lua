-- Reads the project's own sources for the specs about them: lists files, takes C and
-- Lua text apart (code without comments, string literals, functions). Knows no rule.
local source = {}

local function lines_of(text)
  local list = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    list[#list + 1] = line
  end
  return list
end
source.lines = lines_of

function source.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

--- Files below the folders (those that exist) whose name ends in one of the endings.
function source.files(folders, endings)
  local list = {}
  local command = "find %s -type f 2>/dev/null | LC_ALL=C sort"
  local pipe = assert(io.popen(command:format(folders)))
  for path in pipe:lines() do
    local ending = path:match("%.([%w]+)$") or ""
    if endings:find("%f[%w]" .. ending .. "%f[%W]") then list[#list + 1] = path end
  end
  pipe:close()
  return list
end

-- What starts at `from` and where it ends (nil: at the end of the text).
local function c_token(text, from)
  local two, one = text:sub(from, from + 1), text:sub(from, from)
  if two == "/*" then
    return "comment", select(2, text:find("*/", from + 2, true))
  end
  if two == "//" then return "comment", (text:find("\n", from, true) or 0) - 1 end
  if one == '"' or one == "'" then
    local at = from + 1
    while at <= #text and text:sub(at, at) ~= one do
      at = at + (text:sub(at, at) == "\\" and 2 or 1)
    end
    return one == '"' and "string" or "code", at
  end
end

local function lua_token(text, from)
  local comment = text:match("^%-%-", from)
  local level = text:match("^%[(=*)%[", comment and from + 2 or from)
  local kind = comment and "comment" or "string"
  if level then
    return kind, select(2, text:find("]" .. level .. "]", from, true))
  end
  if comment then return kind, (text:find("\n", from, true) or 0) - 1 end
  if text:match("^[\"']", from) then return c_token(text, from) end
end

-- Cuts the text into { kind, text } pieces: code, comment, string.
local function pieces(text, token)
  local list, start, at = {}, 1, 1
  while true do
    local found = text:find("[\"'/%-%[]", at)
    if not found then break end
    local kind, last = token(text, found)
    if kind then
      if not last or last < found then last = #text end
      list[#list + 1] = { "code", text:sub(start, found - 1) }
      list[#list + 1] = { kind, text:sub(found, last) }
      start, at = last + 1, last + 1
    else
      at = found + 1
    end
  end
  list[#list + 1] = { "code", text:sub(start) }
  return list
end

local function token_of(path) return path:match("%.lua$") and lua_token or c_token end

--- The text without comments, lines kept; without the insides of strings when asked.
function source.code(path, text, without_strings)
  local out = {}
  for _, piece in ipairs(pieces(text, token_of(path))) do
    local blank = piece[1] == "comment" or (without_strings and piece[1] == "string")
    out[#out + 1] = blank and piece[2]:gsub("[^\n]", " ") or piece[2]
  end
  return table.concat(out)
end

--- The string literals, as written.
function source.strings(path, text)
  local out = {}
  for _, piece in ipairs(pieces(text, token_of(path))) do
    if piece[1] == "string" then out[#out + 1] = piece[2] end
  end
  return out
end

--- Functions of a C file in our layout (braces in the first column): name, line, length
--- (from the signature to the closing brace), body without comments and strings.
function source.c_functions(text)
  local list, lines = {}, lines_of(source.code("x.c", text, true))
  local first
  for number, line in ipairs(lines) do
    if line == "{" then
      first = number
      while first > 1 and not lines[first]:match("^[%a_].*%(") do first = first - 1 end
    elseif line:match("^}") and first then
      list[#list + 1] = {
        name = lines[first]:match("([%w_]+)%s*%(") or "?",
        line = first, length = number - first + 1,
        body = table.concat(lines, "\n", first, number),
      }
      first = nil
    end
  end
  return list
end

--- Functions of a Lua file as { line, length }, the file's own chunk left out.
function source.lua_functions(path, lua)
  local list = {}
  local pipe = assert(io.popen((lua or "luac5.4") .. " -l -p " .. path .. " 2>&1"))
  for line in pipe:lines() do
    local first, last = line:match("^function <.-:(%d+),(%d+)>")
    if first then
      list[#list + 1] = { line = tonumber(first), length = last - first + 1 }
    end
  end
  pipe:close()
  return list
end

return source
