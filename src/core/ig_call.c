/* One call: its birth, its clock, its end. What happens on the wire is in ig_attempt.c,
 * what is asked for in ig_api.c. */
#include <string.h>

#include "ig_alloc.h"
#include "ig_call_state.h"
#include "ig_os.h"
#include "ig_url.h"

struct ig_call_opts ig_call_defaults(void)
{
  struct ig_call_opts opts = {-1, -1, NULL, false};

  return opts;
}

static void link_in(struct ig_call *call, struct ig_engine *engine)
{
  call->engine = engine;
  call->next = engine->calls;
  call->link = &engine->calls;
  if (call->next)
    call->next->link = &call->next;
  engine->calls = call;
  engine->pending++;
  engine->files += call->operation->media;
}

struct ig_call *ig_call_new(struct ig_engine *engine, struct ig_app *app,
                            const struct ig_operation *operation,
                            const struct ig_call_opts *opts)
{
  struct ig_call *call = ig_calloc(1, sizeof *call);
  double now = ig_os_monotonic();

  if (!call)
    return NULL;
  call->app = ig_app_retain(app);
  call->operation = operation;
  call->shrinkable = opts->shrinkable;
  call->retries = opts->retries < 0 ? app->opts.retries : opts->retries;
  call->timeout = opts->timeout;
  if (call->timeout < 0 && !operation->media)
    call->timeout = app->opts.timeout;
  call->attended = true;
  call->attended_since = now;
  call->not_before = now;
  if (!operation->media) /* media hosts do not count calls */
    call->not_before += ig_engine_brake(engine, app, now);
  if (call->timeout >= 0 && call->not_before > now + call->timeout / 2)
    call->not_before = now + call->timeout / 2; /* slowed down, never to death */
  ig_buf_init(&call->form, (size_t)1 << 20);
  ig_buf_init(&call->body, app->opts.max_body);
  link_in(call, engine);
  return call;
}

/* --- its clock -------------------------------------------------------------------- */

/* Seconds somebody waited for it. */
static double used(const struct ig_call *call, double now)
{
  return call->spent + (call->attended ? now - call->attended_since : 0);
}

static double later(double a, double b)
{
  return a > b ? a : b;
}

static double sooner(double a, double b)
{
  return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Connecting, then waiting for bytes, each has its own limit. */
static double attempt_deadline(const struct ig_call *call)
{
  double moved = ig_transfer_moved(call->transfer);

  if (!ig_transfer_connected(call->transfer))
    return later(call->attempt_began, call->attended_since) +
           call->app->opts.connect_timeout;
  return later(later(call->attempt_began, call->attended_since), moved) +
         call->app->opts.stall_timeout;
}

double ig_call_deadline(const struct ig_call *call)
{
  double at = -1;

  if (call->state == IG_CALL_WAITING)
    at = call->not_before;
  if (!call->attended)
    return at;
  if (call->timeout >= 0)
    at = sooner(at, call->attended_since + call->timeout - call->spent);
  if (call->state == IG_CALL_FLYING)
    at = sooner(at, attempt_deadline(call));
  return at;
}

void ig_call_attend(struct ig_call *call, bool attended)
{
  double now = ig_os_monotonic();

  if (call->attended == attended)
    return;
  call->spent = used(call, now);
  call->attended = attended;
  call->attended_since = now;
  if (attended && call->state == IG_CALL_PARKED) {
    call->state = IG_CALL_WAITING;
    call->not_before = later(call->not_before, now);
  }
}

/* --- its end ---------------------------------------------------------------------- */

static void scrub(const struct ig_call *call, char *text, size_t size)
{
  size_t secret_size; /* as it is sent: a line end of its file is not */
  const char *secret = ig_secret_text(&call->app->client_secret, &secret_size);
  const char *proxy = call->app->opts.proxy; /* may hold a password; curl cites it */

  ig_scrub(text, size, call->token.data, call->token.size);
  ig_scrub(text, size, secret, secret_size);
  if (proxy)
    ig_scrub(text, size, proxy, strlen(proxy));
}

/* "GET https://graph.instagram.com/me?fields=id&access_token=[redacted]", scrubbed
 * whole: a path or parameter of the caller's may hold a secret, too, and cut it would
 * not be known. */
static void describe_request(const struct ig_call *call, struct ig_error *error)
{
  struct ig_buf text;

  ig_buf_init(&text, (size_t)1 << 20);
  if (!ig_buf_puts(&text, call->operation->method) && !ig_buf_putc(&text, ' ') &&
      call->url && !ig_redact(&text, call->url)) {
    scrub(call, text.data, text.size);
    ig_error_copy(error->request, sizeof error->request, text.data, text.size);
  }
  ig_buf_free(&text);
}

void ig_call_describe(const struct ig_call *call, struct ig_error *error)
{
  describe_request(call, error);
  error->attempts = call->attempts;
  if (!error->status)
    error->status = call->head.status;
}

/* The server's words may repeat what it was sent. */
static void scrub_error(struct ig_call *call)
{
  char *message = call->error.message;
  size_t size = strlen(message);

  scrub(call, message, size);
  ig_scrub_parameters(message, size);
}

/* In a forked child sockets and files are the parent's too: nothing of them is touched,
 * and what little memory they hold is left. */
static void let_go(struct ig_call *call)
{
  if (!call->engine || !ig_engine_forked(call->engine)) {
    ig_transfer_free(call->transfer);
    if (call->download)
      ig_download_close(call->download);
  }
  call->transfer = NULL;
}

void ig_call_finish(struct ig_call *call)
{
  if (call->state == IG_CALL_DONE)
    return;
  if (call->error.kind) {
    describe_request(call, &call->error);
    scrub_error(call);
    call->error.attempts = call->attempts;
  }
  call->state = IG_CALL_DONE;
  if (call->engine) {
    call->engine->pending--;
    call->engine->files -= call->operation->media;
    call->engine->news++;
  }
  let_go(call);
  ig_buf_free(&call->form);
}

void ig_call_fail(struct ig_call *call, enum ig_kind kind, const char *message)
{
  ig_error_set(&call->error, kind, "%s", message);
  ig_call_finish(call);
}

void ig_call_cancel(struct ig_call *call)
{
  if (call->state != IG_CALL_DONE)
    ig_call_fail(call, IG_CANCELLED, "the call was cancelled");
}

void ig_call_free(struct ig_call *call)
{
  if (!call)
    return;
  ig_call_cancel(call);
  if (call->engine) {
    *call->link = call->next;
    if (call->next)
      call->next->link = call->link;
  }
  ig_http_recycle(call->engine ? call->engine->http : NULL, &call->body,
                  call->scrubbed);
  ig_free(call->url);
  ig_secret_drop(&call->token);
  ig_free(call->download);
  ig_app_release(call->app);
  ig_free(call);
  ig_wipe_traces();
}

/* --- what it says ----------------------------------------------------------------- */

bool ig_call_done(const struct ig_call *call)
{
  return call->state == IG_CALL_DONE;
}

void ig_call_progress(const struct ig_call *call, long long *received,
                      long long *total)
{
  const struct ig_download *download = call->download;
  const struct ig_http_head *head =
      call->transfer ? ig_transfer_head(call->transfer) : &call->head;

  *received = call->transfer ? ig_transfer_received(call->transfer)
                             : (long long)call->body.size;
  *total = head->status ? head->length : -1;
  if (!download)
    return;
  *received = call->state == IG_CALL_DONE ? call->file_size : download->size;
  *total = call->state == IG_CALL_DONE ? *received : download->total;
}

bool ig_call_ready(struct ig_call *call)
{
  long long received, total;
  double now;

  if (call->state == IG_CALL_DONE)
    return true;
  if (!call->operation->media)
    return false;
  ig_call_progress(call, &received, &total);
  if (received == call->shown)
    return false;
  now = ig_os_monotonic();
  if (now - call->shown_at < 0.1)
    return false;
  call->shown = received;
  call->shown_at = now;
  return true;
}

const struct ig_note *ig_call_notes(const struct ig_call *call, int *count)
{
  *count = call->note_count;
  return call->notes;
}

int ig_call_attempts(const struct ig_call *call)
{
  return call->attempts;
}

const struct ig_error *ig_call_error(const struct ig_call *call)
{
  return call->error.kind ? &call->error : NULL;
}

int ig_call_status(const struct ig_call *call)
{
  return call->head.status;
}

long long ig_call_date(const struct ig_call *call)
{
  return ig_http_date(call->head.date);
}

const char *ig_call_version(const struct ig_call *call)
{
  return call->head.api_version;
}

const char *ig_call_content_type(const struct ig_call *call)
{
  return call->head.content_type;
}

char *ig_call_body(struct ig_call *call, size_t *size)
{
  static char nothing[1];

  *size = call->body.size;
  return call->body.data ? call->body.data : nothing;
}

const struct ig_secret *ig_call_secret(const struct ig_call *call)
{
  return &call->token;
}

enum ig_kind ig_call_token(struct ig_call *call, struct ig_token *token, double now,
                           struct ig_error *error)
{
  enum ig_kind kind;
  size_t size;
  char *body = ig_call_body(call, &size);

  if (call->error.kind) {
    *error = call->error;
    return error->kind;
  }
  kind = ig_token_read(token, body, size, now, call->operation->reads, error);
  if (kind)
    ig_call_describe(call, error);
  ig_buf_free(&call->body); /* it held the new token */
  return kind;
}

void ig_call_file(const struct ig_call *call, long long *size, long long *reused)
{
  *size = call->file_size;
  *reused = call->file_reused;
}
