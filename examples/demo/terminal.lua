--- What the demo says: steps, lines, a progress line that stays in its place on a
--- terminal and becomes a plain line now and then elsewhere. Knows the standard
--- library.
local terminal = {}

local function succeeds(command)
  local first, _, code = os.execute(command)
  return first == true and code == 0 or first == 0 -- Lua 5.1 returns the number alone
end

local is_tty = succeeds "test -t 1 2>/dev/null" and os.getenv "TERM" ~= "dumb"
local colourful = is_tty and not os.getenv "NO_COLOR"
local steps, drawn = 0, false

local function paint(code, text)
  return colourful and ("\27[%sm%s\27[0m"):format(code, text) or text
end

local function clear()
  if drawn then io.stdout:write "\r\27[K" end
  io.stdout:flush()
  drawn = false
end

--- 6.8 MB
function terminal.size(bytes)
  if bytes >= 1e6 then return ("%.1f MB"):format(bytes / 1e6) end
  if bytes >= 1e3 then return ("%.0f kB"):format(bytes / 1e3) end
  return ("%d bytes"):format(bytes)
end

--- "1 album", "3 albums"; "1 reply", "2 replies" with a third word.
function terminal.count(n, one, many)
  return ("%d %s"):format(n, n == 1 and one or many or one .. "s")
end

--- "59 days 23 hours", from seconds.
function terminal.span(seconds)
  local hours = math.floor(seconds / 3600 + 0.5)
  if seconds < 7200 then
    return terminal.count(math.floor(seconds / 60 + 0.5), "minute")
  end
  local days = math.floor(hours / 24)
  if days == 0 then return terminal.count(hours, "hour") end
  if hours % 24 == 0 then return terminal.count(days, "day") end
  return terminal.count(days, "day") .. " " .. terminal.count(hours % 24, "hour")
end

--- A numbered heading.
function terminal.step(title)
  clear()
  steps = steps + 1
  print(("%s %s"):format(paint("36", ("%2d"):format(steps)), paint("1", title)))
end

--- A line under the heading.
function terminal.say(text, ...)
  clear()
  if select("#", ...) > 0 then text = text:format(...) end
  print("   " .. text)
end

--- What went wrong and what to do about it.
function terminal.fail(message, advice)
  clear()
  io.stderr:write(paint("31", "error: "), message, "\n")
  if advice then io.stderr:write("  ", advice, "\n") end
end

--- A progress meter for `total` files; `moved(bytes)` while they come, `done(name)`
--- when one is there.
function terminal.meter(total)
  local meter = { files = 0, bytes = 0, shown = -1 }
  local width = 24

  local function draw(name)
    local part = total > 0 and meter.files / total or 1
    local full = math.floor(part * width + 0.5)
    local bar = paint("36", ("#"):rep(full)) .. ("."):rep(width - full)
    local text = ("   %s %d/%d files  %s  %s"):format(bar, meter.files, total,
      terminal.size(meter.bytes), name or "")
    io.stdout:write("\r\27[K", text)
    io.stdout:flush()
    drawn = true
  end

  function meter.moved(bytes)
    meter.bytes = meter.bytes + bytes
    if is_tty and meter.bytes - meter.shown > 65536 then
      meter.shown = meter.bytes
      draw()
    end
  end

  function meter.done(name)
    meter.files = meter.files + 1
    if is_tty then
      draw(#name <= 24 and name or name:sub(1, 21) .. "...")
    elseif meter.files % 50 == 0 and meter.files < total then
      terminal.say("%d/%d files, %s", meter.files, total, terminal.size(meter.bytes))
    end
  end

  meter.finish = clear
  return meter
end

return terminal
