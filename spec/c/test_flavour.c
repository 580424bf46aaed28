/* ig_flavour: the table is whole, and says what the services were seen to accept. */
#include "ig_flavour.h"
#include "test.h"

/* The names that are asked for by default, comma-separated. */
static const char *defaults(const struct ig_field *fields)
{
  static char list[1024];
  size_t size = 0;

  for (list[0] = 0; fields->name; fields++)
    if (fields->in_default)
      size += (size_t)snprintf(list + size, sizeof list - size, "%s%s",
                               size ? "," : "", fields->name);
  return list;
}

TEST(flavours_are_found_by_name)
{
  CHECK_STR(ig_flavours[0].name, "instagram_login");
  CHECK(ig_flavour_by_name("instagram_login") == &ig_flavours[0]);
  CHECK(ig_flavour_by_name("basic_display") == &ig_flavours[1]);
  CHECK(ig_flavour_by_name("Basic_Display") == NULL);
  CHECK(ig_flavour_by_name(NULL) == NULL);
  CHECK(ig_flavours[2].name == NULL);
}

static bool has_field(const struct ig_field *fields, const char *name)
{
  for (; fields->name; fields++)
    if (strcmp(fields->name, name) == 0)
      return true;
  return false;
}

static void check_fields(const struct ig_field *fields)
{
  CHECK_STR(fields[0].name, "id");
  CHECK(fields[0].in_default);
  for (; fields->name; fields++) {
    CHECK(*ig_field_type_name(fields->type) != 0);
    CHECK(fields->note != NULL);
    CHECK(!*fields->note || fields->note[strlen(fields->note) - 1] == '.');
    CHECK(fields->evidence == 'D' || fields->evidence == 'O' ||
          fields->evidence == 'I');
    CHECK(!fields->since || (fields->since >= 100 && fields->since < 10000));
    CHECK(!has_field(fields + 1, fields->name)); /* each name once */
  }
}

static void check_edges(const struct ig_flavour *flavour)
{
  for (const struct ig_edge *edge = flavour->edges; edge->name; edge++) {
    CHECK(strcmp(edge->on, "user") == 0 || strcmp(edge->on, "media") == 0);
    CHECK(edge->permission && *edge->permission);
    CHECK(edge->readable || edge->writable);
    CHECK(flavour->can_publish || !edge->writable);
    CHECK(edge->note != NULL);
    if (edge->fields)
      CHECK(edge->fields[0].name != NULL);
  }
}

/* Scopes in the default are in the list, and those that must be are in the default. */
static void check_scopes(const struct ig_flavour *flavour)
{
  for (const struct ig_scope *scope = flavour->scopes; scope->name; scope++) {
    CHECK(!scope->required || scope->in_default);
    CHECK(scope->in_default == (strstr(flavour->default_scope, scope->name) != NULL));
    CHECK(scope->permission && *scope->permission && scope->note);
  }
}

TEST(both_flavours_are_whole)
{
  for (const struct ig_flavour *flavour = ig_flavours; flavour->name; flavour++) {
    check_fields(flavour->user_fields);
    check_fields(flavour->media_fields);
    check_fields(flavour->child_fields);
    check_edges(flavour);
    check_scopes(flavour);
    CHECK(has_field(flavour->user_fields, flavour->user_path_field));
    CHECK(flavour->account_types[0] != NULL);
    CHECK_STR(flavour->token_origin, "https://api.instagram.com");
    CHECK_STR(flavour->token_path, "/oauth/access_token");
    CHECK_STR(flavour->graph_origin, "https://graph.instagram.com");
    CHECK_STR(flavour->exchange_path, "/access_token");
    CHECK_STR(flavour->refresh_path, "/refresh_access_token");
    CHECK_STR(flavour->authorize_path, "/oauth/authorize");
    CHECK_INT(flavour->max_page, 100);
    CHECK_INT(flavour->default_page, 25);
    CHECK_INT(flavour->max_ids, 50);
  }
}

TEST(the_differences)
{
  const struct ig_flavour *login = &ig_flavours[0], *basic = &ig_flavours[1];

  CHECK_STR(login->authorize_origin, "https://www.instagram.com");
  CHECK_STR(basic->authorize_origin, "https://api.instagram.com");
  CHECK_STR(login->default_scope, "instagram_business_basic");
  CHECK_STR(basic->default_scope, "user_profile,user_media");
  CHECK_STR(login->window_options[0].name, "force_reauth");
  CHECK_STR(login->window_options[1].name, "enable_fb_login");
  CHECK(basic->window_options[0].name == NULL);
  CHECK_STR(basic->account_types[0], "PERSONAL");
}

TEST(what_is_asked_for_by_default)
{
  const struct ig_flavour *login = &ig_flavours[0], *basic = &ig_flavours[1];

  CHECK_STR(defaults(basic->user_fields), "id,username,account_type,media_count");
  CHECK_STR(defaults(basic->media_fields),
            "id,caption,media_type,media_url,permalink,thumbnail_url,timestamp,"
            "username,is_shared_to_feed,children");
  CHECK_STR(defaults(basic->child_fields),
            "id,media_type,media_url,permalink,thumbnail_url,timestamp,username");
  CHECK_STR(defaults(login->user_fields),
            "id,user_id,username,name,account_type,profile_picture_url,followers_count,"
            "follows_count,media_count,biography,website");
  CHECK_STR(defaults(login->media_fields),
            "id,caption,media_type,media_product_type,media_url,permalink,"
            "thumbnail_url,timestamp,username,owner,shortcode,like_count,"
            "comments_count,is_comment_enabled,is_shared_to_feed,alt_text,children");
  CHECK_STR(defaults(login->child_fields),
            "id,media_type,media_url,thumbnail_url,timestamp,username,alt_text");
}

TEST(versions_are_numbers)
{
  static const struct {
    const char *text;
    int want;
  } rows[] = {
    { "v1.0", 100 },  { "v21.0", 2100 }, { "v11.12", 1112 }, { "v999.99", 99999 },
    { "v0.1", 0 },    { "21.0", 0 },     { "v21", 0 },       { "v21.", 0 },
    { "v.0", 0 },     { "v21.0 ", 0 },   { "V21.0", 0 },     { "v21.0/", 0 },
    { "v021.0", 0 },  { "v21.00", 0 },   { "v1000.0", 0 },   { "v1.100", 0 },
    { "v-1.0", 0 },   { "", 0 },         { "vx.0", 0 },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    CHECK_THAT(ig_version_number(rows[i].text) == rows[i].want, "%s: %d", rows[i].text,
               ig_version_number(rows[i].text));
  CHECK_INT(ig_version_number(NULL), 0);
  CHECK_STR(ig_field_type_name((enum ig_field_type)99), "");
  CHECK_STR(ig_field_type_name(IG_FIELD_EDGE), "edge");
}
