/* Reads who a proxy is asked for. */
#define _POSIX_C_SOURCE 200809L
#include "proxy.h"

#include <string.h>
#include <strings.h>

#define MEDIA ".cdninstagram.com"

const char igs_proxy_hosts[] = "api.instagram.com, graph.instagram.com, "
  "www.instagram.com and *.cdninstagram.com (ports 443 and 80)";

static bool is_label_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || c == '-';
}

/* One label, as the certificate's wildcard stands for one. */
static bool is_media_host(const char *host, size_t size)
{
  size_t i, label = size - (sizeof MEDIA - 1);

  if (size <= sizeof MEDIA - 1 || strncasecmp(host + label, MEDIA, size - label) != 0)
    return false;
  for (i = 0; i < label; i++)
    if (!is_label_byte(host[i]))
      return false;
  return true;
}

bool igs_proxy_plays(const struct igs_authority *authority)
{
  static const char *const hosts[] = { "api.instagram.com", "graph.instagram.com",
                                       "www.instagram.com" };
  size_t i, size = strlen(authority->host);

  if (authority->port && authority->port != 443 && authority->port != 80)
    return false;
  if (size && authority->host[size - 1] == '.')
    size--;
  for (i = 0; i < sizeof hosts / sizeof *hosts; i++)
    if (strlen(hosts[i]) == size && strncasecmp(hosts[i], authority->host, size) == 0)
      return true;
  return is_media_host(authority->host, size);
}

bool igs_proxy_lists(const char *list, const char *host)
{
  size_t size = strlen(host);

  while (*list) {
    size_t item = strcspn(list, ",");

    if (item == size && size && strncasecmp(list, host, size) == 0)
      return true;
    list += item + (list[item] == ',');
  }
  return false;
}

/* Decimal digits alone, 1 to 65535; 0 when it is none. */
static unsigned read_port(const char *text, size_t size)
{
  unsigned port = 0;
  size_t i;

  for (i = 0; i < size && i < 6; i++) {
    if (text[i] < '0' || text[i] > '9')
      return 0;
    port = port * 10 + (unsigned)(text[i] - '0');
  }
  return size > 5 || port > 65535 ? 0 : port;
}

static bool copy_host(const char *text, size_t size, struct igs_authority *authority)
{
  bool address = size > 2 && text[0] == '[' && text[size - 1] == ']';
  size_t i;

  if (address) {
    text++;
    size -= 2;
  }
  if (!size || size >= IGS_HOST_MAX)
    return false;
  for (i = 0; i < size; i++)
    if (!is_label_byte(text[i]) && text[i] != '.' && text[i] != '_'
        && !(address && text[i] == ':'))
      return false;
  memcpy(authority->host, text, size);
  authority->host[size] = '\0';
  return true;
}

/* "host:port", "host", "[address]:port". */
static bool read_authority(const char *text, size_t size,
                           struct igs_authority *authority)
{
  size_t host = size;

  while (host && text[host - 1] != ':' && text[host - 1] != ']')
    host--;
  authority->port = 0;
  if (!host || text[host - 1] == ']')
    return copy_host(text, size, authority);
  authority->port = read_port(text + host, size - host);
  return authority->port && copy_host(text, host - 1, authority);
}

/* How long the head is; 0: its end has not come. */
static size_t head_size(const char *bytes, size_t size)
{
  size_t i;

  for (i = 0; i + 1 < size; i++)
    if (bytes[i] == '\n') {
      if (bytes[i + 1] == '\n')
        return i + 2;
      if (i + 2 < size && bytes[i + 1] == '\r' && bytes[i + 2] == '\n')
        return i + 3;
    }
  return 0;
}

enum igs_asked igs_proxy_connect(const char *bytes, size_t size, size_t *head,
                                 struct igs_authority *authority)
{
  const char *target = bytes + 8, *line, *end;

  *head = head_size(bytes, size < IGS_HEAD_MAX ? size : IGS_HEAD_MAX);
  if (!*head)
    return size < IGS_HEAD_MAX ? IGS_ASKED_MORE : IGS_ASKED_LARGE;
  line = memchr(bytes, '\n', *head);
  end = memchr(target, ' ', (size_t)(line - target));
  if (!end || line - end < 9 || strncmp(end, " HTTP/1.", 8) != 0
      || memchr(bytes, '\0', *head)
      || !read_authority(target, (size_t)(end - target), authority)
      || !authority->port)
    return IGS_ASKED_BAD;
  return IGS_ASKED_OK;
}

const char *igs_proxy_target(const char *target, struct igs_authority *authority,
                             enum igs_asked *asked)
{
  const char *host = NULL;
  size_t size;

  *asked = IGS_ASKED_OK;
  if (strncasecmp(target, "http://", 7) == 0)
    host = target + 7;
  else if (strncasecmp(target, "https://", 8) == 0)
    host = target + 8;
  if (!host)
    return NULL;
  size = strcspn(host, "/?#");
  if (!read_authority(host, size, authority)) {
    *asked = IGS_ASKED_BAD;
    return NULL;
  }
  return host + size;
}
