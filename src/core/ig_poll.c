/* A set of sockets behind one descriptor: epoll on Linux, nothing elsewhere (the HTTP
 * room then falls back to curl_multi_poll). May know: OS headers. */
#define _GNU_SOURCE
#include "ig_poll.h"

#ifdef __linux__

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

int ig_poll_open(void)
{
  return epoll_create1(EPOLL_CLOEXEC);
}

void ig_poll_close(int set)
{
  if (set >= 0)
    close(set);
}

int ig_poll_watch(int set, int fd, int what, int known)
{
  struct epoll_event wish;
  int verb = !what ? EPOLL_CTL_DEL : known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

  memset(&wish, 0, sizeof wish);
  wish.data.fd = fd;
  if (what & IG_POLL_READ)
    wish.events |= EPOLLIN;
  if (what & IG_POLL_WRITE)
    wish.events |= EPOLLOUT;
  if (epoll_ctl(set, verb, fd, &wish) == 0)
    return 0;
  /* The descriptor number was closed and came back as another socket, or the other way
   * round: say it the way the kernel sees it. */
  if (verb == EPOLL_CTL_MOD && errno == ENOENT)
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &wish);
  if (verb == EPOLL_CTL_ADD && errno == EEXIST)
    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &wish);
  return verb == EPOLL_CTL_DEL ? 0 : -1;
}

int ig_poll_wait(int set, struct ig_poll_event *events, int room, int milliseconds)
{
  struct epoll_event ready[32];
  int count, i;

  if (room > 32)
    room = 32;
  count = epoll_wait(set, ready, room, milliseconds);
  for (i = 0; i < count; i++) {
    events[i].fd = ready[i].data.fd;
    events[i].what = (ready[i].events & EPOLLIN ? IG_POLL_READ : 0) |
                     (ready[i].events & EPOLLOUT ? IG_POLL_WRITE : 0) |
                     (ready[i].events & (EPOLLERR | EPOLLHUP) ? IG_POLL_FAULT : 0);
  }
  return count < 0 ? 0 : count;
}

#else

int ig_poll_open(void)
{
  return -1;
}

void ig_poll_close(int set)
{
  (void)set;
}

int ig_poll_watch(int set, int fd, int what, int known)
{
  (void)set, (void)fd, (void)what, (void)known;
  return -1;
}

int ig_poll_wait(int set, struct ig_poll_event *events, int room, int milliseconds)
{
  (void)set, (void)events, (void)room, (void)milliseconds;
  return 0;
}

#endif
