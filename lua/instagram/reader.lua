--- Questions about users and media, shared by all of the client's methods: fields that
--- Instagram refuses are left out, albums come whole. Knows: calls, walks, what answers
--- look like.
local access = require "instagram.access"
local call = require "instagram.call"
local check = require "instagram.check"
local core = require "instagram.core"
local feed = require "instagram.feed"
local walk = require "instagram.walk"

local reader = {}

local function start_get(client, path, parameters, options)
  return call.start(client.app, "GET", path, "get", client.token, path, parameters,
    options)
end

--- Asks for fields; again with fewer while Instagram refuses one of the default set.
---@param client instagram.Client
---@param path string
---@param more table? further parameters, {name, value} each
---@param selection instagram.Selection
---@param options table
---@return table? answer
---@return string? message
---@return instagram.Error? err
function reader.ask(client, path, more, selection, options)
  local ready, why, problem = access.ready(client)
  if not ready then return nil, why, problem end
  while true do
    local text = selection:text()
    local parameters = { { "fields", text } }
    for _, pair in ipairs(more or {}) do parameters[#parameters + 1] = pair end
    local started = start_get(client, path, parameters, check.call_options(options))
    local answer, message, err = started:finish()
    if answer then return answer end
    local is_news = text ~= selection:text()
    if not selection:is_refused(err, is_news) and not access.revived(client, err) then
      return nil, message, err
    end
  end
end

--- What a walk needs to know about a list. Pages too heavy for Instagram come back to
--- the walk at once, which asks for less: the core does not repeat those.
---@param finish fun(page: table): true?, string?, instagram.Error?
---@param whole boolean? an album's children: that list keeps to a limit, but has no
--- next page (observed), so what a small limit cuts off would be lost
function reader.source(client, path, selection, options, finish, whole)
  local most = core.flavours[client.app:flavour()].max_page
  return {
    size = not whole and options.page_size or most,
    whole = whole,
    start = function(cursor, limit)
      local parameters = { { "limit", ("%d"):format(limit) } }
      local text = selection:text()
      if text then table.insert(parameters, 1, { "fields", text }) end
      if cursor then parameters[#parameters + 1] = { "after", cursor } end
      local call_options = check.call_options(options)
      call_options.shrinkable = not whole and limit > 1
      local started = start_get(client, path, parameters, call_options)
      started.fields = text
      return started
    end,
    prepare = function() return access.ready(client) end,
    is_refused = function(err, started)
      return selection:is_refused(err, started.fields ~= selection:text())
        or access.revived(client, err)
    end,
    finish = finish,
  }
end

-- The children of an album: what its own list is asked for.
local function children_of(selection)
  return {
    text = function() return selection:child_text() end,
    is_refused = function(_, ...) return selection:is_refused(...) end,
  }
end

-- Children that did not come with their album, from its own list.
local function read_children(client, id, cursor, selection, options)
  local list = reader.source(client, "/" .. id .. "/children", children_of(selection),
    check.call_options(options), function() return true end, true)
  local edge, children = walk.new(list, cursor), {}
  while true do
    local page, message, err = edge:take(edge.size)
    if not page and message then return nil, message, err end
    if not page then return children end
    for _, child in ipairs(page.items) do
      feed.shape(child)
      children[#children + 1] = child
    end
  end
end

local function shape(page)
  page.incomplete = {}
  for _, media in ipairs(page.items) do
    local cursor = feed.shape(media)
    if cursor then
      table.insert(page.incomplete, { media = media, cursor = cursor })
    end
  end
end

--- Shapes media in place and completes their children. It may be called again after it
--- failed: it goes on where it stopped.
---@param page table items: media as they came
---@return true? ok
---@return string? message
---@return instagram.Error? err
function reader.finish(client, page, selection, options)
  if not page.incomplete then shape(page) end
  while page.incomplete[1] do
    local media, cursor = page.incomplete[1].media, page.incomplete[1].cursor
    local rest, message, err = read_children(client, media.id, cursor, selection,
      options)
    if not rest then return nil, message, err end
    for _, child in ipairs(rest) do table.insert(media.children, child) end
    table.remove(page.incomplete, 1)
  end
  return true
end

return reader
