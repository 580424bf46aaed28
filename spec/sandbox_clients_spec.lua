-- Clients in other languages, unmodified, under `instagram-sandbox exec`: the programs
-- of examples/clients, and published ones from Debian and npm. They talk https to
-- Instagram's own hosts. What is not installed is skipped by name.
local process = require "spec.support.process"

local here = process.output("pwd"):match("[^\n]+")
local EXAMPLES = here .. "/examples/clients/"
local PUBLISHED = here .. "/spec/support/published/"
local NPM = here .. "/build/npm/node_modules"
local stem = os.tmpname()
local folder = stem .. "_clients"
os.execute("mkdir " .. process.quote(folder))

-- A search path of modules that holds in any folder.
local function absolute(path)
  return (path:gsub("[^;]+", function(place)
    return place:find("^/") and place or here .. "/" .. place
  end))
end

local COMMAND = process.quote("env", "LUA_PATH=" .. absolute(package.path),
  "LUA_CPATH=" .. absolute(package.cpath), "NODE_PATH=" .. NPM, process.lua,
  here .. "/sandbox/bin/instagram-sandbox")

-- Runs a shell's command in our folder: what it said, its exit code.
local function shell(command)
  return process.output("cd " .. process.quote(folder) .. " && " .. command .. " 2>&1")
end

local function works(command) return select(2, shell(command)) == 0 end

-- A program under exec, with a code of a login as its last argument.
local function logged_in(command, flavour)
  return shell(("FLAVOUR=%s %s exec -- %s %s"):format(flavour or "BASIC_DISPLAY",
    COMMAND, process.quote(EXAMPLES .. "login.sh"), command))
end

local python = works "/usr/bin/python3 -c ''" and "/usr/bin/python3" or "python3"

-- Name, what must work for it, how it is made (or false), how it is run.
local clients = {
  { "curl", "curl --version", false, EXAMPLES .. "feed.sh" },
  { "Python's urllib", python .. " -c 'import urllib.request'", false,
    python .. " " .. EXAMPLES .. "feed_urllib.py" },
  { "Python's requests", python .. " -c 'import requests'", false,
    python .. " " .. EXAMPLES .. "feed_requests.py" },
  { "Node's https", "node -e 'require(\"https\")'", false,
    "node " .. EXAMPLES .. "feed_https.mjs" },
  { "Node's fetch", "node -e 'fetch.name'", false,
    "node " .. EXAMPLES .. "feed_fetch.mjs" },
  { "Ruby's Net::HTTP", "ruby -e 'require \"net/http\"'", false,
    "ruby " .. EXAMPLES .. "feed.rb" },
  { "PHP's curl", "php -r 'curl_version();'", false, "php " .. EXAMPLES .. "feed.php" },
  { "PHP's streams", "php -r 'stream_get_wrappers();'", false,
    "php " .. EXAMPLES .. "feed_streams.php" },
  { "Go's net/http", "go version", "go build -o feed_go " .. EXAMPLES .. "feed.go",
    "./feed_go" },
  { "C's libcurl", "echo '#include <curl/curl.h>\n#include <jansson.h>' | cc -E -",
    "cc -Wall -Wextra -Werror -o feed_c " .. EXAMPLES .. "feed.c -lcurl -ljansson",
    "./feed_c" },
  { "our own library", "true", false,
    process.quote(process.lua, EXAMPLES .. "feed.lua") },
}

local function read(path)
  local file = io.open(folder .. "/" .. path, "rb")
  local text = file and file:read("*a")
  if file then file:close() end
  os.remove(folder .. "/" .. path)
  return text
end

teardown(function() os.execute("rm -r " .. process.quote(stem, folder)) end)

describe("under exec #once", function()
  local first -- what the first client saved: all get the same picture

  for _, client in ipairs(clients) do
    local name, needs, make, run = client[1], client[2], client[3], client[4]
    it(name .. " logs in, reads two pages, saves a picture", function()
      if not (works "curl --version" and works(needs)) then
        return pending(name .. " is not installed")
      end
      if make then
        local said, code = shell(make)
        assert.equal(0, code, said)
      end
      local text, code = logged_in(run)
      local size = text:match("^user demo_user\npage 1: 10 posts\npage 2: 10 posts\n"
        .. "picture (%d+) bytes\n$")
      assert.is_string(size, text)
      assert.equal(0, code)
      local picture = read "picture.jpg"
      assert.equal(tonumber(size), #picture)
      assert.equal("\255\216\255", picture:sub(1, 3))
      first = first or picture
      assert.is_true(picture == first)
    end)
  end

  it("the successor's API is there too", function()
    if not works "curl --version" then return pending "curl is not installed" end
    local text = logged_in(EXAMPLES .. "feed.sh", "INSTAGRAM_LOGIN")
    assert.matches("^user demo_user\npage 1: 10 posts\npage 2: 10 posts\npicture", text)
    assert.is_string(read "picture.jpg")
  end)

  it("any other host is refused", function()
    if not works "curl --version" then return pending "curl is not installed" end
    local text = logged_in("sh -c " .. process.quote(
      "curl -sS https://example.com/; curl -sS -o /dev/null -w '%{http_code} ' "
      .. "http://example.com/; exit 3"))
    assert.matches("CONNECT tunnel failed, response 403", text)
    assert.matches("403 $", text)
  end)
end)

describe("published clients, unmodified, #once", function()
  local function from_npm(package)
    if works("test -d " .. process.quote(NPM .. "/" .. package)) then return true end
    pending(package .. " is not there: `make clients` asks npm for it")
    return false
  end

  it("passport-instagram-graph (npm) logs in", function()
    if not from_npm "passport-instagram-graph" then return end
    assert.equal("user demo_user MEDIA_CREATOR\n",
      (logged_in("node " .. PUBLISHED .. "passport.cjs")))
  end)

  it("gatsby-source-instagram-all (npm) walks a whole feed with albums", function()
    if not from_npm "gatsby-source-instagram-all" then return end
    local text = logged_in("sh -c " .. process.quote(
      "exec node " .. PUBLISHED .. "gatsby.cjs $INSTAGRAM_SANDBOX_BASIC_DISPLAY_TOKEN"))
    local posts, albums, ids = text:match(
      "^(%d+) posts of demo_user\n(%d+) albums of (%d+)\n$")
    assert.is_string(posts, text)
    assert.equal(posts, ids)
    assert.is_true(tonumber(posts) > 100 and tonumber(albums) > 5)
  end)

  it("social-auth-core (Debian, Python) logs in", function()
    if not works(python .. " -c 'import social_core'") then
      return pending "python3-social-auth-core is not installed"
    end
    assert.equal("user demo_user\n",
      (logged_in(python .. " " .. PUBLISHED .. "social_auth.py")))
  end)

  it("golang.org/x/oauth2 (Debian, Go) logs in and reads with its header", function()
    local place = "/usr/share/gocode"
    if not works("go version && test -d " .. place .. "/src/golang.org/x/oauth2") then
      return pending "golang-golang-x-oauth2-dev is not installed"
    end
    local said, code = shell(("GO111MODULE=off GOPATH=%s go build -o oauth2 %s"):format(
      place, PUBLISHED .. "oauth2.go"))
    assert.equal(0, code, said)
    assert.equal("user demo_user\n", (logged_in("./oauth2")))
  end)
end)
