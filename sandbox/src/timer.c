/* The one thread that wakes sleeping connections. Only it takes sleepers off the list,
 * so what it watches while unlocked stays alive. May know: libmicrohttpd, POSIX. */
#define _GNU_SOURCE /* pipe2, POLLRDHUP */
#include "timer.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef POLLRDHUP
#define POLLRDHUP 0 /* elsewhere a client's leaving shows later, as POLLHUP */
#endif

double igs_now(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int igs_connection_fd(struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info =
    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

  return info ? info->connect_fd : -1;
}

bool igs_timer_init(struct igs_timer *timer)
{
  memset(timer, 0, sizeof *timer);
  if (pipe2(timer->pipe, O_CLOEXEC | O_NONBLOCK))
    return false;
  pthread_mutex_init(&timer->lock, NULL);
  return true;
}

static void nudge(struct igs_timer *timer)
{
  ssize_t ignored = write(timer->pipe[1], "", 1); /* full: it is awake anyway */

  (void)ignored;
}

static void wake(struct igs_sleeper **link, enum igs_wake why)
{
  struct igs_sleeper *sleeper = *link;

  *link = sleeper->next;
  sleeper->next = NULL;
  sleeper->wake = why; /* before the resume: the server's thread reads it after */
  MHD_resume_connection(sleeper->connection);
}

/* Wakes who is due; the seconds until the next one is. */
static double wake_due(struct igs_timer *timer)
{
  struct igs_sleeper **link = &timer->first;
  double now = igs_now(), next = HUGE_VAL;

  while (*link) {
    if (timer->closed) {
      wake(link, IGS_WAKE_STOP);
    } else if ((*link)->until <= now) {
      wake(link, IGS_WAKE_TIME);
    } else {
      if ((*link)->until - now < next)
        next = (*link)->until - now;
      link = &(*link)->next;
    }
  }
  return next;
}

static void wake_gone(struct igs_timer *timer, const struct igs_sleeper *gone)
{
  struct igs_sleeper **link = &timer->first;

  while (*link && *link != gone)
    link = &(*link)->next;
  if (*link)
    wake(link, IGS_WAKE_GONE);
}

static bool make_room(struct igs_timer *timer, size_t need)
{
  struct pollfd *polls;
  struct igs_sleeper **watched;

  if (need <= timer->room)
    return true;
  need = need * 2 + 16;
  polls = realloc(timer->polls, need * sizeof *polls);
  if (!polls)
    return false;
  timer->polls = polls;
  watched = realloc(timer->watched, need * sizeof *watched);
  if (!watched)
    return false;
  timer->watched = watched;
  timer->room = need;
  return true;
}

static size_t watch(struct igs_timer *timer)
{
  struct igs_sleeper *sleeper;
  size_t count = 1;

  for (sleeper = timer->first; sleeper; sleeper = sleeper->next) {
    if (sleeper->fd < 0 || !make_room(timer, count + 1))
      continue;
    timer->watched[count] = sleeper;
    timer->polls[count].fd = sleeper->fd;
    timer->polls[count++].events = POLLRDHUP;
  }
  timer->polls[0].fd = timer->pipe[0];
  timer->polls[0].events = POLLIN;
  return count;
}

static int poll_timeout(double seconds)
{
  if (seconds > 3600)
    return seconds == HUGE_VAL ? -1 : 3600 * 1000;
  return (int)(seconds * 1000) + 1;
}

static void *timer_main(void *argument)
{
  struct igs_timer *timer = argument;
  char drain[64];
  size_t count, i;

  pthread_mutex_lock(&timer->lock);
  while (!timer->closed) {
    double next = wake_due(timer);

    count = watch(timer);
    pthread_mutex_unlock(&timer->lock);
    poll(timer->polls, count, poll_timeout(next));
    while (read(timer->pipe[0], drain, sizeof drain) > 0)
      ;
    pthread_mutex_lock(&timer->lock);
    for (i = 1; i < count; i++)
      if (timer->polls[i].revents)
        wake_gone(timer, timer->watched[i]);
  }
  wake_due(timer);
  pthread_mutex_unlock(&timer->lock);
  return NULL;
}

/* Called by the server's thread, which has all signals blocked; ours inherits that. */
static bool start_thread(struct igs_timer *timer)
{
  if (!timer->started)
    timer->started = make_room(timer, 1)
      && pthread_create(&timer->thread, NULL, timer_main, timer) == 0;
  return timer->started;
}

bool igs_timer_sleep(struct igs_timer *timer, struct igs_sleeper *sleeper,
                     struct MHD_Connection *connection, double seconds)
{
  bool ok;

  pthread_mutex_lock(&timer->lock);
  ok = !timer->closed && start_thread(timer);
  if (ok) {
    sleeper->connection = connection;
    sleeper->until = igs_now() + seconds;
    sleeper->fd = seconds == HUGE_VAL ? igs_connection_fd(connection) : -1;
    sleeper->wake = IGS_WAKE_NONE;
    sleeper->next = timer->first;
    timer->first = sleeper;
    MHD_suspend_connection(connection);
    nudge(timer);
  }
  pthread_mutex_unlock(&timer->lock);
  return ok;
}

void igs_timer_close(struct igs_timer *timer)
{
  bool started;

  pthread_mutex_lock(&timer->lock);
  started = timer->started;
  timer->closed = true;
  nudge(timer);
  pthread_mutex_unlock(&timer->lock);
  if (started)
    pthread_join(timer->thread, NULL);
}

void igs_timer_free(struct igs_timer *timer)
{
  close(timer->pipe[0]);
  close(timer->pipe[1]);
  pthread_mutex_destroy(&timer->lock);
  free(timer->polls);
  free(timer->watched);
}
