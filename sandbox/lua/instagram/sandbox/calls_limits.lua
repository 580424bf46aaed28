--- Control calls about rate limits; in the form of calls.lua.

local calls = {}

return calls
