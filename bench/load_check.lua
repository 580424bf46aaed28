-- wrk's script for bench/load.lua: every answer must be 200 and, byte for byte, the
-- same as the file named by WANTED (the clock stands: the same question, the same
-- answer). Runs in each of wrk's threads, in a Lua of wrk's own.
local threads = {}

function setup(thread) threads[#threads + 1] = thread end

function init()
  local file = assert(io.open(os.getenv("WANTED"), "rb"))
  wanted = file:read("*a")
  file:close()
  answers, wrong = 0, 0
end

function response(status, _, body)
  answers = answers + 1
  if status ~= 200 or body ~= wanted then wrong = wrong + 1 end
end

function done(summary, latency)
  local all, bad = 0, 0
  for _, thread in ipairs(threads) do
    all, bad = all + thread:get("answers"), bad + thread:get("wrong")
  end
  local errors = summary.errors
  io.write(("RESULT %d %d %d %d %d %d\n"):format(all, bad,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
