/* Growable bytes. May know: libc. */
#include "buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct igs_buf *buf, size_t need)
{
  size_t room = buf->room ? buf->room : 64;
  char *data;

  while (room < need)
    room = room > SIZE_MAX / 2 ? need : room * 2;
  data = realloc(buf->data, room);
  if (!data)
    return false;
  buf->data = data;
  buf->room = room;
  return true;
}

bool igs_buf_add(struct igs_buf *buf, const void *bytes, size_t size)
{
  if (size >= SIZE_MAX - buf->size)
    return false;
  if (buf->size + size + 1 > buf->room && !grow(buf, buf->size + size + 1))
    return false;
  if (size)
    memcpy(buf->data + buf->size, bytes, size);
  buf->size += size;
  buf->data[buf->size] = '\0';
  return true;
}

void igs_buf_print(struct igs_buf *buf, const char *format, ...)
{
  char text[1024];
  va_list list;

  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  buf->size = 0;
  igs_buf_add(buf, text, strlen(text));
}

void igs_buf_free(struct igs_buf *buf)
{
  free(buf->data);
  memset(buf, 0, sizeof *buf);
}
