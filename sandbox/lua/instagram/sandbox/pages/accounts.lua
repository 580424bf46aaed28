--- Logging in and out as a person.

local accounts = {}

function accounts.answer()
  return nil
end

return accounts
