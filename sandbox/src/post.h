/* The sandbox's own requests: POSTs from a thread of its own, made when the first one
 * is queued. Nothing here waits for a receiver but that thread. May know: libcurl
 * (post.c alone). Must not know: lua.h, the rules. */
#ifndef IGS_POST_H
#define IGS_POST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* What is to be sent; borrowed for the call only. */
struct igs_order {
  int64_t id;
  const char *url;  /* http or https; redirects are not followed, proxies not used */
  const char *type; /* Content-Type */
  const char *body;
  size_t size;
  double timeout;  /* seconds for all of it */
  bool verify;     /* of https: who is it */
};

/* What came of it; borrowed for the call. */
struct igs_outcome {
  int64_t id;
  long status;          /* 0: no answer */
  const char *problem;  /* NULL: answered, whatever the status */
  const char *type;     /* the answer's Content-Type, "" when it has none */
  const char *body;
  size_t size;
};

struct igs_parcel;

struct igs_poster {
  pthread_mutex_t lock;
  pthread_cond_t rested; /* nothing is queued or on its way any more */
  pthread_t thread;
  bool started, closed;
  size_t count; /* queued or on their way */
  struct igs_parcel *first, **last;
  void *multi;               /* CURLM */
  struct igs_parcel *active; /* the thread's own, with their number */
  size_t active_count;
  void (*deliver)(void *owner, const struct igs_outcome *outcome);
  void *owner;
};

/* Starts no thread yet. `deliver` is called by that thread, never under the poster's
 * lock. */
void igs_poster_init(struct igs_poster *poster,
                     void (*deliver)(void *owner, const struct igs_outcome *outcome),
                     void *owner);
/* Queues a copy of the order. NULL, or what is wrong (nothing is queued then). Any
 * thread. */
const char *igs_poster_add(struct igs_poster *poster, const struct igs_order *order);
/* Waits until all is delivered, at most some seconds. Any thread that holds nothing
 * `deliver` needs. */
bool igs_poster_settle(struct igs_poster *poster, double seconds);
/* Cuts what is on its way, joins the thread; nothing is delivered any more. The caller
 * holds nothing `deliver` needs. */
void igs_poster_close(struct igs_poster *poster);

#endif
