--- The other id of an account (the one of the token answer) as a way to it, and the end
--- of an account with all that leads to it. Knows: the store's names, seals. Must not
--- know: tokens.
local core = require "instagram.core"
local record = require "instagram.record"

local alias = {}

--- The app-scoped id of either id.
---@return string? id
---@return string? message
---@return instagram.Error? err
function alias.resolve(accounts, id)
  local name = accounts:key("alias", id)
  local text, message, err = accounts.store:get(name)
  if text == nil then return nil, message, err end
  if not text then return id end
  local found = record.open(text, name, accounts.keys)
  if found then return found end
  return record.damaged("the way to the account " .. id, "was altered or sealed with "
    .. "another key")
end

-- The text that leads from an id to another.
local function text_of(accounts, raw, id)
  return record.seal(id, accounts:key("alias", raw), accounts.keys)
end

--- Makes the way to an account whose record was just written. Who forgot it before the
--- way was there did not see it: then it is taken away again.
---@return true? ok
---@return string? message
---@return instagram.Error? err kind `store`
function alias.lead(accounts, raw, id)
  local name = accounts:key("alias", raw)
  local done, message, err = accounts:insist(function(store)
    return store:put(name, text_of(accounts, raw, id))
  end)
  if not done then return nil, message, err end
  if accounts.store:get(accounts:key("account", id)) ~= false then return true end
  return accounts:insist(function(store) return store:delete(name) end)
end

--- Before a record is written anew: the way to it goes under the first key as well, so
--- that the old key can be dropped. What was forgotten meanwhile does not come back.
---@return true? ok
---@return string? message
---@return instagram.Error? err kind `store`
function alias.renew(accounts, facts)
  if not facts.raw then return true end
  local name = accounts:key("alias", facts.raw)
  local text, message, err = accounts.store:get(name)
  if text == nil and err.kind == "store" then return nil, message, err end
  if not text or core.unseal(text, accounts.keys[1], name) == facts.id then
    return true
  end
  local done
  done, message, err = accounts.store:swap(name, text,
    text_of(accounts, facts.raw, facts.id))
  if done == nil then return nil, message, err end
  return true
end

-- --- the end ------------------------------------------------------------------------

-- What a record says in the open, be it true or not: good enough to delete by.
local function said_raw(accounts, id)
  local text = accounts.store:get(accounts:key("account", id))
  return text and text:match("\nraw=(%d+)\n") or nil
end

-- The account that an id of either kind stands for. Where the way to it does not open,
-- the records are asked.
local function target_of(accounts, user_id)
  local id, message, err = alias.resolve(accounts, user_id)
  if id or err.kind == "store" then return id, message, err end
  local ids
  ids, message, err = accounts:names("account")
  if not ids then return nil, message, err end
  for _, each in ipairs(ids) do
    if said_raw(accounts, each) == user_id then return each end
  end
  return user_id
end

-- The ids that lead to an account whose record does not open: a set.
local function search_others(accounts, id)
  local names, message, err = accounts:names("alias")
  if not names then return nil, message, err end
  local others = {}
  for _, name in ipairs(names) do
    local found
    found, message, err = alias.resolve(accounts, name)
    if not found and err.kind == "store" then return nil, message, err end
    if found == id then others[name] = true end
  end
  local said = said_raw(accounts, id)
  if said then others[said] = true end
  return others
end

local function others_of(accounts, id)
  local facts, token, err = accounts:load(id)
  if facts then
    token:close()
    return facts.raw and { [facts.raw] = true } or {}
  end
  if err.kind == "store" then return nil, token, err end
  if err.kind == "not_found" then return {} end
  return search_others(accounts, id)
end

--- Deletes an account by either id: the id that was meant. Only a store that fails is
--- in the way; of a record that does not open there is nothing to learn.
---@return string? id
---@return string? message
---@return instagram.Error? err kind `store`
function alias.forget(accounts, user_id)
  local id, message, err = target_of(accounts, user_id)
  if not id then return nil, message, err end
  local others
  others, message, err = others_of(accounts, id)
  if not others then return nil, message, err end
  local names = { accounts:key("account", id), accounts:key("alias", user_id) }
  for other in pairs(others) do
    if other ~= user_id then
      table.insert(names, 1, accounts:key("alias", other))
    end
  end
  -- By which it was found goes last: cut short in between, it can be asked for again.
  -- And once more what went first: a login may have written it anew before its record
  -- went.
  names[#names + 1] = #names > 2 and names[1] or nil
  for _, name in ipairs(names) do
    local done
    done, message, err = accounts.store:delete(name)
    if not done then return nil, message, err end
  end
  return id
end

return alias
