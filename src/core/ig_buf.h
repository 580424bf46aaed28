/* Growable bytes with a mandatory maximum; always zero-terminated once something was
 * added; wiped when freed. May know: ig_alloc. */
#ifndef IG_BUF_H
#define IG_BUF_H

#include <stddef.h>

#include "ig_error.h"

struct ig_buf {
  char *data;   /* NULL while empty; owned */
  size_t size;  /* bytes used, without the terminating zero */
  size_t room;  /* bytes allocated */
  size_t max;   /* more than this is IG_TOO_LARGE */
};

/* Cannot fail, allocates nothing. */
void ig_buf_init(struct ig_buf *buf, size_t max);
/* IG_OK, IG_TOO_LARGE or IG_MEMORY; on failure the buffer is as before. */
enum ig_kind ig_buf_add(struct ig_buf *buf, const void *bytes, size_t size);
/* Makes room for so many more bytes at once. */
enum ig_kind ig_buf_reserve(struct ig_buf *buf, size_t size);
enum ig_kind ig_buf_puts(struct ig_buf *buf, const char *text);
enum ig_kind ig_buf_putc(struct ig_buf *buf, char c);
/* Shortens to `size` bytes and wipes the rest; nothing happens when it is shorter. */
void ig_buf_cut(struct ig_buf *buf, size_t size);
/* Empties, wipes the bytes, keeps the room. */
void ig_buf_clear(struct ig_buf *buf);
/* Wipes and gives the memory back; the buffer may be used again (same max). */
void ig_buf_free(struct ig_buf *buf);
/* The zero-terminated bytes now belong to the caller (ig_free); "" when empty, NULL
 * when memory is out. The buffer is empty after. */
char *ig_buf_take(struct ig_buf *buf);

#endif
