/* All cryptography, by libsodium: random, HMAC, digests, base64url, sealing.
 * ig_crypto.c is the only file that includes <sodium.h>. May know: ig_buf. Must not
 * know: curl. */
#ifndef IG_CRYPTO_H
#define IG_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_buf.h"

enum { IG_KEY_SIZE = 32, IG_HMAC_SIZE = 32 };

/* Makes the library ready; to be called once per process before anything else here,
 * more often is harmless, from any thread. False when the system has no randomness. */
bool ig_crypto_start(void);

/* Fills with bytes fit for keys. Cannot fail after ig_crypto_start. */
void ig_random(void *bytes, size_t size);
/* Appends base64url of `bytes` random bytes. IG_OK, IG_TOO_LARGE or IG_MEMORY. */
enum ig_kind ig_random_text(struct ig_buf *buf, size_t bytes);

void ig_hmac_sha256(unsigned char out[IG_HMAC_SIZE], const void *key, size_t key_size,
                    const void *message, size_t size);
/* Constant time for equal sizes; different sizes are different. */
bool ig_equal(const void *a, size_t a_size, const void *b, size_t b_size);

/* One part of what a digest covers. */
struct ig_part {
  const void *data;
  size_t size;
};
/* Appends 22 characters: base64url of a 16-byte BLAKE2b digest over the parts, each
 * with its size, so that ("ab","c") is not ("a","bc"). For marks and file tags, not
 * secret. */
enum ig_kind ig_digest(struct ig_buf *buf, const struct ig_part *parts, size_t count);

/* Appends base64url without padding. IG_OK, IG_TOO_LARGE or IG_MEMORY. */
enum ig_kind ig_base64url_add(struct ig_buf *buf, const void *bytes, size_t size);
/* Appends the decoded bytes. Strict: no padding, no other character, no stray bits;
 * anything else is IG_PARSE. On failure the buffer is as before. */
enum ig_kind ig_base64url_read(struct ig_buf *buf, const char *text, size_t size);

/* Appends "ig1." and base64url of nonce and XChaCha20-Poly1305 of `plain` under `key`;
 * `ad` (may be empty) is bound to it but not kept. IG_OK, IG_TOO_LARGE or IG_MEMORY. */
enum ig_kind ig_seal(struct ig_buf *buf, const unsigned char key[IG_KEY_SIZE],
                     const void *ad, size_t ad_size, const void *plain, size_t size);
/* Appends what was sealed. IG_SEALED for another key, other `ad`, or an altered text;
 * on failure the buffer is as before. The buffer holds a secret now: free it soon. */
enum ig_kind ig_unseal(struct ig_buf *buf, const unsigned char key[IG_KEY_SIZE],
                       const void *ad, size_t ad_size, const char *text, size_t size);

#endif
