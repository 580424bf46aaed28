/* One attempt of a call on the wire, and what follows from how it ended: success,
 * another attempt later, a redirect of a media file, failure. */
#include <string.h>
#include <strings.h>

#include "ig_alloc.h"
#include "ig_answer.h"
#include "ig_call_state.h"
#include "ig_crypto.h"
#include "ig_find.h"
#include "ig_os.h"
#include "ig_retry.h"
#include "ig_url.h"

enum { REDIRECTS_MAX = 5 };

static void wait_until(struct ig_call *call, double at)
{
  call->state = IG_CALL_WAITING;
  call->not_before = at;
}

static void drop_transfer(struct ig_call *call)
{
  ig_transfer_free(call->transfer);
  call->transfer = NULL;
}

/* --- sending ---------------------------------------------------------------------- */

/* API addresses were made here, on hosts that were checked with the app; a media file's
 * address comes from an answer. */
static enum ig_kind check_address(struct ig_call *call, bool *loopback)
{
  struct ig_address address = {0};
  enum ig_kind failed = IG_OK;

  address.loopback = call->app->loopback;
  if (call->operation->media)
    failed = ig_address_check(call->url, "the media address", &address, &call->error);
  *loopback = address.loopback;
  return failed;
}

static void fill_request(struct ig_call *call, bool loopback,
                         struct ig_http_request *request)
{
  const struct ig_app_opts *opts = &call->app->opts;

  memset(request, 0, sizeof *request);
  request->method = call->operation->method;
  request->url = call->url;
  request->form = call->form.data;
  request->form_size = call->form.size;
  request->proxy = opts->proxy;
  request->cainfo = opts->cainfo;
  request->user_agent = opts->user_agent;
  request->loopback = loopback;
  request->raw = call->operation->media;
  request->once = !call->operation->idempotent;
  request->max_body = opts->max_body;
  if (!call->download)
    return;
  ig_download_prepare(call->download);
  request->sink = &call->download->sink;
  if (call->download->range[0]) {
    request->range = call->download->range;
    request->if_range = call->download->validator;
  }
}

void ig_attempt_begin(struct ig_call *call, double now)
{
  struct ig_http_request request;
  bool loopback;

  if (check_address(call, &loopback)) {
    ig_call_finish(call);
    return;
  }
  fill_request(call, loopback, &request);
  ig_error_clear(&call->error);
  call->transfer = ig_http_begin(call->engine->http, &request, &call->error);
  if (!call->transfer) {
    ig_call_finish(call);
    return;
  }
  ig_transfer_set_owner(call->transfer, call);
  call->attempts++;
  call->attempt_began = now;
  call->state = IG_CALL_FLYING;
}

/* --- judging ---------------------------------------------------------------------- */

static enum ig_kind media_kind(int status)
{
  if (status == 403 || status == 404 || status == 410)
    return IG_NOT_FOUND;
  if (status == 429)
    return IG_RATE_LIMIT;
  return status >= 500 ? IG_TRANSIENT : IG_API;
}

enum { WORDS_MAX = 200 }; /* of a foreign page in a message */

/* Where a tag that begins at `at` ends: behind its '>', and behind the contents of a
 * script or style. */
static size_t skip_tag(const struct ig_buf *page, size_t at)
{
  const char *tag = page->data + at, *end;
  bool hidden = strncasecmp(tag, "<script", 7) == 0 ||
                strncasecmp(tag, "<style", 6) == 0;

  end = strstr(tag, hidden ? "</" : ">");
  if (end && hidden)
    end = strchr(end, '>');
  return end ? (size_t)(end - page->data) + 1 : page->size;
}

/* What a person would read of a page (no tags, blanks run together) or of a plain text
 * (its first line), at most WORDS_MAX bytes. "" when there is nothing. */
static void read_words(const struct ig_buf *page, char words[WORDS_MAX + 1])
{
  size_t at = page->data ? strspn(page->data, " \t\r\n") : 0, used = 0;
  bool plain = at < page->size && !strchr("<{", page->data[at]), gap = false;

  while (at < page->size && used < WORDS_MAX - 1) {
    char c = page->data[at];

    if (c == '<' && page->data[at + 1] > ' ') { /* a buffer ends with a zero */
      at = skip_tag(page, at);
      gap = true;
      continue;
    }
    at++;
    if ((unsigned char)c <= ' ') {
      if (plain && (c == '\n' || c == '\r'))
        break;
      gap = true;
      continue;
    }
    if (gap && used)
      words[used++] = ' ';
    gap = false;
    words[used++] = c;
  }
  words[used] = 0;
}

/* A media host's answer: what a person would read of it (such as "URL signature
 * expired") goes into the message. */
static enum ig_kind judge_media(struct ig_call *call, const struct ig_buf *body)
{
  int status = call->head.status;
  char words[WORDS_MAX + 1];
  bool taken = call->download ? ig_transfer_sunk(call->transfer)
                              : status == 200 && !call->head.coded;

  if (taken && (status != 200 || ig_transfer_received(call->transfer) > 0))
    return IG_OK;
  read_words(body, words);
  if (taken) /* what an empty file means nobody documented: no picture, at any rate */
    ig_error_set(&call->error, IG_PARSE, "the media host sent an empty file");
  else if (call->head.coded && status / 100 == 2)
    ig_error_set(&call->error, IG_PARSE,
                 "the media host sent the file in a content coding nobody asked for");
  else if (status == 206)
    ig_error_set(&call->error, IG_PARSE, "the media host sent a part nobody asked for");
  else if (status == 200)
    ig_error_set(&call->error, IG_PARSE, "the media host answered with %s, not a file",
                 call->head.content_type[0] ? call->head.content_type : "no type");
  else
    ig_error_set(&call->error, media_kind(status),
                 "the media host answered HTTP %d%s%s", status, words[0] ? ": " : "",
                 words);
  call->error.status = status;
  return call->error.kind;
}

/* An error may come under HTTP 200 (observed), but never without this word. */
static bool plainly_fine(const struct ig_call *call, const struct ig_buf *body)
{
  static const char word[] = "\"error";

  return call->head.status / 100 == 2 && body->size > 0 &&
         (body->data[0] == '{' || body->data[0] == '[') &&
         !ig_find(body->data, body->size, word, sizeof word - 1);
}

static enum ig_kind judge_api(struct ig_call *call, struct ig_buf *body)
{
  const struct ig_operation *operation = call->operation;

  if (!operation->token_endpoint) {
    ig_scrub(body->data, body->size, call->token.data, call->token.size);
    ig_scrub_parameter(body->data, body->size, "access_token=");
    call->scrubbed = true;
  }
  if (plainly_fine(call, body))
    return IG_OK;
  return ig_answer_check(call->head.status, call->head.content_type, body->data,
                         body->size, operation->token_endpoint, &call->error);
}

/* Seconds until asking again makes sense, as this answer said; negative: it did not. */
static double regain_after(const struct ig_call *call, enum ig_kind kind)
{
  double after = ig_http_retry_after(&call->head);

  if (after < 0 && kind == IG_RATE_LIMIT && call->head.usage.regain_seconds > 0)
    after = call->head.usage.regain_seconds;
  return after;
}

static enum ig_kind judge(struct ig_call *call)
{
  enum ig_kind kind = ig_transfer_result(call->transfer, &call->error);
  struct ig_buf *body = ig_transfer_body(call->transfer);

  if (call->download && ig_download_problem(call->download, &call->error))
    return IG_IO;
  if (kind) {
    call->error.status = call->head.status;
    return kind;
  }
  if (call->operation->media)
    kind = judge_media(call, body);
  else
    kind = judge_api(call, body);
  if (!kind && call->download)
    kind = ig_download_finish(call->download, &call->error);
  if (kind && call->error.retry_after < 0)
    call->error.retry_after = regain_after(call, kind);
  return kind;
}

/* --- what follows ----------------------------------------------------------------- */

static bool shrink_helps(const struct ig_call *call)
{
  return call->shrinkable && (call->error.code == 1 || call->error.status == 500);
}

/* Whether the answer had begun: then the request did arrive. */
static bool may_try_again(const struct ig_call *call, bool answered)
{
  return call->failures <= call->retries && !shrink_helps(call) &&
         ig_retry_allowed(&call->error, call->operation->idempotent, answered);
}

static double random01(void)
{
  unsigned bits;

  ig_random(&bits, sizeof bits);
  return (double)(bits & 0xffffff) / 0x1000000;
}

static void take_note(struct ig_call *call, double wait)
{
  struct ig_note *note;

  if (call->note_count == IG_NOTES)
    return;
  note = &call->notes[call->note_count++];
  note->kind = call->error.kind;
  note->status = call->error.status;
  note->code = call->error.code;
  note->wait = wait;
}

/* Not before the server said, if it did. */
static double next_attempt(const struct ig_call *call, double now)
{
  double wait = ig_backoff(call->failures, random01());

  return now + (wait > call->error.retry_after ? wait : call->error.retry_after);
}

/* Past the call's time. A file that has none waits for a server as long as a call may
 * take in all. */
static bool too_late(const struct ig_call *call, double at)
{
  if (call->timeout < 0)
    return call->error.retry_after > call->app->opts.timeout;
  return call->attended && at >= call->attended_since + call->timeout - call->spent;
}

static void fail_or_retry(struct ig_call *call, bool answered, double now)
{
  enum ig_kind kind = call->error.kind;
  double at;

  if (call->download && ig_download_moved(call->download))
    call->failures = 0; /* a bad line may still finish the file */
  call->failures++;
  if (!call->attended && call->operation->idempotent && !shrink_helps(call) &&
      (kind == IG_TRANSPORT || kind == IG_TIMEOUT || kind == IG_TRANSIENT)) {
    call->state = IG_CALL_PARKED;
    call->not_before = now + call->error.retry_after; /* -1: at once */
    call->failures = 0;
    return;
  }
  if (!may_try_again(call, answered)) {
    ig_call_finish(call);
    return;
  }
  at = next_attempt(call, now);
  if (too_late(call, at))
    ig_call_finish(call); /* the error is known now; waiting would only hide it */
  else {
    take_note(call, at - now);
    wait_until(call, at);
  }
}

/* A media file may live elsewhere. The way leads to https or to this machine, and back
 * from the open network to this machine it does not lead. */
static bool follow(struct ig_call *call, double now)
{
  const char *target = ig_transfer_redirect(call->transfer);
  struct ig_address from, to;
  char *url;

  if (!call->operation->media || call->head.status / 100 != 3 || !target)
    return false;
  if (++call->redirects > REDIRECTS_MAX) {
    ig_call_fail(call, IG_TRANSPORT, "the media host redirects without end");
    return true;
  }
  if (ig_address_read(call->url, &from, &call->error) ||
      ig_address_check(target, "the media address's redirect", &to, &call->error)) {
    ig_call_finish(call);
    return true;
  }
  if (to.loopback && !from.loopback) {
    ig_call_fail(call, IG_TRANSPORT, "the media host redirects to this machine");
    return true;
  }
  url = ig_strdup(target);
  drop_transfer(call);
  ig_free(call->url);
  call->url = url;
  if (url)
    wait_until(call, now);
  else
    ig_call_fail(call, IG_MEMORY, "memory is out");
  return true;
}

/* What lies on disk is not a part of what the server has: once more, from its start. */
static bool restart(struct ig_call *call, double now)
{
  if (!call->download || !call->download->restart)
    return false;
  ig_download_forget(call->download);
  call->download->restart = false;
  drop_transfer(call);
  wait_until(call, now);
  return true;
}

static void succeed(struct ig_call *call)
{
  struct ig_buf *body = ig_transfer_body(call->transfer);

  call->body = *body; /* moved, not copied */
  ig_buf_init(body, body->max);
  if (call->download) {
    call->file_size = call->download->size;
    call->file_reused = call->download->offset;
  }
  ig_error_clear(&call->error);
  ig_call_finish(call);
}

void ig_attempt_end(struct ig_call *call, double now)
{
  bool answered = ig_transfer_received(call->transfer) > 0;

  call->head = *ig_transfer_head(call->transfer);
  if (!call->operation->media)
    ig_engine_learn(call->engine, call->app, &call->head, now);
  if (follow(call, now) || restart(call, now))
    return;
  if (judge(call) == IG_OK) {
    succeed(call);
    return;
  }
  drop_transfer(call);
  fail_or_retry(call, answered && !call->download, now);
}

void ig_attempt_expire(struct ig_call *call, double now)
{
  bool over = call->timeout >= 0 &&
              now >= call->attended_since + call->timeout - call->spent;
  bool connected = call->transfer && ig_transfer_connected(call->transfer);
  bool answered = call->transfer && ig_transfer_received(call->transfer) > 0;

  if (over && call->error.kind) {
    ig_call_finish(call); /* between attempts: the last failure says more */
    return;
  }
  ig_error_set(&call->error, IG_TIMEOUT, over ? "no answer within %g seconds"
               : connected ? "nothing arrived for %g seconds"
                           : "no connection within %g seconds",
               over ? call->timeout
               : connected ? call->app->opts.stall_timeout
                           : call->app->opts.connect_timeout);
  drop_transfer(call);
  if (over)
    ig_call_finish(call);
  else
    fail_or_retry(call, answered && !call->download, now);
}
