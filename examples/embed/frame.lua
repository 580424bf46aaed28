-- What a game does with the library: start tasks once, move them a little in each
-- frame. Run by engine.c: `engine LUA-FOLDER frame.lua BASE-URL TOKEN-FILE`.
local instagram = require "instagram"

local base_url, token_file = ...
local app = instagram.app { base_url = base_url }
local secret = assert(instagram.secret.file(token_file))
local client = app:client(app:token { secret = secret })

local task = instagram.spawn(function()
  local me = assert(client:me())
  local posts, pager = {}, client:media { max = 5 }
  local media = assert(pager:next()) -- a `for` loop cannot wait in a task of Lua 5.1
  while media do
    posts[#posts + 1] = media
    media = pager:next()
  end
  return me, posts
end)

local frames = 0
return function()
  frames = frames + 1
  instagram.update(0.002) -- two milliseconds of a frame
  if not task:done() then
    return true
  end
  local me, posts = task:wait()
  print(me.username)
  for _, media in ipairs(posts) do
    print(media.timestamp, media.permalink)
  end
  return false
end
