--- The control interface: what a test or a developer does to the sandbox from outside, the
--- same from Lua and over `/_sandbox/NAME` in JSON.

local apps = require "instagram.sandbox.apps"
local bulk = require "instagram.sandbox.bulk"
local errors = require "instagram.sandbox.errors"
local flavours = require "instagram.sandbox.flavours"
local json = require "instagram.sandbox.json"
local oauth = require "instagram.sandbox.oauth"
local posts = require "instagram.sandbox.posts"
local read_json = require "instagram.sandbox.json_read"
local respond = require "instagram.sandbox.respond"
local settings = require "instagram.sandbox.settings"
local timeline = require "instagram.sandbox.timeline"
local tokens = require "instagram.sandbox.tokens"
local users = require "instagram.sandbox.users"

local control = {}

local function misuse(text) error({ misuse = text }, 0) end

local calls = {} -- name -> function(world, args) -> value for JSON

-- --- apps and logins ----------------------------------------------------------------

local function app_of(world, args)
  if args.client_id then
    return apps.find(world, args.client_id)
      or misuse("no app has the client_id " .. tostring(args.client_id))
  end
  return apps.of_flavour(world, args.flavour or "instagram_login")
    or misuse("no app of that flavour")
end

--- {flavour} -> what a developer copies from the dashboard.
function calls.credentials(world, args)
  local app = app_of(world, args)
  return { flavour = app.flavour, client_id = app.client_id, client_secret = app.secret,
    redirect_uri = apps.redirects(world, app.client_id)[1], base_url = world.url }
end

local function decode(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

local function query_of(url)
  local values = {}
  for name, value in (url:match("%?([^#]*)") or ""):gmatch("([^&=]+)=?([^&]*)") do
    values[decode(name)] = decode(value)
  end
  return values
end

--- {url, user, allow, permissions} -> {location}: what a person does in the window.
function calls.authorize(world, args)
  if type(args.url) ~= "string" then misuse "url of the window expected" end
  local values = query_of(args.url)
  local window = oauth.check(world, function(name) return values[name] end)
  return { location = oauth.decide(world, window, {
    user = users.named(world, args.user), allow = args.allow,
    permissions = args.permissions }) }
end

--- {username, flavour} -> {access_token}: the User Token Generator. Public accounts only
--- (D), and only accepted testers.
function calls.generate_token(world, args)
  local app = app_of(world, args)
  local user = users.named(world, args.username or args.user)
  if user.private == 1 then misuse "tokens can only be generated for public accounts" end
  if not flavours.of(app.flavour).account_types[user.account_type] then
    misuse(user.account_type .. " accounts cannot use " .. app.flavour)
  end
  if not apps.may_use(world, app, user.id) then
    misuse(user.username .. " is not an accepted tester of the app")
  end
  local token
  world.store:atomically(function()
    tokens.grant(world, app, user, flavours.of(app.flavour).scopes)
    token = tokens.make(world, app, user.id, "long",
      world.clock:now() + tokens.long_life)
  end)
  return { access_token = token, user_id = user.id }
end

--- {username, client_id|flavour}: the person removes the app; its tokens die.
function calls.remove_app(world, args)
  tokens.remove_app(world, app_of(world, args), users.named(world, args.username))
  return {}
end

-- --- the clock ----------------------------------------------------------------------

function calls.now(world)
  return { now = world.clock:now() }
end

--- {seconds}: forwards only.
function calls.advance_clock(world, args)
  if type(args.seconds) ~= "number" or args.seconds < 0 then
    misuse "seconds from 0 on expected"
  end
  world:set_clock(world.clock:now() + args.seconds)
  return { now = world.clock:now() }
end

--- {now}: epoch seconds.
function calls.set_clock(world, args)
  if type(args.now) ~= "number" then misuse "now: epoch seconds expected" end
  world:set_clock(args.now)
  return { now = args.now }
end

-- --- faults, journal, settings ------------------------------------------------------

function calls.fault(world, args)
  world.faults:add(args)
  return {}
end

function calls.clear_faults(world)
  world.faults:clear()
  return {}
end

--- {since} -> {requests}: oldest first.
function calls.requests(world, args)
  local list = {}
  for i, entry in ipairs(world.journal:list(args.since)) do
    list[i] = entry
    if entry.form then
      local form = json.array({})
      for j, pair in ipairs(entry.form) do
        form[j] = json.array({ pair[1], pair[2] })
      end
      list[i].form = form
    end
  end
  return { requests = json.array(list) }
end

function calls.clear_requests(world)
  world.journal:clear()
  return {}
end

--- {name = value, ...} -> all of them; without arguments nothing changes.
function calls.settings(world, args)
  settings.change(world.settings, args)
  local shown = {}
  for name, value in pairs(world.settings) do shown[name] = value end
  return shown
end

--- Forgets settings, faults and journal; people and tokens stay.
function calls.reset(world)
  world.settings = settings.defaults()
  world.faults:clear()
  world.journal:clear()
  return {}
end

-- --- people and media ---------------------------------------------------------------

local function shown_user(world, user)
  return { id = user.id, username = user.username, account_type = user.account_type,
    private = user.private == 1, media_count = timeline.count(world, user.id) }
end

function calls.users(world)
  local list = json.array({})
  for i, user in ipairs(users.all(world)) do list[i] = shown_user(world, user) end
  return { users = list }
end

--- See users.add.
function calls.add_user(world, args)
  local user
  world.store:atomically(function() user = users.add(world, args) end)
  return shown_user(world, user)
end

--- {username, ...}: see users.update.
function calls.update_user(world, args)
  world.store:atomically(function()
    users.update(world, users.named(world, args.username), args)
  end)
  return shown_user(world, users.named(world, args.username))
end

--- {username, ...}: see posts.add; {username, media = list}: many at once, in their order.
function calls.add_media(world, args)
  local user, list = users.named(world, args.username), args.media or { args }
  local made = json.array({})
  world.store:atomically(function()
    for i, spec in ipairs(list) do made[i] = posts.add(world, user, spec) end
  end)
  return { id = made[1], ids = made }
end

--- {id}
function calls.delete_media(world, args)
  if type(args.id) ~= "string" or not timeline.delete(world, args.id) then
    misuse("no media has the id " .. tostring(args.id))
  end
  return {}
end

--- {username, media, albums, children}: an account of any size; made when it is new.
function calls.bulk(world, args)
  local user = users.by_name(world, args.username or "")
  world.store:atomically(function()
    user = user or users.add(world, { username = args.username,
      account_type = "MEDIA_CREATOR" })
    bulk.fill(world, user, args)
  end)
  return shown_user(world, users.named(world, args.username))
end

function calls.status(world)
  return { url = world.url, now = world.clock:now(), strict = world.settings.strict,
    users = #users.all(world), requests = world.journal.last }
end

-- --- both ways in -------------------------------------------------------------------

-- Value, or nil and what is wrong.
local function run(world, name, args)
  local call = calls[name]
  if not call then return nil, "no control call named '" .. tostring(name) .. "'" end
  if type(args) ~= "table" then return nil, "arguments: a JSON object expected" end
  local ok, result = pcall(call, world, args)
  if ok then return result end
  if errors.is(result) then return nil, result.message, result.reason end
  if type(result) == "table" and result.misuse then return nil, result.misuse end
  error(result, 0)
end

--- From Lua, through the host: JSON {"name":..., "args":{...}} to JSON.
function control.call(world, text)
  local asked, problem = read_json(text)
  if not asked then return nil, problem end
  local result, message, reason = run(world, asked.name, asked.args or {})
  if result then return json.plain({ ok = result }) end
  return json.plain({ error = message, reason = reason })
end

--- Over HTTP: POST /_sandbox/NAME with a JSON object; GET for what only looks.
function control.answer(world, request)
  local name = request.path:match("^/_sandbox/([%w_]+)/?$")
  local args, problem = {}, nil
  if request.body and request.body:find("%S") then args, problem = read_json(request.body) end
  if not args then return respond.control(400, { error = problem }) end
  local result, message, reason = run(world, name, args)
  if result then return respond.control(200, result) end
  return respond.control(name and calls[name] and 400 or 404,
    { error = message, reason = reason })
end

return control
