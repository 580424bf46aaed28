--- What Meta asks of an app besides its review, from when on: Business Verification,
--- data handling questions, the yearly Data Use Checkup. All of it by the one clock.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local json = require "instagram.sandbox.json"
local read_json = require "instagram.sandbox.json_read"
local text = require "instagram.sandbox.text"

local compliance = {}

local misuse = check.misuse
local DAY = 86400

--- Advanced Access asks for Business Verification since 1 February 2023 (D).
compliance.verification_since = clock.epoch(2023, 2, 1)
--- Data handling questions: "on or after October 27, 2023" for Advanced Access (D).
compliance.handling_since = clock.epoch(2023, 10, 27)
--- "Beginning September 5" they belong to the Data Use Checkup as well (D).
compliance.checkup_handling_since = clock.epoch(2023, 9, 5)

-- A checkup opens this long before it is due (invented), and is due yearly (D).
local YEAR, OPEN = 365 * DAY, 60 * DAY

local function set(world, app, column, value)
  world.store:run("UPDATE apps SET " .. column .. " = ? WHERE client_id = ?", value,
    app.client_id)
end

-- --- Business Verification ----------------------------------------------------------

local states = { none = true, pending = true, verified = true, rejected = true }

--- True when the clock is in the time Business Verification is asked for and the app's
--- business is not verified.
function compliance.lacks_verification(world, app)
  return world.clock:now() >= compliance.verification_since
    and app.verification ~= "verified"
end

--- The developer starts a verification ("pending"), Meta decides ("verified",
--- "rejected"); "none": it was taken back.
function compliance.verify(world, app, state)
  if not states[state] then
    misuse('state must be "none", "pending", "verified" or "rejected"')
  end
  set(world, app, "verification", state)
end

-- --- data handling questions --------------------------------------------------------

--- The questions, in their order (D their subjects; the words are ours): name, the
--- question, `kind`.
compliance.questions = {
  { "processors", "Which data processors or service providers will have access to "
    .. "Platform Data? (None: leave it empty.)", "text" },
  { "responsible", "Which person or entity is responsible for all Platform Data your "
    .. "app gets?", "required" },
  { "country", "In which country is that person or entity?", "required" },
  { "disclosed", "Did you give Platform Data to public authorities in the past 12 "
    .. "months?", "boolean" },
  { "policies", "Which policies do you follow when public authorities ask for it?",
    "text" },
}

--- The answers given, or nil.
function compliance.answers(app)
  return app.handling and read_json(app.handling)
end

--- True when the questions must be answered before Advanced Access is asked for.
function compliance.lacks_handling(world, app)
  return world.clock:now() >= compliance.handling_since and not app.handled
end

--- Answers the questions.
---@param given table  name -> answer
function compliance.answer(world, app, given)
  local answers = {}
  for _, question in ipairs(compliance.questions) do
    local name, kind = question[1], question[3]
    if kind == "boolean" then
      answers[name] = given[name] == true
    else
      answers[name] = text.plain(name, given[name] or "", kind == "required")
    end
  end
  set(world, app, "handling", json.plain(answers))
  set(world, app, "handled", world.clock:now())
end

-- --- the Data Use Checkup -----------------------------------------------------------

-- An app in Development Mode, or without Advanced Access, has nothing to certify
-- (invented: so a test that lets years pass is not stopped by a form).
local function first_access(world, app)
  local row = world.store:one("SELECT min(given) AS given FROM access "
    .. "WHERE client_id = ?", app.client_id)
  return row and row.given
end

--- The app's checkup: `due` and `opens` (epoch), `is_open`, `overdue`, `done` (the last
--- one, or nil); nil for an app that has nothing to certify.
function compliance.checkup(world, app)
  local first = app.mode == "live" and first_access(world, app)
  if not first then return nil end
  local from = app.checkup or first
  local now, due = world.clock:now(), from + YEAR
  return { due = due, opens = due - OPEN, is_open = now >= due - OPEN,
    overdue = now >= due, done = app.checkup }
end

--- True when the app's calls are refused for a checkup that was not done in time.
function compliance.is_disrupted(world, app)
  if not world.settings.data_use_checkup then return false end
  local checkup = compliance.checkup(world, app)
  return checkup ~= nil and checkup.overdue
end

-- True when a checkup asks for data handling answers of this year.
function compliance.checkup_lacks_handling(world, app)
  local now = world.clock:now()
  return now >= compliance.checkup_handling_since
    and (not app.handled or now - app.handled >= YEAR)
end

--- Completes the checkup.
---@param certify boolean  "I certify that our use of the permissions is allowed"
function compliance.complete_checkup(world, app, certify)
  local checkup = compliance.checkup(world, app)
  if not checkup then
    misuse "only a live app with advanced access has something to certify"
  end
  if not checkup.is_open then
    misuse("the next checkup opens on " .. clock.date(checkup.opens))
  elseif compliance.checkup_lacks_handling(world, app) then
    misuse "the data handling questions are not answered, or more than a year ago"
  elseif certify ~= true then
    misuse "certify must be true"
  end
  set(world, app, "checkup", world.clock:now())
end

return compliance
