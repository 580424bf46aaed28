/* ig_oauth: addresses, redirects (hostile ones too), the parameters of the token calls.
 * */
#include "ig_alloc.h"
#include "ig_oauth.h"
#include "test.h"
#include "torture.h"

static struct ig_buf out = { NULL, 0, 0, 65536 };

static struct ig_login login_of(const char *flavour)
{
  struct ig_login login;

  memset(&login, 0, sizeof login);
  login.flavour = ig_flavour_by_name(flavour);
  login.client_id = "990602627938098";
  login.redirect_uri = "https://example.com/auth/";
  return login;
}

static const char *address(const struct ig_login *login)
{
  struct ig_error error;

  ig_buf_clear(&out);
  CHECK_INT(ig_authorize_url(&out, login, &error), IG_OK);
  return out.data;
}

TEST(the_window_of_each_flavour)
{
  struct ig_login login = login_of("basic_display");

  login.state = "s1";
  CHECK_STR(address(&login),
            "https://api.instagram.com/oauth/authorize?client_id=990602627938098"
            "&redirect_uri=https%3A%2F%2Fexample.com%2Fauth%2F&response_type=code"
            "&scope=user_profile%2Cuser_media&state=s1");
  login = login_of("instagram_login");
  CHECK_STR(address(&login),
            "https://www.instagram.com/oauth/authorize?client_id=990602627938098"
            "&redirect_uri=https%3A%2F%2Fexample.com%2Fauth%2F&response_type=code"
            "&scope=instagram_business_basic");
  ig_buf_free(&out);
}

TEST(every_component_is_encoded_once)
{
  static const struct ig_parameter extra[] = { { "force_reauth", "true" },
                                               { "a&b", "c=d%20e" } };
  struct ig_login login = login_of("instagram_login");

  login.base_url = "http://127.0.0.1:8080//";
  login.client_id = "1&x=2";
  login.redirect_uri = "https://example.com/?a=b&c=%20d";
  login.scope = "a,b c";
  login.state = "a b&scope=evil";
  login.extra = extra;
  login.extra_count = 2;
  CHECK_STR(address(&login),
            "http://127.0.0.1:8080/oauth/authorize?client_id=1%26x%3D2"
            "&redirect_uri=https%3A%2F%2Fexample.com%2F%3Fa%3Db%26c%3D%2520d"
            "&response_type=code&scope=a%2Cb%20c&state=a%20b%26scope%3Devil"
            "&force_reauth=true&a%26b=c%3Dd%2520e");
  ig_buf_free(&out);
}

TEST(what_a_login_cannot_be_made_of)
{
  static const struct ig_parameter twice = { "redirect_uri", "https://evil" };
  struct ig_login login = login_of("basic_display");
  struct ig_error error;
  struct ig_buf small;

  ig_buf_init(&small, 60);
  ig_buf_puts(&small, "kept");
  CHECK_INT(ig_authorize_url(&small, &login, &error), IG_TOO_LARGE);
  CHECK_STR(small.data, "kept");
  login.extra = &twice;
  login.extra_count = 1;
  CHECK_INT(ig_authorize_url(&out, &login, &error), IG_EXCHANGE);
  CHECK(strstr(error.message, "redirect_uri") != NULL);
  login = login_of("basic_display");
  login.redirect_uri = NULL;
  CHECK_INT(ig_authorize_url(&out, &login, &error), IG_EXCHANGE);
  login = login_of("basic_display");
  login.client_id = "";
  CHECK_INT(ig_authorize_url(&out, &login, &error), IG_EXCHANGE);
  ig_buf_free(&small);
  ig_buf_free(&out);
}

TEST(redirects_that_bring_a_code)
{
  static const char *const rows[] = {
    "https://example.com/auth/?code=AQB-x_1&state=s1#_",
    "https://example.com/auth/?code=AQB-x_1&state=s1",
    "https://example.com/auth?page=2&state=s1&code=AQB-x_1#_=_",
    "/auth/?state=s1&code=AQB-x_1",
    "?code=AQB-x_1&state=s1#_",
    "code=AQB-x_1&state=s1",
    "code=AQB-x_1#_&state=wrong", /* no state before the fragment: checked below */
    "&&code=AQB-x_1&&state=s1&",
    "c%6Fde=AQB%2Dx%5F1&state=s%31",
    "code=AQB-x_1%23_&state=s1",
    "  https://example.com/?code=AQB-x_1&state=s1\r\n",
    "app.scheme:auth?code=AQB-x_1&state=s1",
    "code=AQB-x_1&state=s1&next=https://h/?x=%3Fy",
    "https://h/a=b?code=AQB-x_1&state=s1",
    "https://h/?code=AQB-x_1&state=s1&codes=1&state2=2&x",
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;
    const char *state = i == 6 ? NULL : "s1";

    ig_buf_clear(&out);
    CHECK_THAT(ig_redirect_read(rows[i], strlen(rows[i]), state, &out, &error) == IG_OK,
               "%s: %s", rows[i], error.message);
    CHECK_STR(out.data, "AQB-x_1");
  }
  ig_buf_free(&out);
}

TEST(redirects_that_do_not_belong_here)
{
  static const struct {
    const char *text, *message;
  } rows[] = {
    { "https://example.com/?code=SECRETCODE&state=s2#_", "state is not this login's" },
    { "https://example.com/?code=SECRETCODE&state=", "state is not this login's" },
    { "https://example.com/?code=SECRETCODE&state=s1x", "state is not this login's" },
    { "https://example.com/?code=SECRETCODE", "has no state" },
    { "https://example.com/#code=SECRETCODE&state=s1", "has no state" },
    { "", "has no state" },
    { "https://example.com/auth", "has no state" },
    { "?state=s1", "has no code" },
    { "?state=s1&code", "has no code" },
    { "?state=s1&code=", "has no code" },
    { "?state=s1&code=SECRETCODE&code=SECRETCODE2", "not well formed" },
    { "?state=s1&c%6fde=SECRETCODE&code=SECRETCODE2", "not well formed" },
    { "?state=s1&state=s1&code=SECRETCODE", "not well formed" },
    { "?state=s1&code=SECRETCODE%", "not well formed" },
    { "?state=s1&code=SECRET%zzCODE", "not well formed" },
    { "?state=s1&%=1&code=SECRETCODE", "not well formed" },
    { "?state=s1&code=SECRET%00CODE", "not well formed" },
    { "?state=s1%0a&code=SECRETCODE", "not well formed" },
    { "?state=s1&code=SECRET\nCODE", "not well formed" },
    { "?state=s1&code=SECRET+CODE", "code is not one" },
    { "?error=access_denied&error=x&state=s1", "not well formed" },
    { "?error=access_denied&state=s2", "state is not this login's" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    CHECK_THAT(ig_redirect_read(rows[i].text, strlen(rows[i].text), "s1", &out,
                                &error) == IG_STATE,
               "%s", rows[i].text);
    CHECK_THAT(strstr(error.message, rows[i].message) != NULL, "%s: %s", rows[i].text,
               error.message);
    CHECK(strstr(error.message, "SECRET") == NULL);
    CHECK(out.data == NULL);
  }
}

TEST(sizes_and_bytes_that_are_refused)
{
  struct ig_error error;
  char *big = ig_calloc(1, IG_REDIRECT_MAX + 2);

  memset(big, 'a', IG_REDIRECT_MAX + 1);
  memcpy(big, "code=", 5);
  CHECK_INT(ig_redirect_read(big, IG_REDIRECT_MAX + 1, NULL, &out, &error), IG_STATE);
  CHECK(strstr(error.message, "longer") != NULL);
  CHECK_INT(ig_redirect_read(big, IG_REDIRECT_MAX, NULL, &out, &error), IG_STATE);
  CHECK_INT(ig_redirect_read(big, 5 + 4096, NULL, &out, &error), IG_OK);
  CHECK_INT(out.size, 4096);
  ig_buf_free(&out);
  CHECK_INT(ig_redirect_read("code=a\0b", 8, NULL, &out, &error), IG_STATE);
  CHECK_INT(ig_redirect_read("co\0de=a", 7, NULL, &out, &error), IG_STATE);
  CHECK(out.data == NULL);
  ig_free(big);
}

TEST(refusals)
{
  static const struct {
    const char *text;
    enum ig_kind kind;
    const char *type, *message;
  } rows[] = {
    /* as documented, both flavours */
    { "https://example.com/?error=access_denied&error_reason=user_denied"
      "&error_description=The+user+denied+your+request",
      IG_DENIED, "access_denied", "The user denied your request" },
    { "?error=access_denied&error_reason=user_denied&state=s1#_", IG_DENIED,
      "access_denied", "user_denied" },
    { "?error=access_denied", IG_DENIED, "access_denied", "access_denied" },
    { "?error=access_denied&code=SECRETCODE", IG_DENIED, "access_denied",
      "access_denied" },
    { "?error=access_denied&error_description=Insufficient+developer+role",
      IG_UNAVAILABLE, "access_denied", "Insufficient developer role" },
    { "?error=invalid_scope&error_description=Invalid%0Ascope", IG_EXCHANGE,
      "invalid_scope", "Invalid scope" },
    { "?error=server_error", IG_TRANSIENT, "server_error", "server_error" },
    { "?error=temporarily_unavailable", IG_TRANSIENT, "temporarily_unavailable",
      "temporarily_unavailable" },
    { "?error", IG_EXCHANGE, "", "the window refused and said nothing" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    CHECK_THAT(ig_redirect_read(rows[i].text, strlen(rows[i].text), "s1", &out,
                                &error) == rows[i].kind,
               "%s: %s", rows[i].text, ig_kind_name(error.kind));
    CHECK_STR(error.message, rows[i].message);
    CHECK_STR(error.type, rows[i].type);
    CHECK(out.data == NULL);
  }
}

TEST(the_three_token_calls)
{
  struct ig_secret secret = { NULL, 0 }, token = { NULL, 0 };

  ig_secret_set(&secret, "eb8c7&x\n", 8); /* as a file has it, line end and all */
  ig_secret_set(&token, "IGQ-x", 5);
  CHECK_INT(ig_code_form(&out, "990", &secret, "https://h/?a=b", "AQB+", 4), IG_OK);
  CHECK_STR(out.data, "client_id=990&client_secret=eb8c7%26x&grant_type="
                      "authorization_code&redirect_uri=https%3A%2F%2Fh%2F%3Fa%3Db"
                      "&code=AQB%2B");
  ig_buf_clear(&out);
  CHECK_INT(ig_exchange_query(&out, &secret, &token), IG_OK);
  CHECK_STR(out.data, "grant_type=ig_exchange_token&client_secret=eb8c7%26x"
                      "&access_token=IGQ-x");
  ig_buf_clear(&out);
  CHECK_INT(ig_refresh_query(&out, &token), IG_OK);
  CHECK_STR(out.data, "grant_type=ig_refresh_token&access_token=IGQ-x");
  ig_buf_free(&out);
  ig_secret_free(&secret);
  ig_secret_free(&token);
}

static enum ig_kind use_all(void)
{
  static const char redirect[] = "?code=AQB&state=s1&error_reason=";
  struct ig_login login = login_of("basic_display");
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  struct ig_buf text;
  enum ig_kind kind;

  ig_buf_init(&text, 65536);
  kind = ig_authorize_url(&text, &login, &error);
  if (!kind)
    kind = ig_redirect_read(redirect, sizeof redirect - 1, "s1", &text, &error);
  if (!kind)
    kind = ig_secret_set(&secret, "secret", 6);
  if (!kind)
    kind = ig_code_form(&text, "1", &secret, "https://h", "AQB", 3);
  if (!kind)
    kind = ig_exchange_query(&text, &secret, &secret);
  if (!kind)
    kind = ig_refresh_query(&text, &secret);
  ig_secret_free(&secret);
  ig_buf_free(&text);
  return kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
}
