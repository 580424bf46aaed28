/* ig_crypto: published vectors, strict base64url, seals that do not open. */
#include <stdlib.h>

#include "ig_alloc.h"
#include "ig_crypto.h"
#include "test.h"
#include "torture.h"

static const unsigned char key[IG_KEY_SIZE] = "0123456789abcdef0123456789abcde";

TEST(starts_more_than_once)
{
  CHECK(ig_crypto_start());
  CHECK(ig_crypto_start());
}

/* RFC 4231, test cases 1, 2 and 6 */
TEST(hmac_sha256_is_the_standard_one)
{
  static const unsigned char want1[] = {
    0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf, 0x0b,
    0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37, 0x6c,
    0x2e, 0x32, 0xcf, 0xf7,
  };
  static const unsigned char want2[] = {
    0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95,
    0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9,
    0x64, 0xec, 0x38, 0x43,
  };
  static const unsigned char want6[] = {
    0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb, 0xf5,
    0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f,
    0x0e, 0xe3, 0x7f, 0x54,
  };
  unsigned char out[IG_HMAC_SIZE], long_key[131];

  memset(long_key, 0x0b, 20);
  ig_hmac_sha256(out, long_key, 20, "Hi There", 8);
  CHECK(memcmp(out, want1, sizeof out) == 0);
  ig_hmac_sha256(out, "Jefe", 4, "what do ya want for nothing?", 28);
  CHECK(memcmp(out, want2, sizeof out) == 0);
  memset(long_key, 0xaa, sizeof long_key);
  ig_hmac_sha256(out, long_key, sizeof long_key,
                 "Test Using Larger Than Block-Size Key - Hash Key First", 54);
  CHECK(memcmp(out, want6, sizeof out) == 0);
}

TEST(equal_compares_size_and_bytes)
{
  CHECK(ig_equal("abc", 3, "abc", 3));
  CHECK(!ig_equal("abc", 3, "abd", 3));
  CHECK(!ig_equal("abc", 3, "abcd", 4));
  CHECK(ig_equal(NULL, 0, "", 0));
  CHECK(!ig_equal(NULL, 0, "a", 1));
}

static struct ig_buf out = { NULL, 0, 0, 4096 };

TEST(base64url_both_ways)
{
  /* RFC 4648 10, in the other alphabet and without padding */
  static const char *const pairs[][2] = {
    { "", "" },           { "f", "Zg" },           { "fo", "Zm8" },
    { "foo", "Zm9v" },    { "foob", "Zm9vYg" },    { "fooba", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "-__-" },
  };

  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    const char *plain = pairs[i][0], *text = pairs[i][1];

    ig_buf_clear(&out);
    CHECK_INT(ig_base64url_add(&out, plain, strlen(plain)), IG_OK);
    CHECK_STR(out.data ? out.data : "", text);
    ig_buf_clear(&out);
    CHECK_INT(ig_base64url_read(&out, text, strlen(text)), IG_OK);
    CHECK_STR(out.data ? out.data : "", plain);
  }
  ig_buf_free(&out);
}

TEST(base64url_is_strict)
{
  static const char *const bad[] = { "Z", "Zg==", "Zg=", "Zh", "Zm9", "Zm+v", "Zm/v",
                                     " Zg", "Zg ", "Zg\n", "Z g", "Zm9vY", "\xc3\xa9" };

  ig_buf_puts(&out, "kept");
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK_THAT(ig_base64url_read(&out, bad[i], strlen(bad[i])) == IG_PARSE, "\"%s\"",
               bad[i]);
    CHECK_STR(out.data, "kept");
  }
  CHECK_INT(ig_base64url_read(&out, "Zg\0Zg", 5), IG_PARSE);
  ig_buf_free(&out);
}

TEST(random_texts_differ)
{
  char first[44];

  CHECK_INT(ig_random_text(&out, 32), IG_OK);
  CHECK_INT(out.size, 43);
  memcpy(first, out.data, 44);
  ig_buf_clear(&out);
  CHECK_INT(ig_random_text(&out, 32), IG_OK);
  CHECK(strcmp(first, out.data) != 0);
  ig_buf_clear(&out);
  CHECK_INT(ig_random_text(&out, 0), IG_OK);
  CHECK_INT(out.size, 0);
  ig_buf_free(&out);
}

static const char *digest(const char *a, const char *b)
{
  static char text[3][23];
  static int at;
  struct ig_part parts[2];

  at = (at + 1) % 3;
  parts[0].data = a;
  parts[0].size = strlen(a);
  parts[1].data = b;
  parts[1].size = strlen(b);
  ig_buf_clear(&out);
  CHECK_INT(ig_digest(&out, parts, 2), IG_OK);
  CHECK_INT(out.size, 22);
  memcpy(text[at], out.data, 23);
  return text[at];
}

TEST(digests_know_their_parts)
{
  CHECK_STR(digest("ab", "c"), digest("ab", "c"));
  CHECK(strcmp(digest("ab", "c"), digest("a", "bc")) != 0);
  CHECK(strcmp(digest("ab", ""), digest("", "ab")) != 0);
  /* BLAKE2b-16 over 02.. "ab" 01.. "c", by another implementation */
  CHECK_STR(digest("ab", "c"), "SCbtBDqzzexXbYVB-l1agA");
  ig_buf_free(&out);
}

static enum ig_kind opened(const char *text, size_t size, const char *ad)
{
  return ig_unseal(&out, key, ad, strlen(ad), text, size);
}

TEST(what_was_sealed_opens)
{
  struct ig_buf sealed;

  ig_buf_init(&sealed, 4096);
  ig_buf_puts(&sealed, "before ");
  CHECK_INT(ig_seal(&sealed, key, "app", 3, "secret\0text", 11), IG_OK);
  CHECK(memcmp(sealed.data, "before ig1.", 11) == 0);
  CHECK_INT(opened(sealed.data + 7, sealed.size - 7, "app"), IG_OK);
  CHECK_MEM(out.data, out.size, "secret\0text", 11);
  ig_buf_clear(&sealed);
  ig_buf_clear(&out);
  CHECK_INT(ig_seal(&sealed, key, NULL, 0, NULL, 0), IG_OK);
  CHECK_INT(opened(sealed.data, sealed.size, ""), IG_OK);
  CHECK_INT(out.size, 0);
  ig_buf_free(&sealed);
  ig_buf_free(&out);
}

TEST(nothing_else_opens)
{
  static const unsigned char other[IG_KEY_SIZE] = "0123456789abcdef0123456789abcdf";
  struct ig_buf sealed;

  ig_buf_init(&sealed, 4096);
  ig_buf_puts(&out, "kept");
  CHECK_INT(ig_seal(&sealed, key, "app", 3, "secret", 6), IG_OK);
  CHECK_INT(opened(sealed.data, sealed.size, "app2"), IG_SEALED);
  CHECK_INT(opened(sealed.data, sealed.size, ""), IG_SEALED);
  CHECK_INT(ig_unseal(&out, other, "app", 3, sealed.data, sealed.size), IG_SEALED);
  for (size_t size = 0; size < sealed.size; size++)
    CHECK_INT(opened(sealed.data, size, "app"), IG_SEALED);
  for (size_t i = 0; i < sealed.size; i++) {
    sealed.data[i] ^= 1;
    CHECK_INT(opened(sealed.data, sealed.size, "app"), IG_SEALED);
    sealed.data[i] ^= 1;
  }
  ig_buf_putc(&sealed, 'A');
  CHECK_INT(opened(sealed.data, sealed.size, "app"), IG_SEALED);
  CHECK_STR(out.data, "kept");
  ig_buf_free(&sealed);
  ig_buf_free(&out);
}

TEST(seals_never_repeat)
{
  struct ig_buf a, b;

  ig_buf_init(&a, 4096);
  ig_buf_init(&b, 4096);
  ig_seal(&a, key, NULL, 0, "x", 1);
  ig_seal(&b, key, NULL, 0, "x", 1);
  CHECK(strcmp(a.data, b.data) != 0);
  ig_buf_free(&a);
  ig_buf_free(&b);
}

static enum ig_kind use_all(void)
{
  struct ig_part part = { "x", 1 };
  struct ig_buf sealed, plain;
  enum ig_kind kind;

  ig_buf_init(&sealed, 4096);
  ig_buf_init(&plain, 4096);
  kind = ig_seal(&sealed, key, NULL, 0, "secret", 6);
  if (!kind)
    kind = ig_unseal(&plain, key, NULL, 0, sealed.data, sealed.size);
  if (!kind)
    kind = ig_random_text(&plain, 300);
  if (!kind)
    kind = ig_digest(&plain, &part, 1);
  ig_buf_free(&sealed);
  ig_buf_free(&plain);
  return kind;
}

TEST(memory_runs_out)
{
  torture(use_all);
}
