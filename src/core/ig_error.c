/* Kinds and the struct that says what happened. */
#include "ig_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct kind_row {
  const char *name;
  const char *advice;
};

static const struct kind_row kinds[IG_KIND_COUNT] = {
  [IG_OK] = { "", "" },
#define KIND_ROW(kind, name, advice) [kind] = { name, advice },
  IG_KINDS(KIND_ROW)
#undef KIND_ROW
};

const char *ig_kind_name(enum ig_kind kind)
{
  return (unsigned)kind < IG_KIND_COUNT ? kinds[kind].name : "";
}

const char *ig_kind_advice(enum ig_kind kind)
{
  return (unsigned)kind < IG_KIND_COUNT ? kinds[kind].advice : "";
}

const char *ig_error_advice(const struct ig_error *error)
{
  return error->advice ? error->advice : ig_kind_advice(error->kind);
}

enum ig_kind ig_kind_by_name(const char *name)
{
  for (int i = 1; name && i < IG_KIND_COUNT; i++)
    if (strcmp(kinds[i].name, name) == 0)
      return (enum ig_kind)i;
  return IG_OK;
}

/* How long the UTF-8 sequence at `text` is: 0 when it is none. */
static size_t utf8_length(const unsigned char *text, size_t size)
{
  size_t length = text[0] < 0x80                      ? 1
                  : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                  : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                  : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                      : 0;

  if (!length || length > size)
    return 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
      (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
    return 0;
  return length;
}

/* Breaks a line or speaks to a terminal: C0, DEL, C1, line and paragraph separator. */
static bool is_control(const unsigned char *text, size_t length)
{
  if (length == 1)
    return text[0] < 0x20 || text[0] == 0x7f;
  if (length == 2)
    return text[0] == 0xc2 && text[1] < 0xa0;
  return length == 3 && text[0] == 0xe2 && text[1] == 0x80 &&
         (text[2] == 0xa8 || text[2] == 0xa9);
}

void ig_error_copy(char *into, size_t room, const char *text, size_t size)
{
  const unsigned char *from = (const unsigned char *)text;
  size_t used = 0;

  if (!room)
    return;
  while (size) {
    size_t length = utf8_length(from, size);
    size_t step = length ? length : 1;
    const char *put = !length ? "?" : is_control(from, length) ? " " : NULL;
    size_t add = put ? 1 : step;

    if (used + add >= room)
      break;
    memcpy(into + used, put ? put : (const char *)from, add);
    used += add;
    from += step;
    size -= step;
  }
  into[used] = 0;
}

void ig_error_clear(struct ig_error *error)
{
  memset(error, 0, sizeof *error);
  error->retry_after = -1;
}

enum ig_kind ig_error_set(struct ig_error *error, enum ig_kind kind, const char *format,
                          ...)
{
  /* Apart, so that an argument may be the old message; a character longer than a
   * message can be, so that the cut is ig_error_copy's. */
  char text[sizeof error->message + 4];
  va_list arguments;

  va_start(arguments, format);
  if (vsnprintf(text, sizeof text, format, arguments) < 0)
    text[0] = 0;
  va_end(arguments);
  ig_error_clear(error);
  error->kind = kind;
  error->retryable = kind == IG_TRANSPORT || kind == IG_TIMEOUT ||
                     kind == IG_RATE_LIMIT || kind == IG_TRANSIENT;
  ig_error_copy(error->message, sizeof error->message, text, strlen(text));
  return kind;
}
