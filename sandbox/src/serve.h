/* What answers requests: libmicrohttpd with one thread for plain connections and one
 * for TLS, both without a listening socket, and the rules behind them. May know:
 * libmicrohttpd. */
#ifndef IGS_SERVE_H
#define IGS_SERVE_H

#include <microhttpd.h>
#include <stdbool.h>

#include "state.h"
#include "timer.h"
#include "tls.h"

/* Outlives the daemons. */
struct igs_serve {
  struct igs_state *state;
  struct igs_timer timer;
  struct igs_tls *tls;
  unsigned port; /* the one a client connects to */
  bool quiet;
};

/* NULL, and errno. */
struct MHD_Daemon *igs_serve_plain(struct igs_serve *serve);
/* Makes keys and certificates. NULL, and why in `problem`. */
struct MHD_Daemon *igs_serve_secure(struct igs_serve *serve, struct igs_buf *problem);

#endif
