/* ig_token: answers in every shape, the refresh rule, the life of the grant. */
#include <stdlib.h>

#include "ig_alloc.h"
#include "ig_token.h"
#include "test.h"
#include "token.h"
#include "torture.h"

static const double hour = 3600, day = 86400;

TEST(code_answers_in_every_shape)
{
  static const struct {
    const char *body, *user_id, *permissions;
  } rows[] = {
    /* bd_token_short_ok, with the blank before the brace as recorded */
    { "{\"access_token\": \"mock_short_lived_token\", \"user_id\": 1234567 }",
      "1234567", NULL },
    /* bd_token_and_me_ids_differ: above 2^53 */
    { "{\"access_token\": \"mock_short_lived_token\", \"user_id\": 17841403401953170}",
      "17841403401953170", NULL },
    /* igl_token_short_numeric_id_array_permissions */
    { "{\"access_token\": \"mock_short_lived_token\", \"user_id\": 27640875392278831, "
      "\"permissions\": [\"instagram_business_basic\"]}",
      "27640875392278831", "instagram_business_basic" },
    /* as documented: wrapped, id a string, permissions a comma list */
    { "{\"data\":[{\"access_token\":\"mock_short_lived_token\",\"user_id\":\"1020\","
      "\"permissions\":\"instagram_business_basic,"
      "instagram_business_manage_messages\"}]}",
      "1020", "instagram_business_basic,instagram_business_manage_messages" },
    { "{\"data\":{\"access_token\":\"mock_short_lived_token\",\"user_id\":7}}",
      "7", NULL },
    { "{\"data\":[{\"access_token\":\"mock_short_lived_token\"},"
      "{\"access_token\":\"x\"},3,[]],\"more\":{}}",
      "", NULL },
    { "{\"permissions\":[],\"access_token\":\"mock_short_lived_token\"}", "", "" },
    { "{\"permissions\":null,\"access_token\":\"mock_short_lived_token\"}", "", NULL },
    { "{\"permissions\":\"a b, c,,\",\"access_token\":\"mock_short_lived_token\"}", "",
      "a,b,c" },
    { "{\"permissions\":[\"a\",3,{\"x\":1},[\"y\"],\"evil\\u0000\",\"b\"],"
      "\"access_token\":\"mock_short_lived_token\"}",
      "", "a,b" },
    /* an id that is none does not cost the token */
    { "{\"access_token\":\"mock_short_lived_token\",\"user_id\":1.78e16}", "", NULL },
    { "{\"access_token\":\"mock_short_lived_token\",\"user_id\":-5}", "", NULL },
    { "{\"access_token\":\"mock_short_lived_token\",\"user_id\":\"me\"}", "", NULL },
    { "{\"access_token\":\"mock_short_lived_token\",\"user_id\":{\"id\":1}}",
      "", NULL },
    { "{\"access_token\":\"mock_short_lived_token\","
      "\"user_id\":123456789012345678901234567890123456789}",
      "123456789012345678901234567890123456789", NULL },
    { "{\"access_token\":\"mock_short_lived_token\","
      "\"user_id\":1234567890123456789012345678901234567890}",
      "", NULL },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_token token;
    struct ig_error error;
    ig_token_init(&token);
    CHECK_THAT(read_answer(&token, rows[i].body, now, IG_TOKEN_CODE, &error) == IG_OK,
               "%s", rows[i].body);
    check_token(&token, "mock_short_lived_token", rows[i].user_id, rows[i].permissions);
    CHECK_INT(token.kind, IG_TOKEN_SHORT);
    CHECK(token.obtained_at == now && token.granted_at == now);
    CHECK(token.expires_at == now + hour);
    CHECK_INT(token.extended, -1);
    ig_token_wipe(&token);
  }
}

TEST(exchange_keeps_what_the_answer_does_not_say)
{
  struct ig_token token;
  struct ig_error error;

  make_long(&token, now);
  check_token(&token, "mock_long_lived_token", "17841405793187218", "a,b");
  CHECK_INT(token.kind, IG_TOKEN_LONG);
  CHECK(token.expires_at == now + 60 * day);
  CHECK(token.granted_at == now);
  /* digits in a string; then nothing: unknown */
  read_answer(&token, "{\"access_token\":\"x\",\"expires_in\":\"100\"}", now,
              IG_TOKEN_EXCHANGE, &error);
  CHECK(token.expires_at == now + 100);
  read_answer(&token, "{\"access_token\":\"x\"}", now, IG_TOKEN_EXCHANGE, &error);
  CHECK(token.expires_at == 0);
  read_answer(&token, "{\"access_token\":\"x\",\"expires_in\":-3}", now,
              IG_TOKEN_EXCHANGE, &error);
  CHECK(token.expires_at == 0);
  read_answer(&token, "{\"access_token\":\"x\",\"expires_in\":1e300}", now,
              IG_TOKEN_EXCHANGE, &error);
  CHECK(token.expires_at == 0);
  ig_token_wipe(&token);
}

TEST(a_refresh_that_extends)
{
  struct ig_token token;
  struct ig_error error;

  make_long(&token, now);
  CHECK_INT(read_answer(&token,
                        "{\"access_token\":\"fresh\",\"token_type\":\"bearer\","
                        "\"expires_in\":5183828}",
                        now + 25 * hour, IG_TOKEN_REFRESH, &error),
            IG_OK);
  check_token(&token, "fresh", "17841405793187218", "a,b");
  CHECK_INT(token.extended, 1);
  CHECK(token.expires_at == now + 25 * hour + 5183828);
  CHECK(token.obtained_at == now + 25 * hour);
  CHECK(token.granted_at == now);
  /* again, an hour later: the remaining life comes back (api: the 24-hour rule) */
  CHECK_INT(read_answer(&token, "{\"access_token\":\"fresh\",\"expires_in\":5180228}",
                        now + 26 * hour, IG_TOKEN_REFRESH, &error),
            IG_OK);
  CHECK_INT(token.extended, 0);
  CHECK(token.expires_at == now + 25 * hour + 5183828);
  CHECK(token.obtained_at == now + 25 * hour);
  ig_token_wipe(&token);
}

/* A recorded refresh of a short-lived token: 5012 s, up to the full hour. The end was
 * only guessed before; this is no extension. */
TEST(a_short_token_is_not_extended)
{
  struct ig_token token;
  struct ig_error error;

  ig_token_init(&token);
  read_answer(&token, "{\"access_token\":\"s\",\"user_id\":1}", now, IG_TOKEN_CODE,
              &error);
  read_answer(&token, "{\"access_token\":\"s\",\"expires_in\":5012}", now + 60,
              IG_TOKEN_REFRESH, &error);
  CHECK_INT(token.extended, 0);
  CHECK_INT(token.kind, IG_TOKEN_SHORT);
  CHECK(token.expires_at == now + 60 + 5012);
  CHECK(token.obtained_at == now);
  ig_token_wipe(&token);
}

TEST(refreshing_a_pasted_token)
{
  struct ig_token token;
  struct ig_error error;

  ig_token_init(&token);
  ig_secret_set(&token.secret, "pasted", 6);
  read_answer(&token, "{\"access_token\":\"pasted\",\"expires_in\":5000000}", now,
              IG_TOKEN_REFRESH, &error);
  CHECK_INT(token.extended, -1);
  CHECK_INT(token.kind, IG_TOKEN_LONG);
  CHECK(token.expires_at == now + 5000000);
  CHECK(token.obtained_at == 0);
  read_answer(&token, "{\"access_token\":\"pasted\"}", now, IG_TOKEN_REFRESH, &error);
  CHECK_INT(token.extended, -1);
  CHECK(token.expires_at == now + 5000000);
  ig_token_wipe(&token);
}

TEST(answers_that_are_none_change_nothing)
{
  static const char *const rows[] = {
    "", "{", "null", "[]", "<html>", "{}", "{\"access_token\":\"\"}",
    "{\"access_token\":null}", "{\"access_token\":5}", "{\"access_token\":\"a b\"}",
    "{\"access_token\":\"a\\u0000b\"}", "{\"access_token\":\"a\\nb\"}",
    "{\"access_token\":\"caf\\u00e9\"}", "{\"access_token\":\"new\"", "{\"data\":[]}",
    "{\"data\":[[{\"access_token\":\"new\"}]]}", "{\"data\":\"new\"}",
    "{\"access_token\":\"new\"}x", "{\"access_token\":{\"a\":\"new\"}}",
    "{\"data\":[{\"access_token\":\"new\"}", "{\"access_token\":\"new\",3:4}",
    "{\"access_token\":\"new\",\"permissions\":[",
    "{\"access_token\":\"new\",\"permissions\":[\"a\"",
  };
  struct ig_token token;
  struct ig_error error;

  make_long(&token, now);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    for (int call = IG_TOKEN_CODE; call <= IG_TOKEN_REFRESH; call++) {
      CHECK_THAT(read_answer(&token, rows[i], now + 1, (enum ig_token_call)call,
                             &error) == IG_PARSE,
                 "%s", rows[i]);
      CHECK(strstr(error.message, "new") == NULL);
      check_token(&token, "mock_long_lived_token", "17841405793187218", "a,b");
      CHECK(token.obtained_at == now);
    }
  ig_token_wipe(&token);
}

TEST(hostile_sizes)
{
  size_t size = 200000;
  char *body = ig_malloc(size);
  struct ig_token token;
  struct ig_error error;
  int head;

  ig_token_init(&token);
  memset(body, 'a', size);
  head = snprintf(body, size, "{\"access_token\":\"");
  body[head] = 'a';
  memcpy(body + size - 2, "\"}", 2);
  CHECK_INT(ig_token_read(&token, body, size, now, IG_TOKEN_CODE, &error), IG_PARSE);
  memset(body, 'a', size);
  head = snprintf(body, size, "{\"access_token\":\"t\",\"permissions\":\"");
  body[head] = 'a';
  memcpy(body + size - 2, "\"}", 2);
  CHECK_INT(ig_token_read(&token, body, size, now, IG_TOKEN_CODE, &error), IG_PARSE);
  CHECK(token.secret.data == NULL);
  ig_free(body);
}

TEST(expiry)
{
  struct ig_token token;

  ig_token_init(&token);
  CHECK_INT(ig_token_expired(&token, now), -1);
  token.expires_at = now;
  CHECK_INT(ig_token_expired(&token, now - 1), 0);
  CHECK_INT(ig_token_expired(&token, now), 1);
}

TEST(when_a_token_may_be_refreshed)
{
  static const struct {
    enum ig_token_kind kind;
    double obtained, expires; /* days from now; 0 unknown */
    int want;
    const char *why;
  } rows[] = {
    { IG_TOKEN_LONG, -1, 59, 1, NULL },
    { IG_TOKEN_LONG, -0.99, 59, 0, "younger than 24 hours" },
    { IG_TOKEN_LONG, 1, 61, 0, "younger than 24" }, /* a clock that was set back */
    { IG_TOKEN_LONG, -59, 1, 1, NULL },
    { IG_TOKEN_LONG, -61, -1, 0, "expired" },
    { IG_TOKEN_LONG, -2, 0, 1, NULL },
    { IG_TOKEN_SHORT, -2, 0, 0, "short-lived" },
    { IG_TOKEN_SHORT, -0.01, 0.03, 0, "short-lived" },
    /* the age unknown: what is missing from 60 days is gone */
    { IG_TOKEN_LONG, 0, 58, 1, NULL },
    { IG_TOKEN_LONG, 0, 59.5, -1, "not known" },
    { IG_TOKEN_LONG, 0, 0, -1, "not known" },
    { IG_TOKEN_UNKNOWN, 0, 0, -1, "not known" },
    { IG_TOKEN_UNKNOWN, 0, 30, 1, NULL },
    { IG_TOKEN_UNKNOWN, 0, 0.02, -1, "not known" }, /* may be a short-lived one */
    { IG_TOKEN_UNKNOWN, -2, 30, 1, NULL },
    { IG_TOKEN_UNKNOWN, -2, 0, -1, "not known" },
    { IG_TOKEN_UNKNOWN, -0.5, 0, 0, "younger" },
    { IG_TOKEN_UNKNOWN, 0, -1, 0, "expired" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const char *why = NULL;
    struct ig_token token;
    int got;

    ig_token_init(&token);
    ig_secret_set(&token.secret, "x", 1);
    token.kind = rows[i].kind;
    token.obtained_at = rows[i].obtained != 0 ? now + rows[i].obtained * day : 0;
    token.expires_at = rows[i].expires != 0 ? now + rows[i].expires * day : 0;
    got = ig_token_refreshable(&token, now, &why);
    CHECK_THAT(got == rows[i].want, "row %d: got %d", (int)i, got);
    CHECK_THAT(got == 1 || (why && strstr(why, rows[i].why)), "row %d: %s", (int)i,
               why ? why : "(null)");
    ig_token_wipe(&token);
    CHECK_INT(ig_token_refreshable(&token, now, &why), 0);
    CHECK(strstr(why, "empty") != NULL);
  }
}

TEST(when_permissions_may_end)
{
  double earliest, latest;
  struct ig_token token;
  struct ig_error error;

  ig_token_init(&token);
  CHECK(!ig_token_permissions_expire(&token, &earliest, &latest));
  CHECK(earliest == 0 && latest == 0);
  make_long(&token, now);
  CHECK(ig_token_permissions_expire(&token, &earliest, &latest));
  CHECK(earliest == now + 90 * day && latest == now + 90 * day);
  read_answer(&token, "{\"access_token\":\"f\",\"expires_in\":5183828}", now + 30 * day,
              IG_TOKEN_REFRESH, &error);
  CHECK(ig_token_permissions_expire(&token, &earliest, &latest));
  CHECK(earliest == now + 90 * day && latest == now + 120 * day);
  /* one that did not extend moves nothing */
  read_answer(&token, "{\"access_token\":\"f\",\"expires_in\":5180000}",
              now + 30 * day + 3828, IG_TOKEN_REFRESH, &error);
  CHECK(ig_token_permissions_expire(&token, &earliest, &latest));
  CHECK(latest == now + 120 * day);
  /* one after ninety days is a public account's */
  read_answer(&token, "{\"access_token\":\"f\",\"expires_in\":5183828}", now + 91 * day,
              IG_TOKEN_REFRESH, &error);
  CHECK(ig_token_permissions_expire(&token, &earliest, &latest));
  CHECK(earliest == now + 181 * day && latest == now + 181 * day);
  ig_token_wipe(&token);
}

TEST(ids_are_digits)
{
  struct ig_token token;

  ig_token_init(&token);
  CHECK(ig_token_set_user_id(&token, "0017841405793187218", 19));
  CHECK_STR(token.user_id, "0017841405793187218");
  CHECK(!ig_token_set_user_id(&token, "1x", 2));
  CHECK(!ig_token_set_user_id(&token, "", 0));
  CHECK(!ig_token_set_user_id(&token, "1234567890123456789012345678901234567890", 40));
  CHECK_STR(token.user_id, "0017841405793187218");
  CHECK_STR(ig_token_kind_name(IG_TOKEN_SHORT), "short");
  CHECK_STR(ig_token_kind_name(IG_TOKEN_LONG), "long");
  CHECK_STR(ig_token_kind_name(IG_TOKEN_UNKNOWN), "unknown");
}

TEST(families_by_the_first_letters)
{
  static const char *const rows[][2] = {
    { "IGQVJabc", "basic_display" }, { "IGAAabc", "instagram_login" },
    { "EAACabc", "facebook" },       { "mock", NULL },
    { "IGQ", NULL },                 { "", NULL },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_token token;

    ig_token_init(&token);
    ig_secret_set(&token.secret, rows[i][0], strlen(rows[i][0]));
    CHECK_STR(ig_token_family(&token), rows[i][1]);
    ig_token_wipe(&token);
  }
}

TEST(times_are_whole_seconds_whatever_the_clock)
{
  struct ig_token token;
  struct ig_error error;

  ig_token_init(&token);
  CHECK_INT(read_answer(&token, "{\"access_token\":\"t\"}", now + 0.75, IG_TOKEN_CODE,
                        &error), IG_OK);
  CHECK(token.obtained_at == now && token.granted_at == now);
  CHECK(token.expires_at == now + hour);
  CHECK_INT(read_answer(&token, "{\"access_token\":\"t\",\"expires_in\":86400.5}",
                        now + 0.75, IG_TOKEN_EXCHANGE, &error), IG_OK);
  CHECK(token.obtained_at == now && token.expires_at == now + day + 1);
  CHECK_INT(read_answer(&token, "{\"access_token\":\"t\",\"expires_in\":5184000}",
                        now + 2 * day + 0.9, IG_TOKEN_REFRESH, &error), IG_OK);
  CHECK(token.obtained_at == now + 2 * day && token.expires_at == now + 62 * day);
  CHECK(ig_token_whole(1e300) == 1e300 && ig_token_whole(0) == 0);
  ig_token_wipe(&token);
}

static enum ig_kind use_all(void)
{
  static const unsigned char key[IG_KEY_SIZE] = "0123456789abcdef0123456789abcde";

  struct ig_token token, copy;
  struct ig_error error;
  struct ig_buf text;
  enum ig_kind kind;

  ig_token_init(&token);
  ig_token_init(&copy);
  ig_buf_init(&text, 65536);
  kind = read_answer(&token, "{\"access_token\":\"t\",\"permissions\":[\"a\",\"b\"]}",
                     now, IG_TOKEN_CODE, &error);
  if (!kind)
    kind = ig_token_copy(&copy, &token);
  if (!kind)
    kind = read_answer(&copy, "{\"access_token\":\"u\",\"expires_in\":1}", now,
                       IG_TOKEN_REFRESH, &error);
  if (!kind) {
    ig_secret_set(&copy.secret, "t", 1);
    kind = ig_token_seal(&token, key, "app", &text);
  }
  if (!kind)
    kind = ig_token_unseal(&copy, text.data, text.size, key, "app", &error);
  /* Whatever failed: the tokens are whole. */
  if (copy.secret.data)
    check_token(&copy, "t", "", "a,b");
  ig_token_wipe(&token);
  ig_token_wipe(&copy);
  ig_buf_free(&text);
  return kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
}
