/* The server around the rules: an acceptor, libmicrohttpd for plain HTTP and, from the
 * first such client on, for TLS, one Lua state, one timer thread when something sleeps.
 * May know: libmicrohttpd, sockets. Must not know: lua.h. */
#ifndef IGS_SERVER_H
#define IGS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "state.h"

struct igs_server;

struct igs_server_options {
  const char *bind; /* an IPv4 or IPv6 address, or "localhost" */
  unsigned port;    /* 0: any free one */
  bool quiet;       /* errors of the rules are answered, and not printed too */
  double patience;  /* see acceptor.h; 0: the default */
  const char *names;   /* more names for the certificate, parted by commas, or NULL */
  const char *ca_file; /* where the authority's certificate is written, or NULL */
  const char *ca_keep; /* what keeps the authority with its key, or NULL */
  struct igs_state_options state;
};

/* Listens, opens the state, starts the thread (all signals blocked in it). NULL, and
 * why in `problem`. */
struct igs_server *igs_server_start(const struct igs_server_options *options,
                                    struct igs_buf *problem);
/* Ends sleeping answers at once, joins the threads, closes the state, frees. Only in
 * the process that started it. */
void igs_server_stop(struct igs_server *server);
unsigned igs_server_port(const struct igs_server *server);
/* "http://127.0.0.1:8080", as long as the server. */
const char *igs_server_url(const struct igs_server *server);
/* This is the process that started it. */
bool igs_server_is_ours(const struct igs_server *server);
/* See igs_state_control. */
bool igs_server_call(struct igs_server *server, const char *text, size_t size,
                     struct igs_buf *answer);
/* Waits until the sandbox's own requests are done and their outcomes written down, at
 * most some seconds; false when the time was over. */
bool igs_server_settle(struct igs_server *server, double seconds);
/* See igs_tls_ca. */
bool igs_server_ca(struct igs_server *server, struct igs_buf *answer);

#endif
