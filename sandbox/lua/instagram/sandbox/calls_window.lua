--- The control call that plays a person in the Authorization Window; in the form of
--- calls.lua. Like a browser's visit it stands in the journal.

local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"
local escape = require "instagram.sandbox.escape"
local flavours = require "instagram.sandbox.flavours"
local hosts = require "instagram.sandbox.hosts"
local oauth = require "instagram.sandbox.oauth"
local users = require "instagram.sandbox.users"

local calls = {}

local misuse = check.misuse

local function decode(text) return escape.decode((text:gsub("%+", " "))) end

local function query_of(url)
  local values = {}
  for name, value in (url:match("%?([^#]*)") or ""):gmatch("([^&=]+)=?([^&]*)") do
    values[decode(name)] = decode(value)
  end
  return values
end

-- What a person leaves ticked must be something that was asked for.
local function check_ticked(world, window, ticked)
  local known, now = {}, world.clock:now()
  for _, scope in ipairs(window.scopes) do
    known[scope], known[window.flavour.permissions[scope]] = true, true
  end
  for _, name in ipairs(ticked) do
    if not known[flavours.scope(window.flavour, name, now)] then
      misuse("permissions: '" .. tostring(name) .. "' was not asked for")
    end
  end
end

local function check_arguments(world, args)
  if not args.url then misuse "authorize: the url of the window is missing" end
  if not args.user then misuse "authorize: user is missing" end
  if not args.url:match("^[^?#]*"):find("/oauth/authorize/?$") then
    misuse "authorize: this is not the address of an Authorization Window"
  end
  local host = hosts.named(args.url:match("^https?://([^/?#]+)"))
  if (host == "graph" or host == "media") and world.settings.strict
    and world.settings.real_hosts == "apart" then
    misuse("authorize: the window is api's and www's, this address is "
      .. (host == "graph" and "graph's" or "a media host's"))
  end
end

local function entry_of(world, url)
  return { time = world.clock:now(), method = "POST", by = "control",
    path = url:match("^https?://[^/?#]*([^?#]*)") or "/oauth/authorize",
    query = url:match("%?([^#]*)") or "", endpoint = "window" }
end

local function decide(world, args, entry)
  local values = query_of(args.url)
  local window = oauth.check(world, function(name) return values[name] end,
    args.url:match("^https?://[^/?#]+"))
  entry.client_id = window.app.client_id
  check_ticked(world, window, args.permissions or {})
  return oauth.decide(world, window, { user = users.named(world, args.user),
    allow = args.allow, permissions = args.permissions }, entry)
end

calls.authorize = {
  takes = { url = "string", user = "string", allow = "boolean", permissions = "table" },
  run = function(world, args)
    check_arguments(world, args)
    local entry = entry_of(world, args.url)
    local ok, result = pcall(decide, world, args, entry)
    if not ok and not errors.is(result) then error(result, 0) end
    entry.status = ok and 302 or result.status
    if not ok then entry.refused, entry.reason = result.name, result.reason end
    world.journal:add(entry, world.settings.journal_size)
    if not ok then error(result, 0) end
    return { location = result }
  end,
}

return calls
