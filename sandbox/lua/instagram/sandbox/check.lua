--- Arguments of control calls, checked before anything is done: unknown names, wrong
--- types and wrong sizes are refused by name.

local check = {}

--- Refuses a control call; control.lua answers with the text.
function check.misuse(text) error({ misuse = text }, 0) end

--- True when `value` was raised by `misuse`.
function check.is_misuse(value)
  return type(value) == "table" and value.misuse ~= nil
end

--- True for the beginning of an address: http(s)://HOST[:PORT]. Names of containers may
--- have underscores.
function check.is_base_url(text)
  return text:find("^https?://[%w_.%-:%[%]]+/?$") ~= nil
end

local function is_number(value) return type(value) == "number" and value == value end

-- kind -> what it is called, test
local kinds = {
  string = { "a string", function(value) return type(value) == "string" end },
  boolean = { "true or false", function(value) return type(value) == "boolean" end },
  table = { "a table", function(value) return type(value) == "table" end },
  any = { "a value", function() return true end },
  share = { "a number above 0, at most 1", function(value)
    return is_number(value) and value > 0 and value <= 1
  end },
  whole = { "a whole number", function(value)
    return is_number(value) and value > -2 ^ 53 and value < 2 ^ 53 and value % 1 == 0
  end },
  positive = { "a number above 0", function(value)
    return is_number(value) and value > 0 and value < math.huge
  end },
  seconds = { "seconds, 0 or more", function(value)
    return is_number(value) and value >= 0 and value < math.huge
  end },
  count = { "a whole number, 0 or more", function(value)
    return is_number(value) and value >= 0 and value < 2 ^ 53 and value % 1 == 0
  end },
  status = { "an HTTP status from 200 to 599", function(value)
    return is_number(value) and value >= 200 and value <= 599 and value % 1 == 0
  end },
}

--- The kinds of two sets of members in one.
function check.with(known, more)
  local all = {}
  for name, kind in pairs(known) do all[name] = kind end
  for name, kind in pairs(more) do all[name] = kind end
  return all
end

--- Refuses a call that would change nothing, as it names nothing but its object.
---@param object table  names that say what is to be changed
function check.changes(args, call, object)
  for name in pairs(args) do
    if not object[name] then return end
  end
  check.misuse(call .. ": nothing to change is given")
end

--- Checks the members of a table.
---@param known table  name -> kind, a key of the table above
---@param what string  what the table is, for the message: "a post"
function check.members(value, known, what)
  if type(value) ~= "table" then check.misuse(what .. " must be a table") end
  for name, member in pairs(value) do
    local kind = kinds[known[name]]
    if not kind then check.misuse(what .. " has no '" .. tostring(name) .. "'") end
    if not kind[2](member) then
      check.misuse(what .. ": '" .. name .. "' must be " .. kind[1])
    end
  end
end

return check
