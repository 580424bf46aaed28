/* How a TLS handshake is to go: well, or in one of the ways the rules may order. Those
 * from EXPIRED on are done with a certificate, the others in bytes. May know: libc. */
#ifndef IGS_HANDSHAKE_H
#define IGS_HANDSHAKE_H

enum igs_handshake {
  IGS_SHAKE_FINE,
  IGS_SHAKE_CLOSE,   /* closed after the client's hello */
  IGS_SHAKE_ALERT,   /* refused by a fatal alert */
  IGS_SHAKE_GARBAGE, /* answered by what is no TLS */
  IGS_SHAKE_STALL,   /* not answered */
  IGS_SHAKE_EXPIRED, /* the certificate is long over */
  IGS_SHAKE_WRONG_HOST, /* it is somebody else's */
  IGS_SHAKE_UNTRUSTED,  /* another authority signed it */
  IGS_SHAKE_KINDS
};

/* The word the rules use, "expired"; "" for FINE. */
const char *igs_handshake_name(enum igs_handshake kind);
/* The kind of that word; IGS_SHAKE_KINDS when there is none. */
enum igs_handshake igs_handshake_kind(const char *name);

#endif
