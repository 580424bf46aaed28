/* The TLS side of a server: its authority, its certificates good and bad, and which
 * connection gets which. All made when first wanted. May know: GnuTLS. */
#ifndef IGS_TLS_H
#define IGS_TLS_H

#include <stdbool.h>

#include "buf.h"
#include "handshake.h"

struct igs_tls;

struct igs_tls_options {
  const char *names; /* the certificate's, besides Instagram's and loopback's; commas */
  const char *keep;  /* file that keeps the authority; NULL: a new one each time */
};

/* Makes no key yet, but reads the kept one. NULL, and why in `problem`. */
struct igs_tls *igs_tls_new(const struct igs_tls_options *options,
                            struct igs_buf *problem);
void igs_tls_free(struct igs_tls *tls);
/* Puts the authority's certificate, PEM, into the buffer; false: the reason. Any
 * thread may ask. */
bool igs_tls_ca(struct igs_tls *tls, struct igs_buf *answer);
/* The certificate's names, parted by commas, as long as `tls`. */
const char *igs_tls_names(const struct igs_tls *tls);
/* The good server certificate and its key, both PEM, as long as `tls`. */
bool igs_tls_server(struct igs_tls *tls, const char **certificate, const char **key,
                    struct igs_buf *problem);
/* The connection that will come over this descriptor is to get the certificate of that
 * kind. False: it could not be made. */
bool igs_tls_expect(struct igs_tls *tls, int fd, enum igs_handshake kind,
                    struct igs_buf *problem);
/* It does not come. */
void igs_tls_forget(struct igs_tls *tls, int fd);
/* It came; `session` is GnuTLS's, before its handshake. */
void igs_tls_greet(struct igs_tls *tls, int fd, void *session);

#endif
