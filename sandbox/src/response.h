/* A reply becomes libmicrohttpd's response: files, ranges, gzip, headers, faulty
 * bodies. May know: libmicrohttpd, zlib. Must not know: Lua. */
#ifndef IGS_RESPONSE_H
#define IGS_RESPONSE_H

#include <microhttpd.h>

#include "flow.h"
#include "request.h"
#include "timer.h"

/* What the answer consists of: the file's slice, or the body, which is taken; headers
 * and status change accordingly (206, 304, 416). False, and why in `problem`. */
bool igs_response_source(struct igs_request *request, struct igs_source *source,
                         struct igs_buf *problem);
/* The response to request->reply, whose body it takes; reply.status may change (206,
 * 304, 416). NULL, and why in `problem`: nothing was taken that igs_request_free would
 * miss. */
struct MHD_Response *igs_response_new(struct igs_request *request,
                                      struct igs_timer *timer, struct igs_buf *problem);

#endif
