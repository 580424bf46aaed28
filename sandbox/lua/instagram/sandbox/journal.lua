--- The journal: every request with what was answered and why, for assertions and for
--- people who wonder. Secrets are cut out before anything is kept.

local escape = require "instagram.sandbox.escape"

local journal = {}

local methods = {}
local mt = { __index = methods }

function journal.new()
  return setmetatable({ entries = {}, first = 1, last = 0 }, mt)
end

local secret = { access_token = true, client_secret = true, app_secret = true,
  code = true, signed_request = true, input_token = true, fb_exchange_token = true }

local LENGTH_MAX = 4096 -- of a query, or of one value of a form

local function cut(text)
  if #text <= LENGTH_MAX then return text end
  return text:sub(1, LENGTH_MAX) .. "[" .. #text - LENGTH_MAX .. " bytes more]"
end

-- A token, code or secret in a wrong place. Tokens and codes begin with these letters
-- (cursors do not); 32 digits are a secret only where one is spoken of.
local function redact_strays(text)
  if #text >= 100 then
    for _, head in ipairs({ "IG", "AQ" }) do
      text = text:gsub(head .. "[%w_%-]+", function(part)
        if #part >= 100 then return "[redacted]" end
      end)
    end
  end
  if not text:find("secret", 1, true) then return text end
  return (text:gsub("%x+", function(part)
    if #part >= 32 then return "[redacted]" end
  end))
end

-- Pair by pair: one pattern for name and value would take the square of its time on a
-- long text without "=".
local function redact_query(text)
  return cut(redact_strays(text:gsub("[^&]+", function(pair)
    local name = pair:match("^[^=]*")
    if #name < #pair - 1 and (secret[name] or secret[escape.decode(name)]) then
      return name .. "=[redacted]"
    end
  end)))
end

-- Something as long as a token may be one, put in a wrong place.
local function redact_path(path)
  if #path < 100 then return path end
  return cut(path:gsub("[%w_%-]+", function(part)
    if #part >= 100 then return "[redacted]" end
  end))
end

local function redact_form(form)
  if not form then return nil end
  local out = {}
  for i = 1, math.min(#form, 100) do
    local pair = form[i]
    out[i] = { cut(redact_strays(pair[1])),
      secret[pair[1]] and "[redacted]" or cut(redact_strays(pair[2])) }
  end
  return out
end

--- Keeps a request's entry; beyond `size` the oldest go.
function methods:add(entry, size)
  entry.path, entry.query = redact_path(entry.path), redact_query(entry.query)
  entry.form = redact_form(entry.form)
  entry.reason = entry.reason and cut(redact_strays(entry.reason))
  for i, note in ipairs(entry.notes or {}) do
    entry.notes[i] = cut(redact_strays(note))
  end
  self.last = self.last + 1
  entry.number = self.last
  self.entries[self.last] = entry
  while self.last - self.first >= size do
    self.entries[self.first] = nil
    self.first = self.first + 1
  end
end

--- The entries, oldest first; those from number `since` on.
function methods:list(since)
  local out = {}
  for number = math.max(self.first, since or 1), self.last do
    out[#out + 1] = self.entries[number]
  end
  return out
end

--- Forgets all; numbers go on.
---@return number  how many there were
function methods:clear()
  local count = self.last - self.first + 1
  self.entries, self.first = {}, self.last + 1
  return count
end

return journal
