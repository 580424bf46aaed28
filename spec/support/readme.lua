-- Takes a Markdown page apart: its fenced blocks, each with language, text, line and
-- the section (second-level heading) it stands in. A block after a line
-- "<!-- not run: reason -->" says so.
local source = require "spec.support.source"

local readme = {}

function readme.blocks(path)
  local blocks, section, reason, block = {}, "", nil, nil
  for number, line in ipairs(source.lines(source.read(path))) do
    local fence = line:match("^%s*```(.*)$")
    if block and fence then
      block.text = table.concat(block, "\n") .. "\n"
      blocks[#blocks + 1] = block
      block, reason = nil, nil
    elseif block then
      block[#block + 1] = line
    elseif fence then
      block = { language = fence:match("^(%w*)"), line = number, section = section,
        not_run = reason }
    elseif line:match("^## ") then
      section = line:sub(4)
    elseif line:match("%S") then
      reason = line:match("^<!%-%- not run: (.-) %-%->$")
    end
  end
  assert(not block, path .. ": a block does not end")
  return blocks
end

--- The Lua blocks of each section as one script (locals go on from block to block), in
--- order: { section, text }. Lines keep their numbers in the page.
function readme.scripts(path)
  local scripts, by_section = {}, {}
  for _, block in ipairs(readme.blocks(path)) do
    if block.language == "lua" and not block.not_run then
      local script = by_section[block.section]
      if not script then
        script = { section = block.section, text = "", lines = 0 }
        by_section[block.section] = script
        scripts[#scripts + 1] = script
      end
      local gap = ("\n"):rep(block.line - script.lines)
      script.text = script.text .. gap .. block.text
      script.lines = block.line + #block
    end
  end
  return scripts
end

return readme
