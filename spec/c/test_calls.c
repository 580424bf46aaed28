/* Calls of the core without Lua: lives and deaths in any order, and what happens when
 * the n-th allocation fails, ours or curl's. Nothing may be left allocated. */
#define _GNU_SOURCE

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ig.h"
#include "test.h"

#include "server.h"

struct world {
  struct server server;
  struct ig_app *app;
  struct ig_engine *engine;
  struct ig_token token;
  char url[64];
};

/* False when memory was out. */
static bool open_world(struct world *world)
{
  struct ig_app_opts opts = ig_app_defaults();
  struct ig_secret secret = {NULL, 0};
  struct ig_error error;

  ig_token_init(&world->token);
  world->app = NULL;
  world->engine = NULL;
  if (ig_secret_set(&secret, "client secret", 13))
    return false;
  snprintf(world->url, sizeof world->url, "http://127.0.0.1:%d", world->server.port);
  opts.base_url = world->url;
  opts.client_id = "1";
  opts.client_secret = &secret;
  opts.redirect_uri = "https://example.com/";
  opts.retries = 0;
  opts.timeout = 60;
  world->app = ig_app_new(&opts, &error);
  ig_secret_free(&secret);
  world->engine = ig_engine_new(true, &error);
  return world->app && world->engine &&
         !ig_secret_set(&world->token.secret, "IGcalls", 7);
}

static void close_world(struct world *world)
{
  ig_token_wipe(&world->token);
  ig_app_release(world->app);
  ig_engine_free(world->engine);
}

static struct ig_call *start_one(struct world *world, int which, const char *path)
{
  struct ig_parameter parameter = {"fields", "id,caption"};
  struct ig_call_opts opts = ig_call_defaults();

  switch (which) {
  case 0:
    return ig_call_api(world->engine, world->app, &world->token, "GET", "/me",
                       &parameter, 1, &opts);
  case 1:
    return ig_call_api(world->engine, world->app, &world->token, "POST", "/me",
                       &parameter, 1, &opts);
  case 2:
    return ig_call_exchange_code(world->engine, world->app, "code", 4, &opts);
  case 3:
    return ig_call_refresh_token(world->engine, world->app, &world->token, &opts);
  default:
    return ig_call_download(world->engine, world->app, world->url, path, &opts);
  }
}

enum { KINDS = 5 };

static void finish(struct world *world, struct ig_call *call)
{
  double limit = ig_os_monotonic() + 10;

  while (!ig_call_done(call) && ig_os_monotonic() < limit)
    ig_engine_step(world->engine, 0.2);
  CHECK(ig_call_done(call));
}

/* One call from nothing to nothing; every failure along the way is allowed but one: to
 * leave something behind. */
static void one_life(struct world *world, int which, const char *path)
{
  if (open_world(world)) {
    struct ig_call *call = start_one(world, which, path);

    if (call) {
      finish(world, call);
      if (ig_call_error(call))
        CHECK(ig_kind_name(ig_call_error(call)->kind)[0]);
      ig_call_free(call);
    }
  }
  close_world(world);
}

TEST(every_allocation_may_fail)
{
  char folder[] = "/tmp/ig-calls-XXXXXX", path[64];
  struct world world;
  int which;

  CHECK(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/file", folder);
  CHECK(server_start(&world.server, 0));
  one_life(&world, 0, path); /* what curl makes once for all */
  for (which = 0; which < KINDS; which++) {
    long n, most;
    unsigned long before = ig_alloc_count();

    one_life(&world, which, path);
    most = (long)(ig_alloc_count() - before);
    CHECK_THAT(most > 20, "only %ld allocations", most);
    for (n = 1; n <= most; n++) {
      long live = ig_alloc_live();

      ig_alloc_fail_after(n);
      one_life(&world, which, path);
      ig_alloc_fail_after(0);
      CHECK_THAT(ig_alloc_live() == live, "call %d, allocation %ld of %ld: %ld left",
                 which, n, most, ig_alloc_live() - live);
      unlink(path);
    }
  }
  server_stop(&world.server);
  CHECK(rmdir(folder) == 0); /* nothing else was left in it */
}

/* The token must not take the proxy's way because the right one could not be kept. */
TEST(memory_that_is_out_sends_nothing_to_a_proxy)
{
  char proxy[64];
  struct world world;
  long n;

  CHECK(server_start(&world.server, 0));
  snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", world.server.port);
  setenv("http_proxy", proxy, 1);
  for (n = 1; n <= 150; n++) {
    ig_alloc_fail_after(n);
    one_life(&world, 0, NULL);
    ig_alloc_fail_after(0);
  }
  unsetenv("http_proxy");
  server_stop(&world.server);
  CHECK(!world.server.proxy);
}

/* The resolver's socket has the number that the last one had. */
TEST(a_name_looked_up_is_heard_of_each_time)
{
  struct world world;
  int round;

  world.server.port = 1; /* nobody is asked */
  CHECK(open_world(&world));
  for (round = 0; round < 3; round++) {
    char url[64];
    struct pollfd set = {ig_engine_descriptor(world.engine), POLLIN, 0};
    struct ig_call_opts opts = ig_call_defaults();
    struct ig_call *call;

    snprintf(url, sizeof url, "https://nowhere%d.invalid/", round);
    call = ig_call_fetch(world.engine, world.app, url, &opts);
    ig_engine_step(world.engine, 0);
    if (set.fd >= 0 && !ig_call_done(call))
      CHECK_THAT(poll(&set, 1, 20000) == 1, "nothing heard of %s", url);
    finish(&world, call);
    ig_call_free(call);
  }
  close_world(&world);
}

/* Takes one client's first bytes and notes whether the main thread, which is in the
 * engine then, holds SIGPIPE back. */
static void *look_at_mask(void *arg)
{
  struct server *server = arg;
  int client = accept(server->listener, NULL, NULL);
  unsigned long long blocked = 0;
  char line[128];
  FILE *status;

  if (client >= 0 && recv(client, line, 1, 0) == 1) {
    status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
      sscanf(line, "SigBlk: %llx", &blocked);
    if (status)
      fclose(status);
  }
  server->held = blocked >> (SIGPIPE - 1) & 1;
  close(client);
  return NULL;
}

/* TLS libraries may write without MSG_NOSIGNAL. */
TEST(the_first_tls_call_cannot_kill_the_host)
{
  struct ig_call_opts opts = ig_call_defaults();
  struct world world;
  struct ig_call *call;
  char url[64];

  CHECK(server_listen(&world.server));
  CHECK(pthread_create(&world.server.thread, NULL, look_at_mask, &world.server) == 0);
  CHECK(open_world(&world));
  snprintf(url, sizeof url, "https://127.0.0.1:%d/", world.server.port);
  call = ig_call_fetch(world.engine, world.app, url, &opts);
  finish(&world, call);
  ig_call_free(call);
  close_world(&world);
  server_stop(&world.server);
  CHECK(world.server.held);
}

TEST(things_may_end_in_any_order)
{
  struct world world;
  int order;

  CHECK(server_start(&world.server, 0));
  for (order = 0; order < 4; order++) {
    long live = ig_alloc_live();
    struct ig_call *call, *other;

    CHECK(open_world(&world));
    call = start_one(&world, 0, NULL);
    other = start_one(&world, 1, NULL);
    ig_engine_step(world.engine, 0);
    if (order & 1) { /* the engine first: the calls end as cancelled */
      ig_engine_free(world.engine);
      world.engine = NULL;
      CHECK(ig_call_done(call) && ig_call_error(call)->kind == IG_CANCELLED);
    }
    if (order & 2) { /* the app first: the calls keep it */
      ig_app_release(world.app);
      world.app = NULL;
    }
    ig_call_attend(call, false);
    ig_call_attend(call, true);
    ig_call_free(other);
    ig_call_cancel(call);
    ig_call_free(call);
    close_world(&world);
    CHECK_INT(ig_alloc_live(), live);
  }
  server_stop(&world.server);
}

TEST(nothing_may_be_freed)
{
  ig_call_free(NULL);
  ig_engine_free(NULL);
  ig_app_release(NULL);
}
