--- Finds the archive in a folder or zip (it may lie in a folder of its own), reads its
--- JSON, and names the file in every refusal.

local archive_source = require "instagram.sandbox.archive_source"
local check = require "instagram.sandbox.check"
local read_json = require "instagram.sandbox.json_read"

local archive_reader = {}

local misuse = check.misuse

--- Where posts are listed, in the layouts of the years; newest first.
archive_reader.folders = { "your_instagram_activity/content/",
  "your_instagram_activity/media/", "content/", "media/", "" }

--- Where the person is told of, newest first; public readers know all three.
archive_reader.people = {
  "personal_information/personal_information/personal_information.json",
  "personal_information/personal_information.json",
  "account_information/personal_information.json",
}

local methods = {}
local mt = { __index = methods }

--- Is there a file of that name?
function methods:has(name) return self.source:has(self.root .. name) end

--- Names in a folder ("" or with "/" at its end).
function methods:list(folder) return self.source:list(self.root .. folder) end

--- The file on disk of a picture or video, or nil. The name is the archive's word.
function methods:media(name, username)
  archive_source.check_name(name)
  return self.source:media(self.root .. name, username)
end

--- Gives the whole import up.
function methods.refuse(_, name, why)
  misuse("archive: " .. name .. ": " .. why)
end

--- The value of a JSON file.
function methods:json(name)
  local words, problem = self.source:text(self.root .. name)
  if not words then self:refuse(name, problem) end
  local value
  value, problem = read_json((words:gsub("^\239\187\191", "")))
  if value == nil then self:refuse(name, "no JSON: " .. (problem or "null")) end
  return value
end

local function has_posts(source, root)
  for _, folder in ipairs(archive_reader.folders) do
    for _, name in ipairs(source:list(root .. folder)) do
      if name:find("^posts[_%d]*%.json$") or name:find("^reels[_%d]*%.json$") then
        return true
      end
    end
  end
  return source:has(root .. "media.json")
end

local function has_person(source, root)
  for _, place in ipairs(archive_reader.people) do
    if source:has(root .. place) then return true end
  end
  return false
end

local function is_html(source, root)
  for _, folder in ipairs(archive_reader.folders) do
    if source:has(root .. folder .. "posts_1.html") then return true end
  end
  return source:has(root .. "start_here.html") or source:has(root .. "index.html")
end

local function find_root(source, given)
  local roots = { "" }
  for _, name in ipairs(source:tops()) do roots[#roots + 1] = name .. "/" end
  for _, root in ipairs(roots) do
    if has_posts(source, root) or has_person(source, root) then return root end
  end
  for _, root in ipairs(roots) do
    if is_html(source, root) then
      misuse("archive: '" .. given .. "' is the archive as HTML; ask for it as JSON")
    end
  end
  misuse("archive: '" .. given .. "' is no archive of Instagram's: there is neither "
    .. "your_instagram_activity/content/posts_1.json nor content/posts_1.json nor "
    .. "media.json in it")
end

--- A reader of an open source (see archive_source.lua).
---@param given string  what it was called, for messages
function archive_reader.new(source, given)
  return setmetatable({ source = source, root = find_root(source, given) }, mt)
end

return archive_reader
