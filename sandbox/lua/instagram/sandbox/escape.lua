--- Percent-encoding, as addresses and forms have it.

local escape = {}

local function escaped(char) return ("%%%02X"):format(char:byte()) end

--- A value of a query: all but letters, digits, `-`, `_`, `.` and `~` is escaped.
function escape.encode(text)
  return (text:gsub("[^%w%-_.~]", escaped))
end

--- A value of a form: blanks are plus signs.
function escape.form(text)
  return (text:gsub("[^%w%-_. ]", escaped):gsub(" ", "+"))
end

local function unescaped(digits) return string.char(tonumber(digits, 16)) end

--- What was escaped; a `%` that begins no escape stays.
function escape.decode(text)
  return (text:gsub("%%(%x%x)", unescaped))
end

return escape
