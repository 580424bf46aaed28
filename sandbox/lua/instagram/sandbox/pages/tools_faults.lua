--- Bad days: what is ordered with how much is left of it, and a form for each kind.

local errors = require "instagram.sandbox.errors"
local faults = require "instagram.sandbox.faults"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local tools = require "instagram.sandbox.pages.tools"
local words = require "instagram.sandbox.pages.tools_words"

local own = {}

local PATH = "/sandbox/faults"

-- Members of every kind, in the order they are asked for.
local common = { "on", "method", "times", "after", "probability", "seed", "seconds" }

local sorted = tools.names

local function own_members(kind)
  local names = {}
  for _, name in ipairs(sorted(faults.kinds[kind])) do
    if not faults.of_every_kind[name] then names[#names + 1] = name end
  end
  return names
end

-- --- what is ordered ----------------------------------------------------------------

local skipped = { number = true, kind = true, on = true, left = true, met = true,
  times = true }

local function text_of(value)
  return type(value) == "table" and table.concat(value, ", ") or tostring(value)
end

local function details_of(fault)
  local texts = {}
  for _, name in ipairs(sorted(fault)) do
    if not skipped[name] then
      texts[#texts + 1] = name .. " " .. text_of(fault[name])
    end
  end
  return table.concat(texts, "; ")
end

local function clear_button(fault)
  return page.form(PATH, { h.input { type = "hidden", name = "do", value = "clear" },
    h.button { type = "submit", name = "number", class = "quiet",
      value = ("%.0f"):format(fault.number), "Clear",
      h.span { class = "unseen", " fault " .. text_of(fault.number) } } })
end

local function left_of(fault)
  return fault.left and ("%.0f of %.0f"):format(fault.left, fault.times)
    or "until cleared"
end

local function ordered(ctx)
  local list, rows = ctx.world.faults:shown(ctx.now), {}
  for i, fault in ipairs(list) do
    rows[i] = { fault.kind, h.code { fault.on or "*" }, left_of(fault),
      text_of(fault.met), details_of(fault), clear_button(fault) }
  end
  if #rows == 0 then return h.p { "No fault is ordered: a good day." } end
  local columns = { "Kind", "On", "Left", "Met", "More", "Clear" }
  return { page.table("Ordered faults", columns, rows),
    page.form(PATH, { page.button("Clear all", "do", "clear", "quiet") }) }
end

-- --- ordering -----------------------------------------------------------------------

local function choice(kind, name, label, values)
  local options = { { "", "as usual" } }
  for _, value in ipairs(values) do options[#options + 1] = { value, value } end
  return page.choice(label, name, options, "", "f-" .. kind .. "-" .. name)
end

local function field(kind, name)
  local label = words.members[name] or name
  if name == "error" then
    return choice(kind, name, label, sorted(errors.graph))
  elseif name == "how" then
    return choice(kind, name, label, sorted(faults.tls))
  end
  return page.field(label, name, { id = "f-" .. kind .. "-" .. name,
    autocomplete = "off", inputmode = faults.kinds[kind][name] ~= "string"
      and name ~= "statuses" and "decimal" })
end

local function order_form(entry)
  local kind, fields = entry[1], {}
  for i, name in ipairs(own_members(kind)) do fields[i] = field(kind, name) end
  for _, name in ipairs(common) do
    if faults.kinds[kind][name] then fields[#fields + 1] = field(kind, name) end
  end
  return h.details { class = "order", h.summary { h.b { entry[2] }, " ", entry[3] },
    page.form(PATH, { h.input { type = "hidden", name = "kind", value = kind }, fields,
      h.button { type = "submit", name = "do", value = "order", "Order",
        h.span { class = "unseen", ": " .. entry[2] } } }) }
end

local function show(ctx)
  local forms = {}
  for i, entry in ipairs(words.faults) do
    forms[i] = faults.kinds[entry[1]] and order_form(entry)
  end
  return page.answer(ctx, { title = "Faults", body = { h.h1 { "Faults" },
    ordered(ctx), h.h2 { "Order one" }, forms } })
end

-- --- what was sent ------------------------------------------------------------------

local function list_of(text)
  local list = {}
  for word in text:gmatch("[^,%s]+") do list[#list + 1] = tools.number(word) end
  return list
end

local function spec_of(ctx)
  local kind = ctx:form("kind") or ""
  local spec = { kind = kind }
  for name, member in pairs(faults.kinds[kind] or {}) do
    local text = ctx:form(name)
    if text and text:find("%S") and name ~= "kind" then
      if member == "string" then
        spec[name] = text
      else
        spec[name] = member == "table" and list_of(text) or tools.number(text)
      end
    end
  end
  return spec
end

--- GET and POST /sandbox/faults.
function own.answer(ctx)
  if ctx.method ~= "POST" then return show(ctx) end
  if ctx:form("do") == "clear" then
    tools.run(ctx, "clear_faults", { number = tools.number(ctx:form("number")) })
  else
    tools.run(ctx, "fault", spec_of(ctx))
  end
  return page.see_other(ctx, PATH)
end

return own
