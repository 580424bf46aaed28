--- Meta's two callbacks: deauthorize and data deletion, as functions of the form field
--- `signed_request`. Knows: accounts. Must not know: web servers.
local core = require "instagram.core"
local check = require "instagram.check"
local errors = require "instagram.errors"

local signed = {}

local STATUS_FOR = 90 * 86400 -- seconds a deletion's status can be asked for

local function read(accounts, text)
  local payload, message, err = accounts.app:read_signed_request(text)
  if not payload then return nil, message, err end
  if type(payload.user_id) ~= "string" or not payload.user_id:find("^%d+$") then
    return errors.failure("signature", "the signed request names no user")
  end
  return payload.user_id
end

--- See instagram.Accounts:deauthorized.
function signed.deauthorized(accounts, text)
  local id, message, err = read(accounts, text)
  if not id then return nil, message, err end
  local done
  done, message, err = accounts:forget(id)
  if not done then return nil, message, err end
  accounts:tell { kind = "deauthorize", account = id }
  return id
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
    ("deleted %.0f"):format(accounts.app:now()), { ttl = STATUS_FOR })
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
