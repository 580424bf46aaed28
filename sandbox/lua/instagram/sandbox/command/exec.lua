--- instagram-sandbox exec: runs a program beside a sandbox and ends as it did.

local host = require "instagram.sandbox.host"
local environment = require "instagram.sandbox.command.environment"

local exec = {}

--- Exit codes that are ours and not the program's, as env and timeout have them.
exec.FAILED, exec.NO_RUN, exec.NO_PROGRAM = 125, 126, 127

-- "NAME=VALUE" sets, "NAME" takes away.
local function entries(changes)
  local list = {}
  for name, value in pairs(changes) do
    list[#list + 1] = value and name .. "=" .. value or name
  end
  return list
end

local function run_program(sandbox, program, files, user)
  local changes, problem = environment.changes(sandbox, files, user, os.getenv)
  if not changes then return exec.FAILED, problem end
  local code, message, missing = host.run(program, entries(changes))
  if code then return code end
  return missing and exec.NO_PROGRAM or exec.NO_RUN, program[1] .. ": " .. message
end

local function remove(folder, files)
  for _, path in pairs(files or {}) do os.remove(path) end
  os.remove(folder)
end

--- Runs a program; its files are gone afterwards.
---@param program string[]  its words
---@param user string|nil  whose tokens it gets
---@return number code
---@return string|nil message  why it did not run
function exec.run(sandbox, program, user)
  local folder, problem = host.private_folder(os.getenv "TMPDIR" or "/tmp")
  if not folder then return exec.FAILED, "temporary folder: " .. problem end
  local files, why = environment.write_files(sandbox, folder)
  local code, message = exec.FAILED, why
  if files then code, message = run_program(sandbox, program, files, user) end
  remove(folder, files)
  return code, message
end

return exec
