-- examples/backup.lua does what its head says: every night what is new, whole posts
-- only, with a token that its file is needed for once.
local calls = require "spec.support.calls"
local cjson = require "cjson"
local process = require "spec.support.process"
local sandboxes = require "instagram.sandbox"

describe("examples/backup.lua #slow", function()
  local sandbox, folder, backup, token_file

  before_each(function()
    sandbox = assert(sandboxes.start { data = "empty" })
    sandbox:control("add_user", { username = "ana", account_type = "BUSINESS" })
    sandbox:control("bulk", { username = "ana", media = 7, albums = 2 })
    folder = calls.folder()
    backup, token_file = folder .. "/it's a backup", folder .. "/token.txt"
    calls.write(token_file, sandbox:generate_token("ana", "instagram_login") .. "\n")
  end)

  after_each(function()
    sandbox:stop()
    calls.remove(folder)
  end)

  -- One night: what it said, and the number it ended with.
  local function night(with_token)
    local code, text = process.run(("env INSTAGRAM_BASE_URL=%s %s %s"):format(
      process.quote(sandbox.url),
      with_token and "INSTAGRAM_TOKEN_FILE=" .. process.quote(with_token) or "",
      process.script("examples/backup.lua", backup)))
    return text, code
  end

  local function names(ending)
    local found = {}
    local list = process.output("ls " .. process.quote(backup))
    for name in list:gmatch("[^\n]+") do
      if name:find(ending) then found[#found + 1] = name end
    end
    return found
  end

  local function ends_well(words, text, code)
    assert.equal(words .. "\n", text)
    assert.equal(0, code)
  end

  it("keeps every post with its files, and the next night only what is new", function()
    ends_well("7 new posts, 0 failures", night(token_file))
    os.remove(token_file)
    local posts = names "%.json$"
    assert.equal(7, #posts)
    local files = 0
    for _, name in ipairs(posts) do
      local post = cjson.decode(calls.read(backup .. "/" .. name))
      assert.equal(name, ("%s-%s.json"):format(post.timestamp:sub(1, 10), post.id))
      files = files + (post.children and #post.children or 1)
    end
    assert.equal(files, #names "%.jpg$" + #names "%.mp4$")
    ends_well("0 new posts, 0 failures", night())
    local caption = "caf\195\169 \"au lait\""
    sandbox:control("add_media", { username = "ana", caption = caption })
    ends_well("1 new posts, 0 failures", night())
    assert.equal(8, #names "%.json$")
    assert.same({}, names "%.new$")
  end)

  it("leaves no half post behind, and goes on the next night", function()
    sandbox:fault { on = "/v/", kind = "status", status = 404, times = 1000 }
    local text, code = night(token_file)
    assert.equal(1, code)
    assert.matches("\n0 new posts, 7 failures\n$", text)
    assert.matches("https://www.instagram.com/p/", text, 1, true)
    assert.same({}, names "%.json$")
    assert.same({}, names "%.jpg$")
    sandbox:clear_faults()
    ends_well("7 new posts, 0 failures", night())
  end)

  it("says what it needs, and mixes no accounts", function()
    local text, code = night()
    assert.equal("no account yet: name the file with a token in "
      .. "INSTAGRAM_TOKEN_FILE\n", text)
    assert.equal(1, code)
    assert.matches("No such file", night(folder .. "/none"))
    ends_well("7 new posts, 0 failures", night(token_file))
    sandbox:control("add_user", { username = "ben", account_type = "BUSINESS" })
    local other = folder .. "/other.txt"
    calls.write(other, sandbox:generate_token("ben", "instagram_login"))
    text, code = night(other)
    assert.equal("the token: it is of another account than the one in " .. backup
      .. "\n", text)
    assert.equal(1, code)
    ends_well("0 new posts, 0 failures", night())
  end)
end)
