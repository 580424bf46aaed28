rockspec_format = "3.0"
package = "instagram-sandbox"
version = "0.1.0-1"

source = {
  url = "git+https://example.org/instagram-lua.git",
  tag = "v0.1.0",
}

description = {
  summary = "A local Instagram to develop and test against",
  detailed = [=[
    Serves the Instagram Basic Display API and the Instagram API with Instagram Login
    from this machine, with demo pictures, a clock of its own and faults to order.
    Not made by, nor affiliated with, Instagram or Meta.
  ]=],
  homepage = "https://example.org/instagram-lua",
  license = "MIT",
  labels = { "instagram", "api", "oauth2", "http" },
}

dependencies = { "lua >= 5.1, < 5.6", "lua-cjson" }

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
