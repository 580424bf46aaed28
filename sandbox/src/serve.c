/* libmicrohttpd's callbacks. A request goes: uri, headers, body, rules, perhaps a
 * sleep, response, completed. */
#define _GNU_SOURCE
#include "serve.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow.h"
#include "listen.h"
#include "raw.h"
#include "response.h"

#define BODY_MAX ((size_t)8 << 20)   /* more is answered 413 */
#define DROP_MAX ((uint64_t)64 << 20) /* an upload is read to its end up to here */
#define CONNECTION_MEMORY ((size_t)64 << 10)
#define CONNECTIONS 60000u /* descriptors run out before */

/* The rules failed: the text of the error is the answer, and stderr has it too (without
 * the query, where tokens are). */
static void reply_problem(const struct igs_serve *serve, struct igs_request *request,
                          const struct igs_buf *problem)
{
  struct igs_buf text = { NULL, 0, 0 };

  if (!serve->quiet)
    fprintf(stderr, "instagram sandbox: %s %.*s: %s\n", request->method,
            (int)strcspn(request->uri, "?"), request->uri,
            problem->data ? problem->data : "no memory");
  igs_buf_print(&text, "The sandbox itself failed (this is not Instagram):\n\n");
  igs_buf_add(&text, problem->data ? problem->data : "", problem->size);
  igs_buf_add(&text, "\n", 1);
  igs_reply_text(&request->reply, 500, text.data ? text.data : "", text.size);
  igs_buf_free(&text);
}

/* The fault in place of an answer that has no body: silence, or RST. */
static enum MHD_Result fail_bodiless(struct igs_serve *serve,
                                     struct igs_request *request)
{
  struct igs_sleeper *sleeper = &request->sleeper;

  if (request->reply.fault.stall_after >= 0 && sleeper->wake != IGS_WAKE_GONE
      && sleeper->wake != IGS_WAKE_STOP
      && igs_timer_sleep(&serve->timer, sleeper, request->connection, HUGE_VAL))
    return MHD_YES; /* until the client or the server goes */
  if (request->reply.fault.reset)
    igs_connection_reset(request->connection);
  return MHD_NO;
}

static enum MHD_Result respond(struct igs_serve *serve, struct igs_request *request)
{
  struct igs_buf problem = { NULL, 0, 0 };
  struct MHD_Response *response;
  enum MHD_Result result;

  response = igs_response_new(request, &serve->timer, &problem);
  if (!response && request->reply.fault.bodiless)
    return fail_bodiless(serve, request);
  if (!response) {
    reply_problem(serve, request, &problem);
    response = igs_response_new(request, &serve->timer, &problem);
  }
  igs_buf_free(&problem);
  if (!response)
    return MHD_NO;
  result = MHD_queue_response(request->connection, request->reply.status, response);
  MHD_destroy_response(response);
  return result;
}

/* The body is taken: what fails after ends the connection. */
static enum MHD_Result respond_raw(struct igs_serve *serve, struct igs_request *request)
{
  struct igs_buf problem = { NULL, 0, 0 };
  struct igs_source source;

  if (igs_response_source(request, &source, &problem)) {
    request->raw = igs_raw_new(request, &serve->timer, &source);
    return request->raw ? igs_raw_send(request->raw) : MHD_NO;
  }
  reply_problem(serve, request, &problem);
  igs_buf_free(&problem);
  return respond(serve, request);
}

static enum MHD_Result answer(struct igs_serve *serve, struct igs_request *request)
{
  struct igs_fault *fault = &request->reply.fault;
  double delay = fault->delay;

  if (request->raw)
    return igs_raw_send(request->raw);
  request->stage = IGS_ANSWERED;
  fault->delay = -1; /* once */
  if (delay > 0
      && igs_timer_sleep(&serve->timer, &request->sleeper, request->connection, delay))
    return MHD_YES; /* resumed: on_request comes again */
  if (fault->reset && fault->truncate < 0)
    igs_connection_reset(request->connection);
  if (fault->close || (fault->reset && fault->truncate < 0))
    return MHD_NO;
  if (igs_fault_in_head(fault))
    return respond_raw(serve, request);
  return respond(serve, request);
}

static enum MHD_Result run_rules(struct igs_serve *serve, struct igs_request *request)
{
  struct igs_buf problem = { NULL, 0, 0 };

  if (!igs_state_handle(serve->state, request, &problem))
    reply_problem(serve, request, &problem);
  igs_buf_free(&problem);
  return answer(serve, request);
}

static enum MHD_Result refuse_large(struct igs_serve *serve,
                                    struct igs_request *request)
{
  static const char text[] = "The sandbox takes request bodies up to 8 MiB.\n";

  igs_reply_text(&request->reply, 413, text, sizeof text - 1);
  return answer(serve, request);
}

/* The names of Instagram's, or of this very server. */
static bool is_here(const struct igs_serve *serve, const struct igs_request *request)
{
  const struct igs_authority *asked = &request->authority;
  unsigned port = asked->port ? asked->port : 80;

  return igs_proxy_plays(asked)
         || (port == serve->port
             && (igs_proxy_lists(igs_tls_names(serve->tls), asked->host)
                 || igs_listen_is(igs_connection_fd(request->connection),
                                  asked->host)));
}

/* What a client of a proxy must not ask; false: it does not. */
static bool refuse_target(struct igs_serve *serve, struct igs_request *request,
                          enum MHD_Result *result)
{
  struct igs_buf text = { NULL, 0, 0 };
  unsigned status = 403;

  if (igs_request_is(request, "CONNECT")) {
    status = 501;
    igs_buf_print(&text, "CONNECT is for the beginning of a plain connection\n");
  } else if (request->asked == IGS_ASKED_BAD) {
    status = 400;
    igs_buf_print(&text, "the host of the request's target cannot be read\n");
  } else if (*request->authority.host && !is_here(serve, request)) {
    igs_buf_print(&text, "the sandbox is a proxy for %s alone, not for %s\n",
                  igs_proxy_hosts, request->authority.host);
  } else {
    return false;
  }
  if (!serve->quiet && text.data)
    fprintf(stderr, "instagram sandbox: refused: %s", text.data);
  igs_reply_text(&request->reply, status, text.data ? text.data : "", text.size);
  igs_reply_header(&request->reply, "Connection", "close");
  igs_buf_free(&text);
  *result = answer(serve, request);
  return true;
}

/* Headers are complete. An upload that would never be read to its end is refused now,
 * without a 100 Continue. */
static enum MHD_Result begin(struct igs_serve *serve, struct igs_request *request,
                             const char *method, const char *version)
{
  enum MHD_Result result;
  const char *length;

  request->stage = IGS_READING;
  if (!igs_request_begin(request, method, version))
    return MHD_NO;
  if (refuse_target(serve, request, &result))
    return result;
  length = igs_request_header(request, "Content-Length");
  if (length && strtoull(length, NULL, 10) > DROP_MAX)
    return refuse_large(serve, request);
  return MHD_YES;
}

static enum MHD_Result take_body(struct igs_request *request, const char *bytes,
                                 size_t size)
{
  if (!request->too_large && size <= BODY_MAX - request->body.size)
    return igs_buf_add(&request->body, bytes, size) ? MHD_YES : MHD_NO;
  request->too_large = true;
  request->dropped += size;
  return request->dropped > DROP_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *size,
                                  void **request_cls)
{
  struct igs_serve *serve = cls;
  struct igs_request *request = *request_cls;

  (void)connection;
  (void)url;
  if (!request)
    return MHD_NO;
  if (request->stage == IGS_FRESH)
    return begin(serve, request, method, version);
  if (request->stage == IGS_ANSWERED)
    return answer(serve, request);
  if (*size) {
    enum MHD_Result result = take_body(request, bytes, *size);

    *size = 0;
    return result;
  }
  if (request->too_large)
    return refuse_large(serve, request);
  return run_rules(serve, request);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
  (void)cls;
  return igs_request_new(connection, uri);
}

static void on_completed(void *cls, struct MHD_Connection *connection,
                         void **request_cls, enum MHD_RequestTerminationCode why)
{
  (void)cls;
  (void)connection;
  (void)why;
  igs_request_free(*request_cls);
  *request_cls = NULL;
}

/* libmicrohttpd would decode the path and arguments in place; we read the raw ones. */
static size_t on_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
  (void)cls;
  (void)connection;
  return strlen(text);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **mine,
                          enum MHD_ConnectionNotificationCode code)
{
  struct igs_serve *serve = cls;
  const union MHD_ConnectionInfo *info;

  (void)mine;
  if (code != MHD_CONNECTION_NOTIFY_STARTED)
    return;
  info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info)
    igs_tls_greet(serve->tls, igs_connection_fd(connection), info->tls_session);
}

/* The real date is not the sandbox's: Date comes from the rules or not at all. By poll
 * and not by epoll: when libmicrohttpd 0.9.75 finds 128 events at once, as many as it
 * asks for, it waits for another before it looks at them (seen: seconds of silence).
 * With as few connections as tests have, poll is no slower. */
static struct MHD_Daemon *start(struct igs_serve *serve, unsigned flags,
                                const struct MHD_OptionItem *more)
{
  struct MHD_Daemon *daemon;
  sigset_t all, before;

  flags |= MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME
           | MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_NO_LISTEN_SOCKET;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  daemon = MHD_start_daemon(
    flags, 0, NULL, NULL, on_request, serve, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
    MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED,
    on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, serve,
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
    CONNECTIONS, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return daemon;
}

struct MHD_Daemon *igs_serve_plain(struct igs_serve *serve)
{
  const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

  return start(serve, 0, none);
}

struct MHD_Daemon *igs_serve_secure(struct igs_serve *serve, struct igs_buf *problem)
{
  const char *certificate, *key;
  struct MHD_OptionItem pair[3] = { { MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
                                    { MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
                                    { MHD_OPTION_END, 0, NULL } };
  struct MHD_Daemon *daemon;

  if (!igs_tls_server(serve->tls, &certificate, &key, problem))
    return NULL;
  pair[0].ptr_value = (void *)certificate;
  pair[1].ptr_value = (void *)key;
  daemon = start(serve, MHD_USE_TLS, pair);
  if (!daemon)
    igs_buf_print(problem, "libmicrohttpd does not start its TLS server");
  return daemon;
}
