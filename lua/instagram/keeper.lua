--- Keeps tokens alive: refreshes what is due, once across all tasks, processes and
--- machines that share the store. Knows: locks with fences, when it is due. Must not
--- know: what a client asks.
local call = require "instagram.call"
local due = require "instagram.due"
local errors = require "instagram.errors"
local troubles = require "instagram.troubles"

local DAY = 86400
local GRANT_WARNING = 7 * DAY
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
    unsaved = {}, -- id -> the one in hand that is newer than the store: it failed
    told = {}, -- id -> the end of a grant that was told
    troubles = troubles.new(function() return accounts:now() end),
  }, keeper_mt)
end

---@class instagram.Held
---@field facts instagram.AccountRecord
---@field token instagram.Token
---@field text string the record it was read from
---@field unsaved boolean? it is newer than the store's: the store failed
---@field is_shared boolean? it was, and so came into several hands
---@field news table? the event to tell when it is saved
---@field forgotten boolean? by accounts:forget, as far as this process knows

--- An account in hand: what a client calls its token through. While the store fails,
--- what it could not be told is in one hand for all.
function methods:hold(facts, token, text)
  local unsaved = self.unsaved[facts.id]
  if unsaved and unsaved.text == text then
    token:close()
    return unsaved
  end
  self.unsaved[facts.id] = nil
  local held = { keeper = self, facts = facts, token = token, text = text }
  self.held[held] = true
  self.troubles:seen(facts.id, text)
  return held
end

--- Nobody else has it in hand: its token is wiped now, not when it is collected.
function keeper.let_go(held)
  if not held.is_shared then held.token:close() end
end

--- An account was forgotten: who has it in hand uses it no more.
function methods:forgot(id)
  self.troubles:over(id)
  self.unsaved[id] = nil
  for held in pairs(self.held) do
    if held.facts.id == id then held.forgotten = true end
  end
end

-- --- failures -----------------------------------------------------------------------

local function note_failure(self, held, err)
  self.troubles:failed(held.facts.id, held.text, err)
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
  if not facts then
    held.forgotten = held.forgotten or text.kind == "not_found"
    return nil, token, text
  end
  local changed = text ~= held.text
  if changed then
    held.facts, held.token, held.text = facts, token, text
    held.unsaved, held.forgotten, held.news = nil, nil, nil
    self.troubles:seen(facts.id, text)
  else
    token:close()
  end
  return true, changed
end

-- --- the refresh --------------------------------------------------------------------

-- What was found out is told when it is so in the store, and once.
local function saved(self, held, text)
  local id, news = held.facts.id, held.news
  held.text, held.unsaved, held.news = text, nil, nil
  self.troubles:wrote(id, text)
  if self.unsaved[id] == held then self.unsaved[id] = nil end
  if news then self.accounts:tell(news) end
end

-- Writes what we have over what we read. Who logged in or refreshed meanwhile is right,
-- and we take that over; who forgot the account is right too.
local function save(self, held, fence)
  local text, message, err = self.accounts:update(held.facts, held.token, held.text,
    fence)
  if text == nil then return nil, message, err end
  if text then
    saved(self, held, text)
    return true
  end
  local known, changed
  known, changed, err = reread(self, held)
  if not known then return nil, changed, err end
  if changed then return true end
  return errors.failure("store", "the lock was lost to another, who has yet to write")
end

-- What the store does not take is used here all the same, and offered with the next
-- call of any client of the account.
local function keep_unsaved(self, held, message, err)
  if err.kind == "not_found" then return nil, message, err end
  held.unsaved, held.is_shared = true, true
  self.unsaved[held.facts.id] = held
  note_failure(self, held, err)
  self.accounts:tell { kind = "unsaved", account = held.facts.id, error = err.kind,
    message = err.message, advice = "The token, or what became of it, could not be "
      .. "saved; mend the store: it is saved with the next call of this process, or "
      .. "found out again by another." }
  return nil, message, err
end

-- A new token may be the only one that lives on: a store that fails is asked again
-- before we give up.
local function save_token(self, held, fence)
  held.unsaved = true
  local done, message, err = self.accounts:insist(function()
    return save(self, held, fence)
  end)
  if done then return true end
  return keep_unsaved(self, held, message, err)
end

-- Saves what was found out of a token: it is told when it is in the store, and not of
-- who logged in meanwhile.
local function note_down(self, held, fence, news)
  held.news = news or held.news
  local done, message, err = save(self, held, fence)
  if done then return true end
  return keep_unsaved(self, held, message, err)
end

local function mark_dead(self, held, err, fence)
  held.facts.dead, held.facts.tried = err.message, self.accounts:now()
  return note_down(self, held, fence, { kind = "dead", account = held.facts.id,
    error = err.kind, message = err.message, advice = err.advice })
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
-- nil, message, err: what was found out could not be saved.
local function rouse(self, held, lock)
  local is_still_dead, err = is_dead(self, held, lock)
  if err then note_failure(self, held, err) end
  if is_still_dead == nil and not (err and LASTING[err.kind]) then return false end
  local news
  if is_still_dead == false then
    held.facts.dead, held.facts.tried = nil, nil
    news = { kind = "alive", account = held.facts.id,
      expires_at = held.token:expires_at() }
  else
    held.facts.tried = self.accounts:now()
  end
  local done, message
  done, message, err = note_down(self, held, lock.fence, news)
  if not done then return nil, message, err end
  if held.facts.dead then return false end
  self.troubles:over(held.facts.id)
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

-- The core's advice is a login's, whose endpoint compares what the app is registered
-- with; a refresh gives it none of that.
local function explain(held, message, err)
  if err.kind ~= "exchange" or held.token:kind() == "short" then return message, err end
  return select(2, errors.failure("exchange", err.message, {
    status = err.status, code = err.code, subcode = err.subcode, type = err.type,
    trace_id = err.trace_id, request = err.request, attempts = err.attempts,
    advice = "The refresh was refused; the account may be private, or what the person "
      .. "granted may be gone: then let the person log in again before the token ends.",
  }))
end

-- A token that lives an hour cannot wait for a day.
local function is_lasting(held, err)
  return LASTING[err.kind] and held.token:kind() ~= "short"
end

-- A token that is dead hardly lives again; what is refused for good is not granted
-- within the hour. All else may pass. nil, message, err: that could not be saved.
local function note_refusal(self, held, err, fence)
  note_failure(self, held, err)
  self.troubles:note_limit(err)
  self:tell_failure(held.facts.id, err, held.token:expires_at())
  if err.kind == "token" then return mark_dead(self, held, err, fence) end
  if not is_lasting(held, err) then return true end
  held.facts.tried = self.accounts:now()
  return note_down(self, held, fence)
end

-- Does it live longer now? nil: how long it lived before was not known.
local function has_grown(held, before)
  if not before then return nil end
  return held.token:extended() ~= false and (held.token:expires_at() or 0) > before
end

local function result_of(event)
  return { refreshed = event.extended ~= false, extended = event.extended,
    expires_at = event.expires_at }
end

-- Under the lock, with the record just read.
local function refresh(self, held, lock)
  local before = held.token:expires_at()
  local done, message, err = renew(self, held, lock)
  if not done then
    message, err = explain(held, doubt(self, held, lock, message, err))
    local noted, problem, trouble = note_refusal(self, held, err, lock.fence)
    if not noted then return nil, problem, trouble end
    return nil, message, err
  end
  local extended = has_grown(held, before)
  held.facts.tried = not extended and self.accounts:now() or nil
  local expires_at = held.token:expires_at()
  local event = { kind = "refresh", account = held.facts.id, extended = extended,
    expires_at = expires_at }
  done, message, err = save_token(self, held, lock.fence)
  if not done then
    held.news = event
    return nil, message, err
  end
  self.troubles:over(held.facts.id)
  self.accounts:tell(event)
  return result_of(event)
end

-- Under the lock, with the record just read: what is due.
local function attend(self, held, lock)
  local now, limit = self.accounts:now(), self.troubles:limit()
  if limit and due.is_due(held, now) then return nil, tostring(limit), limit end
  if held.facts.dead then
    local is_alive, message, err = false, nil, nil
    if due.is_due(held, now) then is_alive, message, err = rouse(self, held, lock) end
    if is_alive == nil then return nil, message, err end
    if not is_alive then return dead(held) end
  end
  if due.is_due(held, now) then return refresh(self, held, lock) end
  return { refreshed = false, expires_at = held.token:expires_at() }
end

-- Under the lock: does what is still to be done.
local function go_on(self, held, lock)
  local news, token = held.news, held.token
  if held.unsaved then
    local done, message, err = save_token(self, held, lock.fence)
    if not done then return nil, message, err end
    self.troubles:over(held.facts.id)
    -- By us, though it took until now, unless another was faster.
    if news and news.kind == "refresh" and held.token == token then
      return result_of(news)
    end
  end
  local known, message, err = reread(self, held)
  if not known then return unreadable(self, held, message, err) end
  return attend(self, held, lock)
end

local function lock_key(self, held)
  return self.accounts:key("account", held.facts.id)
end

-- Under a lock does it, or finds that it is done: result | false (another is at it) |
-- nil, message, err. `take` is accounts.lock or accounts.wait_for_lock.
local function try(self, held, take)
  local limit = not held.unsaved and self.troubles:limit() -- to save needs no call
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
  if held.unsaved then return true end
  return due.is_due(held, self.accounts:now())
    and not (held.facts.dead and self.troubles:is_pausing(held.facts.id))
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
  if held.facts.dead and not (held.unsaved and result.err) then
    result = failed(held, select(3, dead(held)))
  end
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
  if not held.unsaved and not due.is_due(held, now) then return false end
  return not self.troubles:is_pausing(held.facts.id)
    or is_over(held, now) and not held.facts.dead
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
