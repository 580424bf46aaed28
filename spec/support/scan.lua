-- Looks for secrets in the memory of another process, from outside: every writable
-- mapping by /proc/PID/mem, for pieces of the secrets in several spellings.
local scan = {}

local PIECE = 20 -- bytes; what malloc writes into freed blocks spoils less

local function base64(bytes)
  local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  local list = {}
  for at = 1, #bytes - 2, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local n = a * 65536 + b * 256 + c
    for shift = 3, 0, -1 do
      local index = math.floor(n / 64 ^ shift) % 64
      list[#list + 1] = letters:sub(index + 1, index + 1)
    end
  end
  return table.concat(list)
end

local function hex(bytes, prefix, form)
  return (bytes:gsub(".", function(c) return prefix .. form:format(c:byte()) end))
end

-- The pieces of all spellings of a secret: { text, spelling, at }.
local function pieces_of(secret)
  local list = {}
  local function add(text, spelling)
    for at = 1, #text - PIECE + 1, PIECE do
      list[#list + 1] = { text = text:sub(at, at + PIECE - 1), spelling = spelling,
        at = at }
    end
    if #text % PIECE > 0 and #text > PIECE then
      list[#list + 1] = { text = text:sub(-PIECE), spelling = spelling,
        at = #text - PIECE + 1 }
    end
  end
  add(secret, "raw")
  for skip = 0, 2 do
    add(base64(secret:sub(1 + skip)), "base64")
    add(base64(secret:sub(1 + skip)):gsub("+", "-"):gsub("/", "_"), "base64url")
  end
  add(hex(secret, "", "%02x"), "hex")
  add(hex(secret, "%", "%02X"), "percent-encoded")
  add((secret:gsub("[^%w_.~-]", function(c) return ("%%%02X"):format(c:byte()) end)),
    "encoded")
  add((secret:gsub(".", "%0\0")), "wide")
  return list
end

local function writable_mappings(id)
  local list = {}
  for line in assert(io.open("/proc/" .. id .. "/maps")):lines() do
    local from, to, rights, name = line:match "^(%x+)%-(%x+) (%S+) %S+ %S+ %S+%s*(.*)$"
    if rights:find "^rw" and not name:find "^%[v" then
      list[#list + 1] = { from = tonumber(from, 16), to = tonumber(to, 16),
        name = name }
    end
  end
  return list
end

local BLOCK = 1024 * 1024

-- Calls back with each readable block of the mapping, blocks overlapping a little.
local function each_block(memory, mapping, fn)
  local at = mapping.from
  while at < mapping.to do
    local size = math.min(BLOCK, mapping.to - at)
    if not memory:seek("set", at) then return end
    local bytes = memory:read(size)
    if not bytes then return end
    fn(bytes, at)
    at = at + size
    if at < mapping.to then at = at - 4096 end
  end
end

-- What is around a find, for who wants to know what it was.
local function context(bytes, at)
  return (bytes:sub(math.max(1, at - 48), at + 80):gsub("[^\32-\126]", "."))
end

--- Searches process `id` for the secrets, a map of name to text. Returns an array of
--- { name, spelling, at, mapping, address, context } and how many bytes were looked at.
function scan.process(id, secrets)
  local wanted = {}
  for name, secret in pairs(secrets) do
    for _, piece in ipairs(pieces_of(secret)) do
      piece.name = name
      wanted[#wanted + 1] = piece
    end
  end
  local memory = assert(io.open("/proc/" .. id .. "/mem", "rb"))
  memory:setvbuf "no"
  local found, total = {}, 0
  for _, mapping in ipairs(writable_mappings(id)) do
    each_block(memory, mapping, function(bytes, base)
      total = total + #bytes
      for _, piece in ipairs(wanted) do
        local at = bytes:find(piece.text, 1, true)
        while at do
          found[#found + 1] = { name = piece.name, spelling = piece.spelling,
            at = piece.at, mapping = mapping.name, address = base + at - 1,
            context = context(bytes, at) }
          at = bytes:find(piece.text, at + 1, true)
        end
      end
    end)
  end
  memory:close()
  return found, total
end

--- The finds as lines, one for each name, spelling and mapping.
function scan.describe(found)
  local lines, counts, order = {}, {}, {}
  for _, each in ipairs(found) do
    local line = ("%s (%s) in %s: %s"):format(each.name, each.spelling,
      each.mapping ~= "" and each.mapping or "anonymous memory", each.context)
    if not counts[line] then order[#order + 1] = line end
    counts[line] = (counts[line] or 0) + 1
  end
  for _, line in ipairs(order) do lines[#lines + 1] = counts[line] .. " x " .. line end
  return table.concat(lines, "\n")
end

return scan
