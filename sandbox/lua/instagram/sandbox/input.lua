--- What comes from outside (a folder of pictures, an archive of Instagram's) becomes an
--- account: all of it or nothing, and a report that names what was left out.

local clock = require "instagram.sandbox.clock"
local json = require "instagram.sandbox.json"
local posts = require "instagram.sandbox.posts"
local words = require "instagram.sandbox.words"
local users = require "instagram.sandbox.users"

local input = {}

--- An empty report.
function input.report()
  return { posts = 0, images = 0, videos = 0, albums = 0, later = 0,
    skipped = json.array({}) }
end

--- Notes a file that was left out, and why.
function input.skip(report, file, why)
  report.skipped[#report.skipped + 1] = { file = words.clean(file), why = why }
end

local counted = { IMAGE = "images", VIDEO = "videos", REELS = "videos",
  CAROUSEL_ALBUM = "albums" }

local function count(report, post)
  local name = counted[post.type]
  report[name] = report[name] + 1
  for _, child in ipairs(post.children or {}) do count(report, child) end
end

local function older(a, b)
  if a.timestamp ~= b.timestamp then return a.timestamp < b.timestamp end
  return a.order < b.order
end

-- Posts whose date the clock has not reached are kept as they are, and told of: on the
-- real Instagram there are none, so what reads them may be surprised.
local function tell_later(world, report)
  if report.later == 0 then return end
  report.warning = ("%d of %d posts of @%s later than the sandbox's clock (%s): start "
    .. "with now (--now) %s or later, or set_clock"):format(report.later, report.posts,
    report.username,
    clock.date(world.clock:now()), clock.date(report.newest + 86400))
end

--- Makes the account (see users.add) and its posts (see posts.add, with whole
--- timestamps), oldest first, so that ids grow with time and the same input gives the
--- same ids. Runs inside the caller's transaction.
---@param most integer|nil  how many children an album may have
function input.fill(world, report, account, list, most)
  local user, import = users.add(world, account, true), { most = most }
  for i, post in ipairs(list) do post.order = i end
  table.sort(list, older)
  for _, post in ipairs(list) do
    post.order = nil
    posts.add(world, user, post, import)
    count(report, post)
    if post.timestamp > world.clock:now() then report.later = report.later + 1 end
  end
  report.username, report.posts = user.username, #list
  report.newest = #list > 0 and list[#list].timestamp or nil
  tell_later(world, report)
end

return input
