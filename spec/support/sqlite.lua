--- SQLite files for specs, through the sandbox's own binding: this module is also the
--- main module of a host that does nothing else.
local sqlite = {}

local native -- in the host's state

function sqlite.start()
  native = require "instagram.sandbox.native"
  return true
end

-- In the host's state: path, mode, and then SQL, a statement to each zero byte.
function sqlite.control(text)
  local json = require "instagram.sandbox.json"
  local rows, path, mode, statements = {}, text:match("^(%Z*)%z(%Z*)%z(.*)$")
  local db = native.sqlite(path, mode)
  local ok, problem = pcall(function()
    for statement in statements:gmatch("%Z+") do
      if statement:find("^%s*[SP]%u+ ") then
        rows = db:query(statement)
      else
        db:exec(statement)
      end
    end
  end)
  db:close()
  if not ok then error(problem, 0) end
  return json.plain({ rows = json.array(rows) })
end

--- Runs statements on a file; the rows of the last SELECT or PRAGMA. Raises SQLite's
--- message.
function sqlite.run(path, ...)
  local host = require "instagram.sandbox.host"
  local server = assert(host.start { main = "spec.support.sqlite", quiet = true })
  local text = table.concat({ path, "rw", ... }, "\0")
  local answer, message = server:call(text)
  server:stop()
  if not answer then error(message, 2) end
  return require("cjson").decode(answer).rows
end

--- What is wrong with a file's pages or references; an empty list when nothing is.
function sqlite.faults(path)
  local faults = {}
  for _, row in ipairs(sqlite.run(path, "PRAGMA integrity_check")) do
    if row.integrity_check ~= "ok" then faults[#faults + 1] = row.integrity_check end
  end
  for _, row in ipairs(sqlite.run(path, "PRAGMA foreign_key_check")) do
    faults[#faults + 1] = "a row of " .. row.table .. " without its " .. row.parent
  end
  return faults
end

return sqlite
