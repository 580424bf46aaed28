--- What a script walks through: media one by one or page by page, within bounds, with a
--- mark to go on from another day. Knows: a walk, marks. Must not know: the network.
local check = require "instagram.check"
local errors = require "instagram.errors"
local mark = require "instagram.mark"
local wait = require "instagram.wait"

-- Of so many posts of one second the ids are kept in a mark (invented).
local MAX_IDS = 20

---@class instagram.Pager
---@overload fun(): instagram.Media? `for media in pager do`
local methods = {}
local pager_mt = { __name = "instagram.pager", __index = methods }

local pager = {}

--- A pager over a walk. setup:
---   walk(cursor)      makes the walk, from a cursor on
---   account()         the account's id | nil, message, err
---   list, selection   texts that name the list, and what is asked of it
---   size              of a page, as it is asked for
---   cut               of a page, as next_page gives it; nil: as it comes
---   max, newer_than, older_than (epoch seconds), from (a mark): or nil
---   where             the public function's name
---@return instagram.Pager
function pager.new(setup)
  local self = setmetatable({
    account = setup.account,
    list = mark.digest(setup.list),
    selection = mark.digest(setup.list .. " " .. setup.selection),
    bounds = mark.digest(("%.3f %.3f"):format(
      setup.newer_than or -1, setup.older_than or -1)),
    size = setup.size,
    cut = setup.cut,
    max = setup.max,
    newer_than = setup.newer_than,
    older_than = setup.older_than,
    index = 0, -- of the media last looked at on the page
    handed = 0,
    ids = {}, -- last media handed out, and those of the same second before it
    known = {}, -- id -> true: handed out before the mark was made
  }, pager_mt)
  if setup.from then self:resume(setup.from, setup.where) end
  self.walk = setup.walk(self.from and self.from.cursor)
  self.ended = self.from ~= nil and self.from.ended
  return self
end

-- Reads a mark. Whose account it is of is looked at with the first page: that may cost
-- a call.
function methods:resume(text, where)
  local from = mark.read(text)
  if not from then
    check.bad_option("from", where, "this is no mark, or it was cut or altered")
  elseif from.list and from.list ~= self.list then
    check.bad_option("from", where, "the mark is of another list")
  elseif from.selection ~= self.selection then
    check.bad_option("from", where, "the mark was made with other fields")
  elseif from.bounds ~= self.bounds then
    check.bad_option("from", where, "the mark was made with other time bounds")
  end
  self.from, self.from_text = from, text
  for _, id in ipairs(from.ids) do self.known[id] = true end
end

local function check_account(self)
  if not self.from or self.verified then return true end
  local account, message, err = self.account()
  if not account then return nil, message, err end
  if mark.digest(account) ~= self.from.account then
    return errors.failure("not_found", "the mark belongs to another account", {
      advice = "Go on with the account the mark was made with, or start without it.",
    })
  end
  self.verified = true
  return true
end

-- On a page: the index of the last media that was handed out before the mark was made.
local function find_known(self, items)
  local found
  for i, media in ipairs(items) do
    if self.known[media.id] then found = i end
  end
  return found
end

-- By its time: was it handed out before, or posted since? Of more posts of one second
-- than a mark keeps, those it lost come before those it has.
local function is_before(from, media)
  if not from.time or not media.time then return false end
  return media.time > from.time
    or media.time == from.time and #from.ids >= MAX_IDS
end

-- The first page after a mark: skips what was handed out before. By id; when that media
-- was deleted meanwhile, by time (lists are newest first). Pages of newer media, posted
-- since, are skipped whole. More posts of the same second may come on later pages: what
-- is known there is skipped when it is looked at.
local function rejoin(self)
  local from, items = self.from, self.page.items
  local found = find_known(self, items)
  if found then
    self.index = found
  elseif is_before(from, items[#items]) or not from.time and from.index > 0 then
    self.index = #items
    return
  else
    while is_before(from, items[self.index + 1]) do self.index = self.index + 1 end
  end
  self.from, self.ids, self.time = nil, from.ids, from.time
end

-- Where the marked media is gone and no time says where it stood, nobody knows what is
-- next; silence would look like the end.
local function check_rejoined(self)
  local from = self.from
  if not from or from.ended or from.time or from.index == 0 then return nil end
  return errors.failure("not_found",
    "the media of the mark is gone, and the fields have no timestamp to go on by", {
      advice = "Start without the mark; ask for the field timestamp the next time.",
    })
end

-- Is it still to be handed out?
local function is_due(self, media)
  if self.known[media.id] then return false end
  local time = media.time
  if not time then return true end
  return (not self.newer_than or time > self.newer_than)
    and (not self.older_than or time < self.older_than)
end

-- Is all of the page too old? Then so is what follows. One old media alone says
-- nothing: lists need not be in order to the last.
local function is_past(self, items)
  if not self.newer_than then return false end
  for _, media in ipairs(items) do
    if not media.time or media.time > self.newer_than then return false end
  end
  return true
end

-- Before older_than is reached nobody knows how many media must be passed over.
local function is_approaching(self)
  if not self.older_than then return false end
  local last = self.page and self.page.items[#self.page.items]
  return not (last and last.time and last.time < self.older_than)
end

-- How many media the next page needs to have; 0 when none is needed.
local function wanted(self)
  if not self.max then return self.size end
  local left = self.max - self.handed
  local items = self.page and self.page.items or {}
  for i = self.index + 1, #items do
    if is_due(self, items[i]) then left = left - 1 end
  end
  if left <= 0 then return 0 end
  if is_approaching(self) then return self.size end
  return left + (self.from and self.from.index or 0)
end

-- From half a page on, once: the next page, unless it is not needed or surely too old.
local function look_ahead(self)
  local page = self.page
  if self.index * 2 < #page.items then return end
  if not page.next_wanted then
    local last = page.items[#page.items]
    local late = self.newer_than and last.time and last.time <= self.newer_than
    page.next_wanted = late and 0 or wanted(self)
  end
  if page.next_wanted > 0 then self.walk:look_ahead(page.next_wanted) end
end

-- Turns the page: true | nil (end) | nil, message, err.
local function turn(self)
  local ok, message, err = check_account(self)
  if not ok then return nil, message, err end
  local page
  page, message, err = self.walk:take(wanted(self))
  if not page and message then return nil, message, err end
  if not page then
    self.ended = true
    return check_rejoined(self)
  end
  self.page, self.index = page, 0
  if self.from then rejoin(self) end
  if not self.from and is_past(self, page.items) then
    self.ended = true
    self.walk:close()
    return nil
  end
  return true
end

local function remember(self, media)
  local ids = self.ids
  if not media.time or media.time ~= self.time then
    for i = #ids, 1, -1 do ids[i] = nil end
  end
  ids[#ids + 1] = media.id
  if #ids > MAX_IDS then table.remove(ids, 1) end
  self.time = media.time
  self.handed = self.handed + 1
end

-- The next media of this page.
local function pick(self)
  local items = self.page and self.page.items or {}
  while self.index < #items and self.handed ~= self.max do
    self.index = self.index + 1
    local media = items[self.index]
    if is_due(self, media) then
      remember(self, media)
      return media
    end
  end
end

--- The next media. After a failure the next call asks for the same page again.
---@return instagram.Media? media nil at the end
---@return string? message nil at the end
---@return instagram.Error? err
function methods:next()
  if self.closed then check.fail "the pager is closed" end
  self.failure = nil
  while true do
    local media = pick(self)
    if media then
      look_ahead(self)
      return media
    end
    if self.ended or self.handed == self.max then return nil end
    local turned, message, err = turn(self)
    if not turned then
      self.failure = err
      return nil, message, err
    end
  end
end

--- The rest of the page, or the next page: an array of media with `before` and `after`,
--- the cursors of the answer they came in. Bounds and `max` hold; a page that is empty
--- then is passed over.
---@return instagram.Page? page nil at the end
---@return string? message
---@return instagram.Error? err
function methods:next_page()
  local media, message, err = self:next()
  if not media then return nil, message, err end
  local page = { before = self.page.before, after = self.page.after }
  while media do
    page[#page + 1] = media
    media = #page ~= self.cut and pick(self) or nil
  end
  look_ahead(self)
  return page
end

--- `for page in pager:pages() do`. A failure is raised as its message; `pager:error()`
--- then has the object.
---@return fun(): instagram.Page?
function methods:pages()
  return function()
    wait.check_iterator "next_page"
    local page, message = self:next_page()
    if message then error(message, 2) end
    return page
  end
end

--- `for media in pager do`: the pager is its own iterator. A failure is raised as its
--- message (a string: not every Lua prints objects); `pager:error()` has the object.
function pager_mt:__call()
  wait.check_iterator "next"
  local media, message = self:next()
  if message then error(message, 2) end
  return media
end

--- What the last call failed with; nil when it did not.
---@return instagram.Error?
function methods:error()
  return self.failure
end

-- Whether everything was handed out that there is.
local function is_over(self)
  local items = self.page and self.page.items or {}
  return self.index >= #items and (self.ended or self.walk.ended)
    and self.walk.unfinished == nil
end

--- A short text from which `client:media { from = mark }` goes on right after the last
--- media handed out: in another process, with newer media on top, even when that media
--- was deleted. It holds no secret. `max` counts anew there; a walk that had come to
--- its end goes on to nothing. The first mark of a client may cost one call (whose
--- account is this?).
---@return string? mark
---@return string? message
---@return instagram.Error? err
function methods:mark()
  if self.from_text and self.handed == 0 then return self.from_text end
  local account, message, err = self.account()
  if not account then return nil, message, err end
  local page, cursor, index = self.page, self.walk:position(), 0
  if page and (self.index < #page.items or not cursor) then
    cursor, index = page.cursor, self.index
  end
  return mark.write {
    account = mark.digest(account),
    list = self.list,
    selection = self.selection,
    bounds = self.bounds,
    ended = is_over(self),
    cursor = cursor,
    index = index,
    ids = self.ids,
    time = self.time,
  }
end

--- Ends the walk and cancels what was asked for ahead. An abandoned pager does so when
--- it is collected.
function methods:close()
  if self.closed then return end
  self.closed = true
  self.walk:close()
end

function pager_mt:__tostring()
  return ("instagram.pager (%s)"):format(
    self.closed and "closed" or self.handed .. " handed out")
end

return pager
