/* Growable bytes, always zero-terminated once something was added.
 * May know: libc. */
#ifndef IGS_BUF_H
#define IGS_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct igs_buf {
  char *data;  /* NULL while empty; owned, from malloc */
  size_t size; /* without the terminating zero */
  size_t room;
};

/* False when memory is out; the buffer is as before. */
bool igs_buf_add(struct igs_buf *buf, const void *bytes, size_t size);
/* Replaces the content by a text (printf form, cut at 1 KiB). */
void igs_buf_print(struct igs_buf *buf, const char *format, ...);
void igs_buf_free(struct igs_buf *buf);

#endif
