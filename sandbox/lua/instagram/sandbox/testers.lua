--- Instagram Testers of an app: invited in the App Dashboard > Roles > Roles, accepted
--- by the person in Edit Profile > Apps and Websites > Tester Invites. How many there
--- may be and how long an invitation stands are settings (O, secondary).

local check = require "instagram.sandbox.check"

local testers = {}

local misuse = check.misuse
local DAY = 86400

local function row_of(world, app, user)
  return world.store:one("SELECT accepted, invited FROM testers WHERE client_id = ? "
    .. "AND user_id = ?", app.client_id, user.id)
end

local function lapses(world, row)
  return row.invited + world.settings.invite_days * DAY
end

local function has_lapsed(world, row)
  return row.accepted == 0 and world.clock:now() >= lapses(world, row)
end

local function delete(world, app, user)
  world.store:run("DELETE FROM testers WHERE client_id = ? AND user_id = ?",
    app.client_id, user.id)
end

--- As `remove`, but nothing to take away is fine too (for fixtures).
function testers.drop(world, app, user) delete(world, app, user) end

local function put(world, app, user, accepted)
  world.store:run("INSERT OR REPLACE INTO testers (client_id, user_id, accepted, "
    .. "invited) VALUES (?, ?, ?, ?)", app.client_id, user.id, accepted,
    world.clock:now())
end

local function check_room(world, app, user)
  local count, most = 0, world.settings.testers_max
  for _, tester in ipairs(testers.of_app(world, app)) do
    if not tester.lapsed and tester.id ~= user.id then count = count + 1 end
  end
  if count >= most then
    misuse(("an app has at most %.0f testers and invitations"):format(most))
  end
end

--- Makes a person an accepted tester at once: no invitation, no limit (for fixtures).
function testers.add(world, app, user) put(world, app, user, 1) end

--- Invites a person; one whose invitation lapsed may be invited again.
---@param app table  a row of apps
---@param user table  a row of users
function testers.invite(world, app, user)
  local row = row_of(world, app, user)
  if row and row.accepted == 1 then
    misuse(user.username .. " is a tester of the app already")
  elseif row and not has_lapsed(world, row) then
    misuse(user.username .. " was invited already and has not answered")
  end
  check_room(world, app, user)
  put(world, app, user, 0)
end

--- Takes the role, or the invitation, away.
function testers.remove(world, app, user)
  if not row_of(world, app, user) then
    misuse(user.username .. " is neither a tester of the app nor invited")
  end
  delete(world, app, user)
end

local function marked(world, rows)
  for _, row in ipairs(rows) do
    row.lapses = lapses(world, row)
    row.lapsed = has_lapsed(world, row)
  end
  return rows
end

--- Everybody who is a tester or was invited, in the order of the invitations.
---@return table[] rows of users with `accepted` (0 or 1), `invited` and `lapses`
--- (epoch), `lapsed` (true: an invitation nobody answered in time)
function testers.of_app(world, app)
  return marked(world, world.store:all("SELECT users.*, testers.accepted, "
    .. "testers.invited FROM testers JOIN users ON users.id = testers.user_id "
    .. "WHERE client_id = ? ORDER BY testers.invited, testers.rowid", app.client_id))
end

--- The invitations a person may answer now.
---@return table[] rows of apps with `invited` and `lapses`
function testers.invites_of(world, user)
  local open = {}
  for _, row in ipairs(marked(world, world.store:all("SELECT apps.*, testers.accepted, "
    .. "testers.invited FROM testers JOIN apps USING (client_id) WHERE user_id = ? "
    .. "AND accepted = 0 ORDER BY testers.invited, testers.rowid", user.id))) do
    if not row.lapsed then open[#open + 1] = row end
  end
  return open
end

local function open_invitation(world, app, user)
  local row = row_of(world, app, user)
  if not row or row.accepted == 1 then
    misuse(user.username .. " has no invitation of that app to answer")
  elseif has_lapsed(world, row) then
    misuse(("the invitation lapsed after %.0f days"):format(world.settings.invite_days))
  end
end

--- The person accepts.
function testers.accept(world, app, user)
  open_invitation(world, app, user)
  world.store:run("UPDATE testers SET accepted = 1 WHERE client_id = ? "
    .. "AND user_id = ?", app.client_id, user.id)
end

--- The person declines.
function testers.decline(world, app, user)
  open_invitation(world, app, user)
  delete(world, app, user)
end

--- True for an accepted tester.
function testers.is(world, app, user_id)
  return world.store:one("SELECT 1 AS yes FROM testers WHERE client_id = ? "
    .. "AND user_id = ? AND accepted = 1", app.client_id, user_id) ~= nil
end

return testers
