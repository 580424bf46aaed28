--- The Authorization Window as a person sees it: log in, see who asks for what, untick
--- what may be unticked, allow or cancel. Each step is a form posted to the window's
--- own address, whose parameters are checked anew every time; the form itself says
--- nothing but the person's choice. What the pages look like is invented: of the real
--- ones only texts of refusals are recorded.

local accounts = require "instagram.sandbox.pages.accounts"
local clock = require "instagram.sandbox.clock"
local h = require "instagram.sandbox.pages.html"
local hosts = require "instagram.sandbox.hosts"
local json = require "instagram.sandbox.json"
local logins = require "instagram.sandbox.logins"
local oauth = require "instagram.sandbox.oauth"
local page = require "instagram.sandbox.pages.page"
local pages = require "instagram.sandbox.pages"
local respond = require "instagram.sandbox.respond"
local tokens = require "instagram.sandbox.tokens"
local users = require "instagram.sandbox.users"
local words = require "instagram.sandbox.pages.permission_words"

local window = {}

-- --- small things -------------------------------------------------------------------

-- The address of the window as it was asked for: every form goes back to it.
local function address_of(ctx)
  local query = ctx.request.query or ""
  return ctx.request.path .. (query ~= "" and "?" .. query or "")
end

local function frame(ctx, title, status, body)
  return page.answer(ctx, { title = title, status = status, bare = true, body = {
    h.div { class = "sheet", body },
    h.p { class = "hint", "Authorization Window of the Instagram sandbox" },
  } })
end

local function is_true(value) return value == "true" or value == "1" end

-- The dashboard's own addresses said force_authentication, later force_reauth.
local function is_forced(ctx)
  return is_true(ctx:query("force_reauth"))
    or is_true(ctx:query("force_authentication"))
end

-- What a login asked for anew is good for: this address and no other.
local function purpose_of(ctx)
  return is_forced(ctx) and ctx.world.native.sha1_hex(address_of(ctx)) or nil
end

-- Ties a form to the login and the address it was shown for: another account, logged
-- in meanwhile in another tab, must not allow what it never saw.
local function seal_of(ctx, login)
  return ctx.world.ids:url_text("window/" .. login.id .. "/" .. address_of(ctx), 22)
end

-- --- logging in ---------------------------------------------------------------------

-- The successor's login page has the button unless it is told not to.
local function facebook(ctx, asked)
  local value = ctx:query("enable_fb_login")
  if asked.flavour.name ~= "instagram_login" or value == "false" or value == "0" then
    return nil
  end
  return h.details { class = "facebook",
    h.summary { class = "button quiet", "Log in with Facebook" },
    h.p { role = "note", "The sandbox has no Facebook. Choose an account here." } }
end

local function login_page(ctx, asked, problem)
  return frame(ctx, "Log in", problem and 400 or 200, {
    h.h1 { "Log in" },
    h.p { is_forced(ctx) and "Log in again" or "Log in", " to go on to ",
      h.b { asked.app.name }, "." },
    accounts.chooser(ctx, address_of(ctx), h.input { type = "hidden", name = "choice",
      value = "login" }, problem, ctx:form("username")),
    facebook(ctx, asked),
  })
end

local function log_in(ctx, asked)
  local user, problem = accounts.chosen(ctx)
  if not user then return login_page(ctx, asked, problem) end
  ctx.entry.user_id = user.id
  return page.see_other(ctx, address_of(ctx),
    { logins.start(ctx, user, purpose_of(ctx)) })
end

local function switch(ctx)
  return page.see_other(ctx, address_of(ctx), { logins.finish(ctx) })
end

-- --- asking -------------------------------------------------------------------------

local function switch_form(ctx, user)
  return page.form(address_of(ctx), { class = "current",
    h.div { class = "person", page.face(ctx, user) },
    h.p { "Not you? ",
      page.button("Switch account", "choice", "switch", "link") } })
end

local function permission(asked, scope)
  local required = scope == asked.flavour.required_scope
  local id, text = "scope-" .. scope, words[scope]
  return h.li { class = "permission",
    h.label { ["for"] = id, text[1], required and h.span { " (required)" } },
    h.input { type = "checkbox", id = id, name = "scope", value = scope, checked = true,
      disabled = required, ["aria-describedby"] = id .. "-about" },
    h.p { id = id .. "-about", text[2] } }
end

-- Whether Instagram asks a person again who has allowed the app before is not recorded:
-- the sandbox does (invented; the setting window_again).
local function allowed_before(ctx, asked, user)
  local grant = tokens.find_grant(ctx.world, asked.app, user)
  return grant and h.p { class = "note", "You let this app in on "
    .. clock.day(grant.granted) .. ". What you choose now takes its place." }
end

local function choice_form(ctx, asked, login)
  local items = {}
  for i, scope in ipairs(asked.scopes) do items[i] = permission(asked, scope) end
  return page.form(address_of(ctx), {
    h.input { type = "hidden", name = "seal", value = seal_of(ctx, login) },
    h.fieldset { h.legend { "It asks for" }, h.ul { class = "permissions", items } },
    h.div { class = "choice", page.button("Allow", "choice", "allow"),
      page.button("Cancel", "choice", "cancel", "quiet") } })
end

-- Stands for the app's icon. Names are UTF-8: all bytes of the first character.
local function initial(app)
  return h.span { class = "tile-of", ["aria-hidden"] = "true",
    app.name:match("^[%z\1-\127\194-\244][\128-\191]*") or "?" }
end

local function choice_page(ctx, asked, user, login)
  return frame(ctx, "Allow " .. asked.app.name .. "?", 200, {
    h.h1 { class = "asking", initial(asked.app), asked.app.name,
      h.span { " wants access to your account" } },
    switch_form(ctx, user),
    allowed_before(ctx, asked, user),
    choice_form(ctx, asked, login),
    h.p { class = "hint", "Then you go back to ",
      asked.redirect_uri:match("^https?://[^/?]+"), "." },
  })
end

local function sealed(ctx, login)
  if ctx:form("seal") == seal_of(ctx, login) then return true end
  ctx.entry.reason = "the form was not shown for this login: asked anew"
end

local function note_strangers(ctx, asked, ticked)
  for _, name in ipairs(ticked) do
    if not ("," .. table.concat(asked.scopes, ",") .. ","):find("," .. name .. ",", 1,
      true) then
      ctx:note("a permission that was not asked for was sent: ignored")
    end
  end
end

local function decided(ctx, asked, user, login, allow)
  if not sealed(ctx, login) then return page.see_other(ctx, address_of(ctx)) end
  local ticked = ctx:form_list("scope")
  note_strangers(ctx, asked, ticked)
  logins.spend_purpose(ctx.world, login.id)
  return respond.redirect(ctx, oauth.decide(ctx.world, asked, { user = user,
    allow = allow, permissions = ticked }, ctx.entry))
end

-- --- the steps ----------------------------------------------------------------------

-- Who is logged in and may go on here: a user and the login's row.
local function person_of(ctx)
  local login, user = logins.find(ctx), logins.current(ctx)
  if not user or login.purpose ~= purpose_of(ctx) and is_forced(ctx) then return nil end
  ctx.entry.user_id = user.id
  return user, login
end

local function shown(ctx, asked)
  local user, login = person_of(ctx)
  if not user then return login_page(ctx, asked) end
  oauth.check_person(ctx.world, asked, user)
  local skips = ctx.world.settings.window_again == "skip" and ctx.method == "GET"
    and not is_forced(ctx) and oauth.standing(ctx.world, asked, user)
  if not skips then return choice_page(ctx, asked, user, login) end
  ctx:note("granted before: not asked again")
  return respond.redirect(ctx, oauth.decide(ctx.world, asked, { user = user },
    ctx.entry))
end

-- A test that plays a browser with somebody logged in who allows everything.
local function played(ctx, asked, username)
  local user = users.by_name(ctx.world, username)
  if not user then
    ctx.entry.reason = "X-Sandbox-User: no account has that name"
    return respond.control(400, json.object("error", "no account named " .. username))
  end
  ctx.entry.by = "header"
  return respond.redirect(ctx, oauth.decide(ctx.world, asked, { user = user },
    ctx.entry))
end

local function posted(ctx, asked)
  local choice = ctx:form("choice")
  if choice == "login" or choice == "switch" then
    ctx.entry.choice = choice
    return (choice == "login" and log_in or switch)(ctx, asked)
  elseif choice ~= "allow" and choice ~= "cancel" then
    ctx.entry.reason = "the form says neither login, switch, allow nor cancel"
    return page.problem(ctx, 400, "That form is not the window's.")
  end
  local user, login = person_of(ctx)
  if not user then
    ctx.entry.reason = "nobody is logged in here (any more)"
    return page.see_other(ctx, address_of(ctx))
  end
  return decided(ctx, asked, user, login, choice == "allow")
end

local function not_allowed(ctx)
  ctx.entry.reason = "the window takes GET, HEAD and POST"
  return page.answer(ctx, { title = "Not like that", status = 405, bare = true,
    headers = { { "Allow", "GET, HEAD, POST" } },
    body = h.p { "The window takes GET, HEAD and POST." } })
end

local function foreign(ctx)
  ctx.entry.reason = "a form of another site"
  return page.problem(ctx, 403, "Forms of other sites may not answer the window.")
end

--- /oauth/authorize.
function window.answer(ctx)
  ctx.entry.endpoint = "window"
  local method = ctx.method
  if method ~= "GET" and method ~= "HEAD" and method ~= "POST" then
    return not_allowed(ctx)
  end
  local function get(name)
    if method == "POST" then return ctx:query(name) end
    return ctx:param(name)
  end
  local asked = oauth.check(ctx.world, get, ctx:origin())
  ctx.entry.client_id = asked.app.client_id
  if method == "POST" then
    if pages.is_foreign(ctx) then return foreign(ctx) end
    return posted(ctx, asked)
  end
  local username = method == "GET" and ctx.request.headers["x-sandbox-user"]
  if username then return played(ctx, asked, username) end
  return shown(ctx, asked)
end

-- --- refusals -----------------------------------------------------------------------

-- Who is logged in may be the trouble: the wrong person.
local function other_person(ctx, refusal)
  if refusal.name ~= "window_role" and refusal.name ~= "window_no_scopes" then
    return nil
  end
  local user = logins.current(ctx)
  return user and { h.hr {}, switch_form(ctx, user) }
end

-- Refusals with a page of their own: title, text. The second is known as a page only;
-- its text is invented.
local own_pages = {
  window_role = { "Insufficient Developer Role", "Insufficient developer role" },
  window_session = { "400 Session Invalid",
    "This session cannot be used to authorize an app." },
}

-- Under api's real name there is the window alone: the other pages are www's.
local function journal_address(ctx)
  local api = hosts.held(ctx.world, ctx.request) == "api"
  return (api and ctx:origin():gsub("//api", "//www") or "") .. "/sandbox/journal"
end

--- A refusal the way the person sees it; never a redirect to the app.
function window.refusal(ctx, refusal)
  if oauth.style(ctx.world) == "json" and refusal.name ~= "window_session" then
    return respond.flat_error(ctx, refusal)
  end
  local own = own_pages[refusal.name]
  local title = own and own[1] or "Invalid Request"
  local text = own and own[2]
    or "Request parameters are invalid: " .. refusal.message
  return frame(ctx, title, refusal.status, {
    h.h1 { title }, h.p { text },
    refusal.reason and h.details { h.summary { "What the sandbox knows about it" },
      h.p { refusal.reason },
      h.p { h.a { href = journal_address(ctx), "The journal of all requests" } } },
    other_person(ctx, refusal),
  })
end

return window
