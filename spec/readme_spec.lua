-- The README's tour runs: the Lua blocks of each section as one script against the
-- sandbox, the C blocks through the compiler, and what the shell blocks name is there.
local readme = require "spec.support.readme"

local PAGE = "README.md"
local interpreter = os.getenv("IG_LUA") or "lua5.4"

local output = require("spec.support.process").run

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

describe("README #once", function()
  local folder, _, here

  setup(function()
    _, folder = output("mktemp -d")
    _, here = output("pwd")
    folder, here = folder:gsub("\n", ""), here:gsub("\n", "")
  end)

  teardown(function() output("rm -rf " .. folder) end)

  for _, script in ipairs(readme.scripts(PAGE)) do
    it("the Lua of \"" .. script.section .. "\" runs", function()
      write(folder .. "/readme.lua", script.text)
      local before = ("dofile('%s/spec/support/readme_prelude.lua')"):format(here)
      local run = ("cd %s && timeout -k 5 120 %s -e %q readme.lua"):format(folder,
        interpreter, before)
      local code, text = output(run)
      assert(code == 0, "exit " .. code .. "\n" .. text)
    end)
  end

  for _, block in ipairs(readme.blocks(PAGE)) do
    if block.language == "lua" and block.not_run then
      it("the Lua of line " .. block.line .. " is Lua", function()
        assert((loadstring or load)(block.text)) -- luacheck: ignore
      end)
    elseif block.language == "c" then
      it("the C of line " .. block.line .. " compiles", function()
        local path = folder .. "/readme.c"
        write(path, block.text)
        local code, text = output(
          "cc -fsyntax-only -Wall -Isrc/core -I/usr/include/lua5.4 " .. path)
        assert(code == 0, text)
      end)
    end
  end

  it("the five lines at its top run in the sandbox as they are", function()
    local blocks = readme.blocks(PAGE)
    write(folder .. "/five.lua", blocks[1].text)
    local code, text = output(("%s sandbox/bin/instagram-sandbox exec -- sh -c "
      .. "'INSTAGRAM_TOKEN=$INSTAGRAM_SANDBOX_INSTAGRAM_LOGIN_TOKEN %s %s/five.lua'")
      :format(interpreter, interpreter, folder))
    assert(code == 0, text)
    assert.equal(12, select(2, text:gsub("https://www%.instagram%.com/", "")))
    assert.equal(12, select(2, text:gsub("https://[%w%-]+%.cdninstagram%.com/", "")))
  end)

  it("shows the two commands", function()
    local shell = {}
    for _, block in ipairs(readme.blocks(PAGE)) do
      if block.language == "sh" then shell[#shell + 1] = block.text end
    end
    local text = "\n" .. table.concat(shell)
    assert.truthy(text:find("make demo", 1, true))
    assert.truthy(text:find("make test", 1, true))
  end)

  it("names only pictures and pages that are there", function()
    local file = assert(io.open(PAGE))
    local text = file:read("*a")
    file:close()
    for target in text:gmatch("%]%(([^)#%s]+)[^)]*%)") do
      if not target:match("^%w+://") then
        local found = io.open(target)
        assert(found, PAGE .. " links to " .. target)
        found:close()
      end
    end
  end)
end)
