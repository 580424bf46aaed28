--- Meta's two callbacks: an app's developer is told that a person removed the app
--- (deauthorize) or wants their data deleted. Form of the signed_request: D; its
--- payload: O. A row is written with the change it tells of, and sent when that change
--- is kept (`send_due`, by the rules after each request); a thread of the host's talks.

local check = require "instagram.sandbox.check"
local flavours = require "instagram.sandbox.flavours"
local json = require "instagram.sandbox.json"
local read_json = require "instagram.sandbox.json_read"
local text = require "instagram.sandbox.text"

local callbacks = {}

-- kind -> the column of apps with its address
local addresses = { deauthorize = "deauthorize_url", deletion = "deletion_url" }

local DAY = 86400

--- Writes down that an app is to be called; nil when it has no address for that.
---@param app table  a row of apps
---@param user table  a row of users
---@param kind "deauthorize"|"deletion"
---@return number|nil id
function callbacks.queue(world, app, user, kind)
  local address = app[addresses[kind]]
  if address == "" then return nil end
  local now = world.clock:now()
  world.store:insert("callbacks", { kind = kind, client_id = app.client_id,
    user_id = user.id, address = address, issued = math.floor(now), due = now })
  world.callbacks_due = true
  return world.store:one("SELECT max(id) AS id FROM callbacks").id
end

--- The person asks an app they use, or used and removed, to delete their data.
---@return number id
function callbacks.request_deletion(world, app, user)
  local known = world.store:one("SELECT 1 AS yes FROM grants WHERE client_id = ?1 "
    .. "AND user_id = ?2 UNION SELECT 1 FROM removals WHERE client_id = ?1 "
    .. "AND user_id = ?2", app.client_id, user.id)
  if not known then
    check.misuse(user.username .. " never gave " .. app.name .. " a permission")
  end
  return callbacks.queue(world, app, user, "deletion")
    or check.misuse(app.name .. " has no data deletion address")
end

-- --- sending ------------------------------------------------------------------------

--- What an app gets in `signed_request`: base64url(HMAC-SHA256(payload)).payload, the
--- digest made of the encoded payload with the app's secret.
---@param row table  a row of callbacks
function callbacks.signed_request(world, app, row)
  local length = flavours.of(app.flavour).scoped_length
  local payload = world.native.base64url(json.plain(json.object(
    "user_id", world.ids:scoped(app.client_id, row.user_id, length),
    "algorithm", "HMAC-SHA256", "issued_at", row.issued)))
  local digest = world.native.hmac_sha256(app.secret, payload)
  return world.native.base64url(digest) .. "." .. payload
end

local function send(world, row)
  local app = world.store:one("SELECT * FROM apps WHERE client_id = ?", row.client_id)
  local number = world.callbacks_sent + 1
  local ok = world.native.post { id = number, url = row.address,
    type = "application/x-www-form-urlencoded",
    body = "signed_request=" .. callbacks.signed_request(world, app, row),
    timeout = world.settings.callback_timeout,
    verify = world.settings.callback_verify }
  if not ok then
    world.callbacks_due = true -- the queue is full: with the next request
    return
  end
  world.callbacks_sent = number
  world.callbacks_on_way[row.id] = number
end

--- Sends what is due and not on its way; nothing is waited for. To be called when
--- what was changed is kept.
function callbacks.send_due(world)
  if not world.callbacks_due then return end
  world.callbacks_due = nil
  for _, row in ipairs(world.store:all("SELECT * FROM callbacks WHERE "
    .. "state = 'queued' AND due <= ? ORDER BY id", world.clock:now())) do
    if not world.callbacks_on_way[row.id] then send(world, row) end
  end
end

-- --- what came of it ----------------------------------------------------------------

-- What is wrong with the answer, or nil.
local function problem_of(outcome)
  if outcome.problem then return outcome.problem end
  local status = outcome.status
  if status >= 200 and status <= 299 then return nil end
  local more = status >= 300 and status <= 399 and ": redirects are not followed" or ""
  return "the app answered " .. status .. more
end

local function is_text(value) return (pcall(text.plain, "", value, true)) end

-- The data deletion answer (D): a page to look at and a code; nil and what is wrong.
local function read_confirmation(body)
  local answer, problem = read_json(body)
  if type(answer) ~= "table" then
    return nil, "the answer is no JSON object" .. (problem and ": " .. problem or "")
  end
  for _, name in ipairs({ "url", "confirmation_code" }) do
    if not is_text(answer[name]) then
      return nil, "the answer has no plain text as '" .. name .. "'"
    end
  end
  if not answer.url:find("^https?://[%w_.%-:%[%]]+[^%s%c\128-\255]*$") then
    return nil, "'url' in the answer is no http(s) address"
  end
  return answer
end

-- Tries are counted by the sandbox's clock: again after a minute, an hour, then daily
-- (invented: whether Meta tries again is not documented).
local function next_try(world, row)
  if row.tries + 1 >= world.settings.callback_tries then return nil end
  return world.clock:now() + math.min(60 ^ (row.tries + 1), DAY)
end

-- A wrong answer was an answer: it is not asked for again (invented).
local function verdict(world, row, outcome)
  local problem = problem_of(outcome)
  if problem then
    local due = next_try(world, row)
    return { state = due and "queued" or "failed", due = due, problem = problem }
  end
  if row.kind == "deauthorize" then return { state = "sent" } end
  local answer, wrong = read_confirmation(outcome.body)
  if not answer then return { state = "failed", problem = wrong } end
  return { state = "sent", code = answer.confirmation_code, page = answer.url }
end

-- The callback of a number; nil when the state it belonged to was put back.
local function row_of(world, number)
  for id, sent in pairs(world.callbacks_on_way) do
    if sent == number then
      world.callbacks_on_way[id] = nil
      return callbacks.find(world, id)
    end
  end
end

--- Writes down what came of a callback.
---@param outcome table  id: the number it was sent by; status (nil: no answer), problem
--- (no whole answer), body
function callbacks.posted(world, outcome)
  local row = row_of(world, outcome.id)
  if not row or row.state ~= "queued" then return end
  local now, new = world.clock:now(), verdict(world, row, outcome)
  world.store:run("UPDATE callbacks SET state = ?, tries = tries + 1, tried = ?, "
    .. "due = ?, status = ?, problem = ?, confirmation_code = ?, status_page = ? "
    .. "WHERE id = ?", new.state, now, new.due or row.due, outcome.status, new.problem,
    new.code, new.page, row.id)
end

-- --- looking ------------------------------------------------------------------------

local SELECT = "SELECT callbacks.*, apps.name AS app, apps.flavour, users.username "
  .. "FROM callbacks JOIN apps USING (client_id) JOIN users "
  .. "ON users.id = callbacks.user_id "

--- One callback with `app`, `flavour` and `username`, or nil.
function callbacks.find(world, id)
  return world.store:one(SELECT .. "WHERE callbacks.id = ?", id)
end

--- Callbacks, newest first.
---@param since number|nil  those from this id on
---@param limit number|nil
function callbacks.list(world, since, limit)
  return world.store:all(SELECT .. "WHERE callbacks.id >= ? ORDER BY callbacks.id DESC "
    .. "LIMIT ?", since or 0, limit or 1000)
end

--- What a person was told about an app's data deletion: the newest one, or nil.
function callbacks.deletion_of(world, app, user)
  return world.store:one(SELECT .. "WHERE callbacks.kind = 'deletion' "
    .. "AND callbacks.client_id = ? AND callbacks.user_id = ? "
    .. "ORDER BY callbacks.id DESC", app.client_id, user.id)
end

--- Sends one again, to the address the app has now.
function callbacks.retry(world, id)
  local row = callbacks.find(world, id)
  if not row then check.misuse(("there is no callback %.0f"):format(id)) end
  local app = world.store:one("SELECT * FROM apps WHERE client_id = ?", row.client_id)
  local address = app[addresses[row.kind]]
  world.store:run("UPDATE callbacks SET state = 'queued', tries = 0, due = ?, "
    .. "address = ? WHERE id = ?", world.clock:now(),
    address ~= "" and address or row.address, id)
  world.callbacks_due = true
end

return callbacks
