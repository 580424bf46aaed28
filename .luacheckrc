-- luacheck's settings. "min": only what every Lua from 5.1 to 5.4 and LuaJIT has.
std = "min"
max_line_length = 88
read_globals = { -- what only some of them have, asked for before it is used
  "unpack", "jit",
  table = { fields = { "unpack" } },
  coroutine = { fields = { "close", "isyieldable" } },
  math = { fields = { "type" } },
}
exclude_files = { "build", "demo-out", "bench/out", "instagram" }

files["spec"].std = "min+busted"
-- Declarations: nothing uses them.
files["lua/**/*.d.lua"].ignore = { "212", "241", "331" }
files["bench/load_check.lua"].globals = { "setup", "init", "response", "done",
  "wanted", "answers", "wrong" } -- wrk's own, and its thread's
files["tools/luarocks-offline.lua"].globals = { "rocks_servers", "rocks_provided" }
