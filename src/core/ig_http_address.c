/* HTTP room: takes addresses apart with curl's own parser, so that what we check is
 * what curl will connect to. */
#include "ig_http_curl.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "127.0.0.1" and its kind: 127 and three more numbers, nothing else. */
static bool is_127(const char *host)
{
  int parts = 0;

  if (strncmp(host, "127.", 4) != 0)
    return false;
  for (host += 4; isdigit((unsigned char)*host); parts++) {
    size_t digits = strspn(host, "0123456789");

    if (digits > 3)
      return false;
    host += digits;
    if (*host == '.' && parts < 2)
      host++;
    else if (*host)
      return false;
  }
  return parts == 3;
}

static bool is_loopback(const char *host)
{
  return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 || is_127(host);
}

/* Copies one part, in lower case; false when it is absent or does not fit. */
static bool copy_part(CURLU *parts, CURLUPart which, char *out, size_t room)
{
  char *text = NULL;
  size_t i;

  if (curl_url_get(parts, which, &text, 0) != CURLUE_OK || !text)
    return false;
  for (i = 0; text[i] && i + 1 < room; i++)
    out[i] = (char)tolower((unsigned char)text[i]);
  out[i] = '\0';
  curl_free(text);
  return i + 1 < room;
}

static bool has_part(CURLU *parts, CURLUPart which)
{
  char *text = NULL;
  bool has = curl_url_get(parts, which, &text, 0) == CURLUE_OK;

  curl_free(text);
  return has;
}

static const char *fill(CURLU *parts, const char *url, struct ig_address *out)
{
  char scheme[16], port[8] = "";

  /* No scheme is guessed: "example.com/x" is not an address here. */
  if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
    return "is not an absolute address";
  if (!copy_part(parts, CURLUPART_SCHEME, scheme, sizeof scheme) ||
      (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0))
    return "is neither https nor http";
  if (!copy_part(parts, CURLUPART_HOST, out->host, sizeof out->host))
    return "has no usable host";
  if (has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD))
    return "holds a user name or password";
  out->https = scheme[4] == 's';
  out->loopback = is_loopback(out->host);
  (void)copy_part(parts, CURLUPART_PORT, port, sizeof port);
  snprintf(out->origin, sizeof out->origin, "%s://%s%s%s", scheme, out->host,
           port[0] ? ":" : "", port);
  return NULL;
}

/* Of no use a second time; neither the network nor a certificate is at fault. */
static enum ig_kind advise(struct ig_error *error)
{
  error->retryable = false;
  error->advice = "Only https addresses are followed, and plain http ones of this "
                  "machine; give one of these.";
  return error->kind;
}

enum ig_kind ig_address_read(const char *url, struct ig_address *out,
                             struct ig_error *error)
{
  CURLU *parts;
  const char *problem;

  memset(out, 0, sizeof *out);
  if (!ig_http_start())
    return ig_error_set(error, IG_TRANSPORT, "libcurl cannot be started");
  parts = curl_url();
  if (!parts)
    return ig_error_set(error, IG_MEMORY, "memory is out");
  problem = fill(parts, url, out);
  curl_url_cleanup(parts);
  if (!problem)
    return IG_OK;
  ig_error_set(error, IG_TRANSPORT, "the address %s", problem);
  return advise(error);
}

enum ig_kind ig_address_check(const char *url, const char *what, struct ig_address *out,
                              struct ig_error *error)
{
  enum ig_kind failed = ig_address_read(url, out, error);
  char reason[128];

  if (failed && !error->advice) /* memory */
    return failed;
  if (failed) {
    snprintf(reason, sizeof reason, "%.100s", error->message + sizeof "the address");
    ig_error_set(error, failed, "%s %s", what, reason);
    return advise(error);
  }
  if (out->https || out->loopback)
    return IG_OK;
  ig_error_set(error, IG_TLS,
               "%s must be https (plain http goes to this machine only), got %s", what,
               out->origin);
  return advise(error);
}
