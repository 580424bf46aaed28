--- Instagram's own host names: which of them a request came in by, and what stands
--- there. By any other name (the one address on loopback, `public_url`) everything is
--- everywhere. Knows names and paths; answers are given elsewhere.

local errors = require "instagram.sandbox.errors"

local hosts = {}

local names = { ["api.instagram.com"] = "api", ["graph.instagram.com"] = "graph",
  ["www.instagram.com"] = "www" }

--- "api", "graph", "www", "media" (*.cdninstagram.com, one label, as the proxy and the
--- certificate have it), or nil for any other name.
---@param host string|nil  as in a Host header
function hosts.named(host)
  local name = (host or ""):lower():gsub(":%d+$", ""):gsub("%.$", "")
  return names[name] or name:find("^[%w%-]+%.cdninstagram%.com$") and "media" or nil
end

--- The host a request is to be held to; nil when it came in by a shared name. With a
--- `public_url` of one of the real names that name is shared, too.
function hosts.asked(world, request)
  local host, public = request.headers.host or "", world.options.public_url
  if public and public:match("//(.+)$") == host then return nil end
  return hosts.named(host)
end

local own_words = { api = "api", graph = "graph", www = "www", media = "a media host" }

-- Whose something is, as the journal says it.
local function reason_of(whose, host)
  return ("this is %s, you asked %s"):format(whose, own_words[host])
end

--- What a path of the API is for: "window", "code", "file" or "graph".
function hosts.kind(path)
  if path:find("^/oauth/authorize/?$") then return "window" end
  if path:find("^/oauth/access_token/?$") then return "code" end
  if path:find("^/v/t%d") then return "file" end
  return "graph"
end

-- What stands where (D); whose it is, for the journal.
local homes = {
  window = { api = true, www = true, whose = "api's and www's" },
  code = { api = true, whose = "api's" },
  file = { media = true, whose = "the media hosts'" },
  graph = { graph = true, whose = "graph's" },
}

-- How a host says that it has no such thing (invented): shape and status of its other
-- refusals, a page on www.
local shapes = { api = "flat", www = "page", media = "text" }

local function refusal_of(ctx, host, reason)
  if host == "graph" then
    return errors.new("unknown_path", reason, ctx.request.path)
  end
  local refusal = errors.new("wrong_host", reason)
  refusal.shape = shapes[host]
  return refusal
end

-- Who says it by a name that all share.
local speakers = { window = "www", code = "api", file = "media", graph = "graph" }

--- The refusal `wrong_host` when a fault orders it, as the host says it that is asked.
function hosts.ordered(ctx, reason)
  local host = hosts.asked(ctx.world, ctx.request)
    or speakers[hosts.kind(ctx.request.path)]
  return refusal_of(ctx, host, reason)
end

--- Refuses what another of Instagram's hosts serves, as the host would that was asked.
---@param kind string  see hosts.kind
function hosts.check(ctx, kind)
  local host, home = hosts.asked(ctx.world, ctx.request), homes[kind]
  if not host or home[host] or ctx.world.settings.real_hosts == "shared" then return end
  local reason = reason_of(home.whose, host)
  if ctx:forgives(reason) then return end
  error(refusal_of(ctx, host, reason), 0)
end

--- The host whose pages alone a request may see: as `asked`, but nil where each host
--- serves everything (`real_hosts` = shared, lenient mode).
function hosts.held(world, request)
  local settings = world.settings
  if settings.real_hosts == "shared" or not settings.strict then return nil end
  return hosts.asked(world, request)
end

--- Notes that lenient mode shows a page of www's under another real name; true when it
--- had to forgive that.
function hosts.forgives_page(ctx)
  local host = hosts.asked(ctx.world, ctx.request)
  if not host or host == "www" or ctx.world.settings.real_hosts == "shared" then
    return false
  end
  return ctx:forgives(reason_of("www's", host))
end

return hosts
