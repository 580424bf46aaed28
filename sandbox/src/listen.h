/* The listening socket. May know: sockets. */
#ifndef IGS_LISTEN_H
#define IGS_LISTEN_H

#include <stdbool.h>

#include "buf.h"

/* A non-blocking, close-on-exec socket listening on address and port (0: any; the port
 * it got comes back). -1, and why in `problem`. */
int igs_listen(const char *address, unsigned *port, struct igs_buf *problem);
/* What can be listened on: no IP address at all, one that this machine alone reaches,
 * one that others may. */
enum igs_reach { IGS_REACH_NONE, IGS_REACH_LOOPBACK, IGS_REACH_BEYOND };
enum igs_reach igs_listen_reach(const char *address);
/* "http://127.0.0.1:8080", "http://[::1]:8080"; a wildcard address becomes loopback. */
void igs_listen_url(const char *address, unsigned port, struct igs_buf *url);
/* Adds the names a client may reach the address by, each with a comma after it: of a
 * wildcard those of all interfaces. */
void igs_listen_names(const char *address, struct igs_buf *names);
/* The address of this end of a connection is the one in the text. */
bool igs_listen_is(int fd, const char *text);

#endif
