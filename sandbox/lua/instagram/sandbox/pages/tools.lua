--- The developer's tools: journal, clock, faults, callbacks, snapshots, settings. What
--- a form does is the control call of that name, by the same rules.

local calls = require "instagram.sandbox.calls"
local check = require "instagram.sandbox.check"
local page = require "instagram.sandbox.pages.page"

local tools = {}

local pages = {
  journal = "instagram.sandbox.pages.tools_journal",
  clock = "instagram.sandbox.pages.tools_clock",
  faults = "instagram.sandbox.pages.tools_faults",
  callbacks = "instagram.sandbox.pages.tools_callbacks",
  snapshots = "instagram.sandbox.pages.tools_snapshots",
  settings = "instagram.sandbox.pages.tools_settings",
}

--- Runs a control call for a form; raises what is wrong, as that does.
function tools.run(ctx, name, args)
  local call = calls[name]
  if call.takes then check.members(args, call.takes, name) end
  return call.run(ctx.world, args)
end

--- A number of a form: as a number where it is one, else as it came, for the check to
--- refuse by name; nil when the field is blank.
function tools.number(text)
  if not text or not text:find("%S") then return nil end
  if text:find("^%s*[+-]?[%d.]+%s*$") then return tonumber(text) or text end
  return text
end

--- The keys of a table, sorted.
function tools.names(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- GET and POST /sandbox/NAME; who types /sandbox means the front page.
function tools.answer(ctx, rest)
  if rest == "" then return page.see_other(ctx, "/") end
  local module = pages[(rest:gsub("/$", ""))]
  return module and require(module).answer(ctx)
end

return tools
