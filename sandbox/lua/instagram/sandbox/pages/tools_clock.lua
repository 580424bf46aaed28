--- The sandbox's clock: what it shows, and the ways to move it.

local clock = require "instagram.sandbox.clock"
local check = require "instagram.sandbox.check"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local parts = require "instagram.sandbox.pages.people_parts"
local posts = require "instagram.sandbox.posts"
local tools = require "instagram.sandbox.pages.tools"

local own = {}

local PATH = "/sandbox/clock"
local HOUR, DAY = 3600, 86400

local steps = {
  { 60, "+1 minute" }, { HOUR, "+1 hour", "a code is over" },
  { DAY, "+1 day", "a new token may be refreshed" },
  { 60 * DAY, "+60 days", "a long-lived token is over" },
  { 90 * DAY, "+90 days", "a permission is over" },
}

local weekdays = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
  "Saturday" }

local function face(now)
  local _, _, _, hour, min, sec, weekday = clock.parts(now)
  return h.p { class = "now", h.time { datetime = clock.iso(now):sub(1, 19) .. "Z",
    ("%s, %s, %02d:%02d:%02d UTC"):format(weekdays[weekday + 1], parts.date(now), hour,
      min, sec) } }
end

local function stepper()
  local buttons = {}
  for i, step in ipairs(steps) do
    buttons[i] = h.p { page.button(step[2], "seconds", ("%.0f"):format(step[1])),
      " ", step[3] and h.span { class = "hint", step[3] } }
  end
  return page.form(PATH, { h.h2 { "Move it" }, buttons })
end

local function setter(now)
  return page.form(PATH, { h.h2 { "Set it" },
    page.field("Date and time (UTC)", "now", { type = "datetime-local", step = "1",
      value = clock.iso(now):sub(1, 19), required = true }),
    page.button("Set") })
end

-- Pictures brought in, or a clock set back: what is dated in the future surprises.
local function later(world)
  local items = {}
  for i, row in ipairs(posts.later(world)) do
    items[i] = h.li { h.a { href = "/people/" .. row.username, row.username }, ": ",
      row.count == 1 and "1 post, of " or ("%.0f posts, up to "):format(row.count),
      parts.time(row.newest) }
  end
  return #items > 0 and { h.h2 { "In its future" },
    h.p { "Posts with a date that the clock has not reached. They are shown, as they "
      .. "are; on Instagram there are none. Set the clock after the newest." },
    h.ul { items } }
end

local function move(ctx)
  local seconds, now = tools.number(ctx:form("seconds")), ctx:form("now")
  if seconds then return tools.run(ctx, "advance_clock", { seconds = seconds }) end
  local epoch = clock.read(now or "")
  if not epoch then check.misuse("The clock needs a date from 1970 to 2242.") end
  return tools.run(ctx, "set_clock", { now = epoch })
end

--- GET and POST /sandbox/clock.
function own.answer(ctx)
  if ctx.method == "POST" then
    move(ctx)
    return page.see_other(ctx, PATH)
  end
  return page.answer(ctx, { title = "Clock", body = { h.h1 { "Clock" },
    face(ctx.now),
    h.p { "The only clock of the sandbox. It stands still until it is moved; codes, "
      .. "tokens, grants, invitations and versions follow it." },
    stepper(), setter(ctx.now), later(ctx.world) } })
end

return own
