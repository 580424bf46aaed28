/* The listening socket: ours and not libmicrohttpd's, for its own errors by name.
 * May know: sockets. */
#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK, getifaddrs */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
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

enum igs_reach igs_listen_reach(const char *text)
{
  union address address;
  const struct in6_addr *in6 = &address.in6.sin6_addr;
  bool here;

  if (!read_address(text, 0, &address))
    return IGS_REACH_NONE;
  if (address.any.sa_family == AF_INET)
    here = ntohl(address.in.sin_addr.s_addr) >> 24 == 127;
  else
    here = IN6_IS_ADDR_LOOPBACK(in6)
           || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
  return here ? IGS_REACH_LOOPBACK : IGS_REACH_BEYOND;
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

static bool is_wildcard(const char *text)
{
  return strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0;
}

/* The IP address as text; "" when it is none. An IPv4 one mapped into IPv6 (a client of
 * "::") is written as IPv4. */
static void print_address(const struct sockaddr *any, char text[INET6_ADDRSTRLEN])
{
  const union address *address = (const void *)any;

  *text = '\0';
  if (any->sa_family == AF_INET)
    inet_ntop(AF_INET, &address->in.sin_addr, text, INET6_ADDRSTRLEN);
  else if (any->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
    inet_ntop(AF_INET, address->in6.sin6_addr.s6_addr + 12, text, INET6_ADDRSTRLEN);
  else if (any->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &address->in6.sin6_addr, text, INET6_ADDRSTRLEN);
}

static void add_name(struct igs_buf *names, const char *name)
{
  if (*name && igs_buf_add(names, name, strlen(name)))
    igs_buf_add(names, ",", 1);
}

void igs_listen_names(const char *text, struct igs_buf *names)
{
  struct ifaddrs *first = NULL, *each;
  char name[INET6_ADDRSTRLEN];

  if (!is_wildcard(text)) {
    add_name(names, text);
    return;
  }
  if (getifaddrs(&first))
    return;
  for (each = first; each; each = each->ifa_next)
    if (each->ifa_addr) {
      print_address(each->ifa_addr, name);
      add_name(names, name);
    }
  freeifaddrs(first);
}

bool igs_listen_is(int fd, const char *text)
{
  union address address;
  socklen_t size = sizeof address;
  char name[INET6_ADDRSTRLEN];

  if (getsockname(fd, &address.any, &size))
    return false;
  print_address(&address.any, name);
  return strcmp(name, text) == 0;
}
