--- People's pages.

local people = {}

function people.answer()
  return nil
end

return people
