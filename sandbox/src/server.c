/* libmicrohttpd's callbacks and the server's life. A request goes: uri, headers, body,
 * rules, perhaps a sleep, response, completed. May know: libmicrohttpd, state.h. */
#define _GNU_SOURCE
#include "server.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow.h"
#include "listen.h"
#include "response.h"

#define BODY_MAX ((size_t)8 << 20)   /* more is answered 413 */
#define DROP_MAX ((uint64_t)64 << 20) /* an upload is read to its end up to here */
#define CONNECTION_MEMORY ((size_t)64 << 10)

struct igs_server {
  struct MHD_Daemon *daemon;
  struct igs_state *state;
  struct igs_timer timer;
  struct igs_poster poster;
  pid_t pid;
  unsigned port;
  struct igs_buf url;
  bool quiet;
};

/* The rules failed: the text of the error is the answer, and stderr has it too (without
 * the query, where tokens are). */
static void reply_problem(const struct igs_server *server, struct igs_request *request,
                          const struct igs_buf *problem)
{
  struct igs_buf text = { NULL, 0, 0 };

  if (!server->quiet)
    fprintf(stderr, "instagram sandbox: %s %.*s: %s\n", request->method,
            (int)strcspn(request->uri, "?"), request->uri,
            problem->data ? problem->data : "no memory");
  igs_buf_print(&text, "The sandbox itself failed (this is not Instagram):\n\n");
  igs_buf_add(&text, problem->data ? problem->data : "", problem->size);
  igs_buf_add(&text, "\n", 1);
  igs_reply_text(&request->reply, 500, text.data ? text.data : "", text.size);
  igs_buf_free(&text);
}

static enum MHD_Result respond(struct igs_server *server, struct igs_request *request)
{
  struct igs_buf problem = { NULL, 0, 0 };
  struct MHD_Response *response;
  enum MHD_Result result;

  response = igs_response_new(request, &server->timer, &problem);
  if (!response) {
    reply_problem(server, request, &problem);
    response = igs_response_new(request, &server->timer, &problem);
  }
  igs_buf_free(&problem);
  if (!response)
    return MHD_NO;
  result = MHD_queue_response(request->connection, request->reply.status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result answer(struct igs_server *server, struct igs_request *request)
{
  struct igs_fault *fault = &request->reply.fault;
  double delay = fault->delay;

  request->stage = IGS_ANSWERED;
  fault->delay = -1; /* once */
  if (delay > 0
      && igs_timer_sleep(&server->timer, &request->sleeper, request->connection, delay))
    return MHD_YES; /* resumed: on_request comes again */
  if (fault->reset && fault->truncate < 0)
    igs_connection_reset(request->connection);
  if (fault->close || (fault->reset && fault->truncate < 0))
    return MHD_NO;
  return respond(server, request);
}

static enum MHD_Result run_rules(struct igs_server *server, struct igs_request *request)
{
  struct igs_buf problem = { NULL, 0, 0 };

  if (!igs_state_handle(server->state, request, &problem))
    reply_problem(server, request, &problem);
  igs_buf_free(&problem);
  return answer(server, request);
}

static enum MHD_Result refuse_large(struct igs_server *server,
                                    struct igs_request *request)
{
  static const char text[] = "The sandbox takes request bodies up to 8 MiB.\n";

  igs_reply_text(&request->reply, 413, text, sizeof text - 1);
  return answer(server, request);
}

/* Headers are complete. An upload that would never be read to its end is refused now,
 * without a 100 Continue. */
static enum MHD_Result begin(struct igs_server *server, struct igs_request *request,
                             const char *method, const char *version)
{
  const char *length;

  request->stage = IGS_READING;
  if (!igs_request_begin(request, method, version))
    return MHD_NO;
  length = igs_request_header(request, "Content-Length");
  if (length && strtoull(length, NULL, 10) > DROP_MAX)
    return refuse_large(server, request);
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
  struct igs_server *server = cls;
  struct igs_request *request = *request_cls;

  (void)connection;
  (void)url;
  if (!request)
    return MHD_NO;
  if (request->stage == IGS_FRESH)
    return begin(server, request, method, version);
  if (request->stage == IGS_ANSWERED)
    return answer(server, request);
  if (*size) {
    enum MHD_Result result = take_body(request, bytes, *size);

    *size = 0;
    return result;
  }
  if (request->too_large)
    return refuse_large(server, request);
  return run_rules(server, request);
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

/* The real date is not the sandbox's: Date comes from the rules or not at all. */
static struct MHD_Daemon *start_daemon(struct igs_server *server, int fd)
{
  unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME
                   | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
  struct MHD_Daemon *daemon;
  sigset_t all, before;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  daemon = MHD_start_daemon(
    flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
    MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
    on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
    MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return daemon;
}

/* Called by the poster's thread. */
static void on_posted(void *owner, const struct igs_outcome *outcome)
{
  struct igs_server *server = owner;
  struct igs_buf problem = { NULL, 0, 0 };

  if (!igs_state_posted(server->state, outcome, &problem) && !server->quiet)
    fprintf(stderr, "instagram sandbox: an outcome: %s\n",
            problem.data ? problem.data : "no memory");
  igs_buf_free(&problem);
}

static bool open_state(struct igs_server *server,
                       const struct igs_server_options *options,
                       struct igs_buf *problem)
{
  struct igs_state_options state = options->state;

  igs_listen_url(options->bind, server->port, &server->url);
  state.url = igs_server_url(server);
  state.poster = &server->poster;
  server->state = igs_state_open(&state, problem);
  return server->state != NULL;
}

struct igs_server *igs_server_start(const struct igs_server_options *options,
                                    struct igs_buf *problem)
{
  struct igs_server *server = calloc(1, sizeof *server);
  int fd = -1;

  if (!server || !igs_timer_init(&server->timer)) {
    igs_buf_print(problem, "no memory, or no descriptor left");
    free(server);
    return NULL;
  }
  igs_poster_init(&server->poster, on_posted, server);
  server->pid = getpid();
  server->port = options->port;
  server->quiet = options->quiet;
  fd = igs_listen(options->bind, &server->port, problem);
  if (fd < 0 || !open_state(server, options, problem))
    goto fail;
  server->daemon = start_daemon(server, fd); /* takes the socket */
  if (server->daemon)
    return server;
  igs_buf_print(problem, "the HTTP server did not start: %s", strerror(errno));
fail:
  if (fd >= 0)
    close(fd);
  igs_poster_close(&server->poster);
  igs_state_close(server->state);
  igs_timer_free(&server->timer);
  igs_buf_free(&server->url);
  free(server);
  return NULL;
}

void igs_server_stop(struct igs_server *server)
{
  if (!server)
    return;
  igs_timer_close(&server->timer); /* resumes: libmicrohttpd must not stop before */
  MHD_stop_daemon(server->daemon);
  igs_timer_free(&server->timer);
  igs_poster_close(&server->poster);
  igs_state_close(server->state);
  igs_buf_free(&server->url);
  free(server);
}

unsigned igs_server_port(const struct igs_server *server)
{
  return server->port;
}

const char *igs_server_url(const struct igs_server *server)
{
  return server->url.data ? server->url.data : "";
}

bool igs_server_is_ours(const struct igs_server *server)
{
  return server->pid == getpid();
}

bool igs_server_call(struct igs_server *server, const char *text, size_t size,
                     struct igs_buf *answer_text)
{
  return igs_state_control(server->state, text, size, answer_text);
}

bool igs_server_settle(struct igs_server *server, double seconds)
{
  return igs_poster_settle(&server->poster, seconds);
}
