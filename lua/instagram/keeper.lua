--- Keeps tokens alive: refreshes what is due, once across all tasks, processes and
--- machines that share the store. Knows: the refresh rule, locks with fences. Must not
--- know: what a client asks.
local call = require "instagram.call"
local errors = require "instagram.errors"
local troubles = require "instagram.troubles"

local HOUR, DAY = 3600, 86400
local GRANT_WARNING = 7 * DAY
local LONGEST_LIFE = 60 * DAY -- of any token
local DOUBT_AFTER = 20 * HOUR -- until a dead token is asked for again: less than a day,
-- or a daily job would do so every second day
-- Refusals that do not pass by themselves: asked for again after a day, by any process.
local LASTING = { permission = true, unavailable = true, exchange = true }

local keeper = {}

---@class instagram.Keeper
local methods = {}
local keeper_mt = { __index = methods }

function keeper.new(accounts)
  return setmetatable({
    accounts = accounts,
    held = setmetatable({}, { __mode = "k" }), -- all that are in hand
    told = {}, -- id -> the end of a grant that was told
    troubles = troubles.new(function() return accounts:now() end),
  }, keeper_mt)
end

---@class instagram.Held
---@field facts instagram.AccountRecord
---@field token instagram.Token
---@field text string the record it was read from
---@field unsaved boolean? the token is newer than the store's: the store failed
---@field forgotten boolean? in this process, by accounts:forget

--- An account in hand: what a client calls its token through.
function methods:hold(facts, token, text)
  local held = { keeper = self, facts = facts, token = token, text = text }
  self.held[held] = true
  self.troubles:seen(facts.id, text)
  return held
end

--- An account was forgotten: who has it in hand uses it no more.
function methods:forgot(id)
  self.troubles:over(id)
  for held in pairs(self.held) do
    if held.facts.id == id then held.forgotten = true end
  end
end

-- --- when ---------------------------------------------------------------------------

-- No token comes from the future or has more than its 60 days left: that was noted by a
-- clock that was wrong.
local function is_dubious(ends, from, now)
  return from ~= nil and from > now + DAY or ends > now + 61 * DAY
end

-- Half of its life, but never before it is a day old; where the age is unknown, at
-- once: the answer says how long it lives.
local function due_at(token, now)
  local ends, from = token:expires_at(), token:obtained_at()
  if token:kind() == "short" then return 0 end -- exchanged as soon as possible
  if not ends or is_dubious(ends, from, now) then return 0 end
  if not from then return ends - 30 * DAY end
  return math.max(from + DAY, from + (ends - from) / 2)
end

local function was_tried(held, now, within)
  local tried = held.facts.tried
  return tried ~= nil and math.abs(now - tried) < within
end

-- What Instagram calls dead may be alive after all: a bad minute of 190s must not bury
-- an account for good. As long as the token would live, it is doubted now and then.
local function is_worth_a_doubt(held, now)
  local ends = held.token:expires_at() or (held.facts.added or 0) + LONGEST_LIFE
  return now < ends and not was_tried(held, now, DOUBT_AFTER)
end

-- What was tried and gave nothing is not tried again for a day.
local function is_due(held, now)
  if held.facts.dead then return is_worth_a_doubt(held, now) end
  return not was_tried(held, now, DAY) and now >= due_at(held.token, now)
end

local function note_failure(self, held, err)
  self.troubles:failed(held.facts.id, held.text, err)
end

local function is_pausing(self, held)
  return self.troubles:is_pausing(held.facts.id)
end

-- A token that cannot be refreshed because the store or its record cannot be read works
-- on, and then dies: that is told in time.
local function unreadable(self, held, message, err)
  if err.kind ~= "not_found" then
    note_failure(self, held, err)
    self:tell_failure(held.facts.id, err, held.token:expires_at())
  end
  return nil, message, err
end

--- Tells the log of a refresh that could not be.
function methods:tell_failure(id, err, expires_at)
  self.accounts:tell { kind = "refresh", account = id, error = err.kind,
    message = err.message, expires_at = expires_at, advice = err.advice }
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
    held.unsaved, held.forgotten = nil, nil
    self.troubles:seen(facts.id, text)
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
    held.text, held.unsaved = text, nil
    self.troubles:wrote(held.facts.id, text)
    return true
  end
  local known, changed
  known, changed, err = reread(self, held)
  if not known then return nil, changed, err end
  if changed then return true end
  return errors.failure("store", "the lock was lost to another, who has yet to write")
end

-- A new token may be the only one that lives on: a store that fails is asked again
-- before we give up. Even then it is used here, and offered with the next call.
local function save_token(self, held, fence)
  held.unsaved = true
  local done, message, err = self.accounts:insist(function()
    return save(self, held, fence)
  end)
  if done or err.kind == "not_found" then return done, message, err end
  note_failure(self, held, err)
  self.accounts:tell { kind = "unsaved", account = held.facts.id, error = err.kind,
    message = err.message, advice = "The token was refreshed but could not be saved; "
      .. "mend the store: it is saved with the next call of this process, or "
      .. "refreshed again by another." }
  return nil, message, err
end

-- Told when it is so in the store: who logged in meanwhile is not dead.
local function mark_dead(self, held, err, fence)
  held.facts.dead, held.facts.tried = err.message, self.accounts:now()
  save(self, held, fence)
  if not held.facts.dead then return end
  self.accounts:tell { kind = "dead", account = held.facts.id, error = err.kind,
    message = err.message, advice = err.advice }
end

-- Is it really dead? What was refused may have been an older one, from before another
-- task's refresh, or the refusal a mistake. nil: it cannot be told now.
local function is_dead(self, held, lock)
  if self.troubles:is_confirmed(held.facts.id) then return nil end
  local options = self.accounts:in_time(lock)
  options.retries = 0
  local answer, _, err = call.run(self.accounts.app, "GET", "/me", "get", held.token,
    "/me", { { "fields", "id" } }, options)
  if answer then
    self.troubles:confirm(held.facts.id, held.text)
    return false
  end
  self.troubles:note_limit(err)
  if err.kind == "token" then return true end
  return nil, err
end

local function dead(held)
  return errors.failure("token",
    ("the token of account %s is dead: %s"):format(held.facts.id,
      held.facts.dead or "it has expired"))
end

-- Of a dead token that may be alive after all Instagram is asked, once; true: it is.
local function rouse(self, held, lock)
  local is_still_dead, err = is_dead(self, held, lock)
  if err then note_failure(self, held, err) end
  if is_still_dead == nil and not (err and LASTING[err.kind]) then return false end
  held.facts.tried = is_still_dead ~= false and self.accounts:now() or nil
  if is_still_dead == false then held.facts.dead = nil end
  save(self, held, lock.fence)
  if held.facts.dead then return false end
  self.troubles:over(held.facts.id)
  self.accounts:tell { kind = "alive", account = held.facts.id,
    expires_at = held.token:expires_at() }
  return true
end

-- A short-lived token is exchanged, a long-lived one refreshed.
local function renew(self, held, lock)
  local app, options = self.accounts.app, self.accounts:in_time(lock)
  if held.token:kind() ~= "short" then return app:refresh_token(held.token, options) end
  if not app.core:has_secret() then
    return errors.failure("exchange", "a short-lived token cannot be made long-lived: "
      .. "the app has no client_secret")
  end
  local token, message, err = app:exchange_token(held.token, options)
  if not token then return nil, message, err end
  held.token = token
  return true
end

-- Only a token that is refused elsewhere too is dead; else the refusal may pass.
local function doubt(self, held, lock, message, err)
  if err.kind ~= "token" or is_dead(self, held, lock) then return message, err end
  return select(2, errors.failure("transient", "the refresh was refused, though the "
    .. "token is not known to be dead: " .. err.message, {
      status = err.status, code = err.code, request = err.request,
    }))
end

-- A token that lives an hour cannot wait for a day.
local function is_lasting(held, err)
  return LASTING[err.kind] and held.token:kind() ~= "short"
end

-- A token that is dead hardly lives again; what is refused for good is not granted
-- within the hour. All else may pass.
local function note_refusal(self, held, err, fence)
  note_failure(self, held, err)
  self.troubles:note_limit(err)
  self:tell_failure(held.facts.id, err, held.token:expires_at())
  if err.kind == "token" then
    mark_dead(self, held, err, fence)
  elseif is_lasting(held, err) then
    held.facts.tried = self.accounts:now()
    save(self, held, fence)
  end
end

-- Does it live longer now? nil: how long it lived before was not known.
local function has_grown(held, before)
  if not before then return nil end
  return held.token:extended() ~= false and (held.token:expires_at() or 0) > before
end

-- Under the lock, with the record just read.
local function refresh(self, held, lock)
  local before = held.token:expires_at()
  local done, message, err = renew(self, held, lock)
  if not done then
    message, err = doubt(self, held, lock, message, err)
    note_refusal(self, held, err, lock.fence)
    return nil, message, err
  end
  local extended = has_grown(held, before)
  held.facts.tried = not extended and self.accounts:now() or nil
  local expires_at = held.token:expires_at()
  done, message, err = save_token(self, held, lock.fence)
  if not done then return nil, message, err end
  self.troubles:over(held.facts.id)
  self.accounts:tell { kind = "refresh", account = held.facts.id, extended = extended,
    expires_at = expires_at }
  return { refreshed = extended ~= false, extended = extended, expires_at = expires_at }
end

-- Under the lock: does what is still to be done.
local function go_on(self, held, lock)
  if held.unsaved then
    local saved, message, err = save_token(self, held, lock.fence)
    if not saved then return nil, message, err end
  end
  local known, message, err = reread(self, held)
  if not known then return unreadable(self, held, message, err) end
  local now = self.accounts:now()
  if held.facts.dead and not (is_due(held, now) and rouse(self, held, lock)) then
    return dead(held)
  end
  if is_due(held, now) then return refresh(self, held, lock) end
  return { refreshed = false, expires_at = held.token:expires_at() }
end

local function lock_key(self, held)
  return self.accounts:key("account", held.facts.id)
end

-- Under a lock does it, or finds that it is done: result | false (another is at it) |
-- nil, message, err. `take` is accounts.lock or accounts.wait_for_lock.
local function try(self, held, take)
  local limit = self.troubles:limit()
  if limit then return nil, tostring(limit), limit end
  local lock, message, err = take(self.accounts, lock_key(self, held))
  if lock == nil then return unreadable(self, held, message, err) end
  if not lock then return false end
  local result
  result, message, err = go_on(self, held, lock)
  lock:release()
  return result, message, err
end

-- --- the grant ----------------------------------------------------------------------

-- Told ahead, once per account and process: an estimate, and called so.
local function look_at_grant(self, held, result)
  local earliest, latest = held.token:permissions_expire_at()
  local now = self.accounts:now()
  if not earliest or now < earliest - GRANT_WARNING then return result end
  if held.facts.dead then return result end -- there is no grant to keep any more
  result = result or { refreshed = false, expires_at = held.token:expires_at() }
  result.grant_ends = { earliest = earliest, latest = latest }
  if self.told[held.facts.id] ~= earliest then
    self.told[held.facts.id] = earliest
    self.accounts:tell { kind = "grant", account = held.facts.id, earliest = earliest,
      latest = latest, advice = "To go on granting the permissions the person must "
        .. "log in again before the latest time (a private account: the earliest)." }
  end
  return result
end

-- --- what callers use ---------------------------------------------------------------

-- Of a token that could not be saved the life is nobody's any more.
local function failed(held, err)
  return { refreshed = false, err = err,
    expires_at = not held.unsaved and held.token:expires_at() or nil }
end

-- A job asks each time it runs, whatever failed before; but not for the dead.
local function is_to_tend(self, held)
  return is_due(held, self.accounts:now())
    and not (held.facts.dead and is_pausing(self, held))
end

--- Does for an account what is due: a result table, or nil when there was nothing to
--- do. One that is dead is told each time: somebody must learn of it.
function methods:tend(held)
  local result
  if is_to_tend(self, held) then
    local _, err
    result, _, err = try(self, held, self.accounts.lock)
    if result == nil and err.kind == "not_found" then return nil end -- forgotten
    if result == nil then result = failed(held, err) end
    result = result or { refreshed = false }
  end
  if held.facts.dead then result = failed(held, select(3, dead(held))) end
  return look_at_grant(self, held, result)
end

--- The result of an account that cannot even be read.
function methods:unread(id, err)
  if err.kind == "not_found" then return false end -- forgotten meanwhile
  self:tell_failure(id, err)
  return { refreshed = false, err = err }
end

local function is_over(held, now)
  return held.token:expired(now) == true
end

-- What is due before a call; a pause is not kept when the token is over.
local function is_wanted(self, held, now)
  if not held.unsaved and not is_due(held, now) then return false end
  return not is_pausing(self, held) or is_over(held, now) and not held.facts.dead
end

-- While the token works, a refresh that failed is no reason to fail the call.
local function must_fail(held, err, now)
  return is_over(held, now) or err.kind == "token" or err.kind == "not_found"
end

-- Does what is due before a call: true, or why the token is of no use.
local function see_to(self, held, now)
  local result, message, err = try(self, held, self.accounts.lock)
  -- Another is at it: a token that still works is used; else it is waited for.
  if result == false and is_over(held, now) then
    result, message, err = try(self, held, self.accounts.wait_for_lock)
  end
  if result == nil and must_fail(held, err, now) then return nil, message, err end
  return true
end

--- Before each call of a client: the token to call with.
---@return instagram.Token? token
---@return string? message
---@return instagram.Error? err
function methods:token(held)
  local now = self.accounts:now()
  if held.facts.dead or held.forgotten then
    local known, message, err = reread(self, held)
    if not known and held.forgotten then return nil, message, err end
    if not known then return dead(held) end
  end
  if is_wanted(self, held, now) then
    local ready, message, err = see_to(self, held, now)
    if not ready then return nil, message, err end
  end
  if held.facts.dead then return dead(held) end
  look_at_grant(self, held)
  return held.token
end

-- Under the lock, since who is refreshing just now must not find its work overwritten.
local function judge(self, held, err, lock)
  local known, changed = reread(self, held)
  if not known or held.facts.dead then return false end
  if changed then return true end
  local dead_now = is_dead(self, held, lock)
  if dead_now then mark_dead(self, held, err, lock.fence) end
  return dead_now == false
end

--- After a call said that the token is dead: true when the store has another one (a new
--- login, another process's refresh), or ours is not that one; then the call is worth
--- repeating. Else the account is marked.
function methods:revive(held, err)
  local known, changed = reread(self, held)
  if not known or held.facts.dead then return false end
  if changed then return true end
  local lock = self.accounts:wait_for_lock(lock_key(self, held))
  if not lock then return false end
  local is_worth_it = judge(self, held, err, lock)
  lock:release()
  return is_worth_it
end

return keeper
