-- Every switch of the sandbox: what it takes, what it refuses, what a reset does.
local control = require "spec.support.control"
local http = require "spec.support.sandbox_http"
local settings = require "instagram.sandbox.settings"

local start = control.start

describe("control", function()
  local sandbox

  setup(function() sandbox = control.start() end)
  teardown(function() sandbox:stop() end)
  before_each(function() control.renew(sandbox) end)

  local function refused(...) control.refused(sandbox, ...) end

  describe("the settings", function()
    local wrong = {
      boolean = { "yes", 1, {} }, number = { "5", true, 1.5, -1, 1e12, 0 / 0 },
      choice = { "perhaps", 5, true }, error = { "no_such", true, "code_used" },
      header = { 5, "x", { nonsense = 1 }, { call_count = "5" }, { call_count = -1 } },
    }
    local right = {
      boolean = { true, false }, error = { "blocked", false },
      header = { { call_count = 5 }, {}, false },
    }

    it("are shown with their defaults", function()
      local shown = sandbox:control "settings"
      for name, known in pairs(settings.known) do
        assert.equal(known.default, shown[name], name)
      end
    end)

    for name, known in pairs(settings.known) do
      it(name .. " takes what it can be, nothing else", function()
        local good = right[known.kind] or known
        if known.kind == "number" then good = { known.least, known.most, 400 } end
        for _, value in ipairs(good) do
          local shown = assert(sandbox:control("settings", { [name] = value }))
          if value == false and known.default == nil then value = nil end
          assert.same(value, shown[name])
        end
        local before = sandbox:control("settings")[name]
        for _, value in ipairs(wrong[known.kind]) do
          if value == value then
            refused("setting '" .. name .. "'", "settings", { [name] = value })
          end
        end
        assert.same(before, sandbox:control("settings")[name])
      end)
    end

    it("change all together or not at all", function()
      refused("setting 'page_default'", "settings", { page_max = 7, page_default = 0 })
      assert.equal(100, sandbox:control("settings").page_max)
      refused("unknown setting 'page_min'", "settings", { page_max = 7, page_min = 1 })
      assert.equal(100, sandbox:control("settings").page_max)
    end)

    it("are as at the start after a reset, lenient or not", function()
      local other = start { strict = false,
        settings = { page_max = 7, limits = "off" } }
      assert.equal(7, other:control("settings").page_max)
      other:control("settings", { page_max = 5, page_default = 2 })
      other:control("settings", { strict = true })
      other:fault { kind = "reset" }
      http.request(other, { path = "/me" })
      other:control "reset"
      assert.is_false(other:control("settings").strict)
      assert.equal(7, other:control("settings").page_max)
      assert.equal("off", other:control("settings").limits)
      assert.equal(25, other:control("settings").page_default)
      assert.same({}, other:requests())
      assert.equal(400, http.get(other, "/me").status)
      other:stop()
    end)

    it("given at a start are checked by name, before a file is touched", function()
      for setting, message in pairs { page_min = "unknown setting 'page_min'",
        page_max = "setting 'page_max' must be a whole number" } do
        local path = os.tmpname()
        os.remove(path)
        local other, problem = require("instagram.sandbox").start { db = path,
          settings = { [setting] = 0 } }
        assert.is_nil(other)
        assert.matches(message, problem, 1, true)
        assert.is_nil(io.open(path))
      end
    end)
  end)
end)
