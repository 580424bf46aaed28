--- An account as text for a store, and back: the token sealed, and bound to the seal
--- what is said beside it, which is no secret. Knows: tokens' seals, keys. Must not
--- know: stores.
local core = require "instagram.core"
local errors = require "instagram.errors"
local wait = require "instagram.wait"

local record = {}

local HEAD = "instagram-account 2"
local NO_SUCH_FILE = 2 -- ENOENT, the same everywhere

---@class instagram.AccountRecord
---@field id string app-scoped, as /me and signed_request say it
---@field raw string? the id of the token answer, where it is another one
---@field username string? as it was at the last login
---@field added number epoch seconds
---@field tried number? when a refresh was last tried that did not make it live longer
---@field dead string? why the token is of no use any more

local fields = { "id", "raw", "username", "added", "tried", "dead" }

-- One value a line; a percent sign and control characters are encoded.
local function encode(value)
  return (tostring(value):gsub("[%%%c]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

-- What the seal is bound to: a record that says anything else in the open, or was put
-- under another account, does not open.
local function context_of(head)
  return "account\n" .. head
end

--- The text of an account; the first key seals.
---@param facts instagram.AccountRecord
---@param token instagram.Token
---@param keys (string|instagram.Secret)[]
function record.write(facts, token, keys)
  local lines = { HEAD }
  for _, name in ipairs(fields) do
    local value = facts[name]
    if type(value) == "number" then value = ("%.0f"):format(value) end
    if value ~= nil then lines[#lines + 1] = name .. "=" .. encode(value) end
  end
  local head = table.concat(lines, "\n") .. "\n"
  return head .. "sealed=" .. token:seal(keys[1], context_of(head)) .. "\n"
end

-- The facts, the open lines, the sealed token; nothing when it is not as we wrote it.
local function parse(text)
  local head, sealed = text:match("^(.*\n)sealed=(%S+)\n$")
  if not head or head:sub(1, #HEAD + 1) ~= HEAD .. "\n" then return nil end
  local facts = {}
  for name, value in head:gmatch("(%l+)=([^\n]*)\n") do
    facts[name] = decode(value)
  end
  facts.added, facts.tried = tonumber(facts.added), tonumber(facts.tried)
  return facts, head, sealed
end

--- The failure of what does not open.
---@param what string
---@param problem string
function record.damaged(what, problem)
  local message = ("%s %s; it is kept as it is"):format(what, problem)
  return errors.failure("sealed", message, {
    advice = "Give the key it was sealed with, or restore the record from a backup; "
      .. "else forget the account and let the person log in again.",
  })
end

-- What is wrong with a text that is no record of ours, as far as it tells.
local function problem_of(text)
  local form = text:match("^instagram%-account (%d+)\n")
  if not form or HEAD == "instagram-account " .. form then
    return "is cut or altered"
  end
  return ("has the form %s, which this version does not know"):format(form)
end

--- The account of a text. Any of the keys opens.
---@param text string
---@param id string under which it was kept
---@param app table the core's app
---@param keys (string|instagram.Secret)[]
---@return instagram.AccountRecord? facts
---@return instagram.Token|string|nil token the message when it failed
---@return instagram.Error? err
function record.read(text, id, app, keys)
  local what = "the record of account " .. id
  local facts, head, sealed = parse(text)
  if not facts then return record.damaged(what, problem_of(text)) end
  if facts.id ~= id then return record.damaged(what, "is another account's") end
  for _, key in ipairs(keys) do
    local token = app:unseal(sealed, key, context_of(head))
    if token then return facts, token end
  end
  return record.damaged(what, "was altered or sealed with another key")
end

--- A short text for a store: sealed, and bound to the name it is kept under.
---@param text string
---@param name string
---@param keys (string|instagram.Secret)[]
---@return string
function record.seal(text, name, keys)
  return core.seal(text, keys[1], name)
end

--- What record.seal sealed; nil when it was altered, is kept under another name, or
--- none of the keys opens it.
---@return string?
function record.open(sealed, name, keys)
  for _, key in ipairs(keys) do
    local text = core.unseal(sealed, key, name)
    if text then return text end
  end
end

-- Whether there is such a file, or something that hides whether; nothing is read of it:
-- what is read by Lua becomes a Lua string.
local function is_missing(path)
  local file, _, number = io.open(path, "rb")
  if file then file:close() end
  return not file and number == NO_SUCH_FILE
end

-- Under a lock, so that two processes that start together get one key.
local function make_key_file(path)
  local guard, message, err = core.files.lock(path .. ".lock")
  while guard == false do
    wait.sleep(0.01)
    guard, message, err = core.files.lock(path .. ".lock")
  end
  if not guard then return nil, message, err end
  local saved = true
  if is_missing(path) then saved, message, err = core.new_key():save(path) end
  guard:release()
  return saved, message, err
end

--- The key from where it is kept, or a new one kept there. A file that is there and
--- cannot be read is never replaced: everything in the store was sealed with it.
---@param path string of a key file that is made when it is not there
---@return instagram.Secret? key
---@return string? message
---@return instagram.Error? err
function record.key_file(path)
  if is_missing(path) then
    local made, message, err = make_key_file(path)
    if not made then return nil, message, err end
  end
  local key, message, err = core.secret_file(path)
  if key and not pcall(core.seal, "", key, "") then
    return errors.failure("io", path .. " holds no key of 32 bytes; it stays as it is")
  end
  return key, message, err
end

return record
