--- Archives as Instagram makes them, of every layout, as map name -> bytes.
local cjson = require "cjson"
local pictures = require "spec.support.pictures"
local zip = require "spec.support.zip"

local archives = {}

local jpeg, mp4 = pictures.jpeg, pictures.mp4

--- How an archive lies on disk.
archives.forms = { "a folder", "a zip" }

--- Writes an archive (or the bytes of a zip) into a folder; its path.
function archives.write(form, folder, files, name)
  local path = folder .. "/" .. (name or "archive")
  if form == "a zip" then
    path = path .. ".zip"
    pictures.write(path, type(files) == "string" and files or zip.of(files))
  else
    pictures.fill(path, files)
  end
  return path
end

--- Text as the archives have it: each byte beyond ASCII as a character of Latin-1.
function archives.mangle(text)
  return (text:gsub("[\128-\255]", function(byte)
    local code = byte:byte()
    return code < 192 and "\194" .. byte or "\195" .. string.char(code - 64)
  end))
end

local function mangle_all(value)
  if type(value) == "string" then return archives.mangle(value) end
  if type(value) ~= "table" then return value end
  local out = {}
  for key, each in pairs(value) do out[mangle_all(key)] = mangle_all(each) end
  return out
end

--- JSON of a value, its text mangled.
function archives.json(value) return cjson.encode(mangle_all(value)) end

local json = archives.json

--- personal_information.json: fields by label, the picture's name in the archive.
function archives.person(fields, picture, label)
  local map = {}
  for name, value in pairs(fields) do
    map[name] = { href = "", value = value, timestamp = 0 }
  end
  local user = { title = "User Information", string_map_data = map }
  if picture then
    user.media_map_data = { [label or "Profile Photo"] = { uri = picture,
      creation_timestamp = 1650000000, title = "" } }
  end
  return json { profile_user = { user } }
end

local function medium(uri, taken, title)
  return { uri = uri, creation_timestamp = taken, title = title or "",
    media_metadata = { camera_metadata = { has_camera_metadata = false } },
    cross_post_source = { source_app = "FB" } }
end

archives.medium = medium

--- 2024: a picture, an album whose video has no ending, a reel, an IGTV video.
function archives.of_2024()
  return {
    ["personal_information/personal_information/personal_information.json"] =
      archives.person({ Username = "anna.b", Name = "Änna 🌊", Bio = "Zeile 1\nZeile 2",
        ["Phone Confirmed"] = "True", ["Private Account"] = "False",
        Website = "https://example.com" }, "media/profile/202205/me.jpg"),
    ["your_instagram_activity/content/posts_1.json"] = json {
      { media = { medium("media/posts/202405/a.jpg", 1715000000, "Ein Café 🇨🇴") } },
      { media = { medium("media/posts/202403/b.jpg", 1710000000),
        medium("media/posts/202403/AbCd_18000000000000001", 1710000000),
        medium("media/posts/202403/c.webp", 1710000000) }, title = "Zu zweit 🚕",
        creation_timestamp = 1710000001 } },
    ["your_instagram_activity/content/reels.json"] = json { ig_reels_media = {
      { media = { medium("media/reels/202404/r.mp4", 1712000000, "Rolle") } } } },
    ["your_instagram_activity/content/igtv_videos.json"] = json { ig_igtv_media = {
      { media = { medium("media/igtv/202001/i.mp4", 1580000000) } } } },
    ["your_instagram_activity/content/stories.json"] = json { ig_stories = {
      medium("media/stories/202404/s.jpg", 1713000000) } },
    ["media/profile/202205/me.jpg"] = jpeg("me"),
    ["media/posts/202405/a.jpg"] = jpeg("a"), ["media/posts/202403/b.jpg"] = jpeg("b"),
    ["media/posts/202403/AbCd_18000000000000001"] = mp4("video"),
    ["media/posts/202403/c.webp"] = "RIFF\4\0\0\0WEBPVP8 ",
    ["media/reels/202404/r.mp4"] = mp4("reel"),
    ["media/igtv/202001/i.mp4"] = mp4("igtv"),
    ["media/stories/202404/s.jpg"] = jpeg("story"),
    ["connections/followers_and_following/following.json"] = "{}",
  }
end

--- 2026: in a folder of its own, in Turkish, with posts.json beside posts_1.json.
function archives.of_2026()
  local top = "instagram-deniz.k-2026-08-11-AbCdEfGh/"
  local lists = top .. "your_instagram_activity/media/"
  return {
    [top .. "personal_information/personal_information/personal_information.json"] =
      archives.person({ ["Kullanıcı adı"] = "deniz.k", Ad = "Deniz",
        Biyografi = "Kaş 🌿", ["Gizli Hesap"] = "True" }, "media/posts/1.jpg",
        "Profil Fotoğrafı"),
    [lists .. "posts_1.json"] = json {
      { media = { medium("media/posts/2.jpg", 1778000002, "iki") } } },
    [lists .. "posts.json"] = json {
      { timestamp = 1778000002, media = { medium("media/posts/2.jpg", 1778000002) },
        label_values = { { label = "Caption", value = "iki" } }, fbid = "17841" },
      { timestamp = 1778000003, media = { medium("media/posts/3.jpg", 1778000003) },
        label_values = { { label = "Caption", value = "üç" } }, fbid = "17842" } },
    [top .. "media/posts/1.jpg"] = jpeg("1"), [top .. "media/posts/2.jpg"] = jpeg("2"),
    [top .. "media/posts/3.jpg"] = jpeg("3"),
  }
end

--- 2021: at the top, posts in two files.
function archives.of_2021()
  return {
    ["account_information/personal_information.json"] = archives.person {
      Username = "old_anna", Name = "Anna", ["Private Account"] = "True" },
    ["content/profile_photos.json"] = json { ig_profile_picture = {
      medium("media/profile/p.jpg", 1600000000) } },
    ["content/posts_1.json"] = json { { media = { medium("media/posts/1.jpg",
      1610000002, "eins") } } },
    ["content/posts_2.json"] = json { { media = { medium("media/posts/2.jpg",
      1610000001, "zwei") } } },
    ["content/posts_10.json"] = json { media = { medium("media/posts/3.jpg",
      1610000000, "drei") } },
    ["media/profile/p.jpg"] = jpeg("p"), ["media/posts/1.jpg"] = jpeg("1"),
    ["media/posts/2.jpg"] = jpeg("2"), ["media/posts/3.jpg"] = jpeg("3"),
  }
end

local DAY = "2018-11-30T08:00:00"

--- 2018: one list of pictures, one of videos.
function archives.of_2018()
  return {
    ["profile.json"] = json { username = "anna18", name = "Anna", biography = "früher",
      private_account = false, date_joined = "2013-01-01T00:00:00" },
    ["media.json"] = json {
      photos = {
        { caption = "allein", taken_at = "2018-12-31T08:05:13", path = "photos/1.jpg",
          location = "Vancouver" },
        { caption = "zu dritt", taken_at = DAY, path = "photos/2.jpg" },
        { caption = "zu dritt", taken_at = DAY, path = "photos/3.jpg" },
      },
      videos = {
        { caption = "zu dritt", taken_at = DAY, path = "videos/4.mp4" },
        { taken_at = "2018-10-01T00:00:00+00:00", path = "videos/5.mp4" },
      },
      profile = {
        { caption = "", taken_at = "2017-01-01T00:00:00", path = "profile/old.jpg" },
        { caption = "", taken_at = "2018-01-01T00:00:00", path = "profile/now.jpg",
          is_active_profile = true },
      },
      stories = { { taken_at = "2018-10-02T00:00:00", path = "stories/6.jpg" } },
      direct = { { taken_at = "2018-10-02T00:00:00", path = "direct/7.jpg" } },
    },
    ["photos/1.jpg"] = jpeg("1"), ["photos/2.jpg"] = jpeg("2"),
    ["photos/3.jpg"] = jpeg("3"), ["videos/4.mp4"] = mp4("4"),
    ["videos/5.mp4"] = mp4("5"), ["profile/now.jpg"] = jpeg("now"),
    ["profile/old.jpg"] = jpeg("old"),
  }
end

return archives
