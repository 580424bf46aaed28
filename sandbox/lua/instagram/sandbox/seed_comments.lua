--- Comments below the newest posts of the demo people: as many as their feed counts,
--- the same in every sandbox. What older posts count is a number alone.

local comments = require "instagram.sandbox.comments"

local seed_comments = {}

--- How many of a person's posts have them.
seed_comments.posts = 3

local names = { "ada.draws", "northlight", "tomasz_k", "second_user", "lena.on.foot",
  "the_quiet_lens", "demo_user", "j.okafor", "marisol", "oldharbour", "pixelpaula" }

local texts = { "Oh, this light.", "Where is that?", "\240\159\152\141",
  "Beautiful as ever", "I could look at this all day", "Wow \226\156\168",
  "Took me a moment to see it. Lovely.", "\240\159\145\143\240\159\145\143",
  "Is there a print of it?", "This made my morning \226\152\149", "The colours!",
  "So calm", "Sch\195\182n!" }

local answers = { "Thank you!", "\226\157\164\239\184\143", "Up on the hill, early.",
  "Soon!" }

local MINUTE = 60

-- Everybody but the owner in turn; two lists whose lengths share no factor repeat late.
local function written(owner, i)
  local name = names[i % #names + 1]
  if name == owner then name = names[(i + 1) % #names + 1] end
  return { username = name, text = texts[i % #texts + 1], like_count = i * 5 % 9 }
end

local function answered(owner, i)
  return { username = owner, text = answers[i % #answers + 1] }
end

--- Puts `count` comments below a post that counts them, every sixth an answer of its
--- owner's to the one before it.
---@param owner string  username
---@param taken number  epoch of the post
function seed_comments.add(world, owner, media_id, count, taken)
  local last
  for i = 1, count do
    local is_answer = i % 6 == 0
    last = comments.put(world, "demo/" .. media_id .. "/" .. i, i,
      { media_id = media_id, parent_id = is_answer and last or nil },
      is_answer and answered(owner, i / 6) or written(owner, i), taken + i * 7 * MINUTE)
  end
end

return seed_comments
