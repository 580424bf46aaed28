--- Meta's two callbacks: deauthorize and data deletion, as functions of the form field
--- `signed_request`. Knows: accounts. Must not know: web servers.
local core = require "instagram.core"
local call = require "instagram.call"
local check = require "instagram.check"
local errors = require "instagram.errors"

local signed = {}

local SKEW = 300 -- seconds that Meta's clock may differ from ours: as read() has it
local ASK_FOR = 10 -- seconds; Meta waits for our answer
local JUDGED = 3 -- times, when somebody writes it anew meanwhile
local STATUS_FOR = 90 * 86400 -- seconds a deletion's status can be asked for

local function read(accounts, text)
  local payload, message, err = accounts.app:read_signed_request(text)
  if not payload then return nil, message, err end
  if type(payload.user_id) ~= "string" or not payload.user_id:find("^%d+$") then
    return errors.failure("signature", "the signed request names no user")
  end
  return payload.user_id, payload.issued_at
end

-- Refused for good: what the token was granted is no more.
local gone = { token = true, permission = true }

-- Does a token work? nil, message, err: it cannot be told now.
local function is_alive(accounts, token)
  local answer, message, err = call.run(accounts.app, "GET", "/me", "get", token, "/me",
    { { "fields", "id" } }, { timeout = ASK_FOR })
  token:close()
  if answer then return true end
  if gone[err.kind] then return false end
  return nil, message, err
end

-- Meta's word may come late, when the person has come back and logged in anew. By the
-- clocks alone that cannot be told where they may differ; so Instagram is asked whether
-- the token works, unless it is surely older than the word.
local function is_back(accounts, id, issued_at)
  local facts, token, err = accounts:find(id)
  if not facts then
    -- One that does not open or is not there cannot be asked for: it is forgotten.
    if err.kind == "store" then return nil, token, err end
    return false
  end
  if facts.dead or issued_at > (facts.added or 0) + SKEW then
    token:close()
    return false
  end
  return is_alive(accounts, token)
end

-- Forgets the account if it still is the one that was judged: true; false: it is
-- another by now, of somebody who logged in meanwhile.
local function forget_judged(accounts, id, judged)
  return accounts:beside_others(id, function()
    local text, message, err = accounts.store:get(accounts:key("account", id))
    if text == nil and err.kind == "store" then return nil, message, err end
    if text ~= judged then return false end
    return accounts:forget(id)
  end)
end

-- true: forgotten; false: it stays; nil, message, err.
local function judge(accounts, id, issued_at)
  for _ = 1, JUDGED do
    local judged, message, err = accounts.store:get(accounts:key("account", id))
    if judged == nil and err.kind == "store" then return nil, message, err end
    local back, done
    back, message, err = is_back(accounts, id, issued_at)
    if back or back == nil then return back and false, message, err end
    done, message, err = forget_judged(accounts, id, judged)
    if done ~= false then return done, message, err end
  end
  return errors.failure("store", ("account %s was written anew each time it was to be "
    .. "forgotten"):format(id))
end

--- See instagram.Accounts:deauthorized.
function signed.deauthorized(accounts, text)
  local id, issued_at, err = read(accounts, text)
  if not id then return nil, issued_at, err end
  local done, message
  done, message, err = judge(accounts, id, issued_at)
  if done == nil then return nil, message, err end
  accounts:tell { kind = "deauthorize", account = id, late = not done or nil }
  return done and id
end

local own_options = check.options({ url = "text" }, true)

--- See instagram.Accounts:deletion_request.
function signed.deletion_request(accounts, text, options)
  options = check.given(options, own_options, "deletion_request")
  if not options.url then
    check.bad_option("url", "deletion_request", "your status page's address expected")
  end
  local id, message, err = read(accounts, text)
  if not id then return nil, message, err end
  local done
  done, message, err = accounts:forget(id)
  if not done then return nil, message, err end
  local code = core.random_text(12)
  done, message, err = accounts.store:put(accounts:key("deletion", code),
    ("deleted %.0f"):format(accounts:now()), { ttl = STATUS_FOR })
  if not done then return nil, message, err end
  accounts:tell { kind = "deletion", account = id }
  local url = options.url:gsub("%%s", code)
  return { url = url, confirmation_code = code }
end

--- See instagram.Accounts:deletion_status.
function signed.deletion_status(accounts, code)
  check.argument(code, "code", "deletion_status", "string")
  if not code:find("^[%w_-]+$") or #code > 64 then return false end
  local text, message, err = accounts.store:get(accounts:key("deletion", code))
  if not text then return text, message, err end
  local status, at = text:match("^(%l+) (%d+)$")
  return { status = status, at = tonumber(at) }
end

return signed
