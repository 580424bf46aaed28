/* What the engine keeps of the rate headers: whose it is, and for how many. */
#include "ig_alloc.h"
#include "ig_call_state.h"
#include "test.h"

static struct ig_app *make_app(const char *client_id)
{
  struct ig_app_opts opts = ig_app_defaults();
  struct ig_error error;

  opts.client_id = client_id;
  return ig_app_new(&opts, &error);
}

static void learn(struct ig_engine *engine, const struct ig_app *app, double share,
                  double now)
{
  struct ig_http_head head = {0};

  head.status = 200;
  ig_usage_clear(&head.usage);
  head.usage.call_count = share;
  ig_engine_learn(engine, app, &head, now);
}

TEST(an_app_inherits_nothing_from_a_dead_one)
{
  struct ig_error error;
  struct ig_engine *engine = ig_engine_new(true, &error);
  int i;

  for (i = 0; i < 20; i++) { /* the allocator gives the same address again */
    struct ig_app *app = make_app("");

    CHECK(ig_engine_usage(engine, app) == NULL);
    learn(engine, app, 100, 1);
    CHECK(ig_engine_usage(engine, app) != NULL);
    ig_app_release(app);
  }
  ig_engine_free(engine);
}

TEST(apps_of_one_client_id_share_it)
{
  struct ig_error error;
  struct ig_engine *engine = ig_engine_new(true, &error);
  struct ig_app *app = make_app("17"), *other = make_app("17");

  learn(engine, app, 42, 1);
  CHECK(ig_engine_usage(engine, other)->call_count == 42);
  ig_app_release(app);
  ig_app_release(other);
  ig_engine_free(engine);
}

TEST(only_so_many_are_kept)
{
  struct ig_error error;
  struct ig_engine *engine = ig_engine_new(true, &error);
  struct ig_app *first = make_app("1"), *second = make_app("2");
  long alive = 0;
  int i;

  learn(engine, first, 1, 1);
  learn(engine, second, 2, 2);
  for (i = 0; i < 2 * IG_QUOTAS; i++) {
    struct ig_app *app = make_app("");

    if (i == IG_QUOTAS)
      alive = ig_alloc_live();
    learn(engine, second, 2, 3 + i); /* heard of all the time */
    learn(engine, app, 100, 3 + i);
    ig_app_release(app);
  }
  CHECK(ig_engine_usage(engine, first) == NULL);
  CHECK(ig_engine_usage(engine, second) != NULL);
  CHECK(ig_alloc_live() <= alive + 2);
  ig_app_release(first);
  ig_app_release(second);
  ig_engine_free(engine);
}

TEST(an_answer_that_never_began_says_nothing)
{
  struct ig_http_head head = {0};
  struct ig_error error;
  struct ig_engine *engine = ig_engine_new(true, &error);
  struct ig_app *app = make_app("1");

  ig_engine_learn(engine, app, &head, 1);
  CHECK(ig_engine_usage(engine, app) == NULL);
  ig_app_release(app);
  ig_engine_free(engine);
}
