/* A secret in memory of our own, wiped when freed, and the places it may come from: a
 * file, the environment, a descriptor. No stdio: its buffers would keep a copy. May
 * know: ig_alloc, ig_crypto, files. Must not know: curl, what the secret is for. */
#ifndef IG_SECRET_H
#define IG_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_buf.h"
#include "ig_crypto.h"
#include "ig_error.h"

enum { IG_SECRET_MAX = 64 * 1024 };

struct ig_secret {
  char *data;  /* NULL while empty; owned; a zero follows the last byte */
  size_t size; /* without that zero */
};

/* Makes `secret` a copy of the bytes; what it held before is wiped. The bytes may lie
 * in what it held. IG_MEMORY or IG_TOO_LARGE leave it as it was. Size 0 empties it. */
enum ig_kind ig_secret_set(struct ig_secret *secret, const void *bytes, size_t size);
enum ig_kind ig_secret_copy(struct ig_secret *into, const struct ig_secret *from);
/* Wipes, frees, empties. Harmless when empty. */
void ig_secret_free(struct ig_secret *secret);
/* The same, for who calls ig_wipe_traces soon after. */
void ig_secret_drop(struct ig_secret *secret);

/* Read a secret, all bytes of it. IG_IO (cannot be read, or holds nothing),
 * IG_TOO_LARGE (over IG_SECRET_MAX) or IG_MEMORY with `error` filled (it names path,
 * variable or descriptor, never a byte of the content); `into` is as before then. */
enum ig_kind ig_secret_file(struct ig_secret *into, const char *path,
                            struct ig_error *error);
/* Reads to the end; the descriptor stays open, and the caller's. */
enum ig_kind ig_secret_fd(struct ig_secret *into, int fd, struct ig_error *error);
/* The environment's own copy is not ours to wipe: it stays in the process's memory (and
 * in /proc/PID/environ). A file or a descriptor keeps the promise of wiping; this
 * cannot. */
enum ig_kind ig_secret_env(struct ig_secret *into, const char *name,
                           struct ig_error *error);
/* Writes the bytes to a new file of mode 0600 that appears whole or not at all. IG_IO
 * with `error` filled, also when anything is there: a key that is overwritten takes
 * along all that was sealed with it. */
enum ig_kind ig_secret_save(const struct ig_secret *secret, const char *path,
                            struct ig_error *error);

/* The secret without the line ends an editor or echo put after it: borrowed, valid
 * until the secret changes; NULL is never returned (an empty secret is ""). */
const char *ig_secret_text(const struct ig_secret *secret, size_t *size);
/* Reads a 32-byte key: 32 raw bytes, or (line ends stripped) 64 hex digits or 43
 * characters of base64url. False, and `key` wiped, for anything else. */
bool ig_secret_key(const struct ig_secret *secret, unsigned char key[IG_KEY_SIZE]);

#endif
