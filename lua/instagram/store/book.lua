--- Who holds which lock of a file store's shard, as the text of a small file. Its times
--- are of the clock that never jumps (monotonic): a changed clock neither ends a lock
--- nor keeps it, and what was written before the machine started anew is seen to be
--- over. Knows: nothing of files.
local book = {}

local HEAD = "instagram-locks 1 %.0f %.0f\n"
local HEAD_PATTERN = "^instagram%-locks 1 (%d+) (%d+)\n"
local LINE = "^(%S+) (%d+) (%S+) (%d+%.%d+) (%d+%.%d+)$"
local KEPT = 3600 -- seconds that a holder who never came back may still write

--- Seconds as text, rounded down to the millisecond: "%.3f" would round up, and depends
--- on the host's locale, as tonumber does.
---@param seconds number
---@return string
function book.time_text(seconds)
  local whole = math.floor(seconds)
  return ("%.0f.%03.0f"):format(whole, math.floor((seconds - whole) * 1000))
end

--- The seconds of such a text, or of digits alone.
---@param text string
---@return number
function book.time_of(text)
  local whole, part = text:match("^(%d+)%.?(%d*)$")
  return tonumber(whole) + (tonumber(part) or 0) / 10 ^ #part
end

local function is_worth_keeping(holder, now)
  return holder.ends + KEPT > now and holder.ends - now <= holder.life + 1
end

--- From the file's text; a text that is none of ours counts as no locks.
---@param text string|false
---@param now number monotonic seconds
function book.read(text, now)
  local self = { counter = 0, purged = 0, holders = {} }
  local counter, purged = (text or ""):match(HEAD_PATTERN)
  if not counter then return self end
  self.counter, self.purged = tonumber(counter), tonumber(purged)
  for line in text:gmatch("[^\n]+") do
    local name, fence, owner, ends, life = line:match(LINE)
    if name then
      local holder = { fence = tonumber(fence), owner = owner,
        ends = book.time_of(ends), life = book.time_of(life) }
      if is_worth_keeping(holder, now) then self.holders[name] = holder end
    end
  end
  return self
end

function book.write(self)
  local lines = { HEAD:format(self.counter, self.purged) }
  for name, holder in pairs(self.holders) do
    lines[#lines + 1] = ("%s %.0f %s %s %s\n"):format(name, holder.fence,
      holder.owner, book.time_text(holder.ends), book.time_text(holder.life))
  end
  return table.concat(lines)
end

--- Is the lock of this name held now?
function book.is_held(self, name, now)
  local holder = self.holders[name]
  return holder ~= nil and now < holder.ends
end

--- Notes a new holder; returns its fence. Epoch milliseconds are its least, so that
--- fences grow even when the file was lost.
function book.take(self, name, owner, life, now, epoch)
  self.counter = math.max(self.counter + 1, math.floor(epoch * 1000))
  self.holders[name] = { fence = self.counter, owner = owner, ends = now + life,
    life = life }
  return self.counter
end

--- The holder gives the lock back; false when it is another's by now.
function book.give_back(self, name, owner)
  local holder = self.holders[name]
  if not holder or holder.owner ~= owner then return false end
  self.holders[name] = nil
  return true
end

--- May who has this fence write?
function book.allows(self, name, fence)
  local holder = self.holders[name]
  return holder ~= nil and holder.fence == fence
end

--- Ends the holder's right to write, not its lock; false when there is no holder.
function book.disarm(self, name)
  local holder = self.holders[name]
  if not holder then return false end
  holder.fence = 0
  return true
end

return book
