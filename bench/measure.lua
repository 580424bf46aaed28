-- How the benchmarks measure: two ways of one job in turn, A B A B, so that a machine
-- that slows down slows both; CPU time of this process; the median of the pairs'
-- ratios.
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

local function cpu_of(job, times)
  collectgarbage()
  local before = os.clock()
  for _ = 1, times do
    job()
  end
  return (os.clock() - before) / times
end

--- CPU seconds per call of each, and their ratio, over `rounds` pairs of `times` calls.
function measure.pair(a, b, rounds, times)
  local of_a, of_b, ratios = {}, {}, {}
  a()
  b()
  for round = 1, rounds do
    of_a[round] = cpu_of(a, times)
    of_b[round] = cpu_of(b, times)
    ratios[round] = of_a[round] / of_b[round]
  end
  return { ours = median(of_a), theirs = median(of_b), ratio = median(ratios) }
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
