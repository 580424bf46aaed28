/* ig_answer: each error that was recorded or documented, and bodies that are none. The
 * names in front of rows are files of recorded answers. */
#include "ig_alloc.h"
#include "ig_answer.h"
#include "test.h"
#include "torture.h"

static const char graph_type[] = "application/json; charset=UTF-8";

/* Checks a body from a block of its own size, so that reading on is seen, and that the
 * body stays as it was. */
static enum ig_kind check_body(int status, const char *type, const char *body,
                               bool token_endpoint, struct ig_error *error)
{
  size_t size = strlen(body);
  char *copy = ig_malloc(size);
  enum ig_kind kind;

  memcpy(copy, body, size);
  ig_error_clear(error);
  kind = ig_answer_check(status, type, copy, size, token_endpoint, error);
  CHECK_MEM(copy, size, body, size);
  CHECK_INT(error->kind, kind);
  ig_free(copy);
  return kind;
}

struct row {
  int status;
  bool token_endpoint;
  enum ig_kind kind;
  int code, subcode;
  const char *type, *trace_id;
  const char *message; /* as sent, without JSON's escapes */
  const char *more;    /* further members, as sent */
};

#define OAUTH "OAuthException"
#define IGAPI "IGApiException"
#define NO_OBJECT                                                                      \
  "does not exist, cannot be loaded due to missing permissions, or does not support "  \
  "this operation"
#define EXPIRED "Error validating access token: Session has expired on "

/* {"error":{"message","type","code",...}} in the order that was seen. */
static const struct row nested_rows[] = {
  /* bd_me_invalid_token, bd_media_node_invalid_token, bd_token_long_invalid_token,
   * bd_token_refresh_invalid_token: the same but for the trace id */
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "Av7KFMb1-rbi-JTgQQxxRaW",
    "Invalid OAuth access token.", "" },
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "A4UAnJgerCl6TSBMofDkzFW",
    "Invalid OAuth access token.", "" },
  { 400, true, IG_TOKEN, 190, 0, OAUTH, "AeMGbeYdBX0QgHM_4uAZ6Rd",
    "Invalid OAuth access token.", "" },
  { 400, true, IG_TOKEN, 190, 0, OAUTH, "A2BJfyXwiCTj6Lp9YjlCfAc",
    "Invalid OAuth access token.", "" },
  /* bd_errors */
  { 403, false, IG_PERMISSION, 10, 0, IGAPI, "AJ7la3EDQU1C__Nd1DXukSR",
    "Application does not have permission for this action", "" },
  { 400, false, IG_UNAVAILABLE, 100, 0, IGAPI, "AQ7NjdFzWnGXbtJJ9cS7ukc",
    "Unsupported request - method type: get", "" },
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "AcIOG4kOlL7jyZ-Oj14Vede",
    "Error validating access token: The session has been invalidated because the user "
    "changed their password or Facebook has changed the session for security reasons.",
    "" },
  { 400, true, IG_TOKEN, 190, 0, OAUTH, "AaauHBIaCwjNFlnZ_qsZC07",
    EXPIRED "Tuesday, 28-Sep-21 03:00:00 PDT. The current time is Friday, 08-Oct-21 "
            "23:50:19 PDT.",
    "" },
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "AiIN6AR8BYTYzmsXn6aDyj0",
    EXPIRED "Wednesday, 26-Oct-22 20:00:00 PDT. The current time is Wednesday, "
            "26-Oct-22 21:51:57 PDT.",
    "" },
  { 400, false, IG_NOT_FOUND, 100, 33, IGAPI, "AZtb-9k2P_mHdfRi-sN4MNH",
    "Unsupported get request. Object with ID '3518610791' " NO_OBJECT,
    ",\"error_subcode\":33" },
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "AzyAsv5wakY_WKcdKis3N32",
    EXPIRED "Friday, 13-Mar-20 22:00:00 PDT. The current time is Saturday, 14-Mar-20 "
            "04:25:10 PDT.",
    "" },
  /* igl_errors; without a status where none was recorded, and with a plausible one */
  { 400, false, IG_UNAVAILABLE, 100, 0, IGAPI, "",
    "Unsupported request - method type: get", "" },
  { 400, false, IG_UNAVAILABLE, 100, 0, IGAPI, "",
    "Unsupported request - method type: post", "" },
  { 400, false, IG_UNAVAILABLE, 200, 0, OAUTH, "Ard6bGeTPR7GrqzPi9kCLCm",
    "API access blocked.", "" },
  { 403, false, IG_PERMISSION, 10, 0, IGAPI, "",
    "Application does not have permission for this action", "" },
  { 400, false, IG_API, 100, 0, IGAPI, "",
    "Tried accessing nonexisting field (unread_count)", "" },
  { 404, false, IG_NOT_FOUND, 803, 0, IGAPI, "",
    "Object with ID 'sample_handle' " NO_OBJECT, "" },
  { 400, false, IG_NOT_FOUND, 803, 0, IGAPI, "",
    "Object with ID 'sample_handle' " NO_OBJECT, "" },
  { 400, false, IG_API, 100, 0, IGAPI, "AmDVm5HRuVFMWoHHkVxs4MP",
    "The parameter video_url is required", "" },
  /* the other rows of the table of errors */
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "",
    "Invalid OAuth access token - Cannot parse access token", "" },
  { 401, false, IG_TOKEN, 190, 0, OAUTH, "",
    "Invalid OAuth access token - Cannot parse access token", "" },
  { 400, false, IG_TOKEN, 190, 0, OAUTH, "", "The access token could not be decrypted",
    "" },
  { 400, false, IG_TOKEN, 190, 460, OAUTH, "", "The session has been invalidated",
    ",\"error_subcode\":460" },
  { 400, false, IG_TOKEN, 190, 458, OAUTH, "",
    "Error validating access token: The user has not authorized application 1.",
    ",\"error_subcode\":458" },
  { 400, false, IG_TOKEN, 102, 0, OAUTH, "", "Session key invalid", "" },
  { 400, false, IG_PERMISSION, 10, 0, OAUTH, "",
    "(#10) Application does not have permission for this action", "" },
  { 403, false, IG_PERMISSION, 10, 2534022, IGAPI, "",
    "mensagem enviada fora da janela permitida", ",\"error_subcode\":2534022" },
  { 400, false, IG_NOT_FOUND, 100, 33, IGAPI, "",
    "Unsupported post request. Object with ID '1' " NO_OBJECT,
    ",\"error_subcode\":33" },
  { 400, false, IG_NOT_FOUND, 100, 33, IGAPI, "",
    "Unsupported delete request. Object with ID '1' " NO_OBJECT,
    ",\"error_subcode\":33" },
  { 400, false, IG_NOT_FOUND, 100, 0, IGAPI, "", "Object with ID '1' " NO_OBJECT, "" },
  { 400, false, IG_NOT_FOUND, 100, 33, IGAPI, "", "texto localizado",
    ",\"error_subcode\":33" },
  { 400, false, IG_API, 100, 0, IGAPI, "", "The parameter comment_enabled is required.",
    "" },
  { 400, true, IG_EXCHANGE, 100, 0, OAUTH, "", "Error validating client secret", "" },
  { 400, true, IG_EXCHANGE, 101, 0, OAUTH, "", "Error validating application.", "" },
  { 400, true, IG_UNAVAILABLE, 100, 0, IGAPI, "",
    "Unsupported request - method type: get", "" },
  { 400, false, IG_API, 2500, 0, IGAPI, "", "Unknown path components: /x", "" },
  { 500, false, IG_API, 2500, 0, IGAPI, "", "Unknown path components: /x", "" },
  { 400, false, IG_TOKEN, 2500, 0, OAUTH, "",
    "An active access token must be used to query information about the current user.",
    "" },
  { 500, false, IG_TRANSIENT, 1, 0, OAUTH, "", "An unknown error has occurred.", "" },
  { 500, false, IG_TRANSIENT, 1, 0, OAUTH, "",
    "Please reduce the amount of data you're asking for, then retry your request", "" },
  { 400, false, IG_TRANSIENT, 2, 0, OAUTH, "",
    "An unexpected error has occurred. Please retry your request later.",
    ",\"is_transient\":true" },
  { 400, false, IG_UNAVAILABLE, 3, 0, OAUTH, "",
    "Application does not have the capability to make this API call.", "" },
  { 403, false, IG_RATE_LIMIT, 4, 1349210, OAUTH, "",
    "(#4) Application request limit reached",
    ",\"is_transient\":true,\"error_subcode\":1349210" },
  { 400, false, IG_RATE_LIMIT, 17, 2446079, OAUTH, "",
    "(#17) User request limit reached", ",\"error_subcode\":2446079" },
  { 400, false, IG_RATE_LIMIT, 32, 0, OAUTH, "", "(#32) Page request limit reached",
    "" },
  { 400, false, IG_RATE_LIMIT, 613, 1996, OAUTH, "",
    "(#613) Calls to this api have exceeded the rate limit.",
    ",\"error_subcode\":1996" },
  { 500, false, IG_RATE_LIMIT, 613, 0, IGAPI, "", "Calls exceeded", "" },
  { 400, false, IG_RATE_LIMIT, 80000, 0, OAUTH, "", "too many", "" },
  { 400, false, IG_RATE_LIMIT, 80002, 0, OAUTH, "", "too many", "" },
  { 400, false, IG_RATE_LIMIT, 80014, 0, OAUTH, "", "too many", "" },
  { 400, false, IG_API, 80015, 0, OAUTH, "", "not one of them", "" },
  { 400, true, IG_RATE_LIMIT, 4, 0, OAUTH, "", "Application request limit reached",
    "" },
  { 400, false, IG_RATE_LIMIT, 341, 0, OAUTH, "", "Application limit reached", "" },
  { 400, false, IG_RATE_LIMIT, 368, 0, OAUTH, "", "temporarily blocked", "" },
  { 200, false, IG_UNAVAILABLE, 200, 0, OAUTH, "",
    "API access deactivated. To reactivate, go to the app dashboard.", "" },
  { 400, false, IG_UNAVAILABLE, 10, 0, OAUTH, "",
    "API access disrupted. Go to the App Dashboard and complete Data Use Checkup.",
    "" },
  { 400, false, IG_PERMISSION, 200, 0, OAUTH, "", "(#200) Requires another scope", "" },
  { 400, false, IG_PERMISSION, 299, 0, OAUTH, "", "(#299) Requires another scope", "" },
  { 400, false, IG_API, 9004, 2207052, OAUTH, "", "Only photo or video can be accepted",
    ",\"error_subcode\":2207052,\"is_transient\":false,\"error_user_title\":\"t\","
    "\"error_user_msg\":\"m\"" },
  { 400, false, IG_TRANSIENT, 9007, 0, OAUTH, "", "not ready",
    ",\"is_transient\":true" },
  { 400, false, IG_TRANSIENT, 100, 0, OAUTH, "", "odd", ",\"is_transient\":true" },
  { 400, false, IG_NOT_FOUND, 24, 2207006, OAUTH, "", "The media could not be found",
    ",\"error_subcode\":2207006" },
  { 400, true, IG_SPENT, 100, 36009, OAUTH, "",
    "This authorization code has been used.", ",\"error_subcode\":36009" },
  { 400, true, IG_EXCHANGE, 100, 36008, OAUTH, "", "redirect mismatch",
    ",\"error_subcode\":36008" },
  { 400, true, IG_EXCHANGE, 77, 0, OAUTH, "", "anything at a token endpoint", "" },
  { 503, true, IG_TRANSIENT, 77, 0, OAUTH, "", "anything at a token endpoint", "" },
  { 503, false, IG_TRANSIENT, 77, 0, OAUTH, "", "down", "" },
  { 429, false, IG_RATE_LIMIT, 77, 0, OAUTH, "", "slow", "" },
  { 404, false, IG_NOT_FOUND, 77, 0, IGAPI, "", "gone", "" },
  { 403, false, IG_PERMISSION, 77, 0, IGAPI, "", "no", "" },
  { 401, false, IG_TOKEN, 77, 0, IGAPI, "", "who?", "" },
};

static void build_nested(char *body, size_t room, const struct row *row)
{
  char trace[80] = "";

  if (*row->trace_id)
    snprintf(trace, sizeof trace, ",\"fbtrace_id\":\"%s\"", row->trace_id);
  snprintf(body, room,
           "{\"error\":{\"message\":\"%s\",\"type\":\"%s\",\"code\":%d%s%s}}",
           row->message, row->type, row->code, row->more, trace);
}

static void check_row(const struct row *row, const char *body)
{
  struct ig_error error;

  CHECK_THAT(check_body(row->status, graph_type, body, row->token_endpoint, &error) ==
                 row->kind,
             "HTTP %d %s: %s", row->status, body, ig_kind_name(error.kind));
  CHECK_STR(error.message, row->message);
  CHECK_STR(error.type, row->type);
  CHECK_STR(error.trace_id, row->trace_id);
  CHECK_INT(error.code, row->code);
  CHECK_INT(error.subcode, row->subcode);
  CHECK_INT(error.status, row->status);
  CHECK_INT(error.retryable, row->kind == IG_RATE_LIMIT || row->kind == IG_TRANSIENT);
  CHECK(error.retry_after < 0);
}

TEST(errors_of_the_graph_host)
{
  for (size_t i = 0; i < sizeof nested_rows / sizeof nested_rows[0]; i++) {
    char body[1024];

    build_nested(body, sizeof body, &nested_rows[i]);
    check_row(&nested_rows[i], body);
  }
}

/* {"error_type","code","error_message"}; the code repeats the status. */
TEST(errors_of_the_token_host)
{
  static const struct {
    const char *message;
    enum ig_kind kind;
  } rows[] = {
    { "Invalid authorization code", IG_EXCHANGE }, /* bd_token_short_invalid_code */
    { "This authorization code has been used", IG_SPENT },
    { "This authorization code has been used.", IG_SPENT },
    { "Matching code was not found or was already used", IG_SPENT },
    { "Matching code was not found or was already used.", IG_SPENT },
    { "This authorization code has expired", IG_SPENT }, /* invented text */
    { "Error validating verification code. Please make sure your redirect_uri is "
      "identical to the one you used in the OAuth dialog request",
      IG_EXCHANGE },
    { "Error validating client secret", IG_EXCHANGE },
    { "Invalid platform app", IG_EXCHANGE },
    { "Missing required field client_id", IG_EXCHANGE },
    { "Redirect URI doesn't match original redirect URI", IG_EXCHANGE },
    { "Redirect URI does not match registered redirect URI", IG_EXCHANGE },
    { "No matching code found.", IG_EXCHANGE },
    { "You must provide a client_id", IG_EXCHANGE },
    { "Invalid scope: ['basic']", IG_EXCHANGE },
    { "No valid scopes requested", IG_EXCHANGE },
    { "Insufficient developer role", IG_UNAVAILABLE },
    { "API access blocked.", IG_UNAVAILABLE },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct row row = {
      400, true, rows[i].kind, 400, 0, OAUTH, "", rows[i].message, ""
    };
    char body[512];

    snprintf(body, sizeof body,
             "{\"error_type\": \"OAuthException\", \"code\": 400, \"error_message\": "
             "\"%s\"}",
             rows[i].message);
    check_row(&row, body);
    /* the legacy order */
    snprintf(body, sizeof body,
             "{\"code\": 400, \"error_type\": \"OAuthException\", \"error_message\": "
             "\"%s\"}",
             rows[i].message);
    check_row(&row, body);
  }
}

TEST(flat_errors_elsewhere)
{
  static const char body[] =
    "{\"code\": 429, \"error_type\": \"OAuthRateLimitException\","
    " \"error_message\": \"slow\"}";
  static const char oauth2[] =
    "{\"error\":\"invalid_client\",\"error_description\":\"no\"}";
  static const char odd[] = "{\"message\":\"words\",\"status\":\"fail\"}";
  struct ig_error error;

  CHECK_INT(check_body(429, graph_type, body, false, &error), IG_RATE_LIMIT);
  CHECK_INT(check_body(400, graph_type, body, false, &error), IG_RATE_LIMIT);
  CHECK_INT(check_body(500, graph_type,
                       "{\"error_type\":\"OAuthException\",\"code\":500}", true,
                       &error),
            IG_TRANSIENT);
  CHECK_INT(check_body(200, graph_type,
                       "{\"code\":400,\"error_type\":\"OAuthException\"}", false,
                       &error),
            IG_API);
  CHECK_STR(error.message, "HTTP 200 with an error that has no message");
  CHECK_INT(check_body(401, graph_type, oauth2, true, &error), IG_EXCHANGE);
  CHECK_STR(error.type, "invalid_client");
  CHECK_STR(error.message, "no");
  CHECK_INT(check_body(400, graph_type, odd, false, &error), IG_API);
  CHECK_STR(error.message, "words");
  CHECK_INT(check_body(200, graph_type, odd, false, &error), IG_OK);
}

TEST(successes)
{
  static const char *const rows[] = {
    "{\"id\":\"1\"}", "{}", "[]", " \r\n\t{\"data\":[]}", "{\"success\":true}",
    "{\"data\":[{\"caption\":\"\\\"error\\\": a tale\"}]}",
    "{\"data\":[{\"error\":{\"message\":\"inside\"}}]}",
    "{\"error\":null,\"id\":\"1\"}", "{\"error\":false}", "{\"error\":[]}",
    "{\"error\":\"\"}", "{\"errors\":3,\"error_count\":0}",
    /* broken JSON is for the reader to tell, with the place */
    "{\"id\":\"1\"", "{\"a\":\"\"error\"}",
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    CHECK_THAT(check_body(200, graph_type, rows[i], false, &error) == IG_OK, "%s",
               rows[i]);
    CHECK_THAT(check_body(201, NULL, rows[i], true, &error) == IG_OK, "%s", rows[i]);
  }
}

TEST(an_error_anywhere_under_http_200)
{
  size_t size = 100000;
  char *body = ig_malloc(size + 100);
  static const char end[] = "\"error\":{\"code\":190,\"type\":\"OAuthException\"}}";
  struct ig_error error;

  memset(body, ' ', size);
  memcpy(body, "{\"data\":[],", 11);
  memcpy(body + size, end, sizeof end);
  CHECK_INT(ig_answer_check(200, graph_type, body, strlen(body), false, &error),
            IG_TOKEN);
  CHECK_INT(error.status, 200);
  ig_free(body);
}

TEST(an_oauth_error_without_a_code)
{
  static const char body[] =
    "{\"error\":{\"message\":\"m\",\"type\":\"OAuthException\"}}";
  struct ig_error error;

  CHECK_INT(check_body(400, graph_type, body, false, &error), IG_TOKEN);
  CHECK_INT(check_body(400, graph_type, body, true, &error), IG_EXCHANGE);
  CHECK_INT(check_body(500, graph_type, body, false, &error), IG_TRANSIENT);
  CHECK_INT(check_body(400, graph_type, "{\"error\":{}}", false, &error), IG_API);
  CHECK_INT(check_body(200, graph_type, "{\"error\":{}}", false, &error), IG_API);
}

TEST(bodies_that_are_not_the_apis)
{
  static const char html[] =
    "<!DOCTYPE html><html><head><title>x</title></head></html>";
  static const struct {
    int status;
    const char *type, *body;
    enum ig_kind kind;
    const char *message;
  } rows[] = {
    { 200, "text/html", html, IG_PARSE, "HTTP 200 with HTML" },
    { 200, "text/html; charset=utf-8", "hello", IG_PARSE, "HTTP 200 with HTML" },
    { 200, NULL, "", IG_PARSE, "HTTP 200 with an empty body" },
    { 200, NULL, " \n", IG_PARSE, "HTTP 200 with an empty body" },
    { 204, NULL, "", IG_PARSE, "HTTP 204 with an empty body" },
    { 200, "text/plain", "true", IG_PARSE, "HTTP 200 with something that is not JSON" },
    { 302, "text/html", html, IG_PARSE, "HTTP 302 with HTML" },
    { 400, "text/html", html, IG_PARSE, "HTTP 400 with HTML" },
    { 401, "text/html", html, IG_PARSE, "HTTP 401 with HTML" },
    { 403, "text/html", html, IG_PARSE, "HTTP 403 with HTML" },
    { 404, "text/html", html, IG_NOT_FOUND, "HTTP 404 with HTML" },
    { 407, NULL, "", IG_PARSE, "HTTP 407 with an empty body" },
    { 429, NULL, "", IG_RATE_LIMIT, "HTTP 429 with an empty body" },
    { 500, NULL, "", IG_TRANSIENT, "HTTP 500 with an empty body" },
    { 502, "text/html", html, IG_TRANSIENT, "HTTP 502 with HTML" },
    { 400, graph_type, "{\"a\":", IG_PARSE, "HTTP 400 with broken JSON" },
    { 503, graph_type, "[1,2", IG_TRANSIENT, "HTTP 503 with broken JSON" },
    { 200, "text/html", "Sorry, this content isn't available right now", IG_UNAVAILABLE,
      "Sorry, this content isn't available right now" },
    { 404, "text/plain", "\nSorry, this content isn't available right now\n",
      IG_UNAVAILABLE, "Sorry, this content isn't available right now " },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    CHECK_THAT(check_body(rows[i].status, rows[i].type, rows[i].body, false, &error) ==
                   rows[i].kind,
               "HTTP %d %s: %s", rows[i].status, rows[i].body,
               ig_kind_name(error.kind));
    CHECK_STR(error.message, rows[i].message);
    CHECK_INT(error.status, rows[i].status);
  }
}

TEST(an_error_that_was_cut_still_tells)
{
  static const char body[] =
    "{\"error\":{\"message\":\"Invalid OAuth access token.\","
    "\"type\":\"OAuthException\",\"code\":190,\"fbtrace_id\":\"A";
  struct ig_error error;

  CHECK_INT(check_body(400, graph_type, body, false, &error), IG_TOKEN);
  CHECK_STR(error.message, "Invalid OAuth access token.");
  for (size_t size = 0; size < sizeof body; size++) {
    char copy[sizeof body];

    memcpy(copy, body, size);
    copy[size] = 0;
    CHECK(check_body(400, graph_type, copy, false, &error) != IG_OK);
    check_body(200, graph_type, copy, false, &error);
  }
}

TEST(odd_values)
{
  static const char strings[] =
    "{\"error\":{\"code\":\"190\",\"error_subcode\":\"460\",\"message\":\"m\"}}";
  static const char wrong[] = "{\"error\":{\"code\":1e999,\"type\":5,\"message\":{}}}";
  static const char big[] =
    "{\"error\":{\"code\":99999999999999999999,\"message\":[1,{}],"
    "\"error_user_msg\":\"said to the person\"}}";
  struct ig_error error;

  CHECK_INT(check_body(400, graph_type, strings, false, &error), IG_TOKEN);
  CHECK_INT(error.code, 190);
  CHECK_INT(error.subcode, 460);
  CHECK(check_body(400, graph_type, wrong, false, &error) != IG_OK);
  CHECK_INT(check_body(400, graph_type, big, false, &error), IG_API);
  CHECK_INT(error.code, 0);
  CHECK_STR(error.message, "said to the person");
}

TEST(messages_are_harmless)
{
  static const char body[] =
    "{\"error\":{\"message\":\"line\\nline \\u001b[31m \\ud83d\\udc4c\\u0085 "
    "Malformed access token IGQVJabcdefghijABCDEFGHIJ0123456789abcdefghijABCDEFGHIJ"
    "0123456789 see h?access_token=IGQshort&x\",\"type\":\"a\\tb\",\"code\":190}}";
  char long_body[5000];
  struct ig_error error;

  CHECK_INT(check_body(400, graph_type, body, false, &error), IG_TOKEN);
  CHECK(strstr(error.message, "IGQ") == NULL);
  CHECK(strstr(error.message,
               "line line  [31m \xf0\x9f\x91\x8c  Malformed access token ****") ==
        error.message);
  CHECK_STR(error.type, "a b");
  memset(long_body, 'x', sizeof long_body);
  memcpy(long_body, "{\"error\":{\"message\":\"", 21);
  for (size_t i = 21; i < sizeof long_body; i += 3)
    long_body[i] = ' ';
  memcpy(long_body + sizeof long_body - 15, "\",\"code\":100}}", 15);
  CHECK_INT(check_body(400, graph_type, long_body, false, &error), IG_API);
  CHECK_INT(strlen(error.message), sizeof error.message - 1);
}

TEST(an_error_body_over_the_limit)
{
  size_t size = 2 * 1024 * 1024;
  char *body = ig_malloc(size);
  struct ig_error error;

  memset(body, ' ', size);
  body[0] = '{';
  CHECK_INT(ig_answer_check(400, graph_type, body, size, false, &error), IG_PARSE);
  CHECK_INT(ig_answer_check(500, graph_type, body, size, false, &error), IG_TRANSIENT);
  ig_free(body);
}

/* The judged kind is the result; only running out of memory is a failure of the judge.
 * */
static enum ig_kind use_all(void)
{
  static const char body[] = "{\"error\":{\"message\":\"m\",\"code\":190}}";
  struct ig_error error;
  enum ig_kind kind;

  kind = ig_answer_check(400, graph_type, body, sizeof body - 1, false, &error);
  CHECK_INT(error.kind, kind);
  return kind == IG_TOKEN ? IG_OK : kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
}

TEST(a_plain_text_with_a_zero_byte_is_told_to_its_end)
{
  static const char body[] = "\0this content isn't available right now";
  struct ig_error error;

  CHECK(ig_answer_check(200, NULL, body, sizeof body - 1, false, &error) ==
        IG_UNAVAILABLE);
  CHECK_STR(error.message, " this content isn't available right now");
  CHECK_INT(error.status, 200);
}
