/* Connections that sleep: delayed answers, slow and stalled bodies. One thread, made
 * when the first one sleeps, resumes them. May know: libmicrohttpd. Must not know: Lua.
 * */
#ifndef IGS_TIMER_H
#define IGS_TIMER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "now.h"

enum igs_wake { IGS_WAKE_NONE, IGS_WAKE_TIME, IGS_WAKE_GONE, IGS_WAKE_STOP };

/* Part of what sleeps; the owner must outlive the sleep (a suspended connection does
 * not end, so whatever lives as long as the request will do). */
struct igs_sleeper {
  struct igs_sleeper *next;
  struct MHD_Connection *connection;
  double until;       /* monotonic seconds */
  int fd;             /* socket watched for the client's leaving, -1: not watched */
  enum igs_wake wake; /* why the last sleep ended; read it once resumed */
};

struct igs_timer {
  pthread_mutex_t lock;
  pthread_t thread;
  bool started, closed;
  int pipe[2];
  struct igs_sleeper *first;
  struct pollfd *polls; /* the thread's own */
  struct igs_sleeper **watched;
  size_t room;
};

/* Starts no thread yet. False when there is no descriptor left. */
bool igs_timer_init(struct igs_timer *timer);
/* To be called in libmicrohttpd's callbacks: suspends the connection for some seconds
 * (HUGE_VAL: until the client leaves; only then its leaving is noticed). False, and
 * nothing suspended, when the timer is closed or there is no thread to be had. */
bool igs_timer_sleep(struct igs_timer *timer, struct igs_sleeper *sleeper,
                     struct MHD_Connection *connection, double seconds);
/* Resumes all at once, joins the thread; later sleeps are refused. Before
 * MHD_stop_daemon. */
void igs_timer_close(struct igs_timer *timer);
/* After MHD_stop_daemon. */
void igs_timer_free(struct igs_timer *timer);
/* The socket below a connection; -1 when libmicrohttpd does not say. */
int igs_connection_fd(struct MHD_Connection *connection);

#endif
