--- Control calls about snapshots; in the form of calls.lua.

local check = require "instagram.sandbox.check"
local json = require "instagram.sandbox.json"
local snapshots = require "instagram.sandbox.snapshots"
local text = require "instagram.sandbox.text"

local calls = {}

local place = { name = "string", file = "string" }

-- A name, a file, or neither: the one without a name.
local function check_place(call, args)
  if args.name and args.file then
    check.misuse(call .. ": a name or a file, not both")
  elseif args.file == "" or args.file and args.file:find("%z") then
    check.misuse(call .. ": file: a file's name expected")
  elseif #(args.name or "") > 100 then
    check.misuse(call .. ": a name has at most 100 bytes")
  end
  return text.line(call .. ": the name", args.name or "")
end

calls.snapshot = { takes = place, run = function(world, args)
  local name = check_place("snapshot", args)
  local replaced
  if args.file then
    replaced = snapshots.write(world, args.file)
  else
    replaced = snapshots.keep(world, name)
  end
  return { now = world.clock:now(), replaced = replaced }
end }

calls.restore = { takes = place, run = function(world, args)
  local name = check_place("restore", args)
  if args.file then
    snapshots.read(world, args.file)
  else
    snapshots.restore(world, name)
  end
  return { now = world.clock:now() }
end }

-- A file is its owner's to remove.
calls.forget_snapshot = { takes = { name = "string" }, run = function(world, args)
  snapshots.forget(world, check_place("forget_snapshot", args))
  return { names = json.array(snapshots.names(world)) }
end }

calls.snapshots = { takes = {}, get = {}, run = function(world)
  return { names = json.array(snapshots.names(world)) }
end }

return calls
