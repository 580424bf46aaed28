--- The front page: who lives here, how an app is logged in, how its token is used, and
--- where everything else is.

local apps = require "instagram.sandbox.apps"
local clock = require "instagram.sandbox.clock"
local generator = require "instagram.sandbox.generator"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local users = require "instagram.sandbox.users"

local front = {}

local SHOWN_MAX = 12

local function residents(ctx)
  local people, count = users.first(ctx.world, SHOWN_MAX)
  local items = {}
  for i, user in ipairs(people) do
    items[i] = h.li { h.a { class = "person", href = "/people/" .. user.username .. "/",
      page.face(ctx, user) } }
  end
  if count == 0 then return h.p { "Nobody yet." } end
  return { h.ul { class = "shelf", items }, count > #people
    and h.p { h.a { href = "/people/", ("All %d people"):format(count) } } }
end

local about = {
  basic_display = "Instagram Basic Display API: profile, photos, videos, albums of any "
    .. "account. Switched off by Meta in December 2024, alive here.",
  instagram_login = "Instagram API with Instagram Login: its living successor, for "
    .. "business and creator accounts.",
}

local function app_boxes(ctx)
  local items = {}
  for i, app in ipairs(apps.all(ctx.world)) do
    if i > SHOWN_MAX then break end
    items[i] = h.li { h.div { class = "box", h.h3 { app.name },
      h.p { class = "hint", about[app.flavour] },
      h.p { "Instagram App ID ", h.code { app.client_id } },
      h.p { h.a { class = "button", href = generator.window(ctx:origin(), app),
        "Log in",
        h.span { class = "unseen", " with " .. app.name } }, " ",
        h.a { class = "button quiet", href = "/apps/" .. app.client_id .. "/",
          "Dashboard", h.span { class = "unseen", " of " .. app.name } } } } }
  end
  return h.ul { class = "shelf", items }
end

local function curl_lines(ctx)
  local origin = ctx.origins.graph
  return h.pre { h.code {
    "TOKEN=...   # of the last step\n",
    "curl \"" .. origin .. "/me?fields=id,username&access_token=$TOKEN\"\n",
    "curl \"" .. origin .. "/me/media?fields=caption,media_url&access_token=$TOKEN\"",
  } }
end

local places = {
  { "/apps/", "App Dashboard", "Apps, their ids and secrets, redirect addresses, "
    .. "testers, review, the token generator." },
  { "/people/", "People", "Profiles and posts; what apps may do with them." },
  { "/sandbox/journal", "Journal", "Every request, and why it was refused." },
  { "/sandbox/clock", "Clock", "Let an hour pass, or sixty days." },
  { "/sandbox/faults", "Faults", "Order a bad day: errors, cuts, silence." },
  { "/sandbox/callbacks", "Callbacks", "What apps were told of people who left, and "
    .. "what they answered." },
  { "/sandbox/snapshots", "Snapshots", "Remember all of it, and come back." },
  { "/sandbox/settings", "Settings", "Limits, and what was never recorded." },
}

local function place_boxes()
  local items = {}
  for i, place in ipairs(places) do
    items[i] = h.li { h.div { class = "box",
      h.h3 { h.a { href = place[1], place[2] } }, h.p { class = "hint", place[3] } } }
  end
  return h.ul { class = "shelf", items }
end

--- /, for those who want a page.
function front.answer(ctx)
  return page.answer(ctx, { title = "Instagram sandbox", body = {
    h.h1 { "A local Instagram" },
    h.p { class = "lead", "Its people and pictures are made up; its API answers as "
      .. "Instagram was recorded to answer. It stands at ", h.b { clock.day(ctx.now) },
      " until you move its ", h.a { href = "/sandbox/clock", "clock" }, "." },
    h.h2 { "Who lives here" }, residents(ctx),
    h.h2 { "Log in with an app" },
    h.p { "The Authorization Window asks who you are, and what the app may see. There "
      .. "are no passwords. In the end you get a token." },
    app_boxes(ctx),
    h.h2 { "Read with its token" }, curl_lines(ctx),
    h.h2 { "Behind the scenes" }, place_boxes(),
  } })
end

return front
