/* HTTP room: reads the header lines we care about into a fixed struct. */
#include "ig_http_curl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ig_os.h"

static void forget(struct ig_http_head *head)
{
  memset(head, 0, sizeof *head);
  head->length = -1;
  head->range_start = head->range_end = -1;
  head->range_total = -1;
  head->retry_after = -1;
  head->retry_at = -1;
  ig_usage_clear(&head->usage);
}

/* "HTTP/1.1 206 Partial Content" */
static void read_status(struct ig_http_head *head, const char *line)
{
  const char *space = strchr(line, ' ');

  forget(head);
  if (space)
    head->status = (int)strtol(space + 1, NULL, 10);
}

static void keep(char *field, size_t room, const char *value)
{
  size_t size = strlen(value);

  if (size >= room)
    return; /* half a validator is worse than none */
  memcpy(field, value, size + 1);
}

/* What a type says first is what it is: "text/html; charset=..." */
static void keep_begin(char *field, size_t room, const char *value)
{
  size_t size = strlen(value) < room ? strlen(value) : room - 1;

  memcpy(field, value, size);
  field[size] = '\0';
}

/* "bytes 100-199/200", "bytes 100-199" with an unknown total as "*", "bytes *"
 * "/200" */
static void read_range(struct ig_http_head *head, const char *value)
{
  const char *slash = strchr(value, '/');
  char *after;

  if (strncmp(value, "bytes ", 6) != 0 || !slash)
    return;
  if (isdigit((unsigned char)value[6])) {
    head->range_start = strtoll(value + 6, &after, 10);
    if (after[0] == '-' && isdigit((unsigned char)after[1]))
      head->range_end = strtoll(after + 1, NULL, 10);
  }
  if (isdigit((unsigned char)slash[1]))
    head->range_total = strtoll(slash + 1, NULL, 10);
}

static void read_length(struct ig_http_head *head, const char *value)
{
  if (isdigit((unsigned char)value[0]))
    head->length = strtoll(value, NULL, 10);
}

static void read_retry_after(struct ig_http_head *head, const char *value)
{
  if (isdigit((unsigned char)value[0]))
    head->retry_after = strtol(value, NULL, 10);
  else
    head->retry_at = ig_http_date(value);
}

static bool same_name(const char *a, const char *lower)
{
  if ((a[0] | 0x20) != lower[0])
    return false;
  for (; *a && *lower; a++, lower++)
    if (tolower((unsigned char)*a) != *lower)
      return false;
  return *a == *lower;
}

static void keep_field(struct ig_http_head *head, const char *name, const char *value)
{
  if (same_name(name, "content-type"))
    keep_begin(head->content_type, sizeof head->content_type, value);
  else if (same_name(name, "etag"))
    keep(head->etag, sizeof head->etag, value);
  else if (same_name(name, "last-modified"))
    keep(head->last_modified, sizeof head->last_modified, value);
  else if (same_name(name, "instagram-api-version"))
    keep(head->api_version, sizeof head->api_version, value);
  else if (same_name(name, "content-encoding"))
    head->coded = value[0] && !same_name(value, "identity");
  else if (same_name(name, "content-length"))
    read_length(head, value);
  else if (same_name(name, "content-range"))
    read_range(head, value);
  else if (same_name(name, "date"))
    keep(head->date, sizeof head->date, value);
  else if (same_name(name, "retry-after"))
    read_retry_after(head, value);
}

/* The value, where the line has this name ("x-app-usage:"); else NULL. */
static const char *value_of(const char *line, size_t size, const char *lower)
{
  size_t i, length = strlen(lower);

  if (size <= length)
    return NULL;
  for (i = 0; i < length; i++)
    if (tolower((unsigned char)line[i]) != lower[i])
      return NULL;
  for (; i < size && isspace((unsigned char)line[i]); i++)
    ;
  return line + i;
}

/* The rate headers grow with what an app may do: they are read at once, not kept. */
static bool read_usage(struct ig_http_head *head, const char *line, size_t size)
{
  const char *end = line + size;
  const char *app = value_of(line, size, "x-app-usage:");
  const char *business = value_of(line, size, "x-business-use-case-usage:");
  struct ig_usage found;

  if ((app && ig_usage_read_app(&found, app, (size_t)(end - app))) ||
      (business && ig_usage_read_business(&found, business, (size_t)(end - business))))
    ig_usage_merge(&head->usage, &found);
  return app || business;
}

/* The names above start with one of these; all other lines are not even copied. */
static bool may_matter(char first)
{
  switch (first | 0x20) { /* in lower case */
  case 'c': case 'd': case 'e': case 'h': case 'i': case 'l': case 'r': case 'x':
    return true;
  default:
    return false;
  }
}

void ig_http_head_line(struct ig_http_head *head, const char *line, size_t size)
{
  char text[1400], *colon, *value;

  while (size > 0 && isspace((unsigned char)line[size - 1]))
    size--;
  if (size == 0 || !may_matter(line[0]) || read_usage(head, line, size))
    return;
  if (size >= sizeof text)
    size = sizeof text - 1; /* longer than all that is kept whole */
  memcpy(text, line, size);
  text[size] = '\0';
  if (strncmp(text, "HTTP/", 5) == 0) {
    read_status(head, text);
    return;
  }
  colon = strchr(text, ':');
  if (!colon)
    return;
  *colon = '\0';
  for (value = colon + 1; isspace((unsigned char)*value); value++)
    ;
  keep_field(head, text, value);
}

long long ig_http_date(const char *text)
{
  return text[0] ? (long long)curl_getdate(text, NULL) : -1;
}

double ig_http_retry_after(const struct ig_http_head *head)
{
  double now;

  if (head->retry_after >= 0 || head->retry_at < 0)
    return (double)head->retry_after;
  now = (double)ig_http_date(head->date);
  if (now < 0)
    now = ig_os_time();
  return (double)head->retry_at > now ? (double)head->retry_at - now : 0;
}
