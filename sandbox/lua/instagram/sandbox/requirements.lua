--- What an app must have before Meta lets it go live or gives it Advanced Access: one
--- list of things, of which each step needs some.

local access = require "instagram.sandbox.access"
local check = require "instagram.sandbox.check"
local compliance = require "instagram.sandbox.compliance"

local requirements = {}

--- What Live mode needs (D: verification; the rest as the dashboard asks it, O), and
--- what asking for Advanced Access needs, in the order they are named.
requirements.live = { "type", "product", "privacy_url", "deletion_url",
  "verification" }
requirements.review = { "type", "product", "privacy_url", "verification", "handling" }

-- name -> function(world, app) -> what is missing, in words; nothing when it is there
local tests = {}

function tests.type(_, app)
  local problem = access.type_problem(app)
  return problem and "another app type, which only a new app can have (" .. problem
    .. ")"
end

function tests.product(_, app)
  return app.product == 0 and "the Instagram product"
end

function tests.privacy_url(_, app)
  return app.privacy_url == "" and "a privacy policy address (privacy_url)"
end

function tests.deletion_url(_, app)
  return app.deletion_url == "" and "a data deletion address (deletion_url)"
end

function tests.verification(world, app)
  return compliance.lacks_verification(world, app)
    and "Business Verification (it is " .. app.verification .. ")"
end

function tests.handling(world, app)
  return compliance.lacks_handling(world, app)
    and "answers to the data handling questions"
end

--- What an app lacks now.
---@param names string[]  `requirements.live` or `requirements.review`
---@return table[] missing  { name =, text = }
function requirements.missing(world, app, names)
  local missing = {}
  for _, name in ipairs(names) do
    local text = tests[name](world, app)
    if text then missing[#missing + 1] = { name = name, text = text } end
  end
  return missing
end

--- The same as a list of words.
---@return string[]
function requirements.words(world, app, names)
  local words = requirements.missing(world, app, names)
  for i, each in ipairs(words) do words[i] = each.text end
  return words
end

--- Refuses what an app is not ready for.
---@param what string  "the app cannot go live yet"
function requirements.check(world, app, names, what)
  local words = requirements.words(world, app, names)
  if #words > 0 then
    check.misuse(what .. ", missing: " .. table.concat(words, "; "))
  end
end

return requirements
