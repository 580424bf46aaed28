--- What a new sandbox holds: the demo apps always; the demo people and their pictures
--- when asked for. A state that was kept is left as it is.

local apps = require "instagram.sandbox.apps"
local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"
local posts = require "instagram.sandbox.posts"
local read_json = require "instagram.sandbox.json_read"
local seed_comments = require "instagram.sandbox.seed_comments"
local users = require "instagram.sandbox.users"

local seed = {}

local misuse = check.misuse

-- Beside the rules when installed, beside the sources in a checkout.
local function default_folder(native)
  local source = debug.getinfo(1, "S").source
  local home = source:match("^@(.*[/\\])") or "./"
  for _, folder in ipairs({ home .. "data/demo", home .. "../../../data/demo" }) do
    if native.file_size(folder .. "/feed.json") then return folder end
  end
end

local function with_folder(folder, path) return path and folder .. "/" .. path end

local function spec_of(folder, item)
  local spec = {}
  for name, value in pairs(item) do spec[name] = value end
  spec.file = with_folder(folder, item.file)
  spec.thumbnail = with_folder(folder, item.thumbnail)
  if item.children then
    spec.children = {}
    for i, child in ipairs(item.children) do
      spec.children[i] = spec_of(folder, child)
    end
  end
  return spec
end

-- The newest posts have the comments they count.
local function add_post(world, folder, user, item, place)
  local id = posts.add(world, user, spec_of(folder, item))
  if place > seed_comments.posts then return end
  seed_comments.add(world, user.username, id, item.comments_count or 0,
    clock.read(item.timestamp))
end

-- Oldest first, so that ids and counts grow as they would have.
local function add_person(world, folder, person)
  local account = {}
  for name, value in pairs(person) do account[name] = value end
  account.media, account.picture = nil, with_folder(folder, person.picture)
  local user = users.add(world, account)
  local list = person.media or {}
  for i = #list, 1, -1 do add_post(world, folder, user, list[i], i) end
end

local function add_people(world, folder)
  local text, problem = world.native.read(folder .. "/feed.json")
  if not text then misuse("demo data: " .. tostring(problem)) end
  local feed
  feed, problem = read_json(text)
  if not feed then misuse("demo data: feed.json: " .. problem) end
  for _, person in ipairs(feed.users) do add_person(world, folder, person) end
end

local function list_pictures(world, folder)
  for _, name in ipairs(world.native.list(folder .. "/pictures") or {}) do
    if name:find("%.jpg$") and not name:find("poster") then
      world.pictures[#world.pictures + 1] = folder .. "/pictures/" .. name
    end
  end
end

local function add_app(world, demo)
  local app = { redirect_uris = { apps.redirect_uri } }
  for name, value in pairs(demo) do app[name] = value end
  apps.add(world, app)
end

--- Fills a world.
---@param options table  data = "demo" (default) or "empty"; data_dir: where the demo is
function seed.fill(world, options)
  local data = options.data or "demo"
  if data ~= "demo" and data ~= "empty" then
    misuse("data must be \"demo\" or \"empty\"")
  end
  local folder = options.data_dir or default_folder(world.native)
  if folder then list_pictures(world, folder) end
  if world.store:one("SELECT 1 AS yes FROM apps") then return end
  world.store:atomically(function()
    for _, app in ipairs(apps.demo) do add_app(world, app) end
    if data == "demo" then
      if not folder then misuse("the demo data is not there: give data_dir") end
      add_people(world, folder)
    end
  end)
end

return seed
