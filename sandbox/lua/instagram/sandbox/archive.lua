--- Instagram's own archive ("Download your information", JSON) as an account. What its
--- files are called and hold is said in archive_reader, archive_posts, archive_person.

local archive_person = require "instagram.sandbox.archive_person"
local archive_posts = require "instagram.sandbox.archive_posts"
local archive_reader = require "instagram.sandbox.archive_reader"
local archive_source = require "instagram.sandbox.archive_source"
local check = require "instagram.sandbox.check"
local input = require "instagram.sandbox.input"
local picture = require "instagram.sandbox.picture"
local users = require "instagram.sandbox.users"
local whole = require "instagram.sandbox.whole"

local archive = {}

local misuse = check.misuse

-- Instagram let albums grow to twenty in 2024, after this API's season; an archive's
-- posts are not cut in two for that.
local CHILDREN_MAX = 20

-- A picture or video of the archive, or nil; what is wrong with it is noted.
local function medium_of(job, name)
  local path = job.reader:media(name, job.username)
  if not path then
    input.skip(job.report, name, "not in the archive")
    return nil
  end
  local found, problem = picture.look(job.reader.source.native, path)
  if not found or not found.kind then
    input.skip(job.report, name, problem or "neither a picture nor a video")
    return nil
  elseif not whole.is(job.reader.source.native, path, found.mime) then
    input.skip(job.report, name, "cut off: the end of the file is missing")
    return nil
  end
  return { type = found.kind, file = path, mime = found.mime }
end

local function media_of(job, draft)
  local media = {}
  for i, name in ipairs(draft.files) do
    if i > CHILDREN_MAX then
      input.skip(job.report, name, "an album has at most twenty children")
    else
      media[#media + 1] = medium_of(job, name)
    end
  end
  return media
end

-- A post for posts.add; nil when nothing of it is left.
local function post_of(job, draft)
  if not draft.timestamp then
    input.skip(job.report, draft.files[1], "the post has no date")
    return nil
  end
  local media = media_of(job, draft)
  local post = media[1]
  if #media > 1 then post = { type = "CAROUSEL_ALBUM", children = media } end
  if not post then return nil end
  if post.type == "VIDEO" then post.type = draft.kind end
  post.caption, post.timestamp = draft.caption, draft.timestamp
  return post
end

local function posts_of(job, drafts)
  local list = {}
  for _, draft in ipairs(drafts) do list[#list + 1] = post_of(job, draft) end
  if #drafts > 0 and #list == 0 then
    local first = job.report.skipped[#job.report.skipped]
    misuse(("archive: not one of its %d posts can be shown; %s: %s"):format(#drafts,
      first.file, first.why))
  end
  return list
end

local function username_of(world, found, args)
  local username = args.username or found.username
  if not username then
    misuse("archive: it does not say whose it is, or in a language not known here: "
      .. "give username")
  elseif not users.is_name(username) then
    misuse("archive: " .. (found.file or "its name") .. ": '" .. username
      .. "' is no username")
  elseif users.by_name(world, username) then
    misuse("an account named '" .. username .. "' exists: give another username")
  end
  return username
end

-- Words of a person without the control characters that no form would take.
local function plain(value)
  return value and (value:gsub("\r\n?", "\n"):gsub("[%z\1-\9\11-\31\127]", " "))
end

local function account_of(job, found, name, account_type)
  if found.foreign then
    input.skip(job.report, found.file, "in a language not known here: name, biography "
      .. "and website are not taken")
  end
  if found.private == nil and found.file then
    input.skip(job.report, found.file, "does not say whether the account is private: "
      .. "taken for public")
  end
  local portrait = type(name) == "string" and name ~= "" and medium_of(job, name) or {}
  return { username = job.username, name = plain(found.name),
    biography = plain(found.biography), website = plain(found.website),
    private = found.private, picture = portrait.file, picture_mime = portrait.mime,
    account_type = account_type or "MEDIA_CREATOR" }
end

local function import(world, source, args)
  local job = { report = input.report(),
    reader = archive_reader.new(source, args.path) }
  local found = archive_person.read(job.reader)
  local drafts, photo = archive_posts.read(job.reader, job.report)
  job.username = username_of(world, found, args)
  local list = posts_of(job, drafts)
  local account = account_of(job, found, found.picture or photo, args.account_type)
  world.store:atomically(function()
    input.fill(world, job.report, account, list, CHILDREN_MAX)
  end)
  return job.report
end

--- The account of an archive. When it fails nothing is changed and nothing is left on
--- disk.
---@param args table  path (a folder or a zip), username (nil: as the archive says),
--- account_type (nil: MEDIA_CREATOR, which both APIs serve: the archive does not say)
---@return table report  see input.lua
function archive.import(world, args)
  if not args.path then misuse("import_archive: path is missing") end
  local source = archive_source.open(world, args.path)
  local ok, result = pcall(import, world, source, args)
  if ok then source:keep() end
  source:close()
  if not ok then error(result, 0) end
  return result
end

return archive
