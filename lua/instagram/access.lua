--- The token a client calls with: its own, or one that a keeper looks after (see
--- keeper: refreshed before a call when it is due, exchanged for what another process
--- put into the store). Knows: held accounts. Must not know: what is asked.
local access = {}

--- Before a call: makes client.token one that works, as far as can be known.
---@param client instagram.Client
---@return true? ok
---@return string? message
---@return instagram.Error? err
function access.ready(client)
  local held = client.held
  if not held then return true end
  local token, message, err = held.keeper:token(held)
  if not token then return nil, message, err end
  client.token = token
  return true
end

--- After a call failed: true when there is another token by now, and the call is worth
--- repeating.
---@param client instagram.Client
---@param err instagram.Error
---@return boolean
function access.revived(client, err)
  local held = client.held
  if not held or err.kind ~= "token" then return false end
  if not held.keeper:revive(held, err) then return false end
  client.token = held.token
  return true
end

return access
