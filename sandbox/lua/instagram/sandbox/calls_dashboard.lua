--- Control calls about the App Dashboard; in the form of calls.lua.

local calls = {}

return calls
