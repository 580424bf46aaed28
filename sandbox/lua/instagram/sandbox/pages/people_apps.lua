--- Apps and Websites: what one granted to whom, with the button that takes it back;
--- invitations to be an app's tester; what apps said to a request to delete one's data.

local apps = require "instagram.sandbox.apps"
local callbacks = require "instagram.sandbox.callbacks"
local check = require "instagram.sandbox.check"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local testers = require "instagram.sandbox.testers"
local tokens = require "instagram.sandbox.tokens"
local words = require "instagram.sandbox.pages.permission_words"

local own = {}

local function permissions(text)
  local items = {}
  for name in text:gmatch("[^,]+") do
    items[#items + 1] = h.li { words[name][1] }
  end
  return h.ul { class = "permissions", items }
end

-- A button about one app.
local function act(user, row, what, label, class)
  return page.form(parts.path(user, "apps"), {
    h.input { type = "hidden", name = "client_id", value = row.client_id },
    h.button { type = "submit", name = "do", value = what, class = class,
      label, h.span { class = "unseen", " " .. row.name } } })
end

local states = { queued = "asked; the app has not answered yet", sent = "answered",
  failed = "the app did not answer as it should" }

-- How a request to delete one's data stands.
local function deletion(ctx, user, row)
  local asked = callbacks.deletion_of(ctx.world, row, user)
  if not asked then
    return row.deletion_url ~= ""
      and act(user, row, "delete", "Request deletion of my data", "quiet")
  end
  return h.p { "Deletion of your data: ", states[asked.state],
    asked.problem and " (" .. asked.problem .. ")", ". ",
    asked.confirmation_code and { "Confirmation code ",
      h.code { asked.confirmation_code }, ". ",
      h.a { href = asked.status_page, rel = "noopener", "Look at its status" } } }
end

local function granted(ctx, user, row, lapsed)
  return h.li { h.h3 { row.name }, permissions(row.permissions),
    h.p { class = "hint", "Granted ", parts.time(row.granted),
      lapsed and ", expired " or ", until ", parts.time(row.expires) },
    h.div { class = "acts", act(user, row, "remove", "Remove"),
      deletion(ctx, user, row) } }
end

local function section(title, items, nothing)
  return h.section { h.h2 { title }, #items > 0 and h.ul { class = "entries", items }
    or h.p { class = "hint", nothing } }
end

local function grants(ctx, user)
  local active, expired, now = {}, {}, ctx.now
  for _, row in ipairs(tokens.grants_of(ctx.world, user)) do
    local lapsed = now >= row.expires
    local list = lapsed and expired or active
    list[#list + 1] = granted(ctx, user, row, lapsed)
  end
  return { section("Active", active, "No app has your permission."),
    section("Expired", expired, "None.") }
end

local function removed(ctx, user)
  local items = {}
  for i, row in ipairs(tokens.removed_by(ctx.world, user)) do
    items[i] = h.li { h.h3 { row.name },
      h.p { class = "hint", "Removed ", parts.time(row.removed) },
      deletion(ctx, user, row) }
  end
  return section("Removed", items, "None.")
end

local function invites(ctx, user)
  local items = {}
  for i, row in ipairs(testers.invites_of(ctx.world, user)) do
    items[i] = h.li { h.h3 { row.name },
      h.p { class = "hint", "Invited ", parts.time(row.invited), ", lapses ",
        parts.time(row.lapses) },
      h.div { class = "acts", act(user, row, "accept", "Accept"),
        act(user, row, "decline", "Decline", "quiet") } }
  end
  return section("Tester Invites", items, "Nobody has invited you.")
end

local acts = {} -- value of the button -> function(world, app, user)

acts.remove = tokens.remove_app
acts.delete = callbacks.request_deletion
acts.accept = testers.accept
acts.decline = testers.decline

--- GET and POST /people/NAME/apps, of who is logged in.
function own.answer(ctx, user)
  if ctx.method == "POST" then
    local run, id = acts[ctx:form("do") or ""], ctx:form("client_id") or ""
    local app = apps.find(ctx.world, id)
    if not run or not app then check.misuse("There is no such app.") end
    ctx.world.store:atomically(function() run(ctx.world, app, user) end)
    return page.see_other(ctx, parts.path(user, "apps"))
  end
  return page.answer(ctx, { title = "Apps and Websites", body = {
    parts.who(ctx), parts.menu(user, "apps"), h.h1 { "Apps and Websites" },
    invites(ctx, user), grants(ctx, user), removed(ctx, user),
  } })
end

return own
