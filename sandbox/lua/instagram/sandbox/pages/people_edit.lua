--- Edit profile: one's names and words, privacy, kind of account, password. Each form
--- does what the control call `update_user` does.

local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local users = require "instagram.sandbox.users"

local edit = {}

local function area(label, name, value)
  return h.p { class = "field", h.label { ["for"] = "f-" .. name, label },
    h.textarea { id = "f-" .. name, name = name, rows = 4, "\n" .. value } }
end

local function words(user, action)
  return page.form(action, { h.h2 { "Profile" },
    page.field("Name", "name", { value = user.name, autocomplete = "off" }),
    area("Bio", "biography", user.biography),
    page.field("Website", "website", { value = user.website, inputmode = "url",
      autocomplete = "off" }),
    page.button("Save", "do", "words") })
end

local function privacy(user, action)
  local private = user.private == 1
  return page.form(action, { h.h2 { "Account privacy" },
    h.p { private and "Your account is private: only you see your posts here."
      or "Your account is public: everybody sees your posts." },
    h.p { class = "hint", "An app may read either, once you gave it permission; that "
      .. "of a private account cannot be extended after 90 days." },
    page.button(private and "Switch to public" or "Switch to private", "do",
      private and "public" or "private") })
end

local types = { { "PERSONAL", "Personal" }, { "BUSINESS", "Business" },
  { "MEDIA_CREATOR", "Creator" } }

local function kind(user, action)
  return page.form(action, { h.h2 { "Account type" },
    page.choice("Type", "account_type", types, user.account_type),
    h.p { class = "hint", "The Instagram API with Instagram Login takes business and "
      .. "creator accounts only." },
    page.button("Change", "do", "type") })
end

local function password(action)
  return page.form(action, { h.h2 { "Password" },
    h.p { "The sandbox has no passwords. This does what a new one does: all apps' "
      .. "tokens and codes of yours die, and you are logged out everywhere." },
    page.button("Change password", "do", "password") })
end

local function show(ctx, user)
  local action = parts.path(user, "edit")
  return page.answer(ctx, { title = "Edit profile", body = {
    parts.who(ctx), parts.menu(user, "edit"), h.h1 { "Edit profile" },
    words(user, action), privacy(user, action), kind(user, action),
    password(action),
  } })
end

local acts = {} -- value of the button -> function(ctx): what changes

function acts.words(ctx)
  return { name = ctx:form("name"), biography = ctx:form("biography"),
    website = ctx:form("website") }
end

function acts.private() return { private = true } end
acts["public"] = function() return { private = false } end
function acts.type(ctx) return { account_type = ctx:form("account_type") } end
function acts.password() return { password_changed = true } end

--- GET and POST /people/NAME/edit, of who is logged in.
function edit.answer(ctx, user)
  if ctx.method ~= "POST" then return show(ctx, user) end
  local act = acts[ctx:form("do") or ""]
  if not act then return page.problem(ctx, 400, "That form is not of this page.") end
  local changes = act(ctx)
  ctx.world.store:atomically(function() users.update(ctx.world, user, changes) end)
  local path = parts.path(user, "edit")
  if changes.password_changed then path = parts.login_path(path) end
  return page.see_other(ctx, path)
end

return edit
