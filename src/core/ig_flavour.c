/* The table. Each field's default says whether a request for everything may name it:
 * one field the service does not know fails the whole request, so what is doubtful is
 * known here, but asked for only by name. */
#include "ig_flavour.h"

#include <string.h>

#define STRING IG_FIELD_STRING
#define NUMBER IG_FIELD_NUMBER
#define BOOLEAN IG_FIELD_BOOLEAN
#define TIME IG_FIELD_TIME
#define EDGE IG_FIELD_EDGE
#define OBJECT IG_FIELD_OBJECT
#define D IG_DOCUMENTED
#define O IG_OBSERVED
#define I IG_INFERRED
#define END { NULL, STRING, 0, false, I, NULL }

/* Notes that stand more than once. */
#define NO_CAPTION "Absent when the post has no caption."
#define NO_URL "Expires; absent for media with copyrighted material or flagged for it."
#define NO_PERMALINK "May be absent for media flagged for a copyright violation."
#define VIDEO_ONLY "Videos only."
#define ALBUM_ONLY "Albums only."
#define REELS_ONLY "Reels only."
#define IN_UTC "ISO 8601 in UTC, such as 2021-09-14T02:31:30+0000."
#define FACEBOOK_ONLY "Mostly for Facebook login; may fail the request here."

/* --- Basic Display -----------------------------------------------------------------
 * */

static const struct ig_scope basic_scopes[] = {
  { "user_profile", "instagram_graph_user_profile", true, true, D,
    "Reads the profile; the window refuses without it." },
  { "user_media", "instagram_graph_user_media", false, true, D,
    "Reads media and media_count; the person may untick it." },
  { NULL, NULL, false, false, I, NULL },
};

static const struct ig_field basic_user[] = {
  { "id", STRING, 0, true, D,
    "App-scoped from v11.0 on, the raw id before; always in the answer." },
  { "username", STRING, 0, true, D, "" },
  { "account_type", STRING, 0, true, D, "BUSINESS, MEDIA_CREATOR or PERSONAL." },
  { "media_count", NUMBER, 0, true, D,
    "Needs instagram_graph_user_media; may exceed what the list returns." },
  { "media", EDGE, 0, false, D, "The user's media, as an expansion." },
  END,
};

static const struct ig_field basic_media[] = {
  { "id", STRING, 0, true, D, "Always in the answer." },
  { "caption", STRING, 0, true, D, NO_CAPTION },
  { "media_type", STRING, 0, true, D,
    "IMAGE, VIDEO or CAROUSEL_ALBUM; reels are VIDEO." },
  { "media_url", STRING, 0, true, D, NO_URL },
  { "permalink", STRING, 0, true, D, NO_PERMALINK },
  { "thumbnail_url", STRING, 0, true, D, VIDEO_ONLY },
  { "timestamp", TIME, 0, true, D, IN_UTC },
  { "username", STRING, 0, true, D, "The owner." },
  { "is_shared_to_feed", BOOLEAN, 0, true, D, REELS_ONLY },
  { "children", EDGE, 0, true, D, ALBUM_ONLY },
  END,
};

static const struct ig_field basic_child[] = {
  { "id", STRING, 0, true, D, "Always in the answer." },
  { "media_type", STRING, 0, true, D, "IMAGE or VIDEO." },
  { "media_url", STRING, 0, true, D, NO_URL },
  { "permalink", STRING, 0, true, O, NO_PERMALINK },
  { "thumbnail_url", STRING, 0, true, O, VIDEO_ONLY },
  { "timestamp", TIME, 0, true, D, IN_UTC },
  { "username", STRING, 0, true, O, "The owner." },
  { "caption", STRING, 0, false, D, "Never returned for media in albums." },
  END,
};

static const struct ig_edge basic_edges[] = {
  { "media", "user", basic_media,
    "instagram_graph_user_media,instagram_graph_user_profile", true, false, D,
    "The newest 10,000 media, newest first; no stories." },
  { "children", "media", basic_child, "instagram_graph_user_media", true, false, D,
    "The media of an album, at most ten." },
  { NULL, NULL, NULL, NULL, false, false, I, NULL },
};

static const struct ig_window_option no_options[] = { { NULL, STRING, I, NULL } };

static const char *const basic_accounts[] = { "PERSONAL", "BUSINESS", "MEDIA_CREATOR",
                                              NULL };

/* --- Instagram API with Instagram Login --------------------------------------------
 * */

#define BASIC "instagram_business_basic"
#define PUBLISH "instagram_business_content_publish"
#define COMMENTS "instagram_business_manage_comments"
#define INSIGHTS "instagram_business_manage_insights"
#define MESSAGES "instagram_business_manage_messages"

static const struct ig_scope login_scopes[] = {
  { BASIC, BASIC, true, true, D,
    "Reads profile and media; the window refuses without it." },
  { PUBLISH, PUBLISH, false, false, D, "Publishes media." },
  { COMMENTS, COMMENTS, false, false, D, "Reads and answers comments." },
  { INSIGHTS, INSIGHTS, false, false, D, "Reads insights." },
  { MESSAGES, MESSAGES, false, false, D, "Reads and sends messages." },
  { NULL, NULL, false, false, I, NULL },
};

/* has_profile_pic, is_published and legacy_instagram_user_id stand in the reference,
 * but graph.instagram.com was seen to refuse them with code 100, the whole request with
 * them. */
#define REFUSED "Documented, but graph.instagram.com was seen to refuse the request."

static const struct ig_field login_user[] = {
  { "id", STRING, 0, true, D, "App-scoped; equal to the token answer's user_id." },
  { "user_id", STRING, 0, true, D, "The professional account's id, as in webhooks." },
  { "username", STRING, 0, true, D, "" },
  { "name", STRING, 0, true, D, "" },
  { "account_type", STRING, 0, true, D,
    "BUSINESS or MEDIA_CREATOR on the wire; compare in any case." },
  { "profile_picture_url", STRING, 0, true, D, "Expires." },
  { "followers_count", NUMBER, 0, true, D, "" },
  { "follows_count", NUMBER, 0, true, D, "" },
  { "media_count", NUMBER, 0, true, D, "" },
  { "biography", STRING, 0, true, D, "" },
  { "website", STRING, 0, true, D, "" },
  { "has_profile_pic", BOOLEAN, 0, false, D, REFUSED },
  { "is_published", BOOLEAN, 0, false, D, REFUSED },
  { "legacy_instagram_user_id", STRING, 0, false, D, REFUSED },
  { "alt_text", STRING, 0, false, D,
    "Listed in the reference; never seen in an answer." },
  { "shopping_product_tag_eligibility", BOOLEAN, 0, false, D, "Facebook login only." },
  { "media", EDGE, 0, false, D, "The user's media, as an expansion." },
  { "stories", EDGE, 0, false, D,
    "The stories of the last 24 hours, as an expansion." },
  END,
};

static const struct ig_field login_media[] = {
  { "id", STRING, 0, true, D, "Always in the answer." },
  { "caption", STRING, 0, true, D, NO_CAPTION },
  { "media_type", STRING, 0, true, D,
    "IMAGE, VIDEO or CAROUSEL_ALBUM; reels are VIDEO." },
  { "media_product_type", STRING, 0, true, O, "AD, FEED, STORY or REELS." },
  { "media_url", STRING, 0, true, D, NO_URL },
  { "permalink", STRING, 0, true, D, NO_PERMALINK },
  { "thumbnail_url", STRING, 0, true, D, VIDEO_ONLY },
  { "timestamp", TIME, 0, true, D, IN_UTC },
  { "username", STRING, 0, true, D, "The owner." },
  { "owner", OBJECT, 0, true, D, "An object with the owner's id." },
  { "shortcode", STRING, 0, true, D, "The part of the permalink that names the post." },
  { "like_count", NUMBER, 0, true, D, "Absent when the owner hides likes." },
  { "comments_count", NUMBER, 0, true, D, "" },
  { "is_comment_enabled", BOOLEAN, 0, true, D, "" },
  { "is_shared_to_feed", BOOLEAN, 0, true, D, REELS_ONLY },
  /* Came on 24 March 2025, when v22.0 was the newest version. */
  { "alt_text", STRING, 2200, true, D, "Images only." },
  { "children", EDGE, 0, true, D, ALBUM_ONLY },
  { "legacy_instagram_media_id", STRING, 2200, false, D,
    "For moving from the Marketing API; its twin on the user is refused here." },
  { "view_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "reposts_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "saved_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "shares_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "total_comments_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "total_like_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "total_views_count", NUMBER, 0, false, D, FACEBOOK_ONLY },
  { "comments", EDGE, 0, false, D, "Needs " COMMENTS "." },
  { "insights", EDGE, 0, false, D, "Needs " INSIGHTS "." },
  END,
};

static const struct ig_field login_child[] = {
  { "id", STRING, 0, true, D, "Always in the answer." },
  { "media_type", STRING, 0, true, D, "IMAGE or VIDEO." },
  { "media_url", STRING, 0, true, D, NO_URL },
  { "thumbnail_url", STRING, 0, true, D, VIDEO_ONLY },
  { "timestamp", TIME, 0, true, D, IN_UTC },
  { "username", STRING, 0, true, D, "The owner." },
  { "alt_text", STRING, 2200, true, D, "Images only." },
  { "permalink", STRING, 0, false, D, "The reference says it cannot be used here." },
  { "media_product_type", STRING, 0, false, O, "AD, FEED, STORY or REELS." },
  { "owner", OBJECT, 0, false, D, "An object with the owner's id." },
  { "shortcode", STRING, 0, false, D, "" },
  { "caption", STRING, 0, false, D, "Never returned for media in albums." },
  END,
};

static const struct ig_field comment_fields[] = {
  { "id", STRING, 0, true, D, "Always in the answer." },
  { "text", STRING, 0, true, D, "" },
  { "timestamp", TIME, 0, true, D, IN_UTC },
  { "username", STRING, 0, true, D, "Who wrote it." },
  { "like_count", NUMBER, 0, true, D, "" },
  { "hidden", BOOLEAN, 0, true, D, "" },
  END,
};

static const struct ig_field quota_fields[] = {
  { "quota_usage", NUMBER, 0, true, D, "Posts published in the last 24 hours." },
  { "config", OBJECT, 0, true, D, "quota_total and quota_duration (seconds)." },
  END,
};

static const struct ig_edge login_edges[] = {
  { "media", "user", login_media, BASIC, true, true, D,
    "GET lists the newest 10,000, without stories; POST makes a container." },
  { "children", "media", login_child, BASIC, true, false, D,
    "The media of an album, at most ten." },
  { "stories", "user", login_media, BASIC, true, false, O,
    "The stories of the last 24 hours, no live ones, no reshares." },
  { "live_media", "user", login_media, BASIC, true, false, D,
    "While broadcasting only." },
  { "insights", "user", NULL, INSIGHTS, true, false, D,
    "metric and period are required." },
  { "insights", "media", NULL, INSIGHTS, true, false, D,
    "metric is required; none for the media of an album." },
  { "comments", "media", comment_fields, COMMENTS, true, true, D, "" },
  { "mentioned_media", "user", NULL, COMMENTS, true, false, D, "" },
  { "mentioned_comment", "user", NULL, COMMENTS, true, false, D, "" },
  { "media_publish", "user", NULL, PUBLISH, false, true, D,
    "Publishes the container creation_id." },
  { "content_publishing_limit", "user", quota_fields, PUBLISH, true, false, D,
    "Read it live: the documents disagree on the number." },
  { NULL, NULL, NULL, NULL, false, false, I, NULL },
};

static const struct ig_window_option login_options[] = {
  { "force_reauth", BOOLEAN, D, "Ask for a login even where a session exists." },
  { "enable_fb_login", BOOLEAN, D, "false hides the Facebook button; default true." },
  { NULL, STRING, I, NULL },
};

static const char *const login_accounts[] = { "BUSINESS", "MEDIA_CREATOR", NULL };

/* ------------------------------------------------------------------------------------
 * */

/* The largest page is Graph-wide practice, not documented for this host; 50 ids is
 * Graph-wide too. */
#define LIMITS .max_page = 100, .default_page = 25, .max_ids = 50
#define TOKEN_ADDRESSES                                                                \
  .token_origin = "https://api.instagram.com", .token_path = "/oauth/access_token",    \
  .graph_origin = "https://graph.instagram.com", .exchange_path = "/access_token",     \
  .refresh_path = "/refresh_access_token"

const struct ig_flavour ig_flavours[] = {
  {
    .name = "instagram_login",
    .title = "Instagram API with Instagram Login",
    .authorize_origin = "https://www.instagram.com",
    .authorize_path = "/oauth/authorize",
    TOKEN_ADDRESSES,
    .scopes = login_scopes,
    .default_scope = BASIC,
    .user_fields = login_user,
    .media_fields = login_media,
    .child_fields = login_child,
    .edges = login_edges,
    .window_options = login_options,
    .account_types = login_accounts,
    .user_path_field = "user_id",
    .can_publish = true,
    LIMITS,
  },
  {
    .name = "basic_display",
    .title = "Instagram Basic Display API",
    .authorize_origin = "https://api.instagram.com",
    .authorize_path = "/oauth/authorize",
    TOKEN_ADDRESSES,
    .scopes = basic_scopes,
    .default_scope = "user_profile,user_media",
    .user_fields = basic_user,
    .media_fields = basic_media,
    .child_fields = basic_child,
    .edges = basic_edges,
    .window_options = no_options,
    .account_types = basic_accounts,
    .user_path_field = "id",
    .can_publish = false,
    LIMITS,
  },
  { .name = NULL },
};

const struct ig_flavour *ig_flavour_by_name(const char *name)
{
  for (const struct ig_flavour *flavour = ig_flavours; name && flavour->name; flavour++)
    if (strcmp(flavour->name, name) == 0)
      return flavour;
  return NULL;
}

const char *ig_field_type_name(enum ig_field_type type)
{
  static const char *const names[] = { "string", "number", "boolean",
                                       "time",   "edge",   "object" };

  return (unsigned)type < sizeof names / sizeof names[0] ? names[type] : "";
}

/* One to three digits without a leading zero; -1 when there are none. */
static int read_number(const char **text)
{
  const char *at = *text;
  int number = 0;

  while (*at >= '0' && *at <= '9' && at - *text < 3)
    number = number * 10 + (*at++ - '0');
  if (at == *text || (**text == '0' && at - *text > 1))
    return -1;
  *text = at;
  return number;
}

int ig_version_number(const char *text)
{
  int major, minor;

  if (!text || *text++ != 'v')
    return 0;
  major = read_number(&text);
  if (major <= 0 || *text++ != '.')
    return 0;
  minor = read_number(&text);
  if (minor < 0 || minor > 99 || *text)
    return 0;
  return major * 100 + minor;
}
