--- The posts an archive tells of: captions, dates, names of files. Touches no media.
-- Meta documents no form of it. Members are as seen in an archive of 2024 published on
-- GitHub (yummyhopper/personal_instagram_analysis) and as public readers take them:
-- posts.json with label_values (2026), media.json (2018; PersonalDataPipeline/pdpl-cli,
-- ryanmonro/instagram-data-download-json-tool).

local archive_reader = require "instagram.sandbox.archive_reader"
local clock = require "instagram.sandbox.clock"
local input = require "instagram.sandbox.input"
local words = require "instagram.sandbox.words"

local archive_posts = {}

-- Lists in a folder: pattern, type of a video, the member that holds them.
local lists = {
  { "^posts_%d+%.json$", "VIDEO" },
  { "^posts%.json$", "VIDEO" }, -- 2026: some are in both files
  { "^igtv_videos[_%d]*%.json$", "VIDEO", "ig_igtv_media" },
  { "^reels[_%d]*%.json$", "REELS", "ig_reels_media" },
}

-- Lists of what no profile shows.
local left_out = {
  ["stories.json"] = "stories are no posts",
  ["archived_posts.json"] = "archived posts are hidden from the profile",
  ["other_content.json"] = "drafts and the like are no posts",
  ["recently_deleted_content.json"] = "deleted posts",
  ["reposts.json"] = "other people's posts",
}

-- Seconds of a number (also of milliseconds) or of an ISO date; nil when it is neither.
local function seconds_of(value)
  local number = tonumber(value)
  if number then
    value = number > 1e11 and number / 1000 or number
  elseif type(value) ~= "string" then
    return nil
  end
  local epoch = clock.read(value)
  return epoch and epoch > 0 and math.floor(epoch) or nil
end

local function words_of(value)
  return type(value) == "string" and words.trim(words.repair(value)) or nil
end

-- posts.json has its captions among the labels.
local function labelled(entry)
  local labels = type(entry.label_values) == "table" and entry.label_values or {}
  for _, item in ipairs(labels) do
    if type(item) == "table" and item.label == "Caption" then
      return words_of(item.value)
    end
  end
end

-- A post of several media has its caption and date itself, one of a single medium has
-- them there (seen in 2024).
local function draft_of(entry, kind)
  local draft = { files = {}, kind = kind,
    caption = words_of(entry.title) or labelled(entry),
    timestamp = seconds_of(entry.creation_timestamp) or seconds_of(entry.timestamp) }
  local media = type(entry.media) == "table" and entry.media or { entry }
  for _, item in ipairs(media) do
    if type(item) == "table" and type(item.uri) == "string" and item.uri ~= "" then
      draft.files[#draft.files + 1] = item.uri
      draft.caption = draft.caption or words_of(item.title)
      draft.timestamp = draft.timestamp or seconds_of(item.creation_timestamp)
    end
  end
  return draft
end

-- The list in a file: the file itself, its member, its only member, or a lone post.
local function list_in(data, member)
  if member and data[member] ~= nil then return data[member] end
  if data.media ~= nil or data.uri ~= nil then return { data } end
  local name, value = next(data)
  if type(name) == "string" and next(data, name) == nil then return value end
  return data
end

local function entries_of(reader, name, member)
  local data = reader:json(name)
  local list = type(data) == "table" and list_in(data, member)
  for _, entry in pairs(type(list) == "table" and list or { false }) do
    if type(entry) ~= "table" then reader:refuse(name, "a list of posts expected") end
  end
  return list
end

local function number_of(name) return tonumber(name:match("%d+")) or 0 end

local function files_of(reader, folder, pattern)
  local found = {}
  for _, name in ipairs(reader:list(folder)) do
    if name:find(pattern) then found[#found + 1] = name end
  end
  table.sort(found, function(a, b) return number_of(a) < number_of(b) end)
  return found
end

-- One post may be listed more than once: its first file tells.
local function add_draft(drafts, seen, draft)
  local first = draft.files[1]
  if not first or seen[first] then return end
  seen[first] = true
  drafts[#drafts + 1] = draft
end

local function read_lists(reader, folder, drafts, report)
  local seen = {}
  for _, list in ipairs(lists) do
    for _, name in ipairs(files_of(reader, folder, list[1])) do
      for _, entry in ipairs(entries_of(reader, folder .. name, list[3])) do
        add_draft(drafts, seen, draft_of(entry, list[2]))
      end
    end
  end
  for _, name in ipairs(reader:list(folder)) do
    if left_out[name] then input.skip(report, folder .. name, left_out[name]) end
  end
end

-- --- 2018 ---------------------------------------------------------------------------

local function members_of(reader, data, name)
  local list = data[name]
  if list == nil then return {} end
  for _, item in pairs(type(list) == "table" and list or { false }) do
    if type(item) ~= "table" then
      reader:refuse("media.json", "'" .. name .. "' is no list of media")
    end
  end
  return list
end

-- Every picture stands for itself. Those of one second were one album (invented: nobody
-- posts twice in a second, and nothing else tells).
local function add_old(drafts, by_time, item)
  if type(item.path) ~= "string" then return end
  local taken = seconds_of(item.taken_at)
  local draft = by_time[taken or 0]
  if not draft then
    draft = { files = {}, kind = "VIDEO", timestamp = taken }
    drafts[#drafts + 1] = draft
    if taken then by_time[taken] = draft end
  end
  draft.files[#draft.files + 1] = item.path
  draft.caption = draft.caption or words_of(item.caption)
end

local function read_old(reader, drafts, report)
  local data, by_time = reader:json("media.json"), {}
  if type(data) ~= "table" then reader:refuse("media.json", "an object expected") end
  for _, name in ipairs({ "photos", "videos" }) do
    for _, item in ipairs(members_of(reader, data, name)) do
      add_old(drafts, by_time, item)
    end
  end
  if #members_of(reader, data, "stories") > 0 then
    input.skip(report, "media.json: stories", left_out["stories.json"])
  end
  local picture
  for _, item in ipairs(members_of(reader, data, "profile")) do
    if not picture or item.is_active_profile == true then picture = item.path end
  end
  return picture
end

--- Reads all posts.
---@return table drafts  list of { files (names in the archive), kind ("VIDEO", "REELS":
--- what a lone video is), caption, timestamp }; caption and timestamp may be nil
---@return string|nil picture  of the person, a name in the archive
function archive_posts.read(reader, report)
  local drafts, picture = {}, nil
  for _, folder in ipairs(archive_reader.folders) do
    read_lists(reader, folder, drafts, report)
    local name = folder .. "profile_photos.json"
    if folder ~= "" and not picture and reader:has(name) then
      local first = entries_of(reader, name, "ig_profile_picture")[1]
      picture = first and first.uri
    end
    if #drafts > 0 then return drafts, picture end
  end
  if reader:has("media.json") then picture = read_old(reader, drafts, report) end
  return drafts, picture
end

return archive_posts
