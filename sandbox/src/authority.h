/* Certificates: an authority of the sandbox's own and what it signs; as PEM, in a file.
 * May know: GnuTLS. Must not know: connections. */
#ifndef IGS_AUTHORITY_H
#define IGS_AUTHORITY_H

#include <gnutls/x509.h>
#include <stdbool.h>
#include <time.h>

#include "buf.h"

struct igs_certificate {
  gnutls_x509_crt_t crt; /* both NULL: none */
  gnutls_x509_privkey_t key;
};

struct igs_leaf {
  const char *names; /* host names and addresses, parted by commas */
  time_t until;      /* igs_authority_end(), or a date long gone */
};

/* The end of every certificate's life but an expired one's: whatever the real date is
 * (and a client may have been given another), it lies between. */
time_t igs_authority_end(void);
/* A new authority. False, and why in `problem`, which goes for all of these. */
bool igs_authority_make(struct igs_certificate *authority, struct igs_buf *problem);
/* A server's certificate, with a key of its own. */
bool igs_authority_issue(const struct igs_certificate *authority,
                         const struct igs_leaf *leaf, struct igs_certificate *made,
                         struct igs_buf *problem);
void igs_certificate_free(struct igs_certificate *certificate);
/* Adds to the buffer. */
bool igs_certificate_pem(const struct igs_certificate *certificate, struct igs_buf *pem,
                         struct igs_buf *problem);
bool igs_certificate_key_pem(const struct igs_certificate *certificate,
                             struct igs_buf *pem, struct igs_buf *problem);
/* The file with both, for its owner's eyes only; replaced as a whole. */
bool igs_authority_save(const struct igs_certificate *authority, const char *path,
                        struct igs_buf *problem);
/* What was saved there; true with crt NULL when there is no such file. */
bool igs_authority_load(struct igs_certificate *authority, const char *path,
                        struct igs_buf *problem);
/* Replaces the file by the bytes, through a new one with these permissions. */
bool igs_file_replace(const char *path, const struct igs_buf *bytes, unsigned mode,
                      struct igs_buf *problem);

#endif
