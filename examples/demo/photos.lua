--- One's own pictures as an account of the sandbox (its control call import_photos),
--- and a mark of what is in the folder. Knows ls and cksum.
local photos = {}

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- Another text for another folder, or for other files in it. A sandbox with it as its
--- seed gives other ids: what was downloaded of one is never taken for the other.
---@param folder string
---@return string
function photos.mark(folder)
  local pipe = io.popen("ls -lLR " .. quote(folder) .. " 2>/dev/null | cksum")
  local sum = pipe:read "*a"
  pipe:close()
  return folder .. " " .. sum
end

--- Makes the account; returns its name, how many posts, and how many files were left
--- out, or nil and why not.
---@param sandbox table
---@param folder string
---@return string? username
---@return integer|string posts
---@return integer? left_out
function photos.import(sandbox, folder)
  local report, message = sandbox:control("import_photos", { dir = folder })
  if not report then return nil, message end
  return report.username, report.posts, #report.skipped
end

return photos
