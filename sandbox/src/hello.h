/* The first message of a TLS client, read for the host it names (SNI). Trusts nothing
 * in it. May know: libc, the words for handshakes. */
#ifndef IGS_HELLO_H
#define IGS_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include "handshake.h"

#define IGS_HOST_MAX 256 /* a host name and its zero */

/* The bytes a connection began with, however many have come. False: more are needed.
 * Else `host` is the name, or "" when there is none or the message makes no sense. */
bool igs_hello_read(const unsigned char *bytes, size_t size, char host[IGS_HOST_MAX]);

#endif
