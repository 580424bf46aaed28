--- The reading part, the same for the sandbox and the real Instagram: profile, every
--- media with its albums, all files; then feed.json, index.html and a summary. Knows
--- the public face of instagram; cjson where it is installed.
local instagram = require "instagram"
local images = require "images"
local sheet = require "sheet"
local terminal = require "terminal"

local reading = {}

local AGAIN = "run it again: what is complete is kept, the rest goes on."
local PAGE = 25 -- what a list call gives when nobody asks for more

--- Ends the demo: shown as message and advice, exit code 1.
function reading.check(value, message, err)
  if value ~= nil then return value, message end
  error({ message = message, advice = err and err.advice }, 0)
end

--- Counts calls by their path; hand `log` to the app.
function reading.counter()
  local counter = { calls = 0, files = 0, paths = {} }
  function counter.log(event)
    if event.kind ~= "request" then return end
    local times = event.attempts or 1
    if event.path:find "^https?://" then
      counter.files = counter.files + times
    else
      counter.calls = counter.calls + times
      counter.paths[event.path] = (counter.paths[event.path] or 0) + times
    end
  end
  return counter
end

-- --- what there is to download

local function extension_of(address, media_type)
  local ending = (address:match "^[^?#]*"):match "%.(%w+)$"
  if ending and #ending <= 4 then return ending:lower() end
  return media_type == "VIDEO" and "mp4" or "jpg"
end

local function name_of(media, place)
  local day = (media.timestamp or ""):match "^%d%d%d%d%-%d%d%-%d%d" or "undated"
  local name = day .. "_" .. tostring(media.id):gsub("[^%w]", "_")
  return place and ("%s_%02d"):format(name, place) or name
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- A file that is there under its final name is whole: it got the name when it was.
local function want(plan, from, name, keep)
  local file = { from = from, name = name, path = plan.folder .. "/" .. name,
    relative = plan.relative .. "/" .. name }
  keep(file)
  if exists(file.path) then
    plan.present = plan.present + 1
  else
    plan.files[#plan.files + 1] = file
  end
end

local function want_media(plan, media, name)
  local address = media.media_url
  if address then
    want(plan, media, name .. "." .. extension_of(address, media.media_type),
      function(file) media.file = file end)
  else
    plan.without = plan.without + 1
  end
  if media.thumbnail_url then
    want(plan, media.thumbnail_url, name .. "_poster.jpg",
      function(file) media.poster = file end)
  end
end

local function plan_of(profile, list, folder, relative)
  local plan = { folder = folder, relative = relative, files = {}, present = 0,
    without = 0 }
  if profile.profile_picture_url then
    want(plan, profile.profile_picture_url, "profile.jpg",
      function(file) profile.file = file end)
  end
  for _, media in ipairs(list) do
    local name = name_of(media)
    if media.media_type == "CAROUSEL_ALBUM" then
      for i, child in ipairs(media.children or {}) do
        child.timestamp = child.timestamp or media.timestamp
        want_media(plan, child, name_of(media, i))
      end
    else
      want_media(plan, media, name)
    end
  end
  return plan
end

-- --- the three steps

local function read_profile(client)
  terminal.step "Profile"
  local me = reading.check(client:me())
  terminal.say("@%s%s, %s, %s", me.username or me.id,
    me.name and " (" .. me.name .. ")" or "",
    (me.account_type or "account"):lower():gsub("_", " "),
    me.media_count and me.media_count .. " media" or "media not counted")
  return me
end

local function read_media(client, max)
  terminal.step "Every media, with its albums"
  local list, tally = {}, { IMAGE = 0, VIDEO = 0, CAROUSEL_ALBUM = 0, children = 0 }
  local pager = client:media { page_size = 100, max = max }
  while true do
    local media, message, err = pager:next()
    if not media then
      if message then reading.check(nil, message, err) end
      break
    end
    list[#list + 1] = media
    tally[media.media_type] = (tally[media.media_type] or 0) + 1
    tally.children = tally.children + #(media.children or {})
  end
  terminal.say("%s, %s, %s with %s", terminal.count(tally.IMAGE, "picture"),
    terminal.count(tally.VIDEO, "video"), terminal.count(tally.CAROUSEL_ALBUM, "album"),
    terminal.count(tally.children, "child", "children"))
  return list, tally
end

local function download_one(client, file, meter)
  local before = 0
  local got, message, err = client:download(file.from, file.path, {
    on_progress = function(received)
      meter.moved(math.max(received - before, 0))
      before = math.max(before, received)
    end,
  })
  if not got then return nil, message, err end
  meter.done(file.name)
  return got
end

local function download(client, plan)
  terminal.step "Pictures and videos"
  if plan.present > 0 then
    terminal.say("%s of an earlier run %s complete",
      terminal.count(plan.present, "file"), plan.present == 1 and "is" or "are")
  end
  local meter = terminal.meter(#plan.files)
  local results, failures = instagram.map(plan.files, function(file)
    return download_one(client, file, meter)
  end, { concurrency = 8 })
  meter.finish()
  local bytes, resumed = 0, 0
  for i = 1, results.n do
    bytes = bytes + (results[i] and results[i].bytes or 0)
    resumed = resumed + (results[i] and results[i].resumed or 0)
  end
  for i, err in pairs(failures) do
    terminal.fail(plan.files[i].name .. ": " .. tostring(err), err.advice)
  end
  if next(failures) then
    error({ message = "not every file could be downloaded",
      advice = AGAIN }, 0)
  end
  if #plan.files > 0 then
    terminal.say("%s, %s%s", terminal.count(#plan.files, "file"), terminal.size(bytes),
      resumed > 0 and ", " .. terminal.size(resumed) .. " of it resumed" or "")
  end
  if plan.without > 0 then
    terminal.say("%d without an address: Instagram keeps it back (licensed music)",
      plan.without)
  end
  return bytes
end

-- --- what is written

-- Under another name first: whoever stops us leaves no half file under the final one.
local function write(path, text)
  local file = reading.check(io.open(path .. ".new", "wb"))
  reading.check(file:write(text))
  reading.check(file:close())
  reading.check(os.rename(path .. ".new", path))
end

local function plain(node)
  local copy = {}
  for name, value in pairs(node) do
    if name == "file" or name == "poster" then
      copy[name] = value.relative
    elseif name == "children" then
      copy.children = {}
      for i, child in ipairs(value) do copy.children[i] = plain(child) end
    else
      copy[name] = value
    end
  end
  return copy
end

local function feed_text(cjson, profile, list)
  local lines = {}
  for i, media in ipairs(list) do lines[i] = cjson.encode(plain(media)) end
  return ('{"profile":%s,\n"media":[\n%s\n]}\n'):format(cjson.encode(plain(profile)),
    table.concat(lines, ",\n"))
end

local function measure(node)
  local still = node.poster or node.file
  if still then node.width, node.height = images.size(still.path) end
  for _, child in ipairs(node.children or {}) do measure(child) end
end

local function write_all(out, profile, list)
  local has_json, cjson = pcall(require, "cjson")
  if has_json then
    write(out .. "/feed.json", feed_text(cjson, profile, list))
  else
    terminal.say "feed.json left out: lua-cjson is not installed"
  end
  for _, media in ipairs(list) do measure(media) end
  write(out .. "/index.html", sheet.page(profile, list))
end

local function folder(path)
  local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
  local first = os.execute("mkdir -p " .. quoted)
  if first ~= true and first ~= 0 then
    error({ message = "cannot make the folder " .. path,
      advice = "DEMO_OUT names another one." }, 0)
  end
end

local function summary(out, list, tally, plan, bytes, counter, before)
  local calls = counter.calls - before
  local naive = 1 + math.max(1, math.ceil(#list / PAGE)) + tally.CAROUSEL_ALBUM
  terminal.step "Done"
  terminal.say("%d media, %d files (%d new, %s)", #list, #plan.files + plan.present,
    #plan.files, terminal.size(bytes))
  terminal.say("%s to read it all; %d a page and a call per album would take %d",
    terminal.count(calls, "API call"), PAGE, naive)
  terminal.say("%s/index.html", out)
end

--- Reads everything the client may read and writes it to a folder.
---@param client table
---@param out string the folder
---@param counter table from reading.counter, whose log the client's app was given
---@param max integer? at most so many media
---@return table[] list the media
function reading.run(client, out, counter, max)
  local before = counter.calls
  local profile = read_profile(client)
  local list, tally = read_media(client, max)
  local name = tostring(profile.username or profile.id):gsub("[^%w._-]", "_")
  if name:find "^%.*$" then name = "account" end
  local relative = "media/" .. name
  folder(out .. "/" .. relative)
  local plan = plan_of(profile, list, out .. "/" .. relative, relative)
  local bytes = download(client, plan)
  write_all(out, profile, list)
  summary(out, list, tally, plan, bytes, counter, before)
  return list
end

--- Runs a program's main part: what it raises becomes message and advice, exit code 1.
function reading.main(run)
  local ok, problem = pcall(run)
  if ok then os.exit(0, true) end
  if type(problem) == "table" then
    terminal.fail(problem.message or tostring(problem), problem.advice)
  elseif tostring(problem):find("interrupted!", 1, true) then
    terminal.fail("stopped", AGAIN)
  else
    terminal.fail(tostring(problem))
  end
  os.exit(1, true)
end

return reading
