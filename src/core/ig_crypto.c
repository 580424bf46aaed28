/* libsodium behind our names. */
#include "ig_crypto.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "ig_alloc.h"

enum {
  NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
  TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
  DIGEST = 16
};

static const char mark[] = "ig1.";

bool ig_crypto_start(void)
{
  return sodium_init() >= 0;
}

void ig_random(void *bytes, size_t size)
{
  randombytes_buf(bytes, size);
}

enum ig_kind ig_random_text(struct ig_buf *buf, size_t bytes)
{
  enum ig_kind kind;
  void *noise = ig_malloc(bytes);

  if (!noise)
    return IG_MEMORY;
  ig_random(noise, bytes);
  kind = ig_base64url_add(buf, noise, bytes);
  ig_free(noise);
  return kind;
}

void ig_hmac_sha256(unsigned char out[IG_HMAC_SIZE], const void *key, size_t key_size,
                    const void *message, size_t size)
{
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init(&state, key, key_size);
  crypto_auth_hmacsha256_update(&state, message, size);
  crypto_auth_hmacsha256_final(&state, out);
  ig_wipe(&state, sizeof state);
}

bool ig_equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
  return a_size == b_size && (!a_size || sodium_memcmp(a, b, a_size) == 0);
}

enum ig_kind ig_digest(struct ig_buf *buf, const struct ig_part *parts, size_t count)
{
  crypto_generichash_state state;
  unsigned char digest[DIGEST];

  crypto_generichash_init(&state, NULL, 0, sizeof digest);
  for (size_t i = 0; i < count; i++) {
    unsigned char size[8];

    for (size_t k = 0; k < sizeof size; k++)
      size[k] = (unsigned char)((uint64_t)parts[i].size >> (8 * k));
    crypto_generichash_update(&state, size, sizeof size);
    crypto_generichash_update(&state, parts[i].data, parts[i].size);
  }
  crypto_generichash_final(&state, digest, sizeof digest);
  return ig_base64url_add(buf, digest, sizeof digest);
}

enum ig_kind ig_base64url_add(struct ig_buf *buf, const void *bytes, size_t size)
{
  enum ig_kind kind;
  size_t room;
  char *text;

  if (size > SIZE_MAX / 2)
    return IG_TOO_LARGE;
  room = sodium_base64_encoded_len(size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text = ig_malloc(room);
  if (!text)
    return IG_MEMORY;
  sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  kind = ig_buf_add(buf, text, room - 1);
  ig_free(text);
  return kind;
}

enum ig_kind ig_base64url_read(struct ig_buf *buf, const char *text, size_t size)
{
  enum ig_kind kind;
  size_t length = 0;
  unsigned char *bytes = ig_malloc(size / 4 * 3 + 3);

  if (!bytes)
    return IG_MEMORY;
  if (sodium_base642bin(bytes, size / 4 * 3 + 3, text, size, NULL, &length, NULL,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING))
    kind = IG_PARSE;
  else
    kind = ig_buf_add(buf, bytes, length);
  ig_free(bytes);
  return kind;
}

enum ig_kind ig_seal(struct ig_buf *buf, const unsigned char key[IG_KEY_SIZE],
                     const void *ad, size_t ad_size, const void *plain, size_t size)
{
  size_t before = buf->size;
  unsigned char *box;
  enum ig_kind kind;

  if (size > SIZE_MAX / 4)
    return IG_TOO_LARGE;
  box = ig_malloc(NONCE + size + TAG);
  if (!box)
    return IG_MEMORY;
  ig_random(box, NONCE);
  crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, plain, size, ad,
                                             ad_size, NULL, box, key);
  kind = ig_buf_puts(buf, mark);
  if (!kind)
    kind = ig_base64url_add(buf, box, NONCE + size + TAG);
  if (kind)
    ig_buf_cut(buf, before);
  ig_free(box);
  return kind;
}

/* Opens nonce and box; the plain bytes are appended to `buf`. */
static enum ig_kind open_box(struct ig_buf *buf, const unsigned char *key,
                             const void *ad, size_t ad_size, const unsigned char *box,
                             size_t size)
{
  enum ig_kind kind = IG_SEALED;
  unsigned char *plain;

  if (size < NONCE + TAG)
    return IG_SEALED;
  plain = ig_malloc(size);
  if (!plain)
    return IG_MEMORY;
  if (!crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, box + NONCE,
                                                  size - NONCE, ad, ad_size, box, key))
    kind = ig_buf_add(buf, plain, size - NONCE - TAG);
  ig_free(plain);
  return kind;
}

enum ig_kind ig_unseal(struct ig_buf *buf, const unsigned char key[IG_KEY_SIZE],
                       const void *ad, size_t ad_size, const char *text, size_t size)
{
  size_t skip = sizeof mark - 1;
  enum ig_kind kind;
  struct ig_buf box;

  if (size < skip || memcmp(text, mark, skip) != 0)
    return IG_SEALED;
  ig_buf_init(&box, size);
  kind = ig_base64url_read(&box, text + skip, size - skip);
  if (!kind)
    kind = open_box(buf, key, ad, ad_size, (const unsigned char *)box.data, box.size);
  ig_buf_free(&box);
  return kind == IG_PARSE ? IG_SEALED : kind;
}
