/* signed_request: "signature.payload", both base64url; the signature is over the
 * encoded payload. */
#include "ig_sign.h"

#include <string.h>

#include "ig_crypto.h"
#include "ig_json.h"

/* A clock of Meta's may be ahead of ours. */
static const double skew = 300;

/* What is checked in the payload. */
struct claims {
  bool algorithm_good;
  double issued_at; /* 0: not said */
  double expires;   /* 0: never, or not said */
};

static enum ig_kind fail(struct ig_error *error, enum ig_kind kind, const char *why)
{
  if (kind == IG_MEMORY)
    return ig_error_set(error, kind, "memory is out");
  return ig_error_set(error, IG_SIGNATURE, "signed_request: %s", why);
}

/* Nothing of the payload is looked at before its signature is known to be good. */
static enum ig_kind check_signature(const char *text, const char *dot,
                                    const char *payload, size_t payload_size,
                                    const struct ig_secret *secret,
                                    struct ig_error *error)
{
  unsigned char ours[IG_HMAC_SIZE];
  struct ig_buf theirs;
  enum ig_kind kind;
  size_t key_size;
  const char *key = ig_secret_text(secret, &key_size);
  bool good;

  if (!key_size)
    return fail(error, IG_SIGNATURE, "there is no client_secret to check it with");
  ig_buf_init(&theirs, IG_SIGNED_MAX);
  kind = ig_base64url_read(&theirs, text, (size_t)(dot - text));
  ig_hmac_sha256(ours, key, key_size, payload, payload_size);
  good = !kind && ig_equal(theirs.data, theirs.size, ours, sizeof ours);
  ig_buf_free(&theirs);
  if (kind)
    return fail(error, kind, "the signature is not base64url");
  return good ? IG_OK : fail(error, IG_SIGNATURE, "the signature is not good");
}

/* Reads the payload's members; false when it is no JSON object. */
static bool read_claims(struct claims *claims, char *json_text, size_t size)
{
  struct ig_json json;
  enum ig_json_event event;

  memset(claims, 0, sizeof *claims);
  ig_json_init(&json, json_text, size);
  if (ig_json_next(&json) != IG_JSON_OBJECT)
    return false;
  for (event = ig_json_next(&json); event == IG_JSON_KEY; event = ig_json_next(&json)) {
    bool algorithm = ig_json_is(&json, "algorithm");
    bool issued = ig_json_is(&json, "issued_at");
    bool expires = ig_json_is(&json, "expires");

    event = ig_json_flat(&json);
    if (event == IG_JSON_ERROR)
      return false;
    if (algorithm)
      claims->algorithm_good =
          event == IG_JSON_STRING && ig_json_is(&json, "HMAC-SHA256");
    else if (issued && event == IG_JSON_INTEGER)
      claims->issued_at = json.number;
    else if (expires && event == IG_JSON_INTEGER)
      claims->expires = json.number;
  }
  return event == IG_JSON_OBJECT_END && ig_json_next(&json) == IG_JSON_END;
}

static enum ig_kind check_claims(const struct claims *claims, double now,
                                 double max_age, struct ig_error *error)
{
  if (!claims->algorithm_good)
    return fail(error, IG_SIGNATURE, "the algorithm is not HMAC-SHA256");
  if (max_age > 0 && claims->issued_at <= 0)
    return fail(error, IG_SIGNATURE, "it does not say when it was issued");
  if (claims->issued_at > now + skew)
    return fail(error, IG_SIGNATURE, "it was issued in the future; check the clock");
  if (max_age > 0 && claims->issued_at < now - max_age)
    return fail(error, IG_SIGNATURE, "it is too old");
  if (claims->expires > 0 && claims->expires < now)
    return fail(error, IG_SIGNATURE, "it has expired");
  return IG_OK;
}

static enum ig_kind read_payload(const char *payload, size_t size, double now,
                                 double max_age, struct ig_buf *out,
                                 struct ig_error *error)
{
  struct claims claims;
  struct ig_buf copy;
  size_t before = out->size;
  enum ig_kind kind = ig_base64url_read(out, payload, size);

  if (kind)
    return fail(error, kind, "the payload is not base64url");
  ig_buf_init(&copy, IG_SIGNED_MAX);
  if (out->size > before)
    kind = ig_buf_add(&copy, out->data + before, out->size - before);
  if (kind)
    kind = fail(error, kind, "the payload is too long");
  else if (!copy.size || !read_claims(&claims, copy.data, copy.size))
    kind = fail(error, IG_SIGNATURE, "the payload is not a JSON object");
  else
    kind = check_claims(&claims, now, max_age, error);
  ig_buf_free(&copy);
  if (kind)
    ig_buf_cut(out, before);
  return kind;
}

enum ig_kind ig_signed_request_read(const char *text, size_t size,
                                    const struct ig_secret *secret, double now,
                                    double max_age, struct ig_buf *payload,
                                    struct ig_error *error)
{
  const char *end = text + size, *dot;
  enum ig_kind kind;

  if (size > IG_SIGNED_MAX)
    return fail(error, IG_SIGNATURE, "it is longer than 16 KiB");
  dot = size ? memchr(text, '.', size) : NULL;
  if (!dot || memchr(dot + 1, '.', (size_t)(end - dot - 1)))
    return fail(error, IG_SIGNATURE, "it is not two parts joined by a dot");
  kind = check_signature(text, dot, dot + 1, (size_t)(end - dot - 1), secret, error);
  if (kind)
    return kind;
  return read_payload(dot + 1, (size_t)(end - dot - 1), now, max_age, payload, error);
}
