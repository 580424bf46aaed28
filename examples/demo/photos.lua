--- One's own pictures as an account of the sandbox: every JPEG, PNG and MP4 of a folder
--- is a post, a subfolder is an album. Knows the sandbox's control; GNU find.
local photos = {}

local kinds = { jpg = "IMAGE", jpeg = "IMAGE", png = "IMAGE", mp4 = "VIDEO" }
local ALBUM_MAX = 10

-- Is it what its name says? Anything else no browser and no Instagram would show.
local function is_whole(path, kind)
  local file = io.open(path, "rb")
  local head = file and file:read(12) or ""
  if file then file:close() end
  if kind == "VIDEO" then return head:sub(5, 8) == "ftyp" end
  return head:sub(1, 3) == "\255\216\255" or head:sub(1, 4) == "\137PNG"
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- Files with their times, oldest first; names may hold anything but a zero byte.
local function list(folder)
  local text = output_of("find -L " .. quote(folder) .. " -mindepth 1 -maxdepth 2"
    .. " -type f -not -name '.*' -printf '%T@ %p\\0' 2>/dev/null")
  local files, left_out = {}, 0
  for at, path in text:gmatch "(%d+)%.?%d* (%Z+)%z" do
    local kind = kinds[(path:match "%.(%w+)$" or ""):lower()]
    if kind and is_whole(path, kind) then
      files[#files + 1] = { path = path, kind = kind, at = tonumber(at),
        inside = path:sub(#folder + 2):match "^(.-)/" }
    else
      left_out = left_out + 1
    end
  end
  table.sort(files, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.path < b.path
  end)
  return files, left_out
end

local function title_of(path)
  return (path:match "([^/]+)$":gsub("%.%w+$", ""):gsub("_+", " "))
end

local function post_of(file)
  return { type = file.kind, file = file.path, caption = title_of(file.path),
    timestamp = file.at }
end

-- A subfolder's files in parts of ten, as many as an album takes.
local function albums_of(folder, files)
  local posts = {}
  table.sort(files, function(a, b) return a.path < b.path end)
  for i = 1, #files, ALBUM_MAX do
    local album = { type = "CAROUSEL_ALBUM", caption = folder, timestamp = 0,
      children = {} }
    for k = i, math.min(i + ALBUM_MAX - 1, #files) do
      local file = files[k]
      table.insert(album.children, { type = file.kind, file = file.path })
      album.timestamp = math.max(album.timestamp, file.at)
    end
    if #album.children == 1 then
      album = post_of(files[i])
      album.caption = folder
    end
    posts[#posts + 1] = album
  end
  return posts
end

local function posts_of(files)
  local posts, folders, names = {}, {}, {}
  for _, file in ipairs(files) do
    local inside = file.inside
    if not inside then
      posts[#posts + 1] = post_of(file)
    elseif folders[inside] then
      table.insert(folders[inside], file)
    else
      folders[inside] = { file }
      names[#names + 1] = inside
    end
  end
  for _, name in ipairs(names) do
    for _, post in ipairs(albums_of(name, folders[name])) do
      posts[#posts + 1] = post
    end
  end
  table.sort(posts, function(a, b) return a.timestamp < b.timestamp end)
  return posts
end

-- Another folder, or other files in it, are another account: what was downloaded of one
-- is never taken for the other.
local function username_of(folder, files)
  local name = folder:gsub("/+$", ""):match "([^/]*)$":lower():gsub("[^%w._]", "_")
  local sum = 0
  for _, file in ipairs(files) do
    for i = 1, #file.path do sum = (sum * 33 + file.path:byte(i)) % 0x1000000 end
    sum = (sum + file.at) % 0x1000000
  end
  return ("%s.%06x"):format(name ~= "" and name or "photos", sum)
end

--- Makes the account; returns its name, how many posts, and how many files were left
--- out, or nil and why not.
---@param sandbox table
---@param folder string
---@return string? username
---@return integer|string posts
---@return integer? left_out
function photos.import(sandbox, folder)
  folder = folder:gsub("/+$", "")
  if not folder:find "^/" then
    folder = output_of "pwd -P":gsub("\n$", "") .. "/" .. folder
  end
  local files, left_out = list(folder)
  if #files == 0 then
    return nil, ("%s holds no JPEG, PNG or MP4 files"):format(folder)
  end
  local username = username_of(folder, files)
  local first = files[#files]
  sandbox:control("add_user", { username = username, name = folder:match "([^/]+)$",
    account_type = "MEDIA_CREATOR",
    picture = first.kind == "IMAGE" and first.path or nil })
  local posts = posts_of(files)
  for _, post in ipairs(posts) do
    post.username = username
    sandbox:control("add_media", post)
  end
  return username, #posts, left_out
end

return photos
