/* Answers beside libmicrohttpd. */
#define _POSIX_C_SOURCE 200809L
#include "raw.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define BLOCK 16384
#define LENGTH_MAX 9007199254740992u /* 2^53: a Lua number is no more exact beyond */
#define TICK 0.05 /* seconds from one drop of a trickle to the next */

enum outcome { SENT, LATER, OVER };

struct igs_raw {
  struct igs_request *request;
  struct igs_timer *timer;
  gnutls_session_t session; /* NULL: plain */
  int fd;
  struct igs_buf head;
  struct igs_source source;
  uint64_t body;  /* so much of the source is sent */
  uint64_t sent;  /* of head and body */
  size_t refused; /* GnuTLS wants the same number of bytes again; 0: any */
  double start;
};

bool igs_fault_in_head(const struct igs_fault *fault)
{
  return fault->head_rate > 0 || fault->length >= 0;
}

static bool has_body(const struct igs_request *request)
{
  unsigned status = request->reply.status;

  return status != 204 && status != 304 && !igs_request_is(request, "HEAD");
}

/* --- the head ------------------------------------------------------------------------
 */

static bool add_text(struct igs_buf *head, const char *text)
{
  return igs_buf_add(head, text, strlen(text));
}

/* Framing is ours. A connection that ends after a good answer says so; after a wrong
 * length it says what it would have said. */
static bool is_ours(const struct igs_fault *fault, const char *name)
{
  return strcasecmp(name, "Content-Length") == 0
         || strcasecmp(name, "Transfer-Encoding") == 0
         || (fault->length < 0 && strcasecmp(name, "Connection") == 0);
}

static bool add_headers(struct igs_buf *head, const struct igs_reply *reply)
{
  const char *name;

  for (name = igs_reply_next(reply, NULL); name; name = igs_reply_next(reply, name))
    if (!is_ours(&reply->fault, name)
        && !(add_text(head, name) && add_text(head, ": ")
             && add_text(head, name + strlen(name) + 1) && add_text(head, "\r\n")))
      return false;
  return true;
}

static bool compose(struct igs_raw *raw)
{
  const struct igs_reply *reply = &raw->request->reply;
  const struct igs_fault *fault = &reply->fault;
  const char *reason = MHD_get_reason_phrase_for(reply->status);
  uint64_t length = raw->source.size;
  char text[64];

  if (fault->length >= 0)
    length = fault->length < LENGTH_MAX ? (uint64_t)fault->length : LENGTH_MAX;

  igs_buf_print(&raw->head, "HTTP/1.1 %u %s\r\n", reply->status, reason ? reason : "");
  snprintf(text, sizeof text, "Content-Length: %" PRIu64 "\r\n", length);
  return raw->head.size && add_headers(&raw->head, reply)
         && (fault->length >= 0 || add_text(&raw->head, "Connection: close\r\n"))
         && add_text(&raw->head, text) && add_text(&raw->head, "\r\n");
}

struct igs_raw *igs_raw_new(struct igs_request *request, struct igs_timer *timer,
                            const struct igs_source *source)
{
  const union MHD_ConnectionInfo *info =
    MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  struct igs_raw *raw = calloc(1, sizeof *raw);

  if (!raw) {
    igs_source_free(source);
    return NULL;
  }
  raw->request = request;
  raw->timer = timer;
  raw->session = info ? info->tls_session : NULL;
  raw->fd = igs_connection_fd(request->connection);
  raw->source = *source;
  raw->body = has_body(request) ? source->size : 0;
  raw->start = igs_now();
  if (compose(raw))
    return raw;
  igs_raw_free(raw);
  return NULL;
}

void igs_raw_free(struct igs_raw *raw)
{
  if (!raw)
    return;
  igs_source_free(&raw->source);
  igs_buf_free(&raw->head);
  free(raw);
}

/* --- sending -------------------------------------------------------------------------
 */

static enum outcome send_bytes(struct igs_raw *raw, const char *bytes, size_t size)
{
  ssize_t got;

  if (raw->session) {
    got = gnutls_record_send(raw->session, bytes, size);
    raw->refused = got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED ? size : 0;
    if (raw->refused)
      return LATER;
  } else {
    got = send(raw->fd, bytes, size, MSG_NOSIGNAL);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return LATER;
  }
  if (got <= 0)
    return OVER;
  raw->sent += (uint64_t)got;
  return SENT;
}

static enum outcome send_head(struct igs_raw *raw)
{
  double rate = raw->request->reply.fault.head_rate;
  size_t sent = (size_t)raw->sent, size = raw->head.size - sent;

  if (rate > 0) {
    double due = (igs_now() - raw->start + TICK) * rate + 1 - (double)sent;

    if (due < 1)
      return LATER;
    if (due < (double)size)
      size = (size_t)due;
  }
  return send_bytes(raw, raw->head.data + sent, raw->refused ? raw->refused : size);
}

static enum outcome send_body(struct igs_raw *raw)
{
  uint64_t at = raw->sent - raw->head.size;
  size_t size = raw->body - at < BLOCK ? (size_t)(raw->body - at) : BLOCK;
  char block[BLOCK];
  ssize_t got;

  got = igs_source_read(&raw->source, at, block, size);
  if (got <= 0)
    return OVER;
  return send_bytes(raw, block, raw->refused ? raw->refused : (size_t)got);
}

static enum outcome send_some(struct igs_raw *raw)
{
  if (raw->sent < raw->head.size)
    return send_head(raw);
  return raw->sent < raw->head.size + raw->body ? send_body(raw) : OVER;
}

enum MHD_Result igs_raw_send(struct igs_raw *raw)
{
  struct igs_sleeper *sleeper = &raw->request->sleeper;
  enum outcome outcome = SENT;

  if (sleeper->wake == IGS_WAKE_STOP)
    return MHD_NO;
  while (outcome == SENT)
    outcome = send_some(raw);
  if (outcome == LATER
      && igs_timer_sleep(raw->timer, sleeper, raw->request->connection, TICK))
    return MHD_YES;
  if (raw->session)
    gnutls_bye(raw->session, GNUTLS_SHUT_WR);
  shutdown(raw->fd, SHUT_WR);
  return MHD_NO;
}
