/* What the client of a proxy asks for: CONNECT heads, absolute request targets, and
 * which hosts the sandbox plays. Nothing but text. May know: libc. */
#ifndef IGS_PROXY_H
#define IGS_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "hello.h"

#define IGS_HEAD_MAX 8192 /* bytes of a CONNECT's head */

struct igs_authority {
  char host[IGS_HOST_MAX]; /* as written, without the brackets of an IPv6 address */
  unsigned port;           /* 0: none was written */
};

enum igs_asked { IGS_ASKED_OK, IGS_ASKED_MORE, IGS_ASKED_BAD, IGS_ASKED_LARGE };

/* What refusals say. */
extern const char igs_proxy_hosts[];

/* One of Instagram's hosts (igs_proxy_hosts) at port 443, 80 or none. In any case, with
 * or without the root's dot. */
bool igs_proxy_plays(const struct igs_authority *authority);
/* The host is one of the list, which is parted by commas. */
bool igs_proxy_lists(const char *list, const char *host);
/* The bytes of a head that begins "CONNECT ", however many have come. OK: who is asked
 * for, and how long the head is. */
enum igs_asked igs_proxy_connect(const char *bytes, size_t size, size_t *head,
                                 struct igs_authority *authority);
/* A request target: "/me" is left alone (NULL, authority unchanged); of
 * "http://graph.instagram.com/me" the rest from the path on comes back, and who is
 * asked; BAD in `asked` when it is neither. */
const char *igs_proxy_target(const char *target, struct igs_authority *authority,
                             enum igs_asked *asked);

#endif
