--- All switches with what they mean: changed by one form, put back by another.

local errors = require "instagram.sandbox.errors"
local h = require "instagram.sandbox.pages.html"
local page = require "instagram.sandbox.pages.page"
local settings = require "instagram.sandbox.settings"
local tools = require "instagram.sandbox.pages.tools"
local words = require "instagram.sandbox.pages.tools_words"

local own = {}

local PATH = "/sandbox/settings"

-- --- the form -----------------------------------------------------------------------

-- A control under its name, with its meaning below.
local function labelled(name, control, meaning)
  return h.div { class = "field setting", h.label { ["for"] = "f-" .. name, name },
    control, meaning and h.p { class = "hint", id = "h-" .. name, meaning } }
end

local function attributes(name, meaning)
  return { id = "f-" .. name, name = name,
    ["aria-describedby"] = meaning and "h-" .. name }
end

local function select_of(name, meaning, values, current)
  local control = attributes(name, meaning)
  for i, value in ipairs(values) do
    control[i] = h.option { value = value[1], selected = value[1] == current, value[2] }
  end
  return labelled(name, h.select(control), meaning)
end

local function input_of(name, meaning, value, more)
  local control = attributes(name, meaning)
  control.value = value ~= nil and (type(value) == "number" and ("%.0f"):format(value)
    or value) or ""
  for key, extra in pairs(more or {}) do control[key] = extra end
  return labelled(name, h.input(control), meaning)
end

local function error_names()
  local names = { { "", "none" } }
  for i, name in ipairs(tools.names(errors.graph)) do names[i + 1] = { name, name } end
  return names
end

local shown = {} -- kind -> function(name, meaning, known, value) -> node

function shown.boolean(name, meaning, _, value)
  return select_of(name, meaning, { { "true", "yes" }, { "false", "no" } },
    tostring(value))
end

function shown.number(name, meaning, known, value)
  return input_of(name, meaning, value, { type = "number", step = "1",
    min = ("%.0f"):format(known.least), max = ("%.0f"):format(known.most) })
end

function shown.choice(name, meaning, known, value)
  local values = {}
  for i, allowed in ipairs(known) do values[i] = { allowed, allowed } end
  return select_of(name, meaning, values, value)
end

function shown.error(name, meaning, _, value)
  return select_of(name, meaning, error_names(), value or "")
end

function shown.header(name, meaning, known, value)
  local inputs = {}
  for i, member in ipairs(tools.names(known.members)) do
    inputs[i] = input_of(name .. "." .. member, nil, (value or {})[member])
  end
  return h.fieldset { h.legend { name }, h.p { class = "hint", meaning }, inputs }
end

-- The groups of tools_words, and what they do not know of.
local function groups()
  local list, listed, rest = {}, {}, { "More" }
  for i, group in ipairs(words.settings) do
    list[i] = group
    for j = 2, #group do listed[group[j][1]] = true end
  end
  for _, name in ipairs(tools.names(settings.known)) do
    if not listed[name] then rest[#rest + 1] = { name } end
  end
  if #rest > 1 then list[#list + 1] = rest end
  return list
end

local function fields(ctx)
  local out = {}
  for _, group in ipairs(groups()) do
    local controls = { class = "settings" }
    for j = 2, #group do
      local name, known = group[j][1], settings.known[group[j][1]]
      controls[j - 1] = known and shown[known.kind](name, group[j][2], known,
        ctx.world.settings[name])
    end
    out[#out + 1] = { h.h2 { group[1] }, h.div(controls) }
  end
  return out
end

-- --- what was sent ------------------------------------------------------------------

local read = {} -- kind -> function(ctx, name, known) -> value, nil: not in the form

function read.boolean(ctx, name)
  local text = ctx:form(name)
  if text == "true" then return true end
  if text == "false" then return false end
  return text
end

function read.number(ctx, name, known)
  local text = ctx:form(name)
  if text == "" and known.default == nil then return false end
  return tools.number(text) or text
end

function read.choice(ctx, name) return ctx:form(name) end

function read.error(ctx, name)
  local text = ctx:form(name)
  if text == "" then return false end
  return text
end

function read.header(ctx, name, known)
  local value, sent = {}, false
  for member, kind in pairs(known.members) do
    local text = ctx:form(name .. "." .. member)
    sent = sent or text ~= nil
    if text and text ~= "" then
      value[member] = kind == "string" and text or tools.number(text)
    end
  end
  if not sent then return nil end
  return next(value) ~= nil and value or false
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for name, value in pairs(a) do
    if b[name] ~= value then return false end
  end
  for name in pairs(b) do
    if a[name] == nil then return false end
  end
  return true
end

local function changes_of(ctx)
  local changes = {}
  for name, known in pairs(settings.known) do
    local value, now = read[known.kind](ctx, name, known), ctx.world.settings[name]
    local unset = value == false and known.default == nil and now == nil
    if value ~= nil and not unset and not same(value, now) then
      changes[name] = value
    end
  end
  return changes
end

local function show(ctx)
  return page.answer(ctx, { title = "Settings", body = { h.h1 { "Settings" },
    h.p { "What the sandbox does where nothing, or more than one thing, was observed, "
      .. "and its limits. The manual tells the evidence for each." },
    page.form(PATH, { fields(ctx), page.button("Save", "do", "save") }),
    page.form(PATH, { h.h2 { "Start over" },
      h.p { "Settings, faults and journal as at the start; people, media, tokens and "
        .. "clock stay." },
      page.button("Reset", "do", "reset", "quiet") }) } })
end

--- GET and POST /sandbox/settings.
function own.answer(ctx)
  if ctx.method ~= "POST" then return show(ctx) end
  if ctx:form("do") == "reset" then
    tools.run(ctx, "reset", {})
  else
    tools.run(ctx, "settings", changes_of(ctx))
  end
  return page.see_other(ctx, PATH)
end

return own
