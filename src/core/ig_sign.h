/* Meta's signed_request: is it Meta's, and how old. Algorithm pinned, constant time.
 * May know: ig_crypto, ig_json, ig_secret. Must not know: the time, callbacks. */
#ifndef IG_SIGN_H
#define IG_SIGN_H

#include <stddef.h>

#include "ig_buf.h"
#include "ig_error.h"
#include "ig_secret.h"

enum { IG_SIGNED_MAX = 16 * 1024 };

/* Checks `text` ("signature.payload", base64url) against the app secret, then that the
 * algorithm is HMAC-SHA256 and issued_at not older than `max_age` seconds (0 or less:
 * any age; without issued_at any max_age fails) nor more than 5 minutes in the future,
 * and that an "expires" is not over. Appends the payload's JSON. IG_SIGNATURE with
 * `error` filled says which check failed; IG_MEMORY. On failure the buffer is as
 * before. */
enum ig_kind ig_signed_request_read(const char *text, size_t size,
                                    const struct ig_secret *secret, double now,
                                    double max_age, struct ig_buf *payload,
                                    struct ig_error *error);

#endif
