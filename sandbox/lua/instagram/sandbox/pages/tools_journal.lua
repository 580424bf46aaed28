--- The journal for people: each request, newest first, with what was answered and, in
--- plain words, why it was refused. Secrets were cut out before an entry was kept.

local clock = require "instagram.sandbox.clock"
local escape = require "instagram.sandbox.escape"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local tools = require "instagram.sandbox.pages.tools"

local own = {}

local PATH = "/sandbox/journal"
local SHOWN = 50 -- entries on a page

local outcomes = { { "", "all" }, { "refused", "refused" }, { "fine", "not refused" },
  { "fault", "with a fault" } }

local keeps = {} -- outcome -> function(entry)

-- A handshake that a fault spoiled has no status.
function keeps.refused(entry)
  return entry.refused ~= nil or (entry.status or 0) >= 400
end

function keeps.fine(entry) return not keeps.refused(entry) end
function keeps.fault(entry) return entry.fault ~= nil end

local function wanted_by(ctx)
  local wanted = { path = ctx:param("path") or "", show = ctx:param("show") or "",
    endpoint = ctx:param("endpoint") or "" }
  wanted.before = tools.number(ctx:param("before"))
  if type(wanted.before) ~= "number" then wanted.before = nil end
  return wanted
end

local function fits(entry, wanted)
  local keep = keeps[wanted.show]
  return (not wanted.before or entry.number < wanted.before)
    and (wanted.path == "" or entry.path:find(wanted.path, 1, true) ~= nil)
    and (wanted.endpoint == "" or entry.endpoint == wanted.endpoint)
    and (not keep or keep(entry))
end

-- Newest first, one more than is shown; and the endpoints there are.
local function select_entries(world, wanted)
  local all, found, endpoints = world.journal:list(), {}, {}
  for i = #all, 1, -1 do
    local entry = all[i]
    if entry.endpoint then endpoints[entry.endpoint] = true end
    if #found <= SHOWN and fits(entry, wanted) then found[#found + 1] = entry end
  end
  return found, endpoints
end

local function filter(wanted, endpoints)
  local names = {}
  for name in pairs(endpoints) do names[#names + 1] = name end
  table.sort(names)
  local options = { { "", "any" } }
  for _, name in ipairs(names) do options[#options + 1] = { name, name } end
  return h.form { class = "filter", action = PATH, method = "get",
    page.field("Path contains", "path", { value = wanted.path }),
    page.choice("Endpoint", "endpoint", options, wanted.endpoint),
    page.choice("Show", "show", outcomes, wanted.show),
    page.button("Filter") }
end

-- Names that stand for ids, asked for once a page.
local function names_of(world)
  local known = {}
  return function(id, sql)
    if id == nil then return nil end
    if known[id] == nil then
      local row = world.store:one(sql, id)
      known[id] = row and (row.username or row.name) or id
    end
    return known[id]
  end
end

-- Number, moment, endpoint, person and app.
local function summary_of(entry, names)
  local user = names(entry.user_id, "SELECT username FROM users WHERE id = ?")
  local app = names(entry.client_id, "SELECT name FROM apps WHERE client_id = ?")
  local texts = { "#" .. entry.number,
    clock.moment(entry.time) .. " UTC" }
  if entry.endpoint then texts[#texts + 1] = entry.endpoint end
  if user then texts[#texts + 1] = user end
  if app then texts[#texts + 1] = app end
  return table.concat(texts, " · ")
end

local function form_of(entry)
  if not entry.form or #entry.form == 0 then return nil end
  local rows = {}
  for i, pair in ipairs(entry.form) do
    rows[i] = { h.dt { pair[1] }, h.dd { pair[2] } }
  end
  return h.details { h.summary { "Form" }, h.dl { rows } }
end

local function notes_of(entry)
  local items = {}
  for i, note in ipairs(entry.notes or {}) do items[i] = h.li { note } end
  return #items > 0 and h.ul { items }
end

local function shown(entry, names)
  local class = keeps.refused(entry) and "entry refused" or "entry"
  local query = entry.query ~= "" and "?" .. entry.query or ""
  return h.li { class = class, id = "n" .. entry.number,
    h.p { h.span { class = "status", entry.status or "-" }, " ",
      h.code { entry.method .. " " .. entry.path .. query } },
    h.p { class = "hint", summary_of(entry, names) },
    entry.refused and h.p { h.b { entry.refused },
      entry.reason and ": " .. entry.reason } or entry.reason and h.p { entry.reason },
    entry.choice and h.p { "The person's choice: ", h.b { entry.choice },
      entry.granted and " (" .. entry.granted .. ")" },
    entry.fault and h.p { "Fault: ", h.b { entry.fault } },
    notes_of(entry), form_of(entry) }
end

local function older(wanted, entry)
  local query = {}
  for _, name in ipairs({ "path", "endpoint", "show" }) do
    if wanted[name] ~= "" then
      query[#query + 1] = name .. "=" .. escape.encode(wanted[name])
    end
  end
  query[#query + 1] = "before=" .. entry.number
  return h.nav { class = "pager", ["aria-label"] = "Pages",
    h.a { href = PATH .. "?" .. table.concat(query, "&"), "Older requests" } }
end

local function show(ctx)
  local wanted, names = wanted_by(ctx), names_of(ctx.world)
  local found, endpoints = select_entries(ctx.world, wanted)
  local items = {}
  for i = 1, math.min(#found, SHOWN) do items[i] = shown(found[i], names) end
  return page.answer(ctx, { title = "Journal", body = { h.h1 { "Journal" },
    filter(wanted, endpoints),
    #items > 0 and h.ol { class = "journal", reversed = true, items }
      or h.p { class = "empty", "No request to show." },
    found[SHOWN + 1] and older(wanted, found[SHOWN]),
    page.form(PATH, { page.button("Clear the journal", "do", "clear", "quiet") }),
  } })
end

--- GET and POST /sandbox/journal.
function own.answer(ctx)
  if ctx.method ~= "POST" then return show(ctx) end
  tools.run(ctx, "clear_requests", {})
  return page.see_other(ctx, PATH)
end

return own
