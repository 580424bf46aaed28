/* May the same request be sent again, and when. Pure sums.
 * May know: ig_error. Must not know: the time, who waits. */
#ifndef IG_RETRY_H
#define IG_RETRY_H

#include <stdbool.h>

#include "ig_error.h"

/* True when sending again is safe and of use: `idempotent` calls (reads, refreshes)
 * after a network failure, a timeout before an answer (`answered`: body bytes had
 * arrived) or a passing fault. Never for other calls: a code exchange is sent once,
 * whatever happened. */
bool ig_retry_allowed(const struct ig_error *error, bool idempotent, bool answered);
/* Seconds to wait before attempt `attempt` + 1 (1 is the first that failed): full
 * jitter over 0.5 s * 2^(attempt - 1), never over 20 s. `random01` from 0 up to 1. */
double ig_backoff(int attempt, double random01);

#endif
