--- Control calls about people, their logins and callbacks; in the form of calls.lua.

local calls = {}

return calls
