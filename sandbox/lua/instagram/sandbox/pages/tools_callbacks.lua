--- Deauthorize and data deletion callbacks: who was called, what came of it.

local callbacks = require "instagram.sandbox.callbacks"
local clock = require "instagram.sandbox.clock"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local tools = require "instagram.sandbox.pages.tools"

local own = {}

local PATH = "/sandbox/callbacks"
local SHOWN = 100

local kinds = { deauthorize = "Deauthorize", deletion = "Data deletion" }

local function outcome(row)
  local tried = row.tries == 1 and "once" or row.tries .. " times"
  return {
    h.p { class = "hint", row.tries > 0 and "Sent " .. tried .. ", last at "
      .. clock.moment(row.tried) .. " UTC. " or "On its way. ",
      row.state == "queued" and row.tries > 0 and "Again at " .. clock.moment(row.due)
        .. " UTC, by the clock." },
    row.status and h.p { "Answered ", h.code { tostring(row.status) } },
    row.problem and h.p { class = "problem", row.problem },
    row.confirmation_code and h.p { "Confirmation code ",
      h.code { row.confirmation_code }, ", status at ",
      h.a { href = row.status_page, rel = "noopener", row.status_page } },
  }
end

local function again(row)
  return page.form(PATH, {
    h.button { type = "submit", name = "id", value = ("%.0f"):format(row.id),
      class = "quiet", "Send again", h.span { class = "unseen",
        " (number " .. row.id .. ")" } } })
end

local function shown(row)
  return h.li { class = row.state == "failed" and "entry refused" or "entry",
    h.h2 { kinds[row.kind] .. ": " .. row.state },
    h.p { row.username, " · ", row.app, " · ", h.code { "POST " .. row.address } },
    outcome(row), again(row) }
end

local function show(ctx)
  local items = {}
  for i, row in ipairs(callbacks.list(ctx.world, nil, SHOWN)) do
    items[i] = shown(row)
  end
  return page.answer(ctx, { title = "Callbacks", body = { h.h1 { "Callbacks" },
    h.p { "An app is called when a person removes it, or wants their data deleted: "
      .. "with a ", h.code { "signed_request" },
      ", at the addresses in its settings." },
    #items > 0 and h.ol { class = "journal", items }
      or h.p { class = "empty", "Nobody was called yet." } } })
end

--- GET and POST /sandbox/callbacks.
function own.answer(ctx)
  if ctx.method ~= "POST" then return show(ctx) end
  tools.run(ctx, "retry_callback", { id = tools.number(ctx:form("id")) or 0 })
  return page.see_other(ctx, PATH)
end

return own
