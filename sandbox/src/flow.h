/* Bodies with bad days: cut off, stalled, slow. libmicrohttpd pulls them, the timer
 * lets them rest in between. May know: libmicrohttpd. Must not know: Lua. */
#ifndef IGS_FLOW_H
#define IGS_FLOW_H

#include <microhttpd.h>
#include <stdint.h>

#include "reply.h"
#include "timer.h"

/* Where the bytes come from. */
struct igs_source {
  char *bytes; /* from malloc; NULL: a file */
  int fd;
  uint64_t offset; /* in the file */
  uint64_t size;   /* what the answer declares */
};

/* Copies up to so many bytes from a place on; 0 or less where there are none. */
ssize_t igs_source_read(const struct igs_source *source, uint64_t position, char *out,
                        size_t size);
void igs_source_free(const struct igs_source *source);
/* The fault concerns the body. */
bool igs_fault_in_body(const struct igs_fault *fault);
/* The fault has to come before the answer is whole: by RST, or as silence. */
bool igs_fault_must_come(const struct igs_fault *fault);
/* A response that sends the source in the way of the fault. It owns the source from
 * here on, also when NULL (no memory) comes back. */
struct MHD_Response *igs_flow_response(struct igs_timer *timer,
                                       struct MHD_Connection *connection,
                                       const struct igs_source *source,
                                       const struct igs_fault *fault);
/* The connection is gone by RST at once; libmicrohttpd finds it closed. */
void igs_connection_reset(struct MHD_Connection *connection);

#endif
