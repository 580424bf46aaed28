/* A token as a sealed text and back: one version byte, then every member in a fixed
 * order, numbers little-endian, texts with their size. Belongs to ig_token.h. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "ig_alloc.h"
#include "ig_token.h"

enum { VERSION = 1, RECORD_MAX = IG_SECRET_MAX + 16 * 1024 };

/* In front of the caller's `ad`: a token never opens as another thing sealed with the
 * same key (a login ticket), nor the other way round. */
static const char purpose[] = "instagram.token\n";

static enum ig_kind put_bytes(struct ig_buf *record, uint64_t number, int bytes)
{
  unsigned char out[8];

  for (int i = 0; i < bytes; i++)
    out[i] = (unsigned char)(number >> (8 * i));
  return ig_buf_add(record, out, (size_t)bytes);
}

static enum ig_kind put_double(struct ig_buf *record, double number)
{
  uint64_t bits;

  memcpy(&bits, &number, sizeof bits);
  return put_bytes(record, bits, 8);
}

/* NULL and "" are different: the size is one more than the text's, 0 for NULL. */
static enum ig_kind put_text(struct ig_buf *record, const char *text, size_t size)
{
  enum ig_kind kind = put_bytes(record, text ? (uint64_t)size + 1 : 0, 4);

  return kind || !text ? kind : ig_buf_add(record, text, size);
}

static enum ig_kind put_token(struct ig_buf *record, const struct ig_token *token)
{
  const char *permissions = token->permissions;
  enum ig_kind kind = put_bytes(record, VERSION, 1);

  if (!kind)
    kind = put_bytes(record, (uint64_t)token->kind, 1);
  if (!kind)
    kind = put_bytes(record, (uint64_t)(token->extended + 1), 1);
  if (!kind)
    kind = put_double(record, token->obtained_at);
  if (!kind)
    kind = put_double(record, token->expires_at);
  if (!kind)
    kind = put_double(record, token->granted_at);
  if (!kind)
    kind = put_text(record, token->user_id, strlen(token->user_id));
  if (!kind)
    kind = put_text(record, permissions, permissions ? strlen(permissions) : 0);
  if (!kind)
    kind = put_text(record, token->secret.data ? token->secret.data : "",
                    token->secret.size);
  return kind;
}

static enum ig_kind make_ad(struct ig_buf *bound, const char *ad)
{
  enum ig_kind kind;

  ig_buf_init(bound, sizeof purpose + strlen(ad));
  kind = ig_buf_puts(bound, purpose);
  return kind ? kind : ig_buf_puts(bound, ad);
}

enum ig_kind ig_token_seal(const struct ig_token *token,
                           const unsigned char key[IG_KEY_SIZE], const char *ad,
                           struct ig_buf *buf)
{
  struct ig_buf record, bound;
  enum ig_kind kind = make_ad(&bound, ad);

  ig_buf_init(&record, RECORD_MAX);
  if (!kind)
    kind = put_token(&record, token);
  if (!kind)
    kind = ig_seal(buf, key, bound.data, bound.size, record.data, record.size);
  ig_buf_free(&record);
  ig_buf_free(&bound);
  return kind;
}

/* Where the record is being read; `good` turns false at the first thing that is wrong.
 * */
struct reader {
  const unsigned char *at;
  size_t left;
  bool good;
};

static uint64_t get_bytes(struct reader *reader, int bytes)
{
  uint64_t number = 0;

  if (reader->left < (size_t)bytes) {
    reader->good = false;
    return 0;
  }
  for (int i = 0; i < bytes; i++)
    number |= (uint64_t)reader->at[i] << (8 * i);
  reader->at += bytes;
  reader->left -= (size_t)bytes;
  return number;
}

static double get_double(struct reader *reader)
{
  uint64_t bits = get_bytes(reader, 8);
  double number;

  memcpy(&number, &bits, sizeof number);
  if (isfinite(number))
    return number;
  reader->good = false;
  return 0;
}

/* NULL for a text that was NULL, or when the record is bad. */
static const char *get_text(struct reader *reader, size_t *size)
{
  uint64_t coded = get_bytes(reader, 4);
  const char *text = (const char *)reader->at;

  *size = 0;
  if (!coded || coded - 1 > reader->left) {
    reader->good = reader->good && !coded;
    return NULL;
  }
  *size = (size_t)(coded - 1);
  reader->at += *size;
  reader->left -= *size;
  return text;
}

static enum ig_kind get_token(struct ig_token *token, struct reader *reader)
{
  const char *id, *permissions, *secret;
  size_t id_size, permissions_size, secret_size;
  uint64_t version = get_bytes(reader, 1), kind = get_bytes(reader, 1);
  uint64_t extended = get_bytes(reader, 1);

  token->obtained_at = get_double(reader);
  token->expires_at = get_double(reader);
  token->granted_at = get_double(reader);
  id = get_text(reader, &id_size);
  permissions = get_text(reader, &permissions_size);
  secret = get_text(reader, &secret_size);
  if (!reader->good || reader->left || version != VERSION || kind > IG_TOKEN_LONG ||
      extended > 2 || !secret || secret_size > IG_SECRET_MAX)
    return IG_SEALED;
  token->kind = (enum ig_token_kind)kind;
  token->extended = (int)extended - 1;
  if (id_size && !ig_token_set_user_id(token, id, id_size))
    return IG_SEALED;
  if (permissions) {
    token->permissions = ig_strndup(permissions, permissions_size);
    if (!token->permissions)
      return IG_MEMORY;
  }
  return ig_secret_set(&token->secret, secret, secret_size);
}

static enum ig_kind read_record(struct ig_token *into, const struct ig_buf *record)
{
  struct reader reader = { (const unsigned char *)record->data, record->size, true };
  struct ig_token fresh;
  enum ig_kind kind;

  ig_token_init(&fresh);
  kind = get_token(&fresh, &reader);
  if (kind) {
    ig_token_wipe(&fresh);
    return kind;
  }
  ig_token_wipe(into);
  *into = fresh;
  return IG_OK;
}

enum ig_kind ig_token_unseal(struct ig_token *into, const char *text, size_t size,
                             const unsigned char key[IG_KEY_SIZE], const char *ad,
                             struct ig_error *error)
{
  struct ig_buf record, bound;
  enum ig_kind kind = make_ad(&bound, ad);

  ig_buf_init(&record, RECORD_MAX);
  if (!kind)
    kind = ig_unseal(&record, key, bound.data, bound.size, text, size);
  if (!kind)
    kind = read_record(into, &record);
  ig_buf_free(&record);
  ig_buf_free(&bound);
  if (kind == IG_MEMORY)
    return ig_error_set(error, kind, "memory is out");
  if (kind)
    return ig_error_set(error, IG_SEALED,
                        "the text is no token sealed with this key for this app");
  return IG_OK;
}
