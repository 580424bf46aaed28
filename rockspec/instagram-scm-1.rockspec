rockspec_format = "3.0"
package = "instagram"
version = "scm-1"

source = {
  url = "git+https://example.org/instagram-lua.git",
}

description = {
  summary = "Instagram for Lua: log in, walk and download a person's media",
  detailed = [=[
    A C core (libcurl, libsodium) does HTTP and tokens; scripts get native tables.
    Serves the Instagram API with Instagram Login and, in the sandbox, the Instagram
    Basic Display API. Not made by, nor affiliated with, Instagram or Meta.
  ]=],
  homepage = "https://example.org/instagram-lua",
  license = "MIT",
  labels = { "instagram", "api", "oauth2", "http" },
}

dependencies = { "lua >= 5.1, < 5.6", "lua-cjson" }

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
        "src/core/ig_alloc.c",
        "src/core/ig_answer.c",
        "src/core/ig_api.c",
        "src/core/ig_app.c",
        "src/core/ig_attempt.c",
        "src/core/ig_buf.c",
        "src/core/ig_call.c",
        "src/core/ig_crypto.c",
        "src/core/ig_download.c",
        "src/core/ig_engine.c",
        "src/core/ig_error.c",
        "src/core/ig_find.c",
        "src/core/ig_flavour.c",
        "src/core/ig_http.c",
        "src/core/ig_http_address.c",
        "src/core/ig_http_head.c",
        "src/core/ig_http_tls.c",
        "src/core/ig_http_transfer.c",
        "src/core/ig_json.c",
        "src/core/ig_json_number.c",
        "src/core/ig_json_string.c",
        "src/core/ig_oauth.c",
        "src/core/ig_os.c",
        "src/core/ig_poll.c",
        "src/core/ig_redact.c",
        "src/core/ig_redirect.c",
        "src/core/ig_retry.c",
        "src/core/ig_secret.c",
        "src/core/ig_sign.c",
        "src/core/ig_token.c",
        "src/core/ig_token_answer.c",
        "src/core/ig_token_seal.c",
        "src/core/ig_url.c",
        "src/core/ig_usage.c",
        "src/binding/lig_app.c",
        "src/binding/lig_calls.c",
        "src/binding/lig_core.c",
        "src/binding/lig_engine.c",
        "src/binding/lig_error.c",
        "src/binding/lig_files.c",
        "src/binding/lig_flavours.c",
        "src/binding/lig_json.c",
        "src/binding/lig_object.c",
        "src/binding/lig_opts.c",
        "src/binding/lig_request.c",
        "src/binding/lig_seal.c",
        "src/binding/lig_secret.c",
        "src/binding/lig_token.c",
      },
      libraries = { "curl", "sodium", "pthread" },
      incdirs = { "src/core", "$(CURL_INCDIR)", "$(SODIUM_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(SODIUM_LIBDIR)" },
    },
  },
}
