-- What every store does, as cases that run in busted and inside nginx alike. A case is
-- { name, function(t) }; t.store and t.other are two ways to one store (two processes,
-- two machines; the same object where there can be only one); t.sleep waits and t.now
-- tells the seconds, by a clock that the store's keeps pace with; t.key names a key
-- that no other case uses.
local contract = {}

local function case(name, run)
  contract[#contract + 1] = { name = name, run = run }
end

local function show(value)
  if type(value) ~= "string" then return tostring(value) end
  if #value > 60 then return ("%d bytes"):format(#value) end
  return ("%q"):format(value)
end

local function is(expected, got, problem)
  if expected == got then return end
  error(("expected %s, got %s (%s)"):format(show(expected), show(got),
    tostring(problem)), 2)
end

local function holds(condition, words)
  if not condition then error("does not hold: " .. words, 2) end
end

local LONG = 600 -- seconds; what must not come to its end within a case

-- Locks or says why not.
local function take(store, key, life)
  local lock, problem = store:lock(key, life or LONG)
  if not lock then error(("no lock: %s"):format(problem or lock), 2) end
  return lock
end

-- Runs what must be seen before a life is over: run(life, name). Where it was over too
-- early, because the machine stood still, nothing was seen: once more, with a longer
-- one.
local function within_a_life(t, run)
  local life, number = 0.15, 0
  while true do
    life, number = life * 2, number + 1
    local from = t.now()
    local ok, problem = pcall(run, life, ("try%d"):format(number))
    if ok then return problem end
    if t.now() - from < life - 0.1 or life > 100 then error(problem, 0) end
  end
end

-- Waits for what comes with the end of a life.
local function wait_for(t, what, question)
  local ends = t.now() + 60
  while true do
    local is_late, answer = t.now() > ends, question()
    if answer then return answer end
    holds(not is_late, what)
    t.sleep(0.01)
  end
end

local function wait_for_lock(t, key)
  return wait_for(t, "the lock ends", function() return t.other:lock(key, LONG) end)
end

case("has nothing to begin with", function(t)
  is(false, t.store:get(t.key "nothing"))
  is(true, t.store:delete(t.key "nothing"))
  is(0, #t.store:list(t.key ""))
end)

case("gives back what was put, here and elsewhere", function(t)
  local key = t.key "a"
  is(true, t.store:put(key, "one"))
  is("one", t.store:get(key))
  is("one", t.other:get(key))
  is(true, t.other:put(key, "a longer one"))
  is("a longer one", t.other:get(key))
  is("a longer one", t.store:get(key))
  is(true, t.store:delete(key))
  is(false, t.store:get(key))
  is(false, t.other:get(key))
end)

case("keeps values of any bytes and sizes", function(t)
  local all = {}
  for byte = 0, 255 do all[#all + 1] = string.char(byte) end
  local bytes = table.concat(all)
  local values = { "", "\0", "\n", "\r\n", "a\nb", bytes, bytes:rep(400), "0" }
  for i, value in ipairs(values) do
    local key = t.key("value" .. i)
    is(true, t.store:put(key, value))
    is(value, t.store:get(key))
    is(value, t.other:get(key))
    is(true, t.store:swap(key, value, value .. "x"))
    is(value .. "x", t.other:get(key))
    t.store:delete(key)
  end
end)

-- Names that a file system, a glob pattern or our own names could take for something.
local odd = {
  ".", "..", "a.b", "a/b", "../up", "/", "a%2Fb", "%", "%41", "A", "a", " ", "a b", "*",
  "a*", "?", "[a]", "\\", "\\*", "{a}", "~", "a~b", "-rf", "\0", "a\0b", "\n",
  "\255\254", "\195\188", "e\204\129", "\230\151\165\230\156\172", "shard-3", "record",
  "x.record", "fence:a", "lock:a", "record:a", ("k"):rep(200), ("k"):rep(199) .. "l",
  ("\230\151\165"):rep(66) .. "ab", ("\230\151\165"):rep(66) .. "ba", ("%"):rep(200),
  ("k"):rep(1000),
}

case("takes odd keys for what they are", function(t)
  for i, name in ipairs(odd) do is(true, t.store:put(t.key(name), "value " .. i)) end
  for i, name in ipairs(odd) do is("value " .. i, t.other:get(t.key(name))) end
  local wanted = {}
  for i, name in ipairs(odd) do wanted[i] = t.key(name) end
  table.sort(wanted)
  local keys = t.other:list(t.key "")
  is(#wanted, #keys)
  for i, key in ipairs(wanted) do is(key, keys[i]) end
  for i = 1, #odd, 2 do is(true, t.store:delete(t.key(odd[i]))) end
  for i, name in ipairs(odd) do
    is(i % 2 == 0 and "value " .. i, t.other:get(t.key(name)))
    local lock = take(t.store, t.key(name))
    is(true, t.store:put(t.key(name), "locked", { fence = lock.fence }))
    is(true, lock:release())
    is(true, t.store:delete(t.key(name)))
  end
  is(0, #t.store:list(t.key ""))
end)

case("lists the keys that begin so", function(t)
  for _, name in ipairs { "b:2", "b:1", "b", "B:1", "a*c:1", "abc:1", "c" } do
    t.store:put(t.key(name), "x")
  end
  local function list(prefix)
    local short = {}
    for i, key in ipairs(t.store:list(t.key(prefix))) do
      short[i] = key:sub(#t.key "" + 1)
    end
    return table.concat(short, " ")
  end
  is("B:1 a*c:1 abc:1 b b:1 b:2 c", list "")
  is("b b:1 b:2", list "b")
  is("b:1 b:2", list "b:")
  is("a*c:1", list "a*")
  is("", list "?")
  t.other:delete(t.key "b:1")
  is("b b:2", list "b")
end)

case("forgets a record at its end", function(t)
  local function is_gone(key)
    wait_for(t, "the record ends", function() return t.store:get(key) == false end)
  end
  local key = within_a_life(t, function(life, name)
    local key = t.key("passing" .. name)
    is(true, t.store:put(key, "x", { ttl = life }))
    local value, left = t.store:get(key)
    local again, left_again = t.store:get(key)
    if again then
      holds((left == nil) == (left_again == nil), "told once, and not again: the end")
    end
    is("x", value)
    holds(left == nil or left > 0 and left <= life, "seconds left: " .. tostring(left))
    is("x", t.other:get(key))
    is(1, #t.store:list(key))
    return key
  end)
  is_gone(key)
  is(false, t.other:get(key))
  is(0, #t.store:list(key))
  is(false, t.store:swap(key, "x", "y"))
  is_gone(within_a_life(t, function(life, name)
    key = t.key("swapped in" .. name)
    is(true, t.store:swap(key, false, "y", { ttl = life }))
    is("y", t.store:get(key))
    return key
  end))
end)

case("forgets a record of less than a millisecond", function(t)
  for i, ttl in ipairs { 0.0009, 0.0004, 1e-9 } do
    local key = t.key("short" .. i)
    is(true, t.store:put(key, "x", { ttl = ttl }))
    wait_for(t, "the record ends", function() return t.store:get(key) == false end)
    is(false, t.other:get(key))
    take(t.store, key, ttl)
    wait_for_lock(t, key)
  end
end)

case("keeps a record whose end was taken away", function(t)
  local key = t.key "staying"
  t.store:put(key, "x", { ttl = 0.2 })
  t.store:put(key, "y")
  local second = within_a_life(t, function(life, name)
    local second = t.key(name)
    t.store:put(second, "x", { ttl = life })
    is(true, t.store:swap(second, "x", "y"))
    t.sleep(life + 0.05)
    return second
  end)
  t.sleep(0.25)
  local value, left = t.store:get(key)
  is("y", value)
  is(nil, left)
  is("y", t.other:get(second))
end)

case("swaps only what is expected", function(t)
  local key = t.key "swapped"
  is(false, t.store:swap(key, "x", "y"))
  is(true, t.store:swap(key, false, "1"))
  is(false, t.store:swap(key, false, "2"))
  is(false, t.other:swap(key, "2", "3"))
  is(true, t.other:swap(key, "1", "4"))
  is(false, t.store:swap(key, "1", "5"))
  is("4", t.store:get(key))
  is(true, t.store:swap(key, "4", "4"))
  t.store:delete(key)
  is(false, t.store:swap(key, "4", "6"))
  is(false, t.store:get(key))
end)

case("gives a lock to one at a time", function(t)
  local key = t.key "locked"
  local lock = take(t.store, key)
  is(false, t.store:lock(key, LONG))
  is(false, t.other:lock(key, LONG))
  take(t.other, key .. "2"):release()
  is(true, lock:release())
  local second = take(t.other, key)
  is(false, t.store:lock(key, LONG))
  holds(second.fence > lock.fence, "fences grow")
  is(true, lock:release())
  is(false, t.store:lock(key, LONG))
  is(true, second:release())
  is(true, second:release())
  take(t.store, key):release()
end)

case("ends a lock with its life", function(t)
  local key, lock
  within_a_life(t, function(life, name)
    key = t.key("ending" .. name)
    lock = take(t.store, key, life)
    is(false, t.other:lock(key, LONG))
  end)
  local second = wait_for_lock(t, key)
  is(true, lock:release())
  is(false, t.store:lock(key, LONG))
  is(true, second:release())
end)

case("refuses the writing of an overtaken holder", function(t)
  local key = t.key "fenced"
  t.store:put(key, "0")
  local old = take(t.store, key, 0.2)
  is(true, t.store:put(key, "1", { fence = old.fence }))
  is(true, t.store:swap(key, "1", "2", { fence = old.fence }))
  t.sleep(0.25)
  is(true, t.store:put(key, "3", { fence = old.fence }))
  local new = wait_for_lock(t, key)
  is(false, t.store:put(key, "4", { fence = old.fence }))
  is(false, t.store:swap(key, "3", "4", { fence = old.fence }))
  is("3", t.other:get(key))
  is(true, t.other:swap(key, "3", "5", { fence = new.fence }))
  is(false, t.store:put(key, "4", { fence = new.fence + 1 }))
  is(true, new:release())
  is(false, t.other:put(key, "6", { fence = new.fence }))
  is("5", t.store:get(key))
  is(true, t.store:put(key, "7"))
end)

case("ends every right to write with a delete", function(t)
  local key = t.key "forgotten"
  t.store:put(key, "1")
  local lock = take(t.store, key)
  is(true, t.other:delete(key))
  is(false, t.store:put(key, "2", { fence = lock.fence }))
  is(false, t.store:swap(key, false, "2", { fence = lock.fence }))
  is(false, t.store:get(key))
  is(false, t.other:lock(key, LONG)) -- the lock itself goes on
  is(true, t.other:put(key, "3"))
  is(false, t.store:swap(key, "3", "2", { fence = lock.fence }))
  is(true, lock:release())
  local new = take(t.other, key)
  is(true, t.other:swap(key, "3", "4", { fence = new.fence }))
  is(true, new:release())
  is("4", t.store:get(key))
end)

case("has a lock for keys without a record", function(t)
  local key = t.key "bare"
  local lock = take(t.store, key)
  is(0, #t.store:list(key))
  is(true, t.store:swap(key, false, "x", { fence = lock.fence }))
  is(true, lock:release())
  is("x", t.other:get(key))
end)

-- --- many at once
-- ----------------------------------------------------------------------

--- Adds one to a number so many times, by swap.
function contract.count_by_swap(store, key, times, sleep)
  for _ = 1, times do
    while true do
      local value, problem = store:get(key)
      assert(value ~= nil, problem)
      local done
      done, problem = store:swap(key, value, ("%d"):format((tonumber(value) or 0) + 1))
      assert(done ~= nil, problem)
      if done then break end
      sleep(0.001)
    end
  end
end

--- The same, by lock and put.
function contract.count_by_lock(store, key, times, sleep)
  for _ = 1, times do
    local lock, problem = store:lock(key, LONG)
    while not lock do
      assert(lock ~= nil, problem)
      sleep(0.002)
      lock, problem = store:lock(key, LONG)
    end
    local value = assert(store:get(key) or "0")
    assert(store:put(key, ("%d"):format(tonumber(value) + 1), { fence = lock.fence }))
    assert(lock:release())
  end
end

return contract
