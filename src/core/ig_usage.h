/* The rate headers: what share of the allowance is used, and when there is more.
 * May know: ig_json. Must not know: who sent them, the time. */
#ifndef IG_USAGE_H
#define IG_USAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Percent; negative when nobody said. */
struct ig_usage {
  double call_count;
  double total_time;
  double total_cputime;
  double regain_seconds; /* until calls are allowed again; negative when nobody said */
};

void ig_usage_clear(struct ig_usage *usage);
/* Whether it says anything. */
bool ig_usage_known(const struct ig_usage *usage);
/* Reads the value of X-App-Usage into `usage` (cleared first): both key sets
 * (call_count, total_time, total_cputime; call_volume, cpu_time), any other ignored.
 * False, `usage` unchanged, when it is no such JSON or holds none of the keys. */
bool ig_usage_read_app(struct ig_usage *usage, const char *value, size_t size);
/* The value of X-Business-Use-Case-Usage: {"<id>":[{...}]}; the worst of all entries
 * per member. estimated_time_to_regain_access is minutes there. False as above. */
bool ig_usage_read_business(struct ig_usage *usage, const char *value, size_t size);
/* Takes over what is greater in `other`, member by member. */
void ig_usage_merge(struct ig_usage *usage, const struct ig_usage *other);
/* The greatest of the three shares; negative when none is known. */
double ig_usage_worst(const struct ig_usage *usage);

#endif
