-- The rockspecs name the sources and the version that everything else has; the module
-- exports one symbol; the Makefile's targets that the README names exist.
local source = require "spec.support.source"
local readme = require "spec.support.readme"
local rockspecs = dofile("tools/rockspecs.lua")

local function load_rockspec(path)
  local fields = {}
  local chunk
  if setfenv then -- luacheck: ignore
    chunk = assert(loadfile(path))
    setfenv(chunk, fields) -- luacheck: ignore
  else
    chunk = assert(loadfile(path, "t", fields))
  end
  chunk()
  return fields
end

local output = require("spec.support.process").output

local function made_from(variable)
  local words = output("make -s print-" .. variable .. " 2>&1")
  local list = {}
  for word in words:gmatch("%S+") do list[#list + 1] = word end
  return list
end

describe("packaging #once", function()
  for path, text in pairs(rockspecs.all()) do
    it(path .. " is what tools/rockspecs.lua writes", function()
      assert.equal(text, source.read(path))
    end)

    it(path .. " has the name of its file", function()
      local fields = load_rockspec(path)
      assert.equal(path, ("rockspec/%s-%s.rockspec"):format(
        fields.package, fields.version))
    end)
  end

  it("has no rockspec that tools/rockspecs.lua does not know", function()
    local known = rockspecs.all()
    for _, path in ipairs(source.files("rockspec", "rockspec")) do
      assert(known[path], path)
    end
  end)

  it("the rock has the sources that the Makefile has", function()
    local made = made_from("CORE_SRC")
    for _, path in ipairs(made_from("BINDING_SRC")) do made[#made + 1] = path end
    assert(#made > 10)
    for _, version in ipairs { "scm", rockspecs.VERSION } do
      local rock = load_rockspec(("rockspec/instagram-%s-1.rockspec"):format(version))
      assert.same(made, rock.build.modules["instagram.core"].sources)
    end
  end)

  it("the version is the same everywhere", function()
    assert.equal(rockspecs.VERSION, require("instagram.core")._VERSION)
    assert.equal("instagram " .. rockspecs.VERSION, require("instagram")._VERSION)
    assert.equal("instagram.sandbox " .. rockspecs.VERSION,
      require("instagram.sandbox")._VERSION)
    local newest = source.read("CHANGELOG.md"):match("\n## (%d+%.%d+%.%d+)")
    assert.equal(rockspecs.VERSION, newest)
  end)

  it("the modules export their opening function and nothing else", function()
    local build = os.getenv("IG_BUILD") or "build"
    local abi = _VERSION:match("%d%.%d")
    for name, symbol in pairs {
      ["instagram/core"] = "luaopen_instagram_core",
      ["instagram/sandbox/host"] = "luaopen_instagram_sandbox_host",
    } do
      local file = ("%s/%s/%s.so"):format(build, abi, name)
      local names = output("nm -D --defined-only " .. file .. " | awk '{ print $3 }'")
      assert.equal(symbol .. "\n", names)
    end
  end)

  it("only Lua files are below lua/, for LuaRocks installs what is there", function()
    assert.equal("", (output("find lua sandbox/lua -type f ! -name '*.lua'")))
  end)

  it("the Makefile has the targets that the README and the docs name", function()
    local targets = {}
    for names in source.read("Makefile"):gmatch("\n([%l%d .-]+):[^=]") do
      for name in names:gmatch("%S+") do targets[name] = true end
    end
    local pages = source.files("docs", "md")
    pages[#pages + 1] = "README.md"
    local seen = 0
    for _, path in ipairs(pages) do
      local code = {}
      for inline in source.read(path):gmatch("%f[`]`(make [^`\n]+)`") do
        code[#code + 1] = inline
      end
      for _, block in ipairs(readme.blocks(path)) do
        if block.language == "sh" then code[#code + 1] = block.text end
      end
      local words = table.concat(code, "\n"):gsub("luarocks make", "")
      for target in words:gmatch("%f[%w]make ([%l][%w.-]*)") do
        assert(targets[target], path .. ": make " .. target)
        seen = seen + 1
      end
    end
    assert(seen > 1)
  end)
end)
