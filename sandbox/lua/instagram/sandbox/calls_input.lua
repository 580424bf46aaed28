--- Control calls about pictures and archives from outside; in the form of calls.lua.

local calls = {}

return calls
