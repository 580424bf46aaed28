/* The one thread that POSTs, by libcurl's multi interface: a receiver that stalls keeps
 * nobody waiting. May know: libcurl, pthreads. */
#define _GNU_SOURCE /* dladdr */
#include "post.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACTIVE_MAX 16            /* on their way at once */
#define COUNT_MAX 10000          /* queued */
#define ANSWER_MAX ((size_t)64 << 10)
#define CONNECT_SECONDS 5L
#define REST_MS 60000 /* nothing to do: whoever queues wakes us */

struct igs_parcel {
  struct igs_parcel *next;
  int64_t id;
  char *url, *type, *body;
  size_t size;
  double timeout;
  bool verify;
  CURL *easy;
  struct curl_slist *headers;
  struct igs_buf answer;
  const char *own_problem; /* why we cut it off ourselves */
  char problem[CURL_ERROR_SIZE];
};

static void parcel_free(struct igs_parcel *parcel)
{
  curl_easy_cleanup(parcel->easy);
  curl_slist_free_all(parcel->headers);
  igs_buf_free(&parcel->answer);
  free(parcel->url);
  free(parcel->type);
  free(parcel->body);
  free(parcel);
}

/* The type as a header line: "Content-Type: ...". */
static char *type_line(const char *type)
{
  struct igs_buf line = { NULL, 0, 0 };

  if (!igs_buf_add(&line, "Content-Type: ", 14)
      || !igs_buf_add(&line, type, strlen(type)))
    igs_buf_free(&line);
  return line.data;
}

static char *copy(const char *bytes, size_t size)
{
  char *own = malloc(size + 1);

  if (own) {
    memcpy(own, bytes, size);
    own[size] = '\0';
  }
  return own;
}

/* NULL when memory is out. */
static struct igs_parcel *parcel_new(const struct igs_order *order)
{
  struct igs_parcel *parcel = calloc(1, sizeof *parcel);

  if (!parcel)
    return NULL;
  parcel->id = order->id;
  parcel->timeout = order->timeout;
  parcel->verify = order->verify;
  parcel->size = order->size;
  parcel->url = copy(order->url, strlen(order->url));
  parcel->type = type_line(order->type);
  parcel->body = copy(order->body, order->size);
  if (parcel->url && parcel->type && parcel->body)
    return parcel;
  parcel_free(parcel);
  return NULL;
}

/* --- one transfer, in the thread -------------------------------------------------- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *argument)
{
  struct igs_parcel *parcel = argument;

  size *= count;
  if (size > ANSWER_MAX - parcel->answer.size) {
    parcel->own_problem = "the answer is larger than 64 KiB";
    return 0;
  }
  if (igs_buf_add(&parcel->answer, bytes, size))
    return size;
  parcel->own_problem = "no memory for the answer";
  return 0;
}

static void allow_http_only(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a stop waits for no name server */
#endif
}

static bool prepare(struct igs_parcel *parcel)
{
  CURL *easy = curl_easy_init();

  parcel->easy = easy;
  parcel->headers = curl_slist_append(NULL, parcel->type);
  if (!easy || !parcel->headers)
    return false;
  allow_http_only(easy);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, parcel);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, parcel->problem);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "instagram-sandbox");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, parcel->headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, parcel->body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)parcel->size);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(parcel->timeout * 1000));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, parcel->verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, parcel->verify ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, parcel);
  return curl_easy_setopt(easy, CURLOPT_URL, parcel->url) == CURLE_OK;
}

static const char *problem_of(const struct igs_parcel *parcel, CURLcode code)
{
  if (code == CURLE_OK)
    return NULL;
  if (parcel->own_problem)
    return parcel->own_problem;
  return parcel->problem[0] ? parcel->problem : curl_easy_strerror(code);
}

/* Tells what came of it, then frees it and lets go of those who wait for rest. */
static void finish(struct igs_poster *poster, struct igs_parcel *parcel, CURLcode code)
{
  struct igs_outcome outcome = { 0 };
  char *type = NULL;

  outcome.id = parcel->id;
  outcome.problem = problem_of(parcel, code);
  if (parcel->easy) {
    curl_easy_getinfo(parcel->easy, CURLINFO_RESPONSE_CODE, &outcome.status);
    curl_easy_getinfo(parcel->easy, CURLINFO_CONTENT_TYPE, &type);
  }
  outcome.type = type ? type : "";
  outcome.body = parcel->answer.data ? parcel->answer.data : "";
  outcome.size = parcel->answer.size;
  poster->deliver(poster->owner, &outcome);
  parcel_free(parcel);
  pthread_mutex_lock(&poster->lock);
  if (--poster->count == 0)
    pthread_cond_broadcast(&poster->rested);
  pthread_mutex_unlock(&poster->lock);
}

static void unlink_active(struct igs_poster *poster, const struct igs_parcel *parcel)
{
  struct igs_parcel **link = &poster->active;

  while (*link != parcel)
    link = &(*link)->next;
  *link = parcel->next;
  poster->active_count--;
}

static void begin(struct igs_poster *poster, struct igs_parcel *parcel)
{
  if (!prepare(parcel)
      || curl_multi_add_handle(poster->multi, parcel->easy) != CURLM_OK) {
    finish(poster, parcel, CURLE_OUT_OF_MEMORY);
    return;
  }
  parcel->next = poster->active;
  poster->active = parcel;
  poster->active_count++;
}

static void collect(struct igs_poster *poster)
{
  struct igs_parcel *parcel;
  CURLMsg *message;
  CURLcode code;
  int left;

  for (;;) {
    message = curl_multi_info_read(poster->multi, &left);
    if (!message)
      return;
    if (message->msg != CURLMSG_DONE)
      continue;
    code = message->data.result; /* gone with the handle */
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &parcel);
    curl_multi_remove_handle(poster->multi, parcel->easy);
    unlink_active(poster, parcel);
    finish(poster, parcel, code);
  }
}

/* --- the thread ------------------------------------------------------------------- */

/* The next in the queue, or NULL when there is none or enough are on their way. */
static struct igs_parcel *take(struct igs_poster *poster)
{
  struct igs_parcel *parcel = NULL;

  pthread_mutex_lock(&poster->lock);
  if (!poster->closed && poster->active_count < ACTIVE_MAX)
    parcel = poster->first;
  if (parcel) {
    poster->first = parcel->next;
    if (!poster->first)
      poster->last = &poster->first;
  }
  pthread_mutex_unlock(&poster->lock);
  return parcel;
}

static bool is_closed(struct igs_poster *poster)
{
  bool closed;

  pthread_mutex_lock(&poster->lock);
  closed = poster->closed;
  pthread_mutex_unlock(&poster->lock);
  return closed;
}

/* A wake-up that comes before the poll ends it at once: none is lost. */
static void *poster_main(void *argument)
{
  struct igs_poster *poster = argument;
  struct igs_parcel *parcel;
  int running;

  while (!is_closed(poster)) {
    for (parcel = take(poster); parcel; parcel = take(poster))
      begin(poster, parcel);
    curl_multi_perform(poster->multi, &running);
    if ((size_t)running < poster->active_count)
      collect(poster);
    else
      curl_multi_poll(poster->multi, NULL, 0, REST_MS, NULL);
  }
  return NULL;
}

/* We stay in memory, and libcurl with us: it may have left a thread with a name server.
 * An address of ours is found through an object: ISO C has no cast from a function
 * pointer to void *. */
static void stay_loaded(void)
{
  static const char anchor = 0;
  Dl_info self;

  if (dladdr(&anchor, &self) && self.dli_fname)
    (void)dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

/* Under the lock. The thread takes no signals: they are the host program's. */
static bool start(struct igs_poster *poster)
{
  sigset_t all, before;

  if (poster->started)
    return true;
  if (!poster->multi && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return false;
  if (!poster->multi)
    poster->multi = curl_multi_init();
  if (!poster->multi)
    return false;
  stay_loaded();
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  poster->started = pthread_create(&poster->thread, NULL, poster_main, poster) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return poster->started;
}

/* --- from outside ----------------------------------------------------------------- */

void igs_poster_init(struct igs_poster *poster,
                     void (*deliver)(void *owner, const struct igs_outcome *outcome),
                     void *owner)
{
  pthread_condattr_t monotonic;

  memset(poster, 0, sizeof *poster);
  poster->last = &poster->first;
  poster->deliver = deliver;
  poster->owner = owner;
  pthread_mutex_init(&poster->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&poster->rested, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

static const char *queue(struct igs_poster *poster, struct igs_parcel *parcel)
{
  if (poster->closed)
    return "the sandbox is being stopped";
  if (poster->count >= COUNT_MAX)
    return "too many are waiting already";
  if (!start(poster))
    return "no thread for it";
  *poster->last = parcel;
  poster->last = &parcel->next;
  poster->count++;
  curl_multi_wakeup(poster->multi);
  return NULL;
}

const char *igs_poster_add(struct igs_poster *poster, const struct igs_order *order)
{
  struct igs_parcel *parcel = parcel_new(order);
  const char *problem;

  if (!parcel)
    return "no memory";
  pthread_mutex_lock(&poster->lock);
  problem = queue(poster, parcel);
  pthread_mutex_unlock(&poster->lock);
  if (problem)
    parcel_free(parcel);
  return problem;
}

bool igs_poster_settle(struct igs_poster *poster, double seconds)
{
  struct timespec until;
  bool rested;
  int code = 0;

  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += (time_t)seconds;
  until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&poster->lock);
  while (poster->count && !poster->closed && code != ETIMEDOUT)
    code = pthread_cond_timedwait(&poster->rested, &poster->lock, &until);
  rested = poster->count == 0;
  pthread_mutex_unlock(&poster->lock);
  return rested;
}

static void free_all(struct igs_poster *poster, struct igs_parcel *parcel)
{
  while (parcel) {
    struct igs_parcel *next = parcel->next;

    if (parcel->easy)
      curl_multi_remove_handle(poster->multi, parcel->easy);
    parcel_free(parcel);
    parcel = next;
  }
}

void igs_poster_close(struct igs_poster *poster)
{
  pthread_mutex_lock(&poster->lock);
  poster->closed = true;
  if (poster->started)
    curl_multi_wakeup(poster->multi);
  pthread_cond_broadcast(&poster->rested);
  pthread_mutex_unlock(&poster->lock);
  if (poster->started)
    pthread_join(poster->thread, NULL);
  free_all(poster, poster->active);
  free_all(poster, poster->first);
  curl_multi_cleanup(poster->multi);
  pthread_cond_destroy(&poster->rested);
  pthread_mutex_destroy(&poster->lock);
}
