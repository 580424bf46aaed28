/* HTTP room: one transfer: its curl options, the callbacks that fill C structs (never
 * Lua), its result. */
#include "ig_http_curl.h"

#include <errno.h>
#include <string.h>

#include "ig_alloc.h"
#include "ig_os.h"

enum { HEAD_MAX = 64 * 1024 };

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
  struct ig_transfer *transfer = arg;

  if (transfer->head_size == 0)
    transfer->moved = ig_os_monotonic();
  transfer->head_size += size * count;
  if (transfer->head_size > HEAD_MAX) {
    transfer->refused = IG_TOO_LARGE;
    return 0;
  }
  if (transfer->head_ended)
    return size * count; /* a trailer */
  ig_http_head_line(&transfer->head, line, size * count);
  transfer->head_ended = (line[0] == '\r' || line[0] == '\n') &&
                         transfer->head.status >= 200;
  return size * count;
}

static bool ask_sink(struct ig_transfer *transfer)
{
  if (transfer->sink && !transfer->sink_asked) {
    transfer->sink_asked = true;
    transfer->sink_takes = transfer->sink->open(transfer->sink->self, transfer);
  }
  return transfer->sink_takes;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
  struct ig_transfer *transfer = arg;

  size *= count;
  transfer->moved = ig_os_monotonic();
  transfer->received += (long long)size;
  if (ask_sink(transfer)) {
    if (transfer->sink->write(transfer->sink->self, bytes, size))
      return size;
    transfer->refused = IG_IO;
    return 0;
  }
  transfer->refused = ig_buf_add(&transfer->body, bytes, size);
  return transfer->refused ? 0 : size;
}

static int on_sockopt(void *arg, curl_socket_t fd, curlsocktype purpose)
{
  (void)purpose;
  ig_os_close_on_exec((int)fd);
  ig_http_expect(arg, (int)fd);
  return CURL_SOCKOPT_OK;
}

static int on_close(void *arg, curl_socket_t fd)
{
  ig_http_forget(arg, (int)fd);
  ig_os_close((int)fd);
  return 0;
}

static void watch_sockets(struct ig_http *http, CURL *easy)
{
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_sockopt);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, http);
  if (http->set < 0)
    return;
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, http);
}

static void set_method(CURL *easy, const struct ig_http_request *request)
{
  if (strcmp(request->method, "POST") == 0) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->form ? request->form : "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)request->form_size);
  }
  else if (strcmp(request->method, "GET") != 0)
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Where the bytes go and whom they trust. False: memory was out, and by default they
 * would go by another way. */
static bool set_way(CURL *easy, const struct ig_http_request *request)
{
  const char *proxy = request->loopback ? "" : request->proxy;

  /* Verification is curl's default; said here so that nobody has to look it up. */
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  ig_http_tls_cleanse(easy);
  return (!proxy || !curl_easy_setopt(easy, CURLOPT_PROXY, proxy)) &&
         (!request->cainfo ||
          !curl_easy_setopt(easy, CURLOPT_CAINFO, request->cainfo));
}

static void set_network(CURL *easy, const struct ig_http_request *request)
{
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if IG_CURL_GE(7, 85, 0)
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if IG_CURL_GE(7, 87, 0)
  /* Taking a transfer away must not wait for a resolver thread. */
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->once ? 1L : 0L);
  /* curl's own connect limit (300 s) stays out of the way: time is the engine's. */
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 86400L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static struct curl_slist *range_headers(const struct ig_http_request *request)
{
  char line[256] = "If-Range: ";
  size_t size = strlen(request->if_range);

  if (size >= sizeof line - sizeof "If-Range: ")
    return NULL;
  memcpy(line + sizeof "If-Range: " - 1, request->if_range, size + 1);
  return curl_slist_append(NULL, line);
}

static bool set_answer(struct ig_transfer *transfer,
                       const struct ig_http_request *request)
{
  CURL *easy = transfer->easy;

  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem);
  if (!request->raw)
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  if (request->user_agent)
    curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
  if (request->range)
    curl_easy_setopt(easy, CURLOPT_RANGE, request->range);
  if (!request->if_range)
    return true;
  transfer->headers = range_headers(request);
  return transfer->headers && !curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                                                transfer->headers);
}

void ig_http_recycle(struct ig_http *http, struct ig_buf *body, bool harmless)
{
  if (!http || !body->data || body->room > IG_HTTP_SPARE_ROOM ||
      http->spare_count == IG_HTTP_SPARE) {
    ig_buf_free(body);
    return;
  }
  if (harmless)
    body->size = 0;
  else
    ig_buf_clear(body);
  http->spare[http->spare_count++] = *body;
  ig_buf_init(body, body->max);
}

static void take_body(struct ig_http *http, struct ig_buf *body, size_t max)
{
  ig_buf_init(body, max);
  if (http->spare_count > 0) {
    *body = http->spare[--http->spare_count];
    body->max = max;
  }
}

static CURL *take_easy(struct ig_http *http)
{
  CURL *easy;

  if (http->idle_count > 0)
    return http->idle[--http->idle_count];
  easy = curl_easy_init();
  if (easy && http->share)
    curl_easy_setopt(easy, CURLOPT_SHARE, http->share);
  return easy;
}

/* Back to the pool: what it held of this transfer is freed, and so wiped, here. But for
 * TLS curl copies the request, token and all, into a buffer that only goes with the
 * handle. */
static void give_easy(struct ig_http *http, CURL *easy, bool tls)
{
  if (http && !tls && http->idle_count < IG_HTTP_IDLE) {
    curl_easy_reset(easy);
    http->idle[http->idle_count++] = easy;
  }
  else
    curl_easy_cleanup(easy);
}

static void link_in(struct ig_transfer *transfer, struct ig_http *http)
{
  transfer->http = http;
  transfer->next = http->live;
  transfer->link = &http->live;
  if (transfer->next)
    transfer->next->link = &transfer->next;
  http->live = transfer;
}

static void link_out(struct ig_transfer *transfer)
{
  struct ig_transfer **at;

  if (!transfer->http)
    return;
  *transfer->link = transfer->next;
  if (transfer->next)
    transfer->next->link = transfer->link;
  for (at = &transfer->http->done; *at; at = &(*at)->later)
    if (*at == transfer) {
      *at = transfer->later;
      if (!*at)
        transfer->http->done_end = at;
      break;
    }
  transfer->http = NULL;
}

struct ig_transfer *ig_http_begin(struct ig_http *http,
                                  const struct ig_http_request *request,
                                  struct ig_error *error)
{
  struct ig_transfer *transfer = ig_calloc(1, sizeof *transfer);

  if (!transfer)
    goto memory;
  take_body(http, &transfer->body, request->max_body);
  transfer->failures = ig_alloc_failures();
  transfer->sink = request->sink;
  transfer->easy = take_easy(http);
  if (!transfer->easy)
    goto memory;
  set_network(transfer->easy, request);
  set_method(transfer->easy, request);
  if (!set_way(transfer->easy, request) || !set_answer(transfer, request) ||
      curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url) != CURLE_OK)
    goto memory;
  watch_sockets(http, transfer->easy);
  transfer->tls = request->proxy || strncmp(request->url, "http://", 7) != 0;
  http->tls |= transfer->tls;
  link_in(transfer, http);
  if (curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK)
    return transfer;
memory:
  ig_transfer_free(transfer);
  ig_error_set(error, IG_MEMORY, "memory is out");
  return NULL;
}

static void keep_redirect(struct ig_transfer *transfer)
{
  char *url = NULL;

  curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &url);
  transfer->redirect = ig_strdup(url);
}

/* curl takes a connection that ends within the head for an answer without a body, and a
 * head over its own limits for want of memory. */
static CURLcode judge_head(struct ig_transfer *transfer, CURLcode result)
{
  static const char cut[] = "the connection ended within the head of the answer";

  if (transfer->head_ended)
    return result;
  if (result == CURLE_OUT_OF_MEMORY && transfer->failures == ig_alloc_failures())
    transfer->refused = IG_TOO_LARGE;
  if (result != CURLE_OK)
    return result;
  memcpy(transfer->problem, cut, sizeof cut);
  return CURLE_RECV_ERROR;
}

/* A connection that ends within the TLS handshake says nothing of certificates. The
 * system has a number for a reset; for an end without one there are only words, of
 * OpenSSL (two) and GnuTLS. */
static CURLcode judge_handshake(const struct ig_transfer *transfer, CURLcode result)
{
  static const char *const ends[] = {"SSL_ERROR_SYSCALL", "unexpected eof",
                                     "non-properly terminated"};
  long number = 0;
  size_t i;

  if (result != CURLE_SSL_CONNECT_ERROR)
    return result;
  curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
  if (number == ECONNRESET || number == EPIPE)
    return CURLE_RECV_ERROR;
  for (i = 0; i < sizeof ends / sizeof ends[0]; i++)
    if (strstr(transfer->problem, ends[i]))
      return CURLE_RECV_ERROR;
  return result;
}

/* A proxy that curl cannot read it cites, password and all: 'http://me:secret@host'. */
static void mask_login(char *words)
{
  char *from = strchr(words, '\''), *to = strrchr(words, '@');

  if (from && to && from < to)
    memset(from + 1, '*', (size_t)(to - from - 1));
}

void ig_transfer_end(struct ig_transfer *transfer, CURLcode result)
{
  result = judge_handshake(transfer, judge_head(transfer, result));
  mask_login(transfer->problem);
  transfer->ended = true;
  transfer->result = result;
  if (result == CURLE_OK) {
    ask_sink(transfer); /* an empty body never came by on_body */
    keep_redirect(transfer);
  }
}

void ig_transfer_drop_easy(struct ig_transfer *transfer)
{
  if (!transfer->easy)
    return;
  if (transfer->http)
    curl_multi_remove_handle(transfer->http->multi, transfer->easy);
  give_easy(transfer->http, transfer->easy, transfer->tls);
  transfer->easy = NULL;
  curl_slist_free_all(transfer->headers);
  transfer->headers = NULL;
}

void ig_transfer_free(struct ig_transfer *transfer)
{
  struct ig_sigpipe guard;

  if (!transfer)
    return;
  if (transfer->easy) { /* it still runs: its connection is closed, which may write */
    ig_os_sigpipe_hold(&guard);
    ig_transfer_drop_easy(transfer);
    ig_os_sigpipe_release(&guard);
  }
  ig_http_recycle(transfer->http, &transfer->body, false);
  link_out(transfer);
  ig_free(transfer->redirect);
  ig_free(transfer);
}

void ig_transfer_set_owner(struct ig_transfer *transfer, void *owner)
{
  transfer->owner = owner;
}

void *ig_transfer_owner(const struct ig_transfer *transfer)
{
  return transfer->owner;
}

const struct ig_http_head *ig_transfer_head(const struct ig_transfer *transfer)
{
  return &transfer->head;
}

struct ig_buf *ig_transfer_body(struct ig_transfer *transfer)
{
  return &transfer->body;
}

long long ig_transfer_received(const struct ig_transfer *transfer)
{
  return transfer->received;
}

double ig_transfer_moved(const struct ig_transfer *transfer)
{
  return transfer->moved;
}

bool ig_transfer_sunk(const struct ig_transfer *transfer)
{
  return transfer->sink_takes;
}

bool ig_transfer_connected(const struct ig_transfer *transfer)
{
  curl_off_t microseconds = 0;

  if (transfer->ended || transfer->head.status)
    return true;
  if (transfer->easy)
    curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds);
  return microseconds > 0;
}

const char *ig_transfer_redirect(const struct ig_transfer *transfer)
{
  return transfer->redirect;
}

enum ig_kind ig_transfer_result(const struct ig_transfer *transfer,
                                struct ig_error *error)
{
  if (transfer->refused == IG_TOO_LARGE && !transfer->head_ended)
    return ig_error_set(error, IG_TOO_LARGE, "the answer's head is over the limit");
  if (transfer->refused == IG_TOO_LARGE)
    return ig_error_set(error, IG_TOO_LARGE,
                        "the answer is over the limit of %lu bytes",
                        (unsigned long)transfer->body.max);
  if (transfer->refused == IG_MEMORY)
    return ig_error_set(error, IG_MEMORY, "memory is out");
  if (transfer->refused)
    return ig_error_set(error, transfer->refused, "the answer could not be kept");
  if (transfer->result != CURLE_OK)
    return ig_http_explain(transfer->result, transfer->problem, error);
  return IG_OK;
}
