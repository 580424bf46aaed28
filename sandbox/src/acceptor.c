/* One epoll loop over the listening socket and the clients that have not yet said what
 * they speak. Their bytes are peeked at, edge by edge, and stay in the socket for whom
 * it is handed to. */
#define _GNU_SOURCE /* accept4, EPOLLRDHUP */
#include "acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "now.h"
#include "proxy.h"

#define EVENTS 64
#define LINGER 2.0     /* seconds a refused client has to read why */
#define BREATHER 0.05  /* seconds without accepting when descriptors have run out */
#define PEEK (20 << 10) /* more than a TLS record; a longer hello is not read */
#define DRAINS 16      /* reads after a refusal; one who sends more is cut off */
#define NEVER 1e300

enum phase {
  OPENING, /* nothing is known */
  TUNNEL,  /* CONNECT was answered */
  LEAVING, /* refused: waits for the client to go */
  STALLED  /* by order of the rules; as long as the client likes */
};

struct visitor {
  struct visitor *next, *previous;
  int fd;
  bool watched; /* by epoll */
  enum phase phase;
  double deadline;
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  } peer;
  socklen_t peer_size;
  char host[IGS_HOST_MAX]; /* the tunnel's */
};

struct igs_acceptor {
  struct igs_acceptor_options options;
  pthread_t thread;
  int epoll, wake[2];
  bool stopping;
  double resume;    /* when to listen again */
  double attention; /* no deadline is earlier */
  struct visitor visitors; /* a ring */
  unsigned char peeked[PEEK];
};

/* --- visitors ------------------------------------------------------------------------
 */

static void unlink_visitor(struct igs_acceptor *acceptor, struct visitor *visitor)
{
  /* by hand: a forked child's copy of the socket would keep it in the epoll set */
  if (visitor->watched)
    epoll_ctl(acceptor->epoll, EPOLL_CTL_DEL, visitor->fd, NULL);
  visitor->next->previous = visitor->previous;
  visitor->previous->next = visitor->next;
}

static void drop(struct igs_acceptor *acceptor, struct visitor *visitor)
{
  unlink_visitor(acceptor, visitor);
  shutdown(visitor->fd, SHUT_RDWR); /* whoever has a copy */
  close(visitor->fd);
  free(visitor);
}

static void wait_until(struct igs_acceptor *acceptor, struct visitor *visitor,
                       enum phase phase, double seconds)
{
  visitor->phase = phase;
  visitor->deadline = seconds >= NEVER ? NEVER : igs_now() + seconds;
  if (visitor->deadline < acceptor->attention)
    acceptor->attention = visitor->deadline;
}

/* Says the last word, and lets the client read it: closed at once, with bytes of the
 * client unread, the connection would be reset. */
static void leave(struct igs_acceptor *acceptor, struct visitor *visitor,
                  const void *bytes, size_t size)
{
  if (size)
    send(visitor->fd, bytes, size, MSG_NOSIGNAL); /* fits into an empty socket */
  shutdown(visitor->fd, SHUT_WR);
  wait_until(acceptor, visitor, LEAVING, LINGER);
}

static void hand_on(struct igs_acceptor *acceptor, struct visitor *visitor, bool secure,
                    enum igs_handshake kind)
{
  const struct igs_acceptor_options *options = &acceptor->options;

  unlink_visitor(acceptor, visitor);
  if (secure)
    options->secure(options->cls, visitor->fd, &visitor->peer.any, visitor->peer_size,
                    kind);
  else
    options->plain(options->cls, visitor->fd, &visitor->peer.any, visitor->peer_size);
  free(visitor);
}

/* --- what they speak: true while more bytes are needed, false when the visitor is gone
 */

/* Reads off what a refused client still sends. */
static bool drain(struct igs_acceptor *acceptor, struct visitor *visitor)
{
  ssize_t got = 1;
  int times;

  for (times = 0; times < DRAINS && got > 0; times++)
    got = recv(visitor->fd, acceptor->peeked, PEEK, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  drop(acceptor, visitor);
  return false;
}

static bool refuse(struct igs_acceptor *acceptor, struct visitor *visitor,
                   const char *status, const char *text)
{
  struct igs_buf answer = { NULL, 0, 0 };

  igs_buf_print(&answer,
                "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                status, strlen(text), text);
  if (!acceptor->options.quiet)
    fprintf(stderr, "instagram sandbox: CONNECT refused: %s", text);
  leave(acceptor, visitor, answer.data, answer.size);
  igs_buf_free(&answer);
  return drain(acceptor, visitor);
}

static bool refuse_host(struct igs_acceptor *acceptor, struct visitor *visitor,
                        const struct igs_authority *asked)
{
  struct igs_buf text = { NULL, 0, 0 };
  bool more;

  igs_buf_print(&text, "the sandbox is a proxy for %s alone, not for %s:%u\n",
                igs_proxy_hosts, asked->host, asked->port);
  more = refuse(acceptor, visitor, "403 Forbidden", text.data ? text.data : "\n");
  igs_buf_free(&text);
  return more;
}

static bool look(struct igs_acceptor *acceptor, struct visitor *visitor);

static bool open_tunnel(struct igs_acceptor *acceptor, struct visitor *visitor,
                        const char *host)
{
  static const char yes[] = "HTTP/1.1 200 Connection established\r\n\r\n";

  memcpy(visitor->host, host, strlen(host) + 1);
  if (send(visitor->fd, yes, sizeof yes - 1, MSG_NOSIGNAL) != sizeof yes - 1) {
    drop(acceptor, visitor);
    return false;
  }
  wait_until(acceptor, visitor, TUNNEL, acceptor->options.patience);
  return look(acceptor, visitor); /* the client may not have waited for the answer */
}

static bool look_at_connect(struct igs_acceptor *acceptor, struct visitor *visitor,
                            size_t size)
{
  struct igs_authority asked;
  size_t head;

  switch (igs_proxy_connect((const char *)acceptor->peeked, size, &head, &asked)) {
  case IGS_ASKED_MORE:
    return true;
  case IGS_ASKED_LARGE:
    return refuse(acceptor, visitor, "431 Request Header Fields Too Large",
                  "the head of a CONNECT may have 8 KiB\n");
  case IGS_ASKED_BAD:
    return refuse(acceptor, visitor, "400 Bad Request",
                  "this is not CONNECT host:port HTTP/1.1\n");
  case IGS_ASKED_OK:
    break;
  }
  if (!igs_proxy_plays(&asked))
    return refuse_host(acceptor, visitor, &asked);
  /* exactly the head: what follows is the tunnel's */
  if (recv(visitor->fd, acceptor->peeked, head, 0) != (ssize_t)head) {
    drop(acceptor, visitor);
    return false;
  }
  return open_tunnel(acceptor, visitor, asked.host);
}

static bool look_at_hello(struct igs_acceptor *acceptor, struct visitor *visitor,
                          size_t size)
{
  static const unsigned char alert[] = { 21, 3, 3, 0, 2, 2, 40 }; /* fatal, failure */
  static const char garbage[] = "\0\377 this is no TLS at all \377\r\n\r\n";
  char host[IGS_HOST_MAX];
  enum igs_handshake kind;

  if (!igs_hello_read(acceptor->peeked, size, host) && size < PEEK)
    return true;
  kind = acceptor->options.handshake(acceptor->options.cls,
                                     *host ? host : visitor->host);
  switch (kind) {
  case IGS_SHAKE_STALL:
    wait_until(acceptor, visitor, STALLED, NEVER);
    return true;
  case IGS_SHAKE_CLOSE:
    leave(acceptor, visitor, NULL, 0);
    return drain(acceptor, visitor);
  case IGS_SHAKE_ALERT:
    leave(acceptor, visitor, alert, sizeof alert);
    return drain(acceptor, visitor);
  case IGS_SHAKE_GARBAGE:
    leave(acceptor, visitor, garbage, sizeof garbage - 1);
    return drain(acceptor, visitor);
  default:
    hand_on(acceptor, visitor, true, kind);
    return false;
  }
}

static bool look_at_bytes(struct igs_acceptor *acceptor, struct visitor *visitor,
                          size_t size)
{
  static const char word[] = "CONNECT ";
  size_t known = size < sizeof word - 1 ? size : sizeof word - 1;

  if (acceptor->peeked[0] == 0x16)
    return look_at_hello(acceptor, visitor, size);
  if (visitor->phase == OPENING && memcmp(acceptor->peeked, word, known) == 0)
    return known < sizeof word - 1 || look_at_connect(acceptor, visitor, size);
  hand_on(acceptor, visitor, false, IGS_SHAKE_FINE);
  return false;
}

static bool look(struct igs_acceptor *acceptor, struct visitor *visitor)
{
  ssize_t got;

  if (visitor->phase == LEAVING)
    return drain(acceptor, visitor);
  if (visitor->phase == STALLED)
    return true;
  got = recv(visitor->fd, acceptor->peeked, PEEK, MSG_PEEK);
  if (got > 0)
    return look_at_bytes(acceptor, visitor, (size_t)got);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  drop(acceptor, visitor);
  return false;
}

/* --- coming and going ----------------------------------------------------------------
 */

static void welcome(struct igs_acceptor *acceptor, struct visitor *visitor)
{
  struct epoll_event event = { 0 };

  visitor->next = &acceptor->visitors;
  visitor->previous = acceptor->visitors.previous;
  visitor->previous->next = visitor->next->previous = visitor;
  wait_until(acceptor, visitor, OPENING, acceptor->options.patience);
  if (!look(acceptor, visitor))
    return; /* most have sent something by now */
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.ptr = visitor;
  if (epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, visitor->fd, &event) == 0)
    visitor->watched = true;
  else
    drop(acceptor, visitor);
}

static void listen_again(struct igs_acceptor *acceptor, bool yes)
{
  struct epoll_event event = { 0 };

  event.events = EPOLLIN;
  event.data.ptr = acceptor;
  if (epoll_ctl(acceptor->epoll, yes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
                acceptor->options.fd, &event))
    yes = false; /* then later */
  acceptor->resume = yes ? NEVER : igs_now() + BREATHER;
}

/* False when there is nobody (left) to accept. */
static bool accept_one(struct igs_acceptor *acceptor)
{
  struct visitor *visitor = calloc(1, sizeof *visitor);

  if (visitor) {
    visitor->peer_size = sizeof visitor->peer;
    visitor->fd = accept4(acceptor->options.fd, &visitor->peer.any,
                          &visitor->peer_size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (visitor->fd >= 0) {
      welcome(acceptor, visitor);
      return true;
    }
    free(visitor);
    if (errno == EAGAIN)
      return false;
    if (errno == EINTR || errno == ECONNABORTED)
      return true;
  }
  /* No descriptor, no memory: they wait in the kernel's queue, and we do not spin. */
  listen_again(acceptor, false);
  return false;
}

static void accept_some(struct igs_acceptor *acceptor)
{
  int count = 0;

  while (count++ < EVENTS && accept_one(acceptor))
    ;
}

static void on_visitor(struct igs_acceptor *acceptor, struct visitor *visitor,
                       unsigned events)
{
  if (look(acceptor, visitor) && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
    drop(acceptor, visitor); /* gone, and what it needed to say is not all here */
}

/* Drops who is late and finds the next deadline, when that is due. */
static void look_at_clock(struct igs_acceptor *acceptor)
{
  struct visitor *visitor = acceptor->visitors.next, *next;
  double now = igs_now();

  if (now >= acceptor->resume)
    listen_again(acceptor, true);
  if (now < acceptor->attention)
    return;
  acceptor->attention = NEVER;
  for (; visitor != &acceptor->visitors; visitor = next) {
    next = visitor->next;
    if (visitor->deadline <= now)
      drop(acceptor, visitor);
    else if (visitor->deadline < acceptor->attention)
      acceptor->attention = visitor->deadline;
  }
}

static int patience(const struct igs_acceptor *acceptor)
{
  double until = acceptor->attention < acceptor->resume ? acceptor->attention
                                                        : acceptor->resume;
  double left;

  if (until >= NEVER)
    return -1;
  left = until - igs_now();
  return left < 0 ? 0 : left > 3600 ? 3600 * 1000 : (int)(left * 1000) + 1;
}

static void *acceptor_main(void *argument)
{
  struct igs_acceptor *acceptor = argument;
  struct epoll_event events[EVENTS];

  while (!acceptor->stopping) {
    int i, count = epoll_wait(acceptor->epoll, events, EVENTS, patience(acceptor));

    for (i = 0; i < count; i++) {
      if (events[i].data.ptr == &acceptor->wake)
        acceptor->stopping = true;
      else if (events[i].data.ptr == acceptor)
        accept_some(acceptor);
      else
        on_visitor(acceptor, events[i].data.ptr, events[i].events);
    }
    look_at_clock(acceptor);
  }
  while (acceptor->visitors.next != &acceptor->visitors)
    drop(acceptor, acceptor->visitors.next);
  return NULL;
}

/* --- life ----------------------------------------------------------------------------
 */

static bool start_thread(struct igs_acceptor *acceptor)
{
  sigset_t all, before;
  int error;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  error = pthread_create(&acceptor->thread, NULL, acceptor_main, acceptor);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return error == 0;
}

static void release(struct igs_acceptor *acceptor)
{
  int i;

  if (acceptor->epoll >= 0)
    close(acceptor->epoll);
  for (i = 0; i < 2; i++)
    if (acceptor->wake[i] >= 0)
      close(acceptor->wake[i]);
  free(acceptor);
}

struct igs_acceptor *igs_acceptor_start(const struct igs_acceptor_options *options,
                                        struct igs_buf *problem)
{
  struct igs_acceptor *acceptor = calloc(1, sizeof *acceptor);
  struct epoll_event event = { 0 };

  if (!acceptor) {
    igs_buf_print(problem, "no memory");
    return NULL;
  }
  acceptor->options = *options;
  acceptor->attention = NEVER;
  acceptor->visitors.next = acceptor->visitors.previous = &acceptor->visitors;
  acceptor->wake[0] = acceptor->wake[1] = -1;
  acceptor->epoll = epoll_create1(EPOLL_CLOEXEC);
  event.events = EPOLLIN;
  event.data.ptr = &acceptor->wake;
  if (acceptor->epoll < 0 || pipe2(acceptor->wake, O_CLOEXEC | O_NONBLOCK)
      || epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, acceptor->wake[0], &event))
    goto fail;
  listen_again(acceptor, true);
  if (start_thread(acceptor))
    return acceptor;
fail:
  igs_buf_print(problem, "the acceptor did not start: %s", strerror(errno));
  release(acceptor);
  return NULL;
}

void igs_acceptor_stop(struct igs_acceptor *acceptor)
{
  ssize_t ignored;

  if (!acceptor)
    return;
  ignored = write(acceptor->wake[1], "", 1);
  (void)ignored;
  pthread_join(acceptor->thread, NULL);
  shutdown(acceptor->options.fd, SHUT_RDWR); /* also for copies in forked children */
  close(acceptor->options.fd);
  release(acceptor);
}
