--- Many accounts in one store, their tokens kept alive. Knows: stores, records, the
--- keeper, logins. Must not know: where a store keeps things.
local core = require "instagram.core"
local alias = require "instagram.alias"
local check = require "instagram.check"
local client = require "instagram.client"
local errors = require "instagram.errors"
local keeper = require "instagram.keeper"
local login = require "instagram.login"
local map = require "instagram.map"
local record = require "instagram.record"
local signed = require "instagram.signed"
local store = require "instagram.store"
local wait = require "instagram.wait"

local LOCK_LIFE = 60 -- seconds; longer than what is done under it
local CALLS_UNDER_LOCK = 50 -- seconds of these for calls; the rest is the store's
local LONGEST, SHORTEST = 30, 5 -- seconds for one of these calls
local PATIENCE = 65 -- seconds to wait for a lock; who died with it has lost it by then
local BRIEFLY = 2 -- seconds to wait for one that is good to have, and not needed
local SAVES = 4 -- times a new token is offered to a store that fails; 1.4 s in all

---@class instagram.Accounts
local methods = {}
local accounts_mt = { __name = "instagram.accounts", __index = methods }

function accounts_mt:__tostring()
  return ("instagram.accounts (%s)"):format(self.app:flavour())
end

local accounts = {}

local own_options = check.options({ store = "table", keys = "list" }, true)

-- Here, not when a login's only code is spent. A file that could not be read leaves a
-- hole, with its message behind it.
local function check_keys(keys)
  local count = 0
  for i in pairs(keys) do count = math.max(count, type(i) == "number" and i or 0) end
  for i = 1, count do
    if keys[i] == nil then
      check.bad_option("keys", "accounts", ("key %d is nil: what should give it, as "
        .. "secret.file does, failed and says why"):format(i))
    end
    check.relay(core.seal, "", keys[i], "")
  end
  return count > 0
end

-- The keys given, or the one in a file beside the store.
local function take_keys(options)
  if type(options.keys) == "table" and check_keys(options.keys) then
    return options.keys
  end
  if options.keys ~= nil then
    check.bad_option("keys", "accounts", "list of keys expected, the first seals")
  end
  if not options.store.key_path then
    check.bad_option("keys", "accounts", "this store has no place for a key file: give "
      .. "the keys (instagram.new_key() makes one)")
  end
  local path = options.store:key_path()
  local key, message, err = record.key_file(path)
  if not key then return nil, message, err end
  return { key }, path
end

--- Accounts of an app in a store.
---@param app instagram.App
---@param options instagram.AccountsOptions the keys are 32 bytes each; the first
--- seals, all open. None given: a key file (0600) beside a file
--- store, made when it is not there; accounts:key_file() tells where
---@return instagram.Accounts? accounts
---@return string? message
---@return instagram.Error? err
function accounts.new(app, options)
  check.argument(options, "options", "accounts", "table")
  check.given(options, own_options, "accounts")
  if options.store == nil then
    check.bad_option("store", "accounts", "it is missing")
  end
  store.check(options.store, "store", "accounts")
  local keys, second, err = take_keys(options)
  if not keys then return nil, second, err end
  local self = setmetatable({
    app = app,
    store = options.store,
    keys = keys,
    key_path = second,
    prefix = app.core:client_id() .. ":",
  }, accounts_mt)
  self.keeper = keeper.new(self)
  return self
end

--- Where the key file is; nil when keys were given.
---@return string?
function methods:key_file()
  return self.key_path
end

-- --- records ------------------------------------------------------------------------

--- Whole seconds by the app's clock: what records, events and results tell.
function methods:now()
  return math.floor(self.app:now())
end

--- The store's name of a thing of this app. Two apps may share a store.
function methods:key(kind, name)
  return kind .. ":" .. self.prefix .. name
end

local function check_id(id, where)
  if type(id) ~= "string" or not id:find("^%d+$") then
    check.fail(("bad argument 'user_id' to %s (id as a string of digits expected, "
      .. "got %s)"):format(where, type(id)))
  end
  return id
end

local function unknown(id)
  local message = ("there is no account %s in the store"):format(id)
  return errors.failure("not_found", message, {
    advice = "Let the person log in, or add a token of theirs.",
  })
end

--- Reads an account: facts, token, the text it was read from.
function methods:load(id)
  local text, message, err = self.store:get(self:key("account", id))
  if text == nil then return nil, message, err end
  if not text then return unknown(id) end
  local facts, token
  facts, token, err = record.read(text, id, self.app.core, self.keys)
  if not facts then return nil, token, err end
  return facts, token, text
end

--- Writes a token that may be the only one (its code is spent, its forerunner may be
--- over): a store that fails is asked again before we give up.
function methods:insist(write)
  local result, message, err
  for i = 1, SAVES do
    result, message, err = write(self.store)
    if result ~= nil or err.kind ~= "store" or i == SAVES then break end
    wait.sleep(0.1 * 2 ^ i)
  end
  return result, message, err
end

local function insist_on(self, key, text)
  return self:insist(function(target) return target:put(key, text) end)
end

-- The other id that the store knows of an account, if its record opens.
local function known_raw(self, id)
  local facts, token = self:load(id)
  if not facts then return nil end
  token:close()
  return facts.raw
end

-- Writes an account that was logged in or added: from now on this token counts. Only
-- logins tell the id of the token answer; a token added later does not take it away.
local function save(self, facts, token)
  facts.raw = facts.raw or known_raw(self, facts.id)
  local done, message, err = self:beside_others(facts.id, function()
    return insist_on(self, self:key("account", facts.id),
      record.write(facts, token, self.keys))
  end)
  if not done or not facts.raw then return done, message, err end
  return alias.lead(self, facts.raw, facts.id)
end

--- Writes an account over what was read of it: its new text; false when the record is
--- another by now, or whoever held the fence was overtaken.
function methods:update(facts, token, expected, fence)
  local renewed, problem, failure = alias.renew(self, facts)
  if not renewed then return nil, problem, failure end
  local text = record.write(facts, token, self.keys)
  local done, message, err = self.store:swap(self:key("account", facts.id), expected,
    text, { fence = fence })
  if not done then return done, message, err end
  return text
end

--- The store's lock of a key: lock | false (another has it) | nil, message, err.
function methods:lock(key)
  local began = core.monotonic()
  local lock, message, err = self.store:lock(key, LOCK_LIFE)
  if not lock then return lock, message, err end
  return {
    fence = lock.fence,
    calls_end = began + CALLS_UNDER_LOCK,
    release = function() return lock:release() end,
  }
end

--- The options of a call that is made under a lock. Whatever the app's timeout, it ends
--- while the lock is ours, so that nobody else begins the same.
function methods:in_time(lock)
  local left = lock.calls_end - core.monotonic()
  return { timeout = math.min(self.app.timeout or LONGEST, LONGEST,
    math.max(left, SHORTEST)) }
end

--- The same lock, as soon as nobody else has it: lock | nil, message, err.
function methods:wait_for_lock(key, patience)
  local ends = core.monotonic() + (patience or PATIENCE)
  while true do
    local lock, message, err = self:lock(key)
    if lock ~= false then return lock, message, err end
    if core.monotonic() > ends then
      return errors.failure("store", "another login or refresh has the lock and does "
        .. "not come to an end")
    end
    wait.sleep(0.1)
  end
end

--- Does it under an account's lock, or, when that is not to be had soon, without it:
--- what must be done, and had better not get between what another reads and writes.
function methods:beside_others(id, work)
  local lock = self:wait_for_lock(self:key("account", id), BRIEFLY)
  local result, message, err = work()
  if lock then lock:release() end
  return result, message, err
end

--- Tells the app's log, which never raises. Events hold no secret.
function methods:tell(event)
  if self.app.log then self.app.log(event) end
end

-- --- one account --------------------------------------------------------------------

-- Who a token belongs to. One call; the ids of /me by flavour are data of its table.
local function identify(self, token, options)
  local reader = client.new(self.app, token)
  local me, message, err = reader:me { fields = { "id", "username" },
    timeout = options.timeout }
  if not me then return nil, message, err end
  if type(me.id) ~= "string" then
    return errors.failure("parse", "the answer of /me has no id")
  end
  local raw = token:user_id()
  return {
    id = me.id,
    raw = raw ~= me.id and raw or nil,
    username = me.username,
    added = self:now(),
  }
end

--- What add does, by a call with these options.
function methods:take_in(token, options)
  local facts, message, err = identify(self, token, options)
  if not facts then return nil, message, err end
  local done
  done, message, err = save(self, facts, token)
  if not done then return nil, message, err end
  return facts.id
end

--- Keeps a token that was pasted, generated in the dashboard or brought from elsewhere:
--- asks whose it is (one call), and saves it. One of unknown age is refreshed when it
--- is first used, to learn how long it lives.
---@param token instagram.Token
---@return string? id the account's app-scoped id
---@return string? message
---@return instagram.Error? err
function methods:add(token)
  check.token(token, "add")
  return self:take_in(token, {})
end

--- What load() gives, by either id.
function methods:find(id)
  local found, message, err = alias.resolve(self, id)
  if not found then return nil, message, err end
  return self:load(found)
end

--- A client of an account, by its app-scoped id or the id of the token answer. Its
--- token is refreshed before a call when it is due.
---@param user_id string
---@return instagram.Client? client
---@return string? message
---@return instagram.Error? err kinds `not_found`, `sealed`, `store`, `token`
function methods:client(user_id)
  local facts, token, text = self:find(check_id(user_id, "client"))
  if not facts then return nil, token, text end
  return self:client_of(facts, token, text)
end

--- The client of what load() gave.
function methods:client_of(facts, token, text)
  local held = self.keeper:hold(facts, token, text)
  local new = client.new(self.app, held.token, held)
  new.me_id = facts.id
  return new
end

--- Forgets an account: deauthorized, deleted, or not wanted any more, also one whose
--- record cannot be read. A refresh that is under way elsewhere does not bring it back.
--- Its clients fail as `not_found` from here on (in other processes when they next look
--- at the store: to refresh, or after a refusal), until the person logs in again.
---@param user_id string
---@return true? ok also when there was none
---@return string? message
---@return instagram.Error? err
function methods:forget(user_id)
  local id, message, err = alias.forget(self, check_id(user_id, "forget"))
  if not id then return nil, message, err end
  self.keeper:forgot(id)
  self:tell { kind = "forget", account = id }
  return true
end

-- --- all accounts -------------------------------------------------------------------

--- The names of all things of a kind: names | nil, message, err.
function methods:names(kind)
  local prefix = self:key(kind, "")
  local keys, message, err = self.store:list(prefix)
  if not keys then return nil, message, err end
  local names = {}
  for i, key in ipairs(keys) do names[i] = key:sub(#prefix + 1) end
  return names
end

-- What may be shown of an account.
local function info_of(facts, token, err)
  if not facts then return { err = err } end
  local earliest, latest = token:permissions_expire_at()
  local info = {
    raw_id = facts.raw,
    username = facts.username,
    kind = token:kind(),
    expires_at = token:expires_at(),
    permissions = token:permissions(),
    permissions_expire_earliest = earliest,
    permissions_expire_latest = latest,
    dead = facts.dead,
  }
  token:close()
  return info
end

--- All accounts: `for id, info in accounts:each() do`. `info` has no secrets:
--- `username`, `raw_id`, `kind`, `expires_at`, `permissions`,
--- `permissions_expire_earliest` and `_latest` (an estimate), `dead` (why it needs a
--- new login), or `err` when the record cannot be read.
---@return fun(): string?, instagram.AccountInfo?
function methods:each()
  wait.check_iterator "each"
  local ids, message = self:names "account"
  if not ids then error(message, 2) end
  local at = 0
  return function()
    while true do
      at = at + 1
      local id = ids[at]
      if not id then return nil end
      local facts, token, err = self:load(id)
      if facts or err.kind ~= "not_found" then -- forgotten meanwhile
        return id, info_of(facts, token, err)
      end
    end
  end
end

local due_options = check.options({ concurrency = "count" }, true)

-- So many accounts at once; the iterator holds the results of no more than these.
local function refresh_some(self, ids, from, concurrency)
  local batch = {}
  for i = from, math.min(from + concurrency * 4, #ids + 1) - 1 do
    batch[#batch + 1] = ids[i]
  end
  return batch, map(batch, function(id)
    local facts, token, text = self:load(id)
    if not facts then return self.keeper:unread(id, text) end
    local held = self.keeper:hold(facts, token, text)
    local result = self.keeper:tend(held)
    keeper.let_go(held)
    return result or false
  end, { concurrency = concurrency })
end

--- Refreshes what is due, for a cron job: `for id, result in accounts:refresh_due{}
--- do`. Only accounts that something was or is to be done for come up:
--- `result.refreshed` (true: by us; false: somebody else did meanwhile, or it did not
--- live longer), `expires_at`, `extended` (nil: nobody knows, since its life was not
--- known before), `err` (kind `token`: this person must log in again, told at each run,
--- whoever found out; `store`: refreshed, but not saved), `grant_ends` {earliest,
--- latest} when the person must grant anew soon. Once the app's rate limit is reached
--- nobody is asked for any more: the rest of what is due comes up with that `err`.
---@param options { concurrency: integer? }? how many at once; 8 when not given
---@return fun(): string?, instagram.RefreshResult?
function methods:refresh_due(options)
  wait.check_iterator "refresh_due"
  local concurrency = check.given(options, due_options, "refresh_due").concurrency or 8
  local ids, message = self:names "account"
  if not ids then error(message, 2) end
  local next_id, batch, results, at = 1, {}, {}, 0
  return function()
    while true do
      at = at + 1
      if at > #batch then
        if next_id > #ids then return nil end
        batch, results = refresh_some(self, ids, next_id, concurrency)
        next_id, at = next_id + #batch, 1
      end
      if results[at] then return batch[at], results[at] end
    end
  end
end

-- --- logins and Meta's callbacks ----------------------------------------------------

--- The first of two calls of a login: the address to send the person to, a sealed
--- ticket for a cookie (HttpOnly, Secure, SameSite=Lax), valid for ten minutes, and a
--- name for that cookie: each login has its own, so that several tabs work at once.
--- Nothing is written to the store.
---@param options instagram.LoginOptions? `ticket`: the visitor's present one, where you
--- have a place for one only: the new one carries both, up to eight
---@return string url
---@return string ticket
---@return string name
function methods:begin_login(options)
  return login.begin(self, options)
end

--- The second: from the redirect and the ticket to a client. The same redirect and
--- ticket again (reload, double submit) give the same account and no second exchange.
---@param redirect string|table as app:read_redirect takes it
---@param ticket string|string[] the cookie's value, a list of them, or the request's
--- whole Cookie header: the one that belongs to the redirect is found
---@return instagram.Client? client
---@return string? message
---@return instagram.Error? err kinds `ticket` (too old, altered, none), `state`,
--- `denied`, `spent` (the code was used, but its login never came to an end), and those
--- of calls. After a failure that passes (`retryable`), the same redirect and ticket go
--- on where it stopped, while the ticket lives
function methods:finish_login(redirect, ticket)
  return login.finish(self, redirect, ticket)
end

--- Meta's deauthorize callback: checks the `signed_request` and forgets the account.
--- One that was signed before the present login, or about then, may be late: then the
--- account is forgotten only if Instagram refuses its token (one call).
---@param signed_request string the form field
---@return string|false|nil user_id who left; false: somebody who has logged in anew
--- since, and stays
---@return string? message
---@return instagram.Error? err kind `signature`: answer 400 and do nothing; others: it
--- could not be done or found out now, nothing was changed
function methods:deauthorized(signed_request)
  return signed.deauthorized(self, signed_request)
end

--- Meta's data deletion request: checks it, forgets the account, notes that it is
--- done. Answer with the table as JSON.
---@param signed_request string the form field
---@param options { url: string } where people can ask for the status; "%s" in it
--- stands for the code
---@return { url: string, confirmation_code: string }? answer
---@return string? message
---@return instagram.Error? err kind `signature`: answer 400 and do nothing
function methods:deletion_request(signed_request, options)
  return signed.deletion_request(self, signed_request, options)
end

--- What became of a data deletion request.
---@param code string confirmation_code
---@return { status: string, at: number }|false|nil status false: no such code
---@return string? message
---@return instagram.Error? err
function methods:deletion_status(code)
  return signed.deletion_status(self, code)
end

--- A digest that names a thing without telling it.
function methods:digest(...)
  return core.hash(self.prefix, ...)
end

return accounts
