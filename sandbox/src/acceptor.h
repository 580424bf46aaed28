/* The thread in front: owns the listening socket, looks at the first bytes of each
 * connection without taking them, answers CONNECT, and hands the rest on as plain HTTP
 * or TLS. May know: sockets. Must not know: libmicrohttpd, GnuTLS, Lua. */
#ifndef IGS_ACCEPTOR_H
#define IGS_ACCEPTOR_H

#include <stdbool.h>
#include <sys/socket.h>

#include "buf.h"
#include "handshake.h"

struct igs_acceptor;

struct igs_acceptor_options {
  int fd;          /* listening, non-blocking; the acceptor's from a good start on */
  double patience; /* seconds a client may take until it is clear what it speaks */
  bool quiet;      /* refusals are not printed on stderr */
  void *cls;       /* handed to all below, which are called in the acceptor's thread */
  /* These take the descriptor, come what may. */
  void (*plain)(void *cls, int fd, const struct sockaddr *peer, socklen_t size);
  void (*secure)(void *cls, int fd, const struct sockaddr *peer, socklen_t size,
                 enum igs_handshake kind);
  /* How the handshake of a client that names this host ("": none) is to go. */
  enum igs_handshake (*handshake)(void *cls, const char *host);
};

/* Starts the thread, all signals blocked in it. NULL, and why in `problem`. */
struct igs_acceptor *igs_acceptor_start(const struct igs_acceptor_options *options,
                                        struct igs_buf *problem);
/* Stops listening, drops who has not been handed on, joins the thread. */
void igs_acceptor_stop(struct igs_acceptor *acceptor);

#endif
