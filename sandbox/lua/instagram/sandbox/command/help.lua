--- What --help says, from the table of options.

local options = require "instagram.sandbox.command.options"

local help = {}

local HEAD = [[
Usage: instagram-sandbox [serve] [options]
       instagram-sandbox exec [options] [--] CMD [ARGUMENT...]

A local Instagram to develop and test against: both APIs, the Authorization Window,
people with pictures, a clock that you move. It calls nobody but the callback
addresses that you give an app.

  serve   the default: says where it is and serves until it is interrupted. To a
          terminal it speaks in words, else it prints one line of JSON,
          {"url":...,"port":...,"pid":...}, when it is ready
  exec    starts a sandbox, runs CMD with an environment in which its https calls of
          api, graph and www.instagram.com go to the sandbox, stops the sandbox and
          exits as CMD did
]]

local TAIL = [[

Each option but those of the last group may also be given as an environment
variable: --data-dir as INSTAGRAM_SANDBOX_DATA_DIR, a switch as 1 or 0, --set as
NAME=VALUE parted by blanks. The command line wins; --no-lenient and --no-quiet take a
switch back.

What CMD of exec finds in its environment; ids, secrets and tokens are made up and
known to this sandbox alone:

@VARIABLES
Examples:
  instagram-sandbox
  instagram-sandbox --port 8080 --db sandbox.db
  instagram-sandbox --now 2024-12-04 --set shutdown=true
  instagram-sandbox exec -- curl https://graph.instagram.com/me
  instagram-sandbox exec --data empty -- python3 -m pytest

Exit codes: 0 ended by a signal; 1 could not start; 2 a mistake on the command line.
With exec: CMD's own, or 128 and the number of the signal that ended it; 127 there is
no CMD; 126 it cannot be run; 125 a mistake, or the sandbox could not start.
]]

local WIDTH = 80

-- Text in lines that begin at a column.
local function wrap(text, column)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if #line > 0 and column + #line + 1 + #word > WIDTH then
      lines[#lines + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n" .. (" "):rep(column))
end

local COLUMN = 22

local function entry(name, text)
  local head = "  " .. name
  local gap = #head < COLUMN - 1 and (" "):rep(COLUMN - #head)
    or "\n" .. (" "):rep(COLUMN)
  return head .. gap .. wrap(text, COLUMN) .. "\n"
end

--- All of it.
---@param variables table  { name, what } of what exec sets
function help.text(variables)
  local out = { HEAD }
  for _, group in ipairs(options.groups) do
    out[#out + 1] = "\n" .. group[1] .. ":\n"
    for i = 2, #group do
      local option = group[i]
      local name = "--" .. option[1] .. (option.value and " " .. option.value or "")
      out[#out + 1] = entry(name, option[2])
    end
  end
  local list = {}
  for _, variable in ipairs(variables) do
    list[#list + 1] = "  " .. variable[1] .. "\n      " .. wrap(variable[2], 6) .. "\n"
  end
  out[#out + 1] = TAIL:gsub("@VARIABLES", function() return table.concat(list) end)
  return table.concat(out)
end

return help
