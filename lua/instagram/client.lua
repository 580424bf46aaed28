--- Reading with one token: profile, media, albums, files, raw calls. Knows: reader,
--- fields, pagers. Must not know: flavours (their table does), loops.
local core = require "instagram.core"
local access = require "instagram.access"
local call = require "instagram.call"
local check = require "instagram.check"
local download = require "instagram.download"
local errors = require "instagram.errors"
local feed = require "instagram.feed"
local fields = require "instagram.fields"
local pager = require "instagram.pager"
local reader = require "instagram.reader"
local time = require "instagram.time"
local walk = require "instagram.walk"

---@class instagram.Client
local methods = {}
local client_mt = { __name = "instagram.client", __index = methods }

function client_mt:__tostring()
  return ("instagram.client (%s)"):format(self.app:flavour())
end

local client = {}

--- A client of an app for a token.
---@param app instagram.App
---@param token instagram.Token
---@param held instagram.Held? the account it belongs to, when a keeper looks after it
---@return instagram.Client
function client.new(app, token, held)
  return setmetatable({
    app = app,
    token = token,
    held = held,
    refused_fields = {}, -- of the default sets, by version: Instagram's lists change
  }, client_mt)
end

-- The id of a node, from an id or an object that has one.
local function id_of(value, name, where)
  local id = value
  if type(value) == "table" then id = value.id end
  if type(id) ~= "string" or not id:find("^[%w_.]+$") then
    local what = ({ number = "a number, which loses digits",
      string = "a string that is none" })[type(id)]
    check.fail(("bad argument '%s' to %s (id as a string expected, got %s)"):format(
      name, where, what or type(id)))
  end
  return id
end

-- Which node these two show is certain. Of an id nobody knows what it is of: what that
-- node lacks says nothing of others.
local lasting = { me = true, media = true }

local function select_fields(self, kind, options, where)
  return fields.select {
    kind = kind,
    flavour_name = self.app:flavour(),
    version = options.version or self.app:version(),
    given = options.fields,
    refused_fields = self.refused_fields,
    lasting = lasting[where],
    where = where,
  }
end

-- --- who ----------------------------------------------------------------------------

local reading = check.options { fields = "list" }

--- The profile behind the token. Any field but `id` may be absent.
---@param options instagram.ReadOptions?
---@return instagram.User? user
---@return string? message
---@return instagram.Error? err
function methods:me(options)
  options = check.given(options, reading, "me")
  local selection = select_fields(self, "user_fields", options, "me")
  local answer, message, err = reader.ask(self, "/me", {}, selection, options)
  if not answer then return nil, message, err end
  local user = feed.unwrap(answer)
  self.me_id = user.id or self.me_id
  return user
end

--- A user by id; Instagram shows a token its own user only.
---@param id string
---@param options instagram.ReadOptions?
---@return instagram.User? user
---@return string? message
---@return instagram.Error? err
function methods:user(id, options)
  options = check.given(options, reading, "user")
  local path = "/" .. id_of(id, "id", "user")
  local selection = select_fields(self, "user_fields", options, "user")
  local answer, message, err = reader.ask(self, path, {}, selection, options)
  if not answer then return nil, message, err end
  return feed.unwrap(answer)
end

-- What /me says, asked once. The id of a token answer is another one in Basic Display.
local function account(self)
  if self.me_id then return self.me_id end
  local user, message, err = self:me { fields = "id" }
  if not user then return nil, message, err end
  if self.me_id then return self.me_id end
  return errors.failure("parse", "the answer of /me has no id")
end

--- The user's id: the token's own knowledge, else /me, asked once.
---@return string? id
---@return string? message
---@return instagram.Error? err
function methods:user_id()
  local id = check.relay(self.token.user_id, self.token)
  if id then return id end
  return account(self)
end

-- --- media --------------------------------------------------------------------------

local walking = check.options {
  fields = "list",
  page_size = "count",
  max = "count",
  newer_than = "time",
  older_than = "time",
  from = "string",
}
local walking_children = check.options {
  fields = "list",
  page_size = "count",
  max = "count",
  from = "string",
}

local function moment(options, name)
  local value = options[name]
  if type(value) ~= "string" then return value end
  return time.epoch(value) or check.bad_option(name, "media", "this is no time")
end

local function check_page_size(self, options, where)
  local most = core.flavours[self.app:flavour()].max_page
  if options.page_size and options.page_size > most then
    check.bad_option("page_size", where, ("at most %d"):format(most))
  end
end

-- Bounds are kept by the timestamps: whether Instagram's own since and until filter a
-- list is not established.
local function check_bounds(options, selection)
  if not options.newer_than and not options.older_than then return end
  local names = "," .. selection:text():gsub("%b{}", "") .. ","
  if not names:find(",%s*timestamp%s*,") then
    check.bad_option("fields", "media", "time bounds need the field timestamp")
  end
end

local function new_pager(self, path, kind, options, where)
  check_page_size(self, options, where)
  local selection = select_fields(self, kind, options, where)
  check_bounds(options, selection)
  local whole = kind == "child_fields"
  local list = reader.source(self, path, selection, options, function(page)
    return reader.finish(self, page, selection, options)
  end, whole)
  return pager.new {
    walk = function(cursor) return walk.new(list, cursor) end,
    account = function() return account(self) end,
    list = path,
    selection = selection:key(),
    size = list.size,
    cut = whole and options.page_size or nil,
    max = options.max,
    newer_than = moment(options, "newer_than"),
    older_than = moment(options, "older_than"),
    from = options.from,
    where = where,
  }
end

--- The user's media, newest first: `for media in client:media {} do`, or pager:next().
--- One call a page, albums included. Nothing is sent before a media is wanted.
---@param options instagram.MediaOptions?
---@return instagram.Pager
function methods:media(options)
  options = check.given(options, walking, "media")
  return new_pager(self, "/me/media", "media_fields", options, "media")
end

--- The media in an album, from its own list, which is asked for whole: `page_size` and
--- `max` cut it here. `media.children` has them already when the album came from
--- `media`, `item` or `items`.
---@param album string|instagram.Media id, or the album
---@param options instagram.ChildrenOptions?
---@return instagram.Pager
function methods:children(album, options)
  options = check.given(options, walking_children, "children")
  local path = "/" .. id_of(album, "album", "children") .. "/children"
  return new_pager(self, path, "child_fields", options, "children")
end

--- One media by id (or a media, to have it anew: addresses of files expire).
---@param id string|instagram.Media
---@param options instagram.ReadOptions?
---@return instagram.Media? media
---@return string? message
---@return instagram.Error? err
function methods:item(id, options)
  options = check.given(options, reading, "item")
  local path = "/" .. id_of(id, "id", "item")
  local selection = select_fields(self, "media_fields", options, "item")
  local media, message, err = reader.ask(self, path, {}, selection, options)
  if not media then return nil, message, err end
  local ok
  local page = { items = { media } }
  ok, message, err = reader.finish(self, page, selection, options)
  if not ok then return nil, message, err end
  return media
end

-- The ids without repetition, in parts that fit one call each.
local function chunks_of(ids, most)
  local chunks, seen, count = {}, {}, 0
  for _, id in ipairs(ids) do
    if not seen[id] then
      if count % most == 0 then chunks[#chunks + 1] = {} end
      local chunk = chunks[#chunks]
      chunk[#chunk + 1] = id
      seen[id], count = true, count + 1
    end
  end
  return chunks
end

local function read_chunk(self, chunk, selection, options, found)
  local parameters = { { "ids", table.concat(chunk, ",") } }
  local answer, message, err = reader.ask(self, "/", parameters, selection, options)
  if not answer then return nil, message, err end
  local page = { items = {} }
  for _, id in ipairs(chunk) do
    local media = answer[id]
    if type(media) == "table" then
      found[id] = media
      page.items[#page.items + 1] = media
    end
  end
  return reader.finish(self, page, selection, options)
end

--- Many media by their ids, up to fifty in a call. One id that is not to be had fails
--- the call (Instagram's way).
---@param ids (string|instagram.Media)[]
---@param options instagram.ReadOptions?
---@return (instagram.Media|false)[]? media in the order asked; false where an answer
--- left one out
---@return string? message
---@return instagram.Error? err
function methods:items(ids, options)
  check.array(ids, "ids", "items")
  options = check.given(options, reading, "items")
  local plain, found, media = {}, {}, {}
  for i, id in ipairs(ids) do plain[i] = id_of(id, "ids", "items") end
  local selection = select_fields(self, "media_fields", options, "items")
  local most = core.flavours[self.app:flavour()].max_ids
  for _, chunk in ipairs(chunks_of(plain, most)) do
    local ok, message, err = read_chunk(self, chunk, selection, options, found)
    if not ok then return nil, message, err end
  end
  for i, id in ipairs(plain) do media[i] = found[id] or false end
  return media
end

-- --- files --------------------------------------------------------------------------

--- A media's file in memory (at most the app's max_body).
---@param media string|instagram.Media its address, or the media: then a fresh address
--- is asked for when the old one has expired
---@param options instagram.FileOptions?
---@return string? bytes
---@return string? type content type; the message when it failed
---@return instagram.Error? err
function methods:fetch(media, options)
  return download.fetch(self, media, options)
end

--- A media's file on disk: streamed into `path .. ".part"`, resumed when that is there,
--- its length checked, renamed into place when whole.
---@param media string|instagram.Media
---@param path string
---@param options instagram.FileOptions?
---@return instagram.File? file
---@return string? message
---@return instagram.Error? err
function methods:download(media, path, options)
  return download.save(self, media, path, options)
end

-- --- the rest -----------------------------------------------------------------------

--- What the rate headers last said of this app, in percent; nil before they said it.
---@return instagram.Usage?
function methods:usage()
  return check.relay(self.app.core.usage, self.app.core)
end

-- From here on a float is not every whole number any more.
local EXACT = 2 ^ 53

-- nil: it is no whole number, or one that may have lost digits before it came here.
local function digits_of(value)
  if math.type and math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= math.floor(value) or math.abs(value) >= EXACT then return nil end
  return ("%.0f"):format(value)
end

local function text_of(name, value, where)
  local kind, text = type(value), nil
  if kind == "number" then
    text = digits_of(value)
  elseif kind == "string" or kind == "boolean" then
    text = tostring(value)
  end
  if text then return text end
  local got = kind == "number" and tostring(value) or kind
  if kind == "number" and math.abs(value) >= EXACT and math.abs(value) < math.huge then
    got = got .. ": digits may be lost, give it as text"
  end
  check.fail(("bad parameter '%s' to %s (text or whole number expected, got %s)")
    :format(tostring(name), where, got))
end

local function pairs_of(parameters, where)
  local list, names = {}, {}
  for i, pair in ipairs(parameters) do
    check.argument(pair, "parameters", where, "table")
    list[i] = { pair[1], text_of(pair[1], pair[2], where) }
  end
  for name in pairs(parameters) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    list[#list + 1] = { name, text_of(name, parameters[name], where) }
  end
  return list
end

local raw = check.options {}

local function raw_call(self, method, path, parameters, options)
  local where = method:lower()
  check.argument(path, "path", where, "string")
  if parameters ~= nil then check.argument(parameters, "parameters", where, "table") end
  options = check.given(options, raw, where)
  local pairs_list = pairs_of(parameters or {}, where)
  local ready, message, err = access.ready(self)
  if not ready then return nil, message, err end
  local answer, second
  repeat
    answer, second, err = call.run(self.app, method, path, where, self.token, path,
      pairs_list, check.call_options(options))
  until answer or method ~= "GET" or not access.revived(self, err)
  return answer, second, err
end

--- The escape hatch: any call of the API, its answer as it came, but for secrets.
---@param path string "/me/stories": begins with a slash, without version and query
---@param parameters table? name -> value, or a list of {name, value}
---@param options instagram.CallOptions?
---@return table? answer
---@return table|string|nil meta { status =, version = }; the message when it failed
---@return instagram.Error? err
function methods:get(path, parameters, options)
  return raw_call(self, "GET", path, parameters, options)
end

--- The same with POST; the parameters are its form. It is never sent twice.
---@param path string
---@param parameters table?
---@param options instagram.CallOptions?
---@return table? answer
---@return table|string|nil meta
---@return instagram.Error? err
function methods:post(path, parameters, options)
  return raw_call(self, "POST", path, parameters, options)
end

--- The same with DELETE.
---@param path string
---@param parameters table?
---@param options instagram.CallOptions?
---@return table? answer
---@return table|string|nil meta
---@return instagram.Error? err
function methods:delete(path, parameters, options)
  return raw_call(self, "DELETE", path, parameters, options)
end

return client
