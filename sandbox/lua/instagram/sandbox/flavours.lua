--- The two flavours as data: scopes, fields, edges, answer shapes.
-- Written from the wire contract, shared with no client: the judge is not written by
-- the judged.

local check = require "instagram.sandbox.check"
local clock = require "instagram.sandbox.clock"

local flavours = {}

-- silent: known to the API but never answered on this node (observed: a field known
-- but not allowed is silently absent).
local function set(...)
  local names = {}
  for _, name in ipairs({ ... }) do names[name] = true end
  return names
end

local function union(a, b)
  local names = {}
  for name in pairs(a) do names[name] = true end
  for name in pairs(b) do names[name] = true end
  return names
end

-- The successor's first names of its scopes; Meta took them until 27 January 2025 (D).
-- What was granted is told by its new name (invented).
local old_scopes = {
  business_basic = "instagram_business_basic",
  business_manage_messages = "instagram_business_manage_messages",
  business_manage_comments = "instagram_business_manage_comments",
  business_content_publish = "instagram_business_content_publish",
}
local old_scopes_until = clock.epoch(2025, 1, 27)

local basic_media = set("id", "caption", "media_type", "media_url", "permalink",
  "thumbnail_url", "timestamp", "username", "is_shared_to_feed")

local login_media = union(basic_media, set("media_product_type", "like_count",
  "comments_count", "owner", "shortcode", "is_comment_enabled", "alt_text",
  "legacy_instagram_media_id"))

-- [D] "Facebook login only": known names, absent from every answer here.
local facebook_only = set("view_count", "reposts_count", "saved_count", "shares_count",
  "total_comments_count", "total_like_count", "total_views_count", "boost_ads_list",
  "boost_eligibility_info", "copyright_check_information", "collaborators")

local BASIC = "instagram_graph_user_profile"
local MEDIA = "instagram_graph_user_media"
local BUSINESS = "instagram_business_basic"
local COMMENTS = "instagram_business_manage_comments"
local INSIGHTS = "instagram_business_manage_insights"
local PUBLISH = "instagram_business_content_publish"

flavours.basic_display = {
  name = "basic_display",
  -- scope -> permission, in the order the window lists them
  scopes = { "user_profile", "user_media" },
  permissions = { user_profile = BASIC, user_media = MEDIA },
  old_scopes = {},
  required_scope = "user_profile",
  account_types = set("PERSONAL", "BUSINESS", "MEDIA_CREATOR"),
  scoped_length = 16,
  token_id = "raw",
  token_permissions = false,
  user = {
    fields = set("id", "username", "account_type", "media_count"),
    silent = {},
    edges = { media = true },
    needs = { media_count = { MEDIA } },
    read = { BASIC },
  },
  media = {
    fields = basic_media,
    silent = {},
    edges = { children = true },
    needs = {},
    read = { MEDIA },
    list = { MEDIA, BASIC },
  },
  comment = { fields = {}, silent = {}, edges = {}, needs = {}, read = {} },
}

flavours.instagram_login = {
  name = "instagram_login",
  scopes = { BUSINESS, "instagram_business_manage_messages",
    "instagram_business_manage_comments", "instagram_business_content_publish",
    "instagram_business_manage_insights" },
  permissions = {
    [BUSINESS] = BUSINESS,
    instagram_business_manage_messages = "instagram_business_manage_messages",
    instagram_business_manage_comments = "instagram_business_manage_comments",
    instagram_business_content_publish = "instagram_business_content_publish",
    instagram_business_manage_insights = "instagram_business_manage_insights",
  },
  old_scopes = old_scopes,
  required_scope = BUSINESS,
  account_types = set("BUSINESS", "MEDIA_CREATOR"),
  scoped_length = 17,
  token_id = "scoped",
  token_permissions = true,
  user = {
    fields = set("id", "user_id", "username", "name", "account_type",
      "profile_picture_url", "followers_count", "follows_count", "media_count",
      "biography", "website"),
    -- has_profile_pic, is_published, legacy_instagram_user_id stand in the reference;
    -- whether this host serves them is not recorded: unknown here (invented)
    silent = set("alt_text", "shopping_product_tag_eligibility"),
    edges = { media = true, stories = true, live_media = true, insights = true,
      content_publishing_limit = true },
    needs = {},
    read = { BUSINESS },
    insights = { BUSINESS, INSIGHTS },
    publish = { BUSINESS, PUBLISH },
  },
  media = {
    fields = login_media,
    silent = facebook_only,
    edges = { children = true, comments = true, insights = true },
    needs = {},
    read = { BUSINESS },
    list = { BUSINESS },
    insights = { BUSINESS, INSIGHTS },
  },
  comment = {
    fields = set("id", "text", "timestamp", "username", "like_count", "hidden",
      "parent_id", "media", "from"),
    silent = set("user", "legacy_instagram_comment_id"),
    edges = { replies = true },
    needs = {},
    read = { BUSINESS, COMMENTS },
  },
}

-- Children are media nodes on which some fields stay silent ("Not returnable for Media
-- in albums"; children carry no children).
for _, name in ipairs({ "basic_display", "instagram_login" }) do
  local media = flavours[name].media
  flavours[name].child = {
    fields = media.fields, edges = {}, needs = {}, read = media.read,
    silent = union(media.silent, set("caption", "is_shared_to_feed", "like_count",
      "comments_count", "is_comment_enabled", "children", "comments", "insights")),
  }
end

--- The scope that is meant by a name: its new one while the old names are taken.
---@param now number  the clock
function flavours.scope(flavour, name, now)
  return now < old_scopes_until and flavour.old_scopes[name] or name
end

-- 4 December 2024 (D): the end of Basic Display, when the switch `shutdown` is on.
local shutdown_time = clock.epoch(2024, 12, 4)

--- True when the flavour's service was switched off.
function flavours.is_gone(world, flavour)
  return flavour.name == "basic_display" and world.settings.shutdown
    and world.clock:now() >= shutdown_time
end

--- The flavour of that name, or a misuse error naming it.
function flavours.of(name)
  local flavour = (name == "basic_display" or name == "instagram_login")
    and flavours[name]
  if not flavour then
    check.misuse('flavour must be "basic_display" or "instagram_login"')
  end
  return flavour
end

return flavours
