/* Percent-encoding and form queries. */
#include "ig_url.h"

#include <stdint.h>
#include <string.h>

int ig_hex_value(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/* Bit N of word W: is the character 32 * W + N unreserved? "-.", digits; letters, "_";
 * letters, "~"; nothing beyond ASCII. */
static bool is_unreserved(char c)
{
  static const uint32_t set[8] = { 0, 0x03ff6000, 0x87fffffe, 0x47fffffe };
  unsigned char byte = (unsigned char)c;

  return set[byte >> 5] >> (byte & 31) & 1;
}

enum ig_kind ig_url_encode(struct ig_buf *buf, const char *text, size_t size)
{
  static const char digits[] = "0123456789ABCDEF";
  size_t before = buf->size, plain = 0;
  enum ig_kind kind = IG_OK;

  for (size_t i = 0; i < size && !kind; i++) {
    unsigned char byte = (unsigned char)text[i];
    char coded[3];

    if (is_unreserved(text[i]))
      continue;
    coded[0] = '%';
    coded[1] = digits[byte >> 4];
    coded[2] = digits[byte & 15];
    kind = ig_buf_add(buf, text + plain, i - plain);
    if (!kind)
      kind = ig_buf_add(buf, coded, sizeof coded);
    plain = i + 1;
  }
  if (!kind)
    kind = ig_buf_add(buf, text + plain, size - plain);
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_url_decode(struct ig_buf *buf, const char *text, size_t size,
                           bool plus_is_space)
{
  size_t before = buf->size;
  enum ig_kind kind = IG_OK;

  for (size_t i = 0; i < size && !kind; i++) {
    char c = text[i];

    if (c == '%') {
      int high = size - i > 2 ? ig_hex_value(text[i + 1]) : -1;
      int low = size - i > 2 ? ig_hex_value(text[i + 2]) : -1;

      if (high < 0 || low < 0) {
        kind = IG_PARSE;
        break;
      }
      c = (char)(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space)
      c = ' ';
    kind = ig_buf_putc(buf, c);
  }
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_query_add_bytes(struct ig_buf *buf, const char *name, const char *value,
                                size_t size)
{
  size_t before = buf->size;
  char last = before ? buf->data[before - 1] : '?';
  enum ig_kind kind = IG_OK;

  if (last != '?' && last != '&')
    kind = ig_buf_putc(buf, '&');
  if (!kind)
    kind = ig_url_encode(buf, name, strlen(name));
  if (!kind)
    kind = ig_buf_putc(buf, '=');
  if (!kind)
    kind = ig_url_encode(buf, value, size);
  if (kind)
    ig_buf_cut(buf, before);
  return kind;
}

enum ig_kind ig_query_add(struct ig_buf *buf, const char *name, const char *value)
{
  return ig_query_add_bytes(buf, name, value, strlen(value));
}
