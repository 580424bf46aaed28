--- The journal: every request with what was answered and why, for assertions and for
--- people who wonder. Secrets are cut out before anything is kept.

local journal = {}

local methods = {}
local mt = { __index = methods }

function journal.new() return setmetatable({ entries = {}, first = 1, last = 0 }, mt) end

local secret = { access_token = true, client_secret = true, app_secret = true }

local function redact_query(text)
  return (text:gsub("([^&=]+)=([^&]*)", function(name, value)
    if secret[name] and value ~= "" then return name .. "=[redacted]" end
  end))
end

local function redact_form(form)
  if not form then return nil end
  local out = {}
  for i, pair in ipairs(form) do
    out[i] = { pair[1], secret[pair[1]] and "[redacted]" or pair[2] }
  end
  return out
end

--- Keeps a request's entry; beyond `size` the oldest go.
function methods:add(entry, size)
  entry.query = redact_query(entry.query or "")
  entry.form = redact_form(entry.form)
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
function methods:clear()
  self.entries, self.first = {}, self.last + 1
end

return journal
