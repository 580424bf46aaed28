-- Writes rockspec/*.rockspec from the sources there are and the version number below
-- when run from the top folder (lua5.4 tools/rockspecs.lua). As a module it gives the
-- texts to spec/packaging_spec.lua, which holds the files against them.
local VERSION = "0.1.0"
local URL = "https://example.org/instagram-lua" -- where it will live is not settled yet

local function sources(folder)
  local list = {}
  local pipe = assert(io.popen("LC_ALL=C ls " .. folder .. "/*.c"))
  for path in pipe:lines() do list[#list + 1] = ("        %q,"):format(path) end
  pipe:close()
  return table.concat(list, "\n")
end

local HEAD = [[
rockspec_format = "3.0"
package = "@NAME"
version = "@VERSION-1"

source = {
  url = "git+@URL.git",@TAG
}

description = {
  summary = "@SUMMARY",
  detailed = [=[@DETAILED]=],
  homepage = "@URL",
  license = "MIT",
  labels = { "instagram", "api", "oauth2", "http" },
}

dependencies = { "lua >= 5.1, < 5.6", "lua-cjson" }

]]

-- No header is asked for by name: Debian keeps curl's where LuaRocks does not look.
local CLIENT = [[
external_dependencies = {
  CURL = { library = "curl" },
  SODIUM = { library = "sodium" },
}

-- The files below lua/ need no list: LuaRocks installs that folder as it is.
build = {
  type = "builtin",
  modules = {
    ["instagram.core"] = {
      sources = {
@SOURCES
      },
      libraries = { "curl", "sodium", "pthread" },
      incdirs = { "src/core", "$(CURL_INCDIR)", "$(SODIUM_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(SODIUM_LIBDIR)" },
    },
  },
}
]]

-- Built by the Makefile: type "builtin" would install the client's lua/ folder with it.
local SANDBOX = [[
external_dependencies = {
  MICROHTTPD = { library = "microhttpd" },
  SQLITE3 = { library = "sqlite3" },
  GNUTLS = { library = "gnutls" },
  CURL = { library = "curl" },
  ZIP = { library = "zip" },
}

build = {
  type = "make",
  build_target = "host",
  install_target = "install-sandbox",
  variables = {
    BUILD = "build/rock",
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    LUA_INCDIR = "$(LUA_INCDIR)",
  },
  install_variables = {
    LUADIR = "$(LUADIR)",
    LIBDIR = "$(LIBDIR)",
    BINDIR = "",
  },
  install = { bin = { "sandbox/bin/instagram-sandbox" } },
}
]]

local ROCKS = {
  ["instagram"] = {
    SUMMARY = "Instagram for Lua: log in, walk and download a person's media",
    DETAILED = [[

    A C core (libcurl, libsodium) does HTTP and tokens; scripts get native tables.
    Serves the Instagram API with Instagram Login and, in the sandbox, the Instagram
    Basic Display API. Not made by, nor affiliated with, Instagram or Meta.
  ]], body = CLIENT,
  },
  ["instagram-sandbox"] = {
    SUMMARY = "A local Instagram to develop and test against",
    DETAILED = [[

    Serves the Instagram Basic Display API and the Instagram API with Instagram Login
    from this machine, with demo pictures, a clock of its own and faults to order.
    Not made by, nor affiliated with, Instagram or Meta.
  ]], body = SANDBOX,
  },
}

local M = { VERSION = VERSION }

--- The text of the rockspec of a rock ("scm" or VERSION).
function M.text(name, version)
  local rock = ROCKS[name]
  local values = {
    NAME = name, VERSION = version, URL = URL,
    SUMMARY = rock.SUMMARY, DETAILED = rock.DETAILED,
    TAG = version == "scm" and "" or ('\n  tag = "v%s",'):format(version),
    SOURCES = sources("src/core") .. "\n" .. sources("src/binding"),
  }
  return ((HEAD .. rock.body):gsub("@(%u+)", values))
end

--- All of them: path -> text.
function M.all()
  local files = {}
  for name in pairs(ROCKS) do
    for _, version in ipairs { "scm", VERSION } do
      local path = ("rockspec/%s-%s-1.rockspec"):format(name, version)
      files[path] = M.text(name, version)
    end
  end
  return files
end

if arg and arg[0] and arg[0]:match("rockspecs%.lua$") then
  for path, text in pairs(M.all()) do
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
  end
end

return M
