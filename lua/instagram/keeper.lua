--- Keeps tokens alive: refreshes what is due, once across all tasks, processes and
--- machines that share the store. Knows: the refresh rule (api.md 3), locks with
--- fences. Must not know: what a client asks.
local errors = require "instagram.errors"
local wait = require "instagram.wait"

local DAY = 86400
local LOCK_LIFE = 60 -- seconds; longer than a refresh call with its retries may take
local PATIENCE = 45 -- seconds to wait for another's refresh when our token is over
local GRANT_WARNING = 7 * DAY

local keeper = {}

---@class instagram.Keeper
local methods = {}
local keeper_mt = { __index = methods }

function keeper.new(accounts)
  return setmetatable({ accounts = accounts }, keeper_mt)
end

---@class instagram.Held
---@field facts instagram.AccountRecord
---@field token instagram.Token
---@field text string the record it was read from

--- An account in hand: what a client calls its token through.
function methods:hold(facts, token, text)
  return { keeper = self, facts = facts, token = token, text = text }
end

-- --- when ---------------------------------------------------------------------------

-- Half of its life, but never before it is a day old; where the age is unknown, at
-- once: the answer says how long it lives.
local function due_at(token)
  local ends, from = token:expires_at(), token:obtained_at()
  if token:kind() == "short" then return 0 end -- exchanged as soon as possible
  if not ends then return 0 end
  if not from then return ends - 30 * DAY end
  return math.max(from + DAY, from + (ends - from) / 2)
end

-- An answer that did not extend is not asked for again for a day.
local function is_due(held, now)
  local tried = held.facts.tried
  if held.facts.dead then return false end
  if tried and now < tried + DAY then return false end
  return now >= due_at(held.token)
end

-- --- what another did ---------------------------------------------------------------

-- Takes over what the store has, if it is not what we have. nil, message, err when it
-- cannot be read; the old token is left as it is then.
local function reread(self, held)
  local facts, token, text = self.accounts:load(held.facts.id)
  if not facts then return nil, token, text end
  local changed = text ~= held.text
  if changed then
    held.facts, held.token, held.text = facts, token, text
  else
    token:close()
  end
  return true, changed
end

-- --- the refresh --------------------------------------------------------------------

-- Writes what we have over what we read. Who logged in or refreshed meanwhile is right,
-- and we take that over; who forgot the account is right too.
local function save(self, held, fence)
  local text, message, err = self.accounts:update(held.facts, held.token, held.text,
    fence)
  if text == nil then return nil, message, err end
  if text then
    held.text = text
    return true
  end
  return reread(self, held)
end

local function mark_dead(self, held, err, fence)
  held.facts.dead = err.message
  self.accounts:tell { kind = "dead", account = held.facts.id, error = err.kind,
    message = err.message, advice = err.advice }
  save(self, held, fence)
end

-- A short-lived token is exchanged, a long-lived one refreshed.
local function renew(self, held)
  local app = self.accounts.app
  if held.token:kind() ~= "short" then return app:refresh_token(held.token) end
  local token, message, err = app:exchange_token(held.token)
  if not token then return nil, message, err end
  held.token = token
  return true
end

-- Under the lock, with the record just read.
local function refresh(self, held, fence)
  local before = held.token:expires_at()
  local done, message, err = renew(self, held)
  if not done then
    if err.kind == "token" then mark_dead(self, held, err, fence) end
    return nil, message, err
  end
  local extended = held.token:extended() ~= false
    and (not before or (held.token:expires_at() or 0) > before)
  held.facts.tried = not extended and self.accounts.app:now() or nil
  done, message, err = save(self, held, fence)
  if not done then return nil, message, err end
  self.accounts:tell { kind = "refresh", account = held.facts.id, extended = extended,
    expires_at = held.token:expires_at() }
  return { refreshed = extended, extended = extended,
    expires_at = held.token:expires_at() }
end

-- Takes the lock and does it, or finds that it is done: result | false (another is at
-- it) | nil, message, err.
local function try(self, held)
  local accounts = self.accounts
  local lock, message, err = accounts.store:lock(accounts:key("account", held.facts.id),
    LOCK_LIFE)
  if not lock then return lock, message, err end
  local result, known
  known, message, err = reread(self, held)
  if not known then
    result = nil
  elseif not is_due(held, accounts.app:now()) then
    result, message, err = { refreshed = false,
      expires_at = held.token:expires_at() }, nil, nil
  else
    result, message, err = refresh(self, held, lock.fence)
  end
  lock:release()
  return result, message, err
end

-- --- the grant ----------------------------------------------------------------------

-- Told ahead, once per account and process: an estimate (api.md 3.4), and called so.
local function look_at_grant(self, held, result)
  local earliest, latest = held.token:permissions_expire_at()
  local now = self.accounts.app:now()
  if not earliest or now < earliest - GRANT_WARNING then return result end
  result = result or { refreshed = false, expires_at = held.token:expires_at() }
  result.grant_ends = { earliest = earliest, latest = latest }
  self.told = self.told or {}
  if self.told[held.facts.id] ~= earliest then
    self.told[held.facts.id] = earliest
    self.accounts:tell { kind = "grant", account = held.facts.id, earliest = earliest,
      latest = latest, advice = "To go on granting the permissions the person must "
        .. "log in again before the latest time (a private account: the earliest)." }
  end
  return result
end

-- --- what callers use ---------------------------------------------------------------

local function failed(held, err)
  return { err = err, expires_at = held.token:expires_at() }
end

--- Does for an account what is due: a result table, or nil when there was nothing to
--- do.
function methods:tend(held)
  local now = self.accounts.app:now()
  if not is_due(held, now) then return look_at_grant(self, held) end
  local result, _, err = try(self, held)
  if result == nil then return failed(held, err) end
  return look_at_grant(self, held, result or { refreshed = false })
end

local function is_over(held, now)
  return held.token:expired(now) == true
end

local function dead(held)
  return errors.failure("token",
    ("the token of account %s is dead: %s"):format(held.facts.id,
      held.facts.dead or "it has expired"))
end

-- Another is at it: a token that still works is used; else it is waited for.
local function wait_for_other(self, held)
  local waited = 0
  while is_over(held, self.accounts.app:now()) do
    if waited > PATIENCE then
      return errors.failure("store", "another process is refreshing the token and does "
        .. "not come to an end")
    end
    wait.sleep(0.2)
    waited = waited + 0.2
    local result, message, err = try(self, held)
    if result == nil then return nil, message, err end
    if result then return true end
  end
  return true
end

--- Before each call of a client: the token to call with.
---@return instagram.Token? token
---@return string? message
---@return instagram.Error? err
function methods:token(held)
  local now = self.accounts.app:now()
  if held.facts.dead then
    local known = reread(self, held)
    if not known or held.facts.dead then return dead(held) end
  end
  if is_due(held, now) then
    local result, message, err = try(self, held)
    if result == false then
      result, message, err = wait_for_other(self, held)
    end
    -- While the token works, a refresh that failed is no reason to fail the call.
    if result == nil and (is_over(held, now) or err.kind == "token") then
      return nil, message, err
    end
  end
  look_at_grant(self, held)
  return held.token
end

--- After a call said that the token is dead: true when the store has another one (a new
--- login, another process's refresh), to be tried; else the account is marked.
function methods:revive(held, err)
  local known, changed = reread(self, held)
  if known and changed and not held.facts.dead then return true end
  if known and not held.facts.dead then mark_dead(self, held, err) end
  return false
end

return keeper
