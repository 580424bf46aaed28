--- Control calls about snapshots; in the form of calls.lua.

local calls = {}

return calls
