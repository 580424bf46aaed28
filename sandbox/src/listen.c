/* The listening socket: ours and not libmicrohttpd's, for its own errors by name.
 * May know: sockets. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
};

static socklen_t read_address(const char *text, unsigned port, union address *address)
{
  memset(address, 0, sizeof *address);
  if (strcmp(text, "localhost") == 0)
    text = "127.0.0.1";
  if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
    address->in.sin_family = AF_INET;
    address->in.sin_port = htons((uint16_t)port);
    return sizeof address->in;
  }
  if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1) {
    address->in6.sin6_family = AF_INET6;
    address->in6.sin6_port = htons((uint16_t)port);
    return sizeof address->in6;
  }
  return 0;
}

static unsigned bound_port(int fd)
{
  union address address;
  socklen_t size = sizeof address;

  if (getsockname(fd, &address.any, &size))
    return 0;
  if (address.any.sa_family == AF_INET6)
    return ntohs(address.in6.sin6_port);
  return ntohs(address.in.sin_port);
}

int igs_listen(const char *text, unsigned *port, struct igs_buf *problem)
{
  union address address;
  socklen_t size = read_address(text, *port, &address);
  int fd = -1, yes = 1;

  if (!size) {
    igs_buf_print(problem, "bind: '%s' is not an IP address", text);
    return -1;
  }
  fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    goto fail;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(fd, &address.any, size) || listen(fd, SOMAXCONN))
    goto fail;
  *port = bound_port(fd);
  return fd;
fail:
  igs_buf_print(problem, "%s port %u: %s", text, *port, strerror(errno));
  if (fd >= 0)
    close(fd);
  return -1;
}

void igs_listen_url(const char *text, unsigned port, struct igs_buf *url)
{
  if (strcmp(text, "0.0.0.0") == 0 || strcmp(text, "localhost") == 0)
    text = "127.0.0.1";
  if (strcmp(text, "::") == 0)
    text = "::1";
  igs_buf_print(url, strchr(text, ':') ? "http://[%s]:%u" : "http://%s:%u", text, port);
}
