/* ig_usage: the rate headers with either set of keys; and ig_retry: what is sent again.
 * */
#include "ig_alloc.h"
#include "ig_retry.h"
#include "ig_usage.h"
#include "test.h"

static bool read_app(struct ig_usage *usage, const char *text)
{
  return ig_usage_read_app(usage, text, strlen(text));
}

static bool read_business(struct ig_usage *usage, const char *text)
{
  return ig_usage_read_business(usage, text, strlen(text));
}

static void check_usage(const struct ig_usage *usage, double calls, double time,
                        double cpu, double regain)
{
  CHECK(usage->call_count == calls);
  CHECK(usage->total_time == time);
  CHECK(usage->total_cputime == cpu);
  CHECK(usage->regain_seconds == regain);
}

TEST(both_key_sets_of_the_app_header)
{
  struct ig_usage usage;

  ig_usage_clear(&usage);
  check_usage(&usage, -1, -1, -1, -1);
  CHECK(ig_usage_worst(&usage) < 0);
  CHECK(read_app(&usage, "{\"call_count\":2,\"total_cputime\":0,\"total_time\":8}"));
  check_usage(&usage, 2, 8, 0, -1);
  CHECK(ig_usage_worst(&usage) == 8);
  CHECK(read_app(&usage, "{\"call_volume\":0,\"cpu_time\":12.5}"));
  check_usage(&usage, 0, -1, 12.5, -1);
  CHECK(read_app(&usage,
                 "{\"new\":{\"a\":[1]},\"call_count\":99,\"x\":[],\"y\":null}"));
  check_usage(&usage, 99, -1, -1, -1);
}

TEST(the_worst_of_all_business_entries)
{
  struct ig_usage usage;

  CHECK(read_business(&usage,
                      "{\"17841405793187218\":[{\"type\":\"instagram\","
                      "\"call_count\":28,\"total_cputime\":25,\"total_time\":25,"
                      "\"estimated_time_to_regain_access\":19}]}"));
  check_usage(&usage, 28, 25, 25, 19 * 60);
  CHECK(read_business(&usage,
                      "{\"1\":[{\"call_count\":1,\"total_time\":90},"
                      "{\"call_count\":5}],\"2\":[],\"3\":[{\"call_count\":3,"
                      "\"total_cputime\":2,\"estimated_time_to_regain_access\":0}]}"));
  check_usage(&usage, 5, 90, 2, 0);
}

TEST(what_is_no_usage_header)
{
  static const char *const rows[] = {
    "", "{}", "{", "null", "5", "[]", "{\"call_count\":\"2\"}", "{\"call_count\":-1}",
    "{\"call_count\":2", "{\"call_count\":2}x", "call_count=2", "{\"1\":{}}",
    "{\"1\":[5]}", "{\"1\":[{\"call_count\":2}", "{\"other\":7}",
    "{\"call_count\":1e999}",
  };
  struct ig_usage usage;
  char deep[400];

  CHECK(read_app(&usage, "{\"call_count\":7}"));
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    CHECK_THAT(!read_app(&usage, rows[i]), "%s", rows[i]);
    CHECK_THAT(!read_business(&usage, rows[i]), "%s", rows[i]);
  }
  memset(deep, '[', sizeof deep);
  memcpy(deep, "{\"a\":", 5);
  CHECK(!ig_usage_read_app(&usage, deep, sizeof deep));
  ig_alloc_fail_after(1);
  CHECK(!read_app(&usage, "{\"call_count\":9}"));
  ig_alloc_fail_after(0);
  check_usage(&usage, 7, -1, -1, -1);
  CHECK_INT(ig_alloc_live(), 0);
}

TEST(merging_keeps_the_greater)
{
  struct ig_usage a, b;

  read_app(&a, "{\"call_count\":7,\"total_time\":1}");
  read_business(&b, "{\"1\":[{\"call_count\":3,\"total_time\":9,"
                    "\"estimated_time_to_regain_access\":1}]}");
  ig_usage_merge(&a, &b);
  check_usage(&a, 7, 9, -1, 60);
}

TEST(what_is_sent_again)
{
  struct ig_error error;

  for (int kind = 1; kind < IG_KIND_COUNT; kind++) {
    bool passing = kind == IG_TRANSPORT || kind == IG_TRANSIENT;

    ig_error_set(&error, (enum ig_kind)kind, "x");
    CHECK_THAT(ig_retry_allowed(&error, true, false) == (passing || kind == IG_TIMEOUT),
               "%s", ig_kind_name((enum ig_kind)kind));
    CHECK(ig_retry_allowed(&error, true, true) == passing);
    CHECK(!ig_retry_allowed(&error, false, false));
    CHECK(!ig_retry_allowed(&error, false, true));
  }
}

TEST(waiting_grows_up_to_a_cap)
{
  static const double most[] = { 0.5, 0.5, 1, 2, 4, 8, 16, 20, 20, 20 };

  for (int attempt = 0; attempt < 10; attempt++) {
    CHECK(ig_backoff(attempt, 0) == 0);
    CHECK(ig_backoff(attempt, 0.5) == most[attempt] / 2);
    CHECK(ig_backoff(attempt, 1) == most[attempt]);
    CHECK(ig_backoff(attempt, 7) == most[attempt]);
    CHECK(ig_backoff(attempt, -1) == 0);
  }
  CHECK(ig_backoff(1000000000, 1) == 20);
  CHECK(ig_backoff(-5, 1) == 0.5);
}
