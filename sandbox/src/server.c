/* The server's life, and what its acceptor hands on to whom. */
#define _GNU_SOURCE
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acceptor.h"
#include "authority.h"
#include "listen.h"
#include "serve.h"

#define PATIENCE 30.0

struct igs_server {
  struct igs_serve serve;
  struct igs_poster poster;
  struct igs_acceptor *acceptor;
  struct MHD_Daemon *plain;
  struct MHD_Daemon *secure; /* NULL until the first TLS client; the acceptor's */
  pid_t pid;
  struct igs_buf url;
};

static void complain(const struct igs_server *server, const char *what,
                     const struct igs_buf *problem)
{
  if (!server->serve.quiet)
    fprintf(stderr, "instagram sandbox: %s: %s\n", what,
            problem->data ? problem->data : "no memory");
}

/* --- the acceptor's calls ------------------------------------------------------------
 */

static void on_plain(void *cls, int fd, const struct sockaddr *peer, socklen_t size)
{
  struct igs_server *server = cls;

  MHD_add_connection(server->plain, fd, peer, size);
}

static bool make_secure(struct igs_server *server, int fd, enum igs_handshake kind)
{
  struct igs_buf problem = { NULL, 0, 0 };

  if (!server->secure)
    server->secure = igs_serve_secure(&server->serve, &problem);
  if (server->secure && igs_tls_expect(server->serve.tls, fd, kind, &problem))
    return true;
  complain(server, "TLS", &problem);
  igs_buf_free(&problem);
  return false;
}

static void on_secure(void *cls, int fd, const struct sockaddr *peer, socklen_t size,
                      enum igs_handshake kind)
{
  struct igs_server *server = cls;

  if (!make_secure(server, fd, kind)) {
    shutdown(fd, SHUT_RDWR);
    close(fd);
  } else if (MHD_add_connection(server->secure, fd, peer, size) != MHD_YES) {
    igs_tls_forget(server->serve.tls, fd);
  }
}

static enum igs_handshake on_handshake(void *cls, const char *host)
{
  struct igs_server *server = cls;
  struct igs_buf problem = { NULL, 0, 0 };
  enum igs_handshake kind = igs_state_handshake(server->serve.state, host, &problem);

  if (problem.size)
    complain(server, "handshake", &problem);
  igs_buf_free(&problem);
  return kind;
}

/* Called by the poster's thread. */
static void on_posted(void *owner, const struct igs_outcome *outcome)
{
  struct igs_server *server = owner;
  struct igs_buf problem = { NULL, 0, 0 };

  if (!igs_state_posted(server->serve.state, outcome, &problem))
    complain(server, "an outcome", &problem);
  igs_buf_free(&problem);
}

/* --- life ----------------------------------------------------------------------------
 */

static bool open_tls(struct igs_server *server,
                     const struct igs_server_options *options,
                     struct igs_buf *problem)
{
  struct igs_tls_options tls = { NULL, options->ca_keep };
  struct igs_buf names = { NULL, 0, 0 };

  igs_listen_names(options->bind, &names);
  if (options->names)
    igs_buf_add(&names, options->names, strlen(options->names));
  tls.names = names.data;
  server->serve.tls = igs_tls_new(&tls, problem);
  igs_buf_free(&names);
  return server->serve.tls != NULL;
}

static bool write_ca(struct igs_server *server, const char *path,
                     struct igs_buf *problem)
{
  struct igs_buf pem = { NULL, 0, 0 };
  bool ok = igs_tls_ca(server->serve.tls, &pem);

  if (ok)
    ok = igs_file_replace(path, &pem, 0644, problem);
  else
    igs_buf_print(problem, "%s", pem.data ? pem.data : "no memory");
  igs_buf_free(&pem);
  return ok;
}

static bool open_state(struct igs_server *server,
                       const struct igs_server_options *options,
                       struct igs_buf *problem)
{
  struct igs_state_options state = options->state;

  igs_listen_url(options->bind, server->serve.port, &server->url);
  state.url = igs_server_url(server);
  state.poster = &server->poster;
  server->serve.state = igs_state_open(&state, problem);
  return server->serve.state != NULL;
}

static bool start_threads(struct igs_server *server,
                          const struct igs_server_options *options, int fd,
                          struct igs_buf *problem)
{
  struct igs_acceptor_options front = { 0 };

  server->plain = igs_serve_plain(&server->serve);
  if (!server->plain) {
    igs_buf_print(problem, "the HTTP server did not start: %s", strerror(errno));
    return false;
  }
  front.fd = fd;
  front.patience = options->patience > 0 ? options->patience : PATIENCE;
  front.quiet = options->quiet;
  front.cls = server;
  front.plain = on_plain;
  front.secure = on_secure;
  front.handshake = on_handshake;
  server->acceptor = igs_acceptor_start(&front, problem);
  return server->acceptor != NULL;
}

/* All that is there. First those that could still hand something on, then those that
 * sleep: libmicrohttpd must not stop before they are resumed. */
static void release(struct igs_server *server)
{
  igs_acceptor_stop(server->acceptor);
  igs_timer_close(&server->serve.timer);
  if (server->plain)
    MHD_stop_daemon(server->plain);
  if (server->secure)
    MHD_stop_daemon(server->secure);
  igs_timer_free(&server->serve.timer);
  igs_poster_close(&server->poster);
  igs_state_close(server->serve.state);
  igs_tls_free(server->serve.tls);
  igs_buf_free(&server->url);
  free(server);
}

struct igs_server *igs_server_start(const struct igs_server_options *options,
                                    struct igs_buf *problem)
{
  struct igs_server *server = calloc(1, sizeof *server);
  int fd;

  if (!server || !igs_timer_init(&server->serve.timer)) {
    igs_buf_print(problem, "no memory, or no descriptor left");
    free(server);
    return NULL;
  }
  igs_poster_init(&server->poster, on_posted, server);
  server->pid = getpid();
  server->serve.port = options->port;
  server->serve.quiet = options->quiet;
  fd = igs_listen(options->bind, &server->serve.port, problem);
  if (fd >= 0 && open_tls(server, options, problem)
      && (!options->ca_file || write_ca(server, options->ca_file, problem))
      && open_state(server, options, problem)
      && start_threads(server, options, fd, problem))
    return server;
  if (fd >= 0)
    close(fd);
  release(server);
  return NULL;
}

void igs_server_stop(struct igs_server *server)
{
  if (server)
    release(server);
}

unsigned igs_server_port(const struct igs_server *server)
{
  return server->serve.port;
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
                     struct igs_buf *answer)
{
  return igs_state_control(server->serve.state, text, size, answer);
}

bool igs_server_settle(struct igs_server *server, double seconds)
{
  return igs_poster_settle(&server->poster, seconds);
}

bool igs_server_ca(struct igs_server *server, struct igs_buf *answer)
{
  return igs_tls_ca(server->serve.tls, answer);
}
