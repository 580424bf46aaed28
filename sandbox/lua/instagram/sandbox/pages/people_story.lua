--- One story at its permalink: /stories/NAME/ID, for a day.

local post = require "instagram.sandbox.pages.people_post"
local posts = require "instagram.sandbox.posts"
local reading = require "instagram.sandbox.reading"
local users = require "instagram.sandbox.users"

local story = {}

--- GET /stories/NAME/ID.
function story.answer(ctx, rest)
  local name, id = rest:match("^([%w._]+)/(%d+)/?$")
  local user = name and users.by_typed(ctx.world, name)
  local row = user and posts.find(ctx.world, id)
  if not row or row.product ~= "STORY" or row.user_id ~= user.id
    or ctx.now >= row.taken + reading.story_life then
    return nil
  end
  return post.show(ctx, user, row)
end

return story
