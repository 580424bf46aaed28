--- What the command says of the pictures and archives it brought in.

local reports = {}

local SHOWN = 10

local function count(number, what)
  return ("%d %s%s"):format(number, what, number == 1 and "" or "s")
end

-- Names of files may hold what a terminal obeys.
local function shown(text) return (text:gsub("%c", "?")) end

--- Lines for people.
---@param report table  as import_photos and import_archive answer
---@return string[]
function reports.lines(report)
  local skipped = report.skipped
  local lines = { ("@%s: %s (%s, %s, %s)"):format(report.username,
    count(report.posts, "post"), count(report.images, "image"),
    count(report.videos, "video"), count(report.albums, "album")) }
  if report.warning then lines[#lines + 1] = "warning: " .. report.warning end
  for i = 1, math.min(#skipped, SHOWN) do
    lines[#lines + 1] = ("left out: %s: %s"):format(shown(skipped[i].file),
      shown(skipped[i].why))
  end
  if #skipped > SHOWN then
    lines[#lines + 1] = ("left out: %s more, see the control call imports"):format(
      #skipped - SHOWN)
  end
  return lines
end

return reports
