--- Whose archive it is: name, biography, privacy, picture.
-- Labels are in the person's language, mangled like all text. Those below were seen in
-- archives published on GitHub: English (2024, yummyhopper/personal_instagram_analysis)
-- and Turkish (2026, Veterinalyus/iVerify_V1_Project); "Nome utente" in a reader of
-- Italian ones. In other languages the name of the archive tells the username.

local archive_reader = require "instagram.sandbox.archive_reader"
local words = require "instagram.sandbox.words"

local person = {}

local labels = {
  username = { "Username", "Kullanıcı adı", "Nome utente" },
  name = { "Name", "Ad" },
  biography = { "Bio", "Biyografi" },
  website = { "Website" },
  private = { "Private Account", "Gizli Hesap" },
}

local flags = { True = true, False = false, ["true"] = true, ["false"] = false }

-- Label -> value, all repaired.
local function values_of(map)
  local values = {}
  for label, item in pairs(type(map) == "table" and map or {}) do
    local value = type(item) == "table" and item.value
    if type(label) == "string" and type(value) == "string" then
      values[words.repair(label)] = words.repair(value)
    end
  end
  return values
end

local function pick(values, name)
  for _, label in ipairs(labels[name]) do
    if values[label] then return values[label] end
  end
end

-- nil when no label is known and not just one value can be the flag.
local function privacy_of(values)
  local known = pick(values, "private")
  if known then return flags[known] end
  local found, count = nil, 0
  for _, value in pairs(values) do
    if flags[value] ~= nil then found, count = flags[value], count + 1 end
  end
  if count == 1 then return found end
end

-- The only picture there is, whatever its label.
local function picture_of(map)
  for _, item in pairs(type(map) == "table" and map or {}) do
    if type(item) == "table" and type(item.uri) == "string" then return item.uri end
  end
end

local function of_user(user)
  local values = values_of(user.string_map_data)
  return { username = pick(values, "username"), name = pick(values, "name"),
    biography = pick(values, "biography"), website = pick(values, "website"),
    private = privacy_of(values), picture = picture_of(user.media_map_data),
    foreign = next(values) ~= nil and not pick(values, "username") }
end

-- 2018: profile.json, plain members.
local function of_profile(profile)
  local found = {}
  for name, member in pairs({ username = "username", name = "name",
    biography = "biography", website = "website" }) do
    local value = profile[member]
    found[name] = type(value) == "string" and words.repair(value) or nil
  end
  if type(profile.private_account) == "boolean" then
    found.private = profile.private_account
  end
  return found
end

-- instagram-anna-2024-05-12-AbCdEfGh.zip, anna_20190102.zip, anna_20190102_part_1
local function username_in(name)
  return name:match("instagram%-([%w._]+)%-%d%d%d%d%-%d%d%-%d%d")
    or name:match("^([%w._]-)_%d%d%d%d%d%d%d%d%f[^%d]")
end

local function of_file(reader, place)
  local data = reader:json(place)
  local users = type(data) == "table" and data.profile_user
  local user = type(users) == "table" and users[1]
  if type(user) ~= "table" then reader:refuse(place, "it has no profile_user") end
  return of_user(user)
end

local function find(reader)
  for _, place in ipairs(archive_reader.people) do
    if reader:has(place) then return of_file(reader, place), place end
  end
  if not reader:has("profile.json") then return {} end
  local data = reader:json("profile.json")
  if type(data) ~= "table" then reader:refuse("profile.json", "an object expected") end
  return of_profile(data), "profile.json"
end

--- What the archive says of its person; members it does not say are nil.
---@param reader table  see archive_reader.lua
---@return table found  username, name, biography, website, private, picture (a name in
--- the archive), file (where it was said), foreign (in a language not known here)
function person.read(reader)
  local found, file = find(reader)
  found.file = file
  found.username = found.username or username_in(reader.root)
  for _, name in ipairs(reader.source.names) do
    found.username = found.username or username_in(name)
  end
  return found
end

return person
