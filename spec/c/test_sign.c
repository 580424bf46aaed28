/* ig_sign: signed requests, good ones and every way to forge one. */
#include "ig_alloc.h"
#include "ig_crypto.h"
#include "ig_sign.h"
#include "test.h"
#include "torture.h"

static const double issued = 1634206592; /* bd_signed_request_payload */
static const char secret_text[] = "eb8c7a0d1f2e3b4c5a6978685746352f";

static struct ig_buf signed_text = { NULL, 0, 0, 65536 };

/* Signs any payload with any key, as Meta does: over the encoded text. */
static void make_signed(const char *payload, const char *key)
{
  unsigned char mac[IG_HMAC_SIZE];
  struct ig_buf encoded;

  ig_buf_init(&encoded, 65536);
  ig_base64url_add(&encoded, payload, strlen(payload));
  ig_hmac_sha256(mac, key, strlen(key), encoded.data ? encoded.data : "", encoded.size);
  ig_buf_clear(&signed_text);
  ig_base64url_add(&signed_text, mac, sizeof mac);
  ig_buf_putc(&signed_text, '.');
  ig_buf_add(&signed_text, encoded.data, encoded.size);
  ig_buf_free(&encoded);
}

static struct ig_buf out = { NULL, 0, 0, 65536 };

static enum ig_kind check_text(const char *text, size_t size, double now,
                               double max_age, struct ig_error *error)
{
  struct ig_secret secret = { NULL, 0 };
  enum ig_kind kind;

  ig_secret_set(&secret, "eb8c7a0d1f2e3b4c5a6978685746352f\n", 33); /* as in a file */
  ig_error_clear(error);
  kind = ig_signed_request_read(text, size, &secret, now, max_age, &out, error);
  CHECK_INT(error->kind, kind);
  ig_secret_free(&secret);
  return kind;
}

static enum ig_kind check_signed(double now, double max_age, struct ig_error *error)
{
  ig_buf_clear(&out);
  return check_text(signed_text.data, signed_text.size, now, max_age, error);
}

/* Computed by another implementation: echo of the payload, openssl, tr. */
TEST(a_vector_made_elsewhere)
{
  static const char text[] =
    "tI3zBA7wOFevfMPTsr8ecPZiodCY6B_hr2C4Xj-eKiw."
    "eyJ1c2VyX2lkIjoiMCIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2IiwiaXNz"
    "dWVkX2F0IjoxNjM0MjA2NTkyfQ";
  struct ig_error error;

  CHECK_INT(check_text(text, sizeof text - 1, issued + 10, 3600, &error), IG_OK);
  CHECK_STR(out.data, "{\"user_id\":\"0\",\"algorithm\":\"HMAC-SHA256\","
                      "\"issued_at\":1634206592}");
  ig_buf_free(&out);
}

TEST(good_payloads)
{
  static const char nested[] =
    "{\"x\":{\"algorithm\":\"none\"},\"y\":[1],\"algorithm\":\"HMAC-SHA256\","
    "\"issued_at\":1634206592}";
  static const char *const rows[] = {
    "{\"user_id\":\"0\",\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1634206592}",
    "{\"issued_at\":1634206592,\"algorithm\":\"HMAC-SHA256\",\"expires\":1634210192}",
    nested,
    "{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1634206592,\"expires\":0}",
    "{\"algorithm\":\"HMAC-SHA\\u0032\\u0035\\u0036\",\"issued_at\":1634206592}",
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    make_signed(rows[i], secret_text);
    CHECK_INT(check_signed(issued, 3600, &error), IG_OK);
    CHECK_STR(out.data, rows[i]);
  }
  ig_buf_free(&signed_text);
  ig_buf_free(&out);
}

TEST(ages)
{
  struct ig_error error;

  make_signed("{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1634206592}", secret_text);
  CHECK_INT(check_signed(issued + 3600, 3600, &error), IG_OK);
  CHECK_INT(check_signed(issued + 3601, 3600, &error), IG_SIGNATURE);
  CHECK_STR(error.message, "signed_request: it is too old");
  CHECK_INT(check_signed(issued + 1e9, 0, &error), IG_OK);
  CHECK_INT(check_signed(issued + 1e9, -1, &error), IG_OK);
  CHECK_INT(check_signed(issued - 299, 3600, &error), IG_OK);
  CHECK_INT(check_signed(issued - 301, 0, &error), IG_SIGNATURE);
  CHECK(strstr(error.message, "future") != NULL);
  make_signed("{\"algorithm\":\"HMAC-SHA256\"}", secret_text);
  CHECK_INT(check_signed(issued, 0, &error), IG_OK);
  CHECK_INT(check_signed(issued, 3600, &error), IG_SIGNATURE);
  make_signed("{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1634206592,"
              "\"expires\":1634206600}",
              secret_text);
  CHECK_INT(check_signed(issued + 8, 3600, &error), IG_OK);
  CHECK_INT(check_signed(issued + 9, 3600, &error), IG_SIGNATURE);
  CHECK_STR(error.message, "signed_request: it has expired");
  ig_buf_free(&signed_text);
  ig_buf_free(&out);
}

TEST(payloads_that_are_none)
{
  static const char *const rows[] = {
    "", "null", "[]", "{", "{}", "5", "x", "{\"algorithm\":\"hmac-sha256\"}",
    "{\"algorithm\":\"none\"}", "{\"algorithm\":\"HMAC-SHA1\"}", "{\"algorithm\":null}",
    "{\"algorithm\":[\"HMAC-SHA256\"]}", "{\"algorithm\":\"HMAC-SHA256\"}x",
    "{\"algorithm\":\"HMAC-SHA256\\u0000\"}", "{\"algorithm\":\"HMAC-SHA256\"",
    "{\"algorithm\":\"HMAC-SHA256\",\"algorithm\":\"none\"}",
  };

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct ig_error error;

    make_signed(rows[i], secret_text);
    CHECK_THAT(check_signed(issued, 0, &error) == IG_SIGNATURE, "%s", rows[i]);
    CHECK_INT(out.size, 0);
  }
  ig_buf_free(&signed_text);
  ig_buf_free(&out);
}

TEST(texts_that_are_not_metas)
{
  static const char *const rows[] = {
    "", ".", "a", "a.b", "a.b.c", "..", "no dot at all", "=.=", "aGk.aGk"
  };
  struct ig_error error;

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    CHECK_THAT(check_text(rows[i], strlen(rows[i]), issued, 0, &error) == IG_SIGNATURE,
               "%s", rows[i]);
  make_signed("{\"algorithm\":\"HMAC-SHA256\"}", "another secret");
  CHECK_INT(check_signed(issued, 0, &error), IG_SIGNATURE);
  CHECK_STR(error.message, "signed_request: the signature is not good");
  make_signed("{\"algorithm\":\"HMAC-SHA256\"}", secret_text);
  for (size_t i = 0; i < signed_text.size; i++) {
    signed_text.data[i] ^= 1;
    CHECK_INT(check_signed(issued, 0, &error), IG_SIGNATURE);
    signed_text.data[i] ^= 1;
  }
  for (size_t size = 0; size < signed_text.size; size++)
    CHECK_INT(check_text(signed_text.data, size, issued, 0, &error), IG_SIGNATURE);
  ig_buf_putc(&signed_text, '=');
  CHECK_INT(check_signed(issued, 0, &error), IG_SIGNATURE);
  CHECK_INT(out.size, 0);
  ig_buf_free(&signed_text);
  ig_buf_free(&out);
}

TEST(sizes_and_missing_secrets)
{
  struct ig_secret none = { NULL, 0 };
  char *big = ig_calloc(1, IG_SIGNED_MAX + 1);
  struct ig_error error;

  memset(big, 'a', IG_SIGNED_MAX + 1);
  big[43] = '.';
  CHECK_INT(check_text(big, IG_SIGNED_MAX + 1, issued, 0, &error), IG_SIGNATURE);
  CHECK(strstr(error.message, "longer") != NULL);
  CHECK_INT(check_text(big, IG_SIGNED_MAX, issued, 0, &error), IG_SIGNATURE);
  ig_free(big);
  /* An empty key would accept what anybody signs. */
  make_signed("{\"algorithm\":\"HMAC-SHA256\"}", "");
  CHECK_INT(ig_signed_request_read(signed_text.data, signed_text.size, &none, issued, 0,
                                   &out, &error),
            IG_SIGNATURE);
  CHECK(strstr(error.message, "client_secret") != NULL);
  ig_buf_free(&signed_text);
}

static enum ig_kind use_all(void)
{
  struct ig_secret secret = { NULL, 0 };
  struct ig_error error;
  struct ig_buf payload;
  enum ig_kind kind = ig_secret_set(&secret, secret_text, sizeof secret_text - 1);

  ig_buf_init(&payload, 4096);
  if (!kind)
    kind = ig_signed_request_read(signed_text.data, signed_text.size, &secret, issued,
                                  0, &payload, &error);
  ig_buf_free(&payload);
  ig_secret_free(&secret);
  return kind;
}

TEST(memory_runs_out)
{
  make_signed("{\"algorithm\":\"HMAC-SHA256\"}", secret_text);
  torture(use_all);
  ig_buf_free(&signed_text);
}
