--- The Authorization Window: what it is opened with, and the redirect in all the forms
--- a web framework hands it over. Knows: the flavours' tables. Pure but for randomness.
local core = require "instagram.core"
local check = require "instagram.check"

local window = {}

local STATE_BYTES = 24

local function names_of(list)
  local names = {}
  for i, item in ipairs(list) do names[i] = item.name end
  return names
end

-- Options of the window that only some flavours know, with the kinds they must have.
local function allowed_options(flavour)
  local kinds = { scope = "list", state = "text" }
  for _, option in ipairs(flavour.window_options) do
    kinds[option.name] = option.type == "boolean" and "boolean" or "text"
  end
  return check.options(kinds, true)
end

local function words_of(scope)
  if type(scope) == "string" then
    local words = {}
    for word in scope:gmatch("[^,%s]+") do words[#words + 1] = word end
    return words
  end
  for _, word in ipairs(scope) do
    if type(word) ~= "string" then
      check.bad_option("scope", "authorize_url", "names expected, got " .. type(word))
    end
  end
  return scope
end

-- The comma list that is sent. What the window would refuse is refused here: there the
-- person would read the error, not the program.
local function scope_text(flavour, scope)
  local asked, known = {}, {}
  for _, item in ipairs(flavour.scopes) do known[item.name] = item end
  local words = words_of(scope)
  for _, word in ipairs(words) do
    if not known[word] then
      check.bad_option("scope", "authorize_url", ("%s has no scope '%s'%s"):format(
        flavour.name, word, check.hint(word, names_of(flavour.scopes))))
    end
    asked[word] = true
  end
  for _, item in ipairs(flavour.scopes) do
    if item.required and not asked[item.name] then
      check.bad_option("scope", "authorize_url", ("'%s' must be among them"):format(
        item.name))
    end
  end
  return table.concat(words, ",")
end

--- What the core's authorize_url is asked.
---@param flavour_name string
---@param options instagram.WindowOptions?
---@return table question always with a state
function window.question(flavour_name, options)
  local flavour = core.flavours[flavour_name]
  options = check.given(options, allowed_options(flavour), "authorize_url")
  local question = {}
  for name, value in pairs(options) do question[name] = value end
  question.scope = options.scope and scope_text(flavour, options.scope)
  question.state = options.state or core.random_text(STATE_BYTES)
  return question
end

local function encode(text)
  return (text:gsub("[^%w_.~-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function add_pair(parts, name, value)
  if type(value) == "table" then
    for _, each in ipairs(value) do add_pair(parts, name, each) end
  elseif type(value) == "string" then
    parts[#parts + 1] = encode(name) .. "=" .. encode(value)
  elseif value == true then
    parts[#parts + 1] = encode(name) .. "=" -- a name without value, as OpenResty has it
  end
end

--- The redirect as one text. A table is what a framework made of the query: name ->
--- value, or a list of values where a name came twice (which the core refuses).
---@param redirect string|table
---@return string
function window.redirect_text(redirect)
  if type(redirect) == "string" then return redirect end
  if type(redirect) ~= "table" then
    check.fail("bad argument 'redirect' to read_redirect (address, query or table "
      .. "expected, got " .. type(redirect) .. ")")
  end
  local names, parts = {}, {}
  for name in pairs(redirect) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do add_pair(parts, name, redirect[name]) end
  return "?" .. table.concat(parts, "&")
end

return window
