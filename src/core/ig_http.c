/* The HTTP room: the library made ready once, the multi handle, its sockets and its
 * timer. Transfers themselves are in ig_http_transfer.c. */
#include "ig_http_curl.h"

#include <string.h>

#include "ig_alloc.h"
#include "ig_os.h"
#include "ig_poll.h"

/* --- the library ------------------------------------------------------------------ */

static struct {
  struct ig_once once;
  bool ready, wipes;
} library;

static void start_curl(void)
{
  unsigned long before;
  struct curl_slist *probe;

  ig_os_stay_loaded();
  library.ready = curl_global_init_mem(CURL_GLOBAL_DEFAULT, ig_malloc, ig_free,
                                       ig_realloc, ig_strdup, ig_calloc) == CURLE_OK;
  /* curl ignores the allocator when the host made it ready before: see whose it
   * uses. */
  before = ig_alloc_count();
  probe = curl_slist_append(NULL, "probe");
  library.wipes = ig_alloc_count() != before;
  curl_slist_free_all(probe);
  ig_http_tls_start();
}

bool ig_http_start(void)
{
  ig_os_once(&library.once, start_curl);
  return library.ready;
}

bool ig_http_wipes(void)
{
  return ig_http_start() && library.wipes;
}

const char *ig_http_version(void)
{
  return curl_version();
}

/* --- sockets and timer ------------------------------------------------------------ */

static bool make_room(struct ig_http *http, size_t fd)
{
  size_t room = http->wanted_room ? http->wanted_room : 64;
  unsigned char *wanted;

  if (fd < http->wanted_room)
    return true;
  while (room <= fd)
    room *= 2;
  wanted = ig_realloc(http->wanted, room);
  if (!wanted)
    return false;
  memset(wanted + http->wanted_room, 0, room - http->wanted_room);
  http->wanted = wanted;
  http->wanted_room = room;
  return true;
}

/* Beside the IG_POLL_* that the kernel watches for. LASTING: ig_http_forget will be
 * told of its end. Others (a resolver's) curl closes without a word. */
enum { WATCHED = IG_POLL_READ | IG_POLL_WRITE, LASTING = 0x40, WANTED = 0x80 };

/* Tells the kernel, unless it watches for just that. */
static bool watch(struct ig_http *http, int fd, int wish)
{
  if ((http->wanted[fd] & WATCHED) == wish)
    return true;
  return ig_poll_watch(http->set, fd, wish, 1) == 0;
}

static struct ig_transfer *transfer_of(CURL *easy)
{
  char *arg = NULL;

  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &arg);
  return (struct ig_transfer *)(void *)arg;
}

/* Its socket cannot be watched. Said to curl (-1), that would end the whole multi
 * handle for ever. An easy handle of curl's own has no transfer. */
static void refuse(struct ig_http *http, CURL *easy)
{
  struct ig_transfer *transfer = transfer_of(easy);

  if (!transfer)
    return;
  transfer->refused = IG_MEMORY;
  http->failing = true;
}

static void unwatch(struct ig_http *http, int fd)
{
  http->wanted[fd] &= LASTING;
  ig_poll_watch(http->set, fd, 0, 1);
}

/* A connection that curl has done with stays in the set: mostly it is wanted again at
 * once, by the next request. If it speaks up before, act_on_sockets takes it out;
 * before it is closed, ig_http_forget does. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
  struct ig_http *http = arg;
  int wish = 0;

  (void)known;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    wish |= IG_POLL_READ;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    wish |= IG_POLL_WRITE;
  if (!make_room(http, (size_t)fd) || (wish && !watch(http, (int)fd, wish)))
    refuse(http, easy);
  else if (wish)
    http->wanted[fd] = (unsigned char)((http->wanted[fd] & LASTING) | wish | WANTED);
  else if (http->wanted[fd] & LASTING)
    http->wanted[fd] &= (unsigned char)~WANTED;
  else
    unwatch(http, (int)fd);
  return 0;
}

/* Not left to the kernel: that watches the connection, which a forked child may hold
 * open, and would tell us of a number that is ours no more, for ever. */
void ig_http_forget(struct ig_http *http, int fd)
{
  if (http->set < 0 || (size_t)fd >= http->wanted_room)
    return;
  unwatch(http, fd);
  http->wanted[fd] = 0;
}

void ig_http_expect(struct ig_http *http, int fd)
{
  if (http->set >= 0 && make_room(http, (size_t)fd))
    http->wanted[fd] = LASTING;
}

static int on_timer(CURLM *multi, long milliseconds, void *arg)
{
  struct ig_http *http = arg;

  (void)multi;
  http->timer = milliseconds < 0 ? -1 : ig_os_monotonic() + (double)milliseconds / 1000;
  return 0;
}

static void listen_to_curl(struct ig_http *http)
{
  curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
  curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
}

struct ig_http *ig_http_new(bool use_poll, struct ig_error *error)
{
  struct ig_http *http = NULL;

  if (!ig_http_start()) {
    ig_error_set(error, IG_TRANSPORT, "libcurl cannot be started");
    return NULL;
  }
  http = ig_calloc(1, sizeof *http);
  if (!http)
    goto memory;
  http->multi = curl_multi_init();
  if (!http->multi)
    goto memory;
  http->share = curl_share_init();
  if (http->share)
    curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  http->timer = -1;
  http->done_end = &http->done;
  http->set = use_poll ? ig_poll_open() : -1;
  if (http->set >= 0)
    listen_to_curl(http);
  return http;
memory:
  ig_free(http);
  ig_error_set(error, IG_MEMORY, "memory is out");
  return NULL;
}

void ig_http_hold(const struct ig_http *http, struct ig_sigpipe *guard)
{
  guard->blocked = false;
  if (http->tls)
    ig_os_sigpipe_hold(guard);
}

void ig_http_drop_idle(struct ig_http *http)
{
  while (http->idle_count > 0)
    curl_easy_cleanup(http->idle[--http->idle_count]);
}

void ig_http_free(struct ig_http *http, bool forked)
{
  struct ig_sigpipe guard;

  if (!http || forked)
    return; /* in a child everything below is shared with the parent: leave it be */
  ig_os_sigpipe_hold(&guard);
  while (http->live) {
    struct ig_transfer *transfer = http->live;

    ig_transfer_drop_easy(transfer);
    http->live = transfer->next;
    transfer->http = NULL;
  }
  ig_http_drop_idle(http);
  while (http->spare_count > 0)
    ig_buf_free(&http->spare[--http->spare_count]);
  curl_multi_cleanup(http->multi);
  curl_share_cleanup(http->share);
  ig_os_sigpipe_release(&guard);
  ig_poll_close(http->set);
  ig_free(http->wanted);
  ig_free(http);
}

/* --- stepping --------------------------------------------------------------------- */

static int to_milliseconds(double seconds)
{
  if (seconds <= 0)
    return 0;
  return seconds > 86400 ? 86400000 : (int)(seconds * 1000 + 0.999);
}

double ig_http_timeout(const struct ig_http *http)
{
  double left;
  long milliseconds = -1;

  if (http->set < 0) {
    curl_multi_timeout(http->multi, &milliseconds);
    return milliseconds < 0 ? -1 : (double)milliseconds / 1000;
  }
  if (http->timer < 0)
    return -1;
  left = http->timer - ig_os_monotonic();
  return left > 0 ? left : 0;
}

int ig_http_descriptor(const struct ig_http *http)
{
  return http->set;
}

/* Memory was out for one of them, and curl does not tell for which: it would not be
 * heard of again. */
static void refuse_all(struct ig_http *http)
{
  struct ig_transfer *transfer = http->live;

  for (; transfer; transfer = transfer->next)
    if (!transfer->ended && !transfer->refused)
      transfer->refused = IG_MEMORY;
  http->failing = true;
}

static void act(struct ig_http *http, curl_socket_t fd, int what)
{
  int running, mask = 0;

  if (what & IG_POLL_READ)
    mask |= CURL_CSELECT_IN;
  if (what & IG_POLL_WRITE)
    mask |= CURL_CSELECT_OUT;
  if (what & IG_POLL_FAULT)
    mask |= CURL_CSELECT_ERR;
  if (curl_multi_socket_action(http->multi, fd, mask, &running) != CURLM_OK)
    refuse_all(http);
}

/* What curl wants to do by now; a started transfer is sent here. What it wants at once
 * after that is done without asking the kernel in between. */
static void act_on_timer(struct ig_http *http)
{
  int turns = 2;

  while (turns-- > 0 && http->timer >= 0 && http->timer <= ig_os_monotonic()) {
    http->timer = -1;
    act(http, CURL_SOCKET_TIMEOUT, 0);
  }
}

static void act_on_sockets(struct ig_http *http, double seconds)
{
  struct ig_poll_event events[32];
  double wish = ig_http_timeout(http);
  int count, i;

  if (wish >= 0 && wish < seconds)
    seconds = wish;
  count = ig_poll_wait(http->set, events, 32, to_milliseconds(seconds));
  for (i = 0; i < count; i++)
    if (http->wanted[events[i].fd] & WANTED)
      act(http, events[i].fd, events[i].what);
    else
      unwatch(http, events[i].fd);
}

static void take_done(struct ig_http *http, struct ig_transfer *transfer,
                      CURLcode result)
{
  ig_transfer_end(transfer, result);
  ig_transfer_drop_easy(transfer);
  transfer->later = NULL;
  *http->done_end = transfer;
  http->done_end = &transfer->later;
}

static void reap(struct ig_http *http)
{
  int left;
  CURLMsg *message = curl_multi_info_read(http->multi, &left);

  for (; message; message = curl_multi_info_read(http->multi, &left))
    if (message->msg == CURLMSG_DONE)
      take_done(http, transfer_of(message->easy_handle), message->data.result);
}

/* Ends what was refused where curl could not be told. */
static void end_refused(struct ig_http *http)
{
  struct ig_transfer *transfer = http->live;

  if (!http->failing)
    return;
  http->failing = false;
  for (; transfer; transfer = transfer->next)
    if (transfer->refused && !transfer->ended)
      take_done(http, transfer, CURLE_ABORTED_BY_CALLBACK);
}

static void step_by_curl(struct ig_http *http, double seconds)
{
  int running;

  curl_multi_perform(http->multi, &running);
  reap(http);
  if (http->done || seconds <= 0)
    return;
  /* Waits with nothing running, too: for the next attempt of a call. */
  curl_multi_poll(http->multi, NULL, 0, to_milliseconds(seconds), NULL);
  curl_multi_perform(http->multi, &running);
}

void ig_http_step(struct ig_http *http, double seconds)
{
  if (http->set >= 0) {
    act_on_timer(http);
    reap(http);
    if (!http->done) /* else there is something to tell: do not wait */
      act_on_sockets(http, seconds);
    act_on_timer(http);
  }
  else
    step_by_curl(http, seconds);
  reap(http);
  end_refused(http);
}

struct ig_transfer *ig_http_next_done(struct ig_http *http)
{
  struct ig_transfer *transfer = http->done;

  if (transfer) {
    http->done = transfer->later;
    if (!http->done)
      http->done_end = &http->done;
  }
  return transfer;
}

/* --- curl's words ----------------------------------------------------------------- */

static enum ig_kind kind_of(CURLcode result)
{
  switch (result) {
  case CURLE_OPERATION_TIMEDOUT:
    return IG_TIMEOUT;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_SSL_ENGINE_NOTFOUND:
  case CURLE_USE_SSL_FAILED:
    return IG_TLS;
  case CURLE_OUT_OF_MEMORY:
    return IG_MEMORY;
  default:
    return IG_TRANSPORT;
  }
}

enum ig_kind ig_http_explain(CURLcode result, const char *problem,
                             struct ig_error *error)
{
  const char *words = curl_easy_strerror(result);

  if (problem[0] && strcmp(problem, words) != 0)
    return ig_error_set(error, kind_of(result), "%s (%s)", problem, words);
  return ig_error_set(error, kind_of(result), "%s", words);
}
