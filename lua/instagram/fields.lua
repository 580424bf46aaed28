--- Which fields are asked for: lists checked against the flavour's table before
--- anything is sent, and the default set, which gets shorter when Instagram refuses one
--- of its fields. Knows: core.flavours.
local core = require "instagram.core"
local check = require "instagram.check"

local fields = {}

-- Of a node that may be of another kind than the fields are for: so many may be struck
-- off, and less than half of the set (invented). A user answers for a media with what
-- both have in common.
local MAX_GUESSES = 3

-- The default set expands these edges; what is refused of them is kept by these names.
local behind = { children = "child_fields" }

local function version_number(version)
  local major, minor = (version or ""):match("^v(%d+)%.(%d+)$")
  return major and tonumber(major) * 100 + tonumber(minor)
end

local function find(list, name)
  for _, field in ipairs(list or {}) do
    if field.name == name then return field end
  end
end

local function names_of(list)
  local names = {}
  for i, field in ipairs(list) do names[i] = field.name end
  return names
end

-- Is it older than the version that is asked? Without a version nobody knows.
local function is_served(field, version)
  local number = version_number(version)
  return not number or (field.since or 0) <= number
end

local function complain(ask, problem)
  check.bad_option("fields", ask.where, problem)
end

-- The field of that name, which must be one. Of some edges and objects no table is kept
-- (known is nil): their fields are passed as they are.
local function check_name(ask, known, name)
  if not known then return nil end
  local field = find(known, name)
  if not field then
    complain(ask, ("%s has no field '%s' here%s"):format(
      ask.flavour_name, name, check.hint(name, names_of(known))))
  elseif not is_served(field, ask.version) then
    complain(ask, ("field '%s' came with v%d.%d, this asks %s"):format(
      name, math.floor(field.since / 100), field.since % 100, ask.version))
  end
  return field
end

local function check_expandable(ask, field, name)
  if field and field.type ~= "edge" and field.type ~= "object" then
    complain(ask, ("field '%s' has no fields of its own"):format(name))
  end
end

local function fields_behind(ask, name)
  local edge = find(ask.flavour.edges, name)
  return edge and edge.fields
end

-- The named parts of a list, in an order that is always the same.
local function expansions(ask, list)
  local names = {}
  for key, value in pairs(list) do
    if type(key) == "string" then
      if type(value) ~= "table" and type(value) ~= "string" then
        complain(ask, ("'%s' must be a list of fields"):format(key))
      end
      names[#names + 1] = key
    elseif type(value) ~= "string" or value == "" then
      complain(ask, "names of fields expected, got " .. type(value))
    end
  end
  table.sort(names)
  return names
end

local function render(ask, known, list)
  if type(list) == "string" then return list end
  local parts, named = {}, expansions(ask, list)
  for _, name in ipairs(list) do
    check_name(ask, known, name)
    if list[name] == nil then parts[#parts + 1] = name end
  end
  for _, name in ipairs(named) do
    check_expandable(ask, check_name(ask, known, name), name)
    local inner = render(ask, fields_behind(ask, name), list[name])
    parts[#parts + 1] = name .. "{" .. inner .. "}"
  end
  if #parts == 0 then complain(ask, "no field is named") end
  return table.concat(parts, ",")
end

local function default_set(ask, kind)
  local parts, refused = {}, ask.refused[kind] or {}
  for _, field in ipairs(ask.flavour[kind]) do
    if field.default and is_served(field, ask.version) and not refused[field.name] then
      local inner = field.type == "edge" and behind[field.name]
      parts[#parts + 1] = inner and field.name .. "{" .. default_set(ask, inner) .. "}"
        or field.name
    end
  end
  return table.concat(parts, ",")
end

---@class instagram.Selection
local methods = {}
local selection_mt = { __index = methods }

--- The value of the parameter `fields`.
---@return string
function methods:text()
  return self.given or default_set(self, self.kind)
end

--- The value of `fields` for the children of one album, nil when only their ids were
--- asked for.
---@return string?
function methods:child_text()
  if not self.given then return default_set(self, "child_fields") end
  local inner = self.given:match("children%s*(%b{})")
    or self.given:match("children%.fields(%b())")
  return inner and inner:sub(2, -2)
end

--- Names what was asked for, in marks: another text is another selection. The default
--- set is the same one in all versions of this package.
---@return string
function methods:key()
  return self.given or "default"
end

-- Strikes a field off a default set; false when it is not in there (any more).
local function strike(self, kind, name)
  local field = find(self.flavour[kind], name)
  local refused = self.refused[kind] or {}
  if not field or not field.default or refused[name] then return false end
  refused[name] = true
  self.refused[kind] = refused
  return true
end

-- Media and the media in albums are one kind of node: a field goes from both.
local function strike_everywhere(self, name)
  local struck = strike(self, self.kind, name)
  if self.kind == "media_fields" then
    struck = strike(self, "child_fields", name) or struck
  end
  return struck
end

-- Is one more refusal still a field that Instagram gave up, or is the node a stranger?
local function may_guess(self, err)
  if self.lasting then return true end
  local _, commas = default_set(self, self.kind):gsub("%b{}", ""):gsub(",", "")
  self.guesses = self.guesses + 1
  if self.guesses <= MAX_GUESSES and self.guesses <= commas / 2 then return true end
  err.advice = ("Instagram knows too few of the fields asked for: is this the id of a "
    .. "%s? Name the fields yourself when it is."):format(
    self.kind == "user_fields" and "user" or "media")
  return false
end

--- After an error: was it a field of the default set that Instagram does not know (any
--- more)? Then it is struck off and asking again makes sense: of a node whose kind is
--- certain for this client from now on, else for this question alone.
---@param err instagram.Error
---@param is_news boolean? true: the set got shorter since this was asked
---@return boolean
function methods:is_refused(err, is_news)
  if self.given or err.code ~= 100 then return false end
  local name = err.message:match("nonexisting field %(([%w_]+)%)")
  if not name then return false end
  if is_news then return true end
  return may_guess(self, err) and strike_everywhere(self, name)
end

-- What was refused before, in this version; a copy where it shall not last.
local function refused_before(ask)
  local version = ask.version or "none"
  local kept = ask.refused_fields[version] or {}
  ask.refused_fields[version] = kept
  if ask.lasting then return kept end
  local copy = {}
  for kind, names in pairs(kept) do
    copy[kind] = {}
    for name in pairs(names) do copy[kind][name] = true end
  end
  return copy
end

--- What to ask for.
---@param ask table kind ("media_fields", "child_fields", "user_fields"), flavour_name,
--- version (or nil), given (list, string or nil for the default set), refused_fields (a
--- table the client keeps), lasting (the node's kind is certain: what it refuses is
--- gone for all), where (the public function's name)
---@return instagram.Selection
function fields.select(ask)
  local selection = setmetatable({
    kind = ask.kind,
    flavour = core.flavours[ask.flavour_name],
    flavour_name = ask.flavour_name,
    version = ask.version,
    refused = refused_before(ask),
    lasting = ask.lasting,
    guesses = 0,
    where = ask.where,
  }, selection_mt)
  if ask.given ~= nil then
    selection.given = render(selection, selection.flavour[ask.kind], ask.given)
  end
  return selection
end

return fields
