/* ig_token: sealed and back; what was not sealed so, or is wrong inside. */
#include "ig_alloc.h"
#include "ig_crypto.h"
#include "ig_token.h"
#include "test.h"
#include "token.h"

static const unsigned char key[IG_KEY_SIZE] = "0123456789abcdef0123456789abcde";

TEST(a_sealed_token_comes_back_whole)
{
  struct ig_token token, back;
  struct ig_error error;
  struct ig_buf text;

  ig_buf_init(&text, 65536);
  make_long(&token, now + 0.25);
  token.extended = 0;
  ig_token_init(&back);
  ig_secret_set(&back.secret, "old", 3);
  CHECK_INT(ig_token_seal(&token, key, "990602627938098", &text), IG_OK);
  CHECK(strstr(text.data, "mock_long") == NULL);
  CHECK_INT(ig_token_unseal(&back, text.data, text.size, key, "990602627938098",
                            &error),
            IG_OK);
  check_token(&back, "mock_long_lived_token", "17841405793187218", "a,b");
  CHECK_INT(back.kind, IG_TOKEN_LONG);
  CHECK_INT(back.extended, 0);
  CHECK(back.obtained_at == token.obtained_at && back.expires_at == token.expires_at);
  CHECK(back.granted_at == token.granted_at);
  ig_buf_clear(&text);
  ig_token_wipe(&token);
  ig_token_wipe(&back);
  /* an empty one too: unknown permissions stay unknown */
  CHECK_INT(ig_token_seal(&token, key, "", &text), IG_OK);
  CHECK_INT(ig_token_unseal(&back, text.data, text.size, key, "", &error), IG_OK);
  check_token(&back, NULL, "", NULL);
  CHECK_INT(back.extended, -1);
  CHECK_INT(back.kind, IG_TOKEN_UNKNOWN);
  ig_token_wipe(&back);
  ig_buf_free(&text);
}

TEST(a_sealed_text_that_does_not_fit)
{
  static const unsigned char other[IG_KEY_SIZE] = "1123456789abcdef0123456789abcde";
  struct ig_token token, back;
  struct ig_error error;
  struct ig_buf text;

  ig_buf_init(&text, 65536);
  make_long(&token, now);
  make_long(&back, now - 1);
  CHECK_INT(ig_token_seal(&token, key, "app", &text), IG_OK);
  CHECK_INT(ig_token_unseal(&back, text.data, text.size, other, "app", &error),
            IG_SEALED);
  CHECK_INT(ig_token_unseal(&back, text.data, text.size, key, "other", &error),
            IG_SEALED);
  for (size_t size = 0; size < text.size; size++)
    CHECK_INT(ig_token_unseal(&back, text.data, size, key, "app", &error), IG_SEALED);
  for (size_t i = 0; i < text.size; i += 7) {
    text.data[i] ^= 2;
    CHECK_INT(ig_token_unseal(&back, text.data, text.size, key, "app", &error),
              IG_SEALED);
    text.data[i] ^= 2;
  }
  /* sealed with this key, but not by ig_token_seal */
  ig_buf_clear(&text);
  ig_seal(&text, key, "app", 3, "ticket", 6);
  CHECK_INT(ig_token_unseal(&back, text.data, text.size, key, "app", &error),
            IG_SEALED);
  CHECK(back.obtained_at == now - 1);
  ig_token_wipe(&token);
  ig_token_wipe(&back);
  ig_buf_free(&text);
}

/* Records that were sealed rightly and are wrong inside: another version, cut, too
 * long, sizes that lie. Each byte of a good record takes every value of a few. */
TEST(records_that_lie)
{
  static const char ad[] = "instagram.token\n";
  static const unsigned char values[] = { 0, 1, 3, 0x7f, 0x80, 0xff };
  struct ig_token token, back;
  struct ig_error error;
  struct ig_buf text, record;

  ig_buf_init(&text, 65536);
  ig_buf_init(&record, 65536);
  make_long(&token, now);
  ig_token_init(&back);
  CHECK_INT(ig_token_seal(&token, key, "", &text), IG_OK);
  CHECK_INT(ig_unseal(&record, key, ad, sizeof ad - 1, text.data, text.size), IG_OK);
  for (size_t i = 0; i <= record.size; i++)
    for (size_t k = 0; k < sizeof values; k++) {
      char was = i < record.size ? record.data[i] : 0;
      size_t size = i < record.size ? record.size : (size_t)k * record.size / 6;
      enum ig_kind kind;

      if (i < record.size)
        record.data[i] = (char)values[k];
      ig_buf_clear(&text);
      ig_seal(&text, key, ad, sizeof ad - 1, record.data, size);
      kind = ig_token_unseal(&back, text.data, text.size, key, "", &error);
      CHECK(kind == IG_OK || kind == IG_SEALED);
      if (i == record.size || (i == 0 && values[k] != 1))
        CHECK_INT(kind, IG_SEALED);
      if (i < record.size)
        record.data[i] = was;
    }
  ig_token_wipe(&token);
  ig_token_wipe(&back);
  ig_buf_free(&text);
  ig_buf_free(&record);
}
