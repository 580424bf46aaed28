/* An app as registered with Meta, and how its calls are made: settings, nothing that
 * moves. Shared by the calls that need it (counted). May know: ig_flavour, ig_secret.
 * Must not know: curl, Lua. */
#ifndef IG_APP_H
#define IG_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "ig_error.h"
#include "ig_flavour.h"
#include "ig_secret.h"

struct ig_app_opts {
  const struct ig_flavour *flavour;
  const char *client_id;                 /* "" for a bare token */
  const struct ig_secret *client_secret; /* NULL: none; copied */
  const char *redirect_uri;              /* or NULL */
  const char *version;                   /* "v21.0", or NULL: none in the path */
  const char *base_url;                  /* NULL: Instagram's hosts */
  const char *proxy, *cainfo, *user_agent; /* or NULL */
  double timeout;         /* seconds for a whole call with its retries */
  double connect_timeout; /* seconds until a connection stands */
  double stall_timeout;   /* seconds in which nothing arrives */
  int retries;            /* how often a safe call is sent again */
  size_t max_body;        /* bytes of an answer kept in memory */
};

/* flavour instagram_login, no client, and the defaults of the manual. */
struct ig_app_opts ig_app_defaults(void);

/* Read-only once made; texts are owned. */
struct ig_app {
  long references;
  unsigned long serial; /* no other app of this process has or had it; from 1 */
  struct ig_app_opts opts;
  struct ig_secret client_secret;
  bool loopback; /* base_url is this machine: no proxy */
};

/* A copy of everything in opts. NULL with error filled: memory, a version that is none,
 * a base_url that is no https (or loopback) address. */
struct ig_app *ig_app_new(const struct ig_app_opts *opts, struct ig_error *error);
struct ig_app *ig_app_retain(struct ig_app *app);
/* The last one wipes and frees. NULL is allowed. */
void ig_app_release(struct ig_app *app);

#endif
