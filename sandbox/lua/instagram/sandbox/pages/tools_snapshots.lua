--- Snapshots in memory: taken, come back to, forgotten.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local snapshots = require "instagram.sandbox.snapshots"
local tools = require "instagram.sandbox.pages.tools"

local own = {}

local PATH = "/sandbox/snapshots"

-- Button -> the control call, and what is said when it was done.
local acts = {
  take = { "snapshot", "Taken." },
  restore = { "restore", "Restored: the sandbox is as it was then." },
  forget = { "forget_snapshot", "Forgotten." },
}

local function button(act, label, title, class)
  return h.button { type = "submit", name = "do", value = act, class = class, label,
    h.span { class = "unseen", ": " .. title } }
end

local function shown(snapshot)
  local title = snapshot.name == "" and "Without a name" or snapshot.name
  return h.li { class = "entry", h.h3 { title },
    h.p { class = "hint", "The clock stood at ", clock.moment(snapshot.now), " UTC." },
    page.form(PATH, { class = "acts",
      h.input { type = "hidden", name = "name", value = snapshot.name },
      button("restore", "Restore", title),
      button("forget", "Forget", title, "quiet") }) }
end

local function kept(world)
  local items = {}
  for i, snapshot in ipairs(snapshots.list(world)) do items[i] = shown(snapshot) end
  if #items == 0 then return h.p { class = "empty", "No snapshot was taken." } end
  return { h.p { "What came after a snapshot is lost when it is restored, but for the "
    .. "journal, and you may have to log in again." },
    h.ol { class = "journal", items } }
end

local function show(ctx)
  local done = acts[ctx:query("done") or ""]
  return page.answer(ctx, { title = "Snapshots", body = { h.h1 { "Snapshots" },
    done and h.p { class = "done", role = "status", done[2] },
    h.p { "A snapshot is the whole sandbox at one moment: people, posts, apps, tokens, "
      .. "clock, settings, faults. These are kept in memory until the sandbox stops; "
      .. "the control call ", h.code { "snapshot" }, " also writes files." },
    page.form(PATH, { h.h2 { "Take one" },
      page.field("Name (another of that name is replaced; may be left out)", "name",
        { maxlength = "100", autocomplete = "off" }),
      page.button("Take", "do", "take") }),
    h.h2 { "Taken" }, kept(ctx.world) } })
end

--- GET and POST /sandbox/snapshots.
function own.answer(ctx)
  if ctx.method ~= "POST" then return show(ctx) end
  local done = ctx:form("do") or ""
  local act = acts[done] or check.misuse("There is no such button.")
  tools.run(ctx, act[1], { name = ctx:form("name") or "" })
  return page.see_other(ctx, PATH .. "?done=" .. done)
end

return own
