--- Work for a sandbox that may die at any moment: random changes over HTTP, and the
--- facts that its answers promise. A change without an answer promises nothing, and
--- what it may have changed is not counted on any more.
local http = require "spec.support.sandbox_http"

local work = {}

function work.new()
  return { answered = 0, users = {}, media = {}, gone = {}, tokens = {}, dead = {},
    spent = {}, names = 0, page_max = { 100 }, now = { 1698796800 } }
end

local function pick(list)
  return list[math.random(math.max(1, #list))]
end

-- The whole answer, or nil when it did not come whole.
local function ask(server, spec)
  local ok, answer = pcall(http.request, server, spec)
  if not ok or not answer or not answer.status or answer.cut then return nil end
  return answer
end

local function control(server, name, args)
  local answer = ask(server, { path = "/_sandbox/" .. name, method = "POST",
    body = require("cjson").encode(args) })
  if not answer or #answer.body == 0 then return nil end
  assert(answer.status == 200, name .. ": " .. answer.body)
  return answer:json()
end

local function app(server)
  return control(server, "credentials", { flavour = "basic_display" })
end

local function without(list, value)
  local out = {}
  for _, item in ipairs(list) do
    if item ~= value then out[#out + 1] = item end
  end
  return out
end

-- --- changes: each returns true when it was answered --------------------------------

local changes = {}

function changes.user(model, server)
  model.names = model.names + 1
  local name = "user" .. model.names
  if not control(server, "add_user", { username = name }) then return false end
  model.users[#model.users + 1] = name
  return true
end

function changes.token(model, server, user)
  local made = control(server, "generate_token", { username = user,
    flavour = "basic_display" })
  if not made then return false end
  model.tokens[#model.tokens + 1] = { text = made.access_token, user = user }
  return true
end

function changes.media(model, server, user)
  local made = control(server, "add_media", { username = user,
    type = "CAROUSEL_ALBUM", children = { { type = "IMAGE" }, { type = "VIDEO" } } })
  if not made then return false end
  model.media[#model.media + 1] = { id = made.id, user = user }
  return true
end

function changes.delete(model, server)
  local media = pick(model.media)
  if not media then return true end
  model.media = without(model.media, media)
  if not control(server, "delete_media", { id = media.id }) then return false end
  model.gone[#model.gone + 1] = media
  return true
end

-- A login: a code, and the code spent for a token.
function changes.login(model, server, user)
  local it = app(server)
  local login = it and control(server, "authorize", { user = user,
    url = server.url .. "/oauth/authorize?" .. http.query {
      client_id = it.client_id, redirect_uri = it.redirect_uri,
      response_type = "code", scope = "user_profile,user_media" } })
  if not login then return false end
  local form = { client_id = it.client_id, client_secret = it.client_secret,
    grant_type = "authorization_code", redirect_uri = it.redirect_uri,
    code = login.location:match("code=([^#&]+)") }
  local answer = ask(server, { path = "/oauth/access_token", form = form })
  local token = answer and answer.body:match('"access_token": "(.-)"')
  if not token then return false end
  model.tokens[#model.tokens + 1] = { text = token, user = user }
  model.spent[#model.spent + 1] = { form = form, user = user }
  return true
end

-- Those of one person, and the others.
local function part(list, user)
  local theirs, others = {}, {}
  for _, item in ipairs(list) do
    local to = item.user == user and theirs or others
    to[#to + 1] = item
  end
  return theirs, others
end

-- All tokens of the person die; spent codes are forgotten. Of one without a token it is
-- not known whether there is an app to remove.
function changes.remove(model, server, user)
  local dead, alive = part(model.tokens, user)
  if #dead == 0 then return true end
  model.tokens = alive
  model.spent = select(2, part(model.spent, user))
  if not control(server, "remove_app", { username = user,
    flavour = "basic_display" }) then
    return false
  end
  for _, token in ipairs(dead) do model.dead[#model.dead + 1] = token end
  return true
end

-- One value of several that it may have.
local function put(model, server, name, call, member, value)
  model[name] = { model[name][1], value }
  if not control(server, call, { [member] = value }) then return false end
  model[name] = { value }
  return true
end

function changes.setting(model, server)
  return put(model, server, "page_max", "settings", "page_max", math.random(50, 1000))
end

function changes.clock(model, server)
  local now = math.max(model.now[1], model.now[2] or 0)
  return put(model, server, "now", "set_clock", "now", now + 1)
end

local names = { "user", "token", "media", "media", "delete", "login", "login", "remove",
  "setting", "clock" }

--- Makes one change; false when it was not answered.
function work.change(model, server)
  local name = #model.users < 2 and "user" or pick(names)
  local done = changes[name](model, server, pick(model.users))
  if done then model.answered = model.answered + 1 end
  return done
end

-- --- facts --------------------------------------------------------------------------

local function get(server, path, token)
  return http.get(server, path, { access_token = token, fields = "id,username" })
end

local function check_media(model, server, token)
  local ids = {}
  for _, media in ipairs(model.media) do
    if media.user == token.user then ids[#ids + 1] = media.id end
  end
  for from = 1, #ids, 40 do
    local some = table.concat(ids, ",", from, math.min(from + 39, #ids))
    local answer = http.get(server, "/", { ids = some, access_token = token.text,
      fields = "id,children{id}" })
    assert(answer.status == 200, answer.body)
    for _, media in pairs(answer:json()) do
      assert(#media.children.data == 2, "half an album")
    end
  end
  return #ids
end

local function one_of(list, value, what)
  for _, allowed in ipairs(list) do
    if value == allowed then return end
  end
  error(("%s is %s, not %s"):format(what, value, table.concat(list, " or ")))
end

local function check_tokens(model, server, from)
  for i = math.max(1, #model.tokens - from), #model.tokens do
    local answer = get(server, "/me", model.tokens[i].text)
    assert(answer.status == 200, answer.body)
    assert(answer:json().username == model.tokens[i].user, answer.body)
  end
  for i = math.max(1, #model.dead - from), #model.dead do
    assert(get(server, "/me", model.dead[i].text):error().code == 190)
  end
end

local function check_codes(model, server, from)
  for i = math.max(1, #model.spent - from), #model.spent do
    local answer = http.post(server, "/oauth/access_token", model.spent[i].form)
    assert(answer.body:find("has been used", 1, true), answer.body)
  end
end

local function check_names(model, server)
  local there = {}
  for _, user in ipairs(http.control(server, "users", {}):json().users) do
    there[user.username] = true
  end
  for _, name in ipairs(model.users) do assert(there[name], name .. " is gone") end
end

local function check_gone(model, server, from)
  local token = pick(model.tokens)
  for i = math.max(1, #model.gone - from), token and #model.gone or 0 do
    assert(get(server, "/" .. model.gone[i].id, token.text).status ~= 200)
  end
end

-- Of what has several possible values, the one it has.
local function settle(model, server, name, call, member)
  local value = http.control(server, call, {}):json()[member]
  one_of(model[name], value, name)
  model[name] = { value }
end

--- Finds the facts in a sandbox, or raises; with `last` the newest ones only. Returns
--- how many there are.
function work.check(model, server, last)
  last = last or math.huge
  settle(model, server, "page_max", "settings", "page_max")
  settle(model, server, "now", "now", "now")
  check_names(model, server)
  check_tokens(model, server, last)
  check_codes(model, server, last)
  check_gone(model, server, last)
  local count, seen = 0, {}
  for _, token in ipairs(model.tokens) do
    if not seen[token.user] then
      seen[token.user] = true
      count = count + check_media(model, server, token)
    end
  end
  return count + #model.users + #model.tokens + #model.dead + #model.spent
    + #model.gone
end

return work
