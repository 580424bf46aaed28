-- The sandbox's manual says what is true: its examples run, its tables name every
-- control call with its arguments and every setting with its default.
local http = require "spec.support.sandbox_http"
local readme = require "spec.support.readme"
local settings = require "instagram.sandbox.settings"
local source = require "spec.support.source"

local PAGE = "docs/sandbox.md"

describe("the manual #once", function()
  local sandbox

  setup(function() sandbox = require("instagram.sandbox").start() end)
  teardown(function() sandbox:stop() end)

  -- What the shell says to a script.
  local function shell(text)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    local pipe = assert(io.popen("sh " .. path .. " 2>&1"))
    local out = pipe:read("*a")
    pipe:close()
    os.remove(path)
    return out
  end

  -- Asks what a line with curl would ask.
  local function ask(line)
    local body, name = line:match "^curl %-d '(.*)' %$S/_sandbox/([%w_]+)$"
    if body then return http.control(sandbox, name, body) end
    local path, query = line:match '^curl "?%$S([^?"]+)%??([^"]*)"?$'
    return http.get(sandbox, assert(path, line), query)
  end

  local has_curl = shell "curl --version":find "^curl"

  for _, block in ipairs(readme.blocks(PAGE)) do
    if block.language == "lua" then
      it("has Lua that runs in line " .. block.line, function()
        local text = block.text:gsub("print%b()", "")
        assert((loadstring or load)(text))() -- luacheck: ignore
      end)
    elseif block.section == "A login with curl" then
      local test = has_curl and it or pending
      test("logs in with curl", function()
        local answer = shell((block.text:gsub("S=http[^\n]+", "S=" .. sandbox.url)))
        assert.matches('^{"data":%[{"id":"%d+"', answer)
        assert.matches('"children":{"data"', answer)
      end)
    elseif block.language == "sh" then
      it("has curl lines that are right", function()
        local count = 0
        for line in block.text:gmatch "[^\n]+" do
          assert.equal(200, ask(line).status, line)
          count = count + 1
        end
        assert.is_true(count >= 20)
      end)
    end
  end

  -- Names in the first column of the tables of a section.
  local function names(section)
    local found, inside = {}, false
    for _, line in ipairs(source.lines(source.read(PAGE))) do
      if line:match "^## " then inside = line == "## " .. section end
      local cell = inside and line:match "^| (`.-) |"
      for name in (cell or ""):gmatch "`([%w_]+)`" do found[name] = line end
    end
    return found
  end

  it("lists every control call with its arguments, and no other", function()
    local listed = names "Control calls"
    for name, call in pairs(require "instagram.sandbox.calls") do
      local line = listed[name] or ""
      assert.equal(call.get ~= nil, line:find("` G |", 1, true) ~= nil, name)
      for argument in pairs(name ~= "update_user" and call.takes or {}) do
        assert.is_number(line:find("`" .. argument .. "`", 1, true), argument)
      end
      listed[name] = nil
    end
    assert.same({}, listed)
  end)

  it("lists every kind of fault with its own members", function()
    local listed, faults = names "Faults", require "instagram.sandbox.faults"
    for kind, members in pairs(faults.kinds) do
      local line = assert(listed[kind], kind)
      for member in pairs(members) do
        assert.is_truthy(faults.of_every_kind[member]
          or line:find("`" .. member .. "`", 1, true), kind .. " " .. member)
      end
    end
    for member in pairs(faults.of_every_kind) do
      assert.is_truthy(member == "kind" -- the table's first column
        or source.read(PAGE):find("`" .. member .. "`", 1, true), member)
    end
  end)

  it("lists every refusal that is invented, in its words", function()
    local listed = names "What is invented"
    local errors = require "instagram.sandbox.errors"
    for _, group in ipairs { "graph", "flat", "window" } do
      for name, entry in pairs(errors[group]) do
        local evidence = " " .. (group == "graph" and entry[5] or entry[2]) .. " "
        if evidence:find "%WI%W" then
          local line = assert(listed[name], name)
          local text = (group == "graph" and entry[4] or entry[1]):gsub("%%[sd]", "...")
          assert.is_number(line:find(text, 1, true), name)
        end
      end
    end
  end)

  it("lists every setting with its default and its values", function()
    local listed = names "Settings"
    for name, known in pairs(settings.known) do
      local default = known.default == nil and "none" or tostring(known.default)
      local line = listed[name] or ""
      assert.matches("| `?" .. default .. "`? |", line)
      for _, value in ipairs(known) do
        assert.is_number(line:find(value, 1, true), name .. " " .. value)
      end
      listed[name] = nil
    end
    assert.same({}, listed)
  end)
end)
