/* Bodies with bad days. May know: libmicrohttpd, sockets. */
#define _POSIX_C_SOURCE 200809L
#include "flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK 16384
#define TICKS 20.0 /* a slow body moves so many times a second */

ssize_t igs_source_read(const struct igs_source *source, uint64_t position, char *out,
                        size_t size)
{
  if (!source->bytes)
    return pread(source->fd, out, size, (off_t)(source->offset + position));
  memcpy(out, source->bytes + position, size);
  return (ssize_t)size;
}

void igs_source_free(const struct igs_source *source)
{
  free(source->bytes);
  if (!source->bytes && source->fd >= 0)
    close(source->fd);
}

struct flow {
  struct igs_timer *timer;
  struct MHD_Connection *connection;
  struct igs_source source;
  struct igs_sleeper sleeper;
  uint64_t cut, stall; /* bytes until then; UINT64_MAX: never */
  double rate, start;
  bool reset;
};

bool igs_fault_in_body(const struct igs_fault *fault)
{
  return fault->truncate >= 0 || fault->stall_after >= 0 || fault->rate > 0;
}

bool igs_fault_must_come(const struct igs_fault *fault)
{
  return fault->stall_after >= 0 || (fault->reset && fault->truncate >= 0);
}

/* SO_LINGER alone would let libmicrohttpd's shutdown() send a FIN first. */
void igs_connection_reset(struct MHD_Connection *connection)
{
  int fd = igs_connection_fd(connection);
  struct linger now = { 1, 0 };
  struct sockaddr nowhere;

  if (fd < 0)
    return;
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  memset(&nowhere, 0, sizeof nowhere);
  nowhere.sa_family = AF_UNSPEC; /* on Linux: TCP's abort, an RST at once */
  connect(fd, &nowhere, sizeof nowhere);
}

/* Ends the body early. Not by MHD_CONTENT_READER_END_WITH_ERROR: a connection that
 * slept is forgotten then, its descriptor open, until the server stops (seen with
 * 0.9.75). A byte that can no longer be sent is an end that libmicrohttpd notices. */
static ssize_t cut(const struct flow *flow, char *out)
{
  int fd = igs_connection_fd(flow->connection);

  if (fd < 0)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  if (flow->reset)
    igs_connection_reset(flow->connection);
  shutdown(fd, SHUT_RDWR);
  *out = '\0';
  return 1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* How far the body may have come by now, after the last tick's worth. */
static uint64_t allowance(struct flow *flow, uint64_t position)
{
  double slice = flow->rate / TICKS, passed;

  if (flow->start < 0)
    flow->start = igs_now();
  passed = (igs_now() - flow->start) * flow->rate;
  if (passed < (double)position)
    return position;
  return position + (slice < 1 ? 1 : slice > 1e9 ? (uint64_t)1e9 : (uint64_t)slice);
}

static ssize_t rest(struct flow *flow, double seconds, char *out)
{
  if (igs_timer_sleep(flow->timer, &flow->sleeper, flow->connection, seconds))
    return 0;
  return cut(flow, out);
}

static ssize_t copy(const struct flow *flow, uint64_t position, char *out, size_t size)
{
  ssize_t got = igs_source_read(&flow->source, position, out, size);

  return got > 0 ? got : cut(flow, out);
}

static ssize_t on_body(void *cls, uint64_t position, char *out, size_t max)
{
  struct flow *flow = cls;
  uint64_t end = least(flow->source.size, flow->cut);

  if (position >= end || flow->sleeper.wake == IGS_WAKE_GONE
      || flow->sleeper.wake == IGS_WAKE_STOP)
    return cut(flow, out);
  if (position >= flow->stall)
    return rest(flow, HUGE_VAL, out);
  end = least(end, flow->stall);
  if (flow->rate > 0) {
    uint64_t allowed = allowance(flow, position);

    if (allowed == position)
      return rest(flow, flow->start + (double)position / flow->rate - igs_now(), out);
    end = least(end, allowed);
  }
  return copy(flow, position, out, (size_t)least(end - position, max));
}

static void on_free(void *cls)
{
  struct flow *flow = cls;

  igs_source_free(&flow->source);
  free(flow);
}

static uint64_t limit(double bytes)
{
  return bytes < 0 || bytes > 9e15 ? UINT64_MAX : (uint64_t)bytes;
}

/* Whoever has the whole body is not told of what comes after it: the last byte is kept
 * back. */
static void keep_last_byte(struct flow *flow, const struct igs_fault *fault)
{
  uint64_t last = flow->source.size - 1;

  if (fault->reset)
    flow->cut = least(flow->cut, last);
  if (fault->stall_after >= 0)
    flow->stall = least(flow->stall, last);
}

struct MHD_Response *igs_flow_response(struct igs_timer *timer,
                                       struct MHD_Connection *connection,
                                       const struct igs_source *source,
                                       const struct igs_fault *fault)
{
  struct flow *flow = calloc(1, sizeof *flow);
  struct MHD_Response *response;

  if (!flow) {
    igs_source_free(source);
    return NULL;
  }
  flow->timer = timer;
  flow->connection = connection;
  flow->source = *source;
  flow->cut = limit(fault->truncate);
  flow->stall = limit(fault->stall_after);
  flow->rate = fault->rate;
  flow->start = -1;
  flow->reset = fault->reset;
  keep_last_byte(flow, fault);
  response = MHD_create_response_from_callback(source->size, BLOCK, on_body, flow,
                                               on_free);
  if (!response)
    on_free(flow);
  return response;
}
