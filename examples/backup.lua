-- A backup of an Instagram account in a folder: run it every night, from cron.
--
--   INSTAGRAM_TOKEN_FILE=token.txt LUA examples/backup.lua FOLDER   the first time
--   LUA examples/backup.lua FOLDER                                  from then on
--
-- The token (the dashboard's "Generate token" gives one) is kept sealed in
-- FOLDER/tokens, its key in FOLDER/tokens.key, and refreshed before it ends, so
-- token.txt can go. A token that is given again replaces the one that is kept. A folder
-- is for one account.
--
--   FOLDER/2023-10-30-ID.json         a post as Instagram tells it, captions and all
--   FOLDER/2023-10-30-ID.jpg, .mp4    its picture or video
--   FOLDER/2023-10-30-ID-1.jpg, -2    those of an album
--
-- A post's .json is written last: where it is, the post is whole, and is not fetched
-- again. What is deleted on Instagram stays here. INSTAGRAM_BASE_URL leads to a
-- sandbox. Ends with 0 when all is there, with 1 when something failed; then the next
-- night goes on.
local cjson = require "cjson"
local instagram = require "instagram"

local folder = assert(arg[1], "usage: backup.lua FOLDER")
local token_file = os.getenv "INSTAGRAM_TOKEN_FILE"
local saved, failed = 0, 0

local function complain(what, message, err)
  failed = failed + 1
  io.stderr:write(what, ": ", message, err and ". " .. err.advice or "", "\n")
end

-- --- the account --------------------------------------------------------------------

local function give_up(...)
  complain(...)
  os.exit(1)
end

-- The token that is given is kept; its id. Not beside another account's.
local function take_in(app, accounts, kept)
  local secret, problem, why = instagram.secret.file(token_file)
  if not secret then give_up(token_file, problem, why) end
  local id, message, err = accounts:add(app:token { secret = secret })
  if not id then give_up("the token", message, err) end
  if kept and id ~= kept then
    accounts:forget(id)
    give_up("the token", "it is of another account than the one in " .. folder)
  end
  return id
end

-- The client of the account that is kept, or of the token that is given.
local function open()
  local app = instagram.app { base_url = os.getenv "INSTAGRAM_BASE_URL" }
  local accounts = assert(app:accounts {
    store = assert(instagram.store.file(folder .. "/tokens")),
  })
  local id = accounts:each()()
  if token_file then id = take_in(app, accounts, id) end
  if not id then
    give_up("no account yet", "name the file with a token in INSTAGRAM_TOKEN_FILE")
  end
  local client, message, err = accounts:client(id)
  if not client then give_up("the account", message, err) end
  return client
end

-- --- files --------------------------------------------------------------------------

local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end

-- Whole or not at all: a full disk must not leave half a post that looks done.
local function write(path, text)
  local file, problem = io.open(path .. ".new", "wb")
  if not file then return nil, problem end
  local written, on_write = file:write(text)
  local closed, on_close = file:close()
  if not (written and closed) then return nil, on_write or on_close end
  return os.rename(path .. ".new", path)
end

-- A post whose file Instagram does not give (music, a flag) is kept without.
local function save_file(client, media, path)
  if not media.media_url then return true end
  local ending = media.media_type == "VIDEO" and ".mp4" or ".jpg"
  if exists(path .. ending) then return true end
  return client:download(media, path .. ending)
end

local function save_files(client, post, path)
  if not post.children then return save_file(client, post, path) end
  for i, child in ipairs(post.children) do
    local done, message, err = save_file(client, child, path .. "-" .. i)
    if not done then return nil, message, err end
  end
  return true
end

local function save(client, post)
  local path = ("%s/%s-%s"):format(folder, (post.timestamp or "undated"):sub(1, 10),
    post.id)
  if exists(path .. ".json") then return end
  local done, message, err = save_files(client, post, path)
  if done then done, message = write(path .. ".json", cjson.encode(post) .. "\n") end
  if not done then return complain(post.permalink or post.id, message, err) end
  saved = saved + 1
end

-- --- the night's work ---------------------------------------------------------------

assert(os.execute("mkdir -p '" .. folder:gsub("'", "'\\''") .. "'"))
local client = open()
local pager = client:media {}
while true do
  local page, message, err = pager:next_page()
  if message then complain("the list of posts", message, err) end
  if not page then break end
  instagram.map(page, function(post) save(client, post) end, { concurrency = 4 })
end
print(("%d new posts, %d failures"):format(saved, failed))
os.exit(failed == 0 and 0 or 1)
