/* Which part of a file a request gets: conditions and ranges (RFC 9110, 13 and 14).
 * Pure: no I/O, no allocation. May know: libc. */
#ifndef IGS_FILES_H
#define IGS_FILES_H

#include <stdbool.h>
#include <stdint.h>

struct igs_conditions { /* header values, NULL: not sent, not given */
  bool get;             /* the method is GET: ranges apply */
  const char *range, *if_range, *if_none_match, *if_modified_since; /* asked */
  const char *etag, *last_modified;                                 /* given */
};

struct igs_slice {
  unsigned status; /* 200, 206, 304, 416 */
  uint64_t offset, length;
};

/* Decides; several ranges, and malformed ones, get the whole file (200). */
void igs_slice_pick(const struct igs_conditions *conditions, uint64_t size,
                    struct igs_slice *slice);

#endif
