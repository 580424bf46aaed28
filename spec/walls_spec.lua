-- Holds every file against the walls (spec/support/walls.lua), and each wall against a
-- piece of code it must not let through.
local source = require "spec.support.source"
local walls = require "spec.support.walls"

local function report(problems)
  return #problems .. " problems:\n  " .. table.concat(problems, "\n  ")
end

describe("walls #once", function()
  for _, wall in ipairs(walls) do
    it(wall.name, function()
      local problems = {}
      for _, path in ipairs(source.files(wall.folders, wall.endings)) do
        for _, problem in ipairs(wall.problems(path, source.read(path))) do
          problems[#problems + 1] = problem
        end
      end
      assert(#problems == 0, report(problems))
    end)

    it(wall.name .. ": notices when it does not hold", function()
      assert.is_true(#wall.problems(wall.bad[1], wall.bad[2]) > 0)
    end)
  end

  it("a Lua function fits on a screen", function()
    local problems = {}
    local folders = "lua sandbox/lua examples bench tools"
    for _, path in ipairs(source.files(folders, "lua")) do
      for _, fn in ipairs(source.lua_functions(path)) do
        if fn.length > 60 and not walls.LONG[path .. ":" .. fn.line] then
          problems[#problems + 1] = ("%s:%d: %d lines"):format(path, fn.line, fn.length)
        end
      end
    end
    assert(#problems == 0, report(problems))
  end)

  it("the exceptions still stand", function()
    for place in pairs(walls.LONG) do
      local path, name = place:match("^(.*):(.*)$")
      assert(source.read(path):find(name, 1, true), place .. " is gone")
    end
    for path in pairs(walls.BIG) do
      assert(#source.lines(source.read(path)) > 500, path .. " is small now")
    end
  end)

  it("every kind of error is documented", function()
    local pages = { source.read("README.md") }
    for _, path in ipairs(source.files("docs", "md")) do
      pages[#pages + 1] = source.read(path)
    end
    local text, missing = table.concat(pages, "\n"), {}
    for kind in source.read("src/core/ig_error.h"):gmatch('X%(IG_[%u_]+, "([%l_]+)"') do
      local name = "`" .. kind .. "`"
      if not text:find(name, 1, true) then missing[#missing + 1] = kind end
    end
    assert.equal("", table.concat(missing, " "))
  end)
end)
