/* libFuzzer target: everything else in the core that reads what others wrote. The first
 * byte chooses the reader, the rest is what it reads. Nothing is looked at beyond its
 * end, and what is promised of the outcome holds. Run by tools/fuzz.sh. */
#define _GNU_SOURCE /* memmem */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ig.h"
#include "ig_answer.h"
#include "ig_crypto.h"
#include "ig_find.h"
#include "ig_http_curl.h"
#include "ig_sign.h"
#include "ig_url.h"
#include "ig_usage.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void must(bool holds)
{
  if (!holds)
    abort();
}

/* Fits into a line of a log. */
static void must_be_line(const char *text)
{
  for (; *text; text++)
    must((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void must_tell(enum ig_kind kind, const struct ig_error *error)
{
  if (!kind)
    return;
  must(error->kind == kind && error->message[0]);
  must_be_line(error->message);
  must_be_line(error->type);
  must_be_line(error->trace_id);
}

/* --- secrets in texts ------------------------------------------------------------- */

static void fuzz_redact(char *text, size_t size)
{
  struct ig_buf buf;

  ig_buf_init(&buf, 12 * size + 100);
  must(ig_redact_bytes(&buf, text, size) == IG_OK);
  ig_buf_free(&buf);
}

/* The first bytes are the secret: it is nowhere behind, and what was found before is
 * what a plain search finds. */
static void fuzz_scrub(char *text, size_t size)
{
  size_t n = size ? 4 + (unsigned char)text[0] % 60 : 0;
  const char *secret = text + 1;

  if (size < 1 + n)
    return;
  text += 1 + n;
  size -= 1 + n;
  must(ig_find(text, size, secret, n) == memmem(text, size, secret, n));
  ig_scrub(text, size, secret, n);
  must(strspn(secret, "*") >= n || memchr(secret, '*', n) ||
       !memmem(text, size, secret, n));
}

static void fuzz_parameters(char *text, size_t size)
{
  static const char name[] = "access_token=";
  const char *end = text + size, *at = text;

  ig_scrub_parameters(text, size);
  for (;;) {
    at = memmem(at, (size_t)(end - at), name, sizeof name - 1);
    if (!at)
      return;
    at += sizeof name - 1;
    must(at == end || strchr("*& \t\n\v\f\r\"#\\", *at));
  }
}

/* --- what comes back from the window and the network ------------------------------ */

static void fuzz_redirect(char *text, size_t size)
{
  struct ig_buf code;
  struct ig_error error;
  enum ig_kind kind;

  ig_buf_init(&code, IG_REDIRECT_MAX);
  kind = ig_redirect_read(text, size, size % 2 ? NULL : "s1", &code, &error);
  must_tell(kind, &error);
  must(kind ? !code.size : code.size > 0);
  ig_buf_free(&code);
}

static void fuzz_answer(char *text, size_t size)
{
  static const int statuses[] = { 200, 400, 401, 403, 429, 500 };
  int status = statuses[size % 6];
  struct ig_error error;
  char *copy = malloc(size ? size : 1);

  memcpy(copy, text, size);
  must_tell(ig_answer_check(status, NULL, text, size, size % 2, &error), &error);
  must(memcmp(copy, text, size) == 0);
  free(copy);
}

static void fuzz_usage(char *text, size_t size)
{
  struct ig_usage usage;

  ig_usage_clear(&usage);
  ig_usage_read_app(&usage, text, size);
  ig_usage_read_business(&usage, text, size);
  ig_usage_merge(&usage, &usage);
}

/* Line by line, as curl hands them out. */
static void fuzz_head(char *text, size_t size)
{
  struct ig_http_head head;
  const char *end = text + size;

  memset(&head, 0, sizeof head);
  while (text < end) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    size_t line = stop ? (size_t)(stop - text) + 1 : (size_t)(end - text);

    ig_http_head_line(&head, text, line);
    text += line;
  }
  ig_http_date(head.date);
}

static void fuzz_address(char *text, size_t size)
{
  char *url = ig_strndup(text, size);
  struct ig_app_opts opts = ig_app_defaults();
  struct ig_address address;
  struct ig_error error;
  struct ig_app *app;

  must_tell(ig_address_check(url, "address", &address, &error), &error);
  opts.base_url = opts.proxy = url;
  app = ig_app_new(&opts, &error);
  if (app)
    (void)ig_path_problem(app, url);
  ig_app_release(app);
  ig_free(url);
}

/* --- tokens ----------------------------------------------------------------------- */

static void fuzz_token(char *text, size_t size)
{
  struct ig_token token;
  struct ig_error error;
  enum ig_kind kind;

  ig_token_init(&token);
  must(!ig_secret_set(&token.secret, "old", 3));
  kind = ig_token_read(&token, text, size, 1e9, (enum ig_token_call)(size % 3), &error);
  must_tell(kind, &error);
  must(!kind || (token.secret.size == 3 && !memcmp(token.secret.data, "old", 3)));
  ig_token_wipe(&token);
}

/* The text as the record of a token that was sealed with the right key. */
static void fuzz_record(char *text, size_t size)
{
  static const char ad[] = "instagram.token\nme";
  unsigned char key[IG_KEY_SIZE] = { 0 };
  struct ig_token token;
  struct ig_error error;
  struct ig_buf sealed;
  enum ig_kind kind;

  ig_token_init(&token);
  ig_buf_init(&sealed, 1 << 20);
  must(!ig_seal(&sealed, key, ad, sizeof ad - 1, text, size));
  kind = ig_token_unseal(&token, sealed.data, sealed.size, key, "me", &error);
  must_tell(kind, &error);
  ig_buf_clear(&sealed);
  must(kind || !ig_token_seal(&token, key, "me", &sealed)); /* it may go on living */
  ig_buf_free(&sealed);
  ig_token_wipe(&token);
}

/* The text as a payload with a good signature. */
static void fuzz_signed(char *text, size_t size)
{
  struct ig_secret secret = { (char *)"secret", 6 };
  unsigned char sum[IG_HMAC_SIZE];
  struct ig_buf payload, whole, read;
  struct ig_error error;

  ig_buf_init(&payload, 1 << 20);
  ig_buf_init(&whole, 1 << 20);
  ig_buf_init(&read, 1 << 20);
  if (!ig_base64url_add(&payload, text, size) && payload.size) {
    ig_hmac_sha256(sum, secret.data, secret.size, payload.data, payload.size);
    must(!ig_base64url_add(&whole, sum, sizeof sum) && !ig_buf_putc(&whole, '.') &&
         !ig_buf_add(&whole, payload.data, payload.size));
    must_tell(ig_signed_request_read(whole.data, whole.size, &secret, 1e9, 0, &read,
                                     &error), &error);
  }
  ig_buf_free(&payload);
  ig_buf_free(&whole);
  ig_buf_free(&read);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
  static void (*const readers[])(char *, size_t) = {
    fuzz_redact, fuzz_scrub, fuzz_parameters, fuzz_redirect, fuzz_answer, fuzz_usage,
    fuzz_head, fuzz_address, fuzz_token, fuzz_record, fuzz_signed,
  };
  char *text;

  if (!size || size > 1 << 16 || !ig_crypto_start())
    return 0;
  text = malloc(size); /* exact, so that any byte too far is seen */
  memcpy(text, data, size);
  readers[data[0] % (sizeof readers / sizeof *readers)](text + 1, size - 1);
  free(text);
  return 0;
}
