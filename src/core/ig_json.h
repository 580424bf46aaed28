/* Strict pull reader for a whole JSON text (RFC 8259). Owns no heap, decodes strings in
 * place in the caller's buffer, asks no locale; so a caller may be left by longjmp at
 * any moment. May know: libc. Must not know: Lua, other rooms of the core. */
#ifndef IG_JSON_H
#define IG_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IG_JSON_DEPTH 64 /* containers inside each other; one more is an error */

enum ig_json_event {
  IG_JSON_ERROR,
  IG_JSON_END, /* the document is over */
  IG_JSON_OBJECT,
  IG_JSON_OBJECT_END,
  IG_JSON_ARRAY,
  IG_JSON_ARRAY_END,
  IG_JSON_KEY,
  IG_JSON_STRING,
  IG_JSON_INTEGER, /* digits only, maybe a minus */
  IG_JSON_NUMBER,  /* with a fraction or an exponent */
  IG_JSON_TRUE,
  IG_JSON_FALSE,
  IG_JSON_NULL
};

struct ig_json {
  /* KEY, STRING: the decoded bytes, in place, not terminated, may hold zeros.
   * INTEGER, NUMBER: the digits as sent. Stays valid as long as the buffer. */
  const char *string;
  size_t size;
  bool escaped;        /* KEY, STRING: was spelled with escapes */
  bool coded;          /* ... of the kind \uXXXX, which can spell any byte */
  bool exact;          /* INTEGER: within +-2^53, in `integer`; else use the digits */
  int64_t integer;
  double number;       /* INTEGER, NUMBER: the nearest double, in any locale */
  const char *problem; /* ERROR: what; static text */
  size_t offset;       /* ERROR: at which byte, from 0 */

  /* private */
  char *text, *at, *end;
  char *blocks_end; /* a whole block may be loaded at any place before */
  uint64_t objects; /* a bit for each open container, innermost lowest: an object? */
  int depth;
  int state;
};

/* Begins to read `size` bytes at `text`, which are changed while they are read and must
 * stay until the reader is not used any more. Cannot fail. */
void ig_json_init(struct ig_json *json, char *text, size_t size);
/* The next event. Strings must be UTF-8 (no overlong forms, no surrogates); a lone
 * surrogate escape becomes U+FFFD; a byte order mark, anything after the document and a
 * number too large for a double are errors. After an error: IG_JSON_ERROR for ever;
 * after the end: IG_JSON_END for ever. */
enum ig_json_event ig_json_next(struct ig_json *json);
/* After KEY, or before an array element: reads over one value, whatever it is. False on
 * an error, and when there is no value: the array (its end is then read) or the
 * document is over. */
bool ig_json_skip(struct ig_json *json);
/* After OBJECT or ARRAY: reads over the rest of that container, its end included. False
 * on an error. */
bool ig_json_leave(struct ig_json *json);
/* The next event; of a container only that it was one: all of it is read over. */
enum ig_json_event ig_json_flat(struct ig_json *json);
/* Whether the name or string just read is this text. */
bool ig_json_is(const struct ig_json *json, const char *text);
/* Overwrites each occurrence of the secret in a decoded string by '*'; returns how
 * many. Made for many long strings in which it hardly ever occurs. */
size_t ig_json_mask(char *string, size_t size, const char *secret, size_t secret_size);

#endif
