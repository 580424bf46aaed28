--- People's pages: who lives here, their profiles and posts as anybody sees them, and
--- what they may change themselves once they are logged in. Knows which page answers
--- which path; the pages are in people_*.lua.

local h = require "instagram.sandbox.pages.html"
local logins = require "instagram.sandbox.logins"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local users = require "instagram.sandbox.users"

local people = {}

local SHOWN = 60 -- people on a page of the list

-- name of the page after the username -> module
local own_pages = {
  edit = "instagram.sandbox.pages.people_edit",
  apps = "instagram.sandbox.pages.people_apps",
}

local function card(ctx, user)
  local badges = { user.private == 1 and "private" or nil, parts.kind(user) }
  return h.li { h.a { class = "card", href = parts.path(user), page.face(ctx, user),
    h.span { class = "hint", table.concat(badges, " · ", user.private == 1 and 1 or 2,
      2) } } }
end

local function pager(number, more)
  if number == 1 and not more then return nil end
  return h.nav { class = "pager", ["aria-label"] = "Pages",
    number > 1 and h.a { href = "/people/?page=" .. number - 1, "Back" },
    more and h.a { href = "/people/?page=" .. number + 1, "More people" } }
end

local function list(ctx)
  local number = math.max(1, math.floor(tonumber(ctx:param("page")) or 1))
  local all, cards = users.all(ctx.world), {}
  for i = (number - 1) * SHOWN + 1, math.min(number * SHOWN, #all) do
    cards[#cards + 1] = card(ctx, all[i])
  end
  return page.answer(ctx, { title = "People", body = {
    parts.who(ctx), h.h1 { "People" },
    #cards > 0 and h.ul { class = "cards", cards }
      or h.p { "Nobody is here. The control call ", h.code { "add_user" },
        " makes an account." },
    pager(number, number * SHOWN < #all),
  } })
end

-- Others may look at nobody's settings.
local function own_page(ctx, user, module, rest)
  local viewer = logins.current(ctx)
  if viewer and viewer.id == user.id then
    return require(module).answer(ctx, user, rest)
  end
  return page.answer(ctx, { title = "Log in", status = 403, body = {
    parts.who(ctx), h.h1 { "Log in as " .. user.username },
    h.p { "Only " .. user.username .. " can see and change this." },
    h.p { h.a { href = parts.login_path(ctx.request.path), "Log in" } },
  } })
end

--- GET /people/, /people/NAME; GET and POST /people/NAME/edit and /people/NAME/apps.
function people.answer(ctx, rest)
  if rest == "" then return list(ctx) end
  local name, more = rest:match("^([%w._]+)/?(.*)$")
  local user = name and users.by_typed(ctx.world, name)
  if not user then return nil end
  local place = more:gsub("/$", "")
  if place == "" then
    return require("instagram.sandbox.pages.people_profile").answer(ctx, user)
  end
  local first, below = place:match("^([^/]+)/?(.*)$")
  if own_pages[first] then return own_page(ctx, user, own_pages[first], below) end
end

return people
