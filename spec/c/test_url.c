/* ig_url: encoding and decoding, queries; redacting and scrubbing. */
#include "ig_alloc.h"
#include "ig_url.h"
#include "test.h"
#include "torture.h"

/* One buffer for the tests that only look at its text. */
static struct ig_buf out = { NULL, 0, 0, 65536 };

static const char *encoded(const char *text)
{
  ig_buf_clear(&out);
  CHECK_INT(ig_url_encode(&out, text, strlen(text)), IG_OK);
  return out.data ? out.data : "";
}

TEST(only_unreserved_characters_stay)
{
  CHECK_STR(encoded("AZaz09-._~"), "AZaz09-._~");
  CHECK_STR(encoded("a b+c&d=e/f?g#h%i"), "a%20b%2Bc%26d%3De%2Ff%3Fg%23h%25i");
  CHECK_STR(encoded("caf\xc3\xa9\x01\x7f"), "caf%C3%A9%01%7F");
  ig_buf_free(&out);
}

TEST(every_byte_comes_back)
{
  struct ig_buf back;
  char bytes[256];

  for (int i = 0; i < 256; i++)
    bytes[i] = (char)i;
  ig_buf_init(&back, 256);
  ig_buf_clear(&out);
  CHECK_INT(ig_url_encode(&out, bytes, 256), IG_OK);
  CHECK_INT(ig_url_decode(&back, out.data, out.size, true), IG_OK);
  CHECK_MEM(back.data, back.size, bytes, 256);
  ig_buf_free(&back);
  ig_buf_free(&out);
}

TEST(decoding_is_done_once_and_strictly)
{
  static const char *const bad[] = { "%", "%4", "a%zz", "%4g", "%%41", "%-1" };

  ig_buf_clear(&out);
  CHECK_INT(ig_url_decode(&out, "a%2541+b", 8, true), IG_OK);
  CHECK_STR(out.data, "a%41 b");
  ig_buf_clear(&out);
  CHECK_INT(ig_url_decode(&out, "+%2b", 4, false), IG_OK);
  CHECK_STR(out.data, "++");
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK_INT(ig_url_decode(&out, bad[i], strlen(bad[i]), true), IG_PARSE);
    CHECK_STR(out.data, "++");
  }
  ig_buf_free(&out);
}

TEST(queries_are_joined)
{
  CHECK_INT(ig_query_add(&out, "state", "a b&scope=evil"), IG_OK);
  CHECK_STR(out.data, "state=a%20b%26scope%3Devil");
  CHECK_INT(ig_query_add(&out, "x y", ""), IG_OK);
  CHECK_STR(out.data, "state=a%20b%26scope%3Devil&x%20y=");
  ig_buf_clear(&out);
  ig_buf_puts(&out, "https://host/p?");
  ig_query_add(&out, "a", "1");
  ig_buf_puts(&out, "&");
  ig_query_add_bytes(&out, "b", "2\0003", 3);
  CHECK_STR(out.data, "https://host/p?a=1&b=2%003");
  ig_buf_free(&out);
}

TEST(what_does_not_fit_changes_nothing)
{
  struct ig_buf small;

  ig_buf_init(&small, 8);
  ig_buf_puts(&small, "a=1");
  CHECK_INT(ig_query_add(&small, "name", "value"), IG_TOO_LARGE);
  CHECK_STR(small.data, "a=1");
  CHECK_INT(ig_url_encode(&small, "a b c", 5), IG_TOO_LARGE);
  CHECK_STR(small.data, "a=1");
  CHECK_INT(ig_redact(&small, "123456"), IG_TOO_LARGE);
  CHECK_STR(small.data, "a=1");
  ig_buf_free(&small);
}

TEST(secrets_are_redacted)
{
  static const struct {
    const char *text, *want;
  } rows[] = {
    { "https://h/me?fields=id&access_token=IGQ-x_1&limit=2",
      "https://h/me?fields=id&access_token=[redacted]&limit=2" },
    { "access_token=IG", "access_token=[redacted]" },
    { "access_token=", "access_token=" },
    { "ACCESS_TOKEN=IG", "ACCESS_TOKEN=[redacted]" },
    { "client_secret=a%26b%3D&x=1", "client_secret=[redacted]&x=1" },
    { "client_id=1&code=AQB#_", "client_id=1&code=[redacted]#_" },
    { "signed_request=a.b input_token=c", "signed_request=[redacted] "
                                          "input_token=[redacted]" },
    { "fb_exchange_token=x", "fb_exchange_token=[redacted]" },
    /* a name may be encoded, and a whole address inside another */
    { "access%5Ftoken=IG&x", "access%5Ftoken=[redacted]&x" },
    { "next=https%3A%2F%2Fh%2Fme%3Faccess_token%3DIG%26limit%3D2&x=1",
      "next=https%3A%2F%2Fh%2Fme%3Faccess_token%3D[redacted]%26limit%3D2&x=1" },
    { "n=%253Faccess_token%253DIG%2526b%253D1&c=2",
      "n=%253Faccess_token%253D[redacted]%2526b%253D1&c=2" },
    { "access_token=a%26b&c=d", "access_token=[redacted]&c=d" },
    /* JSON, as graph.instagram.com spells it, and JSON inside JSON */
    { "{\"access_token\":\"IG\",\"user_id\":1}",
      "{\"access_token\":\"[redacted]\",\"user_id\":1}" },
    { "{\"access_token\" : \"IG\\\"x\"}", "{\"access_token\" : \"[redacted]\"}" },
    { "{\"client_secret\": 12345}", "{\"client_secret\": [redacted]}" },
    { "{\"next\":\"https:\\/\\/h\\/me?access_token=IG\\u0026limit=2\"}",
      "{\"next\":\"https:\\/\\/h\\/me?access_token=[redacted]\\u0026limit=2\"}" },
    { "{\"next\":\"h?access_token\\u003dIG\\u0026a=b\"}",
      "{\"next\":\"h?access_token\\u003d[redacted]\\u0026a=b\"}" },
    { "\"{\\\"access_token\\\":\\\"IG\\\",\\\"a\\\":1}\"",
      "\"{\\\"access_token\\\":\\\"[redacted]\\\",\\\"a\\\":1}\"" },
    { "x\\naccess_token=IG\\ny", "x\\naccess_token=[redacted]\\ny" },
    { "code=a\\/b&c", "code=[redacted]&c" },
    /* what is no secret stays */
    { "error_code=190&postcode=1&code_x=3", "error_code=190&postcode=1&code_x=3" },
    { "{\"code\":190,\"error_subcode\":33}", "{\"code\":190,\"error_subcode\":33}" },
    { "{\"code\":\"AQB\"}", "{\"code\":\"[redacted]\"}" },
    { "the access_token is missing", "the access_token is missing" },
    { "{\"access_token\"}", "{\"access_token\"}" },
    { "{\"access_token\":", "{\"access_token\":" },
    { "", "" },
    { "%", "%" },
    { "access_token", "access_token" },
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ig_buf_clear(&out);
    CHECK_INT(ig_redact(&out, rows[i].text), IG_OK);
    CHECK_STR(out.data ? out.data : "", rows[i].want);
  }
  ig_buf_free(&out);
}

/* Whatever follows: no byte of the value may be shown, nor one behind the text read. */
TEST(redacting_reads_no_further_than_the_text)
{
  static const char text[] = "?access%5Ftoken%3D\\u0049G\\/%2526 \"code\": \"x\\";

  for (size_t size = 0; size < sizeof text; size++) {
    char *copy = ig_malloc(size + 1);

    memcpy(copy, text, size);
    ig_buf_clear(&out);
    CHECK_INT(ig_redact_bytes(&out, copy, size), IG_OK);
    ig_free(copy);
  }
  ig_buf_free(&out);
}

static size_t scrubbed(char *text, const char *secret)
{
  return ig_scrub(text, strlen(text), secret, strlen(secret));
}

TEST(a_plain_secret_is_scrubbed_everywhere)
{
  char text[] =
    "IGQabc {\"t\":\"IGQabc\",\"u\":\"x?t=IGQabc\\u0026\"} IGQab IGQabcIGQabc";

  CHECK_INT(scrubbed(text, "IGQabc"), 5);
  CHECK_STR(text, "****** {\"t\":\"******\",\"u\":\"x?t=******\\u0026\"} IGQab "
                  "************");
  CHECK_INT(scrubbed(text, "IGQabc"), 0);
}

TEST(other_spellings_are_scrubbed)
{
  char text[] = "a/b+c d%2FbX a%2Fb%2Bc a%2fb%2bc a\\/b+c a%252Fb%252Bc "
                "a\\u002fb\\u002Bc a\\u00252Fb\\u00252Bc a-b+c";

  CHECK_INT(scrubbed(text, "a/b+c"), 7);
  CHECK_STR(text, "***** d%2FbX ********* ********* ****** ************* "
                  "*************** ******************* a-b+c");
}

TEST(short_secrets_are_left_alone)
{
  char text[] = "aaa";

  CHECK_INT(scrubbed(text, "a"), 0);
  CHECK_INT(scrubbed(text, ""), 0);
  CHECK_INT(scrubbed(text, "aaaa"), 0);
  CHECK_INT(ig_scrub(NULL, 0, "secret", 6), 0);
  CHECK_STR(text, "aaa");
}

TEST(parameters_are_scrubbed)
{
  char text[] = "h?access_token=IG&x=\"access_token=a\"client_secret=b#c "
                "access_token=d\\u access_token=&xaccess_token=z";

  CHECK_INT(ig_scrub_parameters(text, strlen(text)), 5);
  CHECK_STR(text, "h?access_token=**&x=\"access_token=*\"client_secret=*#c "
                  "access_token=*\\u access_token=&xaccess_token=*");
  CHECK_INT(ig_scrub_parameters(NULL, 0), 0);
}

static enum ig_kind use_all(void)
{
  struct ig_buf buf;
  enum ig_kind kind = IG_OK;

  ig_buf_init(&buf, 20000);
  for (int i = 0; i < 60 && !kind; i++) {
    size_t before = buf.size;

    kind = ig_query_add(&buf, "name", "a value of some length & more");
    if (!kind)
      kind = ig_url_decode(&buf, "%41%42", 6, true);
    if (!kind)
      kind = ig_redact(&buf, "access_token=x&fields=a,b,c");
    CHECK(!kind || buf.size >= before);
  }
  ig_buf_free(&buf);
  return kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
}
