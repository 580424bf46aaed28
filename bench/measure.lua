-- How the benchmarks measure: two ways of one job in turn, A B A B, so that a machine
-- that slows down slows both; CPU time, each of its own process; the median of the
-- pairs' ratios.
local measure = {}

local function median(list)
  local sorted = {}
  for i, value in ipairs(list) do
    sorted[i] = value
  end
  table.sort(sorted)
  local middle = math.floor((#sorted + 1) / 2)
  return (sorted[middle] + sorted[#sorted - middle + 1]) / 2
end

--- CPU seconds of this process per call of `job`.
function measure.cpu(job, times)
  collectgarbage()
  local before = os.clock()
  for _ = 1, times do
    job()
  end
  return (os.clock() - before) / times
end

--- Two ways, `rounds` times in turn; each is a function that runs its job several times
--- and returns the CPU seconds of one. Their medians, and the median of the ratios.
function measure.pair(ours, theirs, rounds)
  local of_ours, of_theirs, ratios = {}, {}, {}
  ours()
  theirs()
  for round = 1, rounds do
    of_ours[round] = ours()
    of_theirs[round] = theirs()
    ratios[round] = of_ours[round] / of_theirs[round]
  end
  return { ours = median(of_ours), theirs = median(of_theirs), ratio = median(ratios) }
end

--- Resident memory of this process in KiB (Linux), 0 elsewhere.
function measure.resident()
  local file = io.open("/proc/self/status")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return tonumber(text:match("VmRSS:%s*(%d+)")) or 0
end

return measure
