-- Two months of many accounts, their tokens kept alive by cron jobs alone: four
-- processes a simulated day against one store, some of them killed (kill -9) in the
-- middle, with bad hours of Instagram's in between. The sandbox's clock is everybody's
-- clock. Nobody is lost, nobody is refreshed twice in a period. LIFE_ACCOUNTS=1000 in
-- the environment makes it so many.
local calls = require "spec.support.calls"
local core = require "instagram.core"
local life = require "spec.support.life"
local process = require "spec.support.process"
local redis = require "spec.support.redis"
local sandboxes = require "instagram.sandbox"

local DAY = 86400
local JOBS = 4
local JOIN_DAYS = 10 -- people come over the first days
local PERIOD = 29 * DAY -- at least so long from one refresh that extended to the next

local ACCOUNTS = tonumber(os.getenv "LIFE_ACCOUNTS") or 48

describe("two months of life #slow", function()
  local folder, sandbox, accounts, app, people, by_raw, sums, now, first_day
  local kind, place

  -- --- people -----------------------------------------------------------------------

  -- A third is private; a tenth was generated in the dashboard and pasted, so that
  -- nobody knows its age.
  local function new_person(i)
    local person = { username = "person" .. i, private = i % 3 == 0,
      pasted = i % 10 == 1 and i % 3 > 0, joins = i % JOIN_DAYS, refreshes = {} }
    person.raw = sandbox:control("add_user", { username = person.username,
      private = person.private, account_type = "PERSONAL" }).id
    by_raw[person.raw] = person
    return person
  end

  local function join(person)
    if person.pasted then
      person.id = assert(accounts:add(app:token {
        secret = sandbox:generate_token(person.username, "basic_display") }))
    else
      local url, ticket = accounts:begin_login {}
      local redirect = assert(sandbox:authorize { user = person.username, url = url })
      person.id = assert(accounts:finish_login(redirect, ticket)).me_id
    end
    sums.logins = sums.logins + 1
  end

  -- What people do to their accounts: then there is a reason.
  local function leave(day)
    if day == 20 then
      people[2].gone, people[3].gone = true, true
      sandbox:control("update_user", { username = people[2].username,
        password_changed = true })
      sandbox:control("update_user", { username = people[3].username,
        password_changed = true })
    elseif day == 33 then
      people[4].gone = true
      sandbox:control("remove_app", { username = people[4].username,
        flavour = "basic_display" })
    end
  end

  -- --- a day ------------------------------------------------------------------------

  local function bad_hours(day, is_kill_day)
    sandbox:clear_faults()
    if is_kill_day then
      sandbox:fault { on = "/refresh_access_token", kind = "delay", delay = 0.1,
        times = 12 }
    elseif day % 7 == 3 then
      sandbox:fault { on = "/refresh_access_token", kind = "status", status = 503,
        times = 5 }
    elseif day % 7 == 5 then
      sandbox:fault { on = "/refresh_access_token", kind = "reset", times = 2 }
    end
  end

  local function start_jobs()
    local jobs = {}
    for i = 1, JOBS do
      jobs[i] = { log = ("%s/job%d"):format(folder, i) }
      jobs[i].pid = process.start(process.script("spec/support/life_cron.lua", folder,
        kind, place, ("%.0f"):format(now)), jobs[i].log)
    end
    return jobs
  end

  local function kill_some(jobs)
    local killed = 0
    for i = 1, 2 do
      calls.sleep(0.02 + math.random() * 0.06)
      if process.is_running(jobs[i].pid) then
        process.signal(jobs[i].pid, "KILL")
        jobs[i].killed, killed = true, killed + 1
      end
    end
    sums.kills = sums.kills + killed
    return killed > 0
  end

  local function finish_jobs(jobs)
    for _, job in ipairs(jobs) do
      process.wait_until("a cron job ends", 300, function()
        return not process.is_running(job.pid)
      end)
      local said = calls.read(job.log)
      local refreshed, others, failed = said:match("refreshed=(%d+) others=(%d+) "
        .. "failed=(%d+)")
      assert(refreshed or job.killed, said)
      sums.jobs = sums.jobs + 1
      sums.told = sums.told + (tonumber(refreshed) or 0)
      sums.others = sums.others + (tonumber(others) or 0)
      sums.failed = sums.failed + (tonumber(failed) or 0)
      sums.leaks = sums.leaks + (said:find("IG%w%w%w%w%w") and 1 or 0)
    end
  end

  -- What the sandbox's journal has of the day.
  local function read_journal(are_locks_short)
    for _, entry in ipairs(sandbox:requests()) do
      sums.calls = sums.calls + 1
      if entry.path:find("refresh_access_token", 1, true) then
        sums.refresh_calls = sums.refresh_calls + 1
        if entry.status ~= 200 then
          sums.refused = sums.refused + 1
        elseif entry.notes then
          sums.learned = sums.learned + 1 -- too young: only its life was told
        else
          -- Who got the answer may not have lived to write it down, or have lost a
          -- short lock before; a reset cut it.
          table.insert(by_raw[entry.user_id].refreshes, { at = now,
            lost = are_locks_short or entry.fault == "reset" })
        end
      end
    end
    sandbox:clear_requests()
  end

  -- Some look at their feeds.
  local function read_some(day)
    for i, person in ipairs(people) do
      if person.id and not person.gone and (i + day) % 16 == 0 then
        assert(assert(accounts:client(person.id)):me())
        sums.reads = sums.reads + 1
      end
    end
  end

  local function live_a_day(day)
    now = first_day + day * DAY
    sandbox:set_clock(now)
    local is_kill_day = day % 5 == 0 and day >= 30 -- when there is something to do
    for _, person in ipairs(people) do
      if not person.id and person.joins <= day then join(person) end
    end
    leave(day)
    bad_hours(day, is_kill_day)
    life.shorten_locks(folder, is_kill_day)
    local jobs = start_jobs()
    local some_killed = is_kill_day and kill_some(jobs)
    finish_jobs(jobs)
    -- The locks of the dead are over before the next day.
    if some_killed then calls.sleep(life.SHORT + 0.01) end
    sandbox:clear_faults()
    read_some(day)
    read_journal(is_kill_day)
  end

  -- --- the end ----------------------------------------------------------------------

  local function check_refreshes(person)
    local last
    assert(#person.refreshes > 0, person.username)
    for _, refresh in ipairs(person.refreshes) do
      sums.refreshes = sums.refreshes + 1
      if last and refresh.at - last.at < PERIOD then
        sums.again = sums.again + 1
        assert(last.lost, ("%s was refreshed on day %d and again on day %d"):format(
          person.username, (last.at - first_day) / DAY, (refresh.at - first_day) / DAY))
      end
      last = refresh
    end
  end

  local function check_person(person)
    local me, message, err = assert(accounts:client(person.id)):me()
    if person.gone then
      assert.is_nil(me)
      assert.equal("token", err.kind)
      sums.dead = sums.dead + 1
      return
    end
    assert(me, message and person.username .. ": " .. message)
    assert.equal(person.id, me.id)
    sums.alive = sums.alive + 1
    check_refreshes(person)
  end

  local function check_infos()
    local count = 0
    for id, info in accounts:each() do
      count = count + 1
      local person = by_raw[info.raw_id or ""]
      assert(info.err == nil, id)
      assert((info.dead ~= nil) == (person ~= nil and person.gone == true), id)
    end
    assert.equal(#people, count)
  end

  local function live(how_many, step)
    sandbox = assert(sandboxes.start { data = "empty" })
    sandbox:control("settings", { journal_size = 1000000 })
    local credentials = sandbox:credentials "basic_display"
    life.prepare(folder, credentials)
    first_day = sandbox:now()
    now, people, by_raw = first_day, {}, {}
    sums = { logins = 0, kills = 0, jobs = 0, told = 0, others = 0, failed = 0,
      calls = 0, leaks = 0, refresh_calls = 0, refused = 0, learned = 0, refreshes = 0,
      again = 0, reads = 0, alive = 0, dead = 0 }
    accounts, app = life.open(folder, kind, place, function() return now end)
    for i = 1, how_many do people[i] = new_person(i) end
    local began = core.monotonic()
    for day = 0, 62, step do live_a_day(day) end
    for _, person in ipairs(people) do check_person(person) end
    check_infos()
    sandbox:stop()
    print(("\n%s: %d accounts, 63 days, %d cron jobs, %d killed, %.1f s: %d alive, %d "
      .. "dead for a reason, 0 lost; %d calls, of them %d to refresh: %d extended, %d "
      .. "told the life of a pasted token, %d refused; %d done again because who did "
      .. "it was killed or cut off; %d reads; %d times another was at it"):format(kind,
      how_many, sums.jobs, sums.kills, core.monotonic() - began, sums.alive, sums.dead,
      sums.calls, sums.refresh_calls, sums.refreshes, sums.learned, sums.refused,
      sums.again, sums.reads, sums.others))
    assert.equal(0, sums.leaks)
    assert.equal(how_many, sums.alive + sums.dead)
  end

  before_each(function() folder = calls.folder() end)

  after_each(function()
    process.stop_all()
    if sandbox then sandbox:stop() end
    calls.remove(folder)
  end)

  it("in a file store", function()
    kind, place = "file", folder .. "/tokens"
    live(ACCOUNTS, 1)
  end)

  it("in Redis", function()
    if redis.missing() then return pending(redis.missing()) end
    local server = redis.start()
    kind, place = "redis", server.port
    local ok, problem = pcall(live, math.ceil(ACCOUNTS / 4), 4)
    server:stop()
    assert(ok, problem)
  end)
end)
