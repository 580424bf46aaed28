--- Which page answers which path: the pages people look at in a browser (but for the
--- Authorization Window, which is part of the API and stands in the journal). Each
--- page module has `answer(ctx, rest)`; `rest` is the path after its prefix.

local check = require "instagram.sandbox.check"
local errors = require "instagram.sandbox.errors"
local hosts = require "instagram.sandbox.hosts"
local media = require "instagram.sandbox.media"
local page = require "instagram.sandbox.pages.page"
local style = require "instagram.sandbox.pages.style"
local users = require "instagram.sandbox.users"

local pages = {}

-- First part of the path -> module. Each request of the API is looked up here: one look
-- must do.
local places = {
  people = "instagram.sandbox.pages.people",
  p = "instagram.sandbox.pages.people_post", -- as in `permalink`
  reel = "instagram.sandbox.pages.people_post",
  stories = "instagram.sandbox.pages.people_story", -- /stories/?ids= is the API's
  accounts = "instagram.sandbox.pages.accounts",
  apps = "instagram.sandbox.pages.apps",
  sandbox = "instagram.sandbox.pages.tools",
}

-- Browsers that know no better ask for /favicon.ico.
local fixed_places = { [style.path] = page.sheet, [style.icon_path] = page.icon,
  ["/favicon.ico"] = page.icon }

-- A browser that asks for a page, not for the API.
local function wants_page(request)
  local accept = request.headers.accept or ""
  return #(request.args or {}) == 0 and accept:find("text/html", 1, true) ~= nil
end

-- Who types /apps means /apps/.
local function with_slash(path)
  return { answer = function(ctx) return page.see_other(ctx, path) end }
end

-- A picture or video that one of the pages shows: browsers tell.
local function is_ours(request)
  return request.path:find("^/v/t%d") ~= nil
    and request.headers["sec-fetch-site"] == "same-origin"
end

-- Of the real names www alone has pages; api has what the window's page is made of.
local without_pages = { api = true, graph = true, media = true }

-- A profile stands at /NAME/ on www; elsewhere that is the graph host's.
local function is_profile(world, request, name)
  return hosts.named(request.headers.host) == "www" and name:find("^[%w._]+$") ~= nil
    and users.by_typed(world, name) ~= nil
end

--- The module that answers a request and what is left of the path; nil when it is the
--- API's. What pages are made of is a `part`.
function pages.find(world, request)
  local host = hosts.held(world, request)
  local fixed = fixed_places[request.path] or is_ours(request) and media.answer
  local has_fixed = host ~= "graph" and host ~= "media"
  if fixed and has_fixed then return { answer = fixed, part = true }, "" end
  if without_pages[host] then return nil end
  if request.path == "/" and wants_page(request) then
    return require "instagram.sandbox.pages.front", ""
  end
  local first, slash, rest = request.path:match("^/([^/]*)(/?)(.*)$")
  local place = places[first]
  if not place and is_profile(world, request, first) then
    place, rest = places.people, first .. "/" .. rest
  end
  if not place or first == "stories" and rest == "" then return nil end
  if slash == "/" then return require(place), rest end
  if wants_page(request) then return with_slash(request.path .. "/"), "" end
end

-- A name that somebody may have pointed at this machine, so that a page of theirs
-- counts as one of ours (DNS rebinding): any with a dot but an IP address,
-- "x.localhost" and Instagram's own. For others there is the option public_url.
local function may_be_rebound(host)
  local name = host:lower():gsub(":%d*$", ""):gsub("%.$", "")
  return name:find(".", 1, true) ~= nil and not name:find("^%[")
    and not name:find("^%d+%.%d+%.%d+%.%d+$") and not name:find("%.localhost$")
    and not name:find("%.instagram%.com$")
end

--- Forms are taken from the sandbox's own pages only: is this one of another site's?
function pages.is_foreign(ctx)
  if ctx.method ~= "POST" then return false end
  local sent, headers = ctx.request.headers.origin, ctx.request.headers
  if not sent then return headers["sec-fetch-site"] == "cross-site" end
  if sent == ctx.world.options.public_url then return false end
  local host = headers.host or ""
  return sent:match("^https?://(.+)$") ~= host or may_be_rebound(host)
end

local methods = { GET = true, HEAD = true, POST = true }

--- Answers with a page; what a form got wrong is a page that says so.
function pages.answer(ctx, module, rest)
  if not methods[ctx.method] then
    return page.problem(ctx, 405, "Pages are looked at, and take forms.")
  elseif pages.is_foreign(ctx) then
    return page.problem(ctx, 403, "Forms of other sites may not steer the sandbox.")
  end
  local ok, result = pcall(module.answer, ctx, rest)
  if ok and result then return result end
  if ok then return page.problem(ctx, 404, "There is no such page.") end
  local problem = errors.is(result) and result.message
    or check.is_misuse(result) and result.misuse
  if not problem then error(result, 0) end
  return page.problem(ctx, 400, page.sentence(problem))
end

return pages
