/* The JSON reader's strings that cannot stay as they are: escapes are decoded in place,
 * UTF-8 is proved. May know: libc. */
#include "ig_json_parts.h"

#include <string.h>

#include "ig_find.h"
#include "ig_json_block.h"

/* Moves fewer than 16 bytes down; the two ranges may overlap. */
static inline void move_few(char *to, const char *from, size_t size)
{
  uint64_t first8, last8;
  uint32_t first4, last4;

  if (size >= 8) {
    memcpy(&first8, from, 8);
    memcpy(&last8, from + size - 8, 8);
    memcpy(to, &first8, 8);
    memcpy(to + size - 8, &last8, 8);
  } else if (size >= 4) {
    memcpy(&first4, from, 4);
    memcpy(&last4, from + size - 4, 4);
    memcpy(to, &first4, 4);
    memcpy(to + size - 4, &last4, 4);
  } else
    for (; size; size--)
      *to++ = *from++;
}

/* The ends of what was read and of what was written; `to` is never behind `from`. */
struct cursor {
  char *from, *to;
  const char *end;
};

/* Moves a run of plain bytes. A whole block may be written only when all of it is
 * plain: what follows in it is not read yet. */
static inline void move_plain(struct cursor *cursor, const struct ig_json *json)
{
  char *from = cursor->from, *to = cursor->to;

  for (; from < json->blocks_end; from += BLOCK, to += BLOCK) {
    block bytes = block_load(from);
    uint64_t found = block_find(bytes);
    if (found) {
      size_t plain = block_plain(bytes, found);
      move_few(to, from, plain);
      cursor->from = from + plain;
      cursor->to = to + plain;
      return;
    }
    block_store(to, bytes);
  }
  while (from < cursor->end && byte_is_plain(*from))
    *to++ = *from++;
  cursor->from = from;
  cursor->to = to;
}

/* ---- non-ASCII ---- */

/* How many bytes the UTF-8 sequence at `from` has; 0 if it is none. */
static int utf8_length(const char *from, const char *end)
{
  const unsigned char *u = (const unsigned char *)from;
  unsigned low = 0x80, high = 0xBF; /* of the second byte */
  int length;

  if (u[0] >= 0xC2 && u[0] <= 0xDF)
    length = 2;
  else if (u[0] >= 0xE0 && u[0] <= 0xEF) {
    length = 3;
    if (u[0] == 0xE0)
      low = 0xA0; /* below: overlong */
    else if (u[0] == 0xED)
      high = 0x9F; /* above: surrogates */
  } else if (u[0] >= 0xF0 && u[0] <= 0xF4) {
    length = 4;
    if (u[0] == 0xF0)
      low = 0x90; /* below: overlong */
    else if (u[0] == 0xF4)
      high = 0x8F; /* above: beyond U+10FFFF */
  } else
    return 0;
  if (end - from < length || u[1] < low || u[1] > high)
    return 0;
  for (int i = 2; i < length; i++)
    if ((u[i] & 0xC0) != 0x80)
      return 0;
  return length;
}

/* Moves a run of non-ASCII. False where it is no UTF-8; `from` stays there. */
static bool move_utf8(struct cursor *cursor)
{
  do {
    int length = utf8_length(cursor->from, cursor->end);
    if (!length)
      return false;
    while (length--)
      *cursor->to++ = *cursor->from++;
  } while (cursor->from < cursor->end && (unsigned char)*cursor->from >= 0x80);
  return true;
}

/* ---- escapes ---- */

enum { REPLACEMENT = 0xFFFD };

/* What stands for a byte behind a backslash; 0: no short escape. */
static const char short_escapes[256] = {
  ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'
};

/* The value of a hex digit plus HEX, which is one bit; 0: no hex digit. */
#define HEX 16u
static const unsigned char hex_values[256] = {
  ['0'] = 16, ['1'] = 17, ['2'] = 18, ['3'] = 19, ['4'] = 20, ['5'] = 21,
  ['6'] = 22, ['7'] = 23, ['8'] = 24, ['9'] = 25, ['a'] = 26, ['b'] = 27,
  ['c'] = 28, ['d'] = 29, ['e'] = 30, ['f'] = 31, ['A'] = 26, ['B'] = 27,
  ['C'] = 28, ['D'] = 29, ['E'] = 30, ['F'] = 31
};

/* The code unit of a whole \uXXXX at `from`, or -1. */
static inline int read_unit(const char *from, const char *end)
{
  const unsigned char *u = (const unsigned char *)from;
  unsigned a, b, c, d;

  if (end - from < 6 || u[0] != '\\' || u[1] != 'u')
    return -1;
  a = hex_values[u[2]];
  b = hex_values[u[3]];
  c = hex_values[u[4]];
  d = hex_values[u[5]];
  if (!(a & b & c & d & HEX))
    return -1;
  return (int)((a << 12) + (b << 8) + (c << 4) + d - HEX * 0x1111u);
}

static inline char *put_utf8(char *to, unsigned code)
{
  if (code < 0x80)
    *to++ = (char)code;
  else if (code < 0x800) {
    *to++ = (char)(0xC0 | code >> 6);
    *to++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *to++ = (char)(0xE0 | code >> 12);
    *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  } else {
    *to++ = (char)(0xF0 | code >> 18);
    *to++ = (char)(0x80 | (code >> 12 & 0x3F));
    *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    *to++ = (char)(0x80 | (code & 0x3F));
  }
  return to;
}

/* A run of \uXXXX, as other scripts than Latin are sent. False where it is none. */
static bool decode_units(struct cursor *cursor)
{
  char *from = cursor->from, *to = cursor->to;
  int unit = read_unit(from, cursor->end), next;

  if (unit < 0)
    return false;
  while (unit >= 0) {
    unsigned code = (unsigned)unit;
    from += 6;
    next = read_unit(from, cursor->end);
    if (code >= 0xD800 && code <= 0xDFFF) {
      if (code <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
        code = 0x10000u + ((code - 0xD800u) << 10) + (unsigned)next - 0xDC00u;
        from += 6;
        next = read_unit(from, cursor->end);
      } else
        code = REPLACEMENT;
    }
    to = put_utf8(to, code);
    unit = next;
  }
  cursor->from = from;
  cursor->to = to;
  return true;
}

/* ---- strings ---- */

static bool string_fails(struct ig_json *json, const char *at)
{
  const char *problem = "not UTF-8";

  if (at == json->end || (*at == '\\' && at + 1 == json->end))
    problem = "the text ends inside a string";
  else if (*at == '\\')
    problem = "not an escape";
  else if ((unsigned char)*at < ' ')
    problem = "a control character in a string";
  ig_json_fail(json, at, problem);
  return false;
}

/* After an escape: is the next special byte one of the next two? So it is in
 * "https:\/\/" and "\/p\/"; to look costs less than a block. */
static inline bool follows_soon(struct cursor *cursor)
{
  const char *from = cursor->from;

  if (cursor->end - from < 2)
    return false;
  if (!byte_is_plain(from[0]))
    return true;
  if (byte_is_plain(from[1]))
    return false;
  *cursor->to++ = *cursor->from++;
  return true;
}

bool ig_json_decode_string(struct ig_json *json, char *special)
{
  struct cursor cursor = { special, special, json->end };
  bool escaped = false, coded = false;

  while (cursor.from < cursor.end) {
    if (*cursor.from == '"') {
      json->size = (size_t)(cursor.to - json->string);
      json->escaped = escaped;
      json->coded = coded;
      json->at = cursor.from + 1;
      return true;
    }
    if (*cursor.from == '\\' && cursor.end - cursor.from >= 2) {
      char c = short_escapes[(unsigned char)cursor.from[1]];
      escaped = true;
      if (c) {
        *cursor.to++ = c;
        cursor.from += 2;
        if (follows_soon(&cursor))
          continue;
      } else if (decode_units(&cursor))
        coded = true;
      else
        break;
    } else if (!move_utf8(&cursor))
      break;
    move_plain(&cursor, json);
  }
  return string_fails(json, cursor.from);
}

/* ---- secrets ---- */

size_t ig_json_mask(char *string, size_t size, const char *secret, size_t secret_size)
{
  const char *end = string + size, *found;
  char *at = string;
  size_t count = 0;

  if (secret_size == 0)
    return 0;
  for (;;) {
    found = ig_find(at, (size_t)(end - at), secret, secret_size);
    if (!found)
      return count;
    at = string + (found - string);
    memset(at, '*', secret_size);
    at += secret_size;
    count++;
  }
}
