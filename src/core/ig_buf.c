/* Growable bytes with a maximum, zero-terminated, wiped. */
#include "ig_buf.h"

#include <stdint.h>
#include <string.h>

#include "ig_alloc.h"

enum { FIRST_ROOM = 256 };

void ig_buf_init(struct ig_buf *buf, size_t max)
{
  buf->data = NULL;
  buf->size = 0;
  buf->room = 0;
  buf->max = max;
}

/* Room for `size` more bytes and the zero. */
static enum ig_kind reserve(struct ig_buf *buf, size_t size)
{
  size_t need, room;
  char *data;

  if (size > buf->max || buf->size > buf->max - size)
    return IG_TOO_LARGE;
  need = buf->size + size;
  if (need == SIZE_MAX)
    return IG_TOO_LARGE;
  need++;
  if (need <= buf->room)
    return IG_OK;
  room = buf->room ? buf->room : FIRST_ROOM;
  while (room < need)
    room = room > SIZE_MAX / 2 ? need : room * 2;
  data = ig_realloc(buf->data, room);
  if (!data)
    return IG_MEMORY;
  buf->data = data;
  buf->room = room;
  return IG_OK;
}

enum ig_kind ig_buf_reserve(struct ig_buf *buf, size_t size)
{
  return reserve(buf, size);
}

enum ig_kind ig_buf_add(struct ig_buf *buf, const void *bytes, size_t size)
{
  enum ig_kind kind;

  if (!size)
    return IG_OK;
  kind = reserve(buf, size);
  if (kind)
    return kind;
  memcpy(buf->data + buf->size, bytes, size);
  buf->size += size;
  buf->data[buf->size] = 0;
  return IG_OK;
}

enum ig_kind ig_buf_puts(struct ig_buf *buf, const char *text)
{
  return ig_buf_add(buf, text, strlen(text));
}

enum ig_kind ig_buf_putc(struct ig_buf *buf, char c)
{
  return ig_buf_add(buf, &c, 1);
}

void ig_buf_cut(struct ig_buf *buf, size_t size)
{
  if (size >= buf->size)
    return;
  ig_wipe(buf->data + size, buf->size - size);
  buf->size = size;
}

void ig_buf_clear(struct ig_buf *buf)
{
  ig_buf_cut(buf, 0);
}

void ig_buf_free(struct ig_buf *buf)
{
  ig_free(buf->data);
  ig_buf_init(buf, buf->max);
}

char *ig_buf_take(struct ig_buf *buf)
{
  char *data = buf->data ? buf->data : ig_calloc(1, 1);

  ig_buf_init(buf, buf->max);
  return data;
}
