/* Answers that libmicrohttpd would not send: a head that trickles, a Content-Length
 * that is not the body's. Written straight to the socket or the TLS session; the
 * connection sleeps in between and is closed after. May know: libmicrohttpd, GnuTLS. */
#ifndef IGS_RAW_H
#define IGS_RAW_H

#include "flow.h"
#include "request.h"
#include "timer.h"

/* The fault needs such an answer. */
bool igs_fault_in_head(const struct igs_fault *fault);
/* The answer to request->reply, with this body, which it takes also when NULL (no
 * memory) comes back. Belongs to the request, which outlives it. */
struct igs_raw *igs_raw_new(struct igs_request *request, struct igs_timer *timer,
                            const struct igs_source *source);
void igs_raw_free(struct igs_raw *raw);
/* Sends on, as far as it goes: for libmicrohttpd's callback, which is to return this.
 * YES: it sleeps, and wants to be called again. NO: all is sent, or nobody is there. */
enum MHD_Result igs_raw_send(struct igs_raw *raw);

#endif
