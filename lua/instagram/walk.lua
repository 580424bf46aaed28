--- A walk over a list of Instagram's, page by page: follows cursors, looks ahead, asks
--- for less when a page is too heavy, cannot loop. Knows: what a page looks like. Must
--- not know: what is on it, who wants it.
local check = require "instagram.check"
local errors = require "instagram.errors"
local feed = require "instagram.feed"
local guard = require "instagram.guard"
local wait = require "instagram.wait"

-- This many pages in a row may be empty and yet have a next one (invented).
local MAX_EMPTY = 25

local MOST_PATIENCE = 64 -- pages (invented)

---@class instagram.Walk
local methods = {}
local walk_mt = { __index = methods }

local walk = {}

--- A walk from a cursor on (nil: from the start). source:
---   size              items on a page, at most
---   whole             true: never ask for less than that
---   start(cursor, n)  starts the call for a page, returns it
---   prepare()         before a page is asked for: true | nil, message, err
---   is_refused(err, call)  true: the question was changed, ask it again
---   finish(page)      makes page.items what they shall be: true | nil, message, err
function walk.new(source, cursor)
  local self = setmetatable({
    source = source,
    size = source.size,
    good = 0, -- pages since it was last changed
    patience = 1, -- so many of them before it grows again
    cursor = cursor,
    guard = guard.new(),
  }, walk_mt)
  if cursor then self.guard:seen(cursor) end
  return self
end

-- "Please reduce the amount of data": code 1, or HTTP 500 without a better reason.
local function is_heavy(err)
  return err.code == 1 or err.status == 500 and err.kind == "transient"
end

local function limit_for(self, wanted)
  return self.source.whole and self.size or math.min(self.size, wanted)
end

local function start(self, limit)
  return { call = self.source.start(self.cursor, limit), limit = limit }
end

-- Two tasks on one walk would each get half of the pages: refused. What a cancelled
-- task left behind is not in the way.
local function finish(self, question)
  if self.busy and not self.busy:done() then
    check.fail "two tasks use one pager at the same time"
  end
  self.busy = question.call
  local answer, message, err = question.call:finish()
  self.busy = nil
  return answer, message, err
end

-- What was too heavy may have been one page, or a bad minute: after some good pages the
-- walk dares twice as much, later each time it was told off.
local function grow(self)
  self.good = self.good + 1
  if self.size >= self.source.size or self.good < self.patience then return end
  self.size, self.good = math.min(self.size * 2, self.source.size), 0
end

local function shrink(self, size)
  self.size, self.good = size, 0
  self.patience = math.min(self.patience * 2, MOST_PATIENCE)
end

-- One page's answer. A heavy page is asked again with half of it, at once, never twice
-- in one size; one item alone is tried again by the core, as any call is. When even
-- that fails the size was not the reason, and the walk goes back to what it was.
local function ask(self, wanted)
  local question = self.ahead or start(self, limit_for(self, wanted))
  local size = question.limit
  self.ahead = nil
  while true do
    local answer, message, err = finish(self, question)
    local limit = question.limit
    if answer then
      if limit < size then shrink(self, limit) else grow(self) end
      return answer
    end
    if is_heavy(err) and limit > 1 and not self.source.whole then
      limit = math.floor(limit / 2)
    elseif not self.source.is_refused(err, question.call) then
      return nil, message, err
    end
    question = start(self, limit)
  end
end

local function stop(self, problem)
  local _, message, err = errors.failure("parse", problem)
  self.broken = { message, err }
end

-- From the answer to where the next page begins. What is wrong with the next page is
-- told when it is asked for: this one is good.
local function advance(self, answer)
  local after, more = feed.next_cursor(answer.paging)
  if not more then
    self.ended = true
  elseif not after then
    stop(self, "the list has a next page, but no cursor leads to it")
  elseif after == self.cursor or self.guard:seen(after) then
    stop(self, "the list leads back to a page that was here before")
  end
  self.cursor = after
end

local function read(self, wanted)
  local asked = self.cursor
  local answer, message, err = ask(self, wanted)
  if not answer then return nil, message, err end
  if type(answer) ~= "table" or type(answer.data) ~= "table" then
    return errors.failure("parse", "the answer holds no list")
  end
  advance(self, answer)
  local cursors = type(answer.paging) == "table" and answer.paging.cursors or {}
  return {
    items = answer.data,
    cursor = asked,
    before = cursors.before,
    after = cursors.after,
  }
end

-- The next page that is not empty; nil, nil at the end.
local function read_some(self, wanted)
  for _ = 1, MAX_EMPTY do
    if self.broken then return nil, self.broken[1], self.broken[2] end
    if self.ended then return nil end
    local page, message, err = read(self, wanted)
    if not page then return nil, message, err end
    if #page.items > 0 then return page end
  end
  stop(self, "the list has one empty page after the other")
  return nil, self.broken[1], self.broken[2]
end

--- The next page. After a failure the same page is asked for again.
---@param wanted integer how many items are of use
---@return table? page items, before, after, cursor (after which it was asked)
---@return string? message nil at the end of the list
---@return instagram.Error? err
function methods:take(wanted)
  if not self.unfinished then
    local page, message, err = self.source.prepare()
    if not page then return nil, message, err end
    page, message, err = read_some(self, wanted)
    if not page then return nil, message, err end
    self.unfinished = page
  end
  local ok, message, err = self.source.finish(self.unfinished)
  if not ok then return nil, message, err end
  local page = self.unfinished
  self.unfinished = nil
  return page
end

--- Starts the call for the next page, when there is one and it is not under way.
function methods:look_ahead(wanted)
  if self.ahead then
    if not self.ahead.call:done() then wait.poke() end
  elseif not (self.ended or self.broken or self.busy or self.closed) then
    self.ahead = start(self, limit_for(self, wanted))
  end
end

--- After which cursor the next page is, or was, asked for; nil: from the start.
---@return string?
function methods:position()
  if self.unfinished then return self.unfinished.cursor end
  return self.cursor
end

--- Gives up what is under way.
function methods:close()
  if self.ahead then self.ahead.call:cancel() end
  self.ahead, self.closed = nil, true
end

return walk
