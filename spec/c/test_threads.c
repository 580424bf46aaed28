/* Many engines at once: one per thread, nothing shared but the process; and an engine
 * that crossed a fork. Without Lua. */
#define _GNU_SOURCE

#include <sys/wait.h>

#include "ig.h"
#include "test.h"

#include "server.h"

enum { THREADS = 4, CALLS = 25 };

struct worker {
  pthread_t thread;
  pthread_barrier_t *start;
  int port, number;
  int good; /* answers that were the right ones */
};

static struct ig_app *make_app(int port)
{
  struct ig_app_opts opts = ig_app_defaults();
  struct ig_error error;
  char url[64];

  snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
  opts.base_url = url;
  opts.client_id = "1";
  opts.retries = 0;
  return ig_app_new(&opts, &error);
}

static void make_token(struct ig_token *token, const char *text)
{
  ig_token_init(token);
  ig_secret_set(&token->secret, text, strlen(text));
}

static struct ig_call *ask(struct ig_engine *engine, struct ig_app *app,
                           const struct ig_token *token, const char *path)
{
  struct ig_call_opts opts = ig_call_defaults();

  return ig_call_api(engine, app, token, "GET", path, NULL, 0, &opts);
}

/* Runs the call; whether it brought the path it asked for. Frees it. */
static bool brought(struct ig_engine *engine, struct ig_call *call, const char *path)
{
  char expected[128];
  size_t size;
  bool good;

  while (!ig_call_done(call))
    ig_engine_step(engine, 1);
  snprintf(expected, sizeof expected, "{\"path\":\"%s\"}", path);
  good = !ig_call_error(call) && strcmp(ig_call_body(call, &size), expected) == 0;
  ig_call_free(call);
  return good;
}

static void *work(void *arg)
{
  struct worker *worker = arg;
  struct ig_engine *engine;
  struct ig_error error;
  struct ig_token token;
  struct ig_app *app;
  int i;

  pthread_barrier_wait(worker->start);
  engine = ig_engine_new(worker->number % 2 == 0, &error); /* with and without epoll */
  app = make_app(worker->port);
  make_token(&token, "IGthread");
  for (i = 0; i < CALLS; i++) {
    char path[32];

    snprintf(path, sizeof path, "/%d/%d", worker->number, i);
    worker->good += brought(engine, ask(engine, app, &token, path), path);
  }
  ig_token_wipe(&token);
  ig_app_release(app);
  ig_engine_free(engine);
  return NULL;
}

/* The first test, so that making curl and sodium ready is what they race for. */
TEST(one_engine_per_thread)
{
  struct worker workers[THREADS];
  pthread_barrier_t start;
  struct server server;
  int i;

  CHECK(server_start(&server, 0));
  pthread_barrier_init(&start, NULL, THREADS);
  for (i = 0; i < THREADS; i++) {
    struct worker fresh = {0};

    workers[i] = fresh;
    workers[i].start = &start;
    workers[i].port = server.port;
    workers[i].number = i;
    pthread_create(&workers[i].thread, NULL, work, &workers[i]);
  }
  for (i = 0; i < THREADS; i++) {
    pthread_join(workers[i].thread, NULL);
    CHECK_INT(workers[i].good, CALLS);
  }
  pthread_barrier_destroy(&start);
  server_stop(&server);
}

TEST(an_engine_that_crossed_a_fork_says_so)
{
  struct ig_engine *engine;
  struct ig_call *call;
  struct ig_token token;
  struct ig_error error;
  struct ig_app *app;
  struct server server;
  int status = -1;
  pid_t child;

  CHECK(server_start(&server, 200));
  engine = ig_engine_new(true, &error);
  app = make_app(server.port);
  make_token(&token, "IGfork");
  call = ask(engine, app, &token, "/parent");
  ig_engine_step(engine, 0.05);
  CHECK(!ig_engine_forked(engine));
  child = fork();
  if (child == 0) {
    const char *end = ig_engine_forked(engine) ? "true" : "false";

    ig_call_free(call);
    ig_engine_free(engine);
    ig_app_release(app);
    /* What is the parent's was left alone, which a leak checker would not forgive: so
     * the process ends as another program. */
    execlp(end, end, (char *)NULL);
    _exit(2);
  }
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(brought(engine, call, "/parent"));
  ig_token_wipe(&token);
  ig_app_release(app);
  ig_engine_free(engine);
  server_stop(&server);
}
