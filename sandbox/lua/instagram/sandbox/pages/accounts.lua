--- Logging in and out as a person. The sandbox has no passwords: whoever is at the
--- browser may be anybody who lives here.

local h = require "instagram.sandbox.pages.html"
local logins = require "instagram.sandbox.logins"
local page = require "instagram.sandbox.pages.page"
local users = require "instagram.sandbox.users"

local accounts = {}

local SHOWN_MAX = 30 -- people with a button of their own; the field takes any name

--- A path of this sandbox to go on to, never an address elsewhere: browsers read a
--- backslash as a slash and leave out control characters.
function accounts.safe_next(path)
  if type(path) ~= "string" or not path:find("^/") or path:find("^//")
    or path:find("[\\%c%s]") then
    return "/"
  end
  return path
end

local function face_buttons(ctx, people)
  local items = {}
  for i, user in ipairs(people) do
    items[i] = h.li { h.button { type = "submit", name = "username", class = "person",
      value = user.username, page.face(ctx, user) } }
  end
  return h.ul { class = "people", items }
end

local function name_form(action, hidden, named)
  return page.form(action, { class = "login", hidden,
    page.field("Username", "username", { value = named, autocomplete = "off",
      autocapitalize = "none", spellcheck = "false", required = true }),
    page.button("Log in") })
end

--- The parts of a page on which one chooses an account or names one.
---@param action string  where the choice is posted to, as `username`
---@param hidden any  further fields of the form
---@param problem string|nil  what was wrong with the last try
---@param named string|nil  the name that was tried
function accounts.chooser(ctx, action, hidden, problem, named)
  local people, count = users.first(ctx.world, SHOWN_MAX)
  return {
    problem and h.p { class = "problem", role = "alert", problem },
    count > 0 and { h.h2 { "Choose an account" },
      page.form(action, { hidden, face_buttons(ctx, people) }) },
    count > 0 and h.p { class = "or", count == #people and "or"
      or ("or one of %d others"):format(count - #people) },
    name_form(action, hidden, named),
    h.p { class = "hint", "The sandbox has no passwords." },
  }
end

--- The account a form names: user, or nil and what is wrong.
function accounts.chosen(ctx)
  local name = (ctx:form("username") or ""):gsub("^[%s@]+", ""):gsub("%s+$", "")
  local user = users.by_typed(ctx.world, name)
  if user then return user end
  if name == "" then return nil, "Name an account." end
  return nil, "There is no account named '" .. name:sub(1, 60) .. "'."
end

local function hidden_next(path)
  return h.input { type = "hidden", name = "next", value = path }
end

local function who_is_here(user, path)
  if not user then return nil end
  return page.form("/accounts/logout/", { class = "current", hidden_next(path),
    h.p { "You are logged in as ", h.b { user.username }, ". " },
    page.button("Log out", nil, nil, "quiet") })
end

local function login_page(ctx, path, problem)
  return page.answer(ctx, { title = "Log in", bare = true,
    status = problem and 400 or 200, body = h.div { class = "sheet",
      h.h1 { "Log in" }, who_is_here(logins.current(ctx), path),
      accounts.chooser(ctx, "/accounts/login/", hidden_next(path), problem,
        ctx:form("username")),
    } })
end

local function login(ctx)
  if ctx.method ~= "POST" then
    return login_page(ctx, accounts.safe_next(ctx:param("next")))
  end
  local path = accounts.safe_next(ctx:form("next"))
  local user, problem = accounts.chosen(ctx)
  if not user then return login_page(ctx, path, problem) end
  return page.see_other(ctx, path, { logins.start(ctx, user) })
end

-- A GET only asks: a link or a picture elsewhere must not log anybody out.
local function logout(ctx)
  local path = accounts.safe_next(ctx:param("next"))
  if ctx.method == "POST" then
    return page.see_other(ctx, path, { logins.finish(ctx) })
  end
  local user = logins.current(ctx)
  local body = h.div { class = "sheet", h.h1 { "Log out" }, who_is_here(user, path)
    or h.p { "Nobody is logged in. ", h.a { href = "/accounts/login/", "Log in" } } }
  return page.answer(ctx, { title = "Log out", bare = true, body = body })
end

--- /accounts/login/?next=PATH and /accounts/logout/.
function accounts.answer(ctx, rest)
  if rest == "login/" or rest == "login" then return login(ctx) end
  if rest == "logout/" or rest == "logout" then return logout(ctx) end
end

return accounts
