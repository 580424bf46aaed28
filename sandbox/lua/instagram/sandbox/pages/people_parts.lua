--- Small things people's pages share: addresses, who is logged in, dates, the menu of
--- one's own settings.

local clock = require "instagram.sandbox.clock"
local escape = require "instagram.sandbox.escape"
local h = require "instagram.sandbox.pages.html"
local logins = require "instagram.sandbox.logins"
local page = require "instagram.sandbox.pages.page"

local parts = {}

local kinds = { PERSONAL = "personal", BUSINESS = "business",
  MEDIA_CREATOR = "creator" }

--- What kind of account it is, in a word.
function parts.kind(user) return kinds[user.account_type] end

--- The address of a profile, or of a page below it.
function parts.path(user, below)
  return "/people/" .. user.username .. (below and "/" .. below or "")
end

--- The address of a post.
function parts.post_path(row) return "/p/" .. row.shortcode .. "/" end

--- The login page, which goes on to `path`.
function parts.login_path(path)
  return "/accounts/login/?next=" .. escape.encode(path):gsub("%%2F", "/")
end

--- A line that says who is logged in, with the ways to change that.
function parts.who(ctx)
  local viewer = logins.current(ctx)
  local here = ctx.request.path
  if not viewer then
    return h.p { class = "who", h.a { href = parts.login_path(here), "Log in" } }
  end
  return page.form("/accounts/logout/", { class = "who",
    h.input { type = "hidden", name = "next", value = here },
    h.a { href = parts.path(viewer), page.face(ctx, viewer) },
    page.button("Log out", nil, nil, "quiet") })
end

local months = { "January", "February", "March", "April", "May", "June", "July",
  "August", "September", "October", "November", "December" }

--- A date as people write it: 30 October 2023.
function parts.date(epoch)
  local year, month, day = clock.parts(epoch)
  return ("%d %s %d"):format(day, months[month], year)
end

--- The same as an element that says the exact moment too.
function parts.time(epoch)
  return h.time { datetime = (clock.iso(epoch):gsub("%+0000$", "Z")),
    parts.date(epoch) }
end

--- A number with its thousands parted: 12,345.
function parts.number(value)
  local text = ("%.0f"):format(value)
  repeat
    local count
    text, count = text:gsub("^(%d+)(%d%d%d)", "%1,%2")
  until count == 0
  return text
end

local menu = { { nil, "Profile" }, { "edit", "Edit profile" },
  { "apps", "Apps and Websites" } }

--- The menu on the pages of one's own settings.
---@param place string  which of them this is
function parts.menu(user, place)
  local items = {}
  for i, entry in ipairs(menu) do
    items[i] = h.li { h.a { href = parts.path(user, entry[1]),
      ["aria-current"] = entry[1] == place and "page", entry[2] } }
  end
  return h.nav { class = "menu", ["aria-label"] = "Your account", h.ul { items } }
end

return parts
