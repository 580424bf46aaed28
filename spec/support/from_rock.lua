-- What somebody who installed both rocks does first; tools/check-rocks.sh runs it from
-- another folder, with the installed tree as argument. Raises when something is wrong.
local tree = assert(arg[1])

local instagram = require "instagram"
local sandbox = assert(require("instagram.sandbox").start {})

local app = instagram.app(sandbox:credentials "instagram_login")
local token = app:token {
  secret = sandbox:generate_token("demo_user", "instagram_login"),
}
local client = app:client(token)

local count, picture = 0, nil
for media in client:media { max = 60 } do
  assert(type(media.id) == "string")
  if media.media_type == "IMAGE" and media.media_url then picture = media end
  count = count + 1
end
assert(count == 60, count .. " media")
local bytes = assert(client:fetch(picture))
assert(bytes:sub(1, 2) == "\255\216", "not a JPEG")

token:close()
sandbox:stop()

-- All of it came from the tree: the C modules too.
local seen = 0
for _, name in ipairs { "instagram", "instagram.sandbox" } do
  local file = debug.getinfo(require(name).start or require(name).app, "S").source
  assert(file:sub(2, 1 + #tree) == tree, file)
  seen = seen + 1
end
for _, name in ipairs { "instagram/core.so", "instagram/sandbox/host.so" } do
  local found
  for pattern in package.cpath:gmatch("[^;]+") do
    local path = pattern:gsub("%?%.so$", name)
    local file = io.open(path)
    if file then
      file:close()
      found = found or path
    end
  end
  assert(found and found:sub(1, #tree) == tree, name .. ": " .. tostring(found))
  seen = seen + 1
end
print("ok", count, #bytes, seen)
