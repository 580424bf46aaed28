--- What is wrong with this setup? Looks at an app and a token as a person would, one
--- thing after the other, and says for each what was found and what helps. Knows:
--- calls, what Instagram's refusals mean. Changes nothing, refreshes nothing.
local call = require "instagram.call"
local check = require "instagram.check"

local doctor = {}

local DAY = 86400
local SKEW = 120 -- seconds a clock may be wrong before rules about age go wrong
local SHUTDOWN = 1733270400 -- 4 December 2024, when Basic Display ended

---@class instagram.Finding
---@field check string what was looked at: "redirect_uri", "app_id", "app_secret",
--- "network", "clock", "flavour", "token", "age", "permissions", "grant"
---@field ok boolean? nil: it could not be found out
---@field message string what was found
---@field remedy string? what helps, when it is not ok

local function note(findings, name, ok, message, remedy)
  findings[#findings + 1] = { check = name, ok = ok, message = message,
    remedy = ok ~= true and remedy or nil }
  return ok
end

local function ask(app, path, parameters, token)
  local started = call.start(app, "GET", path, "get", token, path, parameters,
    { retries = 1 })
  local answer, message, err = started:finish()
  return { answer = answer, message = message, err = err,
    date = started.request:date() }
end

-- --- the app ------------------------------------------------------------------------

-- What can be wrong with the address without asking anybody.
local function redirect_problem(uri)
  if not uri:find("^https://") then return "it does not begin with https://" end
  if uri:find("#", 1, true) then return "it has a fragment" end
  if uri:find("%s") then return "it holds blanks" end
  local host = uri:match("^https://([^/?]+)")
  if not host then return "it has no host" end
  if host ~= host:lower() then return "its host has capital letters" end
  if uri:find("?", 1, true) then
    return "it has a query, which the window may let pass and the token call refuses"
  end
end

local function check_redirect(findings, app)
  local uri = app.core:redirect_uri()
  if not uri then
    return note(findings, "redirect_uri", nil, "the app has none: it cannot log in",
      "Give redirect_uri, exactly as it stands in the dashboard.")
  end
  local problem = redirect_problem(uri)
  local ends = uri:sub(-1) == "/" and "with" or "without"
  note(findings, "redirect_uri", not problem,
    problem and ("%s: %s"):format(uri, problem)
      or ("%s, %d bytes, %s a slash at its end"):format(uri, #uri, ends),
    "Copy the address from the dashboard's list of valid OAuth redirect URIs, byte by "
      .. "byte; the dashboard may have added a slash.")
end

-- The window's refusals, as they stand on its page (observed).
local refusals = {
  { "Invalid platform app", "app_id", "Instagram does not know this client_id",
    "Use the Instagram App ID (dashboard, Instagram product), not the Meta app's own; "
      .. "a Business app has no basic_display, another type no instagram_login." },
  { "Invalid redirect_uri", "redirect_uri", "the window does not know this address",
    "Add it to the dashboard's list, or copy what stands there, byte by byte." },
  { "Invalid scope", "flavour", "the window refuses the scopes of this flavour",
    "Is the product added to the app, and does it still live? Basic Display ended on 4 "
      .. "December 2024." },
}

-- Opens the window as a browser would, without anybody logged in.
local function check_window(findings, app)
  if not app.core:redirect_uri() or app.core:client_id() == "" then return end
  local url = app:authorize_url {}
  local started = call.start(app, "GET", "/oauth/authorize", "fetch", url,
    { retries = 0, timeout = 15 })
  local page, _, err = started:finish()
  local text = page or err.message
  for _, refusal in ipairs(refusals) do
    if text:find(refusal[1], 1, true) then
      return note(findings, refusal[2], false, refusal[3], refusal[4])
    end
  end
  if page then note(findings, "app_id", true, "the Authorization Window opens") end
end

-- The exchange checks the secret before the token (inferred), so a token that is none
-- tells about the secret.
local function check_secret(findings, app)
  local probe = app.core:token { secret = "IG-this-is-no-token", kind = "short" }
  local ok, started = pcall(call.start, app, "GET", "/access_token", "exchange_token",
    probe, { retries = 0, timeout = 15 })
  if not ok then
    return note(findings, "app_secret", nil, "the app has no client_secret",
      "Give client_secret to log people in, to exchange tokens and to check callbacks.")
  end
  local _, _, err = started:finish()
  probe:close()
  local wrong = err and err.message:find("client secret", 1, true) ~= nil
  local known = wrong or err and err.code == 190
  note(findings, "app_secret", known and not wrong or nil,
    wrong and "Instagram does not accept the app secret" or known
      and "Instagram accepts the app secret" or "it could not be tried",
    "Copy the Instagram App Secret from the dashboard (not the Meta app's own).")
  if wrong then findings[#findings].ok = false end
end

-- --- the way there ------------------------------------------------------------------

local network = {
  tls = "Check cainfo, the machine's date, and proxies that read TLS.",
  transport = "Check the connection, the name service, and the proxy.",
  timeout = "Check the connection and the proxy; raise timeout.",
  parse = "Something between here and Instagram answered (a proxy, a login page).",
}

-- A page with 5xx is no word of the API's, and says nothing of a token.
local function network_remedy(err)
  if (err.status or 0) >= 500 and not err.code then
    return "A proxy or a balancer answered, not the API: look at the proxy's log, or "
      .. "try again when Instagram is well."
  end
  return network[err.kind]
end

local function check_network(findings, reply)
  local remedy = reply.err and network_remedy(reply.err)
  return note(findings, "network", not remedy,
    remedy and reply.err.message or "Instagram answers", remedy)
end

local function check_clock(findings, app, reply)
  if not reply.date then
    return note(findings, "clock", nil, "the answer had no date")
  end
  local skew = app:now() - reply.date
  note(findings, "clock", math.abs(skew) < SKEW,
    ("this clock is %.0f seconds %s Instagram's"):format(math.abs(skew),
      skew < 0 and "behind" or "ahead of"),
    "Set the machine's clock (NTP), or give the app a right now().")
end

-- --- the token ----------------------------------------------------------------------

local titles = {
  basic_display = "a Basic Display token (that service ended on 4 December 2024)",
  instagram_login = "an Instagram Login token",
  facebook = "a Facebook token, which these hosts do not take",
}

local function check_flavour(findings, app, token)
  local family = token:family()
  if not family then
    return note(findings, "flavour", nil, "the token does not look like Instagram's")
  end
  note(findings, "flavour", family == app:flavour(),
    ("the app is %s, the token looks like %s"):format(app:flavour(), titles[family]),
    "Set the app's flavour to the token's, or log in anew: tokens of a flavour do not "
      .. "work for the other.")
end

-- What is said of the token. All else passes, and says nothing of it.
local refusals_of_token = { token = true, permission = true, unavailable = true }

local function check_token(findings, reply)
  local err = reply.err
  if not err then
    return note(findings, "token", true, "the token works: user " .. tostring(
      reply.answer.username or reply.answer.id))
  end
  if refusals_of_token[err.kind] then
    return note(findings, "token", false, err.message, err.advice)
  end
  return note(findings, "token", nil, "it could not be found out: " .. err.message,
    err.advice)
end

-- A token of the right flavour may be of a product that is no more.
local function check_product(findings, app, reply)
  if app:flavour() ~= "basic_display" or app:now() < SHUTDOWN then return end
  if not reply.err or not refusals_of_token[reply.err.kind] then return end
  note(findings, "flavour", false, "Basic Display ended on 4 December 2024: Instagram "
    .. "serves none of its tokens any more", "Go over to Instagram Login (flavour = "
    .. '"instagram_login"): people with professional accounts log in anew there.')
end

local function days(seconds)
  return ("%.1f days"):format(seconds / DAY)
end

local function check_age(findings, app, token)
  local left = token:expires_in(app:now())
  if not left then
    return note(findings, "age", nil, ("a token of kind %s and of unknown age"):format(
      token:kind()), "Refresh it once it is a day old: the answer tells how long it "
      .. "lives; or keep it in app:accounts, which does.")
  end
  local able, why = token:refreshable(app:now())
  note(findings, "age", left > 0 and (token:kind() == "short" or left > 7 * DAY),
    ("a %s token that lives %s more; refreshable: %s"):format(token:kind(), days(left),
      able and "yes" or why or "unknown"),
    left > 0 and "Refresh it soon." or "It is over: the person must log in again.")
end

local function check_permissions(findings, app, token, alive)
  if not alive then return end
  local reply = ask(app, "/me/media", { { "limit", "1" }, { "fields", "id" } }, token)
  local refused = reply.err and reply.err.kind == "permission"
  note(findings, "permissions", not reply.err or (not refused and nil),
    not reply.err and "profile and media may be read" or reply.err.message,
    refused and "The person did not grant media: ask again with its scope."
      or reply.err and reply.err.advice)
  if refused then findings[#findings].ok = false end
end

local function check_grant(findings, app, token)
  local earliest, latest = token:permissions_expire_at()
  if not earliest then
    return note(findings, "grant", nil, "it is not known when the person granted")
  end
  local now = app:now()
  note(findings, "grant", now < earliest - 7 * DAY,
    ("the grant ends in %s (private account) to %s (public), as an estimate"):format(
      days(earliest - now), days(latest - now)),
    "Let the person log in again before that.")
end

-- What needs an answer of Instagram's.
local function check_online(findings, app, token, reply)
  check_clock(findings, app, reply)
  check_window(findings, app)
  check_secret(findings, app)
  if not token then return end
  check_product(findings, app, reply)
  local alive = check_token(findings, reply)
  check_permissions(findings, app, token, alive)
end

--- See instagram.App:doctor.
function doctor.examine(app, token)
  if token ~= nil then check.token(token, "doctor") end
  local findings = {}
  check_redirect(findings, app)
  if token then check_flavour(findings, app, token) end
  local probe = token or app.core:token { secret = "IG-this-is-no-token" }
  local reply = ask(app, "/me", { { "fields", "id,username" } }, probe)
  if check_network(findings, reply) then check_online(findings, app, token, reply) end
  if token then
    check_age(findings, app, token)
    check_grant(findings, app, token)
  end
  return findings
end

return doctor
