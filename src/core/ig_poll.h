/* A set of sockets behind one descriptor, where the platform has such a thing (Linux:
 * epoll). May know: OS headers. Must not know: curl, Lua. */
#ifndef IG_POLL_H
#define IG_POLL_H

enum { IG_POLL_READ = 1, IG_POLL_WRITE = 2, IG_POLL_FAULT = 4 };

struct ig_poll_event {
  int fd;
  int what; /* IG_POLL_* */
};

/* The one descriptor; -1 where there is none (then the caller polls by other means). */
int ig_poll_open(void);
void ig_poll_close(int set);
/* what is a union of READ and WRITE; 0 takes the socket out. `known`: it may be in the
 * set already. Returns 0, or -1 when the system refuses. */
int ig_poll_watch(int set, int fd, int what, int known);
/* Waits at most milliseconds (0: not at all); returns how many events were filled. A
 * signal ends the wait early with 0. */
int ig_poll_wait(int set, struct ig_poll_event *events, int room, int milliseconds);

#endif
