-- The walls of the house: what each room must not know or do. A wall is a function of
-- a file's path and text that says what is wrong with it, and a piece of bad code that
-- proves the wall stands. spec/walls_spec.lua holds all files against all walls.
local source = require "spec.support.source"

local walls = {}

-- files: "folder folder: ending ending"; check(path, text, complain);
-- bad: { path, text } that the check must complain of
local function wall(name, files, check, bad)
  local folders, endings = files:match("^(.*): (.*)$")
  walls[#walls + 1] = {
    name = name, folders = folders, endings = endings, bad = bad,
    problems = function(path, text)
      local list = {}
      check(path, text, function(line, message)
        list[#list + 1] = ("%s:%s: %s"):format(path, line, message)
      end)
      return list
    end,
  }
end

local OURS = "src lua sandbox spec bench examples tools"

-- Complains of each line of the code in which the pattern stands.
local function each_line(text, pattern, complain, message)
  for number, line in ipairs(source.lines(text)) do
    local found = line:match(pattern)
    if found then complain(number, message:format(found)) end
  end
end

local function includes(path, text, complain, pattern, message)
  local code = source.code(path, text)
  each_line(code, '^%s*#%s*include%s*[<"](' .. pattern .. ')[">]', complain, message)
end

-- --- who may know what ---------------------------------------------------------------

wall("the core does not know Lua", "src/core: c h", function(path, text, complain)
  includes(path, text, complain, ".*lua%a*%.hp*", "%s in the core")
  includes(path, text, complain, ".*lauxlib%.h", "%s in the core")
  each_line(source.code(path, text, true), "%f[%w_](luaL?_[%w_]+)", complain,
    "%s in the core")
end, { "src/core/ig_x.c", '#include <lua.h>\nlua_State *L;\n' })

wall("only the HTTP room knows curl", "src sandbox: c h", function(path, text, complain)
  if path:match("^src/core/ig_http[%w_]*%.[ch]$") then return end
  if path == "sandbox/src/post.c" then return end -- the sandbox's own requests
  includes(path, text, complain, "curl/.*", "<%s> outside the HTTP room")
  each_line(source.code(path, text, true), "%f[%w_](curl_[%w_]+%s*)%(", complain,
    "%s outside the HTTP room")
end, { "src/core/ig_app.c", "#include <curl/curl.h>\n" })

wall("only the crypto room knows sodium", "src sandbox: c h",
  function(path, text, complain)
    if path:match("^src/core/ig_crypto%.[ch]$") then return end
    includes(path, text, complain, "sodium.*", "<%s> outside the crypto room")
  end, { "src/binding/lig_token.c", "#include <sodium.h>\n" })

wall("the binding knows no system headers of rooms below", "src/binding: c h",
  function(path, text, complain)
    includes(path, text, complain, "sys/.*", "<%s> in the binding")
    includes(path, text, complain, "unistd%.h", "<%s> in the binding")
  end, { "src/binding/lig_app.c", "#include <sys/epoll.h>\n" })

wall("curl's callbacks never call Lua", "src: c", function(_, text, complain)
  for _, fn in ipairs(source.c_functions(text)) do
    local call = fn.name:match("^on_") and fn.body:match("%f[%w_]luaL?_[%w_]+")
    if call then complain(fn.line, fn.name .. " calls " .. call) end
  end
end, { "src/core/ig_x.c", "static int on_body(void *p)\n{\n  lua_pop(L, 1);\n}\n" })

wall("no references in the registry", "src: c h", function(path, text, complain)
  each_line(source.code(path, text, true), "luaL_(u?n?ref)%f[%W]", complain, "luaL_%s")
end, { "src/binding/lig_x.c", "int r = luaL_ref(L, 1);\n" })

wall("the sandbox and the client share no C", "src sandbox: c h",
  function(path, text, complain)
    local other = path:match("^sandbox/") and "l?ig[_.].*" or ".*sandbox.*"
    includes(path, text, complain, other, "%s is on the other side")
    includes(path, text, complain, ".*%.%./src/.*", "%s is on the other side")
  end, { "sandbox/src/host.c", '#include "ig_buf.h"\n' })

wall("the sandbox and the client share no Lua", "lua sandbox: lua",
  function(path, text, complain)
    local code = source.code(path, text)
    for number, line in ipairs(source.lines(code)) do
      for name in line:gmatch("[\"'](instagram[%w_.]*)[\"']") do
        local theirs = name:match("^instagram%.sandbox") ~= nil
        local required = line:match("require") or line:match("package")
        if required and theirs ~= (path:match("^sandbox/") ~= nil) then
          complain(number, name .. " is on the other side")
        end
      end
    end
  end, { "sandbox/lua/instagram/sandbox/x.lua", 'local x = require "instagram.x"\n' })

-- The seam itself; and a store that lives in nginx's shared memory, which is no loop.
local SEAM = {
  ["lua/instagram/wait.lua"] = true, ["lua/instagram/store/ngx_shared.lua"] = true,
}

wall("loops are known through one seam", "lua: lua", function(path, text, complain)
  if SEAM[path] or path:match("^lua/instagram/loop/") or path:match("%.d%.lua$") then
    return
  end
  local code = source.code(path, text)
  for _, word in ipairs { "ngx", "luv", "uv", "cqueues", "copas" } do
    each_line(code, "%f[%w_](" .. word .. ")%f[^%w_]", complain, "mentions %s")
  end
  -- The tasks' own scheduler steps the engine, as the seam does; nobody else.
  if path ~= "lua/instagram/tasks.lua" then
    each_line(code, ":(step)%s*%(", complain, "calls %s itself")
  end
end, { "lua/instagram/pager.lua", "if ngx then engine:step(1) end\n" })

wall("nginx is never put to sleep for 0", OURS .. " docs: lua md",
  function(path, text, complain)
    local code = path:match("%.lua$") and source.code(path, text) or text
    each_line(code, "(ngx%.sleep%(%s*0%.?0*%s*%))", complain, "%s starves the worker")
  end, { "lua/instagram/loop/openresty.lua", "ngx.sleep(" .. "0)\n" })

-- --- what nobody does ----------------------------------------------------------------

local BANNED = "sprintf vsprintf strcpy strncpy strcat strncat strtok atoi atol " ..
  "atof gmtime localtime asctime ctime rand srand gets alloca"
local HEAP = "malloc calloc realloc free strdup strndup"

wall("no banned functions", "src sandbox/src examples bench spec/c: c h",
  function(path, text, complain)
    local code = source.code(path, text, true)
    local list = BANNED
    -- The core allocates through ig_alloc.h alone, the binding through Lua.
    if path:match("^src/") and not path:match("^src/core/ig_alloc%.c$") then
      list = list .. " " .. HEAP
    end
    for name in list:gmatch("%S+") do
      each_line(code, "%f[%w_](" .. name .. ")%s*%(", complain, "%s is banned")
    end
  end, { "src/core/ig_x.c", "  char *p = malloc(3);\n" })

wall("no token in a format string", "src lua: c h lua",
  function(path, text, complain)
    for _, literal in ipairs(source.strings(path, text)) do
      local formats = literal:match("%%[-+ #0-9.*lhzjt]*[sdiuxXcfgeq]")
      if formats and literal:match("access_token") then complain("?", literal) end
    end
  end, { "src/core/ig_x.c", '  printf("/me?access_token=%s", t);\n' })

wall("no machine paths", OURS .. " docs rockspec .ci README.md CHANGELOG.md Makefile" ..
  ": c h lua md sh rockspec run Makefile",
  function(_, text, complain)
    for _, place in ipairs { "/wo" .. "rk/", "/tmp/bri" .. "ef", "/ho" .. "me/%a",
      "/ro" .. "ot/", "/Us" .. "ers/%a" } do
      each_line(text, "%f[%w/](" .. place .. ")", complain, "the path %s")
    end
  end, { "docs/x.md", "see /wo" .. "rk/x\n" })

wall("nothing is left open", "src lua sandbox spec examples bench tools: c h lua sh",
  function(_, text, complain)
    for _, word in ipairs { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "HA" .. "CK" } do
      each_line(text, "%f[%w](" .. word .. ")%f[%W]", complain, "%s")
    end
  end, { "src/core/ig_x.c", "/* TO" .. "DO: all of it */\n" })

-- --- how it is written ---------------------------------------------------------------

-- Tables of data, better read as long lines.
local WIDE = { ["src/core/ig_flavour.c"] = true, ["src/core/ig_error.h"] = true }

wall("no line over 88 columns", OURS .. ": c h lua", function(path, text, complain)
  if WIDE[path] then return end
  for number, line in ipairs(source.lines(text)) do
    local columns = #line:gsub("[\128-\191]", "")
    if columns > 88 then complain(number, columns .. " columns") end
  end
end, { "lua/x.lua", ("x"):rep(89) .. "\n" })

wall("no tabs, no blanks at the end", OURS .. " docs: c h lua md sh",
  function(_, text, complain)
    each_line(text, "(\t)", complain, "a tab%s")
    each_line(text, "([ \t\r])$", complain, "a blank at the end%s")
  end, { "lua/x.lua", "x = 1 \n" })

wall("a file begins by saying what it is",
  OURS .. " .ci Makefile .busted .luacheckrc" ..
  ": c h lua sh run Makefile busted luacheckrc",
  function(path, text, complain)
    if text:match("^#!") then text = text:gsub("^[^\n]*\n", "") end
    local opening = path:match("%.[ch]$") and "^/%* *%w"
      or (path:match("%.lua$") or path:match("%.%l+$") and not path:match("%.sh$"))
      and "^%-%-%-? *[%w@`]" or "^# *%w"
    if not text:match(opening) then complain(1, "does not begin with a comment") end
  end, { "src/core/ig_x.c", "#include <stdio.h>\n" })

-- Functions longer than a screen, each with its reason.
walls.LONG = {}

wall("a function fits on a screen", "src sandbox/src examples bench spec/c tools: c",
  function(path, text, complain)
    for _, fn in ipairs(source.c_functions(text)) do
      if fn.length > 60 and not walls.LONG[path .. ":" .. fn.name] then
        complain(fn.line, fn.name .. " has " .. fn.length .. " lines")
      end
    end
  end, { "src/core/ig_x.c", "int f(void)\n{\n" .. ("  x();\n"):rep(60) .. "}\n" })

-- Files of more than 500 lines, each with its reason.
walls.BIG = {}

wall("a file does one thing", "src lua sandbox/src sandbox/lua: c h lua",
  function(path, text, complain)
    local count = #source.lines(text)
    if count > 500 and not walls.BIG[path] then complain(1, count .. " lines") end
  end, { "lua/x.lua", ("x()\n"):rep(501) })

return walls
