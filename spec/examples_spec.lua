-- The host programs of examples/embed build and do what they say against the sandbox:
-- the core from C alone, and Lua with the module linked in statically.
local output = require("spec.support.process").run

describe("examples/embed #once", function()
  local folder, sandbox, token_file

  setup(function()
    local _, here = output("pwd")
    folder = (os.getenv("IG_BUILD") or here:gsub("\n", "") .. "/build") .. "/embed"
    local code, text = output("make -C examples/embed BUILD=" .. folder)
    assert(code == 0, text)
    sandbox = assert(require("instagram.sandbox").start {})
    token_file = os.tmpname()
    local file = assert(io.open(token_file, "w"))
    file:write(sandbox:generate_token("demo_user", "instagram_login"), "\n")
    file:close()
  end)

  teardown(function()
    if token_file then os.remove(token_file) end
    if sandbox then sandbox:stop() end
  end)

  it("feed.c shows a feed without Lua", function()
    local code, text = output(("INSTAGRAM_TOKEN_FILE=%s timeout -k 5 120 %s/feed %s")
      :format(token_file, folder, sandbox.url))
    assert(code == 0, text)
    assert.truthy(text:find("demo_user", 1, true), text)
    assert.truthy(text:find("permalink", 1, true), text)
  end)

  it("feed.c holds no Lua", function()
    local _, text = output("nm " .. folder .. "/feed | grep -c ' lua_'")
    assert.equal("0\n", text)
  end)

  it("engine.c runs a game's frames with the module linked in", function()
    local code, text = output(
      ("timeout -k 5 120 %s/engine lua examples/embed/frame.lua %s %s"):format(
        folder, sandbox.url, token_file))
    assert(code == 0, text)
    assert.truthy(text:find("demo_user", 1, true), text)
  end)
end)
