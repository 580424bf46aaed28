--- The front page: what this sandbox is, and where to go.

local page = require "instagram.sandbox.pages.page"
local h = require "instagram.sandbox.pages.html"

local front = {}

function front.answer(ctx)
  return page.answer(ctx, { title = "Instagram sandbox", body = {
    h.h1 { "Instagram sandbox" },
    h.p { "A local Instagram. Its people and pictures are made up." },
  } })
end

return front
