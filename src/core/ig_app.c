/* An app and the settings of its calls: a counted, read-only copy. */
#include "ig_app.h"

#include <string.h>

#include "ig_alloc.h"
#include "ig_http.h"

struct ig_app_opts ig_app_defaults(void)
{
  struct ig_app_opts opts = {0};

  opts.flavour = &ig_flavours[0];
  opts.client_id = "";
  opts.timeout = 30;
  opts.connect_timeout = 10;
  opts.stall_timeout = 20;
  opts.retries = 3;
  opts.max_body = (size_t)16 << 20;
  return opts;
}

/* The texts of opts, one by one, so that copying and freeing cannot forget one. */
enum { TEXTS = 7 };

static void list_texts(struct ig_app_opts *opts, const char **texts[TEXTS])
{
  texts[0] = &opts->client_id;
  texts[1] = &opts->redirect_uri;
  texts[2] = &opts->version;
  texts[3] = &opts->base_url;
  texts[4] = &opts->proxy;
  texts[5] = &opts->cainfo;
  texts[6] = &opts->user_agent;
}

static bool own_texts(struct ig_app_opts *opts)
{
  const char **texts[TEXTS];
  bool ok = true;
  int i;

  list_texts(opts, texts);
  for (i = 0; i < TEXTS; i++) {
    const char *borrowed = *texts[i];

    *texts[i] = ig_strdup(borrowed);
    if (borrowed && !*texts[i])
      ok = false;
  }
  return ok;
}

static void free_texts(struct ig_app_opts *opts)
{
  const char **texts[TEXTS];
  int i;

  list_texts(opts, texts);
  for (i = 0; i < TEXTS; i++)
    ig_free((char *)*texts[i]);
}

/* It would end the header and begin another. */
static bool holds_control(const char *text)
{
  for (; text && *text; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f)
      return true;
  return false;
}

static enum ig_kind check(const struct ig_app_opts *opts, bool *loopback,
                          struct ig_error *error)
{
  struct ig_address address = {0};
  enum ig_kind failed = IG_OK;

  if (opts->version && !ig_version_number(opts->version))
    return ig_error_set(error, IG_API, "version is not of the form \"v21.0\"");
  if (holds_control(opts->user_agent))
    return ig_error_set(error, IG_API, "user_agent holds control characters");
  if (opts->base_url && strpbrk(opts->base_url, "?#"))
    return ig_error_set(error, IG_API, "base_url holds a query or a fragment");
  if (opts->base_url)
    failed = ig_address_check(opts->base_url, "base_url", &address, error);
  *loopback = address.loopback;
  return failed;
}

struct ig_app *ig_app_new(const struct ig_app_opts *opts, struct ig_error *error)
{
  static unsigned long serial;
  struct ig_app *app;
  bool loopback;

  if (check(opts, &loopback, error))
    return NULL;
  app = ig_calloc(1, sizeof *app);
  if (!app)
    goto memory;
  app->references = 1;
  app->serial = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED);
  app->loopback = loopback;
  app->opts = *opts;
  if (!own_texts(&app->opts))
    goto memory;
  if (opts->client_secret && ig_secret_copy(&app->client_secret, opts->client_secret))
    goto memory;
  app->opts.client_secret = &app->client_secret;
  return app;
memory:
  ig_app_release(app);
  ig_error_set(error, IG_MEMORY, "memory is out");
  return NULL;
}

struct ig_app *ig_app_retain(struct ig_app *app)
{
  app->references++;
  return app;
}

void ig_app_release(struct ig_app *app)
{
  if (!app || --app->references > 0)
    return;
  free_texts(&app->opts);
  ig_secret_free(&app->client_secret);
  ig_free(app);
}
