-- Reads the three plans and writes what comes of them: the jobs for the painter, or the
-- feed that the sandbox shows. Usage:
--   lua feed.lua OUT jobs     the jobs whose picture or film is not in OUT yet
--   lua feed.lua OUT feed     OUT/feed.json
-- Knows the Lua standard library only; the same plans give the same feed, always.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local out, what = arg[1], arg[2]

local people = {
  { plan = "wanderer.txt", initial = "w", username = "demo_user",
    name = "Mara Lindqvist",
    biography = "Walks until the light does something 🏔️🌊✨\n"
      .. "Places that exist only here, painted by a small program.",
    website = "https://example.com/mara", account_type = "MEDIA_CREATOR",
    private = false,
    portrait = "balloons q light=flamingo n=4", followers_count = 18243,
    follows_count = 412, liked = 900 },
  { plan = "potter.txt", initial = "p", username = "second_user",
    name = "Inês Duarte · clay & paper",
    biography = "Pots, tiles, prints. Blue is a hobby.\n📍 Rua do Forno 7, upstairs",
    website = "https://example.com/ines", account_type = "BUSINESS", private = false,
    portrait = "plates q scale=2 set=indigo n=1", followers_count = 7310,
    follows_count = 388, liked = 420 },
  { plan = "neighbour.txt", initial = "n", username = "private_user", name = "Jo",
    biography = "just for us", website = "", account_type = "PERSONAL", private = true,
    portrait = "moon q phase=0.5 light=lilac size=0.3", followers_count = 23,
    follows_count = 41, liked = 11 },
}

local sizes = { s = { 640, 640 }, p = { 640, 800 }, l = { 640, 336 },
  q = { 440, 440 }, v = { 400, 500 }, r = { 360, 640 } }

-- The same text gives the same number: no two lines share a seed by accident, and a new
-- line leaves all other pictures as they are.
local function seed_of(text)
  local h = 5381
  for i = 1, #text do
    h = (h * 33 + text:byte(i)) % 4294967296
  end
  return h
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function length(text)
  local _, n = text:gsub("[^\128-\191]", "")
  return n
end

-- Instagram stops at 2,200 characters; people fill the last lines with dots and tags.
local function to_the_limit(text)
  local tags = "\n#walking #slow #mountains #fog #boots #secondsandwich #orrinwall"
  local room = 2200 - length(text) - length(tags)
  local dots = ("\n."):rep(math.floor(room / 2))
  return text .. dots .. (room % 2 == 1 and "." or "") .. tags
end

local function caption_of(text)
  if not text then return nil end
  text = text:gsub("\\(.)", { n = "\n", ["\\"] = "\\" })
  if text:find("{LONG}", 1, true) then
    local story = read(here .. "/story.txt"):gsub("%s+$", ""):gsub("%%", "%%%%")
    text = to_the_limit((text:gsub("{LONG}", story)))
  end
  return text
end

-- ---- one picture or film ----

-- Fine patterns cost many bytes: they are a fifth smaller, their films coarser.
local fine = { tiles = true, marble = true, plates = true, lino = true, tests = true,
  cyanotype = true, city = true, trails = true }

local jobs, named = {}, {}

local function paint(person, text, moving)
  local scene, shape, rest = text:match("^(%S+) (%a)%s*(.*)$")
  assert(scene and sizes[shape], "cannot read: " .. text)
  local key = person.initial .. " " .. text
  local id = ("%s-%s-%06x"):format(person.initial, scene, seed_of(key) % 0x1000000)
  local seed = rest:match("seed=(%d+)") or seed_of(key) % 1000000
  local width, height = sizes[shape][1], sizes[shape][2]
  if fine[scene] and not moving then
    width, height = math.floor(width * 13 / 32) * 2, math.floor(height * 13 / 32) * 2
  end
  local item = { scene = scene, args = rest, name = id }
  local function job(path, args)
    jobs[#jobs + 1] = { path = path, line = ("%s %%s/%s %s %d %d %s"):format(
      scene, path, seed, width, height, args) }
  end
  rest = rest:gsub("%s*seed=%d+", "")
  if moving then
    item.file = "videos/" .. id .. ".mp4"
    item.thumbnail = "pictures/" .. id .. "-poster.jpg"
    job(item.file, (fine[scene] and "crf=35 " or "") .. "rate=18 " .. rest)
    job(item.thumbnail, rest:gsub("seconds=%S+", "") .. " time=1.5 limit=14")
  else
    item.file = "pictures/" .. id .. ".jpg"
    job(item.file, rest .. " limit=" .. (shape == "l" and 14 or 20))
  end
  return item
end

-- ---- alternative texts ----

local lights = { rose = "a rose dawn", gold = "golden light", violet = "a violet dusk",
  blue = "blue hour", noon = "clear daylight", teal = "teal haze",
  storm = "a storm sky",
  ember = "a red evening", winter = "winter light", mint = "a green night",
  peach = "a peach morning", moss = "soft green light", sepia = "brown fog",
  night = "night", lilac = "lilac light", coral = "a coral sunset", rust = "dry heat",
  silver = "silver cloud", autumn = "autumn light", dusk = "dusk",
  flamingo = "a pink evening", sage = "pale morning light" }

local things = { ranges = "Layers of mountain ridges in %s",
  forest = "A forest in fog, %s",
  relief = "A wide mountain landscape in %s", sea = "The open sea in %s",
  shore = "A beach from above, foam on the sand",
  aurora = "Northern lights over a ridge",
  trails = "Star trails over fir trees", galaxy = "The Milky Way over a dark ridge",
  moon = "The moon, close", city = "A skyline with lit windows in %s",
  lighthouse = "A lighthouse on a cliff in %s", cabin = "A cabin in the snow, %s",
  rain = "Lights behind a rainy window", field = "Rows of a field under %s",
  balloons = "Hot air balloons in %s", blossom = "A blossoming branch before the moon",
  viaduct = "A train on a stone viaduct in %s", pots = "Hand-made pottery on a table",
  wheel = "A vessel on the potter's wheel", tiles = "A pattern of hand-made tiles",
  tests = "Glaze test tiles in rows", plates = "A painted plate from above",
  cyanotype = "A white plant print on deep blue paper",
  watercolour = "A watercolour of a plant on cream paper",
  lino = "A lino print of a plant in two colours", marble = "Marbled paper" }

local reliefs = { dunes = "Sand dunes in %s", mesa = "Red table mountains in %s",
  hills = "Green rolling hills in %s", isles = "Steep islands in still water, %s" }

local function alt_of(item)
  local light = lights[item.args:match("light=(%a+)") or ""] or "soft light"
  local kind = item.args:match("kind=(%a+)")
  return ((reliefs[kind or ""] or things[item.scene]):format(light))
end

-- ---- the plan ----

local function take_name(text)
  local name, rest = text:match("^@(%w+)%s+(.+)$")
  return name, rest or text
end

local function child(person, text)
  local known = text:match("^@(%w+)$")
  if known then
    return assert(named[known], "no picture is called @" .. known)
  end
  local moving = text:match("^film (.+)$")
  local name, spec = take_name(moving or text)
  local item = paint(person, spec, moving ~= nil)
  if name then named[name] = item end
  return item
end

local function read_plan(person)
  local posts, month, n = {}, nil, {}
  for line in (read(here .. "/" .. person.plan)):gmatch("[^\n]+") do
    if line:match("^%[") then
      month = line:match("%[(.-)%]")
    elseif line:match("^  ") then
      local album = posts[#posts]
      album.children[#album.children + 1] = child(person, line:sub(3))
    elseif not line:match("^#") then
      local head, text = line:match("^(.-)%s*|%s*(.*)$")
      local kind, secret, spec = (head or line):match("^(%a+)(!?)%s*(.*)$")
      local post = { month = month, kind = kind, caption = caption_of(text),
        no_media_url = secret == "!" or nil }
      if kind == "album" then
        post.children = {}
      else
        local name
        name, spec = take_name(spec)
        post.item = paint(person, spec, kind ~= "pic")
        if name then named[name] = post.item end
      end
      n[month] = (n[month] or 0) + 1
      post.place = n[month]
      posts[#posts + 1] = post
    end
  end
  for _, post in ipairs(posts) do
    post.share = n[post.month]
  end
  return posts
end

-- ---- when, and how it was liked ----

local hours = { rose = 7, gold = 18, violet = 21, blue = 20, noon = 13, teal = 9,
  storm = 15, ember = 20, winter = 11, mint = 22, peach = 8, moss = 10, sepia = 9,
  night = 23, lilac = 19, coral = 20, rust = 16, silver = 12, autumn = 16, dusk = 20,
  flamingo = 20, sage = 8 }

local function stamp(post, person)
  local item = post.item or post.children[1]
  local chance = seed_of(person.initial .. post.month .. post.place)
  local days = post.month == "2023-10" and 30 or 28
  local day = math.floor(days * (post.place - 0.25) / post.share)
  local hour = hours[item.args:match("light=(%a+)") or ""] or 9 + chance % 11
  if post.place < post.share and day > 1 then day = day - chance % 2 end
  if post.month == "2023-10" and post.place == post.share then day = 30 end
  return ("%s-%02dT%02d:%02d:%02d+0000"):format(post.month, math.max(day, 1), hour,
    chance % 3600 / 60 - chance % 3600 / 60 % 1, chance % 60)
end

local function likes(post, person)
  local age = tonumber(post.month:sub(1, 4)) - 2020
  local chance = seed_of(post.month .. post.place .. person.username) % 1000 / 1000
  return math.floor(person.liked * age * (0.35 + chance) / 2)
end

-- ---- writing ----

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    local short = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n" }
    return short[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function member(list, name, value)
  if type(value) == "string" then
    value = quoted(value)
  elseif type(value) == "number" then
    value = ("%.0f"):format(value)
  end
  if value ~= nil then
    list[#list + 1] = quoted(name) .. ": " .. tostring(value)
  end
end

local function media_members(kind, item)
  local m = {}
  member(m, "type", kind)
  member(m, "file", item.file)
  member(m, "thumbnail", item.thumbnail)
  return m
end

local types = { pic = "IMAGE", film = "VIDEO", reel = "REELS",
  album = "CAROUSEL_ALBUM" }

local function post_text(post, person)
  local m
  if post.kind == "album" then
    m = {}
    member(m, "type", types.album)
  else
    m = media_members(types[post.kind], post.item)
  end
  local liked = likes(post, person)
  member(m, "caption", post.caption)
  member(m, "timestamp", stamp(post, person))
  member(m, "like_count", liked)
  member(m, "comments_count", math.floor(liked / 31))
  member(m, "alt_text", post.kind == "pic" and alt_of(post.item) or nil)
  member(m, "no_media_url", post.no_media_url)
  if post.children then
    local list = {}
    for i, item in ipairs(post.children) do
      local kind = item.thumbnail and "VIDEO" or "IMAGE"
      list[i] = "          { " .. table.concat(media_members(kind, item), ", ") .. " }"
    end
    m[#m + 1] = '"children": [\n' .. table.concat(list, ",\n") .. " ]"
  end
  return "        { " .. table.concat(m, ",\n          ") .. " }"
end

local function person_text(person)
  local m, media = {}, {}
  for _, name in ipairs { "username", "name", "biography", "website", "account_type",
    "private", "followers_count", "follows_count" } do
    member(m, name, person[name])
  end
  member(m, "picture", person.picture.file)
  for i = #person.posts, 1, -1 do
    media[#media + 1] = post_text(person.posts[i], person)
  end
  return "    { " .. table.concat(m, ",\n      ") .. ',\n      "media": [\n'
    .. table.concat(media, ",\n") .. " ] }"
end

for _, person in ipairs(people) do
  person.posts = read_plan(person)
  person.picture = paint(person, person.portrait, false)
end

if what == "jobs" then
  for _, job in ipairs(jobs) do
    if not exists(out .. "/" .. job.path) then
      print((job.line:format(out)))
    end
  end
else
  local list = {}
  for i, person in ipairs(people) do
    list[i] = person_text(person)
  end
  local file = assert(io.open(out .. "/feed.json", "wb"))
  file:write('{ "users": [\n', table.concat(list, ",\n"), " ] }\n")
  file:close()
end
