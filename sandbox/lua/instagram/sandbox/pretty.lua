--- JSON text laid out for people, as Graph does for `pretty=1`: three blanks a level,
--- a blank after the colon, an empty list open over two lines (Graph-wide; not recorded
--- on this host).

-- The end of the string that begins at `at`.
local function string_end(text, at)
  local stop = at
  repeat
    stop = text:find('["\\]', stop + 1)
    local closing = text:byte(stop) == 34
    if not closing then stop = stop + 1 end -- what is escaped
  until closing
  return stop
end

local opens, closes = { ["{"] = true, ["["] = true }, { ["}"] = true, ["]"] = true }

local function line(depth) return "\n" .. ("   "):rep(depth) end

---@param text string  well-formed compact JSON
return function(text)
  local out, depth, at = {}, 0, 1
  while true do
    local stop = text:find('["{}%[%],:]', at)
    if not stop then break end
    local char, to = text:sub(stop, stop), stop
    out[#out + 1] = text:sub(at, stop - 1)
    if char == '"' then
      to = string_end(text, stop)
      out[#out + 1] = text:sub(stop, to)
    elseif opens[char] then
      depth = depth + 1
      out[#out + 1] = char .. line(depth)
    elseif closes[char] then
      depth = depth - 1
      out[#out + 1] = line(depth) .. char
    else
      out[#out + 1] = char == "," and "," .. line(depth) or ": "
    end
    at = to + 1
  end
  return table.concat(out) .. text:sub(at)
end
