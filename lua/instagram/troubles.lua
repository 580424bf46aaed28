--- What this process remembers of troubles, so that it does not ask on and on: of an
--- account, whichever client met them, the failures in a row and that its token was
--- found to live; the app's limit. Knows: clocks. Must not know: stores, tokens.
local core = require "instagram.core"

local HOUR, DAY = 3600, 86400
local KEPT_FOR = DAY -- seconds without news of an account
local SWEEP_EVERY = 256 -- notes
local CONFIRMED_FOR = 60 -- seconds a token that was found to live is not doubted again:
-- longer than the call is that is then repeated, or it would be repeated for ever

local troubles = {}

---@class instagram.Trouble of one account
---@field record string a digest of the record it is about; with another it is over
---@field at number when it was last noted
---@field failures integer one after the other
---@field pause_until number? until then no further try
---@field confirmed number? when it was last doubted and found to live, monotonic

---@class instagram.Troubles
local methods = {}
local troubles_mt = { __index = methods }

---@param now fun(): number the app's clock
---@return instagram.Troubles
function troubles.new(now)
  return setmetatable({ now = now, accounts = {}, notes = 0 }, troubles_mt)
end

-- --- accounts -----------------------------------------------------------------------

local function is_old(trouble, now)
  return math.abs(now - trouble.at) > KEPT_FOR
end

-- Who is not asked for any more is not remembered either.
local function sweep(self, now)
  self.notes = self.notes + 1
  if self.notes % SWEEP_EVERY ~= 0 then return end
  for id, trouble in pairs(self.accounts) do
    if is_old(trouble, now) then self.accounts[id] = nil end
  end
end

local function note(self, id, text)
  local now = self.now()
  sweep(self, now)
  local trouble = self.accounts[id]
  if not trouble or is_old(trouble, now) then
    trouble = { failures = 0 }
    self.accounts[id] = trouble
  end
  trouble.record, trouble.at = core.hash(text), now
  return trouble
end

--- While a token works, a failing refresh must not hold up every call: the second
--- failure in a row brings a pause, and each further one doubles it.
---@param id string
---@param text string the record it failed with
---@param err instagram.Error
function methods:failed(id, text, err)
  local trouble = note(self, id, text)
  trouble.failures = trouble.failures + 1
  local pause = trouble.failures < 2 and 0
    or math.min(30 * 2 ^ math.min(trouble.failures - 1, 7), HOUR)
  trouble.pause_until = trouble.at + math.max(pause, err.retry_after or 0)
end

---@return boolean
function methods:is_pausing(id)
  local trouble = self.accounts[id]
  local left = trouble and trouble.pause_until and trouble.pause_until - self.now()
  return left ~= nil and left > 0 and left <= DAY
end

--- Its token was doubted and works.
function methods:confirm(id, text)
  note(self, id, text).confirmed = core.monotonic()
end

---@return boolean
function methods:is_confirmed(id)
  local trouble = self.accounts[id]
  local at = trouble and trouble.confirmed
  return at ~= nil and core.monotonic() - at < CONFIRMED_FOR
end

--- The store has this record of it: what was of another one is over.
function methods:seen(id, text)
  local trouble = self.accounts[id]
  if trouble and trouble.record ~= core.hash(text) then self.accounts[id] = nil end
end

--- We wrote this record of it ourselves; that alone ends nothing.
function methods:wrote(id, text)
  local trouble = self.accounts[id]
  if trouble then trouble.record = core.hash(text) end
end

--- All is well with it, or it is no more.
function methods:over(id)
  self.accounts[id] = nil
end

-- --- the app's limit ----------------------------------------------------------------

local OF_ONE_PERSON = { [17] = true, [32] = true, [80002] = true }
local UNTOLD = 600 -- seconds, where the answer does not say how long

--- A limit of the app is all accounts': who asks on for the others makes it last
--- longer.
function methods:note_limit(err)
  if err.kind ~= "rate_limit" or OF_ONE_PERSON[err.code] then return end
  self.limited, self.limit_ends = err, self.now() + (err.retry_after or UNTOLD)
end

--- The error of a limit that holds.
---@return instagram.Error?
function methods:limit()
  local left = self.limited and self.limit_ends - self.now()
  if left and left > 0 and left <= DAY then return self.limited end
end

return troubles
