--- What Meta posts, signed by openssl: not by what is tested.
local signed = {}

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local function url_form(base64)
  return (base64:gsub("%s", ""):gsub("+", "-"):gsub("/", "_"):gsub("=", ""))
end

local function base64url(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local out = shell("openssl base64 -A -in " .. path)
  os.remove(path)
  return url_form(out)
end

--- A signed_request of this payload.
function signed.sign(payload, secret)
  local encoded = base64url(payload)
  return url_form(shell(("printf %%s '%s' | openssl dgst -sha256 -hmac '%s' -binary "
    .. "| openssl base64 -A"):format(encoded, secret))) .. "." .. encoded
end

return signed
