--- A login in two calls: the sealed ticket that goes into a cookie, and the way from
--- the redirect to an account, once, however often it is submitted. Knows: tickets,
--- codes. Must not know: cookies, frameworks.
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"
local record = require "instagram.record"
local window = require "instagram.window"

local login = {}

local TICKET_LIFE = 600
local TABS = 8 -- logins that one ticket carries at a time
local MOST = 64 -- tickets of one visitor that are looked at
-- A ticket from a clock that is ahead may live twice as long; then no reload comes any
-- more.
local FINISHED_FOR = 2 * TICKET_LIFE

-- --- tickets ------------------------------------------------------------------------

-- "STATE TIME" a line: one for each tab that is logging in.
local function write_ticket(accounts, entries)
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = ("%s %.0f"):format(entry.state, entry.at)
  end
  return core.seal(table.concat(lines, "\n"), accounts.keys[1],
    "ticket\n" .. accounts.prefix)
end

local function open_ticket(accounts, text)
  for _, key in ipairs(accounts.keys) do
    local plain = core.unseal(text, key, "ticket\n" .. accounts.prefix)
    if plain then return plain end
  end
end

-- The tickets in what was handed over: one, a list, a Cookie header with others'
-- cookies in it.
local function tickets_in(given)
  local found = {}
  for _, text in ipairs(type(given) == "table" and given or { given }) do
    text = type(text) == "string" and text or ""
    for ticket in text:gmatch("ig1%.[A-Za-z0-9_-]+") do
      if #found < MOST then found[#found + 1] = ticket end
    end
  end
  return found
end

local function read_tickets(accounts, tickets)
  local entries, now = {}, accounts:now()
  for _, ticket in ipairs(tickets) do
    for state, at in (open_ticket(accounts, ticket) or ""):gmatch("(%S+) (%d+)") do
      at = tonumber(at)
      if now < at + TICKET_LIFE and at < now + TICKET_LIFE then
        entries[#entries + 1] = { state = state, at = at }
      end
    end
  end
  return entries
end

--- See instagram.Accounts:begin_login.
function login.begin(accounts, options)
  options = options or {}
  check.argument(options, "options", "begin_login", "table")
  local question = {}
  for name, value in pairs(options) do question[name] = value end
  local present = question.ticket
  question.ticket = nil
  if present ~= nil then check.argument(present, "ticket", "begin_login", "string") end
  if question.state ~= nil then
    check.bad_option("state", "begin_login", "the ticket makes its own")
  end
  local url, state = accounts.app:authorize_url(question)
  local entries = read_tickets(accounts, tickets_in(present))
  entries[#entries + 1] = { state = state, at = accounts:now() }
  while #entries > TABS do table.remove(entries, 1) end
  return url, write_ticket(accounts, entries),
    "ig_ticket_" .. accounts:digest("state", state):sub(1, 6)
end

-- --- the way back -------------------------------------------------------------------

local function ticket_failure(problem)
  return errors.failure("ticket", problem)
end

-- The code, if the redirect belongs to one of the ticket's logins. A refusal comes back
-- without a state, so it is looked for first.
local function read_redirect(accounts, redirect, given)
  local tickets = tickets_in(given)
  if not tickets[1] then
    return ticket_failure("there is no ticket: the login was begun in another browser, "
      .. "or its cookie was lost")
  end
  local entries = read_tickets(accounts, tickets)
  if not entries[1] then
    return ticket_failure("the login ticket is too old, or was altered")
  end
  local code, message, err
  for _, entry in ipairs(entries) do
    code, message, err = accounts.app:read_redirect(redirect, entry.state)
    if code then return code, entry.state end
    if err.kind ~= "state" then return nil, message, err end
  end
  return nil, message, err
end

-- --- once ---------------------------------------------------------------------------

-- What the store knows of a code: the id of the account it was finished for, or the
-- token of a login that could not be finished; both sealed, so that who writes there
-- cannot log in as another, and nobody who reads it learns who logged in. What does not
-- open is worth nothing: Instagram says then that the code is spent.
local function look_up(accounts, mark)
  local name = accounts:key("code", mark)
  local text, message, err = accounts.store:get(name)
  if text == nil and err.kind == "store" then return nil, message, err end
  local form, sealed = (text or ""):match("^(%l+) (%S+)$")
  if form == "id" then return record.open(sealed, name, accounts.keys) or false end
  return false, form == "token" and sealed or nil
end

-- The account that this code was finished for: client | false | nil, message, err.
local function finished(accounts, mark)
  local id, message, err = look_up(accounts, mark)
  if not id then return id, message, err end
  return accounts:client(id)
end

local function keep(accounts, mark, text)
  return accounts.store:put(accounts:key("code", mark), text, { ttl = FINISHED_FOR })
end

-- What a token of an unfinished login is sealed for.
local function context_of(accounts, mark)
  return "login\n" .. accounts.prefix .. mark
end

-- The code is spent, and whose the token is could not be found out now: the token waits
-- for the same redirect and ticket to come again.
local function keep_token(accounts, mark, token)
  local text = "token " .. token:seal(accounts.keys[1], context_of(accounts, mark))
  accounts:insist(function() return keep(accounts, mark, text) end)
end

-- token | false | nil, message, err
local function kept_token(accounts, mark)
  local id, sealed, err = look_up(accounts, mark)
  if id == nil then return nil, sealed, err end
  for _, key in ipairs(sealed and accounts.keys or {}) do
    local token = accounts.app.core:unseal(sealed, key, context_of(accounts, mark))
    if token then return token end
  end
  return false
end

-- Locks are few, so that a store does not fill with the locks of past logins; two
-- logins that share one wait for each other.
local function lock_key(accounts, mark)
  return accounts:key("login", mark:sub(1, 2))
end

-- What to say when Instagram has seen the code before and we have not finished it.
local function explain_spent(message, err)
  if err.kind ~= "spent" then return nil, message, err end
  return errors.failure("spent", "the code was used before, and that login did not "
    .. "come to an end: it was cut in the middle, or somebody else used the code", {
      status = err.status, code = err.code, type = err.type, request = err.request,
    })
end

-- A code is spent once it was exchanged: from there on nothing may be lost. What cannot
-- be made long-lived now is kept as it is; the keeper goes on with it.
local function exchange(accounts, code, mark, lock)
  local short, message, err = kept_token(accounts, mark)
  if short == false then
    short, message, err = accounts.app:exchange_code(code, accounts:in_time(lock))
  end
  if not short then return explain_spent(message, err) end
  if short:kind() ~= "short" then return short end
  return accounts.app:exchange_token(short, accounts:in_time(lock)) or short
end

local function complete(accounts, code, mark, lock)
  local token, message, err = exchange(accounts, code, mark, lock)
  if not token then
    -- Who used it, and stood still until its lock was over, may be done by now.
    local client = err.kind == "spent" and finished(accounts, mark)
    if client then return client end
    return nil, message, err
  end
  local id
  id, message, err = accounts:take_in(token, accounts:in_time(lock))
  if not id then
    keep_token(accounts, mark, token)
    return nil, message, err
  end
  -- The account is saved: that a reload will not know it is no reason to fail.
  keep(accounts, mark,
    "id " .. record.seal(id, accounts:key("code", mark), accounts.keys))
  accounts:tell { kind = "login", account = id }
  return accounts:client(id)
end

--- See instagram.Accounts:finish_login.
function login.finish(accounts, redirect, ticket)
  window.redirect_text(redirect) -- misuse is told before anything else
  local code, state, err = read_redirect(accounts, redirect, ticket)
  if not code then return nil, state, err end
  local mark = accounts:digest("code", code, state)
  local client, message
  client, message, err = finished(accounts, mark)
  if client ~= false then return client, message, err end
  local lock
  lock, message, err = accounts:wait_for_lock(lock_key(accounts, mark))
  if not lock then return nil, message, err end
  client, message, err = finished(accounts, mark)
  if client == false then
    client, message, err = complete(accounts, code, mark, lock)
  end
  lock:release()
  return client, message, err
end

return login
